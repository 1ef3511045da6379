"""The model: the sum of the evidence, and the confidence that follows from it."""

from __future__ import annotations

import math
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence
from beca_scanners.generic import model as module
from beca_scanners.generic.model import BASE, WEIGHTS_NAME, Model, model

SIMPLE = Model({BASE: -1.0, "good": 3.0, "bad": -2.0}, low=-0.5, medium=0.5, high=2.5)


@pytest.mark.parametrize(
    ("numbers", "score"),
    [({}, -1.0), ({"good": 1.0}, 2.0), ({"good": 0.5, "bad": 1.0}, -1.5), ({"unknown": 9.0}, -1.0)],
)
def test_the_score_is_the_sum_of_weight_times_number(numbers: dict[str, float], score: float) -> None:
    assert SIMPLE.score(numbers) == score


@pytest.mark.parametrize(
    ("score", "confidence"),
    [
        (-0.51, None),
        (-0.5, Confidence.LOW),
        (0.49, Confidence.LOW),
        (0.5, Confidence.MEDIUM),
        (2.49, Confidence.MEDIUM),
        (2.5, Confidence.HIGH),
    ],
)
def test_the_confidence_follows_from_the_score(score: float, confidence: Confidence | None) -> None:
    assert SIMPLE.confidence(score) is confidence


@given(st.dictionaries(st.sampled_from(sorted(model().weights)), st.floats(-1, 1)))
def test_the_shares_add_up_to_the_score(numbers: dict[str, float]) -> None:
    numbers.pop(BASE, None)
    shares = model().shares(numbers)
    assert math.isclose(sum(share for _, share in shares), model().score(numbers), abs_tol=1e-9)
    assert [abs(share) for _, share in shares] == sorted((abs(share) for _, share in shares), reverse=True)


def test_the_weights_file_is_small_and_in_order() -> None:
    file = files(module.__package__).joinpath(WEIGHTS_NAME)
    assert len(file.read_bytes()) < 20_000
    assert model().low < model().medium < model().high
    assert BASE in model().weights
    assert all(abs(weight) < 10 for weight in model().weights.values())


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("has a digit", 1),
        ("surprise", 1),
        ("template", -1),
        ("placeholder template", -1),
        ("says test", -1),
        ("password, says test", -1),
        ("password hash", -1),
        ("name after locates", -1),
        ("name after identifies", -1),
    ],
)
def test_the_fit_has_not_turned_evidence_around(name: str, sign: int) -> None:
    assert model().weights[name] * sign > 0
