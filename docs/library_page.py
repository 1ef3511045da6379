"""The reference page of the library: recipes, and every public name with its fields, arguments and methods.

Everything said of a name comes from its docstring; the recipes are the files in `docs/recipes/`.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core import errors
from docs.public_names import error_classes, foreign_names, proof_functions, public_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docs.public_names import Name

RECIPES: Final = Path(__file__).parent / "recipes"

_INTRODUCTION: Final = """`beca_core` has the public names on this page, and with them `beca_core.errors`,
`beca_core.testing`, `beca_core.plugins.foreign` and [`beca_core.checks`](checks.md); everything else may change. Each
name is imported when it is first used, so `import beca_core` costs next to nothing, and a scan loads neither a web
framework nor an ORM. All of it is typed. A test holds the names and their signatures, so that none changes by accident.

A scan writes nothing but a cache of compiled rules, in the user's cache directory; `cache_dir=False` turns that off."""

_RECIPES: Final = (
    "scan_directory",
    "filter_findings",
    "own_rules",
    "scan_upload",
    "threads",
    "aiohttp_uploads",
    "resume",
    "errors",
)
_SHOWN: Final = {"aiohttp_uploads": "it serves until it is interrupted; a test of its own sends it uploads"}
"""Recipes that do not end by themselves."""

_GROUPS: Final = {
    "Scanning": (
        "scan",
        "scan_text",
        "scan_bytes",
        "Engine",
        "open_source",
        "Progress",
        "Phase",
        "__version__",
    ),
    "Findings and reports": (
        "Report",
        "Finding",
        "FindingPart",
        "SupersededRule",
        "Location",
        "Position",
        "NameKind",
        "Presence",
        "Commit",
        "Severity",
        "Confidence",
        "Coverage",
        "Skipped",
        "Suppressed",
        "Suppression",
        "AllowEntry",
        "Baseline",
        "Problem",
        "Change",
        "ChangeCounts",
        "RuleChange",
        "ChangeKind",
        "write",
        "Reporter",
    ),
    "Rules and plugins": (
        "Rule",
        "RuleInfo",
        "Near",
        "Side",
        "Part",
        "Allow",
        "Variant",
        "Example",
        "CounterExample",
        "Check",
        "Candidate",
        "Dropped",
        "DropReason",
        "Step",
        "Scanner",
        "Match",
        "MatchPart",
        "Filter",
        "PluginRegistry",
        "Plugin",
        "hookimpl",
        "load_rules",
        "API_VERSION",
        "Setting",
        "SettingValue",
        "Decoder",
        "TextOrigin",
        "NamedText",
        "FindingInText",
        "Processor",
        "PluginCommand",
        "Argument",
        "ScanStarted",
        "ServerEvent",
        "ScanFinished",
        "random_text",
        "rule_problems",
    ),
    "Explanations": (
        "explain",
        "Explanation",
        "Sighting",
        "PatternVerdict",
        "CandidateExplanation",
        "StepVerdict",
        "StepOutcome",
    ),
    "Sources": (
        "Source",
        "Reading",
        "FlatReading",
        "Share",
        "FixedShare",
        "Blob",
        "Contents",
        "Place",
        "Resume",
        "Resumed",
        "Stop",
    ),
    "States and limits": ("State", "Checkpoint", "Scope", "Limits", "UrlPolicy"),
    "Error classes": ("BecaError",),
}

_FORMS_TEXT: Final = """The JSON form of all these, and the meaning of each reason in `Coverage.skipped`, have
[a page of their own](finding-and-result.md)."""

_FOREIGN_TEXT: Final = """The module `beca_core.plugins.foreign` translates files of other scanners; `beca import`
and the plugin `beca-gitleaks` are made of it."""
_PROOFS_TEXT: Final = "The module `beca_core.testing` proves rules, in the tests of a plugin for example."


def library_page(note: str) -> str:
    """Return the page of the public names of the library.

    Args:
        note: Says where the page comes from.
    """
    names = public_names()
    groups = "\n\n".join(_group(title, [names[name] for name in group]) for title, group in _GROUPS.items())
    recipes = "\n\n".join(map(_recipe, _RECIPES))
    return f"# Library\n\n{note}\n{_INTRODUCTION}\n\n## Recipes\n\n{recipes}\n\n{groups}\n"


def grouped_names() -> list[str]:
    """Return the public names in the order of the page."""
    return [name for group in _GROUPS.values() for name in group]


def _recipe(name: str) -> str:
    """Return the docstring of a recipe as title and text, and its code."""
    source = (RECIPES / name).with_suffix(".py").read_text()
    docstring, _, code = source.removeprefix('"""').partition('\n"""\n\n')
    title, _, text = docstring.partition("\n\n")
    shown = f"<!-- shown: {_SHOWN[name]} -->\n" if name in _SHOWN else ""
    return f"### {title}\n\n{text}\n\n{shown}```python\n{code}```"


def _group(title: str, names: list[Name]) -> str:
    parts = [f"## {title}", _links(names)]
    if title == "Findings and reports":
        parts.append(_FORMS_TEXT)
    if title == "Sources":
        parts.append(_recipe("own_source"))
    parts += (_section(name) for name in names)
    if title == "Rules and plugins":
        parts += ["### `beca_core.testing`", _PROOFS_TEXT]
        parts += (_callable(name, f"#### `{name.name}`") for name in proof_functions().values())
        parts += ["### `beca_core.plugins.foreign`", _FOREIGN_TEXT]
        parts += (_section(name) for name in foreign_names().values())
    if title == "Error classes":
        parts += ["### `beca_core.errors`", _error_tree(), _table(("error", "meaning"), _error_rows())]
    return "\n\n".join(parts)


def _links(names: list[Name]) -> str:
    return ", ".join(f"[`{name.name}`](#{name.name.lower()})" for name in names) + "."


def _section(name: Name) -> str:
    heading = f"### `{name.name}`"
    if name.kind == "function":
        return _callable(name, heading)
    parts = [heading]
    if name.kind in ("class", "data class", "value"):
        parts.append(f"```text\n{name.declaration}\n```")
    parts.append(_prose(name.text.body))
    fields = [member for member in name.members if member.kind in ("field", "property")]
    if name.kind == "class":
        parts.append(_table(("argument", "meaning"), _argument_rows(name)))
        said = {argument.partition(":")[0] for argument in name.arguments or ()}
        fields = [member for member in fields if member.name not in said]
    members = [member for member in name.members if member.kind == "member"]
    parts.append(_table(("member", "meaning"), _rows(members)))
    parts.append(_table(("field" if name.kind == "data class" else "attribute", "meaning"), _rows(fields)))
    parts.append(_raised(name))
    methods = [member for member in name.members if member.kind in ("method", "classmethod")]
    parts += (_callable(method, f"#### `{name.name}.{method.name}`") for method in methods)
    return "\n\n".join(filter(None, parts))


def _callable(name: Name, heading: str) -> str:
    mark = "classmethod " if name.kind == "classmethod" else ""
    parts = [heading, f"```text\n{mark}{name.declaration}\n```", _prose(name.text.body)]
    parts.append(_table(("argument", "meaning"), _argument_rows(name)))
    if name.text.returns:
        parts.append(f"Returns: {name.text.returns}")
    parts.append(_raised(name))
    return "\n\n".join(filter(None, parts))


def _raised(name: Name) -> str:
    return _table(("raises", "when"), [(kind, text) for kind, text in name.text.parts.get("Raises", {}).items()])


def _argument_rows(name: Name) -> Iterator[tuple[str, str]]:
    for argument in name.arguments or ():
        own = argument.partition(":")[0]
        if own in name.text.arguments:
            yield own, name.text.arguments[own]


def _rows(members: list[Name]) -> list[tuple[str, str]]:
    return [(member.declaration, member.text.body) for member in members]


def _error_rows() -> Iterator[tuple[str, str]]:
    for error in error_classes().values():
        if error.name != "BecaError":
            said = "".join(f" `{name}`: {text}" for name, text in error.text.parts.get("Args", {}).items())
            yield error.declaration, f"{error.text.body}{said}"


def _error_tree() -> str:
    tree = inspect.cleandoc((errors.__doc__ or "").partition("::\n")[2].partition("\n\nEach class")[0])
    return f"```text\n{tree}\n```"


def _prose(text: str) -> str:
    return text.replace("::\n\n", ":\n\n")


def _table(heads: tuple[str, str], rows: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> str:
    cells = [f"| `{_cell(name)}` | {_cell(text)} |" for name, text in rows]
    return "\n".join([f"| {heads[0]} | {heads[1]} |", "|---|---|", *cells]) if cells else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
