"""SECRET_KEY: names such as `SECRET_KEY` and `privateKey`, which are found with a literal value only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, Engine, Severity
from beca_core.rules.rule import random_text
from tests.scanners.keys.test_secret_key import NEUTRAL, PLACEHOLDERS

if TYPE_CHECKING:
    from collections.abc import Callable

    Find = Callable[[str, str | bytes], list[tuple[bytes, Confidence]]]

LOW, MEDIUM, HIGH = Confidence
KEY = random_text("abcdefghijklmnopqrstuvwxyz0123456789", 40, "names")
ASSIGNMENTS = [
    "{name} = '{value}'",
    '{name}="{value}"',
    "{name} := `{value}`",
    "config['{name}'] = '{value}'",
    'app.config["{name}"] = b"{value}"',
    "{name}: {value}\n",
    '"{name}": "{value}",',
    "'{name}' => '{value}',",
    "  {name} = {value}  # rotated",
    'String {name} = "{value}";',
    'f({name}="{value}")',
    "ENV {name}={value}\n",
    "{name}={value}\n",
    "export {name}={value}\n",
    "--{name}={value}\n",
    '{{\\"{name}\\": \\"{value}\\"}}',
]
NAMES = [
    *("SECRET_KEY", "secret_key", "secretKey", "SecretKey", "secret-key", "privateKey", "PrivateKey", "private-key"),
    *("SECRET_KEY_BASE", "secret_key_base", "DJANGO_SECRET_KEY", "ETH_PRIVATE_KEY", "secretKey2", "privateKeyPem"),
]


@pytest.mark.parametrize("form", ASSIGNMENTS)
@pytest.mark.parametrize("name", NAMES)
def test_a_literal_of_a_name_is_found(name: str, form: str, find: Find) -> None:
    assert find("secret-key", form.format(name=name, value=KEY)) == [(KEY.encode(), HIGH)]


@pytest.mark.parametrize(
    ("value", "confidence"),
    [
        (KEY, HIGH),
        (KEY[:12], HIGH),
        (KEY[:11], MEDIUM),
        ("s3cr3t!x", MEDIUM),
        *((value, LOW) for value in [*PLACEHOLDERS, "secret", "dev", "Secret key", "my secret key", "mySecretKey"]),
        *((value, LOW) for value in ["content of the private key", "the-secret-key", "password", "12345678", "admin"]),
    ],
)
def test_how_sure_a_value_is(value: str, confidence: Confidence, find: Find) -> None:
    assert find("secret-key", f"SECRET_KEY = '{value}'\n") == [(value.encode(), confidence)]


@pytest.mark.parametrize(
    "text",
    [
        *("{name}", "{name}, ", "{name} == 'KEY'", "f({name})", "{name} = load()", "{name} = None", "{name}: string"),
        *("{name} = os.environ['{name}']", "{name} = os.getenv('{name}', 'KEY')", "{name}=${{{name}}}"),
        *(
            "{name} = config('{name}')",
            "{name}: {{{{ {name} }}}}",
            "{name} = ''",
            "{name} = '%s'",
            "{name} = '...'",
            "{name}: |",
        ),
        *("{name} = '/run/secrets/key'", "{name} = 'keys/private.pem'", "{name}:\n  {name}: \n", "{name}::new('KEY')"),
        *("my{name} = 'KEY'", "x_{name} = 'KEY'", "{name}Name = 'KEY'", "{name}_FILE = 'KEY'", "{name}Ref: 'KEY'"),
        *(
            "{name}Path='KEY'",
            "{name}_id='KEY'",
            "{name}Password='KEY'",
            "{name} = 'private_key KEY'",
            "{name}='{name}='",
        ),
    ],
)
@pytest.mark.parametrize("name", ["SECRET_KEY", "secretKey", "privateKey"])
def test_a_name_without_a_literal_is_nothing(name: str, text: str, find: Find) -> None:
    text = text.format(name=name).replace("KEY'", f"{KEY}'")
    assert [secret for secret, confidence in find("secret-key", text) if confidence is not LOW] == []
    assert name.encode() not in [secret for secret, _ in find("secret-key", text)]


def test_the_key_for_development_of_django_is_a_variant() -> None:
    key = "django-insecure-" + random_text("abcdefghij0123456789!@%^&*(-_=+)", 50, "django")
    (finding,) = Engine(rules=["secret-key"], cache_dir=False).scan_text(f"SECRET_KEY = '{key}'\n", "settings.py")
    assert (finding.secret.decode(), finding.variant) == (key, "django-insecure")
    assert (finding.severity, finding.confidence) == (Severity.MEDIUM, HIGH)


@given(before=NEUTRAL, after=NEUTRAL, name=st.sampled_from(NAMES))
def test_a_literal_is_found_in_any_surroundings(before: bytes, after: bytes, name: str, find: Find) -> None:
    text = before + f"\n{name} = '{KEY}'\n".encode() + after
    assert (KEY.encode(), HIGH) in find("secret-key", text)


@given(data=st.binary(), name=st.sampled_from(NAMES))
def test_no_bytes_after_a_name_raise(data: bytes, name: str, find: Find) -> None:
    for secret, _ in find("secret-key", name.encode() + b"=" + data):
        assert secret in data or secret in name.encode() + data
