"""Encoded forms of literals: what the prefilter looks for in order to see encoded secrets.

A literal that was encoded as base64 shows as one of three strings of digits, depending on its place among three
bytes; as hexadecimal digits or escapes it shows in lower or upper case. These forms are as rare in text as the
literals themselves. A form that is long is cut into its two ends, so that a line end in the midst of it leaves one of
them whole; one that is short is looked for with a line feed at each place as well.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.matching.literals import Literal


class Kind(IntEnum):
    """What it means that a form was seen."""

    BASE64 = 0
    """Base64; the form ends where a group of four digits ends."""
    BASE64_1 = 1
    """Base64; the form ends behind the first digit of a group, with the next two kinds behind the second and third."""
    BASE64_2 = 2
    BASE64_3 = 3
    HEX = 4
    """Hexadecimal digits; the form ends where a pair ends."""
    ESCAPED = 5
    """Text whose characters are escaped."""


KINDS: Final = 8
"""More than there are kinds. Each form is best given to Hyperscan under an id of its own, `KINDS` times a number plus
its kind: with one id for many forms, compiling takes far longer."""


class Form(NamedTuple):
    """A string to look for.

    Args:
        text: The string.
        kind: What it means when it is seen.
    """

    text: bytes
    kind: Kind


VERSION: Final = 1
"""Counts up whenever a literal gets other forms than before: what was compiled from the old ones is of no use then."""

_MOST_PER_BYTE: Final = 8
_DIGITS_PER_BYTE: Final = 3
_MOST_DIGITS: Final = 16
_WIDTHS: Final = (6, 5)
_WIDTH_IN_HEX: Final = 8
_LEAST_NESTED: Final = 4
_ENOUGH_NESTED: Final = 12


def all_forms(literals: Iterable[Literal]) -> list[Form]:
    """Return the encoded forms of all literals, each once, in an order that is always the same."""
    return sorted({form for literal in literals for form in encoded_forms(literal)})


def longest_form(literals: Iterable[Literal]) -> int:
    """Return a length that none of these literals and of their forms exceeds, without making the forms."""
    return _MOST_DIGITS + _MOST_PER_BYTE * max(map(len, literals), default=0)


def most_digits(literals: Iterable[Literal]) -> int:
    """Return a number of digits that none of these literals exceeds in base64 or in hexadecimal digits.

    A byte takes at most three: in base64 of UTF-16 or of hexadecimal digits, and in hexadecimal digits of base64.
    """
    return _MOST_DIGITS + _DIGITS_PER_BYTE * max(map(len, literals), default=0)


def encoded_forms(literal: Literal) -> frozenset[Form]:
    """Return the encoded forms of a literal.

    A literal in any letter case is taken in lower case, in upper case, and capitalised. Base64 and hexadecimal digits
    are also looked for inside base64, and base64 inside hexadecimal digits, if the literal has four bytes at least.

    Args:
        literal: At least three bytes.
    """
    return frozenset(form for text in _spellings(literal) for form in _forms(text))


def _spellings(literal: Literal) -> set[bytes]:
    upper, lower = bytes(map(min, literal)), bytes(map(max, literal))
    return {lower, upper, upper[:1] + lower[1:]}


def _forms(text: bytes) -> Iterator[Form]:
    from beca_core.matching.decoding.base64_text import base64_forms
    from beca_core.matching.decoding.hexadecimal import hex_forms
    from beca_core.matching.decoding.percent import percent_forms
    from beca_core.matching.decoding.unicode_escapes import unicode_escape_forms

    in_base64 = list(base64_forms(text))
    in_hex = hex_forms(text)
    for digits, stop in (*in_base64, *base64_forms(text.decode("latin-1").encode("utf-16-le"))):
        yield from _base64(digits, stop)
    for digits in in_hex:
        yield from (Form(end, Kind.HEX) for end, _ in _ends(digits, _WIDTH_IN_HEX))
    for escaped in (*percent_forms(text), *unicode_escape_forms(text)):
        yield Form(escaped, Kind.ESCAPED)
    if len(text) >= _LEAST_NESTED:
        yield from _nested([digits for digits, _ in in_base64], in_hex)


def _base64(digits: bytes, stop: int) -> Iterator[Form]:
    width = next((width for width in _WIDTHS if len(digits) >= 2 * width - 1), None)
    if width is not None:
        yield from (Form(end, _phase(stop - behind)) for end, behind in _ends(digits, width))
        return
    yield Form(digits, _phase(stop))
    for at in range(1, len(digits)):
        yield Form(digits[:at] + b"\n" + digits[at:], _phase(stop))


def _ends(digits: bytes, width: int) -> list[tuple[bytes, int]]:
    """Return the two ends of many digits, with how many stand behind each; or few digits as they are."""
    if len(digits) < 2 * width - 1:
        return [(digits, 0)]
    return [(digits[:width], len(digits) - width), (digits[-width:], 0)]


def _nested(in_base64: list[bytes], in_hex: frozenset[bytes]) -> Iterator[Form]:
    from beca_core.matching.decoding.base64_text import base64_forms
    from beca_core.matching.decoding.hexadecimal import hex_forms

    for inner in (*in_base64, *in_hex):
        for digits, stop in base64_forms(inner):
            yield Form(digits[-_ENOUGH_NESTED:], _phase(stop))
    for inner in in_base64:
        for digits in hex_forms(inner):
            yield Form(digits[-_ENOUGH_NESTED:], Kind.HEX)


def _phase(stop: int) -> Kind:
    """The kinds of base64 count from 0 up to `HEX`."""
    return Kind(stop % Kind.HEX)
