"""The rules for models and clouds, all together with the others."""

from __future__ import annotations

import pytest

from beca_core import Confidence, Engine, Rule, random_text
from beca_scanners import ai, cloud, rules_of
from beca_scanners.building import base62, base64url, hexadecimal, upper36

RULES = {rule.id: rule for family in (ai, cloud) for rule in rules_of(family)}
COMMIT = hexadecimal(40).sample("commit")
DIGEST = hexadecimal(64).sample("digest")


def test_every_rule_says_who_issues_the_secret_and_how_to_revoke_it() -> None:
    for rule in RULES.values():
        assert rule.provider or rule.id.startswith("generic-"), rule.id
        assert rule.category, rule.id
        assert rule.remediation.endswith("."), rule.id
        assert rule.id.partition("-")[0].isalnum(), rule.id


ENVIRONMENT = """
OPENAI_API_KEY={openai-project-key}
ANTHROPIC_API_KEY="{anthropic-api-key}"
export MISTRAL_API_KEY='{mistral-api-key}'
COHERE_API_KEY={cohere-api-key}
GROQ_API_KEY={groq-api-key}
HF_TOKEN={huggingface-user-token}
REPLICATE_API_TOKEN={replicate-api-token}
PINECONE_API_KEY={pinecone-api-key}
LANGSMITH_API_KEY={langsmith-key}
DEEPGRAM_API_KEY={deepgram-api-key}
GOOGLE_API_KEY={google-api-key}
GOOGLE_CLIENT_SECRET={google-oauth-client-secret}
AWS_SESSION_TOKEN={aws-session-token}
CLOUDFLARE_API_TOKEN={cloudflare-legacy-api-token}
CLOUDFLARE_API_KEY={cloudflare-legacy-global-api-key}
DIGITALOCEAN_TOKEN={digitalocean-personal-token}
HCLOUD_TOKEN={hetzner-cloud-token}
LINODE_TOKEN={linode-access-token}
HEROKU_API_KEY={heroku-legacy-api-key}
DATABASE_URL={heroku-postgres-url}
VERCEL_TOKEN={vercel-personal-access-token}
NETLIFY_AUTH_TOKEN={netlify-access-token}
FASTLY_API_TOKEN={fastly-api-token}
IBMCLOUD_API_KEY={ibm-cloud-api-key}
SCW_SECRET_KEY={scaleway-named-secret-key}
VULTR_API_KEY={vultr-api-key}
CLOUDINARY_URL={cloudinary-url}
"""


def test_an_environment_of_many_services(engine: Engine) -> None:
    lines, expected = [], []
    for line in ENVIRONMENT.strip().splitlines():
        name, _, place = line.partition("=")
        rule_id = place.strip("{}'\"")
        example = RULES[rule_id].examples[0]
        value = example.secret_bytes.decode()
        if rule_id == "heroku-postgres-url":
            value = example.data.decode().strip().partition("=")[2]
        lines.append(f"{name}={place.replace('{' + rule_id + '}', value)}")
        expected.append(rule_id)
    found = engine.scan_text("\n".join(lines), name=".env")
    assert [finding.rule_id for finding in found] == expected
    assert [finding.location.begin.line for finding in found] == list(range(1, len(lines) + 1))


def variables(name: str, rule: Rule) -> list[str]:
    value = rule.examples[0].secret_bytes.decode()
    return [
        f'{name} = "{value}"',
        f"{name}: {value}",
        f'"{name}": "{value}",',
        f'os.environ["{name}"] = "{value}"',
        f'<add key="{name}" value="{value}"/>',
        f"const {name}: string = '{value}';",
        f'{name} := "{value}"',
        f"{name}='{value}' make deploy",
    ]


@pytest.mark.parametrize("rule_id", ["mistral-api-key", "fastly-api-token", "deepgram-api-key", "vultr-api-key"])
def test_a_named_secret_in_many_languages(rule_id: str, engine: Engine) -> None:
    vendor = rule_id.partition("-")[0].upper()
    for text in variables(f"{vendor}_API_KEY", RULES[rule_id]):
        assert [finding.rule_id for finding in engine.scan_text(text)] == [rule_id], text


LOOK_ALIKES = [
    "OPENAI_API_KEY=sk-your-api-key-here",
    "OPENAI_API_KEY=sk-" + "x" * 48,
    "ANTHROPIC_API_KEY=sk-ant-api03-...",
    "MISTRAL_API_KEY=${MISTRAL_API_KEY}",
    "mistral_api_key = settings.MISTRAL_API_KEY_OF_PRODUCTION",
    "vercel_token: ${{ secrets.VERCEL_TOKEN }}",
    'CLOUDFLARE_API_TOKEN = os.environ["CLOUDFLARE_API_TOKEN"]',
    f"HEROKU_SLUG_COMMIT={COMMIT}",
    f"deepgram_revision: {COMMIT}",
    f"digitalocean_image: registry.acme.test/app@sha256:{DIGEST}",
    f"linode_kernel_sha256={DIGEST}",
    f"https://github.com/openai/openai-python/commit/{COMMIT}",
    f'integrity="sha512-{base62(86).sample("integrity")}=="',
    "AIzaSyDaGmWKa4J" + base64url(24).sample("documentation"),
    "AKID" + "A" * 32,
    "fly_token = fm2_",
    "const dataset = 'dataset-" + "a" * 24 + "'",
    f"/assets/fc-{hexadecimal(32).sample('asset')}.js",
    "def sk_test_of_the_service_with_a_long_name_indeed(self) -> None:",
    "YC_STORAGE_NAME=" + upper36(20).sample("bucket"),
    "railway_token_expires_at = 1700000000",
    f"tls_fingerprint: {':'.join(random_text('0123456789ABCDEF', 2, str(n)) for n in range(20))}",
]


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_what_looks_alike_is_no_secret(text: str, engine: Engine) -> None:
    found = [finding for finding in engine.scan_text(text) if finding.rule_id in RULES]
    assert [finding for finding in found if finding.confidence is not Confidence.LOW] == []
