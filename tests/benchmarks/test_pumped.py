"""Text that is full of secrets is measured, in one line and in lines."""

from __future__ import annotations

from typing import Any

import pumped
import pytest

from beca_core import Confidence, Engine, Example, Rule, Severity

SECRETS = 30


def rule(text: str) -> Rule:
    return Rule(
        id="acme",
        version=1,
        description="ACME",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        pattern="(?P<secret>acme_[0-9]{4})",
        examples=(Example(text, "acme_2481"),),
    )


@pytest.mark.parametrize(
    ("text", "kinds"), [("acme_2481 ", ["in one line", "in lines"]), ("acme_2481\n", ["in lines"])]
)
def test_a_text_has_the_size_and_nothing_but_the_example(text: str, kinds: list[str]) -> None:
    found = dict(pumped.texts(rule(text), SECRETS * len(text)))
    assert [*found] == kinds
    for data in found.values():
        assert SECRETS * len(text) - len(text) <= len(data) <= SECRETS * len(text)
        assert set(data.split()) == {b"acme_2481"}


def test_what_is_found_and_how_long_it_takes_is_measured() -> None:
    given = rule("acme_2481 ")
    engine = Engine(rules=[given], cache_dir=False)
    found = [*pumped.measured(engine, [given], SECRETS * 10)]
    assert [each.kind for each in found] == ["in one line", "in lines"]
    assert found[0].findings == SECRETS
    assert all(each.seconds >= 0 and each.rule_id == "acme" for each in found)


def test_the_table_shows_the_distribution_and_the_slowest(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    given = rule("acme_2481 ")
    engine = Engine(rules=[given], cache_dir=False)
    registry: Any = type("Registry", (), {"rules": {"acme": given}})
    monkeypatch.setattr(pumped.PluginRegistry, "load", lambda: registry)
    monkeypatch.setattr(pumped, "Engine", lambda *_, **__: engine)
    pumped.main(["acme", "--bytes", "300", "--slowest", "1"])
    shown = capsys.readouterr().out
    assert "100%" in shown
    assert shown.count("acme") == 1
