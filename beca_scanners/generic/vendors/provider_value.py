"""`ProviderValue`: the check of a random value whose name is that of a provider."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from beca_core import Confidence
from beca_core.checks import Inspection
from beca_core.rules.candidate import Dropped
from beca_scanners.generic.assignments import Value, read_value
from beca_scanners.generic.names import name_around, read_name
from beca_scanners.generic.randomness import UUID, is_hash_like, randomness
from beca_scanners.generic.vendors.provider_names import other_words, plain

if TYPE_CHECKING:
    from beca_core import Candidate

AROUND: Final = 160
"""How many bytes before a name and after its value are looked at."""

_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_HASHES: Final = re.compile(
    rb"(?i)sha-?\d|\bsha\b|digest|commit|integrity|checksum|\brev(?:ision)?\b|\bmd5|\bhash|\betag|fingerprint|blob|\btree\b"
    rb"|version|\bimage|path|\burls?\b|\bids?\b|_id\b"
)
_VERIFICATION: Final = re.compile(rb"(?i)verif")
_CALLED: Final = re.compile(rb"[(\[]|::")
_HEX_RUN: Final = re.compile(rb"\b[0-9A-Fa-f]{32,128}\b")
_SURE: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ProviderValue(Inspection):
    """Keep a random value whose name is that of a provider, or has it as its first or its last word.

    The candidate's span becomes that of the whole value. Where the name has another word that names a secret, such as
    `token`, the rule of that word decides.

    Args:
        guarded: Names that are ordinary words too: a short value has to have letters of both cases.
        uuid: Names of providers whose keys are UUIDs.
    """

    name: ClassVar[str] = "provider-value"

    guarded: tuple[str, ...] = ()
    uuid: tuple[str, ...] = ()

    def _look(self, _text: bytes, candidate: Candidate) -> Candidate | Dropped:
        data, word = candidate.data, candidate.groups["word"]
        if dropped := _by_name(data, word):
            return dropped
        value = read_value(data, candidate.begin)
        text = data[value.begin : value.end]
        found = randomness(text)
        if isinstance(found, Dropped):
            return found
        around = _around(data, word, value)
        if dropped := _by_surroundings(data, value, around):
            return dropped
        name = plain(data[slice(*word)].decode("ascii"))
        confidence = Confidence.LOW if _is_among_hashes(text, around) else self._confidence(name, text, found)
        return replace(candidate, begin=value.begin, end=value.end, confidence=confidence)

    def _confidence(self, name: str, value: bytes, found: Confidence) -> Confidence:
        if UUID.fullmatch(value):
            return Confidence.MEDIUM if name in self.uuid else Confidence.LOW
        if name in self.guarded and len(value) < _SURE and (value.islower() or value.isupper()):
            return Confidence.LOW
        return found


def _by_name(data: bytes, word: tuple[int, int]) -> Dropped | None:
    """Return why the name around a provider's is not that of its key."""
    begin, end = name_around(data, *word)
    before, after = data[begin : word[0]].rpartition(b".")[2], data[word[1] : end]
    if before.strip(b"$-_@") and after.strip(b"-_"):
        return Dropped("the provider is in the middle of a name")
    if before[-1:].isalnum() and not (before[-1:].islower() and data[word[0] : word[0] + 1].isupper()):
        return Dropped("the provider is a part of a word")
    if kind := read_name(data[begin:end]).kind:
        return Dropped("its name is that of another kind", kind)
    words = _PART.findall((data[begin : word[0]] + b" " + after).decode("latin-1"))
    other = next((each for each in words if each.lower() in other_words()), "")
    return Dropped("its name says that it is something else", other) if other else None


class AssignmentSurroundings(NamedTuple):
    """What is around an assignment.

    Args:
        line: Its line, without the value.
        above: The line before it.
        below: The line after it.
    """

    line: bytes
    above: bytes
    below: bytes


def _around(data: bytes, word: tuple[int, int], value: Value) -> AssignmentSurroundings:
    first = max(data.rfind(b"\n", 0, word[0]) + 1, word[0] - AROUND)
    last = data.find(b"\n", value.end, value.end + AROUND)
    last = min(value.end + AROUND, len(data)) if last < 0 else last
    above = data[max(data.rfind(b"\n", 0, max(first - 1, 0)) + 1, first - AROUND) : first]
    end = data.find(b"\n", last + 1, last + AROUND)
    below = data[last + 1 : end if end >= 0 else last + AROUND]
    return AssignmentSurroundings(data[first : word[0]] + b" " + data[value.end : last], above, below)


def _by_surroundings(data: bytes, value: Value, around: AssignmentSurroundings) -> Dropped | None:
    """Return why what is around a value says that it is none, or that it is code."""
    if value.quote and not value.is_closed:
        return Dropped("its quote is not closed")
    if not value.quote and _CALLED.match(data, value.end):
        return Dropped("it is a part of an expression")
    near = around.above + around.line
    if _VERIFICATION.search(near):
        return Dropped("it verifies who owns a site")
    if is_hash_like(data[value.begin : value.end]) and _HASHES.search(near):
        return Dropped("what is around it speaks of hashes or of ids")
    return None


def _is_among_hashes(value: bytes, around: AssignmentSurroundings) -> bool:
    """Return whether the lines around a hash-like value have others of its length: a list of checksums has."""
    if not is_hash_like(value):
        return False
    return any(len(run) == len(value) for line in (around.above, around.below) for run in _HEX_RUN.findall(line))
