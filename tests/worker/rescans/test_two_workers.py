"""Two workers with data directories of their own: which of them scans makes no difference to what is new."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from beca_core.storage.services.issues import IssueService

if TYPE_CHECKING:
    from pathlib import Path

    from tests.worker.rescans.conftest import Site

pytestmark = pytest.mark.slow

SCANS = 7


def test_two_workers_store_the_history_of_one(site: Site, tmp_path: Path) -> None:
    chance = random.Random(7)
    other = tmp_path / "other.git"
    other.symlink_to(site.remote)
    repositories = {"one": site.repository_id, "two": site.repositories.create("r", f"file://{other}").id}
    histories: dict[str, list[Any]] = {name: [] for name in repositories}
    said_new: list[str] = []
    for number in range(SCANS):
        for name, repository_id in repositories.items():
            site.repository_id = repository_id
            worker = "a" if name == "one" else chance.choice("bc")
            result = site.scan(data_dir=tmp_path / worker)
            assert result.status == "Success", result.failure
            changes = result.changes and {kind: result.changes[kind] for kind in ("new", "carried", "gone")}
            new = sorted(site.found(result, "new"))
            histories[name].append((changes, sorted(site.found(result)), new))
            if name == "two":
                said_new += [path for path, _ in new]
        path = chance.choice(["a.txt", "b.txt", "c.txt"])
        site.push(path, f"swordfish-{number + 2}\n" if chance.random() < 0.7 else "nothing\n")
    assert histories["two"] == histories["one"]
    assert said_new, "something is new"
    assert shown(site, repositories["two"]) == shown(site, repositories["one"])
    opened = [issue for issue in shown(site, repositories["two"]) if issue[-1] is False]
    assert len(said_new) == len(opened), "each new secret is said new exactly once"


def shown(site: Site, repository_id: int) -> list[tuple[Any, ...]]:
    """What is shown of each issue of a repository, and whether its first scan had it."""
    issues = IssueService(site.bench.database)
    mine = sorted(
        (issue for issue in issues.list(limit=200).items if issue.repository_id == repository_id),
        key=lambda issue: issue.id,
    )
    first = min(issue.first_result_id for issue in mine)
    return [
        (
            issue.path,
            issue.fingerprint,
            str(issue.state),
            [event.kind for event in issues.get(issue.id).history],
            issue.first_result_id == first,
        )
        for issue in mine
    ]
