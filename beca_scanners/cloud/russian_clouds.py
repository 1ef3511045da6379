"""Yandex, whose documentation gives the forms of its secrets, and other clouds of Russia."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import Provider, TokenShape, base62, base64url, digits, either, hexadecimal

if TYPE_CHECKING:
    from beca_core import Rule

YANDEX: Final = Provider(
    name="Yandex Cloud",
    category="cloud",
    reference="https://yandex.cloud/en/docs/security/operations/search-secrets",
    remediation="Delete the key or revoke the token with Yandex Identity and Access Management, and create a new one.",
)
PASSPORT: Final = Provider(
    name="Yandex",
    category="cloud",
    reference="https://yandex.ru/dev/id/doc/en/tokens/token-invalidate",
    remediation="Revoke the access of the application in Yandex ID.",
)

RULES: Final[tuple[Rule, ...]] = (
    YANDEX.token("yandex-cloud-api-key", "Yandex Cloud API key of a service account", "AQVN", base64url(35, 38)),
    YANDEX.token(
        "yandex-cloud-iam-token",
        "Yandex Cloud IAM token, valid for at most 12 hours",
        "t1.",
        base64url(20, 600),
        either("==", "=", ""),
        ".",
        base64url(86),
        severity=Severity.CRITICAL,
    ),
    YANDEX.token(
        "yandex-cloud-iam-cookie",
        "Yandex Cloud IAM cookie of someone who is signed in",
        "c1.",
        base64url(20, 600),
        either("==", "=", ""),
        ".",
        base64url(86),
        severity=Severity.CRITICAL,
    ),
    YANDEX.paired(
        "yandex-cloud-access-secret",
        "Yandex Cloud access secret of a static key beside its key id",
        TokenShape("YCAJ", base64url(21)),
        "YC",
        base64url(38),
        severity=Severity.CRITICAL,
        supersedes=("yandex-named-access-secret",),
    ),
    YANDEX.named(
        "yandex-named-access-secret",
        "Yandex Cloud access secret that is assigned to a name",
        ("yandex", "yc_"),
        "YC",
        base64url(38),
        severity=Severity.CRITICAL,
    ),
    YANDEX.token(
        "yandex-smartcaptcha-server-key",
        "Yandex SmartCaptcha server key",
        "ysc2_",
        base62(40, 60),
        reference="https://yandex.cloud/en/docs/smartcaptcha/concepts/keys",
        remediation="Delete the captcha in the console, and create a new one.",
    ),
    PASSPORT.token(
        "yandex-oauth-token",
        "Yandex Passport OAuth token",
        either("y0_", "y1_", "y2_", "y3_"),
        base64url(55, 70),
        severity=Severity.CRITICAL,
    ),
    PASSPORT.token(
        "yandex-dictionary-api-key",
        "Yandex.Dictionary API key",
        "dict.1.1.",
        digits(8),
        "T",
        digits(6),
        "Z.",
        hexadecimal(16),
        ".",
        hexadecimal(40),
        severity=Severity.MEDIUM,
        reference="https://yandex.ru/dev/dictionary/",
        remediation="Disable the key on the page of keys, and request a new one.",
    ),
    PASSPORT.token(
        "yandex-predictor-api-key",
        "Yandex.Predictor API key",
        "pdct.1.1.",
        digits(8),
        "T",
        digits(6),
        "Z.",
        hexadecimal(16),
        ".",
        hexadecimal(40),
        severity=Severity.MEDIUM,
        reference="https://yandex.ru/dev/predictor/",
        remediation="Disable the key on the page of keys, and request a new one.",
    ),
    PASSPORT.token(
        "yandex-translate-api-key",
        "Yandex.Translate API key",
        "trnsl.1.1.",
        digits(8),
        "T",
        digits(6),
        "Z.",
        hexadecimal(16),
        ".",
        hexadecimal(40),
        severity=Severity.MEDIUM,
        reference="https://yandex.ru/dev/translate/",
        remediation="Disable the key on the page of keys; the service has moved to Yandex Cloud.",
    ),
)
