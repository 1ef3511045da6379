"""What of a rule its counter-examples and examples do not prove: it could be left out, and no proof would fail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from beca_core.matching.patterns.pattern import Pattern, PatternKind
from beca_core.matching.patterns.pattern_checking import checked_patterns
from beca_core.matching.patterns.pattern_parser import parse
from beca_core.rules.candidate import Step
from beca_core.rules.context import Side
from beca_core.testing.near_misses import check_name
from beca_core.testing.surroundings import has_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import re2

    from beca_core.rules.candidate import DropReason
    from beca_core.rules.example import CounterExample
    from beca_core.rules.rule import Rule
    from beca_core.testing.specimen import Specimen

    Dropped = tuple[CounterExample, Sequence[DropReason]]

_ANY_CASE: Final = re.compile(r"\(\?i(:|\))")


def unproven(rule: Rule, dropped: Sequence[Dropped]) -> Iterator[str]:
    """Yield what nothing proves: each field that drops candidates must drop a counter-example.

    Args:
        rule: The rule.
        dropped: Its counter-examples, each with what was dropped in it.
    """
    seen = {(drop.step, drop.name) for _, drops in dropped for drop in drops}
    steps = {step for step, _ in seen}
    if rule.min_entropy and Step.ENTROPY not in steps:
        yield _missing("min_entropy", "a secret with too little entropy, such as one character again and again")
    for name in dict.fromkeys(map(check_name, rule.checks)):
        if (Step.CHECK, name) not in seen and _may_drop(rule, name):
            yield _missing(f"its check {name}", "a text that it drops")
    if rule.allow and Step.ALLOW not in steps:
        yield _missing("allow", "a value that is allowed")
    for part in rule.parts:
        if part.required and (Step.PARTS, part.name) not in seen:
            yield _missing(f"its part {part.name}", "a secret without it")
    if rule.paths and Step.PATH not in steps:
        yield _missing("paths", "CounterExample(text, path=...) with a path at which the rule does not apply")
    yield from _near_words(rule, dropped)
    shown = {example.variant for example in rule.examples}
    for variant in rule.variants:
        if variant.name not in shown:
            yield f"variant {variant.name} is not proven: add Example(..., variant={variant.name!r})"


def unproven_case(rule: Rule, specimens: Sequence[Specimen]) -> Iterator[str]:
    """Yield what is wrong with flags for any letter case, without which all examples would be found.

    Args:
        rule: The rule.
        specimens: Its examples.
    """
    for number, pattern in enumerate(rule.patterns):
        for flag in _ANY_CASE.finditer(pattern):
            without = f"{pattern[: flag.start()]}{'(?:' if flag[1] == ':' else ''}{pattern[flag.end() :]}"
            if parse(pattern) != parse(without) and _finds_as_much(rule, number, without, specimens):
                what = "(?i:...)" if flag[1] == ":" else "(?i)"
                yield (
                    f"{what} is not proven: no example has the text in another letter case than the pattern; add "
                    "one, or leave it out"
                )
                return


def _finds_as_much(rule: Rule, number: int, without: str, specimens: Sequence[Specimen]) -> bool:
    """Return whether a pattern finds all that another one of a rule finds in examples, which must be something."""
    given = checked_patterns(rule)[number].regexp
    kind = PatternKind(rule.multiline, rule.max_bytes, rule.boundary)
    other = Pattern(without, frozenset(), kind).regexp
    found = [_spans(given, specimen) for specimen in specimens]
    return any(found) and all(
        _spans(other, specimen) == spans for specimen, spans in zip(specimens, found, strict=True)
    )


def _spans(regexp: re2._Regexp[bytes], specimen: Specimen) -> list[tuple[int, int]]:
    return [found.span() for found in regexp.finditer(specimen.data)]


def _near_words(rule: Rule, dropped: Sequence[Dropped]) -> Iterator[str]:
    texts = [given.data for given, drops in dropped if any(drop.step is Step.NEAR for drop in drops)]
    for near in rule.near:
        if not texts:
            yield _missing("near", f"a secret without {' or '.join(near.words[:3])}")
        elif near.where is not Side.LINE and not any(has_word(near, text) for text in texts):
            yield _missing("the distance of near", f"a secret that is farther than {near.within:,} bytes from the word")


def _may_drop(rule: Rule, name: str) -> bool:
    """Return whether a check of this name may drop a candidate; some only change the confidence."""
    return any(getattr(check, "otherwise", "drop") == "drop" for check in rule.checks if check_name(check) == name)


def _missing(what: str, example: str) -> str:
    return f"{what} is not proven: no counter-example is dropped by it; add {example}"
