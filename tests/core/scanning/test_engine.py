"""The engine: from a source to a report, which names everything that was not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from beca_core import Confidence, Engine, Finding, Limits, PluginRegistry, Rule, Scope, Severity, hookimpl
from beca_core.errors import InvalidInput
from beca_core.report import Skipped
from beca_core.sources.contracts import Blob, FixedShare, Place
from beca_core.sources.texts import TextSource

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from beca_core.scanning.engine import Progress
    from beca_core.sources.contracts import Resume, Share

WORD = Rule(
    id="word",
    version=3,
    description="A word",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    pattern=r"\b(?P<secret>swordfish)\b",
)


class Words:
    """A plugin with one rule, and filters if asked for."""

    def __init__(self, *filters: Callable[[Finding], bool]) -> None:
        self.filters = filters

    @hookimpl
    def beca_register_rules(self) -> list[Rule]:
        return [WORD]

    @hookimpl
    def beca_register_filters(self) -> tuple[Callable[[Finding], bool], ...]:
        return self.filters


class Memory:
    """A source that yields what it is given."""

    scope = Scope.FILES

    def __init__(self, *items: Blob | Skipped, lost: tuple[Skipped, ...] = ()) -> None:
        self.items = items
        self.lost = lost
        self.asked: list[str] = []

    def start(self, limits: Limits, resume: Resume | None = None) -> Memory:
        return self

    @property
    def shares(self) -> Sequence[Share]:
        return (FixedShare(self.items),)

    @property
    def resumed(self) -> None:
        return None

    def background(self) -> Iterator[bool]:
        yield from ()

    def finish(self) -> Memory:
        return self

    def missing(self) -> Iterator[Skipped]:
        yield from ()

    def versions(self, blob_ids: Collection[str]) -> Iterator[Blob]:
        yield from ()

    def places(self, blob_ids: Collection[str]) -> Iterator[Place | Skipped]:
        self.asked = sorted(blob_ids)
        yield from (Place(blob_id, blob_id.encode()) for blob_id in blob_ids)
        yield from self.lost

    def checkpoint(self, skipped: Collection[Skipped]) -> None:
        return None

    def close(self) -> None:
        pass


def engine(plugin: object | None = None, **options: object) -> Engine:
    registry = PluginRegistry()
    registry.register(plugin or Words(), "words")
    return Engine(registry, **options)  # type: ignore[arg-type]


def test_a_report_has_findings_and_coverage() -> None:
    source = Memory(Blob("a", b"x swordfish"), Blob("b", b"nothing"), Blob("c", b"tree", kind="commit"))
    report = engine().scan(source)
    (finding,) = report.findings
    assert (finding.location.path, finding.location.begin.column, finding.secret) == ("a", 3, b"swordfish")
    assert (report.coverage.commits, report.coverage.blobs, report.coverage.bytes) == (1, 2, 22)
    assert report.ruleset == {"word": 3}
    assert report.scope == "files"
    assert source.asked == ["a"], "only blobs with findings are located"
    assert report.exit_code == 1


def test_skipped_contents_make_the_report_incomplete() -> None:
    skipped = Skipped("big", "too-large"), Skipped("gone", "missing"), Skipped("gone2", "missing")
    report = engine().scan(Memory(*skipped, Blob("a", b"clean")))
    assert report.coverage.skipped == {"too-large": 1, "missing": 2}
    assert not report.coverage.complete
    assert report.exit_code == 2


def test_places_that_were_not_found_make_the_report_incomplete() -> None:
    report = engine().scan(Memory(Blob("a", b"swordfish"), lost=(Skipped("a", "unattributed"),)))
    assert len(report.findings) == 1
    assert report.exit_code == 2


def test_clean_and_complete_is_zero() -> None:
    assert engine().scan(Memory(Blob("a", b"clean"))).exit_code == 0


def test_a_text_that_is_too_large_is_not_reported_as_clean() -> None:
    report = engine(limits=Limits(max_blob_bytes=3)).scan(TextSource(b"swordfish"))
    assert report.coverage.to_dict() == {
        "commits": 0,
        "blobs": 0,
        "bytes": 0,
        "unwalked": 0,
        "skipped": {"too-large": 1},
        "omitted": {},
        "accepted": {},
        "problems": [],
        "filtered": {},
        "unlisted": {},
        "costly": {},
        "suppressed": {},
        "complete": False,
    }


def test_a_filter_that_refuses_a_finding_leaves_it_out() -> None:
    keep_a = Words(lambda finding: finding.location.path == "a")
    report = engine(keep_a).scan(Memory(Blob("a", b"swordfish"), Blob("b", b"swordfish")))
    assert [f.location.path for f in report.findings] == ["a"]


def test_a_filter_that_raises_hides_nothing() -> None:
    def broken(finding: Finding) -> bool:
        raise RuntimeError(finding.secret)

    report = engine(Words(broken)).scan(Memory(Blob("a", b"swordfish")))
    assert len(report.findings) == 1
    (problem,) = report.coverage.problems
    assert problem.plugin == "words"
    assert "swordfish" not in problem.message
    assert report.exit_code == 2


def test_progress_is_reported_to_the_end() -> None:
    seen: list[tuple[int, int]] = []

    def notify(progress: Progress) -> None:
        seen.append((progress.done, progress.bytes))

    engine().scan(Memory(Blob("a", b"12"), Skipped("b", "missing"), Blob("c", b"3")), progress=notify)
    assert seen[-1] == (3, 3)


def test_progress_can_end_a_scan() -> None:
    def stop(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine().scan(Memory(Blob("a", b"12")), progress=stop)


def test_rules_can_be_chosen_and_a_typo_is_named() -> None:
    assert engine(rules=["word"]).scan_text("swordfish")
    with pytest.raises(InvalidInput, match="Did you mean word"):
        engine(rules=["wrod"])


def test_a_fingerprint_key_changes_the_fingerprints() -> None:
    (one,), (other,) = engine().scan_text("swordfish"), engine(fingerprint_key=b"x").scan_text("swordfish")
    assert one.fingerprint != other.fingerprint


def test_a_text_may_hold_anything() -> None:
    (finding,) = engine().scan_text("\ud800 swordfish", name="<x>")
    assert finding.location.path == "<x>"
    assert finding.secret == b"swordfish"
