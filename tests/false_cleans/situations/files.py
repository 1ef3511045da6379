"""Files of a directory, and texts: sizes, borders of chunks, long lines, links, and what cannot be opened."""

from __future__ import annotations

import os
from contextlib import chdir
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from beca_core.testing import random_text
from tests.false_cleans.planting import FILLER, Text, aws_key, key_text, pem_key, settings, token, token_text
from tests.false_cleans.situation import Case, Secret, Situation, Spot, Way

if TYPE_CHECKING:
    from pathlib import Path

MIB: Final = 1024 * 1024
CHUNK: Final = 16 * MIB
_NO_GIT: Final = {Way.REST: "git does not store this, so that no repository has it"}
_NAMED_IN_GIT: Final = {Way.REST: "a symbolic link in git is a text, and nothing is behind it"}

KEYWORD_PLUGIN: Final = """
    from beca_core import Confidence, Rule, Severity, hookimpl

    @hookimpl
    def beca_register_rules():
        return [
            Rule(
                id="with-keyword", version=1, description="A word", severity=Severity.HIGH,
                confidence=Confidence.HIGH, pattern=r"(?P<secret>zq[0-9a-f]{32})", keywords=("acme-cloud",),
            )
        ]
"""
LONG_PLUGIN: Final = """
    from beca_core import Confidence, Rule, Severity, hookimpl

    @hookimpl
    def beca_register_rules():
        return [
            Rule(
                id="long-word", version=1, description="A long word", severity=Severity.HIGH,
                confidence=Confidence.HIGH, pattern=r"(?P<secret>longword_[0-9a-f]{16,})", max_bytes=256,
            )
        ]
"""


def _lines_to(size: int) -> str:
    """Lines of exactly so many characters in all."""
    count, rest = divmod(size, len(FILLER))
    return FILLER * count + ("x" * (rest - 1) + "\n" if rest else "")


def _at_border(shift: int, root: Path) -> Case:
    """A token that begins so many bytes after (or before) the border of a chunk."""
    name = "API_TOKEN = "
    text = token_text(f"border{shift}", before=_lines_to(CHUNK + shift - len(name)), name=name)
    return text.in_file(root / "large.txt")


def _pem_over_border(root: Path) -> Case:
    secret = pem_key("border-pem", 1200)
    before = _lines_to(CHUNK - 700)
    text = Text(f"{before}{secret.value.decode()}\n", secret, Spot(before.count("\n") + 1, (1,)))
    return text.in_file(root / "large.pem")


def _aws_over_border(root: Path) -> Case:
    key_id, secret = aws_key("border-aws")
    text = settings(
        secret, before=_lines_to(CHUNK - 30) + f"aws_access_key_id = {key_id}\n", name="aws_secret_access_key = "
    )
    return text.in_file(root / "large.ini")


def _keyword_in_another_chunk(root: Path) -> Case:
    secret = Secret("with-keyword", f"zq{random_text('0123456789abcdef', 32, 'keyword')}".encode())
    text = settings(secret, before="# acme-cloud\n" + _lines_to(2 * CHUNK))
    return text.in_file(root / "large.txt")


def _long_secret(root: Path) -> Case:
    secret = Secret("long-word", f"longword_{random_text('0123456789abcdef', 3000, 'long')}".encode())
    return settings(secret).in_file(root / "app.env")


def _long_secret_in_a_long_line(root: Path) -> Case:
    secret = Secret("long-word", f"longword_{random_text('0123456789abcdef', 3000, 'long-line')}".encode())
    return settings(secret, name="x" * 900 + " ").in_file(root / "app.env")


def _large_pem(root: Path) -> Case:
    secret = pem_key("large-pem", 60_000)
    return Text(f"# key\n{secret.value.decode()}\n", secret, Spot(2, (1,))).in_file(root / "key.pem")


def _long_line(root: Path) -> Case:
    return token_text("long-line", before="", name="x" * (20 * MIB) + " ", after=" " + "y" * MIB).in_file(
        root / "one.js"
    )


def _only_token(root: Path) -> Case:
    return token_text("only-token", before="", name="", after="").in_file(root / "token")


def _sparse(root: Path) -> Case:
    text = token_text("sparse", before="", name="\n")
    file = root / "disk.img"
    with file.open("wb") as stream:
        stream.seek(300 * MIB)
        stream.write(text.data)
    return Case(root, text.secret, Spot(2, (1,), "disk.img"))


def _many_nuls(root: Path) -> Case:
    text = token_text("binary", before="\x7fELF\0\1\2\n", name="\0\0\0token=", after="\0\0\0")
    return text.in_file(root / "program")


def _hidden(root: Path) -> Case:
    text = key_text("hidden")
    case = text.in_file(root / ".config" / ".secret" / ".env")
    return replace(case, target=root, spot=text.spot.within(".config/.secret/.env"))


def _beside_fifo(root: Path) -> Case:
    text = token_text("fifo")
    os.mkfifo(root / "a.fifo")
    return replace(text.in_file(root / "b.env"), target=root)


def _link_to_outside(root: Path) -> Case:
    text = token_text("outside")
    text.in_file(root / "outside" / "app.env")
    (root / "inside").mkdir()
    (root / "inside" / "app.env").symlink_to("../outside/app.env")
    return Case(root / "inside", text.secret)


def _link_to_directory_outside(root: Path) -> Case:
    text = token_text("outside-directory")
    text.in_file(root / "outside" / "app.env")
    (root / "inside").mkdir()
    (root / "inside" / "config").symlink_to("../outside")
    return Case(root / "inside", text.secret)


def _target_is_a_link(root: Path) -> Case:
    text = token_text("target-link")
    text.in_file(root / "real" / "app.env")
    (root / "link").symlink_to("real")
    return Case(root / "link", text.secret, text.spot.within("app.env"))


def _loop(root: Path) -> Case:
    text = token_text("loop")
    (root / "a").mkdir()
    (root / "a" / "again").symlink_to("..")
    return replace(text.in_file(root / "a" / "app.env"), target=root)


def _too_long_path(root: Path) -> Case:
    """A file whose path is longer than the system opens at once; no permission stops an administrator, this does."""
    text = token_text("long-path")
    (root / "tree").mkdir()
    with chdir(root / "tree"):
        for _ in range(25):
            os.mkdir("d" * 200)  # noqa: PTH102 - `Path` would use the whole path
            os.chdir("d" * 200)
        with open("app.env", "wb") as stream:  # noqa: PTH123
            stream.write(text.data)
    return Case(root / "tree", text.secret)


def _unreadable_process_memory(root: Path) -> Case:
    """A file that opens and cannot be read."""
    text = token_text("unreadable")
    (root / "tree").mkdir()
    (root / "tree" / "mem").symlink_to("/proc/self/mem")
    return Case(root / "tree" / "mem", text.secret)


def _crowded(root: Path) -> Case:
    text = token_text("crowded")
    for number in range(3000):
        (root / f"{number}.txt").write_text("x\n")
    return replace(text.in_file(root / "zz.env"), target=root)


def _odd_names(root: Path) -> Case:
    text = token_text("odd-names")
    return replace(text.in_file(root / "a\udcff!b" / "-rf \n$(x).env"), target=root)


def _binary_left_out(root: Path) -> Case:
    text = token_text("binary-left-out", before="\0\n")
    return replace(text.in_file(root / "app.bin"), target=root)


def _many_findings_in_one_line(root: Path) -> Case:
    first = " ".join(token(f"crowd{number}").value.decode() for number in range(2000))
    return settings(token("crowd-last"), before="", name=f"{first} ").in_file(root / "tokens.txt")


def _text(name: str, build: object, **more: object) -> Situation:
    return Situation(name, build, texts=True, **more)  # type: ignore[arg-type]


SITUATIONS: Final = [
    *(_text(f"at-chunk-border-{shift}", partial(_at_border, shift)) for shift in (-20, -1, 0)),
    _text("pem-over-chunk-border", _pem_over_border),
    _text("aws-pair-over-chunk-border", _aws_over_border),
    _text(
        "keyword-in-another-chunk",
        _keyword_in_another_chunk,
        honest=("skipped:*",),
        plugins={"with-keyword": KEYWORD_PLUGIN},
    ),
    _text("secret-longer-than-max-bytes", _long_secret, plugins={"long-word": LONG_PLUGIN}),
    _text(
        "secret-longer-than-max-bytes-in-a-long-line", _long_secret_in_a_long_line, plugins={"long-word": LONG_PLUGIN}
    ),
    _text("pem-of-80-kb", _large_pem, is_fast=True),
    _text("line-of-20-mib", _long_line),
    _text("nothing-but-a-token", _only_token, is_fast=True),
    _text("binary-file", _many_nuls, is_fast=True),
    _text(
        "two-thousand-secrets-before",
        _many_findings_in_one_line,
        without={Way.POST: "the answer lists 1,000 findings, and counts all"},
    ),
    Situation("sparse-file", _sparse, ("skipped:too-large",)),
    Situation("hidden-directories", _hidden, is_fast=True),
    Situation("beside-a-fifo", _beside_fifo, is_fast=True),
    Situation("link-to-outside", _link_to_outside, ("omitted:*link*",), without=_NAMED_IN_GIT),
    Situation("link-to-directory-outside", _link_to_directory_outside, ("omitted:*link*",), without=_NAMED_IN_GIT),
    Situation("target-is-a-link", _target_is_a_link, is_fast=True),
    Situation("directory-loop", _loop, is_fast=True),
    Situation("path-too-long", _too_long_path, ("skipped:unreadable",), without=_NO_GIT),
    Situation("unreadable-file", _unreadable_process_memory, ("skipped:unreadable", "refused"), without=_NO_GIT),
    Situation("three-thousand-files", _crowded),
    Situation("odd-names", _odd_names, is_fast=True),
    Situation(
        "excluded-as-binary",
        _binary_left_out,
        ("omitted:binary",),
        excludes_binary=True,
        without={Way.REST: "the server has no such option"},
    ),
]
