"""`UrlPolicy`: which remote repositories may be fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from beca_core.errors import InvalidSettings

DEFAULT_PORTS: Final = {"https": 443, "http": 80, "ssh": 22, "git": 9418}
SCHEMES: Final = (*DEFAULT_PORTS, "file")
"""Every scheme that can be allowed."""


@dataclass(frozen=True, slots=True)
class UrlPolicy:
    """Which URLs may be fetched.

    Args:
        allowed_schemes: Some of `SCHEMES`.
        allow_private_hosts: Whether hosts on loopback, private and other special networks are allowed.

    Raises:
        InvalidSettings: If a scheme is not one of `SCHEMES`.
    """

    allowed_schemes: frozenset[str] = frozenset({"https"})
    allow_private_hosts: bool = False

    def __post_init__(self) -> None:
        if not self.allowed_schemes <= set(SCHEMES):
            raise InvalidSettings(
                "The allowed URL schemes name one that BECA cannot fetch.",
                hint=f"BECA_ALLOWED_SCHEMES takes some of {', '.join(SCHEMES)}.",
            )
