"""Rules for providers of models, and of what is built with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.ai import (
    agents,
    anthropic,
    inference,
    model_hubs,
    model_makers,
    model_tracing,
    openai,
    pictures,
    speech,
    web_search,
)

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    *anthropic.RULES,
    *openai.RULES,
    *model_makers.RULES,
    *inference.RULES,
    *model_hubs.RULES,
    *model_tracing.RULES,
    *web_search.RULES,
    *agents.RULES,
    *speech.RULES,
    *pictures.RULES,
)
