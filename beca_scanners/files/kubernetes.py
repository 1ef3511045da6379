"""Secrets of Kubernetes: the values under `data` and `stringData` of a manifest whose kind is Secret.

Such a value is a secret whatever it looks like. Those under `data` are in base64, and what they encode is looked at:
templates, empty values and texts of fewer than `MIN_BYTES` bytes are left out. Keys such as `username` and `host` say
that a value is none. A value is HIGH if its key says what it is (`password`, `token`), else MEDIUM.

The manifest may be one document of several, and the lines of `data` may be before or after that of `kind`. What is
encoded in another way, such as JSON in one line, is left to other rules.
"""

from __future__ import annotations

import binascii
import re
import string
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core import Candidate, Confidence, CounterExample, Example, Match, RuleInfo, Severity, random_text
from beca_core.rules.candidate import Dropped
from beca_core.rules.example import deferred
from beca_core.system.lazy_regexp import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.checks import Placeholder, UrlParts

MIN_BYTES: Final = 6
"""Fewest bytes of a value. Shorter ones are flags, numbers and names."""
MAX_BYTES: Final = 64 * 1024
"""Greatest distance from the line of `kind` at which the values are looked for."""

_KIND: Final = lazy(rb"""^[ \t-]*kind:[ \t]*["']?[Ss]ecret["']?[ \t]*\r?$""", re.MULTILINE)
_DOCUMENT: Final = lazy(rb"^(?:---|- )", re.MULTILINE)
_BLOCK: Final = lazy(rb"^([ \t-]*)(data|stringData):[ \t]*\r?\n", re.MULTILINE)
_LINE: Final = lazy(rb"""([ \t]*+)(["']?)([\w.-]{1,253})\2:[ \t]*+([^\r\n]*+)\r?\n?""")
_QUOTED: Final = lazy(rb"""(["'])([^\r\n]*?)\1[ \t]*(?:#[^\r\n]*)?\Z""")
_PLAIN: Final = lazy(rb"[^\s#][^\r\n]*?(?=[ \t]+#|[ \t]*\Z)")
_FOLDED: Final = lazy(rb"[|>][-+0-9]*[ \t]*(?:#[^\r\n]*)?\Z")
_TEMPLATE: Final = lazy(rb"\{\{|\$\{|\$\(|<[A-Za-z][\w -]*>|\AENC\[|%\w+%|\AREPLACE|\A[xX*.]+\Z")
_NO_SECRET: Final = lazy(
    rb"(?i)(?:\A|[._-])(?:user(?:name)?|login|host(?:name)?|port|endpoint|region|namespace|name|database|db|email|ca\.crt"
    rb"|tls\.crt|cert|url|type|enabled|version|environment|bucket|id)\Z|public|\.crt\Z|\.pub\Z"
)
_SECRET: Final = lazy(rb"(?i)pass|token|secret|key|credential|auth|dsn|pwd")
_ANY_URL: Final = lazy(rb"https?://[^\s\"']+")
_SIGNS: Final = string.ascii_letters + string.digits + "%+-.?~"
_CREDENTIALS_IN_URL: Final = lazy(rb"://[^\s/:@]*:[^\s/@]+@")

RULE: Final = RuleInfo(
    id="kubernetes-secret-value",
    version=1,
    description="Value in a Secret of Kubernetes",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    provider="Kubernetes",
    category="file",
    supersedes=("secret-key", "generic-*"),
    examples=deferred(lambda: _examples()),
    counter_examples=deferred(lambda: _counter_examples()),
    references=("https://kubernetes.io/docs/concepts/configuration/secret/",),
    remediation="Replace the value at the service that it opens. Keep manifests of Secrets out of the repository, or "
    "encrypted with SOPS or Sealed Secrets.",
)


def _examples() -> Iterator[Example]:
    value, other = _password("kubernetes"), _encoded(_password("data"))
    yield Example(f"apiVersion: v1\nkind: Secret\nstringData:\n  password: {value}\n", value, Confidence.HIGH)
    yield Example(f"data:\n  blob: {other}\nkind: Secret\n", other, Confidence.MEDIUM)


def _counter_examples() -> Iterator[str | CounterExample]:
    yield "apiVersion: v1\nkind: Secret\nmetadata:\n  name: main-password\nstringData:\n  password: ${PASSWORD}\n"
    yield "kind: Secret\ndata:\n  password: {{ .Values.password }}\n"
    yield "kind: Secret\ndata:\n  flag: YmFyCg==\n"
    yield CounterExample(f"kind: ConfigMap\ndata:\n  password: {_password('kubernetes')}\n")
    yield f"kind: Secret\nstringData:\n  username: {_password('kubernetes')}\n"


def _password(seed: str) -> str:
    return random_text(_SIGNS, 16, seed) + "!%"


def _encoded(text: str) -> str:
    return binascii.b2a_base64(text.encode(), newline=False).decode()


class _YamlValue(NamedTuple):
    """A value of a manifest: its offsets in the content, and what it says."""

    begin: int
    end: int
    text: bytes


class KubernetesSecretScanner:
    """Find the values of manifests whose kind is Secret."""

    rules: Final = (RULE,)
    anchors: Final = (
        b"kind: Secret",
        b"kind: secret",
        b'kind: "Secret"',
        b'kind: "secret"',
        b"kind: 'Secret'",
        b"kind: 'secret'",
    )

    def scan(self, data: bytes) -> Iterator[Match]:
        """Yield each value of each such manifest."""
        searched = 0
        for kind in _KIND.finditer(data):
            if kind.start() < searched:
                continue
            begin, end = _document(data, kind.start(), kind.end())
            for block in _BLOCK.finditer(data, max(begin, searched), end):
                encoded = block[2] == b"data"
                for key, value in _entries(data, block.end(), end, len(block[1].expandtabs())):
                    if found := _found(key, value, encoded=encoded):
                        yield found
            searched = end


def _document(data: bytes, begin: int, end: int) -> tuple[int, int]:
    """Return where the document of the line of `kind` begins and ends."""
    before = data.rfind(b"\n---", max(0, begin - MAX_BYTES), begin)
    after = data.find(b"\n---", end, end + MAX_BYTES)
    return max(before, begin - MAX_BYTES, 0), after if after >= 0 else min(len(data), end + MAX_BYTES)


def _entries(data: bytes, begin: int, end: int, indentation: int) -> Iterator[tuple[bytes, _YamlValue]]:
    """Yield the keys and values of the block that begins at an offset: all lines that are indented more."""
    at, of_entries = begin, None
    while at < end:
        stop = data.find(b"\n", at, end) + 1 or end
        line = data[at:stop]
        if not line.strip() or line.lstrip().startswith(b"#"):
            at = stop
            continue
        depth = len(line) - len(line.lstrip(b" \t"))
        found = _LINE.match(data, at, stop)
        if depth <= indentation or found is None or (of_entries is not None and depth != of_entries):
            return
        of_entries = depth
        if _FOLDED.match(found[4]):
            value, at = _folded(data, stop, end, depth)
            yield found[3], value
        else:
            yield found[3], _in_line(found)
            at = stop


def _in_line(found: re.Match[bytes]) -> _YamlValue:
    text, begin = found[4], found.start(4)
    if quoted := _QUOTED.match(text):
        return _YamlValue(begin + quoted.start(2), begin + quoted.end(2), quoted[2])
    plain = _PLAIN.match(text)
    return _YamlValue(begin, begin + len(plain[0]), plain[0]) if plain else _YamlValue(begin, begin, b"")


def _folded(data: bytes, begin: int, end: int, depth: int) -> tuple[_YamlValue, int]:
    """Return the value of the lines that are indented more than their key, and the offset after them."""
    at, last = begin, begin
    while at < end:
        stop = data.find(b"\n", at, end) + 1 or end
        line = data[at:stop]
        if line.strip():
            if len(line) - len(line.lstrip(b" \t")) <= depth:
                break
            last = at + len(line.rstrip())
        at = stop
    first = last - len(data[begin:last].lstrip())
    return _YamlValue(first, last, b"".join(data[first:last].split())), at


def _found(key: bytes, value: _YamlValue, *, encoded: bool) -> Match | None:
    text = _decoded(value.text) if encoded else value.text
    if text is None or len(text.strip()) < MIN_BYTES or _TEMPLATE.search(value.text) or _TEMPLATE.search(text):
        return None
    if _NO_SECRET.search(key) and not _CREDENTIALS_IN_URL.search(text):
        return None
    if _is_placeholder(text):
        return Match(value.begin, value.end, RULE.id, Confidence.LOW)
    named = _SECRET.search(key) is not None
    return Match(value.begin, value.end, RULE.id, Confidence.HIGH if named else None)


def _is_placeholder(text: bytes) -> bool:
    """Whether a value, or what it encodes once more, has a word of examples, or is a URL with such a word."""
    without_urls = _ANY_URL.sub(b"", text)
    if without_urls and isinstance(_checks()[0].verdict(_candidate(without_urls)), Dropped):
        return True
    if _CREDENTIALS_IN_URL.search(text) and isinstance(_checks()[1].verdict(_candidate(text)), Dropped):
        return True
    inner = _decoded(text)
    return inner is not None and len(inner) >= MIN_BYTES and _is_placeholder(inner)


@cache
def _checks() -> tuple[Placeholder, UrlParts]:
    """Return what refuses placeholders; imported when there is a value, since each scan imports this module."""
    from beca_core.checks import Placeholder, UrlParts

    return Placeholder(kinds=("word", "filler")), UrlParts(refuse=("host", "password"))


def _candidate(text: bytes) -> Candidate:
    return Candidate(text, 0, len(text), Confidence.LOW)


def _decoded(text: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        return None


SCANNERS: Final = (KubernetesSecretScanner(),)
