"""Speech, music and agents that talk: recognition and synthesis of voices, and rooms for calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.building import Provider, base62, hexadecimal, uuid

if TYPE_CHECKING:
    from beca_core import Rule

ASSEMBLYAI: Final = Provider(
    name="AssemblyAI",
    category="ai",
    reference="https://www.assemblyai.com/docs/api-reference/overview",
    remediation="Delete the key in the AssemblyAI dashboard under API keys, and create a new one.",
)
CARTESIA: Final = Provider(
    name="Cartesia",
    category="ai",
    reference="https://docs.cartesia.ai/use-the-api/api-conventions",
    remediation="Delete the key in the Cartesia playground under API keys, and create a new one.",
)
DEEPGRAM: Final = Provider(
    name="Deepgram",
    category="ai",
    reference="https://developers.deepgram.com/docs/create-additional-api-keys",
    remediation="Delete the key in the Deepgram console under API keys, and create a new one.",
)
ELEVENLABS: Final = Provider(
    name="ElevenLabs",
    category="ai",
    reference="https://elevenlabs.io/docs/api-reference/authentication",
    remediation="Delete the key in ElevenLabs under developers, API keys, and create a new one.",
)
MURF: Final = Provider(
    name="Murf AI",
    category="ai",
    reference="https://murf.ai/api/docs/introduction/quickstart",
    remediation="Delete the key in the Murf dashboard under API keys, and create a new one.",
)

RULES: Final[tuple[Rule, ...]] = (
    ASSEMBLYAI.named(
        "assemblyai-api-key",
        "AssemblyAI API key",
        ("assemblyai", "assembly_ai", "assembly-ai", "aai_api"),
        hexadecimal(32),
    ),
    CARTESIA.token("cartesia-api-key", "Cartesia API key", "sk_car_", base62(20, 48)),
    DEEPGRAM.named("deepgram-api-key", "Deepgram API key", ("deepgram", "dg_api"), hexadecimal(40)),
    ELEVENLABS.token("elevenlabs-api-key", "ElevenLabs API key", "sk_", hexadecimal(48)),
    ELEVENLABS.named(
        "elevenlabs-legacy-api-key",
        "ElevenLabs API key from before 2024",
        ("elevenlabs", "eleven_labs", "eleven-labs", "xi-api", "xi_api", "eleven_api"),
        hexadecimal(32),
    ),
    MURF.token("murf-api-key", "Murf AI API key", "ap2_", *uuid()),
)
