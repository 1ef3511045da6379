"""What a scan takes from the settings, read only where there are any: reading them costs a quarter of a second."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from beca_core.findings import DEFAULT_FINGERPRINT_KEY
from beca_core.sources import Limits
from beca_core.sources.git.policy import UrlPolicy
from beca_core.user_dirs import config_file


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """The part of `beca_core.settings.Settings` that a scan obeys, with the same defaults.

    Args:
        limits: Bounds of the scan.
        url_policy: Which URLs may be fetched.
        disabled_plugins: Names of plugins that are not loaded.
        fingerprint_key: Key of the findings' fingerprints.
    """

    limits: Limits = field(default_factory=Limits)
    url_policy: UrlPolicy = field(default_factory=UrlPolicy)
    disabled_plugins: frozenset[str] = frozenset()
    fingerprint_key: bytes = DEFAULT_FINGERPRINT_KEY

    @classmethod
    def load(cls) -> ScanSettings:
        """Read the environment and the settings file.

        Raises:
            InvalidSettings: Naming each wrong setting.
        """
        return cls.from_all_settings() if _anything_is_set() else cls()

    @classmethod
    def from_all_settings(cls) -> ScanSettings:
        """Read all settings, whether there are any or not."""
        from beca_core.settings import Settings

        settings = Settings.load()
        return cls(
            limits=Limits(
                max_blob_bytes=settings.max_blob_bytes,
                fetch_seconds=settings.scan_seconds,
                fetch_bytes=settings.max_fetch_bytes,
            ),
            url_policy=UrlPolicy(settings.allowed_schemes, settings.allow_private_hosts),
            disabled_plugins=settings.disabled_plugins,
            fingerprint_key=settings.fingerprint_key.get_secret_value().encode() or DEFAULT_FINGERPRINT_KEY,
        )


def _anything_is_set() -> bool:
    names = {name.upper() for name in os.environ} - {"BECA_DEBUG"}
    return any(name.startswith("BECA_") for name in names) or config_file().exists()
