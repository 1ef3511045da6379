"""Networks of delivery, and storage and conversion of files, pictures and films.

Cloudflare's credentials of 2026 have a prefix, 40 characters and a checksum, whose length and algorithm it does not
document; the earlier ones have neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Confidence, Severity
from beca_scanners.building import (
    Provider,
    TokenShape,
    base36,
    base62,
    base64,
    base64url,
    digits,
    either,
    hexadecimal,
    run,
    uuid,
)

if TYPE_CHECKING:
    from beca_core import Rule

AKAMAI: Final = Provider(
    name="Akamai",
    category="cloud",
    reference="https://techdocs.akamai.com/developer/docs/set-up-authentication-credentials",
    remediation="Deactivate and delete the credential of the API client in Control Center, and create a new one.",
)
BACKBLAZE: Final = Provider(
    name="Backblaze",
    category="cloud",
    reference="https://www.backblaze.com/docs/cloud-storage-application-keys",
    remediation="Delete the application key on the page of application keys, and add a new one.",
)
BUNNY: Final = Provider(
    name="bunny.net",
    category="cloud",
    reference="https://docs.bunny.net/reference/bunnynet-api-overview",
    remediation="Reset the API key in the account settings of bunny.net.",
)
CLOUDINARY: Final = Provider(
    name="Cloudinary",
    category="cloud",
    reference="https://cloudinary.com/documentation/developer_onboarding_faq_find_credentials",
    remediation="Disable the pair of keys in the settings of the product environment, and generate a new one.",
)
FASTLY: Final = Provider(
    name="Fastly",
    category="cloud",
    reference="https://www.fastly.com/documentation/guides/account-info/user-access-and-control/using-api-tokens/",
    remediation="Delete the token in the account settings under API tokens, and create a new one.",
)
IMAGEKIT: Final = Provider(
    name="ImageKit",
    category="cloud",
    reference="https://imagekit.io/docs/api-keys",
    remediation="Delete the pair of keys in the developer options of the dashboard, and create a new one.",
)
IMGIX: Final = Provider(
    name="imgix",
    category="cloud",
    reference="https://docs.imgix.com/en-US/apis/management/overview",
    remediation="Delete the key in the imgix dashboard under API keys, and create a new one.",
)
KEYCDN: Final = Provider(
    name="KeyCDN",
    category="cloud",
    reference="https://www.keycdn.com/api",
    remediation="Generate a new API key in the account settings of KeyCDN.",
)
TIGRIS: Final = Provider(
    name="Tigris",
    category="cloud",
    reference="https://www.tigrisdata.com/docs/iam/manage-access-key/",
    remediation="Delete the access key in the Tigris dashboard, and create a new one.",
)
UPLOADCARE: Final = Provider(
    name="Uploadcare",
    category="cloud",
    reference="https://uploadcare.com/docs/security/",
    remediation="Delete the secret key in the settings of the project, and create a new one.",
)
CLOUDFLARE: Final = Provider(
    name="Cloudflare",
    category="cloud",
    reference="https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/",
    remediation="Roll or delete the token in the dashboard under API tokens.",
)

RULES: Final[tuple[Rule, ...]] = (
    AKAMAI.paired(
        "akamai-edgegrid-client-secret",
        "Akamai EdgeGrid client secret beside its tokens",
        TokenShape("akab-", base36(16), "-", base36(16)),
        base64(43),
        "=",
        severity=Severity.CRITICAL,
    ),
    AKAMAI.token(
        "akamai-edgegrid-token",
        "Akamai EdgeGrid client token or access token, which belongs to a client secret",
        "akab-",
        base36(16),
        "-",
        base36(16),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    BACKBLAZE.named(
        "backblaze-application-key",
        "Backblaze B2 application key",
        ("backblaze", "b2_", "b2-", "application", "secret"),
        either("K001", "K002", "K003", "K004", "K005", "K006"),
        base64(27),
        severity=Severity.CRITICAL,
    ),
    BUNNY.named(
        "bunny-account-api-key",
        "bunny.net API key of an account: two UUIDs, of which the second has no end",
        ("bunny", "bunnycdn", "bunny_net"),
        *uuid(),
        run("0-9a-f-", 36),
        severity=Severity.CRITICAL,
    ),
    BUNNY.named(
        "bunny-storage-password",
        "bunny.net password of a storage zone or key of a stream library",
        ("bunny", "bunnycdn", "bunny_net"),
        hexadecimal(8),
        "-",
        hexadecimal(4),
        "-",
        hexadecimal(4),
        "-",
        hexadecimal(12),
        "-",
        hexadecimal(4),
        "-",
        hexadecimal(4),
    ),
    CLOUDINARY.token(
        "cloudinary-url",
        "Cloudinary environment variable with API key and API secret",
        "cloudinary://",
        digits(14, 16),
        ":",
        base64url(27),
        "@",
        run("0-9a-z-", 3, 60),
    ),
    CLOUDINARY.named("cloudinary-api-secret", "Cloudinary API secret", "cloudinary", base64url(27), said=("secret",)),
    FASTLY.named("fastly-api-token", "Fastly API token", "fastly", base64url(32), severity=Severity.CRITICAL),
    IMAGEKIT.named(
        "imagekit-private-key",
        "ImageKit private API key",
        ("imagekit", "image_kit", "image-kit"),
        "private_",
        base64(27),
        "=",
    ),
    IMGIX.named("imgix-api-key", "imgix API key", "imgix", either("ak_", ""), hexadecimal(64)),
    KEYCDN.named("keycdn-api-key", "KeyCDN secret API key", "keycdn", "sk_prod_", base64url(24, 80)),
    TIGRIS.token("tigris-secret-access-key", "Tigris secret access key", "tsec_", base64url(40, 72)),
    UPLOADCARE.named(
        "uploadcare-secret-key", "Uploadcare secret key", "uploadcare", hexadecimal(20), said=("secret", "private")
    ),
    CLOUDFLARE.token(
        "cloudflare-user-api-token",
        "Cloudflare API token of a user",
        "cfut_",
        base62(41, 60),
        severity=Severity.CRITICAL,
    ),
    CLOUDFLARE.token(
        "cloudflare-account-api-token",
        "Cloudflare API token of an account",
        "cfat_",
        base62(41, 60),
        severity=Severity.CRITICAL,
    ),
    CLOUDFLARE.token(
        "cloudflare-global-api-key",
        "Cloudflare Global API key, which may do all that its user may",
        "cfk_",
        base62(41, 60),
        severity=Severity.CRITICAL,
        remediation="Change the Global API key in the dashboard under API tokens, and use tokens in its place.",
    ),
    CLOUDFLARE.named(
        "cloudflare-legacy-api-token",
        "Cloudflare API token in its form of before 2026",
        ("cloudflare", "cf_api", "cf_dns", "cf_zone", "cf_workers", "cf_account"),
        base64url(40),
        severity=Severity.CRITICAL,
    ),
    CLOUDFLARE.named(
        "cloudflare-legacy-global-api-key",
        "Cloudflare Global API key in its form of before 2026",
        ("cloudflare", "cf_api", "cf_global", "cf_auth", "x-auth"),
        hexadecimal(37),
        severity=Severity.CRITICAL,
    ),
    CLOUDFLARE.token(
        "cloudflare-origin-ca-key",
        "Cloudflare Origin CA key, which issues certificates",
        "v1.0-",
        hexadecimal(24),
        "-",
        hexadecimal(146),
        severity=Severity.CRITICAL,
        reference="https://developers.cloudflare.com/fundamentals/api/get-started/ca-keys/",
        remediation="Change the Origin CA key in the dashboard under API tokens.",
    ),
    CLOUDFLARE.named(
        "cloudflare-r2-secret-access-key",
        "Cloudflare R2 secret access key",
        ("r2_secret", "r2_access", "r2_api", "r2secret", "r2.secret", "cloudflare_r2", "cloudflarer2"),
        hexadecimal(64),
        severity=Severity.CRITICAL,
        reference="https://developers.cloudflare.com/r2/api/tokens/",
        remediation="Roll or delete the R2 API token in the dashboard.",
        said=("secret", "key"),
    ),
    CLOUDFLARE.named(
        "cloudflare-access-client-secret",
        "Cloudflare Access client secret of a service token",
        ("cf-access-client", "cf_access_client", "cfaccessclient", "cloudflare_access"),
        hexadecimal(64),
        said=("secret",),
        reference="https://developers.cloudflare.com/cloudflare-one/access-controls/service-credentials/service-tokens/",
        remediation="Rotate or delete the service token in the dashboard of Cloudflare One.",
    ),
)
