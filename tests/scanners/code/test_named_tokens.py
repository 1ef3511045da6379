"""Tokens without a form of their own: the name decides, and a value that consists of words is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from beca_core import Confidence, random_text

if TYPE_CHECKING:
    from collections.abc import Callable

    Find = Callable[[str, str | bytes], list[tuple[bytes, Confidence]]]

HEX40 = random_text("0123456789abcdef", 40, "token")
LETTERS20 = random_text("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 20, "key")


@pytest.mark.parametrize(
    ("rule_id", "text"),
    [
        ("circleci-legacy-token", "CIRCLE_TOKEN={}"),
        ("circleci-legacy-token", "curl -H 'Circle-Token: {}' https://circleci.com/api/v2/me"),
        ("github-legacy-token", 'GITHUB_CLIENT_SECRET: "{}"'),
        ("github-legacy-token", "<add key='GitHubToken' value='{}'/>"),
        ("gitea-access-token", "const giteaToken = '{}';"),
        ("sonar-legacy-token", "-Dsonar.login={}"),
    ],
)
def test_a_value_of_a_name_is_found(rule_id: str, text: str, find: Find) -> None:
    assert find(rule_id, text.format(HEX40)) == [(HEX40.encode(), Confidence.MEDIUM)]


@pytest.mark.parametrize(
    ("rule_id", "text"),
    [
        ("circleci-legacy-token", "circle the commit {}"),
        ("circleci-legacy-token", "orb: circleci/node@{}"),
        ("github-legacy-token", "uses: github/codeql-action/init@{}"),
        ("github-legacy-token", "https://github.com/keybase/client/commit/{}"),
        ("gitea-access-token", "gitea_commit = '{}'"),
    ],
)
def test_a_commit_is_no_token(rule_id: str, text: str, find: Find) -> None:
    assert find(rule_id, text.format(HEX40)) == []


@pytest.mark.parametrize(
    ("rule_id", "name", "words"),
    [
        ("travis-token", "TRAVIS_TOKEN", "encrypted_travis_token"),
        ("browserstack-access-key", "browserstack.accessKey", "getTheAccessKeyOfUse"),
    ],
)
def test_a_value_that_consists_of_words_is_none(rule_id: str, name: str, words: str, find: Find) -> None:
    assert len(words) in {20, 22}
    assert find(rule_id, f'{name} = "{words}"') == []
    assert find(rule_id, f'{name} = "{LETTERS20}"') == [(LETTERS20.encode(), Confidence.MEDIUM)]
