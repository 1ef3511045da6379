"""Rules for providers of models, and of what is built with them."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (
    "anthropic",
    "openai",
    "model_makers",
    "inference",
    "model_hubs",
    "model_tracing",
    "web_search",
    "agents",
    "speech",
    "pictures",
)
"""The modules with rules, in order; each has a tuple `RULES`."""
