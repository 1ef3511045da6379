from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from beca_core import Confidence, Rule, Severity
from beca_core.matching.patterns.syntax import Alternation, Assertion, Bytes, Node, Repeat, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def make_rule() -> Callable[..., Rule]:
    """Make a rule with a pattern; the other fields have defaults."""

    def make(pattern: str, **changes: Any) -> Rule:
        fields: dict[str, Any] = {
            "id": "some-rule",
            "version": 1,
            "description": "Some rule",
            "severity": Severity.LOW,
            "confidence": Confidence.MEDIUM,
        }
        return Rule(**fields | {"pattern": pattern} | changes)

    return make


@pytest.fixture(scope="session")
def render() -> Callable[[Node], str]:
    """Write a tree as a pattern of byte sets, in a syntax that RE2 cannot interpret in another way."""

    def write(node: Node) -> str:
        match node:
            case Bytes(members):
                return write_bytes(members)
            case Assertion(symbol):
                return symbol
            case Sequence(parts):
                return "".join(f"(?:{write(part)})" if isinstance(part, Alternation) else write(part) for part in parts)
            case Alternation(branches):
                return "|".join(map(write, branches))
            case Repeat(inner, least, most):
                text = write(inner) if isinstance(inner, Bytes) else f"(?:{write(inner)})"
                return text + {(0, None): "*", (1, None): "+", (0, 1): "?", (1, 1): ""}.get(
                    (least, most), f"{{{least}}}" if least == most else f"{{{least},{'' if most is None else most}}}"
                )

    def write_bytes(members: frozenset[int]) -> str:
        if not members:
            return r"[^\x00-\xff]"
        if len(members) == 1:
            return write_byte(*members)
        firsts = sorted(byte for byte in members if byte - 1 not in members)
        lasts = sorted(byte for byte in members if byte + 1 not in members)
        ranges = zip(firsts, lasts, strict=True)
        return f"[{''.join(write_byte(a) if a == b else f'{write_byte(a)}-{write_byte(b)}' for a, b in ranges)}]"

    def write_byte(byte: int) -> str:
        return chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\x{byte:02x}"

    return write
