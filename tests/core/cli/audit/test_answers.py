"""Answers: lines from a pipe, keys from a terminal, and a terminal that is as it was afterwards."""

from __future__ import annotations

import io
import os
import pty
import termios
from typing import TYPE_CHECKING

import pytest

from beca_core.cli.audit.answers import AuditAnswer, KeyAnswers, LineAnswers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("", [("", "")]),
        ("f\n", [("f", ""), ("", "")]),
        ("F  because of that \n", [("f", "because of that")]),
        ("\n\n  \nfalse\n", [("f", "")]),
        ("real\nquit", [("r", ""), ("q", ""), ("", "")]),
        ("?\n", [("?", "")]),
        ("é\n", [("é", "")]),
    ],
)
def test_lines(text: str, answers: list[tuple[str, str]]) -> None:
    with LineAnswers(io.StringIO(text)) as found:
        assert [found.read() for _ in answers] == [AuditAnswer(*answer) for answer in answers]
        assert found.reason("default", print) == ""


class TestKeys:
    @pytest.fixture
    def terminal(self) -> Iterator[tuple[int, TextIO]]:
        leader, follower = pty.openpty()
        with os.fdopen(follower, "r") as stream:
            yield leader, stream
        os.close(leader)

    @pytest.mark.parametrize(
        ("pressed", "key"),
        [
            (b"f", "f"),
            (b"F", "f"),
            (b"?", "?"),
            (b"\x04", ""),
            (b"\x1b[A", "?"),
            ("é".encode(), "é"),
            (b"\n", "\n"),
        ],
    )
    def test_a_key_is_an_answer(self, pressed: bytes, key: str, terminal: tuple[int, TextIO]) -> None:
        leader, stream = terminal
        with KeyAnswers(stream) as answers:
            os.write(leader, pressed)
            assert answers.read() == AuditAnswer(key)

    def test_a_reason_is_a_line(self, terminal: tuple[int, TextIO]) -> None:
        leader, stream = terminal
        asked: list[str] = []
        with KeyAnswers(stream) as answers:
            os.write(leader, b" because of that \n")
            assert answers.reason("no secret", asked.append) == "because of that"
            os.write(leader, b"\n")
            assert answers.reason("no secret", asked.append) == ""
            os.write(leader, b"q")
            assert answers.read() == AuditAnswer("q")
        assert asked == ["Reason [no secret]: "] * 2

    @pytest.mark.parametrize("error", [None, KeyboardInterrupt, ValueError])
    def test_the_terminal_is_as_it_was(self, error: type[BaseException] | None, terminal: tuple[int, TextIO]) -> None:
        _, stream = terminal
        before = termios.tcgetattr(stream.fileno())
        try:
            with KeyAnswers(stream):
                during = termios.tcgetattr(stream.fileno())
                if error is not None:
                    raise error
        except (KeyboardInterrupt, ValueError):
            pass
        assert termios.tcgetattr(stream.fileno()) == before
        assert not during[3] & (termios.ECHO | termios.ICANON)
        assert during[3] & termios.ISIG  # Ctrl-C interrupts
