"""Tokens: which are accepted, which are refused, and what is stored of them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from beca_core.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from beca_core.storage.database import Database
    from beca_core.storage.services.tokens import TokenService


def test_a_token_is_accepted_with_its_scopes(tokens: TokenService, clock: Any) -> None:
    record, plaintext = tokens.create("CI", ["read"])
    assert re.fullmatch(r"beca_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", plaintext)
    assert plaintext.split("_")[1] == record.id
    known = tokens.authenticate(plaintext)
    assert known is not None
    assert (known.id, known.name, known.scopes, known.created_at) == (record.id, "CI", ["read"], clock.now)


def test_a_token_has_all_scopes_by_default(tokens: TokenService) -> None:
    assert tokens.create("me")[0].scopes == ["read", "write"]


def test_the_secret_of_a_token_is_not_stored(tokens: TokenService, database: Database) -> None:
    _, plaintext = tokens.create("CI")
    with database.session(read_only=True) as session:
        row = session.execute(text("SELECT * FROM api_token")).one()
    assert plaintext.split("_", 2)[2] not in repr(row)


def test_tokens_differ(tokens: TokenService) -> None:
    assert len({tokens.create("CI")[1] for _ in range(20)}) == 20


def test_a_token_with_one_character_changed_is_refused(tokens: TokenService) -> None:
    _, plaintext = tokens.create("CI")
    for place in range(len(plaintext)):
        other = "A" if plaintext[place] != "A" else "B"
        assert tokens.authenticate(plaintext[:place] + other + plaintext[place + 1 :]) is None


def test_the_secret_of_one_token_is_refused_for_another(tokens: TokenService) -> None:
    one, other = tokens.create("one")[1], tokens.create("other")[1]
    mixed = "_".join([*one.split("_", 2)[:2], other.split("_", 2)[2]])
    assert tokens.authenticate(mixed) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    presented=st.text(st.characters(exclude_categories=[])), prefix=st.sampled_from(["", "beca_", "beca__", "beca_x_"])
)
def test_any_other_text_is_refused(tokens: TokenService, presented: str, prefix: str) -> None:
    assert tokens.authenticate(prefix + presented) is None


# Expiry and revocation


def test_a_token_stops_working_when_it_expires(tokens: TokenService, clock: Any) -> None:
    _, plaintext = tokens.create("CI", expires_at=clock.now + timedelta(hours=1))
    clock.advance(3599)
    assert tokens.authenticate(plaintext) is not None
    clock.advance(1)
    assert tokens.authenticate(plaintext) is None


def test_a_revoked_token_stops_working_at_once_and_for_good(tokens: TokenService, clock: Any) -> None:
    record, plaintext = tokens.create("CI")
    assert tokens.revoke(record.id).revoked_at == clock.now
    assert tokens.authenticate(plaintext) is None
    before = clock.now
    clock.advance(5)
    assert tokens.revoke(record.id).revoked_at == before


def test_revoking_leaves_other_tokens_alone(tokens: TokenService) -> None:
    gone, kept = tokens.create("gone"), tokens.create("kept")
    tokens.revoke(gone[0].id)
    assert tokens.authenticate(kept[1]) is not None


@pytest.mark.parametrize("unknown", ["", "x", "000000000000", "a\0", "\ud800", "x" * 9000], ids=lambda u: ascii(u)[:20])
def test_an_unknown_token_cannot_be_revoked(tokens: TokenService, unknown: str) -> None:
    with pytest.raises(NotFound, match="beca token list"):
        tokens.revoke(unknown)


# Records


def test_use_is_recorded_once_a_minute(tokens: TokenService, clock: Any) -> None:
    _, plaintext = tokens.create("CI")
    assert tokens.list()[0].last_used_at is None
    first = clock.now
    for seconds, recorded in [(0, 0), (59, 0), (1, 60), (59, 60), (600, 719)]:
        clock.advance(seconds)
        record = tokens.authenticate(plaintext)
        assert record is not None
        assert tokens.list()[0].last_used_at == record.last_used_at, "authentication writes nothing"
        if (used_at := tokens.unrecorded_use(record)) is not None:
            tokens.record_uses({record.id: used_at})
        assert tokens.list()[0].last_used_at == first + timedelta(seconds=recorded)


def test_the_latest_use_remains(tokens: TokenService, clock: Any) -> None:
    kept, other = tokens.create("kept")[0], tokens.create("other")[0]
    late, early = clock.now + timedelta(minutes=2), clock.now + timedelta(minutes=1)
    tokens.record_uses({kept.id: late, other.id: early, "unknown": late})
    tokens.record_uses({kept.id: early, other.id: late})
    assert {token.name: token.last_used_at for token in tokens.list()} == {"kept": late, "other": late}


def test_all_tokens_are_listed(tokens: TokenService, clock: Any) -> None:
    names = ["first", "second", "third"]
    for name in names:
        record, _ = tokens.create(name)
        clock.advance(1)
    tokens.revoke(record.id)
    assert [token.name for token in tokens.list()] == names


def test_any_reports_whether_a_token_was_ever_created(tokens: TokenService) -> None:
    assert not tokens.any()
    record, _ = tokens.create("first")
    assert tokens.any()
    tokens.revoke(record.id)
    assert tokens.any(), "to revoke the only token does not make the next start print one"


@pytest.mark.parametrize("scopes", [[], ["admin"], ["read", ""], "read"], ids=str)
def test_other_scopes_are_refused(tokens: TokenService, scopes: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        tokens.create("CI", scopes)
    assert caught.value.pointer == "/scopes"
    assert not tokens.any()


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 256])
def test_bad_names_are_refused(tokens: TokenService, name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        tokens.create(name)
    assert caught.value.pointer == "/name"


def test_an_expiry_in_the_past_or_without_a_time_zone_is_refused(tokens: TokenService, clock: Any) -> None:
    naive = datetime(2099, 1, 1)  # noqa: DTZ001
    for expires_at in (clock.now, clock.now - timedelta(days=1), naive):
        with pytest.raises(InvalidInput) as caught:
            tokens.create("CI", expires_at=expires_at)
        assert caught.value.pointer == "/expiresAt"
