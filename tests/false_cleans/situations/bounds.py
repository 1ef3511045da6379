"""Limits: what a scan does not read because of one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from beca_core.testing import random_text
from tests.core.sources.archives.making import zipped
from tests.core.sources.conftest import Repo
from tests.false_cleans.planting import FILLER, token, token_text
from tests.false_cleans.situation import Case, Situation, Way

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MIB: Final = 1024 * 1024
_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_END_SECONDS: Final = 30.0
"""Starting, a second that a limit may be late, and a busy machine."""


def _large_blob(root: Path) -> Case:
    text = token_text("large-blob", before=FILLER * 400)
    Repo(root).commit({"large.txt": text.data}, "large")
    return Case(root, text.secret, text.spot.within("large.txt"))


def _without_place(root: Path) -> Case:
    """A scan that finds no places names the object instead of the path."""
    return replace(_large_blob(root), spot=None)


def _large_text(root: Path) -> Case:
    return token_text("large-text", before=FILLER * 400).in_file(root / "large.txt")


def _behind_others(root: Path) -> Case:
    """The secret is in the last of many files."""
    text = token_text("behind-others")
    for number in range(200):
        (root / f"{number:03}.txt").write_text(FILLER * 40 + str(number))
    return replace(text.in_file(root / "zz.env"), target=root)


def _much_history(root: Path) -> Case:
    text = token_text("much-history")
    repo = Repo(root)
    noise = {f"{number:03}.txt": random_text("abcdef \n", 40_000, number) for number in range(60)}
    repo.commit({**noise, "zz.env": text.data}, "all")
    return Case(root, text.secret)


def _member(root: Path) -> Case:
    text = token_text("member")
    files = {f"{number:03}.txt": FILLER.encode() * 40 for number in range(50)}
    return text.in_file(root / "all.zip", zipped({**files, "zz.env": text.data}))


def _nested_member(root: Path) -> Case:
    text = token_text("nested-member")
    return text.in_file(root / "all.zip", zipped({"inner.zip": zipped({"app.env": text.data})}))


def _many_matches(root: Path) -> Case:
    """More secrets than the limit; which ones are listed is not promised."""
    lines = "".join(f"TOKEN_{number} = {token(f'many{number}').value.decode()}\n" for number in range(30))
    text = token_text("many-matches", before=lines)
    return replace(text.in_file(root / "tokens.txt"), spot=None)


def _dense(root: Path) -> Case:
    """Twenty megabytes of one word of a rule, and a secret of another rule in the next file."""
    text = token_text("dense")
    (root / "dense.txt").write_bytes(b"private_key " * (20 * _MIB // 12))
    return replace(text.in_file(root / "zz.env"), target=root)


def _dense_key_ids(root: Path) -> Case:
    """Key ids that a scanner has to judge, each with its neighbours."""
    text = token_text("dense-ids")
    ids = "\n".join("AKIA" + random_text(_BASE32, 16, number) for number in range(200))
    secrets = "\n".join(random_text(_BASE32.lower() + _BASE32 + "0189+/", 40, number) for number in range(200))
    block = "\n".join(f"{first} {second}" for first, second in zip(ids.split("\n"), secrets.split("\n"), strict=True))
    (root / "ids.txt").write_text(block * (6 * _MIB // len(block)))
    return replace(text.in_file(root / "zz.env"), target=root)


def _limited(name: str, build: Callable[[Path], Case], honest: str, limits: dict[str, float], **more: Any) -> Situation:
    return Situation(name, build, (honest,), limits=limits, **more)


SITUATIONS: Final = [
    _limited("blob-above-the-limit", _large_blob, "skipped:too-large", {"max_blob_bytes": 4096}),
    _limited("text-above-the-limit", _large_text, "skipped:too-large", {"max_blob_bytes": 4096}, texts=True),
    _limited("bytes-of-the-scan", _behind_others, "skipped:scan-limit", {"scan_bytes": 100_000}),
    _limited("bytes-of-a-history", _much_history, "skipped:scan-limit", {"scan_bytes": 100_000}),
    _limited("one-byte", _behind_others, "skipped:scan-limit", {"scan_bytes": 1}),
    _limited(
        "time-of-a-history",
        _much_history,
        "skipped:timeout",
        {"scan_seconds": 0.001},
        without={Way.REST: "the server needs more time to start a scan, and kills it"},
    ),
    _limited(
        "time-of-files",
        _dense,
        "skipped:timeout",
        {"scan_seconds": 0.001},
        without={Way.REST: "the server needs more time to start a scan, and kills it"},
    ),
    _limited(
        "time-with-dense-words",
        _dense,
        "skipped:timeout",
        {"scan_seconds": 1.5},
        seconds=_END_SECONDS,
        without={Way.REST: "the server counts its fetch too"},
    ),
    _limited(
        "time-with-dense-key-ids",
        _dense_key_ids,
        "skipped:timeout",
        {"scan_seconds": 1.5},
        seconds=_END_SECONDS,
        without={Way.REST: "the server counts its fetch too"},
    ),
    _limited("time-on-the-server", _dense_key_ids, "skipped:timeout", {"scan_seconds": 8}, seconds=40.0),
    _limited("time-for-places", _without_place, "skipped:unattributed", {"locate_seconds": 0.001}),
    _limited("members-of-an-archive", _member, "skipped:archive-limit", {"archive_members": 3}, texts=True),
    _limited("bytes-of-an-archive", _member, "skipped:archive-limit", {"archive_bytes": 5000}, texts=True),
    _limited("depth-of-an-archive", _nested_member, "skipped:archive-limit", {"archive_depth": 1}, texts=True),
    _limited("no-archives", _member, "omitted:archive", {"archive_depth": 0}, texts=True),
    _limited("findings-of-the-scan", _many_matches, "unlisted:*", {"max_findings": 5}, texts=True),
]
