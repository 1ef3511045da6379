"""A value that is named after a provider: found where it looks random, and only where the name says no more."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, Engine, Finding, explain, random_text
from beca_scanners.generic.vendors.provider_names import provider_names
from beca_scanners.generic.vendors.provider_rule import RULE_ID, provider_rule
from tests.scanners.conftest import every_rule

HEX = string.digits + "abcdef"
ALPHANUMERIC = string.ascii_letters + string.digits
KEY = f"k{random_text(ALPHANUMERIC, 29, 'key')}7q"
HEX_KEY = f"{random_text(HEX, 30, 'hexadecimal key')}7a"
SHA = f"{random_text(HEX, 38, 'sha')}7a"
KNOWN = frozenset(rule.provider for rule in every_rule())
RULE = provider_rule(KNOWN)
ENGINE = Engine(rules=[RULE])


def uuid(seed: str) -> str:
    digits = random_text(HEX, 32, seed)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def confidences(text: str) -> list[str]:
    return [finding.confidence.name for finding in ENGINE.scan_text(text)]


@pytest.mark.parametrize(
    "form",
    [
        "{}: '{}'\n",
        '{} = "{}"\n',
        "{}={}\n",
        "{}: {}\n",
        '"{}": "{}",\n',
        "'{}' => '{}',\n",
        '{} := "{}"\n',
        "<{}>{}</",
        'const {}: string = "{}";\n',
        'put("{}", "{}")\n',
        "config.{} = '{}';\n",
        "prod_{} = '{}'\n",
        '# {} = "{}"\n',
    ],
)
@pytest.mark.parametrize("value", [KEY, HEX_KEY])
def test_each_form_of_an_assignment_is_found_once(form: str, value: str) -> None:
    (finding,) = ENGINE.scan_text(form.format("accuweather", value))
    assert (finding.secret, finding.confidence) == (value.encode(), Confidence.MEDIUM)


@pytest.mark.parametrize("name", ["FINNHUB", "finnhubProd", "finnhub_2", "myFinnhub", "my-finnhub", "$finnhub"])
def test_the_name_may_begin_or_end_with_the_provider(name: str) -> None:
    assert confidences(f"{name} = '{KEY}'\n") == ["MEDIUM"]


def test_nearly_every_name_is_found() -> None:
    names = provider_names(KNOWN).names
    found = [name for name in names if confidences(f"{name}: '{KEY}'\n") == ["MEDIUM"]]
    assert len(found) > 0.98 * len(names)


@pytest.mark.parametrize(
    "name",
    ["finnhub_url", "finnhubVersion", "finnhub.image", "finnhub_id", "sha_finnhub", "public_finnhub", "finnhub-digest"],
)
def test_a_name_of_something_else_is_not_found(name: str) -> None:
    assert confidences(f"{name} = '{HEX_KEY}'\n") == []


@pytest.mark.parametrize("name", ["finnhub_token", "finnhubApiKey", "finnhub_password", "secret_finnhub"])
def test_a_name_with_a_word_for_a_secret_is_left_to_the_rule_of_the_word(name: str) -> None:
    text = f"{name} = '{KEY}'\n"
    assert confidences(text) == []
    assert "its name is that of another kind" in str(explain(RULE, text))


@pytest.mark.parametrize("name", ["my_finnhub_app", "refinnhub", "finnhubs", "Xfinnhub"])
def test_a_part_of_a_name_is_not_enough(name: str) -> None:
    assert confidences(f"{name} = '{KEY}'\n") == []


@pytest.mark.parametrize(
    "text",
    [
        f"finnhub = '{SHA}'  # commit\n",
        f'# the sha of the release\nfinnhub = "{SHA}"\n',
        f'finnhub: "{HEX_KEY}" # md5\n',
        f'image: finnhub, finnhub = "{HEX_KEY}"\n',
        f'verification: {{ finnhub: "{KEY}" }}\n',
        f"finnhub = {KEY}(1)\n",
        f"finnhub = {KEY}[0]\n",
        f'finnhub = "{KEY}\n',
        f'finnhub = "{KEY} and more"\n',
        "finnhub = 'https://finnhub.io/api/v1/quote'\n",
        "finnhub = getQuoteOfSymbol2AndExchange\n",
        "finnhub: 'your-finnhub-key-goes-here-1'\n",
        f"finnhub: sha256-{random_text(ALPHANUMERIC, 43, 'integrity')}=\n",
        f"finnhub: '{KEY[:18]}'\n",
        "finnhub: '1.20.3-alpine-2024-05-01'\n",
    ],
)
def test_traps(text: str) -> None:
    assert confidences(text) == []


def test_one_of_many_checksums_is_low() -> None:
    lines = [f"{name}: {random_text(HEX, 32, name)}\n" for name in ("button_label", "finnhub", "welcome")]
    assert confidences("".join(lines)) == ["LOW"]
    assert confidences(lines[1]) == ["MEDIUM"]


@pytest.mark.parametrize(("name", "expected"), [("opsgenie", "MEDIUM"), ("postmark", "MEDIUM"), ("finnhub", "LOW")])
def test_a_uuid_is_a_key_where_the_provider_has_such_keys(name: str, expected: str) -> None:
    assert confidences(f"{name}: {uuid(name)}\n") == [expected]


def test_an_ordinary_word_needs_a_stronger_value() -> None:
    short = f"{random_text(string.ascii_lowercase + string.digits, 22, 'short')}7k"
    assert confidences(f"notion: '{short}'\n") == ["LOW"]
    assert confidences(f"notion: '{HEX_KEY}'\n") == ["MEDIUM"]
    assert confidences(f"notion: '{KEY[:26]}7q'\n") == ["MEDIUM"]
    assert confidences(f"finnhub: '{short}'\n") == ["MEDIUM"]


def of(text: str, engine: Engine) -> list[Finding]:
    return [finding for finding in engine.scan_text(text) if finding.confidence is not Confidence.LOW]


def test_one_secret_is_one_finding_of_the_most_specific_rule(engine: Engine) -> None:
    (named,) = of(f"datadog_api_key = '{HEX_KEY}'\n", engine)
    assert named.rule_id.startswith("datadog-")
    (generic,) = of(f"finnhub_api_key = '{KEY}'\n", engine)
    assert generic.rule_id == "generic-key"
    (alone,) = of(f"finnhub = '{KEY}'\n", engine)
    assert alone.rule_id == RULE_ID


@given(
    before=st.text("ab =:'\"\n(.$-_", max_size=60),
    after=st.text("ab ;,'\"\n)=([:", max_size=60),
    value=st.text(ALPHANUMERIC + "-_+/=.~", max_size=60),
)
def test_any_text_may_be_around_a_name(before: str, after: str, value: str) -> None:
    text = f"{before}finnhub = '{value}'{after}"
    for finding in ENGINE.scan_text(text):
        assert finding.secret in text.encode()
        assert len(finding.secret) >= 20
