"""The check of URLs with credentials: scheme, user, password and host."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Final

from beca_core.checks.inspection import Inspection
from beca_core.checks.placeholders import Placeholder
from beca_core.rules.candidate import Candidate, Dropped

if TYPE_CHECKING:
    from beca_core.checks.inspection import Choices

_MOST: Final = 4_096
"""How many bytes of a text are read; user, password and host are at the beginning of a URL."""
_SCHEME: Final = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]{0,40}+")
_LOCAL: Final = re.compile(
    rb"localhost|.*\.localhost|.*\.local|localhost\.localdomain|127(?:\.[0-9]{1,3}){3}|0\.0\.0\.0|::1?|0:0:0:0:0:0:0:1"
    rb"|host\.docker\.internal"
)
_DOCUMENTED: Final = re.compile(
    rb"(?:.*\.)?example(?:\.(?:com|org|net))?|.*\.(?:test|invalid|example)|192\.0\.2\.[0-9]{1,3}|198\.51\.100\.[0-9]{1,3}"
    rb"|203\.0\.113\.[0-9]{1,3}|2001:db8:.*"
)
_HOST_WORDS: Final = frozenset(
    b"host hostname server servername address domain domain.com domain.tld yourdomain.com mydomain.com your-domain.com "
    b"host.com hostname.com server.com myserver myhost yourhost foo bar baz foo.com bar.com foo.bar site.com somehost "
    b"company.com mycompany.com ip proxy proxyhost".split()
)
_HOST_DOMAINS: Final = (
    *(b"domain.com", b"domain.tld", b"yourdomain.com", b"mydomain.com", b"your-domain.com"),
    *(b"company.com", b"mycompany.com", b"yourcompany.com"),
)
_USER_WORDS: Final = frozenset(
    b"user username usr login name foo bar u x me you someone somebody youruser myuser".split()
)
_PASSWORD_WORDS: Final = frozenset(
    b"pass password passwd pwd p pw secret token key foo bar baz x y z mypass mypassword yourpassword pass123 "
    b"password123 test guest user username admin root postgres mysql changeme changeit example 123 1234 12345".split()
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class UrlParts(Inspection):
    """Require a URL with a host and perhaps credentials, none of which is a placeholder.

    A URL is `scheme://user:password@host:port/path` (RFC 3986, section 3.2). Names that are reserved for documentation
    (RFC 2606, RFC 6761) and addresses (RFC 5737, RFC 3849) are placeholders.

    Example::

        UrlParts(of="url", schemes=("postgres", "postgresql"), needs=("password",))

    Args:
        schemes: Schemes that are allowed, in lower case; empty: any.
        needs: Which of `user` and `password` it has to have.
        refuse: Placeholders that are refused: `host` (such as `example.com` or `hostname`), `local` (`localhost`,
            `127.0.0.1` and other names of the machine itself), `user` (such as `username`), `password` (such as
            `password` or `xxxx`).
        hosts: Hosts that are allowed, with all below them: `acme.test` allows `db.acme.test`; empty: any.
        not_hosts: Hosts that are not, with all below them.
    """

    name: ClassVar[str] = "url-parts"
    _CHOICES: ClassVar[Choices] = {
        "needs": ("user", "password"),
        "refuse": ("host", "local", "user", "password"),
    }

    schemes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ("password",)
    refuse: tuple[str, ...] = ("host", "local", "password")
    hosts: tuple[str, ...] = ()
    not_hosts: tuple[str, ...] = ()

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        parts = url_parts(text)
        if parts is None:
            return Dropped("it is not a URL")
        scheme, user, password, host = parts
        if self.schemes and scheme.lower().decode("ascii") not in self.schemes:
            return Dropped("its scheme is another one")
        if "password" in self.needs and not password:
            return Dropped("it has no password")
        if "user" in self.needs and not user:
            return Dropped("it has no user")
        return self._host_problem(host.lower().rstrip(b".")) or self._credentials_problem(user, password)

    def _host_problem(self, host: bytes) -> Dropped | None:
        if not host:
            return Dropped("it has no host")
        if self.hosts and not _is_below(host, _lowered_hosts(self.hosts)):
            return Dropped("its host is another one")
        if self.not_hosts and _is_below(host, _lowered_hosts(self.not_hosts)):
            return Dropped("its host is one that is refused")
        if "local" in self.refuse and _LOCAL.fullmatch(host):
            return Dropped("its host is the machine itself")
        is_word = host in _HOST_WORDS or _is_below(host, _HOST_DOMAINS)
        if "host" in self.refuse and (is_word or _DOCUMENTED.fullmatch(host) or _is_placeholder(host)):
            return Dropped("its host is a placeholder")
        return None

    def _credentials_problem(self, user: bytes, password: bytes) -> Dropped | None:
        lower = password.lower()
        if "password" in self.refuse and password:
            if lower in _PASSWORD_WORDS or _is_placeholder(password):
                return Dropped("its password is a placeholder")
            if lower == user.lower():
                return Dropped("its password equals its user")
        if "user" in self.refuse and user and (user.lower() in _USER_WORDS or _is_placeholder(user)):
            return Dropped("its user is a placeholder")
        return None

    def _conflict(self) -> str:
        return "schemes has one in upper case." if any(one != one.lower() for one in self.schemes) else ""


def url_parts(text: bytes) -> tuple[bytes, bytes, bytes, bytes] | None:
    """Return scheme, user, password and host of a URL, or None if it is none; what is missing is empty.

    The last `@` before the path ends the credentials, since passwords are often written without escapes.
    """
    text = text[:_MOST]
    scheme, mark, rest = text.partition(b"://")
    if not mark or not _SCHEME.fullmatch(scheme):
        return None
    authority = re.split(rb"[/?#\s\"'<>]", rest, maxsplit=1)[0]
    if b"@" not in authority and (found := _with_symbols(rest)):
        authority = found
    credentials, at, host = authority.rpartition(b"@")
    user, _, password = credentials.partition(b":") if at else (b"", b"", b"")
    return scheme, user, password, _without_port(host)


def _with_symbols(rest: bytes) -> bytes | None:
    """Return the authority of a URL whose password holds a slash, a question mark or a hash, or a template."""
    found = _SYMBOLS.match(rest)
    return found[0] if found else None


_SYMBOLS: Final = re.compile(rb"[^\s:/?#@\"']*+:[^\s@\"']++@[^\s/?#@\"']++")


def _without_port(host: bytes) -> bytes:
    if host.startswith(b"["):
        return host[1:].partition(b"]")[0]
    first = host.partition(b",")[0]  # MongoDB's URLs have several hosts
    name, colon, port = first.rpartition(b":")
    return name if colon and (port.isdigit() or not port) else first


def _is_below(host: bytes, parents: tuple[bytes, ...]) -> bool:
    return any(host == parent or host.endswith(b"." + parent) for parent in parents)


def _is_placeholder(text: bytes) -> bool:
    return isinstance(_PLACEHOLDER._look(text, _NO_CANDIDATE), Dropped)


@cache
def _lowered_hosts(hosts: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(host.lower().strip(".").encode() for host in hosts)


_PLACEHOLDER: Final = Placeholder()
_NO_CANDIDATE: Final = Candidate(b"", 0, 0, None)  # type: ignore[arg-type]
