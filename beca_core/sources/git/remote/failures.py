"""Why a fetch failed: error messages for the most frequent complaints of git."""

from __future__ import annotations

import re
from typing import Final

from beca_core.errors import DiskFull, FetchFailed, SourceError
from beca_core.sources.git.process import last_error

_CAUSES: Final = (
    (
        r"requested URL returned error: 3\d\d",
        "The server redirects this URL to another one, and redirects are not followed.",
        "Use the URL to which the server redirects.",
    ),
    (
        r"error: 40[13]\b|could not read Username|Authentication failed|Permission denied|access denied",
        "The server does not let BECA read this repository; it may be private, or may not exist.",
        "Only repositories that can be read without a password can be fetched.",
    ),
    (
        r"error: 404|repository '[^']*' not found|not appear to be a git repository|not exported|is this a git repo",
        "There is no git repository at this URL.",
        "Check the URL; the repository may have been moved or deleted.",
    ),
    (
        r"SSL|certificate|TLS",
        "The server's TLS certificate is not valid, or the TLS connection failed.",
        "For a certificate authority of your own, set GIT_SSL_CAINFO to its file.",
    ),
    (
        r"Host key verification failed|REMOTE HOST IDENTIFICATION",
        "The server's SSH host key is not known.",
        "Add it to the known_hosts file of the account that BECA runs under.",
    ),
    (
        r"[Uu]nable to connect|to connect to|Connection (refused|reset|timed out)|unreachable|No route to host",
        "The repository's host does not answer.",
        "Check the URL, and try again later.",
    ),
    (
        r"early EOF|hung up|disconnect|transfer closed|too slow|RPC failed|index-pack failed",
        "The connection was lost while the repository was fetched.",
        "Try again later.",
    ),
    (
        r"dubious ownership",
        "The repository belongs to another user.",
        "Run BECA as the user who owns it.",
    ),
    (
        r"transport '[^']*' not allowed|ssh: not found|cannot run ssh",
        "git on this machine has no program for URLs of this scheme.",
        "Use an https URL.",
    ),
)


_NO_SPACE: Final = re.compile(r"No space left on device|Disk quota exceeded|File too large")


def explain(stderr: str) -> SourceError:
    """Return the error for a fetch that failed; it does not repeat the URL.

    Args:
        stderr: What git wrote to its standard error.
    """
    if _NO_SPACE.search(stderr):
        return no_room()
    for pattern, message, hint in _CAUSES:
        if re.search(pattern, stderr):
            return FetchFailed(message, hint=hint)
    return FetchFailed(f"git could not fetch the repository: {last_error(stderr)}")


def no_room() -> DiskFull:
    """Return the error for a fetch for which the disk has no room."""
    return DiskFull(
        "The disk has no room for this repository.",
        hint="Free disk space, or let BECA use more of it (BECA_MIN_FREE_BYTES, BECA_MIRRORS_BYTES).",
    )
