"""`PluginRegistry`: finds plugins, loads each by itself, and keeps a broken one from harming the others."""

from __future__ import annotations

import os
from collections.abc import Iterable
from copy import copy
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.errors import InvalidInput, did_you_mean
from beca_core.matching.rule_cache import RuleCache, cache_directory
from beca_core.plugins.entry_points import distributions_with
from beca_core.plugins.hookspecs import ENTRY_POINT_GROUP
from beca_core.plugins.registration import MAX_PLUGIN_NAME, Plugin, Registration, contained
from beca_core.report import Problem, Reporter
from beca_core.reports import BUILTIN_FORMATS
from beca_core.sources.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from beca_core.matching.rule_cache import CacheDir
    from beca_core.matching.ruleset import RuleSet
    from beca_core.plugins.entry_points import Distribution, EntryPoint
    from beca_core.plugins.isolation.plugin_process import PluginProcess
    from beca_core.rules.rule import Rule, RuleInfo
    from beca_core.rules.scanner import Scanner

_OWN_DISTRIBUTION: Final = "beca"
LOAD_SECONDS: Final = 10.0
"""Time for importing a plugin and calling its hooks."""
_LEAST_LOAD_SECONDS: Final = 1.0


def load_seconds(limits: Limits) -> float:
    """Return the time for loading each plugin if a scan with these limits is to follow: at most a third of its time."""
    return min(LOAD_SECONDS, max(_LEAST_LOAD_SECONDS, limits.scan_seconds / 3))


class _Found(NamedTuple):
    """An installed plugin that is to be loaded.

    Args:
        distribution: Its distribution.
        number: Its index in the list of the distribution's entry points.
        name: Its name.
        load: Imports it.
    """

    distribution: Distribution
    number: int
    name: str
    load: Callable[[], object]

    @property
    def is_own(self) -> bool:
        """Whether it belongs to BECA."""
        return self.distribution.name == _OWN_DISTRIBUTION


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
    """

    def __init__(self, *, cache_dir: CacheDir = None) -> None:
        self._cache = RuleCache(cache_directory(cache_dir))
        self._plugins: list[Plugin] = []
        self._rule_owners: dict[str, str] = {}
        self._format_owners = dict.fromkeys(BUILTIN_FORMATS, "BECA itself")

    def __repr__(self) -> str:
        names = ", ".join(plugin.name for plugin in self._plugins) or "no plugins"
        return f"<PluginRegistry: {names}; rules: {len(self.rules):,}>"

    @classmethod
    def load(
        cls, *, disabled: Collection[str] = (), cache_dir: CacheDir = None, seconds: float = LOAD_SECONDS
    ) -> PluginRegistry:
        """Load all installed plugins, the built-in rules first.

        Each plugin that is not BECA's own is imported in a process of its own. Where threads run, that process is a
        new interpreter, which takes some tenths of a second; all of them start at the same time.

        Args:
            disabled: Names of plugins that are left out.
            cache_dir: As for the registry itself.
            seconds: Time for importing a plugin and calling its hooks.

        Raises:
            InvalidInput: If no installed plugin has one of the names in `disabled`.
        """
        if isinstance(disabled, (str, bytes)) or not isinstance(disabled, Iterable):
            raise InvalidInput(f"disabled must be a collection of names of plugins, not {type(disabled).__name__}.")
        disabled = frozenset(disabled)
        registry = cls(cache_dir=cache_dir)
        unreadable: list[Plugin] = []
        found = [
            _Found(distribution, number, entry_point.name, entry_point.load)
            for distribution in distributions_with(ENTRY_POINT_GROUP)
            for number, entry_point in enumerate(_entry_points(distribution, unreadable))
        ]
        _refuse_unknown_plugins(disabled, {plugin.name for plugin in found})
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
        registry = copy(self)
        registry._plugins = list(self._plugins)
        registry._rule_owners = dict(self._rule_owners)
        registration = Registration(Plugin(name), registry._rule_owners, {}, self._cache)
        for rule in rules:
            registration.add_rule_or_scanner(rule)
        registry._plugins.append(registration.record)
        registry._cache.save()
        return registry

    def register(self, plugin: object, name: str, distribution: str = "") -> Plugin:
        """Add a plugin that is already imported.

        Its code runs in this process, because it is here already. So it cannot be contained: what it raises is, but it
        can block this process, end it, or change what it likes.

        Args:
            plugin: A module or object with `@hookimpl` functions.
            name: The name under which its problems are reported.
            distribution: The package that it belongs to.

        Returns:
            What the plugin registered, and what was wrong.
        """
        record = Plugin(name[:MAX_PLUGIN_NAME], distribution)
        if len(name) > MAX_PLUGIN_NAME:
            record.problems.append(f"not loaded: its name has more than {MAX_PLUGIN_NAME} characters")
        elif any(known.name == name for known in self._plugins):
            record.problems.append("not loaded: a plugin of that name is loaded already")
        else:
            Registration(record, self._rule_owners, self._format_owners, self._cache).run(plugin)
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
        from beca_core.rules.digest import rule_digests  # only states need it

        found: dict[str, str] = {}
        for plugin in self._plugins:
            if plugin.process is None:
                found.update(rule_digests(plugin, rule_ids))
            else:  # they came from there with the rules; one that did not equals no other
                of_plugin = set(plugin.rule_ids).intersection(rule_ids)
                found.update((i, plugin.digests.get(i) or os.urandom(32).hex()) for i in of_plugin)
        return found

    def select(self, rule_ids: Collection[str]) -> frozenset[str]:
        """Check a choice of rules.

        Raises:
            InvalidInput: If one of them does not exist; the hint lists similar ids.
        """
        known = self.rules
        chosen = frozenset(rule_ids)
        for rule_id in sorted(chosen - known.keys()):
            hint = did_you_mean(rule_id, known, most=3, otherwise="`beca rules list` shows all rules.")
            raise InvalidInput(f"There is no rule {rule_id!r:.80}.", hint=hint)
        return chosen

    def choose(self, rule_ids: Collection[str] | None, excluded: Collection[str] = ()) -> dict[str, RuleInfo]:
        """Return the rules of a choice, by id, sorted.

        Args:
            rule_ids: Ids of the rules that take part; None: all.
            excluded: Ids of rules that do not take part.

        Raises:
            InvalidInput: If a rule does not exist, or the choice leaves none of several.
        """
        chosen = self.rules.keys() if rule_ids is None else self.select(rule_ids)
        left = chosen - self.select(excluded)
        if chosen and not left:
            raise InvalidInput("exclude_rules leaves out every rule, so nothing would be looked for.")
        return {rule_id: rule for rule_id, rule in self.rules.items() if rule_id in left}

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
        return RuleSet(
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

    def _load(self, found: Sequence[_Found], seconds: float) -> None:
        """Load plugins in their order; the processes of all of them start first."""
        processes: dict[str, PluginProcess] = {}
        own = {plugin.name for plugin in found if plugin.is_own}
        if others := [plugin for plugin in found if not plugin.is_own and plugin.name not in own]:
            from beca_core.plugins.isolation.running_process import PluginSource
            from beca_core.plugins.isolation.starting import start_processes  # most people have BECA's plugins only

            sources = [
                PluginSource(
                    plugin.name,
                    _label(plugin.distribution),
                    plugin.distribution.name,
                    plugin.number,
                    plugin.load,
                    self._cache,
                )
                for plugin in others
            ]
            processes = start_processes(sources, seconds)
        for plugin in found:
            self._load_plugin(plugin, processes)

    def _load_plugin(self, found: _Found, processes: Mapping[str, PluginProcess]) -> None:
        label = _label(found.distribution)
        record = Plugin(found.name, label)
        twin = next((known for known in self._plugins if known.name == found.name), None)
        if twin is not None:
            twin.problems.append(f"another plugin of this name was not loaded: that of {label}")
            record.problems.append(f"not loaded: {twin.distribution} has a plugin of this name")
        elif found.is_own:
            with contained("cannot be imported", record.problems):
                self.register(found.load(), found.name, label)
                return
        else:
            from beca_core.plugins.isolation.starting import file_description

            registration = Registration(record, self._rule_owners, self._format_owners, self._cache)
            file_description(processes[found.name], registration)
        self._plugins.append(record)


def _entry_points(distribution: Distribution, unreadable: list[Plugin]) -> list[EntryPoint]:
    """Return the entry points of a distribution; if they cannot be read, add it to a list of plugins with problems."""
    record = Plugin(distribution.name, _label(distribution))
    with contained("its entry points cannot be read", record.problems):
        return distribution.entry_points()
    unreadable.append(record)
    return []


def _refuse_unknown_plugins(names: Collection[str], known: Collection[str]) -> None:
    for name in sorted(set(names).difference(known)):
        hint = did_you_mean(name, known, otherwise="`beca plugins list` shows all plugins.")
        raise InvalidInput(f"There is no plugin {name!r:.80} to disable.", hint=hint)


def _label(distribution: Distribution) -> str:
    return f"{distribution.name} {distribution.version}".strip()
