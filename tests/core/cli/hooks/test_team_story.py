"""The story of a team, on a small repository with old secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.core.cli.hooks.team_story import TeamStory

if TYPE_CHECKING:
    from tests.core.cli.hooks.clones import Clone

pytestmark = pytest.mark.slow


def secret(number: int) -> str:
    return f"token = acme_{f'{number}f' * 8}\n"


def test_from_the_first_scan_to_a_gate_that_is_kept(clone: Clone) -> None:
    clone.commit("old.env", secret(8))
    clone.commit("older.env", secret(9))
    clone.git("rm", "-q", "older.env")
    clone.commit("README", "older.env is gone\n")
    clone.git("push", "-q", "origin", "main")
    steps: list[str] = []
    story = TeamStory(clone, secret, lambda what, _: steps.append(what))
    story.play()
    assert len(steps) == 13
    assert story.paths_with_secrets() == ["old.env", "second.env"]
