"""Builders of agents and chatbots, their memory and tools, and assistants that write code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Confidence
from beca_scanners.building import Provider, base36, base62, base64, base64url, either, hexadecimal

if TYPE_CHECKING:
    from beca_core import Rule

CONTINUE: Final = Provider(
    name="Continue",
    category="ai",
    reference="https://docs.continue.dev/hub/introduction",
    remediation="Delete the key in the settings of Continue, and create a new one.",
)
AMP: Final = Provider(
    name="Amp",
    category="ai",
    reference="https://ampcode.com/manual",
    remediation="Revoke the access token in the settings of Amp, and create a new one.",
)
ARCADE: Final = Provider(
    name="Arcade",
    category="ai",
    reference="https://docs.arcade.dev/en/home/api-keys",
    remediation="Delete the key in the Arcade dashboard, and create a new one.",
)
BOTPRESS: Final = Provider(
    name="Botpress",
    category="ai",
    reference="https://botpress.com/docs/api-reference/authentication",
    remediation="Revoke the token in the settings of the Botpress profile, and create a new one.",
)
CURSOR: Final = Provider(
    name="Cursor",
    category="ai",
    reference="https://cursor.com/docs/account/teams/admin-api",
    remediation="Revoke the key in the Cursor dashboard under API keys, and create a new one.",
)
DEVIN: Final = Provider(
    name="Devin",
    category="ai",
    reference="https://docs.devin.ai/api-reference/authentication",
    remediation="Revoke the key in the settings of Devin under API keys, and create a new one.",
)
FACTORY: Final = Provider(
    name="Factory",
    category="ai",
    reference="https://docs.factory.ai/cli/user-guides/become-a-power-user",
    remediation="Revoke the key in the settings of Factory, and create a new one.",
)
LETTA: Final = Provider(
    name="Letta",
    category="ai",
    reference="https://docs.letta.com/quickstart",
    remediation="Delete the key in the Letta dashboard under API keys, and create a new one.",
)
MEM0: Final = Provider(
    name="Mem0",
    category="ai",
    reference="https://docs.mem0.ai/platform/quickstart",
    remediation="Delete the key in the Mem0 dashboard, and create a new one.",
)
RAGIE: Final = Provider(
    name="Ragie",
    category="ai",
    reference="https://docs.ragie.ai/docs/getting-started",
    remediation="Delete the key in the Ragie dashboard under API keys, and create a new one.",
)
SUPERMEMORY: Final = Provider(
    name="Supermemory",
    category="ai",
    reference="https://supermemory.ai/docs/api-reference/authentication",
    remediation="Delete the key in the Supermemory console, and create a new one.",
)
TOOLHOUSE: Final = Provider(
    name="Toolhouse",
    category="ai",
    reference="https://docs.toolhouse.ai/toolhouse",
    remediation="Delete the key in the settings of Toolhouse, and create a new one.",
)
VOICEFLOW: Final = Provider(
    name="Voiceflow",
    category="ai",
    reference="https://docs.voiceflow.com/reference/authentication",
    remediation="Regenerate the key on the page of integrations of the Voiceflow project.",
)
WARP: Final = Provider(
    name="Warp",
    category="ai",
    reference="https://docs.warp.dev/developers/cli",
    remediation="Delete the key in the settings of Warp under API keys, and create a new one.",
)
WINDSURF: Final = Provider(
    name="Windsurf",
    category="ai",
    reference="https://docs.windsurf.com/plugins/accounts/api-reference/api-introduction",
    remediation="Delete the service key in the team settings of Windsurf, and create a new one.",
)
ZEP: Final = Provider(
    name="Zep",
    category="ai",
    reference="https://help.getzep.com/quickstart",
    remediation="Delete the key in the settings of the Zep project, and create a new one.",
)

RULES: Final[tuple[Rule, ...]] = (
    CONTINUE.token("continue-api-key", "Continue API key", "con-", hexadecimal(64)),
    AMP.token("amp-access-token", "Amp access token", "sgamp_user_", base64url(40, 160)),
    ARCADE.token("arcade-api-key", "Arcade API key", "arc_", base62(40, 80)),
    BOTPRESS.token("botpress-personal-token", "Botpress personal access token", "bp_pat_", base62(32, 44)),
    BOTPRESS.token("botpress-bot-key", "Botpress access key of a bot", "bp_bak_", base62(32, 44)),
    BOTPRESS.token("botpress-integration-key", "Botpress access key of an integration", "bp_iak_", base62(32, 44)),
    CURSOR.token(
        "cursor-api-key", "Cursor API key of a user, team or service", either("key_", "crsr_"), hexadecimal(64)
    ),
    DEVIN.token("devin-api-key", "Devin API key of a user or service", either("apk_user_", "apk_"), base64(60, 200)),
    DEVIN.token("devin-service-user-key", "Devin API key of a service user", "cog_", base36(48, 60)),
    FACTORY.token("factory-api-key", "Factory API key", "fk-", base62(20), "-", base64url(43)),
    LETTA.token("letta-api-key", "Letta API key", "sk-let-", base64(80, 120)),
    MEM0.token("mem0-api-key", "Mem0 API key", "m0-", base62(40)),
    RAGIE.token("ragie-api-key", "Ragie API key", "tnt_", base62(8, 24), "_", base62(40, 80)),
    SUPERMEMORY.token("supermemory-api-key", "Supermemory API key", "sm_", base62(18, 32), "_", base62(32, 72)),
    TOOLHOUSE.token("toolhouse-api-key", "Toolhouse API key", "th-", base64url(43), confidence=Confidence.MEDIUM),
    VOICEFLOW.token(
        "voiceflow-project-key", "Voiceflow API key of a project", "VF.DM.", hexadecimal(24), ".", base62(14, 20)
    ),
    VOICEFLOW.token(
        "voiceflow-workspace-key", "Voiceflow API key of a workspace", "VF.WS.", hexadecimal(24), ".", base62(14, 20)
    ),
    WARP.token("warp-api-key", "Warp API key", "wk-1.", hexadecimal(64)),
    WINDSURF.token("windsurf-api-key", "Windsurf API key of an editor", "sk-ws-01-", base64url(60, 110)),
    ZEP.token("zep-api-key", "Zep Cloud API key", "z_1d", base64url(20, 200), ".", base64url(60, 100)),
)
