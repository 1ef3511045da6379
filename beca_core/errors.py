"""Every error that BECA raises on purpose, drawn as a tree.

::

    error                        exit  HTTP  raised when

    BecaError                      2    500   no other class fits
    ├── InvalidInput               2    422   a value that a caller passed cannot be used
    │   ├── InvalidTarget          2    422   the target is not a path, URL or text that BECA can read
    │   │   └── ForbiddenUrl       2    422   a URL is well formed, but the settings do not allow it
    │   ├── InvalidRule            2    422   a rule or scanner breaks the contract of `beca_core.rules.rule`
    │   └── InvalidSettings        2    500   an environment variable or the settings file has a wrong value
    ├── SourceError                2    502   a target was accepted, but could not be read
    │   ├── FetchFailed            2    502   git could not fetch a remote repository
    │   ├── DiskFull               2    507   the disk has no room for what has to be read
    │   └── DeadlineExceeded       2    504   reading or scanning took longer than allowed
    ├── NotFound                   2    404   no record has that id
    ├── Conflict                   2    409   a record with the same natural key exists
    ├── PreconditionFailed         2    412   the record changed since the caller read it
    ├── TooManyRequests            2    429   too many requests of the same kind wait already
    ├── PluginFailed               2    500   code of a plugin raised, ended its process or did not answer
    ├── MissingExtra               2    500   an optional part of BECA is not installed
    ├── DatabaseUnavailable        2    503   the database does not answer
    └── SchemaMismatch             2    503   the database schema is older or newer than this BECA

Each class has the exit code of the command line, the status of the REST API and a short `code` for programs. Messages
name the path, option, rule or plugin that they are about. They never repeat input that could hold a secret.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_QUOTED_PATH: Final = 80


class BecaError(Exception):
    """Base class of every error that BECA raises on purpose.

    Args:
        message: What happened, as one sentence for a person.
        hint: What to do about it, or an empty string.

    Attributes:
        exit_code: The exit code of the command line.
        http_status: The status of the REST API.
        code: A short name of the class that programs can match on; it does not change.
    """

    exit_code: ClassVar[int] = 2
    http_status: ClassVar[int] = 500
    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class InvalidInput(BecaError):
    """Raised when a value that a caller passed cannot be used.

    Args:
        message: What is wrong with the value; a value that could hold a secret is not repeated.
        hint: What a right value looks like.
        pointer: JSON pointer to the wrong member of a request body (RFC 6901), or an empty string.
    """

    http_status = 422
    code = "invalid-input"

    def __init__(self, message: str, *, hint: str = "", pointer: str = "") -> None:
        super().__init__(message, hint=hint)
        self.pointer = pointer


class InvalidTarget(InvalidInput):
    """Raised when the target is not a path, URL or text that BECA can read."""

    code = "invalid-target"


class ForbiddenUrl(InvalidTarget):
    """Raised when a URL is well formed, but its scheme or host is not allowed by the settings."""

    code = "forbidden-url"


class InvalidRule(InvalidInput):
    """Raised when a rule or scanner breaks the contract of `beca_core.rules.rule`; names the rule and the reason."""

    code = "invalid-rule"


class InvalidSettings(InvalidInput):
    """Raised when an environment variable or the settings file has a wrong value."""

    http_status = 500
    code = "invalid-settings"


class SourceError(BecaError):
    """Raised when a target was accepted, but could not be read."""

    http_status = 502
    code = "source-unreadable"


class FetchFailed(SourceError):
    """Raised when git could not fetch a remote repository."""

    code = "fetch-failed"


class DiskFull(SourceError):
    """Raised when the disk has no room for a repository that has to be fetched."""

    http_status = 507
    code = "disk-full"


class DeadlineExceeded(SourceError):
    """Raised when reading or scanning took longer than its deadline."""

    http_status = 504
    code = "deadline-exceeded"


class NotFound(BecaError):
    """Raised when no record has that id."""

    http_status = 404
    code = "not-found"


class Conflict(BecaError):
    """Raised when a record with the same natural key exists already."""

    http_status = 409
    code = "conflict"


class PreconditionFailed(BecaError):
    """Raised when the record changed since the caller read it (If-Match does not hold)."""

    http_status = 412
    code = "precondition-failed"


class TooManyRequests(BecaError):
    """Raised when too many requests of the same kind wait already."""

    http_status = 429
    code = "too-many-requests"


class PluginFailed(BecaError):
    """Raised when code of an installed plugin, which runs in a process of its own, gives no result.

    A scan does not raise it: the coverage names the plugin.

    Args:
        event: What happened, such as "raised ValueError" or "did not answer within 5 s"; without any scanned data.
    """

    code = "plugin-failed"

    def __init__(self, event: str) -> None:
        super().__init__(f"Code of a plugin {event}.")
        self.event = event


class MissingExtra(BecaError):
    """Raised when an optional part of BECA is not installed.

    Args:
        what: The feature that was asked for, such as "beca serve".
        extra: The name of the extra that contains it.
    """

    code = "missing-extra"

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the extra '{extra}'.", hint=f"Install it: pip install 'beca[{extra}]'")
        self.extra = extra


class DatabaseUnavailable(BecaError):
    """Raised when the database does not answer."""

    http_status = 503
    code = "database-unavailable"


class SchemaMismatch(BecaError):
    """Raised when the database schema is older or newer than this version of BECA."""

    http_status = 503
    code = "schema-mismatch"


def check_type(name: str, value: object, kinds: type | tuple[type, ...], expected: str, *, hint: str = "") -> None:
    """Refuse an argument of a wrong type by its name; its value may hold a secret and is not repeated.

    Args:
        name: The argument.
        value: What was passed.
        kinds: The types that it may have.
        expected: These types in words.
        hint: What to do instead.

    Raises:
        InvalidInput: If it has none of these types.
    """
    if not isinstance(value, kinds):
        raise InvalidInput(f"{name} must be {expected}, not {type(value).__name__}.", hint=hint)


def quoted_path(path: str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> str:
    """Return a path for a message: printable, in quotes, and of a long path only the end."""
    text = repr(os.fsdecode(path))
    return text if len(text) <= _QUOTED_PATH else f"{text[0]}...{text[4 - _QUOTED_PATH :]}"


def did_you_mean(name: str, known: Iterable[str], *, most: int = 1, otherwise: str = "", prefix: str = "") -> str:
    """Return a hint for a misspelled name, such as "Did you mean table?".

    Args:
        name: The name that does not exist.
        known: The names that exist.
        most: How many similar names the hint lists, the most similar first.
        otherwise: The hint if no name is similar.
        prefix: What the hint writes before each name.
    """
    import difflib  # 2 ms, for a mistake only

    similar = difflib.get_close_matches(name, list(known), n=most)
    return f"Did you mean {' or '.join(f'{prefix}{each}' for each in similar)}?" if similar else otherwise
