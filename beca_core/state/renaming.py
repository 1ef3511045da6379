"""`renamed`: a state as if rules had had their present ids when it was made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from beca_core.state.state import LaggingRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from beca_core.state.hit import Hit
    from beca_core.state.state import FindingKey, State


def renamed(state: State, ids: Mapping[str, str]) -> State:
    """Return a state in which rules have their present ids. The fingerprints do not change.

    Args:
        state: The state.
        ids: Ids of rules by the ids that they had before, of each rule the oldest first.
    """

    stale = _stale(state, ids)

    def key_of(key: FindingKey) -> FindingKey:
        return ids.get(key[0], key[0]), *key[1:]

    def rules_of(rules: Mapping[str, str]) -> dict[str, str]:
        return {ids.get(rule_id, rule_id): digest for rule_id, digest in rules.items() if rule_id not in stale}

    def hits_of(hits: Iterable[Hit]) -> tuple[Hit, ...]:
        kept = (hit for hit in hits if hit.rule_id not in stale)
        return tuple(hit._replace(rule_id=ids.get(hit.rule_id, hit.rule_id)) for hit in kept)

    findings: dict[FindingKey, bool] = {}
    for key, in_head in state.findings.items():
        findings[key_of(key)] = in_head or findings.get(key_of(key), False)
    return replace(
        state,
        findings=findings,
        rules=rules_of(state.rules),
        hits={object_id: hits_of(hits) for object_id, hits in state.hits.items()},
        lagging=tuple(LaggingRules(rules_of(lagging.rules), lagging.unseen) for lagging in state.lagging),
        superseded={
            key_of(key): tuple((ids.get(rule_id, rule_id), fingerprint) for rule_id, fingerprint in secrets)
            for key, secrets in state.superseded.items()
        },
    )


def _stale(state: State, ids: Mapping[str, str]) -> set[str]:
    """Return the former ids of which a state also has a later one, with hits that are the newer ones."""
    known = set(state.rules).union(*(lagging.rules for lagging in state.lagging))
    latest = {ids[former]: former for former in ids if former in known}
    latest |= {rule_id: rule_id for rule_id in latest if rule_id in known}
    return {former for former in known.intersection(ids) if latest[ids[former]] != former}
