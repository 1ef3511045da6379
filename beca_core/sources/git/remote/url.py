"""URLs of remote repositories: which are valid, which are allowed, and their canonical form.

Nothing here uses the network. No message repeats the URL, since it may hold a password.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from beca_core.errors import ForbiddenUrl, InvalidTarget
from beca_core.sources.git.remote.hosts import canonical_host, refuse_private
from beca_core.sources.limits import DEFAULT_PORTS, SCHEMES

if TYPE_CHECKING:
    from beca_core.sources.limits import UrlPolicy

_MAX_LENGTH: Final = 2048
_HINT: Final = "Write it as https://HOST/PATH."
_PARTS: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/]*)(?P<path>.*)")
_TRANSPORT_HELPER: Final = re.compile(r"[^/:\[]*::")
_SSH_USER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
_PORT: Final = re.compile(r"[0-9]{1,5}")
_PATH_CHARACTERS: Final = "/%:@!$&'()*+,;=~"
_UNENCODED: Final = re.compile(r'["<>\\^`{|}?#]')
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})|%[01][0-9A-Fa-f]|%7[Ff]")
_DOT_SEGMENT: Final = re.compile(r"/(\.|%2[Ee]){1,2}(?=/|$)")


@dataclass(frozen=True, slots=True)
class RemoteUrl:
    """The parts of a URL that passed all checks; `str` returns its canonical form.

    Args:
        scheme: One of `SCHEMES`.
        user: Login name, for ssh only, or an empty string.
        host: Canonical, IPv6 in brackets; empty for files.
        port: TCP port; 0 for files.
        path: Begins with a slash and does not end with one.
    """

    scheme: str
    user: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        port = "" if self.port == DEFAULT_PORTS.get(self.scheme, 0) else f":{self.port}"
        return f"{self.scheme}://{user}{self.host}{port}{self.path}"


def canonical_url(url: str, policy: UrlPolicy) -> str:
    """Return the canonical form of a repository's URL, so that a repository is not known by several URLs.

    Scheme and host are lower-case ASCII, a default port and trailing slashes are dropped, and characters that are
    not ASCII are percent-encoded. A canonical form is its own canonical form.

    Raises:
        InvalidTarget: If this is not the URL of a repository that BECA can fetch.
        ForbiddenUrl: If the policy does not allow its scheme or host.
    """
    return str(parse_url(url, policy))


def parse_url(url: str, policy: UrlPolicy) -> RemoteUrl:
    """Parse a repository's URL; see `canonical_url`."""
    parts = _PARTS.fullmatch(_checked_text(url))
    if parts is None:
        raise InvalidTarget("The URL does not have the form SCHEME://HOST/PATH.", hint=_HINT)
    scheme = _scheme(parts["scheme"].lower(), policy)
    user, host, port = _authority(scheme, parts["authority"])
    refuse_private(host, policy)
    return RemoteUrl(scheme, user, host, port, _path(parts["path"]))


def _checked_text(url: str) -> str:
    if not url:
        raise InvalidTarget("The URL is empty.", hint=_HINT)
    if len(url) > _MAX_LENGTH:
        raise InvalidTarget(f"The URL is longer than {_MAX_LENGTH} characters.")
    if not url.isprintable() or any(map(str.isspace, url)):
        raise InvalidTarget("The URL has blanks or control characters in it.", hint="Write a blank in a path as %20.")
    if url.startswith("-"):
        raise InvalidTarget("The URL begins with a dash, like an option of git.", hint=_HINT)
    if _TRANSPORT_HELPER.match(url):
        raise InvalidTarget("Transport helpers of git (NAME::ADDRESS) are not allowed.", hint=_HINT)
    if "://" not in url and ":" in url:
        raise InvalidTarget(
            "Addresses in the form USER@HOST:PATH are not supported.", hint="Write it as ssh://USER@HOST/PATH."
        )
    return url


def _scheme(scheme: str, policy: UrlPolicy) -> str:
    if scheme not in SCHEMES:
        raise InvalidTarget("The URL's scheme is unknown.", hint=f"BECA can fetch {', '.join(SCHEMES)}.")
    if scheme not in policy.allowed_schemes:
        allowed = ", ".join(sorted(policy.allowed_schemes)) or "none"
        raise ForbiddenUrl(
            f"URLs with the scheme {scheme} are not allowed here.",
            hint=f"Allowed: {allowed}; BECA_ALLOWED_SCHEMES changes that.",
        )
    return scheme


def _authority(scheme: str, authority: str) -> tuple[str, str, int]:
    if scheme == "file":
        if authority.lower() not in ("", "localhost"):
            raise InvalidTarget("A file URL cannot name a host.", hint="Write it as file:///PATH.")
        return "", "", 0
    login, at, address = authority.rpartition("@")
    host, port = _split_port(address)
    if not host:
        raise InvalidTarget("The URL has no host.", hint=_HINT)
    return _user(scheme, login) if at else "", canonical_host(host), _port(port, scheme)


def _user(scheme: str, login: str) -> str:
    if scheme != "ssh":
        raise InvalidTarget("The URL has a user name or password in it.", hint="Leave out everything before the @.")
    if not _SSH_USER.fullmatch(login):
        raise InvalidTarget(
            "The URL has a password or an invalid user name in it.", hint="Write it as ssh://USER@HOST/PATH."
        )
    return login


def _split_port(address: str) -> tuple[str, str | None]:
    host, colon, port = address.rpartition(":")
    if not colon or address.endswith("]"):
        return address, None
    return host, port


def _port(text: str | None, scheme: str) -> int:
    if text is None:
        return DEFAULT_PORTS[scheme]
    if not _PORT.fullmatch(text) or not 0 < int(text) <= 65535:
        raise InvalidTarget("The URL's port is not a number from 1 to 65535.")
    return int(text)


def _path(path: str) -> str:
    if _UNENCODED.search(path):
        raise InvalidTarget(
            "The URL has a query, a fragment or a character that must be percent-encoded.",
            hint="Give the URL that git clone takes.",
        )
    if _BAD_ESCAPE.search(path) or _DOT_SEGMENT.search(path):
        raise InvalidTarget(
            "The URL's path has dot segments, control characters or broken percent-encoding in it.",
            hint="Give the URL that git clone takes.",
        )
    trimmed = path.rstrip("/")
    if not trimmed:
        raise InvalidTarget("The URL does not name a repository: its path is empty.", hint=_HINT)
    return _ESCAPE.sub(lambda escape: escape[0].upper(), quote(trimmed, safe=_PATH_CHARACTERS))
