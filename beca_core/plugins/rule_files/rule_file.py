"""`read_rule_file`: the rules in a TOML or YAML file, and everything that is wrong with them, with line and column.

A file has two keys: `rules`, a list of tables with the fields of `Rule`, and `disable`, a list of rules of other
plugins that take no part. It is data: nothing in it runs, and its size, depth and number of generated characters are
bounded.
"""

from __future__ import annotations

import os
import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beca_core.errors import InvalidInput, InvalidRule, did_you_mean, quoted_path
from beca_core.plugins.rule_files.examples import expand_examples
from beca_core.plugins.rule_files.parsed_file import MAX_FILE_BYTES, NotParsed, ParsedFile
from beca_core.plugins.rule_files.templates import GeneratedRoom
from beca_core.plugins.rule_files.toml_reader import read_toml
from beca_core.plugins.rule_files.yaml_reader import read_yaml
from beca_core.reports.escaping import printable
from beca_core.rules.documents.data_problem import DataProblem
from beca_core.rules.documents.document import read_rule
from beca_core.rules.rule import MAX_ITEMS, Rule
from beca_core.rules.rule_problems import rule_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core.rules.documents.data_problem import DataPath

READERS: Final[dict[str, Callable[[str], ParsedFile]]] = {".toml": read_toml, ".yaml": read_yaml, ".yml": read_yaml}
"""What reads a file, by the end of its name."""
RULES: Final = "rules"
DISABLE: Final = "disable"
OVERRIDE: Final = "override"
MOST_GENERATED_IN_FILE: Final = 4 * 1024 * 1024
"""Most characters that the templates of one file generate."""
_MOST_LISTED: Final = 100
_FIELDS: Final = frozenset(field.name for field in fields(Rule))
_ITEM: Final = re.compile(r"(\w+)(?: item (\d+))?(?:.*? has an? (\w+) that)?")

_IN_PYTHON: Final = re.compile(r" Write \w+=\(.*")
"""How the value of a field is written in Python."""


class FileRule(NamedTuple):
    """A rule in a file.

    Args:
        rule: The rule.
        overrides: Whether it replaces a rule of the same id.
        path: Where it is in the data.
    """

    rule: Rule
    overrides: bool
    path: DataPath


class RuleFile(NamedTuple):
    """What a rule file says.

    Args:
        path: Its path, as it was given.
        rules: Its rules whose form is right.
        disabled: Selectors of the rules of others that take no part, each with its place in the data.
        problems: What is wrong with it, as lines that begin with path, line and column.
        parsed: Its data.
    """

    path: str
    rules: tuple[FileRule, ...]
    disabled: tuple[tuple[str, DataPath], ...]
    problems: tuple[str, ...]
    parsed: ParsedFile

    def place(self, path: DataPath) -> str:
        """Return path, line and column of a value, in the form in which compilers write it."""
        return _place(self.path, self.parsed, path)


def load_rules(path: str | os.PathLike[str]) -> list[Rule]:
    """Return the rules in a TOML or YAML file, without any that are disabled or overridden by it.

    Args:
        path: The file; its name ends in `.toml`, `.yaml` or `.yml`.

    Raises:
        InvalidInput: If it cannot be read.
        InvalidRule: With everything that is wrong in it: a line each, with line and column.
        MissingExtra: If it is YAML, and the extra `yaml` is not installed.
    """
    file = read_rule_file(path)
    if file.problems:
        raise InvalidRule("\n".join(file.problems[:_MOST_LISTED]))
    return [found.rule for found in file.rules]


def read_rule_file(path: str | os.PathLike[str]) -> RuleFile:
    """Return what a TOML or YAML file says. A rule that is not valid is left out, and is one of the problems.

    Args:
        path: The file; its name ends in `.toml`, `.yaml` or `.yml`.

    Raises:
        InvalidInput: If it cannot be read, is too large, or is not valid TOML or YAML.
        MissingExtra: If it is YAML, and the extra `yaml` is not installed.
    """
    name = printable(os.fspath(path))
    read = READERS.get(Path(path).suffix.lower())
    if read is None:
        raise InvalidInput(
            f"A rule file is TOML or YAML, and {quoted_path(path)} is neither by its name.",
            hint=f"Give it a name that ends in {', '.join(READERS)}.",
        )
    text = _text(path)
    try:
        parsed = read(text)
    except NotParsed as error:
        place = name if error.spot is None else f"{name}:{error.spot.line}:{error.spot.column}"
        raise InvalidInput(f"{place}: the file {error.message}.") from None
    return _RuleFileReader(name, parsed).file()


def _text(path: str | os.PathLike[str]) -> str:
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"The rule file {quoted_path(path)} cannot be read: {error.strerror}.") from None
    if len(data) > MAX_FILE_BYTES:
        raise InvalidInput(
            f"The rule file {quoted_path(path)} is larger than {MAX_FILE_BYTES:,} bytes.", hint="Use several files."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInput(f"The rule file {quoted_path(path)} is not UTF-8; see line {line}.") from None


class _RuleFileReader:
    def __init__(self, path: str, parsed: ParsedFile) -> None:
        self._path = path
        self._parsed = parsed
        self._problems: list[tuple[DataPath, str]] = []
        self._room = GeneratedRoom(MOST_GENERATED_IN_FILE)

    def file(self) -> RuleFile:
        data = self._parsed.data
        rules: tuple[FileRule, ...] = ()
        disabled: tuple[tuple[str, DataPath], ...] = ()
        if isinstance(data, dict):
            self._refuse_unknown_keys(data)
            rules = tuple(self._rules(data.get(RULES, [])))
            disabled = tuple(self._disabled(data.get(DISABLE, [])))
        else:
            self._add((), f"a rule file has the keys {RULES} and {DISABLE}.")
        return RuleFile(self._path, rules, disabled, tuple(self._sorted_problems()), self._parsed)

    def _refuse_unknown_keys(self, data: dict[str, Any]) -> None:
        for key in data:
            if key not in (RULES, DISABLE):
                hint = did_you_mean(key, (RULES, DISABLE), otherwise=f"A rule file has {RULES} and {DISABLE}.")
                self._add((key,), f"there is no key {key!r:.80}. {hint}")

    def _rules(self, tables: object) -> Iterator[FileRule]:
        if not isinstance(tables, list) or len(tables) > MAX_ITEMS:
            self._add((RULES,), f"{RULES} must be a list of at most {MAX_ITEMS:,} tables. Write [[{RULES}]] in TOML.")
            return
        for number, table in enumerate(tables):
            path = (RULES, number)
            if not isinstance(table, dict):
                self._add(path, f"rule {number + 1} must be a table.")
            elif found := self._rule(table, path):
                yield found

    def _rule(self, table: dict[str, Any], path: DataPath) -> FileRule | None:
        label = f"rule {table['id']!r:.80}" if isinstance(table.get("id"), str) else f"rule {int(path[-1]) + 1}"
        problems: list[DataProblem] = []
        overrides = table.get(OVERRIDE, False)
        if not isinstance(overrides, bool):
            problems.append(DataProblem((OVERRIDE,), "must be true or false"))
        own = {key: value for key, value in table.items() if key != OVERRIDE}
        for key in [key for key in own if key not in _FIELDS and did_you_mean(key, (OVERRIDE,))]:
            problems.append(DataProblem((key,), "is not a key of this table", f"Did you mean {OVERRIDE}?"))
            del own[key]
        rule = read_rule(expand_examples(own, self._room, problems), problems)
        for problem in problems:
            self._add((*path, *problem.path), f"{label}: {problem}")
        if rule is None or problems:
            return None
        for message in (wrong := rule_problems(rule)):
            self._add((*path, *_path_in(message)), f"{label}: {_IN_PYTHON.sub('', message)}")
        return None if wrong else FileRule(rule, overrides, path)

    def _disabled(self, selectors: object) -> Iterator[tuple[str, DataPath]]:
        if not isinstance(selectors, list):
            self._add((DISABLE,), f'{DISABLE} must be a list of ids, such as ["generic-*"].')
            return
        for number, selector in enumerate(selectors):
            if isinstance(selector, str):
                yield selector, (DISABLE, number)
            else:
                self._add((DISABLE, number), f"{DISABLE} has an item that is not a text.")

    def _add(self, path: DataPath, message: str) -> None:
        self._problems.append((path, message))

    def _sorted_problems(self) -> list[str]:
        placed = sorted(self._problems, key=lambda problem: self._parsed.spot(problem[0]))
        return [f"{_place(self._path, self._parsed, path)}: {message}" for path, message in placed]


def _place(name: str, parsed: ParsedFile, path: DataPath) -> str:
    spot = parsed.spot(path)
    return f"{name}:{spot.line}:{spot.column}"


def _path_in(message: str) -> DataPath:
    """Return where a sentence of `rule_problems` says that something is wrong."""
    found = _ITEM.match(message)
    if found is None:
        return ()
    field, item, inner = found.groups()
    path: DataPath = (field,) if item is None else (field, int(item) - 1)
    return path if inner is None else (*path, inner)
