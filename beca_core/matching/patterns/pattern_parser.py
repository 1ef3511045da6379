"""The parser of RE2's syntax: from a pattern to the tree of `beca_core.matching.patterns.syntax`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

import re2

from beca_core.matching.patterns.syntax import (
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
_QUANTIFIERS: Final = frozenset("*+?{")
_QUOTED: Final = re.compile(r"(?s)\\Q(?P<text>.*?)(?:\\E|\Z)|\\.")
_PORTABLE: Final = {"^": r"(?:^|\A\xef\xbb\xbf)", "$": r"(?:\r?$)"}
_LINE_END: Final = Sequence((Repeat(Bytes(frozenset(b"\r")), 0, 1), Assertion("$")))
"""A byte order mark needs no such node: it is the beginning of the text, so that no literal holds it."""
_BOUNDS: Final[dict[str, tuple[int, int | None]]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


@lru_cache(maxsize=256)
def parse(pattern: str) -> Node:
    """Return the tree of a pattern; `^` and `$` match at line ends, as `portable` says.

    A pattern is parsed for several purposes, one soon after the other.

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


class PatternCut(NamedTuple):
    """A beginning of a pattern that is a pattern too.

    Args:
        text: The beginning.
        closing: What closes its open groups.
    """

    text: str
    closing: str


def pattern_cuts(pattern: str) -> list[PatternCut]:
    """Return the beginnings of a pattern that end after one of its parts, the shortest first.

    Args:
        pattern: As for `parse`.

    Raises:
        PatternRefused: As `parse` does.
    """
    parser = PatternParser(pattern)
    parser.parse()
    return parser.cuts()


class PatternParser:
    """One pass over a pattern that RE2 has accepted; `_flags` are those that apply at `_at`.

    Args:
        pattern: The pattern.
        group: Name of a group of which is to be known whether it is at the beginning or at the end.

    Attributes:
        group_leads: Whether the pattern, or a branch of it, begins with that group; flags may be before it.
        group_trails: Whether the pattern, or a branch of it, ends with that group.
    """

    def __init__(self, pattern: str, group: str = "") -> None:
        self._text = _QUOTED.sub(_spell_out, pattern)
        self._at = 0
        self._flags = frozenset("m")
        self._depth = 0
        self._names: set[str] = set()
        self._anchors: list[int] = []
        self._group_name = group
        self._group_span: tuple[int, int] | None = None
        self.group_leads = self.group_trails = False
        self._cuts: dict[int, int] = {}

    def parse(self) -> Node:
        """Return the tree of the whole pattern.

        Raises:
            PatternRefused: If two of its groups have one name, or groups are nested too deeply.
        """
        node = self._choice()
        if self._at < len(self._text):
            raise self._not_supported()
        return node

    def with_portable_anchors(self, before: str = "", after: str = "") -> str:
        """Return the pattern with other anchors; called after `parse`.

        Args:
            before: Inserted before the named group.
            after: Inserted after the named group.
        """
        edits = [(at, at + 1, _PORTABLE[self._text[at]]) for at in self._anchors]
        if self._group_span is not None:
            edits += [(at, at, text) for at, text in zip(self._group_span, (before, after), strict=True)]
        parts, begin = list[str](), 0
        for at, end, text in sorted(edits):
            parts += self._text[begin:at], text
            begin = end
        return "".join((*parts, self._text[begin:]))

    def cuts(self) -> list[PatternCut]:
        """Return the beginnings of the pattern; called after `parse`."""
        return [PatternCut(self._text[:at], ")" * self._cuts[at]) for at in sorted(self._cuts)]

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
            is_known = self._group_span is not None
            part = self._quantified(self._part())
            self._cuts[self._at] = self._depth
            if not is_known and self._group_span is not None and not self._depth:
                self._place_group(leads=not parts)
            parts.extend(part.parts if isinstance(part, Sequence) else [part])
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _place_group(self, *, leads: bool) -> None:
        """Record where the group is that was just read, unless it is within another group or repeated."""
        if self._group_span is not None and self._group_span[1] == self._at:
            self.group_leads = leads
            self.group_trails = self._text[self._at : self._at + 1] in ("", "|")

    def _part(self) -> Node:
        first = self._text[self._at]
        if first == "(" and (group := self._accept(_GROUP)):
            return self._group(group)
        if first in "\\^$" and (assertion := self._accept(_ASSERTION)):
            return self._assertion(assertion[0])
        atom = _ATOM.match(self._text, self._at)
        try:
            members = _members(atom[0] if atom else "", "".join(flag for flag in "is" if flag in self._flags))
        except re2.error:
            raise self._not_supported() from None
        if atom is not None:
            self._at = atom.end()
        return Bytes(members)

    def _group(self, group: re.Match[str]) -> Node:
        outer, begin = self._flags, group.start()
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
        if name and name == self._group_name:
            self._group_span = begin, self._at
        return node

    def _assertion(self, symbol: str) -> Node:
        if symbol not in _PORTABLE:
            return Assertion(symbol)
        if "m" not in self._flags:
            return Assertion({"^": r"\A", "$": r"\z"}[symbol])
        self._anchors.append(self._at - 1)
        return Assertion("^") if symbol == "^" else _LINE_END

    def _quantified(self, node: Node) -> Node:
        quantifier = self._accept(_QUANTIFIER) if self._text[self._at : self._at + 1] in _QUANTIFIERS else None
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


def members_of_class(text: str) -> frozenset[int]:
    """Return the bytes of a character class, such as `[0-9a-f]`.

    Raises:
        PatternRefused: If it is not one.
    """
    if (found := _ATOM.fullmatch(text)) is None or text in ("[]", "[^]"):
        raise PatternRefused("is not the inside of a character class")
    try:
        return _members(found[0], "")
    except re2.error:
        raise PatternRefused("is not the inside of a character class of RE2") from None


@lru_cache(maxsize=4096)
def _members(atom: str, flags: str) -> frozenset[int]:
    """Ask RE2 which bytes an atom matches."""
    prefix = f"(?{flags})" if flags else ""
    found = re2.compile(f"{prefix}{atom}".encode(), latin1_options()).findall(bytes(range(256)))
    return frozenset(byte[0] for byte in found)
