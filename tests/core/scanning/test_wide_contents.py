"""UTF-16 and UTF-32 are scanned as the same text in UTF-8: same secrets, fingerprints and positions everywhere."""

from __future__ import annotations

import codecs
import io
import subprocess
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, Engine, Rule, Severity
from beca_core.rules.rule import random_text
from beca_core.sources.files.chunks import ChunkSizes
from beca_core.sources.files.directory import DirectorySource
from beca_core.sources.texts import StreamSource, TextSource

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core import Finding

ENCODINGS = {
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
SECRET = "acme_" + random_text("0123456789abcdef", 32, "wide")
TEXT = f'# settings of \u00e9cole\r\nname = x\r\ntoken = "{SECRET}"  # \u00fc {SECRET}\r\n{SECRET}\r\n'
MAX_BYTES = 16
SMALL = ChunkSizes(own=1400, before=20 * MAX_BYTES, after=20 * MAX_BYTES, grid=4 * MAX_BYTES)


def rule(rule_id: str, pattern: str, **changes: Any) -> Rule:
    return Rule(
        id=rule_id,
        version=1,
        description=rule_id,
        severity=Severity.HIGH,
        confidence=Confidence.LOW,
        pattern=pattern,
        **changes,
    )


ENGINE = Engine(
    rules=[
        rule("acme-token", r"\b(?P<secret>acme_[0-9a-f]{32})\b", provider="ACME"),
        rule("acme-line", r"^(?P<secret>acme_[0-9a-f]{32})$"),
        rule("quoted", 'token = "(?P<secret>[^"]+)"'),
        rule("raw", r"(?P<secret>\xff\xfe|raw_[a-z]{8})"),
    ],
    cache_dir=False,
)
FOUND = ENGINE.scan_text(TEXT)


def seen(findings: list[Finding] | tuple[Finding, ...]) -> list[tuple[object, ...]]:
    """What must not depend on the encoding, with what less specific rules have found."""
    return sorted(
        (rule_id, found.secret, print_, found.location.begin, found.location.end)
        for found in findings
        for rule_id, print_ in {
            (found.rule_id, found.fingerprint),
            *((other.rule_id, other.fingerprint) for other in found.superseded),
        }
        if found.rule_id != "raw"
    )


def test_the_text_in_utf_8_has_these_findings() -> None:
    assert [(found.rule_id, found.location.begin.line, found.location.begin.column) for found in FOUND] == [
        ("acme-token", 3, 10),
        ("acme-token", 3, 54),
        ("acme-token", 4, 1),
    ]
    assert {other.rule_id for found in FOUND for other in found.superseded} == {"acme-line", "quoted"}
    assert {found.secret for found in FOUND} == {SECRET.encode()}


@pytest.fixture(params=[f"{encoding}{mark}" for encoding in ENCODINGS for mark in ("", " with mark")])
def content(request: pytest.FixtureRequest) -> bytes:
    encoding, _, mark = str(request.param).partition(" ")
    return (ENCODINGS[encoding] if mark else b"") + TEXT.encode(encoding)


def test_a_text(content: bytes) -> None:
    assert seen(ENGINE.scan_text(content)) == seen(FOUND)
    report = ENGINE.scan_bytes(content)
    assert seen(report.findings) == seen(FOUND)
    assert report.coverage.complete
    assert (report.coverage.blobs, report.coverage.bytes) == (1, len(content))
    assert all(found.decodings == () for found in report.findings)


def test_a_file_and_a_directory(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "settings.ps1").write_bytes(content)
    for target in (tmp_path, tmp_path / "settings.ps1"):
        report = ENGINE.scan(target, scope="files")
        assert seen(report.findings) == seen(FOUND)
        assert report.coverage.complete


@pytest.mark.parametrize("scope", ["history", "head"])
def test_a_repository(content: bytes, tmp_path: Path, scope: str) -> None:
    (tmp_path / "settings.ps1").write_bytes(content)
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "Add settings"],
        ["gc", "-q"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    report = ENGINE.scan(tmp_path, scope=scope)
    assert seen(report.findings) == seen(FOUND)
    assert {found.location.path for found in report.findings} == {"settings.ps1"}


def test_standard_input(content: bytes) -> None:
    assert seen(ENGINE.scan(StreamSource(io.BytesIO(content))).findings) == seen(FOUND)


def test_a_member_of_an_archive(content: bytes) -> None:
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("settings.ps1", content)
    with tarfile.open(fileobj=tarred, mode="w:gz") as archive_of_tar:
        member = tarfile.TarInfo("settings.ps1")
        member.size = len(content)
        archive_of_tar.addfile(member, io.BytesIO(content))
    for data in (zipped.getvalue(), tarred.getvalue()):
        report = ENGINE.scan_bytes(data, "a")
        assert seen(report.findings) == seen(FOUND)
        assert {found.location.path for found in report.findings} == {"a!settings.ps1"}


def test_a_text_that_is_cut_within_a_character(content: bytes) -> None:
    for cut in range(1, 4):
        assert {found[1] for found in seen(ENGINE.scan_text(content[:-cut]))} == {SECRET.encode()}


@pytest.mark.parametrize("encoding", sorted(ENCODINGS))
def test_a_lone_surrogate_does_not_hide_the_rest(encoding: str) -> None:
    data = ("\ud800\udc00\udc00 \ud800" + TEXT).encode(encoding, "surrogatepass")
    for content in (data, ENCODINGS[encoding] + data):
        assert {found[1] for found in seen(ENGINE.scan_text(content))} == {SECRET.encode()}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_text_of_other_scripts_in_a_content_with_a_mark(encoding: str) -> None:
    text = f'\u043a\u043b\u044e\u0447: \u4e0a\u010a {SECRET}\ntoken = "\u65e5\u672c"'
    found = ENGINE.scan_text(ENCODINGS[encoding] + text.encode(encoding))
    assert seen(found) == seen(ENGINE.scan_text(text))
    assert "\u65e5\u672c".encode() in {finding.secret for finding in found}


def test_utf_16_that_was_appended_to_utf_8() -> None:
    """`>>` of Windows PowerShell does this, after a line end or in the middle of a line."""
    for before in (b"first = 1\r\n", codecs.BOM_UTF8 + "\u00e9 = 1\n".encode(), b"first = 1\nsecond = "):
        found = ENGINE.scan_text(before + TEXT.encode("utf-16-le") + b"last = 1\n")
        lines = [
            finding.location.begin.line - before.count(b"\n") for finding in found if finding.rule_id == "acme-token"
        ]
        assert lines == [3, 3, 4]
        assert {finding.secret for finding in found} == {SECRET.encode()}


def test_utf_8_that_was_appended_to_utf_16() -> None:
    data = codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le") + f"appended {SECRET}1\r\nraw_abcdefgh {SECRET}\n".encode()
    found = ENGINE.scan_text(data)
    assert len([finding for finding in found if finding.rule_id == "acme-token"]) == 4
    assert b"raw_abcdefgh" in {finding.secret for finding in found}


def test_utf_16_after_an_odd_number_of_other_bytes() -> None:
    part = TEXT.encode("utf-16-le")
    found = ENGINE.scan_text(codecs.BOM_UTF16_LE + part + b"abc" + part)
    assert [finding.location.begin.line for finding in found if finding.rule_id == "acme-token"] == [3, 3, 4, 7, 7, 8]


@pytest.mark.parametrize("length_byte", [b"\x4b", b"\x01", b"\0"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_string_in_a_program(length_byte: bytes, encoding: str) -> None:
    """.NET stores string literals as UTF-16 after a byte of their length."""
    program = bytes(range(256)) * 3 + length_byte + SECRET.encode(encoding) + b"\1" + bytes(range(256))
    (found,) = (finding for finding in ENGINE.scan_text(program) if finding.rule_id == "acme-token")
    assert found.secret == SECRET.encode()


def test_matches_in_the_bytes_are_still_found() -> None:
    data = codecs.BOM_UTF16_LE + b"raw_abcdefgh" + b"\0\1" * 40 + SECRET.encode()
    found = ENGINE.scan_text(data)
    assert {b"\xff\xfe", b"raw_abcdefgh", SECRET.encode()} <= {finding.secret for finding in found}


def test_a_text_in_bytes_that_only_look_like_utf_16_is_found_once() -> None:
    program = codecs.BOM_UTF16_LE + bytes(range(256)) + b"\0" + SECRET.encode("utf-32-le") + bytes(40)
    for content in (program, codecs.BOM_UTF16_LE + b"\0\0\0" + SECRET.encode("utf-16-be") + bytes(41)):
        (found,) = (finding for finding in ENGINE.scan_text(content) if finding.rule_id == "acme-token")
        assert found.secret == SECRET.encode()


def test_rules_without_literals_read_wide_text_too() -> None:
    engine = Engine(
        rules=[
            rule("digits", r"\b(?P<secret>[0-9]{9})\b"),
            rule("key", "[0-9](?P<secret>[a-z]{9})", keywords=("acme",)),
        ]
    )
    for encoding in ENCODINGS:
        found = engine.scan_text("acme 123456789 7abcdefghi".encode(encoding))
        assert {finding.secret for finding in found} == {b"123456789", b"abcdefghi"}


def test_binary_files_are_left_out_and_wide_text_is_not(tmp_path: Path) -> None:
    (tmp_path / "text.ps1").write_bytes(codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"))
    (tmp_path / "program").write_bytes(b"\0" + SECRET.encode())
    report = ENGINE.scan(DirectorySource(tmp_path, exclude_binary=True))
    assert seen(report.findings) == seen(FOUND)


@pytest.mark.parametrize("prefix", [b"", codecs.BOM_UTF8])
def test_a_byte_order_mark_is_no_column(prefix: bytes, tmp_path: Path) -> None:
    text = f"{SECRET}\n{SECRET}"
    expected = seen(ENGINE.scan_text(text))
    assert expected[0][3].column == 1  # type: ignore[attr-defined]
    data = prefix + text.encode()
    (tmp_path / "a").write_bytes(data)
    assert seen(ENGINE.scan_text(data)) == expected
    assert seen(ENGINE.scan(tmp_path, scope="files").findings) == expected
    filler = b"\n" + b"x" * 5000
    assert seen(ENGINE.scan(StreamSource(io.BytesIO(data + filler), sizes=SMALL)).findings) == expected
    (tmp_path / "a").write_bytes(data + filler)
    assert seen(ENGINE.scan(DirectorySource(tmp_path, sizes=SMALL)).findings) == expected


CHUNKED = Engine(
    rules=[
        rule("word", r"\b(?P<secret>swordfish)\b", max_bytes=MAX_BYTES),
        rule("line", r"^(?P<secret>sesame\d)$", max_bytes=MAX_BYTES),
        rule("long", r"(?P<secret>keykey[a-f]+)", max_bytes=MAX_BYTES),
    ],
    cache_dir=False,
)
STRETCHES = st.one_of(
    st.sampled_from(
        ["swordfish", " swordfish ", "\nsesame1\n", "\r\nsesame2\r\n", "keykey" + "abc" * 9, "\n", "\u00e9"]
    ),
    st.tuples(st.sampled_from(["x", ". ", "xyz \n", "\u00e9", "abcdef"]), st.integers(1, 400)).map(
        lambda pair: pair[0] * pair[1]
    ),
)
TEXTS = st.lists(STRETCHES, min_size=8, max_size=40).map("".join)
OTHER = st.sampled_from(["\u4e0a\u010a", "\U0001f600", "\u0416" * 30])


@given(TEXTS, OTHER, st.sampled_from(sorted(ENCODINGS)))
def test_chunks_of_a_content_with_a_mark_are_those_of_the_whole(text: str, other: str, encoding: str) -> None:
    text = text + other + text
    data = ENCODINGS[encoding] + text.encode(encoding)
    whole = seen(CHUNKED.scan_text(text))
    assert seen(CHUNKED.scan(TextSource(data)).findings) == whole
    report = CHUNKED.scan(StreamSource(io.BytesIO(data), sizes=SMALL))
    assert seen(report.findings) == whole
    assert (report.coverage.blobs, report.coverage.bytes) == (1, len(data))


@given(TEXTS, st.sampled_from(sorted(ENCODINGS)))
def test_chunks_of_a_content_without_a_mark_have_the_secrets_of_the_whole(text: str, encoding: str) -> None:
    """Columns in a line that is longer than a chunk count bytes."""
    data = ("0123456789" + text).encode(encoding)
    whole = CHUNKED.scan(TextSource(data)).findings
    parts = CHUNKED.scan(StreamSource(io.BytesIO(data), sizes=SMALL)).findings
    assert sorted((found.rule_id, found.secret, found.location.begin.line) for found in parts) == sorted(
        (found.rule_id, found.secret, found.location.begin.line) for found in whole
    )
    assert seen(whole) == seen(CHUNKED.scan_text("0123456789" + text))


@pytest.mark.parametrize("name", ["apikey", "APIKEY", "apiKey", "ApiKey", "aPIkEY"])
@pytest.mark.parametrize("encoding", sorted(ENCODINGS))
def test_literals_in_any_letter_case(name: str, encoding: str) -> None:
    engine = Engine(rules=[rule("api-key", r"(?i)\bapikey\s*=\s*(?P<secret>\w{8,})")], cache_dir=False)
    padding = bytes(range(1, 200))
    found = engine.scan_text(padding + f"{name} = 0123456789".encode(encoding) + padding)
    assert b"0123456789" in {finding.secret for finding in found}
