"""The JSON Schema of rule files, made of the data classes of the contract; editors complete and check files with it.

It covers the form: keys, types, names of checks, and simple bounds. Whether a pattern is valid RE2, for example, only
BECA itself says. Specification: https://json-schema.org/draft/2020-12
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Final

from beca_core.plugins.rule_files.rule_file import DISABLE, OVERRIDE, RULES
from beca_core.rules.context import MAX_NEAR_BYTES, Allow, Near, Part, Variant
from beca_core.rules.documents.data_shapes import bytes_schema, check_library, fields_of, is_required
from beca_core.rules.example import CounterExample, Example
from beca_core.rules.rule import (
    MAX_DESCRIPTION,
    MAX_MAX_BYTES,
    MAX_REMEDIATION,
    MAX_RULE_ID,
    MAX_TAG,
    Rule,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.rules.documents.data_shapes import Schema

_RECORDS: Final = (Rule, Near, Part, Allow, Variant, Example, CounterExample)
_WORDS: Final = "[a-z0-9]+(-[a-z0-9]+)*"
_NAME: Final[Schema] = {"pattern": f"^{_WORDS}$", "maxLength": MAX_TAG}
_ID: Final[Schema] = {"pattern": f"^{_WORDS}$", "maxLength": MAX_RULE_ID}
_DISTANCE: Final[Schema] = {"minimum": 1, "maximum": MAX_NEAR_BYTES}
_NOT_EMPTY: Final[Schema] = {"items": {"type": "string", "minLength": 1}}
_BOUNDS: Final[dict[tuple[type, str], Schema]] = {
    (Rule, "id"): _ID,
    (Rule, "version"): {"minimum": 1},
    (Rule, "description"): {"minLength": 1, "maxLength": MAX_DESCRIPTION},
    (Rule, "remediation"): {"maxLength": MAX_REMEDIATION},
    (Rule, "provider"): {"maxLength": MAX_TAG},
    (Rule, "category"): {"pattern": f"^({_WORDS})?$", "maxLength": MAX_TAG},
    (Rule, "tags"): {"items": {"type": "string", **_NAME}},
    (Rule, "former_ids"): {"items": {"type": "string", **_ID}},
    (Rule, "paths"): _NOT_EMPTY,
    (Rule, "references"): _NOT_EMPTY,
    (Rule, "keywords"): _NOT_EMPTY,
    (Rule, "min_entropy"): {"minimum": 0, "maximum": 8},
    (Rule, "max_bytes"): {"minimum": 1, "maximum": MAX_MAX_BYTES},
    (Near, "words"): {"items": {"type": "string", "minLength": 3}, "minItems": 1},
    (Near, "within"): _DISTANCE,
    (Part, "name"): _NAME,
    (Part, "within_bytes"): _DISTANCE,
    (Part, "within_lines"): {"minimum": 0, "maximum": MAX_NEAR_BYTES},
    (Variant, "name"): _NAME,
    (Variant, "description"): {"maxLength": MAX_DESCRIPTION},
}
"""What is added to the types of some fields."""


def rule_file_schema() -> Schema:
    """Return the JSON Schema of a rule file."""
    records = {kind.__name__: _record(kind) for kind in _RECORDS}
    records["Rule"]["properties"][OVERRIDE] = {
        "type": "boolean",
        "description": "Whether this rule replaces that of the same id of another plugin.",
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "BECA rule file",
        "type": "object",
        "properties": {
            RULES: {"type": "array", "items": {"$ref": "#/$defs/Rule"}, "description": "The rules."},
            DISABLE: {
                "type": "array",
                "items": {"type": "string"},
                "description": "Ids, or patterns of ids, of rules that take part only where they are named.",
            },
        },
        "additionalProperties": False,
        "$defs": {**records, "Bytes": bytes_schema(), "Check": _checks()},
    }


def _record(kind: type) -> Schema:
    said = dict(_said_of_fields(kind))
    properties: dict[str, Schema] = {}
    for field, shape in fields_of(kind):
        schema = {**shape.schema(), **_BOUNDS.get((kind, field.name), {})}
        if text := said.get(field.name):
            schema["description"] = text
        properties[field.name] = schema
    required = [field.name for field, _ in fields_of(kind) if is_required(field)]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _checks() -> Schema:
    return dict(check_library().document_schema())


def _said_of_fields(kind: type) -> Iterator[tuple[str, str]]:
    """Yield what the docstrings of a data class say of its fields."""
    for each in reversed(kind.__mro__):
        text = inspect.cleandoc(each.__doc__ or "").partition("\nArgs:\n")[2].partition("\n\n")[0]
        for found in re.finditer(r"^    (\w+): (.*(?:\n {8}.*)*)", text, re.MULTILINE):
            yield found[1], " ".join(found[2].split())
