"""`beca rules`: what BECA looks for, and the proof that it finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from beca_core.cli.command import Command, Group
from beca_core.cli.options import add_list_format
from beca_core.cli.standard_streams import say, standard_output
from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from beca_core.cli.arguments import CommandParser
    from beca_core.plugins.registration import Plugin
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.rules.rule import RuleInfo


def list_rules(output_format: str) -> None:
    """List all rules."""
    from beca_core.cli.scan_settings import load_registry
    from beca_core.reports.json_document import to_json

    registry = load_registry()
    if output_format == "json":
        say(to_json({"items": [_document(rule, registry) for rule in registry.rules.values()]}))
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
    document = _document(registry.rules[rule_id], registry)
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


def warnings_with_cost(plugin: Plugin, rule_ids: Collection[str] | None = None) -> list[str]:
    """Return the warnings about a plugin's rules, with what each rule costs here and now.

    Args:
        plugin: The plugin.
        rule_ids: Only those about these rules, so that no other is measured; None: all.
    """
    from beca_core.matching.scan_cost import microseconds_per_mib

    rules = {rule.id: rule for rule in plugin.rules}
    return [
        f"{warning}; that takes about {microseconds_per_mib(rules[rule_id]):,} microseconds per MiB"
        for rule_id, warning in zip(plugin.uncovered, plugin.warnings, strict=True)
        if rule_ids is None or rule_id in rule_ids
    ]


def _document(rule: RuleInfo, registry: PluginRegistry) -> dict[str, Any]:
    """Return a rule in its documented JSON shape; a scanner's rule has none of the members of a pattern."""
    from beca_core.rules.rule import Rule

    document: dict[str, Any] = {
        "id": rule.id,
        "version": rule.version,
        "description": rule.description,
        "severity": rule.severity.value,
        "confidence": rule.confidence.value,
        "plugin": registry.owner(rule.id),
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
    return document | {"warnings": _warnings(registry, [rule.id])}


def _warnings(registry: PluginRegistry, rule_ids: Collection[str] | None = None) -> list[str]:
    return [warning for plugin in registry.plugins for warning in warnings_with_cost(plugin, rule_ids)]


def _print_rules(registry: PluginRegistry) -> None:
    """Print a line for each rule."""
    from beca_core.reports.console import Console
    from beca_core.reports.escaping import printable

    rows = (
        (rule.id, rule.severity, rule.confidence, registry.owner(rule.id), rule.description)
        for rule in registry.rules.values()
    )
    titles = ("Rule", "Severity", "Confidence", "Plugin", "Description")
    console = Console(standard_output())
    console.table(titles, [[*map(printable, row)] for row in rows])
    for warning in _warnings(registry):
        console.prose(f"Warning: {warning}.", hang=2)


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
