"""`Rule`: a declarative detection rule that carries its own proof.

A rule is data. It says what to look for (an RE2 pattern), how sure that is, and shows examples of what it finds
and what it leaves alone; `beca rules test` holds every rule to its examples::

    from beca_core import Confidence, Example, Rule, Severity

    rule = Rule(
        id="acme-token",
        version=1,
        description="ACME internal token",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        pattern=r"\\b(?P<secret>acme_[0-9a-f]{32})\\b",
        examples=(Example("token = acme_" + "0f" * 16, secret="acme_" + "0f" * 16),),
        counter_examples=("acme_readme",),
    )

The detection of a rule is a function of the bytes of one blob alone: it never sees a path, a repository or another
blob, so that a result can be remembered by content. `include_paths` and `exclude_paths` are applied afterwards.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from beca_core.errors import InvalidRule
from beca_core.findings import Confidence, Severity

DEFAULT_MAX_BYTES: Final = 1024
MAX_MAX_BYTES: Final = 65_536

_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Example:
    """A text that a rule must find something in.

    Args:
        text: The text to scan. Generate what looks like a credential; do not spell it out.
        secret: What the match must be, to the character.
        confidence: The expected confidence, or None to leave it open.
    """

    text: str | bytes
    secret: str | bytes
    confidence: Confidence | None = None

    @property
    def data(self) -> bytes:
        """The text as bytes, UTF-8."""
        return _as_bytes(self.text)

    @property
    def secret_bytes(self) -> bytes:
        """The expected secret as bytes, UTF-8."""
        return _as_bytes(self.secret)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A confirmed pattern match on its way through the rule's checks.

    Args:
        data: The whole blob.
        begin: Byte offset of the secret.
        end: Byte offset behind the secret.
        confidence: Confidence so far; starts as the rule's.
        groups: Byte spans of the pattern's named groups that took part in the match.
    """

    data: bytes
    begin: int
    end: int
    confidence: Confidence
    groups: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def secret(self) -> bytes:
        """The bytes between `begin` and `end`."""
        return self.data[self.begin : self.end]

    def group(self, name: str) -> bytes | None:
        """Return the bytes of a named group, or None where it took no part in the match."""
        span = self.groups.get(name)
        return None if span is None else self.data[span[0] : span[1]]


Check: TypeAlias = Callable[[Candidate], Candidate | None]
"""Refines a candidate (`dataclasses.replace` its span or confidence) or drops it by returning None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInfo:
    """What is known of a rule without running it; all that an imperative scanner says of each of its rules.

    Args:
        id: Lower-case words joined by hyphens, unique among all plugins, never reused for something else.
        version: Counts up whenever the rule may find something else than before; results record it.
        description: One line for the person who reads the finding.
        severity: Harm that a leak can do.
        confidence: Confidence of a match that no check changes.
        examples: Texts in which exactly the given secret is found.
        counter_examples: Texts in which this rule finds nothing.
        references: URLs of the documentation from which the rule was written.
        remediation: What to do when the secret leaked, one or two sentences.
        include_paths: Glob patterns; if any are given, only paths that match one are reported.
        exclude_paths: Glob patterns; paths that match one are not reported.

    Raises:
        InvalidRule: With the rule's id and what is wrong.
    """

    id: str
    version: int
    description: str
    severity: Severity
    confidence: Confidence
    examples: tuple[Example, ...] = ()
    counter_examples: tuple[str | bytes, ...] = ()
    references: tuple[str, ...] = ()
    remediation: str = ""
    include_paths: tuple[str, ...] = ()
    exclude_paths: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not _ID.fullmatch(self.id):
            raise InvalidRule(f"Rule id {self.id!r:.80} is not valid.", hint="Use lower-case words joined by hyphens.")
        if not isinstance(self.version, int) or self.version < 1:
            raise self._invalid("its version is not a whole number from 1 upwards.")
        if not isinstance(self.severity, Severity) or not isinstance(self.confidence, Confidence):
            raise self._invalid("severity and confidence must be members of Severity and Confidence.")
        if not self.description:
            raise self._invalid("it has no description.")

    def _invalid(self, reason: str) -> InvalidRule:
        return InvalidRule(f"Rule {self.id!r}: {reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(RuleInfo):
    """A rule that is a pattern.

    Args:
        pattern: RE2 syntax, ASCII only, matched on bytes; `^` and `$` stand at line ends. The group `secret` marks
            the secret. It may not match the empty string.
        keywords: Words of which at least one must occur somewhere in the blob, in any letter case. A pattern in
            which no three bytes in a row are given needs them: without, it is tried on every blob.
        min_entropy: Least Shannon entropy of the secret, in bits per byte (0 to 8).
        checks: Run in order on each match.
        multiline: Whether a match may cross a line end; if not, it is looked for within one line.
        max_bytes: No match is longer than this, context included; one that would be may be cut short. Lines of more
            than four times this length are read in overlapping pieces.
    """

    pattern: str
    keywords: tuple[str, ...] = ()
    min_entropy: float = 0.0
    checks: tuple[Check, ...] = ()
    multiline: bool = False
    max_bytes: int = DEFAULT_MAX_BYTES

    def __post_init__(self) -> None:
        # Named in full: a slotted dataclass is made anew by its decorator, so `super()` would not find it.
        RuleInfo.__post_init__(self)
        if not isinstance(self.pattern, str) or not self.pattern.isascii():
            raise self._invalid("its pattern has characters outside ASCII; write bytes as \\xNN.")
        if "(?P<secret>" not in self.pattern:
            raise self._invalid("its pattern has no group named 'secret'.")
        if not 0 < self.max_bytes <= MAX_MAX_BYTES:
            raise self._invalid(f"max_bytes must lie between 1 and {MAX_MAX_BYTES}.")
        if not 0 <= self.min_entropy <= 8:
            raise self._invalid("min_entropy must lie between 0 and 8 bits per byte.")
        if any(not keyword or not keyword.isascii() for keyword in self.keywords):
            raise self._invalid("a keyword is empty or has characters outside ASCII.")


def entropy(data: bytes) -> float:
    """Return the Shannon entropy of some bytes, in bits per byte: from 0 (all alike) to 8."""
    counts = Counter(data).values()
    return sum(count * math.log2(len(data) / count) for count in counts) / len(data) if data else 0.0


def _as_bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
