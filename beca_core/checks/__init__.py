"""Checks of what a pattern matched, by name and with parameters: they are data, as the rest of a rule.

A rule lists them in `checks`. Each looks at a candidate and keeps it, drops it with a reason, or changes its confidence
or severity::

    from beca_core import checks

    checks.Length(min=20, max=40)
    checks.Entropy(min_share=0.7, otherwise="low")

Each name is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from beca_core.checks.alphabets import ALPHABETS
    from beca_core.checks.characters import Charset, Distinct, Entropy, Length
    from beca_core.checks.check_registry import (
        CHECKS,
        Custom,
        describe,
        document_schema,
        from_document,
        is_data,
        name_of,
        to_document,
    )
    from beca_core.checks.checksums import Checksum, Luhn, Mod97
    from beca_core.checks.comparing import Affixes, Comparison, NumberRange
    from beca_core.checks.dictionary_words import DictionaryWords
    from beca_core.checks.encoded_text import Base58Check, ByteArray, Encoded
    from beca_core.checks.inspection import Inspection
    from beca_core.checks.jwt import Jwt
    from beca_core.checks.parameters import Parameter, check_problems, parameters_of
    from beca_core.checks.patterned import Repeats, Sequences
    from beca_core.checks.placeholders import Placeholder
    from beca_core.checks.shapes import Shape
    from beca_core.checks.url_parts import UrlParts

_HOMES = {
    "ALPHABETS": "alphabets",
    "CHECKS": "check_registry",
    "Affixes": "comparing",
    "Base58Check": "encoded_text",
    "ByteArray": "encoded_text",
    "Charset": "characters",
    "Checksum": "checksums",
    "Comparison": "comparing",
    "Custom": "check_registry",
    "DictionaryWords": "dictionary_words",
    "Distinct": "characters",
    "Encoded": "encoded_text",
    "Entropy": "characters",
    "Inspection": "inspection",
    "Jwt": "jwt",
    "Length": "characters",
    "Luhn": "checksums",
    "Mod97": "checksums",
    "NumberRange": "comparing",
    "Parameter": "parameters",
    "Placeholder": "placeholders",
    "Repeats": "patterned",
    "Sequences": "patterned",
    "Shape": "shapes",
    "UrlParts": "url_parts",
    "check_problems": "parameters",
    "describe": "check_registry",
    "document_schema": "check_registry",
    "from_document": "check_registry",
    "is_data": "check_registry",
    "name_of": "check_registry",
    "parameters_of": "parameters",
    "to_document": "check_registry",
}

__all__ = [
    "ALPHABETS",
    "CHECKS",
    "Affixes",
    "Base58Check",
    "ByteArray",
    "Charset",
    "Checksum",
    "Comparison",
    "Custom",
    "DictionaryWords",
    "Distinct",
    "Encoded",
    "Entropy",
    "Inspection",
    "Jwt",
    "Length",
    "Luhn",
    "Mod97",
    "NumberRange",
    "Parameter",
    "Placeholder",
    "Repeats",
    "Sequences",
    "Shape",
    "UrlParts",
    "check_problems",
    "describe",
    "document_schema",
    "from_document",
    "is_data",
    "name_of",
    "parameters_of",
    "to_document",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'beca_core.checks' has no attribute {name!r}")
    value = getattr(import_module(f"beca_core.checks.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
