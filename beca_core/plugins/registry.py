"""`PluginRegistry`: finds plugins, loads each by itself, and keeps a broken one from harming the others."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import pluggy

from beca_core.errors import BecaError, InvalidInput, InvalidRule, did_you_mean
from beca_core.matching.known import KnownPatterns
from beca_core.matching.pattern import compile_pattern
from beca_core.plugins import hookspecs
from beca_core.plugins.entry_points import distributions_with
from beca_core.plugins.hookspecs import ENTRY_POINT_GROUP, PROJECT
from beca_core.report import Problem, Reporter
from beca_core.reports import BUILTIN_FORMATS
from beca_core.rules.rule import Rule, RuleInfo
from beca_core.rules.scanner import Scanner

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from beca_core.plugins.entry_points import Distribution, EntryPoint
    from beca_core.report import Filter

_OWN_DISTRIBUTION: Final = "beca"


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


class PluginRegistry:
    """Everything that plugins registered; built once, then read only.

    A plugin may fail to import, raise in a hook, misspell a hook, take the name of another plugin, or register
    something invalid. It is then listed in `plugins` with the reason in its `problems`. Whatever a plugin raises is
    contained, `SystemExit` included; only `KeyboardInterrupt` passes, because it comes from the user.

    Args:
        cache_dir: Where what is known of the rules' patterns is kept for other processes; None: nowhere.
    """

    def __init__(self, *, cache_dir: Path | None = None) -> None:
        self._known = KnownPatterns(cache_dir)
        self._plugins: list[Plugin] = []
        self._rule_owners: dict[str, str] = {}
        self._format_owners = dict.fromkeys(BUILTIN_FORMATS, "BECA itself")

    @classmethod
    def load(cls, *, disabled: Collection[str] = (), cache_dir: Path | None = None) -> PluginRegistry:
        """Load all installed plugins, the built-in rules first.

        Args:
            disabled: Names of plugins that are left out.
            cache_dir: Where what is known of the rules' patterns is kept for other processes; None: nowhere.
        """
        registry = cls(cache_dir=cache_dir)
        for distribution in sorted(distributions_with(ENTRY_POINT_GROUP), key=_is_not_own):
            for entry_point in registry._entry_points(distribution):
                if entry_point.name not in disabled:
                    registry._load_entry_point(entry_point, _label(distribution))
        registry._known.store()
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
            _Registration(record, self._rule_owners, self._format_owners, self._known).run(plugin)
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

    def select(self, rule_ids: Collection[str]) -> frozenset[str]:
        """Check a choice of rules.

        Raises:
            InvalidInput: If one of them does not exist; the hint lists similar ids.
        """
        known = self.rules
        for rule_id in sorted(set(rule_ids) - known.keys()):
            hint = did_you_mean(rule_id, known, most=3, otherwise="`beca rules list` shows all rules.")
            raise InvalidInput(f"There is no rule {rule_id!r:.80}.", hint=hint)
        return frozenset(rule_ids)

    def _entry_points(self, distribution: Distribution) -> list[EntryPoint]:
        record = Plugin(distribution.name, _label(distribution))
        with _contained("its entry points cannot be read", record.problems):
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
        with _contained("cannot be imported", record.problems):
            self.register(entry_point.load(), record.name, distribution)
            return
        self._plugins.append(record)


class _Registration:
    """Calls the hooks of one plugin and files what they return in its record."""

    def __init__(
        self, record: Plugin, rule_owners: dict[str, str], format_owners: dict[str, str], known: KnownPatterns
    ) -> None:
        self._record = record
        self._known = known
        self._rule_owners = rule_owners
        self._format_owners = format_owners
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hookspecs)

    def run(self, plugin: object) -> None:
        if isinstance(plugin, type):
            self._problem(f"{plugin.__name__} is a class; name a module or an object")
            return
        with _contained("cannot be registered", self._record.problems):
            self._manager.register(plugin, self._record.name)
            self._report_unknown_hooks(plugin)
            self._collect("beca_register_rules", self._add_rule)
            self._collect("beca_register_scanners", self._add_scanner)
            self._collect("beca_register_filters", self._add_filter)
            self._collect("beca_register_reporters", self._add_reporter)

    def _problem(self, message: str) -> None:
        self._record.problems.append(message)

    def _report_unknown_hooks(self, plugin: object) -> None:
        known = [name for name in vars(hookspecs) if name.startswith("beca_")]
        for caller in self._manager.get_hookcallers(plugin) or []:
            if not caller.has_spec():
                hint = did_you_mean(caller.name, known)
                self._problem("; ".join(filter(None, [f"there is no hook {caller.name}", hint.lower()])))

    def _collect(self, hook: str, add: Callable[[Any], None]) -> None:
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook)
        with _contained(f"{hook} failed", self._record.problems):
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
            with _contained(f"what {hook} returned cannot be used", self._record.problems):
                add(item)

    def _claim(self, rules: Iterable[RuleInfo]) -> None:
        ids = [rule.id for rule in rules]
        for rule_id in ids:
            if owner := self._rule_owners.get(rule_id):
                raise InvalidRule(f"Rule {rule_id!r} is not loaded: plugin {owner!r} has a rule of that id.")
        self._rule_owners.update(dict.fromkeys(ids, self._record.name))

    def _add_rule(self, rule: Any) -> None:
        if not isinstance(rule, Rule):
            raise InvalidRule(f"beca_register_rules gave a {type(rule).__name__}, not a Rule.")
        compile_pattern(rule, self._known)
        self._claim([rule])
        self._record.rules.append(rule)

    def _add_scanner(self, scanner: Any) -> None:
        if isinstance(scanner, type) or not isinstance(scanner, Scanner):
            raise InvalidRule(f"beca_register_scanners gave {_name(scanner)}, which is not a Scanner object.")
        if not scanner.rules or not all(isinstance(rule, RuleInfo) for rule in scanner.rules):
            raise InvalidRule(f"Scanner {_name(scanner)} must name its rules as a tuple of RuleInfo.")
        if not all(isinstance(anchor, bytes) and anchor for anchor in scanner.anchors):
            raise InvalidRule(f"Scanner {_name(scanner)}: anchors must be byte strings that are not empty.")
        self._claim(scanner.rules)
        self._record.scanners.append(scanner)

    def _add_filter(self, keep: Any) -> None:
        if not callable(keep):
            raise InvalidInput(f"beca_register_filters gave a {type(keep).__name__}, which cannot be called.")
        self._record.filters.append(keep)

    def _add_reporter(self, reporter: Any) -> None:
        if isinstance(reporter, type) or not isinstance(reporter, Reporter):
            raise InvalidInput(f"beca_register_reporters gave {_name(reporter)}, which is not a Reporter object.")
        if owner := self._format_owners.get(reporter.name):
            raise InvalidInput(f"The format {reporter.name!r:.80} is not loaded: {owner} has one of that name.")
        self._format_owners[reporter.name] = f"plugin {self._record.name!r}"
        self._record.reporters.append(reporter)


def _is_not_own(distribution: Distribution) -> bool:
    return distribution.name != _OWN_DISTRIBUTION


def _label(distribution: Distribution) -> str:
    return f"{distribution.name} {distribution.version}".strip()


@contextmanager
def _contained(what: str, problems: list[str]) -> Iterator[None]:
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
