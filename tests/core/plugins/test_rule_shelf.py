"""BECA's own rules out of the cache: the same rules, of which a scan imports those that find something."""

from __future__ import annotations

import copy
import json
import pickle
import shutil
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import beca_scanners
from beca_core import Engine, PluginRegistry, Rule
from beca_core.errors import InvalidRule
from beca_core.matching.index.word_table import word_table
from beca_core.matching.patterns import pattern_checking
from beca_core.matching.patterns.locating import is_covered, located_by
from beca_core.matching.patterns.pattern_checking import checked_patterns
from beca_core.matching.rule_cache import RuleCache
from beca_core.plugins import rule_shelf as shelf_module
from beca_core.plugins.rule_shelf import RuleShelf
from beca_core.rules.stored_rule import OF_ALL, StoredRule, plain
from beca_core.system import cache_files
from beca_core.system.user_dirs import default_cache_dir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core import Finding

OWN: dict[str, Rule] = {rule.id: rule for rule in beca_scanners.beca_register_rules()}
AWS_KEY = "".join(("AK", "IA", "QYLP", "MN5H", "FX2T", "ZK4W"))


@pytest.fixture(scope="session")
def shelved() -> Path:
    """The cache of this session, in which the rules are stored: the second scan stores them, the third one reads them.

    It has databases, too, which other tests need as well.
    """
    directory = default_cache_dir()
    for _ in range(2):
        own_rules(directory)
    assert isinstance(own_rules(directory)[0], StoredRule)
    return directory


@pytest.fixture
def own(shelved: Path, tmp_path: Path) -> Path:
    """A cache that has only the rules, for a test that changes it."""
    name = the_shelf(shelved)._name
    data = cache_files.load(shelved, name)
    assert data is not None
    cache_files.store(tmp_path / "own", name, data)
    return tmp_path / "own"


def load(directory: Path, *, lazily: bool = True) -> PluginRegistry:
    registry = PluginRegistry.load(cache_dir=directory, lazily=lazily)
    assert [plugin.problems for plugin in registry.plugins if plugin.name == "builtin"] == [[]]
    return registry


def own_rules(directory: Path, *, lazily: bool = True) -> Sequence[Rule]:
    (plugin,) = [each for each in load(directory, lazily=lazily).plugins if each.name == "builtin"]
    return plugin.rules


def the_shelf(directory: Path) -> RuleShelf:
    return RuleShelf(beca_scanners, RuleCache(directory))


def rewrite(directory: Path, edit: Any) -> None:
    """Store something else under the name of the shelf, as if BECA had written it."""
    name = the_shelf(directory)._name
    data = cache_files.load(directory, name)
    assert data is not None
    cache_files.store(directory, name, edit(data))


def shown(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [finding.to_dict() for finding in findings]


def test_the_first_scan_stores_no_rules_since_it_may_be_the_only_one(tmp_path: Path) -> None:
    assert type(own_rules(tmp_path)[0]) is Rule
    assert the_shelf(tmp_path).load() is None


def test_only_a_scan_of_the_command_line_asks_for_stored_rules(shelved: Path) -> None:
    assert type(own_rules(shelved, lazily=False)[0]) is Rule


def test_all_fields_of_all_rules_are_those_of_the_rules_themselves(shelved: Path) -> None:
    stored = own_rules(shelved)
    assert [rule.id for rule in stored] == list(OWN)
    names = [field.name for field in fields(Rule) if field.name not in {"examples", "counter_examples"}]
    for rule in stored:
        assert isinstance(rule, StoredRule)
        assert [getattr(rule, name) for name in names] == [getattr(OWN[rule.id], name) for name in names], rule.id
        assert rule.itself() is OWN[rule.id]


def test_what_the_prefilter_knows_of_all_rules_is_what_it_would_find_out(
    shelved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {
        rule_id: (
            located_by(rule),
            is_covered(rule),
            [(each.literals, each.bounded, each.follow_set, each.tail) for each in checked_patterns(rule)],
        )
        for rule_id, rule in OWN.items()
    }
    monkeypatch.setattr(pattern_checking, "_checked", {})  # as in a new process
    for rule in own_rules(shelved):
        found = [(each.literals, each.bounded, each.follow_set, each.tail) for each in checked_patterns(rule)]
        assert (located_by(rule), is_covered(rule), found) == expected[rule.id], rule.id


@pytest.mark.parametrize("step", [1, 3])
def test_the_stored_words_are_those_of_the_rules(shelved: Path, step: int) -> None:
    rules, anchors = own_rules(shelved)[::step], [(b"kind: Secret",)]
    expected = word_table([plain_rule(rule) for rule in rules], anchors, None)
    for _ in range(2):  # made and stored, then read
        found = word_table(rules, anchors, RuleCache(shelved))
        assert found[1:] == (expected.unindexed, *expected[2:])
        assert [(word.text, word.literal, word.is_everyday, word.present, word.nearby) for word in found.words] == [
            (word.text, word.literal, word.is_everyday, word.present, word.nearby) for word in expected.words
        ]
        assert [word.uses for word in found.words] == [word.uses for word in expected.words]


def plain_rule(rule: Rule) -> Rule:
    found = plain(rule)
    assert isinstance(found, Rule)
    return found


def test_the_findings_are_the_same_with_and_without_the_cache(shelved: Path) -> None:
    examples = [rule.examples[0].data + b"\n\n" for rule in [*OWN.values()][::13]]
    with_cache, without = Engine(load(shelved)), Engine(load(shelved, lazily=False))
    found = 0
    for begin in range(0, len(examples), 50):
        text = b"".join(examples[begin : begin + 50])
        expected = shown(without.scan_text(text))
        assert shown(with_cache.scan_text(text)) == expected
        found += len(expected)
    assert found > len(examples) / 2


def test_a_choice_of_rules_has_a_table_of_its_own(shelved: Path) -> None:
    registry = load(shelved)
    text = "\n".join([AWS_KEY, *(str(OWN[rule_id].examples[0].text) for rule_id in ("github-token", "secret-key"))])
    for rules, excluded in ((["github-*"], []), (["provider:git*", "secret-key"], ["github-token"])):
        expected = Engine(load(shelved, lazily=False), rules=rules, exclude_rules=excluded)
        for _ in range(2):  # made and stored, then read
            found = Engine(registry, rules=rules, exclude_rules=excluded)
            assert list(found.rules) == list(expected.rules)
            assert shown(found.scan_text(text)) == shown(expected.scan_text(text))


_SCRIPT = """
import sys
from beca_core.cli import main
try:
    main(sys.argv[1:])
finally:
    print(sum(name.startswith("beca_scanners.") for name in sys.modules), file=sys.stderr)
"""


def test_a_scan_that_finds_nothing_imports_no_family_of_rules(shelved: Path, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print('hello')\n")
    arguments = [str(tmp_path), "--cache-dir", str(shelved)]
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT, "scan", *arguments], capture_output=True, text=True, check=False
    )
    assert "No secrets found" in run.stdout, run.stderr
    assert int(run.stderr.splitlines()[-1]) <= 4, run.stderr  # the two scanners with their folders


def test_before_the_processes_of_a_large_scan_start_all_rules_are_imported(shelved: Path) -> None:
    registry = load(shelved)
    is_known = vars(Rule)["checks"].__get__  # of a rule that is not imported yet, it raises
    with pytest.raises(AttributeError):
        is_known(registry.plugins[0].rules[0])
    registry.compile().prepare()
    for rule in registry.plugins[0].rules:
        assert is_known(rule) == OWN[rule.id].checks


def test_a_stored_rule_is_copied_pickled_and_replaced_as_the_rule_itself(shelved: Path) -> None:
    stored = next(rule for rule in own_rules(shelved) if rule.id == "pem-private-key")
    rule = OWN["pem-private-key"]
    assert stored == rule
    assert rule == stored
    assert stored == copy.copy(stored)
    assert stored != OWN["github-token"]
    assert hash(stored) == hash(rule)
    assert repr(stored) == repr(rule)
    assert type(pickle.loads(pickle.dumps(stored))) is Rule  # noqa: S301 - what was just written
    assert replace(stored, version=7) == replace(rule, version=7)
    assert type(replace(stored, version=7)) is Rule
    with pytest.raises(AttributeError):
        stored.colour  # noqa: B018
    with pytest.raises(AttributeError):
        stored.version = 3


def test_digests_are_those_of_the_rules(shelved: Path) -> None:
    ids = [rule_id for rule_id in OWN if rule_id.startswith("git")]
    assert load(shelved).digests(ids) == load(shelved, lazily=False).digests(ids)


@pytest.mark.parametrize(
    "edit",
    [
        lambda _: b"",
        lambda _: b"[]",
        lambda _: b"\xff\xfe",
        lambda data: data.partition(b"\n")[0],
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b'"HIGH"', b'"HIGHEST"', 1),
        lambda _: json.dumps([[[1, 2]], []]).encode() + b"\n{}",
    ],
)
def test_what_is_no_shelf_is_not_used(own: Path, edit: Any) -> None:
    assert the_shelf(own).load() is not None
    rewrite(own, edit)
    assert the_shelf(own).load() is None


def test_without_a_shelf_that_can_be_used_the_rules_are_stored_again(shelved: Path, tmp_path: Path) -> None:
    directory = Path(shutil.copytree(shelved, tmp_path / "own"))
    rewrite(directory, lambda _: b"")
    assert type(own_rules(directory)[0]) is Rule
    assert isinstance(own_rules(directory)[0], StoredRule)


def test_a_torn_file_is_not_used(own: Path) -> None:
    path = own / f"{the_shelf(own)._name}.hsdb"
    path.write_bytes(path.read_bytes()[:-1])
    assert the_shelf(own).load() is None


def test_a_file_that_others_can_write_is_not_used(own: Path) -> None:
    (own / f"{the_shelf(own)._name}.hsdb").chmod(0o666)
    assert the_shelf(own).load() is None


@pytest.mark.parametrize("module", ["os", "beca_scannersx.evil", "beca_core.cli"])
def test_no_module_but_one_of_the_plugin_is_imported(own: Path, module: str) -> None:
    rewrite(own, lambda data: data.replace(b'"beca_scanners.keys.secret_key"', json.dumps(module).encode()))
    rule = own_rules(own)[0]
    assert isinstance(rule, StoredRule)
    with pytest.raises(InvalidRule, match="secret-key"):
        rule.description  # noqa: B018


def test_a_rule_that_is_another_one_now_is_refused(own: Path) -> None:
    rewrite(own, lambda data: data.replace(b'["secret-key",1', b'["secret-key",9', 1))
    rule = own_rules(own)[0]
    assert rule.version == 9
    with pytest.raises(InvalidRule, match="has changed since"):
        rule.description  # noqa: B018


def test_another_state_of_the_files_has_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "rules"
    (folder / "deeper").mkdir(parents=True)
    names = {shelf_module._digest(folder)}
    for path, text in (("a.py", "1"), ("deeper/b.toml", "2"), ("a.py", "22"), ("deeper/c.json", "")):
        (folder / path).write_text(text)
        names.add(shelf_module._digest(folder))
    assert len(names) == 5
    (folder / "notes.md").write_text("not looked at")
    assert shelf_module._digest(folder) in names
    monkeypatch.setattr(shelf_module, "VERSION", "next")
    assert shelf_module._digest(folder) not in names


def test_without_a_cache_there_are_only_the_rules_themselves() -> None:
    registry = PluginRegistry.load(cache_dir=False, lazily=True)
    assert {type(rule) for rule in registry.plugins[0].rules} == {Rule}


def test_the_fields_that_are_stored_are_fields_of_rules() -> None:
    assert set(OF_ALL) <= {field.name for field in fields(Rule)}
