"""Providers that deliver e-mail of applications: their APIs and their SMTP servers."""

from __future__ import annotations

from typing import Final

from beca_core import Confidence, Severity
from beca_core.checks import Charset
from beca_scanners.building import Provider, base62, base64, base64url, hexadecimal, run, uuid

_CATEGORY: Final = "email"

SENDGRID: Final = Provider(
    name="SendGrid",
    category=_CATEGORY,
    reference="https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
    remediation="Delete the API key in the settings, under API Keys, and create a new one.",
)
MAILGUN: Final = Provider(
    name="Mailgun",
    category=_CATEGORY,
    reference="https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth",
    remediation="Delete the API key in the settings, under API Security, and create a new one.",
)
MANDRILL: Final = Provider(
    name="Mandrill",
    category=_CATEGORY,
    reference="https://mailchimp.com/developer/transactional/docs/fundamentals/",
    remediation="Disable or delete the API key in the settings of Mailchimp Transactional.",
)
BREVO: Final = Provider(
    name="Brevo",
    category=_CATEGORY,
    reference="https://developers.brevo.com/docs/getting-started",
    remediation="Delete the key in the settings, under SMTP and API, and create a new one.",
)
POSTMARK: Final = Provider(
    name="Postmark",
    category=_CATEGORY,
    reference="https://postmarkapp.com/developer/api/overview#authentication",
    remediation="Regenerate the API token on the page API Tokens of the server or account.",
)
SPARKPOST: Final = Provider(
    name="SparkPost",
    category=_CATEGORY,
    reference="https://developers.sparkpost.com/api/#header-authentication",
    remediation="Delete the API key in the configuration and create a new one.",
)
RESEND: Final = Provider(
    name="Resend",
    category=_CATEGORY,
    reference="https://resend.com/docs/api-reference/introduction",
    remediation="Delete the API key on the page API Keys of the dashboard and create a new one.",
)
MAILJET: Final = Provider(
    name="Mailjet",
    category=_CATEGORY,
    reference="https://dev.mailjet.com/email/reference/overview/authentication/",
    remediation="Reset the secret key of the API key in the account settings.",
)
MAILERSEND: Final = Provider(
    name="MailerSend",
    category=_CATEGORY,
    reference="https://developers.mailersend.com/general.html#authentication",
    remediation="Delete the token on the page API tokens, or reset the SMTP user of the domain.",
)
ELASTIC_EMAIL: Final = Provider(
    name="Elastic Email",
    category=_CATEGORY,
    reference="https://elasticemail.com/developers/api-documentation/rest-api",
    remediation="Delete the API key in the settings, under Manage API Keys.",
)
ZEPTOMAIL: Final = Provider(
    name="ZeptoMail",
    category=_CATEGORY,
    reference="https://www.zoho.com/zeptomail/help/api/email-sending.html",
    remediation="Regenerate the send mail token of the agent.",
)
NYLAS: Final = Provider(
    name="Nylas",
    category=_CATEGORY,
    reference="https://developer.nylas.com/docs/v3/auth/",
    remediation="Delete the API key of the application in the dashboard and create a new one.",
)
AHASEND: Final = Provider(
    name="AhaSend",
    category=_CATEGORY,
    reference="https://ahasend.com/docs/api-reference",
    remediation="Delete the API key in the dashboard and create a new one.",
)
NEVERBOUNCE: Final = Provider(
    name="NeverBounce",
    category=_CATEGORY,
    reference="https://developers.neverbounce.com/docs/authentication",
    remediation="Delete the app with the key in the dashboard and create a new one.",
)

RULES: Final = (
    SENDGRID.token(
        "sendgrid-api-key",
        "SendGrid API key",
        "SG.",
        base64url(20, 24),
        ".",
        base64url(39, 50),
        severity=Severity.HIGH,
    ),
    MAILGUN.token("mailgun-api-key", "Mailgun API key", "key-", hexadecimal(32)),
    MAILGUN.named(
        "mailgun-account-key",
        "Mailgun API key of an account or domain, in three parts",
        ("mailgun", "mg_api"),
        hexadecimal(32),
        "-",
        hexadecimal(8),
        "-",
        hexadecimal(8),
    ),
    MAILGUN.named(
        "mailgun-signing-key",
        "Mailgun key with which webhooks are signed",
        "mailgun",
        hexadecimal(32),
        said=("sign", "webhook"),
        severity=Severity.MEDIUM,
    ),
    MAILGUN.token(
        "mailgun-public-key",
        "Mailgun public key, which validates addresses",
        "pubkey-",
        hexadecimal(32),
        severity=Severity.LOW,
    ),
    MANDRILL.token("mandrill-api-key", "Mandrill API key, of Mailchimp Transactional", "md-", base64url(22)),
    BREVO.token(
        "brevo-api-key", "Brevo API key, earlier called Sendinblue", "xkeysib-", hexadecimal(64), "-", base62(16)
    ),
    BREVO.token(
        "brevo-smtp-key", "Brevo SMTP key, earlier called Sendinblue", "xsmtpsib-", hexadecimal(64), "-", base62(16)
    ),
    POSTMARK.named("postmark-server-token", "Postmark API token of a server or account", "postmark", *uuid()),
    SPARKPOST.named("sparkpost-api-key", "SparkPost API key", "sparkpost", hexadecimal(40)),
    RESEND.token(
        "resend-api-key",
        "Resend API key",
        "re_",
        base62(8),
        "_",
        base62(24),
        checks=(Charset(digits=1, upper=1, lower=1),),
        counter_examples=("re_compiled_patternsofallnamestests", "re_abcdefgh_ijklmnopqrstuvwxyzabcdef"),
    ),
    MAILJET.named("mailjet-api-key", "Mailjet API key or secret key", "mailjet", hexadecimal(32)),
    MAILERSEND.token("mailersend-api-token", "MailerSend API token", "mlsn.", hexadecimal(64)),
    MAILERSEND.token(
        "mailersend-smtp-user",
        "MailerSend SMTP user name",
        "MS_",
        base62(6),
        "@",
        run("0-9a-z.-", 6, 60),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    MAILERSEND.token(
        "mailersend-smtp-password",
        "MailerSend SMTP password",
        "mssp.",
        base62(7),
        ".",
        base62(16),
        ".",
        base62(7),
    ),
    ELASTIC_EMAIL.named(
        "elastic-email-api-key",
        "Elastic Email API key",
        ("elasticemail", "elastic_email", "elastic-email"),
        run("0-9A-F", 96),
    ),
    ZEPTOMAIL.token("zeptomail-token", "ZeptoMail token that sends mail", "Zoho-enczapikey ", base64(100, 250)),
    NYLAS.token("nylas-api-key", "Nylas API key", "nyk_v0_", base62(64), severity=Severity.CRITICAL),
    AHASEND.token("ahasend-api-key", "AhaSend API key", "aha-sk-", base64url(40, 80)),
    NEVERBOUNCE.token("neverbounce-api-key", "NeverBounce API key", "private_", hexadecimal(32)),
)
