"""Reads TOML with the position of each value.

`tomllib` reads the values, and knows no positions. So the text is first gone through by a scanner that knows just
enough of the syntax to find keys and items of lists. It also refuses what is nested too deep, because `tomllib` takes
quadratic time for long keys. Where the text is not valid TOML, the scanner stops, and `tomllib` says what is wrong.

Format: https://toml.io/en/v1.0.0
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from beca_core.plugins.rule_files.parsed_file import MAX_DEPTH, NotParsed, ParsedFile, Spot

if TYPE_CHECKING:
    from beca_core.rules.documents.data_problem import DataPath

_SPACE: Final = re.compile(r"[ \t]*")
_SPACE_AND_LINES: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_REST_OF_LINE: Final = re.compile(r"[^\n]*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE: Final = re.compile(r"[^,\]}\n#]+")
_TEXTS: Final = {
    '"""': re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}', re.DOTALL),
    "'''": re.compile(r"'''(?:[^']|'(?!''))*'{3,5}"),
    '"': re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    "'": re.compile(r"'[^'\n]*'"),
}
"""How a text goes on, by the quotes with which it begins."""
_PLACE: Final = re.compile(r"(.*?)\s*\(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


def read_toml(text: str) -> ParsedFile:
    """Return the data in a text.

    Raises:
        NotParsed: If it is not valid TOML, or is nested too deep.
    """
    text = text.replace("\r\n", "\n")
    spots = toml_spots(text)
    try:
        return ParsedFile(tomllib.loads(text), spots)
    except RecursionError:
        raise NotParsed("is nested too deep") from None
    except ValueError as error:  # TOMLDecodeError, and a whole number with thousands of digits
        found = _PLACE.fullmatch(str(error))
        end = Spot(text.count("\n") + 1, len(text) - text.rfind("\n"))
        spot = Spot(int(found[2]), int(found[3])) if found and found[2] else end
        raise NotParsed(f"is not valid TOML: {(found[1] if found else str(error))[:200]}", spot) from None


def toml_spots(text: str) -> dict[DataPath, Spot]:
    """Return where each value in a TOML text is; as far as it is valid.

    Raises:
        NotParsed: If it is nested too deep.
    """
    scanner = _TomlScanner(text)
    with suppress(_Unexpected):
        scanner.run()
    return scanner.spots


class _Unexpected(Exception):
    """Raised where a text is not valid TOML."""


class _TomlScanner:
    def __init__(self, text: str) -> None:
        self.spots: dict[DataPath, Spot] = {}
        self._text = text
        self._at = 0
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]
        self._lengths: dict[DataPath, int] = {}
        """How many tables each list of tables has so far."""

    def run(self) -> None:
        table: DataPath = ()
        while self._skip(_SPACE_AND_LINES) < len(self._text):
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)
            self._skip(_REST_OF_LINE)

    def _header(self) -> DataPath:
        begin = self._at
        is_list = self._take("[[")
        if not is_list:
            self._expect("[")
        words = self._key()
        self._expect("]")
        path: DataPath = ()
        for word, _ in words[:-1]:
            path = self._within((*path, word), begin)
        path = (*path, words[-1][0])
        if is_list:
            self._note(path, begin)
            self._lengths[path] = self._lengths.get(path, 0) + 1
        return self._within(path, begin)

    def _within(self, path: DataPath, begin: int) -> DataPath:
        """Return the table that a path means in a header: of a list of tables, the last one."""
        self._note(path, begin)
        if path in self._lengths:
            path = (*path, self._lengths[path] - 1)
            self._note(path, begin)
        return path

    def _pair(self, table: DataPath) -> None:
        path = table
        for word, begin in self._key():
            path = (*path, word)
            self._note(path, begin)
        self._expect("=")
        self._value(path)

    def _key(self) -> list[tuple[str, int]]:
        """Return the words of a key, each with its offset."""
        words = []
        while True:
            begin = self._skip(_SPACE)
            words.append((self._word(), begin))
            if len(words) > MAX_DEPTH:
                raise NotParsed("has a key with too many words", self._spot(begin))
            self._skip(_SPACE)
            if not self._take("."):
                return words

    def _word(self) -> str:
        if found := _BARE_KEY.match(self._text, self._at):
            self._at = found.end()
            return found[0]
        pattern = _TEXTS.get(self._text[self._at : self._at + 1])
        found = pattern.match(self._text, self._at) if pattern else None
        if found is None:
            raise _Unexpected
        self._at = found.end()
        try:
            return str(tomllib.loads(f"key = {found[0]}")["key"])
        except ValueError:
            raise _Unexpected from None

    def _value(self, path: DataPath) -> None:
        begin = self._skip(_SPACE)
        if len(path) > MAX_DEPTH:
            raise NotParsed("is nested too deep", self._spot(begin))
        if self._take("["):
            self._items(path)
        elif self._take("{"):
            self._pairs(path)
        else:
            self._plain_value()

    def _plain_value(self) -> None:
        quotes = self._text[self._at : self._at + 3]
        pattern = _TEXTS.get(quotes) or _TEXTS.get(quotes[:1]) or _BARE_VALUE
        found = pattern.match(self._text, self._at)
        if found is None:
            raise _Unexpected
        self._at = found.end()

    def _items(self, path: DataPath) -> None:
        number = 0
        while self._skip(_SPACE_AND_LINES) < len(self._text) and not self._take("]"):
            item = (*path, number)
            self._note(item, self._at)
            self._value(item)
            number += 1
            self._skip(_SPACE_AND_LINES)
            if not self._take(","):
                self._expect("]")
                return

    def _pairs(self, path: DataPath) -> None:
        while self._skip(_SPACE_AND_LINES) < len(self._text) and not self._take("}"):
            self._pair(path)
            self._skip(_SPACE_AND_LINES)
            if not self._take(","):
                self._expect("}")
                return

    def _note(self, path: DataPath, offset: int) -> None:
        self.spots.setdefault(path, self._spot(offset))

    def _spot(self, offset: int) -> Spot:
        line = bisect_right(self._lines, offset)
        return Spot(line, offset - self._lines[line - 1] + 1)

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at

    def _take(self, characters: str) -> bool:
        is_there = self._text.startswith(characters, self._at)
        self._at += len(characters) if is_there else 0
        return is_there

    def _expect(self, characters: str) -> None:
        self._skip(_SPACE)
        if not self._take(characters):
            raise _Unexpected
