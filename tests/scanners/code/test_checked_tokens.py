"""Tokens of npm and GitLab, whose checksum decides, and GitHub's, in which a JSON Web Token has to be."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence
from beca_core.checks import Checksum
from beca_scanners.code import github_forms, gitlab, npm

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core import Rule

    Find = Callable[[str, str | bytes], list[tuple[bytes, Confidence]]]

LETTERS = string.ascii_letters + string.digits
DIGITS = string.digits + string.ascii_lowercase
BASE62 = Checksum(algorithm="crc32", encoding="base62", digits=6)
BASE36 = Checksum(algorithm="crc32", encoding="base36", digits=7)


def npm_token(random_part: str) -> str:
    return f"npm_{random_part}{BASE62.checksum_of(random_part)}"


def gitlab_token(payload: str, prefix: str = "glpat-") -> str:
    covered = f"{prefix}{payload}.01.{DIGITS[len(payload) // 36]}{DIGITS[len(payload) % 36]}"
    return covered + BASE36.checksum_of(covered)


npm_tokens = st.text(LETTERS, min_size=30, max_size=30).map(npm_token)
gitlab_tokens = st.builds(
    gitlab_token,
    st.text(LETTERS + "-_", min_size=27, max_size=250),
    st.sampled_from(["glpat-", "gldt-", "glrt-t1_", "glcbt-", "glptt-"]),
)


@given(token=npm_tokens)
def test_each_token_of_npm_is_found(token: str, find: Find) -> None:
    assert find("npm-access-token", f"//registry/:_authToken={token}\n") == [(token.encode(), Confidence.HIGH)]


@given(token=npm_tokens, data=st.data())
def test_no_changed_token_of_npm_is_found(token: str, data: st.DataObject, find: Find) -> None:
    assert find("npm-access-token", changed(token, data, LETTERS)) == []


@given(token=gitlab_tokens)
def test_each_routable_token_of_gitlab_is_found(token: str, find: Find) -> None:
    assert find("gitlab-routable-token", f'"token": "{token}"') == [(token.encode(), Confidence.HIGH)]


@given(token=gitlab_tokens, data=st.data())
def test_no_changed_token_of_gitlab_is_found(token: str, data: st.DataObject, find: Find) -> None:
    assert find("gitlab-routable-token", changed(token, data, DIGITS)) == []


def changed(token: str, data: st.DataObject, characters: str) -> str:
    """Return a token of which one character is another one."""
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from(characters.replace(token[at], "")))
    return token[:at] + other + token[at + 1 :]


@pytest.mark.parametrize("rule", [gitlab.ROUTABLE_TOKEN, npm.ACCESS_TOKEN])
def test_every_single_change_of_an_example_is_refused(rule: Rule, find: Find) -> None:
    for example in rule.examples[:2]:
        text = example.secret_bytes.decode()
        for at in range(len(text)):
            for other in "0aZ":
                if other != text[at]:
                    assert find(rule.id, text[:at] + other + text[at + 1 :]) == [], (rule.id, at, other)


@pytest.mark.parametrize("cut", [1, 20, 60, 120])
def test_a_truncated_stateless_token_of_github_is_not_found(cut: int, find: Find) -> None:
    token = github_forms.STATELESS_TOKEN.examples[0].secret_bytes
    assert find("github-stateless-token", token) != []
    header_and_claims = token.rpartition(b".")[0]
    assert find("github-stateless-token", header_and_claims[:-cut]) == []


def test_a_token_that_is_only_like_a_json_web_token_is_not_found(find: Find) -> None:
    assert find("github-stateless-token", "ghs_eyJ" + "a" * 40 + ".eyJ" + "b" * 40 + "." + "c" * 40) == []
