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
So a result can be cached by content. `paths` and `supersedes` are applied afterwards.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from beca_core.rules.context import Allow, Near

if TYPE_CHECKING:
    from beca_core.findings import Confidence, Severity
    from beca_core.rules.candidate import Check
    from beca_core.rules.context import Part, Variant
    from beca_core.rules.example import CounterExample, Example

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
MAX_PATH: Final = 4_096
"""Greatest lengths of a rule's texts, in characters: each finding carries the description."""
MAX_ITEMS: Final = 10_000
"""Most items in a field of a rule that is a tuple."""

MAX_TAG: Final = 100
"""Greatest length of a tag, a category, a provider, or the name of a part or a variant, in characters."""

_TUPLES: Final = (
    "examples",
    "counter_examples",
    "references",
    "tags",
    "former_ids",
    "supersedes",
    "paths",
    "pattern",
    "keywords",
    "near",
    "parts",
    "checks",
    "variants",
    "attributes",
)
_NOTHING_ALLOWED: Final = Allow()
_WORD_BYTES: Final = 8


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
        provider: Who issues such secrets, such as `GitHub`; empty: nobody in particular.
        category: Lower-case words joined by hyphens, such as `payment`; empty: none. Of the category `generic`, some
            paths, such as those of tests, lower the confidence of a finding by one step.
        tags: Lower-case words joined by hyphens, by which rules can be chosen.
        enabled: False: the rule takes part only where it is named.
        former_ids: Ids that the rule had before, the oldest first. Findings keep their fingerprints, which are made
            with the oldest id.
        supersedes: Ids of less specific rules, or patterns of ids with `*`: where this rule finds a secret, it is not
            also reported by them.
        paths: Patterns of paths, in the syntax of `.gitignore`: a finding is reported if the last pattern that matches
            its path, or a directory in it, has no `!`. If all of them begin with `!`, they exclude; empty: every path.
            A member of an archive has several paths: the archive's, and its own in the archive, and so on if that is
            in an archive too. A pattern matches if it matches one of them.
    """

    id: str
    version: int
    description: str
    severity: Severity
    confidence: Confidence
    examples: tuple[Example, ...] = ()
    counter_examples: tuple[str | bytes | CounterExample, ...] = ()
    references: tuple[str, ...] = ()
    remediation: str = ""
    provider: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    enabled: bool = True
    former_ids: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # Nothing is checked here: an exception would end the generator of a plugin, and lose the rules after this one.
        for name in _TUPLES:
            if type(items := getattr(self, name, ())) is list:
                object.__setattr__(self, name, tuple(items))

    @property
    def fingerprint_id(self) -> str:
        """The id with which the fingerprints of its findings are made: the oldest that it had."""
        return self.former_ids[0] if self.former_ids else self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(RuleInfo):
    """A rule that is a pattern.

    What follows runs on each match of a pattern, in this order, and drops it or keeps it: `boundary`, `near`,
    `min_entropy`, `checks`, `allow`, `parts`. Then a variant is chosen.

    Args:
        pattern: RE2 syntax, ASCII only, matched on bytes; `^` and `$` match at line ends. The group `secret` marks
            the secret. The pattern may not match the empty string. Several patterns are alternatives of each other.
        boundary: Characters that may not adjoin the secret, as in a character class of RE2: `0-9A-Za-z_`.
        keywords: Words of which at least one must occur in the blob, in any letter case, however far away. `near` is
            nearly always the better choice.
        near: Words that must be near the secret; all of them, if there are several `Near`. A pattern that contains no
            literal of three bytes needs words, a required part or keywords, or it is tried on every blob.
        parts: The companions of the secret.
        min_entropy: Least Shannon entropy of the secret, in bits per byte (0 to 8).
        checks: Checks out of `beca_core.checks`, and functions; they run in this order.
        allow: What looks like a secret and is none.
        variants: Kinds of secrets, such as live keys and test keys.
        attributes: Names of groups of the pattern that are shown with a finding, in clear.
        multiline: Whether a match may cross a line end; otherwise each line is searched by itself.
        max_bytes: Greatest length of a match, context included. A match of up to four times this length is found whole;
            a longer one is cut there, wherever it is, and its finding is `truncated`. If the pattern demands something
            after the secret, such as a closing quote, that has to come within eight times this length.
    """

    pattern: str | tuple[str, ...]
    boundary: str = ""
    keywords: tuple[str, ...] = ()
    near: tuple[Near, ...] = ()
    parts: tuple[Part, ...] = ()
    min_entropy: float = 0.0
    checks: tuple[Check, ...] = ()
    allow: Allow = _NOTHING_ALLOWED
    variants: tuple[Variant, ...] = ()
    attributes: tuple[str, ...] = ()
    multiline: bool = False
    max_bytes: int = DEFAULT_MAX_BYTES

    def __post_init__(self) -> None:
        RuleInfo.__post_init__(self)
        if isinstance(self.near, Near):
            object.__setattr__(self, "near", (self.near,))

    @property
    def patterns(self) -> tuple[str, ...]:
        """The patterns, of which each is an alternative."""
        return (self.pattern,) if isinstance(self.pattern, str) else self.pattern


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
