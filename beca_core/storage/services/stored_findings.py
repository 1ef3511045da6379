"""Conversion of findings between columns and documents in the shape of `Finding.to_dict`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from beca_core.errors import InvalidInput
from beca_core.findings import Change, Confidence, Presence, Severity, format_time
from beca_core.rules.rule import MAX_RULE_ID
from beca_core.storage.services.validation import storable_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beca_core.storage.models import StoredFinding

_MAX_DECODINGS: Final = 16
_EARLIEST: Final = datetime(1, 1, 2, tzinfo=UTC)
_LATEST: Final = datetime(9999, 12, 30, tzinfo=UTC)
"""A commit's author can write any date; at the ends of the calendar, it cannot be converted to another time zone."""


def finding_values(result_id: int, ordinal: int, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a finding; a secret in clear text is not copied.

    Args:
        result_id: The result that it belongs to.
        ordinal: Its position in the report, from 1.
        document: The finding in its documented JSON shape.

    Raises:
        InvalidInput: If a member is missing or of the wrong type.
    """
    try:
        location, metadata = document["location"], document["metadata"]
        return {
            "result_id": result_id,
            "ordinal": ordinal,
            "type": storable_text(document["type"], 32),
            "rule_id": storable_text(document["ruleId"], MAX_RULE_ID),
            "severity": Severity(metadata["severity"]),
            "confidence": Confidence(metadata["confidence"]),
            "path": storable_text(location["path"]),
            "path_bytes": bytes.fromhex(location["pathBytes"]) if "pathBytes" in location else None,
            **_span_values(location["positions"]),
            "description": storable_text(metadata["description"]),
            "decodings": _decodings(metadata.get("decodings", [])),
            "truncated": bool(metadata.get("truncated", False)),
            "fingerprint": storable_text(document["fingerprint"], 64),
            "redacted": storable_text(document["redacted"], 64),
            "in_head": bool(document["inHead"]),
            "occurrences": _count(document["occurrences"]),
            "change": Change(document["change"]) if "change" in document else None,
            "presence": Presence(document["presence"]) if "presence" in document else None,
            **_commit_values(document["commit"]),
        }
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise InvalidInput(f"Finding {ordinal} of result {result_id} does not have the shape of a finding.") from None


def finding_document(finding: StoredFinding) -> dict[str, Any]:
    """Return a stored finding in its documented JSON shape."""
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
    if finding.decodings:
        metadata["decodings"] = finding.decodings
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
    if finding.presence is not None:
        document["presence"] = finding.presence.value
    if finding.change is not None:
        document["change"] = finding.change.value
    return document


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
        "commit_date": min(max(date, _EARLIEST), _LATEST),
    }


def _decodings(names: object) -> list[str] | None:
    if not isinstance(names, list) or len(names) > _MAX_DECODINGS:
        raise TypeError("not a list of decodings")
    return [storable_text(name, 32) for name in names] or None


def _commit_document(finding: StoredFinding) -> dict[str, Any] | None:
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
