"""Texts of examples with `{{...}}`, so that no rule file holds what looks like a credential.

`{{random 0-9a-f 32}}` stands for 32 characters out of an alphabet, `{{secret}}` in the text of an example for its
secret. The same template always stands for the same text. Write `{{{{` for two braces. `GENERATORS` lists them all.
"""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from beca_core.errors import InvalidInput, InvalidRule, did_you_mean
from beca_core.rules.documents.data_shapes import check_library
from beca_core.rules.rule import random_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MOST_GENERATED: Final = 65_536
"""Most characters that one `{{...}}` generates."""

MOST_TEMPLATES: Final = 200
"""Most of them in one text."""

_TEMPLATE: Final = re.compile(r"\{\{\{\{|\{\{(?P<words>[^{}]*)\}\}|\{\{")
_RANGE: Final = re.compile(r"([0-9A-Za-z])-([0-9A-Za-z])|(.)", re.DOTALL)
_ESCAPE: Final = "{{{{"
_HEX: Final = "0123456789abcdef"
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class WrongTemplate(InvalidInput):
    """Raised when a `{{...}}` cannot be expanded; the message continues the name of the field."""


class GeneratedRoom:
    """How many characters templates may still make, so that a small file does not become a huge one.

    Args:
        characters: How many.
    """

    def __init__(self, characters: int) -> None:
        self._left = characters

    def take(self, text: str) -> str:
        """Return a text that was made.

        Raises:
            WrongTemplate: If there is no more room.
        """
        self._left -= len(text)
        if self._left < 0:
            raise WrongTemplate("makes too much text, together with the templates before it")
        return text


class Made(NamedTuple):
    """What was made of a template so far.

    Args:
        text: All of it.
        random: What generators made of it.
        seed: Seed of the next generator.
    """

    text: str
    random: str
    seed: str


class Generator(NamedTuple):
    """A kind of `{{...}}`.

    Args:
        usage: How it is written.
        text: What it stands for.
        make: Returns that, of its arguments and what comes before it in the text.
    """

    usage: str
    text: str
    make: Callable[[Sequence[str], Made], str]


def expand(text: str, seed: str, room: GeneratedRoom, values: Mapping[str, str] | None = None) -> str:
    """Return a text in which each `{{...}}` is replaced by what it stands for.

    Args:
        text: The text.
        seed: Another seed gives other random texts.
        room: Bounds what is made.
        values: What names stand for.

    Raises:
        WrongTemplate: If one of them is not known, or makes too much.
    """
    values = values or {}
    parts: list[str] = []
    random: list[str] = []
    end = 0
    for number, found in enumerate(_TEMPLATE.finditer(text)):
        parts.append(text[end : found.start()])
        end = found.end()
        if number == MOST_TEMPLATES:
            raise WrongTemplate(f"has more than {MOST_TEMPLATES} times {{{{")
        words = found["words"]
        if found[0] == _ESCAPE:
            parts.append("{{")
        elif words is None:
            raise WrongTemplate("has {{ without }}", hint=f"Write {_ESCAPE} for two braces.")
        elif words.strip() in values:
            parts.append(room.take(values[words.strip()]))
        else:
            made = _generated(words.split(), Made("".join(parts), "".join(random), f"{seed}/{number}"), values)
            random.append(made)
            parts.append(room.take(made))
    return "".join([*parts, text[end:]])


def _generated(words: Sequence[str], before: Made, values: Mapping[str, str]) -> str:
    name = words[0] if words else ""
    generator = GENERATORS.get(name)
    if generator is None:
        known = [*GENERATORS, *values]
        hint = did_you_mean(name, known, otherwise=f"There are {', '.join(known)}. Write {_ESCAPE} for two braces.")
        raise WrongTemplate(f"has {{{{{name:.40}}}}}, which is not known", hint=hint)
    try:
        return generator.make(words[1:], before)
    except (ValueError, TypeError, LookupError, InvalidRule):
        raise WrongTemplate(f"has a wrong {{{{{name}}}}}", hint=f"Write {{{{{generator.usage}}}}}.") from None


def alphabet(text: str) -> str:
    """Return the characters of an alphabet such as `0-9a-f_`, or of one that the checks know by a name: `base62`.

    Raises:
        ValueError: If it is empty, or a range in it is.
    """
    if known := check_library().ALPHABETS.get(text):
        return str(known)
    characters: list[str] = []
    for first, last, single in _RANGE.findall(text):
        if first > last:
            raise ValueError("an empty range")
        characters += [single] if single else map(chr, range(ord(first), ord(last) + 1))
    if not characters:
        raise ValueError("an empty alphabet")
    return "".join(dict.fromkeys(characters))


def _random(arguments: Sequence[str], before: Made) -> str:
    of, length, *seed = arguments
    (chosen,) = seed or [before.seed]
    return random_text(alphabet(of), _count(length), chosen)


def _uuid(arguments: Sequence[str], before: Made) -> str:
    () = arguments
    digits = random_text(_HEX, 32, before.seed)
    variant = "89ab"[_HEX.index(digits[16]) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _random_bytes(arguments: Sequence[str], before: Made) -> bytes:
    size, *seed = arguments
    (chosen,) = seed or [before.seed]
    return bytes.fromhex(random_text(_HEX, 2 * _count(size), chosen))


def _base64(arguments: Sequence[str], before: Made) -> str:
    return base64.b64encode(_random_bytes(arguments, before)).decode()


def _base64url(arguments: Sequence[str], before: Made) -> str:
    return _url_safe(_random_bytes(arguments, before))


def _hex_bytes(arguments: Sequence[str], before: Made) -> str:
    return ", ".join(f"0x{byte:02x}" for byte in _random_bytes(arguments, before))


def _decimal_bytes(arguments: Sequence[str], before: Made) -> str:
    return ", ".join(map(str, _random_bytes(arguments, before)))


def _jwt(arguments: Sequence[str], before: Made) -> str:
    (seed,) = arguments or [before.seed]
    header = {"alg": "HS256", "typ": "JWT"}
    claims = {"sub": random_text("0123456789", 10, seed), "iat": 1_700_000_000}
    texts = [_url_safe(json.dumps(each, separators=(",", ":")).encode()) for each in (header, claims)]
    return ".".join([*texts, _base64url(["32", seed], before)])


def _checksum(arguments: Sequence[str], before: Made) -> str:
    algorithm, encoding, digits, *covered = arguments
    (of,) = covered or ["random"]
    text = {"random": before.random, "all": before.text}[of]
    document = {"check": "checksum", "algorithm": algorithm, "encoding": encoding, "digits": _count(digits)}
    return str(check_library().from_document(document).checksum_of(text))


def _luhn(arguments: Sequence[str], before: Made) -> str:
    () = arguments
    total = 0
    for number, digit in enumerate(re.findall("[0-9]", before.text)[::-1]):
        doubled = int(digit) * (1 if number % 2 else 2)
        total += doubled // 10 + doubled % 10
    return str(-total % 10)


def _base58check(arguments: Sequence[str], before: Made) -> str:
    version, *size_and_seed = arguments
    data = bytes([int(version), *_random_bytes(size_and_seed, before)])
    number, written = int.from_bytes(data + sha256(sha256(data).digest()).digest()[:4]), ""
    while number:
        number, digit = divmod(number, len(_BASE58))
        written = _BASE58[digit] + written
    return _BASE58[0] * (len(data) - len(data.lstrip(b"\0"))) + written


def _encode(arguments: Sequence[str], _before: Made) -> str:
    encoding, *words = arguments
    text = " ".join(words)
    encoders: dict[str, Callable[[str], str]] = {
        "base64": lambda given: base64.b64encode(given.encode()).decode(),
        "base64url": lambda given: _url_safe(given.encode()),
        "hex": lambda given: given.encode().hex(),
        "percent": lambda given: quote(given, safe=""),
    }
    return encoders[encoding](text)


def _url_safe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _count(text: str) -> int:
    count = int(text) if len(text) <= len(str(MOST_GENERATED)) and text.isascii() and text.isdigit() else 0
    if not 1 <= count <= MOST_GENERATED:
        raise ValueError("not a length")
    return count


GENERATORS: Final = {
    "random": Generator(
        "random ALPHABET LENGTH [SEED]", "characters out of an alphabet such as `0-9a-f`, `A-Za-z0-9_-`", _random
    ),
    "uuid": Generator("uuid", "a UUID of version 4", _uuid),
    "base64": Generator("base64 BYTES [SEED]", "base64 of so many random bytes", _base64),
    "base64url": Generator("base64url BYTES [SEED]", "the same with `-` and `_`, and without `=`", _base64url),
    "hex-bytes": Generator("hex-bytes BYTES [SEED]", "random bytes as in `0x0f, 0xa0`", _hex_bytes),
    "decimal-bytes": Generator("decimal-bytes BYTES [SEED]", "random bytes as in `15, 160`", _decimal_bytes),
    "jwt": Generator("jwt [SEED]", "a JSON Web Token", _jwt),
    "checksum": Generator(
        "checksum ALGORITHM ENCODING DIGITS [random|all]",
        "a checksum as the check `checksum` knows it, such as `checksum crc32 base62 6`: of what the generators before "
        "it have made, or of all of the text before it",
        _checksum,
    ),
    "luhn": Generator("luhn", "the check digit of the digits before it", _luhn),
    "base58check": Generator(
        "base58check VERSION BYTES [SEED]", "base58 of a first byte, so many random bytes and a checksum", _base58check
    ),
    "encode": Generator("encode base64|base64url|hex|percent TEXT", "the text in another form", _encode),
}
"""Each kind of `{{...}}`, by its first word."""
