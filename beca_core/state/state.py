"""`State`: what a scan read and found, from which the next scan of the same target resumes.

It holds no secret in clear: fingerprints, previews and positions only.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from beca_core.errors import InvalidInput, quoted_path
from beca_core.state.checkpoint import Checkpoint, Ids
from beca_core.state.fields import (
    DamagedState,
    Fields,
    as_list,
    as_object_ids,
    as_path,
    flag,
    number,
    path_text,
    text,
)
from beca_core.state.records import attribution_from_dict, attribution_to_dict, hit_from_list, hit_to_list
from beca_core.system.private_files import write_private
from beca_core.system.veil import veil

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from beca_core.state.hit import Hit

DETECTION_VERSION: Final = 4
"""Increased whenever BECA finds something else in the same bytes with the same rules; then everything is read again."""

VERSION: Final = 3
_READABLE: Final = frozenset((2, 3))
_KNOWN_FINDINGS: Final = frozenset((1,))
"""Versions of which only the findings are used: they know rules by versions, which do not say what the rules match."""
_BEGINNING: Final = b'{"becaState": '
_ID_WIDTHS: Final = (20, 32)
_END_BYTES: Final = 66
"""The last line: a line end, 64 digits, a line end."""

_HINT: Final = "Delete it to scan everything, or name another file."
_MAX_BYTES: Final = 1024**3
_KEY_MARK: Final = b"beca.state.v1"

FindingKey: TypeAlias = tuple[str, str, bytes]
"""Rule id, fingerprint and path: two findings of two scans are the same if these are equal."""

Secrets: TypeAlias = tuple[tuple[str, str], ...]
"""Rule ids and fingerprints: what less specific rules have found of a secret."""


class LaggingRules(NamedTuple):
    """Rules that took no part in some scans, and so have not seen all objects of the checkpoint.

    Args:
        rules: Digest of each rule, by id.
        unseen: The objects that they have not seen.
    """

    rules: Mapping[str, str]
    unseen: Ids


class RepositoryOrigin(NamedTuple):
    """What says where a repository is, each as a keyed digest; empty: not known.

    Args:
        path: Of its directory.
        urls: Of its remotes.
        objects: Hexadecimal ids of some of its objects, if there is no checkpoint.
    """

    path: str = ""
    urls: tuple[str, ...] = ()
    objects: tuple[bytes, ...] = ()


_NOWHERE: Final = RepositoryOrigin()


@dataclass(frozen=True, slots=True, repr=False)
class State:
    """What a scan read and found.

    Args:
        scope: The scope of the scan, a value of `Scope`.
        key: `key_digest` of the fingerprint key.
        limits: The limits that decide what is read, by name.
        findings: The findings that were reported, and whether each was at HEAD.
        rules: Digest of each rule that has seen everything in `checkpoint`, by id; see `PluginRegistry.digests`.
        hits: What those and the lagging rules found, by object id.
        skipped: Ids of what will not be readable another time either, with the reason.
        checkpoint: What was read; None: the next scan has to read everything.
        detection: The `DETECTION_VERSION` of the scan.
        lagging: The rules that have not seen everything in `checkpoint`.
        origin: Where the repository was.
        superseded: What less specific rules have found of the secrets of some of the findings, as a whole or more.
    """

    scope: str
    key: str
    limits: Mapping[str, int]
    findings: Mapping[FindingKey, bool]
    rules: Mapping[str, str] = field(default_factory=dict)
    hits: Mapping[str, tuple[Hit, ...]] = field(default_factory=dict)
    skipped: tuple[tuple[str, str], ...] = ()
    checkpoint: Checkpoint | None = None
    detection: int = DETECTION_VERSION
    lagging: tuple[LaggingRules, ...] = ()
    origin: RepositoryOrigin = _NOWHERE
    superseded: Mapping[FindingKey, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    def __repr__(self) -> str:
        read = "nothing to resume from" if self.checkpoint is None else f"objects: {len(self.checkpoint.ids):,}"
        return f"<State: {self.scope}, findings: {len(self.findings):,}, {read}>"

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> State:
        """Read a state that was saved.

        Raises:
            InvalidInput: If it cannot be read, is damaged, is not a state, or was saved by a later version of BECA.
        """
        try:
            return decode(_read(Path(path)))
        except InvalidInput as error:
            raise InvalidInput(f"{quoted_path(path)}: {error.message}", hint=error.hint) from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to a file that only its owner can read; an existing file is replaced atomically.

        Raises:
            InvalidInput: If it cannot be written there.
        """
        try:
            write_private(Path(os.path.realpath(path)), map(veil, encode(self)))
        except OSError as error:
            raise InvalidInput(f"The state cannot be written to {quoted_path(path)}: {error.strerror}.") from None


def key_digest(key: bytes) -> str:
    """Return a digest that says whether two fingerprint keys are the same, and reveals nothing else about them."""
    return hmac.digest(key, _KEY_MARK, "sha256").hex()


def _read(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise InvalidInput("The state is not a regular file.", hint="Name a file that a scan may write.")
        with path.open("rb") as file:
            data = file.read() if os.fstat(file.fileno()).st_size <= _MAX_BYTES else None
    except OSError as error:
        raise InvalidInput(f"The state cannot be read: {error.strerror}.") from None
    if data is None:
        raise InvalidInput("The file is too large to be the state of a scan.", hint="Delete it to scan everything.")
    return data if data.startswith(_BEGINNING) else veil(data)


def encode(state: State) -> list[bytes]:
    """Return the content of a state file before it is veiled, in parts: the ids can take many megabytes."""
    import json  # only scans with a state need it

    checkpoint = state.checkpoint
    head = {
        "becaState": VERSION,
        "detection": state.detection,
        "scope": state.scope,
        "key": state.key,
        "limits": dict(state.limits),
        "rules": dict(state.rules),
        "findings": [
            [rule, fingerprint, path_text(path), in_head]
            for (rule, fingerprint, path), in_head in sorted(state.findings.items())
        ],
        "superseded": [
            [rule, fingerprint, path_text(path), [list(other) for other in others]]
            for (rule, fingerprint, path), others in sorted(state.superseded.items())
        ],
        "hits": {object_id: [hit_to_list(hit) for hit in hits] for object_id, hits in sorted(state.hits.items())},
        "skipped": [list(item) for item in state.skipped],
        "covered": None if checkpoint is None else _checkpoint_to_dict(checkpoint),
        "lagging": [[dict(rules), [len(run) for run in unseen.runs]] for rules, unseen in state.lagging],
        "origin": [state.origin.path, list(state.origin.urls), b" ".join(state.origin.objects).decode()],
    }
    sets = [] if checkpoint is None else [checkpoint.ids, *(lagging.unseen for lagging in state.lagging)]
    runs = [run for ids in sets for run in ids.runs]
    parts = [json.dumps(head, separators=(",", ": ")).encode(), b"\n", *runs]
    checksum = hashlib.sha256()
    for part in parts:
        checksum.update(part)
    return [*parts, b"\n%s\n" % checksum.hexdigest().encode()]


def decode(data: bytes) -> State:
    """Return the state that a file holds, from its content without the veil.

    Raises:
        InvalidInput: If it is damaged, is not a state, or was written by a later version.
    """
    import json

    if not data.startswith(_BEGINNING):
        raise InvalidInput("The file is not the state of a scan.", hint="Name another file.")
    try:
        body, end = memoryview(data)[:-_END_BYTES], data[-_END_BYTES:]
        if end != b"\n%s\n" % hashlib.sha256(body).hexdigest().encode():
            raise DamagedState
        begin = data.index(b"\n") + 1
        fields = Fields(json.loads(data[:begin]))
        version = fields.number("becaState")
        if version in _KNOWN_FINDINGS:
            return _findings_only(fields)
        _refuse_later_versions(version)
        return _state(fields, body[begin:])
    except (ValueError, TypeError, RecursionError):
        raise InvalidInput("The state is damaged.", hint=_HINT) from None


def _refuse_later_versions(version: int) -> None:
    if version not in _READABLE:
        raise InvalidInput(
            "The state was written by another version of BECA, in a format that this version does not know.", hint=_HINT
        )


def _findings_only(fields: Fields) -> State:
    """Return a state with which everything is read again, and which knows what was found before."""
    return State(
        scope=fields.text("scope"),
        key=fields.text("key"),
        limits=fields.numbers("limits"),
        findings=dict(_finding(item) for item in fields.array("findings")),
    )


def _state(fields: Fields, ids: memoryview) -> State:
    covered = fields.optional("covered")
    checkpoint = None if covered is None else _checkpoint(Fields(covered), ids)
    return replace(
        _findings_only(fields),
        rules=fields.texts("rules"),
        hits={object_id: tuple(map(hit_from_list, as_list(hits))) for object_id, hits in fields.object("hits").items()},
        skipped=tuple((text(object_id), text(reason)) for object_id, reason in map(as_list, fields.array("skipped"))),
        checkpoint=checkpoint,
        detection=fields.number("detection"),
        lagging=() if checkpoint is None else tuple(_lagging(fields.array("lagging"), checkpoint, ids)),
        origin=_origin(fields.array("origin")),
        superseded=dict(map(_superseded, fields.array("superseded"))) if fields.number("becaState") > 2 else {},
    )


def _lagging(items: list[Any], checkpoint: Checkpoint, ids: memoryview) -> Iterator[LaggingRules]:
    begin = sum(map(len, checkpoint.ids.runs))
    for rules, lengths in map(as_list, items):
        sizes = [number(length) for length in as_list(lengths)]
        end = begin + sum(sizes)
        unseen = Ids(_runs(ids[begin:end], sizes, checkpoint.ids.width), checkpoint.ids.width)
        yield LaggingRules({text(rule): text(digest) for rule, digest in Fields(rules).items()}, unseen)
        begin = end
    if begin != len(ids):
        raise DamagedState


def _origin(items: list[Any]) -> RepositoryOrigin:
    path, urls, objects = items
    return RepositoryOrigin(text(path), tuple(map(text, as_list(urls))), as_object_ids(text(objects)))


def _finding(item: Any) -> tuple[tuple[str, str, bytes], bool]:
    rule, fingerprint, path, in_head = as_list(item)
    return (text(rule), text(fingerprint), as_path(path)), flag(in_head)


def _superseded(item: Any) -> tuple[FindingKey, Secrets]:
    rule, fingerprint, path, others = as_list(item)
    secrets = tuple((text(other), text(of_other)) for other, of_other in map(as_list, as_list(others)))
    return (text(rule), text(fingerprint), as_path(path)), secrets


def _checkpoint_to_dict(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "width": checkpoint.ids.width,
        "runs": [len(run) for run in checkpoint.ids.runs],
        "packs": sorted(checkpoint.packs),
        "loose": b" ".join(sorted(checkpoint.loose)).decode(),
        "again": sorted(checkpoint.unread),
        "gaps": checkpoint.has_missing,
        "whereabouts": None if checkpoint.attribution is None else attribution_to_dict(checkpoint.attribution),
    }


def _checkpoint(fields: Fields, ids: memoryview) -> Checkpoint:
    width = fields.number("width")
    lengths = [number(length) for length in fields.array("runs")]
    attribution = fields.optional("whereabouts")
    return Checkpoint(
        packs=frozenset(map(text, fields.array("packs"))),
        loose=frozenset(fields.text("loose").encode().split()),
        ids=Ids(_runs(ids[: sum(lengths)], lengths, width), width),
        unread=frozenset(map(text, fields.array("again"))),
        has_missing=fields.flag("gaps"),
        attribution=None if attribution is None else attribution_from_dict(Fields(attribution)),
    )


def _runs(ids: memoryview, lengths: list[int], width: int) -> list[bytes]:
    if width not in _ID_WIDTHS or sum(lengths) != len(ids) or any(length < 0 or length % width for length in lengths):
        raise DamagedState
    ends = list(accumulate(lengths))
    return [bytes(ids[end - length : end]) for end, length in zip(ends, lengths, strict=True)]
