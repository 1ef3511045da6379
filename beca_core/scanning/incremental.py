"""Rescans: what is still valid of an earlier scan's `State`, and the state for the next scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.errors import InvalidInput
from beca_core.report import Skipped
from beca_core.scanning.results.comparison import compare, presence_at_head, superseded_by
from beca_core.sources.contracts import Resume
from beca_core.state.checkpoint import Ids
from beca_core.state.renaming import renamed
from beca_core.state.state import DETECTION_VERSION, LaggingRules, RepositoryOrigin, State, key_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterator, Sequence

    from beca_core.findings import Finding
    from beca_core.report import ChangeCounts
    from beca_core.sources.contracts import Resumed, Share
    from beca_core.sources.limits import Limits, Scope
    from beca_core.state.checkpoint import Checkpoint
    from beca_core.state.hit import Hit
    from beca_core.state.state import FindingKey, Secrets

_DETECTION_LIMITS: Final = ("max_blob_bytes", "archive_depth", "archive_members", "archive_bytes")
_PERMANENT: Final = frozenset(("too-large", "encrypted", "archive-limit", "archive", "unopened"))
_RETRIED: Final = frozenset(("unreadable", "timeout", "scan-limit", "missing", "lfs-object"))
_MAX_HITS: Final = 500_000
_MAX_UNSEEN: Final = 20_000
"""Rules that have not seen more objects than this are run over all of them."""
_HEX: Final = frozenset("0123456789abcdef")
_NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({})


class Rescan:
    """The part of an earlier scan of the same target that this scan can reuse.

    Args:
        state: The state of the earlier scan.
        scope: The scope of this scan.
        rule_ids: Ids of the rules that take part.
        digests: Their digests, by id; asked for only if there is a checkpoint.
        limits: Bounds of this scan.
        key: Key of the fingerprints.
        new_ids: Ids of rules by the ids that they had before, under which an earlier scan may have recorded them.

    Attributes:
        changed_rules: Ids of the rules that have to be run over everything, because they are new or match otherwise.
        resume: The request to the source; None: everything has to be read.

    Raises:
        InvalidInput: If the state comes from a scan with another scope or another fingerprint key.
    """

    def __init__(
        self,
        state: State,
        scope: Scope,
        rule_ids: Collection[str],
        digests: Mapping[str, str],
        limits: Limits,
        key: bytes,
        new_ids: Mapping[str, str] = _NO_NAMES,
    ) -> None:
        _refuse_mismatch(state, scope, key)
        self._state = state = renamed(state, new_ids) if new_ids else state
        self._rule_ids = frozenset(rule_ids)
        self._is_valid = state.detection == DETECTION_VERSION and state.limits == detection_limits(limits)
        checkpoint = state.checkpoint if self._is_valid else None
        self._same: frozenset[str] = frozenset()
        self._lagging: list[LaggingRules] = []
        if checkpoint is not None:
            self._same = frozenset(_unchanged(state.rules, digests))
            restricted = (LaggingRules(_unchanged(kept, digests), unseen) for kept, unseen in state.lagging)
            self._lagging = [lagging for lagging in restricted if lagging.rules]
        caught_up = self._same.union(*(lagging.rules for lagging in self._lagging))
        self.changed_rules = self._rule_ids - caught_up
        self.resume: Resume | None = None
        if checkpoint is not None and caught_up:
            is_complete = not self.changed_rules and not self._lagging and self._has_places(checkpoint)
            self.resume = Resume(checkpoint, is_complete=is_complete)

    def hits(self, resumed: Resumed) -> dict[str, list[Hit]]:
        """Return the recorded hits in contents that are not read again and still exist, by object id."""
        carried: dict[str, list[Hit]] = {}
        reused = self._same.union(*(lagging.rules for lagging in self._lagging))
        for blob_id, hits in self._state.hits.items():
            of_blob = [hit for hit in hits if hit.rule_id in reused]
            if of_blob and resumed.holds(blob_id):
                carried[blob_id] = of_blob
        return carried

    def to_catch_up(self, resumed: Resumed) -> Iterator[CatchUp]:
        """Yield what some rules have not seen of the contents that are not read again."""
        rules = set(self.changed_rules)
        for lagging in self._lagging:
            if len(lagging.unseen) > _MAX_UNSEEN:
                rules.update(lagging.rules)
        if rules:
            yield CatchUp(frozenset(rules), resumed.all_shares())
        for lagging in self._lagging:
            unseen = [object_id.hex() for object_id in lagging.unseen]
            if len(unseen) <= _MAX_UNSEEN and (held := [blob_id for blob_id in unseen if resumed.holds(blob_id)]):
                yield CatchUp(frozenset(lagging.rules), resumed.reread(held))

    def skipped(self, resumed: Resumed) -> list[Skipped]:
        """Return the contents that are recorded as skipped and still exist."""
        recorded = (Skipped(*item) for item in self._state.skipped)
        return [item for item in recorded if resumed.holds(item.id.partition("!")[0])]

    def compare(self, findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], ChangeCounts]:
        """Return the findings, each with its change since the earlier scan, and the number of each change."""
        return compare(self._state.findings, findings, self._rule_ids, self._state.superseded)

    def findings_to_keep(self, failed: Container[str], *, is_complete: bool) -> dict[FindingKey, bool]:
        """Return the recorded findings about which this scan says nothing, and whether the next one looks for them.

        Those of a rule that took part are kept if it may not have seen them; that they are gone was said now.

        Args:
            failed: Ids of the rules that took part and whose plugins have failed.
            is_complete: Whether everything was read.
        """
        return {
            key: was_in_head and key[0] not in self._rule_ids
            for key, was_in_head in self._state.findings.items()
            if not is_complete or key[0] not in self._rule_ids or key[0] in failed
        }

    def superseded(self, keys: Container[FindingKey]) -> dict[FindingKey, Secrets]:
        """Return what less specific rules had found of the secrets of some recorded findings."""
        return {key: secrets for key, secrets in self._state.superseded.items() if key in keys}

    def kept(self, checkpoint: Checkpoint) -> Kept:
        """Return what remains valid of the rules that take no part in this scan.

        Args:
            checkpoint: What has been read now.
        """
        before = self._state.checkpoint
        if before is None or not self._is_valid or before.ids.width != checkpoint.ids.width:
            return Kept()
        waiting = [LaggingRules(self._state.rules, Ids((), before.ids.width)), *self._state.lagging]
        absent = [LaggingRules(_without(kept, self._rule_ids), unseen) for kept, unseen in waiting]
        absent = [lagging for lagging in absent if lagging.rules]
        if not absent:
            return Kept()
        held = set(checkpoint.ids)
        fresh = held.difference(before.ids) | (held & {bytes.fromhex(object_id) for object_id in before.unread})
        groups: dict[frozenset[bytes], dict[str, str]] = {}
        for rules, unseen in absent:
            groups.setdefault(frozenset(fresh | held.intersection(unseen)), {}).update(rules)
        unseen_by_rule = {rule_id: unseen for unseen, rules in groups.items() for rule_id in rules}
        return Kept(
            rules=groups.pop(frozenset(), {}),
            lagging=tuple(
                LaggingRules(rules, Ids([b"".join(sorted(unseen))], checkpoint.ids.width))
                for unseen, rules in groups.items()
            ),
            hits=self._hits_of(unseen_by_rule, held),
        )

    def _hits_of(self, unseen: Mapping[str, frozenset[bytes]], held: Container[bytes]) -> dict[str, tuple[Hit, ...]]:
        """Return the recorded hits of some rules in objects that exist and that the rule has seen."""
        found = {}
        for blob_id, hits in self._state.hits.items():
            binary = bytes.fromhex(blob_id)
            of_blob = tuple(hit for hit in hits if hit.rule_id in unseen and binary not in unseen[hit.rule_id])
            if of_blob and binary in held:
                found[blob_id] = of_blob
        return found

    def _has_places(self, checkpoint: Checkpoint) -> bool:
        """Whether the attribution covers the objects with hits of the rules that take part."""
        if checkpoint.attribution is None:
            return True
        targets = checkpoint.attribution.targets
        return all(
            blob_id.encode() in targets
            for blob_id, hits in self._state.hits.items()
            if any(hit.rule_id in self._rule_ids for hit in hits)
        )


class CatchUp(NamedTuple):
    """Contents that some rules have not seen.

    Args:
        rules: Ids of the rules.
        shares: The contents, maybe with others.
    """

    rules: frozenset[str]
    shares: Sequence[Share]


class Kept(NamedTuple):
    """What a state keeps of rules that took no part in the scan; see the fields of `State`."""

    rules: Mapping[str, str] = MappingProxyType({})
    lagging: tuple[LaggingRules, ...] = ()
    hits: Mapping[str, tuple[Hit, ...]] = MappingProxyType({})


class Scanned(NamedTuple):
    """What a scan has done, as far as the next one is concerned.

    Args:
        scope: The scope.
        key: Key of the fingerprints.
        limits: Bounds of the scan.
        findings: The findings that are reported.
        rules: Digest of each rule that ran everywhere without a failure, by id; asked for only with a checkpoint.
        failed: Ids of the rules whose plugins have failed.
        hits: All hits, with fingerprints, by object id.
        skipped: The contents that were not read.
        origin: Where the repository is.
    """

    scope: Scope
    key: bytes
    limits: Limits
    findings: Collection[Finding]
    rules: Mapping[str, str]
    failed: Container[str]
    hits: Mapping[str, Sequence[Hit]]
    skipped: Collection[Skipped]
    origin: RepositoryOrigin = RepositoryOrigin()

    @property
    def unread(self) -> list[Skipped]:
        """The contents that may be readable another time."""
        return [item for item in self.skipped if item.reason in _RETRIED and not _is_permanent(item)]


def next_state(scanned: Scanned, checkpoint: Checkpoint | None, rescan: Rescan | None) -> State:
    """Return the state from which the next scan can resume.

    Args:
        scanned: What this scan has done.
        checkpoint: What has been read; None: the next scan has to read everything.
        rescan: What this scan has resumed from.
    """
    findings, superseded = presence_at_head(scanned.findings), superseded_by(scanned.findings)
    if rescan is not None:
        older = rescan.findings_to_keep(scanned.failed, is_complete=not scanned.unread)
        superseded = rescan.superseded(older.keys() - findings.keys()) | superseded
        findings = older | findings
    state = State(
        scope=scanned.scope.value,
        key=key_digest(scanned.key),
        limits=detection_limits(scanned.limits),
        findings=findings,
        origin=scanned.origin,
        superseded=superseded,
    )
    if checkpoint is None or sum(map(len, scanned.hits.values())) > _MAX_HITS:
        return state
    width = 2 * checkpoint.ids.width
    kept = Kept() if rescan is None else rescan.kept(checkpoint)
    hits = {
        object_id: tuple(hit.without_secret() for hit in found)
        for object_id, found in scanned.hits.items()
        if _is_object_id(object_id, width)
    }
    return replace(
        state,
        rules=LazyMapping(lambda: {**scanned.rules, **kept.rules}),
        hits=hits | {object_id: (*hits.get(object_id, ()), *found) for object_id, found in kept.hits.items()},
        skipped=tuple(
            (item.id, item.reason)
            for item in scanned.skipped
            if _is_permanent(item) and _is_object_id(item.id.partition("!")[0], width)
        ),
        checkpoint=checkpoint,
        lagging=kept.lagging,
    )


class LazyMapping(Mapping[str, str]):
    """A mapping that is made when it is first read. Most states are never saved, and digests take milliseconds.

    Args:
        make: Returns its content.
    """

    def __init__(self, make: Callable[[], Mapping[str, str]]) -> None:
        self._make = make

    @cached_property
    def _content(self) -> dict[str, str]:
        return dict(self._make())

    def __getitem__(self, name: str) -> str:
        return self._content[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def __repr__(self) -> str:
        return repr(self._content)

    def __reduce__(self) -> tuple[object, ...]:
        return dict, (self._content,)


def detection_limits(limits: Limits) -> dict[str, int]:
    """Return the limits on which the hits in an object depend."""
    return {name: getattr(limits, name) for name in _DETECTION_LIMITS}


def _unchanged(recorded: Mapping[str, str], digests: Mapping[str, str]) -> dict[str, str]:
    """Return the recorded rules that have the same digest now."""
    return {rule_id: digest for rule_id, digest in recorded.items() if digests.get(rule_id) == digest}


def _without(rules: Mapping[str, str], left_out: Container[str]) -> dict[str, str]:
    return {rule_id: digest for rule_id, digest in rules.items() if rule_id not in left_out}


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
