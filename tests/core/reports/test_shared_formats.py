"""The formats that are made to be handed on, each read as its consumers read it."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from beca_core.findings import Change, Confidence, FindingPart, Location, Position, Severity
from beca_core.report import Coverage, Problem, Suppressed
from beca_core.reports import BUILTIN_FORMATS
from beca_core.rules.candidate import Step
from beca_core.rules.rule import RuleInfo, random_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.findings import Finding
    from beca_core.report import Report

SHARED = ("sarif", "junit", "csv", "gitlab", "github", "markdown", "html")
RULE = RuleInfo(
    id="secret-key",
    version=7,
    description="Name of a key",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    references=("https://docs.example.com/keys", "not a uri"),
    remediation="Revoke it in the console.",
    tags=("cloud",),
    category="infrastructure",
    provider="Example",
)
HOSTILE_PATH = "a,b:c%|`d`<script>alert(1)</script>]]>&\"'\x1b[2J.env"


@pytest.fixture
def found(finding: Callable[..., Finding], report: Callable[..., Report]) -> Report:
    """A finding with everything, one that does not decide, one with a hostile path, and a scan that is incomplete."""
    part = FindingPart("id", Position(11, 2), Position(11, 6), "AKID", public=True)
    moment = datetime(2026, 2, 3, 4, 5, 6, 7000, tzinfo=UTC)
    return report(
        finding(parts=(part,), change=Change.NEW, occurrences=3),
        finding(path="b.env", confidence=Confidence.LOW, commit=None, change=Change.CARRIED),
        finding(path=HOSTILE_PATH, rule_id="other", severity=Severity.MEDIUM, in_head=False),
        coverage=Coverage(skipped={"too-large": 2}, problems=(Problem("acme", "raised ValueError"),)),
        rules={"secret-key": RULE},
        started=moment,
        finished=moment,
    )


def test_the_shared_formats_are_all_but_three() -> None:
    assert set(BUILTIN_FORMATS) - set(SHARED) == {"table", "json", "jsonl"}


@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("redact", [True, False])
def test_a_secret_is_in_none_of_them_whatever_is_asked_for(
    name: str, redact: bool, finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    secret, hidden = random_text("abcdefgh0123", 40, "canary"), random_text("stuvwxyz4567", 40, "part")
    part = FindingPart("secret", Position(1, 1), Position(1, 9), "stuv...(40)", clear=hidden)
    text = write(name, report(finding(secret=secret.encode(), parts=(part,))), redact=redact)
    assert secret[:4] in text
    for canary in (secret, hidden):
        for start in range(len(canary) - 8):
            assert canary[start : start + 8] not in text


def test_what_is_allowed_is_in_them_with_the_reason(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    allowed = Suppressed(finding(), Step.ALLOW_LIST, ".beca.toml, allow 1", "made <up>", "by Ada")
    inline = Suppressed(finding(path="b"), Step.INLINE, "beca:allow", "a comment")
    found = report(allowed=(allowed, inline))
    run = sarif(write("sarif", found))
    assert [result["suppressions"] for result in run["results"]] == [
        [{"kind": "external", "justification": ".beca.toml, allow 1: made <up>: by Ada"}],
        [{"kind": "inSource", "justification": "beca:allow: a comment"}],
    ]
    (suite,) = ET.fromstring(write("junit", found))  # noqa: S314 - our own
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "2")
    assert suite[0][0].get("message") == "allowed: .beca.toml, allow 1: made <up>: by Ada"
    for name in ("markdown", "html", "github"):
        assert "2 findings allowed." in write(name, found)
        assert "allowed" not in write(name, report())


@pytest.mark.parametrize("name", SHARED)
def test_an_incomplete_scan_is_never_shown_as_a_clean_one(
    name: str, report: Callable[..., Report], write: Callable[..., str]
) -> None:
    incomplete = write(name, report(coverage=Coverage(skipped={"timeout": 3})))
    complete = write(name, report())
    if name != "csv":  # which is rows of findings, and no verdict
        assert "timeout" in incomplete
        assert "timeout" not in complete


def sarif(text: str) -> dict[str, Any]:
    (run,) = json.loads(text)["runs"]
    return run


def test_sarif_explains_the_rules_from_their_own_descriptions(found: Report, write: Callable[..., str]) -> None:
    other, rule = sarif(write("sarif", found))["tool"]["driver"]["rules"]
    assert other == {"id": "other"}
    assert rule["shortDescription"] == {"text": "Name of a key"}
    assert rule["help"]["text"] == "Revoke it in the console."
    assert rule["help"]["markdown"] == "Revoke it in the console.\n\n<https://docs.example.com/keys>"
    assert rule["helpUri"] == "https://docs.example.com/keys"
    assert rule["properties"]["security-severity"] == "8.0"
    assert rule["properties"]["tags"] == ["security", "secret", "infrastructure", "cloud"]


def test_sarif_places_the_secret_its_parts_and_its_commit(found: Report, write: Callable[..., str]) -> None:
    run = sarif(write("sarif", found))
    first, unsure, hostile = run["results"]
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"] == "secret-key"
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "config/app.env", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 12, "startColumn": 5, "endLine": 12, "endColumn": 20}
    assert first["relatedLocations"][0]["message"]["text"] == "id: AKID"
    assert first["partialFingerprints"] == {"becaSecret/v1": "0f" * 32}
    steps = first["codeFlows"][0]["threadFlows"][0]["locations"]
    assert "1a2b3c4d5e on 2026-01-31, Ada <ada@example.org>" in steps[0]["location"]["message"]["text"]
    assert [each["level"] for each in run["results"]] == ["error", "note", "warning"]
    assert [each.get("baselineState") for each in run["results"]] == ["new", "unchanged", None]
    assert "codeFlows" not in unsure
    assert re.fullmatch(r"[\w.%/-]+", hostile["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])


def test_sarif_keeps_the_bytes_of_a_path(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    at = Location("d/\\xff.env", Position(1, 1), Position(1, 2), b"d/\xff.env")
    (result,) = sarif(write("sarif", report(finding(location=at))))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "d/%FF.env"


def test_sarif_says_whether_everything_was_read(
    found: Report, report: Callable[..., Report], write: Callable[..., str]
) -> None:
    (failed,) = sarif(write("sarif", found))["invocations"]
    assert failed["executionSuccessful"] is False
    assert [each["message"]["text"] for each in failed["toolExecutionNotifications"]] == [
        "Not read: 2, too-large.",
        "Plugin acme: raised ValueError.",
    ]
    assert failed["startTimeUtc"] == "2026-02-03T04:05:06.007000Z"
    assert sarif(write("sarif", report()))["invocations"] == [{"executionSuccessful": True}]


def test_junit_fails_what_decides_the_exit_code(found: Report, write: Callable[..., str]) -> None:
    (suite,) = ET.fromstring(write("junit", found))  # noqa: S314 - our own
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5",
        "failures": "2",
        "errors": "2",
        "skipped": "1",
    }
    assert [[child.tag for child in case] for case in suite] == [
        ["failure"],
        ["failure"],
        ["skipped"],
        *[["error"]] * 2,
    ]
    assert suite[0].get("classname") == "secret-key"
    assert suite[0].get("name") == "config/app.env:12:5"
    assert "Revoke it in the console." in (suite[0][0].text or "")
    assert suite[1].get("name") == HOSTILE_PATH.replace("\x1b", "\\x1b") + ":12:5"


def test_junit_has_one_passed_test_if_nothing_is_found(
    report: Callable[..., Report], write: Callable[..., str]
) -> None:
    (suite,) = ET.fromstring(write("junit", report()))  # noqa: S314 - our own
    (case,) = suite
    assert (suite.get("tests"), suite.get("failures"), list(case)) == ("1", "0", [])
    assert case.get("name") == "No secrets found by 1 rule."


def test_csv_has_a_row_for_each_finding(found: Report, write: Callable[..., str]) -> None:
    rows = list(csv.DictReader(io.StringIO(write("csv", found))))
    assert [row["path"] for row in rows] == ["config/app.env", "b.env", HOSTILE_PATH.replace("\x1b", "\\x1b")]
    assert (rows[0]["line"], rows[0]["column"], rows[0]["author"]) == ("12", "5", "Ada <ada@example.org>")
    assert (rows[0]["change"], rows[1]["commit"], rows[2]["in_head"]) == ("new", "", "False")


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_is_a_formula(
    start: str, finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    text = write("csv", report(finding(path=f"{start}cmd|'/c calc'!A1", description=f"{start}1")))
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["path"], row["description"]) == (f"'{start}cmd|'/c calc'!A1", f"'{start}1")


def test_gitlab_has_what_its_schema_requires(found: Report, write: Callable[..., str]) -> None:
    document = json.loads(write("gitlab", found))
    scan = document["scan"]
    assert (scan["type"], scan["status"], scan["end_time"]) == ("secret_detection", "failure", "2026-02-03T04:05:06")
    assert scan["analyzer"]["vendor"] == {"name": "BECA"}
    first, unsure, _ = document["vulnerabilities"]
    assert (first["severity"], unsure["severity"]) == ("High", "Info")
    assert first["location"]["commit"]["sha"] == "1a2b3c4d5e" * 4
    assert unsure["location"]["commit"] == {"sha": "0000000"}
    assert first["identifiers"][0]["value"] == "secret-key"
    ids = [each["id"] for each in document["vulnerabilities"]]
    assert len(set(ids)) == 3
    assert ids == [each["id"] for each in json.loads(write("gitlab", found))["vulnerabilities"]]


def test_github_gets_one_command_a_line_and_no_more(found: Report, write: Callable[..., str]) -> None:
    lines = write("github", found).splitlines()
    assert [re.match("::([a-z]+)", line)[1] for line in lines] == [  # type: ignore[index]
        "error",
        "warning",
        "notice",
        "error",
        "error",
        "notice",
    ]
    assert lines[0].startswith(
        "::error file=config/app.env,line=12,endLine=12,col=5,title=HIGH secret-key,endColumn=20::"
    )
    assert lines[1].startswith("::warning file=a%2Cb%3Ac%25|`d`<script>")
    assert lines[-1] == "::notice title=BECA::2 findings in 2 files."


def test_markdown_has_no_markup_of_a_repository(found: Report, write: Callable[..., str]) -> None:
    text = write("markdown", found)
    assert text.startswith("## BECA: 2 findings in 2 files.\n\n1 HIGH, 1 MEDIUM, 1 new\n")
    assert "<script>" not in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [row.count("|") for row in rows] == [6, 6, 6]
    assert "1 finding below MEDIUM confidence" in text


class Page(HTMLParser):
    """Collects the elements of a page, and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.policy = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.loaded += [str(found[name]) for name in ("src", "href", "action") if name in found]
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"] or ""


def test_the_page_loads_nothing_and_runs_nothing_of_a_repository(found: Report, write: Callable[..., str]) -> None:
    text = write("html", found)
    page = Page(text)
    assert page.loaded == []
    assert page.tags.count("script") == page.tags.count("style") == 1
    assert page.tags.count("details") == 3
    assert re.fullmatch(r"default-src 'none'; style-src 'sha256-[\w+/]+='; script-src 'sha256-[\w+/]+='", page.policy)
    assert "Revoke it in the console." in text


def test_the_policy_of_the_page_allows_exactly_its_script(
    report: Callable[..., Report], write: Callable[..., str]
) -> None:
    import base64
    import hashlib

    text = write("html", report())
    script = text.partition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text
    assert "const findings" in script


def test_the_page_says_how_many_rows_there_are_and_what_is_faint(found: Report, write: Callable[..., str]) -> None:
    text = write("html", found)
    assert "<output>3 listed</output>" in text
    assert "What is faint does not decide the exit code." in text
    sure = replace(found, findings=tuple(each for each in found.findings if found.decides(each)))
    assert "<output>2 listed</output>" in write("html", sure)
    assert "faint" not in write("html", sure)
