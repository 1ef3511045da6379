"""The JSON form of hits and of the attribution in a state file."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from beca_core.findings import Commit, Confidence, FindingPart, Position, Severity
from beca_core.state.checkpoint import Attribution
from beca_core.state.fields import (
    DamagedState,
    Fields,
    as_list,
    as_object_ids,
    as_path,
    flag,
    number,
    object_id,
    path_text,
    text,
)
from beca_core.state.hit import Hit, InlineComment

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.state.checkpoint import Age


def hit_to_list(hit: Hit) -> list[Any]:
    """Return a hit as JSON, without its secret."""
    return [
        hit.rule_id,
        _positions(hit),
        hit.confidence.value,
        list(hit.decodings),
        path_text(hit.member),
        hit.fingerprint,
        hit.redacted,
        *([more] if (more := _more_of(hit)) else []),
    ]


def _more_of(hit: Hit) -> dict[str, Any]:
    """Return what few hits have, by name."""
    more: dict[str, Any] = {}
    if hit.truncated:
        more["truncated"] = True
    if hit.severity is not None:
        more["severity"] = hit.severity.value
    if hit.variant:
        more["variant"] = hit.variant
    if hit.parts:
        more["parts"] = [[part.name, _positions(part), part.text, part.public] for part in hit.parts]
    if hit.attributes:
        more["attributes"] = [list(pair) for pair in hit.attributes]
    if hit.comment is not None:
        more["comment"] = list(hit.comment)
    return more


def _positions(span: Hit | FindingPart) -> list[int]:
    return [span.begin.line, span.begin.column, span.end.line, span.end.column]


def hit_from_list(item: Any) -> Hit:
    """Return the hit that `hit_to_list` has written, now or in a state of version 2.

    Raises:
        ValueError: If it is not valid.
    """
    rule_id, positions, confidence, decodings, member, fingerprint, redacted, *more = as_list(item)
    begin, end = _span(positions)
    return Hit(
        rule_id=text(rule_id),
        begin=begin,
        end=end,
        secret=b"",
        confidence=Confidence(text(confidence)),
        decodings=tuple(map(text, as_list(decodings))),
        member=as_path(member),
        fingerprint=text(fingerprint),
        redacted=text(redacted),
        **(_read_more(*more) if more else {}),
    )


def _read_more(more: Any) -> dict[str, Any]:
    """Return the members that few hits have; in version 2 there was only whether the secret is truncated."""
    if not isinstance(more, dict):
        return {"truncated": flag(more)}
    return {name: _READ[name](value) for name, value in more.items() if name in _READ}


def _span(positions: Any) -> tuple[Position, Position]:
    line, column, end_line, end_column = map(number, as_list(positions))
    return Position(line, column), Position(end_line, end_column)


def _part(item: Any) -> FindingPart:
    name, positions, shown, public = as_list(item)
    return FindingPart(text(name), *_span(positions), text(shown), flag(public))


def _attribute(item: Any) -> tuple[str, str]:
    name, value = map(text, as_list(item))
    return name, value


def _comment(item: Any) -> InlineComment:
    marker, rules, reason = map(text, as_list(item))
    return InlineComment(marker, rules, reason)


_READ: Final[dict[str, Callable[[Any], Any]]] = {
    "truncated": flag,
    "severity": lambda value: Severity(text(value)),
    "variant": text,
    "parts": lambda value: tuple(map(_part, as_list(value))),
    "attributes": lambda value: tuple(map(_attribute, as_list(value))),
    "comment": _comment,
}


def attribution_to_dict(attribution: Attribution) -> dict[str, Any]:
    """Return an attribution as JSON; places refer to ages by index."""
    every_age = sorted({age for ages in attribution.ages.values() for age in ages})
    indexes = {age[-1]: index for index, age in enumerate(every_age)}
    return {
        "head": _id_text(attribution.head),
        "tips": b" ".join(attribution.tips).decode(),
        "shallow": list(attribution.shallow),
        "targets": {i.decode(): _id_text(target) for i, target in attribution.targets.items()},
        "ages": [[is_off_head, date, commit.decode()] for is_off_head, date, commit in every_age],
        "places": [
            [blob.decode(), path_text(path), (blob, path) in attribution.at_head, [indexes[age[-1]] for age in ages]]
            for (blob, path), ages in _places(attribution)
        ],
        "late": None
        if attribution.corrected is None
        else {c.decode(): date for c, date in attribution.corrected.items()},
        "commits": [[c.id, c.author, c.date.isoformat()] for c in attribution.commits.values()],
    }


def attribution_from_dict(fields: Fields) -> Attribution:
    """Return the attribution that `attribution_to_dict` has written.

    Raises:
        ValueError: If it is not valid.
    """
    ages = [_age(item) for item in fields.array("ages")]
    places, at_head = {}, set()
    for item in fields.array("places"):
        blob, path, is_at_head, indexes = as_list(item)
        place = object_id(blob), as_path(path)
        places[place] = tuple(_pick(ages, number(index)) for index in as_list(indexes))
        if is_at_head is True:
            at_head.add(place)
    return Attribution(
        head=_optional_id(fields.optional("head")),
        tips=as_object_ids(fields.text("tips")),
        shallow=tuple(map(text, fields.array("shallow"))),
        targets={object_id(i): _target(target) for i, target in fields.object("targets").items()},
        ages={place: of_place for place, of_place in places.items() if of_place},
        at_head=frozenset(at_head),
        corrected=None
        if fields.optional("late") is None
        else {object_id(commit): date for commit, date in fields.numbers("late").items()},
        commits={commit.id.encode(): commit for commit in map(_commit, fields.array("commits"))},
    )


def _places(attribution: Attribution) -> list[tuple[tuple[bytes, bytes], tuple[Age, ...]]]:
    return sorted({**dict.fromkeys(attribution.at_head, ()), **attribution.ages}.items())


def _pick(ages: list[Age], index: int) -> Age:
    if not 0 <= index < len(ages):
        raise DamagedState
    return ages[index]


def _age(item: Any) -> Age:
    is_off_head, date, commit = as_list(item)
    return flag(is_off_head), number(date), object_id(commit)


def _commit(item: Any) -> Commit:
    commit, author, date = map(text, as_list(item))
    parsed_date = datetime.fromisoformat(date)
    if parsed_date.tzinfo is None:
        raise DamagedState
    return Commit(object_id(commit).decode(), author, parsed_date)


def _id_text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _optional_id(value: Any) -> bytes | None:
    return None if value is None else object_id(value)


def _target(value: Any) -> bytes | None:
    return b"" if value == "" else _optional_id(value)
