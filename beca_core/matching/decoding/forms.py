"""Encoded forms of literals, with which the prefilter finds encoded secrets.

In base64, a literal becomes one of three strings of digits, depending on its offset within a group of three bytes. In
hexadecimal digits or escapes, it has a lower and an upper case. These forms are as rare in text as the literals
themselves. Of a long form, only its two ends are looked for: a line end within it leaves one of them whole. A short
form is also looked for with a line feed at each offset within it.
"""

from __future__ import annotations

import string
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.matching.patterns.literals import Literal


class FormKind(IntEnum):
    """The encoding of a form, and where its end is within a group of digits."""

    BASE64 = 0
    """Base64; the form ends at the end of a group of four digits."""
    BASE64_1 = 1
    """Base64; the form ends after the first digit of a group."""
    BASE64_2 = 2
    """Base64; the form ends after the second digit of a group."""
    BASE64_3 = 3
    """Base64; the form ends after the third digit of a group."""
    HEX = 4
    """Hexadecimal digits; the form ends at the end of a pair."""
    ESCAPED = 5
    """Text with escapes."""
    WIDE = 6
    """UTF-16 or UTF-32."""


KIND_STRIDE: Final = 8
"""At least the number of kinds. Hyperscan compiles far faster if each form has an id of its own, and `KIND_STRIDE`
times a number plus the kind is such an id."""


class EncodedForm(NamedTuple):
    """A string to look for.

    Args:
        text: The string.
        kind: Its encoding, and where its end is within a group of digits.
    """

    text: bytes
    kind: FormKind


VERSION: Final = 4
"""Incremented when a literal has other forms than before, so that cached databases are compiled again."""

_MOST_PER_BYTE: Final = 8
_DIGITS_PER_BYTE: Final = 3
_MOST_DIGITS: Final = 16
_WIDTHS: Final = (6, 5)
_WIDTH_IN_HEX: Final = 8
_LEAST_NESTED: Final = 4
_MOST_NESTED: Final = 12
_NESTED_LETTERS: Final = 5
_NESTED_IN_HEX: Final = 4
_NESTED_DIGITS: Final = 5
"""Letters, and digits of their base64, that have forms in two encodings: few, so that many literals share them, and
enough for forms of at least six digits."""
_ENOUGH_LETTERS: Final = 8
"""So many letters have forms that are long enough to be looked for at both ends."""
_UNRESERVED: Final = frozenset((string.ascii_letters + string.digits + "_.~-").encode())
_KINDS: Final = tuple(FormKind)
_PHASES: Final = int(FormKind.HEX)


def all_forms(literals: Iterable[Literal]) -> list[EncodedForm]:
    """Return the encoded forms of all literals, each once, in a stable order."""
    return sorted({form for literal in literals for form in encoded_forms(literal)})


def in_one_case(literals: Iterable[Literal]) -> list[Literal]:
    """Return the literals that have base64 and hexadecimal forms: those of which each letter has one case.

    A literal in any letter case has so many forms that hundreds of them take minutes to compile, and it is a name far
    more often than the beginning of a token.

    Args:
        literals: Literals, each once.
    """
    return [literal for literal in literals if all(len(letter) == 1 for letter in literal)]


def escaped_forms(literals: Iterable[Literal]) -> frozenset[EncodedForm]:
    """Return the forms with escapes of whole literals: what they have in common may hold nothing to escape.

    Args:
        literals: At least three bytes each.
    """
    with_escapes = (literal for literal in literals if any(min(letter) not in _UNRESERVED for letter in literal))
    return frozenset(form for literal in with_escapes for text in _cases(literal) for form in _forms_with_escapes(text))


def longest_form(length: int) -> int:
    """Return a length in bytes that no literal of a length, and no form of one, exceeds, without making the forms."""
    return _MOST_DIGITS + _MOST_PER_BYTE * length


def most_digits(length: int) -> int:
    """Return a number of digits that no literal of a length exceeds in base64 or in hexadecimal.

    A byte takes at most three digits: in base64 of UTF-16 or of hexadecimal digits, and in hexadecimal digits of
    base64.
    """
    return _MOST_DIGITS + _DIGITS_PER_BYTE * length


def encoded_forms(literal: Literal) -> frozenset[EncodedForm]:
    """Return the encoded forms of a literal.

    A literal in any letter case has forms in lower case, in upper case, and capitalised. If it has at least four bytes,
    there are also forms for base64 and hexadecimal digits inside base64, and for base64 inside hexadecimal digits: of
    its beginning, and not of what is capitalised.

    Args:
        literal: At least three bytes.
    """
    upper, lower = bytes(map(min, literal)), bytes(map(max, literal))
    forms = {form for text in _cases(literal) for form in _forms(text)}
    if len(literal) >= _LEAST_NESTED:
        forms.update(_nested(lower[:_NESTED_LETTERS]), _nested(upper[:_NESTED_LETTERS]))
    return frozenset(forms)


def _cases(literal: Literal) -> set[bytes]:
    upper, lower = bytes(map(min, literal)), bytes(map(max, literal))
    return {lower, upper, upper[:1] + lower[1:]}


def _forms(text: bytes) -> Iterator[EncodedForm]:
    from beca_core.matching.decoding.base64_text import base64_forms
    from beca_core.matching.decoding.hexadecimal import hex_forms

    in_base64 = list(base64_forms(text))
    in_hex = hex_forms(text)
    for digits, stop in (*in_base64, *base64_forms(text.decode("latin-1").encode("utf-16-le"))):
        yield from _base64(digits, stop)
    for digits in in_hex:
        for end, _ in _ends(digits, _WIDTH_IN_HEX):
            yield EncodedForm(end, FormKind.HEX)
    yield from _forms_with_escapes(text)


def _forms_with_escapes(text: bytes) -> Iterator[EncodedForm]:
    from beca_core.matching.decoding.percent import percent_forms
    from beca_core.matching.decoding.unicode_escapes import unicode_escape_forms

    for escaped in (*percent_forms(text), *unicode_escape_forms(text)):
        yield EncodedForm(escaped, FormKind.ESCAPED)


def _base64(digits: bytes, stop: int) -> Iterator[EncodedForm]:
    width = next((width for width in _WIDTHS if len(digits) >= 2 * width - 1), None)
    if width is not None:
        yield from (EncodedForm(end, _phase(stop - after)) for end, after in _ends(digits, width))
        return
    yield EncodedForm(digits, _phase(stop))
    for at in range(1, len(digits)):
        yield EncodedForm(digits[:at] + b"\n" + digits[at:], _phase(stop))


def _ends(digits: bytes, width: int) -> list[tuple[bytes, int]]:
    """Return the first and the last digits, with how many digits follow each; a short string is returned whole."""
    if len(digits) < 2 * width - 1:
        return [(digits, 0)]
    return [(digits[:width], len(digits) - width), (digits[-width:], 0)]


@lru_cache(maxsize=1024)
def _nested(text: bytes) -> tuple[EncodedForm, ...]:
    from beca_core.matching.decoding.base64_text import base64_forms
    from beca_core.matching.decoding.hexadecimal import hex_forms

    in_base64 = sorted({digits[:_NESTED_DIGITS] for digits, _ in base64_forms(text)})
    forms: list[EncodedForm] = []
    for inner in (*in_base64, *hex_forms(text[:_NESTED_IN_HEX])):
        forms += (EncodedForm(digits[-_MOST_NESTED:], _phase(stop)) for digits, stop in base64_forms(inner))
    for inner in in_base64:
        forms += (EncodedForm(digits[-_MOST_NESTED:], FormKind.HEX) for digits in hex_forms(inner))
    return tuple(forms)


def _phase(stop: int) -> FormKind:
    """The values of the base64 kinds are the phases, from 0 up to `HEX`."""
    return _KINDS[stop % _PHASES]
