"""Why a connection to PostgreSQL could not be made, in words that say what to do.

The driver gives no codes for these errors, so their texts are compared; a server that writes another language than
English gets the general message.
"""

from __future__ import annotations

import re
from typing import Final

from beca_core.errors import DatabaseUnavailable

_REASONS: Final = (
    (
        r"password authentication failed|no password supplied|role \"[^\"]*\" does not exist|no pg_hba\.conf entry",
        "The database server refuses the user or the password in DATABASE_URL.",
        "Check both, and whether the server lets this user in from this machine (pg_hba.conf).",
    ),
    (
        r"database \"[^\"]*\" does not exist",
        "The database server has no database with the name in DATABASE_URL.",
        "Create the database, or correct its name.",
    ),
    (
        r"too many clients|remaining connection slots|too many connections",
        "The database server has no connection left.",
        "Try again later, or raise its max_connections.",
    ),
    (
        r"failed to resolve|could not translate|Connection refused|No route to host|timeout expired|unreachable",
        "The database server cannot be reached.",
        "Check that it runs, and that DATABASE_URL has the right host and port.",
    ),
    (
        r"starting up|shutting down|in recovery mode",
        "The database server is starting or stopping.",
        "Try again later.",
    ),
)


def explained(text: str) -> DatabaseUnavailable | None:
    """Return the error that explains why a connection failed, or None if that is not known; it repeats nothing.

    Args:
        text: The driver's error message.
    """
    for pattern, message, hint in _REASONS:
        if re.search(pattern, text):
            return DatabaseUnavailable(message, hint=hint)
    return None
