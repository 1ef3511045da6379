"""Providers of payments that work in Latin America."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import (
    Provider,
    base62,
    base64,
    digits,
    either,
    hexadecimal,
)

_CATEGORY: Final = "payments"

MERCADO_PAGO: Final = Provider(
    name="Mercado Pago",
    category=_CATEGORY,
    reference="https://www.mercadopago.com/developers/en/docs/your-integrations/credentials",
    remediation="Renew the access token of the application on the page Your integrations, Production credentials.",
)
ASAAS: Final = Provider(
    name="Asaas",
    category=_CATEGORY,
    reference="https://docs.asaas.com/docs/authentication-2",
    remediation="Delete the API key in the account, under Integrations, and generate a new one.",
)
PAGARME: Final = Provider(
    name="Pagar.me",
    category=_CATEGORY,
    reference="https://docs.pagar.me/reference/autentica%C3%A7%C3%A3o-2",
    remediation="Generate a new secret key in the dashboard, under Settings, Keys.",
)

RULES: Final = (
    MERCADO_PAGO.token(
        "mercado-pago-access-token",
        "Mercado Pago access token of production",
        "APP_USR-",
        digits(12, 18),
        "-",
        digits(6),
        "-",
        hexadecimal(32),
        "-",
        digits(6, 12),
        severity=Severity.CRITICAL,
    ),
    MERCADO_PAGO.token(
        "mercado-pago-test-access-token",
        "Mercado Pago access token of test mode",
        "TEST-",
        digits(12, 18),
        "-",
        digits(6),
        "-",
        hexadecimal(32),
        "-",
        digits(6, 12),
        severity=Severity.LOW,
    ),
    ASAAS.token(
        "asaas-access-token",
        "Asaas API key of production",
        either("$aact_prod_", "$aact_"),
        base64(80, 240),
        severity=Severity.CRITICAL,
        boundary="0-9A-Za-z+/",
    ),
    ASAAS.token(
        "asaas-sandbox-token", "Asaas API key of the sandbox", "$aact_hmlg_", base64(80, 240), severity=Severity.LOW
    ),
    PAGARME.token(
        "pagarme-api-key",
        "Pagar.me API key of version 4",
        either("ak_live_", "ak_test_"),
        base62(30),
        severity=Severity.HIGH,
    ),
)
