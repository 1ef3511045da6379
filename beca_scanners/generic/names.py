"""What a name says about the value that is assigned to it: `db_password`, `apiKey`, `key_id`, `passwordHint`."""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.system.lazy_regexp import lazy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WORDS_NAME: Final = "name_words.toml"

SERVICE: Final = "name of a service"
"""The evidence that a name is the setting by which a service gets its password. It is not weighed, but decides."""
VARIABLE: Final = "name is a variable"
"""The evidence that a name begins with `$`. It is not weighed either."""
LONGEST_NAME: Final = 80
"""Length of what is read of a name, in bytes."""

_BEFORE: Final = lazy(rb"[\w.$@-]*+\Z")
_REST: Final = lazy(rb"[\w.-]*+")
_WORD: Final = lazy(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


class NameFacts(NamedTuple):
    """What a name says.

    Args:
        kind: The kind of secret that it names; empty: it names none.
        numbers: Its evidence, by name.
        words: Its words, in lower case.
    """

    kind: str
    numbers: tuple[tuple[str, float], ...]
    words: tuple[bytes, ...]


def name_around(data: bytes, begin: int, end: int) -> tuple[int, int]:
    """Return the span of the name that a word is a part of."""
    before = _BEFORE.search(data, max(begin - LONGEST_NAME, 0), begin)
    rest = _REST.match(data, end, end + LONGEST_NAME)
    return (before.start() if before else begin, rest.end() if rest else end)


@lru_cache(maxsize=4096)
def read_name(name: bytes) -> NameFacts:
    """Return what a name says; the last word that names a secret decides about its kind."""
    words = tuple(word.lower() for word in _WORD.findall(name))
    last = tuple(word.lower() for word in _WORD.findall(name.rpartition(b".")[2]))
    if b"".join(words) in _NO_SECRETS:
        return NameFacts("", (), words)
    kinds = [(number, kind) for number, word in enumerate(words) if (kind := _kind_of(word))]
    if not kinds:
        return NameFacts("", (), words)
    at, kind = kinds[-1]
    numbers = {f"name {kind}": 1.0}
    for other in {other for _, other in kinds[:-1]} - {kind}:
        numbers[f"name also {other}"] = 1.0
    plain = [word for word in words if not word.isdigit()]
    if len(plain) == 1:
        numbers[f"name only {kind}"] = 1.0
    after = [word for word in words[at + 1 :] if not word.isdigit()]
    if after:
        numbers["name goes on"] = 1.0
    for word in words[:at]:
        if group := _words().before.get(word):
            numbers[f"name before {group}"] = 1.0
    for word in after:
        numbers[f"name after {_words().after.get(word, 'other')}"] = 1.0
    if name.isupper():
        numbers["name upper"] = 1.0
    if name.startswith(b"$"):
        numbers[VARIABLE] = 1.0
    if name in _words().services:
        numbers[SERVICE] = 1.0
    if b"." in name.strip(b"."):
        numbers["name dotted"] = 1.0
    if words[at] not in _PLAIN:
        numbers["name glued"] = 1.0
    if len(last) > 5 or len(name) > 40:
        numbers["name long"] = 1.0
    return NameFacts(kind, tuple(numbers.items()), words)


def _kind_of(word: bytes) -> str:
    if kind := _words().kinds.get(word):
        return kind
    for ending, kind in _ENDINGS:
        if word.endswith(ending):
            return kind
    return ""


_PLAIN: Final = frozenset(
    b"password passwd passphrase pass pwd secret token key apikey auth oauth authorization credential credentials salt "
    b"nonce jwt".split()
)
_NO_SECRETS: Final = frozenset(
    b"publickeytoken foreignkey primarykey partitionkey sortkey cachekey shortcutkey hotkey keyequivalent tokentype "
    b"keytype keyid cancellationtoken authenticitytoken csrftoken xcsrftoken xsrftoken xxsrftoken csrfmiddlewaretoken "
    b"requestverificationtoken antiforgerytoken passwordresettimeout xamzcredential".split()
)
"""Whole names, without what divides their words, whose values are never secrets, or for one form of a page only."""
_ENDINGS: Final = (
    (b"password", "password"),
    (b"passwd", "password"),
    (b"passphrase", "password"),
    (b"passwort", "password"),
    (b"pwd", "password"),
    (b"secret", "secret"),
    (b"token", "token"),
    (b"apikey", "key"),
    (b"secretkey", "key"),
    (b"accesskey", "key"),
    (b"privatekey", "key"),
    (b"authkey", "key"),
    (b"encryptionkey", "key"),
    (b"signingkey", "key"),
    (b"accountkey", "key"),
    (b"masterkey", "key"),
    (b"licensekey", "key"),
)
_OF_BEFORE: Final = (
    "pretends",
    "tests",
    "public",
    "pages",
    "acts",
    "encrypts",
    "switches",
    "strengthens",
    "stores",
    "handles",
    "speaks",
)
_OF_AFTER: Final = (
    "identifies",
    "locates",
    "measures",
    "speaks",
    "handles",
    "switches",
    "pretends",
    "tests",
    "public",
    "encrypts",
)


class _Words(NamedTuple):
    """The lists: the kind of each word that names a secret, the group of each word before and after one, and names."""

    kinds: dict[bytes, str]
    before: dict[bytes, str]
    after: dict[bytes, str]
    services: frozenset[bytes]


@cache
def _words() -> _Words:
    lists = tomllib.loads(Path(__file__).with_name(WORDS_NAME).read_text("utf-8"))
    kinds, groups = lists["kinds"], lists["groups"]
    services = frozenset(lists["settings"]["services"].encode().split())
    return _Words(_by_word(kinds, kinds), _by_word(groups, _OF_BEFORE), _by_word(groups, _OF_AFTER), services)


def _by_word(lists: Mapping[str, str], names: Iterable[str]) -> dict[bytes, str]:
    """Return the name of the list in which each word is; of several, the first one."""
    found: dict[bytes, str] = {}
    for name in names:
        for word in lists[name].split():
            found.setdefault(word.encode(), name)
    return found
