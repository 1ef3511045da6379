"""The allow-lists that `beca-gitleaks` decides itself hide what a plain reading of gitleaks' documentation hides."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from beca_gitleaks import AllowLists
from hypothesis import given, settings
from hypothesis import strategies as st

from beca_core import Commit, Confidence, Dropped, Finding, FindingInText, Location, Position, Severity
from beca_core.plugins.foreign import translate_gitleaks
from tests.core.plugins.foreign.plain_gitleaks import PlainAllow, PlainFinding, PlainRule

if TYPE_CHECKING:
    import pytest

COMMITS = ("a" * 40, "b" * 40)
ALLOWS = st.builds(
    PlainAllow,
    needs_all=st.booleans(),
    commits=st.sampled_from([(), COMMITS[:1], COMMITS]),
    paths=st.lists(st.sampled_from(["^tests/", r"\.md$", r"\d+/", "src"]), max_size=2).map(tuple),
    regexes=st.lists(st.sampled_from(["^a", "0", "b$", "fake", "^key", "# "]), max_size=2).map(tuple),
    target=st.sampled_from(["secret", "line", "match"]),
    stop_words=st.lists(st.sampled_from(["A0", "bb", "1"]), max_size=2).map(tuple),
)
RULE = PlainRule("key=([ab01]{4,8})", 1)


@settings(max_examples=120)
@given(
    allows=st.lists(ALLOWS, min_size=1, max_size=3),
    before=st.sampled_from(["", "x ", "# "]),
    secret=st.text("ab01", min_size=4, max_size=8),
    after=st.sampled_from(["", " # fake", ";"]),
    path=st.sampled_from(["a.env", "tests/a.env", "src/7/b.py", "docs/a.md"]),
    commit=st.sampled_from(["", *COMMITS, "c" * 40]),
)
def test_any_allow_lists(
    allows: list[PlainAllow],
    before: str,
    secret: str,
    after: str,
    path: str,
    commit: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    file = tmp_path_factory.getbasetemp() / "lists.toml"
    tables = [allow.toml("[[allowlists]]") for allow in allows]
    file.write_text("\n".join([RULE.toml("plain"), *tables]) + "\n")
    config = translate_gitleaks(file)
    assert config.remarks == ()
    line = f"{before}key={secret}{after}"
    plain = PlainFinding(secret, f"key={secret}", line, path, commit)
    answer = AllowLists(config)(in_text(plain))
    assert isinstance(answer, Dropped) == any(allow.hides(plain) for allow in allows)


def in_text(plain: PlainFinding) -> FindingInText:
    begin = plain.line.index(plain.match) + len("key=")
    at = Location(plain.path, Position(1, begin + 1), Position(1, begin + 1 + len(plain.secret)))
    commit = Commit(plain.commit, "A <a@example.org>", datetime(2026, 1, 1, tzinfo=UTC)) if plain.commit else None
    secret = plain.secret.encode()
    finding = Finding("plain", at, "x", Severity.HIGH, Confidence.HIGH, "f" * 64, "x", secret, commit=commit)
    return FindingInText(finding, plain.line.encode(), begin, begin + len(secret))
