"""What is removed before a worker writes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from beca_api.http.app import create_app
from beca_api.worker.disk_relief import relieve_disk
from beca_core.storage.database import Database
from beca_core.system.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory in which a dead worker has left a workspace and a half-fetched mirror."""
    for path in ("workspaces/dead/scan-1/pack", "mirrors/7/0f.git/tmp_pack"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_bytes(b"x" * 1000)
    (tmp_path / "mirrors").chmod(0o700)
    return tmp_path


def left(data_dir: Path) -> list[str]:
    return sorted(path.name for path in data_dir.rglob("*") if path.is_file() and "lock" not in path.name)


def test_what_dead_workers_have_left_is_removed(data_dir: Path) -> None:
    relieve_disk(Settings.load(data_dir=data_dir))
    assert left(data_dir) == []


def test_a_directory_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    relieve_disk(Settings.load(data_dir=tmp_path / "data", mirrors_bytes=0))
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("broker", ["", "redis://127.0.0.1:1/0"])
async def test_a_server_that_runs_scans_frees_the_disk_before_it_opens_its_database(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, broker: str
) -> None:
    found: list[list[str]] = []

    def open_database(*_arguments: Any, **_options: Any) -> None:
        found.append(left(data_dir))
        raise RuntimeError("seen")

    monkeypatch.setattr(Database, "from_settings", open_database)
    runner = web.AppRunner(create_app(Settings.load(data_dir=data_dir, broker_url=broker)))
    with pytest.raises(RuntimeError, match="seen"):
        await runner.setup()
    await runner.cleanup()
    assert found == ([["pack", "tmp_pack"]] if broker else [[]])
