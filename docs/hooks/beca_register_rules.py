from collections.abc import Iterable

from beca_core import Confidence, Rule, Severity, hookimpl


@hookimpl
def beca_register_rules() -> Iterable[Rule]:
    yield Rule(
        id="acme-token",
        version=1,
        description="ACME token",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        pattern=r"\b(?P<secret>acme_[0-9a-f]{32})\b",
    )
