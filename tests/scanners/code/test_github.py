"""GitHub's tokens: the checksum decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence
from beca_core.rules.rule import random_text
from beca_scanners.code.github import BASE62, PREFIXES, checksum

if TYPE_CHECKING:
    from collections.abc import Callable

    Find = Callable[[str, str | bytes], list[tuple[bytes, Confidence]]]

prefixes = st.sampled_from(PREFIXES)
random_parts = st.text(BASE62, min_size=30, max_size=30)


def token(prefix: str = "ghp_", random_part: str = random_text(BASE62, 30)) -> str:
    return prefix + random_part + checksum(random_part)


def test_the_checksum_is_that_of_the_tokens_in_use() -> None:
    # Both parts of the example token that articles on the format quote, kept apart on purpose.
    assert checksum("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ") == "0mLq17"


def test_a_small_checksum_is_padded() -> None:
    paddings = {len(checksum(str(number))) for number in range(2000)}
    assert paddings == {6}
    assert any(checksum(str(number)).startswith("00") for number in range(20_000))


@given(prefix=prefixes, random_part=random_parts, before=st.binary(), after=st.binary())
def test_a_token_is_found_in_any_surroundings(
    prefix: str, random_part: str, before: bytes, after: bytes, find: Find
) -> None:
    secret = token(prefix, random_part).encode()
    assert find("github-token", before + secret + after) == [(secret, Confidence.HIGH)]


@given(prefix=prefixes, random_part=random_parts, data=st.data())
def test_a_token_with_one_changed_character_is_not_a_token(
    prefix: str, random_part: str, data: st.DataObject, find: Find
) -> None:
    right = token(prefix, random_part)
    at = data.draw(st.integers(len(prefix), len(right) - 1))
    other = data.draw(st.sampled_from(BASE62.replace(right[at], "")))
    assert find("github-token", right[:at] + other + right[at + 1 :]) == []


@pytest.mark.parametrize("length", range(70))
def test_a_truncated_token_is_not_a_token(length: int, find: Find) -> None:
    long_part = random_text(BASE62, 70, "refresh")
    assert find("github-token", token("ghr_", long_part)[: length + 4]) == []


def test_a_long_refresh_token_is_found_completely(find: Find) -> None:
    secret = token("ghr_", random_text(BASE62, 70, "refresh"))
    assert find("github-token", f"refresh_token={secret}&x") == [(secret.encode(), Confidence.HIGH)]


def test_tokens_in_a_row_are_all_found(find: Find) -> None:
    secrets = [token(prefix) for prefix in PREFIXES]
    assert [secret for secret, _ in find("github-token", "".join(secrets))] == [text.encode() for text in secrets]


@pytest.mark.parametrize("text", ["ghp_", "ghx_" + token()[4:], "GHP_" + token()[4:], token().replace("_", "-")])
def test_a_text_without_a_known_prefix_is_not_a_token(text: str, find: Find) -> None:
    assert find("github-token", text) == []


FINE_GRAINED = "github_pat_" + random_text(BASE62, 22, 1) + "_" + random_text(BASE62, 59, 2)


@pytest.mark.parametrize("surroundings", ["{}", "token={}\n", '"{}"', "https://x:{}@github.com/a/b", "\xff{}\0"])
def test_a_fine_grained_token_is_found(surroundings: str, find: Find) -> None:
    found = find("github-fine-grained-token", surroundings.format(FINE_GRAINED))
    assert found == [(FINE_GRAINED.encode(), Confidence.MEDIUM)]


@pytest.mark.parametrize(
    "text",
    [
        FINE_GRAINED + "x",
        FINE_GRAINED[:-1],
        "x" + FINE_GRAINED,
        FINE_GRAINED.replace("pat_", "pat-"),
        "github_pat_" + "1" * 22 + "_" + "2" * 59,
    ],
)
def test_what_is_not_a_fine_grained_token(text: str, find: Find) -> None:
    assert find("github-fine-grained-token", text) == []
