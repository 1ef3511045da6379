"""Rules as JSON and as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from beca_core.cli.standard_streams import standard_output
from beca_core.reports.console import Console, Style
from beca_core.reports.escaping import printable
from beca_core.rules.rule import Rule

if TYPE_CHECKING:
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.rules.rule import RuleInfo


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
    rows = (
        (rule.id, rule.severity, rule.confidence, registry.owner(rule.id), rule.description)
        for rule in registry.rules.values()
    )
    titles = ("Rule", "Severity", "Confidence", "Plugin", "Description")
    Console(standard_output()).table(titles, [[*map(printable, row)] for row in rows])


def print_rule(document: dict[str, Any]) -> None:
    """Print all members of a rule's JSON shape that say something."""
    console = Console(standard_output())
    rows = [
        ("" if index else console.paint(name, Style.DIM), printable(str(item)))
        for name, value in document.items()
        if value not in ("", [])
        for index, item in enumerate(value if isinstance(value, list) else [value])
    ]
    lines, hang = console.aligned(rows)
    for line in lines:
        console.prose(line, hang=hang)
