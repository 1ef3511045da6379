"""Rescans of a repository: what they read, report and cache."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from tests.core.sources.git.stores import git, packs
from tests.worker.rescans.conftest import Site, numbers

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core.storage.database import Database
    from beca_core.storage.models import Result

pytestmark = pytest.mark.slow


def blobs(result: Result) -> int:
    """The number of blobs that were read."""
    assert result.coverage is not None
    return int(result.coverage["blobs"])


class TestChanges:
    @pytest.fixture
    def store(self, database: Database) -> Database:
        """A database of each kind, since changes are stored."""
        return database

    def test_the_first_scan_has_no_changes(self, site: Site):
        result = site.scan()
        assert (result.status, result.changes) == ("Success", None)
        assert all("change" not in finding for finding in site.bench.results.findings(result.id).items)
        assert site.mirror.repository(site.url)

    def test_without_a_push_nothing_is_read_and_everything_is_reported(self, scanned: Site):
        (first,) = scanned.bench.results.list().items
        result = scanned.scan()
        assert numbers(result) == (0, 2, 0)
        assert (result.changes or {})["since"] == first.id
        assert blobs(result) == 0
        assert len(scanned.found(result, "carried")) == 2

    def test_a_commit_adds_one_finding_and_removes_another(self, scanned: Site):
        scanned.push("a.txt", "swordfish-3\n")
        result = scanned.scan()
        assert numbers(result) == (1, 1, 1)
        assert blobs(result) == 1
        assert {path for path, _ in scanned.found(result, "new")} == {"a.txt"}
        assert {path for path, _ in scanned.found(result, "gone")} == {"a.txt"}
        assert {path for path, _ in scanned.found(result, "carried")} == {"b.txt"}

    def test_findings_of_commits_removed_by_a_force_push_are_not_reported(self, scanned: Site):
        scanned.push("c.txt", "swordfish-3\n", base="")
        result = scanned.scan()
        assert numbers(result) == (1, 0, 2)
        assert {path for path, _ in scanned.found(result)} == {"c.txt"}

    def test_findings_of_a_deleted_branch_are_not_reported(self, scanned: Site):
        scanned.push("d.txt", "swordfish-4\n", branch="side")
        assert numbers(scanned.scan()) == (1, 2, 0)
        git(scanned.remote, "update-ref", "-d", "refs/heads/side")
        assert numbers(scanned.scan()) == (0, 2, 0)

    def test_a_new_version_of_a_rule_scans_everything(self, scanned: Site):
        scanned.install(22, "(?:swordfish|tuna)")
        result = scanned.scan()
        assert numbers(result) == (1, 2, 0)
        assert {path for path, _ in scanned.found(result, "new")} == {"b.txt"}
        assert result.ruleset is not None
        assert result.ruleset["fish"] == 22

    def test_a_rule_that_was_mended_scans_everything_although_its_version_is_the_same(self, scanned: Site):
        module = scanned.plugins / "fish_1.py"
        module.write_text(module.read_text().replace("swordfish", "(?:swordfish|tuna)"))
        result = scanned.scan()
        assert numbers(result) == (1, 2, 0)
        assert {path for path, _ in scanned.found(result, "new")} == {"b.txt"}
        assert result.ruleset is not None
        assert result.ruleset["fish"] == 1
        assert numbers(scanned.scan()) == (0, 3, 0)

    def test_a_scan_without_the_plugin_forgets_nothing(self, scanned: Site):
        assert numbers(scanned.scan(disabled_plugins="fish")) == (0, 0, 0)
        scanned.push("c.txt", "swordfish-3\n")
        assert numbers(scanned.scan()) == (1, 2, 0)

    def test_findings_say_where_they_are(self, scanned: Site):
        scanned.push("a.txt", "nothing\n")
        scanned.push("d.txt", "swordfish-4\n", branch="side")
        result = scanned.scan()
        page = scanned.bench.results.findings(result.id, limit=1000)
        presences = {finding["location"]["path"]: finding.get("presence") for finding in page.items}
        assert presences == {"a.txt": "removed", "b.txt": None, "d.txt": "other-branch"}

    def test_scans_of_both_scopes_are_compared_with_what_is_known(self, scanned: Site):
        assert numbers(scanned.scan("head")) == (0, 2, 0)
        scanned.push("a.txt", "nothing\n")
        head = scanned.scan("head")
        assert numbers(head) == (0, 1, 1)
        assert {path for path, _ in scanned.found(head)} == {"b.txt"}
        history = scanned.scan()
        assert numbers(history) == (0, 2, 0), "that it is gone is said once"
        assert not scanned.found(history, "gone")

    def test_a_scan_never_resumes_from_an_outcome_that_was_not_stored(self, scanned: Site):
        scanned.push("c.txt", "swordfish-3\n")
        before = scanned.state().read_bytes()
        queue = scanned.bench.queue
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(queue, "finish", lambda *_args, **_options: False)
            lost = scanned.queue()
            assert scanned.run(lost).status == "In Progress"
        assert scanned.state().read_bytes() == before
        assert queue.release(lost)
        again = queue.claim(lost.result_id, "site")
        assert numbers(scanned.run(again)) == (1, 2, 0)

    def test_a_repository_with_another_url_reads_everything_and_keeps_its_issues(self, scanned: Site, tmp_path: Path):
        scanned.remote = scanned.remote.rename(tmp_path / "moved.git")
        scanned.repositories.update(scanned.repository_id, url=f"file://{scanned.remote}")
        result = scanned.scan()
        assert numbers(result) == (0, 2, 0)
        assert blobs(result) > 0


class TestDiskSpace:
    def test_with_quota_0_nothing_is_cached(self, site: Site):
        results = [site.scan(mirrors_bytes=0) for _ in range(2)]
        assert results[0].changes is None
        assert numbers(results[1]) == (0, 2, 0), "what is new does not depend on what the worker has cached"
        assert [len(site.found(result)) for result in results] == [2, 2]
        assert not site.mirror.directory.exists()

    def test_a_mirror_that_is_too_large_is_removed_and_its_state_is_used(self, site: Site):
        site.push("large", "".join(secrets.choice("abcdefgh") for _ in range(400_000)))
        site.scan(mirrors_bytes=60_000)
        assert site.mirror.repository(site.url) is None
        assert site.state().exists()
        result = site.scan(mirrors_bytes=60_000)
        assert numbers(result) == (0, 2, 0)
        assert blobs(result) == 0

    def test_other_users_cannot_read_the_cache(self, scanned: Site):
        root = scanned.mirror.directory
        assert {path.stat().st_mode & 0o077 for path in (root.parent, root, *root.rglob("*"))} == {0}


class TestTwoAtOnce:
    def test_the_second_scan_works_without_the_mirror(self, scanned: Site):
        scanned.push("c.txt", "swordfish-3\n")
        repository = scanned.mirror.repository(scanned.url)
        assert repository is not None
        before = packs(repository)
        with scanned.mirror.locked():
            result = scanned.scan(scan_seconds=25)
        assert numbers(result) == (1, 2, 0)
        assert packs(repository) == before
        assert numbers(scanned.scan()) == (0, 3, 0)

    def test_the_second_waits_for_the_first_and_both_find_everything(self, site: Site):
        first = site.queue("history")
        waiting = site.bench.results.queue(site.repository_id, "head")
        assert site.bench.queue.claim(waiting.id, "site") is None
        site.run(first)
        second = site.bench.queue.claim(waiting.id, "site")
        assert second is not None
        site.run(second)
        results = [site.bench.results.get(claim.result_id) for claim in (first, second)]
        assert [result.status for result in results] == ["Success", "Success"]
        assert [len(site.found(result)) for result in results] == [2, 2]
        assert [numbers(site.scan(scope)) for scope in ("history", "head")] == [(0, 2, 0), (0, 2, 0)]
