"""Rules that are written as a rule file are read as the same rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from beca_core import Allow, Confidence, Near, Part, Rule, Severity, Side, Variant, load_rules
from beca_core.plugins.foreign import translate_gitleaks
from beca_core.plugins.foreign.rule_file_text import rule_file_text

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TEXTS = st.text("ab é'\"\\#\t[]", min_size=1, max_size=12).filter(str.strip)
NAMES = st.from_regex(r"[a-z]{1,5}(-[a-z0-9]{1,4}){0,2}", fullmatch=True)
PATTERNS = st.sampled_from(["x'\"[ab]+", r"\bkey\s*=\s*(?P<n>[a-z]+)", "'''a", "a\\\\b", "tab\\t", "(?i)a|b"])
RULES = st.builds(
    Rule,
    id=NAMES,
    version=st.integers(1, 9),
    description=TEXTS,
    severity=st.sampled_from(list(Severity)),
    confidence=st.sampled_from(list(Confidence)),
    pattern=PATTERNS.map(lambda text: f"(?P<secret>{text})") | st.just(("(?P<secret>a)", "(?P<secret>b)")),
    tags=st.lists(NAMES, max_size=2).map(tuple),
    paths=st.lists(TEXTS, max_size=2).map(tuple),
    keywords=st.lists(st.text("abc'\"\\", min_size=3, max_size=6), max_size=2).map(tuple),
    min_entropy=st.sampled_from([0.0, 2.5, 3.0]),
    allow=st.builds(Allow, words=st.lists(st.just("test"), max_size=1).map(tuple), patterns=st.just(("^a'$",))),
    parts=st.just(()) | st.just((Part(name="id", pattern=r"id-(?P<part>\d+)", where=Side.BEFORE, required=False),)),
    near=st.just(()) | st.just((Near(words=("word", "other"), within=9),)),
    variants=st.just(()) | st.just((Variant(name="test", pattern="^t", severity=Severity.LOW),)),
    multiline=st.booleans(),
)


@settings(max_examples=80)
@given(rules=st.lists(RULES, max_size=3, unique_by=lambda rule: rule.id))
def test_what_is_written_is_read_again(rules: list[Rule], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "written.toml"
    path.write_text(rule_file_text(rules, "somewhere"))
    assert load_rules(path) == rules


def test_it_says_where_the_rules_come_from() -> None:
    assert rule_file_text([], "gitleaks.toml") == "# Rules that `beca import` has taken from gitleaks.toml.\n"


def test_what_is_translated_is_the_same_after_writing(tmp_path: Path) -> None:
    source = tmp_path / "gitleaks.toml"
    source.write_text(
        """
[[rules]]
id = "one"
regex = '''(?i)(?:a"b|c'd)\\s{0,3}=\\s*["'`]?([\\w.=-]{10,50})["'`\\s]'''
secretGroup = 1
entropy = 3.2
path = '''(?i)\\.(env|ini)$'''
keywords = ["a\\"b", "c'd"]
tags = ["A b"]
[[rules.allowlists]]
regexes = ['''^[a-z]+$''', "'''"]
stopwords = ["exa'mple"]
[[rules.required]]
id = "two"
[[rules]]
id = "two"
regex = '''two-[0-9]{4}'''
"""
    )
    rules = list(translate_gitleaks(source).rules)
    written = tmp_path / "rules.toml"
    written.write_text(rule_file_text(rules, source.name))
    assert load_rules(written) == rules
    assert len(rules) == 2
