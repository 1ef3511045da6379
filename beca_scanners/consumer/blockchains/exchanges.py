"""Exchanges of currencies on blockchains, and brokers of stocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import base62, base64, either, uuid
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "Binance",
        "blockchain",
        "https://developers.binance.com/docs/binance-spot-api-docs/rest-api/request-security",
        "binance-secret-key",
        "API key or secret key",
        base62(64),
        words="binance",
        severity=Severity.CRITICAL,
    ),
    single(
        "Kraken",
        "blockchain",
        "https://docs.kraken.com/api/docs/guides/spot-rest-auth",
        "kraken-private-key",
        "private key",
        base64(86),
        "==",
        words="kraken",
        severity=Severity.CRITICAL,
    ),
    single(
        "Coinbase",
        "blockchain",
        "https://docs.cdp.coinbase.com/exchange/docs/authorization-and-authentication",
        "coinbase-exchange-secret",
        "API secret of Coinbase Exchange or Prime",
        base64(86),
        "==",
        words=("coinbase", "gdax", "cbpro", "coinbase_pro"),
        severity=Severity.CRITICAL,
    ),
    single(
        "Coinbase",
        "blockchain",
        "https://docs.cdp.coinbase.com/coinbase-app/docs/api-key-authentication",
        "coinbase-api-secret",
        "API secret of 32 characters",
        base62(32),
        words="coinbase",
        severity=Severity.CRITICAL,
    ),
    single(
        "Bitfinex",
        "blockchain",
        "https://docs.bitfinex.com/docs/rest-auth",
        "bitfinex-api-secret",
        "API key or secret",
        base62(43),
        words="bitfinex",
        severity=Severity.CRITICAL,
    ),
    single(
        "KuCoin",
        "blockchain",
        "https://www.kucoin.com/docs/basic-info/connection-method/authentication/creating-a-request",
        "kucoin-api-secret",
        "API secret",
        *uuid(),
        words="kucoin",
        severity=Severity.CRITICAL,
    ),
    single(
        "Gemini",
        "blockchain",
        "https://docs.gemini.com/rest-api/#private-api-invocation",
        "gemini-exchange-api-key",
        "API key of the exchange, which needs a secret",
        either("account-", "master-"),
        base62(20),
        severity=Severity.MEDIUM,
    ),
)
