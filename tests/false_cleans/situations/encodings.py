"""Encodings: text that is not UTF-8, and line ends that are not a line feed."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from beca_core.testing import random_text
from tests.false_cleans.planting import FILLER, Text, key_text, pem_key, settings, token, token_text
from tests.false_cleans.situation import Secret, Situation, Spot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.false_cleans.situation import Case

_CODECS: Final = {
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "utf-32-le": "utf-32-le",
    "utf-32-be": "utf-32-be",
}
_LARGE: Final = 17 * 1024 * 1024

LINE_RULE: Final = """
    from beca_core import Confidence, Rule, Severity, hookimpl

    @hookimpl
    def beca_register_rules():
        return [
            Rule(
                id="whole-line", version=1, description="A whole line", severity=Severity.HIGH,
                confidence=Confidence.HIGH, pattern=r"PATTERN",
            )
        ]
"""


def _line_plugin(pattern: str) -> Mapping[str, str]:
    return {"whole-line": LINE_RULE.replace("PATTERN", pattern)}


def _line_secret(seed: str) -> Secret:
    return Secret("whole-line", f"linekey-{random_text('0123456789abcdef', 32, seed)}".encode())


def _encoded(seed: str, codec: str, mark: bytes | str, root: Path) -> Case:
    text = token_text(seed)
    encoded = text.text.encode(codec)
    before = mark if isinstance(mark, bytes) else mark.encode(codec)
    return text.in_file(root / "settings.txt", before + encoded)


def _utf8_mark(root: Path) -> Case:
    return _encoded("utf-8-bom", "utf-8", "\ufeff", root)


def _non_latin(root: Path) -> Case:
    text = settings(token("non-latin"), before="# Παράδειγμα\n", name="ключ🔑 = ")
    return text.in_file(root / "settings.txt", ("\ufeff" + text.text).encode("utf-16-le"))


def _named_key_in_utf16(root: Path) -> Case:
    text = key_text("utf-16-key")
    return text.in_file(root / "settings.ps1", ("\ufeff" + text.text).encode("utf-16-le"))


def _pem_in_utf16(root: Path) -> Case:
    secret = pem_key("utf-16-pem")
    text = Text(f"# key\n{secret.value.decode()}\n", secret, Spot(2, (1,)))
    return text.in_file(root / "key.pem", ("\ufeff" + text.text).encode("utf-16-le"))


def _odd_length(root: Path) -> Case:
    text = token_text("utf-16-odd")
    return text.in_file(root / "settings.txt", ("\ufeff" + text.text).encode("utf-16-le") + b"x")


def _lone_surrogate(root: Path) -> Case:
    text = token_text("utf-16-surrogate")
    return text.in_file(root / "settings.txt", ("\ufeff" + text.text + "\n\ud800").encode("utf-16-le", "surrogatepass"))


def _crlf(root: Path) -> Case:
    text = settings(_line_secret("crlf"), name="", after="\r\nend = 1\r\n", before=FILLER.replace("\n", "\r\n"))
    return text.in_file(root / "settings.ini")


def _after_mark(root: Path) -> Case:
    text = settings(_line_secret("after-mark"), before="", name="")
    case = text.in_file(root / "settings.ini", b"\xef\xbb\xbf" + text.data)
    return replace(case, spot=Spot(1, (1, 2)))


def _lone_cr(root: Path) -> Case:
    text = token_text("lone-cr")
    data = text.data.replace(b"\n", b"\r")
    return replace(text.in_file(root / "settings.txt", data), spot=Spot(1, (data.index(text.secret.value) + 1,)))


def _latin1(root: Path) -> Case:
    text = settings(token("latin-1"), name="clé = ")
    return text.in_file(root / "settings.txt", text.text.encode("latin-1"))


def _shift_jis(root: Path) -> Case:
    text = settings(token("shift-jis"), before="# 設定ファイル\n", name="API_TOKEN = ")
    return text.in_file(root / "settings.txt", text.text.encode("shift-jis"))


def _nul_separated(root: Path) -> Case:
    text = token_text("nul-separated", before="A=1\0B=2\0", name="API_TOKEN=", after="\0C=3\0")
    return text.in_file(root / "environ")


def _large_utf16(root: Path) -> Case:
    count = _LARGE // (2 * len(FILLER)) + 1
    text = token_text("utf-16-large", before=FILLER * count)
    return text.in_file(root / "large.txt", ("\ufeff" + text.text).encode("utf-16-le"))


def _utf16_in_zip(root: Path) -> Case:
    text = token_text("utf-16-zip")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner/settings.txt", ("\ufeff" + text.text).encode("utf-16-le"))
    return text.in_file(root / "export.zip", file.getvalue())


def _mixed(root: Path) -> Case:
    text = token_text("mixed")
    head = FILLER * 3
    case = text.in_file(root / "app.log", head.encode() + ("\ufeff" + text.text).encode("utf-16-le"))
    return replace(case, spot=None)


def _mixed_without_mark(root: Path) -> Case:
    text = token_text("mixed-without-mark")
    case = text.in_file(root / "app.log", (FILLER * 3).encode() + text.text.encode("utf-16-le"))
    return replace(case, spot=None)


def _base64_of_utf16(root: Path) -> Case:
    import base64

    text = token_text("base64-utf-16")
    line = base64.b64encode(text.text.encode("utf-16-le"))
    command = b"powershell -EncodedCommand "
    digits = 2 * text.text.index(text.secret.value.decode()) // 3 * 4
    spot = Spot(1, (len(command) + digits + 1,))
    return replace(text.in_file(root / "run.cmd", command + line + b"\n"), spot=spot)


def _named(name: str, build: object, **more: object) -> Situation:
    return Situation(name, build, texts=True, is_fast=not more, **more)  # type: ignore[arg-type]


def _unicode_situations() -> list[Situation]:
    found = []
    for name, codec in _CODECS.items():
        found.append(_named(f"{name}-with-bom", partial(_encoded, f"{name}-bom", codec, "\ufeff")))
        found.append(_named(f"{name}-without-bom", partial(_encoded, f"{name}-plain", codec, b"")))
    return found


SITUATIONS: Final = [
    _named("utf-8-with-bom", _utf8_mark),
    *_unicode_situations(),
    _named("utf-16-with-letters-of-other-scripts", _non_latin),
    _named("utf-16-named-key", _named_key_in_utf16),
    _named("utf-16-pem-of-many-lines", _pem_in_utf16),
    _named("utf-16-with-an-odd-byte-at-the-end", _odd_length),
    _named("utf-16-with-a-lone-surrogate", _lone_surrogate),
    _named("dollar-at-crlf", _crlf, plugins=_line_plugin(r"^(?P<secret>linekey-[0-9a-f]{32})$")),
    _named("caret-after-bom", _after_mark, plugins=_line_plugin(r"^(?P<secret>linekey-[0-9a-f]{32})$")),
    _named("lone-carriage-returns", _lone_cr),
    _named("latin-1", _latin1),
    _named("shift-jis", _shift_jis),
    _named("nul-separated", _nul_separated),
    _named("utf-16-of-17-mib", _large_utf16, honest=("skipped:*",)),
    _named("utf-16-in-a-zip", _utf16_in_zip),
    _named("utf-8-with-utf-16-appended", _mixed),
    _named("utf-8-with-utf-16-appended-without-bom", _mixed_without_mark),
    _named("base64-of-utf-16", _base64_of_utf16),
]
