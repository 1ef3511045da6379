"""Checks of what is encoded in a text: hexadecimal, base32, base58, base62, base64, and arrays of bytes."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, Final

from beca_core.checks.alphabets import ALPHABETS, DECODED, bytes_of
from beca_core.checks.characters import bits_per_byte, greatest_bits
from beca_core.checks.inspection import Inspection, disordered, within
from beca_core.rules.candidate import Dropped

if TYPE_CHECKING:
    from beca_core.checks.inspection import Bounds, Choices
    from beca_core.rules.candidate import Candidate

_MOST_DIGITS: Final = 1_024
"""Greatest length of a text in base58 or base62: it is one number, and the time grows with the square of its length."""
_SIZE: Final = (0, 65_536)
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")
_TEXT: Final = bytes(range(0x20, 0x7F)) + b"\t\r\n"
_ELEMENT: Final = re.compile(
    rb"(?:0[xX](?P<hex>[0-9a-fA-F]{1,2})|\\x(?P<escape>[0-9a-fA-F]{2})|(?P<decimal>-?[0-9]{1,3}))(?:u8)?(?![0-9A-Za-z])"
)
_PAIRS: Final = re.compile(rb"[0-9a-fA-F]{2}(?:[ :-][0-9a-fA-F]{2})++")
_BETWEEN: Final = b" \t\r\n,;{}[]()\"'"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Encoded(Inspection):
    """Require that a text can be decoded, and something of what is encoded in it.

    Base32, base64 and `base64url` are those of RFC 4648, base58 has the alphabet of Bitcoin. Base58 and base62 are read
    as one number, each zero digit at the beginning as a zero byte; texts of up to 1,024 characters are.

    Example::

        Encoded(encoding="base64", lengths=(32,), padding="required", content="binary")

    Args:
        encoding: `hex`, `base32`, `base58`, `base62`, `base64`, `base64url`, or `base64-any` for either of the two.
        padding: Whether `=` fills up base32 and base64: `any`, `required` or `forbidden`.
        strict: Whether the bits that encode nothing have to be zero, as RFC 4648, section 3.5 says.
        min_bytes: Least number of decoded bytes.
        max_bytes: Greatest number; nothing: any.
        lengths: The numbers of decoded bytes that are allowed; empty: any.
        starts_with: Beginnings of which the decoded bytes have one, where `\\xNN` is a byte; empty: any.
        contains: Texts of which the decoded bytes hold one; empty: any.
        content: What the decoded bytes are: `any`; `text`: printable ASCII with line ends; `binary`: not such text;
            `json`: a JSON document.
        min_share: Least entropy of the decoded bytes, as a share of the greatest for their number, 0 to 1.
    """

    name: ClassVar[str] = "encoded"
    _BOUNDS: ClassVar[Bounds] = {"min_bytes": _SIZE, "max_bytes": _SIZE, "lengths": _SIZE, "min_share": (0, 1)}
    _CHOICES: ClassVar[Choices] = {
        "encoding": DECODED,
        "padding": ("any", "required", "forbidden"),
        "content": ("any", "text", "binary", "json"),
    }

    encoding: str = "base64"
    padding: str = "any"
    strict: bool = False
    min_bytes: int = 0
    max_bytes: int | None = None
    lengths: tuple[int, ...] = ()
    starts_with: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    content: str = "any"
    min_share: float = 0.0

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        content = decoded(self.encoding, text, strict=self.strict)
        if content is None:
            return Dropped(f"it is not {self.encoding}")
        return self._padding_problem(text) or self._size_problem(len(content)) or self._content_problem(content)

    def _padding_problem(self, text: bytes) -> Dropped | None:
        if self.padding == "forbidden" and text[-1:] == b"=":
            return Dropped("it is padded")
        if self.padding == "required" and len(text) % (8 if self.encoding == "base32" else 4):
            return Dropped("its padding is missing")
        return None

    def _size_problem(self, size: int) -> Dropped | None:
        if found := within(size, self.min_bytes, self.max_bytes, "decoded bytes"):
            return found
        return Dropped("the number of its decoded bytes is another one", str(size)) if self._is_other(size) else None

    def _is_other(self, size: int) -> bool:
        return bool(self.lengths) and size not in self.lengths

    def _content_problem(self, content: bytes) -> Dropped | None:
        if self.starts_with and not content.startswith(_as_bytes(self.starts_with)):
            return Dropped("what is encoded begins otherwise")
        if self.contains and not any(one in content for one in _as_bytes(self.contains)):
            return Dropped("what is encoded holds none of the texts that are required")
        if self.content in ("text", "binary") and bool(content.translate(None, _TEXT)) != (self.content == "binary"):
            return Dropped("text is encoded in it" if self.content == "binary" else "no text is encoded in it")
        if self.content == "json" and json_value(content) is None:
            return Dropped("no JSON is encoded in it")
        return low_share(content, self.min_share) if self.min_share else None

    def _conflict(self) -> str:
        for name in ("starts_with", "contains"):
            try:
                _as_bytes(getattr(self, name))
            except ValueError as error:
                return f"{name} {error}"
        return disordered(self.min_bytes, self.max_bytes, "min_bytes is greater than max_bytes")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Base58Check(Inspection):
    """Require Base58Check: the last four decoded bytes are the first of the SHA-256 of the SHA-256 of the others.

    Bitcoin's addresses and private keys are written so. Source: https://en.bitcoin.it/wiki/Base58Check_encoding

    Example::

        Base58Check(versions=(0x80,), lengths=(32, 33))

    Args:
        versions: Values of the first byte, 0 to 255; empty: any.
        lengths: Numbers of bytes between the first byte and the checksum; empty: any.
    """

    name: ClassVar[str] = "base58check"
    _BOUNDS: ClassVar[Bounds] = {"versions": (0, 255), "lengths": (0, _MOST_DIGITS)}

    versions: tuple[int, ...] = ()
    lengths: tuple[int, ...] = ()

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        content = decoded("base58", text)
        if content is None or len(content) < 5:
            return Dropped("it is not Base58Check")
        if self.versions and content[0] not in self.versions:
            return Dropped("its version byte is another one")
        if self.lengths and len(content) - 5 not in self.lengths:
            return Dropped("the number of its decoded bytes is another one", str(len(content) - 5))
        is_right = sha256(sha256(content[:-4]).digest()).digest()[:4] == content[-4:]
        return None if is_right else Dropped("its checksum is wrong (Base58Check)")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ByteArray(Inspection):
    """Require an array of bytes, as source code writes it: `1, 2, 3`, `0x12, 0x34`, `\\x12\\x34` or `12:34:ab`.

    Numbers from -128 to 255 are bytes; brackets, `(byte)` before and `u8` after a number are ignored.

    Example::

        ByteArray(lengths=(16, 32), min_share=0.8)

    Args:
        written: How each byte is written: `any`, `decimal` or `hex`.
        min_bytes: Least number of bytes.
        max_bytes: Greatest number; nothing: any.
        lengths: The numbers of bytes that are allowed; empty: any.
        min_share: Least entropy of the bytes, as a share of the greatest for their number, 0 to 1.
    """

    name: ClassVar[str] = "byte-array"
    _BOUNDS: ClassVar[Bounds] = {"min_bytes": _SIZE, "max_bytes": _SIZE, "lengths": _SIZE, "min_share": (0, 1)}
    _CHOICES: ClassVar[Choices] = {"written": ("any", "decimal", "hex")}

    written: str = "any"
    min_bytes: int = 1
    max_bytes: int | None = None
    lengths: tuple[int, ...] = ()
    min_share: float = 0.0

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        content = array_bytes(text, self.written)
        if content is None:
            return Dropped("it is not an array of bytes")
        if found := within(len(content), self.min_bytes, self.max_bytes, "bytes in the array"):
            return found
        if self.lengths and len(content) not in self.lengths:
            return Dropped("the number of bytes in the array is another one", str(len(content)))
        return low_share(content, self.min_share) if self.min_share else None

    def _conflict(self) -> str:
        return disordered(self.min_bytes, self.max_bytes, "min_bytes is greater than max_bytes")


def decoded(encoding: str, text: bytes, *, strict: bool = False) -> bytes | None:
    """Return what is encoded in a text, or None if it is not in that encoding.

    Args:
        encoding: One of `DECODED`.
        text: The text.
        strict: Whether bits that encode nothing have to be zero.
    """
    if encoding.startswith("base64"):
        return _base64(encoding, text, strict)
    if encoding == "base32":
        return _base32(text, strict)
    if not text or text.translate(None, ALPHABETS[encoding].encode()):
        return None
    if encoding == "hex":
        return None if len(text) % 2 else bytes.fromhex(text.decode("ascii"))
    return _of_number(text, ALPHABETS[encoding].encode())


def array_bytes(text: bytes, written: str) -> bytes | None:
    """Return the bytes of an array as source code writes it, or None if it is none."""
    if _PAIRS.fullmatch(text) and (written == "hex" or (written == "any" and text[2:3] != b" ")):
        return bytes.fromhex(text.replace(text[2:3], b" ").decode("ascii"))
    text = text.replace(b"(byte)", b"")
    if _ELEMENT.sub(b"", text).translate(None, _BETWEEN):
        return None
    found = bytearray()
    for hexadecimal, escape, decimal in _ELEMENT.findall(text):
        number = int(decimal) if decimal else int(hexadecimal or escape, 16)
        if not -128 <= number <= 255 or written == ("hex" if decimal else "decimal"):
            return None
        found.append(number & 0xFF)
    return bytes(found) or None


def low_share(content: bytes, least: float) -> Dropped | None:
    """Return why bytes have too little entropy for their number; None if they have enough."""
    greatest = greatest_bits(len(content), 256)
    share = bits_per_byte(content) / greatest if greatest else 0.0
    return Dropped("the entropy of its bytes is low", f"{share:.2f} of at least {least:g}") if share < least else None


def json_value(content: bytes) -> Any:
    """Return the value of a JSON document, or None if it is none or is `null`."""
    import json  # 1 ms; hardly any rule reads JSON

    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _base64(encoding: str, text: bytes, strict: bool) -> bytes | None:
    body = text.rstrip(b"=")
    padding = len(text) - len(body)
    if not body or len(body) % 4 == 1 or (padding and (padding > 2 or len(text) % 4)):
        return None
    alphabets = ("base64", "base64url") if encoding == "base64-any" else (encoding,)
    if all(body.translate(None, ALPHABETS[name].encode()) for name in alphabets):
        return None
    if encoding != "base64":
        body = body.translate(_URL_SAFE)
    content = binascii.a2b_base64(body + b"=" * (-len(body) % 4))
    if strict and binascii.b2a_base64(content, newline=False).rstrip(b"=") != body:
        return None
    return content


def _base32(text: bytes, strict: bool) -> bytes | None:
    body = text.rstrip(b"=")
    padding = len(text) - len(body)
    if not body or len(body) % 8 in (1, 3, 6) or (padding and (padding > 6 or len(text) % 8)):
        return None
    if body.translate(None, ALPHABETS["base32"].encode()) and body.translate(None, ALPHABETS["base32-lower"].encode()):
        return None
    body = body.upper()
    content = base64.b32decode(body + b"=" * (-len(body) % 8))
    return None if strict and base64.b32encode(content).rstrip(b"=") != body else content


def _of_number(text: bytes, alphabet: bytes) -> bytes | None:
    if len(text) > _MOST_DIGITS:
        return None
    values, base = _digit_values(alphabet), len(alphabet)
    number = 0
    for value in text.translate(values):
        number = number * base + value
    zeros = len(text) - len(text.lstrip(alphabet[:1]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


@cache
def _digit_values(alphabet: bytes) -> bytes:
    table = bytearray(256)
    for value, byte in enumerate(alphabet):
        table[byte] = value
    return bytes(table)


@cache
def _as_bytes(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(map(bytes_of, texts))
