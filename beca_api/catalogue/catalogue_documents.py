"""What the server says of a rule, and the check of what another process says of rules and plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from beca_core.findings import Confidence, Severity
from beca_core.rules.context import Side
from beca_core.rules.documents.document import rule_to_json
from beca_core.rules.rule import Rule, RuleInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from beca_core.rules.context import Part

    _IsMember = Callable[[Any], bool]


def rule_document(rule: RuleInfo, plugin: str) -> dict[str, Any]:
    """Return the members of a rule; a rule of a scanner has no patterns, and nothing that belongs to them.

    Args:
        rule: The rule.
        plugin: Name of the plugin or rule file that provides it.
    """
    document: dict[str, Any] = {
        "id": rule.id,
        "version": rule.version,
        "description": rule.description,
        "severity": rule.severity.value,
        "confidence": rule.confidence.value,
        "references": list(rule.references),
        "remediation": rule.remediation,
        "provider": rule.provider,
        "category": rule.category,
        "tags": list(rule.tags),
        "enabled": rule.enabled,
        "formerIds": list(rule.former_ids),
        "supersedes": list(rule.supersedes),
        "paths": list(rule.paths),
        "patterns": [],
        "near": [],
        "parts": [],
        "checks": [],
        "plugin": plugin,
    }
    if isinstance(rule, Rule):
        of_file = rule_to_json(rule)
        document["patterns"] = list(rule.patterns)
        document["near"] = [
            {"words": list(near.words), "within": near.within, "where": near.where} for near in rule.near
        ]
        document["parts"] = [
            _part(part, shown.get("checks", [])) for part, shown in zip(rule.parts, of_file["parts"], strict=True)
        ]
        document["checks"] = of_file["checks"]
    return document


def rule_info(document: Mapping[str, Any]) -> RuleInfo:
    """Return what a document says of a rule, without its detection."""
    return RuleInfo(
        id=document["id"],
        version=document["version"],
        description=document["description"],
        severity=Severity(document["severity"]),
        confidence=Confidence(document["confidence"]),
        references=tuple(document["references"]),
        remediation=document["remediation"],
        provider=document["provider"],
        category=document["category"],
        tags=tuple(document["tags"]),
    )


def _part(part: Part, checks: list[object]) -> dict[str, Any]:
    return {
        "name": part.name,
        "pattern": part.pattern,
        "boundary": part.boundary,
        "withinBytes": part.within_bytes,
        "withinLines": part.within_lines,
        "where": part.where,
        "required": part.required,
        "confidence": part.confidence,
        "checks": checks,
        "public": part.public,
    }


def is_rule(value: Any) -> bool:
    """Return whether a value is what `rule_document` returns."""
    return _has_members(value, _RULE)


def is_plugin(value: Any) -> bool:
    """Return whether a value has the members of a plugin."""
    return _has_members(value, _PLUGIN)


def _has_members(item: Any, members: dict[str, _IsMember]) -> bool:
    return item.keys() == members.keys() and all(is_member(item[name]) for name, is_member in members.items())


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.encode(errors="ignore").decode() == value


def _is_number(value: object) -> bool:
    return type(value) is int


def _is_list_of(is_item: _IsMember) -> _IsMember:
    return lambda value: isinstance(value, list) and all(map(is_item, value))


def _is_check(value: Any) -> bool:
    """Return whether a value is a check as data, which has parameters of its own."""
    return _is_text(value["check"]) and all(_is_text(name) and _is_parameter(value[name]) for name in value)


def _is_parameter(value: object) -> bool:
    if isinstance(value, list):
        return all(map(_is_parameter, value)) and not any(isinstance(item, list) for item in value)
    return value is None or isinstance(value, (bool, int, float)) or _is_text(value)


_is_list_of_texts: Final = _is_list_of(_is_text)
_is_list_of_checks: Final = _is_list_of(_is_check)
_NEAR: Final[dict[str, _IsMember]] = {
    "words": _is_list_of_texts,
    "within": _is_number,
    "where": lambda value: value in list(Side),
}
_PART: Final[dict[str, _IsMember]] = {
    "name": _is_text,
    "pattern": _is_text,
    "boundary": _is_text,
    "withinBytes": _is_number,
    "withinLines": _is_number,
    "where": lambda value: value in list(Side),
    "required": lambda value: isinstance(value, bool),
    "confidence": lambda value: value is None or value in list(Confidence),
    "checks": _is_list_of_checks,
    "public": lambda value: isinstance(value, bool),
}
_RULE: Final[dict[str, _IsMember]] = {
    "id": _is_text,
    "version": _is_number,
    "description": _is_text,
    "severity": lambda value: value in list(Severity),
    "confidence": lambda value: value in list(Confidence),
    "references": _is_list_of_texts,
    "remediation": _is_text,
    "provider": _is_text,
    "category": _is_text,
    "tags": _is_list_of_texts,
    "enabled": lambda value: isinstance(value, bool),
    "formerIds": _is_list_of_texts,
    "supersedes": _is_list_of_texts,
    "paths": _is_list_of_texts,
    "patterns": _is_list_of_texts,
    "near": _is_list_of(lambda value: _has_members(value, _NEAR)),
    "parts": _is_list_of(lambda value: _has_members(value, _PART)),
    "checks": _is_list_of_checks,
    "plugin": _is_text,
}
_PLUGIN: Final[dict[str, _IsMember]] = {
    "name": _is_text,
    "distribution": _is_text,
    "rules": _is_list_of_texts,
    "problems": _is_list_of_texts,
    "warnings": _is_list_of_texts,
}
