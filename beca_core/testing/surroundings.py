"""What surrounds a secret, changed: the words near it, and its companions, are taken away or moved out of reach."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.rules.context import Side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.rules.context import Near, Part
    from beca_core.rules.rule import Rule
    from beca_core.rules.scanner import MatchPart
    from beca_core.testing.specimen import Specimen

_WIDE: Final = 256
_MUCH_WIDER: Final = 8


class Changed(NamedTuple):
    """A text whose surroundings are not those of an example.

    Args:
        data: The text.
        secret: The secret of the example.
        change: What was changed, for messages.
        advice: What is wrong with a rule that finds it, or that does not.
        is_found: Whether the secret must be found all the same.
    """

    data: bytes
    secret: bytes
    change: str
    advice: str
    is_found: bool = False


def surroundings(rule: Rule, specimen: Specimen) -> Iterator[Changed]:
    """Yield an example with other surroundings of its secret.

    Args:
        rule: The rule.
        specimen: The example.
    """
    for near in rule.near:
        yield from _of_words(near, specimen)
    spans = {part.name: part for part in specimen.match.parts if part.text is None}
    for part in rule.parts:
        if part.name in spans:
            yield from _of_part(part, spans[part.name], specimen)


def too_wide(rule: Rule, specimens: list[Specimen]) -> Iterator[str]:
    """Yield what is wrong with distances that are much greater than those that examples have."""
    for near in rule.near:
        distances = [distance for specimen in specimens if (distance := _distance(near, specimen)) is not None]
        if distances and near.within > max(_WIDE, _MUCH_WIDER * max(distances)):
            yield (
                f"near: its words are at most {max(distances)} bytes away in its examples, and {near.within:,} are "
                "allowed: lower within, or add an example in which the word is farther away"
            )


def has_word(near: Near, data: bytes) -> bool:
    """Return whether one of the words is in a text."""
    return _words(near).search(data) is not None


def _words(near: Near) -> re.Pattern[bytes]:
    return re.compile("|".join(map(re.escape, near.words)).encode(), re.IGNORECASE)


def _distance(near: Near, specimen: Specimen) -> int | None:
    """Return how far the nearest word is."""
    gaps = (
        specimen.begin - found.end() if found.end() <= specimen.begin else found.start() - specimen.end
        for found in _words(near).finditer(specimen.data)
    )
    return min((gap for gap in gaps if gap >= 0), default=None)


def _of_words(near: Near, specimen: Specimen) -> Iterator[Changed]:
    data, begin, end = specimen.data, specimen.begin, specimen.end
    words, names = _words(near), " and ".join(near.words[:3])
    before, after = (words.sub(lambda found: b"#" * len(found[0]), text) for text in (data[:begin], data[end:]))
    yield Changed(
        before + specimen.secret + after,
        specimen.secret,
        f"without {names}",
        "near does not hold it: the word is in the pattern or in the secret itself",
    )
    line_end = b"\n" if near.where is Side.LINE else b""
    gap = line_end + b"; " * (near.within // 2 + 1) + line_end
    first, last = _match_span(specimen)
    yield Changed(
        data[:first] + gap + data[first:last] + gap + data[last:],
        specimen.secret,
        f"more than {near.within} bytes away from {names}",
        "near does not hold it: the word is in the pattern or in the secret itself",
    )


def _match_span(specimen: Specimen) -> tuple[int, int]:
    """Return the span of what the pattern matches around the secret."""
    for found in specimen.pattern_matches():
        if found[0] <= specimen.begin and specimen.end <= found[1]:
            return found
    return specimen.begin, specimen.end


def _of_part(part: Part, found: MatchPart, specimen: Specimen) -> Iterator[Changed]:
    data = specimen.data
    before, after = data[: found.begin], data[found.end :]
    is_within = found.begin < specimen.end and specimen.begin < found.end
    if is_within or data.count(data[found.begin : found.end]) > 1:
        return
    advice = f"part {part.name} does not hold it: the part is found in something else"
    is_found = not part.required
    yield Changed(before + b"-" + after, specimen.secret, f"without its part {part.name}", advice, is_found)
    gap = b"\n" * (part.within_lines + 1) + b"; " * (part.within_bytes // 2 + 1) + b"\n"
    at = found.end if found.end <= specimen.begin else specimen.end
    yield Changed(
        data[:at] + gap + data[at:], specimen.secret, f"with its part {part.name} out of reach", advice, is_found
    )
    if part.where is Side.EITHER and (swapped := _swapped(data, found, specimen)):
        yield Changed(
            swapped,
            specimen.secret,
            f"with its part {part.name} on the other side",
            "its pattern demands an order: say where=Side.BEFORE or Side.AFTER",
            is_found=True,
        )


def _swapped(data: bytes, part: MatchPart, specimen: Specimen) -> bytes:
    """Return the text with the lines of a part and of the secret exchanged, or nothing if they share a line."""
    lines = data.splitlines(keepends=True)
    number_of_part, number_of_secret = (data.count(b"\n", 0, begin) for begin in (part.begin, specimen.begin))
    if number_of_part == number_of_secret or b"\n" in specimen.secret or len(lines) != 2:
        return b""
    first, last = (line.rstrip(b"\r\n") for line in lines)
    return last + b"\n" + first + lines[1][len(last) :]
