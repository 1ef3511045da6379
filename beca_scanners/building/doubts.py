"""Checks that doubt a candidate by what surrounds it, or by what is in it: they lower the confidence or drop it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from beca_core.checks import Inspection
from beca_core.checks.encoded_text import decoded, json_value
from beca_core.rules.candidate import Dropped
from beca_core.system.lazy_regexp import lazy

if TYPE_CHECKING:
    from beca_core import Candidate

_AROUND: Final = 120
_EXAMPLE: Final = lazy(rb"example|assert(?<=\bassert)|test_|expect\b|should(?<=\bshould)|fixture|sample|dummy")
"""In small letters. `re` skips to the letters with which it can begin, unless it ignores case or begins with `\\b`."""
_CODE: Final = lazy(rb"[A-Za-z_][\w.]{0,80}[\[(][\"'\w]")
_ADDRESSES: Final = (b"mailto:", b"tel:", b"sms:", b"javascript:", b"data:")
"""What people write after `https://` by mistake; what follows is no password."""
_MOMENT: Final = 600
"""A token that is valid for so many seconds, or fewer, has expired long before anybody reads it in a file."""
_WELL_KNOWN_SUBJECT: Final = "1234567890"
"""The subject in the example of jwt.io, which documentation all over copies; it has no issuer."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class NotInExample(Inspection):
    """Doubt what is on a line that says that it is an example, or that it is a test."""

    name: ClassVar[str] = "not-in-example"

    otherwise: str = "low"

    def _look(self, _text: bytes, candidate: Candidate) -> Dropped | None:
        data, begin = candidate.data, candidate.begin
        before = data[max(0, begin - _AROUND) : begin].rpartition(b"\n")[2].lower()
        after = data[candidate.end : candidate.end + _AROUND].partition(b"\n")[0].lower()
        is_example = _EXAMPLE.search(before) or _EXAMPLE.search(after)
        return Dropped("its line says that it is an example or a test") if is_example else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class NotCode(Inspection):
    """Drop an expression of code, such as `config["password"]` or `read(file)`."""

    name: ClassVar[str] = "not-code"

    def _look(self, _text: bytes, candidate: Candidate) -> Dropped | None:
        return Dropped("it is an expression") if _CODE.match(candidate.data, candidate.begin) else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class LongLived(Inspection):
    """Doubt a JSON Web Token that was valid for minutes only, or that is the example of jwt.io.

    The times are the claims `exp`, `nbf` and `iat` (RFC 7519, section 4.1).
    """

    name: ClassVar[str] = "long-lived"

    otherwise: str = "low"

    def _look(self, text: bytes, _candidate: Candidate) -> Dropped | None:
        claims = json_value(decoded("base64url", text.split(b".")[1]) or b"")
        if not isinstance(claims, dict):
            return None
        begin, end = claims.get("nbf", claims.get("iat")), claims.get("exp")
        if isinstance(begin, int) and isinstance(end, int) and 0 < end - begin <= _MOMENT:
            return Dropped("it was valid for minutes", f"{end - begin} seconds")
        is_example = claims.get("sub") == _WELL_KNOWN_SUBJECT and "iss" not in claims
        return Dropped("it is the example of jwt.io") if is_example else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class NoMailAddress(Inspection):
    """Doubt a URL in which an address for mail or a telephone number is written like a user and a password."""

    name: ClassVar[str] = "no-mail-address"

    otherwise: str = "low"

    def _look(self, text: bytes, _candidate: Candidate) -> Dropped | None:
        is_address = text.partition(b"://")[2].startswith(_ADDRESSES)
        return Dropped("it is an address for mail") if is_address else None
