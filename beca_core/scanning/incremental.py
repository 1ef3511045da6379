"""Rescans: what is still valid of an earlier scan's `State`, and how its findings have changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidInput
from beca_core.findings import Change
from beca_core.report import ChangeCounts, Skipped
from beca_core.sources.contracts import Resume
from beca_core.state.state import DETECTION_VERSION, State, key_digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from beca_core.findings import Finding
    from beca_core.rules.rule import RuleInfo
    from beca_core.sources.contracts import Contents, Resumed
    from beca_core.sources.limits import Limits, Scope
    from beca_core.state.hit import Hit
    from beca_core.state.state import FindingKey

_DETECTION_LIMITS: Final = ("max_blob_bytes", "archive_depth", "archive_members", "archive_bytes")
_PERMANENT: Final = frozenset(("too-large", "encrypted", "archive-limit"))
_RETRIED: Final = frozenset(("unreadable", "timeout", "scan-limit", "missing", "lfs-object"))
_MAX_HITS: Final = 500_000
_HEX: Final = frozenset("0123456789abcdef")


class Rescan:
    """The part of an earlier scan of the same target that this scan can reuse.

    Args:
        state: The state of the earlier scan.
        scope: The scope of this scan.
        rules: The rules that take part, by id.
        limits: Bounds of this scan.
        key: Key of the fingerprints.

    Attributes:
        changed_rules: Ids of the rules that have to be run over everything, because they are new or of another version.
        resume: The request to the source; None: everything has to be read.

    Raises:
        InvalidInput: If the state comes from a scan with another scope or another fingerprint key.
    """

    def __init__(self, state: State, scope: Scope, rules: Mapping[str, RuleInfo], limits: Limits, key: bytes) -> None:
        _refuse_mismatch(state, scope, key)
        self._state = state
        self._same = {rule_id for rule_id, rule in rules.items() if state.rules.get(rule_id) == rule.version}
        self.changed_rules = frozenset(rules.keys() - self._same)
        is_usable = state.detection == DETECTION_VERSION and state.limits == detection_limits(limits) and self._same
        self.resume: Resume | None = None
        if is_usable and state.checkpoint is not None:
            self.resume = Resume(state.checkpoint, is_complete=not self.changed_rules)

    def hits(self, resumed: Resumed) -> dict[str, list[Hit]]:
        """Return the recorded hits in contents that are not read again and still exist, by object id."""
        carried: dict[str, list[Hit]] = {}
        for blob_id, hits in self._state.hits.items():
            of_blob = [hit for hit in hits if hit.rule_id in self._same]
            if of_blob and resumed.holds(blob_id):
                carried[blob_id] = of_blob
        return carried

    def skipped(self, resumed: Resumed) -> list[Skipped]:
        """Return the contents that are recorded as skipped and still exist."""
        recorded = (Skipped(*item) for item in self._state.skipped)
        return [item for item in recorded if resumed.holds(item.id.partition("!")[0])]

    def compare(self, findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], ChangeCounts]:
        """Return the findings, each with its change since the earlier scan, and the number of each change."""
        before, now = self._state.findings, presence_at_head(findings)
        compared = tuple(replace(found, change=_change(before.get(key_of(found)), found.in_head)) for found in findings)
        return compared, ChangeCounts(
            new=sum(found.change is Change.NEW for found in compared),
            carried=sum(found.change is Change.CARRIED for found in compared),
            gone=sum(was_in_head and not now.get(key, False) for key, was_in_head in before.items()),
        )


def next_state(
    contents: Contents,
    *,
    scope: Scope,
    key: bytes,
    limits: Limits,
    findings: Iterable[Finding],
    rules: Mapping[str, int],
    hits: Mapping[str, Sequence[Hit]],
    skipped: Collection[Skipped],
) -> State:
    """Return the state from which the next scan can resume.

    Args:
        contents: The contents that were read.
        scope: The scope of the scan.
        key: Key of the fingerprints.
        limits: Bounds of the scan.
        findings: The findings that are reported.
        rules: Version of each rule that ran everywhere without a failure, by id.
        hits: All hits, with fingerprints, by object id.
        skipped: The contents that were not read.
    """
    state = State(scope.value, key_digest(key), detection_limits(limits), presence_at_head(findings))
    if sum(map(len, hits.values())) > _MAX_HITS:
        return state
    checkpoint = contents.checkpoint([item for item in skipped if item.reason in _RETRIED and not _is_permanent(item)])
    if checkpoint is None:
        return state
    width = 2 * checkpoint.ids.width
    return replace(
        state,
        rules=rules,
        hits={
            object_id: tuple(hit._replace(secret=b"") for hit in found)
            for object_id, found in hits.items()
            if _is_object_id(object_id, width)
        },
        skipped=tuple(
            (item.id, item.reason)
            for item in skipped
            if _is_permanent(item) and _is_object_id(item.id.partition("!")[0], width)
        ),
        checkpoint=checkpoint,
    )


def detection_limits(limits: Limits) -> dict[str, int]:
    """Return the limits on which the hits in an object depend."""
    return {name: getattr(limits, name) for name in _DETECTION_LIMITS}


def presence_at_head(findings: Iterable[Finding]) -> dict[FindingKey, bool]:
    """Return for the key of each finding whether it is at HEAD."""
    found: dict[FindingKey, bool] = {}
    for finding in findings:
        found[key_of(finding)] = finding.in_head or found.get(key_of(finding), False)
    return found


def key_of(finding: Finding) -> FindingKey:
    """Return the key that identifies a finding across scans."""
    at = finding.location
    return finding.rule_id, finding.fingerprint, at.path.encode() if at.raw_path is None else at.raw_path


def _change(was_in_head: bool | None, is_in_head: bool) -> Change:
    if was_in_head is None:
        return Change.NEW
    return Change.GONE if was_in_head and not is_in_head else Change.CARRIED


def _is_object_id(content_id: str, width: int) -> bool:
    """Return whether a content is an object; files of a work tree are read by each scan."""
    return len(content_id) == width and set(content_id) <= _HEX


def _is_permanent(item: Skipped) -> bool:
    """Return whether a scan with the same limits would skip it again, since its bytes cannot change."""
    return item.reason in _PERMANENT or (item.reason == "unreadable" and "!" in item.id)


def _refuse_mismatch(state: State, scope: Scope, key: bytes) -> None:
    if state.scope != scope.value:
        raise InvalidInput(
            f"The state comes from a scan of another scope: {state.scope!r:.20} instead of {scope.value!r}.",
            hint="Scan the same scope, or name another file.",
        )
    if state.key != key_digest(key):
        raise InvalidInput(
            "The state comes from a scan with another fingerprint key, so its findings cannot be recognised.",
            hint="Use the same key, or delete the state to scan everything.",
        )
