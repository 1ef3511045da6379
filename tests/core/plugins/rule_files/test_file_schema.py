"""The JSON Schema of rule files takes what the loader takes, and refuses what has a wrong form."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Allow, CounterExample, Example, Near, Part, Rule, Variant
from beca_core.plugins.rule_files.file_schema import rule_file_schema
from beca_core.plugins.rule_files.rule_file import read_rule_file
from beca_core.plugins.rule_files.toml_reader import read_toml
from tests.core.plugins.rule_files.conftest import rule
from tests.core.plugins.rule_files.test_rule_file import TWO_PARTS

ROOT = Path(__file__).parents[4]
SCHEMA = rule_file_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

GOOD = {
    "id": "acme-key",
    "version": 1,
    "description": "ACME key",
    "severity": "high",
    "confidence": "LOW",
    "pattern": "(?P<secret>acme_[0-9]+)",
}
NEAR = {"words": ["acme"], "within": 20, "where": "before"}
PART = {"name": "key-id", "pattern": "AK[0-9]{9}", "within_lines": 0, "required": False, "confidence": "low"}
FULL = {
    **GOOD,
    "examples": [{"text": "a", "secret": ["a", {"bytes": "\xff"}], "parts": {"x": "y"}}, {"text": "a", "secret": "b"}],
    "counter_examples": ["a", {"bytes": "a"}, {"text": "b", "step": "check"}],
    "references": ["https://example.com"],
    "provider": "ACME",
    "tags": ["a-b"],
    "enabled": False,
    "paths": ["*.env"],
    "near": [NEAR, NEAR],
    "parts": [PART],
    "min_entropy": 3.5,
    "allow": {"words": ["example"]},
    "variants": [{"name": "test", "pattern": "t", "severity": "low"}],
    "attributes": ["x"],
    "max_bytes": 90,
    "override": False,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('a-"1', max_size=3) | st.sampled_from(["high", "acme-key"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=2),
    max_leaves=3,
)
FORM = re.compile(r"must be (?!from )|is not a key of|, which is required|there is no key|must have one key|of at most")
"""What the loader says of a wrong form; everything else that it says is about values."""


def is_valid(document: object) -> bool:
    return not any(VALIDATOR.iter_errors(document))


def complaints(document: object, path: Path) -> list[str]:
    path.write_text(json.dumps(document, ensure_ascii=False))
    return list(read_rule_file(path).problems)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of everything in a rule."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in items for place in places(item, (*path, key)))]


PLACES = [place for place in places(FULL) if place]


def changed(value: Any, path: tuple[Any, ...], new: object) -> Any:
    """Return a copy with another value somewhere; `...` removes it."""
    if not path:
        return new
    copied: Any = dict(value) if isinstance(value, dict) else list(value)
    if new is ... and len(path) == 1:
        del copied[path[0]]
    else:
        copied[path[0]] = changed(value[path[0]], path[1:], new) if path[1:] else new
    return copied


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_page_of_the_schema_is_that_of_the_code() -> None:
    assert json.loads((ROOT / "docs" / "reference" / "rules.schema.json").read_text()) == SCHEMA


@pytest.mark.parametrize("kind", [Rule, Near, Part, Allow, Variant, Example, CounterExample])
def test_each_field_is_in_the_schema_and_explained(kind: Any) -> None:
    properties = SCHEMA["$defs"][kind.__name__]["properties"]
    assert {field.name for field in fields(kind)} == properties.keys() - {"override"}
    assert all(property_["description"] for property_ in properties.values())


@pytest.mark.parametrize("document", [{}, {"rules": []}, {"rules": [GOOD]}, {"rules": [FULL], "disable": ["a-*"]}])
def test_what_the_loader_takes_is_valid(document: Any, tmp_path: Path) -> None:
    assert complaints(document, tmp_path / "a.yaml") == []
    assert is_valid(document)


def test_the_files_of_these_tests_are_valid() -> None:
    assert is_valid(read_toml(TWO_PARTS).data)
    assert is_valid(read_toml(rule() + rule("other")).data)


@pytest.mark.parametrize("page", ["how-to/rule-in-toml.md", "reference/rule-files.md"])
def test_the_files_of_the_documentation_are_valid(page: str, tmp_path: Path) -> None:
    import yaml

    text = (ROOT / "docs" / page).read_text()
    blocks = re.findall(r"^```(toml|yaml)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert blocks
    for language, block in blocks:
        data = read_toml(block).data if language == "toml" else yaml.safe_load(block)
        assert is_valid(data), block
        assert complaints(data, tmp_path / "a.yaml") == []


@given(place=st.sampled_from(PLACES), new=JSON)
def test_both_refuse_the_same_forms(place: tuple[Any, ...], new: object, tmp_path_factory: Any) -> None:
    document = {"rules": [changed(FULL, place, new)]}
    found = complaints(document, tmp_path_factory.getbasetemp() / "a.yaml")
    if any(map(FORM.search, found)):
        assert not is_valid(document), found
    if not is_valid(document):
        assert found


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_both_need_the_same_keys(place: tuple[Any, ...], tmp_path: Path) -> None:
    document = {"rules": [changed(FULL, place, ...)]}
    found = complaints(document, tmp_path / "a.yaml")
    assert is_valid(document) == (not found)


@pytest.mark.parametrize("place", [place for place in PLACES if isinstance(place[-1], str)], ids=str)
def test_both_refuse_unknown_keys(place: tuple[Any, ...], tmp_path: Path) -> None:
    if place[:-1] == ("examples", 0, "parts"):
        return  # its keys are names
    document = {"rules": [changed(FULL, (*place[:-1], "zzz"), 1)]}
    assert not is_valid(document)
    assert complaints(document, tmp_path / "a.yaml")


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    from beca_core.cli import main

    assert not main(["rules", "schema"])
    assert json.loads(capsys.readouterr().out) == SCHEMA
