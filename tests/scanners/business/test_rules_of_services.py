"""The rules for messaging, payments and business, all together with the others."""

from __future__ import annotations

import base64
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beca_core import Confidence, Engine, Severity, random_text
from beca_scanners import business, messaging, payments, rules_of
from beca_scanners.building import hexadecimal

RULES = {rule.id: rule for family in (messaging, payments, business) for rule in rules_of(family)}
ALPHANUMERIC = string.ascii_letters + string.digits


def secret(rule_id: str) -> str:
    return RULES[rule_id].examples[0].secret_bytes.decode()


def test_every_rule_says_who_issues_the_secret_and_what_kind_of_service_that_is() -> None:
    for rule in RULES.values():
        assert rule.provider, rule.id
        assert rule.category, rule.id
        assert rule.examples[0].secret, rule.id
        assert rule.id.partition("-")[0].isalnum(), rule.id


ENVIRONMENT = """
SLACK_BOT_TOKEN={slack-bot-token}
SLACK_WEBHOOK_URL="{slack-incoming-webhook}"
DISCORD_TOKEN={discord-bot-token}
export TELEGRAM_BOT_TOKEN='{telegram-bot-token}'
TWILIO_AUTH_TOKEN={twilio-auth-token}
SENDGRID_API_KEY={sendgrid-api-key}
MAILGUN_API_KEY={mailgun-api-key}
MAILCHIMP_API_KEY={mailchimp-api-key}
BREVO_API_KEY={brevo-api-key}
RESEND_API_KEY={resend-api-key}
POSTMARK_API_TOKEN={postmark-server-token}
PUSHER_APP_SECRET={pusher-app-secret}
STRIPE_SECRET_KEY={stripe-secret-key}
STRIPE_WEBHOOK_SECRET={stripe-webhook-secret}
SQUARE_ACCESS_TOKEN={square-access-token}
BRAINTREE_TOKEN={braintree-access-token}
RAZORPAY_KEY_SECRET={razorpay-key-secret}
PAYSTACK_SECRET_KEY={paystack-secret-key}
PLAID_SECRET={plaid-secret}
POLAR_ACCESS_TOKEN={polar-token}
PADDLE_API_KEY={paddle-api-key}
SHOPIFY_ACCESS_TOKEN={shopify-access-token}
WOOCOMMERCE_SECRET={woocommerce-consumer-secret}
SHIPPO_TOKEN={shippo-live-token}
EASYPOST_API_KEY={easypost-api-key}
AIRTABLE_TOKEN={airtable-personal-access-token}
NOTION_TOKEN={notion-api-token}
ASANA_TOKEN={asana-personal-access-token}
LINEAR_API_KEY={linear-api-key}
FIGMA_TOKEN={figma-personal-access-token}
DROPBOX_TOKEN={dropbox-access-token}
CONTENTFUL_TOKEN={contentful-personal-access-token}
HUBSPOT_TOKEN={hubspot-private-app-token}
SALESFORCE_REFRESH_TOKEN={salesforce-refresh-token}
INTERCOM_TOKEN={intercom-access-token}
ZENDESK_API_TOKEN={zendesk-api-token}
TYPEFORM_TOKEN={typeform-personal-access-token}
MONDAY_TOKEN={monday-api-token}
"""


def test_an_environment_file_of_many_services_has_a_finding_for_each_line(engine: Engine) -> None:
    lines = ENVIRONMENT.strip().splitlines()
    names = [line.partition("{")[2].partition("}")[0] for line in lines]
    text = "\n".join(line.replace(f"{{{name}}}", secret(name)) for line, name in zip(lines, names, strict=True))
    found = engine.scan_text(text, name=".env")
    assert [(finding.rule_id, finding.location.begin.line) for finding in found] == [
        (name, line) for line, name in enumerate(names, start=1)
    ]
    assert all(finding.confidence >= Confidence.MEDIUM for finding in found)


@pytest.mark.parametrize(
    ("live", "test"),
    [
        ("stripe-secret-key", "stripe-test-secret-key"),
        ("braintree-access-token", "braintree-sandbox-access-token"),
        ("paystack-secret-key", "paystack-test-secret-key"),
        ("flutterwave-secret-key", "flutterwave-test-secret-key"),
        ("checkout-com-secret-key", "checkout-com-test-secret-key"),
        ("plaid-access-token", "plaid-sandbox-access-token"),
        ("duffel-live-access-token", "duffel-test-access-token"),
        ("lob-api-key", "lob-test-api-key"),
    ],
)
def test_a_key_of_test_mode_is_less_severe(live: str, test: str, engine: Engine) -> None:
    (of_live,), (of_test,) = (engine.scan_text(f'key = "{secret(name)}"') for name in (live, test))
    assert (of_live.rule_id, of_test.rule_id) == (live, test)
    assert of_test.severity < of_live.severity
    assert of_live.severity >= Severity.HIGH


DIGITS = hexadecimal(40).sample("harmless")
UUID = "-".join(hexadecimal(count).sample(f"{count}") for count in (8, 4, 4, 4, 12))


@pytest.mark.parametrize(
    "text",
    [
        f"commit {DIGITS}\nslack: {DIGITS[:32]}",
        f'"integrity": "sha1-{DIGITS}", "source": "https://packages.acme.internal/twilio/-/twilio-4.0.0.tgz"',
        f"zendesk_ticket_id = {DIGITS[:24]}",
        f"hubspot_portal: {UUID}",
        f"stripe_customer = cus_{random_text(ALPHANUMERIC, 14)}",
        f"pk_live_{random_text(ALPHANUMERIC, 24)}",
        "slack_signing_secret = os.environ['SLACK_SIGNING_SECRET']",
        "MAILCHIMP_API_KEY=<your key>",
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        "discord_token: str = field(default_factory=load_discord_token_from_the_environment)",
        "probably_key = normalizeTheKeysOfAllTheMessagesOfUsers",
        "re_compile_the_pattern_of_words_and_numbers",
        "secret_getTheConfigurationOfTheServerFromTheDatabase",
    ],
)
def test_what_only_looks_like_a_secret_of_a_service_is_none(text: str, engine: Engine) -> None:
    assert [found.rule_id for found in engine.scan_text(text) if found.rule_id in RULES] == []


@settings(max_examples=40)
@given(number=st.integers(10**16, 10**20 - 1))
def test_a_token_of_discord_begins_with_the_id_of_any_account(number: int, engine: Engine) -> None:
    identifier = base64.b64encode(str(number).encode()).decode().rstrip("=")
    token = f"{identifier}.{random_text(ALPHANUMERIC, 6)}.{random_text(ALPHANUMERIC, 38)}"
    assert [found.rule_id for found in engine.scan_text(f"discord_token = '{token}'")] == ["discord-bot-token"]


@settings(max_examples=40)
@given(text=st.text(string.ascii_lowercase, min_size=18, max_size=18))
def test_a_text_that_begins_with_no_id_is_no_token_of_discord(text: str, engine: Engine) -> None:
    identifier = base64.b64encode(text.encode()).decode()
    token = f"{identifier}.{random_text(ALPHANUMERIC, 6)}.{random_text(ALPHANUMERIC, 38)}"
    assert "discord-bot-token" not in [found.rule_id for found in engine.scan_text(f"discord_token = '{token}'")]


def test_the_tokens_of_providers_that_borrow_a_prefix_are_named_after_them(engine: Engine) -> None:
    for name in ("paystack-secret-key", "talkjs-secret-key", "swell-secret-key"):
        example = RULES[name].examples[0]
        (found,) = engine.scan_text(example.data)
        assert found.rule_id == name
        assert "stripe-secret-key" in [other.rule_id for other in found.superseded]
