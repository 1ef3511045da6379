"""Filters of plugins: only False removes a finding, and what was removed is counted."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, Engine, Finding, PluginRegistry, Report, Rule, Severity, hookimpl, write
from beca_core.sources.texts import TextSource

if TYPE_CHECKING:
    from collections.abc import Callable

WORD = Rule(
    id="word",
    version=1,
    description="A word",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    pattern=r"(?P<secret>fish[0-9]+)",
)


class Filters:
    """A plugin that registers filters."""

    def __init__(self, *filters: Callable[[Finding], Any]) -> None:
        self.filters = filters

    @hookimpl
    def beca_register_filters(self) -> tuple[Callable[[Finding], Any], ...]:
        return self.filters


def scan(text: bytes, **plugins: Filters) -> Report:
    registry = PluginRegistry(cache_dir=False)
    for name, plugin in plugins.items():
        assert registry.register(plugin, name).problems == []
    return Engine(registry, rules=[WORD]).scan(TextSource(text))


async def _asynchronous(_finding: Finding) -> bool:
    return False


class NotABoolean:
    def __bool__(self) -> bool:
        raise RuntimeError


ANSWERS: dict[str, Callable[[Finding], Any]] = {
    "NoneType": lambda _: None,
    "int": lambda _: 0,
    "str": lambda _: "",
    "list": lambda _: [],
    "NotABoolean": lambda _: NotABoolean(),
    "coroutine": _asynchronous,
    "float": lambda _: float("nan"),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_that_is_not_a_boolean_keeps_the_finding_and_is_a_problem(kind: str) -> None:
    report = scan(b"fish1 fish2", acme=Filters(ANSWERS[kind]))
    assert [found.secret for found in report.findings] == [b"fish1", b"fish2"]
    (problem,) = report.coverage.problems
    assert (problem.plugin, problem.count) == ("acme", 2)
    assert problem.message == f"a filter returned {kind}, not True or False, so the finding stays"
    assert report.coverage.filtered == {}
    assert report.exit_code == 2


def test_a_filter_that_fails_does_not_keep_another_one_from_removing() -> None:
    plugin = Filters(ANSWERS["NoneType"], lambda finding: finding.secret != b"fish1")
    report = scan(b"fish1 fish2", acme=plugin)
    assert [found.secret for found in report.findings] == [b"fish2"]
    assert report.coverage.filtered == {"acme": 1}


def test_what_filters_removed_is_counted_by_plugin_and_does_not_make_the_scan_incomplete() -> None:
    none_of_1 = Filters(lambda finding: not finding.secret.endswith(b"1"))
    none_of_2 = Filters(lambda finding: not finding.secret.endswith(b"2"), lambda _: True)
    report = scan(b"fish1 fish2 fish11 fish3", first=none_of_1, second=none_of_2, third=Filters(lambda _: True))
    assert [found.secret for found in report.findings] == [b"fish3"]
    assert report.coverage.filtered == {"first": 2, "second": 1}
    assert report.coverage.complete
    assert report.coverage.to_dict()["filtered"] == {"first": 2, "second": 1}


@pytest.mark.parametrize("name", ["table", "json", "jsonl"])
def test_every_format_says_that_filters_removed_everything(name: str) -> None:
    report = scan(b"fish1 fish2", acme=Filters(lambda _: False))
    stream = io.StringIO()
    write(report, name, stream)
    text = stream.getvalue()
    assert report.exit_code == 0
    if name == "table":
        assert "2 findings removed by filters of plugin acme." in text
        assert "No secrets found" not in text
    else:
        documents = [json.loads(text)] if name == "json" else [*map(json.loads, text.splitlines())]
        assert [document["coverage"]["filtered"] for document in documents if "coverage" in document] == [{"acme": 2}]


@given(
    st.lists(
        st.lists(st.sampled_from([True, False, None, 0, 1, "no", OSError]), min_size=1, max_size=3),
        max_size=3,
    ),
    st.integers(0, 5),
)
def test_a_finding_is_gone_only_if_some_filter_said_false(answers: list[list[Any]], size: int) -> None:
    def answering(answer: Any) -> Callable[[Finding], Any]:
        def keep(_finding: Finding) -> Any:
            if answer is OSError:
                raise OSError
            return answer

        return keep

    plugins = {f"p{number}": Filters(*map(answering, found)) for number, found in enumerate(answers)}
    report = scan(b" ".join(b"fish%d" % number for number in range(size)), **plugins)
    removed = any(answer is False for found in answers for answer in found)
    assert len(report.findings) == (0 if removed else size)
    assert sum(report.coverage.filtered.values()) == (size if removed else 0)
    asked = next((number for number, found in enumerate(answers) if any(a is False for a in found)), len(answers))
    wrong = any(type(a) is not bool for found in answers[:asked] for a in found)
    if size and wrong:
        assert not report.coverage.complete
    elif not any(type(a) is not bool for found in answers for a in found):
        assert report.coverage.complete
