"""`beca rules`: what BECA looks for, and the proof that it finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from beca_core.cli.command import Command, Group
from beca_core.cli.options import add_list_format
from beca_core.cli.standard_streams import say, standard_output
from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from beca_core.cli.arguments import CommandParser
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.rules.rule import RuleInfo


def list_rules(output_format: str) -> None:
    """List all rules."""
    from beca_core.cli.scan_settings import load_registry
    from beca_core.reports.json_document import to_json

    registry = load_registry()
    if output_format == "json":
        say(to_json({"items": [_document(rule, registry.owner(rule.id)) for rule in registry.rules.values()]}))
    else:
        _print_rules(registry)


def _declare_show(parser: CommandParser) -> None:
    parser.add_argument("rule_id", metavar="ID", help="Id of the rule.")
    add_list_format(parser)


def show_rule(rule_id: str, output_format: str) -> None:
    """Show everything that is known about a rule."""
    from beca_core.cli.scan_settings import load_registry
    from beca_core.reports.json_document import to_json

    registry = load_registry()
    registry.select([rule_id])
    document = _document(registry.rules[rule_id], registry.owner(rule_id))
    if output_format == "json":
        say(to_json(document))
    else:
        _print_rule(document)


def _declare_test(parser: CommandParser) -> None:
    parser.add_argument("rule_ids", metavar="ID", nargs="*", help="Rules to prove. Default: all.")


def prove_rules(rule_ids: Sequence[str]) -> int:
    """Prove rules by their examples.

    Each rule must find its examples, ignore its counter-examples, and be fast on hostile input.

    Exits with 1 if a rule fails, and with 2 if a plugin has problems.
    """
    from beca_core.cli.scan_settings import installed_plugins
    from beca_core.testing import prove

    registry = installed_plugins()
    if not registry.rules:
        raise InvalidInput("There are no rules to prove.", hint="`beca plugins list` shows the plugins.")
    proofs = prove(registry, rule_ids or None)
    for rule_id, failures in proofs.items():
        _print_result("FAIL" if failures else "ok", rule_id, failures)
    for plugin in registry.plugins:
        if plugin.problems:
            _print_result("BROKEN", f"plugin {plugin.name}", plugin.problems)
    failed = sum(map(bool, proofs.values()))
    say(_verdict(failed, len(proofs), len(registry.problems)))
    if registry.problems:
        return 2
    return 1 if failed else 0


def _document(rule: RuleInfo, plugin: str) -> dict[str, Any]:
    """Return a rule in its documented JSON shape; a scanner's rule has none of the members of a pattern.

    Args:
        rule: The rule.
        plugin: Name of the plugin that registered it.
    """
    from beca_core.rules.rule import Rule

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


def _print_rules(registry: PluginRegistry) -> None:
    """Print a line for each rule."""
    from beca_core.reports.console import Console
    from beca_core.reports.escaping import printable

    rows = (
        (rule.id, rule.severity, rule.confidence, registry.owner(rule.id), rule.description)
        for rule in registry.rules.values()
    )
    titles = ("Rule", "Severity", "Confidence", "Plugin", "Description")
    Console(standard_output()).table(titles, [[*map(printable, row)] for row in rows])


def _print_rule(document: dict[str, Any]) -> None:
    """Print a line for each member of a rule's JSON shape, without the empty ones."""
    from beca_core.reports.console import Console, Style
    from beca_core.reports.escaping import printable

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


def _print_result(result: str, name: str, reasons: Iterable[str]) -> None:
    from beca_core.reports.escaping import printable

    say(f"{result:<6}  {printable(name)}")
    for reason in reasons:
        say(f"        {printable(reason)}")


def _verdict(failed: int, proved: int, problems: int) -> str:
    verdict = f"{failed} of {proved} rules failed" if failed else f"{proved} of {proved} rules proved themselves"
    return f"{verdict}; plugin problems: {problems}." if problems else f"{verdict}."


COMMANDS: Final = {
    "rules": Group(
        "Show the rules of all plugins, and prove them.",
        {
            "list": Command(list_rules, add_list_format),
            "show": Command(show_rule, _declare_show, needs_arguments=True),
            "test": Command(prove_rules, _declare_test),
        },
    )
}
