"""The JSON form of hits and of the attribution in a state file."""

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
from beca_core.state.hit import Hit

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
        *([True] if hit.truncated else []),
    ]


def hit_from_list(item: Any) -> Hit:
    """Return the hit that `hit_to_list` has written.

    Raises:
        ValueError: If it is not valid.
    """
    rule_id, positions, confidence, decodings, member, fingerprint, redacted, *truncated = as_list(item)
    line, column, end_line, end_column = map(number, as_list(positions))
    return Hit(
        rule_id=text(rule_id),
        begin=Position(line, column),
        end=Position(end_line, end_column),
        secret=b"",
        confidence=Confidence(text(confidence)),
        decodings=tuple(map(text, as_list(decodings))),
        member=as_path(member),
        fingerprint=text(fingerprint),
        redacted=text(redacted),
        truncated=any(map(flag, truncated)),
    )


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
