"""Pictures, films and three-dimensional models that a model makes or changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.building import Provider, base62, base64url, hexadecimal, run, upper36, uuid

if TYPE_CHECKING:
    from beca_core import Rule

HEYGEN: Final = Provider(
    name="HeyGen",
    category="ai",
    reference="https://docs.heygen.com/docs/quick-start",
    remediation="Regenerate the key in the settings of the HeyGen account under API.",
)
LUMA: Final = Provider(
    name="Luma AI",
    category="ai",
    reference="https://docs.lumalabs.ai/docs/api",
    remediation="Delete the key in the Luma dashboard under API keys, and create a new one.",
)
MESHY: Final = Provider(
    name="Meshy",
    category="ai",
    reference="https://docs.meshy.ai/en/api/authentication",
    remediation="Delete the key in the settings of Meshy, and create a new one.",
)
PHOTOROOM: Final = Provider(
    name="Photoroom",
    category="ai",
    reference="https://docs.photoroom.com/getting-started/how-can-i-get-my-api-key",
    remediation="Delete the key in the Photoroom dashboard, and create a new one.",
)
RUNWAY: Final = Provider(
    name="Runway",
    category="ai",
    reference="https://docs.dev.runwayml.com/guides/setup/",
    remediation="Disable the key in the developer portal of Runway, and create a new one.",
)
STABILITY: Final = Provider(
    name="Stability AI",
    category="ai",
    reference="https://platform.stability.ai/docs/getting-started/authentication",
    remediation="Delete the key on the page of API keys of the account, and create a new one.",
)
TRIPO: Final = Provider(
    name="Tripo",
    category="ai",
    reference="https://platform.tripo3d.ai/docs/authentication",
    remediation="Delete the key on the page of API keys of Tripo, and generate a new one.",
)
TWELVELABS: Final = Provider(
    name="Twelve Labs",
    category="ai",
    reference="https://docs.twelvelabs.io/docs/get-started/quickstart",
    remediation="Delete the key on the page of API keys of the playground, and create a new one.",
)

RULES: Final[tuple[Rule, ...]] = (
    HEYGEN.token("heygen-api-key", "HeyGen API key", "sk_V2_hgu_", base62(16, 24), "_", base62(32, 60)),
    LUMA.token("luma-api-key", "Luma AI API key: two UUIDs", "luma-", *uuid(), "-", *uuid()),
    MESHY.token("meshy-api-key", "Meshy API key", "msy_", base62(30, 48)),
    PHOTOROOM.token(
        "photoroom-api-key", "Photoroom API key", "sk_pr_", run("0-9A-Za-z_-", 1, 40), "_", hexadecimal(40)
    ),
    RUNWAY.token("runway-api-key", "Runway API key", "key_", hexadecimal(128)),
    STABILITY.named(
        "stability-api-key",
        "Stability AI API key",
        ("stability", "dreamstudio", "stable_diffusion", "stablediffusion"),
        "sk-",
        base62(44, 56),
    ),
    TRIPO.token("tripo-api-key", "Tripo API key", "tsk_", base64url(40, 48)),
    TWELVELABS.token("twelvelabs-api-key", "Twelve Labs API key", "tlk_", upper36(32, 48)),
)
