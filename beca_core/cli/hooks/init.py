"""`beca init`: what a team needs in a repository, in one command."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core.cli.accepting.baseline import DEFAULT_FILE
from beca_core.cli.configuration.config_files import CONFIG_FILE, config_paths
from beca_core.cli.framework.command import Command
from beca_core.cli.framework.options import choice
from beca_core.cli.framework.standard_streams import agrees, remark, say
from beca_core.errors import InvalidInput, InvalidTarget, quoted_path
from beca_core.sources.git.layout import enclosing_repository, find_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from beca_core.cli.framework.arguments import CommandParser
    from beca_core.sources.git.layout import RepositoryLayout

_COMMANDS: Final = {
    "pre-commit": "beca scan . --staged --quiet",
    "pre-push": 'beca pre-push --quiet "$@"',
    "pre-receive": "beca pre-receive --quiet",
}
"""What each hook runs."""
_HOOK: Final = """#!/bin/sh
# Written by `beca init`. It refuses what has a new secret in it; `git commit --no-verify` passes it by.
command -v beca >/dev/null || {{ echo "beca is not installed, so nothing was scanned." >&2; exit 1; }}
exec {command}
"""
_CONFIGURATION: Final = f"""# The configuration of BECA; `beca config show` says what holds.
baseline = "{DEFAULT_FILE}"

# [[allow]]
# path = "tests/fixtures/"
# reason = "made up for tests"
# owner = "the team"
# expires = 2030-01-31
"""
_ATTRIBUTE: Final = f"{DEFAULT_FILE} merge=union"
_HOOKS_PATH: Final = re.compile(r"^\s*hookspath\s*=", re.IGNORECASE | re.MULTILINE)


def _declare(parser: CommandParser) -> None:
    parser.add_argument("target", metavar="TARGET", nargs="?", default=".", help="The repository. Default: .")
    parser.add_argument(
        "--hook",
        dest="hooks",
        action="append",
        help="A hook to install; may be given again. Default: pre-commit, and pre-receive in a bare repository.",
        **choice(*_COMMANDS),
    )
    parser.add_argument("--no-hook", action="store_true", help="Install no hook.")
    parser.add_argument("--no-baseline", action="store_true", help="Make no baseline: nothing is scanned.")
    parser.add_argument("--force", action="store_true", help="Replace files without asking.")


def init(target: str, hooks: Sequence[str] | None, *, no_hook: bool, no_baseline: bool, force: bool) -> None:
    """Set a repository up: configuration, hook and baseline.

    Asks before it replaces a file; without a terminal to ask on, it leaves the file as it is and says so. Commit the
    files that it writes. A bare repository gets hooks only.
    """
    path = Path(target).resolve()
    root = path if find_repository(path) is not None else enclosing_repository(path / "x")
    layout = None if root is None else find_repository(root)
    if root is None or layout is None:
        raise InvalidTarget(f"{quoted_path(path)} is in no git repository.", hint="`git init` makes one.")
    is_bare = not os.path.lexists(root / ".git")
    chosen = [] if no_hook else list(dict.fromkeys(hooks or ["pre-receive" if is_bare else "pre-commit"]))
    for hook in chosen:
        _install(layout, hook, force=force)
    if is_bare:
        return
    _configure(root, with_baseline=not no_baseline, force=force)
    if not no_baseline:
        _replace(root / DEFAULT_FILE, lambda _: _make_baseline(root), force=force)


def _install(layout: RepositoryLayout, hook: str, *, force: bool) -> None:
    directory = layout.common_dir / "hooks"
    if _has_other_directory(layout.common_dir / "config"):
        remark(f"git looks for hooks in core.hooksPath: let its {hook} run `{_COMMANDS[hook]}`.")
        return
    directory.mkdir(exist_ok=True)

    def write(file: Path) -> None:
        _write(file, _HOOK.format(command=_COMMANDS[hook]))
        file.chmod(0o755)

    _replace(directory / hook, write, force=force)


def _configure(root: Path, *, with_baseline: bool, force: bool) -> None:
    text = _CONFIGURATION if with_baseline else _CONFIGURATION.replace("baseline =", "# baseline =")
    file = next(config_paths(str(root)), root / CONFIG_FILE)
    if file.name == CONFIG_FILE:
        _replace(file, lambda file: _write(file, text), force=force)
    if with_baseline and DEFAULT_FILE not in file.read_text("utf-8", "replace"):
        remark(f'So that scans use the baseline, add to {quoted_path(file)}: baseline = "{DEFAULT_FILE}"')


def _has_other_directory(config: Path) -> bool:
    try:
        return _HOOKS_PATH.search(config.read_text("utf-8", "replace")) is not None
    except OSError:
        return False


def _make_baseline(root: Path) -> None:
    from beca_core.cli.accepting.baseline import create

    attributes = root / ".gitattributes"
    lines = attributes.read_text("utf-8", "surrogateescape") if attributes.is_file() else ""
    if _ATTRIBUTE not in lines.splitlines():
        with attributes.open("a", encoding="utf-8") as file:
            file.write(f"{'' if not lines or lines.endswith(chr(10)) else chr(10)}{_ATTRIBUTE}\n")
        say(f"{quoted_path(attributes)}: added a line, so that branches merge the baseline without conflicts.")
    create(str(root), None, None, force=True)


def _write(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)  # what a link leads to stays as it is
    file.write_text(text, "utf-8")


def _replace(file: Path, write: Callable[[Path], None], *, force: bool) -> None:
    """Write a file, if there is none, or if the user says so."""
    if os.path.lexists(file) and not force and not agrees(f"Replace {quoted_path(file)}?"):
        say(f"{quoted_path(file)} stays as it is.")
        return
    try:
        write(file)
    except OSError as error:
        raise InvalidInput(f"Cannot write {quoted_path(file)}: {error.strerror}.") from error
    say(f"{quoted_path(file)} is written.")


COMMANDS: Final = {"init": Command(init, _declare)}
