"""Rules as JSON and as tables."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich.text import Text

from beca_core.reports.console import console_for, plain_table
from beca_core.reports.escaping import printable
from beca_core.rules import Rule

if TYPE_CHECKING:
    from beca_core.plugins import PluginRegistry
    from beca_core.rules import RuleInfo


def rule_document(rule: RuleInfo, plugin: str) -> dict[str, Any]:
    """Return a rule in its documented JSON shape; what only patterns have is left out of a scanner's rule.

    Args:
        rule: The rule.
        plugin: Name of the plugin that registered it.
    """
    document: dict[str, Any] = {
        "id": rule.id,
        "version": rule.version,
        "description": rule.description,
        "severity": rule.severity.value,
        "confidence": rule.confidence.value,
        "plugin": plugin,
        "references": list(rule.references),
        "remediation": rule.remediation,
        "includePaths": list(rule.include_paths),
        "excludePaths": list(rule.exclude_paths),
        "examples": [example.data.decode(errors="backslashreplace") for example in rule.examples],
    }
    if isinstance(rule, Rule):
        document |= {
            "pattern": rule.pattern,
            "keywords": list(rule.keywords),
            "minEntropy": rule.min_entropy,
            "multiline": rule.multiline,
            "maxBytes": rule.max_bytes,
        }
    return document


def print_rules(registry: PluginRegistry) -> None:
    """Print a line for each rule."""
    table = plain_table()
    for title in ("Rule", "Severity", "Confidence"):
        table.add_column(title, no_wrap=True)
    table.add_column("Plugin", overflow="fold")
    table.add_column("Description", overflow="fold")
    for rule in registry.rules.values():
        cells = (rule.id, rule.severity, rule.confidence, registry.owner(rule.id), rule.description)
        table.add_row(*(Text(printable(cell)) for cell in cells))
    console_for(sys.stdout).print(table)


def print_rule(document: dict[str, Any]) -> None:
    """Print all members of a rule's JSON shape that say something."""
    table = plain_table()
    table.show_header = False
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, value in document.items():
        items = value if isinstance(value, list) else [value]
        if value not in ("", []):
            table.add_row(Text(name), Text("\n").join(Text(printable(str(item))) for item in items))
    console_for(sys.stdout).print(table)
