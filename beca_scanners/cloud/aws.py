"""AWS access keys: an access key id, and near it the secret access key that belongs to it.

A key id is `AKIA` (long-term) or `ASIA` (temporary) and 16 upper-case letters and digits of base 32. A secret access
key is 40 characters of base 64 without any prefix. So only texts near a key id are candidates: at most `NEAR_LINES`
lines and `NEAR_BYTES` bytes away, with no other base-64 character beside them, with upper-case letters, lower-case
letters and digits (which excludes a SHA-1), and with the entropy of random text. Each of them is a finding, because
only AWS knows which of two belongs to the key id. A key id without a candidate is a finding of low severity: it names
an account, but gives no access.

The keys in AWS's own documentation end in EXAMPLE and EXAMPLEKEY; they are ignored.
"""

from __future__ import annotations

import re
import string
from collections import deque
from typing import TYPE_CHECKING, Final

from beca_core import Confidence, Example, Match, RuleInfo, Severity
from beca_core.rules.rule import entropy, random_text
from beca_core.system.lazy_regexp import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator

NEAR_BYTES: Final = 512
NEAR_LINES: Final = 6
MIN_ENTROPY: Final = 4.0
"""Bits per byte. The minimum of 200,000 random secret access keys was 4.15."""
MIN_DISTINCT_IN_ID: Final = 6

_SECRET_BYTES: Final = 40

_KEY_ID: Final = lazy(rb"A[KS]IA(?<![0-9A-Za-z_]....)[A-Z2-7]{16}(?![0-9A-Za-z_/+=])", re.DOTALL)
_SECRET: Final = lazy(rb"(?<![0-9A-Za-z/+_-])[0-9A-Za-z/+]{40}(?![0-9A-Za-z/+=_-])")
_MIXED: Final = lazy(rb"(?=.*[0-9])(?=.*[A-Z])(?=.*[a-z])")
_NAMED: Final = lazy(rb"(?i:aws|secret|access)|[=:][ \t]*+[\"'`]?\Z")

_BASE32: Final = string.ascii_uppercase + "234567"
_BASE64: Final = string.ascii_letters + string.digits + "+/"
_EXAMPLE_ID: Final = "AKIA" + random_text(_BASE32, 16, "aws")
_EXAMPLE_SECRET: Final = random_text(_BASE64, 40, "aws")
_REFERENCES: Final = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids",
)

PAIR: Final = RuleInfo(
    id="aws-secret-access-key",
    version=1,
    description="AWS secret access key beside its access key id",
    severity=Severity.CRITICAL,
    supersedes=("secret-key", "generic-*"),
    provider="AWS",
    category="cloud",
    confidence=Confidence.HIGH,
    examples=(
        Example(
            f"[default]\naws_access_key_id = {_EXAMPLE_ID}\naws_secret_access_key = {_EXAMPLE_SECRET}\n",
            secret=_EXAMPLE_SECRET,
            confidence=Confidence.HIGH,
        ),
        Example(f"{_EXAMPLE_SECRET}\n{_EXAMPLE_ID}\n", secret=_EXAMPLE_SECRET, confidence=Confidence.MEDIUM),
    ),
    counter_examples=(
        f"aws_access_key_id = {_EXAMPLE_ID}\n" + "\n" * NEAR_LINES + f"aws_secret_access_key = {_EXAMPLE_SECRET}",
        f"aws_secret_access_key = {_EXAMPLE_SECRET}",
        f"{_EXAMPLE_ID} {'0123456789abcdef' * 2}01234567",
        f"AKIA{random_text(_BASE32, 9, 'docs')}EXAMPLE {_EXAMPLE_SECRET}",
    ),
    references=_REFERENCES,
    remediation="Deactivate the key in IAM, create a new one, and look through CloudTrail for its use.",
)

KEY_ID: Final = RuleInfo(
    id="aws-access-key-id",
    version=1,
    description="AWS access key id without a secret access key nearby",
    severity=Severity.LOW,
    supersedes=("secret-key", "generic-*"),
    provider="AWS",
    category="cloud",
    confidence=Confidence.MEDIUM,
    examples=(Example(f"key: {_EXAMPLE_ID}", secret=_EXAMPLE_ID),),
    counter_examples=(
        f"{_EXAMPLE_ID}:{_EXAMPLE_SECRET}",
        "AKIA" + "X" * 16,
        f"AKIA{random_text(_BASE32, 9, 'docs')}EXAMPLE",
        _EXAMPLE_ID + "A",
    ),
    references=_REFERENCES,
    remediation="Look for the secret access key that belongs to it. An id alone opens nothing, but names the account.",
)


_SCOPE: Final = (b"%2F20", b"%2f20")
"""What follows a key id in the credential of a signed URL, which the receiver of the URL may see: the date."""


class AwsKeyScanner:
    """Find access key ids, and the secret access keys near them."""

    rules: Final = (PAIR, KEY_ID)
    anchors: Final = (b"AKIA", b"ASIA")

    def scan(self, data: bytes) -> Iterator[Match]:
        """Yield the secrets near each key id, or the key id if there are none.

        Each text that has the form of a secret is judged once, however many key ids are near it. So dense key ids take
        time linear in their number.
        """
        secrets = _Secrets(data)
        for key_id in _KEY_ID.finditer(data):
            if _is_key_id(key_id[0]):
                first, last = _near(data, *key_id.span())
                yield from secrets.not_yet_yielded(first, last)
                if not secrets.are_within(first, last):
                    is_scope = data.startswith(_SCOPE, key_id.end())
                    yield Match(*key_id.span(), KEY_ID.id, Confidence.LOW if is_scope else None)


class _Secrets:
    """The secrets in ranges of a text; each range begins and ends at or after the one before."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._searched = 0
        self._spans: deque[tuple[int, int]] = deque()

    def not_yet_yielded(self, first: int, last: int) -> Iterator[Match]:
        """Yield the secrets within a range that were in none of the ranges before."""
        begin = max(first, self._searched)
        for found in _SECRET.finditer(self._data, begin, last + 1):  # one more byte, for the look-ahead
            if found.end() > last:
                break
            self._searched = found.end()
            if _is_secret(found[0]):
                self._spans.append(found.span())
                named = _NAMED.search(self._data, _begin_of_lines(self._data, found.start()), found.start())
                yield Match(*found.span(), PAIR.id, None if named else Confidence.MEDIUM)
        self._searched = max(self._searched, last - _SECRET_BYTES)

    def are_within(self, first: int, last: int) -> bool:
        """Return whether one of the secrets is within a range."""
        while self._spans and self._spans[0][0] < first:
            self._spans.popleft()
        return bool(self._spans) and self._spans[0][1] <= last


def _is_key_id(text: bytes) -> bool:
    return not text.endswith(b"EXAMPLE") and len(set(text[4:])) >= MIN_DISTINCT_IN_ID


def _near(data: bytes, begin: int, end: int) -> tuple[int, int]:
    """Return the range around a key id in which its secret is looked for."""
    last = end
    limit = min(end + NEAR_BYTES, len(data))
    for _ in range(NEAR_LINES):
        if (last := data.find(b"\n", last, limit) + 1) == 0:
            return _begin_of_lines(data, begin), limit
    return _begin_of_lines(data, begin), last - 1


def _begin_of_lines(data: bytes, end: int) -> int:
    """Return where the text before an offset begins that is near it: so many lines, and so many bytes."""
    limit = max(0, end - NEAR_BYTES)
    begin = end
    for _ in range(NEAR_LINES):
        if (begin := data.rfind(b"\n", limit, begin)) < 0:
            return limit
    return begin + 1


def _is_secret(text: bytes) -> bool:
    return not text.endswith(b"EXAMPLEKEY") and bool(_MIXED.match(text)) and entropy(text) >= MIN_ENTROPY


SCANNERS: Final = (AwsKeyScanner(),)
