"""Looks for canaries in texts: as they are, and as the formats write them that BECA and its services use."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from tests.canaries.planted import Planted


def leaked(planted: Planted, *texts: bytes) -> list[str]:
    """Return a preview of each canary that is in one of some texts."""
    return [repr(secret[:4]) for secret in sorted(planted.secrets) if _is_in(secret, texts)]


def forms(secret: bytes) -> set[bytes]:
    """Return the ways in which a secret is written: plain, or in JSON, SQL, URLs, HTML, and as hexadecimal digits."""
    found = {secret, secret.hex().encode(), quote(secret).encode(), quote(secret, safe="").encode()}
    text = secret.decode("utf-8", "replace")
    found |= {json.dumps(text, ensure_ascii=ascii_only)[1:-1].encode() for ascii_only in (True, False)}
    found |= {escape(text).encode(), text.replace("'", "''").encode(), text.replace('"', '""').encode()}
    return found | {form.replace(b"\\", b"\\\\") for form in found}


def _is_in(secret: bytes, texts: tuple[bytes, ...]) -> bool:
    return any(form in text for form in forms(secret) for text in texts)
