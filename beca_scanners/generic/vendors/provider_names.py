"""The names of providers of APIs: those of the built-in rules, and those of `provider_names.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def as_pattern(name: str) -> str:
    """Return the pattern of a name, of letters in lower case."""
    return name.replace("_", "[_-]?")


def _is_long(name: str) -> bool:
    return len(plain(name)) >= SHORTEST


@cache
def _lists() -> Mapping[str, frozenset[str]]:
    document = tomllib.loads(files(__package__).joinpath(NAMES_NAME).read_text("utf-8"))
    names = " ".join(document["names"].values())
    texts = {"names": names} | {name: document[name]["names"] for name in ("guarded", "left_out", "uuid", "others")}
    return {name: frozenset(text.split()) for name, text in texts.items()}
