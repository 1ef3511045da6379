"""Tokens of HashiCorp's Vault, Terraform, Consul, Nomad and Boundary, and of its cloud."""

from __future__ import annotations

import string
from typing import Final

from beca_core import Confidence, CounterExample, Example, Rule, Severity, Step, random_text
from beca_core.checks import Entropy
from beca_scanners.building import Provider, base62, base64url, either, run, uuid

VAULT: Final = Provider(
    name="HashiCorp",
    category="secrets-management",
    reference="https://developer.hashicorp.com/vault/docs/concepts/tokens",
    remediation="Revoke the token with `vault token revoke`, and look through the audit log for what it read.",
)
TERRAFORM: Final = Provider(
    name="HashiCorp",
    category="infrastructure",
    reference="https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens",
    remediation="Delete the token in the settings of the user, the team or the organisation.",
)
CONSUL: Final = Provider(
    name="HashiCorp",
    category="infrastructure",
    reference="https://developer.hashicorp.com/consul/docs/security/acl/tokens",
    remediation="Delete the token with `consul acl token delete`, and create another one.",
)
NOMAD: Final = Provider(
    name="HashiCorp",
    category="infrastructure",
    reference="https://developer.hashicorp.com/nomad/docs/secure/acl/tokens",
    remediation="Delete the token with `nomad acl token delete`, and create another one.",
)
BOUNDARY: Final = Provider(
    name="HashiCorp",
    category="infrastructure",
    reference="https://developer.hashicorp.com/boundary/docs/concepts/domain-model/auth-tokens",
    remediation="Delete the token with `boundary auth-tokens delete`.",
)
HCP: Final = Provider(
    name="HashiCorp",
    category="cloud",
    reference="https://developer.hashicorp.com/hcp/docs/hcp/iam/service-principal/key",
    remediation="Delete the key of the service principal in the HCP portal.",
)

_SPELLED: Final = r"(?i:unseal|recovery)[_-]?(?i:key)(?:[_-]?\d{1,2})?"
_SHARE: Final = string.ascii_letters + string.digits + "+/"
_SHARES: Final = random_text(_SHARE, 44, "share 1"), random_text(_SHARE, 44, "share 2")

UNSEAL_KEY: Final = Rule(
    id="hashicorp-vault-unseal-key",
    version=1,
    description="HashiCorp Vault share of the key that unseals it",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    pattern=(
        r"(?:Unseal|Recovery) Key \d{1,2}: {1,4}(?P<secret>[0-9A-Za-z+/]{44})",
        rf"{_SPELLED}[\"']?[ \t]{{0,8}}[:=][ \t]{{0,8}}[\"']?(?P<secret>[0-9A-Za-z+/]{{44}})",
    ),
    boundary="0-9A-Za-z+/",
    checks=(Entropy(min_share=0.6),),
    supersedes=("secret-key", "generic-*"),
    provider=VAULT.name,
    category=VAULT.category,
    examples=(
        Example(f"Unseal Key 1: {_SHARES[0]}\n", _SHARES[0]),
        Example(f"Recovery Key 2: {_SHARES[1]}\n", _SHARES[1]),
        Example(f'UNSEAL_KEY="{_SHARES[1]}"', _SHARES[1]),
        Example(f"recoveryKey1: {_SHARES[0]}\n", _SHARES[0]),
    ),
    counter_examples=(
        CounterExample(f"Unseal Key 1: {'A' * 44}", step=Step.CHECK, check="entropy"),
        CounterExample(f"Unseal Key 1: {_SHARES[0]}x", step=Step.BOUNDARY),
        f"Key 1: {_SHARES[0]}",
    ),
    references=("https://developer.hashicorp.com/vault/docs/concepts/seal",),
    remediation="Make new shares with `vault operator rekey`, and hand them to their keepers.",
)

RULES: Final = (
    UNSEAL_KEY,
    VAULT.token(
        "hashicorp-vault-root-token",
        "HashiCorp Vault service token in its short form, as the root token has it",
        "hvs.",
        base62(24),
        severity=Severity.CRITICAL,
    ),
    VAULT.token("hashicorp-vault-service-token", "HashiCorp Vault service token", "hvs.", base64url(60, 300)),
    VAULT.token("hashicorp-vault-batch-token", "HashiCorp Vault batch token", "hvb.", base64url(80, 500)),
    VAULT.token(
        "hashicorp-vault-recovery-token",
        "HashiCorp Vault recovery token",
        "hvr.",
        base64url(24, 300),
        severity=Severity.CRITICAL,
        reference="https://developer.hashicorp.com/vault/docs/concepts/recovery-mode",
    ),
    VAULT.named(
        "hashicorp-vault-legacy-token",
        "HashiCorp Vault token of before version 1.10",
        "vault",
        either("s.", "b."),
        base62(24),
    ),
    TERRAFORM.token(
        "hashicorp-terraform-token",
        "HashiCorp Terraform token of a user, a team or an organisation",
        base62(14),
        ".atlasv1.",
        base62(60, 80),
        severity=Severity.CRITICAL,
    ),
    CONSUL.named(
        "hashicorp-consul-token",
        "HashiCorp Consul ACL token",
        ("consul_", "consul-", "consul."),
        *uuid(),
        said=("token", "secret"),
    ),
    CONSUL.named(
        "hashicorp-consul-gossip-key",
        "HashiCorp Consul or Nomad key that encrypts gossip",
        ("gossip", "consul_encrypt", "serf_encrypt"),
        run("0-9A-Za-z+/", 43),
        "=",
        said=("key", "encrypt"),
        reference="https://developer.hashicorp.com/consul/docs/security/encryption/gossip",
        remediation="Install another key with `consul keyring -install`, use it and remove the old one.",
    ),
    NOMAD.named(
        "hashicorp-nomad-token",
        "HashiCorp Nomad ACL token",
        ("nomad_", "nomad-", "nomad."),
        *uuid(),
        said=("token", "secret"),
    ),
    BOUNDARY.token(
        "hashicorp-boundary-token", "HashiCorp Boundary authentication token", "at_", base62(10), "_s1", base62(80, 400)
    ),
    HCP.named("hashicorp-hcp-client-secret", "HashiCorp Cloud Platform client secret", "hcp_", base64url(64)),
)
