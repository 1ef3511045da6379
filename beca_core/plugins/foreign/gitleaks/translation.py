"""`translate_gitleaks`: a configuration of gitleaks or betterleaks as rules of BECA."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from beca_core.findings import Confidence, Severity
from beca_core.plugins.foreign.gitleaks.allow_tables import RuleAllows, read_allowlist, read_conditions
from beca_core.plugins.foreign.gitleaks.config_reading import read_config
from beca_core.plugins.foreign.gitleaks.rule_tables import RuleDefaults, RuleTable, as_name
from beca_core.plugins.foreign.remarks import Effect, Remark
from beca_core.reports.escaping import printable
from beca_core.rules.rule import MAX_RULE_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from beca_core.plugins.foreign.foreign_allow import ForeignAllow
    from beca_core.plugins.foreign.gitleaks.config_reading import ConfigTables, SourceTable
    from beca_core.rules.rule import Rule


@dataclass(frozen=True)
class GitleaksConfig:
    """What a configuration of gitleaks or betterleaks says.

    Args:
        rules: Its rules.
        origins: For each rule the id that it has in the file.
        lines: For each rule its line, 1-based.
        allows: Allow-lists of all rules, and what of those of one rule a rule cannot have.
        paths: Expressions of the paths that a rule is for, by its id, where a rule cannot have them.
        remarks: What is not translated.
        file: The file, as it was named.
    """

    rules: tuple[Rule, ...]
    origins: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    allows: tuple[ForeignAllow, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    file: str = ""

    def remarks_of_rules(self) -> tuple[Remark, ...]:
        """Return what is not translated, if nothing but the rules decides: they cannot have the rest of the paths."""
        reason = "its expression is no pattern of paths, so the rule is for all of them"
        return self.remarks + tuple(
            Remark(self.lines[rule_id], f"rule {origin}: path", reason, Effect.FINDS_MORE, self.file, origin)
            for rule_id in self.paths
            for origin in (self.origins[rule_id],)
        )


def translate_gitleaks(
    path: str | os.PathLike[str],
    *,
    prefix: str = "",
    severity: Severity = Severity.HIGH,
    confidence: Confidence = Confidence.MEDIUM,
    checked: bool = True,
) -> GitleaksConfig:
    """Return what a configuration of gitleaks or betterleaks says, in BECA's words.

    Args:
        path: The file; it may extend others.
        prefix: What the ids of the rules begin with.
        severity: The severity of all rules, which the format does not know.
        confidence: The confidence of all rules that do not say it.
        checked: Whether each expression is checked; otherwise whoever registers the rules does it.

    Raises:
        InvalidInput: If it cannot be read, or is not valid TOML.
    """
    found = _Translation(read_config(path), RuleDefaults(prefix, severity, confidence, checked)).run()
    return replace(found, file=printable(os.fspath(path)))


class _Translation:
    def __init__(self, tables: ConfigTables, defaults: RuleDefaults) -> None:
        self._tables = tables
        self._defaults = defaults
        self._remarks = list(tables.remarks)
        self._ids: dict[str, str] = {}
        for rule_id, table in tables.rules.items():
            self._name(rule_id, table)

    def run(self) -> GitleaksConfig:
        rules: list[Rule] = []
        allows: list[ForeignAllow] = []
        paths: dict[str, str] = {}
        for rule_id, table in self._tables.rules.items():
            if rule_id not in self._ids or self._is_of_defaults(rule_id, table):
                continue
            found = RuleTable(table, self._tables.rules, self._ids[rule_id], self._defaults, self._remarks).translated()
            if found is None:
                continue
            rules.append(found.rule)
            allows += [replace(left, rules=(found.rule.id,)) for left in found.left]
            if found.path:
                paths[found.rule.id] = found.path
        allows = [*self._global(), *allows]
        ids = {rule.id for rule in rules}
        origins = {self._ids[rule_id]: rule_id for rule_id in self._ids if self._ids[rule_id] in ids}
        lines = {rule_id: self._tables.rules[origin].line for rule_id, origin in origins.items()}
        return GitleaksConfig(tuple(rules), origins, lines, tuple(allows), paths, tuple(self._remarks))

    def _name(self, rule_id: str, table: SourceTable) -> None:
        name = f"{self._defaults.prefix}{as_name(rule_id)}".strip("-")
        number = 2
        taken = set(self._ids.values())
        while name in taken:
            name = f"{self._defaults.prefix}{as_name(rule_id)}-{number}"
            number += 1
        if as_name(rule_id) and len(name) <= MAX_RULE_ID:
            self._ids[rule_id] = name
            return
        shown = rule_id[:80]
        self._remarks.append(
            Remark(table.line, f"rule {shown!a}", "its id cannot be one of BECA", Effect.NOT_RUN, table.file, shown)
        )

    def _is_of_defaults(self, rule_id: str, table: SourceTable) -> bool:
        """Return whether a rule only changes one of the default rules, and say so."""
        if not self._tables.extends_defaults or "regex" in table.data or "path" in table.data:
            return False
        reason = "it changes a default rule of its scanner, which BECA does not have"
        self._remarks.append(Remark(table.line, f"rule {rule_id}", reason, Effect.NONE, table.file, rule_id))
        return True

    def _global(self) -> list[ForeignAllow]:
        found = []
        for table in self._tables.allowlists:
            allow = read_allowlist(table, self._adding(table, "allowlist"))
            if allow is None:
                continue
            known = tuple(self._ids[rule_id] for rule_id in allow.rules if rule_id in self._ids)
            if unknown := [rule_id for rule_id in allow.rules if rule_id not in self._ids]:
                self._adding(table, "allowlist")("targetRules", f"there is no rule {unknown[0]!a:.80}", Effect.NONE)
            if known or not allow.rules:
                found.append(replace(allow, rules=known))
        for table in self._tables.filters:
            for key in ("prefilter", "filter"):
                text: Any = table.data.get(key, "")
                if isinstance(text, str):
                    found += self._of_filter(text, table, key)
        return found

    def _of_filter(self, text: str, table: SourceTable, key: str) -> Sequence[ForeignAllow]:
        entropy = RuleAllows()
        add = self._adding(table, "")
        found = read_conditions(text, table, key, add, entropy)
        if entropy.min_entropy:
            add(key, "a least entropy of all rules is not translated", Effect.FINDS_MORE)
        return found

    def _adding(self, table: SourceTable, what: str) -> Callable[[str, str, Effect], None]:
        def add(key: str, reason: str, effect: Effect) -> None:
            subject = f"{what}: {key}" if what else key
            self._remarks.append(Remark(table.line_of(key), subject, reason, effect, table.file))

        return add
