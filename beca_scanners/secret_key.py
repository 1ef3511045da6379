"""SECRET_KEY, the default rule: every word that begins with `public_key` or `private_key`.

A word begins at the beginning of the text or after a character that is not an ASCII letter, digit or underscore, and
includes all of these that follow. Each word gives one finding:

- If a literal value is assigned to the word (see `beca_scanners.string_literals`), the finding is the value, with
  confidence HIGH. The upper-case spelling `PRIVATE_KEY`, common in environments, is reported in this case only.
- Otherwise the finding is the word, with confidence LOW.

A value ends before the next such word. A value that contains one (`"private_key.pem"`, `${private_key}`) names a key
and is not a key, so both words are mentions. So no value hides a word, and a text is read once, however many words it
has.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from beca_core import Candidate, Confidence, Example, Rule, Severity
from beca_core.rules.rule import random_text

MAX_VALUE_BYTES: Final = 16 * 1024
"""Greatest distance from a word to the end of its value: enough for the largest RSA key in use, in PEM."""

_NEAR_BYTES: Final = 256

_REST_OF_WORD: Final = re.compile(rb"[A-Za-z0-9_]*+")
_NAMES: Final = (b"private_key", b"public_key", b"PRIVATE_KEY", b"PUBLIC_KEY")
_VALUE: Final = random_text("0123456789abcdef", 64, "secret-key")


def read_assignment(candidate: Candidate) -> Candidate | None:
    """Replace a word by the value that is assigned to it, if there is one; drop upper-case words without a value."""
    from beca_scanners.string_literals import (
        assigned_literal,  # its patterns are compiled only when there is a word to read
    )

    data, begin = candidate.data, candidate.begin
    rest = _REST_OF_WORD.match(data, begin)
    end = rest.end() if rest else candidate.end
    if value := assigned_literal(data, (begin, end), _limit(data, end)):
        return replace(candidate, begin=value[0], end=value[1], confidence=Confidence.HIGH)
    return None if data.startswith(b"PRIVATE_KEY", begin) else replace(candidate, end=end)


def _limit(data: bytes, end: int) -> int:
    """Return where a value must end: before the next name. Where names are dense, little is read to find the next."""
    near = data[end : end + _NEAR_BYTES]
    nearest = min((found for name in _NAMES if (found := near.find(name)) >= 0), default=-1)
    if nearest >= 0:
        return end + nearest
    limit = min(len(data), end + MAX_VALUE_BYTES)
    for name in _NAMES:
        found = data.find(name, end, limit)
        limit = limit if found < 0 else found
    return limit


RULE: Final = Rule(
    id="secret-key",
    version=1,
    description="SECRET_KEY: a word that begins with public_key or private_key, or the value assigned to it",
    severity=Severity.HIGH,
    confidence=Confidence.LOW,
    pattern=r"\b(?P<secret>(?:public_key|private_key|PRIVATE_KEY)\w*)",
    checks=(read_assignment,),
    examples=(
        Example("public_keyasdf", "public_keyasdf", confidence=Confidence.LOW),
        Example("sign(data, private_key)", "private_key", confidence=Confidence.LOW),
        Example(f'private_key = "{_VALUE}"', _VALUE, confidence=Confidence.HIGH),
        Example(f"export PRIVATE_KEY=0x{_VALUE}\n", f"0x{_VALUE}", confidence=Confidence.HIGH),
        Example(f"signer:\n  private_key_v2: {_VALUE}\n", _VALUE, confidence=Confidence.HIGH),
        Example(f'{{"private_key": "{_VALUE}"}}', _VALUE, confidence=Confidence.HIGH),
    ),
    counter_examples=("my_private_key", "privatekey = 1", "Private_Key", "PRIVATE_KEY = load()", "PUBLIC_KEY=1"),
    references=("https://cwe.mitre.org/data/definitions/798.html",),
    remediation="Replace the key, and keep the new one in a secret store or the environment. A word without a "
    "value only shows where keys are handled.",
)
