"""The fingerprint key is created once, only its owner can read it, and the setting takes precedence."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from beca_core.errors import InvalidSettings
from beca_core.storage.fingerprint_key import FILE_NAME, fingerprint_key, former_fingerprint_key
from beca_core.system.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def test_a_key_is_created_once(settings: Settings) -> None:
    key = fingerprint_key(settings)
    assert len(bytes.fromhex(key.decode())) == 32
    assert fingerprint_key(settings) == key
    path = settings.data_dir / FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
    assert [file.name for file in settings.data_dir.iterdir()] == [FILE_NAME]


def test_servers_have_different_keys(tmp_path: Path) -> None:
    keys = {fingerprint_key(Settings(data_dir=tmp_path / name)) for name in "abc"}
    assert len(keys) == 3


def test_with_the_setting_no_file_is_created(tmp_path: Path) -> None:
    configured = "k" * 32
    assert fingerprint_key(Settings(data_dir=tmp_path, fingerprint_key=SecretStr(configured))) == configured.encode()
    assert list(tmp_path.iterdir()) == []


def test_a_short_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match=r"BECA_FINGERPRINT_KEY is too short.*32"):
        fingerprint_key(Settings(data_dir=tmp_path, fingerprint_key=SecretStr("k" * 31)))


def test_the_former_key_is_in_the_settings_only(tmp_path: Path) -> None:
    assert former_fingerprint_key(Settings(data_dir=tmp_path)) is None
    assert former_fingerprint_key(Settings(former_fingerprint_key=SecretStr("k" * 32))) == b"k" * 32
    assert list(tmp_path.iterdir()) == []


def test_a_short_former_key_is_refused() -> None:
    with pytest.raises(InvalidSettings, match=r"BECA_FORMER_FINGERPRINT_KEY is too short.*32") as refusal:
        former_fingerprint_key(Settings(former_fingerprint_key=SecretStr("k" * 31)))
    assert "kkk" not in str(refusal.value)


def test_processes_that_start_at_once_get_the_same_key(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: fingerprint_key(settings), range(32)))
    assert len(keys) == 1
    assert [file.name for file in settings.data_dir.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_other_users_can_read_is_refused(settings: Settings, mode: int) -> None:
    fingerprint_key(settings)
    (settings.data_dir / FILE_NAME).chmod(mode)
    with pytest.raises(InvalidSettings, match="chmod 600"):
        fingerprint_key(settings)


@pytest.mark.parametrize("content", [b"", b"\n", b"0f0f", b"\xff" * 20])
def test_a_damaged_key_is_not_used(settings: Settings, content: bytes) -> None:
    settings.data_dir.mkdir()
    path = settings.data_dir / FILE_NAME
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(InvalidSettings, match="too short"):
        fingerprint_key(settings)
    assert path.read_bytes() == content


def test_a_data_directory_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidSettings, match="BECA_DATA_DIR"):
        fingerprint_key(Settings(data_dir=tmp_path / "file" / "data"))


def test_a_failed_creation_leaves_no_file(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_arguments: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "link", crash)
        with pytest.raises(InvalidSettings, match="Input/output error"):
            fingerprint_key(settings)
    assert list(settings.data_dir.iterdir()) == []
    fingerprint_key(settings)
