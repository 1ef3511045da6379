"""`Model`: adds up the evidence about a candidate, and says how confident that makes a finding.

The model is a logistic regression. Each piece of evidence has a weight, which is a difference of log-odds: the natural
logarithm of how much likelier it makes a secret. The weights are a file that `tests/benchmarks/fitting/fit.py` writes.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.findings import Confidence

if TYPE_CHECKING:
    from collections.abc import Mapping

WEIGHTS_NAME: Final = "weights.json"
BASE: Final = "base"
"""The name of the weight that each candidate has."""


class Model(NamedTuple):
    """A model of generic secrets.

    Args:
        weights: The weight of each piece of evidence, by name; that of `BASE` is added once.
        low: The least score of a finding; what has less is dropped.
        medium: The least score of a finding with confidence MEDIUM.
        high: The least score of one with confidence HIGH.
    """

    weights: Mapping[str, float]
    low: float
    medium: float
    high: float

    def score(self, numbers: Mapping[str, float]) -> float:
        """Return the sum of the evidence, in log-odds.

        Args:
            numbers: The evidence by name, as `gather` returns it; what the model does not know has no weight.
        """
        weights = self.weights
        return weights[BASE] + sum([weights.get(name, 0.0) * number for name, number in numbers.items()])

    def confidence(self, score: float) -> Confidence | None:
        """Return the confidence of a finding with a score, or None if it is dropped."""
        if score < self.low:
            return None
        if score < self.medium:
            return Confidence.LOW
        return Confidence.MEDIUM if score < self.high else Confidence.HIGH

    def shares(self, numbers: Mapping[str, float]) -> list[tuple[str, float]]:
        """Return what each piece of evidence adds to the score, the greatest first, whatever its sign."""
        shares = [(name, self.weights.get(name, 0.0) * number) for name, number in numbers.items()]
        return sorted([(BASE, self.weights[BASE]), *shares], key=lambda share: (-abs(share[1]), share[0]))


@cache
def model() -> Model:
    """Return the model of the weights file."""
    document = json.loads(Path(__file__).with_name(WEIGHTS_NAME).read_text("utf-8"))
    return Model(document["weights"], document["low"], document["medium"], document["high"])
