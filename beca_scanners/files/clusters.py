"""Files of clusters and of infrastructure as code: kubeconfig, state of Terraform, OpenShift, Helm, Docker Compose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import CounterExample, Severity, Step
from beca_core.checks import Entropy, Placeholder
from beca_scanners.building import TokenShape, base64, uuid
from beca_scanners.building.file_format import VALUE, FileFormat, password

if TYPE_CHECKING:
    from beca_core import Rule

_REAL: Final = Placeholder()
_RANDOM: Final = Entropy(min_share=0.6)

KUBECONFIG: Final = FileFormat(
    name="Kubernetes",
    reference="https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/",
    remediation="Revoke the user's certificate or token in the cluster, and issue a new one.",
)
TERRAFORM: Final = FileFormat(
    name="Terraform",
    reference="https://developer.hashicorp.com/terraform/language/state/sensitive-data",
    remediation="Replace the secret, and keep the state in a backend that encrypts it, never in a repository.",
)
VAULT_LOGIN: Final = FileFormat(
    name="HashiCorp Vault",
    reference="https://developer.hashicorp.com/vault/docs/auth/approle",
    remediation="Destroy the secret id of the role, and issue a new one.",
)

_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def _uuid(seed: str) -> str:
    return TokenShape(*uuid()).samples(seed)[0]


RULES: Final[tuple[Rule, ...]] = (
    KUBECONFIG.secret(
        "kubeconfig-client-key",
        "Private key of a user in a kubeconfig, in base64",
        r"""\bclient-key-data["']?[ \t]{0,4}:[ \t]{0,4}["']?(?P<secret>LS0tLS1[0-9A-Za-z+/]{100,})""",
        "users:\n- name: robot\n  user:\n    client-key-data: {}\n",
        '{{"user": {{"client-key-data": "{}"}}}}',
        values=("LS0tLS1" + base64(401).sample("kubeconfig"), "LS0tLS1" + base64(1601).sample("kubeconfig")),
        boundary="0-9A-Za-z+/",
        checks=(),
        severity=Severity.CRITICAL,
        counter_examples=(f"certificate-authority-data: LS0tLS1{base64(200).sample('ca')}\n", "client-key-data: \n"),
        max_bytes=16_000,
    ),
    KUBECONFIG.secret(
        "kubeconfig-token",
        "Token or password of a user in a kubeconfig",
        r"\buser:\r?\n\s{1,40}(?:[\w-]{1,40}: [^\r\n]+\s{1,40})?(?:[\w-]{1,40}: [^\r\n]+\s{1,40})?"
        rf"(?:token|password|id-token|refresh-token|access-token):[ \t]{{1,4}}{VALUE}",
        "users:\n- name: robot\n  user:\n    token: {}\n",
        "current-context: main\nusers:\n- user:\n    password: {}\n    username: robot\n",
        near=("current-context", "users:", "contexts:", "- name:", "auth-provider", "kind: config"),
        within=400,
        alone="user:\n    token: {}\n",
        checks=(_REAL,),
        multiline=True,
        severity=Severity.CRITICAL,
        counter_examples=(
            CounterExample(
                "users:\n- name: robot\n  user:\n    token: changeme\n", step=Step.CHECK, check="placeholder"
            ),
        ),
    ),
    TERRAFORM.secret(
        "terraform-state-secret",
        "Secret in the state of Terraform",
        r'"(?:\w{0,40}_)?(?:password|secret|secret_string|token|private_key|access_key|secret_access_key|api_key|'
        r'primary_key|secondary_key|connection_string|client_secret|auth_token|admin_password|master_password)"'
        r': {0,4}"(?P<secret>[^"\\\s]{6,256})"',
        '"instances": [{{"attributes": {{"username": "robot", "password": "{}"}}}}]',
        '"type": "aws_db_instance",\n"attributes": {{\n  "db_master_password": "{}",\n',
        near=(
            '"terraform_version"',
            '"attributes": {',
            '"attributes":{',
            '"sensitive_attributes"',
            '"schema_version"',
            '"instances": [',
            '"instances":[',
        ),
        within=900,
        alone='"password": "{}"',
        values=(password("tfstate"), password("tfstate", 40) + "#&()*:;=@[]^_|/`,<>{}$'"),
        checks=(_REAL,),
        severity=Severity.CRITICAL,
        counter_examples=(
            '"attributes": {"password": ""}',
            CounterExample('"attributes": {"password": "changeme"}', step=Step.CHECK, check="placeholder"),
        ),
    ),
    VAULT_LOGIN.secret(
        "hashicorp-vault-secret-id",
        "Secret id of a role with which a program signs in to Vault",
        rf"""(?i:secret_?id)["']?[ \t]{{0,4}}[=:][ \t]{{0,4}}["']?(?P<secret>{_UUID})""",
        "vault write auth/approle/login role_id={} secret_id={{}}\n".format(_uuid("role")),
        "VAULT_SECRET_ID={}\n",
        "secretId: '{}'  # vault\n",
        values=(_uuid("vault"), _uuid("vault 2"), _uuid("vault 3")),
        near=("approle", "app_role", "vault", "role_id", "role-id"),
        within=200,
        alone="secret_id={}\n",
        boundary="0-9A-Za-z_-",
        checks=(_RANDOM,),
        severity=Severity.CRITICAL,
        counter_examples=(
            CounterExample(f"VAULT_SECRET_ID={'0' * 8}-0000-0000-0000-{'0' * 12}\n", step=Step.CHECK, check="entropy"),
        ),
    ),
)
