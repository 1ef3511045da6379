"""How hits, and where they stand in history, are written in a state."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from beca_core.findings import Commit, Confidence, Position
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
from beca_core.state.hits import Hit

if TYPE_CHECKING:
    from beca_core.state.checkpoint import Age


def hit_to_list(hit: Hit) -> list[Any]:
    """Return a hit as JSON, without its secret."""
    return [
        hit.rule_id,
        [hit.begin.line, hit.begin.column, hit.end.line, hit.end.column],
        hit.confidence.value,
        list(hit.decodings),
        path_text(hit.member),
        hit.fingerprint,
        hit.redacted,
    ]


def hit_of(item: Any) -> Hit:
    """Return the hit that `hit_to_list` has written.

    Raises:
        ValueError: If it is no such thing.
    """
    rule_id, positions, confidence, decodings, member, mark, redacted = as_list(item)
    line, column, end_line, end_column = map(number, as_list(positions))
    return Hit(
        rule_id=text(rule_id),
        begin=Position(line, column),
        end=Position(end_line, end_column),
        secret=b"",
        confidence=Confidence(text(confidence)),
        decodings=tuple(map(text, as_list(decodings))),
        member=as_path(member),
        fingerprint=text(mark),
        redacted=text(redacted),
    )


def attribution_to_dict(attribution: Attribution) -> dict[str, Any]:
    """Return them as JSON."""
    every_age = sorted({age for ages in attribution.ages.values() for age in ages})
    numbers = {age[-1]: place for place, age in enumerate(every_age)}
    return {
        "head": _id_text(attribution.head),
        "tips": b" ".join(attribution.tips).decode(),
        "shallow": list(attribution.shallow),
        "targets": {i.decode(): _id_text(target) for i, target in attribution.targets.items()},
        "ages": [[is_aside, date, commit.decode()] for is_aside, date, commit in every_age],
        "places": [
            [blob.decode(), path_text(path), (blob, path) in attribution.at_head, [numbers[age[-1]] for age in ages]]
            for (blob, path), ages in _places(attribution)
        ],
        "late": None
        if attribution.corrected is None
        else {c.decode(): date for c, date in attribution.corrected.items()},
        "commits": [[c.id, c.author, c.date.isoformat()] for c in attribution.commits.values()],
    }


def attribution_of(fields: Fields) -> Attribution:
    """Return the attribution that `attribution_to_dict` has written.

    Raises:
        ValueError: If it is no such thing.
    """
    ages = [_age(item) for item in fields.array("ages")]
    places, at_head = {}, set()
    for item in fields.array("places"):
        blob, path, is_at_head, numbers = as_list(item)
        place = object_id(blob), as_path(path)
        places[place] = tuple(_pick(ages, number(position)) for position in as_list(numbers))
        if is_at_head is True:
            at_head.add(place)
    return Attribution(
        head=_optional_id(fields.optional("head")),
        tips=as_object_ids(fields.text("tips")),
        shallow=tuple(map(text, fields.array("shallow"))),
        targets={object_id(i): _target(target) for i, target in fields.object("targets").items()},
        ages={place: found for place, found in places.items() if found},
        at_head=frozenset(at_head),
        corrected=None
        if fields.optional("late") is None
        else {object_id(commit): date for commit, date in fields.numbers("late").items()},
        commits={commit.id.encode(): commit for commit in map(_commit, fields.array("commits"))},
    )


def _places(attribution: Attribution) -> list[tuple[tuple[bytes, bytes], tuple[Age, ...]]]:
    return sorted({**dict.fromkeys(attribution.at_head, ()), **attribution.ages}.items())


def _pick(ages: list[Age], position: int) -> Age:
    if not 0 <= position < len(ages):
        raise DamagedState
    return ages[position]


def _age(item: Any) -> Age:
    is_aside, date, commit = as_list(item)
    return flag(is_aside), number(date), object_id(commit)


def _commit(item: Any) -> Commit:
    commit, author, date = map(text, as_list(item))
    moment = datetime.fromisoformat(date)
    if moment.tzinfo is None:
        raise DamagedState
    return Commit(object_id(commit).decode(), author, moment)


def _id_text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _optional_id(value: Any) -> bytes | None:
    return None if value is None else object_id(value)


def _target(value: Any) -> bytes | None:
    return b"" if value == "" else _optional_id(value)
