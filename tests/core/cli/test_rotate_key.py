"""`beca db rotate-key`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from beca_core.errors import InvalidSettings
from beca_core.storage.database import Database
from beca_core.storage.services.recorded_key import KeyRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BEFORE, AFTER = "b" * 32, "a" * 32


def test_the_key_of_the_settings_is_recorded(beca: Callable, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'beca.db'}"
    with Database(url) as database:
        database.upgrade()
        KeyRecord(database).adopt(BEFORE.encode())
        outcome = beca("db", "rotate-key", DATABASE_URL=url, BECA_FINGERPRINT_KEY=AFTER)
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.out == "The database now has the fingerprint key of these settings.\n"
        KeyRecord(database).adopt(AFTER.encode())
        with pytest.raises(InvalidSettings):
            KeyRecord(database).adopt(BEFORE.encode())
