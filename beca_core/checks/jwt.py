"""The check of JSON Web Tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from beca_core.checks.encoded_text import decoded, json_value
from beca_core.checks.inspection import Inspection
from beca_core.rules.candidate import Dropped

if TYPE_CHECKING:
    from beca_core.rules.candidate import Candidate

_SIGNED_PARTS: Final = 3
_ENCRYPTED_PARTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Jwt(Inspection):
    """Require a JSON Web Token: parts in base64url, joined by dots, the first a JSON object with `alg`.

    A signed token has three parts, header, claims and signature (RFC 7515, section 7.1; RFC 7519, section 7.2). With
    `alg` of `none` its signature is empty (RFC 7519, section 6). An encrypted one has five parts, and its header has
    `enc` too (RFC 7516, section 7.1).

    Example::

        Jwt(algorithms=("HS256", "RS256"), claims=("sub",), issuers=("https://login.acme.test/",))

    Args:
        algorithms: Values of `alg`; empty: any.
        allow_none: Whether a token with `alg` of `none`, which is not signed, passes.
        encrypted: Whether an encrypted token passes too; its claims cannot be read.
        claims: Names of claims that it has to have.
        issuers: Beginnings of the claim `iss`, of which it has to have one; empty: any.
        headers: Names of members that its header has to have, such as `kid`.
    """

    name: ClassVar[str] = "jwt"

    algorithms: tuple[str, ...] = ()
    allow_none: bool = False
    encrypted: bool = False
    claims: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        count = text.count(b".") + 1
        if count != _SIGNED_PARTS and not (self.encrypted and count == _ENCRYPTED_PARTS):
            return Dropped("the number of its parts is not that of a JWT", str(count))
        parts = text.split(b".")
        header = _object(parts[0])
        if header is None or not isinstance(header.get("alg"), str):
            return Dropped("its header is not a JSON object with alg")
        if problem := self._header_problem(header):
            return problem
        if count == _ENCRYPTED_PARTS:
            return _encrypted_problem(header, parts)
        return self._claims_problem(parts[1]) or self._signature_problem(header, parts[2])

    def _header_problem(self, header: dict[str, Any]) -> Dropped | None:
        if self.algorithms and header["alg"] not in self.algorithms:
            return Dropped("its algorithm is another one")
        if missing := [name for name in self.headers if name not in header]:
            return Dropped("its header lacks a member", ", ".join(missing))
        return None

    def _claims_problem(self, part: bytes) -> Dropped | None:
        claims = _object(part)
        if claims is None:
            return Dropped("its claims are not a JSON object")
        if missing := [name for name in self.claims if name not in claims]:
            return Dropped("it lacks a claim", ", ".join(missing))
        if self.issuers:
            issuer = claims.get("iss")
            if not isinstance(issuer, str) or not issuer.startswith(self.issuers):
                return Dropped("its issuer is another one")
        return None

    def _signature_problem(self, header: dict[str, Any], part: bytes) -> Dropped | None:
        if header["alg"].lower() == "none":
            return None if self.allow_none else Dropped("it is not signed", "alg is none")
        return None if decoded("base64url", part) else Dropped("its signature is not base64url")


def _encrypted_problem(header: dict[str, Any], parts: list[bytes]) -> Dropped | None:
    if not isinstance(header.get("enc"), str):
        return Dropped("its header has no enc")
    is_whole = all(not part or decoded("base64url", part) is not None for part in parts[1:])
    return None if is_whole and parts[3] else Dropped("a part of it is not base64url")


def _object(part: bytes) -> dict[str, Any] | None:
    content = decoded("base64url", part)
    value = None if content is None else json_value(content)
    return value if isinstance(value, dict) else None
