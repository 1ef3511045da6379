"""The generated reference pages are those that the code makes now."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.generate import PAGES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", list(PAGES))
def test_a_generated_page_is_up_to_date(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    page = (DOCS / "reference" / name).read_text()
    assert page == PAGES[name](), "run: uv run python -m docs.generate"
