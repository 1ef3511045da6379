"""Plugins hear of events in processes of their own, with a limit on time, and of others once these are installed."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from beca_api.delivery.plugin_consumers import PluginConsumers
from beca_core import PluginRegistry, ServerEvent, hookimpl
from beca_core.errors import PluginFailed
from beca_core.system.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEARING = """
    import json, os, time
    from beca_core import Setting, hookimpl

    @hookimpl
    def beca_register_settings():
        yield Setting("log")

    @hookimpl
    def beca_server_event(event, settings):
        if event.kind == "hang":
            time.sleep(60)
        if event.kind == "exit":
            os._exit(3)
        with open(settings["log"], "a") as stream:
            print(json.dumps([event.id, event.kind, event.result, event.issue, os.getpid()]), file=stream)
"""
EVENT = ServerEvent(7, "issue-opened", "2026-01-31T10:00:00Z", 1, 2, {"id": 2, "changes": None}, {"path": "\udce4"})


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Installs a plugin that is one module."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", str(site))

    def install_plugin(name: str) -> None:
        (site / f"{name}_hearing.py").write_text(dedent(HEARING))
        info = site / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[beca.plugins]\n{name} = {name}_hearing\n")

    return install_plugin


@pytest.fixture
def own_settings(tmp_path: Path) -> Settings:
    plugins = {name: {"log": str(tmp_path / name)} for name in ("first", "second")}
    return Settings.load(data_dir=tmp_path, plugins=plugins, plugin_seconds=30)


@pytest.fixture
def consumers(install: Callable[[str], None], own_settings: Settings) -> PluginConsumers:
    """The plugin `first`, and no other that hears of events."""
    install("first")
    registry = PluginRegistry.load(settings={"first": own_settings.plugin_settings["first"]}, cache_dir=False)
    assert registry.problems == ()
    registry.close()
    return PluginConsumers(registry, own_settings)


def log(directory: Path, name: str = "first") -> list[list[object]]:
    return [json.loads(line) for line in (directory / name).read_text().splitlines()]


def test_a_plugin_hears_of_events_in_its_process(consumers: PluginConsumers, tmp_path: Path) -> None:
    import os

    (consumer,) = consumers()
    assert consumer.name == "plugin:first"
    consumer.deliver(EVENT)
    ((number, kind, result, issue, pid),) = log(tmp_path)
    assert (number, kind, result, issue) == (7, "issue-opened", {"id": 2, "changes": None}, {"path": "\udce4"})
    assert pid != os.getpid()


@pytest.mark.parametrize(
    ("kind", "fault"), [("hang", "did not answer within 0.5 s"), ("exit", "ended with exit code 3")]
)
def test_a_plugin_that_fails_is_asked_again(
    consumers: PluginConsumers, own_settings: Settings, tmp_path: Path, kind: str, fault: str
) -> None:
    registry = PluginRegistry.load(settings={"first": own_settings.plugin_settings["first"]}, cache_dir=False)
    seconds = 0.5 if kind == "hang" else 30
    (consumer,) = PluginConsumers(registry, own_settings.model_copy(update={"plugin_seconds": seconds}))()
    for _ in range(4):
        with pytest.raises(PluginFailed, match=fault):
            consumer.deliver(ServerEvent(1, kind, EVENT.at))
    (patient,) = consumers()
    patient.deliver(EVENT)
    assert len(log(tmp_path)) == 1


def test_plugins_that_are_installed_later_hear_of_events_too(
    consumers: PluginConsumers, install: Callable[[str], None], tmp_path: Path
) -> None:
    install("second")
    assert [each.name for each in consumers()] == ["plugin:first"]
    consumers.renew()
    found = consumers()
    assert [each.name for each in found] == ["plugin:first", "plugin:second"]
    for consumer in found:
        consumer.deliver(EVENT)
    assert len(log(tmp_path, "first")) == len(log(tmp_path, "second")) == 1


def test_an_object_that_a_program_registers_hears_of_events_here(own_settings: Settings) -> None:
    heard: list[ServerEvent] = []

    class Hearing:
        @hookimpl
        def beca_server_event(self, event: ServerEvent) -> None:
            heard.append(event)

    registry = PluginRegistry(cache_dir=False)
    registry.register(Hearing(), "hearing")
    (consumer,) = PluginConsumers(registry, own_settings)()
    consumer.deliver(EVENT)
    assert heard == [EVENT]


def test_plugins_without_the_hook_are_left_out(own_settings: Settings) -> None:
    class Deaf:
        @hookimpl
        def beca_scan_started(self, scan: object) -> None:
            raise AssertionError

    registry = PluginRegistry(cache_dir=False)
    registry.register(Deaf(), "deaf")
    assert PluginConsumers(registry, own_settings)() == []
