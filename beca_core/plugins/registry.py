"""`PluginRegistry`: finds plugins, loads each by itself, and keeps a broken one from harming the others."""

from __future__ import annotations

import os
from collections.abc import Iterable
from copy import copy
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from beca_core.errors import InvalidInput
from beca_core.matching.rule_cache import RuleCache, cache_directory
from beca_core.plugins.contributions.settings_tables import check_tables, table_of, unused_tables
from beca_core.plugins.entry_points import distributions_with
from beca_core.plugins.found_plugins import FoundPlugin, entry_points_of, refuse_unknown_plugins
from beca_core.plugins.hookspecs import ENTRY_POINT_GROUP
from beca_core.plugins.plugin_problems import contained
from beca_core.plugins.registration import MAX_PLUGIN_NAME, Plugin, Registration
from beca_core.plugins.rule_shelf import RuleShelf
from beca_core.report import Problem, Reporter
from beca_core.reports import BUILTIN_FORMATS
from beca_core.rules.rule_selection import choice, selected
from beca_core.sources.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from beca_core.matching.decoding.plugin_decoders import Decoder
    from beca_core.matching.rule_cache import CacheDir
    from beca_core.matching.ruleset import RuleSet
    from beca_core.plugins.contributions.extra_things import Owners
    from beca_core.plugins.isolation.plugin_process import PluginProcess
    from beca_core.rules.rule import Rule, RuleInfo
    from beca_core.rules.rule_selection import RuleChange
    from beca_core.rules.scanner import Scanner

LOAD_SECONDS: Final = 10.0
"""Time for importing a plugin and calling its hooks."""
_LEAST_LOAD_SECONDS: Final = 1.0


def load_seconds(limits: Limits) -> float:
    """Return the time for loading each plugin if a scan with these limits is to follow: at most a third of its time."""
    return min(LOAD_SECONDS, max(_LEAST_LOAD_SECONDS, limits.scan_seconds / 3))


class PluginRegistry:
    """Everything that plugins registered; built once, then read only.

    A plugin may fail to import, raise in a hook, misspell a hook, take the name of another plugin, or register
    something invalid. It is then listed in `plugins` with the reason in its `problems`.

    The code of an installed plugin runs in a process of its own, from its import on: it can neither block nor end this
    one, nor change anything in it. Plugins of BECA's own distribution, and objects that are passed to `register`, run
    in this process. Whatever these raise is contained, `SystemExit` included; only `KeyboardInterrupt` passes, because
    it comes from the user.

    Args:
        cache_dir: Where compiled rules are cached for other processes; None: the user's cache directory; False:
            nowhere.

    Attributes:
        unused_settings: The names for which there are settings, and no plugin.
    """

    def __init__(self, *, cache_dir: CacheDir = None) -> None:
        self.unused_settings: tuple[Problem, ...] = ()
        self._cache = RuleCache(cache_directory(cache_dir))
        self._plugins: list[Plugin] = []
        self._rule_owners: dict[str, str] = {}
        self._owners: Owners = {("format", name): "BECA itself" for name in BUILTIN_FORMATS}
        self._settings: Mapping[str, Mapping[str, object]] = {}
        self._changes: list[RuleChange] = []
        self._is_lazy = False

    def __repr__(self) -> str:
        names = ", ".join(plugin.name for plugin in self._plugins) or "no plugins"
        return f"<PluginRegistry: {names}; rules: {len(self.rules):,}>"

    @classmethod
    def load(
        cls,
        *,
        disabled: Collection[str] = (),
        cache_dir: CacheDir = None,
        seconds: float = LOAD_SECONDS,
        settings: Mapping[str, Mapping[str, object]] | None = None,
        lazily: bool = False,
    ) -> PluginRegistry:
        """Load all installed plugins, the built-in rules first.

        Each plugin that is not BECA's own is imported in a process of its own. Where threads run, that process is a
        new interpreter, which takes some tenths of a second; all of them start at the same time.

        Args:
            disabled: Names of plugins that are left out.
            cache_dir: As for the registry itself.
            seconds: Time for importing a plugin and calling its hooks.
            settings: What is set for plugins: by the name of the plugin, then by the name of the setting.
            lazily: Whether BECA's own rules may come from the cache: each is imported when something may be its secret.

        Raises:
            InvalidInput: If no installed plugin has one of the names in `disabled`, or `settings` is no
                mapping of mappings.
        """
        if isinstance(disabled, (str, bytes)) or not isinstance(disabled, Iterable):
            raise InvalidInput(f"disabled must be a collection of names of plugins, not {type(disabled).__name__}.")
        disabled = frozenset(disabled)
        registry = cls(cache_dir=cache_dir)
        unreadable: list[Plugin] = []
        found = [
            FoundPlugin(distribution, number, entry_point.name, entry_point.load)
            for distribution in distributions_with(ENTRY_POINT_GROUP)
            for number, entry_point in enumerate(entry_points_of(distribution, unreadable))
        ]
        refuse_unknown_plugins(disabled, {plugin.name for plugin in found})
        settings = {} if settings is None else settings
        check_tables(settings)
        registry._settings, registry._is_lazy = settings, lazily
        registry.unused_settings = tuple(unused_tables(settings, {plugin.name for plugin in found}))
        chosen = [plugin for plugin in found if plugin.name not in disabled]
        registry._load(sorted(chosen, key=lambda plugin: not plugin.is_own), seconds)
        registry._plugins += unreadable
        registry._cache.save()
        return registry

    @classmethod
    def of(cls, plugin: Plugin) -> PluginRegistry:
        """Return the registry of one plugin, which is loaded already; nothing is cached."""
        registry = cls(cache_dir=False)
        registry._plugins.append(plugin)
        registry._rule_owners.update(dict.fromkeys(plugin.rule_ids, plugin.name))
        return registry

    def with_rules(self, rules: Iterable[Rule | Scanner], name: str = "own-rules") -> PluginRegistry:
        """Return a registry that has these rules and scanners too, without any plugin that provides them.

        Args:
            rules: The rules and scanners.
            name: The name under which their problems are reported; no plugin may have it.

        Raises:
            InvalidRule: If one of them breaks the contract, or has the id of another rule.
        """
        registry = self._copy()
        registration = Registration(Plugin(name), registry._rule_owners, {}, self._cache)
        for rule in rules:
            registration.add_rule_or_scanner(rule)
        registry._plugins.append(registration.record)
        registry._cache.save()
        return registry

    def with_rule_files(self, paths: Iterable[str | os.PathLike[str]]) -> PluginRegistry:
        """Return a registry that has the rules in these files too.

        A file is listed in `plugins` under its name. A rule that is not valid is one of its problems, with line and
        column; the others are there. A rule of the same id as another is refused, unless it has `override = true`:
        then it replaces that one. A rule that a file disables takes part only where it is named by its id.

        Args:
            paths: TOML or YAML files; the order counts for overriding and disabling.

        Raises:
            InvalidInput: If a file cannot be read, or is not valid TOML or YAML.
            MissingExtra: If one is YAML, and the extra `yaml` is not installed.
        """
        from beca_core.plugins.rule_files.filing import file_rules

        if isinstance(paths, (str, bytes, os.PathLike)):
            raise InvalidInput("with_rule_files takes a collection of paths.", hint="Use with_rule_files([...]).")
        registry = self._copy()
        for path in paths:
            registry._changes += file_rules(path, registry._plugins, registry._rule_owners, self._cache)
        registry._cache.save()
        return registry

    def register(
        self,
        plugin: object,
        name: str,
        distribution: str = "",
        *,
        settings: Mapping[str, object] | None = None,
    ) -> Plugin:
        """Add a plugin that is already imported.

        Its code runs in this process, because it is here already. So it cannot be contained: what it raises is, but it
        can block this process, end it, or change what it likes.

        Args:
            plugin: A module or object with `@hookimpl` functions.
            name: The name under which its problems are reported.
            distribution: The package that it belongs to.
            settings: What is set for it, by the name of the setting.

        Returns:
            What the plugin registered, and what was wrong.
        """
        record = Plugin(name[:MAX_PLUGIN_NAME], distribution)
        if len(name) > MAX_PLUGIN_NAME:
            record.problems.append(f"not loaded: its name has more than {MAX_PLUGIN_NAME} characters")
        elif any(known.name == name for known in self._plugins):
            record.problems.append("not loaded: a plugin of that name is loaded already")
        else:
            record.given = settings or {}
            Registration(record, self._rule_owners, self._owners, self._cache).run(plugin)
        self._plugins.append(record)
        return record

    def close(self) -> None:
        """End the processes of plugins. A later call of their code starts them again; without `close`, they end with
        the last use of the registry."""
        for plugin in self._plugins:
            if plugin.process is not None:
                plugin.process.close()

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        """All plugins, in the order in which they were loaded, refused ones included."""
        return tuple(self._plugins)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the plugins."""
        return tuple(Problem(plugin.name, message) for plugin in self._plugins for message in plugin.problems)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What makes plugins slower than they have to be; no scan is incomplete because of it."""
        return tuple(Problem(plugin.name, message) for plugin in self._plugins for message in plugin.warnings)

    @property
    def rules(self) -> dict[str, RuleInfo]:
        """All rules by id, those of scanners included, sorted."""
        found: dict[str, RuleInfo] = {}
        for plugin in self._plugins:
            found.update({rule.id: rule for rule in plugin.rules})
            found.update({rule.id: rule for scanner in plugin.scanners for rule in scanner.rules})
        return dict(sorted(found.items()))

    @property
    def rule_changes(self) -> tuple[RuleChange, ...]:
        """Which rules the rule files have overridden or disabled."""
        return tuple(self._changes)

    @property
    def reporters(self) -> dict[str, Reporter]:
        """The plugins' reporters by format name."""
        return {reporter.name: reporter for plugin in self._plugins for reporter in plugin.reporters}

    def owner(self, rule_id: str) -> str:
        """Return the name of the plugin that registered a rule."""
        return self._rule_owners[rule_id]

    def digest(self, rule_id: str) -> str:
        """Return the digest of everything that decides what a rule matches; see `digests`."""
        return self.digests([rule_id])[rule_id]

    def digests(self, rule_ids: Collection[str]) -> dict[str, str]:
        """Return a digest of 64 hexadecimal digits for each rule, by id.

        Two scans with the same digest find the same in the same bytes. It covers the fields of the rule that decide a
        match, the distribution and its version, and the code of checks and scanners. A rule that cannot be digested
        has another digest at each call.

        Args:
            rule_ids: Ids of rules of this registry.
        """
        from beca_core.rules.digests.digest import rule_digests, with_decoders  # only states need it

        found: dict[str, str] = {}
        for plugin in self._plugins:
            if plugin.process is None:
                found.update(rule_digests(plugin, rule_ids))
            else:  # they came from there with the rules; one that did not equals no other
                of_plugin = set(plugin.rule_ids).intersection(rule_ids)
                found.update((i, plugin.digests.get(i) or os.urandom(32).hex()) for i in of_plugin)
        return with_decoders(found, self._plugins)

    def select(self, selectors: Iterable[str]) -> frozenset[str]:
        """Return the ids of the rules that are selected, those included that are not enabled.

        Args:
            selectors: Ids, patterns of ids such as `aws-*`, or `tag:payment`; see `beca_core.rules.rule_selection`.

        Raises:
            InvalidInput: If one of them selects nothing; the hint lists similar ids.
        """
        return frozenset(selected(selectors, self.rules, self._rule_owners))

    def choose(self, selectors: Collection[str] | None, excluded: Collection[str] = ()) -> dict[str, RuleInfo]:
        """Return the rules of a choice, by id, sorted.

        A rule that is not enabled, or that a rule file disables, is part of it only where it is named.

        Args:
            selectors: Which rules take part, as for `select`; None: all that are enabled.
            excluded: Which rules do not take part, as for `select`.

        Raises:
            InvalidInput: If a rule does not exist, or the choice leaves none of several.
        """
        return choice(self.rules, self._rule_owners, self._changes, selectors, excluded)

    def compile(
        self,
        rule_ids: Collection[str] | None = None,
        *,
        use_cache: bool = True,
        plugin_seconds: float = Limits().plugin_seconds,
    ) -> RuleSet:
        """Return rules and scanners, ready to be matched.

        Args:
            rule_ids: Ids of the rules; None: all.
            use_cache: Whether compiled rules are read from the cache and saved in it. It has room for few sets.
            plugin_seconds: See `Limits`.
        """
        from beca_core.matching.ruleset import RuleSet  # loads Hyperscan, which a rescan without anything new can spare

        rules = {i: rule for i, rule in self.rules.items() if rule_ids is None or i in rule_ids}
        decoders = [(plugin.name, each) for plugin in self._plugins for each in plugin.decoders]
        kind: Callable[..., RuleSet] = partial(_decoding_rule_set, decoders) if decoders else RuleSet
        return kind(
            rules,
            [rule for plugin in self._plugins for rule in plugin.rules if rule.id in rules],
            [
                (plugin.name, scanner)
                for plugin in self._plugins
                for scanner in plugin.scanners
                if any(rule.id in rules for rule in scanner.rules)
            ],
            {rule_id: self.owner(rule_id) for rule_id in rules},
            self._cache if use_cache else None,
            plugin_seconds,
        )

    def _copy(self) -> PluginRegistry:
        """Return a registry with the same plugins, to which others can be added."""
        registry = copy(self)
        registry._plugins = list(self._plugins)
        registry._rule_owners = dict(self._rule_owners)
        registry._changes = list(self._changes)
        return registry

    def _load(self, found: Sequence[FoundPlugin], seconds: float) -> None:
        """Load plugins in their order; the processes of all of them start first."""
        processes: dict[str, PluginProcess] = {}
        own = {plugin.name for plugin in found if plugin.is_own}
        if others := [each for each in found if not each.is_own and each.name not in own and not each.misfit]:
            from beca_core.plugins.isolation.running_process import PluginSource
            from beca_core.plugins.isolation.starting import start_processes  # most people have BECA's plugins only

            sources = [
                PluginSource(
                    plugin.name,
                    plugin.label,
                    plugin.distribution.name,
                    plugin.number,
                    plugin.load,
                    self._cache,
                    dict(table_of(plugin.name, self._settings)),
                )
                for plugin in others
            ]
            processes = start_processes(sources, seconds)
        for plugin in found:
            self._load_plugin(plugin, processes)

    def _load_plugin(self, found: FoundPlugin, processes: Mapping[str, PluginProcess]) -> None:
        label = found.label
        record = Plugin(found.name, label)
        twin = next((known for known in self._plugins if known.name == found.name), None)
        if twin is not None:
            twin.problems.append(f"another plugin of this name was not loaded: that of {label}")
            record.problems.append(f"not loaded: {twin.distribution} has a plugin of this name")
        elif found.is_own:
            with contained("cannot be imported", record.problems):
                record.given = table_of(found.name, self._settings)
                plugin = found.load()
                shelf = RuleShelf(plugin, self._cache) if self._is_lazy and isinstance(plugin, ModuleType) else None
                registration = Registration(record, self._rule_owners, self._owners, self._cache, are_proven=True)
                registration.run(plugin, shelf)
        elif found.misfit:
            record.problems.append(found.misfit)
        else:
            from beca_core.plugins.isolation.starting import file_description

            record.given = table_of(found.name, self._settings)
            registration = Registration(record, self._rule_owners, self._owners, self._cache)
            file_description(processes[found.name], registration)
        self._plugins.append(record)


def _decoding_rule_set(decoders: Sequence[tuple[str, Decoder]], *arguments: Any) -> RuleSet:
    from beca_core.matching.decoding.decoding_rule_set import DecodingRuleSet  # most plugins have no decoders

    return DecodingRuleSet(*arguments, decoders=decoders)
