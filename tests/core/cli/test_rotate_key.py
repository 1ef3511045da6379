"""`beca db rotate-key`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from beca_core.errors import InvalidSettings
from beca_core.findings import Confidence, Finding, Location, Position, Severity, fingerprint
from beca_core.sources.limits import UrlPolicy
from beca_core.storage.database import Database
from beca_core.storage.services.queue import ScanQueue
from beca_core.storage.services.recorded_key import KeyRecord, key_id
from beca_core.storage.services.repositories import RepositoryService
from beca_core.storage.services.results import ResultService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BEFORE, AFTER, OTHER = "b" * 32, "a" * 32, "o" * 32
FINDING = Finding(
    "secret-key",
    Location("a.env", Position(1, 1), Position(1, 8)),
    "A key",
    Severity.HIGH,
    Confidence.HIGH,
    fingerprint("secret-key", b"hunter2", BEFORE.encode()),
    "h...(7)",
    b"hunter2",
)
CHANGED = "The database now has the fingerprint key of these settings.\n"


@pytest.fixture
def used(tmp_path: Path) -> Iterator[Database]:
    """A database with the key before."""
    with Database(f"sqlite:///{tmp_path / 'beca.db'}") as database:
        database.upgrade()
        KeyRecord(database).adopt(BEFORE.encode())
        yield database


@pytest.fixture
def rotate(beca: Callable, used: Database, tmp_path: Path) -> Callable[..., Any]:
    """Runs the command with the key after, and with a former key if one is given."""

    def run(former: str = "") -> Any:
        keys = {"BECA_FINGERPRINT_KEY": AFTER} | ({"BECA_FORMER_FINGERPRINT_KEY": former} if former else {})
        return beca("db", "rotate-key", DATABASE_URL=f"sqlite:///{tmp_path / 'beca.db'}", **keys)

    return run


@pytest.fixture
def issue(used: Database) -> None:
    """An issue, with a fingerprint of the key before."""
    repository = RepositoryService(used, UrlPolicy()).create("r", "https://example.org/r")
    queue = ScanQueue(used, lease_seconds=60, max_attempts=3)
    claim = queue.claim(ResultService(used).queue(repository.id).id, "w")
    assert claim is not None
    assert queue.finish(claim, [FINDING.to_dict()], {"complete": True}, {"secret-key": 1})


def test_the_key_of_the_settings_is_recorded(rotate: Callable, used: Database) -> None:
    outcome = rotate()
    assert (outcome.code, outcome.out, outcome.err) == (0, CHANGED, "")
    KeyRecord(used).adopt(AFTER.encode())
    with pytest.raises(InvalidSettings):
        KeyRecord(used).adopt(BEFORE.encode())


@pytest.mark.usefixtures("issue")
def test_with_the_former_key_it_says_what_renews_the_issues_and_what_cannot_be_renewed(rotate: Callable) -> None:
    outcome = rotate(BEFORE)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(f"{CHANGED}Issues with fingerprints of the key before: 1.\nThe next complete scan")
    assert "It cannot renew an issue whose secret it does not find" in outcome.out
    assert BEFORE not in outcome.out
    assert rotate(BEFORE).out == CHANGED, "again: nothing is left to say"
    again = rotate(OTHER)
    assert (again.code, again.out) == (2, "")
    assert f"were made with the key {key_id(BEFORE.encode())}." in again.err


@pytest.mark.usefixtures("issue")
def test_without_the_former_key_it_says_that_all_are_opened_anew(rotate: Callable) -> None:
    outcome = rotate()
    assert outcome.code == 0
    assert "key before: 1.\nNothing can renew them: BECA_FORMER_FINGERPRINT_KEY is not set" in outcome.out


@pytest.mark.usefixtures("issue")
def test_another_former_key_is_refused(rotate: Callable, used: Database) -> None:
    outcome = rotate(OTHER)
    assert (outcome.code, outcome.out) == (2, "")
    assert (
        f"BECA_FORMER_FINGERPRINT_KEY is the key {key_id(OTHER.encode())}, but the fingerprints in the" in outcome.err
    )
    assert f"were made with the key {key_id(BEFORE.encode())}." in outcome.err
    assert OTHER not in outcome.err
    KeyRecord(used).check(BEFORE.encode())
    assert rotate("short").code == 2
    KeyRecord(used).check(BEFORE.encode())


def test_a_former_key_of_a_database_without_a_key_is_refused(beca: Callable, tmp_path: Path) -> None:
    keys = {"BECA_FINGERPRINT_KEY": AFTER, "BECA_FORMER_FINGERPRINT_KEY": BEFORE}
    outcome = beca("db", "rotate-key", DATABASE_URL=f"sqlite:///{tmp_path / 'new.db'}", **keys)
    assert outcome.code == 2
    assert "the fingerprints in the database have no recorded key." in outcome.err
