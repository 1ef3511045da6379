"""What `beca rules test` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core.cli.scan_settings import installed_plugins
from beca_core.cli.standard_streams import say
from beca_core.errors import InvalidInput
from beca_core.reports.escaping import printable
from beca_core.testing import prove

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def prove_installed_rules(rule_ids: Collection[str]) -> int:
    """Prove rules, print what is wrong with each and with the plugins, and return the exit code.

    Args:
        rule_ids: The rules to prove; none means all.

    Raises:
        InvalidInput: If a rule does not exist, or there is none at all.
    """
    registry = installed_plugins()
    if not registry.rules:
        raise InvalidInput("There are no rules to prove.", hint="`beca plugins list` shows the plugins.")
    proofs = prove(registry, rule_ids or None)
    for rule_id, failures in proofs.items():
        _print("FAIL" if failures else "ok", rule_id, failures)
    for plugin in registry.plugins:
        if plugin.problems:
            _print("BROKEN", f"plugin {plugin.name}", plugin.problems)
    failed = sum(map(bool, proofs.values()))
    say(_verdict(failed, len(proofs), len(registry.problems)))
    if registry.problems:
        return 2
    return 1 if failed else 0


def _print(state: str, name: str, reasons: Iterable[str]) -> None:
    say(f"{state:<6}  {printable(name)}")
    for reason in reasons:
        say(f"        {printable(reason)}")


def _verdict(failed: int, proved: int, problems: int) -> str:
    verdict = f"{failed} of {proved} rules failed" if failed else f"{proved} of {proved} rules proved themselves"
    return f"{verdict}; plugin problems: {problems}." if problems else f"{verdict}."
