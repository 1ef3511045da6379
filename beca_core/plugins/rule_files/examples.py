"""The examples of a rule in a file: their templates are expanded before the rule is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from beca_core.plugins.rule_files.templates import WrongTemplate, expand
from beca_core.rules.documents.data_problem import DataProblem

if TYPE_CHECKING:
    from beca_core.plugins.rule_files.templates import GeneratedRoom
    from beca_core.rules.documents.data_problem import DataPath

EXAMPLES = "examples"
COUNTER_EXAMPLES = "counter_examples"


def expand_examples(table: dict[str, Any], room: GeneratedRoom, problems: list[DataProblem]) -> dict[str, Any]:
    """Return the table of a rule in which the examples and counter-examples have no templates any more.

    Secrets and parts are made first; in the text of an example, `{{secret}}` and `{{NAME-OF-PART}}` stand for them. A
    value of a wrong type stays as it is; who reads the rule refuses it.

    Args:
        table: The table of a rule.
        room: Bounds what is made.
        problems: Gets what is wrong with templates, with paths within the rule.
    """
    expander = _Expander(str(table.get("id", "")), room, problems)
    expanded = dict(table)
    for key, of_item in ((EXAMPLES, expander.example), (COUNTER_EXAMPLES, expander.counter_example)):
        items = table.get(key)
        if isinstance(items, dict):
            expanded[key] = of_item(items, (key,))
        elif isinstance(items, list):
            expanded[key] = [of_item(item, (key, number)) for number, item in enumerate(items)]
    return expanded


class _Expander:
    def __init__(self, seed: str, room: GeneratedRoom, problems: list[DataProblem]) -> None:
        self._seed = seed
        self._room = room
        self._problems = problems

    def example(self, item: Any, path: DataPath) -> Any:
        if not isinstance(item, dict):
            return item
        example = dict(item)
        secret = item.get("secret")
        if isinstance(secret, list):
            example["secret"] = [self._text(each, (*path, "secret", number)) for number, each in enumerate(secret)]
        else:
            example["secret"] = self._text(secret, (*path, "secret"))
        if "secret" not in item:
            del example["secret"]
        parts = item.get("parts")
        if isinstance(parts, dict):
            example["parts"] = {name: self._text(part, (*path, "parts", name)) for name, part in parts.items()}
        example |= {"text": self._text(item["text"], (*path, "text"), _names(example))} if "text" in item else {}
        return example

    def counter_example(self, item: Any, path: DataPath) -> Any:
        if isinstance(item, dict) and "text" in item:
            return {**item, "text": self._text(item["text"], (*path, "text"))}
        return self._text(item, path)

    def _text(self, value: Any, path: DataPath, names: dict[str, str] | None = None) -> Any:
        if not isinstance(value, str) or "{{" not in value:
            return value
        seed = "/".join([self._seed, *map(str, path)])
        try:
            return expand(value, seed, self._room, names)
        except WrongTemplate as error:
            self._problems.append(DataProblem(path, error.message, error.hint))
            return value


def _names(example: dict[str, Any]) -> dict[str, str]:
    """Return what names stand for in the text of an example."""
    secret, parts = example.get("secret"), example.get("parts")
    secrets = secret if isinstance(secret, list) else [secret]
    names = dict(parts) if isinstance(parts, dict) else {}
    names |= {f"secret-{number}": each for number, each in enumerate(secrets, start=1)}
    names["secret"] = secrets[0] if secrets else None
    return {name: text for name, text in names.items() if isinstance(text, str)}
