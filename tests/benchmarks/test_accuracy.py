"""The programs that measure accuracy, on small generated folders."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import accuracy
import own_lines
import pytest
from judging.entrants import PEERS, entrant
from judging.labelled import read_labels
from judging.mirrored import clone_of
from judging.own_set import JudgedLine, read_judged, write_judged

from beca_core.rules.rule import random_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Make = Callable[[str, str], str]

TO_REPORT = 'while [ "$1" != --report-path ]; do shift; done'
FINDS_NOTHING = """while [ "$1" != --output ]; do shift; done
echo '{"findings": []}' > $2"""
LABELS = "path,first,last,label,category\na.env,1,1,T,Key\na.env,2,2,T,Key\na.env,3,3,F,Key\nb.env,1,1,F,Token\n"


def aws_key(seed: str) -> str:
    return "AKIA" + random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16, seed)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two keys, one of them labelled as none, and a line with a label that is none."""
    path = tmp_path / "labelled"
    path.mkdir()
    (path / "a.env").write_text(f"key = {aws_key('one')}\nother = hidden\nsample = {aws_key('two')}\n")
    (path / "b.env").write_text("token = none\n")
    (path / "labels.csv").write_text(LABELS)
    return path


@pytest.mark.slow
def test_beca_is_measured(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = tmp_path / "figures.json"
    assert accuracy.main([str(folder), "--misses", f"--json={figures}"]) == 0
    printed = capsys.readouterr().out
    assert "2 credentials and 2 others" in printed
    assert "missed a.env:2 Key" in printed
    assert "false a.env:3 Key aws-access-key-id" in printed
    assert json.loads(figures.read_text())["beca"]["total"] == {"hits": 1, "misses": 1, "false_alarms": 1, "passed": 1}


@pytest.mark.slow
def test_an_f1_below_the_floor_fails(folder: Path) -> None:
    assert accuracy.main([str(folder), "--floor=0.5"]) == 0
    assert accuracy.main([str(folder), "--floor=0.51"]) == 1


def test_a_peer_is_measured_beside_it(folder: Path, program: Make, capsys: pytest.CaptureFixture[str]) -> None:
    report = json.dumps([{"RuleID": "theirs", "File": str(folder / "a.env"), "StartLine": 2, "EndLine": 2}])
    theirs = program("gitleaks", f"{TO_REPORT}\necho '{report}' > $2")
    ours = program("beca", FINDS_NOTHING)
    given = [f"--program=gitleaks={theirs}", f"--program=beca={ours}"]
    assert accuracy.main([str(folder), "--peer=gitleaks", *given]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert [
        "|",
        "gitleaks",
        "|",
        "1",
        "|",
        "1",
        "|",
        "0",
        "|",
        "2",
        "|",
        "1.000",
        "|",
        "0.500",
        "|",
        "0.667",
        "|",
    ] in rows


@pytest.mark.parametrize(
    ("script", "said"),
    [("exit 3", "gitleaks ended with 3"), ("exit 0", "No such file"), ("echo ERR partial scan >&2", "gitleaks said")],
)
def test_a_scanner_that_fails_is_not_counted(
    folder: Path, program: Make, capsys: pytest.CaptureFixture[str], script: str, said: str
) -> None:
    ours = program("beca", FINDS_NOTHING)
    given = [f"--program=gitleaks={program('gitleaks', script)}", f"--program=beca={ours}"]
    assert accuracy.main([str(folder), "--peer=gitleaks", *given]) == 1
    printed = capsys.readouterr().out
    assert "gitleaks is not counted" in printed
    assert said in printed
    assert "| gitleaks" not in printed


def test_a_report_is_kept_and_used_again(
    folder: Path, tmp_path: Path, program: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    report = json.dumps([{"RuleID": "theirs", "File": str(folder / "a.env"), "StartLine": 2, "EndLine": 2}])
    once = program("gitleaks", f"{TO_REPORT}\necho '{report}' > $2\nrm $0")
    ours = program("beca", FINDS_NOTHING)
    command = [str(folder), "--peer=gitleaks", f"--program=beca={ours}", f"--reports={tmp_path / 'kept'}"]
    assert accuracy.main([*command, f"--program=gitleaks={once}"]) == 0
    first = capsys.readouterr().out
    again = program("gitleaks", "exit 3")
    assert accuracy.main([*command, f"--program=gitleaks={again}"]) == 0
    assert capsys.readouterr().out == first


def test_the_report_of_a_failed_run_is_not_used_again(folder: Path, tmp_path: Path, program: Make) -> None:
    failing = program("gitleaks", f"{TO_REPORT}\necho '[]' > $2\nexit 3")
    ours = program("beca", FINDS_NOTHING)
    given = [f"--program=beca={ours}", f"--program=gitleaks={failing}", f"--reports={tmp_path / 'kept'}"]
    assert accuracy.main([str(folder), "--peer=gitleaks", *given]) == 1
    assert accuracy.main([str(folder), "--peer=gitleaks", *given]) == 1


@pytest.mark.parametrize(
    "arguments",
    [["/nonexistent"], [".", "--peer=another"], [".", "--program=another=/bin/true"], [".", "--confidence=all"], []],
)
def test_mistakes_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        accuracy.main(arguments)


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"labels\.csv"):
        accuracy.main([str(tmp_path)])


@pytest.mark.parametrize("name", PEERS)
def test_each_peer_reads_the_folder(name: str) -> None:
    command = entrant(name, "p").command(Path("/folder"), Path("/report.json"))
    assert command[0] == "p"
    assert command.count("/folder") == 1
    assert command.count("/report.json") == (name != "detect-secrets")


def test_peers_are_kept_off_the_network() -> None:
    assert {"--no-validate", "--no-update-check"} <= set(entrant("kingfisher", "p").arguments)
    assert "--no-verify" in entrant("detect-secrets", "p").arguments


def judged(path: str, first: int, *, is_secret: bool = True, **changes: object) -> JudgedLine:
    return replace(JudgedLine("owner/name", "0" * 40, path, first, first, is_secret, "Key"), **changes)  # type: ignore[arg-type]


@pytest.fixture
def clones(tmp_path: Path) -> tuple[Path, str]:
    """A directory with a clone that has one commit, and that commit."""
    work = tmp_path / "clones" / "owner+name"
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", "-C", str(work)]
    work.mkdir(parents=True)
    (work / "a.env").write_bytes(b"first\r\nsecond\rthird\nfourth")
    for command in (["init", "-q"], ["add", "a.env"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    return tmp_path / "clones", commit


def test_judged_lines_are_read_as_they_were_written(tmp_path: Path) -> None:
    lines = [judged("a", 2, numbers={"b": 0.25, "a": 1.0}), judged("a", 3, is_secret=False), judged("ü", 1)]
    write_judged(tmp_path / "set.jsonl", reversed(lines))
    assert read_judged(tmp_path / "set.jsonl") == lines


@pytest.mark.parametrize("text", ["{}", '{"repository": "a", "line": "text"}', '{"label": "T"}'])
def test_another_set_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "set.jsonl").write_text(text + "\n")
    with pytest.raises(ValueError, match=r"set\.jsonl:1: not a judged line"):
        read_judged(tmp_path / "set.jsonl")


def test_files_are_written_with_their_labels(clones: tuple[Path, str], tmp_path: Path) -> None:
    directory, commit = clones
    write_judged(tmp_path / "set.jsonl", [judged("a.env", 1, commit=commit), judged("a.env", 2, commit=commit)])
    out = tmp_path / "folder"
    assert own_lines.main([str(directory), f"--set={tmp_path / 'set.jsonl'}", f"--folder={out}"]) == 0
    assert (out / "owner+name" / "a.env").read_bytes() == b"first\r\nsecond\rthird\nfourth"
    assert [(one.path, one.first) for one in read_labels(out)] == [("owner+name/a.env", 1), ("owner+name/a.env", 2)]


def test_a_file_that_is_not_at_hand_is_said(
    clones: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory, commit = clones
    before = [judged("absent.env", 1, commit=commit), judged("a.env", 1, commit=commit), judged("a.env", 2)]
    write_judged(tmp_path / "set.jsonl", before)
    assert own_lines.main([str(directory), f"--set={tmp_path / 'set.jsonl'}", "--renumber"]) == 1
    said = capsys.readouterr()
    assert f"not at hand: owner/name {commit} absent.env" in said.err
    assert f"not at hand: owner/name {'0' * 40} a.env" in said.err
    assert "3 lines in 3 files, 2 of them not at hand" in said.out
    assert sorted(read_judged(tmp_path / "set.jsonl"), key=str) == sorted(before, key=str)


@pytest.mark.parametrize("inside", ["", ".git", "repo"])
def test_a_clone_may_be_bare_or_not(tmp_path: Path, inside: str) -> None:
    git = tmp_path / "owner+name" / inside
    git.mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    assert clone_of(tmp_path, "owner+name") == git
    assert clone_of(tmp_path, "owner+other") is None


@pytest.mark.parametrize(("line", "word"), [(1, b"first"), (2, b"second"), (3, b"third"), (4, b"fourth")])
def test_a_line_has_the_numbers_of_its_likeliest_value(line: int, word: bytes) -> None:
    content = b"first\r\nsecond\rthird\nfourth"

    def seen(data: bytes) -> Iterator[tuple[int, int, Mapping[str, float], float]]:
        for score, known in enumerate((b"first", b"second", b"third", b"fourth", word[1:])):
            begin = data.index(known)
            yield begin, begin + len(known), {known.decode(): 1.0}, float(score)

    (found,) = own_lines.renumbered([([judged("a", line)], content)], seen)
    assert found.numbers == {word[1:].decode(): 1.0}


def test_a_line_without_a_value_has_no_numbers() -> None:
    (found,) = own_lines.renumbered([([judged("a", 2)], b"one\ntwo\n")], lambda _: [(0, 3, {"x": 1.0}, 1.0)])
    assert found.numbers is None
