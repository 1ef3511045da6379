"""Wrappers: what people put around a secret, and what must not change what a rule finds."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from beca_core.findings import Confidence
from beca_core.matching.index.words import has_forms
from beca_core.matching.patterns.literals import render
from beca_core.matching.patterns.locating import located_by
from beca_core.rules.rule import Rule
from beca_core.testing.anatomy import anatomy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.rules.example import Example
    from beca_core.rules.rule import RuleInfo

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_FAR: Final = (b"# " + b"- " * 38 + b"\n") * (100_000 // 79)
_APART: Final = b"\n" + b"# -\n" * 1300
"""More than the greatest distance between a secret and its parts."""
_LONG_LINE: Final = b" ," * 4096 + b" "
_NEEDS_ESCAPES_IN_JSON: Final = frozenset('"\\\n\r\t')
_NEEDS_ESCAPES: Final = frozenset("\"'\\\n\r\t&<>%`$")


class Wrapped(NamedTuple):
    """An example in another text.

    Args:
        name: What was done, for messages.
        data: The text.
        secrets: What must be found.
        advice: What is probably wrong with a rule that finds anything else.
    """

    name: str
    data: bytes
    secrets: tuple[bytes, ...]
    advice: str


def wrapped(rule: RuleInfo, example: Example, secrets: tuple[bytes, ...]) -> Iterator[Wrapped]:
    """Yield an example in the wrappers that leave it what it is.

    A rule that looks at lines, or whose example has several of them, is not put into one line with something else. A
    scanner may need the whole of a format, so only its line ends are changed.

    Args:
        rule: The rule.
        example: The example.
        secrets: What the rule finds in it.
    """
    if not _is_text(example.data):
        return
    yield from _as_windows_writes_it(example, secrets)
    if isinstance(rule, Rule):
        yield from _encoded(rule, example, secrets)
        yield from _in_lines(example, secrets)
        if not any(anatomy(pattern).has_anchors for pattern in rule.patterns):
            yield from _in_a_list(example, secrets)
        if _fits_in_a_line(rule, example):
            yield from _in_a_line(example, secrets)


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in data


def _fits_in_a_line(rule: Rule, example: Example) -> bool:
    text = example.data.decode().strip()
    return not _NEEDS_ESCAPES.intersection(text) and not any(anatomy(pattern).has_anchors for pattern in rule.patterns)


def _as_windows_writes_it(example: Example, secrets: tuple[bytes, ...]) -> Iterator[Wrapped]:
    if b"\n" in example.data and b"\r" not in example.data:
        yield Wrapped(
            "with the line ends of Windows",
            _with_carriage_returns(example.data),
            tuple(map(_with_carriage_returns, secrets)),
            r"its pattern has \n where \r?\n belongs",
        )


def _encoded(rule: Rule, example: Example, secrets: tuple[bytes, ...]) -> Iterator[Wrapped]:
    """Yield the text in encodings that scans undo, if they find what the rule looks for."""
    text = example.data.decode()
    for encoding in ("utf-16-le", "utf-16-be"):
        yield Wrapped(
            f"in {encoding.upper()}",
            ("\ufeff" + text).encode(encoding),
            secrets,
            "its pattern, or a check, looks at the beginning of the text, or at bytes that are not ASCII",
        )
    if rule.confidence is not Confidence.LOW and _is_looked_for_in_encoded_text(rule, example):
        yield Wrapped(
            "percent-encoded", quote(text, safe="").encode(), secrets, "its pattern looks at the beginning of the text"
        )


def _is_looked_for_in_encoded_text(rule: Rule, example: Example) -> bool:
    """Return whether a literal by which the rule is located is in an example, and is no everyday word.

    A text that is encoded as a whole has the words of the rule in encoded form only. Scans look for the encoded forms
    of distinctive words: `acme_` has some, and `password` and `key` have none.
    """
    return any(
        has_forms(literal) and re.search(render(literal).encode("latin-1"), example.data)
        for literal in located_by(rule).literals
    )


def _with_carriage_returns(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def _in_lines(example: Example, secrets: tuple[bytes, ...]) -> Iterator[Wrapped]:
    data = example.data
    yield Wrapped(
        "after a byte order mark", BYTE_ORDER_MARK + data, secrets, r"use ^ or \b for the beginning of a text"
    )
    if data.endswith(b"\n") and not any(secret.endswith(b"\n") for secret in secrets):
        yield Wrapped(
            "without the line end at the end of the file",
            data.rstrip(b"\r\n"),
            secrets,
            "its pattern demands a character after the secret: use boundary",
        )
    yield Wrapped(
        "twice in one text", data + _APART + data, secrets * 2, "its pattern, or a check, looks at the whole text"
    )
    yield Wrapped(
        "after 100 KB of other text",
        _FAR + data,
        secrets,
        r"its pattern demands the beginning of the text: \A",
    )


def _in_a_list(example: Example, secrets: tuple[bytes, ...]) -> Iterator[Wrapped]:
    text = example.data.decode().strip()
    if not _NEEDS_ESCAPES_IN_JSON.intersection(text):
        yield Wrapped(
            "twice in a list of JSON",
            json.dumps([text, text], ensure_ascii=False, separators=(",", ":")).encode(),
            secrets * 2,
            "its pattern takes quotes or commas, so that it goes on from one secret to the next: narrow its characters",
        )


def _in_a_line(example: Example, secrets: tuple[bytes, ...]) -> Iterator[Wrapped]:
    text = example.data.decode().strip()
    demands = (
        "its pattern demands what only some texts have beside the secret, or takes what is beside it: use boundary"
    )
    for name, data in (
        ("in a string of JSON", json.dumps({"data": [text]}, ensure_ascii=False)),
        ("in YAML", f"items:\n  - '{text}'\n"),
        ("in quotes", f"'{text}'"),
        ("in a shell script", f'export ITEM="{text}"\n'),
        ("in an attribute of XML", f'<item value="{text}"/>'),
        ("at the end of a sentence", f"It is {text}\n"),
    ):
        yield Wrapped(name, data.encode(), secrets, demands)
    line = _LONG_LINE + example.data.strip() + _LONG_LINE
    yield Wrapped("in a very long line", line, secrets, "its max_bytes is too small, or its pattern looks at the line")
