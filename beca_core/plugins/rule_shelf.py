"""`RuleShelf`: what a scan has to know of the rules of BECA's own plugin before it finds anything, in one cached file.

To import hundreds of rules takes longer than to scan a small change. The file holds data only: which rules there are,
their patterns, and the module of each. Its name is a digest of the files with rules and of those that derive something
from them, so that a file of another state is never read.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.matching.patterns.locating import is_covered, location_row
from beca_core.matching.patterns.pattern_checking import checked_patterns
from beca_core.matching.patterns.stored_patterns import pattern_row
from beca_core.rules.stored_rule import RulePlace, StoredRule, details_of, values_of
from beca_core.system.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import ModuleType

    from beca_core.matching.rule_cache import RuleCache
    from beca_core.rules.rule import Rule

_FORMAT: Final = 1
_DERIVED_IN: Final = ("matching", "rules", "checks")
"""The folders of `beca_core` whose code decides what is stored of a rule."""
_SOURCE_ENDINGS: Final = (".py", ".toml", ".txt", ".json", ".bin")


class StoredRules(NamedTuple):
    """The rules of a plugin, as far as they are known without their modules.

    Args:
        rules: The rules, in the order in which the plugin registers them.
        uncovered: Ids of those that are tried on every content.
    """

    rules: Sequence[StoredRule]
    uncovered: Sequence[str]


class RuleShelf:
    """Loads and stores what is known of the rules of a plugin.

    Args:
        plugin: The package of the plugin; each rule is in a tuple `RULES` of one of its modules.
        cache: Where the file is.
    """

    def __init__(self, plugin: ModuleType, cache: RuleCache) -> None:
        self._package = plugin.__name__
        self._cache = cache
        self._folder = Path(plugin.__file__).parent if plugin.__file__ else None
        self._name = _digest(self._folder) if self._folder else ""

    def load(self) -> StoredRules | None:
        """Return the rules, or None if they are not stored, or if what is stored cannot be used."""
        data = self._cache.load_database(self._name) if self._name else None
        if data is None:
            return None
        try:
            head, *details = data.decode().split("\n")
            values, uncovered = json.loads(head)
            rules = [StoredRule.of(self._package, self._name, *row) for row in zip(values, details, strict=True)]
        except (ValueError, TypeError, KeyError):
            return None
        return StoredRules(rules, uncovered)

    def store(self, rules: Sequence[Rule]) -> None:
        """Store the rules, if each has its place in a module.

        Args:
            rules: All rules of the plugin, in order.
        """
        places = dict(self._places())
        if not self._name or any(id(rule) not in places for rule in rules):
            return
        uncovered = [rule.id for rule in rules if not is_covered(rule)]
        head = json.dumps(([values_of(rule) for rule in rules], uncovered), separators=(",", ":"))
        lines = [head, *(_details(rule, places[id(rule)]) for rule in rules)]
        self._cache.store_database(self._name, "\n".join(lines).encode())

    def _places(self) -> Iterator[tuple[int, RulePlace]]:
        """Yield the places of the rules of all modules that are loaded, by the identity of the rule."""
        for name, module in list(sys.modules.items()):
            rules = getattr(module, "RULES", None) if name.startswith(f"{self._package}.") else None
            if isinstance(rules, tuple):
                for index, rule in enumerate(rules):
                    yield id(rule), RulePlace(name, index)


def _details(rule: Rule, place: RulePlace) -> str:
    return details_of(rule, place, location_row(rule), [pattern_row(pattern) for pattern in checked_patterns(rule)])


def _digest(folder: Path) -> str:
    """Hash name, size and time of all files that decide what is stored."""
    core = Path(__file__).parent.parent
    facts = [_state_of(str(each)) for each in (folder, *(core / name for name in _DERIVED_IN))]
    return hashlib.sha256(repr((_FORMAT, VERSION, facts)).encode()).hexdigest()


def _state_of(folder: str) -> Iterable[object]:
    found: list[object] = []
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    found.append((entry.name, _state_of(entry.path)))
            elif entry.name.endswith(_SOURCE_ENDINGS):
                status = entry.stat()
                found.append((entry.name, status.st_size, status.st_mtime_ns))
    return found
