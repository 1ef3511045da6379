"""A remote repository, and a worker that scans it repeatedly."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest

from beca_api.worker.mirrors.mirror_directory import MirrorDirectory
from beca_api.worker.mirrors.mirror_store import MirrorStore
from beca_api.worker.scan_process.runner import Runner
from beca_api.worker.scan_process.scan_job import scan_command
from beca_api.worker.scan_process.workspace import Workspace
from beca_api.worker.supervisor import Supervisor
from beca_core.sources.limits import UrlPolicy
from beca_core.storage.services.repositories import RepositoryService
from tests.core.sources.git.stores import git, make_bare

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core.storage.database import Database
    from beca_core.storage.models import Result

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


class Site:
    """A remote repository, a worker's data directory, and a plugin whose rule finds words like `swordfish-1`."""

    def __init__(self, bench: Any, directory: Path) -> None:
        self.bench = bench
        self.remote = make_bare(directory / "remote.git")
        self.url = f"file://{self.remote}"
        self.plugins = directory / "plugins"
        self.repositories = RepositoryService(bench.database, UrlPolicy(frozenset({"file"})))
        self.repository_id = self.repositories.create("r", self.url).id
        self.install(1, "swordfish")

    @property
    def mirror(self) -> MirrorDirectory:
        """The worker's mirror directory of the repository."""
        return MirrorDirectory(self.bench.directory / "data" / "mirrors" / str(self.repository_id))

    def state(self, scope: str = "history") -> Path:
        """The state file of the previous scan."""
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
        """Commit a file on a branch and return the commit; `base` is its parent, an empty one makes a root commit."""
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

    def run(self, claim: Any, key: bytes = b"key", **values: Any) -> Result:
        """Run a scan to its end; the built-in rules take no part, since compiling them would take most of the time."""
        usual = {"allowed_schemes": "file", "disabled_plugins": "builtin", "processes": 1}
        settings = self.bench.settings(**usual | values)
        with Workspace.open(settings.data_dir, f"site-{secrets.token_hex(4)}") as workspace:
            runner = Runner(settings, key, self.bench.stopping, scan_command)
            mirrors = MirrorStore.open(settings.data_dir, settings.mirrors_bytes)
            Supervisor(self.bench.queue, settings, runner, workspace, mirrors).run(claim)
        result: Result = self.bench.results.get(claim.result_id)
        return result

    def found(self, result: Result, change: str | None = None) -> set[tuple[str, str]]:
        """The paths and previews of a scan's findings, or of those with this change."""
        page = self.bench.results.findings(result.id, change=change, limit=1000)
        return {(finding["location"]["path"], finding["redacted"]) for finding in page.items}


@pytest.fixture
def store(sqlite_database: Database) -> Database:
    """Where results are stored."""
    return sqlite_database


@pytest.fixture
def site(store: Database, tmp_path: Path, make_bench: Any, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose remote has two files with a fish each."""
    monkeypatch.setattr("beca_api.worker.scan_process.runner._EXIT_SECONDS", 10.0)
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
