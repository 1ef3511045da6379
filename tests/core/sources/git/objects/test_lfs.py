"""Git LFS: the contents that pointers name are read if they are there, and counted if they are not."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, Engine, Limits, Rule, Severity
from beca_core.sources.git.objects.lfs import pointed_to

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core import Report

FISH = Rule(
    id="fish",
    version=1,
    description="A fish",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    pattern=r"\b(?P<secret>swordfish-[0-9]+)",
)
SCOPES = pytest.mark.parametrize("scope", ["history", "head"])


def pointer(content: bytes, extensions: str = "") -> bytes:
    oid = hashlib.sha256(content).hexdigest()
    text = f"version https://git-lfs.github.com/spec/v1\n{extensions}oid sha256:{oid}\nsize {len(content)}\n"
    return text.encode()


def keep(repo, content: bytes, stored: bytes | None = None) -> Path:
    """Store a content as `git lfs` does."""
    oid = hashlib.sha256(content).hexdigest()
    file: Path = repo.git_dir / "lfs/objects" / oid[:2] / oid[2:4] / oid
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if stored is None else stored)
    return file


def scan(path: Path, **options: object) -> Report:
    limits = Limits(**{name: options.pop(name) for name in list(options) if name.startswith("max_")})  # type: ignore[arg-type]
    return Engine(rules=[FISH], cache_dir=False, limits=limits).scan(path, **options)  # type: ignore[arg-type]


def found(report: Report) -> list[tuple[str, str, int]]:
    return [(f.location.path, f.secret.decode(), f.location.begin.line) for f in report.findings]


def of_scope(scope: str) -> dict[str, int]:
    """What a scope always omits."""
    return {"history": 1} if scope == "head" else {}


def archive(text: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr(zipfile.ZipInfo("inner"), text)
    return stream.getvalue()


@SCOPES
def test_a_content_that_is_there_is_read_at_the_path_of_its_pointer(repo, scope: str) -> None:
    content = b"x\nx\nswordfish-1\n"
    commit = repo.commit({"data/a.bin": pointer(content), "b.zip": pointer(archive("swordfish-2"))})
    keep(repo, content)
    keep(repo, archive("swordfish-2"))
    report = scan(repo.path, scope=scope)
    assert found(report) == [("b.zip!inner", "swordfish-2", 1), ("data/a.bin", "swordfish-1", 3)]
    assert {f.commit.id for f in report.findings if f.commit} == {commit}
    assert report.coverage.omitted == of_scope(scope)


@SCOPES
def test_a_content_that_is_not_there_is_omitted(repo, scope: str) -> None:
    repo.commit({"a": pointer(b"swordfish-1"), "b": pointer(b"swordfish-2"), "copy of b": pointer(b"swordfish-2")})
    report = scan(repo.path, scope=scope)
    assert (found(report), report.coverage.complete, report.exit_code) == ([], True, 0)
    assert report.coverage.omitted == {"lfs-object": 2, **of_scope(scope)}


def test_earlier_contents_belong_to_the_history(repo) -> None:
    repo.commit({"a": pointer(b"swordfish-1")})
    repo.commit({"a": pointer(b"swordfish-2")})
    keep(repo, b"swordfish-1")
    keep(repo, b"swordfish-2")
    repo.git("repack", "-adq")
    report = scan(repo.path)
    assert {(f.secret, f.in_head) for f in report.findings} == {(b"swordfish-1", False), (b"swordfish-2", True)}
    assert found(scan(repo.path, scope="head")) == [("a", "swordfish-2", 1)]


@pytest.mark.parametrize(
    ("stored", "limits", "reason"),
    [(b"swordfish-1 but damaged", {}, "unreadable"), (b"swordfish-1" * 50, {"max_blob_bytes": 300}, "too-large")],
)
def test_a_content_that_cannot_be_read_is_skipped(repo, stored: bytes, limits: dict[str, int], reason: str) -> None:
    repo.commit({"a": pointer(b"content")})
    keep(repo, b"content", stored)
    report = scan(repo.path, **limits)
    assert report.coverage.skipped == {reason: 1}


def test_a_content_is_a_regular_file(repo, tmp_path: Path) -> None:
    repo.commit({"a": pointer(b"content")})
    file = keep(repo, b"content")
    file.unlink()
    (tmp_path / "outside").write_bytes(b"swordfish-1")
    file.symlink_to(tmp_path / "outside")
    report = scan(repo.path)
    assert (found(report), report.coverage.skipped) == ([], {"unreadable": 1})


def test_a_pointer_on_disk_is_omitted(tmp_path: Path, repo) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/a").write_bytes(pointer(b"content"))
    assert scan(tmp_path / "files").coverage.omitted == {"lfs-object": 1}
    (repo.path / "a").write_bytes(pointer(b"content"))
    assert scan(repo.path).coverage.omitted == {"lfs-object": 1}


def test_a_rescan_equals_a_full_scan(repo) -> None:
    repo.commit({"a": pointer(b"swordfish-1"), "b": pointer(b"swordfish-2"), "c": "one"})
    keep(repo, b"swordfish-1")
    report = scan(repo.path)
    steps = [
        lambda: None,
        lambda: keep(repo, b"swordfish-2"),
        lambda: repo.commit({"c": pointer(b"swordfish-3")}),
        lambda: repo.git("repack", "-adq"),
        lambda: keep(repo, b"swordfish-3"),
    ]
    for number, step in enumerate(steps):
        step()
        rescan, full = scan(repo.path, since=report.state), scan(repo.path)
        assert found(rescan) == found(full), number
        assert rescan.coverage.omitted == full.coverage.omitted, number
        report = rescan
    assert [secret for _, secret, _ in found(report)] == ["swordfish-1", "swordfish-2", "swordfish-3"]


@given(st.binary(max_size=99), st.text("ab/:.", max_size=9))
def test_pointers_are_recognised(content: bytes, word: str) -> None:
    extensions = f"ext-0-{word} sha256:{'0' * 64}\n" if word else ""
    expected = hashlib.sha256(content).hexdigest() if content else None
    assert pointed_to(pointer(content, extensions)) == expected


@given(st.binary(max_size=200), st.integers(0, 130), st.integers(0, 40))
def test_what_is_not_a_pointer_is_not_taken_for_one(noise: bytes, at: int, length: int) -> None:
    whole = pointer(b"content")
    changed = whole[:at] + noise + whole[at + length :]
    oid = pointed_to(changed)
    assert oid is None or (len(oid) == 64 and oid.encode() in changed and len(changed) <= 1024)
    assert pointed_to(noise) is None
