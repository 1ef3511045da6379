"""Rescans that meet a remote that refuses, or a damaged cache."""

from __future__ import annotations

import io
import secrets
import zipfile
from threading import Timer
from typing import TYPE_CHECKING, Any

import pytest

from beca_api.worker.mirrors.mirror_directory import MirrorDirectory
from beca_api.worker.scan_process.runner import Runner
from beca_core.sources.limits import UrlPolicy
from beca_core.storage.services.repositories import RepositoryService
from tests.core.sources.git.stores import packs
from tests.worker.rescans.conftest import Site, numbers

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def broken_archive() -> bytes:
    """A zip file whose member cannot be inflated."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("member", bytes(100_000))
    content = bytearray(stream.getvalue())
    content[40:60] = b"x" * 20
    return bytes(content)


class TestRefusals:
    def test_a_missing_remote_fails_the_scan(self, scanned: Site, tmp_path: Path):
        scanned.remote.rename(tmp_path / "elsewhere")
        result = scanned.scan()
        assert result.status == "Failure"
        assert result.failure is not None
        assert result.failure["code"] == "fetch-failed"
        assert not scanned.found(result)
        (tmp_path / "elsewhere").rename(scanned.remote)
        assert numbers(scanned.scan()) == (0, 2, 0)

    def test_a_scheme_that_is_no_longer_allowed(self, scanned: Site):
        result = scanned.scan(allowed_schemes="https")
        assert result.failure is not None
        assert result.failure["code"] == "forbidden-url"

    def test_private_hosts_that_are_no_longer_allowed(self, site: Site):
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

    def test_a_worker_that_stops_releases_the_scan(self, scanned: Site):
        Timer(0.2, scanned.bench.stopping.set).start()
        with MirrorDirectory(scanned.mirror.directory).locked():
            result = scanned.scan()
        assert (result.status, result.attempt) == ("Queued", 0)


class TestDamage:
    def test_a_damaged_state(self, scanned: Site, logged: Any):
        state = scanned.state()
        content = bytearray(state.read_bytes())
        content[len(content) // 2] ^= 1
        state.write_bytes(content)
        result = scanned.scan()
        assert (result.status, numbers(result), len(scanned.found(result))) == ("Success", (0, 2, 0), 2)
        assert any("scanned again" in entry["event"] for entry in logged)
        assert numbers(scanned.scan()) == (0, 2, 0)

    def test_a_state_with_another_key(self, scanned: Site, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("beca_api.worker.scan_process.runner.Runner.__init__", _with_key(b"other"))
        result = scanned.scan()
        assert (result.status, numbers(result), len(scanned.found(result))) == ("Success", (2, 0, 2), 2)

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
        scanned.mirror.mark_incomplete()
        scanned.push("c.txt", "swordfish-3\n")
        assert numbers(scanned.scan()) == (1, 2, 0)
        assert scanned.mirror.repository(scanned.url)

    def test_an_archive_that_cannot_be_read_is_not_damage_of_the_cache(self, scanned: Site, logged: Any):
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
