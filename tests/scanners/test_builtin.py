"""The built-in rules, tested like any plugin."""

from __future__ import annotations

import time
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

import beca_scanners
from beca_core import Confidence, Engine, Finding, PluginRegistry, Rule, RuleInfo, Scanner, Severity
from beca_core.rules.example import as_counter_example
from beca_core.rules.rule_problems import rule_problems
from beca_core.sources.texts import TextSource
from beca_core.testing import prove
from tests.scanners.conftest import all_rules, every_rule

ROOT = Path(__file__).parents[2]
RULES = every_rule()
BY_ID = {rule.id: rule for rule in RULES}
PARTS = 6


def test_the_entry_point_names_this_package() -> None:
    registry = PluginRegistry.load()
    assert {rule.id for rule in RULES} <= registry.rules.keys()
    assert {registry.owner(rule.id) for rule in RULES} == {"builtin"}


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_the_rules_pass_the_test_kit_for_plugins(part: int, registry: PluginRegistry) -> None:
    """In parts, which take part in parallel. The plugin has nothing but rules, so that these are all there is to it."""
    proofs = prove(registry, [rule.id for rule in RULES[part::PARTS]])
    assert {rule_id: failures for rule_id, failures in proofs.items() if failures} == {}


def test_the_default_rule_comes_first() -> None:
    assert RULES[0].id == "secret-key"


@all_rules(RULES)
def test_every_rule_explains_itself(rules: tuple[RuleInfo, ...]) -> None:
    for rule in rules:
        assert rule.version == 1, rule.id
        assert rule.remediation.endswith("."), rule.id
        assert rule.references, rule.id
        assert all(reference.startswith("https://") for reference in rule.references), rule.id


@all_rules(RULES)
def test_among_all_others_each_secret_of_an_example_is_one_finding(rules: tuple[RuleInfo, ...], engine: Engine) -> None:
    wrong = []
    for rule in rules:
        for example in rule.examples:
            found = engine.scan_text(example.data, name=example.path)
            for secret in set(example.secrets):
                of_secret = [each for each in found if each.secret in secret or secret in each.secret]
                right = [each for each in of_secret if each.secret == secret and is_of(rule, each)]
                if not right or len(right) != len(of_secret):
                    wrong.append(f"{rule.id}: {sorted(each.rule_id for each in of_secret)}")
    assert not wrong, "\n".join(wrong)


@all_rules(RULES)
def test_what_a_finding_shows_in_clear_is_no_finding_of_another_rule(
    rules: tuple[RuleInfo, ...], engine: Engine
) -> None:
    wrong = []
    for rule in rules:
        shows_more = not isinstance(rule, Rule) or rule.parts or rule.attributes
        for example in rule.examples if shows_more else ():
            found = engine.scan_text(example.data, name=example.path)
            secrets = {each.secret.decode(errors="replace") for each in found}
            for each in found:
                shown = [part.text for part in each.parts if part.public] + [value for _, value in each.attributes]
                if any(secret in text or text in secret for secret in secrets for text in shown):
                    wrong.append(f"{rule.id}: {each.rule_id}")
    assert not wrong, "\n".join(sorted(set(wrong)))


def is_of(rule: RuleInfo, finding: Finding) -> bool:
    """Return whether a finding is a rule's, or that of a rule which is written to supersede it."""
    if finding.rule_id == rule.id:
        return True
    is_superseded = rule.id in {other.rule_id for other in finding.superseded}
    return is_superseded and any(fnmatchcase(rule.id, name) for name in BY_ID[finding.rule_id].supersedes)


@all_rules(RULES)
def test_among_all_others_no_rule_finds_its_counter_examples(rules: tuple[RuleInfo, ...], engine: Engine) -> None:
    wrong = []
    for rule in rules:
        counters = map(as_counter_example, rule.counter_examples)
        if any(findings(engine, counter.data, rule.id, counter.path) for counter in counters):
            wrong.append(rule.id)
    assert not wrong, "\n".join(wrong)


def test_what_a_rule_supersedes_exists() -> None:
    patterns = {(name, rule.id) for rule in RULES for name in rule.supersedes}
    assert {
        (name, rule_id) for name, rule_id in patterns if not any(fnmatchcase(each, name) for each in BY_ID)
    } == set()


def test_no_rule_supersedes_only_itself() -> None:
    assert [rule.id for rule in RULES if rule.id in rule.supersedes] == []


def test_rules_and_scanners_follow_the_contract() -> None:
    assert all(isinstance(rule, Rule) for rule in beca_scanners.beca_register_rules())
    assert all(isinstance(scanner, Scanner) for scanner in beca_scanners.beca_register_scanners())


def findings(engine: Engine, text: str | bytes, rule_id: str, path: str = "") -> list[Finding]:
    return [found for found in engine.scan_text(text, name=path) if found.rule_id == rule_id]


def test_no_field_of_a_rule_is_wrong() -> None:
    """A scan takes this as proven: it does not check the fields of BECA's own rules again."""
    assert [problem for rule in RULES for problem in rule_problems(rule)] == []


def test_the_two_words_of_the_original_example(engine: Engine) -> None:
    found = engine.scan_text("public_keyasdf\nprivate_keyfdas\n")
    assert [(item.secret, item.location.begin.line, item.location.begin.column) for item in found] == [
        (b"public_keyasdf", 1, 1),
        (b"private_keyfdas", 2, 1),
    ]
    for item in found:
        assert (item.rule_id, item.type) == ("secret-key", "sast")
        assert (item.severity, item.confidence) == (Severity.HIGH, Confidence.LOW)
        assert "SECRET_KEY" in item.description


@pytest.mark.parametrize("text", ["", "\n", "nothing to see", "public key, private key", "my_public_key", "\0" * 100])
def test_texts_without_such_words_have_no_findings(text: str, engine: Engine) -> None:
    report = engine.scan(TextSource(text.encode()))
    assert report.findings == ()
    assert report.exit_code == 0


def test_a_line_longer_than_64_kb_is_read_to_its_end(engine: Engine) -> None:
    line = "x" * 65_536 + " private_key" + "\r\n" + "public_key"
    found = engine.scan_text(line)
    assert [(item.location.begin.line, item.location.begin.column) for item in found] == [(1, 65_538), (2, 1)]


def test_one_line_may_mean_different_things_in_two_texts(engine: Engine) -> None:
    for _ in range(2):
        (mention,) = engine.scan_text("private_key: |\nother: 1\n")
        (value,) = engine.scan_text("private_key: |\n  hunter2\n")
        assert (mention.secret, value.secret) == (b"private_key", b"hunter2")


PUMPS = [
    "private_key=",
    'private_key="',
    "private_key='a\\",
    "private_key: |\n ",
    "private_key=a.a.",
    'private_key=""" ',
    "private_key: -----BEGIN X-----",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\n\n#\n\\n",
    "-----BEGIN RSA PRIVATE KEY-----\n" + "A" * 60 + "\n-----END RSA PRIVATE KEY-----",
    "ghr_" + "a" * 76,
    "AKIA" + "ABCDEFGHIJKLMNOP ",
]


@pytest.mark.slow
@pytest.mark.parametrize("unit", PUMPS)
def test_no_check_takes_more_than_linear_time(unit: str, engine: Engine) -> None:
    """A quadratic check would take minutes for the larger text: four times the data for at most 12 times the time."""
    small, large = (unit * (size // len(unit)) for size in (50_000, 200_000))
    assert any(seconds(engine, large) < 12 * seconds(engine, small) + 1 for _ in range(3))


def seconds(engine: Engine, text: str) -> float:
    """Return the processor time of a scan."""
    begin = time.thread_time()
    engine.scan_text(text)
    return time.thread_time() - begin


SOURCES = [path for folder in ("beca_scanners", "tests/scanners", "plugins") for path in (ROOT / folder).rglob("*.py")]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_file_contains_what_looks_like_a_credential(path: Path, engine: Engine) -> None:
    """What only a name says is left out: sources of rules and their tests name many passwords that are none."""
    found = {item.rule_id for item in engine.scan_text(path.read_bytes())}
    assert [rule_id for rule_id in found if BY_ID[rule_id].category != "generic"] == []
