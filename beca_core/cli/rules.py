"""`beca rules`: what BECA looks for, and the proof that it finds it."""

from __future__ import annotations

from typing import Annotated

import typer

from beca_core.cli.command import Command, new_app
from beca_core.cli.options import ListFormat  # noqa: TC001 - typer looks it up at run time

app = new_app("Show the rules of all plugins, and prove them.")


@app.command("list", cls=Command)
def list_rules(output_format: ListFormat = "table") -> None:
    """List all rules."""
    from beca_core.cli.registry import load_registry
    from beca_core.cli.rule_views import print_rules, rule_document
    from beca_core.reports.escaping import to_json

    registry = load_registry()
    if output_format == "json":
        items = [rule_document(rule, registry.owner(rule.id)) for rule in registry.rules.values()]
        typer.echo(to_json({"items": items}))
    else:
        print_rules(registry)


@app.command("show", cls=Command, no_args_is_help=True)
def show_rule(
    rule_id: Annotated[str, typer.Argument(metavar="ID", show_default=False, help="Id of the rule.")],
    output_format: ListFormat = "table",
) -> None:
    """Show all that is known of a rule."""
    from beca_core.cli.registry import load_registry
    from beca_core.cli.rule_views import print_rule, rule_document
    from beca_core.reports.escaping import to_json

    registry = load_registry()
    registry.select([rule_id])
    document = rule_document(registry.rules[rule_id], registry.owner(rule_id))
    if output_format == "json":
        typer.echo(to_json(document))
    else:
        print_rule(document)


@app.command("test", cls=Command)
def prove_rules(
    rule_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", show_default=False, help="Rules to prove; default: all.")
    ] = None,
) -> None:
    """Prove rules by their examples.

    Each must find its examples, leave its counter-examples alone, and be fast on hostile input.

    Ends with 1 if a rule does not prove itself, and with 2 if a plugin has problems.
    """
    from beca_core.cli.rule_proof import prove_installed_rules

    raise typer.Exit(prove_installed_rules(rule_ids or []))
