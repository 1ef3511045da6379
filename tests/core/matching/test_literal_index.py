"""The compiled database: loaded if it is cached, compiled if not, and never a wrong one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hyperscan
import pytest

from beca_core.matching.index import literal_index as database
from beca_core.matching.index.literal_index import Expression, load_or_compile
from beca_core.matching.rule_cache import RuleCache
from beca_core.system import cache_files as cache

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = Expression(r"\x74oken", 7, once=False)


def compiled(expressions: list[Expression], cache_dir: Path | None = None) -> hyperscan.Database | None:
    """Return the database of some expressions, which are their own basis."""
    return load_or_compile(lambda: expressions, expressions, RuleCache(cache_dir))


def events(found: hyperscan.Database | None, data: bytes) -> list[tuple[int, int]]:
    assert found is not None
    seen: list[tuple[int, int]] = []
    found.scan(data, lambda index, _begin, end, _flags, _: seen.append((index, end)), scratch=hyperscan.Scratch(found))
    return sorted(seen)


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[list[Expression]]:
    """Record what is compiled, except the small database that reports Hyperscan's version."""
    done: list[list[Expression]] = []
    real = database._compile

    def record(expressions: Any) -> hyperscan.Database:
        if len(expressions[0].text) > 1:
            done.append(list(expressions))
        return real(expressions)

    monkeypatch.setattr(database, "_compile", record)
    return done


def test_no_expressions_give_no_database(tmp_path: Path) -> None:
    assert compiled([]) is None
    assert compiled([], tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_an_expression_reports_every_event_or_one() -> None:
    once = Expression("other", 3, once=True)
    found = compiled([TOKEN, once])
    assert events(found, b"token token other.other other") == [(3, 17), (7, 5), (7, 11)]


def test_a_cached_database_is_loaded(tmp_path: Path, compilations: list[list[Expression]]) -> None:
    data = b"a token, another token" + b"." * 100
    expected = events(compiled([TOKEN]), data)
    first, second = compiled([TOKEN], tmp_path), compiled([TOKEN], tmp_path)
    assert events(first, data) == events(second, data) == expected
    assert compilations == [[TOKEN], [TOKEN]]


def test_without_a_directory_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cache, "store", lambda *_: pytest.fail("stored"))
    assert compiled([TOKEN]) is not None


@pytest.mark.parametrize(
    "other",
    [[TOKEN._replace(text="tokens")], [TOKEN._replace(id=8)], [TOKEN._replace(once=True)], [TOKEN, TOKEN]],
)
def test_another_set_of_expressions_is_another_database(
    tmp_path: Path, compilations: list[list[Expression]], other: list[Expression]
) -> None:
    for expressions in ([TOKEN], other, [TOKEN], other):
        compiled(expressions, tmp_path)
    assert compilations == [[TOKEN], other]


def test_another_version_of_hyperscan_compiles_again(
    tmp_path: Path, compilations: list[list[Expression]], monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled([TOKEN], tmp_path)
    monkeypatch.setattr(hyperscan, "__version__", "0.0.1")
    compiled([TOKEN], tmp_path)
    assert len(compilations) == 2


@pytest.mark.parametrize("stored", [b"", b"nonsense", b"\0" * 5000])
def test_a_file_that_hyperscan_rejects_is_compiled_again(
    tmp_path: Path, compilations: list[list[Expression]], stored: bytes
) -> None:
    compiled([TOKEN], tmp_path)
    (path,) = tmp_path.iterdir()
    cache.store(tmp_path, path.stem, stored)
    assert events(compiled([TOKEN], tmp_path), b"token") == [(7, 5)]
    assert events(compiled([TOKEN], tmp_path), b"token") == [(7, 5)]
    assert len(compilations) == 2


def test_an_unusable_directory_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert events(compiled([TOKEN], tmp_path / "file" / "cache"), b"token") == [(7, 5)]
