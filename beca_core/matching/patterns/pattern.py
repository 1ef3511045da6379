"""Patterns: compiled at first use, searched where the prefilter reports something.

RE2 searches, in time that is linear in the input, whatever the pattern. Texts of Windows match like others: `$` matches
before the carriage return of a line end too, and `^` after a byte order mark; neither of these is part of a secret.
"""

from __future__ import annotations

from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.matching.index.tails import TAIL_BYTES, tail
from beca_core.matching.lines import (
    CUT,
    LONGEST_LINE,
    PIECE_IN_MATCHES,
    WINDOW_BYTES,
    Line,
    lines,
    pieces,
    pieces_cut_short,
)
from beca_core.matching.patterns.follow_sets import follow_set
from beca_core.matching.patterns.syntax import PatternRefused, latin1_options
from beca_core.matching.steps.boundary import BoundedPattern, bounded
from beca_core.rules.rule import DEFAULT_MAX_BYTES, WHOLE_IN_MATCHES
from beca_core.sources.limits import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import re2

    from beca_core.matching.lines import Groups, Memo, Ranges, Span
    from beca_core.matching.patterns.follow_sets import FollowSet
    from beca_core.matching.patterns.literals import Literal
    from beca_core.sources.limits import Stop

_NOT_PART: Final = (-1, -1)
_SIGNS_OF_ENDS: Final = ("$", r"\b", r"\B", r"\z")
_SHARED_BYTES: Final = 256
_SEARCH_STEPS: Final = 8
_BYTES_A_STEP: Final = 64
"""RE2 takes about a microsecond for so many bytes; several times as long for some patterns."""
_GRACE_SECONDS: Final = 0.1
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class PatternKind(NamedTuple):
    """How a pattern is matched.

    Args:
        multiline: Whether a match may cross a line end.
        max_bytes: Greatest length of a match; it is found whole up to `WHOLE_IN_MATCHES` times this length.
        boundary: Characters that may not adjoin the group, as in a character class.
        group: Name of the group that is looked for.
    """

    multiline: bool = False
    max_bytes: int = DEFAULT_MAX_BYTES
    boundary: str = ""
    group: str = "secret"


_LOOKAROUND: Final = ("(?=", "(?!", "(?<=", "(?<!")
_INSTEAD_OF_LOOKAROUND: Final = (
    " (RE2 has no lookaround; the field boundary of a rule says which characters may not adjoin the secret)"
)


def compiled_pattern(pattern: str) -> re2._Regexp[bytes]:
    """Compile a pattern; `^` and `$` match at line ends.

    Raises:
        PatternRefused: If RE2 refuses it.
    """
    import re2

    try:
        return re2.compile(flagged(pattern), latin1_options())
    except re2.error as error:
        hint = _INSTEAD_OF_LOOKAROUND if any(each in pattern for each in _LOOKAROUND) else ""
        raise PatternRefused(f"is not valid RE2: {_reason(error)}{hint}") from None


def flagged(pattern: str) -> bytes:
    """Return a pattern as RE2 compiles it."""
    return f"(?m){pattern}".encode("ascii")


class Pattern:
    """A checked pattern. RE2 compiles it at its first use. Shared between threads.

    Args:
        text: RE2 syntax.
        literals: Strings of which every match holds at least one; empty: there are none.
        kind: How it is matched.
        known: Values of `follow_set`, `tail` and `bounded`, as far as they are known; for the others the pattern is
            parsed where they are needed.

    Attributes:
        text: The pattern itself.
    """

    def __init__(
        self,
        text: str,
        literals: frozenset[Literal],
        kind: PatternKind,
        known: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        self.text: Final = text
        self.__dict__.update(known)
        self.literals: Final = literals
        self.multiline: Final = kind.multiline
        self.max_bytes: Final = kind.max_bytes
        self._group: Final = kind.group
        self._boundary: Final = kind.boundary
        self._longest: Final = WHOLE_IN_MATCHES * kind.max_bytes

    @cached_property
    def follow_set(self) -> FollowSet | None:
        """The bytes that follow its literals in each match; None: not known."""
        from beca_core.matching.patterns.pattern_parser import parse

        return follow_set(parse(self.text), self.literals)

    @cached_property
    def tail(self) -> str | None:
        """What follows its literals in each match, for RE2; None: not known."""
        from beca_core.matching.patterns.pattern_parser import parse

        return tail(parse(self.text), self.literals)

    def may_follow(self, data: bytes, end: int) -> bool:
        """Return whether a match may go on after one of its literals, which ends at an offset."""
        if self.follow_set is not None:
            return self.follow_set.may_be_at(data, end)
        return self.tail_may_follow(data, end)

    def tail_may_follow(self, data: bytes, end: int) -> bool:
        """Return whether the tail matches after one of the literals, which ends at an offset; True: it is not known."""
        return self._tail_regexp is None or self._tail_regexp.match(data[end : end + TAIL_BYTES]) is not None

    @cached_property
    def _tail_regexp(self) -> re2._Regexp[bytes] | None:
        try:
            return compiled_pattern(self.tail) if self.tail else None
        except PatternRefused:  # a tail is larger than its pattern
            return None

    @cached_property
    def bounded(self) -> BoundedPattern:
        """The pattern with its boundary."""
        if self._boundary:
            return bounded(self.text, self._boundary, self._group)
        if "$" not in self.text and "^" not in self.text:
            return BoundedPattern(self.text)
        from beca_core.matching.patterns.pattern_parser import portable

        return BoundedPattern(portable(self.text))

    @cached_property
    def regexp(self) -> re2._Regexp[bytes]:
        """The pattern as RE2 compiled it."""
        return compiled_pattern(self.bounded.text)

    @cached_property
    def without_boundary(self) -> Pattern:
        """The pattern without its boundary; it has matches that this one has not."""
        return Pattern(self.text, self.literals, PatternKind(self.multiline, self.max_bytes, group=self._group))

    @cached_property
    def groups(self) -> dict[str, int]:
        """Indexes of the named groups."""
        return {name.decode(): index for name, index in self.regexp.groupindex.items()}

    def occurrences(
        self,
        data: bytes,
        ranges: Ranges,
        memo: Memo | None = None,
        stop: Stop = NEVER,
        *,
        whole_lines: bool = False,
    ) -> Iterator[Groups]:
        """Yield the spans of the named groups of each match whose secret is not empty, in order.

        Of a boundary, this sees what is a part of the pattern; the rest is in `bounded`.

        A match that is too long is cut, and then has the group `CUT`. What continues it is not a match of its own.

        The search for the next match begins at the end of the secret, not at the end of the match: the bytes between
        two secrets are context of both, up to 256 of them.

        Args:
            data: The blob.
            ranges: Where the prefilter reported something.
            memo: Matches in lines that were searched before, of any pattern; None: nothing is cached.
            stop: When to end.
            whole_lines: Whether the ranges leave out some matches, since they are around something else than literals
                of the pattern. Then lines are searched whole, and long ones from a piece before a range: what a line
                holds must not depend on the ranges.
        """
        if ranges == [(1, len(data))]:
            ranges, memo = self._from_first_match(data, stop), None
            whole_lines = False
        found = [(Line(0, len(data)), ranges)] if self.multiline else lines(data, ranges)
        for line, in_line in found:
            if whole_lines:
                in_line = self._widened(line, in_line)
            if self.multiline or memo is None or line.end - line.begin > LONGEST_LINE:
                yield from self._search(data, line, in_line, stop)
            elif stop.step(_SEARCH_STEPS, _GRACE_SECONDS):
                return
            else:
                begin = max(line.begin - 2, 0)
                for spans in self._cached_search(data, begin, line, in_line, memo):
                    yield _moved(spans, begin)

    def _widened(self, line: Line, ranges: Ranges) -> Ranges:
        """Widen the ranges in a line to all of it, or, if it is long, to the piece before each of them."""
        if line.end - line.begin <= LONGEST_LINE:
            return [(max(line.begin, 1), line.end + 1)]
        size = PIECE_IN_MATCHES * self.max_bytes
        return [(max(line.begin, first - size, 1), last) for first, last in ranges]

    def _cached_search(self, data: bytes, begin: int, line: Line, ranges: Ranges, memo: Memo) -> tuple[Groups, ...]:
        """Take the matches in a line from the memo, or search the line.

        The matches depend on the line, on its two line ends and the bytes beyond them (for `\\b`), and on whether the
        blob begins or ends there. They do not depend on the ranges, since these exclude no match.

        Args:
            data: The blob.
            begin: Where the line begins, with the bytes before it that matter; cached offsets are relative to this.
            line: The line.
            ranges: Where the prefilter reported something in it.
            memo: The cached matches.
        """
        text = data[begin : line.end + 2]
        key = (self, line.begin - begin, line.end - begin, text)
        matches = memo.get(key, len(text))
        if matches is None:
            matches = tuple(_moved(spans, -begin) for spans in self._search(data, line, ranges))
            memo.put(key, len(text), matches)
        return matches

    def _search(self, data: bytes, line: Line, ranges: Ranges, stop: Stop = NEVER) -> Iterator[Groups]:
        """Search a line. Its two line ends may be context of a match, but not part of a secret."""
        search, group, lead = self.regexp.search, self._group, int(self.bounded.leads)
        line_end = min(line.end + 1, len(data))
        at = max(line.begin - 1, 0)
        cut_end = covered = -1
        for begin, end, beyond in pieces(line.begin - 1, line_end, ranges, self.max_bytes):
            # What reaches the end of a piece is too long and will be cut: search as if the text ended there.
            first = 0 if end == line_end else max(begin - 1, 0)
            text = data if end == line_end else data[first:end]
            at = max(at, begin)
            last = min(end, ranges[-1][1])
            if stop.step(_SEARCH_STEPS + (end - at) // _BYTES_A_STEP, _GRACE_SECONDS):
                return
            while at < last and (found := search(text, at - first, end - first)) is not None:
                match_begin, match_end = found.span()
                match_begin, match_end = match_begin + first, match_end + first
                if match_begin >= beyond:
                    break
                if stop.step(_SEARCH_STEPS, _GRACE_SECONDS):
                    return
                is_open, reach = match_end == end < line_end, match_end
                spans, match_end = self._spans(data, found, first, match_begin, match_end)
                secret_begin, secret_end = spans.get(group, _NOT_PART)
                if secret_begin >= secret_end:
                    at = match_end
                elif secret_begin < line.begin:
                    at = line.begin
                elif secret_end > line.end:
                    end = line.end
                else:
                    if match_begin + lead != cut_end or reach > covered:
                        yield spans
                        covered = len(data) if is_open else reach
                    cut_end = match_end if CUT in spans else -1
                    # What the boundary takes before the next secret may be the last byte of this one.
                    at = max(secret_end - lead, match_end - _SHARED_BYTES, match_begin + 1)

    def _from_first_match(self, data: bytes, stop: Stop = NEVER) -> Ranges:
        """Narrow the whole blob: one search of it costs less than one of each line, and most blobs have no match.

        A large blob is searched in windows, which overlap by more than the piece in which a match is found. What a
        window cuts may look like a match where there is none; that only begins the search of lines too early. What a
        piece cuts may be a match in the piece alone.
        """
        overlap = PIECE_IN_MATCHES * self.max_bytes
        first = len(data)
        for begin in range(0, len(data), WINDOW_BYTES):
            found = self.regexp.search(data, begin, begin + WINDOW_BYTES + overlap)
            if found is not None:
                first = found.start()
                break
            if stop.step(WINDOW_BYTES // _BYTES_A_STEP, _GRACE_SECONDS):
                return []
        if self.sees_ends:
            first = self._first_cut(data, first, stop)
        return [(first + 1, len(data))] if first < len(data) else []

    def _first_cut(self, data: bytes, first: int, stop: Stop) -> int:
        """Return where the first match in a piece begins that is cut short, if that is before an offset, or that."""
        for begin, end, _ in pieces_cut_short(data, self.max_bytes, multiline=self.multiline):
            if begin >= first or stop.step(PIECE_IN_MATCHES * self.max_bytes // _BYTES_A_STEP, _GRACE_SECONDS):
                break
            at = max(begin - 1, 0)
            if (found := self.regexp.search(data[at:end], max(begin, 0) - at)) is not None:
                return min(first, found.start() + at)
        return first

    @cached_property
    def sees_ends(self) -> bool:
        """Whether the pattern may ask whether a text, a line or a word ends."""
        return any(sign in self.bounded.text for sign in _SIGNS_OF_ENDS)

    def _spans(self, data: bytes, found: re2._Match[bytes], first: int, begin: int, end: int) -> tuple[Groups, int]:
        """Return the groups of a match in `data[first:]`, from `begin` to `end`, and its end, both cut if too long."""
        spans = self._groups_of(found, first)
        if end - begin > self._longest:
            end = begin + self._longest
            spans = self._cut(data, begin, end, spans)
        if self._group in spans:
            spans[self._group] = _trimmed(data, *spans[self._group])
        return spans, end

    def _groups_of(self, found: re2._Match[bytes], first: int) -> Groups:
        spans = {name: found.span(index) for name, index in self.groups.items()}
        return {name: (begin + first, end + first) for name, (begin, end) in spans.items() if begin >= 0}

    def _cut(self, data: bytes, begin: int, end: int, whole: Groups) -> Groups:
        """Return the groups of the match in the text up to `end`, so that they do not depend on the piece.

        Args:
            data: The blob.
            begin: Where the match begins.
            end: Where it is cut.
            whole: The groups of the longer match, for a pattern that does not match what is left of the text.
        """
        first = max(begin - 1, 0)
        found = self.regexp.search(data[first:end], begin - first)
        if found is not None and found.start() == begin - first:
            spans = self._groups_of(found, first)
        else:
            spans = {name: (low, min(high, end)) for name, (low, high) in whole.items() if low < end}
        if self._group in spans and spans[self._group] != whole.get(self._group):
            spans[CUT] = (end, end)
        return spans


def _moved(spans: Groups, by: int) -> Groups:
    return {name: (begin + by, end + by) for name, (begin, end) in spans.items()}


def _trimmed(data: bytes, begin: int, end: int) -> Span:
    """Leave out a byte order mark, and the carriage return of a line end."""
    if begin == 0 and data.startswith(_BYTE_ORDER_MARK):
        begin = len(_BYTE_ORDER_MARK)
    if end > begin and data[end - 1 : end + 1] in (b"\r\n", b"\r"):
        end -= 1
    return begin, end


def _reason(error: re2.error) -> str:
    reason = error.args[0]
    return reason.decode("ascii", "backslashreplace") if isinstance(reason, bytes) else str(reason)
