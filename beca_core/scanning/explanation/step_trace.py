"""`StepTrace`: what each step of a rule does with one candidate, said one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.checks.inspection import Inspection
from beca_core.errors import BecaError, PluginFailed
from beca_core.matching.code_apart import CallLimit, ChecksApart
from beca_core.matching.rule_matcher import PLUGIN_SECONDS
from beca_core.matching.steps.allowing import AllowList
from beca_core.matching.steps.companions import CompanionSearch
from beca_core.matching.steps.nearness import NearWords
from beca_core.matching.steps.rule_steps import RuleSteps, boundary_drop
from beca_core.rules.candidate import Candidate, DropReason, Step
from beca_core.rules.refinement import check_name, checked, dropped, entropy_drop
from beca_core.rules.rule import entropy
from beca_core.scanning.explanation.explanation import StepOutcome, StepVerdict
from beca_core.sources.limits import NEVER

if TYPE_CHECKING:
    from beca_core.rules.candidate import Check
    from beca_core.rules.rule import Rule
    from beca_core.rules.scanner import Match

_FIELDS: Final = ("values", "words", "patterns", "lines")


class StepTrace:
    """The steps of a rule in one text.

    Args:
        rule: The rule.
        data: The text.
    """

    def __init__(self, rule: Rule, data: bytes) -> None:
        self._rule = rule
        self._near = tuple(map(NearWords, rule.near))
        self._allow = AllowList(rule.allow)
        self._steps = RuleSteps(rule)
        self._companions = CompanionSearch(rule, data, None, NEVER)

    def of(self, candidate: Candidate, adjoining: str = "") -> tuple[list[StepVerdict], Match | None]:
        """Return what the steps do with a candidate, and the match that is left of it; None: it is dropped.

        Args:
            candidate: The candidate.
            adjoining: The side on which a character adjoins it that may not: `before` or `after`; empty: neither.
        """
        steps: list[StepVerdict] = []
        left = self._left(candidate, adjoining, steps)
        return steps, left

    def _left(self, candidate: Candidate, adjoining: str, steps: list[StepVerdict]) -> Match | None:
        rule, data = self._rule, candidate.data
        if rule.boundary and not _goes_on(steps, Step.BOUNDARY, "boundary", adjoining and boundary_drop(adjoining)):
            return None
        for words in self._near:
            is_near = words.are_near(data, candidate.begin, candidate.end)
            drop = None if is_near else DropReason(Step.NEAR, words.name, words.reason)
            if not _goes_on(steps, Step.NEAR, words.name, drop):
                return None
        if rule.min_entropy:
            value = f"{entropy(candidate.secret):.2f} of at least {rule.min_entropy:g}"
            if not _goes_on(steps, Step.ENTROPY, "min-entropy", entropy_drop(rule, candidate), value):
                return None
        for check in rule.checks:
            refined = self._checked(check, candidate, steps)
            if refined is None:
                return None
            candidate = refined
        if rule.allow:
            fields = ", ".join(name for name in _FIELDS if getattr(rule.allow, name))
            if not _goes_on(steps, Step.ALLOW, fields, self._allow.drop(candidate)):
                return None
        return self._with_parts(candidate, steps)

    def _checked(self, check: Check, candidate: Candidate, steps: list[StepVerdict]) -> Candidate | None:
        name = check_name(check)
        try:
            if isinstance(check, ChecksApart):
                (refined,) = check.refine_all([candidate], CallLimit(PLUGIN_SECONDS))
                name = "checks of the plugin"
            else:
                refined = checked(self._rule, (check,), candidate)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - checks are a plugin's code
            refined = PluginFailed(str(error) if isinstance(error, BecaError) else f"raised {type(error).__name__}")
        if isinstance(refined, PluginFailed):
            steps.append(StepVerdict(Step.CHECK, name, StepOutcome.FAILED, refined.event))
            return None
        if isinstance(refined, DropReason):
            _goes_on(steps, Step.CHECK, name, refined)
            return None
        changes, (failed, value) = _changes(candidate, refined), _seen(check, candidate)
        outcome = StepOutcome.CHANGED if changes else StepOutcome.KEPT
        steps.append(StepVerdict(Step.CHECK, name, outcome, "; ".join([*changes, *failed]), value))
        return refined

    def _with_parts(self, candidate: Candidate, steps: list[StepVerdict]) -> Match | None:
        companions = self._companions.of(candidate)
        if isinstance(companions, DropReason):
            _goes_on(steps, Step.PARTS, companions.name, companions)
            return None
        present = {part.name for part in companions.parts}
        for part in self._rule.parts:
            is_lower = part.name not in present and part.confidence is not None
            reason = "" if part.name in present else f"it is missing; {_without(part.confidence)}"
            outcome = StepOutcome.CHANGED if is_lower else StepOutcome.KEPT
            steps.append(StepVerdict(Step.PARTS, part.name, outcome, reason))
        return self._steps.match(candidate, companions)


def _without(confidence: object) -> str:
    return "it is not required" if confidence is None else f"confidence {confidence}"


def _seen(check: Check, candidate: Candidate) -> tuple[list[str], str]:
    """Return why a candidate does not pass a check of the library that keeps it all the same, and what was measured."""
    found = check.verdict(candidate) if isinstance(check, Inspection) else ""
    if isinstance(found, str):
        return [], found
    drop = dropped(check_name(check), found.reason, found.value, candidate)
    return [drop.reason], drop.value


def _goes_on(steps: list[StepVerdict], step: Step, name: str, drop: DropReason | str | None, value: str = "") -> bool:
    """Record what a step does, and return whether the candidate goes on."""
    if isinstance(drop, DropReason):
        steps.append(StepVerdict(step, drop.name, StepOutcome.DROPPED, drop.reason, drop.value))
        return False
    steps.append(StepVerdict(step, name, StepOutcome.KEPT, value=value))
    return True


def _changes(before: Candidate, after: Candidate) -> list[str]:
    found = []
    if (before.begin, before.end) != (after.begin, after.end):
        found.append(f"{after.end - after.begin:,} bytes instead of {before.end - before.begin:,}")
    if before.confidence is not after.confidence:
        found.append(f"confidence {after.confidence}")
    if before.severity is not after.severity:
        found.append(f"severity {after.severity}")
    return found
