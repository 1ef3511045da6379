"""The names of providers of APIs: those of the built-in rules, and those of `provider_names.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NAMES_NAME: Final = "provider_names.toml"
SHORTEST: Final = 5
"""In characters, without what divides words: a shorter name is a part of too many words."""

_WORD: Final = re.compile(r"[a-z0-9]+")


class ProviderNames(NamedTuple):
    """Names in lower case; a `_` in them stands for nothing, `_` or `-` in a text.

    Args:
        names: All of them, in order.
        guarded: Those that are ordinary words too, without `_`.
        uuid: Those of providers whose keys are UUIDs, without `_`.
    """

    names: tuple[str, ...]
    guarded: tuple[str, ...]
    uuid: tuple[str, ...]


def provider_names(known: Iterable[str]) -> ProviderNames:
    """Return the names by which a value may be called.

    Args:
        known: The providers of other rules, as people write them.
    """
    lists = _lists()
    spelled = {"_".join(_WORD.findall(name.lower())) for name in known}
    own = {name for name in spelled if _is_long(name) and plain(name) not in lists["left_out"]}
    by_plain: dict[str, str] = {}
    # Of two spellings, the one with more words is of use: it has the other one among its forms.
    for name in sorted(own.union(lists["names"], lists["guarded"]), key=lambda name: (-name.count("_"), name)):
        by_plain.setdefault(plain(name), name)
    return ProviderNames(
        tuple(sorted(by_plain.values())), tuple(sorted(lists["guarded"])), tuple(sorted(lists["uuid"]))
    )


def other_words() -> frozenset[str]:
    """Return the words beside a provider's that make a name that of something else than a key."""
    return _lists()["others"]


def plain(name: str) -> str:
    """Return a name in lower case, without what divides its words."""
    return name.lower().replace("_", "").replace("-", "")


def in_groups(names: Iterable[str], most: int) -> list[tuple[str, ...]]:
    """Return names in groups, in none of which a name is a part of another: what follows it then is not the other one.

    Args:
        names: The names.
        most: How many spellings all names of a group have at most.
    """
    groups: list[tuple[str, ...]] = []
    left = sorted(names)
    while left:
        known = frozenset(map(plain, left))
        longer = [name for name in left if _holds_another(plain(name), known)]
        groups += _divided(sorted({*left} - {*longer}), most)
        left = longer
    return groups


def _holds_another(name: str, known: frozenset[str]) -> bool:
    size = len(name)
    return any(
        name[first:last] in known
        for first in range(size - SHORTEST + 1)
        for last in range(first + SHORTEST, size + 1)
        if last - first < size
    )


def _divided(names: list[str], most: int) -> Iterator[tuple[str, ...]]:
    group: list[str] = []
    count = 0
    for name in names:
        count += len(_spellings(name))
        if count > most:
            yield tuple(group)
            group, count = [], len(_spellings(name))
        group.append(name)
    yield tuple(group)


def as_pattern(name: str) -> str:
    """Return the pattern of a name, of letters in lower case: its spellings, separated by `|`."""
    return "|".join(_spellings(name))


def _spellings(name: str) -> tuple[str, ...]:
    return (plain(name), name, name.replace("_", "-")) if "_" in name else (name,)


def _is_long(name: str) -> bool:
    return len(plain(name)) >= SHORTEST


@cache
def _lists() -> Mapping[str, frozenset[str]]:
    document = tomllib.loads(files(__package__).joinpath(NAMES_NAME).read_text("utf-8"))
    names = " ".join(document["names"].values())
    texts = {"names": names} | {name: document[name]["names"] for name in ("guarded", "left_out", "uuid", "others")}
    return {name: frozenset(text.split()) for name, text in texts.items()}
