"""Rules for chat, telephony, e-mail, newsletters and notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.messaging import (
    asian_messengers,
    discord,
    mail_delivery,
    matrix,
    messengers,
    newsletters,
    push,
    slack,
    telephony,
)

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    *slack.RULES,
    *discord.RULES,
    *messengers.RULES,
    *asian_messengers.RULES,
    *matrix.RULES,
    *telephony.RULES,
    *mail_delivery.RULES,
    *newsletters.RULES,
    *push.RULES,
)
