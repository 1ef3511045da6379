"""Rules for chat, telephony, e-mail, newsletters and notifications."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (
    "slack",
    "discord",
    "messengers",
    "asian_messengers",
    "matrix",
    "telephony",
    "mail_delivery",
    "newsletters",
    "push",
)
"""The modules with rules, in order; each has a tuple `RULES`."""
