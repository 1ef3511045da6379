"""What can be written in a configuration file: each key with its kind and its meaning, and the schema for editors."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beca_core.findings import Confidence, Severity
from beca_core.rules.allow_entry import MAX_ALLOW_ITEMS, MAX_TEXT
from beca_core.scanning.suppression.inline_comments import FOREIGN_MARKERS, OWN_MARKER
from beca_core.system.quantities import parse_seconds, parse_size

if TYPE_CHECKING:
    from collections.abc import Callable

    Schema = dict[str, Any]

_QUANTITY: Final[Schema] = {"type": ["string", "integer"]}


class Key(NamedTuple):
    """A key of the configuration.

    Args:
        read: Returns the value; its `ValueError` says how to write it, and repeats no value.
        schema: The JSON Schema of the value.
        meaning: What it does, for people.
        limit: The field of `Limits` that it sets; empty: none.
    """

    read: Callable[[object], Any]
    schema: Schema
    meaning: str
    limit: str = ""


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > MAX_TEXT:
        raise ValueError("must be a text that is not empty")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_ALLOW_ITEMS:
        raise ValueError("must be a list of texts")
    return tuple(_text(each) for each in value)


def _text_or_texts(value: object) -> tuple[str, ...]:
    return (_text(value),) if isinstance(value, str) else _texts(value)


def _level(kind: type[Severity | Confidence]) -> Key:
    names = [each.value.lower() for each in kind]

    def read(value: object) -> str:
        if not isinstance(value, str) or value.lower() not in names:
            raise ValueError(f"must be {', '.join(names[:-1])} or {names[-1]}")
        return value.lower()

    noun = kind.__name__.lower()
    return Key(read, {"enum": names}, f"Least {noun} of the findings that are reported.")


def _markers(value: object) -> tuple[str, ...]:
    known = (OWN_MARKER, *FOREIGN_MARKERS)
    found = _texts(value)
    if not set(found) <= set(known):
        raise ValueError(f"must be some of {', '.join(known)}")
    return found


def _size(limit: str, meaning: str) -> Key:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise ValueError("must be a number of bytes, or a text such as 20M")
        return parse_size(str(value))

    return Key(read, _QUANTITY, meaning, limit)


def _seconds(limit: str, meaning: str) -> Key:
    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise ValueError("must be a number of seconds, or a text such as 10m")
        return parse_seconds(str(value))

    return Key(read, _QUANTITY, meaning, limit)


def _number(limit: str, meaning: str, least: int, most: int) -> Key:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least:,} to {most:,}")
        return value

    return Key(read, {"type": "integer", "minimum": least, "maximum": most}, meaning, limit)


def _date(value: object) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("must be a date such as 2027-01-31") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("must be a date such as 2027-01-31")
    return value


_TEXT: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
_TEXTS: Final[Schema] = {"type": "array", "items": _TEXT, "maxItems": MAX_ALLOW_ITEMS}
_ONE_OR_MORE: Final[Schema] = {"anyOf": [_TEXT, _TEXTS]}
_MARKERS: Final[Schema] = {"type": "array", "items": {"enum": [OWN_MARKER, *FOREIGN_MARKERS]}}

KEYS: Final[dict[str, Key]] = {
    "rules": Key(_texts, _TEXTS, "Rules that take part, as `--rules` has them; findings of the others are allowed."),
    "exclude-rules": Key(_texts, _TEXTS, "Rules whose findings are allowed, named as for `--exclude-rules`."),
    "rules-files": Key(_texts, _TEXTS, "TOML and YAML files with further rules, relative to this file."),
    "exclude-paths": Key(_texts, _TEXTS, "Patterns of paths, as in `.gitignore`, whose findings are allowed."),
    "min-severity": _level(Severity),
    "min-confidence": _level(Confidence),
    "inline-comments": Key(_markers, _MARKERS, "How comments begin that allow the secret in their line."),
    "baseline": Key(_text, _TEXT, "The file of the findings that are known, relative to this file."),
    "accept-unreadable": Key(_texts, _TEXTS, "Patterns of paths that are accepted as unreadable."),
    "max-blob-size": _size("max_blob_bytes", "Larger blobs are skipped, and make the scan incomplete."),
    "max-scan-size": _size("scan_bytes", "The rest is skipped after this many bytes."),
    "max-archive-size": _size("archive_bytes", "Bytes that the members of one archive may hold."),
    "max-archive-depth": _number("archive_depth", "How deep archives in archives are opened.", 0, 64),
    "max-findings": _number("max_findings", "Findings that a report holds at most.", 1, 2**31),
    "scan-time": _seconds("scan_seconds", "Time of the whole scan."),
}
"""The keys at the top, by name."""

ALLOW_KEYS: Final[dict[str, Key]] = {
    "reason": Key(_text, _TEXT, "Why these findings are accepted; required."),
    "rule": Key(_text_or_texts, _ONE_OR_MORE, "Ids of rules, or patterns of ids such as `generic-*`."),
    "path": Key(_text_or_texts, _ONE_OR_MORE, "Patterns of paths, as in `.gitignore`."),
    "value": Key(_text_or_texts, _ONE_OR_MORE, "Patterns (RE2) of which one is found in the secret."),
    "stop-word": Key(_text_or_texts, _ONE_OR_MORE, "Words of which one is in the secret, in any letter case."),
    "fingerprint": Key(_text_or_texts, _ONE_OR_MORE, "Fingerprints, or at least their first 16 digits."),
    "owner": Key(_text, _TEXT, "Who accepts them."),
    "expires": Key(_date, {"type": "string", "format": "date"}, "The last day on which the entry holds."),
}
"""The keys of an entry `[[allow]]`, by name."""

ALLOW_FIELDS: Final = {
    "rule": "rules",
    "path": "paths",
    "value": "values",
    "stop-word": "stop_words",
    "fingerprint": "fingerprints",
}
"""The fields of `AllowEntry` with other names than their keys."""

ALLOW: Final = "allow"
PLUGINS: Final = "plugins"


def configuration_schema() -> Schema:
    """Return the JSON Schema of `.beca.toml`, for editors. Specification: https://json-schema.org/draft/2020-12"""
    entry: Schema = {
        "type": "object",
        "properties": _described(ALLOW_KEYS),
        "required": ["reason"],
        "anyOf": [{"required": [key]} for key in ALLOW_FIELDS],
        "additionalProperties": False,
    }
    plugins = {"type": "object", "additionalProperties": {"type": "object"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "BECA configuration",
        "type": "object",
        "properties": {
            **_described(KEYS),
            ALLOW: {"type": "array", "items": entry, "description": "Findings that are accepted."},
            PLUGINS: {**plugins, "description": "Settings of plugins, by plugin; only with `--config`."},
        },
        "additionalProperties": False,
    }


def _described(keys: dict[str, Key]) -> Schema:
    return {name: {**key.schema, "description": key.meaning} for name, key in keys.items()}
