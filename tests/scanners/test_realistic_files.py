"""Files as projects have them, full of secrets: each secret is one finding, and its confidence is at least MEDIUM."""

from __future__ import annotations

import base64
import json
import string

from beca_core import Confidence, Engine, random_text
from tests.scanners.conftest import every_rule

RULES = {rule.id: rule for rule in every_rule()}

VARIABLES = {
    "ANTHROPIC_API_KEY": "anthropic-api-key",
    "OPENAI_API_KEY": "openai-project-key",
    "GROQ_API_KEY": "groq-api-key",
    "HUGGINGFACE_TOKEN": "huggingface-user-token",
    "REPLICATE_API_TOKEN": "replicate-api-token",
    "GITHUB_TOKEN": "github-token",
    "GITLAB_TOKEN": "gitlab-access-token",
    "NPM_TOKEN": "npm-access-token",
    "PYPI_API_TOKEN": "pypi-api-token",
    "RUBYGEMS_API_KEY": "rubygems-api-key",
    "DOCKERHUB_TOKEN": "docker-personal-token",
    "SONAR_TOKEN": "sonar-token",
    "BUILDKITE_API_TOKEN": "buildkite-api-token",
    "GOOGLE_MAPS_API_KEY": "google-api-key",
    "GOOGLE_CLIENT_SECRET": "google-oauth-client-secret",
    "AZURE_CLIENT_SECRET": "azure-entra-client-secret",
    "DIGITALOCEAN_TOKEN": "digitalocean-personal-token",
    "HEROKU_API_KEY": "heroku-api-token",
    "SUPABASE_ACCESS_TOKEN": "supabase-personal-token",
    "PLANETSCALE_PASSWORD": "planetscale-password",
    "DATABRICKS_TOKEN": "databricks-personal-token",
    "VAULT_TOKEN": "hashicorp-vault-service-token",
    "TF_API_TOKEN": "hashicorp-terraform-token",
    "DOPPLER_TOKEN": "doppler-service-token",
    "PULUMI_ACCESS_TOKEN": "pulumi-access-token",
    "GRAFANA_TOKEN": "grafana-service-account-token",
    "NEW_RELIC_LICENSE_KEY": "new-relic-license-key",
    "SENTRY_AUTH_TOKEN": "sentry-organization-token",
    "POSTHOG_PERSONAL_API_KEY": "posthog-personal-api-key",
    "DATADOG_API_KEY": "datadog-api-key",
    "SLACK_BOT_TOKEN": "slack-bot-token",
    "SLACK_WEBHOOK_URL": "slack-incoming-webhook",
    "TELEGRAM_BOT_TOKEN": "telegram-bot-token",
    "SENDGRID_API_KEY": "sendgrid-api-key",
    "MAILGUN_API_KEY": "mailgun-api-key",
    "STRIPE_SECRET_KEY": "stripe-secret-key",
    "STRIPE_WEBHOOK_SECRET": "stripe-webhook-secret",
    "SHOPIFY_ACCESS_TOKEN": "shopify-access-token",
    "NOTION_TOKEN": "notion-api-token",
    "FIGMA_TOKEN": "figma-personal-access-token",
}
"""Names as `.env` files have them, and the rules that find their values."""


def secret_of(rule_id: str) -> str:
    """Return the secret of the first example of a rule."""
    secret = RULES[rule_id].examples[0].secret
    assert isinstance(secret, str)
    return secret


def password(seed: str) -> str:
    return random_text(string.ascii_letters + string.digits, 20, seed)


def encoded_key(seed: str) -> str:
    label = "RSA PRIVATE KEY"
    lines = (random_text(string.ascii_letters + string.digits + "+/", 64, f"{seed} {number}") for number in range(24))
    text = f"-----BEGIN {label}-----\n" + "\n".join(lines) + f"\n-----END {label}-----\n"
    return base64.b64encode(text.encode()).decode()


def assert_each_is_one_finding(engine: Engine, name: str, text: str, secrets: list[str]) -> None:
    """Assert that each secret, of which a line has at most one, is at one finding of MEDIUM or higher, and no more."""
    found = [each for each in engine.scan_text(text, name=name) if each.confidence is not Confidence.LOW]
    lines = text.splitlines()
    expected = {number: secret for secret in secrets for number, line in enumerate(lines, 1) if secret in line}
    assert sorted(each.location.begin.line for each in found) == sorted(expected)
    for each in found:
        line, begin = each.location.begin.line, each.location.begin.column - 1
        at = lines[line - 1].index(expected[line])
        assert begin <= at < each.location.end.column or at <= begin < at + len(expected[line])


def test_a_dotenv_file_with_forty_secrets(engine: Engine) -> None:
    assert len(VARIABLES) == 40
    values = {name: secret_of(rule_id) for name, rule_id in VARIABLES.items()}
    text = "NODE_ENV=production\nPORT=8080\nLOG_LEVEL=info\n\n"
    text += "".join(f"{name}={value}\n" for name, value in values.items())
    assert_each_is_one_finding(engine, ".env", text, list(values.values()))


def test_the_provider_of_each_secret_of_a_dotenv_file_is_known(engine: Engine) -> None:
    for name, rule_id in VARIABLES.items():
        (finding,) = engine.scan_text(f"{name}={secret_of(rule_id)}\n", name=".env")
        assert finding.rule_id == rule_id


def test_a_docker_compose_file(engine: Engine) -> None:
    postgres, mysql, redis, minio, mail = map(password, ("postgres", "mysql", "redis", "minio", "mail"))
    stripe = secret_of("stripe-secret-key")
    text = f"""services:
  web:
    image: registry.acme.internal/shop:1.4.2
    ports: ["8000:8000"]
    environment:
      - DATABASE_URL=postgres://shop:{postgres}@db:5432/shop
      - REDIS_URL=redis://:{redis}@cache:6379/0
      - STRIPE_SECRET_KEY={stripe}
      - SMTP_PASSWORD={mail}
      - DEBUG=false
  reports:
    image: mysql:8
    environment:
      MYSQL_USER: reports
      MYSQL_PASSWORD: {mysql}
      MYSQL_DATABASE: reports
  files:
    image: minio/minio:latest
    environment:
      MINIO_ROOT_USER: shop
      MINIO_ROOT_PASSWORD: "{minio}"
    volumes: ["files:/data"]
"""
    assert_each_is_one_finding(engine, "docker-compose.yml", text, [postgres, redis, stripe, mail, mysql, minio])


def test_a_terraform_state(engine: Engine) -> None:
    database, token = password("rds"), secret_of("grafana-service-account-token")
    state = {
        "version": 4,
        "terraform_version": "1.9.5",
        "serial": 12,
        "outputs": {"grafana_token": {"value": token, "type": "string", "sensitive": True}},
        "resources": [
            {
                "mode": "managed",
                "type": "aws_db_instance",
                "name": "main",
                "instances": [{"attributes": {"engine": "postgres", "username": "shop", "password": database}}],
            }
        ],
    }
    assert_each_is_one_finding(engine, "terraform.tfstate", json.dumps(state, indent=2), [database, token])


def test_a_kubeconfig(engine: Engine) -> None:
    key, token = encoded_key("kubeconfig"), random_text(string.ascii_lowercase + string.digits, 40, "bootstrap")
    text = f"""apiVersion: v1
kind: Config
current-context: prod
clusters:
- name: prod
  cluster:
    server: https://10.20.0.1:6443
users:
- name: admin
  user:
    client-key-data: {key}
- name: robot
  user:
    token: {token}
contexts:
- name: prod
  context: {{cluster: prod, user: admin}}
"""
    assert_each_is_one_finding(engine, ".kube/config", text, [key, token])


def test_settings_of_django(engine: Engine) -> None:
    key = "django-insecure-" + random_text(string.ascii_lowercase + string.digits + "!@#$%^&*(-_=+)", 50, "django")
    database, mail = password("django database"), password("django mail")
    text = f"""import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "{key}"
DEBUG = True
ALLOWED_HOSTS = ["shop.acme.internal"]

DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "shop",
        "PASSWORD": "{database}",
        "HOST": os.environ.get("DB_HOST", "localhost"),
    }}
}}

EMAIL_HOST_USER = "robot"
EMAIL_HOST_PASSWORD = "{mail}"
EMAIL_PORT = 587
"""
    assert_each_is_one_finding(engine, "shop/settings.py", text, [key, database, mail])


def test_a_configuration_of_spring(engine: Engine) -> None:
    database, store, client = map(password, ("spring", "keystore", "oauth"))
    text = f"""spring:
  datasource:
    url: jdbc:postgresql://db.acme.internal:5432/shop
    username: shop
    password: {database}
  security:
    oauth2:
      client:
        registration:
          keycloak:
            client-id: shop
            client-secret: {client}
  mail:
    username: robot
    password: ${{MAIL_PASSWORD}}
server:
  port: 8443
  ssl:
    key-store: classpath:keystore.p12
    key-store-password: {store}
"""
    assert_each_is_one_finding(engine, "src/main/resources/application.yml", text, [database, client, store])
