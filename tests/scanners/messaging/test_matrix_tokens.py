"""Matrix's tokens: the checksum decides."""

from __future__ import annotations

import string
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence
from beca_scanners.messaging.matrix import RULES, checked, digits_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Find = Callable[[str, str | bytes], list[tuple[bytes, Confidence]]]

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
SERVICE = "matrix-authentication-service-token"
SYNAPSE = "matrix-access-token"
RANDOM = st.text(BASE62, min_size=30, max_size=30)
KINDS = st.sampled_from(["mat", "mar", "mct", "mcr"])


@given(number=st.integers(0, 2**32 - 1))
def test_the_digits_of_a_checksum_say_its_number_backwards(number: int) -> None:
    written = digits_of(number)
    assert len(written) == 6
    # Zeros that the number itself begins with cannot be told from those that fill it up.
    readings = {
        sum(BASE62.index(digit) * 62**place for place, digit in enumerate(written[begin:]))
        for begin in range(6)
        if not written[:begin].strip("0")
    }
    assert number in readings


@given(kind=KINDS, random_part=RANDOM)
def test_a_token_of_the_service_is_found(kind: str, random_part: str, find: Find) -> None:
    token = checked(f"{kind}_{random_part}").encode()
    assert find(SERVICE, b'"access_token": "' + token + b'"') == [(token, Confidence.HIGH)]


@given(kind=KINDS, random_part=RANDOM, data=st.data())
def test_a_token_of_the_service_with_one_other_character_is_refused(
    kind: str, random_part: str, data: st.DataObject, find: Find
) -> None:
    token = checked(f"{kind}_{random_part}")
    at = data.draw(st.integers(4, len(token) - 1).filter(lambda place: token[place] != "_"))
    other = data.draw(st.sampled_from(BASE62.replace(token[at], "")))
    assert find(SERVICE, token[:at] + other + token[at + 1 :]) == []


def test_every_single_change_of_one_token_is_refused(find: Find) -> None:
    for rule in RULES:
        token = rule.examples[0].secret_bytes.decode()
        begin = 4 if rule.id == SERVICE else token.index("_", 4)
        for at in range(begin, len(token)):
            for other in BASE62:
                if token[at] not in (other, "_"):
                    assert find(rule.id, token[:at] + other + token[at + 1 :]) == [], (rule.id, at)


@given(user=st.text(string.ascii_letters + string.digits, min_size=2, max_size=40), data=st.data())
def test_a_token_of_synapse_is_found_and_a_changed_one_refused(user: str, data: st.DataObject, find: Find) -> None:
    base = f"syt_{user}_{data.draw(st.text(string.ascii_letters, min_size=20, max_size=20))}"
    number, digits = zlib.crc32(base.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    token = f"{base}_{digits}"
    assert find(SYNAPSE, f"access_token={token}\n") == [(token.encode(), Confidence.HIGH)]
    at = data.draw(st.integers(len(base) - 20, len(base) - 1))
    other = data.draw(st.sampled_from(string.ascii_letters.replace(token[at], "")))
    assert find(SYNAPSE, token[:at] + other + token[at + 1 :]) == []


@pytest.mark.parametrize("text", ["syt_", "mat_", "mat_" + "x" * 30 + "_" + "0" * 6, "format_" + "a" * 30 + "_abcdef"])
def test_other_texts_are_refused(text: str, find: Find) -> None:
    assert find(SERVICE, text) == find(SYNAPSE, text) == []
