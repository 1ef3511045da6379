"""How a `State` is written: a line of JSON, the ids of all objects in binary, and a line with a checksum of all that.

There are hundreds of thousands of ids, and they make up nearly all of the file; so they are kept as they are used.
"""

from __future__ import annotations

import hashlib
import json
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from beca_core.errors import InvalidInput
from beca_core.state.covered import Covered, Ids
from beca_core.state.fields import Damaged, Fields, flag, listed, number, path_text, text
from beca_core.state.fields import decoded_path as path
from beca_core.state.found import hit_of, hit_to_list, whereabouts_of, whereabouts_to_dict

if TYPE_CHECKING:
    from beca_core.state import State

VERSION: Final = 1
_BEGINNING: Final = b'{"becaState": '
_ID_WIDTHS: Final = (20, 32)
_END_BYTES: Final = 66
"""The last line, 64 digits, with the line end before it and its own."""

_HINT: Final = "Delete it to scan everything, or name another file."


def encode(state: State) -> list[bytes]:
    """Return a state as the bytes of a file, in parts that are not copied: most of it can be many megabytes of ids."""
    covered = state.covered
    head = {
        "becaState": VERSION,
        "detection": state.detection,
        "scope": state.scope,
        "key": state.key,
        "limits": dict(state.limits),
        "rules": dict(state.rules),
        "findings": [
            [rule, mark, path_text(at), in_head] for (rule, mark, at), in_head in sorted(state.findings.items())
        ],
        "hits": {object_id: [hit_to_list(hit) for hit in hits] for object_id, hits in sorted(state.hits.items())},
        "skipped": [list(item) for item in state.skipped],
        "covered": None if covered is None else _covered_to_dict(covered),
    }
    runs = () if covered is None else covered.ids.runs
    parts = [json.dumps(head, separators=(",", ": ")).encode(), b"\n", *runs]
    checksum = hashlib.sha256()
    for part in parts:
        checksum.update(part)
    return [*parts, b"\n%s\n" % checksum.hexdigest().encode()]


def decode(data: bytes) -> State:
    """Return the state that a file holds.

    Raises:
        InvalidInput: If it is damaged, is no state, or was written by a later version.
    """
    if not data.startswith(_BEGINNING):
        raise InvalidInput("This file is no state of a scan.", hint="Name another file.")
    try:
        body, end = memoryview(data)[:-_END_BYTES], data[-_END_BYTES:]
        if end != b"\n%s\n" % hashlib.sha256(body).hexdigest().encode():
            raise Damaged
        begin = data.index(b"\n") + 1
        fields = Fields(json.loads(data[:begin]))
        _refuse_other_versions(fields.number("becaState"))
        return _state(fields, body[begin:])
    except (ValueError, TypeError, RecursionError):
        raise InvalidInput("The state is damaged.", hint=_HINT) from None


def _refuse_other_versions(version: int) -> None:
    if version != VERSION:
        raise InvalidInput(
            "The state was written by another version of BECA, in a form that this one does not know.", hint=_HINT
        )


def _state(fields: Fields, ids: memoryview) -> State:
    from beca_core.state import State

    covered = fields.optional("covered")
    return State(
        scope=fields.text("scope"),
        key=fields.text("key"),
        limits=fields.numbers("limits"),
        rules=fields.numbers("rules"),
        findings=dict(_finding(item) for item in fields.array("findings")),
        hits={object_id: tuple(map(hit_of, listed(hits))) for object_id, hits in fields.object("hits").items()},
        skipped=tuple((text(object_id), text(reason)) for object_id, reason in map(listed, fields.array("skipped"))),
        covered=None if covered is None else _covered(Fields(covered), ids),
        detection=fields.number("detection"),
    )


def _finding(item: Any) -> tuple[tuple[str, str, bytes], bool]:
    rule, mark, at, in_head = listed(item)
    return (text(rule), text(mark), path(at)), flag(in_head)


def _covered_to_dict(covered: Covered) -> dict[str, Any]:
    return {
        "width": covered.ids.width,
        "runs": [len(run) for run in covered.ids.runs],
        "packs": sorted(covered.packs),
        "loose": b" ".join(sorted(covered.loose)).decode(),
        "again": sorted(covered.again),
        "gaps": covered.has_gaps,
        "whereabouts": None if covered.whereabouts is None else whereabouts_to_dict(covered.whereabouts),
    }


def _covered(fields: Fields, ids: memoryview) -> Covered:
    width = fields.number("width")
    whereabouts = fields.optional("whereabouts")
    return Covered(
        packs=frozenset(map(text, fields.array("packs"))),
        loose=frozenset(fields.text("loose").encode().split()),
        ids=Ids(_runs(ids, [number(length) for length in fields.array("runs")], width), width),
        again=frozenset(map(text, fields.array("again"))),
        has_gaps=fields.flag("gaps"),
        whereabouts=None if whereabouts is None else whereabouts_of(Fields(whereabouts)),
    )


def _runs(ids: memoryview, lengths: list[int], width: int) -> list[bytes]:
    if width not in _ID_WIDTHS or sum(lengths) != len(ids) or any(length < 0 or length % width for length in lengths):
        raise Damaged
    ends = list(accumulate(lengths))
    return [bytes(ids[end - length : end]) for end, length in zip(ends, lengths, strict=True)]
