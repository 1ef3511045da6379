"""Weather, pictures of the Earth, and places of addresses on the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import base62, either, hexadecimal, run
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "IPinfo",
        "maps",
        "https://ipinfo.io/developers",
        "ipinfo-token",
        "token",
        hexadecimal(14),
        words="ipinfo",
        severity=Severity.MEDIUM,
    ),
    single(
        "ipstack",
        "maps",
        "https://ipstack.com/documentation",
        "ipstack-access-key",
        "access key",
        hexadecimal(32),
        words=("ipstack", "ipapi_access", "ip_stack"),
        severity=Severity.MEDIUM,
    ),
    single(
        "MaxMind",
        "maps",
        "https://support.maxmind.com/hc/en-us/articles/4407111582235",
        "maxmind-license-key",
        "license key",
        base62(6),
        "_",
        base62(29),
        "_mmk",
    ),
    single(
        "MaxMind",
        "maps",
        "https://support.maxmind.com/hc/en-us/articles/4407111582235",
        "maxmind-license-key-of-16-characters",
        "license key of 16 characters",
        base62(16),
        words=("maxmind", "geoip_license", "geoipupdate", "geolite"),
        said=("license", "key"),
    ),
    single(
        "OpenWeather",
        "maps",
        "https://openweathermap.org/appid",
        "openweather-api-key",
        "API key",
        hexadecimal(32),
        words=("openweather", "open_weather", "openweathermap", "owm_api", "owm_key", "weather_api", "weatherapi"),
        severity=Severity.MEDIUM,
    ),
    single(
        "OpenWeather",
        "maps",
        "https://openweathermap.org/appid",
        "openweather-api-key-in-url",
        "API key in a URL",
        "api.openweathermap.org/data/",
        run("0-9A-Za-z./?&=_,%-", 8, 120),
        either("&appid=", "?appid=", "&APPID=", "?APPID="),
        hexadecimal(32),
        severity=Severity.MEDIUM,
    ),
    single(
        "Planet",
        "maps",
        "https://docs.planet.com/develop/authentication/",
        "planet-api-key",
        "API key",
        "PLAK",
        hexadecimal(32),
    ),
)
