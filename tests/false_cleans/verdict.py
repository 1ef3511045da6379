"""The oracle: whether an answer tells the truth about a planted secret. It is the same for all ways in."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.false_cleans.situation import Answer, Case, Secret, Situation, Spot

EVERYTHING: Final = "everything was read"
_COUNTS: Final = {
    "skipped": "skipped",
    "unlisted": "unlisted",
    "omitted": "omitted",
    "accepted": "accepted",
    "filtered": "filtered",
}
_INCOMPLETE: Final = ("skipped:", "problem:", "unlisted:")


class Outcome(StrEnum):
    """What an answer is worth."""

    FOUND = "found"
    """The secret is listed, at its place."""
    SAID = "said"
    """The report says what was not read, or what was left out."""
    FALSE_CLEAN = "FALSE CLEAN"
    """The secret is not listed, and nothing that the report says explains it."""
    WRONG_PLACE = "WRONG PLACE"
    """The secret is listed, and it is somewhere else."""
    LATE = "LATE"
    """The scan took longer than it may."""
    BROKEN = "BROKEN"
    """There is no report, and no error that a user could act on."""


GOOD: Final = frozenset({Outcome.FOUND, Outcome.SAID})


class Verdict(NamedTuple):
    """An outcome, and why."""

    outcome: Outcome
    reason: str = ""

    @property
    def is_good(self) -> bool:
        """Whether a user can believe the answer."""
        return self.outcome in GOOD


def judge(situation: Situation, case: Case, answer: Answer) -> Verdict:
    """Return what an answer to a situation is worth."""
    if answer.broken:
        return Verdict(Outcome.FALSE_CLEAN if answer.code == 0 else Outcome.BROKEN, answer.broken)
    if answer.seconds > situation.seconds:
        return Verdict(Outcome.LATE, f"{answer.seconds:.1f} s, where {situation.seconds:g} s are the limit")
    if answer.coverage is None:
        is_honest = "refused" in situation.honest
        return Verdict(Outcome.SAID if is_honest else Outcome.BROKEN, f"refused: {answer.error}")
    if found := list(_same(case, answer)):
        return _of_found(situation, case.spot, found, answer)
    return _of_silence(situation, answer)


def said(coverage: Mapping[str, Any]) -> set[str]:
    """Return everything that a coverage says was not read or was left out, as `KIND:NAME`."""
    counted = {f"{kind}:{name}" for member, kind in _COUNTS.items() for name in coverage.get(member) or ()}
    return counted | {f"problem:{problem['plugin']}" for problem in coverage["problems"]}


def lists_secret(case: Case, answer: Answer) -> bool:
    """Whether the secret is among the findings."""
    return any(_same(case, answer))


def _same(case: Case, answer: Answer) -> Iterator[Mapping[str, Any]]:
    for finding in answer.findings:
        if finding["ruleId"] == case.secret.rule_id:
            listed = _listed(case.secret, finding)
            if finding["fingerprint"] == listed.fingerprint(answer.key):
                yield finding


def _listed(secret: Secret, finding: Mapping[str, Any]) -> Secret:
    """Return what a finding of the secret has to be: all of it, or its beginning if the finding says that it is cut."""
    if not finding["metadata"].get("truncated"):
        return secret
    length = int(finding["redacted"].rpartition("(")[2].rstrip(")"))
    return replace(secret, value=secret.value[:length])


def _of_found(situation: Situation, spot: Spot | None, found: list[Mapping[str, Any]], answer: Answer) -> Verdict:
    if answer.code == 0:
        return Verdict(Outcome.FALSE_CLEAN, "found, and exit code 0")
    if spot is not None and not any(_is_at(finding, spot) for finding in found):
        at = found[0]["location"]
        begin = at["positions"]["begin"]
        wanted = f"{spot.path or '*'}:{spot.line}:{'|'.join(map(str, spot.columns))}"
        return Verdict(Outcome.WRONG_PLACE, f"{at['path']}:{begin['line']}:{begin['column']}, not {wanted}")
    assert answer.coverage is not None
    if situation.also_says and not _honest(answer.coverage, situation.also_says):
        return Verdict(Outcome.FALSE_CLEAN, f"found, but not said: {', '.join(situation.also_says)}")
    return Verdict(Outcome.FOUND)


def _honest(coverage: Mapping[str, Any], patterns: tuple[str, ...]) -> set[str]:
    return {item for item in said(coverage) if any(fnmatchcase(item, pattern) for pattern in patterns)}


def _is_at(finding: Mapping[str, Any], spot: Spot) -> bool:
    begin = finding["location"]["positions"]["begin"]
    is_path = not spot.path or finding["location"]["path"] == spot.path
    return is_path and begin["line"] == spot.line and begin["column"] in spot.columns


def _of_silence(situation: Situation, answer: Answer) -> Verdict:
    assert answer.coverage is not None
    honest = _honest(answer.coverage, situation.honest)
    if not honest:
        everything = said(answer.coverage)
        others = f"says only {', '.join(sorted(everything))}" if everything else "says nothing"
        return Verdict(Outcome.FALSE_CLEAN, f"{others}; complete={answer.coverage['complete']}, code={answer.code}")
    reason = ", ".join(sorted(honest))
    if any(item.startswith(_INCOMPLETE) for item in honest):
        if answer.coverage["complete"]:
            return Verdict(Outcome.FALSE_CLEAN, f"{reason}, and complete")
        if answer.code not in (2, None):
            return Verdict(Outcome.FALSE_CLEAN, f"{reason}, and exit code {answer.code}")
    if EVERYTHING in " ".join(answer.table.split()):
        return Verdict(Outcome.FALSE_CLEAN, f"{reason}, and the table says that {EVERYTHING}")
    return Verdict(Outcome.SAID, reason)
