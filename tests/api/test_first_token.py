"""The first start: one token, shown once, with commands that name this server."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from beca_api.http.access.first_token import first_token, welcome
from beca_core.storage.database import Database
from beca_core.storage.services.tokens import SCOPES, TokenService

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "http://127.0.0.1:3000"


@pytest.fixture
def tokens(sqlite_url: str) -> Iterator[TokenService]:
    with Database(sqlite_url) as database:
        yield TokenService(database)


def commands(text: str) -> list[list[str]]:
    return [shlex.split(line) for line in text.splitlines() if line.startswith("  ")]


def test_the_first_token_has_all_scopes_and_does_not_expire(tokens: TokenService) -> None:
    token = first_token(tokens)
    assert token is not None
    record = tokens.authenticate(token)
    assert record is not None
    assert set(record.scopes) == SCOPES
    assert record.expires_at is None


def test_there_is_no_second_first_token(tokens: TokenService) -> None:
    assert first_token(tokens) is not None
    assert first_token(tokens) is None
    assert len(tokens.list()) == 1


def test_there_is_none_after_all_tokens_were_revoked(tokens: TokenService) -> None:
    record, _ = tokens.create("mine")
    tokens.revoke(record.id)
    assert first_token(tokens) is None


def test_without_a_token_the_welcome_is_one_line() -> None:
    text = welcome(URL, None)
    assert text == f"BECA listens on {URL} (API: {URL}/swagger/index.html)"


def test_the_token_is_exported_once_and_the_commands_use_the_variable() -> None:
    text = welcome(URL, "beca_id_secret")
    assert text.count("beca_id_secret") == 1
    export, *rest = commands(text)
    assert export == ["export", "BECA_TOKEN=beca_id_secret"]
    assert len(rest) == 4
    assert all("Authorization: Bearer $BECA_TOKEN" in command for command in rest)


def test_every_command_names_this_server() -> None:
    for command in commands(welcome("http://[::1]:8080", "beca_id_secret"))[1:]:
        urls = [word for word in command if word.startswith("http://")]
        assert len(urls) == 1
        assert urls[0].startswith("http://[::1]:8080/")
