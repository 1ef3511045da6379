"""Each command imports only what it needs, because its user waits for the imports."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

TRACE = """
import sys
from beca_core.cli import main
try:
    main()
except SystemExit:
    pass
sys.stderr.write(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""
STORAGE = {"sqlmodel", "sqlalchemy", "alembic", "psycopg"}
SERVER = {"aiohttp", "dramatiq", "pika", "redis", "structlog", "beca_api"}

pytestmark = pytest.mark.usefixtures("with_builtin")


def imported(environment: dict[str, str], *arguments: str) -> set[str]:
    ended = subprocess.run(
        [sys.executable, "-c", TRACE, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=True,
    )
    return set(ended.stderr.split())


@pytest.mark.parametrize("arguments", [["--help"], ["scan", "--help"], ["--version"], ["token", "--help"]])
def test_help_imports_no_heavy_package(environment: dict[str, str], arguments: list[str]) -> None:
    heavy = STORAGE | SERVER | {"pydantic", "pydantic_settings", "rich", "hyperscan", "re2", "pluggy", "dulwich"}
    assert not imported(environment, *arguments) & heavy


@pytest.mark.slow
@pytest.mark.parametrize("name", ["table", "json", "jsonl"])
def test_a_scan_of_a_path_needs_no_storage_no_server_and_no_pydantic(
    environment: dict[str, str], tree: Path, name: str
) -> None:
    seen = imported(environment, "scan", str(tree), "--format", name)
    assert not seen & (STORAGE | SERVER | {"pydantic", "pydantic_settings"})
    assert {"hyperscan", "pluggy"} <= seen
    assert "rich" not in seen


@pytest.mark.slow
def test_re2_is_imported_only_for_candidates_and_dulwich_only_for_new_objects(
    environment: dict[str, str], tmp_path: Path
) -> None:
    repository = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    (repository / "empty").touch()
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["add", "."], [*identity, "commit", "-qm", "nothing"]):
        subprocess.run(["git", "-C", str(repository), *command], check=True)
    scan = ("scan", str(repository), "--rules", "secret-key", "--state", str(tmp_path / "state"))
    engines = {"hyperscan", "re2", "dulwich"}
    environment["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    assert "re2" in imported(environment, *scan), "the literals of the patterns are derived once and then cached"
    (tmp_path / "state").unlink()
    imported(environment, *scan)  # the second scan stores what is known of the rules
    (tmp_path / "state").unlink()
    assert imported(environment, *scan) & engines == {"hyperscan", "dulwich"}
    assert not imported(environment, *scan) & engines


@pytest.mark.slow
def test_settings_are_read_only_if_there_are_any(environment: dict[str, str], tree: Path) -> None:
    seen = imported(environment | {"BECA_DISABLED_PLUGINS": "builtin"}, "scan", str(tree))
    assert "pydantic_settings" in seen
    assert not seen & (STORAGE | SERVER)


@pytest.mark.parametrize("arguments", [["rules", "list"], ["plugins", "list"]])
def test_lists_need_no_storage_and_no_server(environment: dict[str, str], arguments: list[str]) -> None:
    assert not imported(environment, *arguments) & (STORAGE | SERVER | {"pydantic"})
