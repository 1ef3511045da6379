from collections.abc import Iterable
from dataclasses import replace

from beca_core import Dropped, Finding, FindingInText, Processor, Severity, hookimpl


def judge(found: FindingInText) -> Finding | Dropped:
    if b"# revoked" in found.text:
        return Dropped("its line says that it is revoked")
    if found.text[: found.begin].lstrip().startswith(b"PRODUCTION_"):
        return replace(
            found.finding, severity=Severity.CRITICAL, description=f"{found.finding.description} of production"
        )
    return found.finding


@hookimpl
def beca_register_processors() -> Iterable[Processor]:
    return [judge]
