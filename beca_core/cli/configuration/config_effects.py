"""What a configuration changes in a scan: options and settings of the user outrank it, and nothing vanishes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from beca_core.cli.configuration.configuration_keys import KEYS
from beca_core.cli.framework.standard_streams import remark
from beca_core.rules.allow_entry import AllowEntry
from beca_core.scanning.suppression.suppression import Suppression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.cli.configuration.repository_config import RepositoryConfig
    from beca_core.cli.scans.scan_request import ScanRequest
    from beca_core.cli.scans.scan_settings import ScanSettings
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.rules.rule_selection import RuleChoice

SETTINGS: Final = {
    "max_blob_bytes": "max_blob_bytes",
    "scan_bytes": "max_scan_bytes",
    "archive_bytes": "max_archive_bytes",
    "archive_depth": "max_archive_depth",
    "max_findings": "max_findings",
    "scan_seconds": "scan_seconds",
}
"""The setting for each field of `Limits` that a configuration can set."""


def configured_request(request: ScanRequest, config: RepositoryConfig) -> ScanRequest:
    """Return the options of a scan with what the configuration adds to them.

    Raises:
        InvalidSettings: If the configuration names a file that it must not.
    """
    baseline = request.baseline
    if baseline is None and "baseline" in config.values:
        baseline = config.file("baseline", config.values["baseline"])
    accepted = (*request.accept_unreadable, *config.values.get("accept-unreadable", ()))
    return request._replace(baseline=baseline, accept_unreadable=accepted)


def configured_settings(settings: ScanSettings, config: RepositoryConfig) -> ScanSettings:
    """Return the settings of a scan with what the configuration sets, where the user has set nothing.

    The rules of a trusted configuration are chosen here; those of a repository are hidden, see `suppression_of`.

    Raises:
        InvalidSettings: If the configuration names a file that it must not.
    """
    values, given = config.values, settings.choice
    limits = {
        key.limit: values[name]
        for name, key in KEYS.items()
        if key.limit and name in values and SETTINGS[key.limit] not in settings.given
    }
    files = (str(config.file("rules-files", name)) for name in values.get("rules-files", ()))
    choice = given._replace(
        files=(*given.files, *files),
        min_severity=given.min_severity or values.get("min-severity"),
        min_confidence=given.min_confidence or values.get("min-confidence"),
    )
    if config.trusted:
        choice = choice._replace(
            rules=values.get("rules") if choice.rules is None else choice.rules,
            excluded=choice.excluded or values.get("exclude-rules", ()),
        )
    plugins = {**config.plugins, **settings.plugin_settings}
    return settings._replace(choice=choice, limits=replace(settings.limits, **limits), plugin_settings=plugins)


def remark_on_thresholds(config: RepositoryConfig, choice: RuleChoice, left_out: int) -> None:
    """Say that the configuration of a repository has left findings out, because it asks for worse or surer ones.

    Args:
        config: The configuration.
        choice: The choice of the scan, with what the configuration adds.
        left_out: How many findings do not reach what is asked for.
    """
    keys = {"min-severity": choice.min_severity, "min-confidence": choice.min_confidence}
    used = [key for key, value in keys.items() if value is not None and config.values.get(key) == value]
    if config.trusted or config.path is None or not used or not left_out:
        return
    remark(
        f"{config.path.name} asks for findings of {' and '.join(f'{key} {keys[key]}' for key in used)}: "
        f"{left_out:,} {'is' if left_out == 1 else 'are'} left out. --no-repo-config scans without it."
    )


def configured_rules(
    settings: ScanSettings, config: RepositoryConfig, registry: PluginRegistry
) -> tuple[str, ...] | None:
    """Return the selectors of the rules that take part: a repository can add some, and leave out none."""
    chosen = settings.choice.rules
    if chosen is not None or config.trusted or "rules" not in config.values:
        return chosen
    return (*registry.choose(None, ()), *config.values["rules"])


def suppression_of(config: RepositoryConfig, registry: PluginRegistry) -> Suppression:
    """Return what hides findings: the allow-list, and what a repository wants to leave out; without a baseline."""
    suppression = Suppression(entries=(*config.entries, *_left_out(config, registry)))
    markers = config.values.get("inline-comments")
    return suppression if markers is None else replace(suppression, markers=frozenset(markers))


def _left_out(config: RepositoryConfig, registry: PluginRegistry) -> Iterator[AllowEntry]:
    values = config.values
    if config.path is None:
        return
    name = config.path.name
    if paths := values.get("exclude-paths"):
        yield AllowEntry("the path is excluded", paths=paths, origin=f"{name}, exclude-paths", standing=True)
    if config.trusted:
        return
    if excluded := values.get("exclude-rules"):
        ids = tuple(sorted(registry.select(excluded)))
        yield AllowEntry("the rule is excluded", rules=ids, origin=f"{name}, exclude-rules", standing=True)
    if wanted := values.get("rules"):
        others = tuple(sorted(registry.rules.keys() - registry.select(wanted)))
        if others:
            yield AllowEntry("the rule is not wanted", rules=others, origin=f"{name}, rules", standing=True)
