"""Each sample on the page of the hooks is a plugin that does what it says."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zlib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from beca_core import (
    Confidence,
    Engine,
    Plugin,
    PluginRegistry,
    Rule,
    ScanFinished,
    ServerEvent,
    Severity,
    hookimpl,
)
from beca_core.plugins import hookspecs

if TYPE_CHECKING:
    from types import ModuleType

    from beca_core import Report

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "docs" / "hooks").glob("*.py"))
TOKEN = "acme_" + "0f" * 16


def sample(name: str) -> ModuleType:
    spec = spec_from_file_location(f"{name}_sample", ROOT / "docs" / "hooks" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Tokens:
    """The rule for which the samples without a rule are made."""

    @hookimpl
    def beca_register_rules(self) -> list[Rule]:
        return [
            Rule(
                id="token",
                version=1,
                description="Token",
                severity=Severity.HIGH,
                confidence=Confidence.HIGH,
                pattern=r"\b(?P<secret>acme_[0-9a-f]{32})\b",
            )
        ]


def loaded(name: str, **settings: Any) -> tuple[PluginRegistry, Plugin]:
    registry = PluginRegistry(cache_dir=False)
    if name not in ("beca_register_rules", "beca_register_settings"):
        registry.register(Tokens(), "tokens")
    plugin = registry.register(sample(name), "sample", settings=settings)
    assert registry.problems == ()
    return registry, plugin


def scan(registry: PluginRegistry, directory: Path, **files: str) -> Report:
    for name, text in files.items():
        path = directory / name.replace("__", "/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    report = Engine(registry).scan(directory)
    assert report.coverage.complete
    return report


def test_each_hook_has_a_sample() -> None:
    assert [path.stem for path in SAMPLES] == sorted(name for name in vars(hookspecs) if name.startswith("beca_"))


@pytest.mark.slow
def test_the_samples_pass_mypy() -> None:
    for path in SAMPLES:
        command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache"), str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "shown", ["tutorial/first-plugin.md", "how-to/configure-a-plugin.md", "how-to/change-findings.md"]
)
def test_the_files_of_a_page_about_plugins_pass_mypy(shown: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / shown).read_text()
    files = re.findall(r"^<!-- file: (\S+\.py) -->\n```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert files
    for name, code in files:
        (tmp_path / Path(name).name).write_text(code)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache"), "."]
    environment = os.environ | {"MYPYPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_settings() -> None:
    registry, plugin = loaded("beca_register_settings", prefix="other")
    assert [found.secret for found in Engine(registry).scan_text(f"{TOKEN} {TOKEN.replace('acme', 'other')}")] == [
        TOKEN.replace("acme", "other").encode()
    ]
    assert plugin.settings == {"prefix": "other", "api_token": ""}


def test_rules() -> None:
    registry, _ = loaded("beca_register_rules")
    assert [found.rule_id for found in Engine(registry).scan_text(TOKEN)] == ["acme-token"]


def test_scanners() -> None:
    registry, _ = loaded("beca_register_scanners")
    key = "0123456789" + "9876543210"
    assert [found.secret for found in Engine(registry).scan_text(f"acme:{key} acme:abc acme:{key}1")] == [key.encode()]


def test_decoders() -> None:
    registry, _ = loaded("beca_register_decoders")
    packed = zlib.compress(f"token = {TOKEN}".encode()).hex()
    (found,) = Engine(registry).scan_text(f"x acme-packed:{packed}\n")
    assert (found.secret, found.decodings, found.location.begin.column) == (TOKEN.encode(), ("acme-packed",), 3)


def test_sources() -> None:
    registry, _ = loaded("beca_register_sources")
    report = Engine(registry).scan("acme://letters")
    assert (report.coverage.blobs, report.coverage.complete, report.scope) == (3, True, "text")


def test_processors(tmp_path: Path) -> None:
    registry, _ = loaded("beca_register_processors")
    report = scan(
        registry, tmp_path, a=f"key = {TOKEN}\n", b=f"PRODUCTION_KEY={TOKEN}\n", c=f"old = {TOKEN}  # revoked\n"
    )
    assert [(each.location.path, each.severity, each.description) for each in report.findings] == [
        ("a", Severity.HIGH, "Token"),
        ("b", Severity.CRITICAL, "Token of production"),
    ]
    assert report.coverage.filtered == {"sample": 1}


def test_filters(tmp_path: Path) -> None:
    registry, _ = loaded("beca_register_filters")
    report = scan(registry, tmp_path, a=TOKEN, vendor__b=TOKEN)
    assert [each.location.path for each in report.findings] == ["a"]


def test_reporters(tmp_path: Path) -> None:
    registry, _ = loaded("beca_register_reporters")
    stream = io.StringIO()
    registry.reporters["paths"].write(scan(registry, tmp_path, a=TOKEN, b=TOKEN), stream, redact=True)
    assert stream.getvalue() == "a\nb\n"


def test_commands(capsys: pytest.CaptureFixture[str]) -> None:
    _, plugin = loaded("beca_register_commands")
    assert plugin.commands[0].run(token_id="7", reason="leaked", dry_run=True) == 0
    assert capsys.readouterr().out == "would revoke 7: leaked\n"


def test_scan_started(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    registry, _ = loaded("beca_scan_started")
    scan(registry, tmp_path, a="nothing")
    assert capsys.readouterr().err == f"1 rules look at {tmp_path} (files)\n"


def test_scan_finished(capsys: pytest.CaptureFixture[str]) -> None:
    _, plugin = loaded("beca_scan_finished")
    plugin.listeners["beca_scan_finished"](ScanFinished("x", "files", 1.5, 1, 2, severities={"HIGH": 2}))
    assert capsys.readouterr().err == '{"target": "x", "findings": {"HIGH": 2}, "exit": 1, "failure": ""}\n'


def test_server_event(capsys: pytest.CaptureFixture[str]) -> None:
    _, plugin = loaded("beca_server_event")
    issue = {"id": 3, "ruleId": "acme-token", "path": "a.env"}
    for event in (
        ServerEvent(7, "issue-opened", "2026-01-31T10:00:00Z", issue=issue),
        ServerEvent(8, "issue-opened", "2026-01-31T10:00:00Z"),
        ServerEvent(9, "result-ended", "2026-01-31T10:00:00Z", result={"id": 1}),
    ):
        plugin.listeners["beca_server_event"](event)
    assert capsys.readouterr().err == '{"event": 7, "rule": "acme-token", "path": "a.env"}\n'
