"""The settings of a scan, read only if there are any, because importing pydantic takes a quarter of a second."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.cli.standard_streams import remark
from beca_core.cli.used_settings import settings_variables, used_settings
from beca_core.findings import DEFAULT_FINGERPRINT_KEY
from beca_core.sources.limits import Limits, UrlPolicy
from beca_core.system.user_dirs import config_file, default_cache_dir

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core.plugins.registry import PluginRegistry
    from beca_core.system.settings import Settings

_SCAN_SECONDS: Final = 3600.0


class ScanSettings(NamedTuple):
    """The part of `beca_core.system.settings.Settings` that a scan uses.

    Args:
        limits: Bounds of the scan.
        url_policy: Which URLs may be fetched.
        disabled_plugins: Names of plugins that are not loaded.
        fingerprint_key: Key of the findings' fingerprints.
        processes: Number of processes that read, or None for as many as the machine allows.
        cache_dir: Where compiled rules are cached.
    """

    limits: Limits
    url_policy: UrlPolicy
    disabled_plugins: frozenset[str]
    fingerprint_key: bytes
    processes: int | None
    cache_dir: Path

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
        max_findings=settings.max_findings,
        plugin_seconds=settings.plugin_seconds,
    )


def _anything_is_set() -> bool:
    return bool(settings_variables()) or bool(os.environ.get("BECA_CONFIG")) or config_file().exists()


def _disabled_plugins() -> frozenset[str]:
    if not _anything_is_set():
        return frozenset()
    with used_settings() as settings:
        return settings.disabled_plugins


def installed_plugins() -> PluginRegistry:
    """Load all plugins that the settings do not disable."""
    from beca_core.plugins.registry import PluginRegistry

    return PluginRegistry.load(disabled=_disabled_plugins())


def load_registry() -> PluginRegistry:
    """Load all plugins that the settings do not disable, and warn on stderr if they have problems."""
    registry = installed_plugins()
    if registry.problems:
        remark("Some plugins have problems; `beca plugins list` shows them.")
    return registry
