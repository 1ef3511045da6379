"""Games, and what is built around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import base62, digits, either, run, uuid
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "Steam",
        "games",
        "https://partner.steamgames.com/doc/webapi_overview/auth",
        "steam-web-api-key",
        "Web API key",
        run("0-9A-F", 32),
        words="steam",
    ),
    single(
        "Steam",
        "games",
        "https://partner.steamgames.com/doc/webapi_overview/auth",
        "steam-web-api-key-in-url",
        "Web API key in a URL",
        "api.steampowered.com/",
        run("A-Za-z_0-9/", 5, 80),
        "?key=",
        run("0-9A-F", 32),
    ),
    single(
        "Riot Games",
        "games",
        "https://developer.riotgames.com/docs/portal",
        "riot-games-api-key",
        "API key",
        "RGAPI-",
        *uuid(),
        severity=Severity.MEDIUM,
    ),
    single(
        "Lichess",
        "games",
        "https://lichess.org/api#section/Introduction/Authentication",
        "lichess-access-token",
        "personal access token",
        "lip_",
        base62(20, 40),
    ),
    single(
        "Lichess",
        "games",
        "https://lichess.org/api#section/Introduction/Authentication",
        "lichess-oauth-token",
        "OAuth access token",
        "lio_",
        base62(20, 40),
    ),
    single(
        "Oculus",
        "games",
        "https://developers.meta.com/horizon/documentation/unity/ps-s2s-basics/",
        "oculus-access-token",
        "access token of an application",
        "OC|",
        digits(10, 20),
        "|",
        base62(20, 64),
    ),
    single(
        "Roblox",
        "games",
        "https://create.roblox.com/docs/cloud/auth/api-keys",
        "roblox-session-cookie",
        "session cookie of a user",
        "_|WARNING:-DO-NOT-SHARE-THIS.--Sharing-this-will-allow-someone-to-log-in-as-you-and-to-steal-your-ROBUX-and-items.|_",
        run("0-9A-Za-z_.-", 100, 1000),
        severity=Severity.CRITICAL,
    ),
    single(
        "Modrinth",
        "games",
        "https://docs.modrinth.com/api/",
        "modrinth-access-token",
        "personal access token or session",
        either("mrp_", "mra_"),
        base62(60),
    ),
)
