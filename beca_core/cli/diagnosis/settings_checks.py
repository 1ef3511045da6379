"""Checks of the settings: their names, who can read them, and who is let in."""

from __future__ import annotations

import ipaddress
import os
from typing import TYPE_CHECKING, Final

from beca_core.cli.diagnosis.condition import Condition, Diagnosis
from beca_core.cli.framework.used_settings import settings_variables
from beca_core.errors import did_you_mean, quoted_path
from beca_core.system.plugin_tables import is_variable_of_plugin
from beca_core.system.settings import variables
from beca_core.system.user_dirs import config_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from beca_core.system.settings import Settings

_REFERENCE: Final = "docs/reference/settings.md lists them."


def check_names(faults: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Check the variables of the environment, and that all values are valid.

    Args:
        faults: What is wrong with settings, by name.
    """
    known = variables()
    unknown = [name for name in settings_variables() if name.upper() not in known and not is_variable_of_plugin(name)]
    for name in sorted(unknown):
        hint = did_you_mean(name.upper(), known, otherwise=_REFERENCE)
        yield Diagnosis("settings", Condition.WEAK, f"There is no setting {name!r:.80}, so it has no effect.", hint)
    for name, fault in faults.items():
        yield Diagnosis(
            "settings", Condition.BROKEN, f"{name} is wrong: {fault}.", "Correct it: nothing starts with it."
        )
    if not unknown and not faults:
        yield Diagnosis("settings", Condition.OK, "All settings are known and valid.")


def check_file() -> Iterator[Diagnosis]:
    """Check who can read and change the settings file."""
    path = config_file()
    try:
        mode = path.stat().st_mode
    except OSError:
        yield Diagnosis("settings file", Condition.OK, "There is none.")
        return
    if mode & 0o022:
        remedy = f"Run: chmod go-w {quoted_path(path)}"
        yield Diagnosis("settings file", Condition.BROKEN, f"Other users can change {quoted_path(path)}.", remedy)
    elif mode & 0o044 and _holds_secrets(path.read_text(encoding="utf-8", errors="replace")):
        remedy = f"Run: chmod 600 {quoted_path(path)}"
        said = f"Other users can read {quoted_path(path)}, which has a password or a key."
        yield Diagnosis("settings file", Condition.BROKEN, said, remedy)
    else:
        yield Diagnosis("settings file", Condition.OK, f"{quoted_path(path)} is safe from other users.")


def check_access(settings: Settings) -> Iterator[Diagnosis]:
    """Check who can reach the server, and what it fetches."""
    is_local = _is_local(settings.host)
    if not settings.require_token:
        health = Condition.WEAK if is_local else Condition.BROKEN
        yield Diagnosis(
            "access",
            health,
            f"Everybody who reaches {settings.host!r:.80} can read all findings.",
            "Unset BECA_REQUIRE_TOKEN.",
        )
    if not is_local:
        yield Diagnosis(
            "access",
            Condition.WEAK,
            f"The server listens on {settings.host!r:.80}, without TLS.",
            "Let a reverse proxy on this machine add TLS, and listen on 127.0.0.1.",
        )
    if "*" in settings.allowed_hosts:
        yield Diagnosis(
            "access",
            Condition.WEAK,
            "Requests for any host name are accepted, so that a web page can reach the server by DNS rebinding.",
            "Name the hosts in BECA_ALLOWED_HOSTS.",
        )
    if settings.allow_private_hosts:
        yield Diagnosis(
            "fetching",
            Condition.WEAK,
            "Who may register repositories can reach services in this network.",
            "Unset BECA_ALLOW_PRIVATE_HOSTS, unless repositories are on private addresses.",
        )
    if risky := settings.allowed_schemes & {"file", "http", "git"}:
        yield Diagnosis(
            "fetching",
            Condition.WEAK,
            f"Repositories may be fetched without protection: {', '.join(sorted(risky))}.",
            "Set BECA_ALLOWED_SCHEMES=https.",
        )
    if proxies := [name for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy") if name in os.environ]:
        yield Diagnosis(
            "fetching",
            Condition.WEAK,
            f"{proxies[0]} is set: the proxy looks up names again, so that only it can refuse private addresses.",
            "Let the proxy refuse addresses of your network.",
        )
    if settings.require_token and is_local and "*" not in settings.allowed_hosts:
        yield Diagnosis("access", Condition.OK, "Only this machine reaches the server, with a token.")


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _holds_secrets(text: str) -> bool:
    names = ("database_url", "broker_url", "fingerprint_key", "former_fingerprint_key", "[plugins")
    return any(line.strip().lower().startswith(names) for line in text.splitlines())
