"""Security services: what they know about addresses and files, scanners, and protection of machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import base62, base64url, digits, hexadecimal, run
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "VirusTotal",
        "security",
        "https://docs.virustotal.com/reference/authentication",
        "virustotal-api-key",
        "API key",
        hexadecimal(64),
        words=("virustotal", "virus_total", "vt_api", "vtapi", "x-apikey"),
    ),
    single(
        "Shodan", "security", "https://developer.shodan.io/api", "shodan-api-key", "API key", base62(32), words="shodan"
    ),
    single(
        "Censys",
        "security",
        "https://docs.censys.com/reference/get-started",
        "censys-access-token",
        "personal access token",
        "censys_",
        base62(8, 10),
        "_",
        base62(20, 40),
    ),
    single(
        "Censys",
        "security",
        "https://search.censys.io/api",
        "censys-api-secret",
        "API secret",
        base62(32),
        words="censys",
    ),
    single(
        "SecurityTrails",
        "security",
        "https://docs.securitytrails.com/docs/overview",
        "securitytrails-api-key",
        "API key",
        base64url(32),
        words=("securitytrails", "security_trails"),
    ),
    single(
        "AbuseIPDB",
        "security",
        "https://docs.abuseipdb.com/",
        "abuseipdb-api-key",
        "API key",
        hexadecimal(80),
        words=("abuseipdb", "abuse_ipdb"),
    ),
    single(
        "Aikido",
        "security",
        "https://apidocs.aikido.dev/reference/authorization",
        "aikido-client-secret",
        "API client secret",
        "AIK_SECRET_",
        run("0-9A-Za-z_", 32, 120),
        severity=Severity.CRITICAL,
    ),
    single(
        "Aikido",
        "security",
        "https://help.aikido.dev/",
        "aikido-ci-token",
        "token for scans of builds",
        "AIK_CI_",
        run("0-9A-Za-z_", 32, 120),
    ),
    single(
        "Aikido",
        "security",
        "https://help.aikido.dev/zen-firewall",
        "aikido-runtime-token",
        "token of the runtime protection",
        "AIK_RUNTIME_",
        base62(2, 12),
        "_",
        base62(2, 16),
        "_",
        base62(20, 80),
        severity=Severity.MEDIUM,
    ),
    single(
        "Pangea",
        "security",
        "https://pangea.cloud/docs/admin-guide/tokens",
        "pangea-token",
        "token of a service",
        "pts_",
        run("a-z2-7", 32),
    ),
    single(
        "SSLMate",
        "security",
        "https://sslmate.com/help/reference/sslmate-agent.conf",
        "sslmate-api-key",
        "API key",
        digits(1, 8),
        "_",
        base62(20),
        words=("sslmate", "certspotter", "cert_spotter"),
    ),
    single(
        "SSLMate",
        "security",
        "https://sslmate.com/help/reference/sslmate-agent.conf",
        "sslmate-cluster-secret",
        "secret of a cluster",
        run("0-9A-Za-z._-", 3, 60),
        ":",
        base64url(43),
        words=("cluster", "sslmate"),
        said=("secret",),
    ),
)
