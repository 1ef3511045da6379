from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from beca_core.cli.scans.scan_settings import ScanSettings
from beca_core.errors import InvalidSettings
from beca_core.findings import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in list(os.environ):
        if name.upper().startswith("BECA_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that grows whenever all settings are read."""
    counted: list[int] = []
    complete = ScanSettings.from_all_settings

    def counting() -> ScanSettings:
        counted.append(1)
        return complete()

    monkeypatch.setattr(ScanSettings, "from_all_settings", counting)
    return counted


def test_without_settings_the_defaults_are_those_of_the_settings_class(reads: list[int]) -> None:
    assert ScanSettings.load() == ScanSettings.default()
    assert reads == []
    assert ScanSettings.from_all_settings() == ScanSettings.default()


def test_beca_debug_is_not_a_setting_of_a_scan(reads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BECA_DEBUG", "1")
    ScanSettings.load()
    assert reads == []


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BECA_DISABLED_PLUGINS", "one, two")
    monkeypatch.setenv("beca_max_blob_bytes", "1000")
    monkeypatch.setenv("BECA_SCAN_SECONDS", "60")
    monkeypatch.setenv("BECA_MAX_FETCH_BYTES", "2000")
    monkeypatch.setenv("BECA_ALLOWED_SCHEMES", "https,ssh")
    monkeypatch.setenv("BECA_ALLOW_PRIVATE_HOSTS", "true")
    monkeypatch.setenv("BECA_FINGERPRINT_KEY", "of our own")
    settings = ScanSettings.load()
    assert settings.disabled_plugins == {"one", "two"}
    assert settings.limits.max_blob_bytes == 1000
    assert settings.limits.fetch_seconds == settings.limits.scan_seconds == 60
    assert settings.limits.fetch_bytes == 2000
    assert settings.url_policy.allowed_schemes == {"https", "ssh"}
    assert settings.url_policy.allow_private_hosts is True
    assert settings.fingerprint_key == b"of our own"


@pytest.mark.parametrize(
    ("name", "text", "member", "value"),
    [
        ("max_blob_bytes", "20M", "max_blob_bytes", 20 * 1024**2),
        ("scan_seconds", "90m", "scan_seconds", 5400),
        ("max_scan_bytes", "3G", "scan_bytes", 3 * 1024**3),
        ("locate_seconds", "30", "locate_seconds", 30),
        ("max_fetch_bytes", "1G", "fetch_bytes", 1024**3),
        ("max_archive_depth", "0", "archive_depth", 0),
        ("max_archive_members", "9", "archive_members", 9),
        ("max_archive_bytes", "5K", "archive_bytes", 5120),
    ],
)
def test_every_limit_has_a_setting(
    name: str, text: str, member: str, value: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "beca.toml"
    file.write_text(f"{name} = {text!r}\n")
    with monkeypatch.context() as patch:
        patch.setenv("BECA_CONFIG", str(file))
        assert getattr(ScanSettings.load().limits, member) == value
    monkeypatch.setenv(f"BECA_{name.upper()}", text)
    assert getattr(ScanSettings.load().limits, member) == value
    assert getattr(ScanSettings.default().limits, member) != value


def test_a_setting_without_a_value_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BECA_MAX_SCAN_BYTES", "BECA_PROCESSES", "BECA_CACHE_DIR"):
        monkeypatch.setenv(name, "")
    assert ScanSettings.load() == ScanSettings.default()


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("BECA_MAX_SCAN_BYTES", "much", "max_scan_bytes: Write it as a number of bytes, or as 512K, 20M or 1G."),
        ("BECA_SCAN_SECONDS", "soon", "scan_seconds: Write it as a number of seconds, or as 90s, 10m or 2h."),
        ("BECA_LOCATE_SECONDS", "inf", "locate_seconds: Write it as"),
        ("BECA_MAX_ARCHIVE_DEPTH", "-1", "max_archive_depth: Input should be greater than or equal to 0"),
        ("BECA_PROCESSES", "0", "processes: Input should be greater than or equal to 1"),
    ],
)
def test_an_invalid_limit_is_refused_with_the_right_form(
    name: str, value: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings) as caught:
        ScanSettings.load()
    assert advice in str(caught.value)


def test_settings_come_from_the_settings_file(tmp_path: Path) -> None:
    file = tmp_path / ".config" / "beca" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text('disabled_plugins = ["acme"]\n')
    assert ScanSettings.load().disabled_plugins == {"acme"}


def test_a_wrong_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BECA_ALLOWED_SCHEMES", "https,gopher")
    with pytest.raises(InvalidSettings):
        ScanSettings.load()


def test_a_scan_uses_the_settings(beca: Callable, tree: Path) -> None:
    secret = b"acme_" + b"0f" * 8
    plain = json.loads(beca("scan", tree, "--format", "json").out)["findings"][0]
    assert plain["fingerprint"] == fingerprint("acme-token", secret)
    keyed = json.loads(beca("scan", tree, "--format", "json", BECA_FINGERPRINT_KEY="k").out)["findings"][0]
    assert keyed["fingerprint"] == fingerprint("acme-token", secret, b"k")
    without = json.loads(beca("scan", tree, "--format", "json", BECA_DISABLED_PLUGINS="acme").out)
    assert [found["ruleId"] for found in without["findings"]] == ["generic-token"]


def test_an_option_wins_over_the_settings(beca: Callable, partly_read: Path) -> None:
    assert beca("scan", partly_read, BECA_MAX_BLOB_BYTES="1K").code == 2
    assert beca("scan", partly_read, "--max-blob-size", "1M", BECA_MAX_BLOB_BYTES="1K").code == 1


def test_settings_in_the_scanned_directory_are_ignored(beca: Callable, tree: Path, tmp_path: Path) -> None:
    for place in (tree, tmp_path):
        (place / "config.toml").write_text('disabled_plugins = ["acme"]\n')
        (place / ".env").write_text("BECA_DISABLED_PLUGINS=acme\n")
    assert beca("scan", tree).code == 1


@pytest.mark.parametrize(
    "variables",
    [{"BECA_PORT": "many"}, {"BECA_WORKERS": "0"}, {"BECA_LOG_LEVEL": "loud"}, {"BECA_LEASE_SECONDS": "soon"}],
)
def test_a_wrong_setting_that_a_scan_does_not_use_does_not_stop_it(
    beca: Callable, tree: Path, variables: dict[str, str]
) -> None:
    name = next(iter(variables)).removeprefix("BECA_").lower()
    outcome = beca("scan", tree, **variables)
    assert outcome.code == 1
    assert outcome.err == f"This command does not use these settings, and they are wrong: {name}.\n"
    assert beca("serve", **variables).code == 2


def test_wrong_settings_that_a_scan_uses_stop_it_and_each_is_named(beca: Callable, tree: Path) -> None:
    outcome = beca("scan", tree, BECA_PORT="many", BECA_PROCESSES="0", BECA_SCAN_SECONDS="soon")
    assert (outcome.code, outcome.out) == (2, "")
    assert "processes: Input should be greater than or equal to 1" in outcome.err
    assert "scan_seconds: Write it as" in outcome.err
    assert "port" not in outcome.err


def test_rules_and_plugins_use_few_settings(beca: Callable, acme: str) -> None:
    for command in (("rules", "list"), ("plugins", "list"), ("rules", "show", "acme-token")):
        assert beca(*command, BECA_SCAN_SECONDS="soon").code == 0
    assert beca("rules", "show", "acme-token", BECA_DISABLED_PLUGINS="acme").code == 2


def test_the_database_commands_use_few_settings(beca: Callable, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'beca.db'}"
    assert beca("db", "upgrade", DATABASE_URL=database, BECA_PORT="many").code == 0
    assert (tmp_path / "beca.db").exists()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("BECA_PROT", "Did you mean BECA_PORT?"),
        ("beca_scan_second", "Did you mean BECA_SCAN_SECONDS?"),
        ("BECA_DATABASE_URL", "Did you mean DATABASE_URL?"),
        ("BECA_XYZZY", "docs/reference/settings.md lists them."),
    ],
)
@pytest.mark.parametrize("command", [("scan", "tree"), ("rules", "list"), ("plugins", "list")])
def test_a_misspelled_variable_is_named_once(
    beca: Callable, tree: Path, command: tuple[str, ...], name: str, hint: str
) -> None:
    outcome = beca(*command, **{name: "secret"})
    assert outcome.code == (1 if command[0] == "scan" else 0)
    assert outcome.err == f"There is no setting {name!r}, so it has no effect. {hint}\n"


def test_programs_and_the_database_name_a_misspelled_variable_too(beca: Callable, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'beca.db'}"
    for command in (("worker",), ("serve",), ("db", "upgrade")):
        outcome = beca(*command, BECA_PROT="1", BECA_DATA_DIR="/proc/self/beca", DATABASE_URL=database, BROKER_URL="x")
        assert outcome.err.count("There is no setting 'BECA_PROT'") == 1


@pytest.mark.parametrize("name", ["BECA_DEBUG", "BECA_TOKEN", "BECA_TEST_PROFILE", "BECASSINE", "beca_port"])
def test_other_variables_are_not_remarked_on(beca: Callable, tree: Path, name: str) -> None:
    assert beca("scan", tree, **{name: "1"}).err == ""


def test_a_settings_file_that_is_not_there_stops_a_scan(beca: Callable, tree: Path) -> None:
    outcome = beca("scan", tree, BECA_CONFIG="nowhere.toml")
    assert (outcome.code, outcome.out) == (2, "")
    assert "BECA_CONFIG names 'nowhere.toml', which is not a file." in outcome.err
