"""Tokens of the registries from which programming languages take their packages."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, base36, base62, base64url, either, hexadecimal, run, uuid

_PACKAGES: Final = "package-registry"

PYPI: Final = Provider(
    name="PyPI",
    category=_PACKAGES,
    reference="https://packaging.python.org/en/latest/specifications/pypirc/",
    remediation="Remove the token in the account settings, under API tokens. See whether releases were made with it.",
)
RUBYGEMS: Final = Provider(
    name="RubyGems",
    category=_PACKAGES,
    reference="https://guides.rubygems.org/api-key-scopes/",
    remediation="Delete the key in the account's settings, under API keys. See whether gems were pushed with it.",
)
CRATES: Final = Provider(
    name="Rust crates",
    category=_PACKAGES,
    reference="https://doc.rust-lang.org/cargo/reference/publishing.html",
    remediation="Revoke the token in the account settings, under API tokens. See whether crates were published "
    "with it.",
)
NUGET: Final = Provider(
    name="NuGet",
    category=_PACKAGES,
    reference="https://learn.microsoft.com/en-us/nuget/nuget-org/publish-a-package",
    remediation="Delete the key in the account, under API keys. See whether packages were pushed with it.",
)
CLOJARS: Final = Provider(
    name="Clojars",
    category=_PACKAGES,
    reference="https://github.com/clojars/clojars-web/wiki/Deploy-Tokens",
    remediation="Disable the deploy token in the account, under Deploy tokens.",
)
PACKAGIST: Final = Provider(
    name="Packagist",
    category=_PACKAGES,
    reference="https://packagist.com/docs/composer-authentication",
    remediation="Revoke the token in the settings of the organisation, the team or the user.",
)
JSR: Final = Provider(
    name="JSR",
    category=_PACKAGES,
    reference="https://jsr.io/docs/api",
    remediation="Revoke the token in the account, under Tokens.",
)
OPEN_VSX: Final = Provider(
    name="OpenVSX",
    category=_PACKAGES,
    reference="https://github.com/eclipse-openvsx/openvsx/wiki/Publishing-Extensions",
    remediation="Delete the token in the account's settings, under Access tokens. See whether extensions were "
    "published with it.",
)

RULES: Final = (
    PYPI.token(
        "pypi-api-token",
        "PyPI API token, a macaroon",
        "pypi-AgEIcHlwaS5vcmc",
        base64url(50, 1000),
        severity=Severity.CRITICAL,
    ),
    PYPI.token(
        "pypi-test-api-token",
        "PyPI API token of the test instance",
        "pypi-AgENdGVzdC5weXBpLm9yZw",
        base64url(50, 1000),
        severity=Severity.LOW,
        reference="https://packaging.python.org/en/latest/guides/using-testpypi/",
    ),
    RUBYGEMS.token("rubygems-api-key", "RubyGems API key", "rubygems_", hexadecimal(48), severity=Severity.CRITICAL),
    CRATES.token("crates-api-token", "API token for Rust crates", "cio", base62(32), severity=Severity.CRITICAL),
    NUGET.token(
        "nuget-api-key",
        "NuGet API key, of the NuGet Gallery or the PowerShell Gallery",
        "oy2",
        base36(43),
        severity=Severity.CRITICAL,
    ),
    NUGET.named("nuget-legacy-api-key", "NuGet API key in its first form, or of another feed", "nuget", *uuid()),
    CLOJARS.token(
        "clojars-deploy-token", "Clojars deploy token", "CLOJARS_", hexadecimal(60), severity=Severity.CRITICAL
    ),
    PACKAGIST.token(
        "packagist-token",
        "Private Packagist token of an organisation, a user or a customer",
        "packagist_",
        run("a-z", 3),
        "_",
        hexadecimal(68),
    ),
    JSR.token("jsr-token", "JSR token of a user or of a device", either("jsrp_", "jsrd_"), base62(32, 64)),
    OPEN_VSX.token("openvsx-access-token", "OpenVSX access token", "ovsxat_", *uuid(), severity=Severity.CRITICAL),
)
