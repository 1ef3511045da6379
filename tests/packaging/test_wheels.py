"""What ships: the wheel alone, the wheel with extras, and the plugins' wheels beside it, in empty environments."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import beca_scanners
from beca_core import PluginRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheels")]  # all use the same environments

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(project.parent for project in (ROOT / "plugins").glob("*/pyproject.toml"))
SEED_EXAMPLE = "public_keyasdf\nprivate_keyfdas\n"


@dataclass(frozen=True)
class Environment:
    """A virtual environment of its own."""

    path: Path

    def install(self, *packages: str | Path) -> None:
        uv("pip", "install", "--python", str(self.path / "bin" / "python"), *map(str, packages))

    def uninstall(self, package: str) -> None:
        uv("pip", "uninstall", "--python", str(self.path / "bin" / "python"), package)

    def run(self, *command: str, cwd: Path | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, away from the checkout so that only installed code is found."""
        program = str(self.path / "bin" / command[0])
        return subprocess.run(
            [program, *command[1:]],
            cwd=cwd or self.path,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300,
            env=clean_environment() | {"PYTEST_DEBUG_TEMPROOT": str(self.path)},
        )


def clean_environment() -> dict[str, str]:
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "XDG_CACHE_HOME")
    return {name: os.environ[name] for name in kept if name in os.environ}


def uv(*arguments: str) -> None:
    program = os.environ.get("UV") or shutil.which("uv")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("uv is needed to build and install the wheels")
        pytest.skip("uv is not installed")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Build the wheels of BECA and of its plugins, from copies without anything that git ignores."""
    built = tmp_path_factory.mktemp("wheels")
    checkout = tmp_path_factory.mktemp("checkout") / "beca"
    ignored = shutil.ignore_patterns(".venv", ".git", ".*_cache", "__pycache__", "dist", "uv.lock", ".hypothesis")
    shutil.copytree(ROOT, checkout, ignore=ignored)
    uv("build", "--wheel", "--out-dir", str(built), str(checkout))
    for plugin in PLUGINS:
        uv("build", "--wheel", "--out-dir", str(built), str(checkout / "plugins" / plugin.name))
    return {wheel.name.partition("-")[0]: wheel for wheel in built.glob("*.whl")}


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    def create(name: str) -> Environment:
        path = tmp_path_factory.mktemp(name) / "venv"
        uv("venv", "--python", sys.executable, str(path))
        return Environment(path)

    return create


@pytest.fixture(scope="module")
def bare(wheels: dict[str, Path], environments: object) -> Environment:
    """An environment with BECA and no extra."""
    environment: Environment = environments("bare")  # type: ignore[operator]
    environment.install(wheels["beca"])
    return environment


@pytest.fixture(scope="module")
def full(wheels: dict[str, Path], environments: object) -> Environment:
    """An environment with BECA and what its server needs."""
    environment: Environment = environments("full")  # type: ignore[operator]
    environment.install(f"beca[server] @ {wheels['beca'].as_uri()}")
    return environment


def test_the_wheel_holds_what_is_needed_at_run_time(wheels: dict[str, Path]) -> None:
    names = zipfile.ZipFile(wheels["beca"]).namelist()
    for needed in (
        "beca_core/py.typed",
        "beca_api/py.typed",
        "beca_scanners/py.typed",
        "beca_core/checks/everyday_words.txt",
        "beca_core/matching/patterns/everyday_words.txt",
        "beca_core/storage/migrations/env.py",
    ):
        assert needed in names
    assert any(re.fullmatch(r"beca_core/storage/migrations/versions/\w+\.py", name) for name in names)
    assert {name.split("/")[0] for name in names if not name.split("/")[0].endswith(".dist-info")} == {
        "beca_core",
        "beca_api",
        "beca_scanners",
    }


def test_without_extras_a_scan_works(bare: Environment, tmp_path: Path) -> None:
    (tmp_path / "seed.txt").write_text(SEED_EXAMPLE)
    done = bare.run("beca", "scan", str(tmp_path), "--format", "json", "--min-confidence", "low")
    assert done.returncode == 1, done.stderr
    assert len(json.loads(done.stdout)["findings"]) == 2
    assert bare.run("beca", "scan", "-", stdin="nothing here").returncode == 0


def test_without_extras_rules_are_read_from_toml_and_yaml_says_what_to_install(
    bare: Environment, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "how-to" / "rule-in-toml.md").read_text()
    found = re.search(r"^<!-- file: acme.toml -->\n```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    (tmp_path / "acme.toml").write_text(found[1])
    done = bare.run("beca", "rules", "test", "--rules-file", str(tmp_path / "acme.toml"), "acme-secret-key")
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "acme.yaml").write_text("rules: []\n")
    done = bare.run("beca", "scan", "-", "--rules-file", str(tmp_path / "acme.yaml"))
    assert done.returncode == 2
    assert "pip install 'beca[yaml]'" in (done.stdout + done.stderr).replace("\n", " ")


@pytest.mark.parametrize("command", [("serve",), ("worker",), ("db", "upgrade"), ("token", "list")])
def test_without_extras_the_server_says_what_to_install(bare: Environment, command: tuple[str, ...]) -> None:
    done = bare.run("beca", *command)
    assert done.returncode == 2
    assert "pip install 'beca[server]'" in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_the_rules_of_the_wheel_are_those_of_the_checkout(bare: Environment) -> None:
    """That each of them works is tested in the checkout: the command that proves rules is run on two."""
    registry = PluginRegistry()
    registry.register(beca_scanners, "builtin")
    assert listed_rules(bare) == registry.rules.keys()
    done = bare.run("beca", "rules", "test", "secret-key", "github-token")
    assert done.returncode == 0, done.stdout + done.stderr


def listed_rules(environment: Environment) -> set[str]:
    done = environment.run("beca", "rules", "list", "--format", "json")
    return {rule["id"] for rule in json.loads(done.stdout)["items"]}


@contextlib.contextmanager
def served(environment: Environment, tmp_path: Path) -> Iterator[str]:
    """Run `beca serve` on a free port and yield its address."""
    settings = clean_environment() | {"BECA_DATA_DIR": str(tmp_path / "data"), "BECA_PORT": "0"}
    output = tmp_path / "output"
    with output.open("w") as stream:
        process = subprocess.Popen(
            [environment.path / "bin" / "beca", "serve"], cwd=tmp_path, env=settings, stdout=stream, stderr=stream
        )
        try:
            yield wait_for_address(process, output)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0, output.read_text()


def wait_for_address(process: subprocess.Popen[bytes], output: Path) -> str:
    for _ in range(300):
        if found := re.search(r"http://127\.0\.0\.1:\d+", output.read_text()):
            return found.group()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
            break
    pytest.fail(f"the server did not start: {output.read_text()}")


def test_with_the_extra_it_serves(full: Environment, tmp_path: Path) -> None:
    with served(full, tmp_path) as address:
        with urllib.request.urlopen(f"{address}/healthz", timeout=10) as answer:
            assert answer.status == 200
        with urllib.request.urlopen(f"{address}/swagger/index.html", timeout=10) as page:
            assert b"swagger" in page.read()


def test_a_plugin_is_there_when_installed_and_gone_when_uninstalled(wheels: dict[str, Path], bare: Environment) -> None:
    before = listed_rules(bare)
    bare.install(wheels["beca_internal_tokens"])
    try:
        added = listed_rules(bare) - before
        assert added
        assert "internal-tokens" in bare.run("beca", "plugins", "list").stdout
        assert bare.run("beca", "rules", "test", *added).returncode == 0
    finally:
        bare.uninstall("beca-internal-tokens")
    assert listed_rules(bare) == before


def test_a_configuration_of_gitleaks_is_run(wheels: dict[str, Path], bare: Environment, tmp_path: Path) -> None:
    (tmp_path / "gitleaks.toml").write_text("[[rules]]\nid = 'fish'\nregex = 'fish-([0-9]{12})'\n")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a.txt").write_text("fish-123456789012\n")
    bare.install(wheels["beca_gitleaks"])
    try:
        checked = bare.run("beca", "gitleaks", "check", "gitleaks.toml", cwd=tmp_path)
        assert (checked.returncode, checked.stdout) == (
            0,
            "1 rule of gitleaks.toml run. Everything is translated.\n",
        )
        (tmp_path / "beca.toml").write_text('[plugins.gitleaks]\nfile = "gitleaks.toml"\n')
        scan = ("beca", "scan", "tree", "--config", "beca.toml", "--rules", "plugin:gitleaks", "--format", "json")
        done = bare.run(*scan, cwd=tmp_path)
        assert done.returncode == 1, done.stdout + done.stderr
        assert [finding["ruleId"] for finding in json.loads(done.stdout)["findings"]] == ["gitleaks-fish"]
    finally:
        bare.uninstall("beca-gitleaks")


def test_the_plugins_own_tests_pass_against_the_wheels(
    wheels: dict[str, Path], environments: object, tmp_path: Path
) -> None:
    environment: Environment = environments("plugins")  # type: ignore[operator]
    environment.install(*wheels.values(), "pytest", "hypothesis")
    for plugin in PLUGINS:
        shutil.copytree(plugin / "tests", tmp_path / plugin.name)
    done = environment.run("python", "-m", "pytest", "-q", *(plugin.name for plugin in PLUGINS), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(wheels) == len(PLUGINS) + 1


def test_the_plugin_of_the_tutorial_works_as_written(
    wheels: dict[str, Path], environments: object, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "tutorial" / "first-plugin.md").read_text()
    files = re.findall(r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(files) == 3
    for name, text in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    project = tmp_path / "acme-rules"
    environment: Environment = environments("tutorial")  # type: ignore[operator]
    environment.install(wheels["beca"], "pytest", "mypy")
    environment.install(project)
    for command in (
        ("python", "-m", "mypy", "--strict", "acme_rules.py", "test_acme_rules.py"),
        ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        ("beca", "plugins", "show", "acme-rules"),
        ("beca", "rules", "test", "acme-token"),
    ):
        done = environment.run(*command, cwd=project)
        assert done.returncode == 0, done.stdout + done.stderr
