"""Files that a filter, an encoding or `ident` changes are compared with their blobs, whatever the index says."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from beca_core.sources.worktree.attributes import are_filters_configured, names_filters
from beca_core.sources.worktree.changed_files import hash_file
from tests.core.sources.worktree.test_work_tree import SCOPES, found, scan, settle

if TYPE_CHECKING:
    from pathlib import Path

CLEAN = "sed s/swordfish-/removed/"
PLACES = ["d/.gitattributes", ".gitattributes", "untracked", "removed", ".git/info/attributes", "setting"]


@SCOPES
@pytest.mark.parametrize("place", PLACES)
def test_a_clean_filter(repo, tmp_path: Path, scope: str, place: str) -> None:
    """git takes the file for unchanged, and its blob has no secret."""
    text = "*.env filter=strip\n"
    repo.git("config", "filter.strip.clean", CLEAN)
    file = repo.path / {"untracked": "d/.gitattributes", "removed": "d/.gitattributes"}.get(place, place)
    if place == "setting":
        file = tmp_path / "of-the-user"
        repo.git("config", "core.attributesFile", str(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    repo.commit({"d/a.env": "swordfish-1\n", "d/b": "x"})
    if place == "untracked":
        repo.git("rm", "-q", "--cached", str(file))
    settle(repo)
    if place == "removed":
        file.unlink()
    assert repo.git("show", "HEAD:d/a.env") == "removed1"
    assert found(scan(repo.path, scope)) == [("d/a.env", "swordfish-1", True, True)]


@pytest.mark.parametrize("attribute", ["filter=strip", "working-tree-encoding=UTF-16", "ident"])
def test_these_make_a_difference(tmp_path: Path, attribute: str) -> None:
    for text in (f"*.x {attribute}", f"# none\n*.y -text\t{attribute} diff=x\n", f"[attr]own {attribute}\n"):
        (tmp_path / "file").write_text(text)
        assert names_filters(tmp_path / "file"), text


@pytest.mark.parametrize(
    "text", ["", "*.bin filter=lfs diff=lfs -text", "*.x -filter", "identity text", "filter=x", "*.x -ident !filter"]
)
def test_these_make_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    assert not names_filters(tmp_path / "file")


def test_what_cannot_be_read_may_name_a_filter(tmp_path: Path) -> None:
    assert not names_filters(tmp_path / "missing")
    (tmp_path / "link").symlink_to("file")
    assert not names_filters(tmp_path / "link")  # git does not read it either
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**21)
    assert names_filters(tmp_path / "large")
    (tmp_path / "info").mkdir()
    assert not are_filters_configured(tmp_path)
    (tmp_path / "info/attributes").symlink_to("elsewhere")
    assert are_filters_configured(tmp_path)


def test_without_such_attributes_no_file_is_opened(repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({".gitattributes": "*.bin filter=lfs\n", "d/.gitattributes": "* text\n", "d/a": "one", "a.bin": "x"})
    settle(repo)
    monkeypatch.setattr("beca_core.sources.worktree.changed_files.open_regular", None)
    assert found(scan(repo.path)) == []


def test_attributes_apply_to_their_directory_only(repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"d/.gitattributes": "* filter=x\n", "d/e/a": "one", "b": "x", "f/b": "x"})
    settle(repo)
    hashed = []

    def record(path: bytes, width: int) -> bytes:
        hashed.append(path.removeprefix(os.fsencode(repo.path) + b"/"))
        return hash_file(path, width)

    monkeypatch.setattr("beca_core.sources.worktree.changed_files.hash_file", record)
    scan(repo.path)
    assert sorted(hashed) == [b"d/.gitattributes", b"d/e/a"]


def test_a_file_in_another_encoding_is_reported_once(repo) -> None:
    repo.commit(
        {
            ".gitattributes": "*.txt working-tree-encoding=UTF-16LE-BOM\n",
            "a.txt": "\ufeffswordfish-1".encode("utf-16-le"),
        }
    )
    time.sleep(0.02)
    assert found(scan(repo.path)) == [("a.txt", "swordfish-1", True, False)]
