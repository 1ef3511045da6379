"""How wrong settings are refused, and how a misspelled one is named."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from beca_core.errors import InvalidSettings
from beca_core.system.plugin_tables import as_variable, handed_on, is_variable_of_plugin
from beca_core.system.settings import Settings, variables

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.upper().startswith("BECA_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "beca.toml"
    monkeypatch.setenv("BECA_CONFIG", str(path))
    return path


def refusal() -> InvalidSettings:
    with pytest.raises(InvalidSettings) as caught:
        Settings.load()
    with pytest.raises(InvalidSettings) as again:
        Settings.load_tolerant()
    assert (again.value.message, again.value.hint) == (caught.value.message, caught.value.hint)
    return caught.value


@pytest.mark.parametrize(
    ("key", "similar"),
    [("prot", "port"), ("BECA_PORT", "port"), ("max_blob_byts", "max_blob_bytes"), ("Scan_Second", "scan_seconds")],
)
def test_an_unknown_key_of_the_file_is_named_with_a_similar_setting(file: Path, key: str, similar: str) -> None:
    file.write_text(f"{key} = 1\n")
    error = refusal()
    assert error.message == f"Wrong settings: {key}: there is no such setting."
    assert error.hint == f"Did you mean {similar}? See docs/reference/settings.md."


def test_a_long_unknown_key_is_not_repeated_in_full(file: Path) -> None:
    file.write_text(f"{'k' * 5000} = 1\n")
    error = refusal()
    assert len(error.message) < 160
    assert error.hint == "See docs/reference/settings.md."


@pytest.mark.parametrize("kind", ["missing", "directory"])
def test_a_file_that_is_not_there_is_named(file: Path, kind: str) -> None:
    if kind == "directory":
        file.mkdir()
    error = refusal()
    assert error.message.startswith("BECA_CONFIG names '")
    assert error.message.endswith("beca.toml', which is not a file.")


@pytest.mark.parametrize("value", ["", os.devnull])
def test_no_file_can_be_chosen(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("BECA_CONFIG", value)
    assert Settings.load().port == 3000


def test_a_file_that_is_not_toml_is_named(file: Path) -> None:
    file.write_text("port: 1\n")
    assert "beca.toml' is not valid TOML" in refusal().message


def test_wrong_values_have_their_defaults_for_whoever_does_not_use_them(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("workers = 0\nhost = 'example.org'\n")
    monkeypatch.setenv("BECA_PORT", "many")
    settings, wrong = Settings.load_tolerant()
    assert (settings.port, settings.workers, settings.host) == (3000, 2, "example.org")
    assert wrong == {
        "port": "Input should be a valid integer, unable to parse string as an integer",
        "workers": "Input should be greater than or equal to 1",
    }
    with pytest.raises(InvalidSettings, match=r"port: Input .*; workers: Input"):
        Settings.load()


def test_rule_files_are_absolute(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('rules_files = ["a.toml", "/b/c.yaml"]\nrules = "aws-*, tag:x"')
    monkeypatch.chdir(file.parent)
    files, rules, excluded, *levels = Settings.load().rule_choice
    assert files == (str(file.parent / "a.toml"), "/b/c.yaml")
    assert (rules, excluded, levels) == (("aws-*", "tag:x"), (), [None, None])
    monkeypatch.setenv("BECA_RULES_FILES", "d.toml, /e.toml,")
    assert Settings.load().rule_choice[0] == (str(file.parent / "d.toml"), "/e.toml")
    monkeypatch.setenv("BECA_RULES", ",")
    assert Settings.load().rule_choice[1] is None


def test_a_wrong_setting_of_rules_is_named(file: Path) -> None:
    file.write_text('rules_files = 3\nmin_severity = "hihg"')
    with pytest.raises(InvalidSettings) as caught:
        Settings.load()
    assert "rules_files" in str(caught.value)
    assert "min_severity" in str(caught.value)


def test_each_setting_has_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert variables()["BECA_PORT"] == "port"
    assert variables()["DATABASE_URL"] == "database_url"
    assert set(variables().values()) == set(Settings.model_fields)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///x.db")
    assert Settings.load().database_url.get_secret_value() == "sqlite:///x.db"


def test_plugins_have_tables_of_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('[plugins.acme-rules]\nhost = "a.example"\nwords = ["x", "y"]\n[plugins.zoo]\ndepth = 3\n')
    monkeypatch.setenv("BECA_PLUGINS__ACME_RULES__HOST", "b.example")
    monkeypatch.setenv("BECA_PLUGINS__OTHER__API_KEY", "swordfish")
    monkeypatch.setenv("BECA_PLUGINS__OTHER__EMPTY", "")
    monkeypatch.setenv("BECA_PLUGINS__HALF", "x")
    settings = Settings.load()
    assert settings.plugin_settings == {
        "acme-rules": {"host": "b.example", "words": ["x", "y"]},
        "zoo": {"depth": 3},
        "other": {"api_key": "swordfish"},
    }
    assert "a.example" not in repr(settings)


def test_tables_are_handed_on_to_another_process(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables: dict[str, dict[str, object]] = {"acme-rules": {"words": ["x, y", "z"], "is_on": True, "share": 0.5}}
    for name, value in as_variable(tables).items():
        monkeypatch.setenv(name, value)
    file.write_text("")
    assert Settings.load().plugin_settings == handed_on() == tables
    assert as_variable({}) == {}
    monkeypatch.delenv("BECA_PLUGINS")
    assert handed_on() == {}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("plugins = 3", "plugins: must be tables, as in [plugins.NAME]"),
        ("[plugins]\nacme = 3", "plugins: acme must be a table, as in [plugins.NAME]"),
        (
            "[plugins.acme]\nsince = 2026-01-31",
            "plugins: acme.since must be a text, a number, true, false or a list of these",
        ),
    ],
)
def test_what_is_no_table_of_a_plugin_is_refused(file: Path, text: str, fault: str) -> None:
    file.write_text(text)
    with pytest.raises(InvalidSettings) as caught:
        Settings.load()
    assert caught.value.message == f"Wrong settings: {fault}."


def test_the_variable_of_all_tables_is_json(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("")
    monkeypatch.setenv("BECA_PLUGINS", "swordfish")
    with pytest.raises(InvalidSettings) as caught:
        Settings.load()
    assert caught.value.message == "Wrong settings: plugins: is not JSON."


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("BECA_PLUGINS__ACME__HOST", True),
        ("beca_plugins__acme_rules__api_key", True),
        ("BECA_PLUGINS__ACME", False),
        ("BECA_PLUGINS", False),
        ("BECA_PLUGIN__ACME__HOST", False),
    ],
)
def test_which_variables_are_of_plugins(name: str, is_one: bool) -> None:
    assert is_variable_of_plugin(name) is is_one
