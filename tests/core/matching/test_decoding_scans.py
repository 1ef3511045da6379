"""Decoding from end to end: encoded secrets are found once, decoded, with their span in the text.

`DecodingScanner` replaces the rule set in these tests: it has a database of its own for the encoded forms.
"""

from __future__ import annotations

import base64
import string
import threading
from array import array
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote_from_bytes

import hyperscan
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from beca_core import Confidence, Match, Rule, Severity
from beca_core.matching.decoding.forms import KIND_STRIDE, all_forms
from beca_core.matching.decoding.peek import Peek
from beca_core.matching.decoding.search import NestedSearch
from beca_core.matching.lines import Memo
from beca_core.matching.patterns.literals import literals
from beca_core.matching.patterns.pattern_parser import parse
from beca_core.matching.prefilter import Prefilter
from beca_core.matching.regions import Regions
from beca_core.rules.rule import random_text
from tests.core.matching.plain import PlainRules

Encode = Callable[[bytes], bytes]


class DecodingScanner:
    """Rules on texts and their decodings; records the sizes of the texts that are scanned or peeked at."""

    def __init__(
        self, rules: tuple[Rule, ...], depth: int = 2, *, decodes_all: bool = False, memo: Memo | None = None
    ) -> None:
        self._rules = PlainRules(rules)
        self._plain = Prefilter(rules)
        peek = None if decodes_all else Peek(self._peek, self._plain.most_digits, memo)
        self._search = NestedSearch({rule.id: rule.confidence for rule in rules}, depth, peek=peek)
        forms = all_forms(literal for rule in rules for literal in literals(parse(rule.pattern)))
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        expressions = ["".join(f"\\x{byte:02x}" for byte in form.text).encode() for form in forms]
        ids = [KIND_STRIDE * number + form.kind for number, form in enumerate(forms)]
        self._database.compile(expressions=expressions, ids=ids)
        self._local = threading.local()
        self.scanned: list[int] = []
        self.peeked: list[int] = []

    def scan(self, data: bytes) -> list[Match]:
        self.scanned, self.peeked = [], []
        return self._search.matches(data, *self._find_plain(data), self._find_plain)

    def _peek(self, data: bytes) -> bool:
        self.peeked.append(len(data))
        return self._plain.reports_anything(data)

    def _find_plain(self, data: bytes, _drops: object = None) -> tuple[list[Match], Regions]:
        if not hasattr(self._local, "scratch"):
            self._local.scratch = hyperscan.Scratch(self._database)
        forms: dict[int, array[int]] = {}
        self._database.scan(data + b"\n" * 64, _record, context=forms, scratch=self._local.scratch)
        self.scanned.append(len(data))
        plain = [span for ranges in self._plain.find(data).ranges.values() for span in ranges]
        return self._rules.scan(data), Regions({}, forms, plain)


def _record(index: int, _begin: int, end: int, _flags: int, forms: Any) -> None:
    forms.setdefault(index % KIND_STRIDE, array("Q")).append(end)


def make(rule_id: str, pattern: str, confidence: Confidence = Confidence.HIGH) -> Rule:
    return Rule(
        id=rule_id, version=1, description=rule_id, severity=Severity.HIGH, confidence=confidence, pattern=pattern
    )


RULES = (
    make("short", r"\b(?P<secret>acme_[0-9A-Za-z]{24})\b"),
    make("long", r"\b(?P<secret>acme-token-[0-9a-z]{24})\b", Confidence.MEDIUM),
    make("open", r"api_key=(?P<secret>[0-9A-Za-z+/]{20,}={0,2})"),
    make("mention", r"\b(?P<secret>private_key\w*)", Confidence.LOW),
)
SCANNER = DecodingScanner(RULES)
DECODES_ALL = DecodingScanner(RULES, decodes_all=True)
REMEMBERS = DecodingScanner(RULES, memo=Memo())
LETTERS_AND_DIGITS = string.ascii_letters + string.digits
SHORT = ("acme_" + random_text(LETTERS_AND_DIGITS, 24, "short")).encode()
LONG = ("acme-token-" + random_text(string.digits + string.ascii_lowercase, 24, "long")).encode()


def for_url(text: bytes) -> bytes:
    return base64.urlsafe_b64encode(text).rstrip(b"=")


def in_hex(text: bytes) -> bytes:
    return text.hex().encode()


def in_upper_hex(text: bytes) -> bytes:
    return text.hex().upper().encode()


def escaped(style: str) -> Encode:
    return lambda text: "".join(map(style.format, text)).encode()


def in_utf_16(text: bytes) -> bytes:
    return base64.b64encode(text.decode("latin-1").encode("utf-16-le"))


def wrapped(width: int, join: bytes) -> Encode:
    def encode(text: bytes) -> bytes:
        encoded = base64.b64encode(text)
        return join.join(encoded[at : at + width] for at in range(0, len(encoded), width))

    return encode


DIGITS: dict[str, tuple[Encode, str]] = {
    "base64": (base64.b64encode, "base64"),
    "base64url": (for_url, "base64"),
    "hex": (in_hex, "hex"),
    "upper hex": (in_upper_hex, "hex"),
}
ENCODINGS = DIGITS | {
    "utf-16": (in_utf_16, "base64"),
    "lines of 64": (wrapped(64, b"\n"), "base64"),
    "lines of 76": (wrapped(76, b"\n"), "base64"),
    "percent": (escaped("%{:02X}"), "percent"),
    "json": (escaped("\\u00{:02x}"), "unicode-escape"),
    "c": (escaped("\\x{:02X}"), "unicode-escape"),
}
NESTED = [
    (outer, inner)
    for outer in DIGITS
    for inner in DIGITS
    if not (DIGITS[outer][1] == DIGITS[inner][1] == "hex")  # hexadecimal digits in hexadecimal digits have no form
]
NOISE = st.text(st.sampled_from("ab7 .,:;\n\t{}é"), max_size=80).map(str.encode)
SECRETS = st.text(st.sampled_from(LETTERS_AND_DIGITS), min_size=24, max_size=24).map(
    lambda text: f"acme_{text}".encode()
)


def found(data: bytes) -> list[tuple[str, bytes, tuple[str, ...]]]:
    return [
        (match.rule_id, data[match.begin : match.end] if match.secret is None else match.secret, match.decodings)
        for match in SCANNER.scan(data)
    ]


@pytest.mark.parametrize("name", ENCODINGS)
@given(secret=SECRETS, before=NOISE, after=NOISE, around=NOISE)
def test_an_encoded_secret_is_found_once(name: str, secret: bytes, before: bytes, after: bytes, around: bytes) -> None:
    encode, decoding = ENCODINGS[name]
    encoded = encode(before + b" " + secret + b" " + after)
    data = around + b'\n"' + encoded + b'"\n' + around
    (match,) = SCANNER.scan(data)
    assert (match.rule_id, match.secret, match.decodings) == ("short", secret, (decoding,))
    first = len(around) + 2
    assert first <= match.begin < match.end <= first + len(encoded)
    assert len(data[match.begin : match.end].replace(b"\n", b"")) - len(encode(secret)) in range(-2, 7)


@pytest.mark.parametrize(("outer", "inner"), NESTED)
@given(secret=SECRETS, before=NOISE, after=NOISE, lead=NOISE)
def test_a_secret_in_two_encodings_is_found_once(
    outer: str, inner: str, secret: bytes, before: bytes, after: bytes, lead: bytes
) -> None:
    (encode_outer, outer_name), (encode_inner, inner_name) = DIGITS[outer], DIGITS[inner]
    document = lead + b' "' + encode_inner(before + b" " + secret + b" " + after) + b'"'
    assert found(b"x = '" + encode_outer(document) + b"'") == [("short", secret, (outer_name, inner_name))]


@pytest.mark.parametrize("inner", DIGITS)
@pytest.mark.parametrize("outer", ["percent", "json"])
def test_base64_among_escapes_is_decoded_too(outer: str, inner: str) -> None:
    document = DIGITS[inner][0](b"=" + SHORT + b"??>") + b"="
    escape = escaped("%{:02x}") if outer == "percent" else escaped("\\u00{:02x}")
    text = b"".join(byte if byte.isalnum() else escape(byte) for byte in map(bytes, zip(document, strict=True)))
    assert [secret for _, secret, _ in found(b"a=" + text + b"&b")] == [SHORT]


@pytest.mark.parametrize("join", [b"\r\n", b"\n    ", b"\\n", b"\\r\\n", b'"\n  "', b'" +\n   "', b'\\n" +\n  "'])
@pytest.mark.parametrize("width", [60, 64, 76])
@given(before=st.integers(0, 120), after=st.integers(0, 60))
def test_a_long_literal_is_found_however_its_base64_is_wrapped(
    join: bytes, width: int, before: int, after: int
) -> None:
    document = b"\xe9" * before + b" " + LONG + b" " + b"x" * after
    assert found(b'  key: "' + wrapped(width, join)(document) + b'"\n  other: 1\n') == [("long", LONG, ("base64",))]


@pytest.mark.parametrize("after", [b"\n", b"\nother: text\n", b"\nOTHER=text\n", b"\nrest\n", b"|", b""])
@given(before=st.integers(0, 2))
def test_text_after_base64_without_padding_does_no_harm(after: bytes, before: int) -> None:
    document = b" " * ((-len(SHORT)) % 3 + 3 * before) + SHORT
    assert len(document) % 3 == 0
    assert found(b"key: " + base64.b64encode(document) + after) == [("short", SHORT, ("base64",))]


@pytest.mark.parametrize("width", [64, 76])
def test_a_wrapped_text_is_read_as_a_whole(width: int) -> None:
    """A rule that needs context around the secret must not get the lines one by one."""
    unnamed = make("unnamed", r"(?P<secret>acme_[0-9A-Za-z]{8})(?:$|[^.])")
    named = make("named", r"(?P<secret>acme_[0-9A-Za-z]{8})\.[.]{80}named")
    scanner = DecodingScanner((unnamed, named))
    for before in range(80):
        data = wrapped(width, b"\n")(b"-" * before + b"acme_12345678" + b"." * 81 + b"named") + b"\n"
        assert [match.rule_id for match in scanner.scan(data)] == ["named"]


def test_each_line_of_a_list_is_found() -> None:
    secrets = [("acme_" + random_text(LETTERS_AND_DIGITS, 24, seed)).encode() for seed in range(50)]
    lines = b"\n".join(base64.b64encode(b" " + secret) for secret in secrets)
    assert [secret for _, secret, _ in found(lines)] == secrets


OPEN = b"3+x/" + random_text(LETTERS_AND_DIGITS, 20, "open").encode() + b"=="


@pytest.mark.parametrize(
    ("text", "decoding"),
    [
        (b"https://host/?api_key=%s&a" % quote_from_bytes(OPEN, safe="").encode(), "percent"),
        (b"https%3a//host/?api_key%3d" + OPEN, "percent"),
        (rb'{"url": "api_key\u003d' + OPEN + b'"}', "unicode-escape"),
        (rb'{"url": "api_key=' + OPEN.replace(b"+", rb"\u002B").replace(b"=", rb"\u003D") + b'"}', "unicode-escape"),
        (rb"'api_key\x3d" + OPEN.replace(b"/", rb"\x2f") + b"'", "unicode-escape"),
        (rb'"{\"url\": \"api_key\\u003d' + OPEN + rb'\"}"', "unicode-escape"),
    ],
)
def test_escapes_within_a_match_are_decoded(text: bytes, decoding: str) -> None:
    data = b"first line\n" + text + b"\nlast line"
    (match,) = SCANNER.scan(data)
    assert (match.secret, match.decodings) == (OPEN, (decoding,))
    assert data[match.begin : match.end].startswith(OPEN[:1])
    assert len(OPEN) <= match.end - match.begin <= 6 * len(OPEN)


def test_the_decoded_match_replaces_one_that_an_escape_cut_short() -> None:
    data = b"api_key=" + b"a" * 20 + b"%2B" + b"b" * 20
    assert found(data) == [("open", b"a" * 20 + b"+" + b"b" * 20, ("percent",))]


@pytest.mark.parametrize("near", [b"%41", b"\\u0041", b"100%25 \\x41"])
def test_a_plain_secret_is_not_reported_again_as_decoded(near: bytes) -> None:
    data = near + b" " + SHORT + b" " + near
    assert SCANNER.scan(data) == [Match(len(near) + 1, len(near) + 1 + len(SHORT), "short")]


def test_percent_encoded_twice() -> None:
    data = quote_from_bytes(quote_from_bytes(b"api_key=" + OPEN, safe="").encode(), safe="").encode()
    assert found(data) == [("open", OPEN, ("percent", "percent"))]


def test_matches_of_low_confidence_are_not_reported_in_decoded_text() -> None:
    assert found(base64.b64encode(b"use private_key here, please")) == []
    assert found(b"private_key%20private_key") == [("mention", b"private_key", ())]


@pytest.mark.slow
@pytest.mark.parametrize("damage", [b"\x00", b"\x7f", b"\xff"])
def test_a_decoded_secret_that_is_not_text_is_not_reported(damage: bytes) -> None:
    scanner = DecodingScanner((make("any", r"(?P<secret>acme_.{8,20})"),))
    assert [match.secret for match in scanner.scan(base64.b64encode(b"   acme_12345678\n"))] == [b"acme_12345678"]
    assert scanner.scan(base64.b64encode(b"   acme_1234567" + damage + b"89\n")) == []


@pytest.mark.parametrize(("depth", "count"), [(0, 0), (1, 0), (2, 1)])
def test_the_depth_is_bounded(depth: int, count: int) -> None:
    data = base64.b64encode(base64.b64encode(b"in here: " + SHORT))
    assert len(DecodingScanner(RULES, depth).scan(data)) == count


def test_a_long_run_is_read_around_each_of_its_secrets() -> None:
    document = (b"." * 90_000 + SHORT + b".") * 3
    assert [secret for _, secret, _ in found(base64.b64encode(document))] == [SHORT] * 3
    assert [secret for _, secret, _ in found(document.replace(b".", b"%2e"))] == [SHORT] * 3


PIECES = [
    *(b"acme_", b"Z2hw", b"api_key=", b"%41", b"\\u0041", b"\\x3d", b"\n", b"\\n", b'"', b"=", b" ", b"\xff\x00"),
    *(encode(text) for encode, _ in ENCODINGS.values() for text in (SHORT, LONG[:14], b"api_key=" + OPEN)),
]


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=12), max_size=30).map(b"".join))
@example(b"")
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    matches = SCANNER.scan(data)
    assert all(0 <= match.begin < match.end <= len(data) for match in matches)
    assert matches == SCANNER.scan(data)
    assert len({(match.begin, match.end, match.rule_id) for match in matches}) == len(matches)


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    [
        base64.b64encode(b"acme_"),
        base64.b64encode(b"acme_ak"),
        base64.b64encode(b"acme_acme_acm") + b" ",
        base64.b64encode(base64.b64encode(b"acme_acme_" * 3)),
        base64.b64encode(b"acme_") + b"\n",
        base64.b64encode(b"\n" + LONG + b"\n") + b"\n",
        in_hex(SHORT) + b"\n",
        b"acme_%41\\u0041",
        b"api_key=%41\\u0041\n",
        b"%61%63%6d%65\\u0061\\u0063\\u006d\\u0065",
    ],
)
def test_hostile_data_is_decoded_within_bounds(unit: bytes) -> None:
    data = unit * (150_000 // len(unit))
    SCANNER.scan(data)
    assert sum(SCANNER.scanned) <= 9 * len(data) + 64 * 1024
    assert len(SCANNER.peeked) < len(data) / 50


FILLERS = st.builds(
    bytes.__mul__,
    st.sampled_from([b"-", b"\0", b"a b\n", "ä".encode(), b"%20", b"\\u0041", b"\xff\xee\x99"]),
    st.integers(0, 300),
)
PARTS = st.builds(
    lambda encoding, before, text, after, end: b"key: " + encoding[0](before + text + after) + end,
    st.sampled_from([*ENCODINGS.values()]),
    FILLERS,
    st.sampled_from([SHORT, LONG, b"acme_", b"x"]),
    FILLERS,
    st.sampled_from([b"\n", b'"\n', b"=\n", b" "]),
)


@given(st.lists(PARTS, min_size=1, max_size=4).map(b"".join))
def test_a_peek_hides_nothing(data: bytes) -> None:
    assert SCANNER.scan(data) == DECODES_ALL.scan(data)


@given(st.lists(PARTS, min_size=1, max_size=4), st.data())
def test_remembered_digits_hide_nothing(parts: list[bytes], drawn: st.DataObject) -> None:
    for _ in range(3):
        data = b"".join(drawn.draw(st.permutations(parts)))
        assert REMEMBERS.scan(data) == DECODES_ALL.scan(data)


def test_the_same_digits_are_decoded_once_for_all_versions_of_a_file() -> None:
    version = b"key = " + base64.b64encode(b"." * 3000 + b"acme_is what I write" + b"." * 3000) + b"\n"
    scanner = DecodingScanner((RULES[0],), memo=Memo())
    assert scanner.scan(b"first\n" + version) == []
    assert scanner.peeked
    assert scanner.scan(b"second version\n" + version) == []
    assert not scanner.peeked


def test_digits_that_are_not_worth_it_leave_peeks_for_those_that_are() -> None:
    in_vain = base64.b64encode(b"acme_ is what I write, and much more of it")
    data = b" and ".join([in_vain] * 500 + [base64.b64encode(SHORT)])
    assert [match.secret for match in SCANNER.scan(data)] == [SHORT]
    assert len(SCANNER.peeked) > 500
    assert len(SCANNER.scanned) == 2


def test_a_peek_hides_no_utf_16_among_other_characters() -> None:
    others = "\u4e2d" * 200
    document = "text " * 1000 + others + SHORT.decode() + others + "text " * 1000
    data = base64.b64encode(document.encode("utf-16-le"))
    assert found(data) == [("short", SHORT, ("base64",))]


@pytest.mark.slow
@pytest.mark.parametrize("join", [b"\n", b"\n" + b" " * 64, b'"        +        \n' + b" " * 64 + b'+        "'])
@pytest.mark.parametrize("width", [32, 64])
@given(before=st.integers(40, 140))
def test_a_peek_hides_no_string_over_many_lines(join: bytes, width: int, before: int) -> None:
    secret = b"acme-token-that-takes-many-lines-12345678"
    scanner = DecodingScanner((make("lines", r"(?P<secret>acme-token-that-takes-many-lines-[0-9]{8})"),))
    document = (b"x" * before + secret + b"x" * 300).decode()
    encoded = base64.b64encode(document.encode("utf-16-le"))
    lines = join.join(encoded[at : at + width] for at in range(0, len(encoded), width))
    assert [match.secret for match in scanner.scan(b'"' + lines + b'"')] == [secret]


@pytest.mark.parametrize("name", DIGITS)
@pytest.mark.parametrize("follows", [b"is what I write", b"!!", b"\0\1\2\3", b" "])
def test_a_peek_shows_that_no_secret_follows(name: str, follows: bytes) -> None:
    data = b"key = " + DIGITS[name][0](b"." * 30_000 + b"acme_" + follows + b"." * 30_000)
    assert SCANNER.scan(data) == []
    assert (len(SCANNER.scanned), len(DECODES_ALL.scan(data)), len(DECODES_ALL.scanned)) == (1, 0, 2)


def test_text_without_regions_is_not_decoded() -> None:
    SCANNER.scan(base64.b64encode(random_text(LETTERS_AND_DIGITS, 1000).encode() * 50) + b" %41 \\u0041")
    assert len(SCANNER.scanned) == 1


def test_a_bomb_is_decoded_only_to_the_depth() -> None:
    bomb = b"in here: " + SHORT
    for _ in range(12):
        bomb = base64.b64encode(bomb)
    assert SCANNER.scan(bomb) == []
    assert len(SCANNER.scanned) <= 3


def test_threads_share_a_search() -> None:
    texts = [b" " * number + base64.b64encode(b" " * (number % 5) + SHORT) for number in range(200)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(SCANNER.scan, texts)) == [SCANNER.scan(text) for text in texts]
