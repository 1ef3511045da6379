"""Pictures and videos: collections, hosting and conversion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import base62, base64, base64url
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "Unsplash",
        "media",
        "https://unsplash.com/documentation#authorization",
        "unsplash-access-key",
        "access key or secret key",
        base64url(43),
        words="unsplash",
        severity=Severity.MEDIUM,
    ),
    single(
        "Giphy",
        "media",
        "https://developers.giphy.com/docs/api/",
        "giphy-api-key",
        "API key",
        base62(32),
        words="giphy",
        severity=Severity.MEDIUM,
    ),
    single(
        "Shutterstock",
        "media",
        "https://api-reference.shutterstock.com/#authentication",
        "shutterstock-access-token",
        "access token",
        "v2/",
        base64(200, 800),
    ),
)
