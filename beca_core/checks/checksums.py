"""Checks of checksums: a text that holds one proves itself, and a wrong one proves that the text is something else."""

from __future__ import annotations

import binascii
import hashlib
import zlib
from dataclasses import dataclass, replace
from functools import cache, reduce
from operator import xor
from typing import TYPE_CHECKING, ClassVar, Final

from beca_core.checks.alphabets import ALPHABETS, DECODED, alphabet_bytes, alphabet_problem
from beca_core.checks.inspection import SECRET, Inspection
from beca_core.rules.candidate import Dropped

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.checks.inspection import Bounds, Choices
    from beca_core.rules.candidate import Candidate


def _crc32(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")


def _adler32(data: bytes) -> bytes:
    return zlib.adler32(data).to_bytes(4, "big")


def _sum(data: bytes) -> bytes:
    return (sum(data) & 0xFF).to_bytes(1, "big")


def _xor(data: bytes) -> bytes:
    return reduce(xor, data, 0).to_bytes(1, "big")


def _hash(name: str) -> Callable[[bytes], bytes]:
    return lambda data: hashlib.new(name, data, usedforsecurity=False).digest()


def _base64(value: bytes) -> bytes:
    return binascii.b2a_base64(value, newline=False)


def _base64url(value: bytes) -> bytes:
    return _base64(value).translate(_URL_SAFE)


def _base32_of(value: bytes) -> bytes:
    import base64  # hardly any checksum is in base32

    return base64.b32encode(value)


_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_NUMBERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "crc32": _crc32,
    "adler32": _adler32,
    "sum": _sum,
    "xor": _xor,
}
_HASHES: Final = {name: _hash(name) for name in ("md5", "sha1", "sha256", "sha512")}
_ALGORITHMS: Final = {**_NUMBERS, **_HASHES}
_IN_DIGITS: Final = {
    "base62": "base62",
    "base62-lower": "base62-lower",
    "base58": "base58",
    "base36": "base36",
    "base36-upper": "base36-upper",
    "hex": "hex-lower",
    "hex-lower": "hex-lower",
    "hex-upper": "hex-upper",
    "decimal": "digits",
}
"""Ways to write a checksum as a number, and the digits of each."""
_IN_BYTES: Final = {
    "base64": (_base64, "base64"),
    "base64url": (_base64url, "base64url"),
    "base32": (_base32_of, "base32"),
}
"""Ways to write the bytes of a checksum, without padding, and the alphabet of each."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Checksum(Inspection):
    """Require that a text ends or begins with the checksum of the rest, or that another group is its checksum.

    `crc32` is the CRC-32 of zlib (RFC 1952, section 8), `adler32` is that of RFC 1950, `sum` and `xor` are one byte:
    all bytes added up modulo 256, or combined by exclusive or. A checksum as a number is filled up with zeros on the
    left, and of one that is longer the last digits count; of a hash (`md5`, `sha1`, `sha256`, `sha512`) and of
    base32 and base64 the first characters count.

    GitHub's tokens end with six base-62 digits of the CRC-32 of what is after the prefix of four characters. Source:
    https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/

    Example::

        Checksum(algorithm="crc32", encoding="base62", digits=6, skip=4)

    Args:
        algorithm: `crc32`, `adler32`, `sum`, `xor`, `md5`, `sha1`, `sha256` or `sha512`.
        encoding: How the checksum is written: `base62` (0-9A-Za-z), `base62-lower` (0-9a-zA-Z), `base58`, `base36`,
            `base36-upper`, `hex` (letters in any case), `hex-lower`, `hex-upper`, `decimal`; `base64`, `base64url` or
            `base32` of its bytes.
        digits: How many characters of it there are.
        at: Where it is in the text: at its `end` or at its `begin`.
        skip: How many bytes of the text, seen from its beginning, are not covered, such as a prefix.
        in_group: The group of the pattern that is the checksum, if it is not a part of the text; all of the text but
            `skip` is covered then.
        decode: The encoding in which the covered bytes are decoded before: `hex`, `base32`, `base58`, `base62`,
            `base64`, `base64url`; empty: they are not.
        little_endian: Whether a number is written with its last byte first.
        lengths: Lengths of the secret to try, in bytes: the first at which the checksum is right ends the secret, even
            after the end of the match, where only digits of the encoding may follow. Empty: the secret as it is.
    """

    name: ClassVar[str] = "checksum"
    _BOUNDS: ClassVar[Bounds] = {"digits": (1, 128), "skip": (0, 65_536), "lengths": (2, 65_536)}
    _CHOICES: ClassVar[Choices] = {
        "algorithm": tuple(_ALGORITHMS),
        "encoding": (*_IN_DIGITS, *_IN_BYTES),
        "at": ("end", "begin"),
        "decode": ("", *DECODED),
    }

    algorithm: str = "crc32"
    encoding: str = "base62"
    digits: int = 6
    at: str = "end"
    skip: int = 0
    in_group: str = ""
    decode: str = ""
    little_endian: bool = False
    lengths: tuple[int, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups of the pattern that it reads."""
        return (self.of, self.in_group) if self.in_group else (self.of,)

    @property
    def looks_beyond(self) -> bool:
        """Whether it may look at more of a content than the groups that it reads: for the end of the secret."""
        return bool(self.lengths)

    def checksum_of(self, covered: str | bytes) -> str:
        """Return the checksum of some bytes as it is written, for examples of a rule.

        Args:
            covered: What is covered: without the prefix, and not decoded.
        """
        data = covered.encode() if isinstance(covered, str) else covered
        return (self._written(data) or b"").decode("ascii")

    def _look(self, text: bytes, candidate: Candidate) -> Candidate | Dropped | None:
        if self.lengths:
            return self._ended(candidate)
        if self.in_group:
            found = candidate.secret if self.in_group == SECRET else candidate.group(self.in_group)
            return None if found is None or self._is_right(text[self.skip :], found) else self._wrong
        return None if self._holds(text) else self._wrong

    @property
    def _wrong(self) -> Dropped:
        return Dropped(f"its checksum is wrong ({self.algorithm} in {self.encoding})")

    def _ended(self, candidate: Candidate) -> Candidate | Dropped | None:
        """Return the candidate with the first end at which the checksum is right."""
        data, begin, end = candidate.data, candidate.begin, candidate.end
        for length in self.lengths:
            text = data[begin : begin + length]
            if len(text) < length or text[max(end - begin, 0) :].translate(None, _encoding_alphabet(self.encoding)):
                continue
            if self._holds(text):
                return None if begin + length == end else replace(candidate, end=begin + length)
        return self._wrong

    def _holds(self, text: bytes) -> bool:
        body = text[self.skip :]
        if len(body) < self.digits:
            return False
        if self.at == "end":
            return self._is_right(body[: -self.digits], body[-self.digits :])
        return self._is_right(body[self.digits :], body[: self.digits])

    def _is_right(self, covered: bytes, checksum: bytes) -> bool:
        return self._written(covered) == (checksum.lower() if self.encoding == "hex" else checksum)

    def _written(self, covered: bytes) -> bytes | None:
        data = _decoded(self.decode, covered) if self.decode else covered
        if data is None:
            return None
        value = _ALGORITHMS[self.algorithm](data)
        if self.little_endian:
            value = value[::-1]
        if self.encoding in _IN_BYTES:
            return _IN_BYTES[self.encoding][0](value)[: self.digits].rstrip(b"=")
        return self._in_digits(value)

    def _in_digits(self, value: bytes) -> bytes:
        alphabet = _encoding_digits(self.encoding)
        number, base = int.from_bytes(value, "big"), len(alphabet)
        width = self.digits if self.algorithm in _NUMBERS else _full_width(base, len(value))
        written = bytearray(alphabet[:1] * width)
        for at in range(width - 1, -1, -1):
            if not number:
                break
            number, digit = divmod(number, base)
            written[at] = alphabet[digit]
        return bytes(written[: self.digits])

    def _conflict(self) -> str:
        if self.lengths and (self.of != SECRET or self.in_group):
            return "lengths is for the secret itself, without of and in_group."
        least = self.skip + self.digits
        if self.lengths and min(self.lengths) < least:
            return f"lengths has one below {least}, the length of prefix and checksum."
        return ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Luhn(Inspection):
    """Require a right check digit at the end, by the Luhn algorithm.

    With `alphabet="digits"` it is the algorithm of payment cards (ISO/IEC 7812-1, annex B; US patent 2,950,048), with
    another alphabet its extension to N characters, "Luhn mod N".

    Example::

        Luhn(separators=" -")

    Args:
        alphabet: The characters in the order of their values: a name, or the inside of a character class.
        separators: Characters that are left out before.
    """

    name: ClassVar[str] = "luhn"

    alphabet: str = "digits"
    separators: str = ""

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        if self.separators:
            text = text.translate(None, self.separators.encode())
        alphabet = alphabet_bytes(self.alphabet)
        if len(text) < 2 or text.translate(None, alphabet):
            return Dropped("it has characters outside the alphabet of its check digit")
        single, double = _luhn_values(self.alphabet)
        total = sum(text[-1::-2].translate(single)) + sum(text[-2::-2].translate(double))
        return Dropped("its check digit is wrong (Luhn)") if total % len(alphabet) else None

    def _conflict(self) -> str:
        problem = alphabet_problem(self.alphabet)
        if problem:
            return f"alphabet {problem}"
        return "alphabet has one character." if len(alphabet_bytes(self.alphabet)) < 2 else ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Mod97(Inspection):
    """Require right check digits by ISO/IEC 7064, MOD 97-10: read as a number, the rest of a division by 97 is 1.

    Letters A to Z count as 10 to 35, in any case. An IBAN (ISO 13616) moves its first four characters to the end
    before.

    Example::

        Mod97(move=4, separators=" ")

    Args:
        move: How many characters are moved from the beginning to the end before.
        separators: Characters that are left out before.
    """

    name: ClassVar[str] = "mod97"
    _BOUNDS: ClassVar[Bounds] = {"move": (0, 16)}

    move: int = 0
    separators: str = ""

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        if self.separators:
            text = text.translate(None, self.separators.encode())
        if not text.isalnum():
            return Dropped("it has characters other than letters and digits")
        rest = 0
        for value in (text[self.move :] + text[: self.move]).upper().translate(_values("base36-upper")):
            rest = (rest * (10 if value < 10 else 100) + value) % 97
        return None if rest == 1 else Dropped("its check digits are wrong (ISO 7064 MOD 97-10)")


def _decoded(encoding: str, text: bytes) -> bytes | None:
    from beca_core.checks.encoded_text import decoded  # 4 ms; hardly any checksum is one of decoded bytes

    return decoded(encoding, text)


@cache
def _encoding_digits(encoding: str) -> bytes:
    return ALPHABETS[_IN_DIGITS[encoding]].encode()


@cache
def _encoding_alphabet(encoding: str) -> bytes:
    if encoding == "hex":
        return ALPHABETS["hex"].encode()
    return ALPHABETS[_IN_BYTES[encoding][1]].encode() if encoding in _IN_BYTES else _encoding_digits(encoding)


@cache
def _full_width(base: int, size: int) -> int:
    """Return how many digits of a base the greatest number of some bytes has."""
    number, width = 256**size - 1, 0
    while number:
        number //= base
        width += 1
    return width


@cache
def _values(alphabet: str) -> bytes:
    table = bytearray(256)
    for value, byte in enumerate(alphabet_bytes(alphabet)):
        table[byte] = value
    return bytes(table)


@cache
def _luhn_values(alphabet: str) -> tuple[bytes, bytes]:
    """Return the values of the characters, and what each adds where it is doubled."""
    single = _values(alphabet)
    base = len(alphabet_bytes(alphabet))
    double = bytes((2 * value // base + 2 * value % base) & 0xFF for value in single)
    return single, double
