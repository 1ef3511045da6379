"""Clouds of large companies: IBM, Oracle and others, and clouds that are built with OpenStack or OpenShift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import Provider, base64, base64url, hexadecimal, uuid

if TYPE_CHECKING:
    from beca_core import Rule

IBM: Final = Provider(
    name="IBM Cloud",
    category="cloud",
    reference="https://cloud.ibm.com/docs/account?topic=account-userapikey",
    remediation="Delete the API key in IAM, and create a new one.",
)
ORACLE: Final = Provider(
    name="Oracle Cloud",
    category="cloud",
    reference="https://docs.oracle.com/en-us/iaas/Content/Identity/Tasks/managingcredentials.htm",
    remediation="Delete the customer secret key in the console under the user's credentials, and generate a new one.",
)

RULES: Final[tuple[Rule, ...]] = (
    IBM.named(
        "ibm-cloud-api-key",
        "IBM Cloud API key of a user or service",
        ("ibm_", "ibm-", "ibm.", "ibmcloud", "bluemix", "iam_api", "iamapi", "watsonx", "watson", "wxai", "cloudant"),
        base64url(44),
        severity=Severity.CRITICAL,
    ),
    IBM.named(
        "ibm-cloud-hmac-secret",
        "IBM Cloud Object Storage secret access key that is assigned to a name",
        ("ibm_", "ibm-", "ibmcos", "cos_secret", "cos_hmac"),
        hexadecimal(48),
        said=("secret", "key", "hmac"),
    ),
    ORACLE.named(
        "oracle-cloud-customer-secret-key",
        "Oracle Cloud customer secret key, for the interface of Amazon S3",
        ("oci_", "oracle"),
        base64(43),
        "=",
        said=("secret", "key"),
    ),
    ORACLE.named(
        "oracle-cloud-api-secret",
        "Oracle Cloud client secret of an identity domain",
        ("idcs_client", "oci_client", "oracle_client", "idcs"),
        *uuid(),
        said=("secret",),
    ),
    ORACLE.token(
        "oracle-idcs-client-secret",
        "Oracle Identity Domain client secret with its prefix",
        "idcscs-",
        *uuid(),
        severity=Severity.CRITICAL,
    ),
)
