"""Rules of secrets that are known by what is before and after them: a connection string, a URL, a header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from beca_core import Confidence, Example, Rule, Severity
from beca_core.checks import Entropy, Placeholder
from beca_core.rules.example import deferred
from beca_core.rules.rule import DEFAULT_MAX_BYTES
from beca_scanners.building.provider import LESS_SPECIFIC, usual_counter_examples
from beca_scanners.building.shape import TokenShape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core import CounterExample
    from beca_core.rules.candidate import Check
    from beca_scanners.building.provider import Provider
    from beca_scanners.building.shape import Piece


@dataclass(frozen=True, kw_only=True)
class TokenPlace:
    """Where secrets of a kind are.

    Args:
        before: What precedes the secret, in RE2 syntax; it has a distinctive fixed text.
        after: What follows it, in RE2 syntax.
        lines: Texts that have such a place each, at `{}`.
        max_bytes: Most bytes that a match takes.
    """

    before: str
    after: str = ""
    lines: tuple[str, ...]
    max_bytes: int = 512

    def rule(
        self,
        provider: Provider,
        rule_id: str,
        description: str,
        *pieces: Piece,
        severity: Severity = Severity.HIGH,
        confidence: Confidence = Confidence.HIGH,
        checks: tuple[Check, ...] = (),
        counter_examples: tuple[str | CounterExample, ...] = (),
        attributes: tuple[str, ...] = (),
        supersedes: tuple[str, ...] = (),
        boundary: str | None = None,
        reference: str = "",
        remediation: str = "",
    ) -> Rule:
        """Return a rule for a secret in this place.

        Args:
            provider: Who issues it.
            rule_id: The id; it begins with the provider's name.
            description: What the rule finds, in one line.
            pieces: The shape of the secret.
            severity: Harm that a leak can do.
            confidence: How sure such a text is to be a secret.
            checks: Checks beside those of each secret, which are that it looks random and is no placeholder.
            counter_examples: Texts beside those that follow from the shape; each given check needs one that it drops.
            attributes: Groups of `before` and `after` that are shown with a finding.
            supersedes: Ids of further rules that find the same secret by less.
            boundary: Characters that may not adjoin the secret; None: those of the shape.
            reference: URL of the documentation, if it is another one than the provider's.
            remediation: What to do, if it is something else than for the provider's other secrets.
        """
        shape = TokenShape(*pieces)
        line = self.lines[0]

        def examples() -> Iterator[Example]:
            secrets = shape.samples(rule_id)
            for number in range(max(len(self.lines), len(secrets))):
                secret = secrets[number % len(secrets)]
                yield Example(self.lines[number % len(self.lines)].replace("{}", secret), secret)

        def without_secret() -> Iterator[str | CounterExample]:
            yield from usual_counter_examples(shape, rule_id, line)
            yield f"other {shape.samples(rule_id)[0]}"
            yield from counter_examples

        return Rule(
            id=rule_id,
            version=1,
            description=description,
            severity=severity,
            confidence=confidence,
            pattern=f"{self.before}(?P<secret>{shape.pattern}){self.after}",
            boundary=shape.boundary if boundary is None else boundary,
            max_bytes=max(DEFAULT_MAX_BYTES, self.max_bytes),
            checks=(Entropy(min_share=0.6), Placeholder(), *checks),
            supersedes=(*LESS_SPECIFIC, *supersedes),
            provider=provider.name,
            category=provider.category,
            attributes=attributes,
            examples=deferred(examples),
            counter_examples=deferred(without_secret),
            references=(reference or provider.reference,),
            remediation=remediation or provider.remediation,
        )
