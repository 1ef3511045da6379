"""Hostile texts: dense matches and almost-matches, nested encodings, huge lines."""

from __future__ import annotations

import base64
import random
import re
from functools import cache, partial
from typing import TYPE_CHECKING, Final

from beca_core import PluginRegistry
from tests.core.hostile.cases import Case, beside_harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core.rules.example import Example

_SIZE: Final = 20_000_000
_SHAPES: Final = {"spaces": b" ", "lines": b"\n"}
_WRAPPED: Final = re.compile(rb".{1,76}", re.DOTALL)


def cases() -> Iterator[Case]:
    """Yield all of them, in a fixed order."""
    for name, make in _texts():
        yield Case(f"text {name}", beside_harmless("hostile.txt", make))


def _texts() -> Iterator[tuple[str, Callable[[], bytes]]]:
    yield from _matches()
    yield from _encoded()
    yield from _lines()


def _matches() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield long lines, and many lines, of the example of each built-in rule, and of what is nearly one."""
    for name in sorted((*_examples(), *_OTHERS)):
        for shape, between in _SHAPES.items():
            yield f"matches {name} {shape}", partial(_repeated_example, name, between)
            yield f"beginnings {name} {shape}", partial(_repeated_example, name, between, lambda size: size * 2 // 3)
            yield f"cut {name} {shape}", partial(_repeated_example, name, between, lambda size: size - 1)


@cache
def _examples() -> dict[str, Example]:
    """Return an example of each built-in rule; its text is made when it is asked for."""
    rules = PluginRegistry.load().rules.values()
    return {rule.id: rule.examples[0] for rule in rules if getattr(rule, "examples", ())}


def _repeated_example(name: str, between: bytes, length: Callable[[int], int] = int) -> bytes:
    example = _OTHERS.get(name) or _examples()[name].text.encode()
    return _repeated(example[: length(len(example))] + between)


_OTHERS: Final = {
    "word": b"private_key",
    "assignment": b"private_key =",
    "key-id": b"AKIA" + b"ABCD2345EFGH67IJ",
    "pem": b"-----BEGIN PRIVATE KEY-----",
    "pem-begin-end": b"-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----",
}


def _repeated(part: bytes, size: int = _SIZE) -> bytes:
    return part * (size // len(part))


_ENCODINGS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "hex": lambda data: data.hex().encode(),
    "percent": lambda data: b"".join(b"%%%02X" % byte for byte in data),
    "unicode": lambda data: b"".join(b"\\u00%02x" % byte for byte in data),
    "x": lambda data: b"".join(b"\\x%02x" % byte for byte in data),
    "utf16": lambda data: base64.b64encode(data.decode("latin-1").encode("utf-16-le")),
    "wrapped": lambda data: b"\n".join(_WRAPPED.findall(base64.encodebytes(data).replace(b"\n", b""))),
}
_NESTS: Final = (
    *((name,) for name in _ENCODINGS),
    *((name, name) for name in ("base64", "hex", "percent", "unicode", "wrapped")),
    ("base64",) * 3,
    ("base64",) * 4,
    ("hex", "base64"),
    ("percent", "base64"),
    ("base64", "percent"),
    ("unicode", "hex"),
    ("base64", "utf16", "base64"),
)


def _encoded() -> Iterator[tuple[str, Callable[[], bytes]]]:
    for nest in _NESTS:
        yield f"encoded {'-'.join(nest)}", partial(_nested, nest)
    for digits in (b"cHJpdmF0ZV9rZXk", b"70726976617465", b"private_key%3D", b"\\u0070rivate"):
        yield f"forms {digits.decode()}", partial(_repeated, digits)
        yield f"forms {digits.decode()} lines", partial(_repeated, digits + b"\n")


def _nested(nest: tuple[str, ...]) -> bytes:
    part = b'private_key = "0123456789abcdef0123456789abcdef"\n' * 20
    for name in nest:
        part = _ENCODINGS[name](part)
    return _repeated(part + b"\n")


def _lines() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield huge single lines, valid UTF-8 and not."""
    noise = random.Random(7)
    for name, part in {
        "letters": b"a",
        "digits": b"0123456789abcdef",
        "accents": "é".encode(),
        "invalid": b"\xff\xfe\xfd",
        "zeros": b"\0",
        "backslashes": b"\\",
        "percents": b"%",
        "quotes": b'"',
        "dashes": b"-----",
        "equals": b"private_key=",
        "accents and words": "é private_key ".encode(),
        "invalid and words": b"\xff private_key ",
        "base64": base64.b64encode(noise.randbytes(3000)),
        "hex": noise.randbytes(3000).hex().encode(),
        "open brackets": b"{[(<",
        "assignments": b"a=b;c:d,",
    }.items():
        yield f"line {name}", partial(_repeated, part, 40_000_000)
