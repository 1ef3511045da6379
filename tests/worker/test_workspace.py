"""Workspaces: created, locked, removed, and never taken from a live process."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from beca_api.worker.scan_process.workspace import Workspace
from beca_core.errors import InvalidSettings

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys, time
from pathlib import Path
from beca_api.worker.scan_process.workspace import Workspace
with Workspace.open(Path(sys.argv[1]), "other") as workspace, workspace.scan_directory() as directory:
    (directory / "pack").write_text("data")
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path):
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE)
    with process:
        assert process.stdout.readline() == b"ready\n"
        yield process
        process.kill()


def owners(data_dir: Path) -> set[str]:
    return {path.name for path in (data_dir / "workspaces").iterdir() if path.is_dir()}


def test_the_directory_of_a_scan_is_removed(tmp_path: Path):
    with Workspace.open(tmp_path, "me") as workspace:
        with workspace.scan_directory() as one, workspace.scan_directory() as two:
            assert one != two
            (one / "deep" / "er").mkdir(parents=True)
            (one / "deep" / "link").symlink_to("/etc")
            assert one.stat().st_mode & 0o077 == 0
        assert not list(workspace.path.glob("scan-*"))
    assert owners(tmp_path) == set()


def test_a_symlink_is_removed_and_not_followed(tmp_path: Path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    with Workspace.open(tmp_path, "me") as workspace, workspace.scan_directory() as directory:
        (directory / "link").symlink_to(tmp_path / "precious")
    assert (tmp_path / "precious" / "file").exists()


@pytest.mark.slow
def test_the_workspace_of_a_live_process_is_left_alone(tmp_path: Path, holder):
    with Workspace.open(tmp_path, "me"):
        assert owners(tmp_path) == {"me", "other"}


def test_the_workspace_of_a_killed_process_is_removed(tmp_path: Path, holder, logged):
    holder.kill()
    holder.wait()
    with Workspace.open(tmp_path, "me"):
        assert owners(tmp_path) == {"me"}
    assert [(entry["event"], entry["owner"]) for entry in logged] == [("workspace of a dead worker removed", "other")]


def test_a_workspace_without_a_lock_file_is_removed(tmp_path: Path):
    (tmp_path / "workspaces" / "half-made").mkdir(parents=True)
    with Workspace.open(tmp_path, "me"):
        assert owners(tmp_path) == {"me"}


def test_a_data_directory_that_cannot_be_used(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(InvalidSettings, match="BECA_DATA_DIR"), Workspace.open(tmp_path / "file", "me"):
        pass
