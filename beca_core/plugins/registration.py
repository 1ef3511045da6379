"""What a plugin registers: its hooks are called once, and everything that they return is checked."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import pluggy

from beca_core.errors import BecaError, InvalidInput, InvalidRule, did_you_mean
from beca_core.matching.literals import words_as_literals
from beca_core.matching.pattern import checked_pattern
from beca_core.plugins import hookspecs
from beca_core.plugins.hookspecs import PROJECT
from beca_core.report import Reporter
from beca_core.reports.escaping import printable
from beca_core.rules.rule import Rule
from beca_core.rules.rule_problems import check_rule, check_scanner, type_name
from beca_core.rules.scanner import Scanner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core.matching.rule_cache import RuleCache
    from beca_core.plugins.isolation.plugin_process import PluginProcess
    from beca_core.report import Filter
    from beca_core.rules.rule import RuleInfo

MAX_PLUGIN_NAME: Final = 255
MAX_FORMAT_NAME: Final = 64
_MOST_PROBLEMS: Final = 100
_LONGEST_PROBLEM: Final = 2_000


class ProblemList(list[str]):
    """What is wrong with a plugin. Messages are printable and of bounded length; those beyond a hundred are counted."""

    def __init__(self) -> None:
        super().__init__()
        self._all = 0

    def append(self, message: str) -> None:
        """Add a message."""
        self._all += 1
        if self._all <= _MOST_PROBLEMS:
            super().append(printable(message)[:_LONGEST_PROBLEM])
        else:
            self[_MOST_PROBLEMS:] = [f"problems that are not listed: {self._all - _MOST_PROBLEMS:,}"]


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
        uncovered: Ids of its rules that are tried on every content, because the prefilter has nothing to look for.
        digests: The digest of each of its rules, by id, as far as they were computed where its code runs.
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
        self.problems: list[str] = ProblemList()
        self.uncovered: list[str] = []
        self.digests: dict[str, str] = {}
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
            self.record.module = plugin.__name__ if isinstance(plugin, ModuleType) else type(plugin).__module__
            self._manager.register(plugin, self.record.name)
            self._report_unknown_hooks(plugin)
            self._report_unmarked_hooks(plugin)
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

    def take(
        self,
        rules: Iterable[Rule],
        scanners: Iterable[Scanner],
        filters: Iterable[Filter],
        reporters: Iterable[Reporter],
    ) -> None:
        """File what stands for the things that a plugin registered in its own process."""
        for hook, things, add in (
            ("beca_register_rules", rules, self._add_rule),
            ("beca_register_scanners", scanners, self._add_scanner),
            ("beca_register_filters", filters, self._add_filter),
            ("beca_register_reporters", reporters, self._add_reporter),
        ):
            self._add_all(hook, things, add)

    def _problem(self, message: str) -> None:
        self.record.problems.append(message)

    def _report_unknown_hooks(self, plugin: object) -> None:
        known = [name for name in vars(hookspecs) if name.startswith("beca_")]
        for caller in self._manager.get_hookcallers(plugin) or []:
            if not caller.has_spec():
                hint = did_you_mean(caller.name, known)
                self._problem("; ".join(filter(None, [f"there is no hook {caller.name}", hint.lower()])))

    def _report_unmarked_hooks(self, plugin: object) -> None:
        """Report functions that look like hooks and are none, and a plugin that has no hook at all."""
        marked = {caller.name for caller in self._manager.get_hookcallers(plugin) or []}
        unmarked = [name for name in dir(plugin) if name.startswith("beca_register_") and name not in marked]
        unmarked = [name for name in unmarked if _is_callable_of_plugin(plugin, name)]
        for name in unmarked:
            self._problem(f"{name} is not a function marked with @beca_core.hookimpl, so it is not called")
        if not marked and not unmarked:
            self._problem("it registers nothing: does it mark its functions with @beca_core.hookimpl?")

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
            self._problem(f"{hook} failed{kept}: {_description(error)}")

    def _claim(self, rules: Iterable[RuleInfo]) -> None:
        ids = [rule.id for rule in rules]
        for rule_id in ids:
            if owner := self._rule_owners.get(rule_id):
                raise InvalidRule(f"Rule {rule_id!r} is not loaded: plugin {owner!r} has a rule of that id.")
        self._rule_owners.update(dict.fromkeys(ids, self.record.name))

    def _add_rule(self, rule: Any) -> None:
        if not isinstance(rule, Rule):
            raise InvalidRule(f"beca_register_rules gave a {type_name(rule)}, not a Rule.")
        check_rule(rule)
        pattern = checked_pattern(rule, self._cache)
        self._claim([rule])
        self.record.rules.append(rule)
        if not pattern.literals and not words_as_literals(rule.keywords):
            self.record.uncovered.append(rule.id)

    def _add_scanner(self, scanner: Any) -> None:
        if isinstance(scanner, type):
            raise InvalidRule(f"beca_register_scanners gave {_name(scanner)}, which is not a Scanner object.")
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


def _is_callable_of_plugin(plugin: object, name: str) -> bool:
    """Return whether a plugin has a function of this name that is not the specification of a hook."""
    found = getattr(plugin, name, None)
    return callable(found) and getattr(found, "__module__", None) != hookspecs.__name__


def _name(thing: object) -> str:
    kind = thing if isinstance(thing, (type, ModuleType)) else type(thing)
    return kind.__name__


def _description(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:300]
    except Exception:  # noqa: BLE001 - the exception is the plugin's code too
        return type(error).__name__
