"""The file of `--state`: what a scan resumes from, and which findings `--fail-on new` takes as known.

Known is what the state holds, so a state may only come to hold a finding when somebody has accepted it. With
`--fail-on new`, only a scan that exits with 0 saves its state: otherwise a new finding would be known the next time,
and the pipeline would pass without anything having been done about it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core.cli.framework.standard_streams import remark
from beca_core.errors import InvalidInput, quoted_path
from beca_core.system.private_files import check_replaceable

if TYPE_CHECKING:
    from beca_core.report import Report
    from beca_core.state.state import State

FAIL_ON: Final = ("any", "new", "none")
"""The values of `--fail-on`."""


def load_state(path: Path, fail_on: str) -> State | None:
    """Return the state from which a scan resumes, or None if there is none yet; a scan can save one in either case.

    Args:
        path: The file.
        fail_on: Which findings make the scan fail; one of `FAIL_ON`.

    Raises:
        InvalidInput: If the file is not a state, or if no state can be saved there.
    """
    if str(path) == "-":
        raise InvalidInput("--state needs a file; it cannot be standard output.", hint="Name the file of a state.")
    since = None
    if path.exists():
        from beca_core.state.state import State

        since = State.load(path)
    _check(path)
    if since is None and fail_on == "new":
        remark(f"There is no state {quoted_path(path)} to compare with, so every finding counts as new.")
    return since


def keep_state(path: Path, fail_on: str, since: State | None, report: Report, exit_code: int) -> None:
    """Save the state of a scan unless the file has to stay as it is, and say what that means for the next scan.

    Args:
        path: The file.
        fail_on: Which findings make the scan fail; one of `FAIL_ON`.
        since: The state in the file; None: there is no file.
        report: The report of the scan.
        exit_code: The exit code of the scan.

    Raises:
        InvalidInput: If the state cannot be saved.
    """
    if fail_on == "new" and exit_code != 0:
        remark(f"The state {quoted_path(path)} stays as it is, because this scan has failed.")
        if exit_code == 1:
            remark("What is new stays new until it is gone, or until a scan with --fail-on none makes it known.")
        return
    if report.state is not None and report.state != since:
        report.state.save(path)
    if fail_on == "none" and report.findings:
        remark(f"Known from now on in {quoted_path(path)}: {_count(report)}.")


def exit_code_of(report: Report, fail_on: str) -> int:
    """Return 2 if something was not read; else 1 if there are findings that make the scan fail, else 0."""
    if fail_on == "none":
        return 0 if report.coverage.complete else 2
    return report.exit_code_for_new if fail_on == "new" else report.exit_code


def _count(report: Report) -> str:
    return f"{len(report.findings):,} finding{'' if len(report.findings) == 1 else 's'}"


def _check(path: Path) -> None:
    directory = path.absolute().parent
    if not directory.is_dir():
        raise InvalidInput(
            f"There is no directory {quoted_path(directory)} for the state.",
            hint="Create it, or name another file with --state.",
        )
    try:
        check_replaceable(Path(os.path.realpath(path)))
    except OSError as error:
        raise InvalidInput(
            f"The state cannot be written to {quoted_path(path)}: {error.strerror}.",
            hint="Name another file with --state.",
        ) from None
