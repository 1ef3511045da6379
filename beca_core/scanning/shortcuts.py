"""The two calls with which most programs start: `scan` and `scan_text`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from beca_core.plugins.registry import PluginRegistry
from beca_core.scanning.engine import Engine
from beca_core.sources.target import open_target

if TYPE_CHECKING:
    import os
    from collections.abc import Collection

    from beca_core.findings import Finding
    from beca_core.report import Report
    from beca_core.sources.limits import Limits, Scope, UrlPolicy
    from beca_core.state.state import State


def scan(
    target: str | os.PathLike[str],
    *,
    scope: Scope | str | None = None,
    rules: Collection[str] | None = None,
    limits: Limits | None = None,
    url_policy: UrlPolicy | None = None,
    since: State | None = None,
) -> Report:
    """Scan a repository, a directory, a file or the repository behind a URL with all installed rules.

    Args:
        target: A path, or the URL of a git repository, which is fetched to a temporary directory.
        scope: What to look at; None means `history` for a git repository and `files` for all else.
        rules: Ids of the rules that take part, or None for all.
        limits: Bounds of the scan, or None for the defaults.
        url_policy: Which URLs may be fetched; None allows https to public hosts.
        since: What an earlier scan of the same target left behind, as `Report.state` or from a file: what that scan has
            read is not read again, and each finding says what has become of it.

    Raises:
        InvalidTarget: If there is nothing to scan there.
        SourceError: If it cannot be read.
        InvalidInput: If a rule does not exist, or `since` comes from a scan of another scope.
    """
    engine = _installed_engine() if rules is None and limits is None else _engine(rules, limits)
    with open_target(target, scope=scope, limits=limits, url_policy=url_policy, afresh=since is None) as source:
        return engine.scan(source, since=since)


def scan_text(text: str | bytes) -> list[Finding]:
    """Return the findings in one text, with all installed rules.

    The rules are loaded at the first call; plugins that are broken are left out here, and `PluginRegistry.problems`
    names them.
    """
    return _installed_engine().scan_text(text)


def _engine(rules: Collection[str] | None, limits: Limits | None) -> Engine:
    return Engine(PluginRegistry.load(), rules=rules, limits=limits)


@cache
def _installed_engine() -> Engine:
    """The engine of the installed plugins: immutable, and plugins do not change while a process runs."""
    return _engine(None, None)
