"""Reads the public names of the library out of its source: signatures, fields, members, and what is said of each.

The source shows what a running interpreter does not: the text of a default, and the words below an enum's member.

Run `uv run python -m docs.public_names` after a change to the public interface. It rewrites the table with which
`tests/core/test_public_surface.py` compares the code.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Final

import beca_core
from beca_core import checks, errors, testing
from beca_core.plugins import foreign

if TYPE_CHECKING:
    from collections.abc import Iterator

SURFACE: Final = Path(__file__).parents[1] / "tests" / "core" / "public_surface.txt"
WIDTH: Final = 100

_ALIASES: Final = {
    "_Registry": "PluginRegistry",
    "CacheDir": "str | os.PathLike[str] | Literal[False] | None",
    "FindingKey": "tuple[str, str, bytes]",
    "Text": "str | bytes | bytearray | memoryview",
}
"""Names that only the code has, and what a caller knows them as."""

_SECTIONS: Final = ("Args", "Attributes", "Returns", "Raises")
_PARTS: Final = ("Args", "Attributes", "Raises")
"""Sections that say something of several names."""


@dataclass(frozen=True)
class Text:
    """A docstring, taken apart.

    Args:
        body: What comes before the sections.
        parts: Of each section with several names, what is said of each.
        returns: What is returned.
    """

    body: str = ""
    parts: dict[str, dict[str, str]] = field(default_factory=dict)
    returns: str = ""

    @property
    def arguments(self) -> dict[str, str]:
        """What is said of each argument and attribute."""
        return {**self.parts.get("Args", {}), **self.parts.get("Attributes", {})}


@dataclass(frozen=True)
class Name:
    """A public name, or a member of a public class.

    Args:
        name: Its name; of a member without that of its class.
        kind: `function`, `class`, `data class`, `enum`, `protocol` or `value`; of a member `field`, `property`,
            `method`, `classmethod` or `member` (of an enum).
        text: What is said of it.
        type: Of a value its own, of a function what it returns.
        arguments: How they are declared; None: it is not called.
        members: Of a class: its public fields, properties and methods.
    """

    name: str
    kind: str
    text: Text
    type: str = ""
    arguments: tuple[str, ...] | None = None
    members: tuple[Name, ...] = ()

    @property
    def declaration(self) -> str:
        """How it is declared; what is longer than a line has a line for each argument."""
        if self.arguments is None:
            return f"{self.name}{self.type}"
        line = f"{self.name}({', '.join(self.arguments)}){self.type}"
        if len(line) <= WIDTH:
            return line
        arguments = "".join(f"    {argument},\n" for argument in self.arguments)
        return f"{self.name}(\n{arguments}){self.type}"


def public_names() -> dict[str, Name]:
    """Return all names of `beca_core.__all__`, by name."""
    return {name: _described(beca_core._HOMES.get(name, ""), name) for name in beca_core.__all__}


def error_classes() -> dict[str, Name]:
    """Return the errors, by name, each below the one that it is derived from."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.BecaError)]
    return {kind.__name__: _described("errors", kind.__name__) for kind in kinds}


def proof_functions() -> dict[str, Name]:
    """Return the functions with which a plugin proves itself, by name."""
    return {name: _described("testing", name) for name in testing.__all__ if name not in beca_core.__all__}


def check_names() -> dict[str, Name]:
    """Return the classes and functions of `beca_core.checks`, by name."""
    names = (name for name in checks.__all__ if not name.isupper())
    return {name: _described(f"checks.{checks._HOMES[name]}", name) for name in names}


def foreign_names() -> dict[str, Name]:
    """Return the classes and functions of `beca_core.plugins.foreign`, by name."""
    return {name: _described(f"plugins.foreign.{foreign._HOMES[name]}", name) for name in foreign.__all__}


def surface() -> str:
    """Return everything that is public, a line each."""
    modules = {
        "beca_core": public_names(),
        "beca_core.checks": check_names(),
        "beca_core.errors": error_classes(),
        "beca_core.plugins.foreign": foreign_names(),
        "beca_core.testing": proof_functions(),
    }
    parts = []
    for module, names in modules.items():
        for _, found in sorted(names.items()):
            parts.append(f"{found.kind} {module}.{found.declaration}")
            skipped = "field" if found.kind == "data class" else ""
            parts += [
                indent(f"{member.kind} {member.declaration}", "    ")
                for member in found.members
                if member.kind != skipped
            ]
    return "\n".join(parts) + "\n"


def parsed(docstring: str | None) -> Text:
    """Take a docstring apart."""
    sections: dict[str, list[str]] = {"": []}
    current = ""
    for line in inspect.cleandoc(docstring or "").splitlines():
        if line.removesuffix(":") in _SECTIONS and line.endswith(":"):
            current = line[:-1]
            sections[current] = []
        else:
            sections[current].append(line if not current else line[4:])
    return Text(
        "\n".join(sections[""]).strip(),
        {title: _entries(sections[title]) for title in _PARTS if title in sections},
        " ".join(" ".join(sections.get("Returns", [])).split()),
    )


def _entries(lines: list[str]) -> dict[str, str]:
    entries: dict[str, str] = {}
    name = ""
    for line in lines:
        if line and not line.startswith(" "):
            name, _, first = line.partition(": ")
            entries[name] = first
        elif name and line:
            entries[name] += f" {line.strip()}"
    return entries


@cache
def _module(name: str) -> ast.Module:
    path = Path(beca_core.__file__).parent.joinpath(*filter(None, name.split(".")))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(path.read_text())


def _described(module: str, name: str) -> Name:
    body = _module(module).body
    for at, node in enumerate(body):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return _function(node, "function")
        if isinstance(node, ast.ClassDef) and node.name == name:
            return _class(module, node)
        if _target(node) == name:
            value = ast.unparse(node.value) if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value else ""
            text = parsed(_literal_after(body, at))
            return Name(name, "value", text, ": str" if name == "__version__" else f" = {value}")
    raise LookupError(f"{module} does not define {name}")


def _class(module: str, node: ast.ClassDef) -> Name:
    lineage = list(_lineage(module, node))
    text = parsed(ast.get_docstring(node))
    said = {name: words for one in lineage for name, words in parsed(ast.get_docstring(one)).arguments.items()}
    members: dict[str, Name] = {}
    for one in lineage:
        for member in _members(one, said):
            members[member.name] = member
    kind, arguments = _constructor(node, lineage, list(members.values()))
    return Name(node.name, kind, text, "", arguments, tuple(members.values()))


def _lineage(module: str, node: ast.ClassDef) -> Iterator[ast.ClassDef]:
    """Yield the classes of BECA that a class is derived from, and itself, the most general first."""
    found = getattr(__import__(f"beca_core.{module}", fromlist=[node.name]), node.name)
    for kind in reversed(found.__mro__):
        if kind.__module__.startswith("beca_core."):
            body = _module(kind.__module__.removeprefix("beca_core.")).body
            yield from (one for one in body if isinstance(one, ast.ClassDef) and one.name == kind.__name__)


def _members(node: ast.ClassDef, said: dict[str, str]) -> Iterator[Name]:
    for at, item in enumerate(node.body):
        if isinstance(item, ast.FunctionDef) and item.name == "__init__" and not _is_protocol(node):
            yield from _attributes(item, said)
        elif isinstance(item, ast.FunctionDef) and not item.name.startswith("_"):
            yield _method(item)
        elif (name := _target(item)) and not name.startswith("_"):
            text = Text(_literal_after(node.body, at) or said.get(name, ""))
            is_member = isinstance(item, ast.Assign) and _is_enum(node)
            yield Name(name, "member" if is_member else "field", text, _field(item))


def _attributes(init: ast.FunctionDef, said: dict[str, str]) -> Iterator[Name]:
    """Yield the public attributes that a class sets when it is made."""
    types = {argument.arg: argument.annotation for argument in (*init.args.args, *init.args.kwonlyargs)}
    for node in ast.walk(init):
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Attribute) and not target.attr.startswith("_"):
            annotation = getattr(node, "annotation", None)
            if annotation is None or ast.unparse(annotation) == "Final":
                annotation = types.get(target.attr)
            kind = f": {ast.unparse(annotation)}" if annotation else ""
            yield Name(target.attr, "field", Text(said.get(target.attr, "")), kind)


def _method(node: ast.FunctionDef) -> Name:
    decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
    if decorators & {"property", "cached_property"}:
        return Name(node.name, "property", parsed(ast.get_docstring(node)), f": {_type(node.returns)}")
    return _function(node, "classmethod" if "classmethod" in decorators else "method")


def _function(node: ast.FunctionDef, kind: str) -> Name:
    returned = _type(node.returns)
    if any(ast.unparse(decorator) == "contextmanager" for decorator in node.decorator_list):
        returned = returned.replace("Iterator", "AbstractContextManager", 1)
    return Name(node.name, kind, parsed(ast.get_docstring(node)), f" -> {returned}", _arguments(node.args))


def _arguments(node: ast.arguments) -> tuple[str, ...]:
    defaults = [*[None] * (len(node.args) - len(node.defaults)), *node.defaults]
    by_place = [
        _argument(*pair) for pair in zip(node.args, defaults, strict=True) if pair[0].arg not in ("self", "cls")
    ]
    by_keyword = [_argument(*pair) for pair in zip(node.kwonlyargs, node.kw_defaults, strict=True)]
    return (*by_place, *(["*"] if by_keyword else []), *by_keyword)


def _argument(node: ast.arg, default: ast.expr | None) -> str:
    return f"{node.arg}: {_type(node.annotation)}" + (f" = {ast.unparse(default)}" if default else "")


def _type(annotation: ast.expr | None) -> str:
    text = ast.unparse(annotation) if annotation else ""
    for name, meaning in _ALIASES.items():
        text = re.sub(rf"\b{name}\b", meaning, text)
    return text


def _constructor(
    node: ast.ClassDef, lineage: list[ast.ClassDef], members: list[Name]
) -> tuple[str, tuple[str, ...] | None]:
    """Return the kind of a class, and the arguments with which it is called."""
    if _is_protocol(node):
        return "protocol", None
    if _is_enum(node):
        return "enum", None
    for one in reversed(lineage):
        for item in one.body:
            if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                return "class", _arguments(item.args)
    is_by_keyword = any("kw_only=True" in ast.unparse(one) for one in node.decorator_list)
    fields = tuple(one.declaration for one in members if one.kind == "field" and "ClassVar" not in one.declaration)
    return "data class", ("*", *fields) if is_by_keyword else fields


def _field(item: ast.stmt) -> str:
    """Return type and default of a field, or the value of a member."""
    if isinstance(item, ast.Assign):
        return f" = {ast.unparse(item.value)}"
    if not isinstance(item, ast.AnnAssign):
        return ""
    value = item.value
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "field":
        options = {keyword.arg: keyword.value for keyword in value.keywords}
        made_by = options.get("default_factory")
        value = ast.Call(made_by, [], []) if made_by else options.get("default")
    return f": {_type(item.annotation)}" + (f" = {ast.unparse(value)}" if value else "")


def _is_protocol(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base) == "Protocol" for base in node.bases)


def _is_enum(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base) in ("StrEnum", "_Ranked") for base in node.bases)


def _target(node: ast.stmt) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return target.id if isinstance(target, ast.Name) else ""


def _literal_after(body: list[ast.stmt], at: int) -> str:
    """Return the string that follows a statement and describes it."""
    after = body[at + 1] if at + 1 < len(body) else None
    if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str):
        return inspect.cleandoc(after.value.value)
    return ""


if __name__ == "__main__":
    SURFACE.write_text(surface())
    sys.stdout.write(f"Wrote {SURFACE.name}.\n")
