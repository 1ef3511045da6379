"""Tokens of repositories for what is built: images of containers, binaries, packages of all kinds."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, base36, base62, base64, base64url, hexadecimal, upper36, uuid
from beca_scanners.building.web_token import web_token

_ARTIFACTS: Final = "package-registry"

JFROG: Final = Provider(
    name="JFrog",
    category=_ARTIFACTS,
    reference="https://jfrog.com/help/r/jfrog-platform-administration-documentation/access-tokens",
    remediation="Revoke the token in the administration, under Access tokens. See whether "
    "artifacts were changed with it.",
)
DOCKER: Final = Provider(
    name="Docker",
    category=_ARTIFACTS,
    reference="https://docs.docker.com/security/access-tokens/personal-access-tokens/",
    remediation="Delete the token in the account or the organisation, under Access tokens. See whether images were "
    "pushed with it.",
)
QUAY: Final = Provider(
    name="Quay",
    category=_ARTIFACTS,
    reference="https://docs.redhat.com/en/documentation/red_hat_quay/3/html/red_hat_quay_api_guide/",
    remediation="Regenerate the token of the robot account, or delete the OAuth token of the application.",
)
PACKAGECLOUD: Final = Provider(
    name="packagecloud",
    category=_ARTIFACTS,
    reference="https://packagecloud.io/docs/api",
    remediation="Roll the API token in the account's settings.",
)

RULES: Final = (
    JFROG.token("jfrog-api-key", "JFrog platform API key", "AKCp", base62(64, 76), severity=Severity.CRITICAL),
    JFROG.token(
        "jfrog-reference-token",
        "JFrog platform reference token, which stands for an access token",
        "cmVmd",
        base62(59),
        severity=Severity.CRITICAL,
        reference="https://jfrog.com/help/r/jfrog-platform-administration-documentation/understanding-identity-tokens",
    ),
    web_token(
        JFROG,
        "jfrog-access-token",
        "JFrog platform access token",
        {"iss": "jfac@01", "scp": "applied-permissions/admin", "aud": "*@*"},
        issuers=("jfac@", "jfrt@", "jffe@", "jfxr@", "jf-artifactory@"),
        severity=Severity.CRITICAL,
    ),
    DOCKER.token(
        "docker-personal-token",
        "Docker personal access token",
        "dckr_pat_",
        base64url(27, 40),
        severity=Severity.CRITICAL,
    ),
    DOCKER.token(
        "docker-organization-token",
        "Docker organisation access token",
        "dckr_oat_",
        base64url(27, 44),
        severity=Severity.CRITICAL,
        reference="https://docs.docker.com/security/access-tokens/organization-access-tokens/",
    ),
    DOCKER.named(
        "docker-hub-token",
        "Docker Hub access token of before its prefix",
        ("dockerhub", "docker_hub", "docker-hub"),
        *uuid(),
    ),
    DOCKER.token(
        "docker-swarm-join-token",
        "Docker Swarm token with which a node joins",
        "SWMTKN-1-",
        base36(49, 51),
        "-",
        base36(24, 26),
        severity=Severity.CRITICAL,
        reference="https://docs.docker.com/engine/swarm/join-nodes/",
        remediation="Rotate the token with `docker swarm join-token --rotate`, and look for nodes that are not known.",
    ),
    DOCKER.token(
        "docker-swarm-unlock-key",
        "Docker Swarm key that unlocks a manager",
        "SWMKEY-1-",
        base64(43),
        reference="https://docs.docker.com/engine/swarm/swarm_manager_locking/",
        remediation="Rotate the key with `docker swarm unlock-key --rotate`.",
    ),
    QUAY.named("quay-oauth-token", "Quay OAuth access token", ("quay", "quayio"), base62(40)),
    QUAY.named(
        "quay-robot-token",
        "Quay token of a robot account",
        ("quay", "quayio"),
        upper36(64),
        said=("pass", "token", "robot", "secret"),
    ),
    PACKAGECLOUD.named("packagecloud-token", "packagecloud API token", "packagecloud", hexadecimal(48)),
)
