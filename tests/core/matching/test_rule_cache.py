"""What is known of patterns: kept for other processes, and never taken for true where it may not be."""

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
from beca_core.matching import pattern as confirm
from beca_core.matching import rule_cache as known
from beca_core.matching.literals import LETTERS, Literal, literals
from beca_core.matching.pattern import compile_pattern
from beca_core.matching.pattern_parser import parse
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
def no_pattern_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins as a process does."""
    monkeypatch.setattr(confirm, "_patterns", {})


def true_literals(pattern: str) -> frozenset[Literal]:
    return literals(parse(pattern))


def learn(directory: Path, *patterns: str) -> RuleCache:
    found = RuleCache(directory)
    for pattern in patterns:
        found.add(pattern, true_literals(pattern))
    found.save()
    return found


def the_file(directory: Path) -> Path:
    (path,) = directory.iterdir()
    return path


def test_what_is_known_is_known_to_other_processes(tmp_path: Path) -> None:
    learn(tmp_path, *GOOD)
    later = RuleCache(tmp_path)
    assert [later.literals(pattern) for pattern in GOOD] == [true_literals(pattern) for pattern in GOOD]
    assert later.literals("(?P<secret>other)") is None
    assert later.literals("") is None


def test_without_a_directory_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = RuleCache()
    found.add(GOOD[0], true_literals(GOOD[0]))
    found.save()
    assert found.literals(GOOD[0]) is None
    assert list(tmp_path.iterdir()) == []


def test_a_pattern_without_literals_is_known_to_have_none(tmp_path: Path) -> None:
    learn(tmp_path, "(?P<secret>.)")
    assert RuleCache(tmp_path).literals("(?P<secret>.)") == frozenset()


letters = st.sampled_from(sorted(LETTERS.values(), key=sorted))


@given(st.lists(letters, min_size=1).map(tuple))
def test_a_literal_is_read_as_it_was_written(literal: Literal) -> None:
    assert known._read(known._written(literal)) == literal


@pytest.mark.slow
@given(
    st.dictionaries(
        st.text(st.characters(codec="ascii"), min_size=1), st.sets(st.lists(letters, min_size=3).map(tuple))
    )
)
def test_whatever_patterns_and_literals_are_they_are_loaded_as_stored(
    tmp_path_factory: pytest.TempPathFactory, patterns: dict[str, set[Literal]]
) -> None:
    directory = tmp_path_factory.mktemp("known")
    first = RuleCache(directory)
    for pattern, found in patterns.items():
        first.add(pattern, frozenset(found))
    first.save()
    later = RuleCache(directory)
    assert {pattern: later.literals(pattern) for pattern in patterns} == patterns


@pytest.mark.parametrize("what", ["cut", "changed", "emptied", "others can write", "directory others can write"])
def test_a_file_that_cannot_be_trusted_tells_nothing(tmp_path: Path, what: str) -> None:
    directory = tmp_path / "cache"
    learn(directory, GOOD[0])
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


def test_what_another_user_stored_tells_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learn(tmp_path, GOOD[0])
    somebody_else = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody_else)
    assert RuleCache(tmp_path).literals(GOOD[0]) is None


def test_another_version_knows_nothing_of_this_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learn(tmp_path, GOOD[0])
    monkeypatch.setattr(known, "VERSION", VERSION + 1)
    assert RuleCache(tmp_path).literals(GOOD[0]) is None


def test_another_re2_knows_nothing_of_this_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learn(tmp_path / "cache", GOOD[0])
    assert RuleCache(tmp_path / "cache").literals(GOOD[0]) is not None
    (tmp_path / "re2").mkdir()
    (tmp_path / "re2" / "__init__.py").touch()
    (tmp_path / "re2" / "_re2.so").write_bytes(b"another")
    monkeypatch.syspath_prepend(tmp_path)
    assert RuleCache(tmp_path / "cache").literals(GOOD[0]) is None


def test_the_version_says_which_literals_there_are() -> None:
    """When this fails, count up VERSION: what other processes left behind tells other literals."""
    patterns = [
        *GOOD,
        r"\b(?P<secret>(?:ab|cd)_?(?i:key)[=:]{2}[0-9a-f]{32})",
        r"(?i)acme[\w.-]{0,20}(?:api|access)?[_-]key\s*(?P<secret>\w+)",
        r"(?P<secret>-----BEGIN (?:(?:RSA|EC) )?PRIVATE KEY-----)",
        r"(?P<secret>[a-c]{3}x{40}y+)",
    ]
    found = [sorted(map(known._written, true_literals(pattern))) for pattern in patterns]
    assert (VERSION, hashlib.sha256(repr(found).encode()).hexdigest()[:16]) == (1, "72fee90119d719be")


def test_what_is_known_is_not_looked_into_again(
    make_rule: MakeRule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn(tmp_path, GOOD[0])

    def fail(_pattern: str) -> None:
        raise AssertionError("looked into again")

    monkeypatch.setattr(confirm, "_compiled", fail)
    assert compile_pattern(make_rule(GOOD[0]), RuleCache(tmp_path)).literals == true_literals(GOOD[0])


def test_a_pattern_that_is_not_known_is_looked_into_at_once(make_rule: MakeRule, tmp_path: Path) -> None:
    learn(tmp_path, GOOD[0])
    for pattern in REFUSED:
        with pytest.raises(InvalidRule):
            compile_pattern(make_rule(pattern), RuleCache(tmp_path))


@pytest.mark.parametrize("pattern", REFUSED)
def test_a_pattern_that_is_refused_is_never_stored(make_rule: MakeRule, tmp_path: Path, pattern: str) -> None:
    for _ in range(2):
        found = RuleCache(tmp_path)
        compile_pattern(make_rule(GOOD[0]), found)
        with pytest.raises(InvalidRule):
            compile_pattern(make_rule(pattern), found)
        found.save()
        assert RuleCache(tmp_path).literals(pattern) is None
        assert RuleCache(tmp_path).literals(GOOD[0]) is not None


@pytest.mark.parametrize("pattern", REFUSED)
def test_an_invalid_rule_is_refused_at_registration_with_and_without_a_cache(
    make_rule: MakeRule, tmp_path: Path, pattern: str
) -> None:
    rules = [make_rule(GOOD[0], id="good"), make_rule(pattern, id="bad")]
    plugin = SimpleNamespace(beca_register_rules=hookimpl(lambda: rules))
    said = []
    for directory in (False, tmp_path, tmp_path):
        registry = PluginRegistry(cache_dir=directory)
        registered = registry.register(plugin, "rules")
        assert [rule.id for rule in registered.rules] == ["good"]
        said.append(registered.problems)
        registry._cache.save()
    assert said[0] == said[1] == said[2]
    assert "Rule 'bad': its pattern" in said[0][0]


def test_a_load_leaves_what_it_found_out_to_others(tmp_path: Path) -> None:
    registry = PluginRegistry.load(cache_dir=tmp_path)
    found = RuleCache(tmp_path)
    patterns = [rule.pattern for plugin in registry.plugins for rule in plugin.rules]
    assert patterns
    assert [found.literals(pattern) for pattern in patterns] == [true_literals(pattern) for pattern in patterns]
    written = the_file(tmp_path).stat().st_ino
    PluginRegistry.load(cache_dir=tmp_path)
    assert the_file(tmp_path).stat().st_ino == written


def test_what_others_stored_is_kept_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "MOST_PATTERNS", 3)
    learn(tmp_path, *GOOD[:2])
    learn(tmp_path, GOOD[2])
    assert all(RuleCache(tmp_path).literals(pattern) is not None for pattern in GOOD[:3])
    learn(tmp_path, GOOD[3])
    assert [RuleCache(tmp_path).literals(pattern) is not None for pattern in GOOD] == [False, False, False, True]


def test_more_patterns_than_the_bound_are_all_kept_while_they_are_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "MOST_PATTERNS", 2)
    learn(tmp_path, *GOOD)
    assert all(RuleCache(tmp_path).literals(pattern) is not None for pattern in GOOD)


def test_more_patterns_than_are_remembered_work_all_the_same(
    make_rule: MakeRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirm, "MOST_PATTERNS", 2)
    for _ in range(2):
        for pattern in GOOD:
            assert compile_pattern(make_rule(pattern)).literals == true_literals(pattern)
            assert len(confirm._patterns) <= 2


def test_processes_that_store_at_the_same_time_do_not_harm_each_other(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib;"
        "from beca_core.matching.rule_cache import RuleCache;"
        "from beca_core.matching.literals import literals;"
        "from beca_core.matching.pattern_parser import parse;"
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


def test_threads_get_one_and_the_same_pattern(make_rule: MakeRule) -> None:
    rules = [make_rule(f"(?P<secret>token_{number}_[0-9]+)") for number in range(100)]
    with ThreadPoolExecutor(4) as pool:
        rounds = [pool.submit(lambda: [compile_pattern(rule) for rule in rules]) for _ in range(4)]
        first, *others = [done.result() for done in rounds]
    for other in others:
        assert all(one is same for one, same in zip(first, other, strict=True))
