"""The settings of a scan, read only if there are any, because importing pydantic takes a quarter of a second."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.cli.framework.standard_streams import remark
from beca_core.cli.framework.used_settings import settings_variables, used_settings
from beca_core.errors import InvalidInput
from beca_core.findings import DEFAULT_FINGERPRINT_KEY
from beca_core.rules.rule_selection import RuleChoice
from beca_core.sources.limits import Limits, UrlPolicy
from beca_core.system.user_dirs import config_file, default_cache_dir

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from beca_core.plugins.registry import PluginRegistry
    from beca_core.system.plugin_tables import PluginTables
    from beca_core.system.settings import Settings

_SCAN_SECONDS: Final = 3600.0
_MOST_LISTED: Final = 20
"""How many problems of rule files are named before the result of a command."""


def selectors_in(option: str, given: Sequence[str]) -> tuple[str, ...]:
    """Return the selectors in the values of an option, of which each may be several joined by commas.

    Raises:
        InvalidInput: If there are none.
    """
    found = tuple(filter(None, (selector.strip() for value in given for selector in value.split(","))))
    if not found:
        raise InvalidInput(f"{option} names no rule.", hint="`beca rules list` shows all rules.")
    return found


class ScanSettings(NamedTuple):
    """The part of `beca_core.system.settings.Settings` that a scan uses.

    Args:
        limits: Bounds of the scan.
        url_policy: Which URLs may be fetched.
        disabled_plugins: Names of plugins that are not loaded.
        fingerprint_key: Key of the findings' fingerprints.
        processes: Number of processes that read, or None for as many as the machine allows.
        cache_dir: Where compiled rules are cached.
        plugin_settings: What is set for plugins, by plugin and by setting.
        choice: Which rules take part, and what their findings must reach.
        given: Names of the settings that the user has set.
        former_fingerprint_key: The key before it was rotated; empty: it was not.
    """

    limits: Limits
    url_policy: UrlPolicy
    disabled_plugins: frozenset[str]
    fingerprint_key: bytes
    processes: int | None
    cache_dir: Path
    plugin_settings: PluginTables
    choice: RuleChoice = RuleChoice()
    given: frozenset[str] = frozenset()
    former_fingerprint_key: bytes = b""

    @classmethod
    def load(cls) -> ScanSettings:
        """Read the environment and the settings file.

        Raises:
            InvalidSettings: If settings that a scan uses are wrong; the message names each of them.
        """
        return cls.from_all_settings() if _anything_is_set() else cls.default()

    @classmethod
    def default(cls) -> ScanSettings:
        """Return the defaults of all settings."""
        return cls(
            limits=Limits(scan_seconds=_SCAN_SECONDS),
            url_policy=UrlPolicy(),
            disabled_plugins=frozenset(),
            fingerprint_key=DEFAULT_FINGERPRINT_KEY,
            processes=None,
            cache_dir=default_cache_dir(),
            plugin_settings={},
        )

    @classmethod
    def from_all_settings(cls) -> ScanSettings:
        """Read the environment and the settings file through `Settings`."""
        with used_settings() as settings:
            return cls(
                limits=_limits(settings),
                url_policy=UrlPolicy(settings.allowed_schemes, settings.allow_private_hosts),
                disabled_plugins=settings.disabled_plugins,
                fingerprint_key=settings.fingerprint_key.get_secret_value().encode() or DEFAULT_FINGERPRINT_KEY,
                processes=settings.processes,
                cache_dir=settings.cache_dir or default_cache_dir(),
                plugin_settings=settings.plugin_settings,
                choice=RuleChoice(*settings.rule_choice),
                given=frozenset(settings.model_fields_set),
                former_fingerprint_key=settings.former_fingerprint_key.get_secret_value().encode(),
            )


def _limits(settings: Settings) -> Limits:
    return Limits(
        max_blob_bytes=settings.max_blob_bytes,
        scan_seconds=settings.scan_seconds,
        scan_bytes=settings.max_scan_bytes or Limits().scan_bytes,
        archive_depth=settings.max_archive_depth,
        archive_members=settings.max_archive_members,
        archive_bytes=settings.max_archive_bytes,
        locate_seconds=settings.locate_seconds,
        fetch_seconds=settings.scan_seconds,
        fetch_bytes=settings.max_fetch_bytes,
        min_free_bytes=settings.min_free_bytes,
        max_findings=settings.max_findings,
        plugin_seconds=settings.plugin_seconds,
    )


def _anything_is_set() -> bool:
    return bool(settings_variables()) or bool(os.environ.get("BECA_CONFIG")) or config_file().exists()


def _settings_of_plugins() -> tuple[frozenset[str], tuple[str, ...], PluginTables]:
    """Return the names of disabled plugins, the rule files, and what is set for the other plugins."""
    if not _anything_is_set():
        return frozenset(), (), {}
    with used_settings() as settings:
        return settings.disabled_plugins, tuple(map(str, settings.rules_files)), settings.plugin_settings


def installed_plugins(rules_files: Sequence[str] = ()) -> PluginRegistry:
    """Load all plugins that the settings do not disable, and rule files.

    Args:
        rules_files: Files beside those of the settings.
    """
    from beca_core.plugins.registry import PluginRegistry

    disabled, files, tables = _settings_of_plugins()
    registry = PluginRegistry.load(disabled=disabled, settings=tables)
    remark_on_unused_settings(registry)
    return registry.with_rule_files([*files, *rules_files]) if files or rules_files else registry


def remark_on_unused_settings(registry: PluginRegistry) -> None:
    """Name the plugins for which there are settings and that are not installed."""
    for unused in registry.unused_settings:
        remark(f"Plugin {unused.plugin!r:.80} {unused.message}")


def load_registry(rules_files: Sequence[str] = ()) -> PluginRegistry:
    """Load what `installed_plugins` loads, and warn on stderr if plugins or rule files have problems."""
    registry = installed_plugins(rules_files)
    if registry.problems:
        _remark_on_problems(registry)
    return registry


def _remark_on_problems(registry: PluginRegistry) -> None:
    """Name what is wrong with rule files, and say that something is wrong with plugins."""
    from beca_core.plugins.rule_files.rule_file import READERS
    from beca_core.reports.escaping import printable

    in_files = [each.message for each in registry.problems if each.plugin.endswith(tuple(READERS))]
    for message in in_files[:_MOST_LISTED]:
        remark(printable(message))
    if len(registry.problems) > len(in_files):
        remark("Some plugins have problems; `beca plugins list` shows them.")
