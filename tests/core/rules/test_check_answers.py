"""What the checks of a rule said of a text is not asked again, where nothing but that text decides it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Candidate, Confidence, PluginRegistry, Rule, Severity, checks
from beca_core.checks import Inspection
from beca_core.report import ProblemLog
from beca_core.rules import check_answers
from beca_core.rules.candidate import Dropped, DropReason
from beca_core.rules.check_answers import CheckAnswers, deciding_groups
from beca_core.rules.refinement import checked

if TYPE_CHECKING:
    from collections.abc import Callable


def rule(*of_rule: Callable[[Candidate], Any], pattern: str = "acme_(?P<secret>[a-z0-9]+)") -> Rule:
    return Rule(
        id="acme",
        version=1,
        description="ACME",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        pattern=pattern,
        checks=of_rule,
    )


def candidate(secret: bytes, before: bytes = b"", **groups: bytes) -> Candidate:
    data, spans = before + secret, {"secret": (len(before), len(before) + len(secret))}
    for name, text in groups.items():
        data, spans[name] = data + text, (len(data), len(data) + len(text))
    return Candidate(data, *spans["secret"], Confidence.HIGH, spans)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The secrets about which checks are asked."""
    found: list[bytes] = []

    def check(of: Rule, some: Any, of_candidate: Candidate) -> Candidate | DropReason:
        found.append(of_candidate.secret)
        return checked(of, some, of_candidate)

    monkeypatch.setattr(check_answers, "checked", check)
    return found


CHARSET = checks.Charset(digits=1)
LOWERED = checks.Charset(digits=1, otherwise="low")


def test_a_text_is_judged_once(asked: list[bytes]) -> None:
    given_rule = rule(CHARSET)
    said = CheckAnswers(given_rule, deciding_groups(given_rule))
    results = [said.of(candidate(secret, b" " * at)) for at, secret in enumerate([b"a1", b"bb", b"a1", b"bb", b"a1"])]
    assert asked == [b"a1", b"bb"]
    assert [isinstance(result, DropReason) for result in results] == [False, True, False, True, False]
    kept = [result for result in results if isinstance(result, Candidate)]
    assert [(each.begin, each.secret) for each in kept] == [(0, b"a1"), (2, b"a1"), (4, b"a1")]


def test_groups_that_a_check_reads_belong_to_the_text(asked: list[bytes]) -> None:
    given_rule = rule(checks.Charset(digits=1, of="user"), pattern="(?P<user>[a-z0-9]+):(?P<secret>[a-z]+)")
    groups = deciding_groups(given_rule)
    assert groups == ("user",)
    said = CheckAnswers(given_rule, groups)
    users = [b"a1", b"ab", b"a1"]
    results = [said.of(candidate(b"abc", user=user)) for user in users]
    assert [isinstance(result, DropReason) for result in results] == [False, True, False]
    assert len(asked) == 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AfterSign(Inspection):
    """A check of a plugin, which looks around."""

    name: ClassVar[str] = "after-sign"

    def _look(self, _text: bytes, of_candidate: Candidate) -> Dropped | None:
        return None if of_candidate.data[: of_candidate.begin].endswith(b"=") else Dropped("no sign")


def keep(of_candidate: Candidate) -> Candidate:
    return of_candidate


@pytest.mark.parametrize(
    "given_rule",
    [
        rule(AfterSign()),
        rule(CHARSET, keep),
        rule(checks.Checksum(algorithm="crc32", encoding="hex", digits=8, lengths=(16, 20))),
    ],
    ids=["an inspection of a plugin", "a function", "a checksum that looks for the end"],
)
def test_what_looks_around_is_asked_each_time(given_rule: Rule, asked: list[bytes]) -> None:
    assert deciding_groups(given_rule) is None
    said = CheckAnswers(given_rule, None)
    for _ in range(3):
        said.of(candidate(b"a1"))
    assert len(asked) == 3


def test_the_library_decides_by_groups_alone() -> None:
    some = (CHARSET, checks.Placeholder(), checks.Entropy(min_share=0.5), checks.Sequences(), checks.Repeats())
    assert deciding_groups(rule(*some)) == ()


@given(st.lists(st.sampled_from([b"a1", b"ab", b"zz9", b"example1"]), max_size=12), st.booleans())
def test_the_answer_is_that_of_the_checks(secrets: list[bytes], lowers: bool) -> None:
    given_rule = rule(LOWERED if lowers else CHARSET, checks.Placeholder(kinds=("word",)))
    said = CheckAnswers(given_rule, deciding_groups(given_rule))
    for at, secret in enumerate(secrets):
        one = candidate(secret, b" " * at)
        assert said.of(one) == checked(given_rule, given_rule.checks, one)


def test_what_is_kept_is_bounded(asked: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_answers, "_MOST", 2)
    given_rule = rule(CHARSET)
    said = CheckAnswers(given_rule, ())
    for secret in (b"a1", b"a2", b"a3", b"a3", b"a1"):
        said.of(candidate(secret))
    assert asked == [b"a1", b"a2", b"a3", b"a1"]
    long = b"a" * 5000 + b"1"
    assert [said.of(candidate(long)), said.of(candidate(long))] == [candidate(long)] * 2
    assert asked[4:] == [long, long]


def test_each_place_of_a_secret_is_a_match_with_its_own_confidence() -> None:
    given_rule = replace(rule(LOWERED), boundary="a-z0-9")
    found = PluginRegistry(cache_dir=False).with_rules([given_rule]).compile(use_cache=False)
    matches = found.find(b"acme_ab acme_a1\nacme_ab acme_a1", ProblemLog())
    assert [(match.begin, match.confidence) for match in matches] == [
        (5, Confidence.LOW),
        (13, None),
        (21, Confidence.LOW),
        (29, None),
    ]
