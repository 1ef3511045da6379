"""Lines that are made up for the fit: traps that the judged lines do not have, and forms that are rare in them.

Each is a text with a gap for a value. The values of secrets are random; those of traps are what people write there. A
text and a value are of one kind, so that a trap is a trap by its name, by its value, or by what surrounds it.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Final

from beca_core.rules.rule import random_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALPHANUMERIC: Final = string.ascii_letters + string.digits
_HEX: Final = string.digits + "abcdef"

_FORMS: Final = (
    '{name} = "{value}"\n',
    "{name}={value}\n",
    "export {name}={value}\n",
    "{name}: {value}\n",
    "    {name}: '{value}',\n",
    '  "{name}": "{value}",\n',
    "<{name}>{value}</{name}>\n",
    '<add key="{name}" value="{value}" />\n',
    "'{name}' => '{value}',\n",
    "{name} := `{value}`\n",
    'String {name} = "{value}";\n',
    'os.environ.setdefault("{name}", "{value}")\n',
    "user=app;{name}={value};timeout=3\n",
)
_PASSWORD_NAMES: Final = (
    "db_password",
    "DB_PASSWORD",
    "smtpPassword",
    "password",
    "passwd",
    "root_pwd",
    "keystore.password",
)
_MADE_NAMES: Final = (
    "client_secret",
    "CLIENT_SECRET",
    "webhookSecret",
    "access_token",
    "ACCESS_TOKEN",
    "authToken",
    "api_key",
    "API_KEY",
    "encryptionKey",
    "secret_key",
    "auth_salt",
)
_OTHER_FORMS: Final = (
    "postgres://app:{value}@db.internal:5432/shop\n",
    "redis://:{value}@cache.acme.dev:6379/0\n",
    "https://deploy:{value}@git.acme.dev/shop.git\n",
    "CREATE USER 'app'@'%' IDENTIFIED BY '{value}';\n",
    "alter role app with password '{value}';\n",
    "backup --user app --password {value} --all\n",
    "sshpass -p {value} ssh app@db.internal\n",
    "mysqldump -u app -p{value} shop\n",
    "docker login -u app -p {value} registry.acme.dev\n",
    "curl -u app:{value} https://api.acme.dev/v1\n",
    "openssl rsa -passin pass:{value} -in key.pem\n",
)
_HEADER_FORMS: Final = (
    "Authorization: Basic {value}\n",
    "headers = {{'Authorization': 'Bearer {value}'}}\n",
    'curl -H "Authorization: Bearer {value}" https://api.acme.dev\n',
)
_PLACEHOLDERS: Final = (
    "password",
    "<password>",
    "<your-password>",
    "your_password_here",
    "your-secret-key",
    "YOUR_API_KEY_123",
    "changeme",
    "change_me_1234",
    "CHANGE-ME-please-123",
    "xxxxxxxxxxxxxxxx",
    "xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx",
    "********",
    "${PASSWORD}",
    "${DB_PASSWORD_2}",
    "$password1",
    "{{ password }}",
    "{{ vault_db_password_1 }}",
    "%(password)s",
    "%DB_PASS1%",
    "@PASSWORD1@",
    "INSERT_YOUR_KEY_1",
    "example-key-12345",
    "test-token-1234567",
    "dummy_secret_12345",
    "fake-api-key-123456",
    "secret",
    "null",
    "undefined",
    "REPLACE_WITH_YOUR_KEY_1",
    "1234567890abcdef",
    "0000000000000000",
    "abcdefghijklmnop1",
    "process.env.KEY1",
    "os.environ[KEY1]",
    "config.password1",
    "getPassword(user1)",
    "my-app-secret-v1",
    "projects/123/secrets/db1",
    "/run/secrets/db_password1",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db",
    "vault:secret/data/app1#password",
    "https://example.com/oauth2/token",
    "com.acme.auth.TokenProvider2",
    "TokenProviderV2Factory",
    "user_password_field_1",
)
_SPEECH: Final = (
    "Enter your password",
    "Das Passwort ist zu kurz",
    "Mot de passe oubli\u00e9 ?",
    "La contrase\u00f1a debe tener 8 caracteres",
    "\u041f\u0430\u0440\u043e\u043b\u044c",
    "\u5bc6\u7801\u4e0d\u80fd\u4e3a\u7a7a",
    "Passwort",
    "Mot de passe",
    "Password must be at least 8 characters",
    "Invalid token. Please log in again.",
    "The secret that is shared with the server",
    "Wachtwoord vergeten",
    "Senha",
    "Has\u0142o",
)


def _random(length: int, alphabet: str = _ALPHANUMERIC) -> str:
    return random_text(alphabet, length, f"invented {length}")


_TRAPS: Final = (
    ("key_id", f"2024-signing-key-{_random(6, _HEX)}"),
    ("api_key_id", f"kid_{_random(12)}"),
    ("client_id", f"{_random(20, _HEX)}"),
    ("token_url", "https://auth.acme.dev/oauth2/v1/token"),
    ("token_endpoint", "https://login.acme.dev/v2.0/token"),
    ("tokenType", "urn:ietf:params:oauth:token-type:access_token2"),
    ("secretName", "db-credentials-v2"),
    ("secret_arn", f"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-{_random(6)}"),
    ("secret_version", "v20240131"),
    ("password_file", "/run/secrets/db_password_2"),
    ("passwordHash", f"$2y$10${_random(53)}"),
    ("password", f"$6$rounds=656000${_random(12)}${_random(42)}"),
    ("encrypted_password", f"AQICAHh{_random(44)}"),
    ("encrypted_key", f"U2FsdGVkX19{_random(32)}="),
    ("db_password", f"ENC({_random(28)})"),
    ("next_token", "eyJsYXN0IjoxMDAsInNpemUiOjUwfQ=="),
    ("nextPageToken", f"CAoQAA{_random(10)}"),
    ("continuation_token", "eyJvZmZzZXQiOjEwMH0"),
    ("jwt", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIx."),
    ("token", "eyJhbGciOiJIUzI1NiJ9"),
    ("public_key", f"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A{_random(16)}"),
    ("stripe_public_key", f"pk_test_{_random(20)}"),
    ("publishableKey", f"pk_live_{_random(20)}"),
    ("cache_key", "views.decorators.cache.header.1"),
    ("cacheKey", f"v1-linux-{_random(20, _HEX)}"),
    ("key", "deps-v3-{{ checksum1 }}"),
    ("sort_key", "created_at_2"),
    ("primary_key", "user_id_2"),
    ("key", "ArrowLeft2"),
    ("key", "menu.item.7"),
    ("auth_version", "auth-version-2"),
    ("auth_url", "https://keystone.acme.dev:5000/v3"),
    ("auth_mechanism", "SCRAM-SHA-256"),
    ("authenticator", "org.apache.cassandra.auth.PasswordAuthenticator2"),
    ("signature_algorithm", "sha256WithRSAEncryption"),
    ("integrity_key", f"sha512-{_random(53)}w=="),
    ("password_reset_timeout", "3600seconds"),
    ("password_policy", "min-length-8"),
    ("passwordValidator", "regex:^[a-z0-9]{8,}$"),
    ("update_password", "always"),
    ("generate_password", "always"),
    ("token_expiry", "2024-01-31T12:00:00Z"),
    ("access_token_lifetime", "15minutes"),
    ("secret_type", "kubernetes.io/tls1"),
    ("credential_helper", "osxkeychain2"),
    ("credentials_file", "~/.aws/credentials2"),
    ("ssh_key_path", "~/.ssh/id_ed25519"),
    ("api_key_header", "X-Api-Key-2"),
    ("token_hash", f"{_random(64, _HEX)}"),
    ("key_fingerprint", f"SHA256:{_random(43)}"),
)


def invented_lines() -> Iterator[tuple[str, bool]]:
    """Yield texts of a few lines, and whether each holds a secret."""
    number = 0
    for names, alphabets, lengths in (
        (_PASSWORD_NAMES, (_ALPHANUMERIC, _ALPHANUMERIC + "!#%+?*"), (10, 14, 20)),
        (_MADE_NAMES, (_ALPHANUMERIC, _HEX, _ALPHANUMERIC + "_-"), (24, 32, 40)),
    ):
        for form in _FORMS:
            for name in names:
                number += 1
                value = _made(alphabets[number % len(alphabets)], lengths[number % len(lengths)], number)
                yield form.format(name=name, value=value), True
                placeholder = _PLACEHOLDERS[number % len(_PLACEHOLDERS)]
                yield form.format(name=name, value=placeholder), False
                if '"' in form or "'" in form or "<" in form:
                    yield form.format(name=name, value=_SPEECH[number % len(_SPEECH)]), False
    for forms in (_OTHER_FORMS, _HEADER_FORMS):
        for form in forms:
            for length in (12, 16, 24, 40):
                number += 1
                yield form.format(value=_made(_ALPHANUMERIC, length, number)), True
            for placeholder in _PLACEHOLDERS:
                yield form.format(value=placeholder), False
    for at, (name, value) in enumerate(_TRAPS):
        for form in _FORMS[at % 3 :: 3]:
            yield form.format(name=name, value=value), False


def _made(alphabet: str, length: int, seed: int) -> str:
    return f"k{random_text(alphabet, length - 3, f'invented {seed}')}7q"
