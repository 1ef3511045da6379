"""`ProseValue`: the check of a random value that a sentence calls a secret."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

from beca_core import Confidence
from beca_core.checks import Inspection
from beca_core.rules.candidate import Dropped
from beca_scanners.generic.randomness import UUID, is_hash_like, randomness

if TYPE_CHECKING:
    from beca_core import Candidate

SHORTEST: Final = 24
AROUND: Final = 160
"""How many bytes before the word and after the value are looked at."""

_ASSIGNED: Final = re.compile(rb"[\"'`\])]{0,3}[ \t]*[=:>]")
_OF_ANOTHER: Final = re.compile(rb"\w[\"']?[=>]")
"""An assignment to another name, such as the attribute in `name="token" value="..."`."""
_WORD: Final = re.compile(r"[a-z0-9]+")
_MOST_WORDS: Final = 3
"""Of so many words before a secret's, one may be the name of a provider, or all of them together."""
_LINK_WORDS: Final = frozenset(
    (
        "is",
        "was",
        "are",
        "be",
        "as",
        "to",
        "of",
        "for",
        "from",
        "with",
        "value",
        "set",
        "equals",
        "here",
        "now",
        "like",
        "reads",
        "using",
        "being",
        "this",
        "a",
        "the",
        "has",
        "becomes",
        "my",
        "our",
        "new",
    )
)
_NO_SECRET: Final = re.compile(
    rb"(?i)(?:public|publishable|pub|next|page|paging|continuation|sync|resume|cursor|primary|foreign|cache|partition"
    rb"|sort|csrf|xsrf|some|mock|fake|dummy|example|sample|invalid|wrong|bad|hashed|encrypted|expired|revoked|your|cancell?ation"
    rb"|idempotency|site)[ \t_'\"`-]{1,3}(?:api|access|auth)?[ _-]?\Z"
)
"""What before the word says that the value is public, is no secret, or is a made-up one."""
_HASHES: Final = re.compile(
    rb"(?i)\bcommit|\bsha-?\d*\b|\bgit\b|digest|checksum|\bmd5|\bhash|revision|\brev\b|fingerprint|\bblob\b|\btree\b|\bmerge"
    rb"|\bparent\b|cherry|integrity|\bobject\b|\bid\b|\buuid"
)
_CODE_AFTER: Final = re.compile(rb"[(\[{]|::|[ \t]*[:=](?:[^/]|\Z)|->")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ProseValue(Inspection):
    """Keep a random value that follows a word such as `token` in a sentence.

    A hash or an id whose surroundings speak of one is dropped, and so is what is assigned to the word by a sign alone:
    other rules judge that.

    Args:
        providers: Names of providers of which a key may be a UUID where one of them is before the word, without what
            divides their words.
    """

    name: ClassVar[str] = "prose-value"

    providers: tuple[str, ...] = ()

    def _look(self, text: bytes, candidate: Candidate) -> Candidate | Dropped:
        data, (begin, after) = candidate.data, candidate.groups["word"]
        link, value = data[after : candidate.begin].removeprefix(b"s"), text.rstrip(b".")
        if reason := _refused(data, begin, link, value):
            return Dropped(reason)
        found = randomness(value)
        if isinstance(found, Dropped):
            return found
        end = candidate.begin + len(value)
        if _CODE_AFTER.match(data, end):
            return Dropped("it is a part of an expression")
        before, rest = _line(data, begin, end)
        if (is_hash_like(value) or UUID.fullmatch(value)) and _HASHES.search(before + b" " + rest):
            return Dropped("what is around it speaks of hashes or of ids")
        if UUID.fullmatch(value) and self._has_provider(before):
            found = Confidence.MEDIUM
        others = {*_words(link)} - _LINK_WORDS
        is_plain = others <= {*self.providers} if others else True
        return replace(candidate, end=end, confidence=found if is_plain else Confidence.LOW)

    def _has_provider(self, before: bytes) -> bool:
        return not _joined(_words(before)[-_MOST_WORDS:]).isdisjoint(self.providers)


def _words(text: bytes) -> list[str]:
    return _WORD.findall(text.decode("latin-1").lower())


def _joined(words: list[str]) -> set[str]:
    """Return some words, each of them alone and with those after it as one."""
    return {"".join(words[first:last]) for first in range(len(words)) for last in range(first + 1, len(words) + 1)}


def _refused(data: bytes, begin: int, link: bytes, value: bytes) -> str:
    if len(value) < SHORTEST:
        return "it is too short"
    if _ASSIGNED.match(link) and not _words(link):
        return "it is assigned, which other rules judge"
    if _OF_ANOTHER.search(link):
        return "it is assigned to another name"
    return "its name says that it is none" if _NO_SECRET.search(data, max(begin - 40, 0), begin) else ""


def _line(data: bytes, begin: int, end: int) -> tuple[bytes, bytes]:
    """Return what is in the line before the word and after the value."""
    first = max(data.rfind(b"\n", 0, begin) + 1, begin - AROUND)
    last = data.find(b"\n", end, end + AROUND)
    return data[first:begin], data[end : last if last >= 0 else end + AROUND]
