"""`AllowEntry`: findings that somebody has looked at and accepts, and why.

What an entry hides is not gone: `Report.allowed` lists it with the reason. An entry that has expired hides nothing, and
one that matches nothing any more is stale; the report names both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import translate
from functools import cached_property
from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidInput
from beca_core.rules.path_patterns import applies

if TYPE_CHECKING:
    from collections.abc import Collection

    import re2

    from beca_core.findings import Finding

LEAST_FINGERPRINT: Final = 16
"""How many hexadecimal digits of a fingerprint an entry has to give at least."""
MAX_TEXT: Final = 1_000
"""Greatest length of the reason, the owner and each item of an entry, in characters."""
MAX_ALLOW_ITEMS: Final = 10_000
"""Most items of one kind in an entry."""
CRITERIA: Final = ("rules", "paths", "values", "stop_words", "fingerprints")
"""What an entry can demand of a finding."""
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{16,64}")
_CODE_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True)
class AllowEntry:
    """An entry of an allow-list. A finding has to match each kind of criterion that is given, and one item of it.

    Args:
        reason: Why these findings are accepted.
        rules: Ids of rules, or patterns of ids such as `generic-*`; also ids that a rule had before.
        paths: Patterns of paths, in the syntax of `.gitignore`; see `RuleInfo.paths`.
        values: Patterns (RE2) of which one is found in the secret.
        stop_words: Words of which one is in the secret, in any letter case.
        fingerprints: Fingerprints, or at least their first 16 digits.
        owner: Who accepts them.
        expires: The last day on which the entry holds; None: it has no end.
        origin: Where the entry is written.
        standing: Whether it holds also for findings to come, so that it is not stale when it matches none.

    Raises:
        InvalidInput: If it has no reason or no criterion, or one that cannot be used.
    """

    reason: str
    rules: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    stop_words: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()
    owner: str = ""
    expires: date | None = None
    origin: str = ""
    standing: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.reason, str) or not self.reason.strip():
            raise InvalidInput(f"{self._name} has no reason.", hint="Say why these findings are accepted.")
        if not isinstance(self.owner, str) or max(len(self.reason), len(self.owner)) > MAX_TEXT:
            raise InvalidInput(f"{self._name} has a reason or an owner of more than {MAX_TEXT:,} characters.")
        if isinstance(self.expires, datetime) or not isinstance(self.expires, date | None):
            raise InvalidInput(f"{self._name} has an expiry that is not a date.", hint="Write it as 2027-01-31.")
        for name in CRITERIA:
            self._check(name)
        if not any(getattr(self, name) for name in CRITERIA):
            raise InvalidInput(f"{self._name} names nothing.", hint=f"Give one of {', '.join(CRITERIA)}.")
        for each in self.fingerprints:
            if not _FINGERPRINT.fullmatch(each):
                raise InvalidInput(f"{self._name} has a fingerprint that is not 16 to 64 hexadecimal digits.")
        self._pattern  # noqa: B018 - a pattern that cannot be compiled is refused now

    def _check(self, name: str) -> None:
        items = getattr(self, name)
        if isinstance(items, list):
            object.__setattr__(self, name, items := tuple(items))
        if not isinstance(items, tuple) or not all(isinstance(each, str) and each for each in items):
            raise InvalidInput(f"{self._name}: {name} must be texts that are not empty.")
        if len(items) > MAX_ALLOW_ITEMS or any(len(each) > MAX_TEXT for each in items):
            raise InvalidInput(f"{self._name}: {name} has too many items, or one that is too long.")

    @property
    def _name(self) -> str:
        return self.origin or "An entry of the allow-list"

    @property
    def needs_secret(self) -> bool:
        """Whether the entry looks at secrets, and not only at what is known about them."""
        return bool(self.values or self.stop_words)

    def is_expired(self, today: date) -> bool:
        """Return whether the entry no longer holds."""
        return self.expires is not None and self.expires < today

    def matches(self, finding: Finding, former_ids: Collection[str] = ()) -> bool:
        """Return whether a finding is one of those that the entry accepts; whether it has expired does not matter.

        Args:
            finding: The finding; without its secret, it matches no entry that looks at it.
            former_ids: Ids that its rule had before.
        """
        return (
            self._matches_rule((finding.rule_id, *former_ids))
            and self._matches_path(finding)
            and (not self.fingerprints or finding.fingerprint.startswith(self.fingerprints))
            and (not self.stop_words or any(each in finding.secret.lower() for each in self._lower_words))
            and (self._pattern is None or self._pattern.search(finding.secret) is not None)
        )

    def _matches_rule(self, ids: Collection[str]) -> bool:
        return not self.rules or any(self._ids.fullmatch(each) for each in ids)

    def _matches_path(self, finding: Finding) -> bool:
        at = finding.location
        whole = at.path.encode("utf-8", "surrogatepass") if at.raw_path is None else at.raw_path
        path, _, member = whole.partition(b"!")
        return not self.paths or applies(self.paths, path, member) or (bool(member) and applies(self.paths, whole))

    @cached_property
    def _ids(self) -> re.Pattern[str]:
        return re.compile("|".join(map(translate, self.rules)))

    @cached_property
    def _lower_words(self) -> tuple[bytes, ...]:
        return tuple(each.encode("utf-8", "surrogatepass").lower() for each in self.stop_words)

    @cached_property
    def _pattern(self) -> re2._Regexp[bytes] | None:
        """The patterns of values as one, which takes one pass over a secret."""
        if not self.values:
            return None
        import re2

        options = re2.Options()
        options.log_errors = False
        options.max_mem = _CODE_BYTES
        try:
            for each in self.values:  # one by one, because an unbalanced one could be completed by another
                re2.compile(each.encode("utf-8", "surrogatepass"), options)
            joined = "|".join(f"(?:{each})" for each in self.values)
            return re2.compile(joined.encode("utf-8", "surrogatepass"), options)
        except re2.error:
            raise InvalidInput(
                f"{self._name} has a pattern of values that is not valid RE2.",
                hint="RE2 has no lookaround and no backreferences.",
            ) from None
