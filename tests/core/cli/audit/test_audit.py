"""`beca audit`: what is shown, what each answer does to the scans that follow, and that nothing is lost or revealed."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import threading
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from beca_core.cli.audit.answers import AuditAnswer, LineAnswers
from beca_core.cli.audit.audit_session import REASONS, Judgement

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRETS = [f"acme_{number}" + "0f" * 7 + "0" for number in range(4)]
FILES = ["a.env", "b.env", "c.env", "d.env"]


@pytest.fixture
def target(tmp_path: Path, acme: str) -> Path:
    path = tmp_path / "target"
    path.mkdir()
    for name, secret in zip(FILES, SECRETS, strict=True):
        (path / name).write_text(f"# {name}\n\ttoken = {secret}\n")
    return path


def audit(beca: Callable[..., Any], target: Path, answers: str, *arguments: str) -> str:
    outcome = beca("audit", target, *arguments, stdin=answers.encode())
    assert outcome.code == 0, outcome.err
    assert not any(secret in outcome.out + outcome.err for secret in SECRETS)
    text: str = outcome.out
    return text


def reported(beca: Callable[..., Any], target: Path, *arguments: str) -> list[str]:
    outcome = beca("scan", target, "--format", "json", *arguments)
    return [finding["location"]["path"] for finding in json.loads(outcome.out)["findings"]]


def entries(target: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((target / ".beca.toml").read_text()).get("allow", [])
    return found


def shown(text: str) -> list[str]:
    return re.findall(r"(\w\.env):2:10", text)


def test_what_is_shown(beca: Callable[..., Any], target: Path) -> None:
    text = audit(beca, target, "q\n")
    assert text.split("\n")[1:6] == [
        "1 of 4  HIGH  acme-token",
        "  ACME internal token, HIGH confidence",
        "  target/a.env:2:10",
        "    token = acme...(21)".replace("21", str(len(SECRETS[0]))),
        "            ^^^^^^^^^^^",
    ]
    assert "[r]eal [f]alse [t]est [a]ccepted [s]kip [u]ndo [q]uit [?]: quit" in text


def test_each_answer_has_its_effect(beca: Callable[..., Any], target: Path) -> None:
    text = audit(beca, target, "r\nf\nt fixture of the tests\naccepted\n")
    assert shown(text) == FILES
    assert "4 secrets judged: 1 real, 1 false, 1 test, 1 accepted." in text
    assert reported(beca, target) == ["a.env"]
    assert [(each["rule"], each["reason"]) for each in entries(target)] == [
        ("acme-token", REASONS[Judgement.FALSE]),
        ("acme-token", "fixture of the tests"),
        ("acme-token", REASONS[Judgement.ACCEPTED]),
    ]
    assert "There is nothing to judge." in audit(beca, target, "")


def test_owner_and_expiry(beca: Callable[..., Any], target: Path) -> None:
    audit(beca, target, "f\nf\n", "--owner", "Ada", "--expires", "2999-12-31")
    (entry,) = entries(target)
    assert (entry["owner"], str(entry["expires"]), len(entry["fingerprint"])) == ("Ada", "2999-12-31", 2)
    assert beca("audit", target, "--expires", "soon").code == 2


def test_it_goes_on_where_it_was(beca: Callable[..., Any], target: Path) -> None:
    assert shown(audit(beca, target, "r\ns\nf\nq\n")) == FILES
    text = audit(beca, target, "q\n")
    assert "1 of 2" in text
    assert shown(audit(beca, target, "s\ns\n")) == ["b.env", "d.env"]
    assert shown(audit(beca, target, "s\ns\ns\n", "--again")) == ["a.env", "b.env", "d.env"]


def test_undo(beca: Callable[..., Any], target: Path) -> None:
    text = audit(beca, target, "u\nr\nf\nu\nu\nt\nq\n")
    assert "there is nothing to undo" in text
    assert shown(text) == ["a.env", "a.env", "b.env", "c.env", "b.env", "a.env", "b.env"]
    assert [each["reason"] for each in entries(target)] == [REASONS[Judgement.TEST]]
    assert not (target / ".beca.audit").exists()


def test_the_last_decision_can_be_undone(beca: Callable[..., Any], target: Path) -> None:
    text = audit(beca, target, "s\ns\ns\nf\nx\nu\nq\n")
    assert text.count("That was the last one.") == 2
    assert not (target / ".beca.toml").exists()
    assert "0 secrets judged: 4 left." in text


def test_help(beca: Callable[..., Any], target: Path) -> None:
    text = audit(beca, target, "?\nsomething\n\n\nq\n")
    assert "r  real: a secret; it stays reported, and is not asked about again" in text
    assert shown(text) == ["a.env", "a.env", "b.env"]  # a word that begins with s is that answer


def test_decisions_are_written_at_once(beca: Callable[..., Any], target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["f", "r"])

    def read(self: LineAnswers) -> Any:
        for answer in answers:
            return AuditAnswer(answer)
        raise KeyboardInterrupt

    monkeypatch.setattr(LineAnswers, "read", read)
    outcome = beca("audit", target)
    assert outcome.code not in (0, 1, 2)
    assert len(entries(target)) == 1
    assert reported(beca, target) == ["b.env", "c.env", "d.env"]
    assert (target / ".beca.audit").exists()


def test_the_configuration_keeps_everything_else(beca: Callable[..., Any], target: Path) -> None:
    before = '# ours\nmin-severity = "low"\n\n[[allow]]\npath = "d.env"\nreason = "x"\n# the end\n'
    (target / ".beca.toml").write_text(before)
    text = audit(beca, target, "f\nu\nf\nq\n")
    assert shown(text)[-1] == "b.env"
    after = (target / ".beca.toml").read_text()
    assert after.startswith(before)
    assert len(entries(target)) == 2


def test_a_configuration_that_changes_meanwhile_is_not_overwritten(
    beca: Callable[..., Any], target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = target / ".beca.toml"
    read = LineAnswers.read

    def change(self: LineAnswers) -> Any:
        config.write_text('min-severity = "low"\n')
        return read(self)

    monkeypatch.setattr(LineAnswers, "read", change)
    outcome = beca("audit", target, stdin=b"f\n")
    assert outcome.code == 2
    assert "has been changed meanwhile" in outcome.err
    assert config.read_text() == 'min-severity = "low"\n'


class TestBaseline:
    def test_what_it_knows_is_asked_about_and_said_to_be_known(self, beca: Callable[..., Any], target: Path) -> None:
        (target / "d.env").rename(target / "d.off")
        hidden = (target / "d.off").read_text()
        (target / "d.off").write_text("")
        assert beca("baseline", "create", target).code == 0
        (target / "d.env").write_text(hidden)
        arguments = ["--baseline", str(target / ".beca.baseline")]
        text = audit(beca, target, "f\ns\ns\ns\nq\n", *arguments)
        assert "1 of 4  HIGH  acme-token, known by the baseline" in text
        assert "4 of 4  HIGH  acme-token\n" in text
        assert shown(audit(beca, target, "q\n", "--new", *arguments)) == ["d.env"]
        assert "Of what is real, the baseline hides some" in audit(beca, target, "r\nq\n", *arguments)

    def test_a_file_of_real_findings_that_is_none_is_refused(self, beca: Callable[..., Any], target: Path) -> None:
        (target / ".beca.audit").write_text("nonsense\n")
        outcome = beca("audit", target, stdin=b"f\n")
        assert outcome.code == 2
        assert ".beca.audit" in outcome.err


def test_no_secret_is_in_what_it_writes(beca: Callable[..., Any], target: Path) -> None:
    audit(beca, target, "r\nf\nt\na\n")
    written = (target / ".beca.toml").read_text() + (target / ".beca.audit").read_text()
    assert not any(secret[5:] in written for secret in SECRETS)


def test_places_in_the_history_have_their_commit(beca: Callable[..., Any], target: Path) -> None:
    git = ["git", "-C", str(target), "-c", "user.name=Ada", "-c", "user.email=a@example.org"]
    (target / "copy.env").write_text((target / "a.env").read_text())
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run([*git, *arguments], check=True)
    text = audit(beca, target, "q\n")
    assert re.search(r"^    [0-9a-f]{10} \d{4}-\d\d-\d\d Ada <a@example\.org>$", text, re.MULTILINE)
    assert "also at target/copy.env:2:10" in text


def test_what_was_not_read_is_said(beca: Callable[..., Any], partly_read: Path) -> None:
    outcome = beca("audit", partly_read, stdin=b"q\n", BECA_MAX_BLOB_BYTES="1K")
    assert outcome.code == 0
    assert "not everything could be read" in outcome.err


def test_a_target_that_is_no_directory_is_refused(beca: Callable[..., Any], target: Path) -> None:
    assert beca("audit", target / "a.env").code == 2


def on_terminal(
    command: list[str], keys: str, environment: dict[str, str], directory: Path, columns: int = 80
) -> tuple[int, str]:
    """Run a command on a terminal, press a key at each question, and return the exit code and what was shown."""
    leader, follower = pty.openpty()
    subprocess.run(["stty", "cols", str(columns), "rows", "24"], stdin=follower, check=True)
    environment = {name: value for name, value in environment.items() if name != "COLUMNS"} | {"TERM": "xterm"}
    process = subprocess.Popen(
        command, stdin=follower, stdout=follower, stderr=follower, env=environment, cwd=directory, close_fds=True
    )
    os.close(follower)
    killer = threading.Timer(60, process.kill)
    killer.start()
    output = b""
    try:
        pressed = 0
        while True:
            try:
                part = os.read(leader, 4096)
            except OSError:  # the program has ended
                break
            if not part:
                break
            output += part
            questions = len(re.findall(rb"\]: ", output))
            while pressed < min(questions, len(keys)):
                os.write(leader, keys[pressed].encode())
                pressed += 1
    finally:
        killer.cancel()
        os.close(leader)
    return process.wait(30), output.decode()


@pytest.mark.slow
def test_on_a_terminal_an_answer_is_a_key(
    target: Path, environment: dict[str, str], program: list[str], tmp_path: Path
) -> None:
    command = [*program, "audit", str(target)]
    code, text = on_terminal(command, "rf\nxt\nusq", environment, tmp_path)
    assert code == 0, text
    assert f"Reason [{REASONS[Judgement.FALSE]}]: " in text
    assert "\x1b[" in text
    assert not any(secret in text for secret in SECRETS)
    plain = re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\", "", text)
    assert max(map(len, plain.replace("\r", "").split("\n"))) <= 80
    assert [each["reason"] for each in entries(target)] == [REASONS[Judgement.FALSE]]
    assert "]: real\r\n" in text  # and not the key before it
    assert (target / ".beca.audit").exists()
