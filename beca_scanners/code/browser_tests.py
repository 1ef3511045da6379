"""Tokens of services that run tests in browsers and on devices, and that keep and compare their results."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, base62, hexadecimal, uuid

_TESTING: Final = "developer-tools"

BROWSERSTACK: Final = Provider(
    name="BrowserStack",
    category=_TESTING,
    reference="https://www.browserstack.com/docs/automate/api-reference/selenium/introduction",
    remediation="Reset the access key in the account, under Summary.",
)
SAUCE_LABS: Final = Provider(
    name="Sauce Labs",
    category=_TESTING,
    reference="https://docs.saucelabs.com/basics/acct-team-mgmt/managing-user-info/",
    remediation="Regenerate the access key in the user settings.",
)
LAMBDATEST: Final = Provider(
    name="LambdaTest",
    category=_TESTING,
    reference="https://www.lambdatest.com/support/docs/using-environment-variables-for-authentication-credentials/",
    remediation="Regenerate the access key in the account settings, under Password and security.",
)
CHROMATIC: Final = Provider(
    name="Chromatic",
    category=_TESTING,
    reference="https://www.chromatic.com/docs/setup/",
    remediation="Reset the token on the page Manage of the project.",
)

RULES: Final = (
    BROWSERSTACK.named("browserstack-access-key", "BrowserStack access key", "browserstack", base62(20)),
    SAUCE_LABS.named("sauce-labs-access-key", "Sauce Labs access key", ("saucelabs", "sauce_labs", "sauce"), *uuid()),
    LAMBDATEST.named("lambdatest-access-key", "LambdaTest access key", "lambdatest", base62(50)),
    LAMBDATEST.named(
        "lambdatest-prefixed-access-key", "LambdaTest access key with a prefix", "lambdatest", "LT_", base62(40, 64)
    ),
    CHROMATIC.token(
        "chromatic-project-token",
        "Chromatic token of a project",
        "chpt_",
        hexadecimal(12, 20),
        severity=Severity.MEDIUM,
    ),
)
