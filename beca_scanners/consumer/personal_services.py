"""Services for one's own time, tasks and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.building import base62, uuid
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "WakaTime",
        "business",
        "https://wakatime.com/developers#authentication",
        "wakatime-api-key",
        "API key",
        "waka_",
        *uuid(),
    ),
    single(
        "WakaTime",
        "business",
        "https://wakatime.com/developers#authentication",
        "wakatime-app-secret",
        "secret of an application",
        "waka_sec_",
        base62(40, 100),
    ),
    single(
        "WakaTime",
        "business",
        "https://wakatime.com/developers#authentication",
        "wakatime-access-token",
        "OAuth access token",
        "waka_tok_",
        base62(40, 100),
    ),
    single(
        "WakaTime",
        "business",
        "https://wakatime.com/developers#authentication",
        "wakatime-refresh-token",
        "OAuth refresh token",
        "waka_ref_",
        base62(40, 100),
    ),
)
