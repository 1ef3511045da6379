"""`Rule`: a declarative detection rule that carries its own proof.

A rule is data: a pattern (RE2), the confidence of a match, and examples of what it finds and of what it ignores.
`beca rules test` checks every rule against its examples::

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

Detection depends on the bytes of one blob and on nothing else: a rule never sees a path, a repository or another blob.
So a result can be cached by content. `include_paths` and `exclude_paths` are applied afterwards.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from beca_core.findings import Confidence, Severity

DEFAULT_MAX_BYTES: Final = 1024
MAX_MAX_BYTES: Final = 65_536
WHOLE_IN_MATCHES: Final = 4
"""Length up to which a match is found whole, in `max_bytes` of its rule; a longer one is cut there."""

MAX_RULE_ID: Final = 255
"""Greatest length of a rule's id, in characters; the database has as much room."""
MAX_VERSION: Final = 2**63 - 1
MAX_DESCRIPTION: Final = 1_000
MAX_REMEDIATION: Final = 10_000
MAX_REFERENCE: Final = 2_000
MAX_GLOB: Final = 1_000
"""Greatest lengths of a rule's texts, in characters: each finding carries the description."""
MAX_ITEMS: Final = 10_000
"""Most items in a field of a rule that is a tuple."""

_TUPLES: Final = (
    "examples",
    "counter_examples",
    "references",
    "include_paths",
    "exclude_paths",
    "keywords",
    "checks",
)
_WORD_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Example:
    """A text in which a rule must find a secret.

    Args:
        text: The text to scan. Generate what looks like a credential with `random_text`; do not spell it out.
        secret: The exact secret that must be found.
        confidence: The expected confidence, or None to accept any.
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
    """A match of a rule's pattern, as the rule's checks see it.

    Args:
        data: The whole blob.
        begin: Byte offset of the secret.
        end: Byte offset after the secret.
        confidence: Confidence so far; the rule's own at first.
        groups: Byte spans of the pattern's named groups, without those that did not take part in the match.
        truncated: Set by a check that looked for the end of the secret and cut it, because it is too long.
    """

    data: bytes = field(repr=False)
    begin: int
    end: int
    confidence: Confidence
    groups: dict[str, tuple[int, int]] = field(default_factory=dict)
    truncated: bool = False

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
    """Everything about a rule but its detection. A scanner, which is code, has one of these for each of its rules.

    A list is accepted for each tuple, and converted. Nothing else is checked when a rule is made, but when it is
    registered, by a plugin or with `Engine(rules=[...])`: so one bad rule does not lose the others of its plugin.
    `rule_problems` returns what is wrong with a rule.

    Args:
        id: Lower-case words joined by hyphens, at most 255 characters, unique among all plugins, never reused for
            another rule.
        version: Increases whenever the rule may find something different; results record it.
        description: One line for the person who reads the finding, at most 1,000 characters.
        severity: Harm that a leak can do.
        confidence: Confidence of a match, unless a check changes it.
        examples: Texts in which exactly the given secret is found.
        counter_examples: Texts in which this rule finds nothing.
        references: URLs of the documentation on which the rule is based.
        remediation: What to do when the secret has leaked, in one or two sentences.
        include_paths: Glob patterns; if there are any, only paths that match one are reported.
        exclude_paths: Glob patterns; paths that match one are not reported.
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
        # Nothing is checked here: an exception would end the generator of a plugin, and lose the rules after this one.
        for name in _TUPLES:
            if type(items := getattr(self, name, ())) is list:
                object.__setattr__(self, name, tuple(items))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(RuleInfo):
    """A rule that is a pattern.

    Args:
        pattern: RE2 syntax, ASCII only, matched on bytes; `^` and `$` match at line ends. The group `secret` marks
            the secret. The pattern may not match the empty string.
        keywords: Words of which at least one must occur in the blob, in any letter case. A pattern that contains no
            literal of three bytes needs them: without keywords it is tried on every blob.
        min_entropy: Least Shannon entropy of the secret, in bits per byte (0 to 8).
        checks: Functions that run in this order on each match.
        multiline: Whether a match may cross a line end; otherwise each line is searched by itself.
        max_bytes: Greatest length of a match, context included. A match of up to four times this length is found whole;
            a longer one is cut there, wherever it is, and its finding is `truncated`. If the pattern demands something
            after the secret, such as a closing quote, that has to come within eight times this length.
    """

    pattern: str
    keywords: tuple[str, ...] = ()
    min_entropy: float = 0.0
    checks: tuple[Check, ...] = ()
    multiline: bool = False
    max_bytes: int = DEFAULT_MAX_BYTES


def entropy(data: bytes) -> float:
    """Return the Shannon entropy of some bytes, in bits per byte: from 0 (all bytes equal) to 8."""
    counts = Counter(data).values()
    return sum(count * math.log2(len(data) / count) for count in counts) / len(data) if data else 0.0


def random_text(alphabet: str, length: int, seed: str | int = 0) -> str:
    """Return text that looks random, for examples that look like a credential without being written down.

    The text is the same on every machine and Python version.

    Args:
        alphabet: The characters to choose from, at least one; each is equally likely.
        length: Number of characters.
        seed: Different seeds give different texts.
    """
    if not alphabet:
        raise ValueError("alphabet is empty")
    stream = hashlib.shake_256(str(seed).encode()).digest(_WORD_BYTES * length)
    words = struct.unpack(f">{length}Q", stream)
    size, shift = len(alphabet), 8 * _WORD_BYTES
    return "".join([alphabet[word * size >> shift] for word in words])


def _as_bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
