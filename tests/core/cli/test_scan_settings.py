from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from beca_core.cli.scan_settings import ScanSettings
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
    """Grows whenever all settings are read."""
    counted: list[int] = []
    complete = ScanSettings.from_all_settings

    def counting() -> ScanSettings:
        counted.append(1)
        return complete()

    monkeypatch.setattr(ScanSettings, "from_all_settings", counting)
    return counted


def test_without_settings_the_defaults_are_those_of_the_settings(reads: list[int]) -> None:
    assert ScanSettings.load() == ScanSettings()
    assert reads == []
    assert ScanSettings.from_all_settings() == ScanSettings()


def test_whether_to_debug_is_no_setting_of_a_scan(reads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BECA_DEBUG", "1")
    ScanSettings.load()
    assert reads == []


def test_the_environment_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert settings.limits.fetch_seconds == 60
    assert settings.limits.fetch_bytes == 2000
    assert settings.url_policy.allowed_schemes == {"https", "ssh"}
    assert settings.url_policy.allow_private_hosts is True
    assert settings.fingerprint_key == b"of our own"


def test_the_settings_file_is_obeyed(tmp_path: Path) -> None:
    file = tmp_path / ".config" / "beca" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text('disabled_plugins = ["acme"]\n')
    assert ScanSettings.load().disabled_plugins == {"acme"}


def test_a_wrong_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BECA_ALLOWED_SCHEMES", "https,gopher")
    with pytest.raises(InvalidSettings):
        ScanSettings.load()


def test_the_settings_reach_the_scan(beca: Callable, tree: Path) -> None:
    secret = b"acme_" + b"0f" * 8
    plain = json.loads(beca("scan", tree, "--format", "json").out)["findings"][0]
    assert plain["fingerprint"] == fingerprint("acme-token", secret)
    keyed = json.loads(beca("scan", tree, "--format", "json", BECA_FINGERPRINT_KEY="k").out)["findings"][0]
    assert keyed["fingerprint"] == fingerprint("acme-token", secret, b"k")
    assert beca("scan", tree, BECA_DISABLED_PLUGINS="acme").code == 0
    assert beca("scan", tree, BECA_MAX_BLOB_BYTES="20").code == 2


def test_an_option_wins_over_the_settings(beca: Callable, tree: Path) -> None:
    assert beca("scan", tree, "--max-blob-size", "1M", BECA_MAX_BLOB_BYTES="20").code == 1


def test_settings_in_the_scanned_directory_are_not_obeyed(beca: Callable, tree: Path, tmp_path: Path) -> None:
    for place in (tree, tmp_path):
        (place / "config.toml").write_text('disabled_plugins = ["acme"]\n')
        (place / ".env").write_text("BECA_DISABLED_PLUGINS=acme\n")
    assert beca("scan", tree).code == 1
