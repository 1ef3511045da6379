"""Nothing in a veiled file looks like text."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from beca_core.system.veil import veil


@given(st.binary())
def test_a_second_veil_restores_the_data(data: bytes) -> None:
    assert veil(veil(data)) == data


@given(st.text(st.characters(max_codepoint=127)))
def test_no_ascii_is_left_of_ascii(text: str) -> None:
    assert re.search(rb"[\x00-\x7f]", veil(text.encode())) is None
