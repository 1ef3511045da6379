"""The forms in which a text assigns a value, each found by the rule that it is for, and where the value ends."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, random_text
from beca_scanners.generic.assignments import read_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.scanners.conftest import Found

    Find = Callable[[str, str | bytes], Found]

ALPHANUMERIC = string.ascii_letters + string.digits
VALUE = f"k{random_text(ALPHANUMERIC, 20, 'forms')}7q"
LONG = f"k{random_text(ALPHANUMERIC, 37, 'long forms')}7q"

FORMS = [
    ("password", 'password = "{}"'),
    ("password", "password = '{}';"),
    ("password", "password := `{}`"),
    ("password", 'password: str = "{}"'),
    ("password", 'final String dbPassword = "{}";'),
    ("password", 'var password string = "{}"'),
    ("password", '@"password": @"{}",'),
    ("password", '{{"password": "{}"}}'),
    ("password", '{{\\"password\\": \\"{}\\"}}'),
    ("password", "db_password: {}\n"),
    ("password", "db_password: '{}'\n"),
    ("password", ":password => '{}',"),
    ("password", "DB_PASSWORD={}\n"),
    ("password", "export DB_PASSWORD={}\n"),
    ("password", "ENV DB_PASSWORD {}\n".replace(" {}", "={}")),
    ("password", "jdbc.password={}\r\n"),
    ("password", "<password>{}</password>"),
    ("password", '<property name="password" value="{}"/>'),
    ("password", '<user name="app" password="{}"/>'),
    ("password", 'connect(user="app", password="{}")'),
    ("password", 'setPassword("{}")'),
    ("password", '.password("{}")'),
    ("password", 'props.put("password", "{}");'),
    ("password", "define('DB_PASSWORD', '{}');"),
    ("password", 'os.getenv("DB_PASSWORD", "{}")'),
    ("password", "const password = process.env.PASSWORD || '{}';".replace("process.env.PASSWORD ||", "")),
    ("password", "process.env.DB_PASSWORD || '{}'"),
    ("password", 'if password == "{}":'),
    ("password", "# password: {}\n"),
    ("password", "// password = '{}'"),
    ("password", "Server=db;User=app;Password={};Timeout=3"),
    ("password", "config['password'] = '{}'"),
    ("password", '"--password={}"'),
    ("password", 'private static final String PASSWORD       = "{}";'),
    ("password", "fill_in :signup_password, with: '{}'"),
    ("secret", 'secretData, _ := hex.DecodeString("{}")'),
    ("secret", 'client_secret = "{}"'),
    ("secret", "CLIENT_SECRET={}\n"),
    ("secret", "?client_id=app&client_secret={}&scope=all"),
    ("secret", "consumerSecret: '{}',"),
    ("token", 'accessToken: String("{}"),'),
    ("token", 'token = []byte("{}")'),
    ("token", "X-Auth-Token: {}\n"),
    ("token", 'headers["x-api-token"] = "{}"'),
    ("key", 'api_key = "{}"'),
    ("key", '"apiKey": "{}"'),
    ("key", "AccountKey={};EndpointSuffix=core"),
    ("key", "SECRET_KEY = '{}'"),
    ("credential", "oauth_nonce: '{}',"),
    ("credential", '"auth": "{}"'),
    ("auth-header", "Authorization: Bearer {}\n"),
    ("auth-header", "-H 'Authorization: Basic {}'"),
    ("url-credentials", "amqp://app:{}@broker.internal:5672/"),
    ("url-credentials", "https://:{}@broker.internal/"),
    ("sql-password", "IDENTIFIED BY '{}'"),
    ("sql-password", "CREATE USER app WITH PASSWORD '{}';"),
    ("command-line-password", "tool --db-password {} run"),
    ("command-line-password", 'tool --password "{}" run'),
    ("command-line-password", "mysql -uapp -p{} shop"),
    ("command-line-password", "curl -s -u app:{} https://api.acme.dev"),
    ("command-line-password", "openssl genrsa -passout pass:{} -out ca.pem"),
    ("command-line-password", "swarm join --token {} host"),
]


@pytest.mark.parametrize(("rule", "form"), FORMS)
def test_a_random_value_is_found_whole_in_each_form(rule: str, form: str, find: Find) -> None:
    value = VALUE if rule in ("password", "sql-password", "url-credentials", "command-line-password") else LONG
    found = find(f"generic-{rule}", form.format(value))
    assert [secret for secret, _ in found] == [value.encode()]
    assert found[0][1] is not Confidence.LOW


@pytest.mark.parametrize("rule", ["password", "secret", "token", "key", "credential", "auth-header"])
@pytest.mark.parametrize(
    "text",
    [
        "pass",
        "password",
        "password =",
        'password = ""',
        "password = x",
        "key: string;",
        "for key, value in items:",
        "token = next(tokens)",
        "auth = (user, password)",
        "import secrets",
        "secret = load_secret(name)",
        "Basic authentication is described in the next chapter.",
        '"token": null',
        "keyboard = 'de-latin1-nodeadkeys'",
    ],
)
def test_code_and_prose_are_no_assignments_of_secrets(rule: str, text: str, find: Find) -> None:
    assert not [secret for secret, confidence in find(f"generic-{rule}", text) if confidence is not Confidence.LOW]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"ab c" + x', "ab c"),
        ("'it\"s' + x", 'it"s'),
        ('"a\\"b" + x', 'a\\"b'),
        ('\\"ab\\", ', "ab"),
        ("`a'b`", "a'b"),
        ("abc def", "abc"),
        ("abc;\n", "abc"),
        ("abc, def=1", "abc"),
        ("abc;user=x", "abc"),
        ("abc&user=x", "abc"),
        ("a;b&c,d", "a;b&c,d"),
        ("abc)", "abc"),
        ("a(b)", "a(b)"),
        ("abc</x>", "abc"),
        ('"open', "open"),
        ('"open\nnext"', "open"),
    ],
)
def test_where_a_value_ends(text: str, value: str) -> None:
    data = f"password={text}".encode()
    begin = data.index(value.encode())
    found = read_value(data, begin)
    assert data[found.begin : found.end] == value.encode()


def test_a_value_knows_its_quote() -> None:
    assert read_value(b'x="ab"', 3)[2:] == (b'"', True)
    assert read_value(b'x="ab', 3)[2:] == (b'"', False)
    assert read_value(b"x=ab", 2)[2:] == (b"", False)


@given(st.binary(max_size=80), st.sampled_from([b"", b'"', b"'", b"`", b'\\"']), st.binary(max_size=80))
def test_any_bytes_may_follow(before: bytes, quote: bytes, after: bytes) -> None:
    data, begin = before + quote + after, len(before + quote)
    found = read_value(data, begin)
    assert begin == found.begin <= found.end <= len(data)
    assert b"\n" not in data[found.begin : found.end]
    if found.is_closed:
        assert data[found.end : found.end + 2].lstrip(b"\\").startswith(found.quote.lstrip(b"\\"))


@given(value=st.text(ALPHANUMERIC + "!#%+*_-", min_size=24, max_size=40), quote=st.sampled_from("\"'`"))
def test_what_is_between_quotes_is_the_value(value: str, quote: str) -> None:
    data = f"secret = {quote}{value}{quote};".encode()
    found = read_value(data, len("secret = ") + 1)
    assert data[found.begin : found.end] == value.encode()
    assert found.is_closed
