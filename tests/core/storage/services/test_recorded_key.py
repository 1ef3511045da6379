"""The database knows its fingerprint key, and refuses another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from beca_core.errors import InvalidSettings
from beca_core.storage.services.recorded_key import KeyRecord, key_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.database import Database
    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.transitions import Claim

MINE, OTHER = b"m" * 32, b"o" * 32


def test_the_first_key_is_recorded_and_another_refused(database: Database, queue: ScanQueue) -> None:
    queue.adopt_key(MINE)
    queue.adopt_key(MINE)
    with pytest.raises(InvalidSettings, match=f"{key_id(MINE)}, and this process has {key_id(OTHER)}") as refusal:
        KeyRecord(database).adopt(OTHER)
    assert MINE.decode() not in str(refusal.value)


def test_of_two_keys_at_once_one_is_recorded(database: Database) -> None:
    def adopt(key: bytes) -> bool:
        try:
            KeyRecord(database).adopt(key)
        except InvalidSettings:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        adopted = list(pool.map(adopt, [MINE, OTHER] * 2))
    assert adopted in ([True, False, True, False], [False, True, False, True])


def test_a_replaced_key_says_which_issues_have_the_one_before(
    database: Database, queue: ScanQueue, claim: Claim, make_finding: Callable[..., dict[str, Any]]
) -> None:
    record = KeyRecord(database)
    assert record.replace(MINE) == 0
    assert queue.finish(claim, [make_finding()], {"complete": True}, {"secret-key": 1})
    assert record.replace(MINE) == 0
    assert record.replace(OTHER) == 1
    record.adopt(OTHER)
    with pytest.raises(InvalidSettings):
        record.adopt(MINE)


def test_a_worker_with_a_wrong_former_key_does_not_start(database: Database, queue: ScanQueue) -> None:
    third, record = b"t" * 32, KeyRecord(database)
    queue.adopt_key(MINE, former=third)  # no key was replaced: nothing is known of a former one
    record.replace(OTHER, MINE)
    queue.adopt_key(OTHER)
    queue.adopt_key(OTHER, former=MINE)
    with pytest.raises(InvalidSettings, match=f"is the key {key_id(third)}, but .* made with the key {key_id(MINE)}"):
        queue.adopt_key(OTHER, former=third)
    record.replace(OTHER)
    record.replace(third)
    queue.adopt_key(third, former=OTHER)
    with pytest.raises(InvalidSettings, match=f"made with the key {key_id(OTHER)}"):
        queue.adopt_key(third, former=MINE)
