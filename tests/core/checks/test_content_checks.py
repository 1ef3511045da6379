"""Encoded contents, byte arrays, JSON Web Tokens; placeholders and words; shapes; URLs."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.checks import ByteArray, DictionaryWords, Encoded, Jwt, Placeholder, Shape, UrlParts
from beca_core.checks.encoded_text import array_bytes, decoded
from beca_core.checks.url_parts import url_parts
from tests.core.checks.candidates import dropped, is_kept, kept, random_secret


@given(st.binary(min_size=1, max_size=60))
def test_what_was_encoded_is_decoded(content: bytes) -> None:
    for strict in (False, True):
        for text in (base64.b64encode(content), base64.b64encode(content).rstrip(b"=")):
            assert decoded("base64", text, strict=strict) == decoded("base64-any", text, strict=strict) == content
        for text in (base64.urlsafe_b64encode(content), base64.urlsafe_b64encode(content).rstrip(b"=")):
            assert decoded("base64url", text, strict=strict) == content
        for text in (base64.b32encode(content), base64.b32encode(content).lower().rstrip(b"=")):
            assert decoded("base32", text, strict=strict) == content
    assert decoded("hex", content.hex().encode()) == decoded("hex", content.hex().upper().encode()) == content


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("base64", b"a"),
        ("base64", b"abcde"),
        ("base64", b"ab=c"),
        ("base64", b"ab-_"),
        ("base64", b"===="),
        ("base64", b"abc=="),
        ("base64", b""),
        ("base64url", b"ab+/"),
        ("base64-any", b"a-+b"),
        ("base32", b"a1"),
        ("base32", b"abc"),
        ("base32", b"aB"),
        ("hex", b"abc"),
        ("hex", b"xy"),
        ("hex", b""),
        ("hex", b"ab cd"),
        ("base58", b"0O"),
        ("base58", b"2" * 1025),
        ("base62", b"a-"),
    ],
)
def test_what_is_not_encoded_is_not_decoded(encoding: str, text: bytes) -> None:
    assert decoded(encoding, text) is None


def test_strict_wants_the_bits_that_encode_nothing_to_be_zero() -> None:
    assert kept(Encoded(strict=True), "QQ==", "QR==") == ["QQ=="]
    assert kept(Encoded(encoding="base32", strict=True), "AE======", "AF======") == ["AE======"]


def test_zero_bytes_in_base58() -> None:
    assert decoded("base58", b"11") == b"\0\0"
    assert decoded("base58", b"12") == b"\0\1"
    assert decoded("base62", b"0A") == b"\0\x0a"


def test_encoded() -> None:
    def b64(content: bytes) -> str:
        return base64.b64encode(content).decode()

    key = bytes(range(1, 33))
    assert kept(Encoded(lengths=(32,)), b64(key), b64(key[:31])) == [b64(key)]
    assert kept(Encoded(min_bytes=2, max_bytes=3), *map(b64, (b"a", b"ab", b"abcd"))) == [b64(b"ab")]
    assert kept(Encoded(padding="required"), "QUI=", "QUI") == ["QUI="]
    assert kept(Encoded(padding="forbidden"), "QUI=", "QUI") == ["QUI"]
    assert kept(Encoded(content="text"), b64(b"hello\n"), b64(key)) == [b64(b"hello\n")]
    assert kept(Encoded(content="binary"), b64(b"hello\n"), b64(key)) == [b64(key)]
    assert kept(Encoded(content="json"), b64(b'{"a": 1}'), b64(b"hello")) == [b64(b'{"a": 1}')]
    assert kept(Encoded(starts_with=(r"\x01\x02",)), b64(key), b64(key[1:])) == [b64(key)]
    assert kept(Encoded(contains=("ell",)), b64(b"hello"), b64(b"world")) == [b64(b"hello")]
    assert kept(Encoded(min_share=0.9), b64(key), b64(bytes(32))) == [b64(key)]


@pytest.mark.parametrize(
    "text",
    [
        "1, 2, 3",
        "0x01, 0x02, 0x3",
        r"\x01\x02\x03",
        "[1,2,3]",
        "{ (byte) 0x01, (byte)0x02, 3 }",
        "1u8, 2u8, 3",
        "01:02:03",
    ],
)
def test_arrays_are_read(text: str) -> None:
    assert array_bytes(text.encode(), "any") == b"\1\2\3"


@pytest.mark.parametrize("text", ["", "256", "1, x", "0x123", "1 2 abc", "-129", "1.5, 2", "12ab"])
def test_what_is_no_array(text: str) -> None:
    assert array_bytes(text.encode(), "any") is None


def test_byte_arrays() -> None:
    assert array_bytes(b"-1, -128", "any") == b"\xff\x80"
    assert array_bytes(b"12 34", "hex") == b"\x12\x34"
    assert array_bytes(b"12 34", "any") == b"\x0c\x22"
    assert kept(ByteArray(written="hex"), "0x01, 0x02", "1, 2") == ["0x01, 0x02"]
    assert kept(ByteArray(written="decimal"), "0x01, 0x02", "1, 2") == ["1, 2"]
    assert kept(ByteArray(lengths=(3,)), "1, 2", "1, 2, 3") == ["1, 2, 3"]
    assert kept(ByteArray(min_bytes=2, max_bytes=2), "1", "1, 2", "1, 2, 3") == ["1, 2"]
    assert kept(ByteArray(min_share=0.9), "0, 0, 0, 0", "1, 2, 3, 4") == ["1, 2, 3, 4"]


def token(header: Any, claims: Any, signature: str = "c2lnbmF0dXJl") -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims)]
    return ".".join([*parts, signature])


def test_jwt() -> None:
    signed = token({"alg": "HS256", "typ": "JWT"}, {"sub": "1", "iss": "https://a.test/x"})
    unsigned = token({"alg": "none"}, {"sub": "1"}, "")
    assert kept(Jwt(), signed, unsigned, signed + ".x", signed.rpartition(".")[0], "a.b.c", "..") == [signed]
    assert is_kept(Jwt(allow_none=True), unsigned)
    assert kept(Jwt(algorithms=("RS256",)), signed) == []
    assert kept(Jwt(claims=("sub", "exp")), signed) == []
    assert kept(Jwt(claims=("sub",), headers=("typ",), issuers=("https://a.test/",)), signed) == [signed]
    assert kept(Jwt(issuers=("https://b.test/",)), signed, token({"alg": "x"}, {"iss": 7})) == []
    assert kept(Jwt(headers=("kid",)), signed) == []
    bad = [token([], {}), token({}, {}), token({"alg": 5}, {}), token({"alg": "x"}, []), token({"alg": "x"}, {}, "?")]
    assert kept(Jwt(), *bad, token({"alg": "x"}, {}, "")) == []
    deep = base64.urlsafe_b64encode(b"[" * 40_000).decode().rstrip("=")
    assert not is_kept(Jwt(), f"{deep}.{deep}.{deep}")


def test_encrypted_tokens() -> None:
    header = token({"alg": "dir", "enc": "A128GCM"}, {}).partition(".")[0]
    encrypted = f"{header}..aXY.Y2lwaGVy.dGFn"
    assert (is_kept(Jwt(), encrypted), is_kept(Jwt(encrypted=True), encrypted)) == (False, True)
    assert not is_kept(Jwt(encrypted=True), token({"alg": "dir"}, {}).partition(".")[0] + "..aXY.Y2lwaGVy.dGFn")
    assert not is_kept(Jwt(encrypted=True), f"{header}..aXY..dGFn")


PLACEHOLDERS = [
    "xxxxxxxxxxxx",
    "XXXX-XXXX-XXXX",
    "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
    "****************",
    "................",
    "${API_KEY}",
    "$API_KEY",
    "${{ secrets.TOKEN }}",
    "{{ api_key }}",
    "<your-api-key>",
    "<YOUR API KEY>",
    "%s",
    "%(password)s",
    "%PASSWORD%",
    "#{password}",
    "$(cat key)",
    "__API_KEY__",
    "@API_KEY@",
    "<%= key %>",
    "[password]",
    "{password}",
    ":password",
    "your-api-key-here",
    "YOUR_API_KEY",
    "yourSecretKey",
    "changeme",
    "change_me",
    "CHANGE-ME",
    "example-key",
    "my-example-token",
    random_secret("upper", 13) + "EXAMPLE",
    "test-key",
    "dummy_password",
    "fake-token-123",
    "demo",
    "foo",
    "foobar123",
    "sample_secret",
    "password",
    "Password1!",
    "secret",
    "null",
    "none",
    "undefined",
    "admin",
    "123456",
    "12345678",
    "abcdef123456",
    "qwerty",
    "1234567890abcdef",
    "aaaaaaaa",
    "0000000000000000",
    "11111111-1111-1111-1111-111111111111",
    "abcabcabc",
    "deadbeefdeadbeef",
    "placeholder",
    "<redacted>",
    "   ",
    "",
    "replace_me",
    "insert-your-key",
    "fakeSecretForTesting",
    "TODO",
]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_placeholders_are_dropped(text: str) -> None:
    assert not is_kept(Placeholder(), text)


NO_PLACEHOLDERS = [
    "sk_test_" + random_secret("base62", 24),
    "correct horse battery staple",
    "Tr0ub4dor&3",
    "hunter22x",
    "p4ssw0rd!!9k",
    "https://hooks.acme.test/" + random_secret("base62", 24),
    "latest-9f8a7c6d5e4b",
    "contest7421",
    "attested91",
    "-----BEGIN PRIVATE KEY-----",
    "QUFBQUFBQUFCM056YUMx" + random_secret("base64", 40),
    "$2b$12$" + random_secret("base62", 53),
    "S3cr3t$Value{9}",
    "a<b>c9#kQ2!",
    "100%sure9X!",
    "{" + random_secret("printable", 20),
]


@pytest.mark.parametrize("text", NO_PLACEHOLDERS)
def test_what_is_no_placeholder_is_kept(text: str) -> None:
    assert is_kept(Placeholder(), text)


def test_kinds_and_words_of_placeholders() -> None:
    assert is_kept(Placeholder(kinds=("template",)), "changeme")
    assert not is_kept(Placeholder(kinds=("template",)), "${KEY}")
    assert not is_kept(Placeholder(words=("Acme-Docs",)), "9f8a-acme-docs-7c6d")


WORDS = [
    "getApiKeyFromConfig",
    "api_key_name",
    "config.auth.token",
    "CLIENT_SECRET_NAME",
    "this is another sentence of words",
    "authentication",
    "password-reset-token",
    "MyClassName",
    "mysecretpassword",
    "request.headers",
    "some_function()",
    "blorpo_quaxil_zindara",
    "passwords",
    "userAccessTokens",
]


@pytest.mark.parametrize("text", WORDS)
def test_words_and_identifiers_are_dropped(text: str) -> None:
    assert not is_kept(DictionaryWords(), text)


def test_what_is_no_word_is_kept() -> None:
    texts = ("9f8a7c6d5e4b", "Zq8Lx0WmPq7", "", "zxkqjvwp", "a-b-c", "hunter2-4711-0815")
    assert kept(DictionaryWords(), *texts) == list(texts)
    assert is_kept(DictionaryWords(identifiers=False), "blorpo_quaxil_zindara")
    assert not is_kept(
        DictionaryWords(identifiers=False, words=("blorpo", "quaxil", "zindara")), "blorpo_quaxil_zindara"
    )
    assert is_kept(DictionaryWords(max_share=0.95, identifiers=False), "token_9f8a7c")


SHAPES = {
    "uuid": ["123e4567-e89b-12d3-a456-426614174000"],
    "uuid-v4": ["123e4567-e89b-42d3-a456-426614174000"],
    "nil-uuid": ["00000000-0000-0000-0000-000000000000"],
    "md5": ["0" * 32],
    "sha1": ["a" * 40],
    "sha256": ["A" * 64],
    "sha512": ["a" * 128],
    "git-commit": ["0" * 40, "f" * 64],
    "subresource-hash": ["sha256-" + "a" * 43 + "=", "sha512-" + "a" * 86 + "=="],
    "integer": ["12", "-3", "+4"],
    "number": ["1.5", "-1e10", ".5", "3"],
    "version": ["1.2", "v1.2.3", "1.2.3-rc.1", "2.0.0+build5", "1.0a1"],
    "date": ["2024-01-31", "20240131", "2024/01/31"],
    "timestamp": ["2024-01-31T10:00:00Z", "2024-01-31 10:00", "20240131T100000+02:00"],
    "path": ["/etc/passwd", "./a/b.txt", "C:\\Users\\me", "~/.ssh/id_rsa", "src/main.py", "../x"],
    "file-name": ["main.py", "id_rsa.pub", "a.tar.gz"],
    "url": ["https://acme.test/x?y"],
    "email": ["bob@mail.acme.test"],
    "host": ["mail.acme.test"],
    "ip-address": ["10.0.0.1", "10.0.0.1:80", "10.0.0.0/8", "fe80::1", "::1"],
    "mac-address": ["00:1b:44:11:3a:b7", "00-1B-44-11-3A-B7"],
    "color": ["#fff", "#a0b1c2"],
    "constant": ["MAX_SIZE"],
    "snake-case": ["max_size"],
    "dotted-name": ["os.path.join", "a.b()"],
    "call": ["get_key(name)", "os.getenv('X')"],
    "phone-number": ["+49 30 1234567"],
}
OTHERS = ["Zq8Lx0WmPq7", "", "ab cd", "sk_live_" + random_secret("base62", 24), random_secret("base62", 41)]


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(shape: str) -> None:
    assert kept(Shape(one_of=(shape,)), *SHAPES[shape]) == SHAPES[shape]
    assert dropped(Shape(not_in=(shape,)), *SHAPES[shape]) == SHAPES[shape]
    assert kept(Shape(one_of=(shape,)), *OTHERS) == []


def test_every_shape_is_tried() -> None:
    assert set(SHAPES) == set(Shape._CHOICES["one_of"])


def test_secrets_in_base64_are_no_paths() -> None:
    texts = ["/" + random_secret("base64", 43, seed) for seed in range(300)]
    assert dropped(Shape(not_in=("path", "file-name", "url")), *texts) == []


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://u:p@h", ("https", "u", "p", "h")),
        ("https://u:p@h:80/x?y#z", ("https", "u", "p", "h")),
        ("postgres://u:p@ss@h/db", ("postgres", "u", "p@ss", "h")),
        ("mongodb+srv://u:p@a,b:1/x", ("mongodb+srv", "u", "p", "a")),
        ("http://[::1]:80/", ("http", "", "", "::1")),
        ("redis://:p@h", ("redis", "", "p", "h")),
        ("http://u:p/w@h/x", ("http", "u", "p/w", "h")),
        ("http://h/x@y", ("http", "", "", "h")),
    ],
)
def test_the_parts_of_a_url(url: str, parts: tuple[str, ...]) -> None:
    assert url_parts(url.encode()) == tuple(part.encode() for part in parts)


PASSWORD = random_secret("base62", 12, "password")
GOOD_URL = f"postgres://svc:{PASSWORD}@db1.acme-corp.net:5432/app"


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104 - a host in a URL
        "[::1]",
        "example.com",
        "db.example.org",
        "x.test",
        "host",
        "hostname:5432",
        "<host>",
        "${DB_HOST}",
        "192.0.2.7",
        "db.invalid",
        "your-host-example",
        "proxy.company.com",
        "db.yourdomain.com",
    ],
)
def test_placeholder_hosts_are_dropped(host: str) -> None:
    assert not is_kept(UrlParts(), f"postgres://svc:{PASSWORD}@{host}/app")


@pytest.mark.parametrize(
    "password",
    ["my-password", "random_password", "password", "xxxxx", "${PASSWORD}", "<password>", "changeme", "svc", "", "PASS"],
)
def test_placeholder_passwords_are_dropped(password: str) -> None:
    assert not is_kept(UrlParts(), f"postgres://svc:{password}@db1.acme-corp.net/app")


def test_url_parts() -> None:
    assert is_kept(UrlParts(), GOOD_URL)
    assert is_kept(UrlParts(), GOOD_URL.replace("svc:", "svc:my-password-"))
    assert is_kept(UrlParts(refuse=()), "postgres://svc:password@localhost/app")
    assert kept(UrlParts(schemes=("https",)), GOOD_URL) == []
    assert is_kept(UrlParts(schemes=("postgres",), hosts=("acme-corp.net",)), GOOD_URL)
    assert kept(UrlParts(hosts=("corp.net",)), GOOD_URL) == []
    assert kept(UrlParts(not_hosts=("acme-corp.net",)), GOOD_URL) == []
    assert kept(UrlParts(needs=("user", "password")), f"redis://:{PASSWORD}@db1.acme-corp.net") == []
    assert is_kept(UrlParts(needs=()), "https://db1.acme-corp.net/x")
    assert kept(UrlParts(refuse=("user",)), GOOD_URL, GOOD_URL.replace("svc", "username")) == [GOOD_URL]
    assert kept(UrlParts(), "", "x", "://", "http://", "1http://u:p@h.acme-corp.net") == []
