"""Hosting of sites, applications and functions, with the addresses that start a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import Provider, base36, base62, base64, base64url, digits, either, hexadecimal, uuid

if TYPE_CHECKING:
    from beca_core import Rule

DENO: Final = Provider(
    name="Deno Deploy",
    category="cloud",
    reference="https://docs.deno.com/deploy/manual/",
    remediation="Delete the token in the account settings of Deno Deploy, and create a new one.",
)
FLY: Final = Provider(
    name="Fly.io",
    category="cloud",
    reference="https://fly.io/docs/security/tokens/",
    remediation="Revoke the token with the command fly tokens revoke, or on the page of tokens.",
)
HEROKU: Final = Provider(
    name="Heroku",
    category="cloud",
    reference="https://devcenter.heroku.com/articles/oauth",
    remediation="Revoke the authorization with the command heroku authorizations:revoke, and create a new one.",
)
KOYEB: Final = Provider(
    name="Koyeb",
    category="cloud",
    reference="https://www.koyeb.com/docs/reference/api",
    remediation="Delete the credential in the settings of the Koyeb organisation, and create a new one.",
)
NETLIFY: Final = Provider(
    name="Netlify",
    category="cloud",
    reference="https://docs.netlify.com/api-and-cli-guides/api-guides/get-started-with-api/",
    remediation="Delete the token in the user settings under applications, and create a new one.",
)
QOVERY: Final = Provider(
    name="Qovery",
    category="cloud",
    reference="https://hub.qovery.com/docs/using-qovery/interface/cli/",
    remediation="Delete the token in the settings of the organisation, and create a new one.",
)
RAILWAY: Final = Provider(
    name="Railway",
    category="cloud",
    reference="https://docs.railway.com/guides/public-api",
    remediation="Delete the token in the settings of the account or the project, and create a new one.",
)
RENDER: Final = Provider(
    name="Render",
    category="cloud",
    reference="https://render.com/docs/api",
    remediation="Revoke the key in the account settings under API keys, and create a new one.",
)
SCALINGO: Final = Provider(
    name="Scalingo",
    category="cloud",
    reference="https://developers.scalingo.com/authentication",
    remediation="Revoke the API token in the dashboard under the profile, and create a new one.",
)
VALTOWN: Final = Provider(
    name="Val Town",
    category="cloud",
    reference="https://docs.val.town/api/authentication/",
    remediation="Delete the token in the settings of Val Town under API tokens, and create a new one.",
)
VERCEL: Final = Provider(
    name="Vercel",
    category="cloud",
    reference="https://vercel.com/changelog/new-token-formats-and-secret-scanning",
    remediation="Delete the token in the account settings under tokens, and create a new one.",
)
WASMER: Final = Provider(
    name="Wasmer",
    category="cloud",
    reference="https://docs.wasmer.io/registry/api-token",
    remediation="Delete the token in the settings of the account, and create a new one.",
)

RULES: Final[tuple[Rule, ...]] = (
    DENO.token("deno-deploy-personal-token", "Deno Deploy personal access token", "ddp_", base62(36)),
    DENO.token("deno-deploy-organization-token", "Deno Deploy access token of an organisation", "ddo_", base62(36)),
    FLY.token(
        "flyio-macaroon-token",
        "Fly.io access token in the form of a macaroon",
        either("fm1r_", "fm1a_", "fm2_"),
        base64(100, 1000),
        severity=Severity.CRITICAL,
    ),
    FLY.token(
        "flyio-access-token",
        "Fly.io personal access token in its old form",
        "fo1_",
        base64url(43),
        severity=Severity.CRITICAL,
    ),
    HEROKU.token(
        "heroku-api-token", "Heroku Platform API OAuth2 token", "HRKU-AA", base64url(58), severity=Severity.CRITICAL
    ),
    HEROKU.token(
        "heroku-prefixed-uuid-token",
        "Heroku Platform API OAuth2 token from before April 2025",
        "HRKU-",
        *uuid(),
        severity=Severity.CRITICAL,
    ),
    HEROKU.named(
        "heroku-legacy-api-key", "Heroku API key in the form of a UUID", "heroku", *uuid(), severity=Severity.CRITICAL
    ),
    KOYEB.named("koyeb-api-token", "Koyeb API token", "koyeb", base36(64)),
    NETLIFY.token(
        "netlify-access-token",
        "Netlify access token: personal, of the command line, of OAuth or of a build",
        either("nfp_", "nfc_", "nfo_", "nfb_", "nfu_"),
        base62(36, 44),
        severity=Severity.CRITICAL,
    ),
    NETLIFY.named(
        "netlify-legacy-access-token",
        "Netlify personal access token in its old form",
        "netlify",
        base64url(43, 45),
        severity=Severity.CRITICAL,
    ),
    NETLIFY.token(
        "netlify-build-hook",
        "Netlify build hook: an address that starts a build",
        hexadecimal(24),
        lead="https://api.netlify.com/build_hooks/",
        severity=Severity.MEDIUM,
        remediation="Delete the build hook in the settings of the site, and create a new one.",
    ),
    QOVERY.token("qovery-api-token", "Qovery API token", "qov_", base62(40, 64), "_", digits(5, 12)),
    RAILWAY.named(
        "railway-api-token",
        "Railway API token in the form of a UUID",
        ("railway_", "railway-", "railway.", "railwayapp"),
        *uuid(),
    ),
    RENDER.token("render-api-key", "Render API key", "rnd_", base62(24, 36), severity=Severity.CRITICAL),
    RENDER.token(
        "render-deploy-hook",
        "Render deploy hook: the end of an address that starts a deployment",
        "srv-",
        base36(20),
        "?key=",
        base64url(8, 16),
        lead="https://api.render.com/deploy/",
        severity=Severity.MEDIUM,
        remediation="Regenerate the deploy hook in the settings of the service.",
    ),
    SCALINGO.token("scalingo-api-token", "Scalingo API token", "tk-us-", base64url(48)),
    VALTOWN.token("valtown-api-token", "Val Town API token", "vtwn_", base62(20, 48)),
    VERCEL.token(
        "vercel-personal-access-token",
        "Vercel personal access token",
        "vcp_",
        base62(24, 80),
        severity=Severity.CRITICAL,
    ),
    VERCEL.token(
        "vercel-integration-access-token",
        "Vercel integration access token",
        "vci_",
        base62(24, 80),
        severity=Severity.CRITICAL,
    ),
    VERCEL.token("vercel-app-access-token", "Vercel app access token of a user", "vca_", base62(24, 80)),
    VERCEL.token("vercel-app-refresh-token", "Vercel app refresh token", "vcr_", base62(24, 80)),
    VERCEL.token("vercel-api-key", "Vercel API key of the AI Gateway", "vck_", base62(24, 80)),
    VERCEL.named(
        "vercel-legacy-access-token",
        "Vercel access token in its old form",
        ("vercel", "zeit_"),
        base62(24),
        severity=Severity.CRITICAL,
    ),
    VERCEL.token(
        "vercel-blob-token", "Vercel Blob token to read and write", "vercel_blob_rw_", base62(16), "_", base62(28, 40)
    ),
    VERCEL.token(
        "vercel-deploy-hook",
        "Vercel deploy hook: an address that starts a deployment",
        either("prj_", ""),
        base62(20, 36),
        "/",
        base62(10),
        lead="https://api.vercel.com/v1/integrations/deploy/",
        severity=Severity.MEDIUM,
        remediation="Revoke the deploy hook in the settings of the project, and create a new one.",
    ),
    VERCEL.token(
        "vercel-edge-config-url",
        "Vercel Edge Config connection string with its read token",
        "https://edge-config.vercel.com/ecfg_",
        base36(20, 40),
        "?token=",
        *uuid(),
        severity=Severity.MEDIUM,
    ),
    WASMER.token("wasmer-access-token", "Wasmer access token", "wap_", hexadecimal(64)),
)
