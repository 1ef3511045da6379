"""Whether a plugin fits this BECA: versions, fields and names that an older one does not have, hooks of a newer one."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import beca_core
from beca_core import API_VERSION, PluginRegistry, hookimpl
from beca_core.plugins.compatibility import api_problem, requirement_problem
from beca_core.system.version import VERSION
from tests.distributions import install_distribution

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Install = Callable[..., None]

RULE = """
    import beca_core
    from beca_core import Confidence, Rule, Severity, hookimpl

    @hookimpl
    def beca_register_rules():
        return [Rule(id="word", version=1, description="W", severity=Severity.LOW, confidence=Confidence.LOW,
                     pattern="(?P<secret>swordfish)"ARGUMENTS)]
"""


@pytest.mark.parametrize(
    ("requirements", "fits"),
    [
        ([], True),
        (["beca"], True),
        (["beca>=0.1"], True),
        (["beca ~= 0.1", "numpy>=99"], True),
        (["beca>=0.1a1"], True),
        (["beca>=99"], False),
        (["beca[server]>=99"], False),
        (["Beca (>=99)"], False),
        (["beca<0.1"], False),
        (["beca>=99; extra == 'new'"], True),
        (["beca>=99; python_version >= '3'"], False),
        (["beca-other>=99", "becalm>=99"], True),
        (["beca nonsense"], True),
    ],
)
def test_the_version_that_a_distribution_requires(requirements: list[str], fits: bool) -> None:
    problem = requirement_problem(requirements)
    assert (problem == "") is fits
    assert fits or problem.startswith("not loaded: its distribution requires ")
    assert fits or problem.endswith(f", and this is BECA {VERSION}")


def test_a_distribution_that_requires_another_beca_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    mark = tmp_path / "imported"
    install_distribution(tmp_path, "newer", f"open({str(mark)!r}, 'w')\n")
    metadata = tmp_path / "newer-1.0.dist-info" / "METADATA"
    metadata.write_text(f"{metadata.read_text()}Requires-Dist: beca>=99\nRequires-Dist: idna\n\nRequires-Dist: text\n")
    plugin = PluginRegistry.load(cache_dir=False).plugins[-1]
    assert plugin.problems == [f"not loaded: its distribution requires 'beca>=99', and this is BECA {VERSION}"]
    assert not mark.exists()


def test_the_requirements_are_read_as_importlib_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from beca_core.plugins import entry_points

    monkeypatch.syspath_prepend(tmp_path)
    install_distribution(tmp_path, "newer", "")
    metadata = tmp_path / "newer-1.0.dist-info" / "METADATA"
    metadata.write_text(f"{metadata.read_text()}Requires-Dist: beca>=0.1 ; extra == 'x'\nRequires-Dist: idna\n\nbody\n")
    (ours,) = [each for each in entry_points._read_here("beca.plugins") if each.name == "newer"]
    (theirs,) = [each for each in entry_points._read_by_importlib("beca.plugins") if each.name == "newer"]
    assert ours.requires == theirs.requires == ("beca>=0.1 ; extra == 'x'", "idna")


@pytest.mark.parametrize(
    ("api", "problem"),
    [
        (None, ""),
        (API_VERSION, ""),
        (API_VERSION + 1, f"not loaded: it needs a newer BECA: BECA_API is {API_VERSION + 1}, and BECA {VERSION} has"),
        (0, "not loaded: it is written for an older BECA: BECA_API is 0, and this one needs 1"),
        ("1", "not loaded: BECA_API must be a whole number, such as 1"),
        (True, "not loaded: BECA_API must be a whole number, such as 1"),
    ],
)
def test_the_api_version_that_a_plugin_names(api: Any, problem: str) -> None:
    module = ModuleType("under_test")
    if api is not None:
        vars(module)["BECA_API"] = api
    assert api_problem(module).startswith(problem)
    assert bool(api_problem(module)) is bool(problem)
    vars(module)["beca_register_filters"] = hookimpl(lambda: [bool])
    plugin = PluginRegistry(cache_dir=False).register(module, "under-test")
    assert len(plugin.filters) == (0 if problem else 1)


def problem_of(install: Install, source: str) -> str:
    install("newer", source)
    (problem,) = PluginRegistry.load(cache_dir=False).plugins[-1].problems
    return problem


def test_a_field_that_this_beca_does_not_have_is_named(install: Install) -> None:
    problem = problem_of(install, RULE.replace("ARGUMENTS", ", quantum=True"))
    assert problem == (
        "beca_register_rules failed: Rule has no field 'quantum': the plugin needs a newer BECA "
        f"(this is BECA {VERSION} with API version {API_VERSION})"
    )


def test_a_misspelled_field_is_named_with_a_similar_one(install: Install) -> None:
    problem = problem_of(install, RULE.replace("ARGUMENTS", ", multilines=True"))
    assert problem.startswith(
        "beca_register_rules failed: Rule has no field 'multilines'. Did you mean multiline? "
        "Otherwise the plugin needs a newer BECA"
    )


def test_a_name_that_this_beca_does_not_have_is_named(install: Install) -> None:
    problem = problem_of(install, "from beca_core import QuantumRule\n")
    assert problem.startswith("cannot be imported: beca_core has no name 'QuantumRule': the plugin needs a newer BECA")


@pytest.mark.parametrize(
    "source",
    [
        "from json import QuantumRule\n",
        "class Rule:\n    def __init__(self): pass\nRule(x=1)\n",
        "raise TypeError('Quantum.__init__() got an unexpected keyword argument \\'x\\'')\n",
    ],
)
def test_other_errors_are_shown_as_they_are(install: Install, source: str) -> None:
    problem = problem_of(install, source)
    assert "ImportError: " in problem or "TypeError: " in problem or "Rule has no field" in problem


def test_a_hook_of_a_newer_beca_can_be_optional(install: Install) -> None:
    source = RULE.replace("ARGUMENTS", "")
    hook = "\n    @hookimpl(optionalhook=True)\n    def beca_register_quanta(): return []\n"
    install("newer", source + hook)
    plugin = PluginRegistry.load(cache_dir=False).plugins[-1]
    assert (plugin.problems, plugin.rule_ids) == ([], ["word"])


def test_a_hook_that_is_not_optional_and_not_known_is_a_problem(install: Install) -> None:
    hook = "\n    @hookimpl\n    def beca_scan_begun(): pass\n"
    assert problem_of(install, RULE.replace("ARGUMENTS", "") + hook) == (
        "there is no hook beca_scan_begun; did you mean beca_scan_started?"
    )


def test_an_argument_that_a_hook_does_not_have_is_a_problem(install: Install) -> None:
    source = "from beca_core import hookimpl\n@hookimpl\ndef beca_register_rules(quanta): return []\n"
    assert "quanta" in problem_of(install, source)


def test_the_api_version_is_public() -> None:
    assert beca_core.API_VERSION == 1
    assert "API_VERSION" in beca_core.__all__
