"""Translated rules find what a plain reading of gitleaks' documentation finds, on random rules and texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from beca_core import Engine
from beca_core.findings import Commit, Confidence, Finding, Location, Position, Severity
from beca_core.plugins.foreign import AllowTarget, ForeignAllow, translate_gitleaks
from beca_core.plugins.foreign.allow_drafts import allow_entries
from tests.core.plugins.foreign.plain_gitleaks import PlainAllow, PlainFinding, PlainRule

if TYPE_CHECKING:
    import pytest

REGEXES = st.sampled_from(
    [
        ("key=([a-z0-9]{4,8})", 0),
        ("key=([a-z0-9]{4,8})", 1),
        ("key=[a-z0-9]{4,8}", 0),
        ("(key|token)=([a-z0-9]{4,8})", 2),
        ("(?:key|token)=([a-z0-9]{4,8})", 0),
        ("(?:key=([a-z]{4})|token=([0-9]{4}))", 0),
        ("(?i)KEY=([a-z0-9]{4,8})", 0),
        (r"\bkey=(?P<value>[a-z0-9]{4,8})\b", 0),
    ]
)
LINES = st.builds(
    "{}{}={}{}".format,
    st.sampled_from(["", "x ", "# "]),
    st.sampled_from(["key", "KEY", "token", "other"]),
    st.text("ab01", min_size=3, max_size=9),
    st.sampled_from(["", " ", " # fake", ";"]),
)
TEXTS = st.lists(LINES, max_size=5).map("\n".join)
WORDS = st.lists(st.sampled_from(["A0", "bb", "1"]), max_size=2).map(tuple)
EXPRESSIONS = st.lists(st.sampled_from(["^a", "0", "b$", "fake", "^x", "key"]), max_size=2).map(tuple)
IN_RULES = st.one_of(
    st.builds(PlainAllow, regexes=EXPRESSIONS, target=st.sampled_from(["secret", "line"]), stop_words=WORDS),
    st.builds(PlainAllow, needs_all=st.just(True), regexes=EXPRESSIONS, target=st.sampled_from(["secret", "line"])),
)
"""Allow-lists that a rule itself can have."""


@settings(max_examples=50)
@given(
    regex=REGEXES,
    entropy=st.sampled_from([0.0, 0.9, 1.3]),
    keywords=st.sampled_from([(), ("key",), ("Token", "other")]),
    allows=st.lists(IN_RULES, max_size=2).map(tuple),
    text=TEXTS,
)
def test_rules_with_their_allow_lists(
    regex: tuple[str, int],
    entropy: float,
    keywords: tuple[str, ...],
    allows: tuple[PlainAllow, ...],
    text: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    plain = PlainRule(*regex, entropy, keywords, allows)
    path = tmp_path_factory.getbasetemp() / "plain.toml"
    path.write_text(plain.toml("plain"))
    config = translate_gitleaks(path)
    assert (config.remarks, config.allows) == ((), ())
    found = [finding.secret.decode() for finding in Engine(rules=config.rules).scan_text(text)]
    assert sorted(found) == sorted(each.secret for each in plain.find(text))


PATHS = st.sampled_from(["a.env", "tests/a.env", "src/tests/b.py", "docs/a.md"])
COMMITS = st.sampled_from(["", "a" * 40, "b" * 40])
FINDINGS = st.builds(PlainFinding, st.text("ab01", min_size=4, max_size=8), st.just("x"), st.just("x"), PATHS, COMMITS)
LISTS = st.builds(
    PlainAllow,
    needs_all=st.booleans(),
    paths=st.lists(st.sampled_from(["^tests/", r"\.md$", "(^|/)a", "src"]), max_size=2).map(tuple),
    regexes=st.lists(st.sampled_from(["^a", "0", "b$", "[ab]1"]), max_size=2).map(tuple),
    stop_words=WORDS,
)


@settings(max_examples=80)
@given(allow=LISTS, plain=FINDINGS)
def test_entries_hide_what_the_allow_list_hides(allow: PlainAllow, plain: PlainFinding) -> None:
    foreign = ForeignAllow(
        needs_all=allow.needs_all, paths=allow.paths, expressions=allow.regexes, stop_words=allow.stop_words
    )
    remarks: list[object] = []
    entries = allow_entries([foreign], "", remarks)  # type: ignore[arg-type]
    assert remarks == []
    assert any(entry.matches(finding_of(plain)) for entry in entries) == allow.hides(plain)


@settings(max_examples=80)
@given(allow=LISTS, commits=st.booleans(), target=st.sampled_from(list(AllowTarget)), plain=FINDINGS)
def test_entries_never_hide_more(allow: PlainAllow, commits: bool, target: AllowTarget, plain: PlainFinding) -> None:
    """Whatever of an allow-list cannot be said, what is left hides nothing that the allow-list does not hide."""
    foreign = ForeignAllow(
        needs_all=allow.needs_all,
        commits=("a" * 40,) if commits else (),
        paths=allow.paths,
        expressions=allow.regexes,
        target=target,
        stop_words=allow.stop_words,
    )
    entries = allow_entries([foreign], "", [])
    plain_allow = PlainAllow(
        allow.needs_all, foreign.commits, allow.paths, allow.regexes, target.value, allow.stop_words
    )
    if any(entry.matches(finding_of(plain)) for entry in entries):
        assert plain_allow.hides(plain)


def finding_of(plain: PlainFinding) -> Finding:
    where = Location(plain.path, Position(1, 1), Position(1, 5))
    commit = Commit(plain.commit, "A <a@example.org>", datetime(2026, 1, 1, tzinfo=UTC)) if plain.commit else None
    secret = plain.secret.encode()
    return Finding("a", where, "x", Severity.HIGH, Confidence.HIGH, "f" * 64, "x", secret, commit=commit)
