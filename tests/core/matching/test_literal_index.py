"""The compiled database: compiled where it must be, loaded where it can be, never a wrong one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hyperscan
import pytest

from beca_core.matching import literal_index as database
from beca_core.matching.literal_index import Expression
from beca_core.matching.literal_index import compiled as compiled_from
from beca_core.matching.rule_cache import RuleCache
from beca_core.system import cache_files as cache

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = Expression(r"\x74oken", 7, once=False)


def compiled(expressions: list[Expression], cache_dir: Path | None = None) -> hyperscan.Database | None:
    """Compile expressions that follow from nothing else."""
    return compiled_from(lambda: expressions, expressions, RuleCache(cache_dir))


def events(found: hyperscan.Database | None, data: bytes) -> list[tuple[int, int]]:
    assert found is not None
    seen: list[tuple[int, int]] = []
    found.scan(data, lambda index, _begin, end, _flags, _: seen.append((index, end)), scratch=hyperscan.Scratch(found))
    return sorted(seen)


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[list[Expression]]:
    """Take down what is really compiled, the tiny one that tells Hyperscan's version left out."""
    done: list[list[Expression]] = []
    real = database._compile

    def note(expressions: Any) -> hyperscan.Database:
        if len(expressions[0].text) > 1:
            done.append(list(expressions))
        return real(expressions)

    monkeypatch.setattr(database, "_compile", note)
    return done


def test_nothing_to_look_for_is_no_database(tmp_path: Path) -> None:
    assert compiled([]) is None
    assert compiled([], tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_every_place_is_told_or_one_is_enough() -> None:
    once = Expression("other", 3, once=True)
    found = compiled([TOKEN, once])
    assert events(found, b"token token other.other other") == [(3, 17), (7, 5), (7, 11)]


def test_what_was_compiled_before_is_loaded(tmp_path: Path, compilations: list[list[Expression]]) -> None:
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
    [[TOKEN._replace(text="tokens")], [TOKEN._replace(event=8)], [TOKEN._replace(once=True)], [TOKEN, TOKEN]],
)
def test_another_set_of_expressions_is_another_database(
    tmp_path: Path, compilations: list[list[Expression]], other: list[Expression]
) -> None:
    for expressions in ([TOKEN], other, [TOKEN], other):
        compiled(expressions, tmp_path)
    assert compilations == [[TOKEN], other]


def test_another_version_of_hyperscan_compiles_anew(
    tmp_path: Path, compilations: list[list[Expression]], monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled([TOKEN], tmp_path)
    monkeypatch.setattr(hyperscan, "__version__", "0.0.1")
    compiled([TOKEN], tmp_path)
    assert len(compilations) == 2


@pytest.mark.parametrize("stored", [b"", b"nonsense", b"\0" * 5000])
def test_what_hyperscan_does_not_take_is_compiled_anew(
    tmp_path: Path, compilations: list[list[Expression]], stored: bytes
) -> None:
    compiled([TOKEN], tmp_path)
    (path,) = tmp_path.iterdir()
    cache.store(tmp_path, path.stem, stored)
    assert events(compiled([TOKEN], tmp_path), b"token") == [(7, 5)]
    assert events(compiled([TOKEN], tmp_path), b"token") == [(7, 5)]
    assert len(compilations) == 2


def test_a_directory_that_cannot_be_used_costs_time_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert events(compiled([TOKEN], tmp_path / "file" / "cache"), b"token") == [(7, 5)]
