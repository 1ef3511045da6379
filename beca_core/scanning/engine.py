"""`Engine`: rules that are compiled once and used for any number of scans."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from beca_core.errors import InvalidInput, InvalidTarget, check_type
from beca_core.findings import DEFAULT_FINGERPRINT_KEY
from beca_core.plugins.registry import PluginRegistry, load_seconds
from beca_core.report import ProblemLog
from beca_core.rules.rule import Rule
from beca_core.rules.scanner import Scanner
from beca_core.scanning.results.threshold import Threshold
from beca_core.scanning.run import Scan
from beca_core.scanning.scan_setup import Setup
from beca_core.scanning.suppression.suppression import Suppression
from beca_core.sources.archives import is_archive_without_nul
from beca_core.sources.limits import Limits, UrlPolicy
from beca_core.state.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from beca_core.findings import Confidence, Finding, Severity
    from beca_core.matching.ruleset import RuleSet
    from beca_core.report import Report
    from beca_core.rules.rule import RuleInfo
    from beca_core.scanning.plugin_reading import BroughtTexts
    from beca_core.sources.contracts import Source
    from beca_core.sources.limits import Scope
    from beca_core.sources.progress import Progress

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
        rules: What to look for: ids of rules of the registry, patterns of ids such as `aws-*`, what rules say of
            themselves, such as `tag:payment`, `provider:github`, `category:ai`, `severity:high`, `confidence:high` or
            `plugin:acme`; and `Rule` or `Scanner` objects that no plugin has to provide. None: all rules of the
            registry that are enabled. The code of such objects runs in this process and cannot be
            contained, see `PluginRegistry.register`.
        exclude_rules: Rules that do not take part, named in the same ways.
        rules_files: TOML and YAML files with further rules; see `PluginRegistry.with_rule_files`.
        min_severity: Least severity of the findings that are reported; the coverage counts the others. None: any.
        min_confidence: Least confidence of them. None: any, but those of LOW confidence do not decide
            `Report.exit_code`, and the table only counts them.
        limits: Bounds of each scan; None: the defaults.
        fingerprint_key: Key of the findings' fingerprints.
        processes: How many processes read at most, 1 or more; None: as many as there are processors. Reading stays in
            this process where that is faster, and where threads run that may hold a lock at the moment of a fork.
        cache_dir: Where compiled rules are cached for other processes; None: the user's cache directory; False:
            nowhere. A registry that is given has its own.

    Raises:
        InvalidInput: If a rule does not exist, no rule is left, a rule file cannot be read, or an argument is of the
            wrong kind.
        InvalidRule: If a rule or scanner in `rules` breaks the contract.
    """

    def __init__(
        self,
        registry: PluginRegistry | None = None,
        *,
        rules: Collection[str | Rule | Scanner] | None = None,
        exclude_rules: Collection[str] = (),
        rules_files: Collection[str | os.PathLike[str]] = (),
        min_severity: Severity | str | None = None,
        min_confidence: Confidence | str | None = None,
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
        files = _as_list("rules_files", rules_files, "paths")
        for file in files:
            check_type("rules_files", file, (str, os.PathLike), "a collection of paths")
        threshold = Threshold.of(min_severity, min_confidence)
        limits = limits or Limits()
        if registry is None:
            loads_plugins = rules is None or ids
            registry = (
                PluginRegistry.load(cache_dir=cache_dir, seconds=load_seconds(limits))
                if loads_plugins
                else PluginRegistry(cache_dir=cache_dir)
            )
        if files:
            registry = registry.with_rule_files(files)
        if own:
            registry = registry.with_rules(own)
            ids = [*ids, *registry.plugins[-1].rule_ids]
        chosen = registry.choose(None if rules is None else ids, excluded)
        if not chosen:
            raise InvalidInput("The registry has no rules, so nothing would be looked for.", hint=_NO_RULES_HINT)
        self._registry = registry
        self._setup = Setup(registry, chosen, self._compiled, limits, fingerprint_key, processes, threshold)

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
        with_suppressed: bool = False,
        label: str | None = None,
        suppression: Suppression | None = None,
        exit_code: Callable[[Report], int] | None = None,
        with_lines: bool = False,
    ) -> Report:
        """Read a target to its end and report what was found.

        Args:
            target: A path, the URL of a git repository, or of a scheme that a plugin reads, or a source, which the
                caller closes.
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
            with_suppressed: Whether `Report.suppressed` lists what was found and dropped. Then everything is read, also
                what the scan of `since` has read.
            suppression: What hides findings that somebody has accepted; `Report.allowed` has them. None: nothing does.
            label: What plugins are told that is scanned; None: the path, the URL without credentials, or the name of
                the class of a source.
            exit_code: Returns the exit code that plugins are told of; None: `Report.exit_code`.
            with_lines: Whether `Report.lines` has the lines of the findings.

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
        check_type("suppression", suppression, (Suppression, _NONE), "a Suppression or None")
        scan = Scan(
            self._setup,
            progress,
            accept_unreadable,
            with_suppressed=with_suppressed,
            suppression=suppression,
            with_lines=with_lines,
        )
        if not isinstance(target, (str, os.PathLike)):
            if not hasattr(target, "start"):
                raise InvalidTarget(
                    f"target must be a path, a URL or a source, not {type(target).__name__}.",
                    hint="Use `with open_source(...) as source`." if hasattr(target, "__enter__") else "",
                )
            if scope is not None or url_policy is not None:
                raise InvalidInput("scope and url_policy do not apply to a source, which is already open.")
            run = partial(scan.run, target, since, with_secrets=with_secrets)
            return self._announced(run, target, target, label, since, exit_code)
        if (brought := self._brought(target)) is not None:
            from beca_core.scanning.plugin_reading import refuse_options

            refuse_options(brought.target, [("scope", scope is not None), ("url_policy", url_policy is not None)])
            run = partial(scan.run, brought, since, with_secrets=with_secrets)
            return self._announced(run, target, brought, label, since, exit_code)
        from beca_core.sources.target import open_source

        with open_source(
            target,
            scope=scope,
            limits=self._setup.limits,
            url_policy=url_policy,
            progress=progress,
            reads_all=since is None or with_suppressed,
        ) as source:
            run = partial(scan.run, source, since, with_secrets=with_secrets)
            return self._announced(run, target, source, label, since, exit_code)

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
        if progress is not None and not callable(progress):
            raise InvalidInput(f"progress must be a function or None, not {type(progress).__name__}.")
        return Scan(self._setup, progress).run(TextSource(bytes(data), name), None, with_secrets=True)

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

    def _brought(self, target: str | os.PathLike[str]) -> BroughtTexts | None:
        """Return the source of a target that a plugin reads, or None."""
        if not any(plugin.sources for plugin in self._registry.plugins):
            return None  # as most
        from beca_core.scanning.plugin_reading import brought_texts

        return brought_texts(self._registry.plugins, os.fsdecode(target))

    def _announced(
        self,
        run: Callable[[], Report],
        target: str | os.PathLike[str] | Source,
        source: Source,
        label: str | None,
        since: State | None,
        exit_code: Callable[[Report], int] | None,
    ) -> Report:
        """Run a scan of which plugins hear."""
        plugins = self._registry.plugins
        if not any(plugin.listeners for plugin in plugins):
            return run()  # as most
        from beca_core.plugins.contributions.notices import ScanStarted
        from beca_core.scanning.announcing import announced, call_seconds, shown_target

        if label is None:
            label = shown_target(target) if isinstance(target, (str, os.PathLike)) else type(target).__name__
        begins = ScanStarted(label, source.scope.value, tuple(self.rules), since is not None)
        seconds = call_seconds(self._setup.limits.plugin_seconds, self._setup.limits.scan_seconds)
        return announced(run, begins, plugins, seconds=seconds, exit_code=exit_code)

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
