"""The registry, with real distributions that are broken in many ways."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from beca_core import Engine, PluginRegistry
from beca_core.errors import InvalidInput
from beca_core.sources.texts import TextSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from beca_core.plugins.registration import Plugin

    Install = Callable[..., None]
    Load = Callable[..., dict[str, Plugin]]

HEAD = "from beca_core import *\n"
RULE = (
    'Rule(id="{id}", version=1, description="d", severity=Severity.LOW, confidence=Confidence.LOW, pattern={pattern!r})'
)


def rule(rule_id: str = "mine", pattern: str = "(?P<secret>mine)") -> str:
    return RULE.format(id=rule_id, pattern=pattern)


def hook(name: str, body: str) -> str:
    return f"{HEAD}@hookimpl\ndef {name}():\n    {body}\n"


SCANNER = f"""{HEAD}
class Scanner:
    rules = (RuleInfo(id="scanned", version=1, description="d", severity=Severity.LOW, confidence=Confidence.LOW),)
    anchors = (b"x",)
    def scan(self, data):
        return []
"""


def scanner_hook(change: str = "", *, returned: str = "Scanner()", body: str = SCANNER) -> str:
    return f"{body}\n{change}\n@hookimpl\ndef beca_register_scanners():\n    return [{returned}]\n"


BROKEN_IMPORTS = {
    "raises": ("raise RuntimeError('out of order')", "cannot be imported: RuntimeError: out of order"),
    "lacks-a-module": ("import no_such_module_at_all", "cannot be imported: ModuleNotFoundError"),
    "is-no-python": ("def (", "cannot be imported: SyntaxError"),
    "exits": ("import sys; sys.exit(3)", "cannot be imported: SystemExit: 3"),
    "leaves-the-tree": (
        "class Odd(BaseException): pass\nraise Odd('of its own kind')",
        "cannot be imported: Odd: of its own kind",
    ),
    "raises-in-str": (
        "class Odd(Exception):\n    def __str__(self):\n        raise RuntimeError\nraise Odd",
        "cannot be imported: Odd",
    ),
}


@pytest.mark.parametrize("name", BROKEN_IMPORTS)
def test_a_plugin_that_cannot_be_imported_is_named(name: str, install: Install, load: Load) -> None:
    source, problem = BROKEN_IMPORTS[name]
    install(name, source)
    (found,) = load()[name].problems
    assert found.startswith(problem)


def test_a_plugin_that_exits_does_not_end_the_process(site: Path, install: Install) -> None:
    install("exits", "import sys; sys.exit(3)")
    code = "from beca_core import PluginRegistry; print(len(PluginRegistry.load().problems))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(site)}, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr


def test_an_interrupt_that_a_plugin_raises_is_its_own_problem(install: Install, load: Load) -> None:
    install("interrupting", "raise KeyboardInterrupt")
    assert load()["interrupting"].problems == ["cannot be loaded: KeyboardInterrupt"]


def test_the_user_s_interrupt_is_not_swallowed(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: object) -> None:
        raise KeyboardInterrupt

    install("slow", HEAD)
    monkeypatch.setattr("beca_core.plugins.isolation.plugin_process.PluginProcess.describe", interrupted)
    with pytest.raises(KeyboardInterrupt):
        PluginRegistry.load()


def test_an_entry_point_that_names_nothing_is_named(install: Install, load: Load) -> None:
    install("astray", HEAD, target=":nothing")
    (problem,) = load()["astray"].problems
    assert problem.startswith("cannot be imported: AttributeError")


BROKEN_HOOKS = {
    "raises": (
        hook("beca_register_rules", "raise ValueError('no rules today')"),
        "beca_register_rules failed: ValueError: no rules today",
    ),
    "exits": (hook("beca_register_scanners", "raise SystemExit(1)"), "beca_register_scanners failed: SystemExit: 1"),
    "returns-nothing": (hook("beca_register_rules", "pass"), "beca_register_rules must return an iterable, not None"),
    "returns-one-rule": (
        hook("beca_register_rules", f"return {rule()}"),
        "beca_register_rules must return an iterable, not Rule",
    ),
    "returns-a-number": (
        hook("beca_register_filters", "return 42"),
        "beca_register_filters must return an iterable, not int",
    ),
    "takes-arguments": (
        f"{HEAD}@hookimpl\ndef beca_register_rules(config):\n    return []\n",
        "cannot be registered: PluginValidationError",
    ),
    "misspells": (
        hook("beca_register_rule", "return []"),
        "there is no hook beca_register_rule; did you mean beca_register_rules?",
    ),
    "dreams-up-a-hook": (hook("beca_cook_dinner", "return []"), "there is no hook beca_cook_dinner"),
    "wrong-type-of-rule": (
        hook("beca_register_rules", "return [{'id': 'mine'}]"),
        "beca_register_rules gave a dict, not a Rule.",
    ),
    "class-of-rule": (hook("beca_register_rules", "return [Rule]"), "beca_register_rules gave a type, not a Rule."),
    "invalid-rule": (
        hook("beca_register_rules", f"return [{rule('Not An Id')}]"),
        "Rule 'Not An Id': id is not valid. Use lower-case words joined by hyphens.",
    ),
    "broken-pattern": (
        hook("beca_register_rules", f"return [{rule('look-ahead', '(?P<secret>a)(?=b)')}]"),
        "Rule 'look-ahead': its pattern is not valid RE2: invalid perl operator: (?=",
    ),
    "class-of-scanner": (
        scanner_hook("", returned="Scanner"),
        "beca_register_scanners gave Scanner, which is not a Scanner object.",
    ),
    "no-scanner": (
        hook("beca_register_scanners", "return [object()]"),
        "Scanner object: it is not a Scanner object: it has no rules, no anchors, no scan.",
    ),
    "scanner-without-rules": (
        scanner_hook("Scanner.rules = ()"),
        "Scanner Scanner: rules has 0 items; 1 to 10,000 are allowed.",
    ),
    "scanner-with-text-anchors": (
        scanner_hook("Scanner.anchors = ('x',)"),
        'Scanner Scanner: anchors item 1 must be bytes, not str. Write anchors = (b"word",).',
    ),
    "scanner-that-raises": (
        scanner_hook("Scanner.rules = property(lambda self: 1 / 0)"),
        "Scanner Scanner: rules cannot be read: it raised ZeroDivisionError.",
    ),
    "filter-that-cannot-be-called": (
        hook("beca_register_filters", "return [True]"),
        "beca_register_filters gave a bool, which cannot be called.",
    ),
    "no-reporter": (
        hook("beca_register_reporters", "return ['table']"),
        "beca_register_reporters gave str, which is not a Reporter object.",
    ),
}


@pytest.mark.parametrize("name", BROKEN_HOOKS)
def test_a_problem_with_a_hook_is_reported(name: str, install: Install, load: Load) -> None:
    source, problem = BROKEN_HOOKS[name]
    install(name, source)
    plugin = load()[name]
    (found,) = plugin.problems
    assert problem in found
    assert not plugin.rules
    assert not plugin.scanners


def test_what_a_hook_yields_before_it_raises_is_kept(install: Install, load: Load) -> None:
    install(
        "halfway",
        hook("beca_register_rules", f"yield {rule()}; yield 7; yield {rule('second')}; raise OSError('gone')"),
    )
    plugin = load()["halfway"]
    assert [rule.id for rule in plugin.rules] == ["mine", "second"]
    assert plugin.problems == [
        "beca_register_rules gave a int, not a Rule.",
        "beca_register_rules failed after 3 items, which are kept: OSError: gone",
    ]


def test_a_hook_that_raises_does_not_affect_the_other_hooks_of_the_plugin(install: Install, load: Load) -> None:
    install("partly", hook("beca_register_rules", "raise ValueError") + scanner_hook())
    plugin = load()["partly"]
    assert len(plugin.problems) == 1
    assert [info.id for scanner in plugin.scanners for info in scanner.rules] == ["scanned"]


def test_a_class_in_place_of_an_object_is_refused(install: Install, load: Load) -> None:
    install(
        "classy",
        f"{HEAD}class Plugin:\n    @hookimpl\n    def beca_register_rules(self):\n        return []\n",
        target=":Plugin",
    )
    assert load()["classy"].problems == ["Plugin is a class; name a module or an object"]


HOSTILE = {
    "raises-for-every-attribute": "def __getattr__(self, name): raise RuntimeError(name)",
    "exits-in-a-property": "beca_register_rules = property(lambda self: exit())",
    "has-no-directory": "def __dir__(self): raise RuntimeError",
    "is-equal-to-nothing": "def __eq__(self, other): raise RuntimeError",
    "has-a-lying-class": "__class__ = property(lambda self: 1 / 0)",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_object_does_not_affect_other_plugins(name: str, install: Install, load: Load) -> None:
    install(name, f"class Plugin:\n    {HOSTILE[name]}\nplugin = Plugin()\n", target=":plugin")
    assert not load()[name].rules


def test_two_packages_with_a_plugin_of_one_name_are_both_named(install: Install, load: Load) -> None:
    install("first", hook("beca_register_rules", f"return [{rule()}]"), plugin="twin")
    install("second", hook("beca_register_rules", f"return [{rule('other')}]"), plugin="twin")
    plugins = load()
    assert [rule.id for rule in plugins["first"].rules] == ["mine"]
    assert plugins["first"].problems == ["another plugin of this name was not loaded: that of second 1.0"]
    assert plugins["second"].rules == []
    assert plugins["second"].problems == ["not loaded: first 1.0 has a plugin of this name"]


def test_no_plugin_can_replace_the_built_in_rules(site: Path, install: Install) -> None:
    install("a-usurper", hook("beca_register_rules", "return []"), plugin="builtin")
    registry = PluginRegistry.load()
    assert registry.owner("secret-key") == "builtin"
    assert [plugin.distribution.split(" ")[0] for plugin in registry.plugins] == ["beca", "a-usurper"]
    assert len(registry.problems) == 2


def test_the_first_of_two_rules_with_one_id_is_kept(install: Install, load: Load) -> None:
    install("first", hook("beca_register_rules", f"return [{rule()}]"))
    install("second", hook("beca_register_rules", f"return [{rule()}, {rule('another')}]"))
    install("third", hook("beca_register_rules", f"return [{rule('scanned')}]") + scanner_hook())
    plugins = load()
    assert plugins["first"].problems == []
    assert [rule.id for rule in plugins["second"].rules] == ["another"]
    assert plugins["second"].problems == ["Rule 'mine' is not loaded: plugin 'first' has a rule of that id."]
    assert plugins["third"].scanners == []
    assert plugins["third"].problems == ["Rule 'scanned' is not loaded: plugin 'third' has a rule of that id."]


def test_the_first_of_two_formats_with_one_name_is_kept(install: Install, load: Load) -> None:
    reporter = (
        f"{HEAD}class Format:\n    name = '{{name}}'\n    def write(self, report, stream, *, redact):\n        pass\n"
        "@hookimpl\ndef beca_register_reporters():\n    return [Format()]\n"
    )
    install("first", reporter.format(name="lines"))
    install("second", reporter.format(name="lines"))
    install("third", reporter.format(name="json"))
    plugins = load()
    assert plugins["first"].problems == []
    assert "plugin 'first' has one of that name" in plugins["second"].problems[0]
    assert "BECA itself has one of that name" in plugins["third"].problems[0]


def test_a_disabled_plugin_is_not_even_imported(install: Install, load: Load) -> None:
    install("unwanted", "raise RuntimeError")
    assert "unwanted" not in load(disabled={"unwanted"})


def test_a_distribution_with_invalid_entry_points_is_named(site: Path, install: Install, load: Load) -> None:
    install("garbled", HEAD)
    (site / "garbled-1.0.dist-info" / "entry_points.txt").write_text("[beca.plugins]\nno equals sign\n")
    install("binary", HEAD)
    (site / "binary-1.0.dist-info" / "entry_points.txt").write_bytes(b"[beca.plugins]\n\xff\xfe = x\n")
    plugins = load()
    for name in ("garbled", "binary"):
        assert plugins[name].problems[0].startswith("its entry points cannot be read: ")


def test_a_directory_listed_twice_gives_each_plugin_once(site: Path, install: Install, load: Load) -> None:
    install("twice", hook("beca_register_rules", f"return [{rule()}]"))
    sys.path.append(str(site))
    try:
        assert load()["twice"].problems == []
    finally:
        sys.path.remove(str(site))


def test_the_rules_of_an_uninstalled_plugin_are_gone(site: Path, install: Install) -> None:
    before = set(PluginRegistry.load().rules)
    install("passing", hook("beca_register_rules", f"return [{rule()}]"))
    assert set(PluginRegistry.load().rules) == before | {"mine"}
    for path in (site / "passing-1.0.dist-info").iterdir():
        path.unlink()
    (site / "passing-1.0.dist-info").rmdir()
    assert set(PluginRegistry.load().rules) == before


def test_a_broken_plugin_makes_the_scan_incomplete_and_does_not_hide_findings(install: Install, load: Load) -> None:
    install("broken", "raise RuntimeError")
    load()
    report = Engine(PluginRegistry.load()).scan(TextSource(b"good_1234"))
    assert [finding.rule_id for finding in report.findings] == ["good"]
    assert [problem.plugin for problem in report.coverage.problems] == ["broken"]
    assert report.exit_code == 2


@pytest.mark.parametrize("error", ["MemoryError(data)", "SystemExit(data)"])
def test_a_scanner_that_raises_costs_its_own_findings_and_is_named(error: str, install: Install, load: Load) -> None:
    install("raising", scanner_hook(body=SCANNER.replace("return []", f"raise {error}")))
    load()
    report = Engine(PluginRegistry.load()).scan(TextSource(b"x good_1234"))
    assert [finding.rule_id for finding in report.findings] == ["good"]
    (problem,) = report.coverage.problems
    assert (problem.plugin, problem.message) == ("raising", f"scanner Scanner raised {error.split('(')[0]}")
    assert report.exit_code == 2


@pytest.mark.parametrize("error", ["MemoryError", "SystemExit"])
def test_a_check_that_raises_costs_its_own_finding_and_is_named(error: str, install: Install, load: Load) -> None:
    checked = rule().replace("pattern=", "checks=(check,), pattern=")
    install(
        "raising",
        f"def check(found):\n    raise {error}(found.secret)\n" + hook("beca_register_rules", f"return [{checked}]"),
    )
    load()
    report = Engine(PluginRegistry.load()).scan(TextSource(b"mine good_1234 mine"))
    assert [finding.rule_id for finding in report.findings] == ["good"]
    (problem,) = report.coverage.problems
    assert (problem.plugin, problem.message, problem.count) == ("raising", f"a check of rule mine raised {error}", 2)


def former(rule_id: str, *former_ids: str) -> str:
    return rule(rule_id).replace("version=", f"former_ids={former_ids!r}, version=")


def test_a_rule_can_be_named_by_an_id_that_it_had_before(install: Install) -> None:
    install("acme", hook("beca_register_rules", f"return [{former('present', 'oldest', 'old')}, {rule('other')}]"))
    registry = PluginRegistry.load()
    assert registry.problems == ()
    assert registry.select(["old", "present", "other"]) == {"present", "other"}
    assert list(registry.choose(["oldest"])) == ["present"]
    assert "present" not in registry.choose(None, ["old"])
    with pytest.raises(InvalidInput, match="There is no rule 'olde'"):
        registry.select(["olde"])


def test_no_rule_can_have_a_former_id_of_another_one(install: Install, load: Load) -> None:
    install("first", hook("beca_register_rules", f"return [{former('present', 'old')}, {former('twice', 'twice')}]"))
    install("second", hook("beca_register_rules", f"return [{rule('old')}]"))
    install("third", hook("beca_register_rules", f"return [{former('a', 'old')}, {former('b', 'present')}]"))
    plugins = load()
    assert [each.id for each in plugins["first"].rules] == ["present"]
    assert plugins["first"].problems == ["Rule 'twice' is not loaded: the id 'twice' is used twice."]
    assert plugins["second"].rules == plugins["third"].rules == []
    assert plugins["second"].problems == ["Rule 'old' is not loaded: plugin 'first' has a rule of that id."]
    assert plugins["third"].problems == [
        "Rule 'a' is not loaded: plugin 'first' has a rule of its former id 'old'.",
        "Rule 'b' is not loaded: plugin 'first' has a rule of its former id 'present'.",
    ]
