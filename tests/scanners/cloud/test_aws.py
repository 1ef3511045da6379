"""AWS access keys: pairs, and key ids alone."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, Match
from beca_core.rules.rule import entropy, random_text
from beca_scanners.cloud import aws
from beca_scanners.cloud.aws import MIN_DISTINCT_IN_ID, MIN_ENTROPY, NEAR_BYTES, NEAR_LINES, AwsKeyScanner

if TYPE_CHECKING:
    from collections.abc import Callable

    Find = Callable[[str, str | bytes], list[tuple[bytes, Confidence]]]

BASE32 = string.ascii_uppercase + "234567"
BASE64 = string.ascii_letters + string.digits + "+/"
ID = "AKIA" + random_text(BASE32, 16, 1)
TEMPORARY_ID = "ASIA" + random_text(BASE32, 16, 2)
SECRET = random_text(BASE64, 40, 1)
OTHER = random_text(BASE64, 40, 2)
UPPER, LOWER, DIGITS = set(string.ascii_uppercase), set(string.ascii_lowercase), set(string.digits)
PAIR, LONE = "aws-secret-access-key", "aws-access-key-id"

NAMED = [
    f"[default]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n",
    f"[default]\naws_secret_access_key={SECRET}\naws_access_key_id={ID}\n",
    f"export AWS_ACCESS_KEY_ID={ID}\r\nexport AWS_SECRET_ACCESS_KEY={SECRET}\r\n",
    f'{{"AccessKeyId": "{ID}", "Status": "Active", "SecretAccessKey": "{SECRET}"}}',
    f'access_key = "{TEMPORARY_ID}"\nregion = "eu-west-1"\nsecret_key = "{SECRET}"',
    f"boto3.client('s3', '{ID}', key='{SECRET}')",
    f"Access key ID,Secret access key\n{ID},{SECRET}\n",
    f"{ID}:{SECRET}",
    f"s3://{ID}:{SECRET}@bucket/",
]


@pytest.mark.parametrize("text", NAMED)
def test_a_pair_with_a_name_or_an_assignment_has_high_confidence(text: str, find: Find) -> None:
    assert find(PAIR, text) == [(SECRET.encode(), Confidence.HIGH)]
    assert find(LONE, text) == []


@pytest.mark.parametrize("text", [f"{SECRET}\n{ID}", f"{ID}\t{SECRET}", f"| {ID} | {SECRET} |"])
def test_a_pair_without_a_name_has_lower_confidence(text: str, find: Find) -> None:
    assert find(PAIR, text) == [(SECRET.encode(), Confidence.MEDIUM)]
    assert find(LONE, text) == []


def test_every_profile_of_a_file_is_found(find: Find) -> None:
    text = "\n".join(
        f"[{n}]\nid = AKIA{random_text(BASE32, 16, n)}\nkey = {random_text(BASE64, 40, n)}" for n in range(9)
    )
    assert [secret for secret, _ in find(PAIR, text)] == [random_text(BASE64, 40, n).encode() for n in range(9)]


NOT_SECRET = [
    "0123456789abcdef" * 2 + "01234567",
    SECRET.lower(),
    SECRET.upper(),
    SECRET[:39],
    SECRET + "x",
    "x" + SECRET,
    SECRET + "==",
    "-" + SECRET,
    SECRET + "_",
    "aB1" * 13 + "a",
    SECRET[:30] + "EXAMPLEKEY",
    "x" * 30 + SECRET + OTHER,
]


@pytest.mark.parametrize("text", NOT_SECRET)
def test_an_id_without_a_secret_access_key_is_the_finding(text: str, find: Find) -> None:
    near = f"aws_access_key_id={ID}\naws_secret_access_key: {text}\n"
    assert find(PAIR, near) == []
    assert find(LONE, near) == [(ID.encode(), Confidence.MEDIUM)]


def test_the_id_in_a_signed_url_is_doubted(find: Find) -> None:
    url = f"https://files.acme.dev/a?X-Amz-Credential={ID}%2F20260131%2Fus-east-1%2Fs3"
    assert find(LONE, url) == [(ID.encode(), Confidence.LOW)]


NOT_ID = [
    "AKIA" + "X" * 16,
    "AKIA" + "ABCD" * 4,
    ID[:-7] + "EXAMPLE",
    ID + "A",
    ID + "a",
    "A" + ID,
    "_" + ID,
    ID[:-1],
    ID[:-1] + "0",
    ID.lower(),
    "AIDA" + ID[4:],
]


@pytest.mark.parametrize("text", NOT_ID)
def test_what_is_not_a_key_id_is_ignored(text: str) -> None:
    data = f"{text}\naws_secret_access_key = {SECRET}\n".encode()
    assert list(AwsKeyScanner().scan(data)) == []


@pytest.mark.parametrize("lines", [1, NEAR_LINES - 1, NEAR_LINES])
def test_the_limit_on_lines_between_id_and_secret(lines: int, find: Find) -> None:
    is_near = lines < NEAR_LINES
    for first, second in ((ID, SECRET), (SECRET, ID)):
        assert bool(find(PAIR, first + "\n" * lines + second)) is is_near
        assert bool(find(LONE, first + "\n" * lines + second)) is not is_near


@pytest.mark.parametrize("space", [NEAR_BYTES - 41, NEAR_BYTES - 40, NEAR_BYTES - 39, NEAR_BYTES])
def test_the_limit_on_bytes_between_id_and_secret(space: int, find: Find) -> None:
    is_near = space <= NEAR_BYTES - 40
    for first, second in ((ID, SECRET), (SECRET, ID)):
        assert bool(find(PAIR, f"{first}{' ' * space}{second} ")) is is_near


def test_the_limit_does_not_cut_a_longer_text_to_the_size_of_a_secret(find: Find) -> None:
    longer = (SECRET + OTHER) * 20
    for space in range(1, 80):
        assert find(PAIR, f"{ID}{' ' * space}{longer}") == []
        assert find(PAIR, f"{longer}{' ' * space}{ID}") == []


secrets = (
    st.integers()
    .map(lambda seed: random_text(BASE64, 40, seed))
    .filter(lambda text: all(kind & set(text) for kind in (UPPER, LOWER, DIGITS)))
)
"""Generate secrets with three kinds of characters. One in a thousand of AWS's own has no digit."""
edges = st.sampled_from([b"", b" ", b"\n", b'"', b"\xff", b"\0", b":", b","])


@given(
    key_id=st.text(BASE32, min_size=16, max_size=16).filter(lambda text: len(set(text)) > 6),
    secret=secrets,
    before=st.binary(),
    after=st.binary(),
    edge=edges.filter(bool),
)
def test_a_pair_is_found_in_any_surroundings(
    key_id: str, secret: str, before: bytes, after: bytes, edge: bytes, find: Find
) -> None:
    text = before + b"\n" + b"ASIA" + key_id.encode() + edge + secret.encode() + b"\n" + after
    assert secret.encode() in [found for found, _ in find(PAIR, text)]


@given(data=st.binary(), parts=st.lists(st.sampled_from([ID.encode(), SECRET.encode(), b"\n", b"=", b"/"])))
def test_each_match_is_a_key_id_or_forty_characters(data: bytes, parts: list[bytes]) -> None:
    text = data.join(parts)
    matches = list(AwsKeyScanner().scan(text))
    assert {len(text[match.begin : match.end]) for match in matches} <= {20, 40}
    assert len(matches) == len({(match.begin, match.end) for match in matches})


def plain_search(data: bytes) -> set[Match]:
    """The same search without any economy: for each key id, judge every text near it."""
    matches: set[Match] = set()
    for key_id in re.finditer(rb"A[KS]IA(?<![0-9A-Za-z_]....)[A-Z2-7]{16}(?![0-9A-Za-z_/+=])", data, re.DOTALL):
        if key_id[0].endswith(b"EXAMPLE") or len(set(key_id[0][4:])) < MIN_DISTINCT_IN_ID:
            continue
        before = b"\n".join(data[max(0, key_id.start() - NEAR_BYTES) : key_id.start()].split(b"\n")[-NEAR_LINES:])
        after = b"\n".join(data[key_id.end() : key_id.end() + NEAR_BYTES].split(b"\n")[:NEAR_LINES])
        first, last = key_id.start() - len(before), key_id.end() + len(after)
        secrets = set()
        for found in re.finditer(rb"(?<![0-9A-Za-z/+_-])[0-9A-Za-z/+]{40}(?![0-9A-Za-z/+=_-])", data):
            if first <= found.start() and found.end() <= last and is_secret(found[0]):
                near = data[max(0, found.start() - NEAR_BYTES) : found.start()]
                context = b"\n".join(near.split(b"\n")[-NEAR_LINES:])
                named = re.search(rb"(?i:aws|secret|access)|[=:][ \t]*[\"'`]?\Z", context)
                secrets.add(Match(*found.span(), PAIR, None if named else Confidence.MEDIUM))
        matches |= secrets or {Match(*key_id.span(), LONE)}
    return matches


def is_secret(text: bytes) -> bool:
    mixed = all(re.search(kind, text) for kind in (rb"[0-9]", rb"[A-Z]", rb"[a-z]"))
    return mixed and entropy(text) >= MIN_ENTROPY and not text.endswith(b"EXAMPLEKEY")


WORDS = [
    *(f"AKIA{random_text(BASE32, 16, n)}" for n in range(3)),
    *(random_text(BASE64, 40, n) for n in range(3)),
    *("\n", " ", "=", "\n\n\n", "x", "aws", " " * 100, "-" * 200, "\r\n", "a" * 40, random_text(BASE64, 39), '"'),
]


@given(st.lists(st.sampled_from(WORDS), max_size=40).map("".join))
def test_every_text_is_judged_as_if_it_were_judged_for_each_key_id(text: str) -> None:
    found = list(AwsKeyScanner().scan(text.encode()))
    assert sorted(found) == sorted(plain_search(text.encode()))


def test_each_text_is_judged_once_however_many_key_ids_are_near_it(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[bytes] = []

    def counted(text: bytes) -> float:
        judged.append(text)
        return entropy(text)

    monkeypatch.setattr(aws, "entropy", counted)
    text = " ".join(f"{ID} {random_text(BASE64, 40, number)}" for number in range(300))
    assert len(list(AwsKeyScanner().scan(text.encode()))) == len(judged) == 300
