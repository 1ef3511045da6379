from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.usefixtures("with_builtin")
def test_plugins_are_listed_with_what_they_register(beca: Callable, acme: str) -> None:
    outcome = beca("plugins", "list")
    assert outcome.code == 0
    rows = [line.split() for line in outcome.out.splitlines()]
    assert rows[0] == ["Plugin", "Distribution", "Rules", "Scanners", "Filters", "Formats", "Problems"]
    assert rows[1][:2] == ["builtin", "beca"]
    assert rows[2] == ["acme", "acme", "1.0", "1", "0", "0", "0", "0"]


def test_problems_are_shown_in_full_and_exit_with_2(beca: Callable, install: Callable[..., None]) -> None:
    install("broken", "raise RuntimeError('out of \\x1b order ' + 'x' * 200)")
    install("misspelled", "from beca_core import hookimpl\n@hookimpl\ndef beca_register_rule(): return []\n")
    outcome = beca("plugins", "list")
    assert outcome.code == 2
    text = " ".join(outcome.out.split())
    assert "broken (broken 1.0): cannot be imported: RuntimeError: out of \\x1b order" in text
    assert "x" * 200 in outcome.out.replace("\n  ", "")
    assert "there is no hook beca_register_rule; did you mean beca_register_rules?" in text


def test_the_list_can_be_json(beca: Callable, acme: str, install: Callable[..., None]) -> None:
    install("broken", "raise RuntimeError('out of order')")
    outcome = beca("plugins", "list", "--format", "json")
    assert outcome.code == 2
    items = {item["name"]: item for item in json.loads(outcome.out)["items"]}
    assert items["acme"] == {
        "name": "acme",
        "distribution": "acme 1.0",
        "rules": ["acme-token"],
        "scanners": 0,
        "filters": 0,
        "processors": 0,
        "decoders": [],
        "schemes": [],
        "formats": [],
        "commands": [],
        "hears": [],
        "problems": [],
        "warnings": [],
    }
    assert items["broken"]["problems"] == ["cannot be imported: RuntimeError: out of order"]


def test_a_plugin_that_the_settings_disable_is_not_listed(beca: Callable, acme: str) -> None:
    assert "acme" not in beca("plugins", "list", BECA_DISABLED_PLUGINS="acme").out
