"""`beca doctor`: what is weak or broken in a deployment."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from beca_core.cli.framework.command import Command
from beca_core.cli.framework.standard_streams import say, standard_output

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from beca_core.cli.diagnosis.condition import Diagnosis
    from beca_core.cli.framework.arguments import CommandParser


def _declare(parser: CommandParser) -> None:
    parser.add_argument("--json", dest="as_json", action="store_true", help="Write JSON.")


def doctor(as_json: bool) -> int:
    """Check the deployment of a server, and say what is weak.

    It is the one that the settings describe. Each line says what to do. Nothing is changed. Exits with 0 if everything
    is well, with 1 if something is weak, with 2 if something is broken.
    """
    from beca_core.cli.diagnosis.condition import Condition
    from beca_core.reports.json_document import to_json

    verdicts = list(_verdicts())
    worst = max((verdict.health for verdict in verdicts), key=lambda health: health.exit_code, default=Condition.OK)
    if as_json:
        say(to_json({"health": worst.value, "checks": [verdict.to_dict() for verdict in verdicts]}))
    else:
        _print(verdicts)
    return worst.exit_code


def _verdicts() -> Iterator[Diagnosis]:
    from beca_core.cli.diagnosis import machine_checks, service_checks, settings_checks
    from beca_core.cli.diagnosis.condition import Condition, Diagnosis
    from beca_core.errors import InvalidSettings
    from beca_core.system.settings import Settings

    try:
        settings, faults = Settings.load_tolerant()
    except InvalidSettings as error:
        yield Diagnosis("settings", Condition.BROKEN, str(error))
        return
    yield from chain(
        settings_checks.check_names(faults),
        settings_checks.check_file(),
        settings_checks.check_access(settings),
        machine_checks.check_data_dir(settings),
        machine_checks.check_git(),
        machine_checks.check_cache(settings),
        machine_checks.check_plugins(settings),
        service_checks.check_database(settings),
        service_checks.check_broker(settings),
    )


def _print(verdicts: Sequence[Diagnosis]) -> None:
    from beca_core.cli.diagnosis.condition import Condition
    from beca_core.reports.console import Console, Style
    from beca_core.reports.escaping import printable

    styles = {Condition.OK: Style.PLAIN, Condition.WEAK: Style.BOLD_YELLOW, Condition.BROKEN: Style.BOLD_RED}
    rows = [(each.health.value, each.check, printable(f"{each.said} {each.remedy}".strip())) for each in verdicts]
    console = Console(standard_output())
    console.table(("Condition", "Check", "What"), rows, styles=[styles[each.health] for each in verdicts])


COMMANDS: Final = {"doctor": Command(doctor, _declare)}
