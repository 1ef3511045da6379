"""Private keys in PEM and in PGP's armour, in all the ways in which people paste them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence
from beca_scanners.keys.private_keys import PEM_KEY, armour, example_key
from tests.core.matching.plain import PlainRules

if TYPE_CHECKING:
    from collections.abc import Callable

    Find = Callable[[str, str | bytes], list[tuple[bytes, Confidence]]]

HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
PLAIN, ENCRYPTED, PGP = "pem-private-key", "pem-encrypted-private-key", "pgp-private-key"
KEY = armour("PRIVATE KEY", example_key())
LINES = KEY.split("\n")
LEGACY_HEADERS = ("Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC,0123456789ABCDEF", "")
OPENSSH = b"openssh-key-v1\0"


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "DSA "])
def test_der_keys(kind: str, find: Find) -> None:
    key = armour(f"{kind}PRIVATE KEY", example_key())
    assert find(PLAIN, key) == [(key.encode(), HIGH)]
    assert find(ENCRYPTED, key) == []


def test_openssh_keys_name_their_cipher(find: Find) -> None:
    plain = armour("OPENSSH PRIVATE KEY", OPENSSH + b"\0\0\0\4none" + example_key())
    locked = armour("OPENSSH PRIVATE KEY", OPENSSH + b"\0\0\0\x0aaes256-ctr" + example_key())
    assert find(PLAIN, plain + locked) == [(plain.encode(), HIGH)]
    assert find(ENCRYPTED, plain + locked) == [(locked.encode(), HIGH)]


@pytest.mark.parametrize(("size", "confidence"), [(72, LOW), (199, LOW), (200, MEDIUM), (400, MEDIUM)])
def test_what_is_too_short_for_a_key_of_openssh_is_doubted(size: int, confidence: Confidence, find: Find) -> None:
    key = armour("OPENSSH PRIVATE KEY", b"\x6b" * size)
    assert find(PLAIN, key) == [(key.encode(), confidence)]


@pytest.mark.parametrize(
    "key",
    [
        armour("ENCRYPTED PRIVATE KEY", example_key()),
        armour("RSA PRIVATE KEY", example_key(), *LEGACY_HEADERS),
        armour("EC PRIVATE KEY", example_key(), *LEGACY_HEADERS).replace("\n", "\r\n"),
        armour("EC PRIVATE KEY", example_key(), *LEGACY_HEADERS).replace("\n", "\\n"),
    ],
)
def test_keys_with_a_passphrase_have_a_rule_of_their_own(key: str, find: Find) -> None:
    assert find(ENCRYPTED, f"x {key} y") == [(key.encode(), HIGH)]
    assert find(PLAIN, f"x {key} y") == []


@pytest.mark.parametrize("first_byte", [b"\x95", b"\x94", b"\xc5"])
def test_pgp_keys(first_byte: bytes, find: Find) -> None:
    key = armour("PGP PRIVATE KEY BLOCK", first_byte + example_key(), "Version: X 1.0", "")
    key = key.replace("\n-----END", "\n=aB3+\n-----END")
    assert find(PGP, key) == [(key.encode(), HIGH)]
    assert find(PLAIN, key) == find(ENCRYPTED, key) == []


def test_a_packet_that_is_not_a_secret_key_has_lower_confidence(find: Find) -> None:
    key = armour("PGP PRIVATE KEY BLOCK", b"\x99" + example_key())
    assert find(PGP, key) == [(key.encode(), MEDIUM)]


PASTED = {
    "as a file with CRLF": "\r\n".join(LINES),
    "with lone carriage returns": "\r".join(LINES),
    "with blank lines between": "\n\n".join(LINES),
    "with blanks at line ends": " \n".join(LINES),
    "indented": "\n    ".join(LINES),
    "after comment marks": "\n# ".join(LINES),
    "in a block comment": "\n * ".join(LINES),
    "in a quoted mail": "\n> ".join(LINES),
    "in a JSON string": "\\n".join(LINES),
    "in a JSON string with CRLF": "\\r\\n".join(LINES),
    "in JSON inside JSON": "\\\\n".join(LINES),
    "in lines that are joined": '\\n" +\n    "'.join(LINES),
    "in strings side by side": "\\n'\n    '".join(LINES),
    "in strings with backslashes": '\\n" \\\n    "'.join(LINES),
    "in PHP": '" .\n"'.join(LINES),
    "in a list of lines": '",\n"'.join(LINES),
    "in a shell script": "\\n\\\n".join(LINES),
    "with blanks for line ends": " ".join(LINES),
    "with nothing for line ends": "".join(LINES),
    "with short lines": LINES[0]
    + "\n"
    + "\n".join("".join(LINES[1:-1])[i : i + 16] for i in range(0, 900, 16)).strip()
    + "\n"
    + LINES[-1],
}
MARGINS = {"after comment marks": "# ", "in a block comment": " * ", "in a quoted mail": "> "}


@pytest.mark.parametrize("how", PASTED)
def test_keys_are_found_however_they_are_pasted(how: str, find: Find) -> None:
    margin = MARGINS.get(how, '"')
    assert find(PLAIN, f"a line\n{margin}{PASTED[how]}{margin}\nanother") == [(PASTED[how].encode(), HIGH)]


@pytest.mark.parametrize("mark", ["+", "-", " ", "// ", "-- ", "REM "])
def test_keys_are_found_after_any_mark(mark: str, find: Find) -> None:
    text = "".join(f"{mark}{line}\n" for line in LINES)
    assert find(PLAIN, f"diff\n{text}") == [(text[len(mark) : -1].encode(), HIGH)]


CUT_OFF = {
    "at the end of the text": ("\n".join(LINES[:5]), ""),
    "before prose": ("\n".join(LINES[:5]), "\n\nand so on.\n"),
    "before an ellipsis": ("\n".join(LINES[:5]), "\n...\n"),
    "before the END of something else": ("\n".join(LINES[:5]), "\n-----END CERTIFICATE-----\n"),
    "before another block": ("\n".join(LINES[:5]), f"\n{armour('CERTIFICATE', example_key())}\n"),
    "in a string": ("\\n".join(LINES[:5]), '\\n"\n'),
    "after comment marks": ("\n# ".join(LINES[:5]), "\n#\n# and so on"),
}


@pytest.mark.parametrize("how", CUT_OFF)
def test_a_key_without_an_end_is_found_up_to_its_last_line(how: str, find: Find) -> None:
    key, rest = CUT_OFF[how]
    margin = "# " if how == "after comment marks" else ""
    assert find(PLAIN, margin + key + rest) == [(key.encode(), MEDIUM)]


def test_a_key_that_does_not_match_its_label_has_lower_confidence(find: Find) -> None:
    for label, content in (
        ("PRIVATE KEY", b"\x31" + example_key()),
        ("PRIVATE KEY", example_key()[:-1]),
        ("PRIVATE KEY", example_key() + b"\0"),
        ("OPENSSH PRIVATE KEY", example_key()),
        ("EC PRIVATE KEY", b"\x30\x20" + b"k" * 31),
    ):
        key = armour(label, content)
        assert find(PLAIN, key) == [(key.encode(), MEDIUM)]


def test_a_short_der_length_is_read(find: Find) -> None:
    key = armour("PRIVATE KEY", b"\x30\x2e" + bytes(range(46)))
    assert find(PLAIN, key) == [(key.encode(), HIGH)]


NO_KEYS = {
    "public key": armour("PUBLIC KEY", example_key()),
    "certificate": armour("CERTIFICATE", example_key()),
    "public RSA key": armour("RSA PUBLIC KEY", example_key()),
    "certificate request": armour("CERTIFICATE REQUEST", example_key()),
    "PGP public key": armour("PGP PUBLIC KEY BLOCK", example_key()),
    "PGP message": armour("PGP MESSAGE", example_key()),
    "unknown label": armour("MY PRIVATE KEY", example_key()),
    "lower case": KEY.lower(),
    "no body": f"{LINES[0]}\n{LINES[-1]}",
    "only BEGIN": LINES[0],
    "only END": LINES[-1],
    "dots": f"{LINES[0]}\n...\n{LINES[-1]}",
    "dots between": f"{LINES[0]}\n{LINES[1]}\n...\n{LINES[3]}\n{LINES[-1]}",
    "placeholder": f"{LINES[0]}\n<your key here>\n{LINES[-1]}",
    "placeholder without END": f"{LINES[0]}\nINSERT YOUR KEY HERE, PLEASE\n",
    "words": f"{LINES[0]}\nthis is not base64!\n{LINES[-1]}",
    "too short": armour("PRIVATE KEY", b"\x30\x10" + b"k" * 16),
    "too short and cut off": f"{LINES[0]}\n{LINES[1][:40]}",
    "broken base64": KEY.replace("A", "-"),
    "a character too much": f"{LINES[0]}\n{LINES[1]}x\n{LINES[-1]}",
    "padding in the middle": f"{LINES[0]}\n{LINES[1][:-1]}=\n{LINES[2]}\n{LINES[-1]}",
    "a comparison": 'if line == "-----BEGIN PRIVATE KEY-----" or line == "-----END PRIVATE KEY-----":',
    "four dashes": KEY.replace("-----", "----"),
}


@pytest.mark.parametrize("what", NO_KEYS)
def test_what_is_not_a_private_key(what: str, find: Find) -> None:
    assert [find(rule, NO_KEYS[what]) for rule in (PLAIN, ENCRYPTED, PGP)] == [[], [], []]


def test_keys_in_a_row_are_all_found(find: Find) -> None:
    keys = [armour("PRIVATE KEY", example_key(size)) for size in (300, 500, 700)]
    assert find(PLAIN, "\n".join(keys)) == [(key.encode(), HIGH) for key in keys]


def test_a_key_after_one_without_an_end_is_found(find: Find) -> None:
    assert find(PLAIN, f"{LINES[0]}\n\n{KEY}") == [(KEY.encode(), HIGH)]


LONGEST: Final = 256 * 1024


@pytest.mark.parametrize("how", ["\n", "\r\n", "\n> ", "\\n", '\\n" +\n    "', " ", ""], ids=repr)
@pytest.mark.parametrize("size", [60_000, 65_000])
def test_a_key_of_80_kb_is_found_whole(size: int, how: str, find: Find) -> None:
    key = armour("PRIVATE KEY", example_key(size)).replace("\n", how)
    margin = "> " if how == "\n> " else ""
    assert find(PLAIN, f"{margin}{key}\n") == [(key.encode(), HIGH)]


@pytest.mark.parametrize("how", ["\n", "\r\n", "\\n", " ", ""], ids=repr)
def test_a_longer_key_is_cut_and_says_so(how: str) -> None:
    key = armour("PRIVATE KEY", example_key() * 500).replace("\n", how).encode()
    for before, after in ((b"", b""), (b"a line\n" * 1000, b"\nthe end\n" * 1000)):
        data = before + key + after
        (match,) = PlainRules([PEM_KEY]).scan(data)
        assert data[match.begin : match.end] == key[:LONGEST]
        assert match.truncated
        assert match.confidence is MEDIUM


@pytest.mark.parametrize("left", range(-3, 200, 7))
def test_a_key_that_ends_near_the_limit_is_whole_or_says_that_it_is_cut(left: int) -> None:
    size = (LONGEST - left - len(LINES[0])) * 64 // 65 // 4 * 3
    key = armour("PRIVATE KEY", (example_key(65_000) * 4)[:size]).encode()
    assert abs(LONGEST - left - (len(key) - len(LINES[-1]))) < 10
    (match,) = PlainRules([PEM_KEY]).scan(key + b"\nmore")
    assert match.truncated != (match.end == len(key))


def test_a_long_key_without_an_end_is_not_cut() -> None:
    key = "\n".join(armour("PRIVATE KEY", example_key(60_000)).split("\n")[:-2])
    (match,) = PlainRules([PEM_KEY]).scan(f"{key}\n\nand so on\n{'text ' * 100_000}".encode())
    assert (match.end, match.truncated) == (len(key), False)


@given(
    size=st.integers(256, 2000), before=st.binary(), after=st.binary(), newline=st.sampled_from(["\n", "\r\n", "\\n"])
)
def test_a_key_is_found_in_any_surroundings(size: int, before: bytes, after: bytes, newline: str, find: Find) -> None:
    key = armour("RSA PRIVATE KEY", example_key(size)).replace("\n", newline).encode()
    assert find(PLAIN, before + key + after) == [(key, HIGH)]


@given(body=st.binary())
def test_no_body_raises(body: bytes, find: Find) -> None:
    for end in (b"", b"-----END PRIVATE KEY-----"):
        for secret, _ in find(PLAIN, b"-----BEGIN PRIVATE KEY-----" + body + end):
            assert secret.startswith(b"-----BEGIN PRIVATE KEY-----")
