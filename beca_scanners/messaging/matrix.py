"""Matrix: the tokens of the servers Synapse and Matrix Authentication Service, which a checksum distinguishes.

A token of Synapse is `syt_`, the local part of the user's name in base 64, 20 letters, and the CRC-32 of all before the
last `_` in base 62. A token of Matrix Authentication Service is a prefix (`mat_` access, `mar_` refresh, `mct_` and
`mcr_` for clients of the older API), 30 letters and digits, and the CRC-32 of all before the last `_`, whose digits in
base 62 are written in reverse order. Sources: https://github.com/element-hq/synapse,
`synapse/handlers/auth.py`; https://github.com/element-hq/matrix-authentication-service,
`crates/data-model/src/tokens.rs`.
"""

from __future__ import annotations

import string
import zlib
from typing import TYPE_CHECKING, Final

from beca_core import Confidence, CounterExample, Dropped, Example, Rule, Severity, Step, random_text
from beca_core.checks import Checksum, Custom

if TYPE_CHECKING:
    from beca_core import Candidate

_BASE62: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_DIGITS: Final = 6
_REMEDIATION: Final = "Sign out the session of the token, in the account settings or with the client API's logout."
_REFERENCES: Final = (
    "https://spec.matrix.org/latest/client-server-api/#client-authentication",
    "https://element-hq.github.io/synapse/latest/admin_api/user_admin_api.html",
)


def digits_of(number: int) -> str:
    """Return the digits of a number in base 62, the last one first, with zeros before if they are fewer than six."""
    written = ""
    while number:
        number, digit = divmod(number, len(_BASE62))
        written += _BASE62[digit]
    return written.rjust(_DIGITS, "0")


def checked(base: str) -> str:
    """Return a token of Matrix Authentication Service with its checksum.

    Args:
        base: What the checksum covers: prefix, `_` and random part.
    """
    return f"{base}_{digits_of(zlib.crc32(base.encode()))}"


def _judge(candidate: Candidate) -> Candidate | Dropped:
    base, _, _checksum = candidate.secret.decode().rpartition("_")
    return candidate if checked(base).encode() == candidate.secret else Dropped("its checksum is wrong")


_SYNAPSE: Final = Checksum(of="base", in_group="crc", algorithm="crc32", encoding="base62", digits=_DIGITS)


def _synapse(prefix: str, user: str, seed: str) -> str:
    base = f"{prefix}{user}_{random_text(string.ascii_letters, 20, seed)}"
    return f"{base}_{_SYNAPSE.checksum_of(base)}"


_TOKENS: Final = _synapse("syt_", "YWxpY2U", "one"), _synapse("syt_", "Ym9iLmJ1aWxkZXI", "two")
_SERVICE: Final = tuple(
    checked(f"{prefix}_{random_text(_BASE62, 30, prefix)}") for prefix in ("mat", "mar", "mct", "mcr")
)

RULES: Final = (
    Rule(
        id="matrix-access-token",
        version=1,
        description="Matrix access token of a Synapse server, with a valid checksum",
        severity=Severity.CRITICAL,
        confidence=Confidence.HIGH,
        pattern=r"(?P<secret>(?P<base>sy[tr]_[0-9A-Za-z+/]{1,120}_[A-Za-z]{20})_(?P<crc>[0-9A-Za-z]{6}))",
        boundary="0-9A-Za-z_",
        checks=(_SYNAPSE,),
        supersedes=("secret-key", "generic-*"),
        provider="Matrix",
        category="messaging",
        examples=(
            Example(f'access_token: "{_TOKENS[0]}"', _TOKENS[0]),
            Example(f"curl -H 'Authorization: Bearer {_TOKENS[1]}'", _TOKENS[1]),
            *(Example(token, token) for token in [_synapse("syr_", "YWxpY2U", "three")]),
        ),
        counter_examples=(
            CounterExample(_TOKENS[0][:-6] + "000000", step=Step.CHECK, check="checksum"),
            CounterExample(_TOKENS[0] + "0", step=Step.BOUNDARY),
        ),
        references=_REFERENCES,
        remediation=_REMEDIATION,
    ),
    Rule(
        id="matrix-authentication-service-token",
        version=1,
        description="Matrix access or refresh token of Matrix Authentication Service, with a valid checksum",
        severity=Severity.CRITICAL,
        confidence=Confidence.HIGH,
        pattern=r"(?P<secret>m(?:at|ar|ct|cr)_[0-9A-Za-z]{30}_[0-9A-Za-z]{6})",
        boundary="0-9A-Za-z_",
        checks=(Custom("matrix-checksum", _judge),),
        supersedes=("secret-key", "generic-*"),
        provider="Matrix",
        category="messaging",
        examples=(
            Example(f"token = '{_SERVICE[0]}'", _SERVICE[0]),
            Example(f'"refresh_token": "{_SERVICE[1]}"', _SERVICE[1]),
            *(Example(token, token) for token in _SERVICE[2:]),
        ),
        counter_examples=(
            CounterExample(_SERVICE[0][:-6] + "000000", step=Step.CHECK, check="matrix-checksum"),
            CounterExample(_SERVICE[0] + "0", step=Step.BOUNDARY),
        ),
        references=(*_REFERENCES, "https://element-hq.github.io/matrix-authentication-service/"),
        remediation=_REMEDIATION,
    ),
)
