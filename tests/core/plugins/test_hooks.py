"""One test for each hook, named after it."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from beca_core import (
    Argument,
    Confidence,
    Decoder,
    Dropped,
    Engine,
    Finding,
    FindingInText,
    Match,
    NamedText,
    Plugin,
    PluginCommand,
    PluginRegistry,
    Report,
    Reporter,
    Rule,
    RuleInfo,
    ScanFinished,
    Scanner,
    ScanStarted,
    ServerEvent,
    Setting,
    Severity,
    TextOrigin,
    hookimpl,
)
from beca_core.plugins import hookspecs
from beca_core.sources.texts import TextSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import TextIO

WORD = Rule(
    id="word",
    version=2,
    description="A word",
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    pattern=r"\b(?P<secret>swordfish[0-9]?)\b",
)


class Palindromes:
    """A scanner: a pattern cannot describe a palindrome."""

    rules = (RuleInfo(id="palindrome", version=1, description="P", severity=Severity.LOW, confidence=Confidence.LOW),)
    anchors = (b"level", b"radar")

    def scan(self, data: bytes) -> Iterator[Match]:
        at = 0
        for word in data.split(b" "):
            if len(word) > 2 and word == word[::-1]:
                yield Match(at, at + len(word), "palindrome", Confidence.HIGH)
            at += len(word) + 1


class Count:
    """A reporter."""

    name = "count"

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:
        stream.write(f"{len(report.findings)} {redact}\n")


def registry(hook: str, *items: object) -> PluginRegistry:
    """Return a registry with the rule `word` and the items that a plugin registers through one hook."""

    class Words:
        @hookimpl
        def beca_register_rules(self) -> list[Rule]:
            return [WORD]

    plugin: Any = type("Plugin", (), {hook: hookimpl(_returning(items))})
    built = PluginRegistry()
    if hook != "beca_register_rules":
        built.register(Words(), "words")
    built.register(plugin(), "plugin")
    assert built.problems == ()
    return built


def _returning(items: tuple[object, ...]) -> Callable[[object], tuple[object, ...]]:
    return lambda _self: items


def scan(built: PluginRegistry, text: str) -> list[tuple[str, bytes, Confidence]]:
    return [(found.rule_id, found.secret, found.confidence) for found in Engine(built).scan_text(text)]


def test_beca_register_rules() -> None:
    built = registry("beca_register_rules", WORD)
    assert built.rules == {"word": WORD}
    assert built.owner("word") == "plugin"
    assert scan(built, "a swordfish") == [("word", b"swordfish", Confidence.MEDIUM)]


def test_beca_register_scanners() -> None:
    assert isinstance(Palindromes(), Scanner)
    built = registry("beca_register_scanners", Palindromes())
    assert list(built.rules) == ["palindrome", "word"]
    assert scan(built, "the radar of otto") == [
        ("palindrome", b"radar", Confidence.HIGH),
        ("palindrome", b"otto", Confidence.HIGH),
    ]
    assert scan(built, "otto without an anchor") == []


def test_beca_register_filters() -> None:
    def keep(finding: Finding) -> bool:
        return not finding.secret.endswith(b"1")

    def fail(finding: Finding) -> bool:
        raise OSError

    built = registry("beca_register_filters", fail, keep)
    report = Engine(built).scan(TextSource(b"swordfish1 swordfish2"))
    assert [found.secret for found in report.findings] == [b"swordfish2"]
    assert [(problem.plugin, problem.count) for problem in report.coverage.problems] == [("plugin", 2)]


def test_beca_register_reporters() -> None:
    assert isinstance(Count(), Reporter)
    built = registry("beca_register_reporters", Count())
    stream = io.StringIO()
    built.reporters["count"].write(Engine(built).scan(TextSource(b"swordfish")), stream, redact=True)
    assert stream.getvalue() == "1 True\n"


def test_beca_register_settings() -> None:
    class Configured:
        @hookimpl
        def beca_register_settings(self) -> list[Setting]:
            return [Setting("word", default="swordfish"), Setting("least", int, 1)]

        @hookimpl
        def beca_register_rules(self, settings: Mapping[str, Any]) -> list[Rule]:
            return [replace(WORD, pattern=f"(?P<secret>{settings['word']}[0-9]{{{settings['least']}}})")]

    built = PluginRegistry(cache_dir=False)
    plugin = built.register(Configured(), "configured", settings={"least": "2"})
    assert built.problems == ()
    assert plugin.settings == {"word": "swordfish", "least": 2}
    assert [secret for _, secret, _ in scan(built, "swordfish1 swordfish22")] == [b"swordfish22"]


def test_beca_register_processors(tmp_path: Path) -> None:
    seen: list[tuple[bytes, int, int]] = []

    def look(found: FindingInText) -> Finding | Dropped:
        seen.append((found.text, found.begin, found.end))
        if b"test" in found.text:
            return Dropped("it is in a test", "1 word")
        return replace(found.finding, severity=Severity.CRITICAL, confidence=Confidence.HIGH, description="A word of 9")

    (tmp_path / "a").write_text("first line\n  key = swordfish1;\nlast line\n")
    (tmp_path / "b").write_text("swordfish2 in a test")
    report = Engine(registry("beca_register_processors", look)).scan(tmp_path)
    assert seen == [(b"  key = swordfish1;", 8, 18), (b"swordfish2 in a test", 0, 10)]
    (found,) = report.findings
    assert (found.location.path, found.severity, found.confidence) == ("a", Severity.CRITICAL, Confidence.HIGH)
    assert found.description == "A word of 9"
    assert report.coverage.filtered == {"plugin": 1}
    assert report.coverage.complete


def test_beca_register_decoders() -> None:
    def reverse(data: bytes) -> Iterator[tuple[int, int, bytes]]:
        begin = data.index(b"<<<")
        yield begin, len(data), data[begin + 3 :][::-1]

    built = registry("beca_register_decoders", Decoder("reversed", (b"<<<",), reverse))
    (found,) = Engine(built).scan_text("ab <<<" + "swordfish1"[::-1])
    assert (found.secret, found.decodings) == (b"swordfish1", ("reversed",))
    assert (found.location.begin.column, found.location.end.column) == (4, 17)
    assert Engine(built).scan_text("swordfish1"[::-1]) == []


def test_beca_register_sources() -> None:
    def read(target: str) -> Iterator[NamedText]:
        assert target == "acme://letters"
        yield NamedText("letters/one", b"a swordfish1")
        yield NamedText("letters/two", b"\nswordfish2")

    built = registry("beca_register_sources", TextOrigin("acme", read))
    report = Engine(built).scan("acme://letters")
    assert [(each.location.path, each.location.begin.line) for each in report.findings] == [
        ("letters/one", 1),
        ("letters/two", 2),
    ]
    assert (report.scope, report.coverage.blobs, report.coverage.complete) == ("text", 2, True)


def test_beca_register_commands() -> None:
    command = PluginCommand("greet", lambda name: len(name), "Greet somebody.", (Argument("name"),))
    built = registry("beca_register_commands", command)
    (found,) = [each for plugin in built.plugins for each in plugin.commands]
    assert found.run(name="Ada") == 3  # that `beca greet` runs it is tested with the command line


class Listening:
    """A plugin that hears of scans."""

    def __init__(self) -> None:
        self.heard: list[ScanStarted | ScanFinished] = []

    @hookimpl
    def beca_register_rules(self) -> list[Rule]:
        return [WORD]

    @hookimpl
    def beca_scan_started(self, scan: ScanStarted) -> None:
        self.heard.append(scan)

    @hookimpl
    def beca_scan_finished(self, scan: ScanFinished, settings: Mapping[str, Any]) -> None:
        assert settings == {}
        self.heard.append(scan)


def listening() -> tuple[PluginRegistry, Listening, Plugin]:
    built, plugin = PluginRegistry(cache_dir=False), Listening()
    return built, plugin, built.register(plugin, "listening")


def test_beca_scan_started(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("swordfish1")
    built, plugin, record = listening()
    assert sorted(record.listeners) == ["beca_scan_finished", "beca_scan_started"]
    Engine(built).scan(tmp_path)
    assert plugin.heard[0] == ScanStarted(str(tmp_path), "files", ("word",), resumes=False)
    Engine(built).scan(TextSource(b""), label="a text of mine")
    assert [each.target for each in plugin.heard[2:]] == ["a text of mine"] * 2


def test_beca_scan_finished(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("swordfish1 swordfish2")
    built, plugin, _ = listening()
    report = Engine(built).scan(tmp_path)
    found = plugin.heard[1]
    assert isinstance(found, ScanFinished)
    assert (found.target, found.scope, found.exit_code, found.failure) == (str(tmp_path), "files", 1, "")
    assert (found.findings, found.new, found.severities, found.by_rule) == (2, None, {"LOW": 2}, {"word": 2})
    assert found.coverage == report.coverage.to_dict()
    assert 0 < found.seconds < 60
    Engine(built).scan(tmp_path, since=report.state, exit_code=lambda _: 0)
    last = plugin.heard[-1]
    assert isinstance(last, ScanFinished)
    assert (last.exit_code, last.new) == (0, 0)


def test_beca_server_event() -> None:
    heard: list[tuple[ServerEvent, Mapping[str, Any]]] = []

    class Hearing:
        @hookimpl
        def beca_server_event(self, event: ServerEvent, settings: Mapping[str, Any]) -> None:
            heard.append((event, settings))

    record = PluginRegistry(cache_dir=False).register(Hearing(), "hearing")
    assert (record.problems, list(record.listeners)) == ([], ["beca_server_event"])
    event = ServerEvent(7, "issue-opened", "2026-01-31T10:00:00Z", issue={"id": 3})
    record.listeners["beca_server_event"](event)
    assert heard == [(event, {})]


def test_every_hook_has_a_test_of_its_name_and_a_sentence() -> None:
    hooks = {name: spec for name, spec in vars(hookspecs).items() if name.startswith("beca_")}
    assert {f"test_{name}" for name in hooks} <= globals().keys()
    assert all(spec.__doc__ for spec in hooks.values())
