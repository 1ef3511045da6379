"""The cache of checked patterns: saved for other processes, and never used if it may be wrong."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import PluginRegistry, Rule, hookimpl
from beca_core.errors import InvalidRule
from beca_core.matching import rule_cache as cache_module
from beca_core.matching.patterns import pattern_checking
from beca_core.matching.patterns.literals import LETTERS, Literal, literal_from, literals, text_of
from beca_core.matching.patterns.pattern_checking import checked_pattern
from beca_core.matching.patterns.pattern_parser import parse
from beca_core.matching.rule_cache import VERSION, RuleCache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeRule = Callable[..., Rule]

GOOD = (
    r"(?P<secret>token_[0-9]{4})",
    r"(?i)(?P<secret>k\xe9y\x00[0-9])",
    "(?:abc|xyz|key_)(?P<secret>.)",
    "(?P<secret>.)",
)
REFUSED = ("(?P<secret>a(", "(?P<secret>a*)", "(?P<secret>a)|(?P<secret>b)", r"(?P<secret>a)(?=b)")


@pytest.fixture(autouse=True)
def no_pattern_is_checked_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins like a new process."""
    monkeypatch.setattr(pattern_checking, "_checked", {})


def true_literals(pattern: str) -> frozenset[Literal]:
    return literals(parse(pattern))


def save(directory: Path, *patterns: str) -> RuleCache:
    found = RuleCache(directory)
    for pattern in patterns:
        found.add(pattern, true_literals(pattern))
    found.save()
    return found


def the_file(directory: Path) -> Path:
    (path,) = directory.iterdir()
    return path


def test_checked_patterns_are_loaded_by_other_processes(tmp_path: Path) -> None:
    save(tmp_path, *GOOD)
    later = RuleCache(tmp_path)
    assert [later.literals(pattern) for pattern in GOOD] == [true_literals(pattern) for pattern in GOOD]
    assert later.literals("(?P<secret>other)") is None
    assert later.literals("") is None


def test_without_a_directory_nothing_is_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = RuleCache()
    found.add(GOOD[0], true_literals(GOOD[0]))
    found.save()
    assert found.literals(GOOD[0]) is None
    assert list(tmp_path.iterdir()) == []


def test_a_pattern_without_literals_is_cached_too(tmp_path: Path) -> None:
    save(tmp_path, "(?P<secret>.)")
    assert RuleCache(tmp_path).literals("(?P<secret>.)") == frozenset()


letters = st.sampled_from(sorted(LETTERS.values(), key=sorted))


@given(st.lists(letters, min_size=1).map(tuple))
def test_a_literal_is_read_as_it_was_written(literal: Literal) -> None:
    assert literal_from(text_of(literal)) == literal


@pytest.mark.slow
@given(
    st.dictionaries(
        st.text(st.characters(codec="ascii"), min_size=1), st.sets(st.lists(letters, min_size=3).map(tuple))
    )
)
def test_any_patterns_and_literals_are_loaded_as_stored(
    tmp_path_factory: pytest.TempPathFactory, patterns: dict[str, set[Literal]]
) -> None:
    directory = tmp_path_factory.mktemp("cache")
    first = RuleCache(directory)
    for pattern, found in patterns.items():
        first.add(pattern, frozenset(found))
    first.save()
    later = RuleCache(directory)
    assert {pattern: later.literals(pattern) for pattern in patterns} == patterns


@pytest.mark.parametrize("what", ["cut", "changed", "emptied", "others can write", "directory others can write"])
def test_an_untrusted_file_is_ignored(tmp_path: Path, what: str) -> None:
    directory = tmp_path / "cache"
    save(directory, GOOD[0])
    file = the_file(directory)
    content = file.read_bytes()
    match what:
        case "cut":
            file.write_bytes(content[:-1])
        case "changed":
            file.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
        case "emptied":
            file.write_bytes(b"")
        case "others can write":
            file.chmod(0o666)
        case _:
            directory.chmod(0o777)
    assert RuleCache(directory).literals(GOOD[0]) is None


def test_a_file_of_another_user_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, GOOD[0])
    somebody_else = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody_else)
    assert RuleCache(tmp_path).literals(GOOD[0]) is None


def test_another_version_of_beca_does_not_use_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, GOOD[0])
    monkeypatch.setattr(cache_module, "VERSION", VERSION + 1)
    assert RuleCache(tmp_path).literals(GOOD[0]) is None


def test_another_version_of_re2_does_not_use_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "cache", GOOD[0])
    assert RuleCache(tmp_path / "cache").literals(GOOD[0]) is not None
    (tmp_path / "re2").mkdir()
    (tmp_path / "re2" / "__init__.py").touch()
    (tmp_path / "re2" / "_re2.so").write_bytes(b"another")
    monkeypatch.syspath_prepend(tmp_path)
    assert RuleCache(tmp_path / "cache").literals(GOOD[0]) is None


def test_the_version_changes_with_the_literals() -> None:
    """If this fails, increment VERSION: caches hold other literals of these patterns."""
    patterns = [
        *GOOD,
        r"\b(?P<secret>(?:ab|cd)_?(?i:key)[=:]{2}[0-9a-f]{32})",
        r"(?i)acme[\w.-]{0,20}(?:api|access)?[_-]key\s*(?P<secret>\w+)",
        r"(?P<secret>-----BEGIN (?:(?:RSA|EC) )?PRIVATE KEY-----)",
        r"(?P<secret>[a-c]{3}x{40}y+)",
    ]
    found = [sorted(map(text_of, true_literals(pattern))) for pattern in patterns]
    assert (VERSION, hashlib.sha256(repr(found).encode()).hexdigest()[:16]) == (7, "72fee90119d719be")


def test_a_cached_pattern_is_not_checked_again(
    make_rule: MakeRule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path, GOOD[0])

    def fail(_pattern: str) -> None:
        raise AssertionError("checked again")

    monkeypatch.setattr(pattern_checking, "compiled_pattern", fail)
    assert checked_pattern(make_rule(GOOD[0]), RuleCache(tmp_path)).literals == true_literals(GOOD[0])


def test_a_pattern_that_is_not_cached_is_checked_at_once(make_rule: MakeRule, tmp_path: Path) -> None:
    save(tmp_path, GOOD[0])
    for pattern in REFUSED:
        with pytest.raises(InvalidRule):
            checked_pattern(make_rule(pattern), RuleCache(tmp_path))


@pytest.mark.parametrize("pattern", REFUSED)
def test_a_pattern_that_is_refused_is_never_stored(make_rule: MakeRule, tmp_path: Path, pattern: str) -> None:
    for _ in range(2):
        found = RuleCache(tmp_path)
        checked_pattern(make_rule(GOOD[0]), found)
        with pytest.raises(InvalidRule):
            checked_pattern(make_rule(pattern), found)
        found.save()
        assert RuleCache(tmp_path).literals(pattern) is None
        assert RuleCache(tmp_path).literals(GOOD[0]) is not None


@pytest.mark.parametrize("pattern", REFUSED)
def test_an_invalid_rule_is_refused_at_registration_with_and_without_a_cache(
    make_rule: MakeRule, tmp_path: Path, pattern: str
) -> None:
    rules = [make_rule(GOOD[0], id="good"), make_rule(pattern, id="bad")]
    plugin = SimpleNamespace(beca_register_rules=hookimpl(lambda: rules))
    problems = []
    for directory in (False, tmp_path, tmp_path):
        registry = PluginRegistry(cache_dir=directory)
        registered = registry.register(plugin, "rules")
        assert [rule.id for rule in registered.rules] == ["good"]
        problems.append(registered.problems)
        registry._cache.save()
    assert problems[0] == problems[1] == problems[2]
    assert "Rule 'bad': its pattern" in problems[0][0]


def test_loading_the_registry_saves_the_checked_patterns(tmp_path: Path) -> None:
    registry = PluginRegistry.load(cache_dir=tmp_path)
    found = RuleCache(tmp_path)
    patterns = [pattern for plugin in registry.plugins for rule in plugin.rules for pattern in rule.patterns]
    assert patterns
    assert [found.literals(pattern) for pattern in patterns] == [true_literals(pattern) for pattern in patterns]
    written = the_file(tmp_path).stat().st_ino
    PluginRegistry.load(cache_dir=tmp_path)
    assert the_file(tmp_path).stat().st_ino == written


def test_patterns_of_other_processes_are_kept_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MOST_PATTERNS", 3)
    save(tmp_path, *GOOD[:2])
    save(tmp_path, GOOD[2])
    assert all(RuleCache(tmp_path).literals(pattern) is not None for pattern in GOOD[:3])
    save(tmp_path, GOOD[3])
    assert [RuleCache(tmp_path).literals(pattern) is not None for pattern in GOOD] == [False, False, False, True]


def test_patterns_in_use_are_all_kept_even_beyond_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MOST_PATTERNS", 2)
    save(tmp_path, *GOOD)
    assert all(RuleCache(tmp_path).literals(pattern) is not None for pattern in GOOD)


def test_more_patterns_than_the_bound_in_memory_still_work(
    make_rule: MakeRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pattern_checking, "MOST_PATTERNS", 2)
    for _ in range(2):
        for pattern in GOOD:
            assert checked_pattern(make_rule(pattern)).literals == true_literals(pattern)
            assert len(pattern_checking._checked) <= 2


@pytest.mark.slow
def test_processes_that_store_at_the_same_time_do_not_harm_each_other(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib;"
        "from beca_core.matching.rule_cache import RuleCache;"
        "from beca_core.matching.patterns.literals import literals;"
        "from beca_core.matching.patterns.pattern_parser import parse;"
        "patterns = [f'(?P<secret>token_{sys.argv[1]}_{n}_)' for n in range(40)];"
        "found = RuleCache(pathlib.Path(sys.argv[2]));"
        "[(found.add(pattern, literals(parse(pattern))), found.save()) for pattern in patterns]"
    )
    commands = [[sys.executable, "-c", code, str(number), str(tmp_path)] for number in range(2)]
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda command: subprocess.run(command, check=True, capture_output=True), commands))
    assert [process.stderr for process in done] == [b"", b""]
    later = RuleCache(tmp_path)
    patterns = [f"(?P<secret>token_{number}_{n}_)" for number in range(2) for n in range(40)]
    found = {pattern: later.literals(pattern) for pattern in patterns}
    assert any(found.values())
    assert all(seen in (None, true_literals(pattern)) for pattern, seen in found.items())


def test_threads_get_the_same_pattern_object(make_rule: MakeRule) -> None:
    rules = [make_rule(f"(?P<secret>token_{number}_[0-9]+)") for number in range(100)]
    with ThreadPoolExecutor(4) as pool:
        rounds = [pool.submit(lambda: [checked_pattern(rule) for rule in rules]) for _ in range(4)]
        first, *others = [done.result() for done in rounds]
    for other in others:
        assert all(one is same for one, same in zip(first, other, strict=True))
