"""Rescans: what they read, and which changes they report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import beca_core
from beca_core import Candidate, Confidence, Engine, Limits, hookimpl
from beca_core.errors import InvalidInput
from beca_core.findings import Change, Finding
from beca_core.sources.git.resume import store_diff
from beca_core.sources.git.source import GitSource
from beca_core.sources.limits import Scope
from beca_core.state import state as states
from beca_core.state.state import State
from tests.core.scanning.incremental.worlds import LINE, RULESETS, Fish, Shoals, World, registry_of, rule
from tests.core.sources.git.stores import git

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from beca_core import PluginRegistry, Rule
    from beca_core.matching.ruleset import RuleSet
    from beca_core.report import Report


def scan(
    world: World,
    since: Report | None = None,
    *,
    registry: PluginRegistry | None = None,
    limits: Limits | None = None,
    scope: Scope = Scope.HISTORY,
    with_secrets: bool = True,
) -> Report:
    state = None if since is None else since.state
    engine = Engine(registry or registry_of(world.rules), limits=limits)
    with GitSource(world.path, scope) as source:
        return engine.scan(source, since=state, with_secrets=with_secrets)


def plain(report: Report) -> list[Finding]:
    return [replace(finding, change=None) for finding in report.findings]


def objects(report: Report) -> int:
    return report.coverage.commits + report.coverage.blobs


def changes(report: Report) -> dict[str, str]:
    """The path and the change of each finding."""
    return {f"{found.rule_id} {found.location.path}": str(found.change) for found in report.findings}


def test_a_first_scan_reports_no_changes(world: World) -> None:
    report = scan(world)
    assert report.changes is None
    assert {finding.change for finding in report.findings} == {None}
    assert all("change" not in finding.to_dict() for finding in report.findings)


def test_nothing_is_read_if_nothing_is_new(world: World) -> None:
    first = scan(world)
    again = scan(world, first, with_secrets=False)
    assert (objects(again), again.coverage.bytes) == (0, 0)
    assert {finding.change for finding in again.findings} == {Change.CARRIED}
    assert [found.to_dict() | {"change": None} for found in again.findings] == [
        found.to_dict() | {"change": None} for found in first.findings
    ]
    assert again.changes is not None
    assert again.changes.to_dict() == {"new": 0, "carried": len(first.findings), "gone": 0}


@pytest.mark.slow
def test_after_a_commit_only_its_objects_are_read(world: World) -> None:
    first = scan(world)
    world.commit(0, 0, 3, 3)  # a message and a file
    again = scan(world, first, with_secrets=False)
    assert again.coverage.commits == 1
    assert again.coverage.blobs == 1
    assert plain(again) != plain(scan(world)), "the secrets of carried findings are not read"
    assert [f.fingerprint for f in again.findings] == [f.fingerprint for f in scan(world).findings]


def test_a_packed_or_cloned_repository_is_not_new(world: World, tmp_path: Path) -> None:
    first = scan(world)
    git(world.path, "repack", "-a", "-d", "-q")
    assert objects(scan(world, first, with_secrets=False)) == 0
    git(world.path, "clone", "--quiet", "--bare", "--no-local", str(world.path), str(tmp_path / "clone"))
    world.path = tmp_path / "clone"
    again = scan(world, first, with_secrets=False)
    assert objects(again) == 0
    assert len(again.findings) == len(first.findings)


@pytest.mark.slow
def test_many_new_objects_are_read_by_walking_packs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = scan(world)
    for number in range(6):
        world.commit(number, number, number, 2 * number + 1)
    monkeypatch.setattr(store_diff, "_MAX_LISTED", 0)
    again = scan(world, first)
    assert plain(again) == list(scan(world).findings)
    assert 0 < objects(again) < objects(scan(world))


@pytest.mark.slow
def test_only_a_changed_rule_is_run_over_old_objects(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    first = scan(world, registry=registry_of(RULESETS[1]))
    world.commit(1, 1, 4, 2)
    compiled = Engine._compiled

    def watch(self: Engine, rule_ids: Collection[str]) -> RuleSet:
        asked.append(sorted(rule_ids))
        return compiled(self, rule_ids)

    monkeypatch.setattr(Engine, "_compiled", watch)
    again = scan(world, first, registry=registry_of(RULESETS[2]))
    assert asked[:2] == [["marlin", "sword"], ["marlin"]]
    assert plain(again) == list(scan(world, registry=registry_of(RULESETS[2])).findings)


def test_an_added_rule_finds_secrets_in_old_objects(world: World) -> None:
    first = scan(world, registry=registry_of(RULESETS[0]))
    again = scan(world, first, registry=registry_of(RULESETS[1]))
    assert changes(again)["marlin tests/c d"] == "new"
    assert changes(again)["sword a"] == "carried"


@pytest.mark.slow
def test_a_removed_rule_takes_its_findings_with_it(world: World) -> None:
    first = scan(world)
    again = scan(world, first, registry=registry_of(RULESETS[0]))
    assert {finding.rule_id for finding in again.findings} == {"sword"}
    assert again.changes is not None
    assert again.changes.gone == 0, "it was not looked for"
    later = scan(world, again)
    assert plain(later) == list(scan(world).findings)
    assert {finding.change for finding in later.findings} == {Change.CARRIED}


@pytest.mark.slow
def test_a_secret_that_left_head_is_gone_once(world: World) -> None:
    first = scan(world)
    world.commit(0, 0, 1, 3)  # `a` no longer holds it
    second = scan(world, first)
    assert changes(second)["sword a"] == "gone"
    assert second.changes is not None
    assert second.changes.gone == 1
    third = scan(world, second)
    assert changes(third)["sword a"] == "carried"


@pytest.mark.slow
def test_objects_that_left_the_store_are_not_reported(world: World) -> None:
    world.commit(1, 1, 3, 1)
    first = scan(world)
    git(world.path, "update-ref", "-d", "refs/heads/side")
    git(world.path, "gc", "--prune=now", "-q")
    again = scan(world, first)
    assert len(again.findings) < len(first.findings)
    assert plain(again) == list(scan(world).findings)
    world.commit(1, 1, 3, 1)  # the same objects once more
    assert plain(scan(world, again)) == list(scan(world).findings)


def test_secrets_are_reread_only_on_request(world: World) -> None:
    first = scan(world)
    assert {finding.secret for finding in scan(world, first, with_secrets=False).findings} == {b""}
    assert plain(scan(world, first)) == list(first.findings)


def test_parts_that_are_not_public_are_reread_at_their_place(world: World) -> None:
    registry = registry_of([Shoals()])

    def clear(report: Report) -> list[str]:
        return [part.clear for finding in report.findings for part in finding.parts if not part.public]

    first = scan(world, registry=registry)
    assert set(clear(first)) == {"swordfish-0", "swordfish-1"}
    later = scan(world, first, registry=registry, with_secrets=False)
    assert {finding.secret for finding in later.findings} == {b""}
    assert set(clear(later)) == {""}
    assert clear(scan(world, first, registry=registry)) == clear(first)


def test_filters_get_the_secrets_of_carried_findings(world: World) -> None:
    seen: list[bytes] = []

    def record(finding: Finding) -> bool:
        seen.append(finding.secret)
        return True

    class Filtering(Fish):
        @hookimpl
        def beca_register_filters(self) -> list[Callable[[Finding], bool]]:
            return [record]

    registry = registry_of([])
    registry.register(Filtering(world.rules), "filtering")
    first = scan(world, registry=registry)
    expected = sorted(seen)
    seen.clear()
    scan(world, first, registry=registry, with_secrets=False)
    assert sorted(seen) == expected


@pytest.mark.slow
def test_other_limits_read_everything_again(world: World) -> None:
    first = scan(world)
    again = scan(world, first, limits=Limits(max_blob_bytes=15))
    assert plain(again) == list(scan(world, limits=Limits(max_blob_bytes=15)).findings)
    assert {finding.change for finding in again.findings} <= {Change.CARRIED, Change.GONE}


def test_objects_that_are_too_large_stay_in_the_coverage(world: World) -> None:
    limits = Limits(max_blob_bytes=25)
    world.commit(0, 1, 3, 3)
    first = scan(world, limits=limits)
    assert first.coverage.skipped["too-large"]
    again = scan(world, first, limits=limits, with_secrets=False)
    assert set(again.skipped) == set(first.skipped)
    assert objects(again) == 0


@pytest.mark.slow
def test_new_objects_that_are_too_large_are_in_the_coverage_and_trees_are_not(world: World) -> None:
    limits = Limits(max_blob_bytes=15)
    first = scan(world, limits=limits)
    for number in range(3):
        world.commit(0, number, number + 3, 2 * number + 1)  # each makes a small pack
    again, whole = scan(world, first, limits=limits), scan(world, limits=limits)
    assert set(again.skipped) == set(whole.skipped)
    assert plain(again) == list(whole.findings)
    assert again.coverage.unwalked == 0


def test_objects_skipped_for_lack_of_time_are_read_next_time(world: World) -> None:
    first = scan(world, limits=Limits(scan_seconds=0))
    assert first.coverage.skipped["timeout"]
    assert not first.findings
    again = scan(world, first)
    assert plain(again) == list(scan(world).findings)
    assert again.coverage.complete


def test_many_unread_objects_cause_a_full_scan(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beca_core.sources.git.resume.resumed._MAX_UNREAD", 1)
    first = scan(world, limits=Limits(scan_seconds=0))
    assert first.state is not None
    assert first.state.checkpoint is not None
    assert not first.state.checkpoint.packs
    assert plain(scan(world, first)) == list(scan(world).findings)


def test_a_rule_that_failed_is_run_over_everything_again(world: World) -> None:
    breaks = [True]

    def check(candidate: Candidate) -> Candidate:
        if breaks[0]:
            raise RuntimeError
        return candidate

    failing: Rule = replace(rule("sword", 1, "swordfish"), checks=(check,))
    first = scan(world, registry=registry_of([failing]))
    assert first.coverage.problems
    breaks[0] = False
    again = scan(world, first, registry=registry_of([failing]))
    assert plain(again) == list(scan(world, registry=registry_of([failing])).findings)
    assert again.findings


def loose_file(world: World, name: str) -> Path:
    """Return the file of a loose object."""
    object_id = git(world.path, "rev-parse", name).decode().strip()
    return world.path / "objects" / object_id[:2] / object_id[2:]


def damage(world: World, name: str) -> Path:
    """Overwrite the end of a loose object."""
    file = loose_file(world, name)
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-8] + bytes(8))
    return file


@pytest.mark.slow
@pytest.mark.parametrize("reason", ["missing", "unreadable"])
def test_an_object_that_could_not_be_read_is_tried_again(world: World, reason: str) -> None:
    file = loose_file(world, "main:a")
    undamaged = file.read_bytes()
    if reason == "missing":
        file.unlink()
    else:
        damage(world, "main:a")
    first = scan(world)
    assert first.coverage.skipped == {reason: 1}
    again = scan(world, first)
    assert again.skipped == first.skipped
    file.write_bytes(undamaged)
    later = scan(world, again)
    assert later.coverage.complete
    assert plain(later) == list(scan(world).findings)


@pytest.mark.parametrize("pattern", ["swordfish", "nothing-like-this"])
def test_a_broken_history_is_reported_again(world: World, pattern: str) -> None:
    damage(world, "main^{tree}")
    rules = registry_of([rule("some", 1, pattern)])
    first = scan(world, registry=rules)
    assert not first.coverage.complete
    assert set(scan(world, first, registry=rules).skipped) == set(first.skipped)


def test_an_object_that_is_lost_later_is_reported_as_missing(world: World) -> None:
    first = scan(world)
    loose_file(world, "main:a").unlink()
    again = scan(world, first)
    assert again.coverage.skipped == {"missing": 1}
    assert plain(again) == list(scan(world).findings)


def test_another_detection_version_reads_everything_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = scan(world)
    monkeypatch.setattr("beca_core.scanning.incremental.DETECTION_VERSION", states.DETECTION_VERSION + 1)
    assert objects(scan(world, first)) == objects(first)


@pytest.mark.slow
def test_a_scan_can_resume_in_a_sha256_repository(tmp_path: Path) -> None:
    world = World(tmp_path / "world", "sha256")
    world.commit(0, 0, 0, 0)
    first = scan(world)
    world.commit(0, 1, 2, 1)
    again = scan(world, first)
    assert again.coverage.commits == 1
    assert plain(again) == list(scan(world).findings)


@pytest.mark.parametrize("scope", [Scope.HISTORY, Scope.HEAD])
@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_state_of_another_repository_is_refused(world: World, tmp_path: Path, algorithm: str, scope: Scope) -> None:
    other = World(tmp_path / "other", algorithm)
    other.commit(0, 0, 3, 0)
    with pytest.raises(InvalidInput, match="another repository"):
        scan(world, scan(other, scope=scope), scope=scope)
    assert scan(World(tmp_path / "empty"), scan(other)).changes is not None, "of an empty one nothing is known"


@pytest.mark.parametrize("scope", [Scope.HISTORY, Scope.HEAD])
def test_a_repository_is_the_same_when_all_of_it_was_replaced(world: World, tmp_path: Path, scope: Scope) -> None:
    """By a force-push and `gc --prune`, or in a CI that makes a shallow clone each time."""
    first = scan(world, scope=scope)
    world.replace_all(3)
    again = scan(world, first, scope=scope)
    assert plain(again) == list(scan(world, scope=scope).findings)
    clones = []
    for number in range(2):
        clone = World(tmp_path / f"clone{number}")
        clone.replace_all(number)
        git(clone.path, "config", "remote.origin.url", f"https://{number}:password@git.example.org/shop.git")
        clones.append(clone)
    assert scan(clones[1], scan(clones[0], scope=scope), scope=scope).changes is not None
    git(clones[1].path, "config", "remote.origin.url", "https://git.example.org/other")
    with pytest.raises(InvalidInput, match="another repository"):
        scan(clones[1], scan(clones[0], scope=scope), scope=scope)


def test_a_scan_of_head_is_compared_and_reads_everything(world: World) -> None:
    first = scan(world, scope=Scope.HEAD)
    world.commit(0, 0, 1, 3)
    again = scan(world, first, scope=Scope.HEAD)
    assert changes(again) == {"marlin tests/c d": "carried", "sword tests/c d": "carried"}
    assert again.changes is not None
    assert (again.changes.new, again.changes.gone) == (0, 1)


def test_a_state_of_another_scope_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput, match="another scope"):
        scan(world, scan(world), scope=Scope.HEAD)


def test_a_state_with_another_key_is_refused(world: World) -> None:
    state = scan(world).state
    engine = Engine(registry_of(world.rules), fingerprint_key=b"another")
    with GitSource(world.path) as source, pytest.raises(InvalidInput, match="another fingerprint key"):
        engine.scan(source, since=state)


def test_the_exit_code_can_count_new_findings_only(world: World) -> None:
    first = scan(world)
    assert (first.exit_code, first.exit_code_for_new) == (1, 1)
    again = scan(world, first)
    assert (again.exit_code, again.exit_code_for_new) == (1, 0)
    world.commit(0, 1, 3, 3)
    assert scan(world, again).exit_code_for_new == 1


def test_the_library_resumes_from_the_state_of_a_report(world: World) -> None:
    first = beca_core.scan(world.path)
    again = beca_core.scan(world.path, since=first.state)
    assert (first.changes is None, objects(again)) == (True, 0)
    assert plain(again) == list(first.findings)


def test_a_state_records_scope_and_key(world: World) -> None:
    state = scan(world).state
    assert isinstance(state, State)
    assert state.rules == registry_of(world.rules).digests(["sword", "marlin"])
    assert set(state.limits) == {"max_blob_bytes", "archive_depth", "archive_members", "archive_bytes"}


ANY = rule("any", 1, "[a-z]+")
SWORD = rule("sword", 1, "swordfish", supersedes=("any",))


def test_a_secret_that_another_rule_reports_now_is_not_new(world: World) -> None:
    world.rules = [ANY]
    first = scan(world)
    world.rules = [ANY, SWORD]
    second = scan(world, first)
    assert {found.rule_id for found in second.findings} >= {"sword"}
    assert "any" in {other.rule_id for found in second.findings for other in found.superseded}
    assert {found.change for found in second.findings} == {Change.CARRIED}
    assert second.changes is not None
    assert second.changes.gone == 0
    world.rules = [ANY]
    third = scan(world, second)
    assert {found.change for found in third.findings} == {Change.CARRIED}
    assert plain(third) == plain(first)


def test_what_only_contains_a_known_secret_is_new(world: World) -> None:
    """Otherwise a new line with a known word in it would not be noticed."""
    world.rules = [SWORD]
    first = scan(world)
    world.rules = [SWORD, replace(LINE, confidence=Confidence.HIGH, supersedes=("sword",))]
    second = scan(world, first)
    new = [found for found in second.findings if found.change is Change.NEW]
    assert {found.rule_id for found in new} == {"line"}
    assert any(other.partial for found in new for other in found.superseded)


def test_a_renamed_rule_keeps_its_findings(world: World) -> None:
    world.rules = [rule("sword", 1, "swordfish")]
    first = scan(world)
    world.rules = [rule("blade", 1, "swordfish", former_ids=("sword",))]
    second = scan(world, first)
    assert [found.fingerprint for found in second.findings] == [found.fingerprint for found in first.findings]
    assert {(found.rule_id, found.change) for found in second.findings} == {("blade", Change.CARRIED)}
    assert second.changes is not None
    assert second.changes.to_dict() == {"new": 0, "carried": len(second.findings), "gone": 0}
    assert second.state is not None
    assert {key[0] for key in second.state.findings} == {"blade"}


def test_changed_paths_and_precedence_need_nothing_to_be_read_again(world: World) -> None:
    world.rules = [rule("sword", 1, "swordfish"), ANY]
    first = scan(world)
    world.rules = [rule("sword", 1, "swordfish", paths=("!a", "!dir/")), replace(ANY, supersedes=("sword",))]
    second = scan(world, first, with_secrets=False)
    assert second.coverage.bytes == 0
    assert [found.fingerprint for found in second.findings] == [found.fingerprint for found in scan(world).findings]
