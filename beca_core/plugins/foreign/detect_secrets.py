"""The baseline of detect-secrets: findings with the SHA-1 of each secret and what an audit said, filters and plugins.

Documentation: https://github.com/Yelp/detect-secrets
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from beca_core.errors import InvalidInput, quoted_path
from beca_core.plugins.foreign.accepted import AcceptedFinding, ForeignVerdict
from beca_core.plugins.foreign.foreign_allow import AllowTarget, ForeignAllow
from beca_core.plugins.foreign.foreign_file import ForeignFile, foreign_text
from beca_core.plugins.foreign.go_patterns import NotTranslated, searched
from beca_core.plugins.foreign.remarks import Effect, Remark
from beca_core.reports.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHA1: Final = re.compile(r"[0-9a-f]{40}")
_MARKER: Final = "pragma: allowlist secret"
_REGEX: Final = "detect_secrets.filters.regex."
_ALLOWLISTED: Final = "detect_secrets.filters.allowlist.is_line_allowlisted"
_BUILT_IN: Final = "detect_secrets.filters."
_VERDICTS: Final = {True: ForeignVerdict.REAL, False: ForeignVerdict.FALSE, None: ForeignVerdict.KNOWN}


def read_secrets_baseline(path: str | os.PathLike[str]) -> ForeignFile:
    """Return what a `.secrets.baseline` says.

    Raises:
        InvalidInput: If it cannot be read, or is no such baseline.
    """
    text = foreign_text(path)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput(f"{quoted_path(path)} is not valid JSON.") from None
    if not isinstance(document, dict) or not isinstance(document.get("results"), dict):
        raise InvalidInput(f"{quoted_path(path)} is no baseline of detect-secrets: it has no results.")
    return _BaselineReader(text, printable(os.fspath(path))).read(document)


@dataclass
class _BaselineReader:
    text: str
    name: str
    remarks: list[Remark] = field(default_factory=list)
    allows: list[ForeignAllow] = field(default_factory=list)

    def read(self, document: dict[str, Any]) -> ForeignFile:
        accepted = tuple(self._results(document["results"]))
        filters = _tables(document.get("filters_used"))
        for each in filters:
            self._filter(each)
        older = document.get("exclude")
        if isinstance(older, dict):
            for key, target in (("files", ""), ("lines", AllowTarget.LINE)):
                if older.get(key):
                    self._exclude([older[key]], target, f"exclude: {key}", '"exclude"')
        for each in _tables(document.get("plugins_used")):
            if "path" in each:
                self._add('"path"', f"plugin {str(each.get('name'))!a:.80}", "it is Python code", Effect.NOT_RUN)
        self.allows.append(self._own_hashes())
        is_obeyed = older is not None or any(each.get("path") == _ALLOWLISTED for each in filters)
        markers = (_MARKER,) if is_obeyed else ()
        return ForeignFile(allows=tuple(self.allows), accepted=accepted, markers=markers, remarks=tuple(self.remarks))

    def _own_hashes(self) -> ForeignAllow:
        """Return what allows the hashes in the file itself, also where it is in the history."""
        path = f"(^|/){re.escape(Path(self.name).name)}$"
        reason = "hashes that detect-secrets has written"
        return ForeignAllow(
            description=reason, needs_all=True, paths=(path,), expressions=("^[0-9a-f]{40}$",), file=self.name
        )

    def _results(self, results: dict[str, Any]) -> Iterable[AcceptedFinding]:
        lines = _lines_of(self.text, _SHA1)
        for path, of_path in results.items():
            for each in _tables(of_path):
                digest, place = str(each.get("hashed_secret", "")), each.get("line_number", 0)
                judged = each.get("is_secret")
                yield AcceptedFinding(
                    lines.get(digest, 1),
                    _VERDICTS[judged if isinstance(judged, bool) else None],
                    path.replace("\\", "/").removeprefix("./"),
                    place if isinstance(place, int) else 0,
                    str(each.get("type", ""))[:80],
                    digest=digest if _SHA1.fullmatch(digest) else "",
                )

    def _filter(self, table: dict[str, Any]) -> None:
        name = str(table.get("path", ""))
        short = name.removeprefix(_REGEX)
        given = table.get("pattern", [])
        patterns = given if isinstance(given, list) else [given]
        if short == "should_exclude_file":
            self._exclude(patterns, "", short, short)
        elif short == "should_exclude_line":
            self._exclude(patterns, AllowTarget.LINE, short, short)
        elif short == "should_exclude_secret":
            self._exclude(patterns, AllowTarget.SECRET, short, short)
        elif "wordlist" in name:
            self._add(name, f"filter {name}", "its word list is another file", Effect.FINDS_MORE)
        elif not name.startswith(_BUILT_IN):
            self._add(name, f"filter {name!a:.80}", "it is Python code", Effect.FINDS_MORE)

    def _exclude(self, patterns: list[Any], target: str, what: str, needle: str) -> None:
        usable = []
        for pattern in patterns:
            try:
                searched(str(pattern))
                usable.append(str(pattern))
            except NotTranslated as error:
                self._add(needle, f"filter {what}", f"an expression {error}", Effect.FINDS_MORE)
        if not usable:
            return
        line = self._line(needle)
        if not target:
            self.allows.append(ForeignAllow(paths=tuple(usable), line=line, file=self.name))
        else:
            target = AllowTarget(target)
            self.allows.append(ForeignAllow(expressions=tuple(usable), target=target, line=line, file=self.name))

    def _add(self, needle: str, subject: str, reason: str, effect: Effect) -> None:
        self.remarks.append(Remark(self._line(needle), subject, reason, effect, self.name))

    def _line(self, needle: str) -> int:
        at = self.text.find(needle)
        return self.text.count("\n", 0, at) + 1 if at >= 0 else 1


def _tables(given: object) -> list[dict[str, Any]]:
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def _lines_of(text: str, pattern: re.Pattern[str]) -> dict[str, int]:
    """Return the first line in which each match of a pattern is."""
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        for found in pattern.findall(line):
            lines.setdefault(found, number)
    return lines
