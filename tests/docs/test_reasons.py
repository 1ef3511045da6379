"""Every reason for which something is left out is explained, on the page of results and in the OpenAPI document."""

from __future__ import annotations

import json
import re
from pathlib import Path

from beca_api.http.handlers import OPERATIONS
from beca_api.http.openapi import build_document
from beca_api.http.schemas.response_schemas import SKIP_REASONS
from beca_core.report import OMISSIONS, REASONS
from beca_core.sources.progress import Phase, Progress

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "finding-and-result.md").read_text()


def test_the_page_explains_each_reason_in_the_words_of_the_code() -> None:
    table = PAGE.partition("| reason in `skipped` |")[2].partition("\n\n")[0]
    assert dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", table, re.MULTILINE)) == SKIP_REASONS


def test_the_page_explains_each_omission_in_the_words_of_the_code() -> None:
    table = PAGE.partition("| kind in `omitted` |")[2].partition("\n\n")[0]
    assert dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", table, re.MULTILINE)) == OMISSIONS


def test_each_meaning_is_one_sentence() -> None:
    meanings = (*SKIP_REASONS.values(), *OMISSIONS.values())
    assert all(re.fullmatch(r"[A-Z][^.]+\.", meaning) for meaning in meanings)


def test_no_omission_is_a_reason() -> None:
    assert OMISSIONS.keys() & SKIP_REASONS.keys() == set()


def test_the_server_has_the_reasons_of_a_scan_and_its_own() -> None:
    assert SKIP_REASONS.keys() - REASONS.keys() == {"too-many-findings"}


def test_the_openapi_document_explains_them() -> None:
    schemas = json.loads(build_document(OPERATIONS))["components"]["schemas"]
    description = schemas["Coverage"]["properties"]["skipped"]["description"]
    assert all(f"`{reason}`: {meaning}" in description for reason, meaning in SKIP_REASONS.items())
    description = schemas["Coverage"]["properties"]["omitted"]["description"]
    assert all(f"`{kind}`: {meaning}" in description for kind, meaning in OMISSIONS.items())


def test_progress_is_described_member_by_member() -> None:
    schemas = json.loads(build_document(OPERATIONS))["components"]["schemas"]
    members = set(Progress().to_dict())
    assert set(schemas["Progress"]["properties"]) == members
    table = PAGE.partition("`progress` says how far")[2].partition("## The stream")[0]
    assert members <= set(re.findall(r"`([a-z]+)`", table))
    assert set(Phase) <= set(re.findall(r"`([a-z]+)`", table))


def test_decodings_are_described() -> None:
    schemas = json.loads(build_document(OPERATIONS))["components"]["schemas"]
    assert "decodings" in schemas["Metadata"]["properties"]
    assert "decodings" not in schemas["Metadata"].get("required", [])
    assert "`metadata.decodings`" in PAGE
