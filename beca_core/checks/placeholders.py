"""The check of placeholders: what stands in a text where a secret would be."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Final

from beca_core.checks.inspection import Inspection
from beca_core.checks.patterned import first_run, longest_sequence, period_of
from beca_core.rules.candidate import Dropped

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.checks.inspection import Choices
    from beca_core.rules.candidate import Candidate

_LONG_WORDS: Final = (b"example", b"sample", b"placeholder", b"redacted", b"foobar", b"deadbeef")
"""Words that no real secret holds, other than by a chance that is negligible."""
_BEGUN_WORDS: Final = (b"your", b"change", b"replace", b"insert", b"notreal", b"not-real", b"not_real")
_LONG_PHRASE: Final = re.compile(
    rb"(?:change|replace)[-_ ]?(?:me|this|it)|insert[-_ ]?your|not[-_ ]?real|put[-_ ]?your"
    rb"|your[-_ ]?(?:own|api|app|key|token|secret|pass|account|access|client|private|auth|user|project|name|value)"
)
_SHORT_WORDS: Final = (
    "test",
    "testing",
    "tests",
    "demo",
    "dummy",
    "fake",
    "foo",
    "bar",
    "baz",
    "your",
    "mock",
    "todo",
    "fixme",
    "tbd",
    "xxx",
    "insert",
    "replace",
    "enter",
    "default",
    "something",
    "whatever",
    "here",
)
"""Words that count where they stand by themselves, and nothing beside them looks random."""
WHOLE: Final = frozenset(
    b"none null nil undefined true false yes no empty secret password passwd passphrase pass token key apikey api_key "
    b"admin root user username letmein hunter2 welcome qwerty string value n/a na unknown optional required".split()
)
"""Texts that are placeholders as a whole."""
_TEMPLATE: Final = re.compile(
    rb"[$#]\{[\w.:?-]{1,80}\}|\$\([\w .:-]{1,80}\)|\{\{[^{}]{0,80}\}\}|%\([A-Za-z_]\w{0,60}\)[sdr]"
    rb"|<[a-z][a-z _-]{3,60}>|<[A-Z][A-Z _-]{3,60}>|<%[= ][^%]{1,80}%>"
    rb"|@[A-Z_]{3,60}@|__[A-Z][A-Z_]{2,60}__|%[A-Z][A-Z_]{3,60}%"
)
_WHOLE_TEMPLATE: Final = re.compile(
    rb"\$[A-Z_][A-Z0-9_]{0,80}|\$[a-z_][A-Za-z_]{0,80}|\$\{.{0,200}\}|\{[\w.:-]{0,80}\}|\[[\w .:-]{0,80}\]|<.{0,200}>"
    rb"|%[sdvrq]|%\w{1,60}%|:[a-z_]{1,60}|\?"
)
_ELLIPSIS: Final = "\u2026".encode()
_FILLERS: Final = re.compile(rb"x{4,}+|X{4,}+|\*{4,}+|\.{4,}+|#{4,}+|\?{4,}+")
_TOKEN: Final = re.compile(rb"[A-Za-z]+|[0-9]+")
_PIECE: Final = re.compile(rb"[0-9A-Za-z]+")
_PLAIN: Final = string.ascii_letters.encode() + b"0123456789 -_./:<>[]"
_LONGEST_BESIDE: Final = 11
"""Greatest length of what is beside a short word, in characters; longer letters and digits may be a secret."""
_LONGEST_ABBREVIATED: Final = 48
"""Greatest length of a text that three dots abbreviate, in bytes; a longer one may hold them by chance."""
_FEWEST_FILLERS: Final = 4
_LEAST_REPEATED: Final = 8
_FEWEST_IN_ROW: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Placeholder(Inspection):
    """Refuse what stands where a secret would be: a template, a filler, an example's word, a sequence.

    Example::

        Placeholder(words=("acme-docs",))

    Args:
        kinds: What is refused: `template`: a reference to another value, such as `${KEY}`, `{{ key }}`, `<your key>` or
            `%s`; `filler`: `xxxx`, `****`, `abc...`, one character or one part again and again, if that takes
            a part of the text that matters; `word`: a word of examples, such
            as `example` or `changeme`, or `test` or `dummy` without anything that looks random beside it; `whole`: a
            text that is nothing but such a word, or `null`, `password` or `admin`; `sequence`: mostly `123456`,
            `abcdef` or `qwerty`.
        words: More words that no secret holds, compared in any letter case.
    """

    name: ClassVar[str] = "placeholder"
    _CHOICES: ClassVar[Choices] = {"kinds": ("template", "filler", "word", "whole", "sequence")}

    kinds: tuple[str, ...] = ("template", "filler", "word", "whole", "sequence")
    words: tuple[str, ...] = ()

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        lower = text.lower()
        for kind in self.kinds:
            if found := _KINDS[kind](text, lower):
                return Dropped("it is a placeholder", found)
        if self.words and any(word in lower for word in _lower(self.words)):
            return Dropped("it is a placeholder", "one of the given words")
        return None

    def _conflict(self) -> str:
        if not all(self.words):
            return "words has an empty word."
        return "" if self.kinds or self.words else "kinds is empty, and there are no words."


def _template(text: bytes, lower: bytes) -> str:
    if text.isalnum():
        return ""
    return "a template" if _TEMPLATE.search(text) or _WHOLE_TEMPLATE.fullmatch(text) else ""


def _filler(text: bytes, lower: bytes) -> str:
    if not text.strip():
        return "nothing but space"
    if _ELLIPSIS in text or (b"..." in text and text.count(b".") == len("...") and len(text) <= _LONGEST_ABBREVIATED):
        return "an abbreviated text"
    if len(text) >= _LEAST_REPEATED and len(set(text) - set(b"-")) == 1:
        return "one character again and again"
    if first_run(text, _FEWEST_FILLERS):
        run = len(first_run(text, _FEWEST_IN_ROW))
        if run and 4 * run >= len(text):
            return "one character again and again"
        if max(map(len, _FILLERS.findall(text)), default=0) * 16 >= len(text):
            return "filler characters"
    return "one part again and again" if period_of(text, 2 if len(text) > 3 else 3) else ""


def _word(text: bytes, lower: bytes) -> str:
    for word in _LONG_WORDS:
        if word in lower:
            return "a word of examples"
    for word in _BEGUN_WORDS:
        if word in lower and _LONG_PHRASE.search(lower):
            return "a word of examples"
    pieces = _PIECE.findall(text)
    if not pieces or text.translate(None, _PLAIN) or (max(map(len, pieces)) > _LONGEST_BESIDE and not text.isalpha()):
        return ""
    tokens = [token.lower() for piece in pieces for token in _split(piece)]
    if max(map(len, pieces)) > _LONGEST_BESIDE and len(text) < 4 * len(tokens):
        return ""
    return "" if _SHORT.isdisjoint(tokens) else "a word of examples"


def _whole(text: bytes, lower: bytes) -> str:
    return "a common word" if lower in WHOLE or lower.strip(b"0123456789!") in WHOLE else ""


def _sequence(text: bytes, lower: bytes) -> str:
    run = longest_sequence(lower, _FEWEST_IN_ROW) or (len(text) <= 8 and longest_sequence(lower, 5))
    return "a sequence" if run and 3 * run >= len(text) else ""


def _split(piece: bytes) -> list[bytes]:
    """Return the words of letters of a piece, and its numbers; camel case is divided."""
    return [word for token in _TOKEN.findall(piece) for word in _CAMEL.findall(token) or [token]]


_CAMEL: Final = re.compile(rb"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_KINDS: Final[dict[str, Callable[[bytes, bytes], str]]] = {
    "template": _template,
    "filler": _filler,
    "word": _word,
    "whole": _whole,
    "sequence": _sequence,
}
_SHORT: Final = frozenset(word.encode() for word in _SHORT_WORDS)


@cache
def _lower(words: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(word.lower().encode() for word in words)
