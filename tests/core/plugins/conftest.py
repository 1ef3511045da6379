"""Distributions on disk with the files that pip would write, so that they are found like installed ones."""

from __future__ import annotations

import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from beca_core import PluginRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from beca_core.plugins.registration import Plugin

GOOD = """
    from beca_core import Confidence, Rule, Severity, hookimpl

    @hookimpl
    def beca_register_rules():
        yield Rule(id="good", version=1, description="Good", severity=Severity.LOW, confidence=Confidence.HIGH,
                   pattern="(?P<secret>good_[0-9]{4})")
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory on `sys.path` for packages; their modules are removed from `sys.modules` afterwards."""
    before = set(sys.modules)
    path = tmp_path / "site"
    path.mkdir()
    monkeypatch.syspath_prepend(path)
    yield path
    for name in set(sys.modules) - before:
        if name.endswith("_under_test"):
            del sys.modules[name]


@pytest.fixture
def install(site: Path) -> Callable[..., None]:
    """Install a distribution that is one module.

    `install(name, source, plugin=name, target="")`: `target` is what follows the module in the entry point, such as
    `:plugin`.
    """

    def install_distribution(name: str, source: str, *, plugin: str = "", target: str = "") -> None:
        module = f"{name.replace('-', '_')}_under_test"
        (site / f"{module}.py").write_text(dedent(source))
        info = site / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[beca.plugins]\n{plugin or name} = {module}{target}\n")

    return install_distribution


@pytest.fixture
def load(install: Callable[..., None]) -> Callable[..., dict[str, Plugin]]:
    """Install a good plugin beside those of the test, load all, and check that the good one works.

    Returns the plugins by the names of their distributions, which distinguishes two plugins of one name.
    """

    def load_all(**options: object) -> dict[str, Plugin]:
        install("good", GOOD)
        registry = PluginRegistry.load(**options)  # type: ignore[arg-type]
        plugins = {plugin.distribution.split(" ")[0]: plugin for plugin in registry.plugins}
        assert [rule.id for rule in plugins["good"].rules] == ["good"]
        assert plugins["good"].problems == []
        assert plugins["beca"].problems == []
        assert {problem.plugin for problem in registry.problems} <= {
            plugin.name for plugin in registry.plugins if plugin.problems
        }
        return plugins

    return load_all
