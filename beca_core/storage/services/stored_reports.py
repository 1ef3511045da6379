"""Results and their findings as a report, so that the output formats of the command line can write them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from beca_core.findings import Commit, Finding, FindingPart, Location, Position, SupersededRule
from beca_core.report import Coverage, Problem, Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Row

    from beca_core.findings import Change
    from beca_core.rules.rule import RuleInfo
    from beca_core.storage.models import Appearance, Result

_COUNTS: Final = tuple(each.name for each in fields(Coverage) if each.name != "problems")


def stored_report(result: Result, found: Iterable[Row[Any]], rules: Mapping[str, RuleInfo]) -> Report:
    """Return a result as a report.

    Args:
        result: The result.
        found: The rows of its findings, or of some of them, in the order of the report.
        rules: What is known of rules, by id.
    """
    ruleset = result.ruleset or {}
    return Report(
        scope=result.scope,
        findings=tuple(stored_finding(row, row.change) for row in found),
        coverage=_coverage(result.coverage or {}),
        ruleset=ruleset,
        rules={rule_id: rules[rule_id] for rule_id in ruleset if rule_id in rules},
        started=result.scanning_at,
        finished=result.finished_at,
    )


def stored_finding(appearance: Appearance | Row[Any], change: Change | None = None) -> Finding:
    """Return a finding, without the secret, which is not stored.

    Args:
        appearance: How it was reported.
        change: Its change in the result that reports it.
    """
    begin = Position(appearance.begin_line, appearance.begin_column)
    end = Position(appearance.end_line, appearance.end_column)
    return Finding(
        rule_id=appearance.rule_id,
        location=Location(appearance.path, begin, end, appearance.path_bytes),
        description=appearance.description,
        severity=appearance.severity,
        confidence=appearance.confidence,
        fingerprint=appearance.fingerprint,
        redacted=appearance.redacted,
        secret=b"",
        in_head=appearance.in_head,
        commit=_commit(appearance),
        occurrences=appearance.occurrences,
        decodings=tuple(appearance.decodings or ()),
        change=change,
        presence=appearance.presence,
        truncated=appearance.truncated,
        type=appearance.type,
        variant=appearance.variant or "",
        provider=appearance.provider or "",
        category=appearance.category or "",
        tags=tuple(appearance.tags or ()),
        parts=tuple(map(_part, appearance.parts or ())),
        attributes=tuple((appearance.attributes or {}).items()),
        superseded=tuple(map(_superseded, appearance.superseded or ())),
        labels=tuple(appearance.labels or ()),
        lowered_from=appearance.lowered_from,
        name_of=appearance.name_of,
    )


def _commit(appearance: Appearance | Row[Any]) -> Commit | None:
    if appearance.commit_id is None or appearance.commit_date is None:
        return None
    return Commit(appearance.commit_id, appearance.commit_author or "", appearance.commit_date)


def _part(part: Mapping[str, Any]) -> FindingPart:
    begin, end = (Position(**part["positions"][side]) for side in ("begin", "end"))
    public = "text" in part
    return FindingPart(part["name"], begin, end, part["text" if public else "redacted"], public=public)


def _superseded(rule: Mapping[str, Any]) -> SupersededRule:
    return SupersededRule(rule["ruleId"], rule["fingerprint"], bool(rule.get("partial")))


def _coverage(document: Mapping[str, Any]) -> Coverage:
    """Return a coverage that was stored; of an older version, it may lack members."""
    problems = tuple(Problem(each["plugin"], each["message"], each["count"]) for each in document.get("problems", ()))
    counts = {name: document[name] for name in _COUNTS if name in document}
    return Coverage(**counts, problems=problems)
