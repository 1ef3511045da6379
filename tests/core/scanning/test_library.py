"""The public calls as a program uses them."""

from __future__ import annotations

import io
import json
import pickle
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import beca_core
from beca_core import (
    Blob,
    Candidate,
    Confidence,
    Engine,
    Limits,
    Match,
    PluginRegistry,
    Progress,
    Scope,
    Skipped,
    State,
    UrlPolicy,
)
from beca_core.errors import ForbiddenUrl, InvalidRule
from beca_core.plugins import registry as registry_module
from tests.core.scanning.samples import SWORDFISH, TEXT, EvenNumbers, Mailbox

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def archive(**members: str | bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in members.items():
            file.writestr(name, text)
    return stream.getvalue()


def where(findings: Iterable[beca_core.Finding]) -> list[tuple[str, str, int]]:
    return [(found.rule_id, found.location.path, found.location.begin.line) for found in findings]


@pytest.fixture
def no_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every attempt to load an installed plugin fail."""

    def fail(group: str) -> Any:
        raise AssertionError(f"plugins of {group} are looked for")

    monkeypatch.setattr(registry_module, "distributions_with", fail)


# ------------------------------------------------------------------ texts and contents


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.encode(),
        bytearray(TEXT.encode()),
        memoryview(TEXT.encode()),
        memoryview(TEXT.encode("utf-16-le"))[::2],
    ],
    ids=["str", "bytes", "bytearray", "memoryview", "memoryview with gaps"],
)
def test_a_text_may_be_of_any_kind(text: str | bytes | bytearray | memoryview) -> None:
    assert where(beca_core.scan_text(text)) == [("secret-key", "<text>", 2)]
    if not isinstance(text, str):
        assert where(beca_core.scan_bytes(text).findings) == [("secret-key", "<text>", 2)]


def test_an_archive_is_opened_as_on_the_command_line() -> None:
    data = archive(a=TEXT, b="nothing", c=archive(d=TEXT))
    command = [sys.executable, "-m", "beca_core.cli", "scan", "-", "--format", "json"]
    printed = subprocess.run(command, input=data, capture_output=True, check=False).stdout
    report = beca_core.scan_bytes(data, "<stdin>")
    assert report.to_dict() == json.loads(printed)
    expected = [("secret-key", "<stdin>!a", 2), ("secret-key", "<stdin>!c!d", 2)]
    assert where(beca_core.scan_text(data, "<stdin>")) == where(report.findings) == expected


def test_an_upload_has_its_name_and_says_whether_it_was_read_to_its_end() -> None:
    report = beca_core.scan_bytes(archive(a=TEXT), "upload.zip")
    assert where(report.findings) == [("secret-key", "upload.zip!a", 2)]
    assert (report.scope, report.coverage.complete, report.exit_code) == ("text", True, 1)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(max_blob_bytes=10), "too-large"),
        (Limits(archive_members=1), "archive-limit"),
        (Limits(scan_seconds=0), "timeout"),
    ],
)
def test_what_a_limit_keeps_from_being_read_is_in_the_coverage(limits: Limits, reason: str) -> None:
    report = beca_core.scan_bytes(archive(a="1", b=TEXT), limits=limits)
    assert not report.coverage.complete
    assert set(report.coverage.skipped) == {reason}
    assert report.exit_code == 2


def test_a_check_that_fails_is_in_the_coverage() -> None:
    def fail(candidate: Candidate) -> Candidate:
        raise ValueError(candidate.secret)

    report = Engine(rules=[replace(SWORDFISH, checks=(fail,))]).scan_bytes(b"swordfish")
    (problem,) = report.coverage.problems
    assert (problem.plugin, report.exit_code, report.findings) == ("own-rules", 2, ())
    assert "swordfish" not in problem.message.replace("rule swordfish", "")


# ------------------------------------------------------------------ rules without a plugin


@pytest.mark.usefixtures("no_plugins")
def test_own_rules_need_no_plugin() -> None:
    engine = Engine(rules=[SWORDFISH, EvenNumbers()])
    assert list(engine.rules) == ["even", "swordfish"]
    assert where(engine.scan_text("swordfish 42\nprivate_key")) == [("swordfish", "<text>", 1), ("even", "<text>", 1)]
    with pytest.raises(AssertionError, match="are looked for"):
        Engine(rules=[SWORDFISH, "secret-key"])


def test_own_rules_beside_installed_ones() -> None:
    engine = Engine(rules=["secret-key", SWORDFISH])
    assert list(engine.rules) == ["secret-key", "swordfish"]
    assert where(engine.scan_text(f"swordfish\n{TEXT}")) == [("swordfish", "<text>", 1), ("secret-key", "<text>", 3)]


def test_all_installed_rules_and_one_more() -> None:
    engine = Engine(PluginRegistry.load().with_rules([SWORDFISH]))
    assert set(engine.rules) == {*PluginRegistry.load().rules, "swordfish"}


def test_rules_may_come_from_a_generator() -> None:
    assert list(Engine(rules=(rule for rule in [SWORDFISH])).rules) == ["swordfish"]  # type: ignore[arg-type]
    without = Engine(exclude_rules=(rule_id for rule_id in ["secret-key"]))  # type: ignore[arg-type]
    assert set(PluginRegistry.load().rules) - set(without.rules) == {"secret-key"}


def test_rules_can_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(TEXT)
    assert beca_core.scan(tmp_path).findings
    assert not beca_core.scan(tmp_path, exclude_rules=["secret-key"]).findings
    assert list(beca_core.scan(tmp_path, rules=["secret-key"]).ruleset) == ["secret-key"]


def test_an_own_rule_cannot_take_the_id_of_an_installed_one() -> None:
    with pytest.raises(InvalidRule, match=r"'secret-key'.*'builtin'"):
        Engine(rules=["github-token", replace(SWORDFISH, id="secret-key")])


# ------------------------------------------------------------------ targets


@pytest.mark.slow
def test_a_target_is_a_path_or_a_url(repository: Path) -> None:
    engine = Engine(rules=["secret-key"])
    expected = [("secret-key", "app.ini", 2)]
    assert where(engine.scan(repository).findings) == expected
    assert where(engine.scan(str(repository / "app.ini")).findings) == expected
    assert engine.scan(repository).scope == "history"
    assert engine.scan(repository, scope=Scope.FILES).scope == engine.scan(repository, scope="files").scope == "files"
    files = UrlPolicy(frozenset({"file"}))
    assert where(engine.scan(f"file://{repository}", url_policy=files).findings) == expected
    assert where(beca_core.scan(f"file://{repository}", url_policy=files, rules=["secret-key"]).findings) == expected
    with pytest.raises(ForbiddenUrl):
        engine.scan(f"file://{repository}")


def test_a_target_is_an_open_source_which_the_caller_closes(repository: Path) -> None:
    engine = Engine(rules=["secret-key"])
    with beca_core.open_source(repository, scope="head") as source:
        assert where(engine.scan(source).findings) == [("secret-key", "app.ini", 2)]


def test_a_target_is_a_source_of_one_s_own() -> None:
    engine = Engine(rules=[SWORDFISH])
    source = Mailbox(
        Blob("inbox/1", b"swordfish"), Blob("inbox/2", archive(note="swordfish")), Skipped("inbox/3", "unreadable")
    )
    report = engine.scan(source)
    assert where(report.findings) == [("swordfish", "inbox/1", 1), ("swordfish", "inbox/2!note", 1)]
    assert report.coverage.skipped == {"unreadable": 1}
    assert report.scope == "files"
    assert not source.is_closed
    assert Engine(rules=[SWORDFISH], limits=Limits(max_blob_bytes=3)).scan(source).coverage.skipped["too-large"] == 2


def test_progress_can_end_a_scan_with_an_exception_of_its_own(tmp_path: Path) -> None:
    class Cancelled(Exception):
        pass

    def cancel(progress: Progress) -> None:
        raise Cancelled

    (tmp_path / "a").write_text(TEXT)
    with pytest.raises(Cancelled):
        beca_core.scan(tmp_path, progress=cancel)
    with pytest.raises(Cancelled):
        Engine(rules=[SWORDFISH]).scan_bytes(b"swordfish", progress=cancel)


# ------------------------------------------------------------------ states, threads, processes


def test_a_later_scan_resumes_from_a_saved_state(repository: Path, tmp_path: Path) -> None:
    first = beca_core.scan(repository)
    assert first.state is not None
    first.state.save(tmp_path / "state")
    second = beca_core.scan(repository, since=State.load(tmp_path / "state"))
    assert (first.coverage.blobs, second.coverage.blobs) == (1, 0)
    assert second.changes == beca_core.ChangeCounts(new=0, carried=1, gone=0)
    assert second.findings == tuple(replace(found, change=beca_core.Change.CARRIED) for found in first.findings)
    assert "not-so-secret" not in (tmp_path / "state").read_text("latin-1")


@pytest.mark.slow
def test_threads_share_an_engine() -> None:
    engine = Engine(rules=["secret-key", SWORDFISH], cache_dir=False)
    texts = [f"swordfish{number}\n" * (number % 3) + TEXT * (number % 2) for number in range(200)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(engine.scan_text, texts))  # the first two compile the rules
    alone = Engine(rules=["secret-key", SWORDFISH])
    assert found == [alone.scan_text(text) for text in texts]
    assert [len(one) for one in found] == [number % 3 + number % 2 for number in range(200)]


def test_a_report_can_be_sent_to_another_process() -> None:
    report = beca_core.scan_bytes(archive(a=TEXT))
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301


# ------------------------------------------------------------------ caches


def run_with_home(home: Path, code: str) -> None:
    environment = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "caches")}
    subprocess.run([sys.executable, "-c", f"import beca_core\n{code}"], env=environment, cwd=home, check=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        "beca_core.scan('.', cache_dir=False)",
        "beca_core.Engine(cache_dir=False).scan_text('private_key')",
        "beca_core.Engine(beca_core.PluginRegistry.load(cache_dir=False)).scan_bytes(b'private_key')",
    ],
)
def test_without_a_cache_nothing_is_written(code: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(TEXT)
    run_with_home(tmp_path, code)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.slow
@pytest.mark.parametrize("code", ["beca_core.scan('a')", "beca_core.scan_text('private_key')"])
def test_compiled_rules_are_cached_for_the_next_process(code: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(TEXT)
    run_with_home(tmp_path, code)
    written = sorted((tmp_path / "caches" / "beca").iterdir())
    assert len(written) == 4, "the patterns; databases of all words, of everyday ones, and of what follows these"
    before = [(path.name, path.read_bytes()) for path in written]
    run_with_home(tmp_path, f"import hyperscan\nhyperscan.dumpb = None  # called for what was compiled\n{code}")
    assert [(path.name, path.read_bytes()) for path in sorted((tmp_path / "caches" / "beca").iterdir())] == before


def test_own_rules_are_cached_where_the_caller_says(tmp_path: Path) -> None:
    assert Engine(rules=[SWORDFISH], cache_dir=tmp_path / "here").scan_text("swordfish")
    assert len(list((tmp_path / "here").iterdir())) == 2


# ------------------------------------------------------------------ what is shown of an object


def test_a_repr_is_short_and_shows_no_secret() -> None:
    engine = Engine(rules=[SWORDFISH, EvenNumbers()])
    report = engine.scan_bytes(b"swordfish7\n42")
    registry = PluginRegistry().with_rules([SWORDFISH])
    assert repr(engine) == "<Engine: rules: 2>"
    assert repr(registry) == "<PluginRegistry: own-rules; rules: 1>"
    assert repr(registry.plugins[0]) == "<Plugin 'own-rules': rules: 1, problems: 0>"
    assert repr(report) == "<Report: text, 2 findings, complete>"
    assert repr(report.state) == "<State: text, findings: 2, nothing to resume from>"
    secretive = (
        report.findings[0],
        Blob("a", b"swordfish7"),
        Match(0, 10, "swordfish", secret=b"swordfish7"),
        Candidate(b"swordfish7", 0, 10, Confidence.LOW),
    )
    for thing in secretive:
        assert "swordfish7" not in repr(thing)


def test_a_state_shows_how_much_was_read(repository: Path) -> None:
    assert repr(beca_core.scan(repository).state) == "<State: history, findings: 1, objects: 3>"


def test_a_report_is_written_as_it_is_a_dictionary() -> None:
    report = beca_core.scan_bytes(TEXT.encode())
    stream = io.StringIO()
    beca_core.write(report, "json", stream, redact=False)
    assert json.loads(stream.getvalue()) == report.to_dict(redact=False)
    assert report.to_dict(redact=False)["findings"][0]["secret"] == "not-so-secret-any-more"
    assert "secret" not in report.to_dict()["findings"][0]
