"""Rules of files that hold credentials: the place in the file says that a value is one, not the form of the value."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Final

from beca_core import Confidence, CounterExample, Example, Near, Rule, Severity, Step, random_text
from beca_core.checks import Placeholder
from beca_core.rules.example import deferred
from beca_scanners.building.provider import LESS_SPECIFIC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.rules.candidate import Check

FREE: Final = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789!%+-.?~"
"""Characters of passwords for examples, none of which has a meaning in any of the files."""

VALUE: Final = r"""["']?(?P<secret>[^\s"'`#,;<>{}()\[\]][^\s"'`#,;<>()\[\]]{0,127})"""
"""A value with or without quotes, as most files of configuration have it."""

NOT_A_TEMPLATE: Final = Placeholder(kinds=("template", "filler"))
"""What stands in such a place is a credential, even `admin` or `password`, unless it is to be filled in."""


def password(seed: str, length: int = 18) -> str:
    """Return a password for examples.

    Args:
        seed: Different seeds give different passwords.
        length: Number of characters.
    """
    return random_text(FREE, length - 2, seed) + "!%"


@dataclass(frozen=True, kw_only=True)
class FileFormat:
    """A kind of file, with what the rules for it have in common.

    Args:
        name: The software that reads such files.
        reference: URL of the documentation of the file.
        remediation: What to do when a secret in it has leaked, in one or two sentences.
        paths: Names of such files, in the syntax of `.gitignore`; empty: the text says what file it is.
        category: What kind of service it is: lower-case words joined by hyphens.
    """

    name: str
    reference: str
    remediation: str
    paths: tuple[str, ...] = ()
    category: str = "file"

    def secret(
        self,
        rule_id: str,
        description: str,
        pattern: str | tuple[str, ...],
        *written: str,
        values: tuple[str, ...] = (),
        severity: Severity = Severity.HIGH,
        confidence: Confidence = Confidence.HIGH,
        checks: tuple[Check, ...] | None = None,
        counter_examples: tuple[str | CounterExample, ...] = (),
        template: str = "${PASSWORD}",
        boundary: str = "",
        near: tuple[str, ...] = (),
        within: int = 300,
        alone: str = "",
        multiline: bool = False,
        max_bytes: int = 1024,
        supersedes: tuple[str, ...] = LESS_SPECIFIC,
    ) -> Rule:
        """Return a rule for a secret at a place in such a file.

        Args:
            rule_id: The id.
            description: What the rule finds, in one line.
            pattern: The pattern, with the group `secret`; a tuple: several.
            written: Texts of such a file with `{}` where the secret is.
            values: Secrets for the texts, which take turns; empty: passwords.
            severity: Harm that a leak can do.
            confidence: How sure a match is to be a secret.
            checks: The checks; None: that the value is no template.
            counter_examples: Texts without a secret.
            template: What stands in for a secret that is given elsewhere; empty: there is no such text.
            boundary: Characters that may not adjoin the secret.
            near: Words of such a file, of which one has to be near the secret; empty: none.
            within: How near, in bytes.
            alone: A text with `{}` where the secret is, and without those words.
            multiline: Whether a match crosses lines.
            max_bytes: Greatest length of a match.
            supersedes: Rules that find the same secret by less.
        """
        given = (NOT_A_TEMPLATE,) if checks is None else checks
        path = _example_path(self.paths)
        nearest = f"{near[0]}\n{'# and more' * (within // 10 - 4)}\n" if near else ""

        def secrets() -> tuple[str, ...]:
            return values or (password(rule_id), password(f"{rule_id} 2", 30))

        def examples() -> Iterator[Example]:
            texts = (*(written if len(written) > 1 else written * 2), *([nearest + alone] if near else []))
            for text, value in zip(texts, cycle(secrets()), strict=False):
                yield Example(text.format(value), value, path=path)

        def without_secret() -> Iterator[str | CounterExample]:
            value = secrets()[0]
            if NOT_A_TEMPLATE in given and template:
                yield CounterExample(written[0].format(template), step=Step.CHECK, check="placeholder", path=path)
            if self.paths:
                yield CounterExample(written[0].format(value), step=Step.PATH, path="notes/other.bin")
            for text in (alone, nearest + f"{'# and more' * 6}\n{alone}") if near else ():
                yield CounterExample(text.format(value), step=Step.NEAR, path=path)
            yield from counter_examples

        return Rule(
            id=rule_id,
            version=1,
            description=description,
            severity=severity,
            confidence=confidence,
            pattern=pattern,
            boundary=boundary,
            near=(Near(words=near, within=within),) if near else (),
            multiline=multiline,
            max_bytes=max_bytes,
            checks=given,
            paths=self.paths,
            supersedes=supersedes,
            provider=self.name,
            category=self.category,
            examples=deferred(examples),
            counter_examples=deferred(without_secret),
            references=(self.reference,),
            remediation=self.remediation,
        )


def _example_path(paths: tuple[str, ...]) -> str:
    """Return a path that the first of some patterns selects."""
    return paths[0].strip("/").replace("**/", "").replace("*", "main") if paths else ""
