"""Going on from an earlier scan: what of its `State` still holds, and what has become of its findings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidInput
from beca_core.findings import Change
from beca_core.report import ChangeCounts, Skipped
from beca_core.sources.contracts import Resumable
from beca_core.state.state import DETECTION_VERSION, State, key_mark

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from beca_core.findings import Finding
    from beca_core.rules.rule import RuleInfo
    from beca_core.sources.contracts import Source
    from beca_core.sources.limits import Limits
    from beca_core.state.hits import Hit
    from beca_core.state.state import FindingKey

_DECIDING_LIMITS: Final = ("max_blob_bytes", "archive_depth", "archive_members", "archive_bytes")
_LASTING: Final = frozenset(("too-large", "encrypted", "archive-limit"))
_NOT_READ: Final = frozenset(("unreadable", "timeout", "scan-limit", "missing"))
_MAX_HITS: Final = 500_000


class Earlier:
    """What an earlier scan of the same target covered, as far as this one can rely on it.

    Args:
        state: What it left behind; None: there was none.
        source: What is scanned now; it is told what to leave out.
        rules: The rules that take part, by id.
        limits: Bounds of this scan.
        key: Key of the fingerprints.

    Attributes:
        resumes: Whether the source leaves out what is known.
        due: Ids of the rules that have to be run over what is known.

    Raises:
        InvalidInput: If the state is that of a scan with another scope or another fingerprint key.
    """

    def __init__(
        self, state: State | None, source: Source, rules: Mapping[str, RuleInfo], limits: Limits, key: bytes
    ) -> None:
        self._state = state
        self._source = source if isinstance(source, Resumable) else None
        self.resumes = False
        self.due: frozenset[str] = frozenset()
        if state is None:
            return
        _refuse_foreign(state, source, key)
        self._same = {rule_id for rule_id, rule in rules.items() if state.rules.get(rule_id) == rule.version}
        self.due = frozenset(rules.keys() - self._same)
        is_usable = state.detection == DETECTION_VERSION and state.limits == deciding(limits) and self._same
        if is_usable and state.covered is not None and self._source is not None:
            self.resumes = self._source.resume(state.covered, knows_all=not self.due)

    def hits(self) -> dict[str, list[Hit]]:
        """Return what is known to be in contents that are left out and are still there, by their ids."""
        carried: dict[str, list[Hit]] = {}
        if self._state is None or not self.resumes:
            return carried
        for blob_id, hits in self._state.hits.items():
            of_blob = [hit for hit in hits if hit.rule_id in self._same]
            if of_blob and self.is_known(blob_id):
                carried[blob_id] = of_blob
        return carried

    def skipped(self) -> list[Skipped]:
        """Return what is known not to be readable, and is still there."""
        if self._state is None or not self.resumes:
            return []
        known = (Skipped(*item) for item in self._state.skipped)
        return [item for item in known if self.is_known(item.id.partition("!")[0])]

    def is_known(self, blob_id: str) -> bool:
        """Whether a content is left out, and is there."""
        return self._source is not None and self._source.holds(blob_id) and not self._source.is_new(blob_id)

    def compare(self, findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], ChangeCounts | None]:
        """Return findings that say what has become of them, and how many there are of each kind; None: not compared."""
        if self._state is None:
            return tuple(findings), None
        before, now = self._state.findings, standing(findings)
        told = tuple(replace(found, change=_change(before.get(key_of(found)), found.in_head)) for found in findings)
        return told, ChangeCounts(
            new=sum(found.change is Change.NEW for found in told),
            carried=sum(found.change is Change.CARRIED for found in told),
            gone=sum(was_in_head and not now.get(key, False) for key, was_in_head in before.items()),
        )


def next_state(
    source: Source,
    *,
    key: bytes,
    limits: Limits,
    findings: Iterable[Finding],
    rules: Mapping[str, int],
    hits: Mapping[str, Sequence[Hit]],
    skipped: Collection[Skipped],
) -> State:
    """Return what a scan leaves behind for the next one.

    Args:
        source: What was scanned.
        key: Key of the fingerprints.
        limits: Bounds of the scan.
        findings: What was reported.
        rules: Version of each rule that did its work everywhere, by id.
        hits: What was found, with fingerprints, by object id.
        skipped: What was not read.
    """
    state = State(source.scope.value, key_mark(key), deciding(limits), standing(findings))
    if not isinstance(source, Resumable) or sum(map(len, hits.values())) > _MAX_HITS:
        return state
    again = [item for item in skipped if item.reason in _NOT_READ and not _lasts(item)]
    covered = source.covered(again)
    if covered is None:
        return state
    return replace(
        state,
        rules=rules,
        hits={object_id: tuple(hit._replace(secret=b"") for hit in found) for object_id, found in hits.items()},
        skipped=tuple((item.id, item.reason) for item in skipped if _lasts(item)),
        covered=covered,
    )


def deciding(limits: Limits) -> dict[str, int]:
    """Return the limits that decide what can be found in an object."""
    return {name: getattr(limits, name) for name in _DECIDING_LIMITS}


def standing(findings: Iterable[Finding]) -> dict[FindingKey, bool]:
    """Return what makes findings the same in two scans, and whether they stand at HEAD."""
    found: dict[FindingKey, bool] = {}
    for finding in findings:
        found[key_of(finding)] = finding.in_head or found.get(key_of(finding), False)
    return found


def key_of(finding: Finding) -> FindingKey:
    """Return what makes a finding the same in two scans."""
    at = finding.location
    return finding.rule_id, finding.fingerprint, at.path.encode() if at.raw_path is None else at.raw_path


def _change(was_in_head: bool | None, is_in_head: bool) -> Change:
    if was_in_head is None:
        return Change.NEW
    return Change.GONE if was_in_head and not is_in_head else Change.CARRIED


def _lasts(item: Skipped) -> bool:
    """Whether the same limits would leave it out again, as its bytes cannot change."""
    return item.reason in _LASTING or (item.reason == "unreadable" and "!" in item.id)


def _refuse_foreign(state: State, source: Source, key: bytes) -> None:
    if state.scope != source.scope.value:
        raise InvalidInput(
            "The state was left by a scan of another scope.", hint="Scan the same scope, or name another file."
        )
    if state.key != key_mark(key):
        raise InvalidInput(
            "The state was left by a scan with another fingerprint key, so its findings cannot be told again.",
            hint="Use the same key, or delete the state to scan everything.",
        )
