"""The oracle can fail: each kind of lie has a verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from tests.false_cleans.planting import aws_key, named_value, pem_key, settings, token, token_text
from tests.false_cleans.situation import Answer, Case, Situation, Spot, Way
from tests.false_cleans.verdict import Outcome, judge, said

SECRET: Final = token("verdict")
CASE: Final = Case(Path("x"), SECRET, Spot(3, (13,), "app.env"))
CLEAN: Final[dict[str, Any]] = {"skipped": {}, "problems": [], "complete": True}
SKIPPED: Final[dict[str, Any]] = {"skipped": {"missing": 1}, "problems": [], "complete": False}


def situation(*honest: str, **more: Any) -> Situation:
    return Situation("any", lambda _root: CASE, honest, **more)


def finding(secret: bytes = SECRET.value, line: int = 3, column: int = 13, **metadata: Any) -> dict[str, Any]:
    return {
        "ruleId": SECRET.rule_id,
        "fingerprint": replace(SECRET, value=secret).fingerprint(),
        "location": {"path": "app.env", "positions": {"begin": {"line": line, "column": column}}},
        "metadata": metadata,
        "redacted": f"ghp_...({len(secret)})",
    }


def outcome(one: Situation, answer: Answer) -> Outcome:
    return judge(one, CASE, answer).outcome


def test_a_secret_is_found_where_it_is() -> None:
    assert outcome(situation(), Answer((finding(),), CLEAN, 1)) is Outcome.FOUND
    assert outcome(situation(), Answer((finding(line=2), finding()), CLEAN, 1)) is Outcome.FOUND
    assert outcome(situation(), Answer((finding(line=2),), CLEAN, 1)) is Outcome.WRONG_PLACE
    assert outcome(situation(), Answer((finding(column=14),), CLEAN, 1)) is Outcome.WRONG_PLACE


def test_a_finding_of_something_else_is_not_the_secret() -> None:
    assert outcome(situation(), Answer((finding(b"other"),), CLEAN, 1)) is Outcome.FALSE_CLEAN
    other = {**finding(), "ruleId": "other"}
    assert outcome(situation(), Answer((other,), CLEAN, 1)) is Outcome.FALSE_CLEAN


def test_a_part_of_the_secret_counts_if_it_is_marked_as_cut() -> None:
    part = SECRET.value[:20]
    assert outcome(situation(), Answer((finding(part),), CLEAN, 1)) is Outcome.FALSE_CLEAN
    assert outcome(situation(), Answer((finding(part, truncated=True),), CLEAN, 1)) is Outcome.FOUND


def test_a_finding_with_exit_code_0_is_a_false_clean() -> None:
    assert outcome(situation(), Answer((finding(),), CLEAN, 0)) is Outcome.FALSE_CLEAN


def test_silence_is_a_false_clean() -> None:
    assert outcome(situation("skipped:*"), Answer((), CLEAN, 0)) is Outcome.FALSE_CLEAN


def test_only_the_reasons_of_the_situation_count() -> None:
    assert outcome(situation("skipped:missing"), Answer((), SKIPPED, 2)) is Outcome.SAID
    assert outcome(situation("skipped:timeout"), Answer((), SKIPPED, 2)) is Outcome.FALSE_CLEAN
    assert outcome(situation(), Answer((), SKIPPED, 2)) is Outcome.FALSE_CLEAN


def test_what_was_not_read_makes_a_scan_incomplete() -> None:
    assert outcome(situation("skipped:*"), Answer((), {**SKIPPED, "complete": True}, 2)) is Outcome.FALSE_CLEAN
    assert outcome(situation("skipped:*"), Answer((), SKIPPED, 0)) is Outcome.FALSE_CLEAN
    assert outcome(situation("skipped:*"), Answer((), SKIPPED, None)) is Outcome.SAID


@pytest.mark.parametrize("member", ["omitted", "accepted", "filtered"])
def test_what_was_left_out_is_not_everything(member: str) -> None:
    coverage = {**CLEAN, member: {"kind": 1}}
    one = situation(f"{member}:kind")
    assert outcome(one, Answer((), coverage, 0, table="No secrets found in what was read.")) is Outcome.SAID
    assert outcome(one, Answer((), coverage, 0, table="No secrets found; everything\nwas read.")) is Outcome.FALSE_CLEAN


def test_a_plugin_that_did_wrong_is_named_even_if_the_secret_is_found() -> None:
    one = situation(also_says=("problem:hostile",))
    problem = {"plugin": "hostile", "message": "x", "count": 1}
    named = {"skipped": {}, "problems": [problem], "complete": False}
    assert outcome(one, Answer((finding(),), named, 2)) is Outcome.FOUND
    assert outcome(one, Answer((finding(),), CLEAN, 1)) is Outcome.FALSE_CLEAN


def test_a_refusal_is_honest_where_the_situation_says_so() -> None:
    assert outcome(situation("refused"), Answer(code=2, error="The state is damaged.")) is Outcome.SAID
    assert outcome(situation(), Answer(code=2, error="The state is damaged.")) is Outcome.BROKEN


def test_late_and_broken_answers() -> None:
    assert outcome(situation(seconds=5), Answer((finding(),), CLEAN, 1, seconds=6)) is Outcome.LATE
    assert outcome(situation(), Answer(broken="no JSON")) is Outcome.BROKEN
    assert outcome(situation(), Answer(code=1, broken="no JSON")) is Outcome.BROKEN


def test_exit_code_0_without_a_report_is_a_false_clean() -> None:
    assert outcome(situation(), Answer(code=0, broken="no JSON")) is Outcome.FALSE_CLEAN


def test_everything_that_a_coverage_says() -> None:
    problem = {"plugin": "p", "message": "m", "count": 2}
    coverage = {"skipped": {"missing": 1}, "problems": [problem], "unlisted": {"r": 1}, "omitted": {"history": 1}}
    assert said(coverage) == {"skipped:missing", "problem:p", "unlisted:r", "omitted:history"}
    assert said({"skipped": {}, "problems": [], "unlisted": None}) == set()


def test_the_place_of_a_secret_is_known() -> None:
    text = settings(SECRET, before="one\ntwo\n", name="x = ")
    assert text.spot == Spot(3, (5,))
    assert text.text.split("\n")[2].index(SECRET.value.decode()) == 4
    assert token_text("place", before="", name="").spot == Spot(1, (1,))


def test_each_seed_makes_another_secret() -> None:
    for make in (token, named_value, pem_key, lambda seed: aws_key(seed)[1]):
        assert make("a") == make("a")
        assert make("a") != make("b")


def test_the_ways_of_texts_apply_to_texts() -> None:
    assert situation(texts=True).ways == tuple(Way)
    assert situation().ways == (Way.CLI, Way.LIBRARY, Way.REST)
    assert situation(without={Way.REST: "for a reason"}).ways == (Way.CLI, Way.LIBRARY)
