"""Private keys of wallets. Most have a checksum, so that a text with their form and a right checksum is one."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from beca_core import Allow, Confidence, CounterExample, Example, Near, Rule, Severity, Side, Step, random_text
from beca_core.checks import Base58Check, Custom
from beca_core.rules.example import deferred
from beca_scanners.building import Provider, hexadecimal
from beca_scanners.consumer.blockchains.wallet_checksums import (
    BECH32,
    RIPPLE58,
    RIPPLE_SEED,
    as_stellar_seed,
    check_bech32,
    check_ripple,
    check_stellar,
    in_base58check,
    in_bech32,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MOVE: Final = (
    "Move what the wallet holds to a new one at once: whoever has the key can take it, and nobody can revoke it."
)
_58: Final = "1-9A-HJ-NP-Za-km-z"
_BECH32_DIGITS: Final = "02-9ac-hj-np-z"
_WORDS: Final = ("bitcoin", "litecoin", "dogecoin", "btc_", "ltc_", "doge_", "wif", "wallet")
_NEAR_BYTES: Final = 64
_DEVELOPERS_KEYS: Final = (
    "ac0974be",
    "59c6995e",
    "5de4111a",
    "7c852118",
    "47e179ec",
    "8b3a350c",
    "92db14e4",
    "4bbbf85c",
    "dbda1821",
    "2a871d07",
)
"""How the keys begin that Hardhat and Anvil give to every developer, and that their documentation shows."""


def _bytes(count: int, seed: str) -> bytes:
    """Return bytes that look random, for examples."""
    return hashlib.shake_128(seed.encode()).digest(count)


def _in_bech32(prefix: str, count: int) -> Callable[[str], str]:
    return lambda seed: in_bech32(prefix, random_text(BECH32, count, prefix + seed))


def _in_base58check(version: bytes, count: int, end: bytes = b"") -> Callable[[str], str]:
    return lambda seed: in_base58check(version + _bytes(count, seed) + end)


def _with_checksum(
    rule_id: str,
    provider: str,
    description: str,
    reference: str,
    pattern: str,
    check: Base58Check | Custom,
    *made: Callable[[str], str],
    near: tuple[str, ...] = (),
) -> Rule:
    """Return a rule for keys with a checksum.

    Args:
        rule_id: Its id.
        provider: The blockchain.
        description: What it finds.
        reference: URL of the specification.
        pattern: What a key looks like.
        check: Refuses a wrong checksum.
        made: Return keys for examples, of each kind that there is.
        near: Words of which one is before a key, for keys that do not begin in a distinctive way.
    """
    line = f"{near[0]}: {{}}" if near else "value = '{}'"

    def examples() -> Iterator[Example]:
        for key in (make(seed) for make in made for seed in ("one", "two", "three", "four")):
            yield Example(line.format(key), key)

    def without_secret() -> Iterator[CounterExample]:
        key = made[0]("one")
        yield CounterExample(line.format(_misspelt(key)), step=Step.CHECK, check=check.name)
        for word in ("value", near[0]) if near else ():
            yield CounterExample(f"{word}{' ' * (_NEAR_BYTES + 1)}{key}", step=Step.NEAR)

    return Rule(
        id=rule_id,
        version=1,
        description=description,
        severity=Severity.CRITICAL,
        confidence=Confidence.HIGH,
        pattern=f"(?P<secret>{pattern})",
        boundary="0-9A-Za-z_",
        near=(Near(words=near, within=_NEAR_BYTES, where=Side.BEFORE),) if near else (),
        checks=(check,),
        supersedes=("secret-key", "generic-*"),
        provider=provider,
        category="blockchain",
        examples=deferred(examples),
        counter_examples=deferred(without_secret),
        references=(reference,),
        remediation=_MOVE,
    )


def _misspelt(key: str) -> str:
    """Return a key with two different neighbours in the wrong order."""
    place = next(place for place in range(len(key) - 4, 0, -1) if key[place] != key[place + 1])
    return key[:place] + key[place + 1] + key[place] + key[place + 2 :]


_ETHEREUM: Final = Provider(
    name="Ethereum",
    category="blockchain",
    reference="https://ethereum.org/en/developers/docs/accounts/",
    remediation=_MOVE,
)
_ETHEREUM_KEY: Final = _ETHEREUM.named(
    "ethereum-private-key",
    "Private key of an Ethereum account",
    (
        "deployer",
        "signer",
        "wallet",
        "account_",
        "accountp",
        "eth_",
        "ethereum",
        "mainnet",
        "testnet",
        "sepolia",
        "operator_",
        "operatorp",
        "relayer",
    ),
    "0x",
    hexadecimal(64),
    said=("key", "private", "priv", "_pk"),
    severity=Severity.CRITICAL,
)

RULES: Final[tuple[Rule, ...]] = (
    _with_checksum(
        "bitcoin-private-key",
        "Bitcoin",
        "Private key of a Bitcoin, Litecoin or Dogecoin wallet in the wallet import format (WIF)",
        "https://en.bitcoin.it/wiki/Wallet_import_format",
        f"[56KLTQ][{_58}]{{50,51}}",
        Base58Check(versions=(0x80, 0xB0, 0x9E), lengths=(32, 33)),
        _in_base58check(b"\x80", 32),
        _in_base58check(b"\x80", 32, b"\x01"),
        _in_base58check(b"\xb0", 32, b"\x01"),
        _in_base58check(b"\xb0", 32),
        _in_base58check(b"\x9e", 32, b"\x01"),
        near=_WORDS,
    ),
    _with_checksum(
        "bitcoin-extended-private-key",
        "Bitcoin",
        "Extended private key of a hierarchical wallet (BIP-32)",
        "https://en.bitcoin.it/wiki/BIP_0032",
        f"[xyz]prv[{_58}]{{107}}",
        Base58Check(versions=(0x04,), lengths=(77,)),
        _in_base58check(bytes.fromhex("0488ade4"), 74),
        _in_base58check(bytes.fromhex("049d7878"), 74),
        _in_base58check(bytes.fromhex("04b2430c"), 74),
    ),
    _with_checksum(
        "stellar-secret-seed",
        "Stellar",
        "Secret seed of a Stellar account",
        "https://stellar.org/protocol/sep-23",
        "S[A-D][A-Z2-7]{54}",
        Custom("stellar-checksum", check_stellar),
        lambda seed: as_stellar_seed(_bytes(32, f"stellar {seed}")),
        near=("stellar", "soroban", "xlm_"),
    ),
    _with_checksum(
        "xrp-ledger-seed",
        "XRP Ledger",
        "Seed of an account of the XRP Ledger",
        "https://xrpl.org/docs/references/protocol/data-types/base58-encodings",
        "s[1-9A-HJ-NP-Za-km-z]{28}",
        Custom("xrp-ledger-checksum", check_ripple),
        lambda seed: in_base58check(bytes([RIPPLE_SEED]) + _bytes(16, f"xrp {seed}"), RIPPLE58),
        near=("xrp", "ripple"),
    ),
    _with_checksum(
        "sui-private-key",
        "Sui",
        "Private key of a Sui account",
        "https://docs.sui.io/concepts/cryptography/transaction-auth/keys-addresses",
        f"suiprivkey1[{_BECH32_DIGITS}]{{59}}",
        Custom("bech32", check_bech32),
        _in_bech32("suiprivkey", 53),
    ),
    _with_checksum(
        "cardano-private-key",
        "Cardano",
        "Private key of a Cardano wallet in Bech32 (CIP-5)",
        "https://cips.cardano.org/cip/CIP-5",
        f"(?:ed25519_sk|ed25519e_sk|root_xsk|addr_xsk|stake_xsk|acct_xsk)1[{_BECH32_DIGITS}]{{58,180}}",
        Custom("bech32", check_bech32),
        _in_bech32("ed25519_sk", 52),
        _in_bech32("ed25519e_sk", 103),
        _in_bech32("root_xsk", 154),
        _in_bech32("addr_xsk", 154),
        _in_bech32("stake_xsk", 174),
        _in_bech32("acct_xsk", 154),
    ),
    _with_checksum(
        "tezos-private-key",
        "Tezos",
        "Private key of a Tezos account",
        "https://docs.tezos.com/architecture/accounts",
        f"edsk[{_58}]{{50}}",
        Base58Check(versions=(0x0D,), lengths=(35,)),
        _in_base58check(bytes.fromhex("0d0f3a07"), 32),
    ),
    replace(
        _ETHEREUM_KEY,
        allow=Allow(words=_DEVELOPERS_KEYS),
        counter_examples=deferred(
            lambda: (
                *_ETHEREUM_KEY.counter_examples,
                *(
                    CounterExample(
                        f"wallet_key = 0x{begin}{random_text('0123456789abcdef', 56, begin)}", step=Step.ALLOW
                    )
                    for begin in _DEVELOPERS_KEYS
                ),
            )
        ),
    ),
)
