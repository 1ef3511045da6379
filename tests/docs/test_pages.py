"""Every block of the documentation runs, and every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.slow
def test_the_blocks_of_a_page_run(blocks: list[Any], sandbox: Any) -> None:
    for block in blocks:
        sandbox.run(block)


def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"


def test_a_page_has_one_title(page: Path) -> None:
    outside_blocks = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert len(re.findall(r"^# ", outside_blocks, flags=re.MULTILINE)) == 1


def test_the_readme_is_short() -> None:
    readme = Path(__file__).parents[2] / "README.md"
    assert len(readme.read_text().splitlines()) < 150


@pytest.mark.parametrize("section", ["tutorial", "how-to", "reference", "explanation"])
def test_each_kind_of_documentation_is_there(section: str) -> None:
    assert list((Path(__file__).parents[2] / "docs" / section).glob("*.md"))
