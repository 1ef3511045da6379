"""Registers the rules of a file, by the same way as those of a plugin, and lets them take the place of others."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

from beca_core.errors import BecaError, InvalidInput, InvalidRule
from beca_core.plugins.registration import MAX_PLUGIN_NAME, Plugin, Registration
from beca_core.plugins.rule_files.rule_file import OVERRIDE, read_rule_file
from beca_core.reports.escaping import printable
from beca_core.rules.rule_selection import ChangeKind, RuleChange, selected

if TYPE_CHECKING:
    import os

    from beca_core.matching.rule_cache import RuleCache
    from beca_core.plugins.rule_files.rule_file import FileRule, RuleFile
    from beca_core.rules.rule import RuleInfo


def file_rules(
    path: str | os.PathLike[str], plugins: list[Plugin], owners: dict[str, str], cache: RuleCache
) -> list[RuleChange]:
    """Read a rule file, and add what it registers to the plugins.

    Args:
        path: The file.
        plugins: All plugins so far; gets a record that is named after the file, and a copy in place of a plugin that
            loses a rule.
        owners: The name of each rule's plugin, by id; is kept up to date.
        cache: Where checked patterns are cached.

    Returns:
        What the file has done with the rules of others.

    Raises:
        InvalidInput: If the file cannot be read.
        MissingExtra: If an extra for its format is not installed.
    """
    return _Filing(read_rule_file(path), plugins, owners, cache).run()


class _Filing:
    def __init__(self, file: RuleFile, plugins: list[Plugin], owners: dict[str, str], cache: RuleCache) -> None:
        self._file = file
        self._plugins = plugins
        self._owners = owners
        self._record = Plugin(_name(file.path, {plugin.name for plugin in plugins}))
        self._registration = Registration(self._record, owners, {}, cache)
        self._changes: list[RuleChange] = []

    def run(self) -> list[RuleChange]:
        self._record.problems += self._file.problems
        for found in self._file.rules:
            try:
                self._add(found)
            except BecaError as error:
                is_pattern = ": its pattern " in error.message
                self._problem(str(error), (*found.path, "pattern" if is_pattern else "id"))
        self._plugins.append(self._record)
        for selector, path in self._file.disabled:
            try:
                self._disable(selector)
            except InvalidInput as error:
                self._problem(str(error), path)
        return self._changes

    def _add(self, found: FileRule) -> None:
        rule_id = found.rule.id
        owner = self._owners.get(rule_id)
        if owner is None:
            self._registration.add_rule_or_scanner(found.rule)
            if found.overrides:
                self._problem(f"Rule {rule_id!r} overrides no other: there is no rule of that id.", found.path)
        elif not found.overrides or owner == self._record.name:
            raise InvalidRule(
                f"Rule {rule_id!r} is not loaded: plugin {owner!r} has a rule of that id.",
                hint="" if owner == self._record.name else f"{OVERRIDE} = true in its table replaces that one.",
            )
        else:
            self._replace(found, owner)

    def _replace(self, found: FileRule, owner: str) -> None:
        rule_id = found.rule.id
        (number,) = (number for number, plugin in enumerate(self._plugins) if plugin.name == owner)
        plugin = self._plugins[number]
        if not any(rule.id == rule_id for rule in plugin.rules):
            raise InvalidRule(
                f"Rule {rule_id!r} is not loaded: that of plugin {owner!r} is code, which cannot be overridden.",
                hint="Give it another id, and name that one in the list `disable` of the file.",
            )
        del self._owners[rule_id]
        try:
            self._registration.add_rule_or_scanner(found.rule)
        except BecaError:
            self._owners[rule_id] = owner
            raise
        self._plugins[number] = without = copy(plugin)
        without.rules = [rule for rule in plugin.rules if rule.id != rule_id]
        without.uncovered = [uncovered for uncovered in plugin.uncovered if uncovered != rule_id]
        self._changes.append(RuleChange(rule_id, ChangeKind.OVERRIDDEN, owner, self._record.name))

    def _disable(self, selector: str) -> None:
        rules: dict[str, RuleInfo] = {}
        for plugin in self._plugins:
            rules.update({rule.id: rule for scanner in plugin.scanners for rule in scanner.rules})
            rules.update({rule.id: rule for rule in plugin.rules})
        for rule_id in sorted(selected([selector], rules, self._owners)):
            owner = self._owners.get(rule_id, "")
            self._changes.append(RuleChange(rule_id, ChangeKind.DISABLED, owner, self._record.name))

    def _problem(self, message: str, path: tuple[str | int, ...]) -> None:
        self._record.problems.append(f"{self._file.place(path)}: {message}")


def _name(path: str, taken: set[str]) -> str:
    """Return the name of a file if no plugin has it, else more of its path."""
    name = printable(Path(path).name)[-MAX_PLUGIN_NAME:]
    for candidate in (name, path[-MAX_PLUGIN_NAME:], printable(str(Path(path).absolute()))[-MAX_PLUGIN_NAME:]):
        if candidate not in taken:
            return candidate
    raise InvalidInput(f"The rule file {name!r:.80} is given twice.")
