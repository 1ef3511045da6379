"""Faults that authors of rules make, seeded one at a time into sound rules."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core import Allow, Rule
from beca_core.matching.patterns.pattern_checking import checked_patterns
from beca_core.matching.patterns.pattern_parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SECRET: Final = "(?P<secret>"
_CLASS: Final = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_LENGTH: Final = re.compile(r"\{(\d+)\}")
_LEAST_LENGTH: Final = 8
_WIDER: Final = 10


class Fault(NamedTuple):
    """A sound rule with one fault.

    Args:
        kind: The kind of fault.
        what: What was done.
        rule: The rule, with the fault.
    """

    kind: str
    what: str
    rule: Rule


def faults(rule: Rule) -> Iterator[Fault]:
    """Yield a rule with each fault that it can have; what means the same as before is left out."""
    for kind, make in KINDS.items():
        for what, faulty in make(rule):
            if not _means_the_same(rule, faulty):
                yield Fault(kind, what, faulty)


def _means_the_same(rule: Rule, faulty: Rule) -> bool:
    """Return whether a fault changes nothing: `(?i)` where there is no letter, for example."""
    if replace(faulty, pattern=rule.pattern) != rule:
        return False
    return all(
        parse(own) == parse(other) and own.index(_SECRET) == other.index(_SECRET)
        for own, other in zip(rule.patterns, faulty.patterns, strict=True)
    )


def _without_boundary(rule: Rule) -> Iterator[tuple[str, Rule]]:
    if rule.boundary:
        yield "no boundary", replace(rule, boundary="")


def _other_pattern(rule: Rule, what: str, change: Callable[[str], str]) -> Iterator[tuple[str, Rule]]:
    """Yield a rule with a change in each of its patterns that it applies to."""
    for number, pattern in enumerate(rule.patterns):
        if (changed := change(pattern)) != pattern:
            patterns = tuple(changed if number == at else other for at, other in enumerate(rule.patterns))
            yield what, replace(rule, pattern=patterns if len(patterns) > 1 else patterns[0])


def _in_secret(pattern: str, change: Callable[[str], str]) -> str:
    begin, end = secret_span(pattern)
    return pattern[:begin] + change(pattern[begin:end]) + pattern[end:]


def secret_span(pattern: str) -> tuple[int, int]:
    """Return the span of what is in the group of the secret."""
    begin = at = pattern.index(_SECRET) + len(_SECRET)
    depth = 1
    while depth:
        if found := _CLASS.match(pattern, at):
            at = found.end()
            continue
        depth += {"(": 1, ")": -1}.get(pattern[at], 0)
        at += 2 if pattern[at] == "\\" else 1
    return begin, at - 1


def _wider_characters(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for what, wider in (("any character", "."), ("any but white space", r"\S"), ("any word character", r"\w")):

        def widen(secret: str, wider: str = wider) -> str:
            return _CLASS.sub(lambda found: found[0] if found[0].startswith("[^") and wider == r"\w" else wider, secret)

        yield from _other_pattern(rule, what, lambda pattern, widen=widen: _in_secret(pattern, widen))  # type: ignore[misc]


def _other_length(rule: Rule) -> Iterator[tuple[str, Rule]]:
    changes: dict[str, Callable[[int], str]] = {
        "one more": lambda length: f"{{{length + 1}}}",
        "one less": lambda length: f"{{{length - 1}}}",
        "open": lambda length: f"{{{length},}}",
    }
    for what, written in changes.items():

        def change(secret: str, written: Callable[[int], str] = written) -> str:
            lengths = [int(found) for found in _LENGTH.findall(secret)]
            if not lengths or max(lengths) < _LEAST_LENGTH:
                return secret
            return secret.replace(f"{{{max(lengths)}}}", written(max(lengths)), 1)

        yield from _other_pattern(rule, what, lambda pattern, change=change: _in_secret(pattern, change))  # type: ignore[misc]


def _without_check(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for check in rule.checks:
        name = getattr(check, "name", "")
        yield f"no {name}", replace(rule, checks=tuple(other for other in rule.checks if other is not check))
    if rule.min_entropy:
        yield "no min_entropy", replace(rule, min_entropy=0.0)


def _wider_near(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for near in rule.near:
        others = tuple(other for other in rule.near if other is not near)
        yield "no near", replace(rule, near=others, keywords=rule.keywords or near.words)
        yield "ten times as far", replace(rule, near=(*others, replace(near, within=near.within * _WIDER)))


def _wrong_group(rule: Rule) -> Iterator[tuple[str, Rule]]:
    yield from _other_pattern(rule, "the whole match", _whole)
    for group in re.findall(r"\(\?P<(\w+)>", rule.patterns[0]):
        if group != "secret":
            swapped = rule.patterns[0].replace(f"(?P<{group}>", "(?P<other>").replace(_SECRET, f"(?P<{group}>")
            yield f"the group {group}", replace(rule, pattern=swapped.replace("(?P<other>", _SECRET))


def _whole(pattern: str) -> str:
    begin, end = secret_span(pattern)
    if begin == len(_SECRET) and end == len(pattern) - 1:
        return pattern
    return f"{_SECRET}{pattern.replace(_SECRET, '(?:')})"


def _small_max_bytes(rule: Rule) -> Iterator[tuple[str, Rule]]:
    lengths = [
        found.end() - found.start()
        for example in rule.examples
        for pattern in checked_patterns(rule)
        if (found := pattern.regexp.search(example.data)) is not None
    ]
    for part in (2, 8):
        yield f"1/{part} of a match", replace(rule, max_bytes=max(1, max(lengths) // part))


def _wrong_case(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Take any letter case in the secret, or no longer where it was taken."""
    yield from _other_pattern(rule, "any case", lambda pattern: _in_secret(pattern, lambda text: f"(?i:{text})"))
    yield from _other_pattern(rule, "no (?i)", lambda pattern: pattern.replace("(?i:", "(?:").replace("(?i)", ""))


def _wrong_case_around(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Take any letter case in all of the pattern, or no longer in one place where it was taken."""
    yield from _other_pattern(rule, "any case everywhere", lambda pattern: _if_other(pattern, f"(?i){pattern}"))
    yield from _other_pattern(rule, "any case around the secret", _any_case_around)
    for number in range(max(pattern.count("(?i:") for pattern in rule.patterns)):

        def without(pattern: str, number: int = number) -> str:
            parts = pattern.split("(?i:")
            if number + 1 >= len(parts):
                return pattern
            return f"{'(?i:'.join(parts[: number + 1])}(?:{'(?i:'.join(parts[number + 1 :])}"

        yield from _other_pattern(rule, f"no (?i) in place {number + 1}", without)


def _any_case_around(pattern: str) -> str:
    begin, end = secret_span(pattern)
    return _if_other(pattern, f"(?i){pattern[:begin]}(?-i:{pattern[begin:end]}){pattern[end:]}")


def _if_other(pattern: str, changed: str) -> str:
    """Return a pattern with other flags if they make a difference: not where there is no letter, for example."""
    return pattern if parse(pattern) == parse(changed) else changed


def _without_allow(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for name in ("values", "words", "patterns", "lines"):
        if getattr(rule.allow, name):
            yield f"no {name}", replace(rule, allow=replace(rule.allow, **{name: ()}))
    if rule.allow:
        yield "none", replace(rule, allow=Allow())


def _parts_not_required(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for part in rule.parts:
        others = tuple(other for other in rule.parts if other is not part)
        if part.required:
            yield f"{part.name} not required", replace(rule, parts=(*others, replace(part, required=False)))
        yield f"no {part.name}", replace(rule, parts=others)


def _without_paths(rule: Rule) -> Iterator[tuple[str, Rule]]:
    if rule.paths:
        yield "no paths", replace(rule, paths=())


def _without_variant(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for variant in rule.variants:
        yield (
            f"no {variant.name}",
            replace(rule, variants=tuple(other for other in rule.variants if other is not variant)),
        )


KINDS: Final[dict[str, Callable[[Rule], Iterator[tuple[str, Rule]]]]] = {
    "boundary dropped": _without_boundary,
    "characters widened": _wider_characters,
    "length changed": _other_length,
    "check dropped": _without_check,
    "near dropped or widened": _wider_near,
    "wrong group": _wrong_group,
    "max_bytes too small": _small_max_bytes,
    "wrong letter case": _wrong_case,
    "wrong case around it": _wrong_case_around,
    "allow dropped": _without_allow,
    "parts not required": _parts_not_required,
    "paths dropped": _without_paths,
    "variant dropped": _without_variant,
}
"""What makes the faults of each kind."""
