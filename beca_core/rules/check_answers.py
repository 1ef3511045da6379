"""Answers of checks: what those of a rule said of a text, so that they are not asked about it again.

A hostile file is full of one secret, and a generated one of one placeholder: the checks take most of the time that such
a candidate takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.rules.candidate import Candidate, DropReason
from beca_core.rules.refinement import checked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.rules.rule import Rule

_MOST: Final = 1024
"""Texts of which the answers are kept at once."""
_LONGEST: Final = 1024
"""In bytes, of all groups together."""


class CheckAnswers:
    """Asks the checks of a rule about the candidates of one content.

    Args:
        rule: The rule.
        groups: The groups of the pattern that decide what the checks say; None: that is not known.
    """

    def __init__(self, rule: Rule, groups: Sequence[str] | None) -> None:
        self._rule = rule
        self._groups = groups
        self._known: dict[tuple[bytes | None, ...], Candidate | DropReason] = {}

    def of(self, candidate: Candidate) -> Candidate | DropReason:
        """Return the candidate as the checks leave it, or why they drop it.

        Raises:
            InvalidRule: If a check returns what it may not.
            Exception: Whatever a check raises.
        """
        if self._groups is None:
            return checked(self._rule, self._rule.checks, candidate)
        key = (candidate.secret, *map(candidate.group, self._groups))
        known = self._known.get(key)
        if known is None:
            found = checked(self._rule, self._rule.checks, candidate)
            if sum([len(text) for text in key if text is not None]) <= _LONGEST:
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[key] = found
            return found
        if isinstance(known, DropReason):
            return known
        if known.confidence is candidate.confidence and known.severity is candidate.severity:
            return candidate
        data, begin, end, groups = candidate.data, candidate.begin, candidate.end, candidate.groups
        return Candidate(data, begin, end, known.confidence, groups, candidate.truncated, known.severity)


def deciding_groups(rule: Rule) -> tuple[str, ...] | None:
    """Return the groups, beside the secret, of which the texts decide what the checks of a rule say.

    The checks of the library look at nothing else, but for a checksum that looks for the end of the secret. What the
    code of a plugin looks at is not known; the answer is None then.

    Args:
        rule: The rule.
    """
    if not all(map(_looks_at_groups_only, rule.checks)):
        return None
    groups = dict.fromkeys(name for check in rule.checks for name in getattr(check, "groups", ()))
    return tuple(name for name in groups if name != "secret")


def _looks_at_groups_only(check: object) -> bool:
    return type(check).__module__.startswith("beca_core.checks.") and not getattr(check, "looks_beyond", True)
