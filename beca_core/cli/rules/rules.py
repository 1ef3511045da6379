"""`beca rules`: what BECA looks for, and the proof that it finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from beca_core.cli.framework.command import Command, Group
from beca_core.cli.framework.options import add_list_format, add_rules_file, add_selection
from beca_core.cli.framework.standard_streams import say, standard_output
from beca_core.cli.rules.explain import EXPLAIN
from beca_core.cli.rules.profile import declare_profile, profile_rules
from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from beca_core.cli.framework.arguments import CommandParser
    from beca_core.plugins.registration import Plugin
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.rules.rule import RuleInfo


_TITLES: Final = ("Rule", "Severity", "Confidence", "Plugin", "Description")


def _declare_list(parser: CommandParser) -> None:
    add_selection(parser)
    add_rules_file(parser)
    add_list_format(parser)


def list_rules(
    output_format: str,
    rules: Sequence[str] | None,
    excluded_rules: Sequence[str] | None,
    rules_files: Sequence[str],
) -> None:
    """List all rules, or some, by category.

    --rules category:cloud,provider:github lists those of a category and of a provider.
    """
    from beca_core.cli.scans.scan_settings import load_registry, selectors_in
    from beca_core.reports.json_document import to_json

    registry = load_registry(rules_files)
    chosen = frozenset(registry.rules) if rules is None else registry.select(selectors_in("--rules", rules))
    if excluded_rules is not None:
        chosen -= registry.select(selectors_in("--exclude-rules", excluded_rules))
    listed = [rule for rule in registry.rules.values() if rule.id in chosen]
    if output_format == "json":
        say(to_json({"items": [_document(rule, registry) for rule in listed]}))
    else:
        _print_rules(listed, registry)


def _declare_show(parser: CommandParser) -> None:
    parser.add_argument("rule_id", metavar="ID", help="Id of the rule.")
    add_rules_file(parser)
    add_list_format(parser)


def show_rule(rule_id: str, output_format: str, rules_files: Sequence[str]) -> None:
    """Show everything that is known about a rule."""
    from beca_core.cli.scans.scan_settings import load_registry
    from beca_core.reports.json_document import to_json
    from beca_core.rules.rule_selection import only_one

    registry = load_registry(rules_files)
    rule = registry.rules[only_one(rule_id, registry.select([rule_id]))]
    if output_format == "json":
        say(to_json(_document(rule, registry)))
    else:
        _print_rule(rule, registry)


def _declare_test(parser: CommandParser) -> None:
    parser.add_argument(
        "rule_ids",
        metavar="RULE",
        nargs="*",
        help="Rules to prove: ids, or as in --rules of `beca scan`. Default: all.",
    )
    add_rules_file(parser)


def prove_rules(rule_ids: Sequence[str], rules_files: Sequence[str]) -> int:
    """Prove rules by their examples.

    Each rule must find its examples, ignore its counter-examples, and be fast on hostile input.

    Exits with 1 if a rule fails, and with 2 if a plugin has problems.
    """
    from beca_core.cli.scans.scan_settings import installed_plugins
    from beca_core.system.processes import processors
    from beca_core.testing import prove

    registry = installed_plugins(rules_files)
    if not registry.rules:
        raise InvalidInput("There are no rules to prove.", hint="`beca plugins list` shows the plugins.")
    try:
        proofs = prove(registry, rule_ids or None, processes=processors())
    except InvalidInput:
        _print_problems(registry)  # which may say why there is no such rule
        raise
    for rule_id, failures in proofs.items():
        _print_result("FAIL" if failures else "ok", rule_id, failures)
    _print_problems(registry)
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
    """Return a rule as in a rule file, with all fields, and what is known of it here."""
    from beca_core.rules.documents.document import rule_to_json

    return rule_to_json(rule) | {"plugin": registry.owner(rule.id), "warnings": _warnings(registry, [rule.id])}


def _warnings(registry: PluginRegistry, rule_ids: Collection[str] | None = None) -> list[str]:
    return [warning for plugin in registry.plugins for warning in warnings_with_cost(plugin, rule_ids)]


def _print_rules(rules: Collection[RuleInfo], registry: PluginRegistry) -> None:
    """Print a line for each rule, below the title of its category, and how many there are."""
    from beca_core.reports.console import Console, Style
    from beca_core.reports.escaping import printable

    listed = sorted(rules, key=lambda rule: (not rule.category, rule.category))  # without one, they come last
    rows = ((rule.id, rule.severity, rule.confidence, registry.owner(rule.id), rule.description) for rule in listed)
    console = Console(standard_output())
    (titles, *lines), hang = console.aligned([_TITLES, *([*map(printable, row)] for row in rows)])
    console.line(console.paint(titles, Style.DIM))
    before = ""
    for rule, line in zip(listed, lines, strict=True):
        if rule.category != before:
            console.line()
            console.line(console.paint(printable(rule.category or "without a category"), Style.BOLD))
            before = rule.category
        console.prose(line if rule.enabled else console.paint(line, Style.DIM), hang=hang)
    console.line()
    console.prose(_counts(listed))
    for warning in _warnings(registry, {rule.id for rule in rules}):
        console.prose(f"Warning: {warning}.", hang=2)


def _counts(rules: Collection[RuleInfo]) -> str:
    providers, categories = ({getattr(rule, name) for rule in rules} - {""} for name in ("provider", "category"))
    parts = [_count(len(rules), "rule", "rules")]
    parts += [_count(len(providers), "provider", "providers")] if providers else []
    parts += [_count(len(categories), "category", "categories")] if categories else []
    off = sum(not rule.enabled for rule in rules)
    return f"{', '.join(parts)}{f'; {off:,} only where named' if off else ''}."


def _count(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _print_rule(rule: RuleInfo, registry: PluginRegistry) -> None:
    """Print a line for each fact about a rule, with each title once."""
    from beca_core.cli.rules.rule_facts import rule_facts
    from beca_core.reports.console import Console, Style
    from beca_core.reports.escaping import printable

    facts = [*rule_facts(rule), ("plugin", registry.owner(rule.id))]
    facts += (("warnings", warning) for warning in _warnings(registry, [rule.id]))
    console, before = Console(standard_output()), ""
    rows: list[tuple[str, str]] = []
    for title, text in facts:
        if text:
            rows.append(("" if title == before else console.paint(title, Style.DIM), printable(text)))
            before = title
    lines, hang = console.aligned(rows)
    for line in lines:
        console.prose(line, hang=hang)


def _print_problems(registry: PluginRegistry) -> None:
    for plugin in registry.plugins:
        if plugin.problems:
            _print_result("BROKEN", f"plugin {plugin.name}", plugin.problems)


def _print_result(result: str, name: str, reasons: Iterable[str]) -> None:
    from beca_core.reports.escaping import printable

    say(f"{result:<6}  {printable(name)}")
    for reason in reasons:
        say(f"        {printable(reason)}")


def _verdict(failed: int, proved: int, problems: int) -> str:
    verdict = f"{failed} of {proved} rules failed" if failed else f"{proved} of {proved} rules proved themselves"
    return f"{verdict}; plugin problems: {problems}." if problems else f"{verdict}."


def print_schema() -> None:
    """Print the JSON Schema of rule files, for editors."""
    import json

    from beca_core.plugins.rule_files.file_schema import rule_file_schema

    say(json.dumps(rule_file_schema(), indent=2))


COMMANDS: Final = {
    "rules": Group(
        "Show the rules of all plugins, and prove them.",
        {
            "list": Command(list_rules, _declare_list),
            "show": Command(show_rule, _declare_show, needs_arguments=True),
            "schema": Command(print_schema),
            "test": Command(prove_rules, _declare_test),
            "explain": EXPLAIN,
            "profile": Command(profile_rules, declare_profile, needs_arguments=True),
        },
    )
}
