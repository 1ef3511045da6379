"""Candidates and secrets for the tests of checks."""

from __future__ import annotations

from beca_core import Candidate, Confidence
from beca_core.checks import ALPHABETS, Inspection
from beca_core.rules.rule import random_text


def candidate(text: str | bytes, confidence: Confidence = Confidence.MEDIUM, **groups: tuple[int, int]) -> Candidate:
    """Return a candidate that is a whole text."""
    data = text.encode() if isinstance(text, str) else text
    return Candidate(data, 0, len(data), confidence, groups)


def is_kept(check: Inspection, text: str | bytes) -> bool:
    """Whether a check keeps a text."""
    return isinstance(check(candidate(text)), Candidate)


def kept(check: Inspection, *texts: str | bytes) -> list[str | bytes]:
    """Return the texts that a check keeps."""
    return [text for text in texts if is_kept(check, text)]


def dropped(check: Inspection, *texts: str | bytes) -> list[str | bytes]:
    """Return the texts that a check drops."""
    return [text for text in texts if not is_kept(check, text)]


def random_secret(alphabet: str, length: int, seed: object = 0) -> str:
    """Return a text of a named alphabet that looks random."""
    return random_text(ALPHABETS[alphabet], length, str(seed))
