"""Why there is no connection to PostgreSQL is told apart, and the message repeats nothing of the URL."""

from __future__ import annotations

import pytest

from beca_core.errors import DatabaseUnavailable
from beca_core.storage.connection_failures import explained
from beca_core.storage.database import Database

REFUSED = "refuses the user or the password"
UNREACHABLE = "cannot be reached"


def message_for(url: str) -> str:
    with Database(url) as database, pytest.raises(DatabaseUnavailable) as caught:
        database.ping()
    return str(caught.value)


def test_a_missing_database(emptied_postgres_url: str) -> None:
    message = message_for(f"{emptied_postgres_url}_hunter2")
    assert "no database with the name" in message
    assert "hunter2" not in message


def test_a_missing_user(emptied_postgres_url: str) -> None:
    _, _, address = emptied_postgres_url.rpartition("@")
    message = message_for(f"postgresql://hunter2:secret@{address}")
    assert REFUSED in message
    assert "hunter2" not in message


@pytest.mark.parametrize("address", ["127.0.0.1:1", "hunter2.invalid"])
def test_a_server_that_cannot_be_reached(address: str) -> None:
    message = message_for(f"postgresql://root@{address}/beca")
    assert UNREACHABLE in message
    assert address not in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('FATAL:  password authentication failed for user "hunter2"', REFUSED),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "hunter2"', REFUSED),
        ("FATAL:  sorry, too many clients already", "no connection left"),
        ("connection timeout expired", UNREACHABLE),
        ("FATAL:  the database system is starting up", "starting or stopping"),
    ],
)
def test_reasons_that_the_server_of_the_tests_does_not_give(text: str, message: str) -> None:
    error = explained(text)
    assert message in str(error)
    assert "hunter2" not in str(error)


def test_another_text_is_not_explained() -> None:
    assert explained("FATAL:  hunter2") is None
