"""Rules for files that hold credentials, such as `.netrc`, `.npmrc` and the configuration of clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.files import (
    build_tools,
    clients,
    clusters,
    connection_strings,
    connection_urls,
    password_hashes,
    transfer,
)

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    *clients.RULES,
    *transfer.RULES,
    *build_tools.RULES,
    *password_hashes.RULES,
    *clusters.RULES,
    *connection_strings.RULES,
    *connection_urls.RULES,
)
