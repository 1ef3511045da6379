"""The key of the server's fingerprints: random, created once, and stored beside the database, never in it.

Somebody who has a copy of the database but not the key cannot test guesses of a secret against its fingerprint. Workers
on several machines need the same key: set `BECA_FINGERPRINT_KEY` there.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidSettings

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core.system.settings import Settings

FILE_NAME: Final = "fingerprint.key"
MIN_LENGTH: Final = 32
"""In characters; 16 random bytes in hexadecimal have as many."""


def fingerprint_key(settings: Settings) -> bytes:
    """Return the key from the settings, or else the one in the data directory, which is created if necessary.

    The key is text in UTF-8, so that it can be passed on as `BECA_FINGERPRINT_KEY`.

    Raises:
        InvalidSettings: If the key is too short, or its file cannot be used or is open to other users.
    """
    if configured := settings.fingerprint_key.get_secret_value():
        return _checked(configured, "BECA_FINGERPRINT_KEY")
    path = settings.data_dir / FILE_NAME
    try:
        if not path.exists():
            _create(path)
        return _checked(_read_private(path), f"The content of {path}")
    except OSError as error:
        raise InvalidSettings(
            f"The fingerprint key cannot be stored in {path}: {error.strerror}.",
            hint="Set BECA_DATA_DIR to a directory that BECA may write to, or set BECA_FINGERPRINT_KEY.",
        ) from None


def former_fingerprint_key(settings: Settings) -> bytes | None:
    """Return the key before the latest rotation, if the settings have it.

    Raises:
        InvalidSettings: If it is too short.
    """
    configured = settings.former_fingerprint_key.get_secret_value()
    return _checked(configured, "BECA_FORMER_FINGERPRINT_KEY") if configured else None


def _create(path: Path) -> None:
    """Create the file and its content in one step; if several processes try, one succeeds."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _read_private(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise InvalidSettings(
                f"The fingerprint key {path} is open to other users.",
                hint="If nobody else has read it, run chmod 600 on it; otherwise delete it, and fingerprints change.",
            )
        return file.read().strip()


def _checked(key: str, what: str) -> bytes:
    if len(key) < MIN_LENGTH:
        raise InvalidSettings(f"{what} is too short to be a key.", hint=f"Use at least {MIN_LENGTH} characters.")
    return key.encode()
