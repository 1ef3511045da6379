"""The messages between BECA and the process of a plugin; nothing that the process sends can do more than be refused."""

from __future__ import annotations

import io
import json
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Candidate, Confidence, Match
from beca_core.errors import PluginFailed
from beca_core.plugins.isolation import frames
from beca_core.plugins.isolation.frames import (
    MAX_REPLY_BYTES,
    BrokenFrame,
    Frame,
    NoAnswer,
    receive_reply,
    receive_request,
    send_reply,
    send_request,
)
from beca_core.plugins.isolation.proxies import _kept, _matches, _refined

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe whose ends do not block."""
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    yield ends
    for end in ends:
        os.close(end)


def soon() -> float:
    return time.monotonic() + 0.1


def in_a_minute() -> float:
    return time.monotonic() + 60


@given(st.dictionaries(st.text(max_size=9), JSON, max_size=4), st.none() | st.binary(max_size=2000))
def test_a_request_arrives_as_it_was_sent(request: dict[str, Any], content: bytes | None) -> None:
    with pipe() as (out, into):
        send_request(into, request, content, in_a_minute())
        with os.fdopen(os.dup(out), "rb") as stream:
            assert receive_request(stream) == Frame(request, content)


def test_there_is_no_request_at_the_end() -> None:
    assert receive_request(io.BytesIO()) is None
    assert receive_request(io.BytesIO(b"\0\0")) is None


@given(JSON)
def test_a_reply_arrives_as_it_was_sent(reply: Any) -> None:
    with pipe() as (out, into):
        send_reply(into, reply)
        assert receive_reply(out, in_a_minute()) == reply


@given(st.binary(max_size=200) | st.binary(max_size=40).map(lambda body: len(body).to_bytes(8) + body))
def test_any_bytes_are_a_reply_or_refused(sent: bytes) -> None:
    out, into = os.pipe()
    os.set_blocking(out, False)
    os.write(into, sent)
    os.close(into)
    try:
        receive_reply(out, in_a_minute())
    except (BrokenFrame, EOFError):
        pass
    finally:
        os.close(out)


@pytest.mark.parametrize(
    "body", [(MAX_REPLY_BYTES + 1).to_bytes(8), b"\xff" * 8, (200_000).to_bytes(8) + b"[" * 200_000]
)
def test_a_reply_that_would_take_too_much_is_refused(body: bytes) -> None:
    out, into = os.pipe()
    os.set_blocking(out, False)
    if os.fork() == 0:
        os.write(into, body)
        os._exit(0)
    os.close(into)
    with pytest.raises(BrokenFrame):
        receive_reply(out, in_a_minute())
    os.close(out)
    os.wait()


def test_a_reply_that_is_too_large_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_REPLY_BYTES", 10)
    with pytest.raises(ValueError, match="too large"):
        send_reply(-1, "x" * 11)


@pytest.mark.parametrize("sent", [b"", b"\0\0\0", (5).to_bytes(8) + b"[1"])
def test_a_reply_that_does_not_come_in_time_is_given_up(sent: bytes) -> None:
    with pipe() as (out, into):
        os.write(into, sent)
        began = time.monotonic()
        with pytest.raises(NoAnswer):
            receive_reply(out, soon())
        assert 0.05 < time.monotonic() - began < 30


def test_a_request_that_is_not_read_in_time_is_given_up() -> None:
    with pipe() as (_out, into):
        began = time.monotonic()
        with pytest.raises(NoAnswer):
            send_request(into, {}, b"x" * 10_000_000, soon())
        assert 0.05 < time.monotonic() - began < 30


CANDIDATE = Candidate(b"some text", 5, 9, Confidence.LOW)
REFUSALS = (ValueError, TypeError, LookupError, AttributeError, OverflowError)


@given(JSON | st.tuples(JSON, JSON, st.sampled_from(["LOW", "HIGH"])) | st.fixed_dictionaries({"raised": JSON}))
def test_an_answer_about_a_candidate_is_one_or_refused(answer: Any) -> None:
    try:
        refined = _refined(CANDIDATE, json.loads(json.dumps(answer)))
    except REFUSALS:
        return
    if isinstance(refined, Candidate):
        assert 0 <= refined.begin < refined.end <= len(CANDIDATE.data)
        assert isinstance(refined.confidence, Confidence)
    else:
        assert refined is None or isinstance(refined, PluginFailed)


MATCHES = st.tuples(JSON, JSON, JSON, st.sampled_from([None, "LOW"]), st.none() | st.text(), st.lists(JSON, max_size=2))


@given(JSON | st.fixed_dictionaries({"matches": st.lists(JSON | MATCHES), "more": JSON, "raised": JSON}))
def test_an_answer_of_a_scanner_is_one_or_refused(answer: Any) -> None:
    try:
        matches, event = _matches(json.loads(json.dumps(answer)))
    except REFUSALS:
        return
    assert isinstance(event, str)
    for match in matches:
        if match is not None:
            assert isinstance(match, Match)
            assert 0 <= match.begin < match.end
            assert isinstance(match.rule_id, str)
            assert match.secret is None or isinstance(match.secret, bytes)


@given(JSON)
def test_an_answer_of_a_filter_is_a_truth_or_nothing(answer: Any) -> None:
    try:
        kept = _kept(answer)
    except REFUSALS:
        return
    assert kept in (True, False, None) or isinstance(kept, PluginFailed)


@pytest.mark.parametrize("name", ["x y", "a" * 81, "", "a\x1b[0m", 7])
def test_only_a_name_is_taken_for_the_name_of_an_exception(name: object) -> None:
    with pytest.raises(ValueError, match="not the name"):
        _kept({"raised": name})
