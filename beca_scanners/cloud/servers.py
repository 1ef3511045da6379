"""Clouds of virtual and rented servers, most of them regional."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Confidence, Severity
from beca_scanners.building import Provider, TokenShape, base62, base64, base64url, hexadecimal, upper36, uuid

if TYPE_CHECKING:
    from beca_core import Rule

DIGITALOCEAN: Final = Provider(
    name="DigitalOcean",
    category="cloud",
    reference="https://docs.digitalocean.com/reference/api/create-personal-access-token/",
    remediation="Delete the token in the control panel under API, and generate a new one.",
)
EXOSCALE: Final = Provider(
    name="Exoscale",
    category="cloud",
    reference="https://community.exoscale.com/platform/iam/",
    remediation="Revoke the API key in the portal under IAM, and create a new one.",
)
HETZNER: Final = Provider(
    name="Hetzner",
    category="cloud",
    reference="https://docs.hetzner.com/cloud/api/getting-started/generating-api-token/",
    remediation="Delete the token in the Hetzner console under security, API tokens, and create a new one.",
)
LINODE: Final = Provider(
    name="Linode",
    category="cloud",
    reference="https://techdocs.akamai.com/linode-api/reference/get-started",
    remediation="Revoke the token in the Cloud Manager under API tokens, and create a new one.",
)
OVH: Final = Provider(
    name="OVHcloud",
    category="cloud",
    reference="https://help.ovhcloud.com/csm/en-gb-api-getting-started-ovhcloud-api",
    remediation="Delete the credential on the page of applications of the OVHcloud API, and create a new one.",
)
SCALEWAY: Final = Provider(
    name="Scaleway",
    category="cloud",
    reference="https://www.scaleway.com/en/docs/iam/how-to/create-api-keys/",
    remediation="Delete the API key in the console under IAM, and create a new one.",
)
UPCLOUD: Final = Provider(
    name="UpCloud",
    category="cloud",
    reference="https://developers.upcloud.com/1.3/3-accounts/",
    remediation="Delete the API token in the control panel, and create a new one.",
)
VULTR: Final = Provider(
    name="Vultr",
    category="cloud",
    reference="https://docs.vultr.com/platform/other/api/user-api-access",
    remediation="Regenerate the key in the customer portal under API.",
)

RULES: Final[tuple[Rule, ...]] = (
    DIGITALOCEAN.token(
        "digitalocean-personal-token",
        "DigitalOcean personal access token",
        "dop_v1_",
        hexadecimal(64),
        severity=Severity.CRITICAL,
    ),
    DIGITALOCEAN.token(
        "digitalocean-oauth-token",
        "DigitalOcean OAuth access token",
        "doo_v1_",
        hexadecimal(64),
        severity=Severity.CRITICAL,
    ),
    DIGITALOCEAN.token(
        "digitalocean-refresh-token",
        "DigitalOcean OAuth refresh token",
        "dor_v1_",
        hexadecimal(64),
        severity=Severity.CRITICAL,
    ),
    DIGITALOCEAN.token(
        "digitalocean-system-token", "DigitalOcean system token", "dos_v1_", hexadecimal(64), severity=Severity.CRITICAL
    ),
    DIGITALOCEAN.named(
        "digitalocean-legacy-token",
        "DigitalOcean API token from before 2021",
        ("digitalocean", "digital_ocean", "do_api", "digital-ocean", "do_auth"),
        hexadecimal(64),
        severity=Severity.CRITICAL,
    ),
    DIGITALOCEAN.token(
        "digitalocean-model-access-key",
        "DigitalOcean model access key, for serverless inference",
        "sk-do-",
        base64url(40, 80),
    ),
    DIGITALOCEAN.paired(
        "digitalocean-spaces-secret-key",
        "DigitalOcean Spaces secret key beside its access key",
        TokenShape("DO00", upper36(16)),
        base64(43),
        reference="https://docs.digitalocean.com/products/spaces/how-to/manage-access/",
        remediation="Delete the access key of Spaces in the control panel, and create a new one.",
    ),
    EXOSCALE.token(
        "exoscale-api-key-id",
        "Exoscale API key, the public half of a pair",
        "EXO",
        hexadecimal(24, 26),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    EXOSCALE.paired(
        "exoscale-api-secret",
        "Exoscale API secret beside its key",
        TokenShape("EXO", hexadecimal(24, 26)),
        base64url(43),
        severity=Severity.CRITICAL,
    ),
    HETZNER.named(
        "hetzner-cloud-token", "Hetzner Cloud API token", ("hcloud", "hetzner"), base62(64), severity=Severity.CRITICAL
    ),
    HETZNER.named("hetzner-dns-token", "Hetzner DNS API token", "hetzner", base62(32)),
    LINODE.named(
        "linode-access-token", "Linode personal access token", "linode", hexadecimal(64), severity=Severity.CRITICAL
    ),
    OVH.named(
        "ovh-application-secret",
        "OVHcloud application secret",
        ("ovh_", "ovh-", "ovh.", "ovhapplication", "ovhcloud"),
        base62(32),
        said=("secret",),
        severity=Severity.CRITICAL,
    ),
    OVH.named(
        "ovh-consumer-key",
        "OVHcloud consumer key",
        ("ovh_", "ovh-", "ovh.", "ovhconsumer", "ovhcloud"),
        base62(32),
        said=("key",),
        severity=Severity.CRITICAL,
    ),
    SCALEWAY.token(
        "scaleway-access-key-id",
        "Scaleway access key, the public half of a pair",
        "SCW",
        upper36(17),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    SCALEWAY.paired(
        "scaleway-secret-key",
        "Scaleway secret key beside its access key",
        TokenShape("SCW", upper36(17)),
        *uuid(),
        severity=Severity.CRITICAL,
        supersedes=("scaleway-named-secret-key",),
    ),
    SCALEWAY.named(
        "scaleway-named-secret-key",
        "Scaleway secret key that is assigned to a name",
        ("scw_", "scaleway"),
        *uuid(),
        severity=Severity.CRITICAL,
    ),
    UPCLOUD.token("upcloud-api-token", "UpCloud API token", "ucat_", upper36(24, 32), severity=Severity.CRITICAL),
    VULTR.named("vultr-api-key", "Vultr API key", "vultr", upper36(36), severity=Severity.CRITICAL),
)
