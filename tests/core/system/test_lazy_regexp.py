"""Expressions that are compiled when they are first used."""

from __future__ import annotations

import copy
import pickle
import re
from typing import TYPE_CHECKING, Any

import pytest

from beca_core.system.lazy_regexp import lazy

if TYPE_CHECKING:
    from collections.abc import Callable


def test_it_searches_as_the_expression_does() -> None:
    expression = lazy(rb"(?P<word>[a-z]+)=", re.IGNORECASE)
    found = expression.search(b"1 Key=2")
    assert found is not None
    assert found["word"] == b"Key"
    assert expression.pattern == rb"(?P<word>[a-z]+)="
    assert expression.flags == re.compile(rb"a", re.IGNORECASE).flags
    assert lazy("a+").sub("b", "caat") == "cbt"
    assert lazy("a").match("b") is None


def test_it_is_compiled_at_the_first_use_and_not_before() -> None:
    expression = lazy("(")
    with pytest.raises(re.error):
        expression.search("")


def test_what_an_expression_has_not_it_has_not() -> None:
    with pytest.raises(AttributeError):
        lazy("a").searching  # type: ignore[attr-defined]  # noqa: B018


def pickled(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))  # noqa: S301 - what was just written


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_a_copy_is_the_expression_itself_used_or_not(copied: Callable[[Any], Any]) -> None:
    expression = lazy("a+", re.IGNORECASE)
    assert copied(expression) == re.compile("a+", re.IGNORECASE)
    assert expression.search("A")
    assert copied(expression) == re.compile("a+", re.IGNORECASE)
