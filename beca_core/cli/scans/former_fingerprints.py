"""`FormerFingerprints`: by what the issues of secrets are recognized after a rotation of the fingerprint key.

A fingerprint can only be made with the secret, which nothing stores. The process that finds it again is the only one
that can make both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core.findings import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beca_core.findings import Finding
    from beca_core.rules.rule import RuleInfo


class FormerFingerprints:
    """The fingerprints that findings have with the key before.

    Args:
        key: The key of their fingerprints.
        former: The key before.
        rules: The rules, by id.
    """

    def __init__(self, key: bytes, former: bytes, rules: Mapping[str, RuleInfo]) -> None:
        self._key = key
        self._former = former
        self._ids = {rule.id: rule.fingerprint_id for rule in rules.values() if rule.former_ids}

    def of(self, finding: Finding) -> str | None:
        """Return the former fingerprint of a finding, or None if its secret is not known: an earlier scan found it."""
        oldest = self._ids.get(finding.rule_id, finding.rule_id)
        if not finding.secret or fingerprint(oldest, finding.secret, self._key) != finding.fingerprint:
            return None
        return fingerprint(oldest, finding.secret, self._former)
