"""Encoded forms of literals, in databases of their own, which are made when they are first needed.

Base64 in hexadecimal digits, and what else has many forms, makes up most of all strings that are looked for. Apart from
the literals, they are compiled in a fraction of the time, and cost a tenth of a second in 160 MB of source code.
"""

from __future__ import annotations

from array import array
from functools import cache, cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from beca_core.matching.decoding.forms import KIND_STRIDE, VERSION, all_forms, escaped_forms, in_one_case, longest_form
from beca_core.matching.index.literal_index import GRACE_SECONDS, Expression, LiteralIndex
from beca_core.matching.index.word_table import picked
from beca_core.matching.patterns.literals import render_each
from beca_core.matching.patterns.syntax import latin1_options
from beca_core.sources.limits import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import re2

    from beca_core.matching.index.word_table import WordTable
    from beca_core.matching.patterns.literals import Literal
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.sources.limits import Stop

Forms: TypeAlias = "dict[int, array[int]]"
"""Offsets after encoded forms, by kind."""

_ENOUGH_LETTERS: Final = 8
_FEW_LITERALS: Final = 64
_IN_HEX: Final = tuple(f"\\x{byte:02x}" for byte in range(256))


class EncodedIndex:
    """Reports where encoded forms of some literals are. Shared between threads.

    Args:
        table: The words. Those that are neither short nor everyday words have forms; each may be in UTF-16 or UTF-32.
        cache: Where the databases are cached; None: nowhere.

    Attributes:
        is_small: Whether there are so few forms that they may share a database with the literals: one pass over a text
            takes less time than two.
        basis: Everything from which the expressions of the forms are derived.
        longest: A length in bytes that no form exceeds, and no word in UTF-16 or UTF-32.
    """

    def __init__(self, table: WordTable, cache: RuleCache | None = None) -> None:
        self.is_small: Final = len(table.with_forms) <= _FEW_LITERALS
        self.basis: Final = VERSION, table.digest
        self.longest: Final = longest_form(table.longest)
        self._table = table
        self._cache = cache

    @cached_property
    def _literals(self) -> list[Literal]:
        return [word.literal for word in picked(self._table.words, self._table.with_forms)]

    @cached_property
    def _wide(self) -> list[Literal]:
        return [word.literal for word in self._table.words]

    def prepare(self) -> None:
        """Load the database of the forms."""
        self._forms_index  # noqa: B018 - a cached property

    def forms(self, data: bytes, stop: Stop = NEVER) -> Forms:
        """Return the offsets after the encoded forms in some data, by kind, in any order.

        What no decoder reads may be left out: the database is not made for it.
        """
        found: Forms = {}
        if "_forms_index" not in self.__dict__ and _may_be_encoded().search(data) is None:
            return found
        self._forms_index.scan(data, _record_form, found, stop)
        return found

    def expressions(self, first_id: int = 0) -> list[Expression]:
        """Return an expression for each form, in a stable order, of which the id modulo `KIND_STRIDE` is the kind.

        Args:
            first_id: Ids begin here; a multiple of `KIND_STRIDE`.
        """
        return [
            Expression("".join(map(_IN_HEX.__getitem__, text)), first_id + number, once=False)
            for number, text in self._numbered()
        ]

    def _numbered(self) -> Iterator[tuple[int, bytes]]:
        """Yield the forms in a stable order, each with its id, less the first one."""
        forms = escaped_forms(self._literals).union(all_forms(in_one_case(self._literals)))
        for number, (text, kind) in enumerate(sorted(forms)):
            yield KIND_STRIDE * number + kind, text

    def may_be_wide(self, data: bytes) -> bool:
        """Return whether one of the literals may be in some data in UTF-16 or UTF-32."""
        if 0 not in data:
            return False
        found: set[int] = set()
        self._wide_index.scan(data, _record_wide, found)
        return bool(found)

    def _strings(self) -> list[Expression]:
        return [Expression(text, number, once=False) for number, text in self._numbered()]

    @cached_property
    def _forms_index(self) -> LiteralIndex:
        return LiteralIndex(self._strings, ("forms", self.basis), self.longest, self._cache)

    @cached_property
    def _wide_index(self) -> LiteralIndex:
        expressions = list(wide_expressions(self._wide))
        return LiteralIndex(lambda: expressions, expressions, self.longest, self._cache)


@cache
def _may_be_encoded() -> re2._Regexp[bytes]:
    """Find what a decoder may read: as many digits of base64 as it needs (more in hexadecimal), or an escape."""
    import re2

    from beca_core.matching.decoding.base64_text import LEAST_DIGITS

    digits = rf"[0-9A-Za-z+/_\\-]{{{LEAST_DIGITS}}}"  # with escaped slashes
    return re2.compile(rf"{digits}|%[0-9A-Fa-f]{{2}}|\\[ux]".encode(), latin1_options())


def wide_expressions(literals: Iterable[Literal]) -> Iterator[Expression]:
    """Yield expressions of which one occurs wherever a literal does in UTF-16 or UTF-32, in a stable order."""
    beginnings = sorted({render_each(literal[:_ENOUGH_LETTERS]) for literal in literals})
    for number, (letters, nuls) in enumerate(product(beginnings, (1, 3))):
        yield Expression((r"\x00" * nuls).join(letters), number, once=True)


def _record_form(number: int, _begin: int, end: int, _flags: int, context: Any) -> bool:
    found, offset, stop = context
    if stop.step(1, GRACE_SECONDS):
        return True
    add_form(found, number % KIND_STRIDE, end + offset)
    return False


def add_form(found: Forms, kind: int, end: int) -> None:
    """Add the offset after a form of a kind."""
    ends = found.get(kind)
    if ends is None:
        ends = found[kind] = array("Q")
    ends.append(end)


def _record_wide(index: int, _begin: int, _end: int, _flags: int, context: Any) -> bool:
    context[0].add(index)
    return True
