"""Tools that read the pages of others, small APIs, rates of currencies, and conversions of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import base62, either
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "Apify",
        "web-data",
        "https://docs.apify.com/platform/integrations/api",
        "apify-api-token",
        "API token of a user, an integration or a run",
        "apify_api_",
        base62(30, 60),
    ),
    single(
        "Apify",
        "web-data",
        "https://docs.apify.com/platform/integrations/api",
        "apify-ui-token",
        "token of the console",
        "apify_ui_",
        base62(30, 60),
    ),
    single(
        "Apify",
        "web-data",
        "https://docs.apify.com/platform/proxy/usage",
        "apify-proxy-password",
        "password of the proxy, of a user or a run",
        "apify_proxy_",
        base62(20, 60),
    ),
    single(
        "Apify",
        "web-data",
        "https://docs.apify.com/platform/proxy/usage",
        "apify-run-token",
        "token or proxy password of a run, an integration or a webhook dispatch",
        "apify_",
        either(
            "actor_run_api_",
            "actor_run_proxy_",
            "run_api_",
            "run_proxy_",
            "integration_api_",
            "webhook_dispatch_api_",
            "api_run_",
            "proxy_run_",
        ),
        base62(20, 60),
    ),
    single(
        "currencyapi",
        "finance",
        "https://freecurrencyapi.com/docs/",
        "currencyapi-key",
        "API key of currencyapi",
        either("cur_live_", "fca_live_"),
        base62(40),
        severity=Severity.LOW,
    ),
)
