"""Encoded forms of literals: in any context, an encoded literal contains one of its forms, with the right phase."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.matching.decoding.digit_runs import LEAST_FORM
from beca_core.matching.decoding.forms import (
    VERSION,
    EncodedForm,
    FormKind,
    all_forms,
    encoded_forms,
    escaped_forms,
    in_one_case,
    longest_form,
)
from beca_core.matching.patterns.literals import words_as_literals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from beca_core.matching.patterns.literals import Literal

TEXTS = st.binary(min_size=3, max_size=16)
AROUND = st.binary(max_size=9)
BASE64_KINDS = {FormKind.BASE64, FormKind.BASE64_1, FormKind.BASE64_2, FormKind.BASE64_3}


def exactly(text: bytes) -> Literal:
    return tuple(frozenset({byte}) for byte in text)


def ends(form: EncodedForm, encoded: bytes) -> list[int]:
    return [at + len(form.text) for at in range(len(encoded)) if encoded.startswith(form.text, at)]


def found_in(forms: Iterable[EncodedForm], encoded: bytes) -> list[tuple[EncodedForm, int]]:
    return [(form, end) for form in forms for end in ends(form, encoded)]


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@given(TEXTS, AROUND, AROUND)
def test_a_literal_in_base64_has_a_form_with_its_phase(
    encode: Callable[[bytes], bytes], text: bytes, before: bytes, after: bytes
) -> None:
    encoded = encode(before + text + after)
    found = found_in(encoded_forms(exactly(text)), encoded)
    assert any(form.kind == end % 4 and begins_in_text(end, text, before) for form, end in found)


def begins_in_text(end: int, text: bytes, before: bytes) -> bool:
    return 8 * len(before) < 6 * end <= 8 * (len(before) + len(text)) + 6


@given(TEXTS, AROUND, AROUND)
def test_base64_of_utf_16_has_a_form(text: bytes, before: bytes, after: bytes) -> None:
    document = b"".join(part.decode("latin-1").encode("utf-16-le") for part in (before, text, after))
    found = found_in(encoded_forms(exactly(text)), base64.b64encode(document))
    assert any(form.kind == end % 4 for form, end in found)


@given(TEXTS, AROUND, AROUND, st.integers(min_value=1))
def test_a_form_is_found_across_a_line_feed(text: bytes, before: bytes, after: bytes, at: int) -> None:
    encoded = base64.b64encode(before + text + after)
    at %= len(encoded)
    assert found_in(encoded_forms(exactly(text)), encoded[:at] + b"\n" + encoded[at:])


@given(st.binary(min_size=8, max_size=16), AROUND, AROUND, st.integers(min_value=1))
def test_one_end_of_a_long_literal_is_found_wherever_it_is_cut(
    text: bytes, before: bytes, after: bytes, at: int
) -> None:
    encoded = base64.b64encode(before + text + after)
    at %= len(encoded)
    forms = [form for form in encoded_forms(exactly(text)) if b"\n" not in form.text]
    assert found_in(forms, encoded[:at] + b'" +\r\n  "' + encoded[at:])


@pytest.mark.parametrize("upper", [False, True])
@given(TEXTS, AROUND, AROUND)
def test_hexadecimal_forms_end_at_pairs(upper: bool, text: bytes, before: bytes, after: bytes) -> None:
    encoded = (before + text + after).hex().encode()
    found = found_in(encoded_forms(exactly(text)), encoded.upper() if upper else encoded)
    assert any(form.kind is FormKind.HEX and end % 2 == 0 for form, end in found)


@pytest.mark.parametrize("escape", ["%{:02x}", "%{:02X}", "\\u00{:02x}", "\\u00{:02X}", "\\x{:02x}", "\\x{:02X}"])
@given(TEXTS, AROUND)
def test_fully_escaped_text_has_a_form(escape: str, text: bytes, around: bytes) -> None:
    encoded = "".join(map(escape.format, around + text + around)).encode()
    assert any(form.kind is FormKind.ESCAPED for form, _ in found_in(encoded_forms(exactly(text)), encoded))


def test_text_with_only_its_reserved_bytes_escaped_has_a_form() -> None:
    forms = {form.text for form in encoded_forms(exactly(b"db://x=")) if form.kind is FormKind.ESCAPED}
    assert quote("db://x=", safe="").encode() in forms
    assert {b"db%3a%2f%2fx%3d", b"db://x\\u003d", b"db://x\\u003D", b"db://x\\x3d"} <= forms


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: base64.b64encode(base64.b64encode(text)),
        lambda text: base64.b64encode(text.hex().encode()),
        lambda text: base64.b64encode(text.hex().upper().encode()),
        lambda text: base64.b64encode(text).hex().encode(),
        lambda text: base64.b64encode(text).hex().upper().encode(),
    ],
)
@given(st.binary(min_size=4, max_size=16), AROUND, AROUND)
def test_nested_encodings_have_a_form(
    encode: Callable[[bytes], bytes], text: bytes, before: bytes, after: bytes
) -> None:
    encoded = encode(before + text + after)
    found = found_in(encoded_forms(exactly(text)), encoded)
    assert any(form.kind == end % 4 if form.kind in BASE64_KINDS else end % 2 == 0 for form, end in found)


def test_any_letter_case_has_three_spellings() -> None:
    (literal,) = words_as_literals(["api_key"])
    lower, upper, capitalised = (encoded_forms(exactly(text)) for text in (b"api_key", b"API_KEY", b"Api_key"))
    found = encoded_forms(literal)
    assert lower | upper < found < lower | upper | capitalised
    assert {EncodedForm(b"QXBpX", FormKind.BASE64_1), EncodedForm(b"4170695f6b6579", FormKind.HEX)} <= found


@given(TEXTS)
def test_forms_are_long_enough_to_be_rare_and_few_enough_to_be_looked_for(text: bytes) -> None:
    forms = encoded_forms(exactly(text))
    assert all(len(form.text) >= 4 for form in forms)
    assert all(len(form.text) >= 6 for form in forms if form.kind is FormKind.HEX)
    assert len(forms) <= 150


@given(st.binary(min_size=4, max_size=16))
def test_no_form_of_what_is_looked_for_has_fewer_digits_than_the_least_form(text: bytes) -> None:
    in_digits = [form for form in encoded_forms(exactly(text)) if form.kind in (*BASE64_KINDS, FormKind.HEX)]
    assert min(len(form.text.replace(b"\n", b"")) for form in in_digits) >= LEAST_FORM


@given(st.lists(TEXTS, max_size=4))
def test_all_forms_are_unique_and_in_a_stable_order(texts: list[bytes]) -> None:
    literals = [exactly(text) for text in texts]
    assert all_forms(literals) == all_forms(reversed(literals)) == sorted(set(all_forms([*literals, *literals])))


def test_the_version_changes_with_the_forms() -> None:
    """If this fails, increment VERSION: caches hold databases that were compiled from other forms."""
    forms = all_forms(map(exactly, (b"abc", b"key_", b"-----BEGIN ", b"a://?=&")))
    digest = hashlib.sha256(repr([(form.text, int(form.kind)) for form in forms]).encode()).hexdigest()
    assert (VERSION, digest[:16]) == (4, "cc3963de6f35755e")


def test_literals_in_any_letter_case_have_only_forms_with_escapes() -> None:
    literals = words_as_literals(("identified by", "identified=by"))
    assert in_one_case([*literals, exactly(b"AKIA")]) == [exactly(b"AKIA")]
    assert found_in(escaped_forms(literals), quote("IDENTIFIED BY").encode())
    assert not found_in(escaped_forms(literals), base64.b64encode(b"identified by"))
    assert not escaped_forms(words_as_literals(("acme_key",)))


@given(st.lists(st.binary(min_size=3, max_size=24), min_size=1, max_size=3))
def test_no_form_exceeds_the_bound_on_its_length(texts: list[bytes]) -> None:
    literals = [exactly(text) for text in texts]
    longest = longest_form(max(map(len, literals), default=0))
    assert max(map(len, texts)) <= longest
    assert all(len(form.text) <= longest for literal in literals for form in encoded_forms(literal))
