"""Rules, a scanner and a source as a program makes them, without a plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core import (
    Blob,
    Confidence,
    FixedShare,
    FlatReading,
    Limits,
    Match,
    Rule,
    RuleInfo,
    Scope,
    Severity,
    Skipped,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from beca_core import Resume

TEXT = 'x = 1\nprivate_key = "not-so-secret-any-more"\n'
SWORDFISH = Rule(
    id="swordfish",
    version=1,
    description="The password of the speakeasy",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=r"\b(?P<secret>swordfish[0-9]*)\b",
)


class EvenNumbers:
    """A scanner that no plugin provides."""

    rules = (RuleInfo(id="even", version=1, description="Even", severity=Severity.LOW, confidence=Confidence.LOW),)
    anchors = (b"42",)

    def scan(self, data: bytes) -> Iterable[Match]:
        yield Match(data.index(b"42"), data.index(b"42") + 2, "even")


class Mailbox:
    """A source of one's own."""

    scope = Scope.FILES

    def __init__(self, *items: Blob | Skipped) -> None:
        self.items = items
        self.is_closed = False

    def start(self, limits: Limits, resume: Resume | None = None) -> FlatReading:
        return FlatReading([FixedShare(self.items)])

    def close(self) -> None:
        self.is_closed = True
