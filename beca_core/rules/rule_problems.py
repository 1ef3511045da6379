"""The check of the detection contract: what is wrong with a rule or a scanner, field by field.

Constructing a `Rule` never raises, so that one bad rule in a generator does not end the generator. Whatever registers
rules checks each of them here. A message names the field, the type of what was given, and how to write it; it never
repeats a value, except the id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, Final

from beca_core.checks.inspection import SECRET, Inspection
from beca_core.checks.parameters import check_problems
from beca_core.errors import InvalidRule
from beca_core.findings import Confidence, Severity
from beca_core.rules.candidate import Step
from beca_core.rules.context import MAX_NEAR_BYTES, Allow, Near, Part, Side, Variant
from beca_core.rules.example import CounterExample, Deferred, Example
from beca_core.rules.rule import (
    MAX_DESCRIPTION,
    MAX_GLOB,
    MAX_MAX_BYTES,
    MAX_PATH,
    MAX_REFERENCE,
    MAX_REMEDIATION,
    MAX_RULE_ID,
    MAX_TAG,
    MAX_VERSION,
    Rule,
    RuleInfo,
)
from beca_core.rules.value_problems import (
    NAME,
    UNSTORABLE,
    boolean,
    member,
    name_problem,
    number,
    optional_name,
    or_none,
    record,
    text,
    tuple_of,
    type_name,
    whole_number,
)
from beca_core.system.lazy_regexp import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.rules.candidate import Check
    from beca_core.rules.value_problems import ProblemOf

_ID_PATTERN: Final = lazy(r"[a-z0-9*]+(?:-[a-z0-9*]+)*")
_PART_GROUP: Final = "part"
"""The group of a part's pattern that is the part."""
_MOST_SOUND: Final = 8192
_SOUND: Final[dict[int, RuleInfo]] = {}
"""Rules with which nothing is wrong: a process that loads its plugins again need not look at them again."""
SHORTEST_WORD: Final = 3
"""Least length of a word that is looked for near a secret, in characters."""


def rule_problems(rule: RuleInfo) -> list[str]:
    """Return what is wrong with a rule, a sentence for each field; an empty list if it keeps the contract.

    Examples that are `Deferred` are not looked at; see `example_problems`.

    Args:
        rule: A `Rule`, or the `RuleInfo` of a scanner's rule.
    """
    problems = _OF_RULES if isinstance(rule, Rule) else _OF_EVERY_RULE
    found = [problem for name, problem_of in problems.items() if (problem := _problem_of_field(rule, name, problem_of))]
    return found or (list(_unknown_groups(rule)) if isinstance(rule, Rule) else [])


def example_problems(rule: RuleInfo) -> list[str]:
    """Return what is wrong with the examples of a rule, deferred or not; an empty list if nothing is."""
    found = [_problem_of_field(rule, name, _of_tuple(problem_of)) for name, problem_of in _EXAMPLES.items()]
    return [problem for problem in found if problem]


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
    if _SOUND.get(id(rule)) is rule:
        return
    if problems := rule_problems(rule):
        raise InvalidRule(f"{_label(rule)}: {' '.join(problems)}")
    # What a plugin derives of it may say something else the next time, and functions may hold on to a process.
    if type(rule) is Rule and all(isinstance(check, Inspection) for check in rule.checks):
        if len(_SOUND) >= _MOST_SOUND:
            _SOUND.clear()
        _SOUND[id(rule)] = rule


def check_scanner(scanner: object) -> None:
    """Refuse a scanner that breaks the contract, or one of whose rules does.

    Raises:
        InvalidRule: With the name of its class and everything that is wrong.
    """
    if problems := scanner_problems(scanner):
        raise InvalidRule(f"Scanner {type_name(scanner)}: {' '.join(problems)}")


def _unknown_groups(rule: Rule) -> Iterator[str]:
    yield from _unknown_groups_of("checks", rule.checks, rule.patterns)
    for at, part in enumerate(rule.parts, start=1):
        of_part = (part.pattern, f"(?P<{_PART_GROUP}>")  # a part without the group is that group as a whole
        yield from _unknown_groups_of(f"parts item {at}: checks", part.checks, of_part)


def _unknown_groups_of(field: str, checks: tuple[Check, ...], patterns: tuple[str, ...]) -> Iterator[str]:
    for at, check in enumerate(checks, start=1):
        for group in check.groups if isinstance(check, Inspection) else ():
            if group != SECRET and not any(f"(?P<{group}>" in pattern for pattern in patterns):
                yield f"{field} item {at} looks at a group that no pattern has. Write (?P<{group}>...)."


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
        value = getattr(thing, name)
        problem = "" if value is _DEFAULTS.get(name, MISSING) else problem_of(value)
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
    return "" if NAME.fullmatch(value) else "is not valid. Use lower-case words joined by hyphens."


def _expression(value: Any) -> str:
    if not isinstance(value, str):
        return f"must be a str, not {type_name(value)}. Bytes outside ASCII are written as \\xNN."
    if not value.isascii():
        return "has characters outside ASCII; write bytes as \\xNN."
    return ""


def _pattern(value: Any) -> str:
    if found := _expression(value):
        return found
    return "" if "(?P<secret>" in value else "has no group named 'secret'. Write (?P<secret>...)."


def _patterns(value: Any) -> str:
    return (
        tuple_of("str", 'pattern=("...", "...")', _pattern, least=1)(value) if type(value) is tuple else _pattern(value)
    )


def _boundary(value: Any) -> str:
    if not isinstance(value, str):
        return f"must be a str, not {type_name(value)}."
    if not value:
        return ""
    if not value.isascii():
        return "has characters outside ASCII."
    try:
        re.compile(f"[{value}]")
    except re.error:
        return "is not the inside of a character class, such as 0-9A-Za-z_."
    return "" if "]" not in value.replace("\\]", "") else "is not the inside of a character class, such as 0-9A-Za-z_."


def _keyword(value: Any) -> str:
    if not isinstance(value, str):
        return f"must be a str, not {type_name(value)}."
    return "" if value and value.isascii() else "is empty or has characters outside ASCII."


def _function(value: Any) -> str:
    return "" if callable(value) else f"must be a function, not {type_name(value)}."


def _check(value: Any) -> str:
    return _function(value) or "".join(f"is not valid: {problem}" for problem in check_problems(value)[:1])


def _str_or_bytes(value: Any) -> str:
    if isinstance(value, str):
        return "has a lone surrogate; use bytes." if UNSTORABLE.search(value.replace("\0", "")) else ""
    return "" if isinstance(value, bytes) else f"must be a str or bytes, not {type_name(value)}."


def _example(value: Any) -> str:
    if found := _EXAMPLE(value):
        return found
    secrets = value.secret if isinstance(value.secret, tuple) else (value.secret,)
    for secret in secrets:
        if found := _str_or_bytes(secret):
            return f"has a secret that {found}"
    if not secrets or not all(secrets):
        return "has an empty secret."
    for name, part in value.parts.items() if isinstance(value.parts, Mapping) else ():
        if found := name_problem(name) or _str_or_bytes(part):
            return f"has a part that {found}"
    return "" if isinstance(value.parts, Mapping) else f"has parts that must be a dict, not {type_name(value.parts)}."


def _counter_example(value: Any) -> str:
    return _COUNTER_EXAMPLE(value) if isinstance(value, CounterExample) else _str_or_bytes(value)


def _id_pattern(value: Any) -> str:
    if not isinstance(value, str):
        return f"must be a str, not {type_name(value)}."
    if len(value) > MAX_RULE_ID:
        return f"has {len(value):,} characters; {MAX_RULE_ID} are allowed."
    return "" if _ID_PATTERN.fullmatch(value) else "is not valid. Use an id, or a pattern such as generic-*."


def _group_name(value: Any) -> str:
    if not isinstance(value, str):
        return f"must be a str, not {type_name(value)}."
    return "" if value.isidentifier() and value.isascii() else "is not the name of a group."


def _word(value: Any) -> str:
    if found := _keyword(value):
        return found
    return "" if len(value) >= SHORTEST_WORD else f"has less than {SHORTEST_WORD} characters."


def _scanned_rule(value: Any) -> str:
    return "" if isinstance(value, RuleInfo) else f"must be a RuleInfo, not {type_name(value)}."


def _anchor(value: Any) -> str:
    if not isinstance(value, bytes):
        return f"must be bytes, not {type_name(value)}."
    return "" if value else "is empty."


_SEVERAL_PATTERNS: Final = tuple_of("str", 'pattern=("...", "...")', _pattern, least=1)
_CONFIDENCE: Final = member(Confidence)
_SEVERITY: Final = member(Severity)
_EXAMPLE: Final = record(
    Example,
    {
        "text": _str_or_bytes,
        "confidence": or_none(_CONFIDENCE),
        "path": text(MAX_PATH),
        "variant": or_none(optional_name),
    },
)
_COUNTER_EXAMPLE: Final = record(
    CounterExample,
    {"text": _str_or_bytes, "step": or_none(member(Step)), "check": text(MAX_TAG), "path": text(MAX_PATH)},
)
_CHECKS: Final = tuple_of("functions", "checks=(function,)", _check)
_NEAR: Final = record(
    Near,
    {
        "words": tuple_of("str", 'words=("word",)', _word, least=1),
        "within": whole_number(1, MAX_NEAR_BYTES),
        "where": member(Side),
    },
)
_PART: Final = record(
    Part,
    {
        "name": name_problem,
        "pattern": _expression,
        "boundary": _boundary,
        "within_bytes": whole_number(1, MAX_NEAR_BYTES),
        "within_lines": whole_number(0, MAX_NEAR_BYTES),
        "where": member(Side),
        "required": boolean,
        "confidence": or_none(_CONFIDENCE),
        "checks": _CHECKS,
        "public": boolean,
    },
)
_ALLOW: Final = record(
    Allow,
    {
        "values": tuple_of("str", 'values=("...",)', text(MAX_MAX_BYTES, least=1)),
        "words": tuple_of("str", 'words=("example",)', _keyword),
        "patterns": tuple_of("str", 'patterns=("...",)', _expression),
        "lines": tuple_of("str", 'lines=("...",)', _expression),
    },
)
_VARIANT: Final = record(
    Variant,
    {
        "name": name_problem,
        "pattern": _expression,
        "severity": or_none(_SEVERITY),
        "confidence": or_none(_CONFIDENCE),
        "description": text(MAX_DESCRIPTION),
    },
)


def _of_tuple(problem_of: ProblemOf) -> ProblemOf:
    return lambda value: problem_of(tuple(value))


def _unless_deferred(problem_of: ProblemOf) -> ProblemOf:
    return lambda value: "" if type(value) is Deferred else problem_of(value)


_EXAMPLES: Final[Mapping[str, ProblemOf]] = {
    "examples": tuple_of("Example", 'examples=(Example("text", secret="secret"),)', _example),
    "counter_examples": tuple_of("str or bytes", 'counter_examples=("text",)', _counter_example),
}
_OF_EVERY_RULE: Final[Mapping[str, ProblemOf]] = {
    "id": _id,
    "version": whole_number(1, MAX_VERSION),
    "description": text(MAX_DESCRIPTION, least=1),
    "severity": _SEVERITY,
    "confidence": _CONFIDENCE,
    "provider": text(MAX_TAG),
    "category": optional_name,
    "tags": tuple_of("str", 'tags=("...",)', name_problem),
    "enabled": boolean,
    "former_ids": tuple_of("str", 'former_ids=("...",)', _id),
    "supersedes": tuple_of("str", 'supersedes=("generic-*",)', _id_pattern),
    "paths": tuple_of("str", 'paths=("*.env", "!tests/")', text(MAX_GLOB, least=1)),
    **{name: _unless_deferred(problem_of) for name, problem_of in _EXAMPLES.items()},
    "references": tuple_of("str", 'references=("https://...",)', text(MAX_REFERENCE, least=1)),
    "remediation": text(MAX_REMEDIATION),
}
_OF_PATTERNS: Final[Mapping[str, ProblemOf]] = {
    "pattern": _patterns,
    "boundary": _boundary,
    "near": tuple_of("Near", 'near=(Near(words=("word",)),)', _NEAR),
    "parts": tuple_of("Part", 'parts=(Part(name="...", pattern="..."),)', _PART),
    "allow": _ALLOW,
    "variants": tuple_of("Variant", 'variants=(Variant(name="test", pattern="..."),)', _VARIANT),
    "attributes": tuple_of("str", 'attributes=("...",)', _group_name),
    "keywords": tuple_of("str", 'keywords=("word",)', _keyword),
    "min_entropy": number(0, 8),
    "checks": _CHECKS,
    "multiline": boolean,
    "max_bytes": whole_number(1, MAX_MAX_BYTES),
}
_OF_RULES: Final = {**_OF_EVERY_RULE, **_OF_PATTERNS}
_DEFAULTS: Final = {field.name: field.default for field in fields(Rule) if field.default is not MISSING}
"""What most rules have in most fields; nothing is wrong with it."""
_OF_SCANNERS: Final[dict[str, ProblemOf]] = {
    "rules": tuple_of("RuleInfo", "rules = (RuleInfo(...),)", _scanned_rule, least=1),
    "anchors": tuple_of("bytes", 'anchors = (b"word",)', _anchor),
    "scan": _function,
}
_OPTIONAL: Final[dict[str, ProblemOf]] = {"needs_whole": boolean}
"""Attributes that a scanner may have."""
