"""Archives and other containers: what is opened, what is damaged, what is locked, and what no reader knows."""

from __future__ import annotations

import bz2
import io
import lzma
import zipfile
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.core.sources.archives.making import AES, CONTAINERS, PACKERS, Member, gz, raw_zip, tarred, zipped
from tests.core.sources.conftest import Repo
from tests.false_cleans.planting import token_text
from tests.false_cleans.situation import Case, Situation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.false_cleans.planting import Text

_NAME: Final = "inner/app.env"
_NOISE: Final = bytes(range(256)) * 64
_ENCRYPTED: Final = 1
_SAID: Final = ("skipped:*", "omitted:*", "accepted:*")


def _archived(name: str, make: Callable[[Text], bytes], root: Path) -> Case:
    text = token_text(name)
    return text.in_file(root / name, make(text))


def _text_after_a_gz(root: Path) -> Case:
    """Text after the end of what was compressed; lines are those of the file."""
    text = token_text("text-after-a-gz")
    before = gz(b"nothing here") + b"\n"
    spot = replace(text.spot, line=text.spot.line + before.count(b"\n"))
    return replace(text.in_file(root / "rest.gz", before + text.data), spot=spot)


def _nested(text: Text, depth: int) -> bytes:
    data = text.data
    for level in range(depth):
        data = zipped({f"level{level}.zip" if level else "app.env": data})
    return data


def _encrypted(text: Text, method: int = 0) -> bytes:
    noise = bytes(byte ^ 0x5A for byte in text.data)
    return raw_zip([Member(b"app.env", noise, method, len(text.data), flags=_ENCRYPTED)])


def _truncated(container: str, text: Text) -> bytes:
    """An archive that ends before the member with the secret."""
    whole = CONTAINERS[container]({"noise.bin": _NOISE * 40, "app.env": text.data})
    return whole[: len(whole) // 3]


def _unknown_method(text: Text) -> bytes:
    packed = bytes(byte ^ 0x5A for byte in text.data)
    return raw_zip([Member(b"app.env", packed, 97, len(text.data))])


def _hidden_member(text: Text) -> bytes:
    """A member that the directory at the end of the zip does not list."""
    hidden = zipped({"app.env": text.data})
    body = hidden[: hidden.index(b"PK\1\2")]
    listed = raw_zip([Member(b"README", b"nothing here", size=12)])
    end = bytearray(listed)
    directory = end.rindex(b"PK\1\2")
    at = int.from_bytes(end[-6:-2], "little")
    end[directory + 42 : directory + 46] = len(body).to_bytes(4, "little")
    end[-6:-2] = (at + len(body)).to_bytes(4, "little")
    return body + bytes(end)


def _zip_after_a_script(text: Text) -> bytes:
    """A program for Python, for example: a line that names the interpreter, and a zip."""
    return b"#!/usr/bin/env python3\n" + zipped({_NAME: text.data})


def _gz_after_text(text: Text) -> bytes:
    return b"#!/bin/sh\nexec tail -n +3 $0 | gunzip\n" + gz(text.data)


def _several_gz(text: Text) -> bytes:
    return gz(b"no line end") + gz(b"\x20") + gz(text.data)


def _two_tars(text: Text) -> bytes:
    return tarred({"README": b"nothing here\n"}) + tarred({_NAME: text.data})


def _zip_comment(text: Text) -> bytes:
    return raw_zip([Member(b"README", b"nothing here", size=12)], comment=text.data)


def _debian_package(text: Text) -> bytes:
    """An `ar` of two compressed tars."""
    data = lzma.compress(tarred({"etc/app.env": text.data}))
    parts = {
        "debian-binary": b"2.0\n",
        "control.tar.xz": lzma.compress(tarred({"control": b"x\n"})),
        "data.tar.xz": data,
    }
    package = b"!<arch>\n"
    for name, content in parts.items():
        header = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
        package += header + content + b"\n" * (len(content) % 2)
    return package


def _seven_zip(text: Text) -> bytes:
    """The signature of a 7z, its header, and packed bytes."""
    packed = lzma.compress(text.data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2}])
    return b"7z\xbc\xaf\x27\x1c\0\4" + bytes(24) + packed


def _bundle(root: Path) -> Case:
    text = token_text("bundle")
    repo = Repo(root / "repository")
    repo.commit({"app.env": text.data}, "leak")
    (root / "backup").mkdir()
    repo.git("bundle", "create", "--quiet", str(root / "backup" / "all.bundle"), "--all")
    return Case(root / "backup" / "all.bundle", text.secret)


def _docker_image(text: Text) -> bytes:
    layer = gz(tarred({"app/app.env": text.data}))
    return tarred({"manifest.json": b"[]", "blobs/sha256/0f": layer})


def _zip_with_lzma(text: Text) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(_NAME, text.data)
    return file.getvalue()


def _named(name: str, file: str, make: Callable[[Text], bytes], honest: tuple[str, ...] = ()) -> Situation:
    return Situation(name, partial(_archived, file, make), honest, texts=True, is_fast=True)


def _container(suffix: str) -> Situation:
    return _named(f"member-of-{suffix}", f"export.{suffix}", lambda text: CONTAINERS[suffix]({_NAME: text.data}))


SITUATIONS: Final = [
    *(_container(suffix) for suffix in CONTAINERS),
    *(
        _named(f"single-{suffix}", f"app.env.{suffix}", lambda text, pack=pack: pack(text.data))
        for suffix, pack in PACKERS.items()
    ),  # type: ignore[misc]
    _named("member-of-jar", "app.jar", lambda text: zipped({"META-INF/MANIFEST.MF": b"x\n", _NAME: text.data})),
    _named("zip-with-lzma", "lzma.zip", _zip_with_lzma),
    _named("zip-in-a-tar-gz", "nested.tar.gz", lambda text: gz(tarred({"a.zip": zipped({_NAME: text.data})}))),
    _named("archives-four-deep", "deep.zip", lambda text: _nested(text, 4)),
    _named("archives-five-deep", "deeper.zip", lambda text: _nested(text, 5), ("skipped:archive-limit",)),
    _named("encrypted-zip", "locked.zip", _encrypted, ("skipped:encrypted",)),
    _named("encrypted-zip-with-aes", "aes.zip", lambda text: _encrypted(text, AES), ("skipped:encrypted",)),
    _named("truncated-zip", "cut.zip", partial(_truncated, "zip"), ("skipped:unreadable",)),
    _named("truncated-tar-gz", "cut.tar.gz", partial(_truncated, "tar.gz"), ("skipped:unreadable",)),
    _named("truncated-tar", "cut.tar", partial(_truncated, "tar"), ("skipped:unreadable",)),
    _named("truncated-xz", "cut.xz", lambda text: lzma.compress(_NOISE + text.data)[:60], ("skipped:unreadable",)),
    _named("truncated-bz2", "cut.bz2", lambda text: bz2.compress(_NOISE + text.data)[:60], ("skipped:unreadable",)),
    _named("zip-of-unknown-method", "method.zip", _unknown_method, _SAID),
    _named("member-that-no-directory-lists", "hidden.zip", _hidden_member, _SAID),
    _named("zip-after-a-script", "tool.pyz", _zip_after_a_script, _SAID),
    _named("gz-after-a-script", "install.run", _gz_after_text, _SAID),
    _named("second-gz-of-a-file", "two.gz", _several_gz),
    Situation("text-after-a-gz", _text_after_a_gz, _SAID, texts=True, is_fast=True),
    _named("second-tar-of-a-file", "two.tar", _two_tars, _SAID),
    _named("comment-of-a-zip", "comment.zip", _zip_comment, _SAID),
    _named("image-of-a-container", "image.tar", _docker_image),
    _named("debian-package", "app.deb", _debian_package, _SAID),
    _named("seven-zip", "app.7z", _seven_zip, _SAID),
    Situation("git-bundle", _bundle, _SAID, texts=True),
]
