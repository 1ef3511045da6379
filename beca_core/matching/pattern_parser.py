"""The parser of RE2's syntax: from a pattern to the tree of `beca_core.matching.syntax`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import re2

from beca_core.matching.syntax import (
    EMPTY,
    MAX_DEPTH,
    Alternation,
    Assertion,
    Bytes,
    Node,
    PatternRefused,
    Repeat,
    Sequence,
    latin1_options,
)

_CHARACTER: Final = r"(?:\\.|[^\]\\])"
_BRACKET: Final = rf"""
    \[\^?
    (?:\](?:-{_CHARACTER})?)?                        # as the first character, ] denotes itself
    (?>\[:\^?[a-z]+:\] | \\[dswDSW] | \\[pP](?:\{{[^}}]*\}}|.) | {_CHARACTER}(?:-{_CHARACTER})?)*+
    \]"""
_ESCAPE: Final = r"\\(?:[pP](?:\{[^}]*\}|.) | x\{[0-9A-Fa-f]+\} | x.. | [0-7]{1,3} | .)"

_ATOM: Final = re.compile(rf"(?xs) {_BRACKET} | {_ESCAPE} | .")
_ASSERTION: Final = re.compile(r"\\[AzbB]|[\^$]")
_GROUP: Final = re.compile(r"\((?:\?(?:P?<(?P<name>[^>]+)>|(?P<flags>[imsU]*(?:-[imsU]+)?)(?P<end>[:)])))?")
_QUANTIFIER: Final = re.compile(r"(?:[*+?]|\{(?P<least>0|[1-9]\d*)(?P<open>,(?P<most>0|[1-9]\d*)?)?\})\??")
_QUOTED: Final = re.compile(r"(?s)\\Q(?P<text>.*?)(?:\\E|\Z)|\\.")
_PORTABLE: Final = {"^": r"(?:^|\A\xef\xbb\xbf)", "$": r"(?:\r?$)"}
_LINE_END: Final = Sequence((Repeat(Bytes(frozenset(b"\r")), 0, 1), Assertion("$")))
"""A byte order mark needs no such node: it is the beginning of the text, so that no literal holds it."""
_BOUNDS: Final[dict[str, tuple[int, int | None]]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


def parse(pattern: str) -> Node:
    """Return the tree of a pattern; `^` and `$` match at line ends, as `portable` says.

    Args:
        pattern: ASCII; RE2 must have accepted it.

    Raises:
        PatternRefused: If two of its groups have one name, or groups are nested too deeply.
    """
    return PatternParser(pattern).parse()


def portable(pattern: str) -> str:
    """Return a pattern in which `$` also matches before the `\\r` of a line end, and `^` after a byte order mark.

    The carriage return and the mark are part of the match then, since RE2 cannot look ahead.

    Args:
        pattern: As for `parse`.

    Raises:
        PatternRefused: As `parse` does.
    """
    parser = PatternParser(pattern)
    parser.parse()
    return parser.with_portable_anchors()


class PatternParser:
    """One pass over a pattern that RE2 has accepted; `_flags` are those that apply at `_at`."""

    def __init__(self, pattern: str) -> None:
        self._text = _QUOTED.sub(_spell_out, pattern)
        self._at = 0
        self._flags = frozenset("m")
        self._depth = 0
        self._names: set[str] = set()
        self._anchors: list[int] = []

    def parse(self) -> Node:
        """Return the tree of the whole pattern.

        Raises:
            PatternRefused: If two of its groups have one name, or groups are nested too deeply.
        """
        node = self._choice()
        if self._at < len(self._text):
            raise self._not_supported()
        return node

    def with_portable_anchors(self) -> str:
        """Return the pattern with other anchors; called after `parse`."""
        parts, begin = list[str](), 0
        for at in self._anchors:
            parts += self._text[begin:at], _PORTABLE[self._text[at]]
            begin = at + 1
        return "".join((*parts, self._text[begin:]))

    def _not_supported(self) -> PatternRefused:
        return PatternRefused(f"has syntax that is not supported, at {self._text[self._at :]!r:.40}")

    def _accept(self, token: re.Pattern[str]) -> re.Match[str] | None:
        found = token.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return found

    def _choice(self) -> Node:
        branches = [self._sequence()]
        while self._text.startswith("|", self._at):
            self._at += 1
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else Alternation(tuple(branches))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            part = self._quantified(self._part())
            parts.extend(part.parts if isinstance(part, Sequence) else [part])
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _part(self) -> Node:
        if group := self._accept(_GROUP):
            return self._group(group)
        if assertion := self._accept(_ASSERTION):
            return self._assertion(assertion[0])
        atom = _ATOM.match(self._text, self._at)
        try:
            members = _members(atom[0] if atom else "", "".join(sorted(self._flags & {"i", "s"})))
        except re2.error:
            raise self._not_supported() from None
        self._accept(_ATOM)
        return Bytes(members)

    def _group(self, group: re.Match[str]) -> Node:
        outer = self._flags
        if name := group["name"]:
            if name in self._names:
                raise PatternRefused(f"has two groups named {name!r}")
            self._names.add(name)
        if group["flags"] is not None:
            on, _, off = group["flags"].partition("-")
            self._flags = (outer | set(on)) - set(off)
            if group["end"] == ")":
                return EMPTY
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise PatternRefused(f"has groups nested more than {MAX_DEPTH} deep")
        node = self._choice()
        self._at += 1
        self._depth -= 1
        self._flags = outer
        return node

    def _assertion(self, symbol: str) -> Node:
        if symbol not in _PORTABLE:
            return Assertion(symbol)
        if "m" not in self._flags:
            return Assertion({"^": r"\A", "$": r"\z"}[symbol])
        self._anchors.append(self._at - 1)
        return Assertion("^") if symbol == "^" else _LINE_END

    def _quantified(self, node: Node) -> Node:
        quantifier = self._accept(_QUANTIFIER)
        if quantifier is None:
            return node
        least, most = _bounds(quantifier)
        return EMPTY if most == 0 else Repeat(node, least, most)


def _bounds(quantifier: re.Match[str]) -> tuple[int, int | None]:
    if quantifier["least"] is None:
        return _BOUNDS[quantifier[0][0]]
    least = int(quantifier["least"])
    if not quantifier["open"]:
        return least, least
    return least, int(quantifier["most"]) if quantifier["most"] else None


def _spell_out(quoted: re.Match[str]) -> str:
    """Rewrite `\\Q...\\E` with one escape for each character; leave other escapes as they are."""
    return quoted[0] if quoted["text"] is None else re2.escape(quoted["text"])


@lru_cache(maxsize=4096)
def _members(atom: str, flags: str) -> frozenset[int]:
    """Ask RE2 which bytes an atom matches."""
    prefix = f"(?{flags})" if flags else ""
    found = re2.compile(f"{prefix}{atom}".encode(), latin1_options()).findall(bytes(range(256)))
    return frozenset(byte[0] for byte in found)
