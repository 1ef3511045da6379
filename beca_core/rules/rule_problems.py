"""The check of the detection contract: what is wrong with a rule or a scanner, field by field.

Constructing a `Rule` never raises, so that one bad rule in a generator does not end the generator. Whatever registers
rules checks each of them here. A message names the field, the type of what was given, and how to write it; it never
repeats a value, except the id.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from beca_core.errors import InvalidRule
from beca_core.findings import Confidence, Severity
from beca_core.rules.rule import (
    MAX_DESCRIPTION,
    MAX_GLOB,
    MAX_ITEMS,
    MAX_MAX_BYTES,
    MAX_REFERENCE,
    MAX_REMEDIATION,
    MAX_RULE_ID,
    MAX_VERSION,
    Example,
    Rule,
    RuleInfo,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from enum import StrEnum

    ProblemOf = Callable[[Any], str]

_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
_SHOWN_NAME: Final = 60


def rule_problems(rule: RuleInfo) -> list[str]:
    """Return what is wrong with a rule, a sentence for each field; an empty list if it keeps the contract.

    Args:
        rule: A `Rule`, or the `RuleInfo` of a scanner's rule.
    """
    problems = {**_OF_EVERY_RULE, **_OF_PATTERNS} if isinstance(rule, Rule) else _OF_EVERY_RULE
    return [found for name, problem_of in problems.items() if (found := _problem_of_field(rule, name, problem_of))]


def scanner_problems(scanner: object) -> list[str]:
    """Return what is wrong with a scanner and with each of its rules; an empty list if it keeps the contract.

    Args:
        scanner: What was registered as a scanner.
    """
    if missing := [name for name in _OF_SCANNERS if not _has(scanner, name)]:
        return [f"it is not a Scanner object: it has no {', no '.join(missing)}."]
    given = _OF_SCANNERS | {name: problem_of for name, problem_of in _OPTIONAL.items() if _has(scanner, name)}
    found = [problem for name, problem_of in given.items() if (problem := _problem_of_field(scanner, name, problem_of))]
    return found or list(_problems_of_scanned_rules(scanner.rules))  # type: ignore[attr-defined]


def check_rule(rule: RuleInfo) -> None:
    """Refuse a rule that breaks the contract.

    Raises:
        InvalidRule: With the rule's id and everything that is wrong, by field.
    """
    if problems := rule_problems(rule):
        raise InvalidRule(f"{_label(rule)}: {' '.join(problems)}")


def check_scanner(scanner: object) -> None:
    """Refuse a scanner that breaks the contract, or one of whose rules does.

    Raises:
        InvalidRule: With the name of its class and everything that is wrong.
    """
    if problems := scanner_problems(scanner):
        raise InvalidRule(f"Scanner {type_name(scanner)}: {' '.join(problems)}")


def type_name(thing: object) -> str:
    """Return the name of a thing's type for a message: printable, and of a long name the beginning."""
    name = type(thing).__name__
    return (name if name.isprintable() else ascii(name))[:_SHOWN_NAME]


def _label(rule: RuleInfo) -> str:
    try:
        return f"Rule {rule.id!r:.80}" if isinstance(rule.id, str) else "A rule without an id"
    except AttributeError:
        return "A rule without an id"


def _has(thing: object, name: str) -> bool:
    try:
        getattr(thing, name)
    except AttributeError:
        return False
    except (Exception, SystemExit):  # noqa: BLE001 - it has one, which the check of its value will report
        return True
    return True


def _problem_of_field(thing: object, name: str, problem_of: ProblemOf) -> str:
    try:
        problem = problem_of(getattr(thing, name))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - reading a value may run the plugin's code
        return f"{name} cannot be read: it raised {type_name(error)}."
    return f"{name} {problem}" if problem else ""


def _problems_of_scanned_rules(rules: tuple[RuleInfo, ...]) -> Iterator[str]:
    for rule in rules:
        if problems := rule_problems(rule):
            yield f"{_label(rule)}: {' '.join(problems)}"
    ids = [rule.id for rule in rules]
    if len(ids) > len(set(ids)):
        yield "rules has two rules of one id."


def _id(value: Any) -> str:
    if not isinstance(value, str):
        return f"must be a str, not {type_name(value)}. Use lower-case words joined by hyphens."
    if len(value) > MAX_RULE_ID:
        return f"has {len(value):,} characters; {MAX_RULE_ID} are allowed."
    return "" if _ID.fullmatch(value) else "is not valid. Use lower-case words joined by hyphens."


def _whole_number(least: int, most: int) -> ProblemOf:
    def problem(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int):
            return f"must be a whole number, not {type_name(value)}."
        return "" if least <= value <= most else f"must be from {least} to {most}."

    return problem


def _number(least: int, most: int) -> ProblemOf:
    def problem(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"must be a number, not {type_name(value)}."
        return "" if least <= value <= most else f"must be from {least} to {most}."

    return problem


def _boolean(value: Any) -> str:
    return "" if isinstance(value, bool) else f"must be True or False, not {type_name(value)}."


def _text(most: int, *, least: int = 0) -> ProblemOf:
    def problem(value: Any) -> str:
        if not isinstance(value, str):
            return f"must be a str, not {type_name(value)}."
        if len(value) > most:
            return f"has {len(value):,} characters; {most:,} are allowed."
        if _UNSTORABLE.search(value):
            return "has a NUL or a lone surrogate, which cannot be stored."
        return "is empty." if len(value.strip()) < least else ""

    return problem


def _member(kind: type[StrEnum]) -> ProblemOf:
    def problem(value: Any) -> str:
        if isinstance(value, kind):
            return ""
        name = value.upper() if isinstance(value, str) else ""
        example = name if name in kind.__members__ else "HIGH"
        return f"must be a member of {kind.__name__}, not {type_name(value)}. Write {kind.__name__}.{example}."

    return problem


def _tuple_of(items: str, example: str, problem_of: ProblemOf, *, least: int = 0) -> ProblemOf:
    def problem(value: Any) -> str:
        if not isinstance(value, (tuple, list)):
            return f"must be a tuple of {items}, not {type_name(value)}. Write {example}."
        if not least <= len(value) <= MAX_ITEMS:
            return f"has {len(value):,} items; {least} to {MAX_ITEMS:,} are allowed."
        for number, item in enumerate(value, start=1):
            if found := problem_of(item):
                return f"item {number} {found} Write {example}."
        return ""

    return problem


def _pattern(value: Any) -> str:
    if not isinstance(value, str):
        return f"must be a str, not {type_name(value)}. Bytes outside ASCII are written as \\xNN."
    if not value.isascii():
        return "has characters outside ASCII; write bytes as \\xNN."
    return "" if "(?P<secret>" in value else "has no group named 'secret'. Write (?P<secret>...)."


def _keyword(value: Any) -> str:
    if not isinstance(value, str):
        return f"must be a str, not {type_name(value)}."
    return "" if value and value.isascii() else "is empty or has characters outside ASCII."


def _check(value: Any) -> str:
    return "" if callable(value) else f"must be a function, not {type_name(value)}."


def _str_or_bytes(value: Any) -> str:
    if isinstance(value, str):
        return "has a lone surrogate; use bytes." if _UNSTORABLE.search(value.replace("\0", "")) else ""
    return "" if isinstance(value, bytes) else f"must be a str or bytes, not {type_name(value)}."


def _example(value: Any) -> str:
    if not isinstance(value, Example):
        return f"must be an Example, not {type_name(value)}."
    for name, part in (("text", value.text), ("secret", value.secret)):
        if found := _str_or_bytes(part):
            return f"has a {name} that {found}"
    if not value.secret:
        return "has an empty secret."
    if value.confidence is not None and (found := _CONFIDENCE(value.confidence)):
        return f"has a confidence that {found}"
    return ""


def _scanned_rule(value: Any) -> str:
    return "" if isinstance(value, RuleInfo) else f"must be a RuleInfo, not {type_name(value)}."


def _anchor(value: Any) -> str:
    if not isinstance(value, bytes):
        return f"must be bytes, not {type_name(value)}."
    return "" if value else "is empty."


_CONFIDENCE: Final = _member(Confidence)
_OF_EVERY_RULE: Final[Mapping[str, ProblemOf]] = {
    "id": _id,
    "version": _whole_number(1, MAX_VERSION),
    "description": _text(MAX_DESCRIPTION, least=1),
    "severity": _member(Severity),
    "confidence": _CONFIDENCE,
    "examples": _tuple_of("Example", 'examples=(Example("text", secret="secret"),)', _example),
    "counter_examples": _tuple_of("str or bytes", 'counter_examples=("text",)', _str_or_bytes),
    "references": _tuple_of("str", 'references=("https://...",)', _text(MAX_REFERENCE, least=1)),
    "remediation": _text(MAX_REMEDIATION),
    "include_paths": _tuple_of("str", 'include_paths=("*.py",)', _text(MAX_GLOB, least=1)),
    "exclude_paths": _tuple_of("str", 'exclude_paths=("docs/*",)', _text(MAX_GLOB, least=1)),
}
_OF_PATTERNS: Final[Mapping[str, ProblemOf]] = {
    "pattern": _pattern,
    "keywords": _tuple_of("str", 'keywords=("word",)', _keyword),
    "min_entropy": _number(0, 8),
    "checks": _tuple_of("functions", "checks=(function,)", _check),
    "multiline": _boolean,
    "max_bytes": _whole_number(1, MAX_MAX_BYTES),
}
_OF_SCANNERS: Final[dict[str, ProblemOf]] = {
    "rules": _tuple_of("RuleInfo", "rules = (RuleInfo(...),)", _scanned_rule, least=1),
    "anchors": _tuple_of("bytes", 'anchors = (b"word",)', _anchor),
    "scan": _check,
}
_OPTIONAL: Final[dict[str, ProblemOf]] = {"needs_whole": _boolean}
"""Attributes that a scanner may have."""
