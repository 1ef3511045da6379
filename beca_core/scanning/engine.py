"""`Engine`: rules that are compiled once and used for any number of scans."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from beca_core.errors import InvalidInput
from beca_core.findings import DEFAULT_FINGERPRINT_KEY
from beca_core.plugins.registry import PluginRegistry
from beca_core.scanning.run import Scan, Setup
from beca_core.sources.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from beca_core.findings import Finding
    from beca_core.matching.ruleset import RuleSet
    from beca_core.report import Progress, Report
    from beca_core.rules.rule import Rule, RuleInfo
    from beca_core.rules.scanner import Scanner
    from beca_core.sources.contracts import Source
    from beca_core.sources.limits import Scope, UrlPolicy
    from beca_core.state.state import State

Text = str | bytes | bytearray | memoryview


class Engine:
    """Scan with a choice of rules. Immutable, reusable, and shared between threads.

    Args:
        registry: The loaded plugins; None: all installed ones, which are loaded now, or none if `rules` names no id.
        rules: What to look for: ids of rules of the registry, and `Rule` or `Scanner` objects that no plugin has to
            provide. None: all rules of the registry.
        exclude_rules: Ids of rules that do not take part.
        limits: Bounds of each scan; None: the defaults.
        fingerprint_key: Key of the findings' fingerprints.
        processes: How many processes read at most, 1 or more; None: as many as there are processors. Reading stays in
            this process where that is faster, and where threads run that may hold a lock at the moment of a fork.
        cache_dir: Where compiled rules are cached for other processes; None: the user's cache directory; False:
            nowhere. A registry that is given has its own.

    Raises:
        InvalidInput: If a rule id does not exist, no rule is left, or an argument is of the wrong kind.
        InvalidRule: If a rule or scanner in `rules` breaks the contract.
    """

    def __init__(
        self,
        registry: PluginRegistry | None = None,
        *,
        rules: Collection[str | Rule | Scanner] | None = None,
        exclude_rules: Collection[str] = (),
        limits: Limits | None = None,
        fingerprint_key: bytes = DEFAULT_FINGERPRINT_KEY,
        processes: int | None = None,
        cache_dir: str | os.PathLike[str] | Literal[False] | None = None,
    ) -> None:
        if processes is not None and (not isinstance(processes, int) or processes < 1):
            raise InvalidInput("processes must be a whole number from 1 upwards, or None.")
        ids, own = _ids_and_objects(rules)
        if registry is None:
            loads_plugins = rules is None or ids
            registry = (
                PluginRegistry.load(cache_dir=cache_dir) if loads_plugins else PluginRegistry(cache_dir=cache_dir)
            )
        if own:
            registry = registry.with_rules(own)
            ids = [*ids, *registry.plugins[-1].rule_ids]
        chosen = registry.choose(None if rules is None else ids, exclude_rules)
        self._registry = registry
        self._setup = Setup(registry, chosen, self._compiled, limits or Limits(), fingerprint_key, processes)

    @property
    def rules(self) -> Mapping[str, RuleInfo]:
        """The rules that take part, by id."""
        return self._setup.rules

    def scan(
        self,
        target: str | os.PathLike[str] | Source,
        *,
        scope: Scope | str | None = None,
        since: State | None = None,
        progress: Callable[[Progress], None] | None = None,
        url_policy: UrlPolicy | None = None,
        with_secrets: bool = True,
    ) -> Report:
        """Read a target to its end and report what was found.

        Args:
            target: A path, the URL of a git repository, or a source, which the caller closes.
            scope: What to look at: `history`, `head` or `files`; None means `history` for a git repository and `files`
                for everything else. A source has a scope of its own.
            since: The state of an earlier scan of the same target. What that scan has read is not read again, and each
                finding says whether it is new, carried or gone.
            progress: Called about ten times a second; an exception that it raises ends the scan.
            url_policy: Which URLs may be fetched; None allows https to public hosts.
            with_secrets: Whether the secrets of carried findings are wanted in clear. For that, some contents are read
                again. Filters of plugins always get them.

        Raises:
            InvalidTarget: If there is nothing to scan at the path or URL.
            SourceError: If the target cannot be read at all.
            InvalidInput: If `since` comes from a scan with another scope or fingerprint key, or `scope` or
                `url_policy` is given with a source.
        """
        if not isinstance(target, (str, os.PathLike)):
            if scope is not None or url_policy is not None:
                raise InvalidInput("scope and url_policy do not apply to a source, which is already open.")
            return Scan(self._setup, progress).run(target, since, with_secrets=with_secrets)
        from beca_core.sources.target import open_source

        with open_source(
            target,
            scope=scope,
            limits=self._setup.limits,
            url_policy=url_policy,
            progress=progress,
            reads_all=since is None,
        ) as source:
            return Scan(self._setup, progress).run(source, since, with_secrets=with_secrets)

    def scan_bytes(
        self,
        data: bytes | bytearray | memoryview,
        name: str = "<text>",
        *,
        progress: Callable[[Progress], None] | None = None,
    ) -> Report:
        """Scan one content in memory, an upload for example; if it is an archive, its members are scanned too.

        Args:
            data: The content.
            name: The path that the findings show.
            progress: As for `scan`.

        Returns:
            A report; its coverage says whether everything was read, and whether a plugin failed.
        """
        from beca_core.sources.texts import TextSource

        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise InvalidInput(f"data must be bytes, not {type(data).__name__}.", hint="scan_text takes a str.")
        return self.scan(TextSource(bytes(data), name), progress=progress)

    def scan_text(self, text: Text, name: str = "<text>") -> list[Finding]:
        """Return the findings in one text; if it is an archive, those in its members too.

        Whether everything was read, and whether a plugin failed, is only in the report of `scan_bytes`.

        Args:
            text: The text; a `str` is encoded as UTF-8, lone surrogates included.
            name: The path that the findings show.
        """
        from beca_core.report import ProblemLog
        from beca_core.sources.archives import is_archive

        data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        if isinstance(data, bytes) and not is_archive(data) and not self._rule_set.find(data, ProblemLog()):
            return []  # most texts: a report would take longer than the search
        return list(self.scan_bytes(data, name).findings)

    def _compiled(self, rule_ids: Collection[str]) -> RuleSet:
        return self._rule_set if len(rule_ids) == len(self.rules) else self._registry.compile(rule_ids)

    @cached_property
    def _rule_set(self) -> RuleSet:
        return self._registry.compile(self.rules)


def _ids_and_objects(
    rules: Collection[str | Rule | Scanner] | None,
) -> tuple[list[str], list[Rule | Scanner]]:
    """Split a choice of rules into ids and objects."""
    if rules is None:
        return [], []
    if isinstance(rules, (str, bytes)):
        raise InvalidInput(
            "rules must be a collection of ids, rules or scanners, not a string.", hint="Use rules=[...]."
        )
    if not rules:
        raise InvalidInput("rules is empty, so nothing would be looked for.", hint="Leave it out to use all rules.")
    ids = [rule for rule in rules if isinstance(rule, str)]
    return ids, [rule for rule in rules if not isinstance(rule, str)]
