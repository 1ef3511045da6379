"""Reads YAML with the position of each value.

Only what JSON has too is taken: no anchors and aliases, with which a small text can stand for a huge one, no tags,
no second document, no key twice. Words are read as YAML 1.2 has it: `no` and `on` are texts, `true` and `false` are
not.

Format: https://yaml.org/spec/1.2.2/, section 10.3
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from beca_core.errors import MissingExtra
from beca_core.plugins.rule_files.parsed_file import MAX_DEPTH, NotParsed, ParsedFile, Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.rules.documents.data_problem import DataPath

_WHOLE_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,1000}")
_NUMBER: Final = re.compile(r"[-+]?(?:\.[0-9]{1,20}|[0-9]{1,20}(?:\.[0-9]{0,20})?)(?:[eE][-+]?[0-9]{1,3})?")
_CONSTANTS: Final[dict[str, object]] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def read_yaml(text: str) -> ParsedFile:
    """Return the data in a text.

    Raises:
        NotParsed: If it is not valid YAML, is nested too deep, or has what is not taken.
        MissingExtra: If PyYAML is not installed.
    """
    try:
        import yaml
    except ImportError:
        raise MissingExtra("A rule file in YAML", "yaml") from None
    builder = _YamlBuilder(yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    try:
        return ParsedFile(builder.document(), builder.spots)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read")
        spot = None if mark is None else Spot(mark.line + 1, mark.column + 1)
        raise NotParsed(f"is not valid YAML: {reason[:200]}", spot) from None


class _YamlBuilder:
    """Builds data of events, as they come: so nothing is built that is refused."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.spots: dict[DataPath, Spot] = {}
        self._events = events

    def document(self) -> object:
        data: object = None
        documents = 0
        for event in self._events:
            name = _name(event)
            if name == "DocumentStart":
                documents += 1
                if documents > 1:
                    raise NotParsed("has more than one document", _spot_of(event))
            elif name not in ("StreamStart", "StreamEnd", "DocumentEnd"):
                data = self._value(event, ())
        return data

    def _value(self, event: Any, path: DataPath) -> object:
        spot = _spot_of(event)
        self.spots.setdefault(path, spot)
        if getattr(event, "anchor", None) is not None:
            raise NotParsed("has an anchor or an alias; write the value out", spot)
        if getattr(event, "tag", None) is not None:
            raise NotParsed("has a tag; values of other types are not taken", spot)
        if len(path) > MAX_DEPTH:
            raise NotParsed("is nested too deep", spot)
        name = _name(event)
        if name == "Scalar":
            return _scalar(event)
        return self._list(path) if name == "SequenceStart" else self._table(path)

    def _list(self, path: DataPath) -> list[object]:
        items: list[object] = []
        for event in self._events:
            if _name(event) == "SequenceEnd":
                break
            items.append(self._value(event, (*path, len(items))))
        return items

    def _table(self, path: DataPath) -> dict[str, object]:
        table: dict[str, object] = {}
        for event in self._events:
            if _name(event) == "MappingEnd":
                break
            if _name(event) != "Scalar" or event.anchor is not None or event.tag is not None:
                raise NotParsed("has a key that is not a plain text", _spot_of(event))
            key = str(event.value)
            if key in table:
                raise NotParsed(f"has the key {key!r:.80} twice", _spot_of(event))
            self.spots[*path, key] = _spot_of(event)
            table[key] = self._value(next(self._events), (*path, key))
        return table


def _name(event: Any) -> str:
    return type(event).__name__.removesuffix("Event")


def _spot_of(event: Any) -> Spot:
    return Spot(event.start_mark.line + 1, event.start_mark.column + 1)


def _scalar(event: Any) -> object:
    text = str(event.value)
    if event.style:  # it is quoted, or a block
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    with suppress(ValueError):
        if _WHOLE_NUMBER.fullmatch(text):
            return int(text)
        if _NUMBER.fullmatch(text):
            return float(text)
    return text
