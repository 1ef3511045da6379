"""`action.yml` and the GitLab template: their scripts are executed; what a service does around them is emulated.

Not emulated: the installation by pip, the upload of the SARIF report, and what a service makes of the reports.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
GITLAB = yaml.safe_load((ROOT / ".gitlab" / "beca.gitlab-ci.yml").read_text())["beca"]

pytestmark = pytest.mark.slow


class Ended(NamedTuple):
    """How a job ended, and where its files are."""

    code: int
    log: str
    directory: Path

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in (self.directory / "output").read_text().splitlines())


class Project:
    """A repository with an old secret and a new one, in two commits."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.copy = directory / "copy"
        (directory / "bin").mkdir()
        (directory / "venv" / "bin").mkdir(parents=True)
        self._write_program("beca", f'exec {shlex.join([sys.executable, "-m", "beca_core.cli"])} "$@"')
        self._write_program("pip", "exit 0")
        self.git("init", "-qb", "main", str(self.copy), at=directory)
        self.old, self.new = self.commit("old.ini"), self.commit("new.ini")

    def _write_program(self, name: str, line: str) -> None:
        program = self.directory / "bin" / name
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)

    def git(self, *arguments: str, at: Path | None = None) -> str:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        return subprocess.check_output(["git", *identity, *arguments], cwd=at or self.copy, text=True).strip()

    def commit(self, name: str) -> str:
        (self.copy / name).write_text(f'password = "{secrets.token_urlsafe(18)}"\n')
        self.git("add", ".")
        self.git("commit", "-qm", name)
        return self.git("rev-parse", "HEAD")

    def run(self, script: list[str], **variables: str) -> Ended:
        environment = {
            "HOME": str(self.directory),
            "PATH": f"{self.directory / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"],
            "RUNNER_TEMP": str(self.directory),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(self.directory / "output"),
            "GITHUB_STEP_SUMMARY": str(self.directory / "summary"),
        }
        done = subprocess.run(
            script,
            cwd=self.copy,
            env=environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        return Ended(done.returncode, done.stdout, self.directory)

    def act(self, event: dict[str, str], **inputs: str) -> Ended:
        """Run the step of the action that scans, with the values that GitHub puts in place of expressions."""
        (step,) = [each for each in ACTION["runs"]["steps"] if each.get("id") == "scan"]
        values = {f"inputs.{name}": inputs.get(name, str(each["default"])) for name, each in ACTION["inputs"].items()}
        values["github.event.pull_request.base.sha || github.event.before"] = event.get("before", "")
        variables = {
            name: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: values[found[1]], text)
            for name, text in step["env"].items()
        }
        return self.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], **variables)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_the_action_reports_what_an_event_brings(project: Project) -> None:
    ended = project.act({"before": project.old})
    assert ended.code == 1, ended.log
    assert re.search("^::(warning|error) file=new.ini,line=1", ended.log, re.MULTILINE)
    assert "old.ini" not in ended.log
    assert ended.outputs == {"exit-code": "1", "has-report": "true"}
    (run,) = json.loads((project.copy / "beca.sarif").read_text())["runs"]
    assert len(run["results"]) == 1
    assert "new.ini" in (project.directory / "summary").read_text()


@pytest.mark.parametrize(("before", "inputs"), [("0" * 40, {}), ("1" * 40, {}), ("", {}), ("old", {"scope": "all"})])
def test_the_action_reads_everything_if_there_is_nothing_before(
    before: str, inputs: dict[str, str], project: Project
) -> None:
    ended = project.act({"before": project.old if before == "old" else before}, **inputs)
    assert ended.code == 1
    assert "old.ini:1" in ended.log
    assert "new.ini:1" in ended.log


def test_the_action_passes_arguments_and_an_old_report_is_never_uploaded(project: Project) -> None:
    assert project.act({"before": project.old}, arguments="--fail-on\nnone").code == 0
    (project.directory / "output").write_text("")
    ended = project.act({"before": project.old}, arguments="--no-such-option")
    assert ended.code == 2
    assert ended.outputs == {"exit-code": "2"}
    assert project.act({}, scope="other").code == 2


def test_no_expression_is_in_a_script_of_the_action() -> None:
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert len(scripts) == 2
    assert not any("${{" in script for script in scripts)


def test_the_gitlab_job_reports_what_a_merge_request_brings(project: Project) -> None:
    script = ["bash", "-eo", "pipefail", "-c", "\n".join(GITLAB["script"])]
    variables = {name: str(value) for name, value in GITLAB["variables"].items()}
    ended = project.run(script, **variables, CI_MERGE_REQUEST_DIFF_BASE_SHA=project.old)
    assert ended.code == 1, ended.log
    report = json.loads((project.copy / GITLAB["artifacts"]["reports"]["secret_detection"]).read_text())
    assert [each["location"]["file"] for each in report["vulnerabilities"]] == ["new.ini"]
    assert (project.copy / GITLAB["artifacts"]["reports"]["junit"]).exists()
    ended = project.run(script, **variables | {"BECA_ARGUMENTS": "--exit-zero"})
    assert ended.code == 0
    assert "old.ini:1" in ended.log
