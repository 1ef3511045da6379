"""The list of secrets without a rule: its entries explain themselves, and what they say of rules is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import beca_scanners
from tests.scanners.conftest import every_rule

ENTRIES = tomllib.loads((Path(beca_scanners.__file__).parent / "without_rule.toml").read_text())["secret"]
IDS = {rule.id for rule in every_rule()}


def test_each_entry_has_a_provider_a_name_and_a_reason() -> None:
    for entry in ENTRIES:
        assert entry.keys() == {"provider", "name", "why"}, entry
        assert all(text == text.strip() != "" for text in entry.values()), entry
        assert entry["why"].endswith("."), entry


def test_no_secret_is_listed_twice() -> None:
    names = [(entry["provider"], entry["name"]) for entry in ENTRIES]
    assert names == sorted(set(names), key=lambda name: (name[0].lower(), names.index(name)))


def test_no_entry_is_a_secret_of_which_there_is_a_rule() -> None:
    for entry in ENTRIES:
        written = re.sub(r"[^0-9a-z]+", "-", entry["name"].lower()).strip("-")
        of_provider = f"{entry['provider'].lower()}-{written}"
        assert not {written, of_provider} & IDS, entry


def test_the_rules_that_a_reason_names_exist() -> None:
    for entry in ENTRIES:
        assert {*re.findall(r"`([a-z0-9-]+)`", entry["why"])} <= IDS, entry
