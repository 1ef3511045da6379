"""Rules of a provider: a token that is known by its own form, or by the name that it is given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from beca_core import Confidence, CounterExample, Example, Near, Part, Rule, Severity, Step
from beca_core.checks import Charset, DictionaryWords, Entropy, Placeholder
from beca_core.rules.example import deferred
from beca_core.rules.rule import DEFAULT_MAX_BYTES
from beca_scanners.building.shape import TokenChoice, TokenRun, TokenShape, literal, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.rules.candidate import Check
    from beca_scanners.building.shape import Piece

SECRET_WORDS: Final = ("key", "token", "secret", "pass", "pwd", "auth", "credential")
"""Of these a name has one that says that its value is a secret."""

LESS_SPECIFIC: Final = ("secret-key", "generic-*")
"""The rules that find the same secret by less."""

_RANDOM: Final = 0.6
"""Least entropy of a secret, as a share of the greatest for its length and alphabet."""
_NO_WORDS: Final = DictionaryWords()
_MIXED: Final = Charset(upper=1, lower=1, digits=1)
_REAL: Final = Placeholder()
_QUOTE: Final = "[\"'`]"
_TYPE: Final = r"(?:[ \t]{0,4}:[ \t]{0,4}[A-Za-z][\w.\[\]]{0,30}[ \t]{0,4}=)"
_OPERATOR: Final = r"(?:=>|:=|:-|==|\?\?|\|\||\?:|[=:,>(]|or|to)"
_VALUE_FIELD: Final = rf"(?:[,;]?[ \t]{{0,4}}{_QUOTE}?value{_QUOTE}?)"
"""As in `"name": "ACME_KEY", "value": "..."` and `<add key="AcmeKey" value="..."/>`."""
_ASSIGNED: Final = (
    rf"\\?{_QUOTE}?[)\]]{{0,2}}{_VALUE_FIELD}?(?:{_TYPE}|[ \t]{{0,24}}{_OPERATOR}|[ \t])[ \t]{{0,24}}"
    rf"(?:[A-Za-z_.]{{1,24}}\()?(?:[bruf]{{0,2}}\\?{_QUOTE})?"
)
"""What is between the end of a name and its value."""
_ROOM: Final = 256
"""Most bytes that a name and what follows it take before the value."""
_PAIR_BYTES: Final = 256
"""Distance between the two parts of a pair."""
_TOKEN_LINES: Final = 'token = "{}"', "  value: {}\n", "curl --header 'X-Token: {}' https://localhost/", "{}"
_NAME_LINES: Final = '{} = "{}"', "export {}={}\n", '{{"{}": "{}"}}', "{}: '{}'"
_ABOUT: Final = f"# {'Of the account that deploys. ' * 6}"


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Who issues secrets, with what its rules have in common.

    Args:
        name: The name that people know.
        category: What kind of service it is: lower-case words joined by hyphens.
        reference: URL of the documentation on which the rules are based.
        remediation: What to do when a secret of it has leaked, in one or two sentences.
    """

    name: str
    category: str
    reference: str
    remediation: str

    def token(
        self,
        rule_id: str,
        description: str,
        *pieces: Piece,
        lead: str = "",
        severity: Severity = Severity.HIGH,
        confidence: Confidence = Confidence.HIGH,
        checks: tuple[Check, ...] = (),
        counter_examples: tuple[str | CounterExample, ...] = (),
        boundary: str | None = None,
        min_share: float = _RANDOM,
        reference: str = "",
        remediation: str = "",
        tags: tuple[str, ...] = (),
        supersedes: tuple[str, ...] = (),
    ) -> Rule:
        """Return a rule for a token that is known by its own form, wherever it is.

        Args:
            rule_id: The id; it begins with the provider's name.
            description: What the rule finds, in one line.
            pieces: The shape of the token: fixed texts, of which one should be distinctive, runs and choices.
            lead: Fixed text before the token that is no part of it, such as the beginning of an address.
            severity: Harm that a leak can do.
            confidence: How sure a text of this form is to be a secret.
            checks: Checks beside those of each token, which are that it looks random and is no placeholder.
            counter_examples: Texts beside those of each token; each of the given checks needs one that it drops.
            boundary: Characters that may not adjoin the token; None: those of words and those of the token.
            min_share: Least entropy, as a share of the greatest, 0 to 1; hexadecimal digits among symbols need less.
            reference: URL of the documentation, if it is another one than the provider's.
            remediation: What to do, if it is something else than for the provider's other secrets.
            tags: Words by which the rule can be chosen.
            supersedes: Ids of further rules that find the same secret by less.
        """
        shape = TokenShape(*pieces)

        def examples() -> Iterator[Example]:
            for number, token in enumerate(shape.samples(rule_id)):
                yield Example(_TOKEN_LINES[number % len(_TOKEN_LINES)].format(lead + token), token)

        return Rule(
            id=rule_id,
            version=1,
            description=description,
            severity=severity,
            confidence=confidence,
            pattern=f"{literal(lead)}(?P<secret>{shape.pattern})",
            boundary=shape.boundary if boundary is None else boundary,
            max_bytes=max(DEFAULT_MAX_BYTES, len(lead) + shape.longest),
            checks=(_looks_random(min_share), _REAL, *checks),
            supersedes=(*LESS_SPECIFIC, *supersedes),
            provider=self.name,
            category=self.category,
            tags=tags,
            examples=deferred(examples),
            counter_examples=deferred(
                lambda: (*usual_counter_examples(shape, rule_id, f"token = {lead}{{}}"), *counter_examples)
            ),
            references=(reference or self.reference,),
            remediation=remediation or self.remediation,
        )

    def named(
        self,
        rule_id: str,
        description: str,
        words: str | tuple[str, ...],
        *pieces: Piece,
        said: tuple[str, ...] = SECRET_WORDS,
        severity: Severity = Severity.HIGH,
        confidence: Confidence = Confidence.MEDIUM,
        checks: tuple[Check, ...] = (),
        counter_examples: tuple[str | CounterExample, ...] = (),
        boundary: str | None = None,
        min_share: float = _RANDOM,
        reference: str = "",
        remediation: str = "",
        tags: tuple[str, ...] = (),
        supersedes: tuple[str, ...] = (),
    ) -> Rule:
        """Return a rule for a secret without a form of its own, which is assigned to a name that says what it is.

        The name has one of the words, in any letter case, and after it one of those in `said`: `ACME_API_KEY`,
        `acme.client-secret`, `"acmeToken"`. The value follows after `=`, `:`, `=>`, `:=`, `,`, `(` or `>`.

        Args:
            rule_id: The id; it begins with the provider's name.
            description: What the rule finds, in one line.
            words: Words of the name, of which one is enough, in lower case: mostly the provider's name.
            pieces: The shape of the value.
            said: Words of which one has to follow in the name; empty: none.
            severity: Harm that a leak can do.
            confidence: How sure such a value is to be a secret.
            checks: Checks beside those of each value, which are that it looks random, is no placeholder and, where
                letters allow it, does not consist of words.
            counter_examples: Texts beside those of each value; each of the given checks needs one that it drops.
            boundary: Characters that may not adjoin the value; None: those of words and those of the value.
            min_share: Least entropy, as a share of the greatest, 0 to 1; hexadecimal digits among symbols need less.
            reference: URL of the documentation, if it is another one than the provider's.
            remediation: What to do, if it is something else than for the provider's other secrets.
            tags: Words by which the rule can be chosen.
            supersedes: Ids of further rules that find the same secret by less.
        """
        shape = TokenShape(*pieces)
        words = (words,) if isinstance(words, str) else words
        takes_words = shape.takes_words

        def name(number: int) -> str:
            word = words[number % len(words)]
            return f"{word}_{said[number % len(said)]}" if said else word

        def examples() -> Iterator[Example]:
            values = shape.samples(rule_id)
            for number in range(max(2 * len(words) + 1, len(values))):
                written, value = name(number), values[number % len(values)]
                shown = written.upper() if number % 2 else written
                yield Example(_NAME_LINES[number % len(_NAME_LINES)].format(shown, value), value)

        def without_secret() -> Iterator[str | CounterExample]:
            line = f"{name(0)} = {{}}"
            yield from usual_counter_examples(shape, rule_id, line)
            if takes_words:
                yield CounterExample(line.format(shape.wordy(rule_id)), step=Step.CHECK, check=_NO_WORDS.name)
            yield f"other = {shape.samples(rule_id)[0]}"
            yield from counter_examples

        rest = rf"[\w.'\"\[\]{{}}: -]{{0,24}}?(?:{'|'.join(said)})[\w-]{{0,16}}" if said else ""
        return Rule(
            id=rule_id,
            version=1,
            description=description,
            severity=severity,
            confidence=confidence,
            pattern=f"(?i:(?:{'|'.join(map(literal, words))}){rest}){_ASSIGNED}(?P<secret>{shape.pattern})",
            boundary=shape.boundary if boundary is None else boundary,
            max_bytes=max(DEFAULT_MAX_BYTES, shape.longest + _ROOM),
            checks=(_looks_random(min_share), _REAL, *((_NO_WORDS,) if takes_words else ()), *checks),
            supersedes=(*LESS_SPECIFIC, *supersedes),
            provider=self.name,
            category=self.category,
            tags=tags,
            examples=deferred(examples),
            counter_examples=deferred(without_secret),
            references=(reference or self.reference,),
            remediation=remediation or self.remediation,
        )

    def paired(
        self,
        rule_id: str,
        description: str,
        identifier: TokenShape,
        *pieces: Piece,
        severity: Severity = Severity.HIGH,
        confidence: Confidence = Confidence.MEDIUM,
        reference: str = "",
        remediation: str = "",
        tags: tuple[str, ...] = (),
        supersedes: tuple[str, ...] = (),
    ) -> Rule:
        """Return a rule for a secret without a form of its own, beside the identifier that belongs to it.

        The identifier is at most 256 bytes and five lines away, on any side, and a preview of it is shown with the
        finding: rules of their own report such identifiers. A secret that may have upper-case letters, lower-case
        letters and digits has to have some of each: a hash has not.

        Args:
            rule_id: The id; it begins with the provider's name.
            description: What the rule finds, in one line.
            identifier: The shape of the identifier, which begins with a distinctive text.
            pieces: The shape of the secret.
            severity: Harm that a leak can do.
            confidence: How sure such a text is to be a secret.
            reference: URL of the documentation, if it is another one than the provider's.
            remediation: What to do, if it is something else than for the provider's other secrets.
            tags: Words by which the rule can be chosen.
            supersedes: Ids of further rules that find the same secret by less.
        """
        shape = TokenShape(*pieces)
        prefix = str(identifier.pieces[0])
        is_mixed = _is_mixed(shape)

        def examples() -> Iterator[Example]:
            known = identifier.samples(rule_id)[0]
            first, second, *_ = shape.samples(rule_id)
            yield Example(f"access_key: {known}\n{_ABOUT}\nsecret: {first}\n", first, parts={"key-id": known})
            yield Example(f'{{"secret": "{second}", "id": "{known}"}}', second, parts={"key-id": known})

        def without_secret() -> Iterator[str | CounterExample]:
            secret = shape.samples(rule_id)[0]
            together = f"access_key: {identifier.samples(rule_id)[0]}\nsecret: {{}}\n"
            yield from usual_counter_examples(shape, rule_id, together)
            yield CounterExample(f"secret: {secret}\n", step=Step.NEAR)
            yield CounterExample(together.format(f"{_ABOUT * 3} {secret}"), step=Step.NEAR)
            yield CounterExample(f"{prefix} is not here: {secret}", step=Step.PARTS)
            if is_mixed:
                yield CounterExample(together.format(_hash_of(shape, rule_id)), step=Step.CHECK, check="charset")

        return Rule(
            id=rule_id,
            version=1,
            description=description,
            severity=severity,
            confidence=confidence,
            pattern=f"(?P<secret>{shape.pattern})",
            boundary=shape.boundary,
            near=(Near(words=(prefix,), within=_PAIR_BYTES),),
            parts=(
                Part(
                    name="key-id",
                    pattern=identifier.pattern,
                    boundary=identifier.boundary,
                    within_bytes=_PAIR_BYTES,
                ),
            ),
            max_bytes=max(DEFAULT_MAX_BYTES, shape.longest),
            checks=(_looks_random(_RANDOM), _REAL, *((_MIXED,) if is_mixed else ())),
            supersedes=(*LESS_SPECIFIC, *supersedes),
            provider=self.name,
            category=self.category,
            tags=tags,
            examples=deferred(examples),
            counter_examples=deferred(without_secret),
            references=(reference or self.reference,),
            remediation=remediation or self.remediation,
        )


@cache
def _looks_random(min_share: float) -> Entropy:
    """Return the check, one for all rules that ask the same: so that it is looked at once."""
    return Entropy(min_share=min_share)


def _is_mixed(shape: TokenShape) -> bool:
    """Return whether random text of a shape has letters of both cases and digits, and its fixed texts have none."""
    runs = [piece for piece in shape.pieces if isinstance(piece, TokenRun)]
    fixed = "".join(piece for piece in shape.pieces if isinstance(piece, str))
    return any({"a", "A", "0"}.issubset(piece.alphabet) for piece in runs) and not any(map(str.isalpha, fixed))


def _hash_of(shape: TokenShape, seed: str) -> str:
    """Return a text of a shape in which each run has hexadecimal digits only."""
    return "".join(
        piece if isinstance(piece, str) else run("0-9a-f", piece.least).sample(seed)
        for piece in shape.pieces
        if not isinstance(piece, TokenChoice)
    )


def usual_counter_examples(shape: TokenShape, seed: str, line: str) -> tuple[CounterExample, ...]:
    """Return what each rule of a shape refuses: a text that is too short, one character repeated, and a placeholder.

    Args:
        shape: The shape of the secret.
        seed: Different seeds give different texts.
        line: A text with `{}` where the secret is.
    """
    return (
        CounterExample(line.replace("{}", shape.cut(seed))),
        CounterExample(line.replace("{}", shape.worthless()), step=Step.CHECK, check="entropy"),
        CounterExample(line.replace("{}", shape.placeholder(seed)), step=Step.CHECK, check="placeholder"),
    )
