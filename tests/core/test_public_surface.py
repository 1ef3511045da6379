"""The public names of `beca_core`, and the cost of importing it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import beca_core
from beca_core import checks, errors
from beca_core.plugins import foreign
from docs.public_names import SURFACE, error_classes, surface

PACKAGES = ["beca_core", "beca_api", "beca_scanners"]
ROOT = Path(__file__).parents[2]

OF_PYTHON = {
    "AbstractContextManager",
    "Any",
    "BaseException",
    "Callable",
    "ClassVar",
    "Collection",
    "False",
    "HookimplMarker",
    "Iterable",
    "Iterator",
    "Literal",
    "Mapping",
    "None",
    "PathLike",
    "Sequence",
    "TextIO",
    "True",
}
HANDED_ON = {
    "Attribution",
    "Comments",
    "Hit",
    "Ids",
    "KnownFindings",
    "LaggingRules",
    "Novelty",
    "PluginProcess",
    "PositionLookup",
    "RepositoryOrigin",
    "RuleSet",
    "Split",
}
"""Types of values that callers pass from one part of BECA to another, and look at nowhere."""


def modules_after(code: str) -> set[str]:
    """Run code in a new interpreter and return the names of the modules that it loaded."""
    script = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", beca_core.__all__)
def test_every_public_name_exists(name: str) -> None:
    assert getattr(beca_core, name) is not None
    assert name in dir(beca_core)


def test_every_public_name_has_a_module() -> None:
    assert sorted(set(beca_core.__all__) - {"__version__", "API_VERSION"}) == sorted(beca_core._HOMES)
    assert sorted(beca_core.__all__) == beca_core.__all__


def test_nobody_changes_a_public_signature_unawares() -> None:
    assert SURFACE.read_text() == surface(), "run: uv run python -m docs.public_names"


def test_public_signatures_name_public_types() -> None:
    used = set(re.findall(r"\b(?:[A-Z][a-z0-9]+)+\b", re.sub(r"'[^']*'", "", surface())))
    assert used - {*beca_core.__all__, *checks.__all__, *foreign.__all__, *error_classes(), *OF_PYTHON} == HANDED_ON


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'scam'"):
        beca_core.scam  # noqa: B018


def test_importing_the_package_loads_no_other_module_of_beca() -> None:
    loaded = modules_after("import beca_core") - modules_after("")
    assert {name for name in loaded if name.startswith("beca")} == {"beca_core"}


def test_a_scan_loads_no_server() -> None:
    loaded = modules_after("import beca_core; beca_core.scan_text('private_key')")
    heavy = {
        "sqlmodel",
        "sqlalchemy",
        "alembic",
        "aiohttp",
        "dramatiq",
        "pydantic",
        "rich",
        "asyncio",
    }
    assert not loaded & heavy


@pytest.mark.parametrize("package", PACKAGES)
def test_the_packages_are_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


def test_the_error_tree_in_the_docstring_is_the_tree_of_the_code() -> None:
    tree = errors.__doc__ or ""
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.BecaError)]
    for error in classes:
        (line,) = [line for line in tree.splitlines() if error.__name__ in line.split()]
        words = line.replace("├──", "").replace("└──", "").replace("│", "").split()
        assert words[:3] == [error.__name__, str(error.exit_code), str(error.http_status)]
    assert len({error.code for error in classes}) == len(classes)


@pytest.mark.parametrize("path", sorted(ROOT.glob("beca_*/**/*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_has_a_docstring_and_at_most_400_lines(path: Path) -> None:
    text = path.read_text()
    assert not text.strip() or ast.get_docstring(ast.parse(text))
    assert text.count("\n") <= 400
