"""A long secret has one fingerprint, and is marked if it is cut, in every way in, in each report and in a state."""

from __future__ import annotations

import io
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from beca_core import Confidence, Engine, Rule, Severity, State
from beca_core.reports.table import TableReporter
from beca_core.sources.files.directory import DirectorySource
from beca_core.sources.texts import StreamSource

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from beca_core import Finding

MAX_BYTES = 1024
ENGINE = Engine(
    rules=[
        Rule(
            id="long",
            version=1,
            description="long",
            severity=Severity.HIGH,
            confidence=Confidence.HIGH,
            pattern=r"\bacme_(?P<secret>[0-9a-f]+)\b",
            max_bytes=MAX_BYTES,
        ),
        Rule(
            id="block",
            version=1,
            description="block",
            severity=Severity.HIGH,
            confidence=Confidence.HIGH,
            pattern=r"(?P<secret>BEGIN\s+\w+\s+END)",
            multiline=True,
        ),
    ],
    cache_dir=False,
)


def text(size: int, before: int) -> bytes:
    return b"# a file\n" + b" " * before + b"acme_" + b"0a" * (size // 2) + b" and more" + b"." * 9000 + b"\n"


def kinds(findings: Iterable[Finding]) -> set[tuple[str, bool, int]]:
    return {(found.fingerprint, found.truncated, len(found.secret)) for found in findings}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for number, before in enumerate((0, 1000, 2040, 4090, 7000, 12_345)):
        (tmp_path / f"{number}.env").write_bytes(text(6000, before))
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "Add settings"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def test_one_fingerprint_in_every_way_in(repository: Path) -> None:
    expected = kinds(ENGINE.scan_text(text(6000, 0)))
    assert {(is_cut, size) for _, is_cut, size in expected} == {(True, 4 * MAX_BYTES - len("acme_"))}
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        for path in repository.glob("*.env"):
            archive.write(path, path.name)
    for report in (
        ENGINE.scan(repository),
        ENGINE.scan(repository, scope="head"),
        ENGINE.scan(repository, scope="files"),
        ENGINE.scan(DirectorySource(repository)),
        ENGINE.scan_bytes(zipped.getvalue()),
        ENGINE.scan(StreamSource(io.BytesIO(text(6000, 3000)))),
    ):
        assert kinds(report.findings) == expected
        assert report.coverage.complete


@pytest.mark.parametrize("size", [100, 1500, 4000])
def test_a_secret_within_the_limit_is_whole(size: int) -> None:
    for before in (0, 500, 3000, 4090, 8000):
        (found,) = ENGINE.scan_text(text(size, before))
        assert (len(found.secret), found.truncated) == (size, False)
        assert "truncated" not in found.to_dict()["metadata"]


def test_the_reports_say_so() -> None:
    report = ENGINE.scan_bytes(text(6000, 0))
    assert report.to_dict()["findings"][0]["metadata"]["truncated"] is True
    stream = io.StringIO()
    TableReporter().write(report, stream, redact=True)
    assert "longer than its rule reads, cut here" in stream.getvalue()


def test_a_state_keeps_the_mark(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    first = ENGINE.scan(repository)
    assert first.state is not None
    path = tmp_path_factory.mktemp("state") / "state"
    first.state.save(path)
    second = ENGINE.scan(repository, since=State.load(path))
    assert kinds(second.findings) == kinds(first.findings)


def test_line_ends_do_not_change_the_fingerprint_of_a_secret_of_several_lines(tmp_path: Path) -> None:
    unix = b"x\nBEGIN\nabc\nEND\n"
    (tmp_path / "a").write_bytes(unix)
    (tmp_path / "b").write_bytes(unix.replace(b"\n", b"\r\n"))
    report = ENGINE.scan(tmp_path, scope="files")
    assert [found.secret for found in report.findings] == [b"BEGIN\nabc\nEND"] * 2
    assert len({found.fingerprint for found in report.findings}) == 1
    assert [found.location.end.line for found in report.findings] == [4, 4]
