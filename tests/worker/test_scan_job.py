"""The command and the environment of a scan's process, and the redaction of its standard error."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_api.worker.scan_process.runner import redacted_line
from beca_api.worker.scan_process.scan_job import ScanJob, scan_command, scan_environment
from beca_core.cli.scans.scan_settings import ScanSettings
from beca_core.errors import InvalidSettings
from beca_core.rules.rule_selection import RuleChoice
from beca_core.sources.limits import Limits
from beca_core.system.settings import Settings


class TestCommand:
    def test_it_runs_this_python_and_the_url_is_never_an_option(self):
        command = scan_command(ScanJob("--upload-pack=x", "head"))
        assert command[:4] == [sys.executable, "-P", "-m", "beca_core.cli"]
        assert command[-2:] == ["--", "--upload-pack=x"]

    def test_with_a_mirror_the_scan_begins_with_its_update(self):
        job = ScanJob("--upload-pack=x", "head", mirror=Path("/mirrors/7"), state=Path("/workspaces/state"))
        command = scan_command(job)
        assert command[:6] == [
            sys.executable,
            "-P",
            "-m",
            "beca_api.worker.mirrors.mirror_update",
            "/mirrors/7",
            "--upload-pack=x",
        ]
        assert command[6:10] == [sys.executable, "-P", "-m", "beca_core.cli"]
        assert command[-4:] == ["--state", "/workspaces/state", "--label=--upload-pack=x", "--"]


class TestEnvironment:
    def test_the_scan_gets_the_settings_of_the_worker(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        settings = Settings.load(
            allowed_schemes="http,file",
            allow_private_hosts=True,
            disabled_plugins="one,two",
            max_blob_bytes=1000,
            max_fetch_bytes=2000,
            max_scan_bytes=3000,
            max_archive_depth=0,
            max_archive_members=7,
            max_archive_bytes="5K",
            processes=3,
            cache_dir=tmp_path / "compiled",
        )
        environment = scan_environment(settings, b"a key", tmp_path, settings.scan_seconds)
        monkeypatch.setattr(os, "environ", environment)
        read = ScanSettings.load()
        assert read.url_policy.allowed_schemes == {"http", "file"}
        assert read.url_policy.allow_private_hosts is True
        assert read.disabled_plugins == {"one", "two"}
        limits = read.limits
        assert (limits.max_blob_bytes, limits.fetch_bytes, limits.scan_bytes) == (1000, 2000, 3000)
        assert (limits.archive_depth, limits.archive_members, limits.archive_bytes) == (0, 7, 5120)
        assert (read.processes, read.cache_dir) == (3, tmp_path / "compiled")
        assert (read.fingerprint_key, read.former_fingerprint_key) == (b"a key", b"")

    def test_the_scan_gets_the_key_before_a_rotation_in_its_environment_only(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        former = secrets.token_hex(16)
        settings = Settings.load(former_fingerprint_key=former)
        job = ScanJob("https://example.org/x", "head", mirror=tmp_path / "mirror", state=tmp_path / "state")
        assert former not in " ".join(scan_command(job))
        environment = scan_environment(settings, b"a key", tmp_path, 60)
        assert [name for name, value in environment.items() if former in value] == ["BECA_FORMER_FINGERPRINT_KEY"]
        monkeypatch.setattr(os, "environ", environment)
        assert ScanSettings.load().former_fingerprint_key == former.encode()

    def test_the_scan_gets_what_is_set_for_plugins(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("BECA_PLUGINS__ACME__HOST", "acme.example")
        settings = Settings.load(plugins={"acme": {"words": ["a", "b, c"], "depth": 3}})
        environment = scan_environment(settings, b"k", tmp_path, 60)
        monkeypatch.setattr(os, "environ", environment)
        assert ScanSettings.load().plugin_settings == {
            "acme": {"words": ["a", "b, c"], "depth": 3, "host": "acme.example"}
        }

    def test_unset_settings_remain_unset(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        environment = scan_environment(Settings.load(data_dir=tmp_path / "data"), b"k", tmp_path, 60)
        monkeypatch.setattr(os, "environ", environment)
        read = ScanSettings.load()
        assert read.processes is None
        assert read.limits.scan_bytes == Limits().scan_bytes
        assert read.cache_dir == tmp_path / "data" / "cache"

    @given(st.floats(0.01, 10**9), st.floats(0.01, 10**9))
    def test_the_time_limits_of_the_phases_end_before_the_deadline(self, whole: float, locating: float):
        settings = Settings.load(scan_seconds=whole, locate_seconds=locating)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "environ", scan_environment(settings, b"k", Path("/tmp"), settings.scan_seconds))  # noqa: S108
            limits = ScanSettings.load().limits
        assert limits.fetch_seconds == limits.scan_seconds
        assert whole / 2 < limits.scan_seconds < limits.scan_seconds + limits.locate_seconds < whole
        assert limits.locate_seconds <= locating + 1e-6

    def test_a_second_attempt_has_the_remaining_time(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        settings = Settings.load(scan_seconds=1000)
        whole = scan_environment(settings, b"k", tmp_path, settings.scan_seconds)
        monkeypatch.setattr(os, "environ", scan_environment(settings, b"k", tmp_path, 10))
        assert ScanSettings.load().limits.scan_seconds == pytest.approx(float(whole["BECA_SCAN_SECONDS"]) / 100)
        monkeypatch.setattr(os, "environ", scan_environment(settings, b"k", tmp_path, -1))
        assert 0 < ScanSettings.load().limits.scan_seconds < 1

    def test_an_empty_set_remains_empty(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        environment = scan_environment(Settings.load(allowed_schemes=""), b"k", tmp_path, 60)
        monkeypatch.setattr(os, "environ", environment)
        assert ScanSettings.load().url_policy.allowed_schemes == frozenset()

    def test_the_choice_of_rules_is_passed_on(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        settings = Settings.load(
            rules_files="/a.toml,/b.yaml", rules="aws-*,tag:x", exclude_rules="aws-old", min_severity="high"
        )
        without = scan_environment(Settings.load(), b"k", tmp_path, 60)
        monkeypatch.setattr(os, "environ", scan_environment(settings, b"k", tmp_path, 60))
        expected = RuleChoice(("/a.toml", "/b.yaml"), ("aws-*", "tag:x"), ("aws-old",), "high", None)
        assert ScanSettings.load().choice == expected
        monkeypatch.setattr(os, "environ", without)
        assert ScanSettings.load().choice == RuleChoice()

    def test_nothing_else_is_inherited(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("DATABASE_URL", "postgresql://u:hunter2@h/d")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
        settings = Settings.load(broker_url="amqp://u:hunter2@h")
        environment = scan_environment(settings, b"k", tmp_path, settings.scan_seconds)
        assert "hunter2" not in str(environment)
        assert environment["PATH"] == os.environ["PATH"]
        assert environment["HOME"] == environment["TMPDIR"] == str(tmp_path)


class TestMirrorsBytes:
    @pytest.mark.parametrize(("value", "size"), [("0", 0), ("5G", 5 * 1024**3), ("", 20 * 1024**3)])
    def test_valid_sizes(self, value: str, size: int, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("BECA_MIRRORS_BYTES", value)
        assert Settings.load().mirrors_bytes == size

    @pytest.mark.parametrize("value", ["-1", "much", "1.5.2G"])
    def test_invalid_sizes(self, value: str, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("BECA_MIRRORS_BYTES", value)
        with pytest.raises(InvalidSettings, match="mirrors_bytes"):
            Settings.load()


class TestRedaction:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("ValueError: bad  input\n  at line 12", "ValueError: bad input at line 12"),
            ("git https://user:word@example.org/x failed", "git https://***@example.org/x failed"),
            ("password = hunter2 next", "password = *** next"),
            ("api_key: hunter2", "api_key: ***"),
            ('"client_secret": "hunter2", "a": 1', '"client_secret": *** "a": 1'),
            (f"got {'aB3' * 8}.", "got ***."),
            (f"got {'abc' * 11}", "got ***"),
            ("a\x1b[31mred\x00", "a?[31mred?"),
        ],
    )
    def test_examples(self, text: str, expected: str):
        assert redacted_line(text.encode()) == expected

    def test_the_end_is_kept(self):
        assert redacted_line(b"begin " * 1000 + b"end", limit=20).endswith("begin end")

    @given(st.binary(max_size=500))
    def test_any_bytes_become_one_short_printable_line(self, text: bytes):
        line = redacted_line(text)
        assert len(line) <= 500
        assert line.isprintable()

    @given(
        st.text("abcdefABCDEF0123456789+_-=", min_size=12, max_size=80), st.text(" ()[]<>,;", min_size=1, max_size=3)
    )
    def test_no_long_word_with_a_digit_survives(self, word: str, around: str):
        secret = f"{word}7"
        assert secret not in redacted_line(f"x{around}{secret}{around}y".encode())
