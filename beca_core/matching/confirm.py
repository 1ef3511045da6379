"""Confirmation: RE2, whose time is linear in the input whatever the pattern, on the parts that the prefilter names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import re2

from beca_core.errors import InvalidRule
from beca_core.matching.syntax import PatternRefused, can_be_empty, latin1_options, parse
from beca_core.matching.windows import Line, lines, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.matching.windows import Sightings, Span
    from beca_core.rules import Rule

_NOT_PART: Final = (-1, -1)
_SHARED_BYTES: Final = 256


def compile_pattern(rule: Rule) -> Pattern:
    """Compile a rule's pattern for matching on bytes.

    Raises:
        InvalidRule: With the rule's id and the reason.
    """
    try:
        regexp = re2.compile(f"(?m){rule.pattern}".encode("ascii"), latin1_options())
        tree = parse(rule.pattern)
    except re2.error as error:
        raise _invalid(rule, f"is not valid RE2: {_reason(error)}.") from None
    except PatternRefused as error:
        raise _invalid(rule, f"{error}.") from None
    if can_be_empty(tree):
        raise _invalid(rule, "matches the empty string.")
    groups = {name.decode(): index for name, index in regexp.groupindex.items()}
    if "secret" not in groups:
        raise _invalid(rule, "has no group named 'secret'.")
    return Pattern(regexp, groups, rule.multiline, rule.max_bytes)


@dataclass(frozen=True, slots=True)
class Pattern:
    """The compiled pattern of a rule.

    Args:
        regexp: As RE2 compiled it.
        groups: Indexes of the named groups.
        multiline: Whether a match may cross a line end.
        max_bytes: No match is longer than this.
    """

    regexp: re2._Regexp[bytes]
    groups: dict[str, int]
    multiline: bool
    max_bytes: int

    def occurrences(self, data: bytes, sightings: Sightings) -> Iterator[dict[str, Span]]:
        """Yield the spans of the named groups of each match whose secret is not empty, in order.

        The next match is looked for from the end of the secret on, not from the end of the match: what stands
        between two secrets is context of both, up to 256 bytes of it.

        Args:
            data: The blob.
            sightings: Where to look.
        """
        if sightings == [(1, len(data))]:
            sightings = self._narrowed(data)
        if self.multiline:
            yield from self._occurrences_in(data, Line(0, len(data)), sightings)
        else:
            for line, seen in lines(data, sightings):
                yield from self._occurrences_in(data, line, seen)

    def _occurrences_in(self, data: bytes, line: Line, sightings: Sightings) -> Iterator[dict[str, Span]]:
        """Search a line. Its two line ends may be context of a match, but not part of a secret."""
        search = self.regexp.search
        at = max(line.begin - 1, 0)
        for begin, end, stop in pieces(line.begin - 1, min(line.end + 1, len(data)), sightings, self.max_bytes):
            at = max(at, begin)
            last_seen = min(end, sightings[-1][1])
            while at < last_seen and (found := search(data, at, end)) is not None and found.start() < stop:
                spans = self._spans(found)
                secret_begin, secret_end = spans.get("secret", _NOT_PART)
                if secret_begin == secret_end:
                    at = found.end()
                elif secret_begin < line.begin:
                    at = line.begin
                elif secret_end > line.end:
                    end = line.end
                else:
                    yield spans
                    at = max(secret_end, found.end() - _SHARED_BYTES)

    def _narrowed(self, data: bytes) -> Sightings:
        """One search of the whole blob costs less than one of each line, and most blobs hold nothing."""
        found = self.regexp.search(data)
        return [] if found is None else [(found.start() + 1, len(data))]

    def _spans(self, found: re2._Match[bytes]) -> dict[str, Span]:
        spans = {name: found.span(index) for name, index in self.groups.items()}
        return {name: span for name, span in spans.items() if span != _NOT_PART}


def _reason(error: re2.error) -> str:
    reason = error.args[0]
    return reason.decode("ascii", "backslashreplace") if isinstance(reason, bytes) else str(reason)


def _invalid(rule: Rule, reason: str) -> InvalidRule:
    return InvalidRule(f"Rule {rule.id!r}: its pattern {reason}")
