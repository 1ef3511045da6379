"""Traces, evaluations and prompts of applications that are built on language models, and gateways in front of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Confidence, Severity
from beca_scanners.building import Provider, base36, base62, base64, base64url, either, hexadecimal, run, uuid

if TYPE_CHECKING:
    from beca_core import Rule

ARIZE: Final = Provider(
    name="Arize",
    category="ai",
    reference="https://arize.com/docs/ax/security-and-settings/api-keys",
    remediation="Revoke the key in the settings of the Arize space, and create a new one.",
)
BRAINTRUST: Final = Provider(
    name="Braintrust",
    category="ai",
    reference="https://www.braintrust.dev/docs/reference/api/ApiKeys",
    remediation="Delete the key in the settings of the organisation under API keys, and create a new one.",
)
CONFIDENT: Final = Provider(
    name="Confident AI",
    category="ai",
    reference="https://www.confident-ai.com/docs/getting-started/setup",
    remediation="Revoke the key in the settings of the project, and create a new one.",
)
HELICONE: Final = Provider(
    name="Helicone",
    category="ai",
    reference="https://docs.helicone.ai/helicone-headers/helicone-auth",
    remediation="Delete the key in the settings of Helicone, and generate a new one.",
)
HUMANLOOP: Final = Provider(
    name="Humanloop",
    category="ai",
    reference="https://humanloop.com/docs/reference/how-to-find-your-api-key",
    remediation="Revoke the key in the settings of the organisation.",
)
LANGFUSE: Final = Provider(
    name="Langfuse",
    category="ai",
    reference="https://langfuse.com/faq/all/where-are-langfuse-api-keys",
    remediation="Delete the pair of keys in the settings of the project, and create a new one.",
)
LANGSMITH: Final = Provider(
    name="LangSmith",
    category="ai",
    reference="https://docs.langchain.com/langsmith/create-account-api-key",
    remediation="Delete the key in the settings of LangSmith under API keys, and create a new one.",
)
LANGWATCH: Final = Provider(
    name="LangWatch",
    category="ai",
    reference="https://docs.langwatch.ai/integration/overview",
    remediation="Regenerate the key in the settings of the LangWatch project.",
)
MAXIM: Final = Provider(
    name="Maxim AI",
    category="ai",
    reference="https://www.getmaxim.ai/docs/settings/api-keys",
    remediation="Delete the key in the settings of the workspace, and create a new one.",
)
PROMPTLAYER: Final = Provider(
    name="PromptLayer",
    category="ai",
    reference="https://docs.promptlayer.com/quickstart",
    remediation="Delete the key in the settings of PromptLayer, and create a new one.",
)
WHYLABS: Final = Provider(
    name="WhyLabs",
    category="ai",
    reference="https://docs.whylabs.ai/docs/whylabs-api/",
    remediation="Revoke the token in the settings of the WhyLabs organisation.",
)

RULES: Final[tuple[Rule, ...]] = (
    ARIZE.token("arize-api-key", "Arize API key", "ak-", *uuid(), "-", base64url(28, 40)),
    BRAINTRUST.token("braintrust-service-token", "Braintrust service token", "bt-st-", base62(40, 56)),
    CONFIDENT.token(
        "confident-ai-api-key",
        "Confident AI API key, as DeepEval uses it",
        "confident_",
        run("a-z", 2, 4),
        either("_proj_", "_org_"),
        base64(40, 60),
    ),
    HELICONE.token(
        "helicone-api-key",
        "Helicone API key",
        either("sk-helicone-", "sk-helicone-eu-", "sk-helicone-cp-", "sk-helicone-proxy-"),
        base36(7),
        "-",
        base36(7),
        "-",
        base36(7),
        "-",
        base36(7),
    ),
    HELICONE.token(
        "helicone-public-key",
        "Helicone write-only key, which may be in a page",
        either("pk-helicone-", "pk-helicone-eu-"),
        base36(7),
        "-",
        base36(7),
        "-",
        base36(7),
        "-",
        base36(7),
        severity=Severity.LOW,
    ),
    HUMANLOOP.token("humanloop-api-key", "Humanloop API key", "hl_sk_", hexadecimal(32, 64)),
    LANGFUSE.token("langfuse-secret-key", "Langfuse secret key", "sk-lf-", *uuid()),
    LANGFUSE.token(
        "langfuse-public-key",
        "Langfuse public key, the public half of a pair",
        "pk-lf-",
        *uuid(),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    LANGSMITH.token(
        "langsmith-key",
        "LangSmith personal access token, service key, license key or SCIM bearer token",
        "lsv2_",
        run("a-z", 2, 8),
        "_",
        hexadecimal(32),
        "_",
        hexadecimal(10),
    ),
    LANGSMITH.token("langsmith-legacy-api-key", "LangSmith API key from before 2024", "ls__", hexadecimal(32)),
    LANGWATCH.token("langwatch-api-key", "LangWatch API key", "sk-lw-", base62(40, 64)),
    MAXIM.token("maxim-api-key", "Maxim AI API key", "sk_mx_", base36(8, 60), either("_", ""), base36(16, 60)),
    PROMPTLAYER.token("promptlayer-api-key", "PromptLayer API key", "pl_", hexadecimal(32)),
    WHYLABS.token(
        "whylabs-api-key",
        "WhyLabs API key with the id of its organisation",
        base62(10),
        ".",
        base62(48, 64),
        ":org-",
        base62(4, 8),
    ),
)
