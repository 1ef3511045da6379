"""X, which was Twitter: keys of applications, and tokens of users."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from beca_core import CounterExample, Severity, Step
from beca_core.checks import Distinct, Placeholder
from beca_core.rules.example import as_counter_example, deferred
from beca_scanners.building import Provider, base62, digits, run

if TYPE_CHECKING:
    from beca_core import Rule

X: Final = Provider(
    name="X",
    category="social-network",
    reference="https://docs.x.com/resources/fundamentals/authentication/oauth-1-0a/api-key-and-secret",
    remediation="Regenerate the keys and tokens of the application in the developer portal of X.",
)
_ZEROS: Final = "A" * 21
_BEARER: Final = X.token(
    "x-bearer-token",
    "X (Twitter) bearer token of an application",
    _ZEROS,
    run("0-9A-Za-z%", 60, 140),
    boundary="0-9A-Za-z_%",
    reference="https://docs.x.com/resources/fundamentals/authentication/oauth-2-0/bearer-tokens",
)
_EXAMPLES: Final = Placeholder(kinds=("template", "word", "whole"))
"""A bearer token begins with zero bytes, which is not a sign of a placeholder."""


RULES: Final[tuple[Rule, ...]] = (
    replace(
        _BEARER,
        checks=(Distinct(min=24), _EXAMPLES),
        counter_examples=deferred(
            lambda: (
                CounterExample(f"token = {'A' * 100}", step=Step.CHECK, check="distinct"),
                *(each for each in map(as_counter_example, _BEARER.counter_examples) if each.check != "entropy"),
            )
        ),
    ),
    X.named(
        "x-consumer-secret",
        "X (Twitter) API key secret (consumer secret)",
        ("twitter", "tw_consumer", "consumer"),
        base62(50),
        said=("secret",),
        severity=Severity.CRITICAL,
    ),
    X.named(
        "x-access-token",
        "X (Twitter) access token",
        ("twitter", "access_token", "access-token", "accesstoken", "oauth_token"),
        digits(8, 20),
        "-",
        base62(40),
        said=(),
    ),
    X.named(
        "x-access-token-secret",
        "X (Twitter) access token secret",
        ("twitter", "access_token", "accesstoken", "oauth_token"),
        base62(45),
        said=("secret",),
    ),
    X.named(
        "x-consumer-key",
        "X (Twitter) API key (consumer key), which names an application",
        ("twitter", "tw_consumer"),
        base62(25),
        said=("key",),
        severity=Severity.LOW,
    ),
)
