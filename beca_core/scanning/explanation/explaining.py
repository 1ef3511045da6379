"""`explain`: why a rule finds something in a text, or does not."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from beca_core.errors import check_type
from beca_core.matching.decoding.search import NOT_REPORTED, is_reported
from beca_core.matching.index.words import has_forms
from beca_core.matching.lines import CUT, Span
from beca_core.matching.patterns.literals import render
from beca_core.matching.patterns.locating import located_by
from beca_core.matching.patterns.pattern_checking import checked_patterns
from beca_core.matching.prefilter import Prefilter
from beca_core.matching.rule_matcher import RuleMatcher
from beca_core.matching.steps.allowing import expression
from beca_core.matching.steps.boundary import adjoining
from beca_core.report import ProblemLog
from beca_core.rules.candidate import Candidate, Step
from beca_core.rules.path_patterns import applies
from beca_core.rules.rule import Rule
from beca_core.rules.rule_selection import only_one
from beca_core.scanning.explanation.explanation import (
    CandidateExplanation,
    Explanation,
    PatternVerdict,
    Sighting,
    StepOutcome,
    StepVerdict,
)
from beca_core.scanning.explanation.pattern_reach import PatternReach, pattern_reach
from beca_core.scanning.explanation.readable_texts import ReadableText, readable_texts
from beca_core.scanning.explanation.rival_rules import RivalRules
from beca_core.scanning.explanation.step_trace import StepTrace
from beca_core.scanning.results.path_labels import labels_of, lowered
from beca_core.sources.positions import PositionReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.matching.lines import Groups
    from beca_core.matching.patterns.literals import Literal
    from beca_core.matching.patterns.locating import RuleLocation
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.rules.rule import RuleInfo

MOST_SIGHTINGS: Final = 10
"""Places of literals that an explanation lists."""
MOST_CANDIDATES: Final = 100
"""Candidates that an explanation lists."""
_SHOWN_BYTES: Final = 80
_DROPPED: Final = StepOutcome.DROPPED


def explain(
    rule: str | Rule, data: str | bytes, path: str = "", *, registry: PluginRegistry | None = None
) -> Explanation:
    """Explain why a rule finds something in a text, or does not.

    Says where the literals are that the rule is located by; of each pattern whether it matches, and otherwise how far
    it comes; and of each candidate what every step does with it. Encoded parts of the text and wide text are explained
    too. It is meant for one text and takes much longer than a scan of it.

    Args:
        rule: The id of a rule, or a rule of your own.
        data: The text.
        path: Where the text is, for the rule's `paths`; empty: somewhere where the rule applies.
        registry: The loaded plugins; None: all installed ones.

    Raises:
        InvalidInput: If there is no such rule, or it is a pattern of ids that several have.
        InvalidRule: If a rule of your own breaks the contract.
    """

    check_type("data", data, (str, bytes, bytearray), "a str or bytes")
    content = data.encode(errors="surrogateescape") if isinstance(data, str) else bytes(data)
    info, known = _chosen(rule, registry)
    rivals = RivalRules(info, content, path, known)
    found = _of_pattern(info, content, rivals) if isinstance(info, Rule) else _of_code(info, content, known, rivals)
    if path:
        found = replace(found, candidates=tuple(_labelled(each, info, path) for each in found.candidates))
    return replace(found, path=path, applies=not path or applies(info.paths, os.fsencode(path)))


def _labelled(candidate: CandidateExplanation, rule: RuleInfo, path: str) -> CandidateExplanation:
    """Return a candidate with what its path says of it, if it is found."""
    if candidate.confidence is None:
        return candidate
    labels = labels_of(os.fsencode(path))
    confidence = lowered(rule, candidate.confidence, labels)
    outcome = StepOutcome.KEPT if confidence is candidate.confidence else StepOutcome.CHANGED
    change = "" if outcome is StepOutcome.KEPT else f"confidence {confidence}"
    steps = [StepVerdict(Step.PATH, each.name, outcome, change, f"{each.pattern} matches") for each in labels]
    return replace(candidate, steps=(*candidate.steps, *steps), confidence=confidence)


def _chosen(rule: str | Rule, registry: PluginRegistry | None) -> tuple[RuleInfo, PluginRegistry]:
    from beca_core.plugins.registry import PluginRegistry

    if isinstance(rule, Rule):
        return rule, (PluginRegistry() if registry is None else registry).with_rules([rule])
    known = PluginRegistry.load() if registry is None else registry
    return known.rules[only_one(rule, known.select([rule]))], known


def _of_code(info: RuleInfo, content: bytes, registry: PluginRegistry, rivals: RivalRules) -> Explanation:
    """Explain a rule of a scanner: what it finds is all that is known."""
    log = ProblemLog()
    matches = registry.compile([info.id], use_cache=False).find(content, log)
    reader = PositionReader(content)
    candidates = tuple(
        rivals.compared(
            CandidateExplanation(
                reader.position(match.begin),
                reader.position(match.end),
                content[match.begin : match.end] if match.secret is None else match.secret,
                steps=(),
                decodings=match.decodings,
                is_found=True,
                confidence=match.confidence or info.confidence,
                severity=match.severity or info.severity,
                variant=match.variant,
                parts=tuple(part.name for part in match.parts),
            )
        )
        for match in matches
        if match.rule_id == info.id
    )
    return Explanation(
        info.id,
        located_by="anchors",
        candidates=candidates[:MOST_CANDIDATES],
        candidate_count=len(candidates),
        problems=tuple(problem.message for problem in log.problems),
    )


def _of_pattern(rule: Rule, content: bytes, rivals: RivalRules) -> Explanation:
    location = located_by(rule)
    texts = list(readable_texts(content, Prefilter([rule])))
    sightings = list(chain.from_iterable(_sightings(location, text) for text in texts))
    candidates, counts = list[CandidateExplanation](), [0] * len(rule.patterns)
    count = 0
    for text in texts:
        for number, explained in _candidates(rule, text, rivals):
            count += 1
            counts[number] += not any(
                step.step is Step.BOUNDARY and step.outcome is _DROPPED for step in explained.steps
            )
            if len(candidates) < MOST_CANDIDATES:
                candidates.append(explained)
    return Explanation(
        rule.id,
        located_by=_kind(location),
        sightings=tuple(sightings[:MOST_SIGHTINGS]),
        sighting_count=len(sightings),
        has_keyword=RuleMatcher(rule).has_keyword(content),
        patterns=tuple(_verdict(rule, number, count, texts) for number, count in enumerate(counts)),
        candidates=tuple(candidates),
        candidate_count=count,
        unencoded=tuple(sorted(_name(literal) for literal in location.literals if not has_forms(literal))),
    )


def _kind(location: RuleLocation) -> str:
    if not location.literals:
        return "nothing"
    if location.everywhere:
        return "keywords"
    return "pattern" if location.is_in_match else "near or part"


def _name(literal: Literal) -> str:
    return "".join(chr(max(letter)) for letter in literal)


def _sightings(location: RuleLocation, text: ReadableText) -> Iterator[Sighting]:
    for literal in sorted(location.literals, key=render):
        name = _name(literal)
        search, at = expression(render(literal)).search, 0
        while (found := search(text.data, at)) is not None:
            at = found.start() + 1
            yield Sighting(name, text.place(found.span())[0], text.decodings)


def _candidates(rule: Rule, text: ReadableText, rivals: RivalRules) -> Iterator[tuple[int, CandidateExplanation]]:
    """Yield what the patterns match in a text, each with the index of the pattern; each span once."""
    trace, known = StepTrace(rule, text.data), set[Span]()
    everything = [(1, len(text.data))] if text.data else []
    has_keyword = RuleMatcher(rule).has_keyword(text.data)
    for number, pattern in enumerate(checked_patterns(rule)):
        for groups in pattern.occurrences(text.data, everything):
            if (span := groups["secret"]) not in known:
                known.add(span)
                side = pattern.bounded.adjoining(text.data, span)
                yield number, _explained(rule, text, groups, side, trace, rivals, has_keyword=has_keyword)
        for groups in pattern.without_boundary.occurrences(text.data, everything) if rule.boundary else ():
            begin, end = groups["secret"]
            side = adjoining(text.data, (begin, end), rule.boundary)
            if side and not any(first < end and begin < last for first, last in known):
                known.add((begin, end))
                yield number, _explained(rule, text, groups, side, trace, rivals, has_keyword=has_keyword)


def _explained(
    rule: Rule,
    text: ReadableText,
    groups: Groups,
    adjoining_side: str,
    trace: StepTrace,
    rivals: RivalRules,
    *,
    has_keyword: bool,
) -> CandidateExplanation:
    begin, end = groups["secret"]
    spans = {name: span for name, span in groups.items() if name != CUT}
    steps, match = trace.of(Candidate(text.data, begin, end, rule.confidence, spans), adjoining_side)
    secret = text.data[begin:end]
    if match is not None:
        begin, end = match.begin, match.end
        secret = text.data[begin:end]
        if not has_keyword:
            steps.append(StepVerdict(Step.NEAR, "keywords", _DROPPED, "none of the keywords is in the text"))
        elif text.is_encoded and not is_reported(match.confidence or rule.confidence, secret):
            steps.append(StepVerdict(Step.DECODING, NOT_REPORTED.name, _DROPPED, NOT_REPORTED.reason))
    places = text.place((begin, end))
    is_found = match is not None and all(step.outcome is not _DROPPED for step in steps)
    if match is None or not is_found:
        return CandidateExplanation(*places, secret, tuple(steps), text.decodings)
    found = CandidateExplanation(
        *places,
        secret,
        tuple(steps),
        text.decodings,
        is_found=True,
        confidence=match.confidence or rule.confidence,
        severity=match.severity or rule.severity,
        variant=match.variant,
        parts=tuple(part.name for part in match.parts),
    )
    return rivals.compared(found)


def _verdict(rule: Rule, number: int, count: int, texts: list[ReadableText]) -> PatternVerdict:
    pattern = rule.patterns[number]
    if count:
        return PatternVerdict(pattern, count)
    best: tuple[int, PatternReach, ReadableText] | None = None
    for text in texts:
        reach = pattern_reach(pattern, text.data, is_bounded=bool(rule.boundary))
        if reach is not None and (best is None or len(reach.reached) > best[0]):
            best = len(reach.reached), reach, text
    if best is None:
        return PatternVerdict(pattern, 0)
    _, reach, text = best
    matched = text.data[reach.begin : reach.end][-_SHOWN_BYTES:].decode(errors="backslashreplace")
    position = text.place((reach.begin, reach.end))[1]
    return PatternVerdict(pattern, 0, reach.reached, reach.wanted, reach.repeated, position, matched)
