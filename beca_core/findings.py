"""What a scan reports: `Finding` and its parts, immutable and independent of storage and presentation."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Self

DEFAULT_FINGERPRINT_KEY: Final = b"beca.fingerprint.v1"
"""Default key of the fingerprints of the library and the command line.

It is public on purpose: fingerprints are then the same on every machine, which baselines need. The price is that anyone
who has a fingerprint can test guesses of the secret against it. The server uses a random key of its own.
"""


MAX_SHOWN: Final = 200
"""Length up to which a public part and an attribute are shown, in characters."""
MAX_SUPERSEDED: Final = 100
"""How many rules and secrets a finding lists at most that it supersedes."""


class _Ranked(StrEnum):
    """Members are ordered by rank, as they are defined; as strings, CRITICAL would come before HIGH."""

    rank: int
    """Place in the order, from 0 for the least."""

    def __new__(cls, value: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.rank = len(cls.__members__)
        return member

    def __lt__(self, other: str) -> bool:
        return self.rank < self._rank_of(other)

    def __le__(self, other: str) -> bool:
        return self.rank <= self._rank_of(other)

    def __gt__(self, other: str) -> bool:
        return self.rank > self._rank_of(other)

    def __ge__(self, other: str) -> bool:
        return self.rank >= self._rank_of(other)

    def _rank_of(self, other: object) -> int:
        # Not `return NotImplemented`: Python would then ask the string, which compares letters.
        if not isinstance(other, type(self)):
            raise TypeError(f"{type(self).__name__} and {type(other).__name__} have no order.")
        return other.rank


class Severity(_Ranked):
    """How much harm the leak of such a secret can do. Members are ordered: `LOW < MEDIUM < HIGH < CRITICAL`."""

    LOW = "LOW"
    """It gives no access by itself, for example the id of a key."""
    MEDIUM = "MEDIUM"
    """It gives access only together with something else, for example an encrypted private key."""
    HIGH = "HIGH"
    """It gives access to data or to a service."""
    CRITICAL = "CRITICAL"
    """It gives access to an account or to infrastructure, for example the secret key of a cloud account."""


class Confidence(_Ranked):
    """How sure the rule is that what it saw is a secret. Members are ordered: `LOW < MEDIUM < HIGH`."""

    LOW = "LOW"
    """It may be a secret; many such findings are none."""
    MEDIUM = "MEDIUM"
    """It has the form of a secret, and nothing proves it."""
    HIGH = "HIGH"
    """It is in a form, in a context or with a checksum that hardly anything but a secret has."""


class Change(StrEnum):
    """What has become of a finding since the scan before."""

    NEW = "new"
    """That scan had the secret nowhere, or HEAD now has it at one more place: a copy. A move is not new."""
    CARRIED = "carried"
    """That scan had the secret: at this path, or at one that it has left."""
    GONE = "gone"
    """The secret was at HEAD at this path, and no longer is."""


class Presence(StrEnum):
    """Where a secret stands that is not at its place in the current version."""

    REMOVED = "removed"
    """A commit from which HEAD descends put it at this path; it is no longer there."""
    OTHER_BRANCH = "other-branch"
    """It is or was at this path on another branch or tag, which may be newer than HEAD."""
    MESSAGE = "message"
    """It is in HEAD, or a commit from which HEAD descends: in its message, or in who made it."""
    OTHER_MESSAGE = "other-message"
    """It is in a commit, as above, of another branch or tag."""
    TAG = "tag"
    """It is in the message of an annotated tag."""
    STASH = "stash"
    """It is in the stash only."""
    NOTES = "notes"
    """It is in the notes on commits (`git notes`) only."""
    STAGED = "staged"
    """It is in the index only: staged, and not committed."""
    UNREACHABLE = "unreachable"
    """No ref leads to it, but the repository still has the object."""


class NameKind(StrEnum):
    """What has a name that is or holds a secret."""

    PATH = "path"
    """A file or a directory: the last component of the finding's path has the secret."""
    REF = "ref"
    """A branch, a tag or another ref: the path is `.git/` and the ref's full name."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text: line and column, both 1-based.

    Columns count characters where the line is valid UTF-8 and bytes where it is not. A line ends at `\\n`.

    Args:
        line: Number of the line.
        column: Number of the character, or of the byte, in the line.
    """

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """The place of a secret.

    Args:
        path: Relative to the root of what was scanned, `/`-separated, always valid Unicode: bytes that are not
            UTF-8 are written as `\\xNN`.
        begin: Position of the first character of the secret.
        end: Position just after its last character.
        raw_path: The path's bytes if they are not valid UTF-8, else None.
    """

    path: str
    begin: Position
    end: Position
    raw_path: bytes | None = None


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that introduced a secret at its path.

    Args:
        id: Full object id, 40 (SHA-1) or 64 (SHA-256) hexadecimal digits.
        author: `Name <email>` as recorded, invalid UTF-8 replaced.
        date: Author date, in UTC.
    """

    id: str
    author: str
    date: datetime


@dataclass(frozen=True, slots=True, order=True)
class FindingPart:
    """A companion of a secret, such as the id of a key.

    Args:
        name: Name of the rule's part.
        begin: Position of its first character.
        end: Position just after its last character.
        text: The companion in full, at most 200 characters of it, if the rule says that it is public; else a preview.
        public: Whether the text is more than a preview.
        clear: The companion in full, at most 200 characters of it; not in `repr`, and in `to_dict` only on request.
            Empty if an earlier scan found it and this scan was not asked for secrets.
    """

    name: str
    begin: Position
    end: Position
    text: str
    public: bool = False
    clear: str = field(default="", repr=False, compare=False)

    def to_dict(self, *, redact: bool = True) -> dict[str, Any]:
        """Return the part in its documented JSON shape.

        Args:
            redact: False adds the member `secret` in clear to a part that is not public.
        """
        document = {
            "name": self.name,
            "positions": _positions(self.begin, self.end),
            ("text" if self.public else "redacted"): self.text,
        }
        return document if redact or self.public else {**document, "secret": self.clear}


@dataclass(frozen=True, slots=True, order=True)
class SupersededRule:
    """A less specific rule that has found the same secret.

    Args:
        rule_id: Id of the rule.
        fingerprint: Fingerprint of what it found.
        partial: Whether that is only a part of the secret.
    """

    rule_id: str
    fingerprint: str
    partial: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the rule in its documented JSON shape."""
        document: dict[str, Any] = {"ruleId": self.rule_id, "fingerprint": self.fingerprint}
        return document | {"partial": True} if self.partial else document


@dataclass(frozen=True, slots=True)
class Finding:
    """One secret at one place.

    Args:
        rule_id: Id of the rule that matched.
        location: The place of the secret.
        description: The description of the variant, or that of the rule.
        severity: Severity of this match: that of the rule, unless a check or a variant has another one.
        confidence: Confidence of this match, after the labels of its path.
        fingerprint: `fingerprint(id, secret, key)` with the oldest id of the rule; equal for a secret everywhere.
        redacted: Preview that shows at most four characters.
        secret: The secret itself; not in `repr`, and in `to_dict` only on request. Empty if an earlier scan found it
            and this scan was not asked for secrets.
        in_head: Whether the secret is at this place in the current version (always true outside git).
        commit: The commit that introduced it at this path; None outside git, and for unreachable objects.
        occurrences: Number of versions of the file at this path that contain the secret, at least 1.
        decodings: The decodings that lead to the secret, the outermost first: `base64`, `hex`, `percent`,
            `unicode-escape`; the location is that of the encoded text.
        change: What has become of it since an earlier scan, or None if it was not compared with one.
        presence: Where it stands if it is not in the current version; None: it is, or that is not known.
        truncated: Whether the secret is only the beginning of a longer one, which its rule does not read to the end.
        uncommitted: Whether the secret is at this place only in the work tree or in the index of a repository. Its
            position is that on disk, and `commit` is None unless an earlier commit had the secret at this path.
        type: Kind of analysis, in the vocabulary of security reports.
        variant: Name of the rule's variant that applies, such as `test`; empty: none.
        provider: Who issues such secrets, as the rule says; empty: nobody in particular.
        category: The rule's category; empty: none.
        tags: The rule's tags.
        parts: The companions of the secret.
        attributes: What else is shown with it, in clear: names and values.
        superseded: The less specific rules that have found the same secret here, at most 100.
        labels: What the path says of it, such as `test` or `vendored`.
        lowered_from: Confidence of the match by its content, if the labels have lowered it; else None.
        name_of: What has the secret in its name; then the position is that in the path as it is, and the path shows a
            preview of the secret instead. None: the secret is in the content at the path.
    """

    rule_id: str
    location: Location
    description: str
    severity: Severity
    confidence: Confidence
    fingerprint: str
    redacted: str
    secret: bytes = field(repr=False)
    in_head: bool = True
    commit: Commit | None = None
    occurrences: int = 1
    decodings: tuple[str, ...] = ()
    change: Change | None = None
    presence: Presence | None = None
    truncated: bool = False
    uncommitted: bool = False
    type: str = "sast"
    variant: str = ""
    provider: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    parts: tuple[FindingPart, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    superseded: tuple[SupersededRule, ...] = ()
    labels: tuple[str, ...] = ()
    lowered_from: Confidence | None = None
    name_of: NameKind | None = None

    def to_dict(self, *, redact: bool = True) -> dict[str, Any]:
        """Return the finding in its documented JSON shape.

        Args:
            redact: False adds the member `secret` in clear, invalid UTF-8 written as `\\xNN`, and to parts too.
        """
        location: dict[str, Any] = {
            "path": self.location.path,
            "positions": _positions(self.location.begin, self.location.end),
        }
        if self.location.raw_path is not None:
            location["pathBytes"] = self.location.raw_path.hex()
        document: dict[str, Any] = {
            "type": self.type,
            "ruleId": self.rule_id,
            "location": location,
            "metadata": self._metadata(),
            "fingerprint": self.fingerprint,
            "redacted": self.redacted,
            "inHead": self.in_head,
            "commit": None,
            "occurrences": self.occurrences,
        }
        if self.parts:
            document["parts"] = [part.to_dict(redact=redact) for part in self.parts]
        if self.attributes:
            document["attributes"] = dict(self.attributes)
        if self.superseded:
            document["superseded"] = [rule.to_dict() for rule in self.superseded]
        if self.presence is not None:
            document["presence"] = self.presence.value
        if self.uncommitted:
            document["uncommitted"] = True
        if self.name_of is not None:
            document["nameOf"] = self.name_of.value
        if self.change is not None:
            document["change"] = self.change.value
        if self.commit is not None:
            document["commit"] = {
                "id": self.commit.id,
                "author": self.commit.author,
                "date": format_time(self.commit.date),
            }
        if not redact:
            document["secret"] = self.secret.decode("utf-8", "backslashreplace")
        return document

    def _metadata(self) -> dict[str, Any]:
        metadata: dict[str, Any] = {
            "description": self.description,
            "severity": self.severity.value,
            "confidence": self.confidence.value,
        }
        for name in ("variant", "provider", "category"):
            if said := getattr(self, name):
                metadata[name] = said
        if self.tags:
            metadata["tags"] = list(self.tags)
        if self.labels:
            metadata["labels"] = list(self.labels)
        if self.lowered_from is not None:
            metadata["loweredFrom"] = self.lowered_from.value
        if self.decodings:
            metadata["decodings"] = list(self.decodings)
        if self.truncated:
            metadata["truncated"] = True
        return metadata


def _positions(begin: Position, end: Position) -> dict[str, Any]:
    return {
        "begin": {"line": begin.line, "column": begin.column},
        "end": {"line": end.line, "column": end.column},
    }


def fingerprint(rule_id: str, secret: bytes, key: bytes = DEFAULT_FINGERPRINT_KEY) -> str:
    """Return the HMAC-SHA256 of a rule id and a secret, as 64 hexadecimal digits.

    Of a secret of several lines, blanks at the beginnings and ends of lines do not count: indented, it is the same one.
    """
    if b"\n" in secret:
        secret = b"\n".join(line.strip(b" \t\r") for line in secret.split(b"\n"))
    return hmac.new(key, rule_id.encode() + b"\0" + secret, hashlib.sha256).hexdigest()


def redact(secret: bytes) -> str:
    """Return a preview of a secret: at most its first four characters, and its length in bytes.

    Of a secret shorter than 16 bytes, at most a quarter is shown. Characters outside printable ASCII are never shown.
    """
    shown = secret[: min(4, len(secret) // 4)].decode("ascii", "replace")
    printable = "".join(c if " " <= c <= "~" else "?" for c in shown)
    return f"{printable}...({len(secret)})"


def format_time(moment: datetime) -> str:
    """Return a UTC datetime in RFC 3339 form with `Z`, with fractions of a second only if there are any."""
    return moment.isoformat().replace("+00:00", "Z")
