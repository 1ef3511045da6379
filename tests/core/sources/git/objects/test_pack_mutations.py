"""500 mutants of sound repositories: no crash, no hang, nothing outside touched, and nothing is lost silently."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from beca_core.errors import SourceError
from tests.core.sources.git.mutations import Original, mutate, originals
from tests.core.sources.git.stores import (
    assert_nothing_is_lost_silently,
    fingerprint,
    indexed,
    read_store,
    within,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

MUTANTS = 500
IN_A_TEST = 50


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> list[Original]:
    """The repositories that mutants are made of."""
    return originals(tmp_path_factory.mktemp("sound"))


def problem(original: Original, directory: Path, number: int) -> str | None:
    """What is wrong with how a mutant is read, if something is."""
    mutant = directory / "mutant.git"
    what = mutate(original, mutant, number)
    before = fingerprint(directory)
    try:
        with within(30):
            found = read_store(mutant)
        assert_nothing_is_lost_silently(found, original.contents, indexed(mutant, original.contents))
    except SourceError:
        pass
    except Exception as error:  # noqa: BLE001 - whatever it is, the mutant is named
        return f"mutant {number}, {what}: {type(error).__name__}: {error}"
    finally:
        after = fingerprint(directory)
        shutil.rmtree(mutant)
    return None if after == before else f"mutant {number}, {what}: files were changed"


@pytest.mark.parametrize("first", range(0, MUTANTS, IN_A_TEST))
def test_mutants(sound: list[Original], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    place = tmp_path / "place"
    place.mkdir()
    (place / "beside").write_text("nobody touches this")
    numbers = range(first, first + IN_A_TEST)
    problems = [problem(sound[number % len(sound)], place, number) for number in numbers]
    assert not any(problems), "\n".join(filter(None, problems))
    assert list(scratch.iterdir()) == []


def test_originals_are_read_as_they_are(sound: list[Original]) -> None:
    for original in sound:
        found = read_store(original.path)
        assert found.contents == original.contents
        assert found.skipped == []


def test_mutants_differ_from_their_originals(sound: list[Original], tmp_path: Path) -> None:
    kinds = set()
    for number in range(60):
        path = tmp_path / f"{number}.git"
        kinds.add(mutate(sound[number % len(sound)], path, number).split(":")[0].rpartition(".")[2])
    assert {"pack", "idx", "rev"} <= kinds
