"""`RuleProof`: everything that a rule must do, and what it does instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.findings import redact
from beca_core.rules.candidate import DropReason, Step
from beca_core.rules.example import as_bytes, as_counter_example
from beca_core.rules.path_patterns import applies
from beca_core.rules.rule import MAX_MAX_BYTES, Rule
from beca_core.rules.rule_problems import example_problems
from beca_core.testing.anatomy import anatomy
from beca_core.testing.joined import with_something
from beca_core.testing.near_misses import near_misses
from beca_core.testing.robustness import hostile_texts, time_problem
from beca_core.testing.specimen import Shown, Specimen
from beca_core.testing.surroundings import surroundings, too_wide
from beca_core.testing.unproven import unproven, unproven_case
from beca_core.testing.workbench import MOST_SECONDS, Workbench, secret_of, shown, told
from beca_core.testing.wrappers import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.matching.ruleset import RuleSet
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.rules.example import CounterExample, Example
    from beca_core.rules.rule import RuleInfo
    from beca_core.testing.near_misses import NearMiss
    from beca_core.testing.workbench import Trial

_MOST_WRAPPED: Final = 2
_MOST_SPECIMENS: Final = 3
_PRINTED: Final = 200


class RuleProof:
    """The proof of one rule.

    Args:
        rule: The rule.
        registry: The plugins that it belongs to; the code of its own runs in this process.
        compiled: It and others, compiled together; None: it is compiled alone.
    """

    def __init__(self, rule: RuleInfo, registry: PluginRegistry, compiled: RuleSet | None = None) -> None:
        self._rule = rule
        self._bench = Workbench(rule, registry, compiled)
        self._dropped: list[tuple[CounterExample, list[DropReason]]] = []
        self._proven: dict[Specimen, bool] = {}

    def failures(self) -> Iterator[str]:
        """Yield what is wrong, in the order in which its author had better look at it."""
        if found := example_problems(self._rule):
            yield from found
            return
        found = list(self._examples())
        yield from found
        yield from self._counter_examples()
        if self._bench.is_uncovered:
            yield "its pattern has no literal of three bytes and it has no keywords, so that it is tried on every blob"
        if not found:  # otherwise what is made of the examples fails for the same reason
            yield from self._wrappers()
            if isinstance(self._rule, Rule):
                yield from self._of_pattern(self._rule)
        yield from self._robustness()

    def _examples(self) -> Iterator[str]:
        if not self._rule.examples:
            yield "it has no example"
        for number, example in enumerate(self._rule.examples, start=1):
            if failure := self._example(example):
                yield f"example {number}: {failure}"

    def _example(self, example: Example) -> str:
        trial = self._bench.trial(example.data)
        found = [secret_of(example.data, match) for match in trial.matches]
        if len(found) != len(example.secrets):
            right = "there should be one" if len(example.secrets) == 1 else f"it names {len(example.secrets)}"
            return f"found {len(found)} secrets, where {right}{self._because(trial.data)}"
        for secret, expected in zip(found, example.secrets, strict=True):
            if secret != expected:
                return f"found {redact(secret)}, which is not the secret that it names"
        return self._details(example, trial)

    def _details(self, example: Example, trial: Trial) -> str:
        match = trial.matches[0]
        confidence = match.confidence or self._rule.confidence
        if example.confidence not in (None, confidence):
            return f"confidence is {confidence}, not {example.confidence}"
        if example.variant is not None and example.variant != match.variant:
            return f"variant is {match.variant or 'none'}, not {example.variant or 'none'}"
        parts = {
            part.name: example.data[part.begin : part.end] if part.text is None else part.text for part in match.parts
        }
        for name, expected in example.parts.items():
            text = as_bytes(expected)
            if name not in parts:
                return f"part {name} is not found"
            if parts[name] != text:
                return f"part {name} is {redact(parts[name])}, which is not the one that it names"
        if example.path and not applies_at(self._rule, example.path):
            return f"the rule does not apply at its path, {example.path}"
        return ""

    def _because(self, data: bytes) -> str:
        """Return in brackets what drops the candidates in a text; empty: there is none."""
        drops = self._bench.drops(data)
        return f" (dropped by {' and '.join(dict.fromkeys(map(told, drops)))})" if drops else ""

    def _counter_examples(self) -> Iterator[str]:
        if not self._rule.counter_examples:
            yield "it has no counter-example"
        for number, given in enumerate(self._rule.counter_examples, start=1):
            counter_example = as_counter_example(given)
            if failure := self._counter_example(counter_example):
                yield f"counter-example {number}: {failure}"

    def _counter_example(self, counter_example: CounterExample) -> str:
        data, path = counter_example.data, counter_example.path
        trial = self._bench.trial(data)
        drops = self._bench.drops(trial.data)
        if trial.matches:
            if not path or applies_at(self._rule, path):
                return f"found {shown(data, trial.matches[0])}, where nothing should be"
            drops = [*drops, DropReason(Step.PATH, path, "the rule does not apply there")]
        self._dropped.append((counter_example, drops))
        expected = " ".join(filter(None, (counter_example.step and counter_example.step.value, counter_example.check)))
        if expected and not any(
            _is_reason(drop, counter_example) for drop in drops or [DropReason(Step.PATTERN, "", "")]
        ):
            said = " and ".join(dict.fromkeys(map(told, drops))) or "its pattern, which does not match"
            return f"dropped by {said}, not by {expected}"
        return ""

    def _wrappers(self) -> Iterator[str]:
        for number, example in self._wrapped_examples():
            secrets = tuple(self._bench.secrets(example.data))
            for text in wrapped(self._rule, example, secrets):
                trial = self._bench.trial(text.data)
                found = tuple(secret_of(trial.data, match) for match in trial.matches)
                if found != text.secrets:
                    said = _difference(found, text.secrets)
                    yield f"example {number} {text.name}: {said}{self._because(trial.data)}; {text.advice}"
            if tuple(self._bench.secrets(example.data)) != secrets:
                yield f"example {number}: found something else at a second call: its code keeps something between calls"

    def _wrapped_examples(self) -> Iterator[tuple[int, Example]]:
        """Yield the first example of each of a few patterns, with its number; of a scanner, the first ones."""
        kinds = set[int]()
        for number, example in enumerate(self._rule.examples, start=1):
            match = self._bench.matches(example.data)[0]
            kind = Specimen(self._rule, example, match).pattern if isinstance(self._rule, Rule) else number
            if kind not in kinds and len(kinds) < _MOST_WRAPPED:
                kinds.add(kind)
                yield number, example

    def _of_pattern(self, rule: Rule) -> Iterator[str]:
        specimens = list(self._specimens(rule))
        yield from self._max_bytes(rule, specimens)
        yield from too_wide(rule, specimens)
        missed = list(self._near_misses(rule, specimens))
        yield from missed or unproven_case(rule, specimens)  # a near-miss says more of a flag too many
        yield from unproven(rule, self._dropped)

    def _specimens(self, rule: Rule) -> Iterator[Specimen]:
        """Yield the secrets of the examples, without those that are an encoded form."""
        for example in rule.examples:
            for match in self._bench.matches(example.data):
                if match.secret is None and not match.truncated:
                    yield Specimen(rule, example, match)

    def _max_bytes(self, rule: Rule, specimens: list[Specimen]) -> Iterator[str]:
        for pattern in rule.patterns:
            longest = anatomy(pattern).longest
            if longest is not None and rule.max_bytes < min(longest, MAX_MAX_BYTES):
                yield f"max_bytes is {rule.max_bytes:,}, and a match may have {longest:,} bytes: raise it"
                return
        lengths = [end - begin for specimen in specimens for begin, end in specimen.pattern_matches()]
        if lengths and max(lengths) > rule.max_bytes:
            yield f"max_bytes is {rule.max_bytes:,}, and the match in an example has {max(lengths):,} bytes: raise it"

    def _near_misses(self, rule: Rule, specimens: list[Specimen]) -> Iterator[str]:
        """Yield what near-misses show, each fault once."""
        by_pattern: dict[int, list[Specimen]] = {}
        for specimen in specimens:
            if specimen.runs:  # otherwise a check decides where its secret is
                by_pattern.setdefault(specimen.pattern, []).append(specimen)
        known = set[str]()
        for same in by_pattern.values():
            shown_by_all = Shown(same)
            for specimen in same[:_MOST_SPECIMENS]:
                misses = list(near_misses(rule, specimen, shown_by_all))
                for number in sorted(with_something(self._bench, rule, [miss.data for miss in misses])):
                    miss = misses[number]
                    if miss.fault not in known and (found := self._found(miss, specimen)):
                        known.add(miss.fault)
                        yield f"near-miss, {miss.change}: found {found}; {miss.advice}"
        for specimen in specimens[:_MOST_SPECIMENS]:
            for changed in surroundings(rule, specimen):
                trial = self._bench.trial(changed.data)
                secrets = [secret_of(changed.data, match) for match in trial.matches]
                if (changed.secret in secrets) != changed.is_found and changed.advice not in known:
                    known.add(changed.advice)
                    said = (
                        f"not found{self._because(trial.data)}"
                        if changed.is_found
                        else f"found {redact(changed.secret)}"
                    )
                    yield f"near-miss, {changed.change}: {said}; {changed.advice}"

    def _found(self, miss: NearMiss, specimen: Specimen) -> str:
        """Return the preview of what is found in a near-miss and must not be; empty: nothing."""
        for match in self._bench.matches(miss.data):
            if match.secret is not None or match.end <= miss.begin or miss.end <= match.begin:
                continue
            is_part = (match.begin, match.end) != (miss.begin, miss.end)
            is_within = miss.begin <= match.begin and match.end <= miss.end
            if (is_part and is_within if miss.within else True) and not (miss.proves and self._proves_itself(specimen)):
                return shown(miss.data, match)
        return ""

    def _proves_itself(self, specimen: Specimen) -> bool:
        """Return whether a secret has a checksum, which proves it wherever it is: any change of it is refused."""
        if specimen not in self._proven:
            words = (*specimen.with_one_other_character(), *specimen.with_random_bodies())
            self._proven[specimen] = bool(specimen.body) and not any(
                self._bench.matches(specimen.replaced(word)[0]) for word in words if word != specimen.secret
            )
        return self._proven[specimen]

    def _robustness(self) -> Iterator[str]:
        examples = [example for example in self._rule.examples if example.data]
        if problem := time_problem(self._bench, examples):
            yield problem
        causes = self._bench.log.causes
        known = dict.fromkeys(causes)
        yield from known
        before = len(causes)
        for data in hostile_texts(self._bench, [example.data for example in examples]):
            self._bench.matches(data)
            if new := [cause for cause in causes[before:] if cause not in known]:
                yield f"hostile input: {new[0]}"
                break
        yield from self._behaviour()

    def _behaviour(self) -> Iterator[str]:
        if self._bench.slowest > MOST_SECONDS:
            yield f"one call took {self._bench.slowest:.1f} s, on a text of {self._bench.slowest_bytes:,} bytes"
        if printed := self._bench.printed.getvalue():
            yield f"its code prints, which ends up in the output of scans: {' '.join(printed.split())[:_PRINTED]}"


def applies_at(rule: RuleInfo, path: str) -> bool:
    """Return whether a rule applies at a path."""
    return applies(rule.paths, path.encode())


def _is_reason(drop: DropReason, expected: CounterExample) -> bool:
    return expected.step in (None, drop.step) and expected.check in ("", drop.name)


def _difference(found: tuple[bytes, ...], expected: tuple[bytes, ...]) -> str:
    if len(found) != len(expected):
        return f"found {len(found)} secrets, where there should be {len(expected)}"
    other = next(secret for secret, right in zip(found, expected, strict=True) if secret != right)
    return f"found {redact(other)}, which is another secret"
