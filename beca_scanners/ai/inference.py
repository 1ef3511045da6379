"""Services that run models of many makers: inference by the token, rented graphics processors, and gateways to both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.building import Provider, base36, base62, base64url, hexadecimal, run, uuid

if TYPE_CHECKING:
    from beca_core import Rule

ANYSCALE: Final = Provider(
    name="Anyscale",
    category="ai",
    reference="https://docs.anyscale.com/administration/cloud-deployment/service-accounts",
    remediation="Delete the key in the Anyscale console under API keys, and create a new one.",
)
CEREBRAS: Final = Provider(
    name="Cerebras",
    category="ai",
    reference="https://inference-docs.cerebras.ai/quickstart",
    remediation="Delete the key on the Cerebras platform under API keys, and create a new one.",
)
CHUTES: Final = Provider(
    name="Chutes",
    category="ai",
    reference="https://chutes.ai/docs/getting-started/authentication",
    remediation="Delete the key in the Chutes app or with its command line, and create a new one.",
)
FEATHERLESS: Final = Provider(
    name="Featherless AI",
    category="ai",
    reference="https://featherless.ai/docs/getting-started",
    remediation="Delete the key in the settings of the Featherless account, and create a new one.",
)
FRIENDLI: Final = Provider(
    name="Friendli",
    category="ai",
    reference="https://friendli.ai/docs/guides/suite/personal-access-tokens",
    remediation="Delete the token in the settings of the Friendli Suite, and create a new one.",
)
GROQ: Final = Provider(
    name="Groq",
    category="ai",
    reference="https://console.groq.com/docs/quickstart",
    remediation="Delete the key in the Groq console under API keys, and create a new one.",
)
LAMBDA: Final = Provider(
    name="Lambda",
    category="ai",
    reference="https://docs.lambda.ai/public-cloud/cloud-api/",
    remediation="Delete the key in the Lambda Cloud console under API keys, and generate a new one.",
)
NANOGPT: Final = Provider(
    name="NanoGPT",
    category="ai",
    reference="https://docs.nano-gpt.com/introduction",
    remediation="Delete the key on the page of API keys of NanoGPT, and create a new one.",
)
NVIDIA: Final = Provider(
    name="NVIDIA",
    category="ai",
    reference="https://docs.nvidia.com/ngc/latest/ngc-user-guide.html",
    remediation="Delete the key in the NGC setup or on build.nvidia.com, and generate a new one.",
)
OPENROUTER: Final = Provider(
    name="OpenRouter",
    category="ai",
    reference="https://openrouter.ai/docs/api-reference/authentication",
    remediation="Delete the key in the settings of the OpenRouter account, and create a new one.",
)
REPLICATE: Final = Provider(
    name="Replicate",
    category="ai",
    reference="https://replicate.com/docs/topics/security/api-tokens",
    remediation="Disable the token in the settings of the account under API tokens, and create a new one.",
)
RUNPOD: Final = Provider(
    name="RunPod",
    category="ai",
    reference="https://docs.runpod.io/get-started/api-keys",
    remediation="Disable or delete the key in the settings of RunPod, and create a new one.",
)
TARGON: Final = Provider(
    name="Targon",
    category="ai",
    reference="https://docs.targon.com/",
    remediation="Delete the key in the settings of Targon, and create a new one.",
)
TOGETHER: Final = Provider(
    name="Together AI",
    category="ai",
    reference="https://docs.together.ai/docs/api-keys-authentication",
    remediation="Delete the key in the settings of the project under API keys, and create a new one.",
)

RULES: Final[tuple[Rule, ...]] = (
    ANYSCALE.token("anyscale-endpoints-key", "Anyscale Endpoints API key", "esecret_", base62(20, 40)),
    ANYSCALE.token(
        "anyscale-platform-key", "Anyscale API key of a user or service account", "aph0_", base64url(32, 400)
    ),
    CEREBRAS.token("cerebras-api-key", "Cerebras API key", "csk-", base36(40, 56)),
    CHUTES.token("chutes-api-key", "Chutes API key", "cpk_", hexadecimal(32), ".", hexadecimal(32), ".", base62(32)),
    FEATHERLESS.token("featherless-api-key", "Featherless AI API key", "rc_", hexadecimal(64)),
    FRIENDLI.token("friendli-token", "Friendli personal access token", "flp_", base62(40, 60)),
    GROQ.token("groq-api-key", "Groq API key", "gsk_", base62(52)),
    LAMBDA.token(
        "lambda-cloud-api-key",
        "Lambda Cloud API key",
        "secret_",
        run("0-9A-Za-z-", 1, 40),
        "_",
        hexadecimal(32),
        ".",
        base62(32),
    ),
    NANOGPT.token("nanogpt-api-key", "NanoGPT API key", "sk-nano-", *uuid()),
    NVIDIA.token("nvidia-api-key", "NVIDIA API key, of NGC or of the API catalogue", "nvapi-", base64url(64)),
    NVIDIA.named(
        "nvidia-ngc-legacy-key",
        "NVIDIA NGC API key in its old form: base 64 of an id and a UUID",
        ("ngc_", "ngc-", "nvcr", "nvidia"),
        run("0-9A-Za-z", 83, 84),
    ),
    OPENROUTER.token("openrouter-api-key", "OpenRouter API key", "sk-or-v1-", hexadecimal(64)),
    REPLICATE.token("replicate-api-token", "Replicate API token", "r8_", base62(37)),
    RUNPOD.token("runpod-api-key", "RunPod API key", "rpa_", base62(40, 52)),
    TARGON.token("targon-api-key", "Targon API key", "sn4_", base36(24, 40)),
    TOGETHER.token("together-api-key", "Together AI API key", "tgp_v1_", base64url(43)),
    TOGETHER.named(
        "together-legacy-api-key",
        "Together AI API key in its old form",
        ("together_", "together-", "togetherai", "together.ai", "together.xyz"),
        hexadecimal(64),
    ),
)
