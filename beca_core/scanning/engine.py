"""`Engine`: rules that are compiled once and used for any number of scans."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from beca_core.errors import InvalidInput, InvalidTarget, check_type
from beca_core.findings import DEFAULT_FINGERPRINT_KEY
from beca_core.plugins.registry import PluginRegistry, load_seconds
from beca_core.report import ProblemLog
from beca_core.rules.rule import Rule
from beca_core.rules.scanner import Scanner
from beca_core.scanning.run import Scan, Setup
from beca_core.sources.archives import is_archive_without_nul
from beca_core.sources.limits import Limits, UrlPolicy
from beca_core.state.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from beca_core.findings import Finding
    from beca_core.matching.ruleset import RuleSet
    from beca_core.report import Progress, Report
    from beca_core.rules.rule import RuleInfo
    from beca_core.sources.contracts import Source
    from beca_core.sources.limits import Scope

Text = str | bytes | bytearray | memoryview

_Item = TypeVar("_Item")

_NONE: Final = type(None)
_SHORT_TEXT: Final = 64 * 1024
"""Bytes of a text that is searched in milliseconds, so that no limit on time matters."""
_NO_RULES_HINT: Final = "PluginRegistry.load() loads the installed plugins."
_RULES_HINT: Final = "Engine(rules=[...]) takes rules."


class Engine:
    """Scan with a choice of rules. Immutable, reusable, and shared between threads.

    Args:
        registry: The loaded plugins; None: all installed ones, which are loaded now, or none if `rules` names no id.
        rules: What to look for: ids of rules of the registry, and `Rule` or `Scanner` objects that no plugin has to
            provide. None: all rules of the registry. The code of such objects runs in this process and cannot be
            contained, see `PluginRegistry.register`.
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
        check_type("registry", registry, (PluginRegistry, _NONE), "a PluginRegistry or None", hint=_RULES_HINT)
        check_type("limits", limits, (Limits, _NONE), "a Limits or None")
        check_type("fingerprint_key", fingerprint_key, bytes, "bytes")
        if not fingerprint_key:
            raise InvalidInput("fingerprint_key is empty.", hint="Leave it out to use the default key.")
        if processes is not None and (isinstance(processes, bool) or not isinstance(processes, int) or processes < 1):
            raise InvalidInput("processes must be a whole number from 1 upwards, or None.")
        ids, own = _ids_and_objects(rules)
        excluded = _excluded(exclude_rules)
        limits = limits or Limits()
        if registry is None:
            loads_plugins = rules is None or ids
            registry = (
                PluginRegistry.load(cache_dir=cache_dir, seconds=load_seconds(limits))
                if loads_plugins
                else PluginRegistry(cache_dir=cache_dir)
            )
        if own:
            registry = registry.with_rules(own)
            ids = [*ids, *registry.plugins[-1].rule_ids]
        chosen = registry.choose(None if rules is None else ids, excluded)
        if not chosen:
            raise InvalidInput("The registry has no rules, so nothing would be looked for.", hint=_NO_RULES_HINT)
        self._registry = registry
        self._setup = Setup(registry, chosen, self._compiled, limits, fingerprint_key, processes)

    def __repr__(self) -> str:
        return f"<Engine: rules: {len(self.rules):,}>"

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
        accept_unreadable: Collection[str] = (),
    ) -> Report:
        """Read a target to its end and report what was found.

        Args:
            target: A path, the URL of a git repository, or a source, which the caller closes.
            scope: What to look at: `history`, `head` or `files`; None means `history` for a git repository and `files`
                for everything else. A source has a scope of its own.
            since: The state of an earlier scan of the same target. What that scan has read is not read again, and each
                finding says whether it is new, carried or gone.
            progress: Called about ten times a second, also within a large content; an exception that it raises ends
                the scan.
            url_policy: Which URLs may be fetched; None allows https to public hosts.
            with_secrets: Whether the secrets of carried findings are wanted in clear. For that, some contents are read
                again. Filters of plugins always get them.
            accept_unreadable: Patterns of paths of contents that are known to be unreadable: damaged, encrypted, too
                large or beyond the limits of archives. They do not make the scan incomplete, and
                `Coverage.accepted` counts them. `*` matches any characters; a pattern that matches an archive, as in
                `tests/*.zip`, also matches its members, `tests/a.zip!inner`. A content at several paths is accepted if
                all of them match.

        Raises:
            InvalidTarget: If there is nothing to scan at the path or URL.
            SourceError: If the target cannot be read at all.
            InvalidInput: If `since` comes from a scan with another scope or fingerprint key, `scope` or `url_policy`
                is given with a source, or an argument is of the wrong kind.
        """
        check_type("since", since, (State, _NONE), "a State or None", hint="State.load reads one from a file.")
        check_type("url_policy", url_policy, (UrlPolicy, _NONE), "a UrlPolicy or None")
        if progress is not None and not callable(progress):
            raise InvalidInput(f"progress must be a function or None, not {type(progress).__name__}.")
        if not isinstance(target, (str, os.PathLike)):
            if not hasattr(target, "start"):
                raise InvalidTarget(
                    f"target must be a path, a URL or a source, not {type(target).__name__}.",
                    hint="Use `with open_source(...) as source`." if hasattr(target, "__enter__") else "",
                )
            if scope is not None or url_policy is not None:
                raise InvalidInput("scope and url_policy do not apply to a source, which is already open.")
            return Scan(self._setup, progress, accept_unreadable).run(target, since, with_secrets=with_secrets)
        from beca_core.sources.target import open_source

        with open_source(
            target,
            scope=scope,
            limits=self._setup.limits,
            url_policy=url_policy,
            progress=progress,
            reads_all=since is None,
        ) as source:
            return Scan(self._setup, progress, accept_unreadable).run(source, since, with_secrets=with_secrets)

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

        Raises:
            InvalidInput: If an argument is of the wrong kind.
        """
        from beca_core.sources.texts import TextSource

        hint = "scan_text takes a str." if isinstance(data, str) else ""
        check_type("data", data, (bytes, bytearray, memoryview), "bytes, bytearray or memoryview", hint=hint)
        check_type("name", name, str, "a str")
        return self.scan(TextSource(bytes(data), name), progress=progress)

    def scan_text(self, text: Text, name: str = "<text>") -> list[Finding]:
        """Return the findings in one text; if it is an archive, those in its members too.

        Whether everything was read, and whether a plugin failed, is only in the report of `scan_bytes`.

        Args:
            text: The text; a `str` is encoded as UTF-8, lone surrogates included.
            name: The path that the findings show.

        Raises:
            InvalidInput: If an argument is of the wrong kind.
        """
        check_type("text", text, (str, bytes, bytearray, memoryview), "str, bytes, bytearray or memoryview")
        check_type("name", name, str, "a str")
        data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        if (
            isinstance(data, bytes)
            and len(data) <= _SHORT_TEXT
            and b"\0" not in data  # it may be wide text
            and not is_archive_without_nul(data)
            and not self._rule_set.find(data, ProblemLog())
        ):
            return []  # most texts: a report would take longer than the search
        return list(self.scan_bytes(data, name).findings)

    def _compiled(self, rule_ids: Collection[str]) -> RuleSet:
        return self._rule_set if len(rule_ids) == len(self.rules) else self._compile(rule_ids)

    @cached_property
    def _rule_set(self) -> RuleSet:
        return self._compile(self.rules)

    def _compile(self, rule_ids: Collection[str]) -> RuleSet:
        return self._registry.compile(rule_ids, plugin_seconds=self._setup.limits.plugin_seconds)


def _ids_and_objects(rules: Collection[str | Rule | Scanner] | None) -> tuple[list[str], list[Rule | Scanner]]:
    """Return the ids in a choice of rules, and the objects."""
    if rules is None:
        return [], []
    chosen = _as_list("rules", rules, "ids, rules or scanners")
    if not chosen:
        raise InvalidInput("rules is empty, so nothing would be looked for.", hint="Leave it out to use all rules.")
    for item in chosen:
        if isinstance(item, type) or not isinstance(item, (str, Rule, Scanner)):
            raise InvalidInput(f"rules has {_described(item)}, which is not an id, a Rule or a Scanner.")
    ids = [item for item in chosen if isinstance(item, str)]
    return ids, [item for item in chosen if not isinstance(item, str)]


def _excluded(rules: Collection[str]) -> list[str]:
    excluded = _as_list("exclude_rules", rules, "ids")
    for item in excluded:
        if not isinstance(item, str):
            raise InvalidInput(f"exclude_rules has {_described(item)}, which is not an id.")
    return excluded


def _as_list(name: str, items: Iterable[_Item], expected: str) -> list[_Item]:
    if isinstance(items, (str, bytes)) or not isinstance(items, Iterable):
        raise InvalidInput(
            f"{name} must be a collection of {expected}, not {_described(items)}.", hint=f"Use {name}=[...]."
        )
    return list(items)


def _described(thing: object) -> str:
    return f"the class {thing.__name__}" if isinstance(thing, type) else f"an object of type {type(thing).__name__}"
