"""Tokens of Kubernetes and of what manages its clusters."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, base36, base62, base64, base64url, either, hexadecimal, run, uuid
from beca_scanners.building.web_token import web_token

_CLUSTERS: Final = "infrastructure"

KUBERNETES: Final = Provider(
    name="Kubernetes",
    category=_CLUSTERS,
    reference="https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
    remediation="Delete the Secret of the token or the service account that it belongs to, and look through the audit "
    "log of the cluster.",
)
K3S: Final = Provider(
    name="K3s",
    category=_CLUSTERS,
    reference="https://docs.k3s.io/cli/token",
    remediation="Rotate the token with `k3s token rotate`, and look for nodes that are not known.",
)
RANCHER: Final = Provider(
    name="Rancher",
    category=_CLUSTERS,
    reference="https://ranchermanager.docs.rancher.com/reference-guides/user-settings/api-keys",
    remediation="Delete the key in the account, under Account and API keys.",
)
PORTAINER: Final = Provider(
    name="Portainer",
    category=_CLUSTERS,
    reference="https://docs.portainer.io/api/access",
    remediation="Remove the token in the account, under Access tokens.",
)
OPENSHIFT: Final = Provider(
    name="OpenShift",
    category=_CLUSTERS,
    reference="https://docs.redhat.com/en/documentation/openshift_container_platform/4.19/html/authentication_and_authorization/",
    remediation="Delete the OAuth access token with `oc delete useroauthaccesstoken`, or log out.",
)
ARGO_CD: Final = Provider(
    name="Argo CD",
    category=_CLUSTERS,
    reference="https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/",
    remediation="Delete the token of the account or the project role with `argocd account delete-token`.",
)
PROXMOX: Final = Provider(
    name="Proxmox",
    category=_CLUSTERS,
    reference="https://pve.proxmox.com/wiki/User_Management",
    remediation="Remove the API token with `pveum user token remove`.",
)

RULES: Final = (
    web_token(
        KUBERNETES,
        "kubernetes-service-account-token",
        "Kubernetes token of a service account",
        {"iss": "kubernetes/serviceaccount", "kubernetes.io/serviceaccount/namespace": "default"},
        said=('"kubernetes.io/serviceaccount/', '"kubernetes.io":{'),
        severity=Severity.CRITICAL,
        reference="https://kubernetes.io/docs/concepts/security/service-accounts/",
    ),
    K3S.token(
        "k3s-token",
        "K3s or RKE2 token, with which nodes join",
        "K10",
        hexadecimal(64),
        "::",
        run("0-9a-z._-", 4, 40),
        ":",
        base62(16, 64),
        severity=Severity.CRITICAL,
        boundary="0-9A-Za-z_",
    ),
    RANCHER.token(
        "rancher-api-key",
        "Rancher API key with its access key",
        "token-",
        base36(5),
        ":",
        base36(54),
        severity=Severity.CRITICAL,
    ),
    RANCHER.token(
        "rancher-kubeconfig-token",
        "Rancher token in the configuration of a cluster",
        "kubeconfig-",
        run("0-9a-z-", 5, 40),
        ":",
        base36(54),
        severity=Severity.CRITICAL,
    ),
    PORTAINER.token(
        "portainer-access-token",
        "Portainer access token of a user",
        "ptr_",
        base64(43),
        "=",
        severity=Severity.CRITICAL,
    ),
    OPENSHIFT.token(
        "openshift-token",
        "OpenShift OAuth access token of a user",
        "sha256~",
        base64url(43),
        severity=Severity.CRITICAL,
    ),
    web_token(
        ARGO_CD,
        "argocd-token",
        "Argo CD token of an account, a project role or a session",
        {"iss": "argocd", "jti": "a0b1c2d3"},
        header={"alg": "HS256", "typ": "JWT"},
        issuers=("argocd",),
        severity=Severity.CRITICAL,
    ),
    PROXMOX.token(
        "proxmox-api-token",
        "Proxmox API token in the header with which it is used",
        either("PVEAPIToken=", "PBSAPIToken=", "PMGAPIToken="),
        run("0-9A-Za-z._-", 2, 40),
        "@",
        run("0-9A-Za-z._-", 2, 30),
        "!",
        run("0-9A-Za-z._-", 2, 40),
        either("=", ":"),
        *uuid(),
        severity=Severity.CRITICAL,
    ),
)
