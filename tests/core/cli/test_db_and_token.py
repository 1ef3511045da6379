from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from beca_core.storage.database import Database
from beca_core.storage.services.tokens import TokenService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def environment(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment, with a new database."""
    return environment | {"DATABASE_URL": f"sqlite:///{tmp_path / 'beca.db'}"}


@pytest.fixture
def tokens(tmp_path: Path) -> Iterator[TokenService]:
    with Database(f"sqlite:///{tmp_path / 'beca.db'}") as database:
        yield TokenService(database)


def test_the_schema_can_be_upgraded_twice(beca: Callable) -> None:
    before = beca("db", "check")
    assert before.code == 2
    assert before.err.startswith("Error: ")
    for _ in range(2):
        outcome = beca("db", "upgrade")
        assert (outcome.code, outcome.out) == (0, "The database schema is up to date.\n")
    assert beca("db", "check").code == 0


def test_a_token_is_printed_alone_and_works(beca: Callable, tokens: TokenService) -> None:
    outcome = beca("token", "create", "--name", "CI", "--scope", "read", "--expires-in", "30d")
    assert outcome.code == 0
    assert re.fullmatch(r"beca_[0-9a-f]{12}_\S{43}\n", outcome.out)
    assert "not shown again" in outcome.err
    assert outcome.out.strip().split("_", 2)[2] not in outcome.err
    record = tokens.authenticate(outcome.out.strip())
    assert record is not None
    assert (record.name, record.scopes) == ("CI", ["read"])
    assert record.expires_at is not None
    assert abs(record.expires_at - datetime.now(UTC) - timedelta(days=30)) < timedelta(minutes=1)


def test_by_default_a_token_has_all_scopes_and_never_expires(beca: Callable, tokens: TokenService) -> None:
    record = tokens.authenticate(beca("token", "create", "--name", "x").out.strip())
    assert record is not None
    assert (record.scopes, record.expires_at) == (["read", "write"], None)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "token create [OPTIONS]"),
        (["--name", "x", "--scope", "root"], "There is no such scope."),
        (["--name", ""], "name"),
        (["--name", "x", "--expires-in", "0d"], "Write it as 45m, 12h, 30d or 8w."),
        (["--name", "x", "--expires-in", "soon"], "Write it as 45m, 12h, 30d or 8w."),
        (["--name", "x", "--expires-in", "999999w"], "too far away"),
    ],
)
def test_an_invalid_token_is_not_created(beca: Callable, arguments: list[str], complaint: str) -> None:
    outcome = beca("token", "create", *arguments)
    assert outcome.code == 2
    assert complaint in outcome.out + outcome.err
    assert "beca_" not in outcome.out
    assert "Traceback" not in outcome.err


def test_tokens_are_listed_and_revoked(beca: Callable, tokens: TokenService) -> None:
    token = beca("token", "create", "--name", "CI").out.strip()
    token_id, secret = token.split("_", 2)[1:]
    listed = beca("token", "list")
    assert listed.code == 0
    assert listed.out.splitlines()[1].split()[:4] == [token_id, "CI", "read,", "write"]
    assert secret not in listed.out

    revoked = beca("token", "revoke", token_id)
    assert (revoked.code, revoked.out) == (0, f"Token {token_id} is revoked.\n")
    assert tokens.authenticate(token) is None
    assert "revoked" in beca("token", "list").out
    [item] = json.loads(beca("token", "list", "--format", "json").out)["items"]
    assert item["id"] == token_id
    assert item["revokedAt"].endswith("Z")
    assert secret not in json.dumps(item)


def test_an_unknown_token_cannot_be_revoked(beca: Callable) -> None:
    outcome = beca("token", "revoke", "0" * 12)
    assert outcome.code == 2
    assert outcome.err.startswith("Error: There is no token with this id.")


@pytest.mark.parametrize("command", [["db", "upgrade"], ["db", "check"], ["token", "list"]])
@pytest.mark.parametrize(
    "url", ["mysql://u:hunter2@h/db", "postgresql://u:hunter2@127.0.0.1:1/db", "sqlite:////proc/no/such/beca.db"]
)
def test_the_error_for_an_unusable_database_does_not_show_its_password(
    beca: Callable, command: list[str], url: str
) -> None:
    outcome = beca(*command, DATABASE_URL=url)
    assert outcome.code == 2
    assert outcome.err.startswith("Error: ")
    assert "hunter2" not in outcome.err
    assert "Traceback" not in outcome.err


def test_without_the_extra_the_error_says_what_to_install(process: Callable, site: Path) -> None:
    (site / "sqlalchemy.py").write_text("raise ModuleNotFoundError('no sqlalchemy', name='sqlalchemy')\n")
    outcome = process("token", "list")
    assert outcome.code == 2
    assert "pip install 'beca[server]'" in outcome.err


def test_the_audit_log_says_what_commands_have_done(beca: Callable) -> None:
    beca("token", "create", "--name", "x")
    token_id = json.loads(beca("token", "list", "--format", "json").out)["items"][0]["id"]
    beca("token", "revoke", token_id)
    outcome = beca("db", "audit", "--format", "json")
    entries = json.loads(outcome.out)["items"]
    assert [(each["action"], each["recordId"], each["actor"]) for each in entries] == [
        ("token.revoked", token_id, "cli"),
        ("token.created", token_id, "cli"),
    ]
    assert entries[0]["tokenId"] is None
    lines = beca("db", "audit", "--limit", "1").out.splitlines()
    assert len(lines) == 2
    assert "token.revoked" in lines[1]
