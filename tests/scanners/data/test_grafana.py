"""Grafana's service account tokens: the checksum is that of Grafana, and refuses every other character."""

from __future__ import annotations

import string
import zlib

from beca_core import Engine, random_text
from beca_scanners.observability.monitoring_platforms import RULES

(RULE,) = (rule for rule in RULES if rule.id == "grafana-service-account-token")
BODY = "glsa_" + random_text(string.ascii_letters + string.digits, 32, "grafana")


def is_found(token: str) -> bool:
    return bool(Engine(rules=[RULE], cache_dir=False).scan_text(f"token = {token}"))


def test_the_checksum_is_the_crc_32_with_its_lowest_byte_first() -> None:
    checksum = zlib.crc32(BODY.encode()).to_bytes(4, "little").hex()
    assert is_found(f"{BODY}_{checksum}")


def test_any_other_character_is_refused() -> None:
    token = f"{BODY}_{zlib.crc32(BODY.encode()).to_bytes(4, 'little').hex()}"
    for place in range(5, len(token)):
        other = "0" if token[place] != "0" else "1"
        assert not is_found(token[:place] + other + token[place + 1 :]), place
