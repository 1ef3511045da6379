"""Digests of rules: equal only if the rules match the same, and the same in every process."""

from __future__ import annotations

import functools
import importlib
import operator
import re
import string
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Candidate, Confidence, Engine, Example, Match, PluginRegistry, Rule, RuleInfo, Severity, hookimpl
from beca_core.checks import Length
from beca_core.plugins.registration import Plugin
from beca_core.rules.digests import source_digest
from beca_core.rules.digests.digest import rule_digests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RULE = Rule(
    id="word",
    version=1,
    description="A word",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    pattern=r"(?P<secret>word-[0-9]+)",
)


def digest(thing: Rule | Any, distribution: str = "") -> str:
    record = Plugin("plugin", distribution)
    (record.rules if isinstance(thing, Rule) else record.scanners).append(thing)
    (found,) = rule_digests(record).values()
    return found


def test_checks_of_the_library_are_no_code_of_the_plugin() -> None:
    def digest_with(length: int, *checks: Any) -> str:
        record = Plugin("plugin")
        record.rules.append(replace(RULE, checks=checks))
        record.settings = {"length": length}
        return rule_digests(record)["word"]

    data = Length(min=3)
    assert digest_with(1, data) == digest_with(2, data)
    assert digest_with(1, data, len) != digest_with(2, data, len)


def with_check(check: Callable[[Candidate], Candidate | None]) -> Rule:
    return replace(RULE, checks=(check,))


def from_source(source: str, name: str = "made") -> Any:
    """A function `check` that has no file, as in a notebook."""
    names: dict[str, Any] = {"__name__": name}
    exec(source, names)  # noqa: S102 - written in this file
    return names["check"]


@pytest.mark.parametrize(
    "changes",
    [
        {"pattern": r"(?P<secret>word-[0-9]{2})"},
        {"keywords": ("word",)},
        {"min_entropy": 1.5},
        {"multiline": True},
        {"max_bytes": 99},
        {"confidence": Confidence.LOW},
        {"version": 2},
        {"id": "other-word"},
    ],
)
def test_every_field_that_decides_a_match_counts(changes: dict[str, Any]) -> None:
    assert digest(replace(RULE, **changes)) != digest(RULE)


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "Another text"},
        {"severity": Severity.HIGH},
        {"examples": (Example("word-1", secret="word-1"),)},
        {"counter_examples": ("no",)},
        {"references": ("https://example.org",)},
        {"remediation": "None"},
        {"paths": ("*.py",)},
        {"supersedes": ("other",)},
        {"tags": ("fish",)},
    ],
)
def test_what_is_only_shown_or_applied_later_does_not_count(changes: dict[str, Any]) -> None:
    assert digest(replace(RULE, **changes)) == digest(RULE)


def test_the_distribution_and_its_version_count() -> None:
    assert len({digest(RULE), digest(RULE, "fish 1"), digest(RULE, "fish 2"), digest(RULE, "word 1")}) == 4


def test_fields_and_code_of_a_subclass_count() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class NearRule(Rule):
        near: tuple[str, ...] = ()

    fields = {name: getattr(RULE, name) for name in RuleInfo.__dataclass_fields__} | {"pattern": RULE.pattern}
    assert digest(NearRule(**fields)) != digest(RULE)
    assert digest(NearRule(**fields, near=("a",))) != digest(NearRule(**fields, near=("b",)))
    assert digest(NearRule(**fields, near=("a",))) == digest(NearRule(**fields, near=("a",)))


def test_a_closure_counts() -> None:
    def longer_than(least: int) -> Callable[[Candidate], Candidate | None]:
        return lambda candidate: candidate if len(candidate.secret) >= least else None

    assert digest(with_check(longer_than(20))) == digest(with_check(longer_than(20)))
    assert digest(with_check(longer_than(20))) != digest(with_check(longer_than(30)))


def _longer(candidate: Candidate, least: int = 3, *, words: frozenset[bytes] = frozenset()) -> Candidate | None:
    return candidate if len(candidate.secret) >= least and candidate.secret not in words else None


class Longer:
    """A check with state, as a bound method and as a callable."""

    def __init__(self, least: int) -> None:
        self.least = least

    def __call__(self, candidate: Candidate) -> Candidate | None:
        return candidate if len(candidate.secret) >= self.least else None

    check = __call__

    @functools.cached_property
    def twice(self) -> int:
        """A value that is kept once it was asked for."""
        return 2 * self.least


class Slotted:
    """State in slots."""

    __slots__ = ("__least", "more", "unset")

    def __init__(self, least: int) -> None:
        self.__least = least
        self.more = least

    def __call__(self, candidate: Candidate) -> Candidate | None:
        return candidate if len(candidate.secret) >= self.__least else None


class HiddenSlot(Slotted):
    """Only the private slot differs."""

    __slots__ = ()

    def __init__(self, least: int) -> None:
        super().__init__(least)
        self.more = 0


@dataclass
class DataCheck:
    """State in a data class, nested."""

    words: dict[str, list[bytes]]

    def __call__(self, candidate: Candidate) -> Candidate | None:
        return None if candidate.secret in self.words["words"] else candidate


class Words(list):  # type: ignore[type-arg]
    """A container with code."""

    def __call__(self, candidate: Candidate) -> Candidate | None:
        return None if candidate.secret in self else candidate


@pytest.mark.parametrize(
    "make",
    [
        lambda number: functools.partial(_longer, least=number),
        lambda number: functools.partial(_longer, words=frozenset({b"%d" % number, b"x"})),
        Longer,
        lambda number: Longer(number).check,
        Slotted,
        HiddenSlot,
        lambda number: DataCheck({"words": [b"%d" % number]}),
        lambda number: Words([number]),
        lambda number: re.compile(str(number)).search,
        lambda number: operator.attrgetter(f"a{number}"),
        lambda number: functools.lru_cache(functools.partial(_longer, least=number)),
        lambda number: from_source(f"def check(candidate, least={number}): return candidate"),
        lambda number: from_source(f"def check(candidate, *, least={number}): return candidate"),
        lambda number: from_source(f"LEAST = {number}\ndef check(candidate): return candidate if LEAST else None"),
        lambda number: from_source(f"def help(): return {number}\ndef check(candidate): return help()"),
        lambda number: from_source(f"def check(candidate):\n def inner(): return {number}\n return inner()"),
        lambda number: from_source(f"def check(candidate): return candidate.group('g{number}')"),
        lambda number: from_source(f"class A:\n  x = {number}\ndef check(candidate): return A.x"),
        lambda number: from_source(f"check = lambda candidate: candidate.a{number}"),
        lambda number: from_source(f"def a(): return b()\ndef b(): return a() or {number}\ncheck = a"),
        lambda number: from_source(f"W = {{'a': {{1, {number}}}}}\ndef check(candidate): return W"),
    ],
)
def test_everything_that_a_check_is_made_of_counts(make: Callable[[int], Any]) -> None:
    assert digest(with_check(make(41))) == digest(with_check(make(41)))
    assert digest(with_check(make(41))) != digest(with_check(make(42)))


def test_what_an_object_keeps_for_itself_does_not_count() -> None:
    check = Longer(3)
    before = digest(with_check(check))
    assert check.twice == 6
    assert digest(with_check(check)) == before


def test_functions_that_all_call_each_other_take_no_time() -> None:
    names = [f"f{number}" for number in range(30)]
    calls = ", ".join(f"{name}()" for name in names)
    check = from_source("\n".join(f"def {name}(c=None): return {calls}" for name in names) + "\ncheck = f0")
    assert digest(with_check(check)) == digest(with_check(check))


def test_the_digest_of_a_rule_does_not_depend_on_the_others() -> None:
    one = from_source("def f(): return g()\ndef g(): return f() or 1\ndef check(c): return f()")
    other = with_check(one.__globals__["g"])
    record = Plugin("plugin")
    record.rules += [replace(with_check(one), id="first"), replace(other, id="second")]
    both = rule_digests(record)
    assert both == rule_digests(record, ["second"]) | rule_digests(record, ["first"])


class ItselfRefusing:
    """An object that raises whatever is asked of it."""

    def __getattribute__(self, name: str) -> Any:
        raise SystemExit(name)

    def __call__(self, candidate: Candidate) -> Candidate:
        return candidate


def test_what_cannot_be_digested_equals_nothing_and_raises_nothing(tmp_path: Path) -> None:
    def counting() -> Iterator[int]:
        yield 1

    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with (tmp_path / "open").open("w") as file:
        for thing in (counting(), file, threading.Thread(), deep, ItselfRefusing(), sys._getframe()):
            check = functools.partial(_longer, least=thing)
            assert digest(with_check(check)) != digest(with_check(check)), type(thing)


def test_locks_and_loggers_have_no_part_in_matching() -> None:
    check = functools.partial(_longer, least=threading.Lock())
    assert digest(with_check(check)) == digest(with_check(functools.partial(_longer, least=threading.Lock())))


class WordScanner:
    """A scanner that finds one word."""

    anchors = (b"word",)

    def __init__(self, word: bytes) -> None:
        self.word = word
        self.rules = (RuleInfo(**{name: getattr(RULE, name) for name in ("id", "version", "description")},
                               severity=Severity.LOW, confidence=Confidence.LOW),)  # fmt: skip

    def scan(self, data: bytes) -> Iterator[Match]:
        """Yield the first place of the word."""
        at = data.find(self.word)
        if at >= 0:
            yield Match(at, at + len(self.word), "word")


def test_the_state_of_a_scanner_counts() -> None:
    assert digest(WordScanner(b"one")) == digest(WordScanner(b"one"))
    assert digest(WordScanner(b"one")) != digest(WordScanner(b"two"))


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=4)
        | st.frozensets(st.text(max_size=3), max_size=6)
    ),
    max_leaves=10,
)


@given(plain, plain)
def test_data_has_equal_digests_only_if_it_is_the_same(one: Any, other: Any) -> None:
    first, second = (digest(with_check(functools.partial(_longer, least=thing))) for thing in (one, other))
    assert (first == second) == (_form(one) == _form(other))


def _form(thing: Any) -> str:
    """A text that two things share only if they are the same, the order of sets aside."""
    if isinstance(thing, (list, tuple)):
        return f"({', '.join(map(_form, thing))})"
    if isinstance(thing, dict):
        return f"{{{', '.join(f'{_form(key)}: {_form(value)}' for key, value in thing.items())}}}"
    return repr(sorted(thing)) if isinstance(thing, frozenset) else repr(thing)


PACKAGE = {
    "__init__.py": """
        from beca_core import Confidence, Rule, RuleInfo, Severity, hookimpl
        from {name}.checks import check

        @hookimpl
        def beca_register_rules():
            shown = dict(version=1, description="d", severity=Severity.LOW, confidence=Confidence.LOW)
            return [
                Rule(id="checked", pattern="(?P<secret>checked-[0-9])", checks=(check,), **shown),
                Rule(id="plain", pattern="(?P<secret>plain-[0-9])", **shown),
            ]
        """,
    "checks.py": """
        def check(candidate):
            from {name}.late import is_good
            return candidate if is_good(candidate) else None
        """,
    "late.py": """
        from pathlib import Path

        def is_good(candidate):
            return candidate.secret not in Path(__file__).with_name("words.txt").read_bytes()
        """,
    "words.txt": "checked-7",
}


class Installed:
    """A plugin in a package, which a new name installs again."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        monkeypatch.syspath_prepend(str(directory))

    def write(self, name: str, files: dict[str, str]) -> None:
        """Write the files of a package, or of modules if the name is empty."""
        import textwrap

        for path, text in files.items():
            file = self.directory / name / path
            file.parent.mkdir(exist_ok=True)
            file.write_text(textwrap.dedent(text.replace("{name}", name)))

    def digests(self, name: str) -> dict[str, str]:
        """Import the plugin anew, and return the digests of its rules."""
        for module in [module for module in sys.modules if module.partition(".")[0] in (name, "helper_of_plugin")]:
            del sys.modules[module]
        importlib.invalidate_caches()
        registry = PluginRegistry(cache_dir=False)
        assert registry.register(importlib.import_module(name), name, f"{name} 1").problems == []
        return registry.digests(["checked", "plain"])


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return Installed(tmp_path / "site", monkeypatch)


@pytest.mark.parametrize("changed", ["__init__.py", "checks.py", "late.py", "words.txt"])
def test_every_file_of_the_package_counts_for_rules_with_code(installed: Installed, changed: str) -> None:
    """Also one that is imported, or read, only when something is found."""
    installed.directory.mkdir()
    installed.write("fishy_plugin", PACKAGE)
    before = installed.digests("fishy_plugin")
    assert installed.digests("fishy_plugin") == before
    installed.write("fishy_plugin", {changed: PACKAGE[changed] + " # changed\n"})
    after = installed.digests("fishy_plugin")
    assert after["checked"] != before["checked"]
    assert after["plain"] == before["plain"], "a pattern without code is what it says"


def test_a_module_beside_a_single_module_counts(installed: Installed) -> None:
    installed.directory.mkdir()
    body = PACKAGE["__init__.py"].replace("{name}.checks", "single_plugin_checks")
    late = "def check(candidate):\n    import helper_of_plugin\n    return helper_of_plugin.judge(candidate)\n"
    installed.write("", {"single_plugin.py": body, "single_plugin_checks.py": late})
    installed.write("", {"helper_of_plugin.py": "def judge(candidate): return candidate\n"})
    before = installed.digests("single_plugin")
    installed.write("", {"unrelated.py": "x = 1\n"})
    assert installed.digests("single_plugin") == before
    installed.write("", {"helper_of_plugin.py": "def judge(candidate): return None\n"})
    assert installed.digests("single_plugin")["checked"] != before["checked"]


def test_a_file_that_changed_after_it_was_loaded_says_nothing(installed: Installed) -> None:
    installed.directory.mkdir()
    installed.write("changing_plugin", PACKAGE)
    registry = PluginRegistry(cache_dir=False)
    registry.register(importlib.import_module("changing_plugin"), "changing_plugin")
    assert registry.digest("checked") == registry.digest("checked")
    record = registry.plugins[0]
    installed.write("changing_plugin", {"late.py": "def is_good(candidate): return True"})
    while (installed.directory / "changing_plugin" / "late.py").stat().st_ctime <= record.loaded_at:
        installed.write("changing_plugin", {"late.py": "def is_good(candidate): return True"})
    assert registry.digest("checked") != registry.digest("checked")
    assert registry.digest("plain") == registry.digest("plain")


def test_each_file_is_read_once(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    installed.directory.mkdir()
    installed.write("counted_plugin", PACKAGE)
    read: list[Path] = []
    content = source_digest._content_digest
    monkeypatch.setattr(source_digest, "_content_digest", lambda path: [read.append(path), content(path)][1])
    for _ in range(3):
        installed.digests("counted_plugin")
    assert sorted(path.name for path in read) == sorted(PACKAGE)


SCRIPT = """
import sys
from beca_core import PluginRegistry, Rule, Severity, Confidence, Engine

WORDS = {word for word in "one two three four five six seven eight".split()}

class Judge:
    def __init__(self): self.seen = frozenset(WORDS)
    def __call__(self, candidate): return candidate if candidate.secret.decode() in WORDS else None

rule = Rule(id="own", version=1, description="d", severity=Severity.LOW, confidence=Confidence.LOW,
            pattern="(?P<secret>own-[0-9])", checks=(Judge(), lambda c: c if str(c) not in {"a", "b", "c"} else None))
registry = PluginRegistry.load().with_rules([rule])
print(registry.digests(registry.rules))
"""


def test_digests_are_the_same_in_every_process() -> None:
    answers = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(answers) == 1
    assert "'own'" in answers.pop()


def test_rules_given_to_an_engine_have_digests() -> None:
    report = Engine(rules=[with_check(Longer(1))]).scan_bytes(b"word-1")
    assert report.state is not None
    assert len(report.findings) == 1


class Fishing:
    """A plugin that is an object of a test."""

    @hookimpl
    def beca_register_rules(self) -> list[Rule]:
        """Return a rule whose check is in this module."""
        return [with_check(_longer)]


def test_the_registry_answers_for_one_rule() -> None:
    registry = PluginRegistry()
    registry.register(Fishing(), "fishing")
    assert registry.digests(["word"]) == {"word": registry.digest("word")}
    assert set(registry.digest("word")) <= set(string.hexdigits.lower())
