"""The recipes for pipelines: several runs of a repository with an old secret, as each service would run them.

The lines of the recipes are executed as they are. What is emulated is what a service does around them: fresh clones,
conditions, and a cache that is a directory.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "scan-in-ci.md"
RECIPES = {
    name: yaml.safe_load(text)
    for name, text in re.findall(
        r"<!-- recipe: (\w+) -->\n```yaml\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE
    )
}
OLD = 'private_key = "hunter2hunter2"\n'
NEW = 'private_key = "swordfish4swordfish4"\n'
NO_STATE = "There is no state "


@dataclass(frozen=True)
class Job:
    """How a job ended, and its log."""

    code: int
    log: str


class Project:
    """A repository that jobs clone, and a working copy in which its people commit."""

    def __init__(self, directory: Path) -> None:
        self.origin = directory / "origin.git"
        self._copy = directory / "copy"
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(self.origin)], check=True)
        subprocess.run(["git", "init", "-q", "-b", "main", str(self._copy)], check=True)
        self.commit("app.ini", OLD)
        self.commit("app.ini", "debug = true\n")

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", "-C", str(self._copy), *identity, *arguments], check=True, capture_output=True)

    def commit(self, name: str, content: str | None, *, branch: str = "main", amend: bool = False) -> None:
        """Change a file, or remove it, and push."""
        self.git("checkout", "-q", "-B", branch)
        path = self._copy / name
        if content is None:
            path.unlink()
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(content)
        self.git("add", "-A", "-f", ".")
        self.git("commit", "-qm", f"Change {name}", *(["--amend", "--allow-empty"] if amend else []))
        self.git("push", "-qf", str(self.origin), branch)

    def drop(self, branch: str) -> None:
        """Go back to the default branch, and delete this one."""
        self.git("checkout", "-q", "main")
        self.git("branch", "-qD", branch)
        self.git("push", "-q", str(self.origin), f":{branch}")

    def clone(self, directory: Path, branch: str, depth: int) -> None:
        command = [
            "git",
            "clone",
            "-q",
            "-b",
            branch,
            *([f"--depth={depth}"] if depth else []),
            f"file://{self.origin}",
        ]
        subprocess.run([*command, str(directory)], check=True)


class Service:
    """What services have in common.

    Args:
        project: The repository.
        directory: For the cache and the working copies.
    """

    def __init__(self, project: Project, directory: Path) -> None:
        self.project = project
        self.cache = directory / "cache"
        self.cache.mkdir()
        self._directory = directory
        self._numbers = count(1)
        shims = directory / "bin"
        shims.mkdir()
        (shims / "pip").write_text("#!/bin/sh\nexit 0\n")
        (shims / "pip").chmod(0o755)
        path = os.pathsep.join([str(shims), str(Path(sys.executable).parent), os.environ["PATH"]])
        # A runner compiles the rules in each job; that is left out here, since nothing depends on it.
        self._environment = {"PATH": path, "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"]}

    def evict(self) -> None:
        """Delete everything in the cache."""
        shutil.rmtree(self.cache)
        self.cache.mkdir()

    def fresh_directory(self) -> Path:
        path = self._directory / f"run-{next(self._numbers)}"
        path.mkdir()
        return path

    def shell(self, script: str, directory: Path, variables: Mapping[str, str]) -> Job:
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=directory,
            env=self._environment | {"HOME": str(directory.parent), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
            timeout=300,
        )
        return Job(done.returncode, done.stdout)


class GitHub(Service):
    """Runs the workflow, see https://docs.github.com/actions/reference/workflows-and-actions."""

    def main(self, *, accept: bool = False) -> Job:
        return self._run("workflow_dispatch" if accept else "push", "main", accept)

    def proposal(self, branch: str, *, accept: bool = False) -> Job:
        return self._run("workflow_dispatch" if accept else "pull_request", branch, accept)

    def _run(self, event: str, branch: str, accept: bool) -> Job:
        workflow = RECIPES["github"]
        assert event in workflow[True], "YAML 1.1 reads the key `on` as true"
        run, number = self.fresh_directory(), next(self._numbers)
        (run / "temp").mkdir()
        context = {
            "runner.temp": str(run / "temp"),
            "github.ref": f"refs/heads/{branch}",
            "github.run_id": f"{number:06}",
            "github.run_attempt": "1",
            "inputs.accept": accept,
        }
        job = Job(0, "")
        for step in workflow["jobs"]["secrets"]["steps"]:
            condition = step.get("if", "")
            if (job.code and "always()" not in condition) or (condition and not evaluated(condition, context)):
                continue
            done = self._step(step, run, branch, context)
            job = Job(job.code or done.code, job.log + done.log)
        return job

    def _step(self, step: dict[str, Any], run: Path, branch: str, context: Mapping[str, Any]) -> Job:
        inputs = {name: filled_in(value, context) for name, value in step.get("with", {}).items()}
        action = step.get("uses", "run").partition("@")[0]
        if action == "run":
            variables = {name: filled_in(value, context) for name, value in step.get("env", {}).items()}
            return self.shell(step["run"], run / "work", variables | {"RUNNER_TEMP": context["runner.temp"]})
        if action == "actions/checkout":
            self.project.clone(run / "work", branch, int(inputs.get("fetch-depth", 1)))
        elif action == "actions/cache/restore":
            if found := sorted(self.cache.glob(f"{inputs['restore-keys']}*")):
                shutil.copy(found[-1], inputs["path"])
        else:
            assert action == "actions/cache/save"
            if Path(inputs["path"]).exists():
                shutil.copy(inputs["path"], self.cache / inputs["key"])
        return Job(0, "")


class GitLab(Service):
    """Runs the job, see https://docs.gitlab.com/ci/yaml/."""

    def main(self, *, accept: bool = False) -> Job:
        chosen = {"ACCEPT_FINDINGS": "true"} if accept else {}
        return self._run({"CI_COMMIT_BRANCH": "main", "CI_PIPELINE_SOURCE": "web" if accept else "push", **chosen})

    def proposal(self, branch: str, *, accept: bool = False) -> Job:
        chosen = {"ACCEPT_FINDINGS": "true"} if accept else {}
        return self._run({"CI_PIPELINE_SOURCE": "merge_request_event", **chosen}, branch)

    def _run(self, predefined: dict[str, str], branch: str = "main") -> Job:
        job = RECIPES["gitlab"]["secrets"]
        variables = predefined | {"CI_DEFAULT_BRANCH": "main"}
        rule = next(rule for rule in job["rules"] if evaluated_rule(rule["if"], variables))
        variables |= {name: str(value) for name, value in (job["variables"] | rule["variables"]).items()}
        work, cached = self.fresh_directory() / "work", self.cache / job["cache"]["key"]
        self.project.clone(work, branch, int(variables["GIT_DEPTH"]))
        policy = variables[job["cache"]["policy"].removeprefix("$")]
        if cached.exists() and policy in ("pull", "pull-push"):
            shutil.copytree(cached, work, dirs_exist_ok=True)
        done = self.shell("\n".join(job["script"]), work, variables)
        if policy == "pull-push" and (done.code == 0 or job["cache"]["when"] == "always"):
            for path in job["cache"]["paths"]:
                if (work / path).exists():
                    shutil.copytree(work / path, cached / path, dirs_exist_ok=True)
        return done


def evaluated(expression: str, context: Mapping[str, Any]) -> Any:
    """Evaluate an expression of GitHub Actions."""
    python = expression.replace("&&", " and ").replace("||", " or ").replace("always()", "True")
    python = re.sub(r"\b[a-z]+\.[a-z_]+\b(?=[^']*(?:'[^']*'[^']*)*$)", lambda name: f"context[{name[0]!r}]", python)
    return eval(python, {"context": context})  # noqa: S307 - it is our own documentation


def filled_in(value: object, context: Mapping[str, Any]) -> str:
    """Replace each `${{ ... }}` in a value."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: str(evaluated(found[1].strip(), context)), str(value))


def evaluated_rule(expression: str, variables: Mapping[str, str]) -> bool:
    """Evaluate a condition of GitLab: equalities joined by `&&`."""

    def operand(text: str) -> str | None:
        return variables.get(text[1:]) if text.startswith("$") else text.strip('"')

    parts = [part.partition("==") for part in expression.split("&&")]
    return all(operand(left.strip()) == operand(right.strip()) for left, _, right in parts)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(params=[GitHub, GitLab])
def service(request: pytest.FixtureRequest, project: Project, tmp_path: Path) -> Any:
    return request.param(project, tmp_path)


def test_both_recipes_are_there() -> None:
    assert RECIPES.keys() == {"github", "gitlab"}


def test_expressions_are_evaluated_as_the_services_do() -> None:
    context = {"inputs.accept": True, "github.ref": "refs/heads/main"}
    expression = "inputs.accept && github.ref == 'refs/heads/main' && 'none' || 'new'"
    assert evaluated(expression, context) == "none"
    assert evaluated(expression, context | {"inputs.accept": None}) == "new"
    assert evaluated(expression, context | {"github.ref": "refs/heads/topic"}) == "new"
    assert evaluated_rule('$A == $B && $C == "true"', {"A": "x", "B": "x", "C": "true"})
    assert not evaluated_rule('$A == $B && $C == "true"', {"A": "x", "B": "x"})


@pytest.mark.slow
def test_five_runs_of_a_repository_with_an_old_secret(service: Any, project: Project) -> None:
    before = service.main()
    assert before.code == 1, before.log
    assert NO_STATE in before.log
    first = service.main(accept=True)
    assert (first.code, "Known from now on in " in first.log) == (0, True), first.log
    second = service.main()
    assert second.code == 0, second.log
    assert "0 new, 1 as before" in second.log
    project.commit("new.ini", NEW)
    third = service.main()
    assert third.code == 1, third.log
    assert "1 new" in third.log
    fourth = service.main()
    assert fourth.code == 1, "a new secret does not become known because the pipeline runs again"
    assert "1 new" in fourth.log
    project.commit("new.ini", "debug = true\n", amend=True)
    fifth = service.main()
    assert fifth.code == 0, fifth.log


@pytest.mark.slow
def test_a_secret_that_was_removed_from_head_only_is_red_until_it_is_accepted(service: Any, project: Project) -> None:
    assert service.main(accept=True).code == 0
    project.commit("new.ini", NEW)
    project.commit("new.ini", None)
    assert [service.main().code for _ in range(2)] == [1, 1]
    assert service.main(accept=True).code == 0
    assert service.main().code == 0


@pytest.mark.slow
def test_a_lost_state_is_said_and_does_not_pass(service: Any) -> None:
    assert service.main(accept=True).code == 0
    service.evict()
    for job in (service.main(), service.main()):
        assert job.code == 1, job.log
        assert NO_STATE in job.log


@pytest.mark.slow
def test_a_repository_without_secrets_needs_nobody_to_accept_anything(service: Any, project: Project) -> None:
    project.git("checkout", "-q", "--orphan", "clean")
    project.git("branch", "-qD", "main")
    project.commit("app.ini", "debug = false\n")
    first, second = service.main(), service.main()
    assert (first.code, second.code) == (0, 0), first.log + second.log
    assert NO_STATE in first.log
    assert NO_STATE not in second.log


@pytest.mark.slow
def test_a_proposal_is_compared_with_the_default_branch_and_saves_nothing(service: Any, project: Project) -> None:
    assert service.main(accept=True).code == 0
    saved = contents(service.cache)
    project.commit("other.ini", "debug = true\n", branch="topic")
    assert service.proposal("topic").code == 0
    project.commit("new.ini", NEW, branch="topic")
    assert [service.proposal("topic").code for _ in range(2)] == [1, 1]
    assert service.proposal("topic", accept=True).code == 1, "only the default branch accepts"
    assert contents(service.cache) == saved
    project.drop("topic")
    assert service.main().code == 0


@pytest.mark.slow
def test_without_the_whole_history_nothing_passes(
    service: Any, monkeypatch: pytest.MonkeyPatch, project: Project
) -> None:
    assert service.main(accept=True).code == 0
    clone = project.clone
    monkeypatch.setattr(project, "clone", lambda directory, branch, _depth: clone(directory, branch, 1))
    job = service.main()
    assert job.code == 2, job.log
    assert "shallow" in job.log


@pytest.mark.slow
def test_a_committed_state_is_not_used(project: Project, tmp_path: Path) -> None:
    service = GitLab(project, tmp_path)
    assert service.main(accept=True).code == 0
    forged = (service.cache / "beca-state" / ".beca" / "state").read_bytes()
    service.evict()
    project.git("checkout", "-q", "main")
    (project._copy / ".beca").mkdir()
    (project._copy / ".beca" / "state").write_bytes(forged)
    project.commit("app.ini", "debug = 1\n")
    job = service.main()
    assert job.code != 0, job.log
    assert "finding" not in job.log, "it ends before the scan"


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}
