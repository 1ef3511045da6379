"""Makers of language models that serve them: API keys with a prefix, and keys that only their name gives away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.building import Provider, base62, base64url, uuid

if TYPE_CHECKING:
    from beca_core import Rule

AI21: Final = Provider(
    name="AI21 Labs",
    category="ai",
    reference="https://docs.ai21.com/reference/authentication",
    remediation="Delete the key in AI21 Studio under API keys, and create a new one.",
)
COHERE: Final = Provider(
    name="Cohere",
    category="ai",
    reference="https://docs.cohere.com/docs/rate-limits",
    remediation="Delete the key in the Cohere dashboard under API keys, and create a new one.",
)
MINIMAX: Final = Provider(
    name="MiniMax",
    category="ai",
    reference="https://platform.minimax.io/docs/api-reference/api-overview",
    remediation="Delete the key in the MiniMax console under API keys, and create a new one.",
)
MISTRAL: Final = Provider(
    name="Mistral AI",
    category="ai",
    reference="https://docs.mistral.ai/getting-started/quickstart",
    remediation="Delete the key in the Mistral console under API keys, and create a new one.",
)
MOONSHOT: Final = Provider(
    name="Moonshot AI",
    category="ai",
    reference="https://platform.moonshot.ai/docs/guide/start-using-kimi-api",
    remediation="Delete the key in the console of the Kimi platform, and create a new one.",
)
PERPLEXITY: Final = Provider(
    name="Perplexity",
    category="ai",
    reference="https://docs.perplexity.ai/guides/api-key-management",
    remediation="Revoke the key in the API settings of the account, and generate a new one.",
)
XAI: Final = Provider(
    name="xAI",
    category="ai",
    reference="https://docs.x.ai/docs/tutorial",
    remediation="Disable or delete the key in the xAI console, and create a new one.",
)

RULES: Final[tuple[Rule, ...]] = (
    AI21.named("ai21-api-key", "AI21 Labs API key", "ai21", base62(32)),
    AI21.named("ai21-api-key-uuid", "AI21 Labs API key in the form of a UUID", "ai21", *uuid()),
    COHERE.named("cohere-api-key", "Cohere API key", ("cohere", "co_api"), base62(40)),
    MINIMAX.token("minimax-api-key", "MiniMax API key", "sk-api-", base64url(80, 140)),
    MINIMAX.token("minimax-coding-plan-key", "MiniMax API key of a coding plan", "sk-cp-", base64url(80, 140)),
    MISTRAL.named("mistral-api-key", "Mistral AI API key", ("mistral", "codestral"), base62(32)),
    MOONSHOT.token("moonshot-kimi-code-key", "Moonshot AI API key of Kimi Code", "sk-kimi-", base62(48, 80)),
    PERPLEXITY.token("perplexity-api-key", "Perplexity API key", "pplx-", base62(40, 64)),
    XAI.token("xai-api-key", "xAI API key", "xai-", base62(70, 90)),
    XAI.token("xai-management-key", "xAI management key, which creates API keys", "xai-token-", base62(70, 90)),
)
