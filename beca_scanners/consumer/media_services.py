"""Music, films, streams, news and books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import base36, base62, base64url, digits, either, hexadecimal
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "Spotify",
        "media",
        "https://developer.spotify.com/documentation/web-api/concepts/apps",
        "spotify-client-secret",
        "client secret",
        hexadecimal(32),
        words=("spotify", "spotipy"),
        said=("secret",),
    ),
    single(
        "Spotify",
        "media",
        "https://developer.spotify.com/documentation/web-api/concepts/access-token",
        "spotify-access-token",
        "access token or refresh token",
        either("BQ", "AQ"),
        base64url(100, 300),
        words="spotify",
    ),
    single(
        "Spotify",
        "media",
        "https://support.spotify.com/",
        "spotify-session-cookie",
        "session cookie of a user",
        "AQ",
        base64url(120, 260),
        words=("sp_dc", "sp_key"),
        said=(),
    ),
    single(
        "Twitch",
        "media",
        "https://dev.twitch.tv/docs/authentication/",
        "twitch-access-token",
        "OAuth token for chat",
        "oauth:",
        base36(30),
    ),
    single(
        "Twitch",
        "media",
        "https://dev.twitch.tv/docs/authentication/",
        "twitch-client-secret",
        "client secret or access token",
        base36(30),
        words="twitch",
        said=("secret", "token", "oauth", "pass"),
    ),
    single(
        "Twitch",
        "media",
        "https://help.twitch.tv/s/article/twitch-stream-key-faq",
        "twitch-stream-key",
        "stream key",
        "live_",
        digits(6, 12),
        "_",
        base62(28, 36),
    ),
    single(
        "TMDB",
        "media",
        "https://developer.themoviedb.org/docs/authentication-application",
        "tmdb-api-key",
        "API key",
        hexadecimal(32),
        words=("tmdb", "themoviedb", "moviedb"),
        severity=Severity.MEDIUM,
    ),
)
