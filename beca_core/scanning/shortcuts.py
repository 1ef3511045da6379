"""The functions with which most programs start: `scan`, `scan_text` and `scan_bytes`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from beca_core.errors import check_type
from beca_core.scanning.engine import Engine
from beca_core.sources.limits import Limits

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Collection

    from beca_core.findings import Confidence, Finding, Severity
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.report import Report
    from beca_core.rules.rule import Rule
    from beca_core.rules.scanner import Scanner
    from beca_core.scanning.engine import Text
    from beca_core.sources.limits import Scope, UrlPolicy
    from beca_core.sources.progress import Progress
    from beca_core.state.state import State


def scan(
    target: str | os.PathLike[str],
    *,
    scope: Scope | str | None = None,
    rules: Collection[str | Rule | Scanner] | None = None,
    exclude_rules: Collection[str] = (),
    rules_files: Collection[str | os.PathLike[str]] = (),
    min_severity: Severity | str | None = None,
    min_confidence: Confidence | str | None = None,
    registry: PluginRegistry | None = None,
    limits: Limits | None = None,
    progress: Callable[[Progress], None] | None = None,
    processes: int | None = None,
    since: State | None = None,
    cache_dir: str | os.PathLike[str] | Literal[False] | None = None,
    url_policy: UrlPolicy | None = None,
    accept_unreadable: Collection[str] = (),
    with_suppressed: bool = False,
) -> Report:
    """Scan a repository, a directory, a file or the repository at a URL.

    Args:
        target: A path, or the URL of a git repository, which is fetched to a temporary directory.
        scope: What to look at: `history`, `head` or `files`; None means `history` for a git repository and `files` for
            everything else.
        rules: The rules that take part: ids, patterns of ids such as `aws-*`, `tag:payment` and the like, see `Engine`,
            and `Rule` or `Scanner` objects of your own; None: all rules that are enabled.
        exclude_rules: Rules that do not take part, named in the same ways.
        rules_files: TOML and YAML files with further rules; see `PluginRegistry.with_rule_files`.
        min_severity: Least severity of the findings that are reported; None: any.
        min_confidence: Least confidence of them; None: any, but those of LOW confidence do not decide
            `Report.exit_code`.
        registry: The loaded plugins; None: all installed ones.
        limits: Bounds of the scan; None: the defaults.
        progress: Called about ten times a second, also within a large content; an exception that it raises ends
            the scan.
        processes: How many processes read at most; None: as many as there are processors.
        since: The state of an earlier scan of the same target, from `Report.state` or from a file. What that scan has
            read is not read again, and each finding says whether it is new, carried or gone.
        cache_dir: Where compiled rules are cached; None: the user's cache directory; False: nowhere.
        url_policy: Which URLs may be fetched; None allows https to public hosts.
        accept_unreadable: Patterns of paths of contents that are known to be unreadable; see `Engine.scan`.
        with_suppressed: Whether the report lists what was found and dropped; see `Engine.scan`.

    Returns:
        The findings, and what was read and what was not.

    Raises:
        InvalidTarget: If there is nothing to scan there.
        SourceError: If it cannot be read.
        InvalidInput: If a rule does not exist, a rule file cannot be read, `since` comes from a scan of another scope,
            or an argument is of the wrong kind.
        InvalidRule: If a rule or scanner in `rules` breaks the contract.
    """
    choices = (registry, rules, limits, processes, cache_dir, min_severity, min_confidence)
    if exclude_rules == () and rules_files == () and all(choice is None for choice in choices):
        engine = _installed_engine()
    else:
        engine = Engine(
            registry,
            rules=rules,
            exclude_rules=exclude_rules,
            rules_files=rules_files,
            min_severity=min_severity,
            min_confidence=min_confidence,
            limits=limits,
            processes=processes,
            cache_dir=cache_dir,
        )
    return engine.scan(
        target,
        scope=scope,
        since=since,
        progress=progress,
        url_policy=url_policy,
        accept_unreadable=accept_unreadable,
        with_suppressed=with_suppressed,
    )


def scan_text(text: Text, name: str = "<text>") -> list[Finding]:
    """Return the findings in one text, with all installed rules.

    The rules are loaded at the first call. Plugins that are broken are left out, and `PluginRegistry.problems` names
    them. Whether everything was read is only in the report of `scan_bytes`.

    Args:
        text: The text; a `str` is encoded as UTF-8.
        name: The path that the findings show.

    Raises:
        InvalidInput: If an argument is of the wrong kind.
    """
    return _installed_engine().scan_text(text, name)


def scan_bytes(data: bytes | bytearray | memoryview, name: str = "<text>", *, limits: Limits | None = None) -> Report:
    """Scan one content in memory with all installed rules; if it is an archive, its members are scanned too.

    Args:
        data: The content, an upload for example.
        name: The path that the findings show.
        limits: Bounds of the scan; None: the defaults.

    Returns:
        A report; its coverage says whether everything was read, and whether a plugin failed.

    Raises:
        InvalidInput: If an argument is of the wrong kind.
    """
    check_type("limits", limits, (Limits, type(None)), "a Limits or None")
    return _installed_engine(limits).scan_bytes(data, name)


@lru_cache(maxsize=8)
def _installed_engine(limits: Limits | None = None) -> Engine:
    """Return the engine of the installed plugins: it is immutable, and plugins do not change while a process runs."""
    return Engine(limits=limits)
