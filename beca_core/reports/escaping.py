"""Makes untrusted strings safe to show: the author of a repository chooses its paths, names and secrets."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return a text in which nothing moves the cursor, breaks a line, or hides or reverses other text.

    Control and format characters, lone surrogates, unassigned code points and all separators but the space are
    written as Python escapes (`\\x1b`, `\\u202e`). Backslashes are not escaped.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _python_escape(char) for char in text)


def _python_escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
