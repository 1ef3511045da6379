"""Polar's tokens: the checksum decides."""

from __future__ import annotations

import string
import zlib
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, Engine, Severity
from beca_scanners.payments.polar import KINDS, RULES, token

if TYPE_CHECKING:
    from collections.abc import Callable

    Find = Callable[[str, str | bytes], list[tuple[bytes, Confidence]]]

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def checksum(random_part: str) -> str:
    number, digits = zlib.crc32(random_part.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits


@given(kind=st.sampled_from(KINDS), random_part=st.text(BASE62, min_size=37, max_size=37))
def test_a_token_with_its_checksum_is_found(kind: str, random_part: str, find: Find) -> None:
    right = f"polar_{kind}_{random_part}{checksum(random_part)}".encode()
    assert find("polar-token", b"POLAR=" + right + b"\n") == [(right, Confidence.HIGH)]


def test_every_single_change_of_a_token_is_refused(find: Find) -> None:
    right = token("oat")
    for at in range(len("polar_oat_"), len(right)):
        for other in BASE62.replace(right[at], ""):
            assert find("polar-token", right[:at] + other + right[at + 1 :]) == [], at


def test_a_client_id_is_harmless_and_an_access_token_is_not() -> None:
    engine = Engine(rules=RULES)
    severities = {kind: engine.scan_text(token(kind))[0].severity for kind in KINDS}
    assert severities["ci"] is Severity.LOW
    assert severities["pat"] is severities["oat"] is Severity.CRITICAL
    assert severities["whs"] is Severity.HIGH
