"""Rules for files that hold credentials, such as `.netrc`, `.npmrc` and the configuration of clusters."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (
    "clients",
    "transfer",
    "build_tools",
    "password_hashes",
    "clusters",
    "connection_strings",
    "connection_urls",
)
"""The modules with rules, in order; each has a tuple `RULES`."""
