"""A text of which only the new parts are looked at has the same regions as if all of it were."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.matching.prefilter import Prefilter
from beca_core.matching.regions import NO_REGIONS
from beca_core.matching.versions.new_parts import REPORTED
from beca_core.rules.rule import random_text
from beca_core.sources.novelty import Novelty
from tests.core.sources.deltas import Edit, edited

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core import Rule

FILLER = b"".join(b"line %d of a text\n" % line for line in range(2000))
DIGITS = random_text(string.digits, 24, "novelty").encode()
SECRET = b"acme_" + DIGITS
WORDS = [
    SECRET,
    b"acme_",
    b"acm",
    b"e_" + DIGITS,
    DIGITS[:12],
    b"0",
    b"\n",
    b"keyword",
    b"key",
    b"word",
    b"a\0c\0m\0e\0",
]
PLACES = st.sampled_from([0, 1, 5000, 5004, 5005, 5010, 20_000, len(FILLER) - 30, len(FILLER) - 3, len(FILLER)])
EDITS = st.lists(st.builds(Edit, PLACES, st.integers(0, 40), st.sampled_from(WORDS)), min_size=1, max_size=3)
VERSIONS = st.lists(st.tuples(st.integers(0, 5), EDITS), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def prefilter(make_rule: Callable[..., Rule]) -> Prefilter:
    return Prefilter(
        [
            make_rule(r"(?P<secret>acme_[0-9]{24})"),
            make_rule(r"(?i)keyword\s*=\s*(?P<secret>[0-9]{12})", id="assigned"),
        ],
        [(b"anchor",)],
    )


@given(versions=VERSIONS)
def test_regions_do_not_depend_on_what_is_known_of_the_base(
    prefilter: Prefilter, versions: list[tuple[int, list[Edit]]]
) -> None:
    texts, novelties = [FILLER], [Novelty()]
    assert prefilter.find(FILLER, novelty=novelties[0]) is NO_REGIONS
    for base, edits in versions:
        base %= len(texts)
        text, delta = edited(texts[base], edits)
        novelty = Novelty(novelties[base].verdict, delta)
        found, expected = prefilter.find(text, novelty=novelty), prefilter.find(text)
        assert _comparable(found) == _comparable(expected)
        assert bool(novelty.verdict.absent & REPORTED) == (expected is NO_REGIONS)
        texts.append(text)
        novelties.append(novelty)


def _comparable(regions: object) -> object:
    ranges, forms, spans, may_be_wide = regions  # type: ignore[misc]
    return ranges, {kind: sorted(ends) for kind, ends in forms.items()}, sorted(spans), may_be_wide
