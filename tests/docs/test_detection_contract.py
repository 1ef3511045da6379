"""The page of the detection contract names every field, each in the section of what has it."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

import beca_core
from beca_core import (
    Allow,
    Candidate,
    CounterExample,
    Dropped,
    Example,
    Match,
    MatchPart,
    Near,
    Part,
    Rule,
    RuleInfo,
    Side,
    Variant,
)

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "detection-contract.md").read_text()


def sections_about(name: str) -> str:
    """Return the sections of the page whose headings name a class, or of which a table does."""
    sections = re.split(r"^(?=##+ )", PAGE, flags=re.MULTILINE)
    return "".join(each for each in sections if f"`{name}`" in each)


def first_cells(text: str) -> set[str]:
    rows = re.findall(r"^\| (.*?) \|", text, flags=re.MULTILINE)
    return {name for cell in rows for name in re.findall(r"`(\w+)`", cell)}


@pytest.mark.parametrize(
    "kind", [RuleInfo, Rule, Near, Part, Allow, Variant, Example, CounterExample, Candidate, Dropped, Match, MatchPart]
)
def test_every_field_has_a_row(kind: type) -> None:
    named = first_cells(sections_about(kind.__name__))
    missing = {field.name for field in fields(kind)} - named  # type: ignore[arg-type]
    assert missing == set()


@pytest.mark.parametrize(
    ("name", "members"),
    [("Scanner", {"rules", "anchors", "scan", "needs_whole"}), ("Reporter", {"name", "write"}), ("Filter", set())],
)
def test_protocols_have_a_section(name: str, members: set[str]) -> None:
    assert getattr(beca_core, name)
    section = sections_about(name)
    assert all(f"`{member}`" in section for member in members)
    assert name in section


def test_every_side_is_named() -> None:
    assert all(f"`Side.{side.name}`" in PAGE for side in Side)


def test_no_row_is_about_a_field_that_is_gone() -> None:
    kinds = (RuleInfo, Rule, Near, Part, Allow, Variant, Example, CounterExample, Candidate, Dropped, Match, MatchPart)
    known = {field.name for kind in kinds for field in fields(kind)}
    known |= {kind.__name__ for kind in kinds} | {"rules", "anchors", "scan", "needs_whole"}
    assert first_cells(PAGE) - known == set()
