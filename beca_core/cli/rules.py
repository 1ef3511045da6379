"""`beca rules`: what BECA looks for, and the proof that it finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.cli.command import Command, Group
from beca_core.cli.options import add_list_format
from beca_core.cli.standard_streams import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.cli.arguments import CommandParser


def list_rules(output_format: str) -> None:
    """List all rules."""
    from beca_core.cli.rule_views import print_rules, rule_document
    from beca_core.cli.scan_settings import load_registry
    from beca_core.reports.escaping import to_json

    registry = load_registry()
    if output_format == "json":
        items = [rule_document(rule, registry.owner(rule.id)) for rule in registry.rules.values()]
        say(to_json({"items": items}))
    else:
        print_rules(registry)


def _declare_show(parser: CommandParser) -> None:
    parser.add_argument("rule_id", metavar="ID", help="Id of the rule.")
    add_list_format(parser)


def show_rule(rule_id: str, output_format: str) -> None:
    """Show all that is known of a rule."""
    from beca_core.cli.rule_views import print_rule, rule_document
    from beca_core.cli.scan_settings import load_registry
    from beca_core.reports.escaping import to_json

    registry = load_registry()
    registry.select([rule_id])
    document = rule_document(registry.rules[rule_id], registry.owner(rule_id))
    if output_format == "json":
        say(to_json(document))
    else:
        print_rule(document)


def _declare_test(parser: CommandParser) -> None:
    parser.add_argument("rule_ids", metavar="ID", nargs="*", help="Rules to prove. Default: all.")


def prove_rules(rule_ids: Sequence[str]) -> int:
    """Prove rules by their examples.

    Each must find its examples, leave its counter-examples alone, and be fast on hostile input.

    Ends with 1 if a rule does not prove itself, and with 2 if a plugin has problems.
    """
    from beca_core.cli.rule_proof import prove_installed_rules

    return prove_installed_rules(rule_ids)


COMMAND: Final = Group(
    "Show the rules of all plugins, and prove them.",
    {
        "list": Command(list_rules, add_list_format),
        "show": Command(show_rule, _declare_show, needs_arguments=True),
        "test": Command(prove_rules, _declare_test),
    },
)
