"""Amazon's credentials beside access keys: tokens of sessions, keys of single services, and those of its shops.

A session token is base 64 of a document whose first bytes depend on the version and region of the token service, so
it begins in one of a few ways. The keys of Bedrock hold its name in base 64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Confidence, CounterExample, Severity, Step
from beca_core.checks import Repeats
from beca_scanners.building import Provider, base32, base36, base64, base64url, either, hexadecimal, uuid

if TYPE_CHECKING:
    from beca_core import Rule

AWS: Final = Provider(
    name="Amazon Web Services",
    category="cloud",
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html",
    remediation="Revoke the sessions of the role or user in IAM, and look through CloudTrail for their use.",
)
AMAZON: Final = Provider(
    name="Login with Amazon",
    category="cloud",
    reference="https://developer.amazon.com/docs/login-with-amazon/documentation-overview.html",
    remediation="Create a new client secret in the developer console, and delete the old one.",
)
MWS: Final = Provider(
    name="Amazon MWS",
    category="cloud",
    reference="https://developer-docs.amazon.com/sp-api/docs/sp-api-migration-guide",
    remediation="Remove the developer in Seller Central under the permissions of users.",
)

_SHOWN: Final = f"token=Atza|{base64url(150).sample('documentation')}{'X' * 8}{base64url(20).sample('end')}"
"""Like the token in the documentation, in which the characters of a part are replaced."""

RULES: Final[tuple[Rule, ...]] = (
    AWS.token(
        "aws-session-token",
        "AWS session token, which belongs to temporary access keys",
        either("IQoJb3JpZ2luX2Vj", "FwoGZXIvYXdzE", "FQoGZXIvYXdzE", "FQoDYXdzE"),
        base64(150, 1400),
    ),
    AWS.token(
        "aws-sso-access-token",
        "AWS access token of IAM Identity Center",
        "aoaAAAAA",
        base64url(100, 1000),
        reference="https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html",
    ),
    AWS.token(
        "aws-bedrock-api-key",
        "Amazon Bedrock long-term API key",
        "ABSKQmVkcm9ja0FQSUtleS",
        base64(80, 160),
        reference="https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html",
        remediation="Deactivate and delete the service-specific credential of the IAM user, and create a new key.",
    ),
    AWS.token(
        "aws-bedrock-short-term-api-key",
        "Amazon Bedrock short-term API key: a signed URL in base 64",
        "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t",
        base64(150, 2000),
        reference="https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html",
    ),
    AWS.token(
        "aws-service-bearer-token-id",
        "AWS API key id of a bearer token of a service or of context-specific credentials",
        either("ABIA", "ACCA"),
        base32(16),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html",
        remediation="Look for the secret that belongs to it. An id alone opens nothing, but names the account.",
    ),
    AWS.token(
        "aws-appsync-api-key",
        "AWS AppSync API key",
        "da2-",
        base36(26),
        severity=Severity.MEDIUM,
        reference="https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html",
        remediation="Delete the key in the settings of the AppSync API, and create a new one.",
    ),
    AWS.named(
        "aws-ses-smtp-password",
        "Amazon SES SMTP password",
        ("ses_smtp", "ses-smtp", "sessmtp", "amazon_ses", "aws_ses", "aws_smtp", "amazonses"),
        "B",
        base64(43),
        reference="https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html",
        remediation="Delete the IAM user of the SMTP credentials, and create new ones.",
    ),
    AMAZON.token(
        "amazon-oauth-client-secret", "Login with Amazon OAuth client secret", "amzn1.oa2-cs.v1.", hexadecimal(64)
    ),
    AMAZON.token(
        "amazon-oauth-client-id",
        "Login with Amazon OAuth client id, the public half of a pair",
        "amzn1.application-oa2-client.",
        hexadecimal(32),
        severity=Severity.LOW,
    ),
    AMAZON.token(
        "amazon-oauth-refresh-token",
        "Login with Amazon OAuth refresh token, also of the Selling Partner API",
        "Atzr|",
        base64url(100, 800),
        severity=Severity.CRITICAL,
        remediation="Withdraw the authorisation of the application in Seller Central, and grant it anew.",
    ),
    AMAZON.token(
        "amazon-oauth-access-token",
        "Login with Amazon OAuth access token, valid for an hour",
        "Atza|",
        base64url(100, 800),
        checks=(Repeats(max_run=6),),
        counter_examples=(CounterExample(_SHOWN, step=Step.CHECK, check="repeats"),),
        remediation="Replace the refresh token with which it was made; it expires after an hour.",
    ),
    MWS.token(
        "amazon-mws-auth-token",
        "Amazon MWS authorisation token of a seller",
        "amzn.mws.",
        *uuid(),
        severity=Severity.CRITICAL,
    ),
)
