"""Labelled files: which places are labelled, what a scanner said about them, and how that is counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging.answers import Answer, read_answers
from judging.labelled import Label, LabelledRange, ranges_of, read_labels, write_labels
from judging.outcome_tables import lines_of_misses, table_of_f1, table_of_rules, table_of_scanners
from judging.scores import Score, is_on, judge

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "path,first,last,label,category"


def label(first: int, is_secret: bool, columns: tuple[int, int] | None = None, category: str = "Password") -> Label:
    return Label("a.env", first, first, is_secret, (category,), columns)


def answer(first: int, last: int | None = None, columns: tuple[int, int] | None = None, rule: str = "a") -> Answer:
    return Answer(rule, "a.env", first, last or first, columns)


labels = st.builds(
    Label,
    st.sampled_from(["a.env", 'quoted "name", with commas.txt', "ünï/cödé"]),
    first=st.just(3),
    last=st.integers(3, 9),
    is_secret=st.booleans(),
    categories=st.lists(st.sampled_from(["Token", "Key", "Password"]), min_size=1, max_size=2).map(tuple),
    columns=st.none() | st.tuples(st.integers(0, 9), st.integers(10, 20)),
)


@given(st.lists(labels))
def test_labels_are_read_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, written: list[Label]) -> None:
    folder = tmp_path_factory.mktemp("labels")
    write_labels(folder, written)
    assert read_labels(folder) == written


@given(st.lists(labels))
def test_each_place_is_one_range_or_two_that_differ(written: list[Label]) -> None:
    ranges = ranges_of(written)
    assert {(one.path, one.first, one.last) for one in ranges} == {(one.path, one.first, one.last) for one in written}
    keys = [(one.path, one.first, one.last, one.is_secret) for one in ranges]
    assert len(keys) == len(set(keys))
    for one in ranges:
        there = [label for label in written if (label.path, label.first, label.last) == (one.path, one.first, one.last)]
        assert one.is_secret or not any(label.is_secret for label in there) or one.columns


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path,first,last,label\na,1,1,T\n", "no column category"),
        (f"{HEAD}\na,one,1,T,Key\n", "labels.csv:2"),
        (f"{HEAD}\na,1,1,X,Key\n", "labels.csv:2"),
        (f"{HEAD}\na,1,1,T,Key\na,5,4,T,Key\n", "labels.csv:3: lines 5 to 4"),
        (f"{HEAD}\na,0,4,T,Key\n", "lines 0 to 4"),
        (f"{HEAD},begin,end\na,1,1,T,Key,x,9\n", "labels.csv:2"),
        ("", "no column path"),
    ],
)
def test_labels_that_cannot_be_read_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(ValueError, match=said):
        read_labels(tmp_path)


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_labels(tmp_path)


def test_labels_that_contradict_each_other_are_told_apart_by_their_values() -> None:
    ranges = ranges_of([label(1, True, (5, 9)), label(1, False, (20, 25))])
    assert [(one.is_secret, one.columns) for one in ranges] == [(True, ((5, 9),)), (False, ((20, 25),))]


def test_labels_that_contradict_each_other_without_values_count_as_a_credential() -> None:
    (one,) = ranges_of([label(1, True), label(1, False, (20, 25), "Key")])
    assert one == LabelledRange("a.env", 1, 1, True, ("Password",))


def test_values_that_agree_do_not_matter() -> None:
    (one,) = ranges_of([label(1, True, (5, 9)), label(1, True, (20, 25), "Key")])
    assert one == LabelledRange("a.env", 1, 1, True, ("Password", "Key"))


@pytest.mark.parametrize(
    ("found", "is_there"),
    [
        (answer(3), False),
        (answer(4), True),
        (answer(3, 4), True),
        (answer(6, 9), True),
        (answer(7), False),
        (answer(1, 9), True),
    ],
)
def test_a_finding_counts_for_the_lines_that_it_shares(found: Answer, is_there: bool) -> None:
    assert is_on(found, LabelledRange("a.env", 4, 6, True, ("Key",))) is is_there


@pytest.mark.parametrize(
    ("found", "is_there"),
    [
        (answer(1, columns=(5, 9)), True),
        (answer(1, columns=(0, 5)), False),
        (answer(1, columns=(0, 6)), True),
        (answer(1, columns=(9, 12)), False),
        (answer(1), True),
        (answer(1, columns=(41, 44)), True),
    ],
)
def test_a_finding_touches_a_value_where_values_are_told_apart(found: Answer, is_there: bool) -> None:
    assert is_on(found, LabelledRange("a.env", 1, 1, True, ("Key",), ((5, 9), (40, 50)))) is is_there


def test_what_is_found_is_held_against_the_labels() -> None:
    ranges = ranges_of(
        [
            label(1, True),
            label(2, True, category="Key"),
            label(3, False),
            label(4, False, category="Key"),
            label(5, True),
        ]
    )
    found = [answer(1), answer(1, rule="b"), answer(1), answer(3, rule="b"), answer(99), answer(5)]
    outcome = judge(ranges, found)
    assert outcome.total == Score(hits=2, misses=1, false_alarms=1, passed=1)
    assert outcome.categories == {"Key": Score(0, 1, 0, 1), "Password": Score(2, 0, 1, 0)}
    assert outcome.rules == {"a": Score(hits=2), "b": Score(hits=1, false_alarms=1)}
    assert list(lines_of_misses(outcome)) == ["missed a.env:2 Key", "false a.env:3 Password b"]


def test_what_is_found_in_another_file_does_not_count() -> None:
    outcome = judge(ranges_of([label(1, True)]), [Answer("a", "b.env", 1, 1)])
    assert outcome.total == Score(misses=1)


@given(*[st.integers(0, 50)] * 4)
def test_f1_is_the_harmonic_mean(hits: int, misses: int, false_alarms: int, passed: int) -> None:
    score = Score(hits, misses, false_alarms, passed)
    if score.precision and score.recall:
        assert score.f1 == pytest.approx(2 / (1 / score.precision + 1 / score.recall))
    else:
        assert not score.f1


def test_figures_of_nothing_are_not_known() -> None:
    assert (Score().precision, Score().recall, Score().f1) == (None, None, None)


def test_tables_show_counts_and_shares() -> None:
    ranges = ranges_of([label(1, True), label(2, False)])
    outcome = judge(ranges, [answer(1), answer(2, rule="wrong")])
    assert table_of_scanners({"beca": outcome}).splitlines()[2].split("|")[1:-1] == [
        " beca    ", "     1 ", "      0 ", "     1 ", "      0 ", "     0.500 ", "  1.000 ", " 0.667 "
    ]  # fmt: skip
    assert [row.split()[1] for row in table_of_rules(outcome).splitlines()[2:]] == ["wrong", "a"]
    assert table_of_f1({"beca": outcome, "none": judge(ranges, [])}).splitlines()[2].split() == [
        "|", "Password", "|", "0.667", "|", "0.000", "|"
    ]  # fmt: skip


def reports(folder: Path) -> dict[str, object]:
    """The same finding, on line 2 of `a/b.env`, as each scanner reports it."""
    path = f"{folder}/a/b.env"
    place = {"begin": {"line": 2, "column": 6}, "end": {"line": 2, "column": 9}}
    return {
        "beca": {"findings": [{"ruleId": "r", "location": {"path": "a/b.env", "positions": place}}]},
        "kingfisher": {"findings": [{"rule": {"id": "r"}, "finding": {"path": path, "line": 2}}]},
        "betterleaks": {"findings": [{"rule_id": "r", "location": {"path": path, "start_line": 2, "end_line": 2}}]},
        "gitleaks": [{"RuleID": "r", "File": path, "StartLine": 2, "EndLine": 2}],
        "detect-secrets": {"results": {path: [{"type": "r", "line_number": 2}]}},
        "credsweeper": [
            {"rule": "r", "line_data_list": [{"path": path, "line_num": 2, "value_start": 5, "value_end": 8}]}
        ],
    }


@pytest.mark.parametrize("name", ["beca", "kingfisher", "betterleaks", "gitleaks", "detect-secrets", "credsweeper"])
def test_the_report_of_each_scanner_is_read(tmp_path: Path, name: str) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps(reports(tmp_path)[name]))
    (found,) = read_answers(report, name, tmp_path)
    assert (found.rule, found.path, found.first, found.last) == ("r", "a/b.env", 2, 2)
    assert found.columns in (None, (5, 8))


def test_a_whole_file_is_on_its_first_line(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"findings": [{"rule_id": "r", "location": {"path": "a.p12"}}]}))
    assert read_answers(report, "betterleaks", tmp_path) == [Answer("r", "a.p12", 1, 1)]


@pytest.mark.parametrize("text", ["", "{", '{"findings": [{}]}', '[{"RuleID": 1}]', '"text"', "[3]"])
@pytest.mark.parametrize("name", ["beca", "kingfisher", "betterleaks", "gitleaks", "detect-secrets", "credsweeper"])
def test_another_report_is_refused(tmp_path: Path, name: str, text: str) -> None:
    report = tmp_path / "report.json"
    report.write_text(text)
    with pytest.raises(ValueError, match=f"not a report of {name}"):
        read_answers(report, name, tmp_path)
