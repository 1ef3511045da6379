"""`rule_digests`: for each rule a digest of everything that decides what it matches.

States and caches are keyed by it. A rule whose digest is another one than that of an earlier scan is run again over
everything. What cannot be digested gets a digest that equals no other one: such a rule is run again in each scan.
"""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol

from beca_core.rules.code_digest import CodeDigester
from beca_core.rules.rule import Rule, RuleInfo
from beca_core.rules.source_digest import SourceDigests

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from beca_core.rules.scanner import Scanner

_FORMAT: Final = b"beca.rule.1"
_OWN_PACKAGES: Final = frozenset(("beca_core", "beca_scanners"))
_PATTERN_TYPES: Final = (Rule, RuleInfo)


class RuleRecord(Protocol):
    """What a plugin registered, as far as its rules are concerned."""

    @property
    def distribution(self) -> str:
        """Name and version of its package, or an empty string."""

    @property
    def module(self) -> str:
        """Name of the module in which the plugin is, or an empty string."""

    @property
    def loaded_at(self) -> float:
        """When it was loaded, in seconds since 1970."""

    @property
    def rules(self) -> Sequence[Rule]:
        """Its declarative rules."""

    @property
    def scanners(self) -> Sequence[Scanner]:
        """Its scanners."""


def rule_digests(record: RuleRecord, rule_ids: Collection[str] | None = None) -> dict[str, str]:
    """Return the digests of a plugin's rules, by id. It never raises.

    A digest is 64 hexadecimal digits. It covers all fields of the rule that decide a match, the distribution with its
    version, and the code of the rule's checks or scanner with the files of the packages that it comes from. It does not
    cover what is shown only, such as the description, nor examples.

    Args:
        record: The plugin.
        rule_ids: The rules that are wanted; None: all.
    """
    return _PluginDigests(record).of_rules(rule_ids)


class _PluginDigests:
    def __init__(self, record: RuleRecord) -> None:
        self._record = record
        self._sources = SourceDigests(record.loaded_at)
        self._digester = CodeDigester(self._sources)

    def of_rules(self, rule_ids: Collection[str] | None) -> dict[str, str]:
        found: dict[str, str] = {}
        for rule in self._record.rules:
            if rule_ids is None or rule.id in rule_ids:
                found[rule.id] = self._digest(rule, None)
        for scanner in self._record.scanners:
            for info in scanner.rules:
                if rule_ids is None or info.id in rule_ids:
                    found[info.id] = self._digest(info, scanner)
        return found

    def _digest(self, rule: RuleInfo, scanner: Scanner | None) -> str:
        digest = sha256(_FORMAT)
        try:
            digest.update(self._digester.digest((self._record.distribution, self._own_version, rule, scanner)))
            if scanner is not None or _has_code(rule):
                digest.update(self._sources.of_module(self._record.module, ()))
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001 - it looks into a plugin's objects, which can do anything
            digest.update(os.urandom(32))
        return digest.hexdigest()

    @property
    def _own_version(self) -> str:
        """The version of BECA if the rules are its own."""
        is_own = self._record.module.partition(".")[0] in _OWN_PACKAGES
        return str(sys.modules["beca_core"].__version__) if is_own else ""


def _has_code(rule: RuleInfo) -> bool:
    return type(rule) not in _PATTERN_TYPES or bool(getattr(rule, "checks", ()))
