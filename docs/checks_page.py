"""The reference page of the checks, made from their docstrings and parameters."""

from __future__ import annotations

import ast
import inspect
import json
from typing import TYPE_CHECKING, Final

from beca_core import checks
from beca_core.checks import ALPHABETS, CHECKS, Inspection, parameters_of, to_document
from docs.public_names import check_names, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.checks import Parameter

_INTRODUCTION: Final = """A check looks at what the pattern of a rule matched, and keeps it, drops it with a reason, or
changes its confidence or severity. The field `checks` of a rule lists checks; they run in this order. The package
`beca_core.checks` has those on this page. They are data: each has a name, parameters of plain types, and a form in
TOML, YAML and JSON.

A rule whose check has a wrong parameter is refused when it is registered, with the name of the parameter. What a check
says about a candidate that it drops never holds any of the secret.

```python
from beca_core import Candidate, Confidence, checks

text = b"key_" + b"0123456789abcdef" * 2
candidate = Candidate(text, 0, len(text), Confidence.MEDIUM)
print(checks.Length(min=20)(candidate) is candidate)
print(checks.Repeats(max_run=4)(candidate) is candidate)
print(checks.Sequences(max_run=5)(candidate))
```

<!-- output -->
```text
True
True
Dropped(reason='it holds a sequence', value='16 characters, at most 5 are allowed')
```"""

_COMMON: Final = """Every check has these parameters. So each of them can lower the confidence of a candidate instead of
dropping it, and can raise it:

```python
from beca_core.checks import Checksum, Entropy, describe

print(describe(Entropy(min_share=0.65, otherwise="low")))
print(describe(Checksum(algorithm="crc32", digits=6, then="high", otherwise="drop")))
```

<!-- output -->
```text
entropy(min_share=0.65, max_bits=8.0); failing lowers the confidence to LOW
checksum(algorithm='crc32', encoding='base62', digits=6, at='end'); passing raises the confidence to HIGH
```"""

_ALPHABETS: Final = """Where a parameter is an alphabet, it is one of these names, or the inside of a character class
such as `0-9a-f_`. `\\xNN` is a byte; a hyphen at the beginning or at the end is a hyphen."""

_FUNCTIONS: Final = (
    "Custom",
    "describe",
    "to_document",
    "from_document",
    "check_problems",
    "parameters_of",
    "Parameter",
    "name_of",
    "is_data",
    "document_schema",
)


def checks_page(note: str) -> str:
    """Return the page of all checks.

    Args:
        note: Says where the page comes from.
    """
    links = "\n".join(f"| [`{name}`](#{name}) | {_summary(kind)} |" for name, kind in CHECKS.items())
    common = _parameter_rows(Inspection, of_all=True)
    alphabets = "\n".join(f"| `{name}` | {_cell_code(text)} |" for name, text in ALPHABETS.items())
    sections = "\n\n".join(map(_section, CHECKS.values()))
    functions = "\n\n".join(map(_function, _FUNCTIONS))
    return f"""# Checks

{note}
{_INTRODUCTION}

| check | what it does |
|---|---|
{links}

## Parameters of all checks

{_COMMON}

| parameter | type | default | meaning |
|---|---|---|---|
{common}

## Alphabets

{_ALPHABETS}

| name | characters, in the order of their values |
|---|---|
{alphabets}

## The checks

{sections}

## Checks of your own, and the form as data

{functions}
"""


def example_of(kind: type[Inspection]) -> Inspection:
    """Return the check in the example of a class's docstring."""
    node = ast.parse(_example_text(kind), mode="eval").body
    if not isinstance(node, ast.Call):
        raise TypeError(f"The example of {kind.__name__} is not a call.")
    return kind(**{keyword.arg or "": ast.literal_eval(keyword.value) for keyword in node.keywords})


def _section(kind: type[Inspection]) -> str:
    body, _, example = parsed(kind.__doc__).body.partition("Example::\n\n")
    return f"""### `{kind.name}`

{body.strip()}

```python
from beca_core.checks import {kind.__name__}

{inspect.cleandoc(example)}
```

```toml
checks = [{_toml(example_of(kind))}]
```

| parameter | type | default | meaning |
|---|---|---|---|
{_parameter_rows(kind, of_all=False)}"""


def _example_text(kind: type[Inspection]) -> str:
    return inspect.cleandoc(parsed(kind.__doc__).body.partition("Example::\n\n")[2])


def _summary(kind: type[Inspection]) -> str:
    return parsed(kind.__doc__).body.partition("\n\n")[0].replace("\n", " ")


def _parameter_rows(kind: type[Inspection], *, of_all: bool) -> str:
    said = parsed(kind.__doc__).arguments
    common = parameters_of(Inspection)
    rows = (
        f"| `{name}` | {_type(parameter)} | {_default(parameter)} | {_cell(said[name])} |"
        for name, parameter in parameters_of(kind).items()
        if of_all or name not in common
    )
    return "\n".join(rows)


def _type(parameter: Parameter) -> str:
    return parameter.type_in_words.removeprefix("a ")


def _default(parameter: Parameter) -> str:
    if parameter.default in ((), "", None):
        return "nothing"
    return f"`{json.dumps(parameter.default)}`"


def _toml(check: Inspection) -> str:
    return "{ " + ", ".join(f"{name} = {json.dumps(value)}" for name, value in to_document(check).items()) + " }"


def _function(name: str) -> str:
    found = check_names()[name]
    parts = [f"### `{name}`", f"```text\n{found.declaration}\n```", found.text.body]
    rows = list(_argument_rows(found.text.arguments))
    if rows:
        parts.append("\n".join(["| argument | meaning |", "|---|---|", *rows]))
    raised = [f"| `{error}` | {_cell(text)} |" for error, text in found.text.parts.get("Raises", {}).items()]
    if raised:
        parts.append("\n".join(["| raises | when |", "|---|---|", *raised]))
    return "\n\n".join(parts)


def _argument_rows(arguments: dict[str, str]) -> Iterator[str]:
    for name, text in arguments.items():
        yield f"| `{name}` | {_cell(text)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _cell_code(text: str) -> str:
    escaped = text.replace("|", "\\|")
    return f"`` {escaped} ``" if "`" in text else f"`{escaped}`"


def undocumented() -> list[str]:
    """Return the public names of `beca_core.checks` that are not on the page."""
    shown = {*_FUNCTIONS, *(kind.__name__ for kind in CHECKS.values()), "CHECKS", "ALPHABETS", "Inspection"}
    return sorted(set(checks.__all__) - shown)
