"""`PreparedScan`: one scan with the options, the settings and the configuration of the repository joined."""

from __future__ import annotations

import gc
import time
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.cli.configuration.config_files import config_paths
from beca_core.cli.framework.standard_streams import remark, standard_input
from beca_core.cli.scans.scan_request import EVENTS, STDIN, TABLE
from beca_core.cli.scans.scan_settings import ScanSettings, remark_on_unused_settings, selectors_in
from beca_core.errors import InvalidInput
from beca_core.rules.candidate import Step
from beca_core.rules.rule_selection import RuleChoice
from beca_core.scanning.suppression.suppression import Suppression
from beca_core.system import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from contextlib import AbstractContextManager

    from beca_core.cli.configuration.repository_config import RepositoryConfig
    from beca_core.cli.scans.progress_display import OnProgress
    from beca_core.cli.scans.scan_request import ScanRequest
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.report import Report, Reporter
    from beca_core.scanning.engine import Engine
    from beca_core.sources.contracts import Source
    from beca_core.sources.limits import Limits
    from beca_core.state.state import State

_NAMED_RULES: Final = 5


class PreparedScan:
    """One scan, of which nothing has been read yet.

    Args:
        request: The options.
        formats: Names of the formats in which its report will be written.

    Attributes:
        config: The configuration of the repository, or the one that the user names; None: there is none.
        request: The options, with what the configuration adds.
        settings: The settings, with what the options and the configuration add.

    Raises:
        InvalidInput: If an option, a setting or the configuration is wrong.
    """

    def __init__(self, request: ScanRequest, formats: Collection[str] = ()) -> None:
        self._began = time.monotonic()
        self._formats = formats
        settings = ScanSettings.load()
        if request.cache_dir is not None:
            settings = settings._replace(cache_dir=request.cache_dir)
        settings = settings._replace(choice=_choice(request, settings))
        self.config = configuration_of(request)
        if self.config is not None:
            from beca_core.cli.configuration.config_effects import configured_request, configured_settings

            request = configured_request(request, self.config)
            settings = configured_settings(settings, self.config)
        self.request = request
        self.settings = settings
        self._limits = _limits(request, settings)
        if is_remote(request):
            self.tools  # noqa: B018 - a wrong option is refused before the fetch

    @cached_property
    def tools(self) -> Tools:
        """The plugins, and the reporters of the formats."""
        began = time.monotonic()
        tools = _tools(self.request, self.settings, self._limits, self._formats)
        self._began += time.monotonic() - began  # loading takes no time of the scan
        return tools

    def reporter(self, name: str) -> Reporter:
        """Return the reporter of one of the formats; a worker's events also have the fingerprints of the key before."""
        settings = self.settings
        if not (self.request.supervised and settings.former_fingerprint_key and name == EVENTS):
            return self.tools.reporters[name]
        from beca_core.cli.scans.former_fingerprints import FormerFingerprints
        from beca_core.reports.json_lines import JsonLinesReporter

        keys = settings.fingerprint_key, settings.former_fingerprint_key
        former = FormerFingerprints(*keys, self.tools.registry.rules)
        return JsonLinesReporter(verbose=self.request.verbose, former_fingerprint=former.of)

    def open(self, notify: OnProgress | None, *, reads_all: bool) -> AbstractContextManager[Source]:
        """Open the target.

        Args:
            notify: Called with the progress of a fetch.
            reads_all: Whether everything will be read.
        """
        tools = self.tools if is_remote(self.request) else None
        return _open(self.request, self.settings, self._limits, notify, tools, reads_all=reads_all)

    def run(
        self,
        source: Source,
        notify: OnProgress | None = None,
        since: State | None = None,
        exit_code: Callable[[Report], int] | None = None,
    ) -> Report:
        """Scan what has been opened, and return the report.

        Args:
            source: What `open` has returned.
            notify: Called with the progress.
            since: The state of an earlier scan.
            exit_code: Returns the exit code that plugins are told of.
        """
        request, tools = self.request, self.tools  # meanwhile git lists the history of an open repository
        suppression = self._suppression(tools.registry)
        engine = self._engine(tools)
        if is_change(request):
            from beca_core.scanning.suppression.before_change import BeforeChange

            before = BeforeChange(engine, source, self.settings.fingerprint_key)
            suppression = replace(suppression, baselines=(*suppression.baselines, before))
        _warn_of_uncovered_rules(engine, tools.registry)
        processes.settle()  # otherwise the collection at exit would visit everything that is loaded
        gc.enable()
        report = engine.scan(
            source,
            progress=notify,
            since=since,
            with_secrets=not request.redact,
            accept_unreadable=request.accept_unreadable,
            with_suppressed=request.show_suppressed,
            label=_label(request, tools.registry),
            suppression=suppression,
            exit_code=exit_code,
            with_lines=TABLE in self._formats,
        )
        if self.config is not None:
            from beca_core.cli.configuration.config_effects import remark_on_thresholds

            remark_on_thresholds(self.config, self.settings.choice, report.coverage.suppressed.get(Step.THRESHOLD, 0))
        return report

    def scan(self) -> Report:
        """Open the target, scan it, and return the report."""
        with self.open(None, reads_all=True) as source:
            return self.run(source)

    def without_baseline(self) -> PreparedScan:
        """Return the same scan, whose findings no baseline knows."""
        self.request = self.request._replace(baseline=None)
        return self

    def _suppression(self, registry: PluginRegistry) -> Suppression:
        if self.request.supervised:
            return Suppression(hides=False)
        suppression = Suppression()
        if self.config is not None:
            from beca_core.cli.configuration.config_effects import suppression_of

            suppression = suppression_of(self.config, registry)
        if self.request.baseline is None:
            return suppression
        from beca_core.scanning.suppression.baseline import Baseline

        baseline = Baseline.load(self.request.baseline, self.settings.fingerprint_key)
        return replace(suppression, baselines=(baseline,))

    def _engine(self, tools: Tools) -> Engine:
        from beca_core.scanning.engine import Engine

        settings, rules = self.settings, self.settings.choice.rules
        if self.config is not None:
            from beca_core.cli.configuration.config_effects import configured_rules

            rules = configured_rules(settings, self.config, tools.registry)
        spent = time.monotonic() - self._began
        return Engine(
            tools.registry,
            rules=rules,
            exclude_rules=settings.choice.excluded,
            min_severity=settings.choice.min_severity,
            min_confidence=settings.choice.min_confidence,
            limits=replace(self._limits, scan_seconds=max(0.0, self._limits.scan_seconds - spent)),
            fingerprint_key=settings.fingerprint_key,
            processes=self.request.processes or settings.processes,
            cache_dir=settings.cache_dir,
        )


def configuration_of(request: ScanRequest) -> RepositoryConfig | None:
    """Return the configuration of a scan; its reader is imported only if there is one. A worker reads none.

    Raises:
        InvalidSettings: If it is wrong.
    """
    if request.config is not None:
        from beca_core.cli.configuration.repository_config import load_config

        return load_config(request.config)
    if not request.repo_config or request.supervised or next(config_paths(request.target), None) is None:
        return None
    from beca_core.cli.configuration.repository_config import find_config

    return find_config(request.target)


def is_change(request: ScanRequest) -> bool:
    """Return whether only a change is scanned, and not everything that there is."""
    return request.staged or request.commits is not None


def is_remote(request: ScanRequest) -> bool:
    """Return whether the target is fetched."""
    return "://" in request.target


def _label(request: ScanRequest, registry: PluginRegistry) -> str | None:
    """Return what plugins are told that is scanned."""
    if request.label is not None or not any(plugin.listeners for plugin in registry.plugins):
        return request.label
    from beca_core.scanning.announcing import shown_target

    return shown_target(request.target)


class Tools(NamedTuple):
    """What plugins bring to a scan.

    Args:
        registry: The plugins.
        reporters: The reporters that are needed, by format.
    """

    registry: PluginRegistry
    reporters: Mapping[str, Reporter]


def _tools(request: ScanRequest, settings: ScanSettings, limits: Limits, formats: Collection[str]) -> Tools:
    """Load the plugins, and choose the rules and the reporters."""
    from beca_core.plugins.registry import PluginRegistry, load_seconds
    from beca_core.reports import choose_reporter

    disabled = settings.disabled_plugins.union(request.disabled_plugins)
    registry = PluginRegistry.load(
        disabled=disabled,
        cache_dir=settings.cache_dir,
        seconds=load_seconds(limits),
        settings=settings.plugin_settings,
        lazily=True,
    )
    remark_on_unused_settings(registry)
    chosen = settings.choice
    if chosen.files:
        registry = registry.with_rule_files(chosen.files)
    if not registry.rules:
        raise InvalidInput("There are no rules to scan with.", hint="`beca plugins list` shows the plugins.")
    registry.choose(chosen.rules, chosen.excluded)
    others, verbose = registry.reporters, request.verbose
    base = _base(request) if TABLE in formats else None
    return Tools(
        registry, {name: choose_reporter(name, others, verbose=verbose, base=base) for name in sorted(formats)}
    )


def _base(request: ScanRequest) -> str | None:
    """Return the directory to which the paths of a report are relative, if they are files of this machine."""
    if request.target == STDIN or is_remote(request):
        return None
    path = Path(request.target).resolve()
    if is_change(request):
        from beca_core.sources.git.layout import enclosing_repository

        path = enclosing_repository(path / "x") or path
    return str(path if path.is_dir() else path.parent)


def _warn_of_uncovered_rules(engine: Engine, registry: PluginRegistry) -> None:
    """Name the rules that take time in every content; the scan is complete all the same."""
    ids = [rule_id for plugin in registry.plugins for rule_id in plugin.uncovered if rule_id in engine.rules]
    if ids:
        more = f" and {len(ids) - _NAMED_RULES:,} more" if len(ids) > _NAMED_RULES else ""
        named = f"{', '.join(ids[:_NAMED_RULES])}{more}"
        remark(f"Warning: tried on every content, which takes time: {named}. `beca plugins list` shows how much.")


def _limits(request: ScanRequest, settings: ScanSettings) -> Limits:
    limits = replace(settings.limits, **request.limits)
    return replace(limits, fetch_seconds=limits.scan_seconds)


def _choice(request: ScanRequest, settings: ScanSettings) -> RuleChoice:
    """Return the choice of the settings with the options: files are added, everything else is replaced."""
    given = settings.choice
    return RuleChoice(
        files=(*given.files, *request.rules_files),
        rules=given.rules if request.rules is None else selectors_in("--rules", request.rules),
        excluded=given.excluded
        if request.excluded_rules is None
        else selectors_in("--exclude-rules", request.excluded_rules),
        min_severity=request.min_severity or given.min_severity,
        min_confidence=request.min_confidence or given.min_confidence,
    )


def _open(
    request: ScanRequest,
    settings: ScanSettings,
    limits: Limits,
    notify: OnProgress | None,
    tools: Tools | None,
    *,
    reads_all: bool,
) -> AbstractContextManager[Source]:
    if is_change(request):
        _refuse_for_changes(request)
        from beca_core.sources.worktree.change_source import open_changes

        return open_changes(request.target, request.commits)
    if tools is not None and any(plugin.sources for plugin in tools.registry.plugins):
        from beca_core.scanning.plugin_reading import brought_texts, refuse_options

        if (brought := brought_texts(tools.registry.plugins, request.target)) is not None:
            options = {"scope": request.scope is not None, "no-worktree": not request.worktree}
            options |= {"respect-gitignore": request.respect_gitignore, "exclude-binary": request.exclude_binary}
            refuse_options(request.target, ((f"--{name}", is_given) for name, is_given in options.items()))
            return closing(brought)
    if request.target != STDIN:
        from beca_core.sources.target import open_source

        return open_source(
            request.target,
            scope=request.scope,
            limits=limits,
            url_policy=settings.url_policy,
            respect_gitignore=request.respect_gitignore,
            exclude_binary=request.exclude_binary,
            worktree=request.worktree,
            progress=notify,
            reads_all=reads_all,
        )
    _refuse_choice_of_files(request)
    from beca_core.sources.texts import StreamSource

    return closing(StreamSource(standard_input()))


def _refuse_for_changes(request: ScanRequest) -> None:
    """Refuse what has no effect on a change."""
    if request.staged and request.commits is not None:
        raise InvalidInput(
            "--staged cannot be combined with --range or --since-commit.", hint="Scan one after the other."
        )
    given = {
        "--scope": request.scope is not None,
        "--state": request.state is not None,
        "--no-worktree": not request.worktree,
        "--respect-gitignore": request.respect_gitignore,
        "--exclude-binary": request.exclude_binary,
    }
    for option, is_given in given.items():
        if is_given:
            raise InvalidInput(
                f"{option} cannot be used with --staged, --range or --since-commit.", hint="Leave it out."
            )


def _refuse_choice_of_files(request: ScanRequest) -> None:
    """Refuse what has no effect on standard input."""
    if request.scope is not None:
        raise InvalidInput("--scope cannot be used with standard input, which has one scope only: text.")
    for name in ("respect_gitignore", "exclude_binary"):
        if getattr(request, name):
            option = f"--{name.replace('_', '-')}"
            raise InvalidInput(f"{option} cannot be used with standard input.", hint="Leave it out.")
