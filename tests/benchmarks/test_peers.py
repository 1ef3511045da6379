"""Comparing scanners: who is started how, in which order, and whose figures do not count."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import peers
import pytest
import sources
from measure.comparison import as_json, comparison_table, failures, summary_table
from measure.contestants import Contestant, beca, find_program, peer, reader_of_files, version_of
from measure.memory import Memory
from measure.plugins import offered
from measure.processes import Run, run
from measure.rounds import Record, compare

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[[str, str], str]

REPOSITORY, REPORT = Path("/repository"), Path("/report.json")
BENCHMARKS = Path(peers.__file__).parent


def ended(code: int, errors: str = "", wall: float = 1.0, cpu: float = 1.0) -> Run:
    return Run(wall, cpu, code, 1_000_000, Memory(), errors)


def record(name: str, *walls: float, failure: str = "") -> Record:
    runs = [ended(0, wall=wall, cpu=2 * wall) for wall in walls]
    return Record(Contestant(name, name, (), frozenset([0])), runs, Memory(5_000_000, 9_000_000), failure)


def test_each_scanner_reads_files_too() -> None:
    ways = [
        beca("b", scope="files"),
        *(way for name in ("kingfisher", "betterleaks") for way in reader_of_files(name, "p")),
    ]
    assert [way.name for way in ways] == ["beca", "kingfisher --turbo", "betterleaks"]
    assert [{"files", "filesystem"} & {*way.arguments} for way in ways] == [{"files"}, set(), {"filesystem"}]
    assert all("git" not in way.arguments for way in ways)


def test_sources_are_read_by_all(
    program: Callable[[str, str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sources").mkdir()
    given = [f"--program={name}={program(name, 'exit 0')}" for name in ("beca", "kingfisher", "betterleaks")]
    assert sources.main([str(tmp_path / "sources"), "--runs=1", *given]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("beca+450", "kingfisher --turbo", "betterleaks"))


def test_each_scanner_reads_the_repository_and_writes_a_report() -> None:
    ways = [beca("b"), *(way for name in ("kingfisher", "betterleaks", "gitleaks") for way in peer(name, "p"))]
    assert [way.name for way in ways] == ["beca", "kingfisher --turbo", "kingfisher", "betterleaks", "gitleaks"]
    for way in ways:
        command = way.command(REPOSITORY, REPORT)
        assert command.count("/repository") == command.count("/report.json") == 1


def test_kingfisher_is_kept_off_the_network() -> None:
    for way in peer("kingfisher", "p"):
        assert {"--no-validate", "--no-update-check"} <= set(way.arguments)


@pytest.mark.parametrize(
    ("name", "code", "errors", "is_good"),
    [
        ("kingfisher", 0, "", True),
        ("kingfisher", 200, "", True),
        ("kingfisher", 1, "", False),
        ("betterleaks", 0, "INF scanned", True),
        ("betterleaks", 77, "WRN leaks found: 3", True),
        ("betterleaks", 1, "", False),
        ("betterleaks", 77, "WRN incomplete scan ended", False),
        ("gitleaks", 77, "WRN leaks found: 3", True),
        ("gitleaks", 0, "WRN partial scan completed", False),
        ("gitleaks", -9, "", False),
    ],
)
def test_what_counts_as_a_whole_scan(name: str, code: int, errors: str, is_good: bool) -> None:
    for way in peer(name, "p"):
        assert (way.failure(ended(code, errors)) == "") is is_good


@pytest.mark.parametrize(("code", "is_good"), [(0, True), (1, True), (2, False), (-9, False)])
def test_an_incomplete_scan_of_beca_does_not_count(code: int, is_good: bool) -> None:
    assert (beca("b").failure(ended(code)) == "") is is_good


def test_damaged_archives_can_be_accepted() -> None:
    command = beca("b", accepted=["lib/a*", "b.zip"]).command(Path("r"), Path("out"))
    assert command[-4:] == ["--accept-unreadable", "lib/a*", "--accept-unreadable", "b.zip"]
    assert "--accept-unreadable" not in beca("b").command(Path("r"), Path("out"))


def test_a_failure_says_what_happened() -> None:
    (way,) = peer("gitleaks", "p")
    assert way.failure(ended(1)) == "ended with 1"
    assert way.failure(ended(1, "first\n\x1b[1mlast\n")) == "ended with 1: [1mlast"
    assert way.failure(ended(0, "a partial scan")) == "said 'partial scan'"


def test_the_program_that_is_given_is_taken(program: Make) -> None:
    mine = program("kingfisher", "exit 0")
    assert find_program("kingfisher", {"kingfisher": mine}) == mine


def test_a_program_that_is_given_and_not_there_is_refused() -> None:
    with pytest.raises(SystemExit, match="no program"):
        find_program("kingfisher", {"kingfisher": "/nonexistent/kingfisher"})


def test_a_program_is_looked_for_on_the_search_path(program: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = program("a-scanner", "exit 0")
    monkeypatch.setenv("PATH", str(Path(mine).parent))
    assert find_program("a-scanner", {}) == mine
    assert find_program("another-scanner", {}) is None


def test_the_binary_is_taken_instead_of_the_script_that_starts_it(tmp_path: Path) -> None:
    script = tmp_path / "bin" / "kingfisher"
    binary = tmp_path / "lib" / "python3.11" / "site-packages" / "kingfisher" / "bin" / "kingfisher"
    for path in (script, binary):
        path.parent.mkdir(parents=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o700)
    assert find_program("kingfisher", {"kingfisher": str(script)}) == str(binary)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo scanner 1.2", "scanner 1.2"),
        ('[ "$1" = version ] && echo 3.4', "3.4"),
        ("echo set by build", "not told"),
        ("exit 1", "not told"),
    ],
)
def test_a_program_is_asked_for_its_version(program: Make, script: str, told: str) -> None:
    assert version_of(program("scanner", script)) == told


def test_scanners_take_turns(program: Make, tmp_path: Path) -> None:
    log = tmp_path / "log"
    ways = [Contestant(name, program(name, f"echo {name} >>{log}"), (), frozenset([0])) for name in "ABC"]
    records = compare(ways, tmp_path, 2)
    assert log.read_text().split() == list("ABC" * 4)
    assert [len(record.runs) for record in records] == [2, 2, 2]


def test_memory_is_sampled_in_a_round_that_is_not_timed(program: Make, tmp_path: Path) -> None:
    (record,) = compare([Contestant("A", program("A", "sleep 0.3"), (), frozenset([0]))], tmp_path, 1)
    assert record.memory.proportional > 0
    assert [run.memory for run in record.runs] == [Memory()]


def test_a_scanner_that_fails_is_not_run_again(program: Make, tmp_path: Path) -> None:
    log = tmp_path / "log"
    bad = Contestant("bad", program("bad", f"echo x >>{log}; exit 9"), (), frozenset([0]))
    good = Contestant("good", program("good", "exit 0"), (), frozenset([0]))
    broken, whole = compare([bad, good], tmp_path, 3)
    assert log.read_text() == "x\n"
    assert broken.failure == "ended with 9"
    assert len(whole.runs) == 3


def test_a_scanner_that_fails_late_has_no_figures(program: Make, tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = f"echo x >>{log}; [ $(wc -l <{log}) -lt 4 ]"
    (record,) = compare([Contestant("late", program("late", script), (), frozenset([0]))], tmp_path, 3)
    assert len(record.runs) == 2
    assert record.failure == "ended with 1"
    assert record.walls == record.cpus == []


def test_a_scanner_gets_the_paths_and_variables_that_are_its_own(program: Make, tmp_path: Path) -> None:
    script = f'printf "%s|%s|%s" "$1" "$(basename "$2")" "$GIVEN" >{tmp_path}/seen'
    arguments = ("{repository}", "{report}")
    way = Contestant("A", program("A", script), arguments, frozenset([0]), environment={"GIVEN": "this"})
    compare([way], tmp_path, 1)
    assert (tmp_path / "seen").read_text() == f"{tmp_path}|report.json|this"


def test_a_peer_has_ratios_to_each_way_of_beca() -> None:
    ours = [record("beca", 1.0, 2.0), record("beca+450", 2.0, 4.0)]
    head, _, *rows = comparison_table(ours, [record("peer", 4.0, 4.0)]).splitlines()
    assert "wall beca / it" in head
    assert "CPU beca+450 / it" in head
    cells = [cell.strip() for cell in rows[2].strip("|").split("|")]
    assert cells[:4] == ["peer", "4.00", "8.00", "5"]
    assert cells[4] == cells[5] == "0.38 (0.25-0.50)"
    assert cells[6] == cells[7] == "0.75 (0.50-1.00)"


@pytest.mark.parametrize("failed", ["beca", "peer"])
def test_there_is_no_ratio_with_a_scan_that_failed(failed: str) -> None:
    ours, theirs = (record(name, 1.0, failure="broke" if name == failed else "") for name in ("beca", "peer"))
    shown = comparison_table([ours], [theirs])
    assert f"{failed} (failed)" in shown
    assert "(1.00-1.00)" not in shown
    assert failures([ours, theirs]) == [f"{failed}: broke"]


def test_the_summary_has_a_column_for_each_repository() -> None:
    one = [record("beca", 1.0)], [record("peer", 2.0), record("other", 1.0, failure="broke")]
    two = [record("beca", 3.0)], [record("peer", 2.0), record("other", 6.0)]
    head, _, *rows = summary_table({"one.git": one, "two.git": two}).splitlines()
    assert [cell.strip() for cell in head.strip("|").split("|")] == ["wall time", "one.git", "two.git"]
    assert [row.split("|")[1].strip() for row in rows] == ["beca / peer", "beca / other"]
    assert [cell.strip()[:4] for cell in rows[0].split("|")[2:4]] == ["0.50", "1.50"]
    assert [cell.strip()[:4] for cell in rows[1].split("|")[2:4]] == ["-", "0.50"]


def test_all_figures_are_in_the_json() -> None:
    told = as_json([record("beca", 1.0, 2.0), record("peer", 1.0, failure="broke")])
    assert told["beca"]["wall"] == [1.0, 2.0]
    assert told["beca"]["cpu"] == [2.0, 4.0]
    assert (told["beca"]["memory"], told["beca"]["resident"], told["beca"]["largest"]) == (5_000_000, 9_000_000, 10**6)
    assert told["peer"] == {**told["peer"], "wall": [], "cpu": [], "failure": "broke"}


@pytest.mark.slow
def test_a_plugin_that_is_offered_is_found(tmp_path: Path) -> None:
    program = find_program("beca", {})
    assert program is not None
    with offered(BENCHMARKS / "synthetic.py", "synthetic-rules") as environment:
        done = run([program, "rules", "list", "--format", "json"], tmp_path, environment=environment)
        site = Path(environment["PYTHONPATH"])
    listed = [rule["id"] for rule in json.loads((tmp_path / "stdout").read_text())["items"]]
    assert done.exit_code == 0
    assert sum(rule_id.startswith("synthetic-") for rule_id in listed) == 450
    assert "secret-key" in listed
    assert not site.exists()


@pytest.mark.slow
def test_the_command_compares_and_writes_json(
    program: Make, repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = program("kingfisher", 'case "$1" in --version) echo kingfisher 9.9 ;; *) exit 200 ;; esac')
    file = tmp_path / "figures.json"
    arguments = ["--runs", "1", "--peer", "kingfisher", "--program", f"kingfisher={fake}", "--rules", "synthetic"]
    assert peers.main([str(repository), *arguments, "--json", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "kingfisher: kingfisher 9.9" in shown
    assert "### small.git: 200 commits" in shown
    figures = json.loads(file.read_text())["repositories"]["small.git"]
    assert list(figures) == ["beca+450", "kingfisher --turbo", "kingfisher"]
    assert all(len(one["wall"]) == 1 and not one["failure"] for one in figures.values())


@pytest.mark.parametrize(("rules", "names"), [("builtin", ["beca"]), ("both", ["beca", "beca+450"])])
def test_the_rules_can_be_chosen(
    rules: str, names: list[str], program: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"
    given = [word for name in ("beca", "gitleaks") for word in ("--program", f"{name}={program(name, 'exit 0')}")]
    options = ["--runs", "1", "--rules", rules, "--peer", "gitleaks", "--json", str(file)]
    assert peers.main([str(tmp_path), *options, *given]) == 0
    (figures,) = json.loads(file.read_text())["repositories"].values()
    assert list(figures) == [*names, "gitleaks"]
    assert all(f"| {name} / gitleaks " in capsys.readouterr().out for name in names[:1])


def test_a_run_of_beca_that_fails_ends_with_an_error(
    program: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fakes = {name: program(name, "exit 2") for name in ("beca", "gitleaks")}
    given = [word for name, path in fakes.items() for word in ("--program", f"{name}={path}")]
    assert peers.main([str(tmp_path), "--runs", "1", "--peer", "gitleaks", *given]) == 1
    assert "beca: ended with 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["/nonexistent"],
        [".", "--peer", "unknown"],
        [".", "--program", "unknown=/bin/true"],
        [".", "--program", "gitleaks"],
        [".", "--rules", "none"],
    ],
)
def test_a_wrong_command_line_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        peers.main(arguments)
    assert refused.value.code == 2


def test_a_peer_that_was_asked_for_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SystemExit, match="Not installed: gitleaks"):
        peers.main([".", "--peer", "gitleaks"])


def test_scanners_get_the_repository_and_not_a_link_to_it(tmp_path: Path) -> None:
    (tmp_path / "repository").mkdir()
    (tmp_path / "link").symlink_to("repository")
    options = peers._parser().parse_args([str(tmp_path / "link")])
    assert options.repositories == [tmp_path.resolve() / "repository"]
