"""The rule of values that only the name of a provider introduces."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Final

from beca_core import Confidence, CounterExample, Example, Rule, Severity, random_text
from beca_scanners.generic.assignments import random_pattern
from beca_scanners.generic.vendors.provider_names import as_pattern, in_groups, plain, provider_names
from beca_scanners.generic.vendors.provider_value import ProviderValue

if TYPE_CHECKING:
    from collections.abc import Iterable

RULE_ID: Final = "generic-value-of-provider"
MAX_BYTES: Final = 512
"""Length of a match that is found whole, with its name, in bytes."""

_MOST_SPELLINGS: Final = 480
"""A pattern with more than 500 literals is looked for in another way."""
_ALPHANUMERIC: Final = string.ascii_letters + string.digits
_HEX: Final = string.digits + "abcdef"
_KEY: Final = random_text(_ALPHANUMERIC, 36, "value of a provider")
_HEX_KEY: Final = random_text(_HEX, 32, "hexadecimal value of a provider")
_SHA: Final = random_text(_HEX, 40, "commit of a provider")


def _uuid(seed: str) -> str:
    digits = random_text(_HEX, 32, seed)
    return "-".join((digits[:8], digits[8:12], f"4{digits[13:16]}", f"a{digits[17:20]}", digits[20:]))


_UUID: Final = _uuid("UUID of a provider")


def provider_rule(known: Iterable[str]) -> Rule:
    """Return the rule of values of which only the name of a provider says what they are.

    Args:
        known: The providers of other rules, whose names count too.
    """
    found = provider_names(known)
    groups = in_groups(found.names, _MOST_SPELLINGS)
    check = ProviderValue(guarded=found.guarded, uuid=found.uuid)
    return Rule(
        id=RULE_ID,
        version=1,
        description="Random value that is named after a provider of an API",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        category="generic",
        pattern=tuple(random_pattern("|".join(map(as_pattern, names))) for names in groups),
        checks=(check,),
        max_bytes=MAX_BYTES,
        examples=(
            Example(f"accuweather: '{_KEY}'\n", _KEY),
            Example(f'alphavantage = "{_HEX_KEY}"\n', _HEX_KEY),
            *(Example(f"export {plain(names[0]).upper()}={_KEY}\n", _KEY) for names in groups),
            Example(f'{{"twelvedata": "{_KEY}", "lang": "en"}}', _KEY),
            Example(f'myOpencagedata := "{_HEX_KEY}"\n', _HEX_KEY),
            Example(f"<weatherbit>{_HEX_KEY}</weatherbit>", _HEX_KEY),
            Example(f"new_relic_prod = '{_KEY}'\n", _KEY),
            Example(f"opsgenie: {_UUID}\n", _UUID),
            Example(f"accuweather: {_UUID}\n", _UUID, Confidence.LOW),
        ),
        counter_examples=(
            "accuweather: 'https://api.accuweather.com/locations/v1'\n",
            CounterExample(f'finnhub = "{_SHA}"  # commit\n', check=check.name),
            CounterExample(f'alphavantage_version = "{_HEX_KEY}"\n', check=check.name),
            CounterExample("accuweather = getWeatherOfCity12AndCountry(city)\n", check=check.name),
            CounterExample(f"pinata: Qm{random_text('abcdefghijkmnopq123', 44, 'content')}\n", check=check.name),
            CounterExample('finnhub: "xxxxxxxxxxxx1xxxxxxxxxxxxxxx"\n', check=check.name),
        ),
        references=(
            "https://cwe.mitre.org/data/definitions/798.html",
            "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html",
        ),
        remediation="Revoke it in the settings of the account at the provider that its name says, create a new one, "
        "and keep that in a secret store or in the environment of the program.",
    )
