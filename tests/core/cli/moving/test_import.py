"""`beca import`: what other scanners' files say has the same effect in the scans that follow."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from beca_core.plugins.rule_files.rule_file import load_rules
from beca_core.rules.rule import random_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ACME_SECRET = "acme_" + "0f" * 8
RULES = """
[[rules]]
id = "fish-token"
regex = '''fish-([0-9a-f]{20})'''
[[rules.allowlists]]
paths = ['''^docs/''']
[[rules]]
id = "names"
path = '''\\.pem$'''
[allowlist]
description = "made up"
paths = ['''^tests/''']
stopwords = ["0123"]
"""
FISH = f"fish-{random_text('0123456789abcdef', 20, 1)}"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "target"
    for name in ("a.env", "docs/a.env", "tests/a.env"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(f"{FISH}\n")
    return path


def found(beca: Callable[..., Any], target: Path, *arguments: str) -> list[str]:
    outcome = beca("scan", target, "--format", "json", *arguments)
    assert outcome.code in (0, 1), outcome.err
    return [finding["location"]["path"] for finding in json.loads(outcome.out)["findings"]]


class TestGitleaks:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        path = tmp_path / "gitleaks.toml"
        path.write_text(RULES)
        return path

    def test_rules_and_allow_lists(self, beca: Callable[..., Any], acme: str, target: Path, file: Path) -> None:
        outcome = beca("import", "gitleaks", file, target, "--owner", "Ada")
        assert (outcome.code, outcome.err) == (0, "")
        config = tomllib.loads((target / ".beca.toml").read_text())
        assert config == {
            "rules-files": ["gitleaks-rules.toml"],
            "exclude-paths": ["/tests/"],
            "inline-comments": ["beca:allow", "gitleaks:allow"],
            "allow": [{"stop-word": "0123", "reason": "made up", "owner": "Ada"}],
        }
        assert [rule.id for rule in load_rules(target / "gitleaks-rules.toml")] == ["fish-token"]
        assert found(beca, target) == ["a.env"]

    def test_what_is_not_taken_over_is_listed(
        self, beca: Callable[..., Any], acme: str, target: Path, file: Path
    ) -> None:
        lines = beca("import", "gitleaks", file, target).out.splitlines()
        assert lines[0].startswith(f"{file}:7: rule names: regex: its expression is missing")
        assert lines[0].endswith("(not run)")
        assert lines[-1] == "Not taken over: 1 not run."

    def test_a_dry_run_writes_nothing(self, beca: Callable[..., Any], acme: str, target: Path, file: Path) -> None:
        outcome = beca("import", "gitleaks", file, target, "--dry-run")
        assert outcome.code == 0
        assert "names" in outcome.err
        rules, config = outcome.out.split(f"# {target}/.beca.toml: settings and 1 entry of the allow-list\n")
        assert [rule["id"] for rule in tomllib.loads(rules)["rules"]] == ["fish-token"]
        assert len(tomllib.loads(config)["allow"]) == 1
        assert not (target / ".beca.toml").exists()
        assert not (target / "gitleaks-rules.toml").exists()

    def test_nothing_is_written_over_without_being_asked(
        self, beca: Callable[..., Any], acme: str, target: Path, file: Path
    ) -> None:
        config = target / ".beca.toml"
        config.write_text('# ours\nmin-severity = "low"  # why\n\n[[allow]]\npath = "x"\nreason = "y"\n')
        before = config.read_text()
        outcome = beca("import", "gitleaks", file, target)
        assert outcome.code == 2
        assert "--force" in outcome.err
        assert config.read_text() == before
        assert not (target / "gitleaks-rules.toml").exists()
        assert beca("import", "gitleaks", file, target, "--force").code == 0
        after = config.read_text()
        assert after.startswith("# ours\nrules-files = ")
        assert 'min-severity = "low"  # why\n\n[[allow]]\npath = "x"\nreason = "y"\n' in after
        assert len(tomllib.loads(after)["allow"]) == 2

    def test_again_changes_nothing(self, beca: Callable[..., Any], acme: str, target: Path, file: Path) -> None:
        beca("import", "gitleaks", file, target)
        before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
        outcome = beca("import", "gitleaks", file, target)
        assert (outcome.code, "There is nothing to write." in outcome.out) == (0, True)
        assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == before

    def test_into_a_pyproject(self, beca: Callable[..., Any], acme: str, target: Path, file: Path) -> None:
        project = target / "pyproject.toml"
        project.write_text('[tool.beca]\nmin-severity = "low"\n\n[tool.other]\nx = 1\n')
        assert beca("import", "gitleaks", file, target, "--force").code == 0
        document = tomllib.loads(project.read_text())["tool"]
        assert document["other"] == {"x": 1}
        assert document["beca"]["min-severity"] == "low"
        assert (len(document["beca"]["allow"]), document["beca"]["exclude-paths"]) == (1, ["/tests/"])
        assert not (target / ".beca.toml").exists()
        assert found(beca, target) == ["a.env"]

    def test_a_rule_of_an_id_that_is_taken(self, beca: Callable[..., Any], acme: str, target: Path, file: Path) -> None:
        file.write_text(RULES.replace("fish-token", "acme-token"))
        assert beca("import", "gitleaks", file, target).code == 0
        assert [rule.id for rule in load_rules(target / "gitleaks-rules.toml")] == ["gitleaks-acme-token"]
        assert found(beca, target) == ["a.env"]

    def test_names(self, beca: Callable[..., Any], acme: str, target: Path, file: Path) -> None:
        assert beca("import", "gitleaks", file, target, "--prefix", "old-", "--rules-file", "r.toml").code == 0
        assert [rule.id for rule in load_rules(target / "r.toml")] == ["old-fish-token"]

    @pytest.mark.parametrize("text", ['rules-files = ["mine.toml"]\n', "allow = []\n", "[broken\n"])
    def test_what_cannot_be_added_to_stays(
        self, text: str, beca: Callable[..., Any], acme: str, target: Path, file: Path
    ) -> None:
        (target / "mine.toml").write_text("rules = []\n")
        (target / ".beca.toml").write_text(text)
        assert beca("import", "gitleaks", file, target, "--force").code == 2
        assert (target / ".beca.toml").read_text() == text
        assert not (target / "gitleaks-rules.toml").exists()

    @pytest.mark.parametrize("arguments", [["none.toml"], ["gitleaks.toml", "none"]])
    def test_wrong_names(self, arguments: list[str], beca: Callable[..., Any], acme: str, file: Path) -> None:
        assert beca("import", "gitleaks", *arguments).code == 2


def test_a_configuration_of_betterleaks(beca: Callable[..., Any], acme: str, target: Path, tmp_path: Path) -> None:
    file = tmp_path / "betterleaks.toml"
    file.write_text(
        "prefilter = 'matchesAny(attributes[\"path\"], [`^tests/`])'\n"
        "[[rules]]\nid = 'fish'\nregex = 'fish-([0-9a-f]{20})'\nfilter = 'entropy(finding.secret) <= 1'\n"
    )
    assert beca("import", "betterleaks", file, target).code == 0
    assert tomllib.loads((target / ".beca.toml").read_text())["exclude-paths"] == ["/tests/"]
    assert found(beca, target) == ["a.env", "docs/a.env"]


def git(repository: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    return subprocess.check_output(["git", "-C", repository, *identity, *arguments], text=True).strip()


class TestIgnoreList:
    @pytest.fixture
    def repository(self, tmp_path: Path, acme: str) -> Path:
        path = tmp_path / "repository"
        path.mkdir()
        git(path, "init", "-q")
        for name, text in (("old.env", f"\n{acme}"), ("old.env", "gone\n"), ("b.env", acme), ("c.env", acme)):
            (path / name).write_text(text.replace("0f0f", f"{len(name)}{ord(name[0]):x}0"))
            git(path, "add", ".")
            git(path, "commit", "-qm", name)
        return path

    def test_what_it_lists_is_allowed_by_its_fingerprint(
        self, beca: Callable[..., Any], repository: Path, tmp_path: Path
    ) -> None:
        assert found(beca, repository) == ["b.env", "c.env", "old.env"]
        first = git(repository, "rev-list", "--max-parents=0", "HEAD")
        ignored = repository / ".gitleaksignore"
        ignored.write_text(f"{first}:old.env:generic-api-key:2\nb.env:any:1\nc.env:any:77\nnonsense\n")
        outcome = beca("import", "gitleaks", ignored, repository)
        assert outcome.code == 0, outcome.err
        (entry,) = tomllib.loads((repository / ".beca.toml").read_text())["allow"]
        assert (entry["rule"], len(entry["fingerprint"])) == ("acme-token", 2)
        assert entry["reason"] == "ignored in .gitleaksignore"
        assert found(beca, repository) == ["c.env"]
        assert outcome.out.splitlines()[:2] == [
            f"{ignored}:4: the line: it is no fingerprint of gitleaks (finds more)",
            ".gitleaksignore:3: c.env:77: BECA finds nothing at this place (no effect)",
        ]

    def test_what_is_allowed_already_is_not_allowed_twice(self, beca: Callable[..., Any], repository: Path) -> None:
        (repository / ".beca.toml").write_text('[[allow]]\npath = "b.env"\nreason = "x"\n')
        before = (repository / ".beca.toml").read_text()
        (repository / ".gitleaksignore").write_text("b.env:any:1\n")
        outcome = beca("import", "gitleaks", repository / ".gitleaksignore", repository)
        assert (outcome.code, "There is nothing to write." in outcome.out) == (0, True), outcome.err
        assert (repository / ".beca.toml").read_text() == before

    def test_hashes_of_secrets(self, beca: Callable[..., Any], repository: Path) -> None:
        secret = (repository / "b.env").read_text().split()[-1]
        (repository / ".betterleaksignore").write_text(hashlib.sha256(secret.encode()).hexdigest())
        assert beca("import", "betterleaks", repository / ".betterleaksignore", repository).code == 0
        assert found(beca, repository) == ["c.env", "old.env"]

    def test_only_a_scan_that_reads_everything_decides(self, beca: Callable[..., Any], repository: Path) -> None:
        (repository / "large").write_bytes(b"x" * 4096)
        git(repository, "add", "large")
        git(repository, "commit", "-qm", "large")
        (repository / ".gitleaksignore").write_text("b.env:any:1\n")
        ignored = repository / ".gitleaksignore"
        outcome = beca("import", "gitleaks", ignored, repository, BECA_MAX_BLOB_BYTES="1K")
        assert outcome.code == 2
        assert "Not everything could be read" in outcome.err
        assert not (repository / ".beca.toml").exists()


class TestDetectSecrets:
    @pytest.fixture
    def baseline(self, tree: Path) -> Path:
        (tree / "other.env").write_text(f"key = {ACME_SECRET[:-4]}1111\n")
        (tree / "new.env").write_text(f"key = {ACME_SECRET[:-4]}2222\n")
        (tree / "false.env").write_text(f"key = {ACME_SECRET[:-4]}3333\n")
        path = tree / ".secrets.baseline"
        results: dict[str, list[dict[str, object]]] = {}
        for name, is_secret in (("config/app.env", True), ("other.env", None), ("false.env", False)):
            secret = (tree / name).read_text().split()[-1]
            digest = hashlib.sha1(secret.encode(), usedforsecurity=False).hexdigest()
            judged = {} if is_secret is None else {"is_secret": is_secret}
            results[name] = [{"type": "x", "hashed_secret": digest, "line_number": 99, **judged}]
        results["none.env"] = [{"type": "x", "hashed_secret": "0" * 40, "line_number": 1}]
        path.write_text(json.dumps({"results": results, "filters_used": []}))
        return path

    def test_what_is_false_is_allowed_and_the_rest_is_known(
        self, beca: Callable[..., Any], tree: Path, baseline: Path
    ) -> None:
        outcome = beca("import", "detect-secrets", baseline, tree)
        assert outcome.code == 0, outcome.err
        config = tomllib.loads((tree / ".beca.toml").read_text())
        assert config["baseline"] == ".beca.baseline"
        hashes, false = config["allow"]
        assert (hashes["path"], hashes["value"]) == (".secrets.baseline", "^[0-9a-f]{40}$")
        assert false["reason"] == "no secret, says the audit in .secrets.baseline"
        assert found(beca, tree) == ["new.env"]
        assert "none.env:1: BECA finds nothing in this file (no effect)" in outcome.out

    def test_no_secret_is_in_what_it_writes(self, beca: Callable[..., Any], tree: Path, baseline: Path) -> None:
        outcome = beca("import", "detect-secrets", baseline, tree)
        written = (tree / ".beca.toml").read_text() + (tree / ".beca.baseline").read_text() + outcome.out + outcome.err
        assert ACME_SECRET[:-4] not in written

    def test_a_baseline_that_is_there_is_added_to(self, beca: Callable[..., Any], tree: Path, baseline: Path) -> None:
        (tree / "older.env").write_text(f"key = {ACME_SECRET[:-4]}4444\n")
        kept = [tree / name for name in ("other.env", "new.env", "false.env", "config/app.env")]
        texts = {path: path.read_text() for path in kept}
        for path in kept:
            path.write_text("")
        assert beca("baseline", "create", tree).code == 0
        for path, text in texts.items():
            path.write_text(text)
        assert beca("import", "detect-secrets", baseline, tree).code == 2
        assert beca("import", "detect-secrets", baseline, tree, "--force").code == 0
        assert found(beca, tree) == ["new.env"]


def test_detectors_of_trufflehog(beca: Callable[..., Any], acme: str, target: Path, tmp_path: Path) -> None:
    file = tmp_path / "hog.yaml"
    file.write_text("detectors:\n  - name: Fish\n    keywords: [fish]\n    regex: {key: 'fish-([0-9a-f]{20})'}\n")
    assert beca("import", "trufflehog", file, target).code == 0
    assert found(beca, target) == ["a.env", "docs/a.env", "tests/a.env"]


def test_excluded_paths_of_trufflehog(beca: Callable[..., Any], tree: Path, tmp_path: Path) -> None:
    file = tmp_path / "paths"
    file.write_text("^config/\n\\d+\\.x\n")
    outcome = beca("import", "trufflehog", file, tree)
    assert outcome.code == 0
    assert "paths:2: allow-list: paths: " in outcome.out
    assert found(beca, tree) == []
