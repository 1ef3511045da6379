"""Patterns: checked when a rule is registered, compiled at first use, searched where the prefilter reports something.

RE2 searches, in time that is linear in the input, whatever the pattern. Texts of Windows match like others: `$` matches
before the carriage return of a line end too, and `^` after a byte order mark; neither of these is part of a secret.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidRule
from beca_core.matching.follow_sets import follow_set
from beca_core.matching.lines import CUT, LONGEST_LINE, PIECE_IN_MATCHES, Line, lines, pieces
from beca_core.matching.literals import literals
from beca_core.matching.rule_cache import MOST_PATTERNS
from beca_core.matching.syntax import PatternRefused, can_be_empty, latin1_options
from beca_core.rules.rule import WHOLE_IN_MATCHES
from beca_core.sources.limits import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterator

    import re2

    from beca_core.matching.follow_sets import FollowSet
    from beca_core.matching.lines import Groups, Memo, Ranges, Span
    from beca_core.matching.literals import Literal
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.rules.rule import Rule
    from beca_core.sources.limits import Stop

_NOT_PART: Final = (-1, -1)
_SHARED_BYTES: Final = 256
_SEARCH_STEPS: Final = 8
_BYTES_A_STEP: Final = 64
"""RE2 takes about a microsecond for so many bytes; several times as long for some patterns."""
_GRACE_SECONDS: Final = 0.1
_WINDOW_BYTES: Final = 1024 * 1024
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def checked_pattern(rule: Rule, cache: RuleCache | None = None) -> Pattern:
    """Check a rule's pattern and return it; rules with the same pattern get the same object.

    A pattern is checked once per process, and not at all if an earlier process has checked it.

    Args:
        rule: The rule.
        cache: Patterns that earlier processes have checked, to which this one is added; None: no such cache.

    Raises:
        InvalidRule: With the rule's id and the reason.
    """
    key = (rule.pattern, rule.multiline, rule.max_bytes)
    pattern = _checked.get(key)
    if pattern is None:
        try:
            found = _checked_literals(rule.pattern, cache)
        except PatternRefused as error:
            raise InvalidRule(f"Rule {rule.id!r}: its pattern {error}.") from None
        if len(_checked) >= MOST_PATTERNS:
            _checked.clear()
        pattern = _checked.setdefault(key, Pattern(*key, found))  # another thread may have been quicker
    if cache is not None:
        cache.add(rule.pattern, pattern.literals)
    return pattern


_checked: Final[dict[tuple[str, bool, int], Pattern]] = {}
"""The patterns that this process has checked, so that registering a rule and compiling a rule set share one object."""


def _checked_literals(pattern: str, cache: RuleCache | None) -> frozenset[Literal]:
    """Return the literals of a pattern, and check the pattern unless the cache has it."""
    if cache is not None and (found := cache.literals(pattern)) is not None:
        return found
    from beca_core.matching.pattern_parser import parse, portable  # rarely needed: most patterns are in the cache

    groups = _compiled(pattern).groupindex
    if (rewritten := portable(pattern)) != pattern:
        _compiled(rewritten)
    tree = parse(pattern)
    if can_be_empty(tree):
        raise PatternRefused("matches the empty string")
    if b"secret" not in groups:
        raise PatternRefused("has no group named 'secret'")
    return literals(tree)


def _compiled(pattern: str) -> re2._Regexp[bytes]:
    import re2

    try:
        return re2.compile(f"(?m){pattern}".encode("ascii"), latin1_options())
    except re2.error as error:
        raise PatternRefused(f"is not valid RE2: {_reason(error)}") from None


class Pattern:
    """A checked pattern. RE2 compiles it at its first use. Shared between threads.

    Args:
        text: RE2 syntax.
        multiline: Whether a match may cross a line end.
        max_bytes: Greatest length of a match; it is found whole up to `WHOLE_IN_MATCHES` times this length.
        literals: Strings of which every match holds at least one; empty: there are none.
    """

    def __init__(self, text: str, multiline: bool, max_bytes: int, literals: frozenset[Literal]) -> None:
        self._text = text
        self.multiline: Final = multiline
        self.max_bytes: Final = max_bytes
        self.literals: Final = literals
        self._longest: Final = WHOLE_IN_MATCHES * max_bytes

    @cached_property
    def follow_set(self) -> FollowSet | None:
        """The bytes that follow its literals in each match; None: not known."""
        from beca_core.matching.pattern_parser import parse

        return follow_set(parse(self._text), self.literals)

    @cached_property
    def regexp(self) -> re2._Regexp[bytes]:
        """The pattern as RE2 compiled it."""
        if "$" not in self._text and "^" not in self._text:
            return _compiled(self._text)
        from beca_core.matching.pattern_parser import portable

        return _compiled(portable(self._text))

    @cached_property
    def groups(self) -> dict[str, int]:
        """Indexes of the named groups."""
        return {name.decode(): index for name, index in self.regexp.groupindex.items()}

    def occurrences(
        self, data: bytes, ranges: Ranges, memo: Memo | None = None, stop: Stop = NEVER
    ) -> Iterator[Groups]:
        """Yield the spans of the named groups of each match whose secret is not empty, in order.

        A match that is too long is cut, and then has the group `CUT`. What continues it is not a match of its own.

        The search for the next match begins at the end of the secret, not at the end of the match: the bytes between
        two secrets are context of both, up to 256 of them.

        Args:
            data: The blob.
            ranges: Where the prefilter reported something.
            memo: Matches in lines that were searched before, of any pattern; None: nothing is cached.
            stop: When to end.
        """
        if ranges == [(1, len(data))]:
            ranges, memo = self._from_first_match(data, stop), None
        if self.multiline:
            yield from self._search(data, Line(0, len(data)), ranges, stop)
            return
        for line, in_line in lines(data, ranges):
            if memo is None or line.end - line.begin > LONGEST_LINE:
                yield from self._search(data, line, in_line, stop)
            elif stop.step(_SEARCH_STEPS, _GRACE_SECONDS):
                return
            else:
                begin = max(line.begin - 2, 0)
                for spans in self._cached_search(data, begin, line, in_line, memo):
                    yield _moved(spans, begin)

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
        search = self.regexp.search
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
            while (
                at < last
                and (found := search(text, at - first, end - first)) is not None
                and found.start() + first < beyond
            ):
                if stop.step(_SEARCH_STEPS, _GRACE_SECONDS):
                    return
                match_begin, match_end = found.start() + first, found.end() + first
                is_open, reach = match_end == end < line_end, match_end
                spans, match_end = self._spans(data, found, first)
                secret_begin, secret_end = spans.get("secret", _NOT_PART)
                if secret_begin >= secret_end:
                    at = match_end
                elif secret_begin < line.begin:
                    at = line.begin
                elif secret_end > line.end:
                    end = line.end
                else:
                    if match_begin != cut_end or reach > covered:
                        yield spans
                        covered = len(data) if is_open else reach
                    cut_end = match_end if CUT in spans else -1
                    at = max(secret_end, match_end - _SHARED_BYTES)

    def _from_first_match(self, data: bytes, stop: Stop = NEVER) -> Ranges:
        """Narrow the whole blob: one search of it costs less than one of each line, and most blobs have no match.

        A large blob is searched in windows, which overlap by more than the piece in which a match is found. What a
        window cuts may look like a match where there is none; that only begins the search of lines too early.
        """
        overlap = PIECE_IN_MATCHES * self.max_bytes
        for begin in range(0, len(data), _WINDOW_BYTES):
            found = self.regexp.search(data, begin, begin + _WINDOW_BYTES + overlap)
            if found is not None:
                return [(found.start() + 1, len(data))]
            if stop.step(_WINDOW_BYTES // _BYTES_A_STEP, _GRACE_SECONDS):
                break
        return []

    def _spans(self, data: bytes, found: re2._Match[bytes], first: int) -> tuple[Groups, int]:
        """Return the groups of a match in `data[first:]`, and its end, both cut if it is too long."""
        begin, end = found.start() + first, found.end() + first
        spans = self._groups_of(found, first)
        if end - begin > self._longest:
            end = begin + self._longest
            spans = self._cut(data, begin, end, spans)
        if "secret" in spans:
            spans["secret"] = _trimmed(data, *spans["secret"])
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
        if "secret" in spans and spans["secret"] != whole.get("secret"):
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
