"""`PluginRegistry`: finds plugins, loads each by itself, and keeps a broken one from harming the others."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidInput, did_you_mean
from beca_core.matching.rule_cache import RuleCache, cache_directory
from beca_core.plugins.entry_points import distributions_with
from beca_core.plugins.hookspecs import ENTRY_POINT_GROUP
from beca_core.plugins.registration import Plugin, Registration, contained
from beca_core.report import Problem, Reporter
from beca_core.reports import BUILTIN_FORMATS

if TYPE_CHECKING:
    from collections.abc import Collection

    from beca_core.matching.rule_cache import CacheDir
    from beca_core.matching.ruleset import RuleSet
    from beca_core.plugins.entry_points import Distribution, EntryPoint
    from beca_core.rules.rule import Rule, RuleInfo
    from beca_core.rules.scanner import Scanner

_OWN_DISTRIBUTION: Final = "beca"


class PluginRegistry:
    """Everything that plugins registered; built once, then read only.

    A plugin may fail to import, raise in a hook, misspell a hook, take the name of another plugin, or register
    something invalid. It is then listed in `plugins` with the reason in its `problems`. Whatever a plugin raises is
    contained, `SystemExit` included; only `KeyboardInterrupt` passes, because it comes from the user.

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
    def load(cls, *, disabled: Collection[str] = (), cache_dir: CacheDir = None) -> PluginRegistry:
        """Load all installed plugins, the built-in rules first.

        Args:
            disabled: Names of plugins that are left out.
            cache_dir: As for the registry itself.

        Raises:
            InvalidInput: If no installed plugin has one of the names in `disabled`.
        """
        if isinstance(disabled, (str, bytes)) or not isinstance(disabled, Iterable):
            raise InvalidInput(f"disabled must be a collection of names of plugins, not {type(disabled).__name__}.")
        disabled = frozenset(disabled)
        registry = cls(cache_dir=cache_dir)
        found: set[str] = set()
        for distribution in sorted(distributions_with(ENTRY_POINT_GROUP), key=_is_not_own):
            for entry_point in registry._entry_points(distribution):
                found.add(entry_point.name)
                if entry_point.name not in disabled:
                    registry._load_entry_point(entry_point, _label(distribution))
        _refuse_unknown_plugins(disabled, found)
        registry._cache.save()
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

        Args:
            plugin: A module or object with `@hookimpl` functions.
            name: The name under which its problems are reported.
            distribution: The package that it belongs to.

        Returns:
            What the plugin registered, and what was wrong.
        """
        record = Plugin(name, distribution)
        if any(known.name == name for known in self._plugins):
            record.problems.append("not loaded: a plugin of that name is loaded already")
        else:
            Registration(record, self._rule_owners, self._format_owners, self._cache).run(plugin)
        self._plugins.append(record)
        return record

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        """All plugins, in the order in which they were loaded, refused ones included."""
        return tuple(self._plugins)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the plugins."""
        return tuple(Problem(plugin.name, message) for plugin in self._plugins for message in plugin.problems)

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
            found.update(rule_digests(plugin, rule_ids))
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

    def compile(self, rule_ids: Collection[str] | None = None, *, use_cache: bool = True) -> RuleSet:
        """Return rules and scanners, ready to be matched.

        Args:
            rule_ids: Ids of the rules; None: all.
            use_cache: Whether compiled rules are read from the cache and saved in it. It has room for few sets.
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
        )

    def _entry_points(self, distribution: Distribution) -> list[EntryPoint]:
        record = Plugin(distribution.name, _label(distribution))
        with contained("its entry points cannot be read", record.problems):
            return distribution.entry_points()
        self._plugins.append(record)
        return []

    def _load_entry_point(self, entry_point: EntryPoint, distribution: str) -> None:
        record = Plugin(entry_point.name, distribution)
        twin = next((known for known in self._plugins if known.name == record.name), None)
        if twin is not None:
            twin.problems.append(f"another plugin of this name was not loaded: that of {distribution}")
            record.problems.append(f"not loaded: {twin.distribution} has a plugin of this name")
            self._plugins.append(record)
            return
        with contained("cannot be imported", record.problems):
            self.register(entry_point.load(), record.name, distribution)
            return
        self._plugins.append(record)


def _refuse_unknown_plugins(names: Collection[str], known: Collection[str]) -> None:
    for name in sorted(set(names).difference(known)):
        hint = did_you_mean(name, known, otherwise="`beca plugins list` shows all plugins.")
        raise InvalidInput(f"There is no plugin {name!r:.80} to disable.", hint=hint)


def _is_not_own(distribution: Distribution) -> bool:
    return distribution.name != _OWN_DISTRIBUTION


def _label(distribution: Distribution) -> str:
    return f"{distribution.name} {distribution.version}".strip()
