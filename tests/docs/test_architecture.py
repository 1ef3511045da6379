"""The map is right: paths exist, words of the glossary are names of the code, and no name has two meanings."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection

ROOT = Path(__file__).parents[2]
PACKAGES = ("beca_core", "beca_api", "beca_scanners")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
EXPLANATION = ROOT / "docs" / "explanation"

# These are named after the command or the resource that they serve.
COMMANDS_AND_HANDLERS = ("beca_core/cli/", "beca_api/http/handlers/")
# These describe what a class of the core has the same name for, as it is written on the wire.
WIRE_FORMATS = ("beca_api/http/schemas/", "beca_api/worker/scan_process/events.py")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def classes(path: Path) -> list[str]:
    return [node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)]


def test_a_newcomer_finds_twenty_answers() -> None:
    page = (EXPLANATION / "architecture.md").read_text()
    questions = page.partition("## Where is ...?")[2].partition("\n## ")[0]
    paths = re.findall(r"^\| .+ \| `([\w/.]+)` \|$", questions, re.MULTILINE)
    assert len(paths) == len(set(paths)) == 20
    assert [path for path in paths if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("name", [path.name for path in sorted(EXPLANATION.glob("*.md"))])
def test_paths_in_the_explanations_exist(name: str) -> None:
    text = (EXPLANATION / name).read_text()
    named = re.findall(r"`((?:beca_core|beca_api|beca_scanners|tests|docs)/[\w/.-]*)`", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_words_of_the_glossary_are_names_of_the_code() -> None:
    glossary = (EXPLANATION / "glossary.md").read_text()
    names = set(re.findall(r"`([A-Z]\w+)`", glossary)) - {"HEAD", "Queued"}
    code = "\n".join(path.read_text() for path in MODULES)
    defined = set(re.findall(r"^(?:class )?(\w+)(?=[(:])", code, re.MULTILINE))
    assert len(names) > 30
    assert names - defined == set()


def test_the_core_has_few_rooms() -> None:
    entries = [path.name for path in (ROOT / "beca_core").iterdir() if path.name not in ("__pycache__", "py.typed")]
    assert len(entries) <= 16, sorted(entries)


def test_no_two_modules_have_one_name() -> None:
    places = defaultdict(list)
    for path in MODULES:
        if not path.stem.startswith("__") and not relative(path).startswith(COMMANDS_AND_HANDLERS):
            places[path.stem].append(relative(path))
    assert {stem: paths for stem, paths in places.items() if len(paths) > 1} == {}


@pytest.mark.slow
def test_no_two_classes_have_one_name() -> None:
    places = defaultdict(list)
    for path in MODULES:
        if not relative(path).startswith(WIRE_FORMATS):
            for name in classes(path):
                places[name.lstrip("_")].append(relative(path))
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_no_modules_import_each_other() -> None:
    """Imports within functions count as well; those that only a type checker follows do not."""
    names = {_dotted(path): path for path in MODULES}
    TopologicalSorter({name: _imported(path, names) - {name} for name, path in names.items()}).prepare()


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _imported(path: Path, names: Collection[str]) -> set[str]:
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            full_names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in names else str(node.module) for name in full_names}
    return found & set(names)
