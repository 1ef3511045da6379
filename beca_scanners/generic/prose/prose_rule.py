"""The rule of secrets in prose."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Final

from beca_core import Confidence, CounterExample, Example, Rule, Severity, random_text
from beca_scanners.generic.prose.prose_value import ProseValue
from beca_scanners.generic.vendors.provider_names import plain, provider_names

if TYPE_CHECKING:
    from collections.abc import Iterable

RULE_ID: Final = "generic-value-in-prose"
MAX_BYTES: Final = 384
"""Length of a match that is found whole, with what is before the value, in bytes."""

_RANDOM: Final = (
    r"[A-Za-z_+/-]{0,15}[0-9][0-9A-Za-z_+/=.~-]{8,200}",
    r"[A-Za-z_+/-]{16,40}[0-9][0-9A-Za-z_+/=.~-]{0,200}",
)
"""What may be random, by where its first digit is: of a sequence, the prefilter knows how it goes on."""
_WORDS: Final = (
    "(?P<word>(?i:secret|token|password|passwd|credential))",
    "(?i:api|access|auth)[ _-]?(?P<word>(?i:key))",
)
_LINK: Final = r"s?[\"'`)\]]{0,2}(?:[ \t]{1,3}[A-Za-z]{1,9}[\"'`)\]]{0,2}){0,3}?[ \t:=>\"'`(\[<{*-]{1,6}"
"""Up to three words, and then spaces, signs, quotes and brackets."""
_ALPHANUMERIC: Final = string.ascii_letters + string.digits
_HEX: Final = string.digits + "abcdef"
_SECRET: Final = random_text(_ALPHANUMERIC, 36, "value in prose")
_HEX_SECRET: Final = random_text(_HEX, 40, "hexadecimal value in prose")
_BASE64: Final = f"{random_text(_ALPHANUMERIC + '+/', 42, 'base64 in prose')}+7/"
_BASE: Final = f"{random_text(_ALPHANUMERIC + '-_', 42, 'another value in prose')}7q"


def prose_rule(known: Iterable[str]) -> Rule:
    """Return the rule of random values that a sentence calls a secret.

    Args:
        known: The providers of other rules, whose keys may be UUIDs.
    """
    names = provider_names(known)
    check = ProseValue(providers=tuple(sorted({*map(plain, names.names)} - {*names.guarded})))
    return Rule(
        id=RULE_ID,
        version=1,
        description="Random value that a sentence calls a secret",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        category="generic",
        pattern=tuple(f"{word}{_LINK}(?P<secret>{value})" for word in _WORDS for value in _RANDOM),
        boundary="0-9A-Za-z_+/-",
        checks=(check,),
        max_bytes=MAX_BYTES,
        examples=(
            Example(f"You can find the secret {_SECRET} within.\n", _SECRET),
            Example(f"# the API key is `{_BASE}`\n", _BASE),
            Example(f"14:02 ann: use token {_HEX_SECRET} for now\n", _HEX_SECRET),
            Example(f"My password was set to '{_SECRET}'.", _SECRET),
            Example(f"(credentials: see below)\nCredentials are [{_BASE}]\n", _BASE),
            Example(f"Log in with the Access-Key <{_SECRET}>", _SECRET),
            Example(f"access key of mailgun is {_BASE64}\n", _BASE64),
            Example(f"ACCESS KEY {_SECRET}", _SECRET),
            Example(f"SECRET {_SECRET}", _SECRET),
            Example(f"the token that deploys {_SECRET}", _SECRET, Confidence.LOW),
        ),
        counter_examples=(
            CounterExample(f"token {_HEX_SECRET} is the commit to revert\n", check=check.name),
            CounterExample(f"the hash of the secret is {_HEX_SECRET}\n", check=check.name),
            f"The key fingerprint is SHA256:{_BASE}",
            CounterExample(f"your public API key is {_SECRET}\n", check=check.name),
            CounterExample("a token getToken2FromRequestHeaders is returned\n", check=check.name),
            CounterExample("the secret is projects/shop2/secrets/database-2024-06\n", check=check.name),
            CounterExample("password is xxxxxxxxxxxx1xxxxxxxxxxxxxxx", check=check.name),
            "Passwords are 24 characters long, tokens 40.",
        ),
        references=(
            "https://cwe.mitre.org/data/definitions/798.html",
            "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html",
        ),
        remediation="Change it where it is used, and take it out of the text. If it is an example, write one that "
        "cannot be mistaken for a secret, such as <token>.",
    )
