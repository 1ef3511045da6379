"""Compressed streams after a script, as self-extracting programs have them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.sources.archives import is_archive, walk
from tests.core.sources.archives.making import PACKERS, Opened, gz, opened, tarred

SCRIPT = b"#!/bin/sh\ntail -n +3 $0 | unpack; exit\n"
NOTHING = Opened({}, [])


@pytest.mark.parametrize("suffix", PACKERS)
def test_what_follows_a_script_is_opened(suffix: str) -> None:
    data = SCRIPT + PACKERS[suffix](tarred({"app.env": b"text", "b": b"more"}))
    assert is_archive(data)
    assert opened(data) == Opened({b"app.env": b"text", b"b": b"more"}, [])
    single = opened(SCRIPT + PACKERS[suffix](b"one text"))
    assert list(single.contents.values()) == [b"one text"]


def test_a_stream_after_other_bytes_that_only_look_like_one_is_found() -> None:
    decoys = (
        b"\x1f\x8b\x08\xff"
        b"\xfd7zXZ\0"
        b"BZh91AY&SY and" + b" so on" * 20 + b"\x28\xb5\x2f\xfd" + b"\x1f\x8b\x08\0" + b"\xff" * 20
    )
    data = SCRIPT + decoys + gz(tarred({"app.env": b"text"}))
    assert opened(data) == Opened({b"app.env": b"text"}, [])


def test_every_stream_is_opened() -> None:
    data = SCRIPT + gz(tarred({"a": b"first"})) + b"and now\n" + PACKERS["xz"](tarred({"b": b"second"}))
    assert opened(data) == Opened({b"a": b"first", b"b": b"second"}, [])


@pytest.mark.parametrize("before", range(60_000 - 12, 60_000 + 12))
def test_a_mark_across_two_reads_is_found(before: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "STEP_BYTES", 60_000)
    data = SCRIPT.ljust(before, b"#") + PACKERS["bz2"](tarred({"app.env": b"text"}))
    assert opened(data) == Opened({b"app.env": b"text"}, [])


def test_a_truncated_stream_is_reported() -> None:
    data = SCRIPT + gz(tarred({"noise": bytes(range(256)) * 400, "app.env": b"text"}))
    assert ("id", "unreadable") in opened(data[:700]).skipped


def test_a_script_alone_is_not_an_archive() -> None:
    assert not is_archive(SCRIPT)
    assert opened(SCRIPT) == NOTHING
    named = SCRIPT + b"echo BZh91AY&SY is how a bz2 begins\n"
    assert opened(named) == NOTHING


def test_only_scripts_are_searched() -> None:
    assert not is_archive(b"some text\n" + gz(b"text"))


@given(st.binary(max_size=100), st.sampled_from([b"\x1f\x8b\x08", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"BZh91AY&SY"]))
def test_random_bytes_never_raise(rest: bytes, mark: bytes) -> None:
    opened(SCRIPT + mark + rest)
