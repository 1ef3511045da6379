"""Processors, decoders, sources, commands, listeners and settings of a plugin: tried with made-up input."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from beca_core import (
    Argument,
    Decoder,
    Dropped,
    Finding,
    FindingInText,
    NamedText,
    PluginCommand,
    ScanFinished,
    ScanStarted,
    ServerEvent,
    Setting,
    Severity,
    TextOrigin,
    hookimpl,
)
from beca_core.errors import InvalidTarget
from beca_core.testing import assert_plugin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class Contributing:
    """A plugin that registers what it is given."""

    def __init__(self, **things: Any) -> None:
        self.things = things

    @hookimpl
    def beca_register_processors(self) -> tuple[Any, ...]:
        return self.things.get("processors", ())

    @hookimpl
    def beca_register_decoders(self) -> tuple[Any, ...]:
        return self.things.get("decoders", ())

    @hookimpl
    def beca_register_sources(self) -> tuple[Any, ...]:
        return self.things.get("sources", ())

    @hookimpl
    def beca_register_commands(self) -> tuple[Any, ...]:
        return self.things.get("commands", ())


def lower(found: FindingInText) -> Finding | Dropped:
    if b"test" in found.text[: found.begin]:
        return Dropped("it is in a test")
    return replace(found.finding, severity=Severity.LOW)


def move(found: FindingInText) -> Finding:
    return replace(found.finding, fingerprint="0" * 64)


def index_the_text(found: FindingInText) -> Finding:
    assert found.text[0]
    return found.finding


def reveal(found: FindingInText) -> Finding:
    secret = found.finding.secret.decode("latin-1")
    return replace(found.finding, description=f"{found.finding.description}: {secret}")


def print_it(found: FindingInText) -> Finding:
    print(found.finding.rule_id)  # noqa: T201
    return found.finding


@pytest.mark.parametrize(
    ("processor", "message"),
    [
        (move, "processor move changed more of a finding than it may; it was asked about a finding"),
        (index_the_text, "processor index_the_text raised IndexError: .*about a finding, without its text"),
        (reveal, "processor reveal gave description with the secret in it"),
        (print_it, "processor print_it prints, .*: made-up-rule"),
        (lambda _: None, "returned NoneType, not a Finding or Dropped"),
    ],
)
def test_a_processor_that_does_not_work_is_reported(processor: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        assert_plugin(Contributing(processors=(processor,)))


def decoded(data: bytes) -> Iterable[tuple[int, int, bytes]]:
    begin = data.find(b"acme:")
    while begin >= 0:
        end = begin + 5
        while data[end : end + 1].isalnum():
            end += 1
        yield begin, end, data[begin + 5 : end]
        begin = data.find(b"acme:", end)


def outside(data: bytes) -> Iterable[tuple[int, int, bytes]]:
    yield 0, len(data) + 1, b"x"


def strict(data: bytes) -> Iterable[tuple[int, int, bytes]]:
    at = data.index(b"acme:")
    yield at, len(data), base64.b64decode(data[at + 5 :], validate=True)


class Counting:
    """Decodes each text to something else."""

    calls = 0

    def __call__(self, data: bytes) -> Iterable[tuple[int, int, bytes]]:
        self.calls += 1
        yield 0, len(data), str(self.calls).encode()


@pytest.mark.parametrize(
    ("decode", "message"),
    [
        (outside, "decoder acme gave a part that is not valid; it was given its anchor alone"),
        (strict, "decoder acme raised Error: .*from test_contribution_exercises.py"),
        (Counting(), "decoder acme decoded something else at a second call"),
    ],
)
def test_a_decoder_that_does_not_work_is_reported(decode: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        assert_plugin(Contributing(decoders=(Decoder("acme", (b"acme:",), decode),)))


def texts(target: str) -> Iterable[NamedText]:
    yield NamedText(target, b"text")


def refused(_target: str) -> Iterable[NamedText]:
    raise InvalidTarget("There is no such document.")


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda target: [target], "source acme gave str, not a NamedText"),
        (lambda target: [NamedText(target, target)], "source acme gave a NamedText whose name is no str or whose data"),
        (lambda target: target["acme"], "source acme raised TypeError: .*refuse it with InvalidTarget or SourceError"),
    ],
)
def test_a_source_that_does_not_work_is_reported(read: Callable[[str], Any], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        assert_plugin(Contributing(sources=(TextOrigin("acme", read),)))


def show(days: int, verbose: bool) -> None:
    raise AssertionError("a command is not run")


DAYS, VERBOSE = Argument("days", kind=int), Argument("--verbose", kind=bool)


def test_a_command_that_cannot_be_called_is_reported() -> None:
    with pytest.raises(AssertionError, match="command acme-show cannot be called with its arguments, days: missing"):
        assert_plugin(Contributing(commands=(PluginCommand("acme-show", show, "Show it.", (DAYS,)),)))


def test_what_works_passes() -> None:
    assert_plugin(
        Contributing(
            processors=(lower,),
            decoders=(Decoder("acme", (b"acme:",), decoded),),
            sources=(TextOrigin("acme", texts), TextOrigin("acme-none", refused)),
            commands=(PluginCommand("acme-show", show, "Show it.", (DAYS, VERBOSE)),),
        )
    )


class Listening:
    """A plugin that listens to scans, and believes that each has found something."""

    @hookimpl
    def beca_scan_started(self, scan: ScanStarted) -> None:
        assert scan.target

    @hookimpl
    def beca_scan_finished(self, scan: ScanFinished) -> None:
        _ = scan.severities["HIGH"]


def test_a_listener_that_does_not_work_is_reported() -> None:
    message = "beca_scan_finished raised KeyError: 'HIGH', .*; it was told of a scan without findings"
    with pytest.raises(AssertionError, match=message):
        assert_plugin(Listening())


class Hearing:
    """A plugin that hears of events, and believes that each is about an issue that is there."""

    @hookimpl
    def beca_server_event(self, event: ServerEvent) -> None:
        if event.kind.startswith("issue-"):
            _ = event.issue["path"]


def test_a_listener_to_a_server_that_does_not_work_is_reported() -> None:
    message = "beca_server_event raised KeyError: 'path', .*; it was told of an issue that was deleted"
    with pytest.raises(AssertionError, match=message):
        assert_plugin(Hearing())


class Configured:
    """A plugin with a choice for which it has no rules."""

    @hookimpl
    def beca_register_settings(self) -> tuple[Setting, ...]:
        return (
            Setting("region", default="north", choices=("north", "south")),
            Setting("strict", kind=bool, default=True),
        )

    @hookimpl
    def beca_register_rules(self, settings: Mapping[str, Any]) -> tuple[Any, ...]:
        return {"north": ()}[settings["region"]]


def test_each_choice_of_a_setting_is_tried() -> None:
    with pytest.raises(AssertionError, match=r"failed: KeyError.*; its setting region was south"):
        assert_plugin(Configured())
