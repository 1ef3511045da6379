"""Checksums: right ones pass, one changed character does not."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Candidate, Confidence, Dropped
from beca_core.checks import ALPHABETS, Base58Check, Checksum, Luhn, Mod97
from tests.core.checks.candidates import candidate, dropped, is_kept, random_secret

ENCODINGS = [
    "base62",
    "base62-lower",
    "base58",
    "base36",
    "hex",
    "hex-upper",
    "decimal",
    "base64",
    "base64url",
    "base32",
]
ALGORITHMS = ["crc32", "adler32", "sum", "xor", "md5", "sha1", "sha256", "sha512"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("at", ["end", "begin"])
def test_a_right_checksum_passes_and_a_wrong_one_does_not(algorithm: str, encoding: str, at: str) -> None:
    digits = 2 if algorithm in ("sum", "xor") else 6
    check = Checksum(algorithm=algorithm, encoding=encoding, digits=digits, skip=4, at=at)
    body = random_secret("base62", 30, encoding)
    written = check.checksum_of(body)
    assert len(written) == digits
    text = "pre_" + (body + written if at == "end" else written + body)
    assert is_kept(check, text)
    assert digits == 2 or not is_kept(check, text[:-1])
    wrong = "".join(chr(ord(one) ^ 1) for one in written)
    assert not is_kept(check, "pre_" + (body + wrong if at == "end" else wrong + body))


def test_a_hexadecimal_checksum_may_have_letters_of_any_case() -> None:
    body = random_secret("base62", 20)
    written = f"{zlib.crc32(body.encode()):08x}"
    check = Checksum(encoding="hex", digits=8)
    assert is_kept(check, body + written)
    assert is_kept(check, body + written.upper())
    assert not is_kept(Checksum(encoding="hex-lower", digits=8), body + written.upper())


def test_known_values() -> None:
    assert Checksum(algorithm="crc32", encoding="hex-lower", digits=8).checksum_of("123456789") == "cbf43926"
    assert Checksum(algorithm="adler32", encoding="hex-lower", digits=8).checksum_of("Wikipedia") == "11e60398"
    digest = hashlib.sha256(b"abc").digest()
    assert Checksum(algorithm="sha256", encoding="hex-lower", digits=10).checksum_of(b"abc") == digest.hex()[:10]
    written = base64.b64encode(digest).decode()
    assert Checksum(algorithm="sha256", encoding="base64", digits=8).checksum_of(b"abc") == written[:8]
    little = Checksum(encoding="hex-lower", digits=8, little_endian=True)
    assert little.checksum_of("123456789") == "2639f4cb"


def test_a_group_can_be_the_checksum_and_the_body_can_be_decoded() -> None:
    body = base64.b64encode(b"some bytes of a key")
    written = f"{zlib.crc32(b'some bytes of a key'):08x}".encode()
    text = body + b":" + written
    spans = {"crc": (len(body) + 1, len(text)), "body": (0, len(body))}
    check = Checksum(of="body", in_group="crc", encoding="hex", digits=8, decode="base64")
    assert isinstance(check(candidate(text, **spans)), Candidate)
    assert isinstance(check(candidate(text, crc=(0, 4), body=(0, len(body)))), Dropped)
    assert isinstance(check(candidate(text, body=(0, len(body)))), Candidate)
    assert isinstance(check(candidate(b"?" + text, crc=spans["crc"], body=(0, 5))), Dropped)


RUN = re.compile(rb"[0-9A-Za-z]*+")


def reference(match: Candidate) -> int | None:
    """Return the end of a GitHub token, written out: the checksum decides whether it has 36 or 76 characters."""
    body_begin = match.begin + 4
    run = RUN.match(match.data, body_begin, body_begin + 76)
    body = run[0] if run else b""
    for length in (36, 76):
        token = body[:length]
        if len(token) == length and token.endswith(base62(zlib.crc32(token[:-6]))):
            return body_begin + length
    return None


def base62(number: int) -> bytes:
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = ALPHABETS["base62"][digit] + digits
    return digits.rjust(6, "0").encode()


@given(
    st.text(ALPHABETS["base62"], min_size=30, max_size=30),
    st.text(ALPHABETS["base62"], min_size=0, max_size=34),
    st.integers(0, 3),
    st.binary(max_size=50),
)
def test_the_end_of_a_token_is_where_the_checksum_is_right(first: str, more: str, kind: int, after: bytes) -> None:
    check = Checksum(skip=4, lengths=(40, 80))
    body = first.encode() + (more.encode() if kind == 1 else b"")
    token = b"ghp_" + body + base62(zlib.crc32(body)) if kind < 2 else b"ghp_" + body + b"zzzzzz"
    if kind == 3:
        long_part = (body + b"0" * 70)[:70]
        token = b"ghp_" + long_part + base62(zlib.crc32(long_part))
    data = token + after
    match = Candidate(data, 0, 40, Confidence.HIGH)
    found = check(match) if len(data) >= 40 and RUN.fullmatch(data, 4, 40) else None
    if found is not None:
        end = reference(match)
        assert (found.end if isinstance(found, Candidate) else None) == end


def test_luhn() -> None:
    luhn = Luhn(separators=" -")
    assert is_kept(luhn, "4111 1111 1111 1111")
    assert is_kept(luhn, "79927398713")
    assert dropped(luhn, "79927398710", "4111-1111-1111-1112", "", "x", "0") != []
    assert not is_kept(luhn, "7992739871x")


@given(st.text(ALPHABETS["base36"], min_size=2, max_size=30), st.data())
def test_luhn_of_other_alphabets_has_one_check_digit_and_sees_each_change(body: str, data: st.DataObject) -> None:
    luhn = Luhn(alphabet="base36")
    right = [body + digit for digit in ALPHABETS["base36"] if is_kept(luhn, body + digit)]
    assert len(right) == 1
    at = data.draw(st.integers(0, len(body)))
    other = data.draw(st.sampled_from(ALPHABETS["base36"].replace(right[0][at], "")))
    assert not is_kept(luhn, right[0][:at] + other + right[0][at + 1 :])


def test_mod97() -> None:
    iban = Mod97(move=4, separators=" ")
    body = "DE" + "00" + random_secret("digits", 18)
    rest = 98 - int("".join(str(int(one, 36)) for one in body[4:] + body[:4])) % 97
    right = f"DE{rest:02}{body[4:]}"
    assert is_kept(iban, right)
    assert is_kept(iban, right[:4] + " " + right[4:].lower())
    assert dropped(iban, right[:-1] + ("1" if right[-1] != "1" else "2"), "", "DE-89")


def base58(content: bytes) -> str:
    number, text = int.from_bytes(content, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABETS["base58"][digit] + text
    return "1" * (len(content) - len(content.lstrip(b"\0"))) + text


@given(st.integers(0, 255), st.binary(min_size=20, max_size=33))
def test_base58check(version: int, payload: bytes) -> None:
    content = bytes([version]) + payload
    text = base58(content + hashlib.sha256(hashlib.sha256(content).digest()).digest()[:4])
    assert is_kept(Base58Check(), text)
    assert is_kept(Base58Check(versions=(version,), lengths=(len(payload),)), text)
    assert not is_kept(Base58Check(versions=((version + 1) % 256,)), text)
    assert not is_kept(Base58Check(lengths=(34,)), text)
    assert not is_kept(Base58Check(), text[:-1] + ("2" if text[-1] != "2" else "3"))
    assert not is_kept(Base58Check(), text + "0")
