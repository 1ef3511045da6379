"""Secrets that are known by what is near them: a word, a companion, a path."""

from __future__ import annotations

from typing import Final

from beca_core import Confidence, CounterExample, Example, Near, Part, Rule, Severity, Side, Step
from beca_core.checks import Base58Check, ByteArray, Encoded, Entropy, Luhn, Placeholder, Shape
from tests.shapes.samples import base58check, base64_of, bytes_of, key_in_base64, sample, with_luhn_digit

_LETTERS_AND_DIGITS: Final = "0-9A-Za-z"


def _uuid(version: str, seed: str) -> str:
    lengths = {"a": 8, "b": 4, "c": 3, "d": 3, "e": 12}
    first, second, third, fourth, fifth = (sample("0-9a-f", size, f"{seed}-{name}") for name, size in lengths.items())
    return f"{first}-{second}-{version}{third}-a{fourth}-{fifth}"


_UUID: Final = _uuid("4", "nimbus")
UUID_NEAR_WORD: Final = Rule(
    id="nimbus-key",
    version=1,
    description="Key of Nimbus: a random UUID near its name",
    provider="Nimbus",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    pattern="(?P<secret>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",
    boundary="0-9A-Za-z_-",
    near=(Near(words=("nimbus",), within=40, where=Side.BEFORE),),
    checks=(Shape(one_of=("uuid-v4",)),),
    examples=(Example(f"nimbus_key: {_UUID}", _UUID),),
    counter_examples=(
        CounterExample(f"stratus_key: {_UUID}", step=Step.NEAR),
        CounterExample(f"nimbus is a cloud, and this is some text after its name: {_UUID}", step=Step.NEAR),
        CounterExample(f"nimbus_key: {_uuid('1', 'by-time')}", step=Step.CHECK, check="shape"),
    ),
)

_HEX: Final = sample("0-9a-f", 32, "stratus")
HEX_NEAR_WORD: Final = Rule(
    id="stratus-key",
    version=1,
    description="Key of Stratus: hexadecimal digits near its name",
    provider="Stratus",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    pattern="(?P<secret>[0-9a-f]{32})",
    boundary=_LETTERS_AND_DIGITS,
    near=(Near(words=("stratus", "strts"), within=30),),
    checks=(Entropy(min_share=0.7),),
    examples=(Example(f"STRATUS_KEY={_HEX}", _HEX), Example(f"key = '{_HEX}'  # strts", _HEX)),
    counter_examples=(
        CounterExample(f"md5 = {_HEX}", step=Step.NEAR),
        CounterExample(f"stratus {'and what it is about, ' * 3}{_HEX}", step=Step.NEAR),
        CounterExample(f"stratus={'0' * 32}", step=Step.CHECK, check="entropy"),
    ),
)

_SIGNING: Final = key_in_base64("signing")
_TEXT: Final = base64_of("this-is-a-text-and-not-any-key-!")
BASE64_KEY: Final = Rule(
    id="signing-key",
    version=1,
    description="Key of 32 bytes in base64",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    pattern="(?P<secret>[A-Za-z0-9+/]{43}=)",
    boundary="0-9A-Za-z+/=",
    near=(Near(words=("signing", "signature"), within=32, where=Side.LINE),),
    checks=(Encoded(encoding="base64", lengths=(32,), content="binary"),),
    examples=(Example(f"signing_key: {_SIGNING}", _SIGNING),),
    counter_examples=(
        CounterExample(f"sha256: {_SIGNING}", step=Step.NEAR),
        CounterExample(f"signing:\n  sha256: {_SIGNING}", step=Step.NEAR),
        CounterExample(f"signing_text: {_TEXT}", step=Step.CHECK, check="encoded"),
    ),
)

_DECIMAL: Final = ", ".join(map(str, bytes_of(16, "decimal")))
_HEXADECIMAL: Final = ", ".join(f"0x{number:02x}" for number in bytes_of(32, "hexadecimal"))
BYTE_ARRAY: Final = Rule(
    id="byte-array-key",
    version=1,
    description="Key in source code, byte by byte",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    pattern=(
        r"(?i:aes_?key)\[\] = \{\s*"
        r"(?P<secret>(?:0x[0-9a-f]{2}|[0-9]{1,3})(?:,\s*(?:0x[0-9a-f]{2}|[0-9]{1,3})){15,63})\s*\}"
    ),
    multiline=True,
    checks=(ByteArray(lengths=(16, 32), min_share=0.6),),
    examples=(
        Example(f"static byte aes_key[] = {{ {_DECIMAL} }};", _DECIMAL),
        Example(f"const uint8_t AESKEY[] = {{ {_HEXADECIMAL} }};", _HEXADECIMAL),
    ),
    counter_examples=(
        "byte aes_key[] = { 1, 2, 3 };",
        CounterExample(f"byte aes_key[] = {{{', '.join(['0'] * 16)}}};", step=Step.CHECK, check="byte-array"),
    ),
)

_CARD: Final = with_luhn_digit("97" + sample("0-9", 16, "card"))
_NO_CARD: Final = "97" + sample("0-9", 17, "no-card")
LUHN: Final = Rule(
    id="gift-card",
    version=1,
    description="Number of a gift card, with a check digit",
    category="payment",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    pattern="(?P<secret>97[0-9]{17})",
    boundary=_LETTERS_AND_DIGITS,
    near=(Near(words=("gift", "card"), within=40),),
    checks=(Luhn(),),
    examples=(Example(f"gift card {_CARD}", _CARD),),
    counter_examples=(
        CounterExample(f"order {_CARD}", step=Step.NEAR),
        CounterExample(f"card: {'the number is the next one, ' * 2}{_CARD}", step=Step.NEAR),
        CounterExample(f"gift card {_NO_CARD}", step=Step.CHECK, check="luhn"),
    ),
)

_WALLET: Final = base58check(0x97, 33, "wallet")
BASE58CHECK: Final = Rule(
    id="wallet-key",
    version=1,
    description="Private key of a wallet, in base58 with a checksum",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    pattern="(?P<secret>[1-9A-HJ-NP-Za-km-z]{52})",
    boundary=_LETTERS_AND_DIGITS,
    near=(Near(words=("wallet",), within=24),),
    checks=(Base58Check(versions=(0x97,), lengths=(33,)),),
    examples=(Example(f"wallet: {_WALLET}", _WALLET),),
    counter_examples=(
        CounterExample(f"import {_WALLET}", step=Step.NEAR),
        CounterExample(f"wallet that has the following key: {_WALLET}", step=Step.NEAR),
        CounterExample(
            f"wallet: {sample('1-9A-HJ-NP-Za-km-z', 52, 'no-wallet')}", step=Step.CHECK, check="base58check"
        ),
    ),
)

_PIN: Final = sample("0-9", 12, "pin-pad")
DIGITS_NEAR_WORD: Final = Rule(
    id="pin-pad-code",
    version=1,
    description="Code of a pin pad: twelve digits in a line that names it",
    severity=Severity.MEDIUM,
    confidence=Confidence.LOW,
    pattern="(?P<secret>[0-9]{12})",
    boundary=_LETTERS_AND_DIGITS,
    near=(Near(words=("pinpad",), where=Side.LINE),),
    min_entropy=2.0,
    examples=(Example(f"pinpad code {_PIN}", _PIN),),
    counter_examples=(
        CounterExample(f"pinpad\n{_PIN}", step=Step.NEAR),
        CounterExample("pinpad 111111111111", step=Step.ENTROPY),
    ),
)

_ID: Final = "QKIA" + sample("A-Z2-7", 16, "id")
_SECRET: Final = sample("A-Za-z0-9/+", 40, "secret-of-id")
ID_AND_SECRET: Final = Rule(
    id="quark-secret",
    version=1,
    description="Secret key of Quark beside its id",
    provider="Quark",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    pattern="(?P<secret>[A-Za-z0-9/+]{40})",
    boundary="0-9A-Za-z/+=_-",
    parts=(Part(name="key-id", pattern="QKIA[A-Z2-7]{16}", boundary="0-9A-Za-z", within_lines=3, public=True),),
    checks=(Entropy(min_share=0.75),),
    examples=(
        Example(f"id: {_ID}\nkey: {_SECRET}\n", _SECRET, parts={"key-id": _ID}),
        Example(f"{_SECRET} {_ID}", _SECRET, parts={"key-id": _ID}),
    ),
    counter_examples=(
        CounterExample(f"key: {_SECRET}", step=Step.PARTS, check="key-id"),
        CounterExample(f"id: {_ID}\n\n\n\n\nkey: {_SECRET}", step=Step.PARTS, check="key-id"),
        CounterExample(f"{_ID} {'abab' * 10}", step=Step.CHECK, check="entropy"),
    ),
)

_PASSWORD: Final = sample("A-Za-z0-9!~%", 14, "account") + "!%"
ACCOUNT: Final = Rule(
    id="account-password",
    version=1,
    description="Password beside the name of a user, and perhaps a host",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=r"""(?i:password)["']?\s{0,4}[:=]\s{0,4}["']?(?P<secret>[^\s"'<>]{8,64})""",
    parts=(
        Part(name="user", pattern=r"""(?i:user)["']?\s{0,4}[:=]\s{0,4}["']?(?P<part>[^\s"']{2,64})""", within_lines=3),
        Part(
            name="host",
            pattern=r"""(?i:host)["']?\s{0,4}[:=]\s{0,4}["']?(?P<part>[0-9a-z.-]{4,100})""",
            within_lines=3,
            required=False,
            confidence=Confidence.MEDIUM,
            public=True,
        ),
    ),
    checks=(Placeholder(),),
    examples=(
        Example(
            f"host: db.orbit.test\nuser: admin\npassword: {_PASSWORD}\n",
            _PASSWORD,
            confidence=Confidence.HIGH,
            parts={"user": "admin", "host": "db.orbit.test"},
        ),
        Example(f"USER = admin\nPASSWORD = {_PASSWORD}\n", _PASSWORD, confidence=Confidence.MEDIUM),
    ),
    counter_examples=(
        CounterExample(f"password: {_PASSWORD}", step=Step.PARTS, check="user"),
        CounterExample("user: admin\npassword: changeme", step=Step.CHECK, check="placeholder"),
    ),
)

_CONF: Final = sample("A-Za-z0-9", 20, "path")
AT_PATHS: Final = Rule(
    id="relay-password",
    version=1,
    description="Password in a configuration file of Relay",
    provider="Relay",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    pattern="^relay_secret = (?P<secret>[0-9A-Za-z]{20})$",
    paths=("relay.d/*.conf", "**/relay.d/*.conf"),
    examples=(Example(f"relay_secret = {_CONF}\n", _CONF, path="deploy/hosts/relay.d/mail.conf"),),
    counter_examples=(
        CounterExample(f"relay_secret = {_CONF}\n", step=Step.PATH, path="deploy/hosts/mail.conf"),
        f"relay_secret = {_CONF}0",
    ),
)
