from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, TextIO

import pytest

from beca_core.errors import InvalidInput
from beca_core.plugins.hookspecs import hookimpl
from beca_core.plugins.registry import PluginRegistry
from beca_core.report import Reporter
from beca_core.reports import BUILTIN_FORMATS, choose_reporter

if TYPE_CHECKING:
    from beca_core.report import Report


class Lines:
    """A plugin's reporter."""

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:
        stream.write(f"{len(report.findings)}\n")


def plugin_with(*names: str) -> SimpleNamespace:
    @hookimpl
    def beca_register_reporters() -> list[Lines]:
        return [Lines(name) for name in names]

    return SimpleNamespace(beca_register_reporters=beca_register_reporters)


@pytest.mark.parametrize("name", BUILTIN_FORMATS)
def test_each_built_in_format_has_a_reporter_of_that_name(name: str) -> None:
    reporter = choose_reporter(name, {})
    assert isinstance(reporter, Reporter)
    assert reporter.name == name


def test_the_format_of_a_plugin_can_be_chosen() -> None:
    registry = PluginRegistry()
    registry.register(plugin_with("lines"), "acme")
    assert choose_reporter("lines", registry.reporters).name == "lines"
    assert registry.problems == ()


def test_a_built_in_format_cannot_be_taken() -> None:
    registry = PluginRegistry()
    plugin = registry.register(plugin_with("table", "lines"), "acme")
    assert plugin.problems == ["The format 'table' is not loaded: BECA itself has one of that name."]
    assert set(registry.reporters) == {"lines"}
    assert type(choose_reporter("table", registry.reporters)).__name__ == "TableReporter"


def test_the_second_plugin_with_a_format_has_a_problem() -> None:
    registry = PluginRegistry()
    registry.register(plugin_with("lines"), "first")
    second = registry.register(plugin_with("lines"), "second")
    assert second.problems == ["The format 'lines' is not loaded: plugin 'first' has one of that name."]


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("tabel", "Did you mean table?"),
        ("line", "Did you mean lines?"),
        ("xml", f"Choose one of {', '.join(BUILTIN_FORMATS)}, lines."),
        ("", f"Choose one of {', '.join(BUILTIN_FORMATS)}, lines."),
    ],
)
def test_an_unknown_format_is_refused_with_advice(name: str, advice: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        choose_reporter(name, {"lines": Lines("lines")})
    assert caught.value.hint == advice


WRITE = """
import io, sys
from beca_core.findings import Confidence, Finding, Location, Position, Severity
from beca_core.report import Coverage, Report
from beca_core.reports import choose_reporter

class Terminal(io.StringIO):
    def isatty(self):
        return True

place = Location("a", Position(1, 1), Position(1, 2))
finding = Finding("rule", place, "About", Severity.HIGH, Confidence.LOW, "0f" * 32, "p...(9)", b"secret")
report = Report("files", (finding,), Coverage(blobs=1), {"rule": 1})
choose_reporter(sys.argv[1], {}).write(report, Terminal(), redact=True)
print(*sys.modules)
"""


@pytest.mark.parametrize(
    ("name", "modules"),
    [("table", {"table"}), ("json", {"json_document"}), ("jsonl", {"json_lines", "json_document"})],
)
def test_only_what_the_chosen_format_needs_is_imported(name: str, modules: set[str]) -> None:
    done = subprocess.run([sys.executable, "-c", WRITE, name], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    homes = {f"beca_core.reports.{home}" for home in ("table", "json_document", "json_lines")}
    assert loaded & homes == {f"beca_core.reports.{module}" for module in modules}
    assert not loaded & {"rich", "difflib"}
    assert ("json" in loaded) == (name != "table")
