from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from beca_core.cli.framework.output import open_output
from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_report_goes_to_the_file_and_nothing_to_the_screen(beca: Callable, tree: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    outcome = beca("scan", tree, "--format", "json", "--output", file)
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "")
    assert len(json.loads(file.read_text())["findings"]) == 1


def test_a_table_in_a_file_has_no_colour(beca: Callable, tree: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    beca("scan", tree, "--output", file, FORCE_COLOR="1")
    assert "acme-token" in file.read_text()
    assert "\x1b" not in file.read_text()


def test_several_reports_are_written_at_once_and_the_table_is_shown(beca: Callable, tree: Path, tmp_path: Path) -> None:
    outcome = beca("scan", tree, "-o", f"sarif:{tmp_path / 'a.sarif'}", "-o", f"html:{tmp_path / 'a.html'}")
    assert outcome.code == 1
    assert "acme-token" in outcome.out
    (run,) = json.loads((tmp_path / "a.sarif").read_text())["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["acme-token"]
    assert run["tool"]["driver"]["rules"][0]["help"]["text"] == "Revoke it."
    assert "Revoke it." in (tmp_path / "a.html").read_text()


def test_a_file_without_a_format_has_that_of_the_option(beca: Callable, tree: Path, tmp_path: Path) -> None:
    files = tmp_path / "b.json", tmp_path / "c.csv"
    outcome = beca("scan", tree, "-f", "json", "-o", files[0], "-o", f"csv:{files[1]}")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "")
    assert len(json.loads(files[0].read_text())["findings"]) == 1
    assert len(files[1].read_text().splitlines()) == 2


def test_a_format_can_go_to_standard_output(beca: Callable, tree: Path, tmp_path: Path) -> None:
    outcome = beca("scan", tree, "-o", "csv:-", "-o", f"json:{tmp_path / 'a.json'}")
    assert outcome.out.startswith("rule,severity")
    assert "acme-token" in (tmp_path / "a.json").read_text()


def test_a_name_with_a_colon_is_written_with_its_directory(beca: Callable, tree: Path, tmp_path: Path) -> None:
    beca("scan", tree, "-f", "json", "-o", "./csv:b")
    assert len(json.loads((tmp_path / "csv:b").read_text())["findings"]) == 1


def test_no_report_replaces_another(beca: Callable, tree: Path, tmp_path: Path) -> None:
    outcome = beca("scan", tree, "-o", "csv:a", "-o", "json:./a")
    assert (outcome.code, outcome.out) == (2, "")
    assert "Two reports would go to './a'." in outcome.err or "Two reports would go to 'a'." in outcome.err
    assert not (tmp_path / "a").exists()


def test_an_unknown_format_of_a_file_is_refused_and_nothing_is_written(
    beca: Callable, tree: Path, tmp_path: Path
) -> None:
    outcome = beca("scan", tree, "-o", f"json:{tmp_path / 'a'}", "-o", "srif:b")
    assert outcome.code == 2
    assert "There is no format 'srif'" in outcome.err
    assert "Did you mean sarif?" in outcome.err
    assert not (tmp_path / "a").exists()


def test_a_failed_scan_does_not_change_the_file(beca: Callable, acme: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("of yesterday")
    for arguments in (["nowhere"], ["-", "--rules", "none"], ["-", "--format", "none"]):
        assert beca("scan", *arguments, "--output", file).code == 2
    assert file.read_text() == "of yesterday"
    assert {path.name for path in tmp_path.iterdir()} == {"report.json", "home", "site"}


def test_events_in_a_file_leave_the_failure_on_standard_output(beca: Callable, acme: str, tmp_path: Path) -> None:
    outcome = beca("scan", "nowhere", "--format", "jsonl", "--output", tmp_path / "events")
    assert outcome.events[-1]["type"] == "failed"
    assert not (tmp_path / "events").exists()


def test_a_file_that_cannot_be_created_is_reported_before_the_scan(beca: Callable, tree: Path, tmp_path: Path) -> None:
    outcome = beca("scan", tree, "--output", tmp_path / "no" / "such" / "directory")
    assert outcome.code == 2
    assert "No such file or directory" in outcome.err


def test_an_exception_leaves_no_file_and_no_partial_file(tmp_path: Path) -> None:
    def write_half() -> None:
        with open_output(tmp_path / "report", private=False) as stream:
            stream.write("half")
            stream.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    file = tmp_path / "report"
    file.write_text("old")
    with open_output(file, private=False) as stream:
        stream.write("new")
        stream.flush()
        assert file.read_text() == "old"
    assert file.read_text() == "new"


@pytest.mark.parametrize(("private", "mode"), [(True, 0o600), (False, 0o640)])
def test_only_the_owner_can_read_a_report_with_secrets(tmp_path: Path, private: bool, mode: int) -> None:
    before = os.umask(0o026)
    try:
        with open_output(tmp_path / "report", private=private):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "report").stat().st_mode) == mode


def test_a_link_keeps_pointing_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    with open_output(tmp_path / "link", private=False) as stream:
        stream.write("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_device_is_written_to_and_stays_a_device() -> None:
    with open_output(Path("/dev/null"), private=True) as stream:
        stream.write("gone")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_can_be_named(beca: Callable, tree: Path, tmp_path: Path, name: str) -> None:
    before = sorted(tmp_path.iterdir())
    assert beca("scan", tree, "-o", name, "-f", "json") == beca("scan", tree, "-f", "json")
    assert sorted(tmp_path.iterdir()) == before


def test_a_file_named_like_standard_output_can_be_written(beca: Callable, tree: Path, tmp_path: Path) -> None:
    assert beca("scan", tree, "-o", "./-").out == ""
    assert "acme-token" in (tmp_path / "-").read_text()


@pytest.mark.slow
def test_standard_output_is_appended_to_and_not_replaced(program: list[str], environment: dict, tree: Path) -> None:
    for name in ("/dev/stdout", "/dev/stderr", "/dev/fd/1"):
        with (tree.parent / "log").open("w") as log:
            log.write("before\n")
            log.flush()
            command = [*program, "scan", str(tree), "-o", name]
            ended = subprocess.run(command, stdout=log, stderr=log, env=environment, timeout=60, check=False)
            assert ended.returncode == 1
        written = (tree.parent / "log").read_text()
        assert written.startswith("before\n"), name
        assert "acme-token" in written


def test_an_open_pipe_can_be_named(beca: Callable, tree: Path) -> None:
    read_end, write_end = os.pipe()
    assert beca("scan", tree, "-o", f"/dev/fd/{write_end}").code == 1
    os.close(write_end)
    with os.fdopen(read_end) as stream:
        assert "acme-token" in stream.read()


def test_a_report_does_not_replace_what_is_scanned_or_the_state(beca: Callable, tree: Path, tmp_path: Path) -> None:
    file = tree / "config" / "app.env"
    before = file.read_text()
    (tmp_path / "link").symlink_to(file)
    for arguments in ([file, "-o", "link"], ["link", "-o", file], [tree, "--state", "s", "-o", "s"]):
        outcome = beca("scan", *arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert "The report would replace the " in outcome.err
    assert file.read_text() == before
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("path", ["/proc/self/report", "tree"])
def test_what_cannot_be_written_is_refused_before_the_scan(beca: Callable, tree: Path, path: str) -> None:
    outcome = beca("scan", "nowhere", "-o", path)
    assert (outcome.code, outcome.out) == (2, "")
    assert "nowhere" not in outcome.err
    assert path in outcome.err


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is a directory"), open_output(tmp_path, private=False):
        pass


def test_text_that_is_not_unicode_can_be_written(tmp_path: Path) -> None:
    with open_output(tmp_path / "report", private=False) as stream:
        stream.write("\udcff")
    assert (tmp_path / "report").read_text() == "\\udcff"
