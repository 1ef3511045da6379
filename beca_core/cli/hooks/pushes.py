"""`beca pre-push` and `beca pre-receive`: they read what git writes to the standard input of these hooks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from beca_core.cli.framework.command import Command
from beca_core.cli.framework.standard_streams import standard_input
from beca_core.cli.scans.scan import declare_scan, start_scan

if TYPE_CHECKING:
    from beca_core.cli.framework.arguments import CommandParser
    from beca_core.sources.worktree.commit_range import CommitRange

_HERE: Final = "."
"""git starts a hook at the root of the work tree, or in the git directory."""


def _declare_pre_push(parser: CommandParser) -> None:
    parser.add_argument(
        "remote",
        metavar="REMOTE",
        nargs="?",
        default="",
        help="Name of the remote; what its tracking branches have is not scanned again.",
    )
    parser.add_argument("url", metavar="URL", nargs="?", help="Its URL, which git passes too, and which is not used.")
    declare_scan(parser)


def pre_push(remote: str, **options: Any) -> int:
    """Refuse a push that would send a secret; for the hook of git.

    It scans the commits that the remote does not have: what they put at their paths, also what a later one removes, and
    their messages. As a hook: `exec beca pre-push "$@"`. The program pre-commit can run it too.
    """
    from beca_core.sources.worktree.commit_range import sent_by_pre_commit, sent_by_push

    options.pop("url")
    return _scan(sent_by_pre_commit(os.environ) or sent_by_push(_lines(), remote), options)


def pre_receive(**options: Any) -> int:
    """Refuse a push that has brought a secret; for the hook of git.

    It runs in the repository that receives, where nobody can leave it out, and scans what no ref had before. The
    configuration of a repository is not read there; --config names one. As a hook: `exec beca pre-receive`.
    """
    from beca_core.sources.worktree.commit_range import received_by_push

    return _scan(received_by_push(_lines()), options | {"repo_config": False})


def _lines() -> list[str]:
    return standard_input().read().decode("utf-8", "backslashreplace").splitlines()


def _scan(commits: CommitRange | None, options: dict[str, Any]) -> int:
    """Scan the commits; nothing is to be done if a push only deletes refs."""
    if commits is None:
        return 0
    return start_scan(options | {"target": _HERE, "commits": commits})


COMMANDS: Final = {
    "pre-push": Command(pre_push, _declare_pre_push),
    "pre-receive": Command(pre_receive, declare_scan),
}
