"""`rule_digests`: for each rule a digest of everything that decides what it matches.

States and caches are keyed by it. A rule whose digest is another one than that of an earlier scan is run again over
everything. What cannot be digested gets a digest that equals no other one: such a rule is run again in each scan.
"""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol

from beca_core.rules.digests.code_digest import CodeDigester
from beca_core.rules.digests.source_digest import SourceDigests
from beca_core.rules.documents.document import is_data
from beca_core.rules.rule import Rule, RuleInfo
from beca_core.rules.stored_rule import plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

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
    def settings(self) -> Mapping[str, object]:
        """The values of its settings."""

    @property
    def decoders(self) -> Sequence[object]:
        """Its decoders."""

    @property
    def decoding(self) -> str:
        """A digest of its decoders, if their code is in another process."""

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


def decoders_digest(record: RuleRecord) -> str:
    """Return a digest of a plugin's decoders and their code, or an empty string if it has none. It never raises."""
    if record.decoding or not record.decoders:
        return record.decoding
    return _PluginDigests(record).of_things(record.decoders)


def with_decoders(digests: dict[str, str], records: Iterable[RuleRecord]) -> dict[str, str]:
    """Return digests of rules that also depend on the decoders of all plugins: these show every rule more text.

    Args:
        digests: Digests by rule.
        records: All plugins.
    """
    decoders = "".join(filter(None, map(decoders_digest, records)))
    if not decoders:
        return digests
    return {rule_id: sha256(f"{digest}{decoders}".encode()).hexdigest() for rule_id, digest in digests.items()}


class _PluginDigests:
    def __init__(self, record: RuleRecord) -> None:
        self._record = record
        self._sources = SourceDigests(record.loaded_at)
        self._digester = CodeDigester(self._sources)

    def of_rules(self, rule_ids: Collection[str] | None) -> dict[str, str]:
        found: dict[str, str] = {}
        for rule in self._record.rules:
            if rule_ids is None or rule.id in rule_ids:
                found[rule.id] = self._digest(plain(rule), None)
        for scanner in self._record.scanners:
            for info in scanner.rules:
                if rule_ids is None or info.id in rule_ids:
                    found[info.id] = self._digest(info, scanner)
        return found

    def of_things(self, things: Sequence[object]) -> str:
        return self._digest_of((tuple(things),), has_code=True)

    def _digest(self, rule: RuleInfo, scanner: Scanner | None) -> str:
        return self._digest_of((rule, scanner), has_code=scanner is not None or _has_code(rule))

    def _digest_of(self, things: tuple[object, ...], *, has_code: bool) -> str:
        digest = sha256(_FORMAT)
        try:
            digest.update(self._digester.digest((self._record.distribution, self._own_version, *things)))
            if has_code:
                digest.update(self._sources.of_module(self._record.module, ()))
                if self._record.settings:  # code may do something else with other settings
                    digest.update(repr(sorted(self._record.settings.items())).encode())
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
    """Return whether a rule is more than data: its own class, or a check that is a function."""
    return type(rule) not in _PATTERN_TYPES or (isinstance(rule, Rule) and not is_data(rule))
