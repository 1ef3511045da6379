"""What a plugin registers: its hooks are called once, and everything that they return is checked."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, Final

import pluggy

from beca_core.errors import InvalidInput, InvalidRule, did_you_mean
from beca_core.matching.patterns.locating import is_covered
from beca_core.matching.steps.expressions import check_expressions
from beca_core.plugins import hookspecs
from beca_core.plugins.compatibility import api_problem
from beca_core.plugins.contributions.extra_things import EXTRA_HOOKS, claim
from beca_core.plugins.hookspecs import LISTENING, PROJECT, SERVER_EVENT
from beca_core.plugins.plugin_problems import ProblemList, contained, description_of
from beca_core.report import Reporter
from beca_core.rules.rule import Rule
from beca_core.rules.scanner import Scanner
from beca_core.rules.value_problems import type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from beca_core.matching.decoding.plugin_decoders import Decoder
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.plugins.contributions.extra_things import Owners
    from beca_core.plugins.contributions.notices import ScanFinished, ScanStarted, ServerEvent
    from beca_core.plugins.contributions.plugin_commands import PluginCommand
    from beca_core.plugins.contributions.plugin_settings import Setting, SettingValue
    from beca_core.plugins.contributions.plugin_sources import TextOrigin
    from beca_core.plugins.contributions.processors import Processor
    from beca_core.plugins.isolation.plugin_process import PluginProcess
    from beca_core.plugins.rule_shelf import RuleShelf
    from beca_core.report import Filter
    from beca_core.rules.rule import RuleInfo

MAX_PLUGIN_NAME: Final = 255
MAX_FORMAT_NAME: Final = 64
_SETTINGS: Final = "beca_register_settings"
_RULES: Final = "beca_register_rules"
_HOOK_PREFIXES: Final = ("beca_register_", "beca_scan_")


class Plugin:
    """A plugin and what it registered.

    Args:
        name: Name of its entry point.
        distribution: Name and version of its package, or an empty string.

    Attributes:
        rules: Its declarative rules.
        scanners: Its scanners.
        filters: Its filters.
        reporters: Its reporters.
        processors: Its processors.
        decoders: Its decoders.
        sources: Its sources.
        commands: Its commands; those of an installed plugin cannot be run from here, see `find_plugin_command`.
        listeners: What is called when a scan starts or has ended, or a server has changed something, by the name of
            the hook.
        declared_settings: The settings that it has.
        given: What a user has set for it, by name.
        settings: The values of its settings.
        problems: What is wrong with it; everything else works.
        uncovered: Ids of its rules that are tried on every content, because the prefilter has nothing to look for.
        digests: The digest of each of its rules, by id, as far as they were computed where its code runs.
        decoding: A digest of its decoders, if it has some and their code is in another process.
        process: The process in which its code runs; None: this one.
        module: Name of the module in which it is; empty: not known, or there is none.
        loaded_at: When it was loaded, in seconds since 1970.
    """

    def __init__(self, name: str, distribution: str = "") -> None:
        self.name: Final = name
        self.distribution: Final = distribution
        self.rules: list[Rule] = []
        self.scanners: list[Scanner] = []
        self.filters: list[Filter] = []
        self.reporters: list[Reporter] = []
        self.processors: list[Processor] = []
        self.decoders: list[Decoder] = []
        self.sources: list[TextOrigin] = []
        self.commands: list[PluginCommand] = []
        self.listeners: dict[str, Callable[[ScanStarted | ScanFinished | ServerEvent], None]] = {}
        self.declared_settings: tuple[Setting, ...] = ()
        self.given: Mapping[str, object] = MappingProxyType({})
        self.settings: Mapping[str, SettingValue] = MappingProxyType({})
        self.problems: list[str] = ProblemList()
        self.uncovered: list[str] = []
        self.digests: dict[str, str] = {}
        self.decoding = ""
        self.process: PluginProcess | None = None
        self.module = ""
        self.loaded_at: Final = time.time()

    def __repr__(self) -> str:
        return f"<Plugin {self.name!r}: rules: {len(self.rule_ids):,}, problems: {len(self.problems):,}>"

    @property
    def rule_ids(self) -> list[str]:
        """The ids of its rules, those of its scanners included, sorted."""
        of_scanners = (rule.id for scanner in self.scanners for rule in scanner.rules)
        return sorted({*(rule.id for rule in self.rules), *of_scanners})

    @property
    def warnings(self) -> list[str]:
        """What it costs more than it has to; every scan is complete all the same."""
        return [
            f"rule {rule_id} is tried on every content: no three bytes to look for in pattern or keywords"
            for rule_id in self.uncovered
        ]


class Registration:
    """Calls the hooks of one plugin and files what they return in its record.

    Args:
        record: The record.
        rule_owners: The name of the plugin that has a rule, by id.
        owners: Who has the other names that only one plugin can have.
        cache: Where checked patterns are cached.
        are_proven: Whether the rules are BECA's own: its tests prove that they keep the contract, and to check their
            fields again would take an eighth of the time of a small scan.
    """

    def __init__(
        self,
        record: Plugin,
        rule_owners: dict[str, str],
        owners: Owners,
        cache: RuleCache,
        *,
        are_proven: bool = False,
    ) -> None:
        self.record: Final = record
        self._are_proven = are_proven
        self._cache = cache
        self._rule_owners = rule_owners
        self._owners = owners
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hookspecs)

    def run(self, plugin: object, shelf: RuleShelf | None = None) -> None:
        """Call the hooks of a plugin.

        Args:
            plugin: The plugin.
            shelf: Where its rules may be stored; None: they are not.
        """
        if isinstance(plugin, type):
            self._problem(f"{plugin.__name__} is a class; name a module or an object")
            return
        with contained("cannot be registered", self.record.problems):
            self.record.module = plugin.__name__ if isinstance(plugin, ModuleType) else type(plugin).__module__
            if problem := api_problem(plugin):
                self._problem(problem)
                return
            self._manager.register(plugin, self.record.name)
            self._report_unknown_hooks(plugin)
            self._report_unmarked_hooks(plugin)
            if self._take_settings():
                for hook, add in self._adders().items():
                    if shelf is None or hook != _RULES:
                        self._collect(hook, add)
                    else:
                        self._take_stored(shelf)
                for hook in LISTENING:
                    self._take_listener(hook)

    def commands_of(self, plugin: object) -> list[PluginCommand]:
        """Call only the hook for commands, in the process in which one of them is to run."""
        with contained("cannot be registered", self.record.problems):
            self._manager.register(plugin, self.record.name)
            if self._take_settings():
                hook = "beca_register_commands"
                self._collect(hook, self._adders()[hook])
        return self.record.commands

    def add_rule_or_scanner(self, thing: Any) -> None:
        """Take a rule or a scanner that no hook has returned.

        Raises:
            InvalidRule: If it breaks the contract.
        """
        if isinstance(thing, Rule):
            self._add_rule(thing)
        elif isinstance(thing, Scanner):
            self._add_scanner(thing)
        else:
            raise InvalidRule(f"A {type(thing).__name__} is neither an id, nor a Rule, nor a Scanner object.")

    def take(
        self,
        rules: Iterable[Rule],
        scanners: Iterable[Scanner],
        filters: Iterable[Filter],
        reporters: Iterable[Reporter],
        others: Mapping[str, Iterable[object]] = MappingProxyType({}),
    ) -> None:
        """File what stands for the things that a plugin registered in its own process.

        Args:
            rules: Its rules.
            scanners: Its scanners.
            filters: Its filters.
            reporters: Its reporters.
            others: What else it registered, by hook.
        """
        things: dict[str, Iterable[object]] = {
            _RULES: rules,
            "beca_register_scanners": scanners,
            "beca_register_filters": filters,
            "beca_register_reporters": reporters,
            **others,
        }
        for hook, add in self._adders().items():
            self._add_all(hook, things.get(hook, ()), add)

    def _adders(self) -> dict[str, Callable[[Any], None]]:
        """Return what files the things of each hook, in the order in which the hooks are called."""
        extra = {hook: partial(add, self.record, self._owners) for hook, add in EXTRA_HOOKS.items()}
        return {
            _RULES: self._add_rule,
            "beca_register_scanners": self._add_scanner,
            **extra,
            "beca_register_filters": self._add_filter,
            "beca_register_reporters": self._add_reporter,
        }

    def _take_settings(self) -> bool:
        """Settle the settings of the plugin; return False if something is wrong with them."""
        if not self.record.given and not self._manager.hook.beca_register_settings.get_hookimpls():
            return True  # as most
        from beca_core.plugins.contributions.plugin_settings import declare, settle

        declared: list[Setting] = []
        known = len(self.record.problems)
        self._collect(_SETTINGS, partial(declare, declared))
        if len(self.record.problems) > known:
            return False
        self.record.declared_settings = tuple(declared)
        values, faults = settle(declared, self.record.given)
        for fault in faults:
            self._problem(f"not loaded: {fault}")
        self.record.settings = MappingProxyType(values)
        return not faults

    def _take_listener(self, hook: str) -> None:
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook)
        if caller.get_hookimpls():
            settings = self.record.settings
            name = "event" if hook == SERVER_EVENT else "scan"
            self.record.listeners[hook] = lambda notice: caller(**{name: notice}, settings=settings)

    def _problem(self, message: str) -> None:
        self.record.problems.append(message)

    def _report_unknown_hooks(self, plugin: object) -> None:
        known = [name for name in vars(hookspecs) if name.startswith("beca_")]
        for caller in self._manager.get_hookcallers(plugin) or []:
            if not caller.has_spec() and not all(each.optionalhook for each in caller.get_hookimpls()):
                hint = did_you_mean(caller.name, known)
                self._problem("; ".join(filter(None, [f"there is no hook {caller.name}", hint.lower()])))

    def _report_unmarked_hooks(self, plugin: object) -> None:
        """Report functions that look like hooks and are none, and a plugin that has no hook at all."""
        marked = {caller.name for caller in self._manager.get_hookcallers(plugin) or []}
        unmarked = [name for name in dir(plugin) if name.startswith(_HOOK_PREFIXES) and name not in marked]
        unmarked = [name for name in unmarked if _is_callable_of_plugin(plugin, name)]
        for name in unmarked:
            self._problem(f"{name} is not a function marked with @beca_core.hookimpl, so it is not called")
        if not marked and not unmarked:
            self._problem("it registers nothing: does it mark its functions with @beca_core.hookimpl?")

    def _collect(self, hook: str, add: Callable[[Any], None]) -> None:
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook)
        if not caller.get_hookimpls():
            return
        with contained(f"{hook} failed", self.record.problems):
            results = caller() if hook == _SETTINGS else caller(settings=self.record.settings)
            if len(results) < len(caller.get_hookimpls()):  # pluggy leaves out what is None
                self._problem(f"{hook} must return an iterable, not None")
            for returned in results:
                self._add_all(hook, returned, add)

    def _add_all(self, hook: str, returned: object, add: Callable[[Any], None]) -> None:
        if not isinstance(returned, Iterable):
            self._problem(f"{hook} must return an iterable, not {type(returned).__name__}")
            return
        given = 0
        try:
            for item in returned:
                given += 1
                with contained(f"what {hook} returned cannot be used", self.record.problems):
                    add(item)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001
            kept = f" after {given:,} items, which are kept" if given else ""
            self._problem(f"{hook} failed{kept}: {description_of(error)}")

    def _claim(self, rules: Iterable[RuleInfo]) -> None:
        claimed: set[str] = set()
        for rule in rules:
            for rule_id in (rule.id, *rule.former_ids):
                what = "a rule of that id" if rule_id == rule.id else f"a rule of its former id {rule_id!r}"
                if owner := self._rule_owners.get(rule_id):
                    raise InvalidRule(f"Rule {rule.id!r} is not loaded: plugin {owner!r} has {what}.")
                if rule_id in claimed:
                    raise InvalidRule(f"Rule {rule.id!r} is not loaded: the id {rule_id!r} is used twice.")
                claimed.add(rule_id)
        self._rule_owners.update(dict.fromkeys(claimed, self.record.name))

    def _take_stored(self, shelf: RuleShelf) -> None:
        """Take the rules from the cache, or call the hook.

        Then they are stored there, but not by the first scan of a machine: it may be the only one, and takes longest.
        """
        stored = shelf.load()
        if stored is None:
            self._collect(_RULES, self._add_rule)
            if not self.record.problems and self._cache.is_complete:
                shelf.store(self.record.rules)
            return
        self._claim(stored.rules)
        self.record.rules += stored.rules
        self.record.uncovered += stored.uncovered

    def _add_rule(self, rule: Any) -> None:
        if not isinstance(rule, Rule):
            raise InvalidRule(f"beca_register_rules gave a {type_name(rule)}, not a Rule.")
        if not self._are_proven:
            from beca_core.rules.rule_problems import check_rule  # here and below: most scans have BECA's rules only

            check_rule(rule)
        check_expressions(rule, self._cache)
        self._claim([rule])
        self.record.rules.append(rule)
        if not is_covered(rule):
            self.record.uncovered.append(rule.id)

    def _add_scanner(self, scanner: Any) -> None:
        if isinstance(scanner, type):
            raise InvalidRule(f"beca_register_scanners gave {_name(scanner)}, which is not a Scanner object.")
        if not self._are_proven:
            from beca_core.rules.rule_problems import check_scanner

            check_scanner(scanner)
        self._claim(scanner.rules)
        self.record.scanners.append(scanner)

    def _add_filter(self, keep: Any) -> None:
        if not callable(keep):
            raise InvalidInput(f"beca_register_filters gave a {type(keep).__name__}, which cannot be called.")
        self.record.filters.append(keep)

    def _add_reporter(self, reporter: Any) -> None:
        if isinstance(reporter, type) or not isinstance(reporter, Reporter):
            raise InvalidInput(f"beca_register_reporters gave {_name(reporter)}, which is not a Reporter object.")
        if not isinstance(reporter.name, str) or not 0 < len(reporter.name) <= MAX_FORMAT_NAME:
            raise InvalidInput(f"Reporter {_name(reporter)}: name must be a str of 1 to {MAX_FORMAT_NAME} characters.")
        claim("format", reporter.name, self.record.name, self._owners)
        self.record.reporters.append(reporter)


def _is_callable_of_plugin(plugin: object, name: str) -> bool:
    """Return whether a plugin has a function of this name that is not the specification of a hook."""
    found = getattr(plugin, name, None)
    return callable(found) and getattr(found, "__module__", None) != hookspecs.__name__


def _name(thing: object) -> str:
    kind = thing if isinstance(thing, (type, ModuleType)) else type(thing)
    return kind.__name__
