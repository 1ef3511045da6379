"""`Acceptance`: which contents that could not be read the caller accepts as such."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

from beca_core.errors import InvalidInput
from beca_core.report import ACCEPTABLE, Skipped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from beca_core.sources.contracts import Place


class Acceptance:
    """Patterns of paths, and what they have accepted.

    A pattern matches a path as a whole, `*` also matches `/`. A pattern that matches an archive matches all its
    members. A content at several paths is accepted if all of them match.

    Args:
        patterns: The patterns.

    Attributes:
        accepted: What was accepted, each with the path that reports show.
        left: What was not.

    Raises:
        InvalidInput: If the patterns are not a collection of texts that are not empty.
    """

    def __init__(self, patterns: Collection[str]) -> None:
        if isinstance(patterns, (str, bytes)) or not all(isinstance(pattern, str) and pattern for pattern in patterns):
            raise InvalidInput(
                "accept_unreadable must be a collection of patterns.", hint='Use accept_unreadable=["tests/*.zip"].'
            )
        self._patterns = {pattern: re.compile(fnmatch.translate(pattern)) for pattern in patterns}
        self._unused = dict.fromkeys(self._patterns)
        self.accepted: list[Skipped] = []
        self.left: list[Skipped] = []

    @property
    def unused(self) -> tuple[str, ...]:
        """The patterns that have accepted nothing."""
        return tuple(self._unused)

    def candidates(self, skipped: Iterable[Skipped]) -> list[str]:
        """Return the ids of the contents whose places are needed to decide about what was skipped."""
        if not self._patterns:
            return []
        return list(dict.fromkeys(_content(item) for item in skipped if item.reason in ACCEPTABLE))

    def decide(self, skipped: Sequence[Skipped], places: Iterable[Place]) -> None:
        """Accept what can be accepted.

        Args:
            skipped: Everything that was not read.
            places: The places of the `candidates`.
        """
        paths: dict[str, list[str]] = {}
        for place in places if self._patterns else ():
            paths.setdefault(place.blob_id, []).append(place.path.decode(errors="backslashreplace"))
        for item in skipped:
            content = _content(item)
            shown = sorted(path + item.id[len(content) :] for path in paths.get(content, ()))
            matching = [self._matching(path) for path in shown]
            if item.reason in ACCEPTABLE and shown and all(matching):
                self.accepted.append(Skipped(shown[0], item.reason))
                for pattern in set().union(*matching):
                    self._unused.pop(pattern, None)
            else:
                self.left.append(item)

    def _matching(self, path: str) -> set[str]:
        """Return the patterns that match a path, or an archive that contains it."""
        archives = list(_and_archives(path))
        return {pattern for pattern, regex in self._patterns.items() if any(map(regex.match, archives))}


def _content(item: Skipped) -> str:
    """Return the id of the content that was skipped, or of which a member was skipped."""
    return item.id.partition("!")[0]


def _and_archives(path: str) -> Iterator[str]:
    yield path
    while "!" in path:
        path = path.rpartition("!")[0]
        yield path
