"""Rules as the text of a rule file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core.rules.documents.document import rule_to_document
from beca_core.system.toml_writing import toml_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from beca_core.rules.rule import Rule


def rule_file_text(rules: Iterable[Rule], origin: str) -> str:
    """Return a rule file (TOML).

    Args:
        rules: The rules.
        origin: Where they come from, for its first line.
    """
    tables = (toml_table("[[rules]]", _document(rule)) for rule in rules)
    return "\n".join([f"# Rules that `beca import` has taken from {origin}.\n", *tables])


def _document(rule: Rule) -> dict[str, object]:
    document = rule_to_document(rule)
    return {key: value.lower() if key in ("severity", "confidence") else value for key, value in document.items()}
