from collections.abc import Iterable, Mapping

from beca_core import Confidence, Rule, Setting, SettingValue, Severity, hookimpl


@hookimpl
def beca_register_settings() -> Iterable[Setting]:
    yield Setting("prefix", default="acme", description="What the tokens begin with.")
    yield Setting("api_token", default="", description="Token of the console of ACME.", secret=True)


@hookimpl
def beca_register_rules(settings: Mapping[str, SettingValue]) -> Iterable[Rule]:
    yield Rule(
        id="acme-token",
        version=1,
        description="ACME token",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        pattern=rf"\b(?P<secret>{settings['prefix']}_[0-9a-f]{{32}})\b",
    )
