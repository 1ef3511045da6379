"""Regular expressions of other scanners as patterns of a rule.

Go, RE2 and Python have one family of syntax. What is left to translate: which group is the secret, names of groups, and
characters outside ASCII, since a rule matches bytes. `^` and `$` match at line ends, where the others mean the ends of
a text; so a rule finds at least what they find.

Syntax: https://pkg.go.dev/regexp/syntax and https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import re2

from beca_core.matching.patterns.pattern_parser import parse
from beca_core.matching.patterns.syntax import (
    Alternation,
    Bytes,
    Node,
    PatternRefused,
    Repeat,
    Sequence,
    can_be_empty,
    latin1_options,
    longest,
)
from beca_core.rules.rule import DEFAULT_MAX_BYTES, MAX_MAX_BYTES, WHOLE_IN_MATCHES

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNBOUNDED_BYTES: Final = 4096
"""`max_bytes` of a rule over several lines without a bound, such as one of private keys."""
LONGEST_EXPRESSION: Final = 20_000
"""Greatest length of an expression, in characters."""
_MOST_NESTED: Final = 100
_LINE_END: Final = ord("\n")
_TOKEN: Final = re.compile(
    r"""(?xs)
    (?P<quoted> \\Q .*? (?:\\E|\Z) )
  | (?P<escape> \\ (?: [pP](?:\{[^}]*\}|.) | x\{[0-9A-Fa-f]+\} | x[0-9A-Fa-f]{2} | . ) )
  | (?P<class> \[ \^? \]? (?: \[:\^?[a-z]+:\] | \\[pP]\{[^}]*\} | \\. | [^\]\\] )* \] )
  | (?P<named> \( \?P?< [^>]+ > )
  | (?P<flags> \( \? [imsU]*(?:-[imsU]+)? (?P<end>[:)]) )
  | (?P<open> \( (?!\?) )
  | (?P<bar> \| ) | (?P<close> \) )
  | (?P<repeat> (?: [*+?] | \{\d+(?:,\d*)?\} ) \?? )
  | (?P<plain> . )
    """
)
_CODE_POINT: Final = re.compile(r"\\x\{([0-9A-Fa-f]+)\}")
_OF_NOTHING: Final = re.compile(r"\[\^\\s\\S\]")


class NotTranslated(ValueError):
    """Raised when an expression cannot be used; the message continues "its expression ..."."""


@dataclass(frozen=True)
class TranslatedPattern:
    """An expression as patterns of a rule.

    Args:
        patterns: The patterns, each with the group `secret`; of several, each is an alternative.
        multiline: Whether a match can hold a line end.
        longest: Length of the longest match, in bytes; None: there is no bound.
        exact: Whether the secret is always the one that the other scanner would take.
    """

    patterns: tuple[str, ...]
    multiline: bool
    longest: int | None
    exact: bool = True

    @property
    def max_bytes(self) -> int:
        """The `Rule.max_bytes` with which the longest match is found whole, as far as a rule can have it."""
        if self.longest is None:
            return _UNBOUNDED_BYTES if self.multiline else DEFAULT_MAX_BYTES
        return min(max(math.ceil(self.longest / WHOLE_IN_MATCHES), DEFAULT_MAX_BYTES), MAX_MAX_BYTES)

    @property
    def is_cut(self) -> bool:
        """Whether a rule cannot look at the whole of the longest match."""
        return self.longest is not None and self.longest > WHOLE_IN_MATCHES * MAX_MAX_BYTES


def translate_pattern(expression: str, group: int = 0) -> TranslatedPattern:
    """Return an expression as patterns of a rule.

    Args:
        expression: In Go's syntax.
        group: Number of the group that is the secret; 0: the first one that is not empty, or else the whole match, as
            gitleaks has it.

    Raises:
        NotTranslated: If it cannot be used.
    """
    text = as_bytes(expression)
    tokens = _tokens(text)
    captures = _Captures(tokens)
    if group > captures.count:
        raise NotTranslated(f"has {captures.count} groups, and the secret is said to be group {group}")
    if group:
        chosen, exact = [group], True
    else:
        chosen, exact = captures.first_not_empty()
    patterns = tuple(_with_secret(tokens, each) for each in chosen)
    try:
        trees = [parse(pattern) for pattern in patterns]
    except PatternRefused as error:
        raise NotTranslated(str(error)) from None
    if any(map(can_be_empty, trees)):
        raise NotTranslated("matches the empty string")
    lengths = [longest(tree) for tree in trees]
    known = [length for length in lengths if length is not None]
    return TranslatedPattern(
        patterns,
        multiline=any(map(_can_hold_line_end, trees)),
        longest=max(known) if len(known) == len(lengths) else None,
        exact=exact,
    )


def searched(expression: str) -> re2._Regexp[bytes]:
    """Return an expression of another scanner, compiled, that is only searched for in bytes.

    Raises:
        NotTranslated: If it cannot be used.
    """
    return _compiled(as_bytes(expression, check=False))


def as_bytes(expression: str, *, check: bool = True) -> str:
    """Return an expression in ASCII that matches the bytes of UTF-8.

    Args:
        expression: In Go's syntax.
        check: Whether it is also compiled; the caller does it otherwise.

    Raises:
        NotTranslated: If it cannot be used.
    """
    if len(expression) > LONGEST_EXPRESSION:
        raise NotTranslated(f"is longer than {LONGEST_EXPRESSION:,} characters")
    text = "".join(_spelled(token) for token in _tokens(expression))
    if check:
        _compiled(text)
    return text


def _compiled(text: str) -> re2._Regexp[bytes]:
    try:
        return re2.compile(text.encode(), latin1_options())
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        said = reason.decode("ascii", "replace") if isinstance(reason, bytes) else str(reason)
        raise NotTranslated(f"is not valid RE2 ({said.partition(':')[0]})") from None


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def _tokens(expression: str) -> list[_Token]:
    return [_Token(found.lastgroup or "", found[0]) for found in _TOKEN.finditer(expression)]


def _spelled(token: _Token) -> str:
    """Return a token in ASCII.

    Raises:
        NotTranslated: If it is a class with characters outside ASCII, which bytes cannot have.
    """
    text = token.text
    if token.kind == "class":
        return _spelled_class(text)
    if token.kind == "quoted":
        return "".join(map(_escaped, text.removeprefix(r"\Q").removesuffix(r"\E")))
    if found := _CODE_POINT.fullmatch(text):
        return _code_point(found)
    return text if text.isascii() else _utf8(text.removeprefix("\\"))


def _spelled_class(text: str) -> str:
    if _OF_NOTHING.fullmatch(text):
        raise NotTranslated("has a class that matches nothing")
    points = [int(found, 16) for found in _CODE_POINT.findall(text)]
    if text.isascii() and all(point < 0x80 for point in points):
        return text
    outside = [char for char in text if not char.isascii()]
    if points or text.startswith("[^") or "-" in text or "\\" in text:
        raise NotTranslated("has a character class with characters outside ASCII")
    kept = "".join(char for char in text if char.isascii())
    branches = [*([] if kept == "[]" else [kept]), *map(_utf8, outside)]
    return f"(?:{'|'.join(branches)})"


def _code_point(found: re.Match[str]) -> str:
    try:
        return _utf8(chr(int(found[1], 16)))
    except (ValueError, OverflowError):
        raise NotTranslated("has an escape that is no character") from None


def _utf8(char: str) -> str:
    spelled = "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
    return spelled if len(spelled) == len(r"\xff") else f"(?:{spelled})"


def _escaped(char: str) -> str:
    return (char if char.isalnum() else f"\\x{ord(char):02x}") if char.isascii() else _utf8(char)


def _with_secret(tokens: list[_Token], group: int) -> str:
    """Return an expression in which one group is named `secret`, and no other one captures; 0 is the whole of it."""
    number = 0
    parts = []
    for token in tokens:
        if token.kind in ("open", "named"):
            number += 1
            parts.append("(?P<secret>" if number == group else "(?:")
        else:
            parts.append(token.text)
    return "".join(parts) if group else f"(?P<secret>{''.join(parts)})"


def _can_hold_line_end(node: Node) -> bool:
    match node:
        case Bytes(members):
            return _LINE_END in members
        case Sequence(parts) | Alternation(parts):
            return any(map(_can_hold_line_end, parts))
        case Repeat(inner, _, _):
            return _can_hold_line_end(inner)
    return False


@dataclass
class _CaptureGroup:
    """A group of an expression; number 0 is the whole of it, None a group that does not capture."""

    number: int | None
    branches: list[list[_Item]] = field(default_factory=lambda: [[]])


@dataclass
class _Item:
    """A part of a branch: a group, or None for anything else."""

    group: _CaptureGroup | None
    consumes: bool = True
    is_optional: bool = False


class _Captures:
    """The groups of an expression that capture: which of them take part in each match.

    Args:
        tokens: The expression, which RE2 accepts.
    """

    def __init__(self, tokens: list[_Token]) -> None:
        self.count = 0
        self._root = _CaptureGroup(0)
        open_groups = [self._root]
        for token in tokens:
            self._take(token, open_groups)

    def _take(self, token: _Token, open_groups: list[_CaptureGroup]) -> None:
        branch = open_groups[-1].branches[-1]
        if token.kind in ("open", "named") or (token.kind == "flags" and token.text.endswith(":")):
            self.count += token.kind != "flags"
            group = _CaptureGroup(None if token.kind == "flags" else self.count)
            branch.append(_Item(group))
            open_groups.append(group)
            if len(open_groups) > _MOST_NESTED:
                raise NotTranslated(f"has groups nested more than {_MOST_NESTED} deep")
        elif token.kind == "close":
            open_groups.pop()
        elif token.kind == "bar":
            open_groups[-1].branches.append([])
        elif token.kind == "repeat":
            if branch:
                branch[-1].is_optional |= token.text[0] in "*?" or token.text.startswith(("{0,", "{0}"))
        elif token.kind != "flags":
            asserts = token.text in ("^", "$", r"\b", r"\B", r"\A", r"\z")
            branch.append(_Item(None, consumes=not asserts))

    def first_not_empty(self) -> tuple[list[int], bool]:
        """Return the groups of which one is the first that is not empty, and whether there is only one in a match."""
        sure = self._sure(self._root)
        chosen: list[int] = []
        for number in self._outermost(self._root):
            chosen.append(number)
            if number in sure:
                break
        if not chosen:
            return [0], True
        is_sure = chosen[-1] in sure or self._covers(self._root, frozenset(chosen))
        if not is_sure:
            chosen.append(0)
        return chosen, is_sure and (len(chosen) == 1 or self._exclude_each_other(chosen))

    def _outermost(self, group: _CaptureGroup) -> Iterator[int]:
        """Yield the groups that are in no other one: where an inner one is not empty, the outer one is not either."""
        for item in (item for branch in group.branches for item in branch if item.group):
            inner = item.group
            assert inner is not None  # noqa: S101 - for the type checker
            if inner.number is None:
                yield from self._outermost(inner)
            else:
                yield inner.number

    def _sure(self, group: _CaptureGroup) -> frozenset[int]:
        """Return the groups that take part in each match of a group and are not empty then."""
        of_branches = [
            frozenset[int]().union(*(self._sure_of(item) for item in branch if not item.is_optional))
            for branch in group.branches
        ]
        return frozenset.intersection(*of_branches)

    def _sure_of(self, item: _Item) -> frozenset[int]:
        if item.group is None:
            return frozenset()
        own = {item.group.number} if item.group.number and _is_never_empty(item.group) else set()
        return self._sure(item.group) | own

    def _covers(self, group: _CaptureGroup, wanted: frozenset[int]) -> bool:
        """Return whether one of some groups takes part in each match of a group and is not empty then."""
        return all(
            any(not item.is_optional and item.group and self._holds_one(item.group, wanted) for item in branch)
            for branch in group.branches
        )

    def _holds_one(self, group: _CaptureGroup, wanted: frozenset[int]) -> bool:
        return (group.number in wanted and _is_never_empty(group)) or self._covers(group, wanted)

    def _exclude_each_other(self, chosen: list[int]) -> bool:
        """Return whether no two of some groups are in one branch."""
        return self._most_in_a_branch(self._root, frozenset(chosen)) <= 1

    def _most_in_a_branch(self, group: _CaptureGroup, wanted: frozenset[int]) -> int:
        if group.number in wanted:
            return 1
        return max(
            sum(self._most_in_a_branch(item.group, wanted) for item in branch if item.group)
            for branch in group.branches
        )


def _is_never_empty(group: _CaptureGroup) -> bool:
    return all(
        any(not item.is_optional and (_is_never_empty(item.group) if item.group else item.consumes) for item in branch)
        for branch in group.branches
    )
