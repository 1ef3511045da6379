"""What `beca rules show` says of a rule, in the words of people; its JSON has the form of a rule file instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.checks import describe
from beca_core.rules.context import Side
from beca_core.rules.example import as_counter_example
from beca_core.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.rules.context import Allow, Near, Part, Variant
    from beca_core.rules.example import CounterExample, Example
    from beca_core.rules.rule import RuleInfo

_SHOWN: Final = 200
"""Length up to which the text of an example is shown, in characters."""
_SIDES: Final = {
    Side.BEFORE: "before the secret",
    Side.AFTER: "after the secret",
    Side.EITHER: "before or after the secret",
    Side.LINE: "on the line of the secret",
}
_ALLOWED: Final = {
    "values": "this value",
    "words": "a secret with the word",
    "patterns": "a secret in which this matches",
    "lines": "a line in which this matches",
}


def rule_facts(rule: RuleInfo) -> Iterator[tuple[str, str]]:
    """Yield what a rule says, as the name of the field and one line, without the fields that say nothing.

    Args:
        rule: A `Rule`, or the `RuleInfo` of a scanner's rule.
    """
    yield "id", rule.id
    yield "version", str(rule.version)
    yield "description", rule.description
    yield "severity", rule.severity
    yield "confidence", rule.confidence
    yield "provider", rule.provider
    yield "category", rule.category
    yield "tags", ", ".join(rule.tags)
    yield "enabled", "yes" if rule.enabled else "no: it takes part only where it is named"
    yield "former ids", ", ".join(rule.former_ids)
    yield "supersedes", ", ".join(rule.supersedes)
    yield from (("paths", pattern) for pattern in rule.paths)
    if isinstance(rule, Rule):
        yield from _detection(rule)
    yield from (("examples", _example(example)) for example in rule.examples)
    yield from (("counter-examples", _counter_example(example)) for example in rule.counter_examples)
    yield from (("references", reference) for reference in rule.references)
    yield "remediation", rule.remediation


def _detection(rule: Rule) -> Iterator[tuple[str, str]]:
    yield from (("pattern", pattern) for pattern in rule.patterns)
    yield "boundary", f"none of [{rule.boundary}] directly before or after the secret" if rule.boundary else ""
    yield "keywords", f"anywhere in the text: {_one_of(rule.keywords)}" if rule.keywords else ""
    yield from (("near", _near(near)) for near in rule.near)
    yield "min entropy", f"{rule.min_entropy:g} bits per byte" if rule.min_entropy else ""
    yield from (("checks", describe(check)) for check in rule.checks)
    yield from (("allow", line) for line in _allowed(rule.allow))
    for part in rule.parts:
        yield from (("parts", line) for line in _part(part))
    yield from (("variants", _variant(variant)) for variant in rule.variants)
    yield "attributes", ", ".join(rule.attributes)
    yield "multiline", "a match may cross line ends" if rule.multiline else ""
    yield "max bytes", f"{rule.max_bytes:,}"


def _near(near: Near) -> str:
    return f"{_one_of(near.words)}, within {near.within:,} bytes {_SIDES[near.where]}"


def _part(part: Part) -> Iterator[str]:
    """Yield the pattern of a part, then where it is and what follows from it, then its checks."""
    yield f"{part.name}: {part.pattern}"
    lines = (
        f"{part.within_lines:,} line end{'' if part.within_lines == 1 else 's'}" if part.within_lines else "no line end"
    )
    without = "required"
    if not part.required:
        without = f"confidence {part.confidence} without it" if part.confidence else "not required"
    shown = "shown in clear" if part.public else "shown as a preview"
    yield f"  within {part.within_bytes:,} bytes and across {lines}, {_SIDES[part.where]}; {without}; {shown}"
    if part.boundary:
        yield f"  none of [{part.boundary}] directly before or after it"
    yield from (f"  {describe(check)}" for check in part.checks)


def _allowed(allow: Allow) -> Iterator[str]:
    for field, meaning in _ALLOWED.items():
        yield from (f"{meaning}: {item}" for item in getattr(allow, field))


def _variant(variant: Variant) -> str:
    says = (
        variant.severity and f"severity {variant.severity}",
        variant.confidence and f"confidence {variant.confidence}",
    )
    return "; ".join(filter(None, (f"{variant.name}: {variant.pattern}", *says, variant.description)))


def _example(example: Example) -> str:
    says = [f"finds {' and '.join(map(_text, example.secrets))}"]
    says += [f"{name}: {_text(value)}" for name, value in example.parts.items()]
    says += [f"variant {example.variant}"] if example.variant else []
    says += [f"confidence {example.confidence}"] if example.confidence else []
    says += [f"at {example.path}"] if example.path else []
    return f"{_text(example.text)}: {'; '.join(says)}"


def _counter_example(example: str | bytes | CounterExample) -> str:
    given = as_counter_example(example)
    says = (given.step and f"dropped by {given.step}", given.check, given.path and f"at {given.path}")
    return ": ".join(filter(None, (_text(given.text), "; ".join(filter(None, says)))))


def _text(text: str | bytes) -> str:
    shown = text if isinstance(text, str) else text.decode(errors="backslashreplace")
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."


def _one_of(words: tuple[str, ...]) -> str:
    return " or ".join(words)
