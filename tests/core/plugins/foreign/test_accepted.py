"""Findings that other scanners' files list: read, and found again among those of BECA."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.errors import InvalidInput
from beca_core.findings import Commit, Confidence, Finding, Location, Position, Severity
from beca_core.plugins.foreign.accepted import AcceptedFinding, ForeignVerdict, match_findings
from beca_core.plugins.foreign.allow_drafts import allow_entries
from beca_core.plugins.foreign.detect_secrets import read_secrets_baseline
from beca_core.plugins.foreign.foreign_allow import AllowTarget
from beca_core.plugins.foreign.gitleaks.ignore_file import read_ignore_file
from beca_core.plugins.foreign.remarks import Effect

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def finding(secret: str, path: str = "a.env", line: int = 3, commit: str = "", **changes: Any) -> Finding:
    of_commit = Commit(commit, "A <a@example.org>", datetime(2026, 1, 1, tzinfo=UTC)) if commit else None
    where = Location(path, Position(line, 1), Position(line + secret.count("\n"), 5))
    return Finding(
        "acme", where, "x", Severity.HIGH, Confidence.HIGH, "f" * 64, "x", secret.encode(), commit=of_commit, **changes
    )


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class TestMatching:
    FIRST = finding("one")
    SECOND = finding("two", line=7)
    ELSEWHERE = finding("one", path="b.env")
    OLD = finding("old", path="c.env", line=9, commit=COMMIT, in_head=False)
    BLOCK = finding("a\nb\nc", path="d.env", line=10)
    ALL = (FIRST, SECOND, ELSEWHERE, OLD, BLOCK)

    @pytest.mark.parametrize(
        ("accepted", "expected"),
        [
            (AcceptedFinding(1, ForeignVerdict.KNOWN, "a.env", 3), [FIRST]),
            (AcceptedFinding(1, ForeignVerdict.KNOWN, "a.env", 4), []),
            (AcceptedFinding(1, ForeignVerdict.KNOWN, "z.env", 3), []),
            (AcceptedFinding(1, ForeignVerdict.KNOWN, "a.env", 99, digest=sha1("one")), [FIRST]),
            (AcceptedFinding(1, ForeignVerdict.KNOWN, "a.env", 7, digest=sha1("other")), [SECOND]),
            (AcceptedFinding(1, ForeignVerdict.KNOWN, digest=sha1("one")), [FIRST, ELSEWHERE]),
            (AcceptedFinding(1, ForeignVerdict.KNOWN, digest=hashlib.sha256(b"one").hexdigest()), [FIRST, ELSEWHERE]),
            (AcceptedFinding(1, ForeignVerdict.KNOWN, digest=sha1("other")), []),
            (AcceptedFinding(1, ForeignVerdict.KNOWN, "c.env", 9, commit=COMMIT), [OLD]),
            (AcceptedFinding(1, ForeignVerdict.KNOWN, "c.env", 9, commit=COMMIT[:7]), [OLD]),
            (AcceptedFinding(1, ForeignVerdict.KNOWN, "c.env", 1, commit=COMMIT), [OLD]),
            (AcceptedFinding(1, ForeignVerdict.KNOWN, "c.env", 9, commit="f" * 40), [OLD]),
            (AcceptedFinding(1, ForeignVerdict.KNOWN, "c.env", 1, commit="f" * 40), []),
            (AcceptedFinding(1, ForeignVerdict.KNOWN, "c.env", 9), []),
            (AcceptedFinding(1, ForeignVerdict.KNOWN, "d.env", 12), [BLOCK]),
        ],
    )
    def test_by_secret_by_commit_and_by_place(self, accepted: AcceptedFinding, expected: list[Finding]) -> None:
        found = match_findings([accepted], self.ALL, "list")
        assert found.findings.get(ForeignVerdict.KNOWN, []) == expected
        assert len(found.remarks) == (not expected)

    def test_two_findings_of_one_commit_are_told_apart_by_the_line(self) -> None:
        near = finding("new", path="c.env", line=11, commit=COMMIT)
        found = match_findings(
            [AcceptedFinding(1, ForeignVerdict.KNOWN, "c.env", 1, commit=COMMIT)], [self.OLD, near], "list"
        )
        assert found.findings == {}

    def test_verdicts_stay_apart_and_nothing_is_there_twice(self) -> None:
        accepted = [
            AcceptedFinding(1, ForeignVerdict.FALSE, "a.env", 3),
            AcceptedFinding(2, ForeignVerdict.FALSE, digest=sha1("one")),
            AcceptedFinding(3, ForeignVerdict.REAL, "a.env", 7),
        ]
        found = match_findings(accepted, self.ALL, "list")
        assert found.findings == {
            ForeignVerdict.FALSE: [self.FIRST, self.ELSEWHERE],
            ForeignVerdict.REAL: [self.SECOND],
        }

    def test_what_is_not_found_is_named_with_its_line(self) -> None:
        accepted = [
            AcceptedFinding(4, ForeignVerdict.KNOWN, "z.env", 3, "rule"),
            AcceptedFinding(5, ForeignVerdict.KNOWN, digest=sha1("other")),
            AcceptedFinding(6, ForeignVerdict.KNOWN, "a.env", 4),
        ]
        found = match_findings(accepted, self.ALL, "list")
        assert [str(each) for each in found.remarks] == [
            "list:4: z.env:3: BECA finds nothing in this file (no effect)",
            "list:5: a digest of a secret: BECA finds no such secret (no effect)",
            "list:6: a.env:4: BECA finds nothing at this place (no effect)",
        ]

    def test_a_finding_without_its_secret_is_found_by_its_place_only(self) -> None:
        bare = finding("")
        assert match_findings([AcceptedFinding(1, ForeignVerdict.KNOWN, digest=sha1(""))], [bare], "x").findings == {}
        assert match_findings([AcceptedFinding(1, ForeignVerdict.KNOWN, "a.env", 3)], [bare], "x").findings != {}


class TestIgnoreFile:
    def test_each_kind_of_line(self, tmp_path: Path) -> None:
        path = tmp_path / ".gitleaksignore"
        lines = [
            "# a remark",
            "",
            f"{COMMIT}:src/a.py:generic-api-key:12",
            "src/b:c.py:aws-token:3   # why",
            "dir\\d.py:rule:1",
            "e" * 64,
            "nothing",
            "a.py:rule:x",
        ]
        path.write_text("\r\n".join(lines))
        found = read_ignore_file(path)
        assert found.accepted == (
            AcceptedFinding(3, ForeignVerdict.ACCEPTED, "src/a.py", 12, "generic-api-key", COMMIT),
            AcceptedFinding(4, ForeignVerdict.ACCEPTED, "src/b:c.py", 3, "aws-token"),
            AcceptedFinding(5, ForeignVerdict.ACCEPTED, "dir/d.py", 1, "rule"),
            AcceptedFinding(6, ForeignVerdict.ACCEPTED, digest="e" * 64),
        )
        assert [(each.line, each.effect) for each in found.remarks] == [(7, Effect.FINDS_MORE), (8, Effect.FINDS_MORE)]
        assert (found.rules, found.allows) == ((), ())

    @given(text=st.text(max_size=80))
    def test_any_text_is_read(self, text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
        path = tmp_path_factory.getbasetemp() / "ignore"
        path.write_bytes(text.encode("utf-8", "replace"))
        found = read_ignore_file(path)
        assert all(each.path or each.digest for each in found.accepted)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match="cannot be read"):
            read_ignore_file(tmp_path / "none")


class TestSecretsBaseline:
    def read(self, directory: Path, **members: Any) -> Any:
        path = directory / ".secrets.baseline"
        path.write_text(json.dumps({"version": "1.5.0", "results": {}, **members}, indent=2))
        return read_secrets_baseline(path)

    def test_results(self, tmp_path: Path) -> None:
        results = {
            "src/a.py": [
                {"type": "Secret Keyword", "hashed_secret": sha1("one"), "line_number": 3, "is_secret": False},
                {"type": "Secret Keyword", "hashed_secret": sha1("two"), "line_number": 4, "is_secret": True},
            ],
            ".\\b.py": [{"type": "AWS Access Key", "hashed_secret": sha1("three"), "line_number": 5}],
            "c.py": [{"type": "x", "hashed_secret": "no hash", "line_number": "x"}],
        }
        found = self.read(tmp_path, results=results).accepted
        assert [(each.verdict, each.path, each.place, each.digest) for each in found] == [
            (ForeignVerdict.FALSE, "src/a.py", 3, sha1("one")),
            (ForeignVerdict.REAL, "src/a.py", 4, sha1("two")),
            (ForeignVerdict.KNOWN, "b.py", 5, sha1("three")),
            (ForeignVerdict.KNOWN, "c.py", 0, ""),
        ]
        text = (tmp_path / ".secrets.baseline").read_text().splitlines()
        assert all(each.digest in text[each.line - 1] for each in found)

    def test_filters(self, tmp_path: Path) -> None:
        regex = "detect_secrets.filters.regex"
        filters = [
            {"path": "detect_secrets.filters.allowlist.is_line_allowlisted"},
            {"path": "detect_secrets.filters.heuristic.is_sequential_string"},
            {"path": f"{regex}.should_exclude_file", "pattern": ["^vendor/", "(?!x)y"]},
            {"path": f"{regex}.should_exclude_line", "pattern": ["fake"]},
            {"path": f"{regex}.should_exclude_secret", "pattern": ["^x+$"]},
            {"path": "detect_secrets.filters.wordlist.should_exclude_secret", "file_name": "words"},
            {"path": "file://mine.py::is_ours"},
        ]
        found = self.read(tmp_path, filters_used=filters)
        assert found.markers == ("pragma: allowlist secret",)
        files, lines, secrets, _ = found.allows
        assert files.paths == ("^vendor/",)
        assert (lines.target, lines.expressions) == (AllowTarget.LINE, ("fake",))
        assert (secrets.target, secrets.expressions) == (AllowTarget.SECRET, ("^x+$",))
        assert [each.reason.partition(" (")[0] for each in found.remarks] == [
            "an expression is not valid RE2",
            "its word list is another file",
            "it is Python code",
        ]
        assert all(each.effect is Effect.FINDS_MORE and each.line > 1 for each in found.remarks)

    def test_older_versions(self, tmp_path: Path) -> None:
        found = self.read(tmp_path, exclude={"files": r"\.lock$", "lines": None})
        assert [allow.paths for allow in found.allows[:-1]] == [(r"\.lock$",)]
        assert found.markers == ("pragma: allowlist secret",)

    def test_the_hashes_in_the_file_itself_are_allowed(self, tmp_path: Path) -> None:
        (allow,) = self.read(tmp_path).allows
        (entry,) = allow_entries([allow], "", [])
        itself = finding(sha1("one"), path="sub/.secrets.baseline")
        assert entry.matches(itself)
        assert not entry.matches(finding(sha1("one"), path="a.env"))
        assert not entry.matches(finding("hunter2hunter2", path=".secrets.baseline"))

    def test_own_plugins_are_not_run(self, tmp_path: Path) -> None:
        used = [{"name": "AWSKeyDetector"}, {"name": "Mine", "path": "file://mine.py"}]
        (remark,) = self.read(tmp_path, plugins_used=used).remarks
        assert (remark.subject, remark.effect) == ("plugin 'Mine'", Effect.NOT_RUN)

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"results": []}', "[" * 100_000, "x"])
    def test_what_is_no_baseline_is_refused(self, text: str, tmp_path: Path) -> None:
        (tmp_path / "x").write_text(text)
        with pytest.raises(InvalidInput, match=r"not valid JSON|no baseline of detect-secrets"):
            read_secrets_baseline(tmp_path / "x")
