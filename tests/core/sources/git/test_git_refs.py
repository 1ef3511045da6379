"""The view's refs are those of the repository, however they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beca_core.sources.git.layout import find_repository
from beca_core.sources.git.view import RepositoryView

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FORMAT = "--format=%(refname) %(objectname) %(*objectname)"
NAMES = (
    "heads/main", "heads/a/b", "heads/a/c.d", "heads/lock", "heads/-x", "heads/ä", "heads/x.LOCK", "heads/@",
    "heads/" + 29 * "n", "tags/v1.0", "tags/v1..0", "tags/v1.lock", "tags/.v1", "tags/v1.", "notes/commits", "stash",
)  # fmt: skip
"""Names of refs, some of which git does not take."""


def refs_of(view: RepositoryView) -> list[bytes]:
    return view.run("for-each-ref", FORMAT).splitlines()


def expected(repo: Any) -> list[bytes]:
    return repo.run("for-each-ref", FORMAT).splitlines()


@pytest.fixture
def ids(repo) -> list[str]:
    """Three commits, and a tag of the last."""
    commits = [repo.commit({"a": str(number)}) for number in range(3)]
    repo.git("tag", "-a", "-m", "a tag", "annotated")
    return [*commits, repo.id("annotated")]


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each example writes all refs anew
@given(
    packed=st.dictionaries(st.sampled_from(NAMES), st.integers(0, 3)),
    loose=st.dictionaries(st.sampled_from(NAMES), st.integers(0, 3) | st.sampled_from(NAMES)),
    head=st.sampled_from([*NAMES, ""]),
    ends=st.sampled_from(["\n", "", "\n\n", " \n", "x\n"]),
)
def test_refs_are_those_that_git_sees(repo, ids, packed, loose, head, ends) -> None:
    write_refs(repo, packed, loose, ids, ends)
    (repo.git_dir / "HEAD").write_text(f"ref: refs/{head}\n" if head else f"{ids[1]}\n")
    layout = find_repository(repo.path)
    assert layout is not None
    view = RepositoryView(layout)
    try:
        assert refs_of(view) == expected(repo)
        named = repo.run("rev-parse", "--quiet", "--verify", "HEAD", check=False).strip()
        assert view.head() == (named or None)
        assert set(view.tips()) == {line.split()[1] for line in expected(repo)} | ({named} - {b""})
    finally:
        view.close()


def write_refs(repo: Any, packed: dict[str, int], loose: dict[str, int | str], ids: list[str], ends: str) -> None:
    clear(repo.git_dir / "refs")
    names = [name for name in packed if is_taken(repo, name)]
    (repo.git_dir / "packed-refs").write_text("".join(lines_of_packed(names, packed, ids)))
    for name, target in loose.items():
        path = repo.git_dir / "refs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"ref: refs/{target}{ends}" if isinstance(target, str) else f"{ids[target]}{ends}")


def is_taken(repo: Any, name: str) -> bool:
    return repo.git("check-ref-format", f"refs/{name}", check=False) == "" and ".." not in name


def lines_of_packed(names: Iterable[str], packed: dict[str, int], ids: list[str]) -> Iterable[str]:
    yield "# pack-refs with: peeled fully-peeled sorted \n"
    for name in sorted(names, key=str.encode):
        yield f"{ids[packed[name]]} refs/{name}\n"
        if packed[name] == len(ids) - 1:
            yield f"^{ids[-2]}\n"


def clear(directory: Path) -> None:
    for path in sorted(directory.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
