"""The check of shapes: a UUID, a hash, a version, a date, a path and so on, as a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from beca_core.checks.inspection import Inspection
from beca_core.rules.candidate import Dropped

if TYPE_CHECKING:
    from beca_core.checks.inspection import Choices
    from beca_core.rules.candidate import Candidate

_DATE: Final = rb"(?:19|20)[0-9]{2}(?P<separator>[-/.]?)(?:0[1-9]|1[0-2])(?P=separator)(?:0[1-9]|[12][0-9]|3[01])"
_OCTET: Final = rb"(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})"
_HOST: Final = rb"(?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?\.){1,10}[A-Za-z]{2,24}"
_SHAPES: Final = {
    "uuid": rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
    "uuid-v4": rb"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}",
    "nil-uuid": rb"0{8}-0{4}-0{4}-0{4}-0{12}",
    "md5": rb"[0-9a-f]{32}|[0-9A-F]{32}",
    "sha1": rb"[0-9a-f]{40}|[0-9A-F]{40}",
    "sha256": rb"[0-9a-f]{64}|[0-9A-F]{64}",
    "sha512": rb"[0-9a-f]{128}|[0-9A-F]{128}",
    "git-commit": rb"[0-9a-f]{40}|[0-9a-f]{64}",
    "subresource-hash": rb"sha(?:256-[0-9A-Za-z+/]{43}=|384-[0-9A-Za-z+/]{64}|512-[0-9A-Za-z+/]{86}==)",
    "integer": rb"[-+]?[0-9]++",
    "number": rb"[-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]{1,5})?",
    "version": rb"[vV]?[0-9]{1,6}(?:\.[0-9]{1,10}){1,4}"
    rb"(?:[-+.]?(?:alpha|beta|a|b|c|rc|dev|post|pre|snapshot|final|release)"
    rb"[-.]?[0-9]{0,8})?(?:[-+][0-9A-Za-z.-]{1,64})?",
    "date": _DATE,
    "timestamp": _DATE + rb"[T _-]?(?:[01][0-9]|2[0-3]):?[0-5][0-9](?::?[0-5][0-9](?:[.,][0-9]{1,9})?)?"
    rb"(?: ?(?:Z|UTC|[-+][0-9]{2}:?[0-9]{2}))?",
    "path": rb"(?:~|\.{1,2}|[A-Za-z]:)(?:[/\\]++[\w.@+~ -]++)++[/\\]?"
    rb"|(?=[^._~@-]*[._~@-])(?:[/\\]++[\w.@+~ -]++)++[/\\]?"
    rb"|(?:/[a-z0-9]++)++/?|(?:[\w.@+~-]++[/\\])++[\w@+~-]++\.[A-Za-z]\w{0,9}",
    "file-name": rb"[\w@+-]+(?:\.[\w@+-]+){0,4}\.[A-Za-z][0-9A-Za-z]{0,5}",
    "url": rb"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s\"'<>]++",
    "email": rb"[0-9A-Za-z._%+-]{1,64}@" + _HOST,
    "host": _HOST,
    "ip-address": _OCTET
    + rb"(?:\."
    + _OCTET
    + rb"){3}(?:/[0-9]{1,2})?(?::[0-9]{1,5})?|(?=[^:]*:)[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}",
    "mac-address": rb"[0-9a-fA-F]{2}(?P<between>[:-])[0-9a-fA-F]{2}(?:(?P=between)[0-9a-fA-F]{2}){4}",
    "color": rb"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})",
    "constant": rb"[A-Z][A-Z0-9]*+(?:_[A-Z0-9]++)++",
    "snake-case": rb"[a-z][a-z0-9]*+(?:_[a-z0-9]++)++",
    "dotted-name": rb"[A-Za-z_]\w{0,30}+(?:\.[A-Za-z_]\w{0,30}+)++(?:\(\))?",
    "call": rb"[A-Za-z_][\w.:>-]*\([^()]*\);?",
    "phone-number": rb"\+[0-9]{1,3}(?:[ .()-]{0,2}[0-9]{1,5}){2,6}",
}
_COMPILED: Final[dict[str, re.Pattern[bytes]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Shape(Inspection):
    """Require that the whole text has one of some shapes, or refuse shapes.

    The shapes are: `uuid` (RFC 9562), `uuid-v4`, `nil-uuid`; `md5`, `sha1`, `sha256`, `sha512` in hexadecimal digits,
    `git-commit`, `subresource-hash` (as `integrity` in HTML and in lock files); `integer`, `number`, `version`; `date`,
    `timestamp` (ISO 8601); `path`, `file-name`, `url`, `email`, `host`, `ip-address`, `mac-address`; `color` (of CSS);
    `constant` (`MAX_SIZE`), `snake-case`, `dotted-name`, `call` (`get_key(name)`); `phone-number` (with `+`).

    Example::

        Shape(not_in=("uuid", "git-commit", "path"))

    Args:
        one_of: Shapes of which the text has one; empty: any.
        not_in: Shapes that it may not have.
    """

    name: ClassVar[str] = "shape"
    _CHOICES: ClassVar[Choices] = {"one_of": tuple(_SHAPES), "not_in": tuple(_SHAPES)}

    one_of: tuple[str, ...] = ()
    not_in: tuple[str, ...] = ()

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        if self.one_of and not any(has_shape(text, shape) for shape in self.one_of):
            return Dropped("it has none of the shapes that are required")
        for shape in self.not_in:
            if has_shape(text, shape):
                return Dropped("it has a shape that is refused", shape)
        return None

    def _conflict(self) -> str:
        return "" if self.one_of or self.not_in else "one_of is empty, and not_in is empty too."


def has_shape(text: bytes, shape: str) -> bool:
    """Whether the whole of a text has a shape."""
    pattern = _COMPILED.get(shape)
    if pattern is None:
        pattern = _COMPILED[shape] = re.compile(_SHAPES[shape], re.ASCII)
    return pattern.fullmatch(text) is not None
