"""What a plugin registers: its hooks are called once, and everything that they return is checked."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import pluggy

from beca_core.errors import BecaError, InvalidInput, InvalidRule, did_you_mean
from beca_core.matching.pattern import checked_pattern
from beca_core.plugins import hookspecs
from beca_core.plugins.hookspecs import PROJECT
from beca_core.report import Reporter
from beca_core.rules.rule import Rule, RuleInfo
from beca_core.rules.scanner import Scanner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core.matching.rule_cache import RuleCache
    from beca_core.report import Filter


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
        problems: What is wrong with it; everything else works.
    """

    def __init__(self, name: str, distribution: str = "") -> None:
        self.name: Final = name
        self.distribution: Final = distribution
        self.rules: list[Rule] = []
        self.scanners: list[Scanner] = []
        self.filters: list[Filter] = []
        self.reporters: list[Reporter] = []
        self.problems: list[str] = []

    def __repr__(self) -> str:
        return f"<Plugin {self.name!r}: rules: {len(self.rule_ids):,}, problems: {len(self.problems):,}>"

    @property
    def rule_ids(self) -> list[str]:
        """The ids of its rules, those of its scanners included, sorted."""
        of_scanners = (rule.id for scanner in self.scanners for rule in scanner.rules)
        return sorted({*(rule.id for rule in self.rules), *of_scanners})


class Registration:
    """Calls the hooks of one plugin and files what they return in its record."""

    def __init__(
        self, record: Plugin, rule_owners: dict[str, str], format_owners: dict[str, str], cache: RuleCache
    ) -> None:
        self.record: Final = record
        self._cache = cache
        self._rule_owners = rule_owners
        self._format_owners = format_owners
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hookspecs)

    def run(self, plugin: object) -> None:
        if isinstance(plugin, type):
            self._problem(f"{plugin.__name__} is a class; name a module or an object")
            return
        with contained("cannot be registered", self.record.problems):
            self._manager.register(plugin, self.record.name)
            self._report_unknown_hooks(plugin)
            self._collect("beca_register_rules", self._add_rule)
            self._collect("beca_register_scanners", self._add_scanner)
            self._collect("beca_register_filters", self._add_filter)
            self._collect("beca_register_reporters", self._add_reporter)

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

    def _problem(self, message: str) -> None:
        self.record.problems.append(message)

    def _report_unknown_hooks(self, plugin: object) -> None:
        known = [name for name in vars(hookspecs) if name.startswith("beca_")]
        for caller in self._manager.get_hookcallers(plugin) or []:
            if not caller.has_spec():
                hint = did_you_mean(caller.name, known)
                self._problem("; ".join(filter(None, [f"there is no hook {caller.name}", hint.lower()])))

    def _collect(self, hook: str, add: Callable[[Any], None]) -> None:
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook)
        with contained(f"{hook} failed", self.record.problems):
            results = caller()
            if len(results) < len(caller.get_hookimpls()):  # pluggy leaves out what is None
                self._problem(f"{hook} must return an iterable, not None")
            for returned in results:
                self._add_all(hook, returned, add)

    def _add_all(self, hook: str, returned: object, add: Callable[[Any], None]) -> None:
        if not isinstance(returned, Iterable):
            self._problem(f"{hook} must return an iterable, not {type(returned).__name__}")
            return
        for item in returned:
            with contained(f"what {hook} returned cannot be used", self.record.problems):
                add(item)

    def _claim(self, rules: Iterable[RuleInfo]) -> None:
        ids = [rule.id for rule in rules]
        for rule_id in ids:
            if owner := self._rule_owners.get(rule_id):
                raise InvalidRule(f"Rule {rule_id!r} is not loaded: plugin {owner!r} has a rule of that id.")
        self._rule_owners.update(dict.fromkeys(ids, self.record.name))

    def _add_rule(self, rule: Any) -> None:
        if not isinstance(rule, Rule):
            raise InvalidRule(f"beca_register_rules gave a {type(rule).__name__}, not a Rule.")
        checked_pattern(rule, self._cache)
        self._claim([rule])
        self.record.rules.append(rule)

    def _add_scanner(self, scanner: Any) -> None:
        if isinstance(scanner, type) or not isinstance(scanner, Scanner):
            raise InvalidRule(f"beca_register_scanners gave {_name(scanner)}, which is not a Scanner object.")
        if not scanner.rules or not all(isinstance(rule, RuleInfo) for rule in scanner.rules):
            raise InvalidRule(f"Scanner {_name(scanner)} must name its rules as a tuple of RuleInfo.")
        if not all(isinstance(anchor, bytes) and anchor for anchor in scanner.anchors):
            raise InvalidRule(f"Scanner {_name(scanner)}: anchors must be byte strings that are not empty.")
        if not isinstance(getattr(scanner, "needs_whole", False), bool):
            raise InvalidRule(f"Scanner {_name(scanner)}: needs_whole must be True or False.")
        self._claim(scanner.rules)
        self.record.scanners.append(scanner)

    def _add_filter(self, keep: Any) -> None:
        if not callable(keep):
            raise InvalidInput(f"beca_register_filters gave a {type(keep).__name__}, which cannot be called.")
        self.record.filters.append(keep)

    def _add_reporter(self, reporter: Any) -> None:
        if isinstance(reporter, type) or not isinstance(reporter, Reporter):
            raise InvalidInput(f"beca_register_reporters gave {_name(reporter)}, which is not a Reporter object.")
        if owner := self._format_owners.get(reporter.name):
            raise InvalidInput(f"The format {reporter.name!r:.80} is not loaded: {owner} has one of that name.")
        self._format_owners[reporter.name] = f"plugin {self.record.name!r}"
        self.record.reporters.append(reporter)


@contextmanager
def contained(what: str, problems: list[str]) -> Iterator[None]:
    """Turn whatever a plugin raises into a problem, `sys.exit()` included; only the user's Ctrl-C passes.

    Args:
        what: What failed.
        problems: The list to which the problem is added.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BecaError as error:
        problems.append(str(error))
    except BaseException as error:  # noqa: BLE001
        problems.append(f"{what}: {_description(error)}")


def _name(thing: object) -> str:
    kind = thing if isinstance(thing, (type, ModuleType)) else type(thing)
    return kind.__name__


def _description(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:300]
    except Exception:  # noqa: BLE001 - the exception is the plugin's code too
        return type(error).__name__
