"""Cursors are opaque, and only cursors that the service wrote are accepted."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.errors import InvalidInput
from beca_core.storage.models import MAX_ID
from beca_core.storage.services.pages import Cursors, Page, checked_limit

TWO = Cursors("results", 2)
numbers = st.integers(-MAX_ID, MAX_ID)


def encoded(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


@given(numbers, numbers)
def test_a_cursor_is_read_as_it_was_written(first: int, second: int) -> None:
    cursor = TWO.write([first, second])
    assert TWO.read(cursor) == (first, second)
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        TWO.read(text)


@given(st.binary(max_size=60))
def test_any_other_bytes_in_the_right_coding_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        TWO.read(base64.urlsafe_b64encode(data).decode().rstrip("="))


@pytest.mark.parametrize(
    "document",
    [
        None,
        1,
        "results",
        [],
        ["results"],
        ["results", 1],
        ["results", 1, 2, 3],
        ["findings", 1, 2],
        ["results", 1, "2"],
        ["results", 1, 2.0],
        ["results", 1, True],
        ["results", 1, None],
        ["results", 1, MAX_ID + 1],
        ["results", -MAX_ID - 1, 1],
        {"results": [1, 2]},
        [[[["results"]]]],
    ],
    ids=str,
)
def test_json_that_is_not_a_key_is_refused(document: object) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        TWO.read(encoded(document))


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(InvalidInput):
        TWO.read(Cursors("findings", 2).write([1, 2]))


def test_deep_json_is_refused() -> None:
    with pytest.raises(InvalidInput):
        TWO.read(base64.urlsafe_b64encode(b"[" * 100_000).decode())


def test_a_page_that_is_not_the_last_ends_with_a_cursor() -> None:
    cursors = Cursors("numbers", 1)
    page = cursors.page([1, 2, 3], 2, lambda number: [number])
    assert page == Page((1, 2), cursors.write([2]))


@pytest.mark.parametrize("found", [[], [1], [1, 2]])
def test_the_last_page_ends_with_none(found: list[int]) -> None:
    assert Cursors("numbers", 1).page(found, 2, lambda number: [number]) == Page(tuple(found), None)


@pytest.mark.parametrize("limit", [1, 2, 200])
def test_a_limit_within_bounds_is_accepted(limit: int) -> None:
    assert checked_limit(limit, 200) == limit


@pytest.mark.parametrize("limit", [-1, 0, 201, 10**30])
def test_a_limit_out_of_bounds_is_refused(limit: int) -> None:
    with pytest.raises(InvalidInput, match="1 to 200"):
        checked_limit(limit, 200)
