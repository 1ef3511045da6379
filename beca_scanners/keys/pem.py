"""Reads a block between `-----BEGIN label-----` and `-----END label-----`, as people paste it into other texts.

Line ends may be real or escaped (`\\n`). Lines may be indented, have the same comment marks as the first line, or be
split into quoted strings that the program concatenates. The content is decoded.
"""

from __future__ import annotations

import binascii
import re
from typing import Final, NamedTuple

from beca_core.rules.rule import MAX_MAX_BYTES, WHOLE_IN_MATCHES

_BEGIN: Final = b"-----BEGIN "
_END: Final = b"-----END "
_DASHES: Final = b"-----"
_LONGEST_MARGIN: Final = 80
_LONGEST_BLOCK: Final = WHOLE_IN_MATCHES * MAX_MAX_BYTES
_NEAR_THE_LIMIT: Final = 256
"""A block that ends within so many bytes of the limit was cut by it: within a line, its margin or its END."""

_LINE_END: Final = re.compile(rb"\\+[nr]|\r\n?|\n")
_AROUND_LINE: Final = b" \t\"'`,;\\"
_CONCATENATION: Final = re.compile(rb"""["'`]\s*+(?:[+.&\\]\s*+)?["'`]""")
_ARMOUR_CHECKSUM: Final = re.compile(rb"=[0-9A-Za-z+/]{4}")
_LINES_WITHOUT_END: Final = re.compile(
    rb"""
    (?: (?:\\+[nr]|[\r\n])++ [^0-9A-Za-z\r\n\\]{0,80}+ (?: [A-Za-z-]++:[ ][^\r\n\\]*+ | [0-9A-Za-z+/]{16,}+={0,2} )? )*
    (?<=[0-9A-Za-z+/=])""",
    re.VERBOSE,
)

_DER_SEQUENCE: Final = 0x30
_OPENSSH_MAGIC: Final = b"openssh-key-v1\0"
_OPENSSH_NO_CIPHER: Final = _OPENSSH_MAGIC + b"\0\0\0\4none"
_PGP_SECRET_KEY_TAG: Final = 5


class PemBlock(NamedTuple):
    """A block of PEM or of PGP's armour.

    Args:
        label: Its label, such as `RSA PRIVATE KEY`.
        end: Byte offset after it.
        headers: The lines between BEGIN and the content, such as `Proc-Type: 4,ENCRYPTED`.
        content: The decoded content.
        is_whole: Whether it has an END.
        is_cut: Whether it is longer than what is read of a block, and `end` is only where it was cut.
    """

    label: bytes
    end: int
    headers: tuple[bytes, ...]
    content: bytes
    is_whole: bool
    is_cut: bool = False

    @property
    def is_encrypted(self) -> bool:
        """Whether a passphrase protects the key; always false for PGP keys, which are not parsed."""
        if self.label.startswith(b"ENCRYPTED") or any(b"ENCRYPTED" in header for header in self.headers):
            return True
        return self.content.startswith(_OPENSSH_MAGIC) and not self.content.startswith(_OPENSSH_NO_CIPHER)

    @property
    def is_sound(self) -> bool:
        """Whether the content begins like a key of this label, and has the length that it declares.

        DER: X.690, section 8.1. OpenSSH: PROTOCOL.key in its sources. PGP: RFC 9580, section 4.2.
        """
        if self.label.startswith(b"PGP"):
            return _pgp_tag(self.content) == _PGP_SECRET_KEY_TAG
        if self.label.startswith(b"OPENSSH"):
            return self.content.startswith(_OPENSSH_MAGIC)
        return bool(self.headers) or _der_length(self.content) == len(self.content)


def read_block(data: bytes, begin: int, body_begin: int) -> PemBlock | None:
    """Read a block.

    Args:
        data: The text.
        begin: Byte offset of its `-----BEGIN`.
        body_begin: Byte offset after the dashes at the end of its first line.

    Returns:
        The block, or None if its content is not base64. A block without an END ends with the last line that looks like
        base64. Of a block that is too long, the first 256 KiB are read.
    """
    label = data[begin + len(_BEGIN) : body_begin - len(_DASHES)]
    closing = _END + label + _DASHES
    limit = min(len(data), begin + _LONGEST_BLOCK)
    may_be_cut = limit < len(data)
    if (next_begin := data.find(_BEGIN, body_begin, limit)) >= 0:
        limit, may_be_cut = next_begin, False
    margin = _margin(data, begin)
    body_end = data.find(closing, body_begin, limit)
    if body_end >= 0:
        headers, content = _read_body(data[body_begin:body_end], margin, is_whole=True)
        return None if content is None else PemBlock(label, body_end + len(closing), headers, content, is_whole=True)
    lines = _LINES_WITHOUT_END.match(data, body_begin, limit)
    body_end = lines.end() if lines else body_begin
    is_cut = may_be_cut and (lines is None or limit - body_end < _NEAR_THE_LIMIT)
    if is_cut:
        headers, content = _read_body(data[body_begin:limit], margin, is_whole=False)
        if content is not None:
            return PemBlock(label, limit, headers, content, is_whole=False, is_cut=True)
    headers, content = _read_body(data[body_begin:body_end], margin, is_whole=False)
    if content is None:
        return None
    return PemBlock(label, body_end, headers, content, is_whole=False, is_cut=is_cut)


def _margin(data: bytes, begin: int) -> bytes:
    return data[max(0, begin - _LONGEST_MARGIN) : begin].rpartition(b"\n")[2]


def _read_body(body: bytes, margin: bytes, *, is_whole: bool) -> tuple[tuple[bytes, ...], bytes | None]:
    joined = _CONCATENATION.sub(b"", body)
    lines = [line.strip(_AROUND_LINE) for line in _without_margin(_LINE_END.split(joined), margin.rstrip())]
    headers = tuple(line for line in lines if b":" in line)
    encoded = b"".join(line for line in lines if b":" not in line and not _ARMOUR_CHECKSUM.fullmatch(line))
    return headers, _decode(b"".join(encoded.split()), is_whole=is_whole)


def _without_margin(lines: list[bytes], margin: bytes) -> list[bytes]:
    """Remove the text before the first line from all lines, if all have it."""
    if all(line.startswith(margin) for line in lines if line):
        return [line.removeprefix(margin) for line in lines]
    return lines


def _decode(encoded: bytes, *, is_whole: bool) -> bytes | None:
    padding = b"=" * (-len(encoded) % 4)
    complete = encoded + padding if is_whole else encoded[: len(encoded) // 4 * 4]
    try:
        return binascii.a2b_base64(complete, strict_mode=True)
    except binascii.Error:
        return None


def _der_length(content: bytes) -> int | None:
    """Return the declared length of the outermost SEQUENCE, its own tag and length included."""
    if len(content) < 2 or content[0] != _DER_SEQUENCE:
        return None
    if content[1] < 0x80:
        return 2 + content[1]
    length_bytes = content[1] & 0x7F
    return 2 + length_bytes + int.from_bytes(content[2 : 2 + length_bytes])


def _pgp_tag(content: bytes) -> int | None:
    """Return the type of the first packet, in the old or the new packet format."""
    if not content or not content[0] & 0x80:
        return None
    return content[0] & 0x3F if content[0] & 0x40 else (content[0] & 0x3C) >> 2
