"""The other measurements run from end to end, on something small."""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import proving
import pytest
import rescans
import scaling
import stages
import startup
import texts
from dulwich.pack import apply_delta
from measure.contestants import beca, find_program
from measure.processes import clean_environment, run
from measure.samples import take

from beca_core.sources.git.objects.pack_forest import read_forest

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.sources.git.objects.pack_forest import Forest

    Make = Callable[[str, str], str]

KIB = 1024


@pytest.fixture
def forest(repository: Path) -> Forest:
    """The entries of the only pack."""
    return read_forest(stages.largest_pack(repository), 20)


def arguments(monkeypatch: pytest.MonkeyPatch, *given: str) -> None:
    monkeypatch.setattr(sys, "argv", ["program", *given])


@pytest.mark.slow
def test_the_stages_are_measured_in_their_order(repository: Path) -> None:
    figures = {figure.stage: figure for figure in stages.stages(repository, 512 * KIB, 1)}
    assert list(figures) == [
        "pack index",
        "pack index and headers",
        "inflate",
        "delta",
        "prefilter, built-in rules",
        "confirm, built-in rules",
        "prefilter, 450 rules more",
        "confirm, 450 rules more",
        "attribute",
    ]
    assert figures["inflate"].items > figures["delta"].items > 0
    assert figures["prefilter, built-in rules"].size >= 512 * KIB
    assert figures["attribute"].items <= 100
    assert all(figure.seconds >= 0 for figure in figures.values())


def test_a_stage_is_shown_with_its_rate() -> None:
    assert stages.Figure("inflate", 1000, 2_000_000, 0.5).row == ["inflate", "1,000", "2", "0.5000", "4"]
    assert stages.Figure("attribute", 3, 0, 0.5).row == ["attribute", "3", "-", "0.5000", "-"]


def test_a_repository_without_packs_is_refused(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True, env=clean_environment())
    with pytest.raises(SystemExit, match="no packs"):
        stages.largest_pack(tmp_path)


@pytest.mark.slow
def test_a_sample_is_what_the_stages_of_reading_work_on(forest: Forest) -> None:
    sample = take(forest, 512 * KIB)
    assert 512 * KIB <= sample.size < 3 * 512 * KIB
    assert len(sample.stored) == len(sample.contents)
    rebuilt = {b"".join(apply_delta(base, delta)) for base, delta in sample.pairs}
    whole = {zlib.decompress(stored) for stored, _ in sample.stored}
    assert rebuilt <= set(sample.contents) <= rebuilt | whole


@pytest.mark.slow
def test_a_sample_is_always_the_same_one(forest: Forest) -> None:
    assert take(forest, 100 * KIB) == take(forest, 100 * KIB)


def test_a_sample_has_no_more_than_there_is(forest: Forest) -> None:
    everything = take(forest, 2**40)
    assert len(set(everything.blob_ids)) == 400
    assert len(everything.contents) == 600


def test_the_walk_reads_every_blob_and_commit(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stages.walk(repository)
    assert capsys.readouterr().out.startswith("600 objects, ")


@pytest.mark.slow
def test_the_walk_is_compared_with_git(repository: Path) -> None:
    assert "git cat-file: " in stages.walk_against_git(repository, 1)


@pytest.mark.slow
def test_a_walk_that_is_not_whole_is_not_compared(tmp_path: Path) -> None:
    assert stages.walk_against_git(tmp_path, 1).startswith("The walk and git cannot be compared")


def grown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *given: str) -> list[str]:
    """The lines that are printed about two small repositories."""
    arguments(monkeypatch, "--blobs", "100", "40", "--runs", "1", *given)
    scaling.main()
    return capsys.readouterr().out.splitlines()


@pytest.mark.slow
def test_growth_is_shown_with_a_plot(
    program: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plot, fake = tmp_path / "plot.svg", program("beca", 'echo "options: --processes"')
    shown = grown(monkeypatch, capsys, "--program", fake, "--plot", str(plot))
    assert [line.split("|")[1].strip() for line in shown[2:4]] == ["40", "100"]
    assert shown[5].startswith("wall time: ")
    assert shown[6].startswith("processor time: ")
    assert shown[8].startswith("| wall time | one process / two ")
    assert [line.split("|")[1].strip() for line in shown[10:]] == ["100"]
    assert plot.read_text().count("<circle") == 2


@pytest.mark.slow
def test_processes_are_compared_only_where_there_is_such_an_option(
    program: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = grown(monkeypatch, capsys, "--program", program("beca", "exit 0"))
    assert shown[-1] == "This version of beca scan has no option --processes."


@pytest.mark.slow
def test_growth_is_not_shown_of_scans_that_fail(
    program: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="ended with 2"):
        grown(monkeypatch, capsys, "--program", program("beca", "exit 2"))


@pytest.mark.slow
def test_beca_scans_what_is_generated_in_one_process_and_in_two(repository: Path, tmp_path: Path) -> None:
    program = find_program("beca", {})
    assert program is not None
    for number in (1, 2):
        way = scaling.with_processes(beca(program), number)
        done = run(way.command(repository, tmp_path / f"{number}.json"), tmp_path)
        assert done.exit_code == 1
    assert (tmp_path / "1.json").read_text() == (tmp_path / "2.json").read_text()


@pytest.mark.slow
def test_the_start_of_two_interpreters_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    startup.main(["--runs", "1", "--python", sys.executable, "--python", sys.executable])
    first, second = capsys.readouterr().out.split("\n\n")
    names = [line.split("|")[1].strip() for line in first.splitlines()[2:]]
    assert names == [line.split("|")[1].strip() for line in second.splitlines()[2:]]
    assert names[:2] == ["python -c pass", "beca scan, a repository without commits"]
    assert "CPU / first" in second
    assert "CPU / first" not in first


@pytest.mark.slow
def test_proofs_of_rules_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    proving.main(["--rules", "3", "--runs", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in lines] == [
        "3 rules",
        "-" * 31,
        "each rule proved",
        "examples found with all rules",
    ]


def test_a_command_that_fails_is_not_measured(program: Make) -> None:
    with pytest.raises(SystemExit, match="python -c pass: ended with 3"):
        startup.main(["--runs", "1", "--python", program("python", "exit 3")])


@pytest.mark.slow
def test_small_texts_are_measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    arguments(monkeypatch, "--bytes", "100", "--calls", "30")
    texts.main()
    assert "| beca_core.scan_text " in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("name", ["peers", "proving", "stages", "scaling", "startup", "texts", "rescans"])
def test_a_program_starts_from_anywhere_and_explains_itself(name: str, tmp_path: Path) -> None:
    script = Path(stages.__file__).with_name(f"{name}.py")
    done = subprocess.run([sys.executable, str(script), "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0
    assert "--runs" in done.stdout or "--calls" in done.stdout


def test_scans_of_what_was_scanned_before(
    repository: Path,
    program: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = tmp_path / "log"
    script = f"""
        [ "$2" = --help ] && echo "options: {rescans.STATE_OPTION}" && exit
        while [ $# -gt 1 ]; do shift; done
        [ -e "$1" ] && echo old >>{log} || echo new >>{log}
        touch "$1"
    """
    arguments(monkeypatch, str(repository), "--runs", "2", "--program", program("beca", script))
    rescans.main()
    shown = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in shown[2:]] == [
        "interpreter start",
        "full scan",
        "nothing new",
        "after a commit",
    ]
    assert shown[3].endswith(" 100.0% |")
    assert log.read_text().split() == ["new"] * 3 + ["old"] * 4


def test_a_version_without_rescans_is_not_measured(
    repository: Path, program: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments(monkeypatch, str(repository), "--program", program("beca", "exit 0"))
    with pytest.raises(SystemExit, match="no option"):
        rescans.main()


def test_a_commit_is_added_before_each_scan_that_looks_for_one(repository: Path, program: Make, tmp_path: Path) -> None:
    found = rescans.Rescans(program("beca", "exit 0"), repository, tmp_path)
    for _ in range(3):
        found.after_a_commit()
    count = ["git", f"--git-dir={found.copy}", "rev-list", "--count", "HEAD"]
    assert subprocess.check_output(count, text=True, env=clean_environment()).strip() == "203"
