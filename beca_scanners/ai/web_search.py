"""The web for models: search, extraction of pages, browsers in the cloud, and sandboxes in which agents run code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Confidence, Severity
from beca_scanners.building import Provider, base62, base64url, either, hexadecimal, uuid

if TYPE_CHECKING:
    from beca_core import Rule

BROWSERBASE: Final = Provider(
    name="Browserbase",
    category="ai",
    reference="https://docs.browserbase.com/introduction/getting-started",
    remediation="Delete the key in the settings of the Browserbase project, and create a new one.",
)
BROWSERUSE: Final = Provider(
    name="Browser Use",
    category="ai",
    reference="https://docs.cloud.browser-use.com/",
    remediation="Delete the key in the settings of Browser Use Cloud, and create a new one.",
)
DAYTONA: Final = Provider(
    name="Daytona",
    category="ai",
    reference="https://www.daytona.io/docs/en/api-keys/",
    remediation="Revoke the key in the Daytona dashboard under keys, and create a new one.",
)
E2B: Final = Provider(
    name="E2B",
    category="ai",
    reference="https://e2b.dev/docs/api-key",
    remediation="Delete the key in the E2B dashboard under keys, and create a new one.",
)
FIRECRAWL: Final = Provider(
    name="Firecrawl",
    category="ai",
    reference="https://docs.firecrawl.dev/api-reference/introduction",
    remediation="Delete the key in the Firecrawl dashboard under API keys, and create a new one.",
)
HYPERBROWSER: Final = Provider(
    name="Hyperbrowser",
    category="ai",
    reference="https://docs.hyperbrowser.ai/get-started/quickstart",
    remediation="Delete the key in the Hyperbrowser dashboard, and create a new one.",
)
SCRAPFLY: Final = Provider(
    name="ScrapFly",
    category="ai",
    reference="https://scrapfly.io/docs/scrape-api/getting-started",
    remediation="Rotate the key in the settings of the ScrapFly project.",
)
SCRAPEGRAPH: Final = Provider(
    name="ScrapeGraphAI",
    category="ai",
    reference="https://docs.scrapegraphai.com/introduction",
    remediation="Delete the key in the ScrapeGraphAI dashboard, and create a new one.",
)
STEEL: Final = Provider(
    name="Steel",
    category="ai",
    reference="https://docs.steel.dev/overview/intro-to-steel",
    remediation="Delete the key in the Steel dashboard, and create a new one.",
)
TAVILY: Final = Provider(
    name="Tavily",
    category="ai",
    reference="https://docs.tavily.com/documentation/quickstart",
    remediation="Delete the key in the Tavily dashboard, and create a new one.",
)
YOU: Final = Provider(
    name="You.com",
    category="ai",
    reference="https://documentation.you.com/get-started/welcome",
    remediation="Delete the key in the console of the You.com API, and create a new one.",
)

RULES: Final[tuple[Rule, ...]] = (
    BROWSERBASE.token("browserbase-api-key", "Browserbase API key", either("bb_live_", "bb_test_"), base64url(24, 44)),
    BROWSERUSE.token(
        "browser-use-api-key", "Browser Use API key", "bu_", base64url(40, 48), confidence=Confidence.MEDIUM
    ),
    DAYTONA.token("daytona-api-key", "Daytona API key", "dtn_", hexadecimal(64)),
    E2B.token("e2b-api-key", "E2B API key", "e2b_", hexadecimal(40)),
    E2B.token("e2b-access-token", "E2B access token of a user", "sk_e2b_", hexadecimal(40)),
    FIRECRAWL.token("firecrawl-api-key", "Firecrawl API key", "fc-", hexadecimal(32), boundary="0-9A-Za-z_./-"),
    HYPERBROWSER.token("hyperbrowser-api-key", "Hyperbrowser API key", "hb_", hexadecimal(28)),
    SCRAPFLY.token("scrapfly-api-key", "ScrapFly API key", "scp-live-", hexadecimal(32)),
    SCRAPFLY.token(
        "scrapfly-test-api-key", "ScrapFly API key for tests", "scp-test-", hexadecimal(32), severity=Severity.LOW
    ),
    SCRAPEGRAPH.token("scrapegraphai-api-key", "ScrapeGraphAI API key", "sgai-", *uuid()),
    STEEL.token("steel-api-key", "Steel API key", "ste-", base62(60, 72)),
    TAVILY.token("tavily-api-key", "Tavily API key", either("tvly-prod-", "tvly-"), base62(30, 40)),
    TAVILY.token(
        "tavily-development-key",
        "Tavily API key for development",
        "tvly-dev-",
        base64url(30, 64),
        severity=Severity.MEDIUM,
    ),
    YOU.token("youcom-api-key", "You.com API key", "ydc-sk-", hexadecimal(16), "-", base64url(24, 80)),
)
