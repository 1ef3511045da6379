from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from beca_core import PluginRegistry, __version__
from beca_scanners.code.github import TOKEN as GITHUB_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOKEN = str(GITHUB_TOKEN.examples[0].secret)


def test_findings_are_shown_and_exit_with_1(process: Callable, tree: Path) -> None:
    outcome = process("scan", tree)
    assert outcome.code == 1
    assert "acme-token" in outcome.out
    assert "config/app.env:2:9" in outcome.out
    assert outcome.err == ""


@pytest.mark.usefixtures("with_builtin")
def test_a_scan_without_findings_exits_with_0(process: Callable, acme: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    outcome = process("scan", tmp_path / "empty")
    assert outcome.code == 0
    rules = f"{len(PluginRegistry.load().rules) + 1:,} rules"  # that of the plugin too
    assert outcome.out.startswith(f"No secrets found by {rules} of BECA {__version__}; everything was read.")


def test_an_incomplete_scan_exits_with_2_even_with_findings(beca: Callable, partly_read: Path) -> None:
    outcome = beca("scan", partly_read, "--max-blob-size", "1K")
    assert (outcome.code, outcome.err) == (2, "")
    assert "INCOMPLETE" in outcome.out
    assert "Skipped: 1 too large (--verbose lists them)." in outcome.out
    assert "app.env:1:9" in outcome.out


def test_the_secret_is_shown_only_when_asked_for(beca: Callable, tree: Path) -> None:
    secret = "acme_" + "0f" * 8
    for name in ("table", "json", "jsonl"):
        assert secret not in beca("scan", tree, "--format", name).out
        assert secret in beca("scan", tree, "--format", name, "--no-redact").out


def test_json_is_one_document(beca: Callable, tree: Path) -> None:
    outcome = beca("scan", tree, "--format", "json")
    assert outcome.code == 1
    document = json.loads(outcome.out)
    assert (document["version"], document["scope"]) == (1, "files")
    assert [finding["ruleId"] for finding in document["findings"]] == ["acme-token"]
    assert document["coverage"]["complete"] is True
    assert document["ruleset"]["acme-token"] == 3


def test_a_text_on_standard_input(beca: Callable, acme: str) -> None:
    outcome = beca("scan", "-", "--format", "json", stdin=b"\xff\n" + acme.encode())
    assert outcome.code == 1
    document = json.loads(outcome.out)
    assert document["scope"] == "text"
    assert document["findings"][0]["location"]["path"] == "<stdin>"
    assert document["findings"][0]["location"]["positions"]["begin"] == {"line": 2, "column": 9}


def test_the_limit_on_blobs_does_not_apply_to_a_text(beca: Callable, acme: str) -> None:
    outcome = beca("scan", "-", "--max-blob-size", "10", stdin=b"x\n" * 5000 + acme.encode())
    assert outcome.code == 1
    assert "<stdin>:5001:9" in outcome.out


@pytest.fixture
def repository(acme: str, tmp_path: Path) -> Path:
    """A repository in which a secret was committed and then removed."""
    path = tmp_path / "repository"
    git = ["git", "-C", str(path), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "-q", str(path)], check=True)
    for content in (acme, "gone\n"):
        (path / "app.env").write_text(content)
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-qm", "change"], check=True)
    return path


def test_a_repository_in_both_scopes(beca: Callable, repository: Path) -> None:
    history = beca("scan", repository, "--format", "json")
    assert history.code == 1
    finding = json.loads(history.out)["findings"][0]
    assert finding["inHead"] is False
    assert finding["commit"]["author"] == "A <a@example.org>"

    table = beca("scan", repository)
    assert "removed from HEAD" in table.out
    assert f"{finding['commit']['id'][:10]} {finding['commit']['date'][:10]} A <a@example.org>" in table.out

    head = beca("scan", repository, "--scope", "head", "--format", "json")
    assert head.code == 0
    assert json.loads(head.out)["scope"] == "head"


def test_a_url_is_fetched_if_the_settings_allow_it(beca: Callable, repository: Path) -> None:
    refused = beca("scan", f"file://{repository}")
    assert refused.code == 2
    assert "BECA_ALLOWED_SCHEMES" in refused.err
    fetched = beca("scan", f"file://{repository}", "--format", "json", BECA_ALLOWED_SCHEMES="file")
    assert fetched.code == 1
    assert json.loads(fetched.out)["findings"][0]["location"]["path"] == "app.env"


@pytest.mark.parametrize("arguments", [["--rules", "acme-token"], ["--rules", "acme-token,", "--rules", "acme-token"]])
def test_only_the_chosen_rules_take_part(beca: Callable, tree: Path, arguments: list[str]) -> None:
    outcome = beca("scan", tree, "--format", "json", *arguments)
    assert json.loads(outcome.out)["ruleset"] == {"acme-token": 3}


@pytest.mark.usefixtures("with_builtin")
def test_a_plugin_can_be_disabled(beca: Callable, tree: Path) -> None:
    outcome = beca("scan", tree, "--format", "json", "--disable-plugin", "acme")
    document = json.loads(outcome.out)
    assert "acme-token" not in document["ruleset"]
    assert [found["ruleId"] for found in document["findings"]] == ["generic-token"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--rules", "acme-tokn"], "There is no rule 'acme-tokn'.\nDid you mean acme-token"),
        (["--rules", ","], "--rules names no rule."),
        (["--format", "jsn"], "There is no format 'jsn'.\nDid you mean json?"),
        (["--disable-plugin", "acmee"], "There is no plugin 'acmee' to disable."),
        (["--disable-plugin", "acme", "--disable-plugin", "builtin"], "There are no rules to scan with."),
        (["--scope", "all"], "--scope: 'all' is not one of history, head, files."),
        (["--max-blob-size", "0"], "Write it as a number of bytes"),
        (["--max-blob-size", "5T"], "Write it as a number of bytes"),
        (["--no-such-option"], "There is no option '--no-such-option'."),
    ],
)
def test_wrong_usage_is_explained_and_exits_with_2(
    beca: Callable, tree: Path, arguments: list[str], complaint: str
) -> None:
    outcome = beca("scan", tree, *arguments)
    assert outcome.code == 2
    assert complaint in outcome.err
    assert outcome.out == ""
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    "target",
    ["nowhere/at/all", "ftp://example.org/x", "https://user:pw@example.org/x", "ext::sh -c id", "http://127.0.0.1/x"],
)
def test_an_unreadable_target_exits_with_2(beca: Callable, acme: str, target: str) -> None:
    outcome = beca("scan", "--", target)
    assert outcome.code == 2
    assert outcome.err.startswith("Error: ")
    assert "pw" not in outcome.err
    assert outcome.out == ""
    assert "Traceback" not in outcome.err


def test_a_scope_for_a_text_is_refused(beca: Callable, acme: str) -> None:
    outcome = beca("scan", "-", "--scope", "head")
    assert outcome.code == 2
    assert "--scope cannot be used with standard input" in outcome.err


def test_no_target_shows_the_help(beca: Callable) -> None:
    outcome = beca("scan")
    assert outcome.code == 2
    assert "Usage: beca scan" in outcome.out + outcome.err


@pytest.mark.parametrize(("size", "code"), [("2047", 2), ("2048", 1), ("2K", 1), ("2kib", 1), ("1M", 1), ("1GB", 1)])
def test_sizes_can_have_units(beca: Callable, partly_read: Path, size: str, code: int) -> None:
    assert beca("scan", partly_read, "--max-blob-size", size).code == code


def test_a_broken_plugin_makes_the_scan_incomplete_and_is_named(
    beca: Callable, tree: Path, install: Callable[..., None]
) -> None:
    install("broken", "raise RuntimeError('out of order')")
    outcome = beca("scan", tree)
    assert outcome.code == 2
    assert "config/app.env:2:9" in outcome.out
    assert "plugin broken, cannot be imported: RuntimeError: out of order" in " ".join(outcome.out.split())
    assert beca("scan", tree, "--disable-plugin", "broken").code == 1


def test_the_format_of_a_plugin_is_written(beca: Callable, tree: Path, install: Callable[..., None]) -> None:
    install("lines", REPORTER.replace("ERROR", ""))
    outcome = beca("scan", tree, "--format", "lines")
    assert (outcome.code, outcome.out) == (1, "1\n")


@pytest.mark.parametrize("error", ["ValueError", "SystemExit"])
def test_a_reporter_that_raises_is_named_without_its_data(
    beca: Callable, tree: Path, install: Callable[..., None], error: str
) -> None:
    install("lines", REPORTER.replace("ERROR", f"raise {error}(report.findings[0].secret)"))
    outcome = beca("scan", tree, "--format", "lines")
    assert outcome.code == 2
    assert f"The reporter of the format 'lines' raised {error}." in outcome.err
    assert "acme_0f" not in outcome.out + outcome.err


REPORTER = """
    from beca_core import hookimpl

    class Lines:
        name = "lines"

        def write(self, report, stream, *, redact):
            ERROR
            stream.write(f"{len(report.findings)}\\n")

    @hookimpl
    def beca_register_reporters():
        return [Lines()]
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["table", "json", "jsonl"])
def test_a_closed_pipe_causes_no_message(
    program: list[str], environment: dict[str, str], tree: Path, name: str
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = subprocess.run(
            [*program, "scan", str(tree), "--format", name],
            stdout=writer,
            stderr=subprocess.PIPE,
            env=environment,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writer)
    assert ended.returncode == 2
    assert ended.stderr == b""


def test_a_full_disk_is_a_failure(program: list[str], environment: dict[str, str], tree: Path) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        ended = subprocess.run(
            [*program, "scan", str(tree)],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 2
    assert ended.stderr == b"Error: No space left on device.\n"


@pytest.mark.parametrize("arguments", [("scan", "."), ("rules", "list"), ("plugins", "list")])
def test_a_closed_standard_output_is_reported(
    program: list[str], environment: dict[str, str], tree: Path, arguments: tuple[str, ...]
) -> None:
    ended = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *program, *arguments],
        cwd=tree,
        stderr=subprocess.PIPE,
        env=environment,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert b"Standard output is closed." in ended.stderr


def test_a_closed_standard_input_is_reported(program: list[str], environment: dict[str, str], acme: str) -> None:
    ended = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *program, "scan", "-"],
        capture_output=True,
        env=environment,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (2, b"Error: Standard input is closed.\n")


def test_a_locale_without_utf_8_works(process: Callable, acme: str) -> None:
    outcome = process("scan", "-", "--no-redact", stdin=acme.encode(), PYTHONIOENCODING="ascii:strict")
    assert outcome.code == 1


@pytest.mark.parametrize("option", ["--respect-gitignore", "--exclude-binary"])
def test_an_option_without_effect_is_refused(beca: Callable, partly_read: Path, option: str) -> None:
    for target in ("-", partly_read, partly_read / ".git"):
        outcome = beca("scan", target, option)
        assert (outcome.code, outcome.out) == (2, "")
    assert beca("scan", "-", option).err.startswith(f"Error: {option} cannot be used with standard input.")
    assert beca("scan", partly_read, "--scope", "files", option).code == 1


@pytest.mark.usefixtures("with_builtin")
def test_what_was_dropped_is_listed_when_asked(beca: Callable, tree: Path) -> None:
    assert "dropped" not in beca("scan", tree).out
    assert "Nothing was found and dropped." in beca("scan", tree, "--rules", "acme-token", "--show-suppressed").out
    text = f'private_key = "{TOKEN}"\n'.encode()
    outcome = beca("scan", "-", "--format", "json", "--show-suppressed", stdin=text)
    document = json.loads(outcome.out)
    assert [found["ruleId"] for found in document["findings"]] == ["github-token"]
    dropped = [(each["step"], each["name"], each["finding"]["ruleId"]) for each in document["suppressed"]]
    assert ("precedence", "github-token", "secret-key") in dropped
    assert document["coverage"]["suppressed"] == {"precedence": len(dropped)}
    assert TOKEN not in outcome.out
    table = beca("scan", "-", "--show-suppressed", stdin=text).out
    assert f"Found and dropped: {len(dropped)} match" in table
    events = beca("scan", "-", "--format", "jsonl", "--show-suppressed", stdin=text).out.splitlines()
    types = [json.loads(line)["type"] for line in events if "progress" not in line]
    assert types == ["finding", *(["suppressed"] * len(dropped)), "coverage", "done"]
