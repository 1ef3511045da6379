"""Discord's tokens of bots and users, whose first part is the id of the account in base 64, and its webhooks.

Ids are decimal numbers of 17 to 20 digits, so each digit of their base 64 has only few values: three bytes from `0` to
`9` give one of `MNO`, one of `DTjz`, one of ten letters and one of `w` to `z` and `0` to `5`. No other text has them.
Source of the ids: https://docs.discord.com/developers/reference#snowflakes
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from beca_core import CounterExample, Example, Near, Severity, Step
from beca_core.rules.example import deferred
from beca_scanners.building import Provider, base62, base64url, digits, either, run

DISCORD: Final = Provider(
    name="Discord",
    category="messaging",
    reference="https://docs.discord.com/developers/topics/oauth2",
    remediation="Reset the token of a bot on the page Bot of its application; a user changes the password.",
)

_THREE_DIGITS: Final = run("MNO", 1), run("DTjz", 1), run("AEIMQUYcgk", 1), run("w-z0-5", 1)
"""Three decimal digits in base 64."""
_ID: Final = *_THREE_DIGITS, *_THREE_DIGITS, *_THREE_DIGITS, *_THREE_DIGITS, *_THREE_DIGITS, base62(3, 7)

_TOKEN: Final = DISCORD.token(
    "discord-bot-token",
    "Discord token of a bot or user",
    *_ID,
    ".",
    base64url(6),
    ".",
    base64url(27, 45),
    severity=Severity.CRITICAL,
)
_WORDS: Final = "discord", "token", "bot"


def _secret(example: Example) -> str:
    return example.secret_bytes.decode()


_BOT: Final = replace(
    _TOKEN,
    near=(Near(words=_WORDS, within=100),),
    examples=deferred(
        lambda: (
            Example(f"{word.upper()}={secret}", secret)
            for word, secret in zip((*_WORDS, "discord"), [*map(_secret, _TOKEN.examples)] * 2, strict=True)
        )
    ),
    counter_examples=deferred(
        lambda: (
            *_TOKEN.counter_examples,
            CounterExample(f"token{' ' * 120}{_secret(_TOKEN.examples[0])}", step=Step.NEAR),
        )
    ),
)
"""No three characters of a token are always the same, so it is looked for only beside a word."""

RULES: Final = (
    _BOT,
    DISCORD.token(
        "discord-mfa-token",
        "Discord token of a user with two-factor authentication",
        "mfa.",
        base64url(84),
        severity=Severity.CRITICAL,
    ),
    DISCORD.token(
        "discord-webhook",
        "Discord webhook",
        either(
            "https://discord.com/api/",
            "https://discordapp.com/api/",
            "https://canary.discord.com/api/",
            "https://ptb.discord.com/api/",
        ),
        either("webhooks/", "v10/webhooks/", "v9/webhooks/", "v8/webhooks/"),
        digits(17, 20),
        "/",
        base64url(60, 80),
        severity=Severity.MEDIUM,
        reference="https://docs.discord.com/developers/resources/webhook",
        remediation="Delete the webhook in the settings of the channel, under Integrations, and create a new one.",
    ),
)
