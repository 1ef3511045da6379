"""Reads answers: single keys from a terminal, lines from anything else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self, TextIO

_END_OF_INPUT: Final = "\x04"
_KEY_BYTES: Final = 16
"""Room for what a key sends: an arrow key sends several bytes."""


class AuditAnswer(NamedTuple):
    """An answer.

    Args:
        key: Its letter, in lower case; empty: the input has ended.
        reason: The reason that was given with it.
    """

    key: str
    reason: str = ""


class LineAnswers:
    """Answers that are lines: a letter or a word that begins with it, and maybe a reason.

    Args:
        stream: Where they come from.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    def read(self) -> AuditAnswer:
        """Return the next answer; empty lines are none."""
        for line in iter(self._stream.readline, ""):
            word, _, rest = line.strip().partition(" ")
            if word:
                return AuditAnswer(word[0].lower(), rest.strip())
        return AuditAnswer("")

    def reason(self, default: str, ask: Callable[[str], None]) -> str:
        """Return nothing: a reason is in the line of the answer."""
        del default, ask
        return ""


class KeyAnswers:
    """Answers that are single keys of a terminal, without the key Return; a reason is a line of its own.

    While it is entered as a context, the terminal hands on each key at once and shows none. Ctrl-C still interrupts.

    Args:
        stream: The terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._before: list[Any] | None = None

    def __enter__(self) -> Self:
        import termios
        import tty

        self._before = termios.tcgetattr(self._stream.fileno())
        tty.setcbreak(self._stream.fileno(), termios.TCSADRAIN)
        return self

    def __exit__(self, *_: object) -> None:
        import termios

        if self._before is not None:
            termios.tcsetattr(self._stream.fileno(), termios.TCSADRAIN, self._before)

    def read(self) -> AuditAnswer:
        """Return the next key."""
        data = os.read(self._stream.fileno(), _KEY_BYTES)
        key = data.decode("utf-8", "replace")
        return AuditAnswer("" if not key or key == _END_OF_INPUT else key.lower() if len(key) == 1 else "?")

    def reason(self, default: str, ask: Callable[[str], None]) -> str:
        """Ask for a reason, and return it; empty: the default holds."""
        self.__exit__()
        try:
            ask(f"Reason [{default}]: ")
            return self._stream.readline().strip()
        finally:
            self.__enter__()
