"""Tokens that are known by what they are: a prefix, a suffix, a checksum, a structure."""

from __future__ import annotations

from typing import Final

from beca_core import Allow, Confidence, CounterExample, Example, Rule, Severity, Step, Variant
from beca_core.checks import Checksum, Encoded, Jwt
from tests.shapes.samples import base64_of, jwt, sample

_WORD: Final = "0-9A-Za-z_"
_BASE62: Final = "0-9A-Za-z"
_URL_SAFE: Final = "A-Za-z0-9_-"

_BROOK: Final = "brk_" + sample("0-9a-f", 40, "brook")
PREFIX: Final = Rule(
    id="brook-token",
    version=1,
    description="Brook token",
    provider="Brook",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern="(?P<secret>brk_[0-9a-f]{40})",
    boundary=_WORD,
    examples=(Example(f"token = {_BROOK}", _BROOK),),
    counter_examples=(
        "brk_readme",
        CounterExample(f"token = {_BROOK}0", step=Step.BOUNDARY),
    ),
)

_VAULT_SUM: Final = Checksum(algorithm="crc32", encoding="base62", digits=6, skip=4)
_VAULT_BODY: Final = sample(_BASE62, 30, "vault")
_VAULT: Final = f"vlt_{_VAULT_BODY}{_VAULT_SUM.checksum_of(_VAULT_BODY)}"
CHECKSUM: Final = Rule(
    id="vault-token",
    version=1,
    description="Vault token, with a checksum",
    provider="Vault",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    pattern="(?P<secret>vlt_[0-9A-Za-z]{36})",
    boundary=_WORD,
    checks=(_VAULT_SUM,),
    examples=(Example(f'vault: "{_VAULT}"', _VAULT),),
    counter_examples=(CounterExample(f"vlt_{sample(_BASE62, 36, 'wrong')}", step=Step.CHECK, check="checksum"),),
)

_JWT: Final = jwt("session")
ANY_JWT: Final = Rule(
    id="session-jwt",
    version=1,
    description="JSON Web Token of any length",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    pattern=r"(?P<secret>eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,})",
    boundary="0-9A-Za-z_.-",
    checks=(Jwt(),),
    max_bytes=8192,
    examples=(Example(f"session={_JWT}", _JWT),),
    counter_examples=(
        CounterExample(
            f"eyJ{sample('a-z', 20, 'header')}.eyJ{sample(_URL_SAFE, 30, 'claims')}.{sample(_URL_SAFE, 43, 'session')}",
            step=Step.CHECK,
            check="jwt",
        ),
    ),
)

_LIVE, _TEST = (f"pay_{kind}_{sample(_BASE62, 24, kind)}" for kind in ("live", "test"))
VARIANTS: Final = Rule(
    id="pay-key",
    version=1,
    description="Key of a payment service",
    category="payment",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    pattern="(?P<secret>pay_(?:live|test)_[0-9A-Za-z]{24})",
    boundary=_WORD,
    variants=(
        Variant(name="live", pattern="^pay_live_"),
        Variant(
            name="test", pattern="^pay_test_", severity=Severity.LOW, description="Key for tests of a payment service"
        ),
    ),
    examples=(
        Example(f"key: {_LIVE}", _LIVE, variant="live"),
        Example(f"key: {_TEST}", _TEST, variant="test"),
    ),
    counter_examples=(f"pay_none_{sample(_BASE62, 24, 'none')}",),
)

_DOCK: Final = "dok_" + sample("0-9a-f", 32, "dock")
KNOWN_VALUES: Final = Rule(
    id="dock-token",
    version=1,
    description="Dock token, but not the ones in the documentation of Dock",
    provider="Dock",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern="(?P<secret>dok_[0-9a-f]{32})",
    boundary=_WORD,
    allow=Allow(values=("dok_00112233445566778899aabbccddeeff",), words=("0123456789abcdef",)),
    examples=(Example(f"dock({_DOCK!r})", _DOCK),),
    counter_examples=(
        CounterExample("use dok_00112233445566778899aabbccddeeff", step=Step.ALLOW, check="values"),
        CounterExample(f"use dok_{'0123456789abcdef' * 2}", step=Step.ALLOW, check="words"),
    ),
)

_ODIN: Final = "odin_" + sample("0-9a-f", 32, "odin")
_ODIN_2: Final = "odin2." + sample(_BASE62, 40, "odin-2")
ALTERNATIVES: Final = Rule(
    id="odin-token",
    version=1,
    description="Odin token, in its old and its new form",
    provider="Odin",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=("(?P<secret>odin_[0-9a-f]{32})", r"(?P<secret>odin2\.[0-9A-Za-z]{40})"),
    boundary=_WORD,
    examples=(Example(f"odin {_ODIN}", _ODIN), Example(f"odin {_ODIN_2}", _ODIN_2)),
    counter_examples=("odin_config", "odin2.example.org"),
)

_SKY: Final = sample("0-9a-z", 24, "sky")
ANY_CASE: Final = Rule(
    id="sky-token",
    version=1,
    description="Sky token, whose prefix is written in any letter case",
    provider="Sky",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern="(?P<secret>(?i:sky)-[0-9a-z]{24})",
    boundary="0-9A-Za-z_-",
    examples=(Example(f"sky-{_SKY}", f"sky-{_SKY}"), Example(f"token SKY-{_SKY}", f"SKY-{_SKY}")),
    counter_examples=(f"sky-{sample('0-9A-Z', 24, 'upper-sky')}",),
)

_APPS: Final = f"{sample(_BASE62, 32, 'apps')}.apps.orbit"
SUFFIX: Final = Rule(
    id="orbit-app-key",
    version=1,
    description="Key of an app of Orbit, which ends with a mark",
    provider="Orbit",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=r"(?P<secret>[0-9A-Za-z]{32}\.apps\.orbit)",
    boundary="0-9A-Za-z_.-",
    examples=(Example(f"client: {_APPS}", _APPS),),
    counter_examples=("docs.apps.orbit",),
)

_NESTED: Final = base64_of('{"orbit":  "not-a-real-licence-of-orbit"} ')
NESTED: Final = Rule(
    id="orbit-licence",
    version=1,
    description="Licence of Orbit: JSON with a marker, in base64",
    provider="Orbit",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    pattern="(?P<secret>eyJvcmJpdCI6[A-Za-z0-9+/]{40,400}={0,2})",
    boundary="0-9A-Za-z+/=",
    checks=(Encoded(encoding="base64", content="json", contains=("orbit",)),),
    examples=(Example(f"licence {_NESTED}", _NESTED),),
    counter_examples=(
        CounterExample(f"licence eyJvcmJpdCI6{sample('A-Za-z0-9+/', 44, 'no-json')}", step=Step.CHECK, check="encoded"),
    ),
)

_HOOK: Final = "/".join((sample("A-Z0-9", 9, "team"), sample("A-Z0-9", 9, "channel"), sample(_BASE62, 24, "hook")))
WEBHOOK: Final = Rule(
    id="orbit-webhook",
    version=1,
    description="Address at which anybody can post to a channel of Orbit",
    provider="Orbit",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    pattern=r"https://hooks\.orbit\.test/services/(?P<secret>[A-Z0-9]{9}/[A-Z0-9]{9}/[0-9A-Za-z]{24})",
    boundary=_WORD,
    examples=(Example(f"curl https://hooks.orbit.test/services/{_HOOK}", _HOOK),),
    counter_examples=("https://hooks.orbit.test/services/TEAM/CHANNEL/KEY",),
)
