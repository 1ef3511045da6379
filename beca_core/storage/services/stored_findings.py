"""Stored findings: how they are read, and converted between columns and documents in the shape of `Finding.to_dict`."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from beca_core.errors import InvalidInput
from beca_core.findings import MAX_SHOWN, Confidence, NameKind, Presence, Severity, format_time
from beca_core.rules.rule import MAX_ITEMS, MAX_RULE_ID, MAX_TAG
from beca_core.storage.models import Appearance, StoredFinding
from beca_core.storage.services.validation import storable_text
from beca_core.storage.tables import rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row, Select

    from beca_core.findings import Change

_MAX_DECODINGS: Final = 16
_EARLIEST: Final = datetime(1, 1, 2, tzinfo=UTC)
_LATEST: Final = datetime(9999, 12, 30, tzinfo=UTC)
"""A commit's author can write any date; at the ends of the calendar, it cannot be converted to another time zone."""


def storable_time(moment: datetime) -> datetime:
    """Return a time, or the nearest one that can be stored."""
    return min(max(moment, _EARLIEST), _LATEST)


def finding_values(result_id: int, ordinal: int, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of an appearance; a secret in clear text is not copied.

    Args:
        result_id: The result that it belongs to.
        ordinal: Its position in the report, from 1.
        document: The finding in its documented JSON shape.

    Raises:
        InvalidInput: If a member is missing or of the wrong type.
    """
    try:
        location, metadata = document["location"], document["metadata"]
        path, path_bytes = _path(location)
        return {
            "type": storable_text(document["type"], 32),
            "rule_id": storable_text(document["ruleId"], MAX_RULE_ID),
            "severity": Severity(metadata["severity"]),
            "confidence": Confidence(metadata["confidence"]),
            "path": path,
            "path_bytes": path_bytes,
            "path_key": path_key(path, path_bytes),
            **_span_values(location["positions"]),
            "description": storable_text(metadata["description"]),
            "variant": storable_text(metadata.get("variant", ""), MAX_TAG) or None,
            "provider": storable_text(metadata.get("provider", ""), MAX_TAG) or None,
            "category": storable_text(metadata.get("category", ""), MAX_TAG) or None,
            "tags": [storable_text(tag, MAX_TAG) for tag in _items(metadata.get("tags", []))] or None,
            "parts": [_part(part) for part in _items(document.get("parts", []))] or None,
            "attributes": _attributes(document.get("attributes", {})) or None,
            "superseded": [_superseded(rule) for rule in _items(document.get("superseded", []))] or None,
            "labels": [storable_text(label, MAX_TAG) for label in _items(metadata.get("labels", []))] or None,
            "lowered_from": Confidence(metadata["loweredFrom"]) if "loweredFrom" in metadata else None,
            "decodings": _decodings(metadata.get("decodings", [])),
            "truncated": bool(metadata.get("truncated", False)),
            "fingerprint": storable_text(document["fingerprint"], 64),
            "redacted": storable_text(document["redacted"], 64),
            "in_head": bool(document["inHead"]),
            "occurrences": _count(document["occurrences"]),
            "presence": Presence(document["presence"]) if "presence" in document else None,
            "name_of": NameKind(document["nameOf"]) if "nameOf" in document else None,
            **_commit_values(document["commit"]),
        }
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise InvalidInput(f"Finding {ordinal} of result {result_id} does not have the shape of a finding.") from None


def place_of(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return the fingerprint of a finding, and the key of its path.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: If it does not have the shape of a finding.
    """
    return storable_text(document["fingerprint"], 64), path_key(*_path(document["location"]))


def path_key(path: str, path_bytes: bytes | None) -> str:
    """Return 32 hexadecimal digits that identify a path, however long it is.

    Args:
        path: The path, as it is stored.
        path_bytes: Its bytes, if it is not UTF-8.
    """
    return hashlib.blake2b(path.encode() if path_bytes is None else path_bytes, digest_size=16).hexdigest()


def reported_findings() -> Select[Any]:
    """Return a query for findings and how they were reported, as plain rows: models would take twice as long."""
    finding, appearance = rows_of(StoredFinding), rows_of(Appearance)
    joined = finding.join(appearance, appearance.c.id == finding.c.appearance_id)
    return select(finding.c.result_id, finding.c.ordinal, finding.c.change, *appearance.c).select_from(joined)


def finding_document(finding: Appearance | Row[Any], change: Change | None = None) -> dict[str, Any]:
    """Return a finding in its documented JSON shape.

    Args:
        finding: How it was reported.
        change: Its change in the result that reports it.
    """
    location: dict[str, Any] = {
        "path": finding.path,
        "positions": {
            "begin": {"line": finding.begin_line, "column": finding.begin_column},
            "end": {"line": finding.end_line, "column": finding.end_column},
        },
    }
    if finding.path_bytes is not None:
        location["pathBytes"] = finding.path_bytes.hex()
    metadata: dict[str, Any] = {
        "description": finding.description,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
    }
    for name in ("variant", "provider", "category", "tags", "labels", "decodings"):
        if said := getattr(finding, name):
            metadata[name] = said
    if finding.lowered_from is not None:
        metadata["loweredFrom"] = finding.lowered_from.value
    if finding.truncated:
        metadata["truncated"] = True
    document = {
        "type": finding.type,
        "ruleId": finding.rule_id,
        "location": location,
        "metadata": metadata,
        "fingerprint": finding.fingerprint,
        "redacted": finding.redacted,
        "inHead": finding.in_head,
        "commit": _commit_document(finding),
        "occurrences": finding.occurrences,
    }
    for name in ("parts", "attributes", "superseded"):
        if said := getattr(finding, name):
            document[name] = said
    if finding.presence is not None:
        document["presence"] = finding.presence.value
    if finding.name_of is not None:
        document["nameOf"] = finding.name_of.value
    if change is not None:
        document["change"] = change.value
    return document


def _path(location: Mapping[str, Any]) -> tuple[str, bytes | None]:
    raw = bytes.fromhex(location["pathBytes"]) if "pathBytes" in location else None
    return storable_text(location["path"]), raw


def _items(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_ITEMS:
        raise TypeError("not a list of bounded length")
    return value


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    begin, end = (
        {axis: _count(part["positions"][side][axis]) for axis in ("line", "column")} for side in ("begin", "end")
    )
    shown = "text" if "text" in part else "redacted"
    return {
        "name": storable_text(part["name"], MAX_TAG),
        "positions": {"begin": begin, "end": end},
        shown: storable_text(part[shown], MAX_SHOWN),
    }


def _attributes(attributes: Mapping[str, Any]) -> dict[str, str]:
    if len(attributes) > MAX_ITEMS:
        raise ValueError("too many attributes")
    return {storable_text(name, MAX_TAG): storable_text(value, MAX_SHOWN) for name, value in attributes.items()}


def _superseded(rule: Mapping[str, Any]) -> dict[str, Any]:
    partial = {"partial": True} if rule.get("partial") else {}
    return {
        "ruleId": storable_text(rule["ruleId"], MAX_RULE_ID),
        "fingerprint": storable_text(rule["fingerprint"], 64),
        **partial,
    }


def _span_values(positions: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    values = {
        f"{side}_{axis}": _count(positions[side][axis]) for side in ("begin", "end") for axis in ("line", "column")
    }
    if values["end_line"] < values["begin_line"]:
        raise ValueError("the end is before the beginning")
    return values


def _commit_values(commit: Mapping[str, Any] | None) -> dict[str, Any]:
    if commit is None:
        return {"commit_id": None, "commit_author": None, "commit_date": None}
    date = datetime.fromisoformat(commit["date"])
    if date.tzinfo is None:
        raise ValueError("the date has no time zone")
    return {
        "commit_id": storable_text(commit["id"], 64),
        "commit_author": storable_text(commit["author"]),
        "commit_date": storable_time(date),
    }


def _decodings(names: object) -> list[str] | None:
    if not isinstance(names, list) or len(names) > _MAX_DECODINGS:
        raise TypeError("not a list of decodings")
    return [storable_text(name, 32) for name in names] or None


def _commit_document(finding: Appearance | Row[Any]) -> dict[str, Any] | None:
    if finding.commit_date is None:
        return None
    return {
        "id": finding.commit_id,
        "author": finding.commit_author,
        "date": format_time(finding.commit_date),
    }


def _count(value: object) -> int:
    if type(value) is not int or not 1 <= value < 2**63:
        raise ValueError("not a position or a number of occurrences")
    return value
