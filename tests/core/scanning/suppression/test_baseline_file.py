from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from beca_core.errors import InvalidInput
from beca_core.findings import (
    DEFAULT_FINGERPRINT_KEY,
    Confidence,
    Finding,
    Location,
    Position,
    Severity,
    SupersededRule,
    fingerprint,
)
from beca_core.scanning.suppression.baseline import Baseline

if TYPE_CHECKING:
    from pathlib import Path

KEY = DEFAULT_FINGERPRINT_KEY


def finding(path: str, secret: str, rule_id: str = "fish", *, in_head: bool = True) -> Finding:
    return Finding(
        rule_id=rule_id,
        location=Location(path, Position(1, 1), Position(1, 5)),
        description="x",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        fingerprint=fingerprint(rule_id, secret.encode()),
        redacted="x",
        secret=secret.encode(),
        in_head=in_head,
    )


def known(before: list[Finding], after: list[Finding]) -> list[bool]:
    numbers = Baseline.of(before, KEY).known(after)
    return [number in numbers for number in range(len(after))]


def test_a_file_is_read_back(tmp_path: Path) -> None:
    odd = replace(finding("x", "4"), location=Location("a b/\\xff %", Position(1, 1), Position(1, 2), b"a b/\xff %"))
    baseline = Baseline.of([finding("a", "1"), finding("b", "2", in_head=False), odd], KEY, name="base")
    baseline.save(tmp_path / "base")
    assert Baseline.load(tmp_path / "base", KEY) == baseline
    assert (tmp_path / "base").read_bytes().isascii()


def test_the_file_holds_neither_secrets_nor_fingerprints(tmp_path: Path) -> None:
    each = finding("a", "canary-in-a-coal-mine")
    text = Baseline.of([each], KEY).text()
    assert "canary" not in text
    assert each.fingerprint[:8] not in text


def test_equal_secrets_of_two_projects_have_different_lines() -> None:
    first, second = (Baseline.of([finding("a", "1")], KEY).text() for _ in range(2))
    assert first.splitlines()[-1][:32] != second.splitlines()[-1][:32]


def test_the_lines_are_sorted_and_their_order_has_no_meaning(tmp_path: Path) -> None:
    text = Baseline.of([finding("a", str(number)) for number in range(20)], KEY).text()
    head, lines = text.splitlines(keepends=True)[:3], text.splitlines(keepends=True)[3:]
    assert lines == sorted(lines)
    (tmp_path / "one").write_text(text)
    (tmp_path / "two").write_text("".join([*reversed(lines), *head, lines[0]]).replace("\n", "\r\n"))
    one, two = (Baseline.load(tmp_path / name, KEY) for name in ("one", "two"))
    assert one.places == two.places


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([finding("a", "1")], [finding("a", "1")], [True]),
        ([finding("a", "1")], [finding("b", "1")], [True]),
        ([finding("a", "1")], [finding("a", "1", in_head=False), finding("b", "1")], [True, True]),
        ([finding("a", "1")], [finding("a", "1"), finding("b", "1")], [True, False]),
        ([finding("a", "1")], [finding("a", "2")], [False]),
        ([finding("a", "1")], [finding("a", "1", "crab")], [False]),
        ([finding("a", "1", in_head=False)], [finding("a", "1")], [True]),
        ([], [finding("a", "1")], [False]),
        ([finding("a", "BEGIN\nx\nEND")], [finding("a", "BEGIN\r\n    x\r\n    END")], [True]),
    ],
)
def test_moves_are_known_and_copies_are_new(before: list[Finding], after: list[Finding], expected: list[bool]) -> None:
    assert known(before, after) == expected


def test_a_secret_that_a_more_specific_rule_reports_now_is_known() -> None:
    old = finding("a", "1", "generic")
    new = replace(finding("a", "1", "acme"), superseded=(SupersededRule("generic", old.fingerprint),))
    assert known([old], [new]) == [True]


def test_a_renamed_rule_has_the_same_findings() -> None:
    old = finding("a", "1")
    assert known([old], [replace(old, rule_id="new-name")]) == [True]


def test_what_is_gone() -> None:
    baseline = Baseline.of([finding("a", "1"), finding("b", "2")], KEY)
    assert {place[2] for place in baseline.gone([finding("c", "2")])} == {b"a"}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "has 0 keys", "create"),
        ("# key 0\n", "has 0 keys", "create"),
        ("<<<<<<< ours\n", "line 1, is no line", "keep the lines of both"),
        ("{}\n", "line 1, is no line", ""),
        (f"# key {'0' * 32}\n# key {'1' * 32}\n# fingerprints {'0' * 32}\n", "has 2 keys", "create"),
        (f"# key {'0' * 32}\n# fingerprints {'0' * 32}\n", "another BECA_FINGERPRINT_KEY", "Set the same"),
    ],
)
def test_what_is_no_baseline_is_refused(text: str, message: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / "base").write_text(text)
    with pytest.raises(InvalidInput, match=message) as caught:
        Baseline.load(tmp_path / "base", KEY)
    assert hint in caught.value.hint


def test_a_pipe_or_a_missing_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "nothing"):
        with pytest.raises(InvalidInput, match="cannot be read"):
            Baseline.load(tmp_path / name, KEY)


def test_another_key_of_fingerprints_is_noticed(tmp_path: Path) -> None:
    Baseline.of([], b"one").save(tmp_path / "base")
    with pytest.raises(InvalidInput, match="BECA_FINGERPRINT_KEY"):
        Baseline.load(tmp_path / "base", b"two")


def test_two_branches_merge_without_a_conflict(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True)

    def save(*secrets: str) -> None:
        Baseline.of([finding(f"file-{each}", each) for each in secrets], KEY, base.key).save(file)

    file, base = tmp_path / "base", Baseline.of([finding("file-1", "1")], KEY)
    git("init", "-qb", "main")
    (tmp_path / ".gitattributes").write_text("base merge=union\n")
    save("1", "2")
    git("add", ".")
    git("commit", "-qm", "base")
    git("switch", "-qc", "other")
    save("1", "2", *(f"other-{number}" for number in range(9)))
    git("commit", "-qam", "other")
    git("switch", "-q", "main")
    save("1", *(f"main-{number}" for number in range(9)))
    git("commit", "-qam", "main")
    git("merge", "-q", "other")
    merged = Baseline.load(file, KEY)
    everything = ["1", *(f"{side}-{number}" for side in ("main", "other") for number in range(9))]
    assert len(merged.known([finding(f"file-{each}", each) for each in everything])) == len(everything)
