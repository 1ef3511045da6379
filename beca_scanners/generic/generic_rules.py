"""The rules of generic secrets: values of names such as `password`, whoever issues them."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Final

from beca_core import Confidence, CounterExample, Example, Rule, Severity
from beca_core.rules.rule import random_text
from beca_scanners.generic.assignments import (
    AFTER_CREDENTIAL,
    AFTER_NO_KEY,
    COMMAND,
    HEADER,
    SQL,
    URL,
    password_patterns,
    secret_patterns,
)
from beca_scanners.generic.secret_score import SecretScore

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_BYTES: Final = 640
"""Length of a match that is found whole, with its name, in bytes."""

_ALPHANUMERIC: Final = string.ascii_letters + string.digits
_BASE64: Final = _ALPHANUMERIC + "+/"
_HEX: Final = string.digits + "abcdef"
_REFERENCES: Final = (
    "https://cwe.mitre.org/data/definitions/798.html",
    "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html",
)
_REMEDIATION: Final = (
    "Change it where it is used, and keep the new one in a secret store or in the environment of the program. If it is "
    "an example, write one that cannot be mistaken for a secret, such as <password>."
)


def _made(alphabet: str, length: int, seed: str) -> str:
    """Return a made-up value that begins with a letter and has a digit."""
    return f"k{random_text(alphabet, length - 3, f'generic {seed}')}7q"


def _rule(
    kind: str,
    description: str,
    patterns: tuple[str, ...],
    *,
    examples: Sequence[Example],
    counter_examples: Sequence[str | CounterExample],
    form: str = "",
    boundary: str = "",
) -> Rule:
    return Rule(
        id=f"generic-{kind}",
        version=1,
        description=description,
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        category="generic",
        pattern=patterns,
        boundary=boundary,
        checks=(SecretScore(kind=kind, form=form),),
        max_bytes=MAX_BYTES,
        examples=tuple(examples),
        counter_examples=tuple(counter_examples),
        references=_REFERENCES,
        remediation=_REMEDIATION,
    )


def _found(text: str, value: str) -> Example:
    return Example(text.format(value), value)


def _dropped(text: str) -> CounterExample:
    return CounterExample(text, check=SecretScore.name)


_PASSWORD: Final = _made(_ALPHANUMERIC, 14, "password")
_PHRASE: Final = f"{_made(_ALPHANUMERIC, 8, 'phrase')} {_made(_ALPHANUMERIC, 9, 'rest of the phrase')}"
_SYMBOLS: Final = f"{_made(_ALPHANUMERIC, 8, 'symbols')}!~{random_text(_ALPHANUMERIC, 4, 'more symbols')}"
_SECRET: Final = _made(_ALPHANUMERIC, 32, "secret")
_HEX_SECRET: Final = random_text(_HEX, 40, "generic hex secret")
_WITH_SIGNS: Final = f"{_made(_ALPHANUMERIC + '!%*?', 24, 'signs')}~{random_text(_ALPHANUMERIC, 7, 'after signs')}"
_TOKEN: Final = _made(_ALPHANUMERIC, 36, "another token")
_KEY: Final = _made(_BASE64, 42, "key")
_HEX_KEY: Final = random_text(_HEX, 32, "generic hex key")
_CREDENTIAL: Final = _made(_ALPHANUMERIC, 26, "credential")
_BASIC: Final = f"{_made(_ALPHANUMERIC, 23, 'basic')}="
_BEARER: Final = _made(_ALPHANUMERIC + "_-", 40, "bearer")

PASSWORD: Final = _rule(
    "password",
    "Password that is assigned to a name",
    password_patterns("pass|pwd|psw|_pw"),
    examples=(
        _found('db_password = "{}"\n', _PASSWORD),
        _found("DB_PASSWORD={}\n", _PASSWORD),
        _found("spring:\n  datasource:\n    username: app\n    password: {}\n", _SYMBOLS),
        _found("SMTP_PASS={}\n", _SYMBOLS),
        _found('Passphrase = "{}"\n', _PHRASE),
        _found('{{"user": "app", "passwd": "{}"}}', _PASSWORD),
        _found("<password>{}</password>", _PASSWORD),
        _found('<add key="Smtp.Password" value="{}" />', _PASSWORD),
        _found("user=app;pwd={};database=shop", _PASSWORD),
    ),
    counter_examples=(
        _dropped("password: string;\n"),
        _dropped('passwordLabel: "Enter your password here"'),
        _dropped("password = os.environ['PASSWORD']\n"),
        "password: ${DB_PASSWORD}\n",
        _dropped('"password": "Das Passwort ist zu kurz"'),
        '<input type="password" class="form-control">',
        "password = get_password(user)",
        _dropped('password: "your-password-here"'),
    ),
)

SECRET: Final = _rule(
    "secret",
    "Secret that is assigned to a name",
    secret_patterns("secret", AFTER_NO_KEY, may_be_words=True),
    examples=(
        _found('client_secret = "{}"\n', _SECRET),
        _found("CLIENT_SECRET={}\n", _SECRET),
        _found("clientSecret: '{}',\n", _HEX_SECRET),
        _found("<clientSecret>{}</clientSecret>", _SECRET),
        _found('CookieSecret = "{}";\n', _WITH_SIGNS),
    ),
    counter_examples=(
        _dropped("secretName: 'database-credentials'\n"),
        'client_secret = "<your client secret>"',
        _dropped("secret: 'projects/shop/secrets/db'\n"),
        _dropped('SECRET_TYPE = "kubernetes.io/tls"'),
    ),
)

TOKEN: Final = _rule(
    "token",
    "Token that is assigned to a name",
    secret_patterns("token|jwt"),
    examples=(
        _found('access_token = "{}"\n', _TOKEN),
        _found("ACCESS_TOKEN={}\n", _TOKEN),
        _found('"token": "{}",\n', _HEX_SECRET),
        _found("<authToken>{}</authToken>", _TOKEN),
        _found('apiToken = "{}";\n', _WITH_SIGNS),
    ),
    counter_examples=(
        CounterExample('PublicKeyToken="b77a5c561934e089"', check=SecretScore.name),
        _dropped('token_type: "urn2:token-type:jwt"'),
        'token_url = "https://auth.example.com/oauth/token"',
    ),
)

KEY: Final = _rule(
    "key",
    "Key that is assigned to a name",
    secret_patterns("key"),
    examples=(
        _found('api_key = "{}"\n', _KEY),
        _found("API_KEY={}\n", _HEX_KEY),
        _found("encryptionKey: '{}',\n", _HEX_KEY),
        _found("<apiKey>{}</apiKey>", _HEX_KEY),
        _found('signingKey = "{}";\n', _WITH_SIGNS),
    ),
    counter_examples=(
        _dropped('key: "v1-dependencies-cache"'),
        'key = "user_name"',
        _dropped('primary_key = "users2accounts"'),
        _dropped('key_id = "key2024-for-signing"'),
        _dropped('cache_key = "views2.decorators.cache.header"'),
    ),
)

CREDENTIAL: Final = _rule(
    "credential",
    "Credential, salt or nonce that is assigned to a name",
    secret_patterns("auth|cred|salt|nonce", AFTER_CREDENTIAL),
    examples=(
        _found('"auth": "{}"', _CREDENTIAL),
        _found('Salt = "{}"\n', _WITH_SIGNS),
        _found("AUTH_SALT={}\n", _CREDENTIAL),
        _found("<Credential>{}</Credential>", _CREDENTIAL),
    ),
    counter_examples=(
        'author = "Ann Other"',
        _dropped('auth_url = "https://v3.keystone.example.com:5000"'),
        _dropped('auth_plugin: "v3password"'),
    ),
)

HEADER_RULE: Final = _rule(
    "auth-header",
    "Credentials in a header `Authorization`",
    HEADER,
    form="header",
    boundary="0-9A-Za-z+/=_.~-",
    examples=(
        _found("Authorization: Basic {}\n", _BASIC),
        _found("curl -H 'Authorization: Bearer {}' https://api.example.com", _BEARER),
        _found('headers = {{"authorization": "bearer {}"}}', _BEARER),
    ),
    counter_examples=(
        "Basic authentication is described below.",
        _dropped('"Basic exampleAuthentication"'),
        _dropped("Authorization: Bearer your-tokenPlaceholder"),
    ),
)

URL_RULE: Final = _rule(
    "url-credentials",
    "Password in a URL",
    URL,
    form="url",
    examples=(
        _found("DATABASE_URL=postgres://app:{}@db.internal:5432/shop\n", _PASSWORD),
        _found('redis = "redis://:{}@cache.internal:6379/0"', _SYMBOLS),
        _found("git clone https://deploy:{}@git.acme.dev/shop.git", _SECRET),
    ),
    counter_examples=(
        _dropped("postgres://user:password@host:5432/database"),
        _dropped("mysql://root:root@localhost/test"),
        _dropped("https://$USER:${PASSWORD}@example.com/"),
    ),
)

SQL_RULE: Final = _rule(
    "sql-password",
    "Password in an SQL statement",
    SQL,
    form="sql",
    examples=(
        _found("CREATE USER 'app'@'%' IDENTIFIED BY '{}';\n", _PASSWORD),
        _found("alter user app identified by {};\n", _PASSWORD),
        _found("CREATE ROLE app LOGIN PASSWORD '{}';\n", _PASSWORD),
        _found("alter role app with password '{}';\n", _PASSWORD),
    ),
    counter_examples=(
        _dropped("CREATE USER app IDENTIFIED BY '<password>';"),
        _dropped("ALTER ROLE app PASSWORD '$password';"),
    ),
)

COMMAND_RULE: Final = _rule(
    "command-line-password",
    "Password or token on a command line",
    COMMAND,
    form="command",
    examples=(
        _found("backup --user app --password {} --all\n", _PASSWORD),
        _found("Connect-Shop -User app -Password {}\n", _PASSWORD),
        _found("join --token {} --name node\n", _TOKEN),
        _found("sshpass -p {} ssh app@db.internal\n", _SYMBOLS),
        _found("mysqldump -u app -p{} shop > shop.sql\n", _PASSWORD),
        _found("docker login -u app -p {} registry.acme.dev\n", _PASSWORD),
        _found("curl -u app:{} https://api.acme.dev/v1\n", _PASSWORD),
        _found("openssl rsa -passin pass:{} -in key.pem\n", _PASSWORD),
    ),
    counter_examples=(
        _dropped("tool --password secret\n"),
        _dropped("tool --password-file passwords.txt\n"),
        _dropped("curl -u username:password https://example.com\n"),
    ),
)

RULES: Final = (
    PASSWORD,
    SECRET,
    TOKEN,
    KEY,
    CREDENTIAL,
    HEADER_RULE,
    URL_RULE,
    SQL_RULE,
    COMMAND_RULE,
)
