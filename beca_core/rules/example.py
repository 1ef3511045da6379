"""The proof that a rule carries: texts in which it finds a secret, and texts in which it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, cast, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from beca_core.findings import Confidence
    from beca_core.rules.candidate import Step


@dataclass(frozen=True, slots=True)
class Example:
    """A text in which a rule must find a secret, or several.

    Args:
        text: The text to scan. Generate what looks like a credential with `random_text`; do not spell it out.
        secret: The exact secret that must be found, or a tuple of all of them in the order of the text.
        confidence: The expected confidence, or None to accept any.
        path: Where the text is, for a rule with `paths`; empty: a path at which the rule applies.
        parts: The text of each part that must be found with the first secret, by name.
        variant: Name of the expected variant, or None to accept any, or none.
    """

    text: str | bytes
    secret: str | bytes | tuple[str | bytes, ...]
    confidence: Confidence | None = None
    path: str = ""
    parts: Mapping[str, str | bytes] = field(default_factory=dict, hash=False)
    variant: str | None = None

    @property
    def data(self) -> bytes:
        """The text as bytes, UTF-8."""
        return as_bytes(self.text)

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """The expected secrets as bytes, UTF-8."""
        given = self.secret if isinstance(self.secret, tuple) else (self.secret,)
        return tuple(map(as_bytes, given))

    @property
    def secret_bytes(self) -> bytes:
        """The first expected secret as bytes, UTF-8."""
        return self.secrets[0]


@dataclass(frozen=True, slots=True)
class CounterExample:
    """A text in which a rule finds nothing, and why.

    Args:
        text: The text to scan.
        step: The step that must drop it; None: any.
        check: Name of the check that must drop it; empty: any.
        path: Where the text is, for a rule with `paths`; empty: a path at which the rule applies.
    """

    text: str | bytes
    step: Step | None = None
    check: str = ""
    path: str = ""

    @property
    def data(self) -> bytes:
        """The text as bytes, UTF-8."""
        return as_bytes(self.text)


Item = TypeVar("Item")


def deferred(make: Callable[[], Iterable[Item]]) -> tuple[Item, ...]:
    """Return what stands for a tuple of examples that is made when it is first read.

    Scans read no examples, and to make those of hundreds of rules takes longer than a small scan. What is wrong with
    deferred examples is said when the rule is proved, not when it is registered.

    Args:
        make: Returns the examples; called once.
    """
    return cast("tuple[Item, ...]", Deferred(make))


class Deferred(Sequence[Item]):
    """A sequence that is made when it is first read; see `deferred`."""

    __slots__ = ("_items", "_make")

    def __init__(self, make: Callable[[], Iterable[Item]]) -> None:
        self._make = make
        self._items: tuple[Item, ...] | None = None

    def _made(self) -> tuple[Item, ...]:
        if self._items is None:
            self._items = tuple(self._make())
        return self._items

    def __len__(self) -> int:
        return len(self._made())

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Item, ...]: ...
    def __getitem__(self, index: int | slice) -> Item | tuple[Item, ...]:
        return self._made()[index]

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Sequence) and self._made() == tuple(other))

    def __hash__(self) -> int:
        return hash(self._made())

    def __repr__(self) -> str:
        return repr(self._made())

    def __reduce__(self) -> tuple[type[tuple[Item, ...]], tuple[tuple[Item, ...]]]:
        return tuple, (self._made(),)


def as_counter_example(given: str | bytes | CounterExample) -> CounterExample:
    """Return a counter-example that is given as a mere text in its full form."""
    return given if isinstance(given, CounterExample) else CounterExample(given)


def as_bytes(text: str | bytes) -> bytes:
    """Return a text as bytes, UTF-8."""
    return text.encode() if isinstance(text, str) else text
