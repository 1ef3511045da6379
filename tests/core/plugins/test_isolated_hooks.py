"""Processors, decoders, sources, listeners, commands and settings of installed plugins: in their own process too."""

from __future__ import annotations

import gc
import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from beca_core import (
    Confidence,
    Engine,
    Limits,
    NamedText,
    PluginRegistry,
    ScanFinished,
    ScanStarted,
    Setting,
    Severity,
)
from beca_core.errors import BecaError, PluginFailed
from beca_core.plugins.isolation.extras import Extras, extras_from_plain, extras_to_plain
from beca_core.plugins.registration import Plugin
from tests.core.plugins.loading import without_builtin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core import Report

    Install = Callable[..., None]

HEAD = """
import json, os, sys, time
from dataclasses import replace
from beca_core import *

@hookimpl
def beca_register_settings():
    yield Setting("word", default="swordfish", description="What to look for.")
    yield Setting("log", default="")
    yield Setting("token", secret=True, default="")
    yield Setting("depth", int, 3)
    yield Setting("paths", tuple, ("a", "b"), choices=("a", "b", "c"))

@hookimpl
def beca_register_rules(settings):
    yield Rule(id="word", version=1, description="Word", severity=Severity.LOW, confidence=Confidence.MEDIUM,
               pattern=rf"\\b(?P<secret>{settings['word']}[0-9])")
"""

FULL = (
    HEAD
    + """
def judge(found):
    if b"drop" in found.text:
        return Dropped("the line says so", f"{found.begin}-{found.end}")
    if b"raise" in found.text:
        raise OSError(found.text)
    if b"none" in found.text:
        return None
    if b"path" in found.text:
        return replace(found.finding, fingerprint="0" * 64)
    if b"leak" in found.text:
        return replace(found.finding, description=found.finding.description + found.finding.secret.decode())
    if b"other" in found.text:
        return replace(found.finding, description="Other")
    return replace(found.finding, severity=Severity.CRITICAL, description=f"Word {os.getpid()}")

@hookimpl
def beca_register_processors(settings):
    return [judge]

def backwards(data):
    at = data.index(b"<<<")
    yield at, len(data), data[at + 3:].strip()[::-1]
    yield 7
    yield at, at, b"empty"
    if b"raise" in data:
        raise ValueError(data)

@hookimpl
def beca_register_decoders():
    yield Decoder("reversed", (b"<<<",), backwards)

def read(target):
    yield NamedText("one", b"swordfish1")
    yield NamedText("large", b"x" * 3_000_000 + b" swordfish2")
    if "raise" in target:
        raise ValueError(target)
    if "sleep" in target:
        time.sleep(60)
    if "exit" in target:
        os._exit(3)
    if "junk" in target:
        yield b"junk"
    if "many" in target:
        for number in range(1000):
            yield NamedText(f"n{number}", bytes(100_000))
    yield NamedText("empty", b"")

@hookimpl
def beca_register_sources():
    yield TextOrigin("acme", read)

@hookimpl
def beca_register_commands(settings):
    yield PluginCommand("greet", lambda name: print("hello", name, settings["word"]), "Greet.", (Argument("name"),))

@hookimpl
def beca_scan_started(scan, settings):
    with open(settings["log"] or os.devnull, "a") as stream:
        print(json.dumps(["started", scan.target, scan.scope, scan.rules, os.getpid()]), file=stream)

@hookimpl
def beca_scan_finished(scan, settings):
    with open(settings["log"] or os.devnull, "a") as stream:
        print(json.dumps(["finished", scan.findings, dict(scan.severities), scan.exit_code, scan.failure]), file=stream)
"""
)


@pytest.fixture(params=["forked", pytest.param("spawned", marks=pytest.mark.slow)])
def start_method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the processes of plugins are started."""
    monkeypatch.setattr("beca_core.system.processes.may_fork", lambda: request.param == "forked")
    return str(request.param)


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No test leaves a descriptor behind."""
    gc.collect()
    gc.freeze()  # the next collection need not look at what other tests keep
    before = len([*Path("/proc/self/fd").iterdir()])
    yield
    gc.collect()
    assert len([*Path("/proc/self/fd").iterdir()]) <= before


@pytest.fixture
def full(install: Install, start_method: str) -> Iterator[Callable[..., PluginRegistry]]:
    install("full", FULL)
    loaded = []

    def load(**settings: Any) -> PluginRegistry:
        registry = without_builtin(settings={"full": settings}, cache_dir=False)
        loaded.append(registry)
        return registry

    yield load
    for registry in loaded:
        registry.close()


def engine(registry: PluginRegistry, **limits: Any) -> Engine:
    return Engine(registry, rules=["word"], limits=Limits(**limits))


def scan_files(registry: PluginRegistry, directory: Path, **texts: str) -> Report:
    tree = directory / "tree"
    tree.mkdir()
    for name, text in texts.items():
        (tree / name).write_text(text)
    return engine(registry).scan(tree)


def problems(report: Report) -> dict[str, int]:
    assert {problem.plugin for problem in report.coverage.problems} <= {"full"}
    return {problem.message: problem.count for problem in report.coverage.problems}


def test_everything_arrives(full: Callable[..., PluginRegistry]) -> None:
    registry = full(word="marlin", depth="7", token="x")
    plugin = registry.plugins[-1]
    assert plugin.problems == []
    assert plugin.declared_settings[0] == Setting("word", str, "swordfish", "What to look for.")
    assert plugin.settings == {"word": "marlin", "log": "", "token": "x", "depth": 7, "paths": ("a", "b")}
    assert plugin.rules[0].pattern == r"\b(?P<secret>marlin[0-9])"
    assert [(each.name, each.anchors) for each in plugin.decoders] == [("reversed", (b"<<<",))]
    assert [each.scheme for each in plugin.sources] == ["acme"]
    assert [(each.name, each.summary) for each in plugin.commands] == [("greet", "Greet.")]
    assert sorted(plugin.listeners) == ["beca_scan_finished", "beca_scan_started"]
    assert len(plugin.processors) == 1
    with pytest.raises(BecaError, match="runs in the process of `beca` only"):
        plugin.commands[0].run(name="x")


def test_processors_are_asked_there(full: Callable[..., PluginRegistry], tmp_path: Path) -> None:
    report = scan_files(
        full(),
        tmp_path,
        a="swordfish1 ok",
        b="swordfish1 drop",
        c="swordfish1 raise",
        d="swordfish1 none",
        e="swordfish1 path",
        f="swordfish1 leak",
        g="swordfish1 other",
    )
    found = {each.location.path: each for each in report.findings}
    assert sorted(found) == ["a", "c", "d", "e", "f", "g"]
    assert found["a"].severity is Severity.CRITICAL
    assert int(found["a"].description.removeprefix("Word ")) != os.getpid()
    assert {found[path].description for path in "cdefg"} == {"Word"}
    assert report.coverage.filtered == {"full": 1}
    assert problems(report) == {
        "a processor raised OSError": 1,
        "a processor returned NoneType, not a Finding or Dropped, so the finding stays as it was": 1,
        "a processor changed more of a finding than it may, so the finding stays as it was": 1,
        "a processor gave description with the secret in it, so the finding stays as it was": 1,
        "a processor gave a description that does not begin as that of the finding, so the finding stays as it was": 1,
    }


def test_decoders_are_asked_there(full: Callable[..., PluginRegistry], tmp_path: Path) -> None:
    report = scan_files(full(), tmp_path, a="x <<<" + "swordfish1"[::-1] + "\n", b="y <<< raise")
    (found,) = report.findings
    assert (found.secret, found.decodings) == (b"swordfish1", ("reversed",))
    assert problems(report) == {
        "decoder reversed gave a part that is not valid": 4,
        "decoder reversed raised ValueError": 1,
    }


def test_sources_are_read_there(full: Callable[..., PluginRegistry]) -> None:
    report = engine(full()).scan("acme://letters")
    assert [(each.location.path, each.secret) for each in report.findings] == [
        ("large", b"swordfish2"),
        ("one", b"swordfish1"),
    ]
    assert (report.coverage.blobs, report.coverage.complete) == (3, True)


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("raise", "a source raised ValueError"),
        ("sleep", "a source did not answer within 2 s"),
        ("exit", "a source ended with exit code 3"),
        ("junk", None),
    ],
)
def test_a_source_that_fails_keeps_what_it_brought(
    full: Callable[..., PluginRegistry], target: str, problem: str | None
) -> None:
    began = time.monotonic()
    report = engine(full(), plugin_seconds=2).scan(f"acme://{target}")
    assert time.monotonic() - began < 30
    assert len(report.findings) == 2
    assert report.exit_code == 2
    assert problems(report) == ({} if problem is None else {problem: 1})
    assert report.coverage.skipped == {"unreadable": 1}


def test_a_source_is_read_no_further_than_the_limits_say(full: Callable[..., PluginRegistry]) -> None:
    registry = full()
    report = engine(registry, max_blob_bytes=1_000_000).scan("acme://many")
    assert (report.coverage.skipped, report.coverage.blobs) == ({"too-large": 1}, 1002)
    report = engine(registry, scan_bytes=5_000_000).scan("acme://many")
    assert report.exit_code == 2
    source = registry.plugins[-1].sources[0]
    texts = source.read("acme://many")
    assert next(iter(texts)) == NamedText("one", b"swordfish1")
    del texts  # the process that still writes is ended
    assert engine(registry).scan("acme://x").coverage.complete


def test_listeners_are_told_there(full: Callable[..., PluginRegistry], tmp_path: Path) -> None:
    log = tmp_path / "log"
    report = scan_files(full(log=str(log)), tmp_path, a="swordfish1")
    assert report.exit_code == 1
    started, finished = log.read_text().splitlines()
    assert started.startswith(f'["started", "{tmp_path}/tree", "files", ["word"], ')
    assert str(os.getpid()) not in started
    assert finished == '["finished", 1, {"CRITICAL": 1}, 1, ""]'


def test_a_failed_scan_is_announced_with_its_reason(full: Callable[..., PluginRegistry], tmp_path: Path) -> None:
    log = tmp_path / "log"

    def interrupt(_progress: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine(full(log=str(log))).scan(tmp_path, progress=interrupt)
    assert log.read_text().splitlines()[1] == '["finished", 0, {}, 130, "interrupted"]'


def patience(source: str) -> float:
    """The limit on time of a plugin: what does something else than sleep must not meet it on a slow machine."""
    return 0.5 if "sleep" in source else 20.0


LISTENERS = {
    "raises": ("raise OSError(str(scan))", "raised OSError"),
    "exits": ("os._exit(7)", "ended with exit code 7"),
    "leaves": ("sys.exit(7)", "raised SystemExit"),
    "hangs": ("time.sleep(60)", "did not answer within 0.5 s"),
}


@pytest.mark.parametrize("name", LISTENERS)
def test_a_listener_never_changes_the_outcome(
    install: Install, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    action, event = LISTENERS[name]
    hooks = "".join(f"\n@hookimpl\ndef beca_scan_{when}(scan):\n    {action}\n" for when in ("started", "finished"))
    install("loud", HEAD + hooks)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a").write_text("swordfish1")
    began = time.monotonic()
    with caplog.at_level(logging.WARNING, logger="beca"):
        report = engine(without_builtin(cache_dir=False), plugin_seconds=patience(action)).scan(tmp_path / "tree")
    assert time.monotonic() - began < 30
    assert (report.exit_code, report.coverage.complete, report.coverage.problems) == (1, True, ())
    assert [record.getMessage() for record in caplog.records] == [
        f"Plugin loud: beca_scan_{when} {event}; the scan is as it would be." for when in ("started", "finished")
    ]


HOSTILE_ANSWERS = {
    "processor-that-hangs": ("def judge(found):\n    time.sleep(60)", "a processor did not answer within 0.5 s"),
    "processor-that-exits": ("def judge(found):\n    os._exit(0)", "a processor ended with exit code 0"),
    "processor-that-interrupts": (
        "def judge(found):\n    raise KeyboardInterrupt",
        "a processor raised KeyboardInterrupt",
    ),
    "processor-with-a-huge-answer": (
        "def judge(found):\n    return replace(found.finding, description='Word' + 'x' * (2 << 20))",
        "a processor gave a description that is longer by more than 1,000 characters, so the finding stays as it was",
    ),
    "processor-with-a-wrong-severity": (
        "def judge(found):\n    return replace(found.finding, severity='WORST')",
        "a processor gave a severity that does not exist, so the finding stays as it was",
    ),
    "processor-with-objects": (
        "def judge(found):\n    return replace(found.finding, confidence=object())",
        "a processor gave a confidence that does not exist, so the finding stays as it was",
    ),
    "processor-that-is-asynchronous": (
        "async def judge(found):\n    return found.finding",
        "a processor returned coroutine, not a Finding or Dropped, so the finding stays as it was",
    ),
}


@pytest.mark.parametrize("name", HOSTILE_ANSWERS)
def test_a_hostile_processor_costs_its_own_changes_only(install: Install, tmp_path: Path, name: str) -> None:
    source, message = HOSTILE_ANSWERS[name]
    install("full", f"{HEAD}\n{source}\n@hookimpl\ndef beca_register_processors():\n    return [judge]\n")
    (tmp_path / "tree").mkdir()
    for number in range(3):
        (tmp_path / "tree" / str(number)).write_text("swordfish1")
    began = time.monotonic()
    report = engine(without_builtin(cache_dir=False), plugin_seconds=patience(source)).scan(tmp_path / "tree")
    assert time.monotonic() - began < 30
    assert [(each.description, each.severity, each.confidence) for each in report.findings] == [
        ("Word", Severity.LOW, Confidence.MEDIUM)
    ] * 3
    assert problems(report) == {message: 3}
    assert report.exit_code == 2


HOSTILE_DECODERS = {
    "hangs": ("time.sleep(60)", "decoder bad did not answer within 0.5 s"),
    "exits": ("os._exit(0)", "decoder bad ended with exit code 0"),
    "gives-endless-parts": (
        "return ((0, 4, b'') for _ in iter(int, 1))",
        "decoder bad gave more than 10,000 parts of one content",
    ),
    "bombs": (
        "return ((0, 4, bytes(1 << 20)) for _ in iter(int, 1))",
        "decoder bad decoded more bytes of one content than are searched",
    ),
    "bombs-at-once": ("return [(0, 4, bytes(64 << 20))]", "decoder bad"),
    "gives-junk": ("return 7", "decoder bad raised TypeError"),
    "gives-texts": ("return [(0, 4, 'text')]", "decoder bad gave a part that is not valid"),
}


@pytest.mark.parametrize("name", HOSTILE_DECODERS)
def test_a_hostile_decoder_costs_its_own_parts_only(install: Install, tmp_path: Path, name: str) -> None:
    action, message = HOSTILE_DECODERS[name]
    hook = "@hookimpl\ndef beca_register_decoders():\n    return [Decoder('bad', (b'bad_',), decode)]\n"
    install("full", f"{HEAD}\ndef decode(data):\n    {action}\n{hook}")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a").write_text("swordfish1 bad_")
    (tmp_path / "tree" / "b").write_text("swordfish2")
    began = time.monotonic()
    report = engine(without_builtin(cache_dir=False), plugin_seconds=patience(action)).scan(tmp_path / "tree")
    assert time.monotonic() - began < 30
    assert [each.secret for each in report.findings] == [b"swordfish1", b"swordfish2"]
    assert [message in problem for problem in problems(report)] == [True]


def test_each_object_can_be_called_like_any_other(full: Callable[..., PluginRegistry]) -> None:
    plugin = full().plugins[-1]
    plugin.listeners["beca_scan_started"](ScanStarted("x", "files"))
    plugin.listeners["beca_scan_finished"](ScanFinished("x", "files", 1.0, 0))
    parts = plugin.decoders[0].decode(b"<<<raise")
    assert next(iter(parts)) == (0, 8, b"esiar")
    with pytest.raises(PluginFailed, match="raised ValueError"):
        list(plugin.decoders[0].decode(b"<<<raise"))
    with pytest.raises(PluginFailed, match="raised ValueError"):
        list(plugin.sources[0].read("acme://raise"))


def test_a_plugin_with_wrong_settings_is_not_loaded(full: Callable[..., PluginRegistry]) -> None:
    plugin = full(wrod="x", depth="deep", paths=["a", "z"]).plugins[-1]
    assert plugin.problems == [
        "not loaded: there is no setting 'wrod'. Did you mean word?",
        "not loaded: setting 'depth' must be a whole number",
        "not loaded: setting 'paths' must be one of a, b, c",
    ]
    assert (plugin.rules, plugin.processors, plugin.sources) == ([], [], [])


def test_settings_of_a_plugin_that_is_not_installed_are_named(install: Install) -> None:
    install("full", FULL)
    registry = without_builtin(settings={"fulll": {"word": "x"}, "full": {"word": "marlin"}}, cache_dir=False)
    assert [(each.plugin, each.message) for each in registry.unused_settings] == [
        ("fulll", "has settings and is not installed. Did you mean full?")
    ]
    assert registry.problems == ()


def test_what_a_process_describes_is_checked() -> None:
    plain = extras_to_plain(Plugin("none"))
    assert extras_from_plain(plain) == Extras()
    for name, wrong in {
        "settings": [["Bad name", "str", "", "", False, []]],
        "processors": -1,
        "listeners": "beca_scan_started",
        "decoders": [["x", [7]]],
        "schemes": {"acme": 1},
        "commands": [["x"]],
        "decoding": 7,
    }.items():
        with pytest.raises((ValueError, TypeError, LookupError)):
            extras_from_plain(plain | {name: wrong})
    setting = ["word", "eval", "", "", False, []]
    with pytest.raises(LookupError):
        extras_from_plain(plain | {"settings": [setting]})
