"""Scans of a repository that was scanned before, with real processes."""

from __future__ import annotations

import io
import secrets
import zipfile
from threading import Thread, Timer
from typing import TYPE_CHECKING, Any

import pytest

from beca_api.mirror import Mirror
from beca_api.worker.environment import scan_command
from beca_api.worker.mirrors import Mirrors
from beca_api.worker.runner import Runner
from beca_api.worker.scratch import Scratch
from beca_api.worker.supervisor import Supervisor
from beca_core.services.repositories import RepositoryService
from beca_core.sources.git.policy import UrlPolicy
from tests.core.sources.git.stores import git, make_bare, packs

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core.database import Database
    from beca_core.models import Result

PLUGIN = """
from beca_core import Confidence, Rule, Severity, hookimpl

@hookimpl
def beca_register_rules():
    return [
        Rule(
            id="fish", version={version}, description="A fish", severity=Severity.LOW, confidence=Confidence.HIGH,
            pattern=r"\\b(?P<secret>{pattern}-[0-9])", examples=(), counter_examples=(),
        )
    ]
"""
NONE = {"new": 0, "carried": 0, "gone": 0}


class Site:
    """A remote repository, a worker's data directory, and a plugin whose rule finds `swordfish-1` and its like."""

    def __init__(self, bench: Any, directory: Path) -> None:
        self.bench = bench
        self.remote = make_bare(directory / "remote.git")
        self.url = f"file://{self.remote}"
        self.plugins = directory / "plugins"
        self.repositories = RepositoryService(bench.database, UrlPolicy(frozenset({"file"})))
        self.repository_id = self.repositories.create("r", self.url).id
        self.install(1, "swordfish")

    @property
    def mirror(self) -> Mirror:
        """What the worker keeps."""
        return Mirror(self.bench.directory / "data" / "mirrors" / str(self.repository_id))

    def state(self, scope: str = "history") -> Path:
        """The state of the last scan."""
        [path] = self.mirror.directory.glob(f"{scope}-*.state")
        return path

    def install(self, version: int, pattern: str) -> None:
        """Install the plugin, or another version of it."""
        described = self.plugins / f"fish-{version}.dist-info"
        described.mkdir(parents=True)
        (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: fish\nVersion: {version}\n")
        (described / "entry_points.txt").write_text(f"[beca.plugins]\nfish = fish_{version}\n")
        (self.plugins / f"fish_{version}.py").write_text(PLUGIN.format(version=version, pattern=pattern))
        for other in self.plugins.glob("*.dist-info"):
            if other != described:
                for file in other.iterdir():
                    file.unlink()
                other.rmdir()

    def push(self, path: str, content: str | bytes, branch: str = "main", base: str | None = None) -> str:
        """Put a file on a branch, and return the commit; `base` is its parent, an empty one makes a new history."""
        ref = f"refs/heads/{branch}"
        tip = git(self.remote, "for-each-ref", "--format=%(objectname)", ref).decode().strip()
        parent = tip if base is None else base
        stream = f"commit {ref}\ncommitter Cy <cy@example.org> 1700000000 +0000\ndata 1\nm\n"
        stream += f"from {parent}\n" if parent else "deleteall\n"
        data = content.encode() if isinstance(content, str) else content
        stream += f"M 100644 inline {path}\ndata {len(data)}\n"
        git(self.remote, "update-ref", "-d", ref)
        git(self.remote, "fast-import", "--quiet", "--force", data=stream.encode() + data + b"\n")
        return git(self.remote, "rev-parse", ref).decode().strip()

    def scan(self, scope: str = "history", **settings: Any) -> Result:
        """Queue a scan, run it, and return its result."""
        return self.run(self.queue(scope), **settings)

    def queue(self, scope: str = "history") -> Any:
        """Queue a scan, and claim it."""
        claim = self.bench.queue.claim(self.bench.results.queue(self.repository_id, scope).id, "site")
        assert claim is not None
        return claim

    def run(self, claim: Any, **values: Any) -> Result:
        """Run a scan to its end."""
        settings = self.bench.settings(**{"allowed_schemes": "file", "processes": 1, **values})
        with Scratch.open(settings.data_dir, f"site-{secrets.token_hex(4)}") as scratch:
            runner = Runner(settings, b"key", self.bench.stopping, scan_command)
            mirrors = Mirrors.open(settings.data_dir, settings.mirrors_bytes)
            Supervisor(self.bench.queue, settings, runner, scratch, mirrors).run(claim)
        result: Result = self.bench.results.get(claim.result_id)
        return result

    def found(self, result: Result, change: str | None = None) -> set[tuple[str, str]]:
        """The paths and previews of what a scan found, or of those of which this has become."""
        page = self.bench.results.findings(result.id, change=change, limit=1000)
        return {(finding["location"]["path"], finding["redacted"]) for finding in page.items}


@pytest.fixture
def store(sqlite_database: Database) -> Database:
    """Where results are stored."""
    return sqlite_database


@pytest.fixture
def site(store: Database, tmp_path: Path, make_bench: Any, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose remote has two files with a fish each."""
    monkeypatch.setattr("beca_api.worker.runner._EXIT_SECONDS", 10.0)
    site = Site(make_bench(store, tmp_path), tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(site.plugins))
    site.push("a.txt", "swordfish-1\n")
    site.push("b.txt", "swordfish-2 tuna-1\n")
    return site


@pytest.fixture
def scanned(site: Site) -> Site:
    """A site that was scanned once."""
    result = site.scan()
    assert (result.status, result.changes, len(site.found(result))) == ("Success", None, 2), result.failure
    return site


def numbers(result: Result) -> tuple[int, int, int]:
    """How many findings are new, carried and gone."""
    assert result.status == "Success", result.failure
    assert result.changes is not None
    assert result.coverage is not None
    assert result.coverage["complete"] is True
    return result.changes["new"], result.changes["carried"], result.changes["gone"]


def blobs(result: Result) -> int:
    """How many contents were read."""
    assert result.coverage is not None
    return int(result.coverage["blobs"])


def broken_archive() -> bytes:
    """A zip file whose member cannot be inflated."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("member", bytes(100_000))
    content = bytearray(stream.getvalue())
    content[40:60] = b"x" * 20
    return bytes(content)


class TestChanges:
    @pytest.fixture
    def store(self, database: Database) -> Database:
        """A database of each kind: what has changed is stored."""
        return database

    def test_the_first_scan_is_compared_with_nothing(self, site: Site):
        result = site.scan()
        assert (result.status, result.changes) == ("Success", None)
        assert all("change" not in finding for finding in site.bench.results.findings(result.id).items)
        assert site.mirror.repository(site.url)

    def test_nothing_new_is_read_and_all_is_reported(self, scanned: Site):
        (first,) = scanned.bench.results.list().items
        result = scanned.scan()
        assert numbers(result) == (0, 2, 0)
        assert (result.changes or {})["since"] == first.id
        assert blobs(result) == 0
        assert len(scanned.found(result, "carried")) == 2

    def test_a_commit_brings_something_and_takes_something_away(self, scanned: Site):
        scanned.push("a.txt", "swordfish-3\n")
        result = scanned.scan()
        assert numbers(result) == (1, 1, 1)
        assert blobs(result) == 1
        assert {path for path, _ in scanned.found(result, "new")} == {"a.txt"}
        assert {path for path, _ in scanned.found(result, "gone")} == {"a.txt"}
        assert {path for path, _ in scanned.found(result, "carried")} == {"b.txt"}

    def test_what_was_pushed_away_is_reported_no_more(self, scanned: Site):
        scanned.push("c.txt", "swordfish-3\n", base="")
        result = scanned.scan()
        assert numbers(result) == (1, 0, 2)
        assert {path for path, _ in scanned.found(result)} == {"c.txt"}

    def test_a_deleted_branch_takes_its_findings_along(self, scanned: Site):
        scanned.push("d.txt", "swordfish-4\n", branch="side")
        assert numbers(scanned.scan()) == (1, 2, 0)
        git(scanned.remote, "update-ref", "-d", "refs/heads/side")
        assert numbers(scanned.scan()) == (0, 2, 0)

    def test_a_new_version_of_a_rule_sees_everything(self, scanned: Site):
        scanned.install(22, "(?:swordfish|tuna)")
        result = scanned.scan()
        assert numbers(result) == (1, 2, 0)
        assert {path for path, _ in scanned.found(result, "new")} == {"b.txt"}
        assert result.ruleset is not None
        assert result.ruleset["fish"] == 22

    def test_scopes_are_compared_each_with_itself(self, scanned: Site):
        assert scanned.scan("head").changes is None
        scanned.push("a.txt", "nothing\n")
        head = scanned.scan("head")
        assert numbers(head) == (0, 1, 1)
        assert {path for path, _ in scanned.found(head)} == {"b.txt"}
        history = scanned.scan()
        assert numbers(history) == (0, 1, 1)
        assert {path for path, _ in scanned.found(history, "gone")} == {"a.txt"}

    def test_an_outcome_that_was_not_stored_is_nothing_to_go_on_from(self, scanned: Site):
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

    def test_another_url_begins_anew(self, scanned: Site, tmp_path: Path):
        scanned.remote = scanned.remote.rename(tmp_path / "moved.git")
        scanned.repositories.update(scanned.repository_id, url=f"file://{scanned.remote}")
        result = scanned.scan()
        assert (result.status, result.changes, len(scanned.found(result))) == ("Success", None, 2)


class TestRefusals:
    def test_a_remote_that_is_gone_fails_the_scan(self, scanned: Site, tmp_path: Path):
        scanned.remote.rename(tmp_path / "elsewhere")
        result = scanned.scan()
        assert result.status == "Failure"
        assert result.failure is not None
        assert result.failure["code"] == "fetch-failed"
        assert not scanned.found(result)
        (tmp_path / "elsewhere").rename(scanned.remote)
        assert numbers(scanned.scan()) == (0, 2, 0)

    def test_a_scheme_that_is_allowed_no_more(self, scanned: Site):
        result = scanned.scan(allowed_schemes="https")
        assert result.failure is not None
        assert result.failure["code"] == "forbidden-url"

    def test_private_hosts_that_are_allowed_no_more(self, site: Site):
        policy = UrlPolicy(frozenset({"http"}), allow_private_hosts=True)
        url = "http://127.0.0.1:9/r.git"
        RepositoryService(site.bench.database, policy).update(site.repository_id, url=url)
        result = site.scan(allowed_schemes="http", allow_private_hosts=False)
        assert result.failure is not None
        assert result.failure["code"] == "forbidden-url"

    def test_a_repository_that_has_become_too_large(self, scanned: Site):
        scanned.push("large", "".join(secrets.choice("abcdefgh") for _ in range(2_000_000)))
        result = scanned.scan(max_fetch_bytes=300_000)
        assert result.failure is not None
        assert result.failure["code"] == "fetch-failed"
        assert numbers(scanned.scan()) == (0, 2, 0)

    def test_a_worker_that_ends_gives_the_scan_back(self, scanned: Site):
        Timer(0.2, scanned.bench.stopping.set).start()
        with Mirror(scanned.mirror.directory).locked():
            result = scanned.scan()
        assert (result.status, result.attempt) == ("Queued", 0)


class TestDamage:
    def test_a_damaged_state(self, scanned: Site, logged: Any):
        state = scanned.state()
        content = bytearray(state.read_bytes())
        content[len(content) // 2] ^= 1
        state.write_bytes(content)
        result = scanned.scan()
        assert (result.status, result.changes, len(scanned.found(result))) == ("Success", None, 2)
        assert any("scanned again" in entry["event"] for entry in logged)
        assert numbers(scanned.scan()) == (0, 2, 0)

    def test_a_state_with_another_key(self, scanned: Site, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("beca_api.worker.runner.Runner.__init__", _with_key(b"other"))
        result = scanned.scan()
        assert (result.status, result.changes, len(scanned.found(result))) == ("Success", None, 2)

    @pytest.mark.parametrize("is_pushed", [False, True])
    @pytest.mark.parametrize("has_state", [False, True])
    def test_a_damaged_pack(self, scanned: Site, is_pushed: bool, has_state: bool):
        repository = scanned.mirror.repository(scanned.url)
        assert repository is not None
        for pack in packs(repository):
            pack.chmod(0o600)
            pack.write_bytes(pack.read_bytes()[:40] + bytes(100))
        if not has_state:
            scanned.state().unlink()
        if is_pushed:
            scanned.push("c.txt", "swordfish-3\n")
        result = scanned.scan()
        assert result.status == "Success"
        assert result.coverage is not None
        assert result.coverage["complete"] is True
        assert len(scanned.found(result)) == 2 + is_pushed
        assert numbers(scanned.scan()) == (0, 2 + is_pushed, 0)

    def test_a_mirror_without_objects(self, scanned: Site):
        repository = scanned.mirror.repository(scanned.url)
        assert repository is not None
        for path in (repository / "objects" / "pack").iterdir():
            path.unlink()
        result = scanned.scan()
        assert result.status == "Success"
        assert len(scanned.found(result)) == 2

    def test_a_mirror_that_cannot_be_locked(self, scanned: Site):
        (scanned.mirror.directory / "lock").unlink()
        (scanned.mirror.directory / "lock").mkdir()
        scanned.push("c.txt", "swordfish-3\n")
        assert numbers(scanned.scan()) == (1, 2, 0)

    def test_a_fetch_that_was_killed(self, scanned: Site):
        scanned.mirror.begin_change()
        scanned.push("c.txt", "swordfish-3\n")
        assert numbers(scanned.scan()) == (1, 2, 0)
        assert scanned.mirror.repository(scanned.url)

    def test_an_archive_that_cannot_be_read_is_no_damage(self, scanned: Site, logged: Any):
        scanned.push("x.zip", broken_archive())
        assert scanned.scan().status == "Success"
        logged.clear()
        coverage = scanned.scan().coverage
        assert coverage is not None
        assert (coverage["blobs"], coverage["skipped"]) == (0, {"unreadable": 1})
        assert not any("scanned again" in entry["event"] for entry in logged)


def _with_key(key: bytes) -> Any:
    original = Runner.__init__

    def make(self: Runner, settings: Any, _key: bytes, *arguments: Any) -> None:
        original(self, settings, key, *arguments)

    return make


class TestDiskSpace:
    def test_nothing_is_kept_where_nothing_shall_be(self, site: Site):
        results = [site.scan(mirrors_bytes=0) for _ in range(2)]
        assert [result.changes for result in results] == [None, None]
        assert [len(site.found(result)) for result in results] == [2, 2]
        assert not site.mirror.directory.exists()

    def test_a_mirror_that_is_too_large_goes_and_its_state_still_serves(self, site: Site):
        site.push("large", "".join(secrets.choice("abcdefgh") for _ in range(400_000)))
        site.scan(mirrors_bytes=60_000)
        assert site.mirror.repository(site.url) is None
        assert site.state().exists()
        result = site.scan(mirrors_bytes=60_000)
        assert numbers(result) == (0, 2, 0)
        assert blobs(result) == 0

    def test_others_cannot_read_what_is_kept(self, scanned: Site):
        root = scanned.mirror.directory
        assert {path.stat().st_mode & 0o077 for path in (root.parent, root, *root.rglob("*"))} == {0}


class TestTwoAtOnce:
    def test_the_second_does_without_the_mirror(self, scanned: Site):
        scanned.push("c.txt", "swordfish-3\n")
        repository = scanned.mirror.repository(scanned.url)
        assert repository is not None
        before = packs(repository)
        with scanned.mirror.locked():
            result = scanned.scan(scan_seconds=25)
        assert numbers(result) == (1, 2, 0)
        assert packs(repository) == before
        assert numbers(scanned.scan()) == (0, 3, 0)

    def test_both_find_everything(self, site: Site):
        claims = [site.queue("history"), site.queue("head")]
        threads = [Thread(target=site.run, args=(claim,)) for claim in claims]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        results = [site.bench.results.get(claim.result_id) for claim in claims]
        assert [result.status for result in results] == ["Success", "Success"]
        assert [len(site.found(result)) for result in results] == [2, 2]
        assert [numbers(site.scan(scope)) for scope in ("history", "head")] == [(0, 2, 0), (0, 2, 0)]
