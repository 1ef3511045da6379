"""Content management systems, and makers of web sites."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, base62, base64url, either, hexadecimal, run
from beca_scanners.building.web_token import web_token

_CATEGORY: Final = "content"

CONTENTFUL: Final = Provider(
    name="Contentful",
    category=_CATEGORY,
    reference="https://www.contentful.com/developers/docs/references/authentication/",
    remediation="Revoke the token in the account settings, or delete the API key of the space.",
)
SANITY: Final = Provider(
    name="Sanity",
    category=_CATEGORY,
    reference="https://www.sanity.io/docs/content-lake/http-auth",
    remediation="Delete the API token of the project in the management console, under API, and create a new one.",
)
STORYBLOK: Final = Provider(
    name="Storyblok",
    category=_CATEGORY,
    reference="https://www.storyblok.com/docs/concepts/access-tokens",
    remediation="Delete the token in the account settings or in those of the space, and create a new one.",
)
PRISMIC: Final = Provider(
    name="Prismic",
    category=_CATEGORY,
    reference="https://prismic.io/docs/fetch-content#manage-access",
    remediation="Delete the permanent access token in the settings, under API and Security, and create a new one.",
)
BUILDER_IO: Final = Provider(
    name="Builder.io",
    category=_CATEGORY,
    reference="https://www.builder.io/c/docs/using-your-api-key",
    remediation="Delete the private key in the settings of the space and create a new one.",
)
WEBFLOW: Final = Provider(
    name="Webflow",
    category=_CATEGORY,
    reference="https://developers.webflow.com/data/reference/token/authorized-by",
    remediation="Delete the API token in the site settings, under Apps and integrations, and create a new one.",
)
TOLGEE: Final = Provider(
    name="Tolgee",
    category="developer-tools",
    reference="https://docs.tolgee.io/platform/account_settings/api_keys_and_pat_tokens",
    remediation="Delete the key in the account settings and create a new one.",
)
WEBLATE: Final = Provider(
    name="Weblate",
    category="developer-tools",
    reference="https://docs.weblate.org/en/latest/api.html#authentication",
    remediation="Regenerate the API key in the profile, under API access.",
)

HYGRAPH: Final = Provider(
    name="Hygraph",
    category=_CATEGORY,
    reference="https://hygraph.com/docs/api-reference/basics/permanent-auth-tokens",
    remediation="Delete the permanent auth token in the project settings and create a new one.",
)

RULES: Final = (
    CONTENTFUL.token(
        "contentful-personal-access-token",
        "Contentful personal access token",
        "CFPAT-",
        base64url(43),
        severity=Severity.CRITICAL,
    ),
    CONTENTFUL.named(
        "contentful-delivery-token",
        "Contentful token of the Delivery or Preview API",
        "contentful",
        base64url(43),
        severity=Severity.MEDIUM,
    ),
    SANITY.named("sanity-api-token", "Sanity API token", "sanity", "sk", base62(80, 190)),
    STORYBLOK.named(
        "storyblok-personal-access-token",
        "Storyblok personal access token",
        "storyblok",
        base62(22),
        "tt-",
        run("0-9", 4, 8),
        "-",
        base64url(20),
    ),
    STORYBLOK.named(
        "storyblok-preview-token",
        "Storyblok access token of a space",
        "storyblok",
        base62(22),
        "tt",
        severity=Severity.MEDIUM,
    ),
    PRISMIC.token(
        "prismic-access-token",
        "Prismic permanent access token",
        "MC5",
        base64url(16, 20),
        ".",
        run("0-9A-Za-z_-", 30, 120),
        severity=Severity.MEDIUM,
    ),
    BUILDER_IO.token("builder-io-private-key", "Builder.io private key", "bpk-", hexadecimal(32)),
    WEBFLOW.named("webflow-api-token", "Webflow API token", "webflow", hexadecimal(64)),
    TOLGEE.token(
        "tolgee-api-key", "Tolgee API key or personal access token", either("tgpak_", "tgpat_"), run("0-9a-z", 40, 70)
    ),
    WEBLATE.token("weblate-api-key", "Weblate API key of a user or project", either("wlu_", "wlp_"), base62(36, 40)),
    web_token(
        HYGRAPH,
        "hygraph-permanent-auth-token",
        "Hygraph permanent auth token",
        {"version": 3, "aud": "???>>>", "iss": "https://management-eu-central-1.hygraph.com/"},
        issuers=("https://management-", "https://management.hygraph.com/", "https://management.graphcms.com/"),
    ),
)
