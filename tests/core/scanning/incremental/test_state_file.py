"""States on disk: they are loaded as they were saved, hold no secret, and are refused if they are incomplete."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.errors import InvalidInput
from beca_core.findings import Confidence, FindingPart, Position, Severity
from beca_core.state.checkpoint import Attribution, Checkpoint, Ids
from beca_core.state.hit import Hit
from beca_core.state.renaming import renamed
from beca_core.state.state import LaggingRules, RepositoryOrigin, State, decode, encode, key_digest
from tests.core.scanning.incremental.test_rescan_properties import scan
from tests.core.scanning.incremental.worlds import CONTENTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.core.scanning.incremental.worlds import World

ID = b"0123456789" * 4
HIT = Hit("word", Position(1, 2), Position(1, 9), b"", Confidence.LOW, ("hex",), b"in\xff", "f" * 64, "swor...(9)")
HIT = HIT._replace(
    severity=Severity.HIGH,
    variant="test",
    parts=(FindingPart("key-id", Position(3, 4), Position(3, 9), "abcde", public=True),),
    attributes=(("region", "eu"),),
)
PLACES = Attribution(
    head=ID,
    tips=(ID, ID[::-1]),
    shallow=(ID.decode(),),
    targets={ID: None, ID[::-1]: b""},
    ages={(ID, b"a\xff\n"): ((False, 5, ID), (True, 7, ID[::-1]))},
    at_head=frozenset({(ID, b"a\xff\n"), (ID, b"b")}),
    corrected={ID: 9},
)
COVERED = Checkpoint(
    packs=frozenset({"ab-3"}),
    loose=frozenset({ID}),
    ids=Ids([bytes(20) + b"\n" * 20, b"\xff" * 20], 20),
    unread=frozenset({ID.decode()}),
    has_missing=True,
    attribution=PLACES,
)
STATE = State(
    scope="history",
    key=key_digest(b"key"),
    limits={"max_blob_bytes": 5},
    findings={("word", "f" * 64, b"a\xff\n"): True},
    rules={"word": "a" * 64},
    hits={ID.decode(): (HIT,)},
    skipped=((ID.decode(), "too-large"),),
    checkpoint=COVERED,
    lagging=(LaggingRules({"late": "b" * 64}, Ids([b"\xff" * 20], 20)), LaggingRules({"later": "c" * 64}, Ids([], 20))),
    origin=RepositoryOrigin("d" * 64, ("e" * 64,), (ID,)),
    superseded={("word", "f" * 64, b"a\xff\n"): (("generic", "1" * 64),)},
)
SAVED = b"".join(encode(STATE))


def ids_of(state: State) -> set[bytes]:
    assert state.checkpoint is not None
    return set(state.checkpoint.ids)


def test_a_state_is_loaded_as_it_was_saved(tmp_path: Path) -> None:
    STATE.save(tmp_path / "state")
    loaded = State.load(tmp_path / "state")
    assert b"".join(encode(loaded)) == SAVED
    assert (loaded.findings, loaded.hits, loaded.rules) == (STATE.findings, STATE.hits, STATE.rules)
    assert (loaded.lagging, loaded.origin, loaded.superseded) == (STATE.lagging, STATE.origin, STATE.superseded)
    assert ids_of(loaded) == ids_of(STATE)
    assert loaded.checkpoint is not None
    assert loaded.checkpoint.attribution == PLACES


def test_a_real_state_is_loaded_and_holds_no_secret(world: World, tmp_path: Path) -> None:
    state = scan(world).state
    assert state is not None
    state.save(tmp_path / "state")
    data = b"".join(encode(State.load(tmp_path / "state")))
    assert b"".join(encode(state)) == data
    assert not [word for content in CONTENTS for word in (b"swordfish-", b"marlin-") if word in data]


def test_a_state_in_plain_text_is_loaded_too(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(SAVED)
    assert b"".join(encode(State.load(tmp_path / "state"))) == SAVED


def test_nobody_else_can_read_it_and_it_replaces_an_earlier_one(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("of before")
    (tmp_path / "state").chmod(0o644)
    STATE.save(tmp_path / "state")
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["state"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "state")
    STATE.save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert State.load(tmp_path / "state").scope == "history"


def test_a_failure_to_write_is_raised_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be written"):
        STATE.save(tmp_path / "nowhere" / "state")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not the state"),
        (b"{}", "not the state"),
        (b"PACK\0\0\0\2", "not the state"),
        (b'{"becaState": ', "damaged"),
        (SAVED[:-1], "damaged"),
        (SAVED + b"\n", "damaged"),
        (SAVED[:100] + SAVED[101:], "damaged"),
    ],
)
def test_an_incomplete_state_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        decode(content)


@given(st.integers(0, len(SAVED) - 1), st.integers(1, 255))
def test_a_changed_byte_is_detected(position: int, change: int) -> None:
    damaged = bytearray(SAVED)
    damaged[position] ^= change
    with pytest.raises(InvalidInput):
        decode(bytes(damaged))


def rewritten(member: str, value: object) -> bytes:
    """The state with another value of a member, and a matching checksum."""
    begin = SAVED.index(b"\n") + 1
    head = json.loads(SAVED[:begin])
    at = head
    *way, name = member.split(".")
    for step in way:
        at = at[step]
    at[name] = value
    return _sealed(json.dumps(head, separators=(",", ": ")).encode() + b"\n" + SAVED[begin:-66])


def _sealed(body: bytes) -> bytes:
    import hashlib

    return b"%s\n%s\n" % (body, hashlib.sha256(body).hexdigest().encode())


def test_a_later_version_is_refused() -> None:
    with pytest.raises(InvalidInput, match="another version of BECA"):
        decode(rewritten("becaState", 4))


def test_of_a_state_that_knows_rules_by_their_versions_only_the_findings_are_used() -> None:
    """After an upgrade everything is read again, and nothing that was known is new."""
    known = decode(rewritten("becaState", 1))
    assert known.findings == STATE.findings
    assert (known.rules, known.hits, known.checkpoint) == ({}, {}, None)
    assert (known.scope, known.key) == (STATE.scope, STATE.key)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("scope", 1),
        ("key", None),
        ("limits", {"max_blob_bytes": "5"}),
        ("limits", []),
        ("rules", {"word": True}),
        ("rules", {"word": 3}),
        ("lagging", [["late", []]]),
        ("lagging", [[{"late": 3}, [20]], [{"later": "c"}, []]]),
        ("lagging", [[{"late": "b"}, [40]]]),
        ("lagging", []),
        ("origin", ["d", "e", "0" * 40]),
        ("origin", ["d", ["e"], "012"]),
        ("origin", ["d"]),
        ("findings", [["word", "f", "a"]]),
        ("findings", [["word", "f", "a", 1]]),
        ("findings", [["word", "f", "\ud800", True]]),
        ("hits", {"x": [[]]}),
        ("hits", {"x": [["word", [1, 2, 3], "LOW", [], "", "f", "r"]]}),
        ("hits", {"x": [["word", [1, 2, 3, 4], "SOME", [], "", "f", "r"]]}),
        ("skipped", [["x"]]),
        ("covered", 5),
        ("covered.width", 19),
        ("covered.runs", [20]),
        ("covered.runs", [-20, 80]),
        ("covered.runs", [30, 30]),
        ("covered.packs", [1]),
        ("covered.gaps", 0),
        ("covered.whereabouts.head", "abc"),
        ("covered.whereabouts.head", "g" * 40),
        ("covered.whereabouts.tips", "0123"),
        ("covered.whereabouts.ages", [[0, 1, "0" * 40]]),
        ("covered.whereabouts.places", [["0" * 40, "a", True, [7]]]),
        ("covered.whereabouts.places", [["0" * 40, "a", True, [-1]]]),
        ("covered.whereabouts.late", {"x": 1}),
        ("covered.whereabouts.commits", [["0" * 40, "Ada", "yesterday"]]),
        ("covered.whereabouts.commits", [["0" * 40, "Ada", "2026-01-01T00:00:00"]]),
    ],
)
def test_a_member_of_the_wrong_type_is_refused(member: str, value: object) -> None:
    with pytest.raises(InvalidInput, match="damaged"):
        decode(rewritten(member, value))


@pytest.mark.parametrize("member", ["scope", "covered", "detection", "hits"])
def test_a_missing_member_is_refused(member: str) -> None:
    begin = SAVED.index(b"\n") + 1
    head = json.loads(SAVED[:begin])
    del head[member]
    with pytest.raises(InvalidInput, match="damaged"):
        decode(_sealed(json.dumps(head, separators=(",", ": ")).encode() + b"\n" + SAVED[begin:-66]))


def test_a_deep_nest_is_refused() -> None:
    with pytest.raises(InvalidInput, match="damaged"):
        decode(_sealed(b'{"becaState": ' + b"[" * 100_000 + b"\n"))


def test_a_path_that_is_not_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="': The state is not a regular file"):
        State.load(tmp_path)
    with pytest.raises(InvalidInput, match="cannot be read"):
        State.load(tmp_path / "nowhere")


@given(st.lists(st.lists(st.binary(min_size=20, max_size=20)), max_size=12), st.binary(min_size=20, max_size=20))
def test_ids_are_stable(parts: list[list[bytes]], other: bytes) -> None:
    ids = Ids([b"".join(sorted(part)) for part in parts], 20)
    held = {object_id for part in parts for object_id in part}
    assert set(ids) == held
    assert all(object_id in ids for object_id in held)
    assert (other in ids) == (other in held)
    assert len(ids.runs) <= 8


def test_a_state_of_the_version_before_is_read_in_full() -> None:
    """Its hits lack what is new: they have at most whether they are truncated."""
    begin = SAVED.index(b"\n") + 1
    head = json.loads(SAVED[:begin])
    head["becaState"] = 2
    del head["superseded"]
    (hits,) = head["hits"].values()
    plain = hits[0][:7]
    hits[:] = [plain, [*plain, True]]
    older = decode(_sealed(json.dumps(head, separators=(",", ": ")).encode() + b"\n" + SAVED[begin:-66]))
    simple = HIT._replace(severity=None, variant="", parts=(), attributes=())
    assert older.hits == {ID.decode(): (simple._replace(truncated=False), simple._replace(truncated=True))}
    assert older.superseded == {}
    assert (older.findings, older.rules, older.lagging) == (STATE.findings, STATE.rules, STATE.lagging)
    assert older.checkpoint is not None
    assert older.checkpoint.attribution == PLACES
    assert b"".join(encode(decode(b"".join(encode(older))))) == b"".join(encode(older))


@pytest.mark.parametrize(
    "more", [7, {"severity": "NONE"}, {"parts": [["a"]]}, {"parts": {}}, {"attributes": [["a"]]}, {"truncated": 1}]
)
def test_hits_with_damaged_members_are_refused(more: object) -> None:
    begin = SAVED.index(b"\n") + 1
    (hits,) = json.loads(SAVED[:begin])["hits"].values()
    with pytest.raises(InvalidInput, match="damaged"):
        decode(rewritten("hits", {ID.decode(): [[*hits[0][:7], more]]}))


def test_rules_have_their_present_names() -> None:
    renamed_state = renamed(STATE, {"word": "term", "late": "later", "generic": "general"})
    ((key, in_head),) = renamed_state.findings.items()
    assert (key, in_head) == (("term", "f" * 64, b"a\xff\n"), True)
    assert renamed_state.rules == {"term": "a" * 64}
    assert [hit.rule_id for hits in renamed_state.hits.values() for hit in hits] == ["term"]
    assert renamed_state.superseded == {key: (("general", "1" * 64),)}
    assert [dict(lagging.rules) for lagging in renamed_state.lagging] == [{}, {"later": "c" * 64}]


def test_of_two_names_of_a_rule_the_newest_has_the_hits() -> None:
    other = HIT._replace(rule_id="late")
    both = replace(STATE, hits={ID.decode(): (HIT, other)})
    for ids, kept in (({"word": "late"}, [other]), ({"late": "new", "word": "new"}, [HIT]), ({"late": "word"}, [HIT])):
        found = [hit._replace(rule_id="") for hits in renamed(both, ids).hits.values() for hit in hits]
        assert found == [hit._replace(rule_id="") for hit in kept]
