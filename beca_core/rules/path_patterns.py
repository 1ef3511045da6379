"""`applies`: which paths a rule is for, by patterns in the syntax of `.gitignore` (gitignore(5)).

A pattern is matched as git matches it: without a slash at its beginning or in its middle it is compared with each name
of the path, otherwise with the whole path from its first name on. A pattern that matches a directory matches everything
in it; one that ends with a slash matches directories only. `*`, `?` and `[...]` never match a slash; `**` as a whole
name matches any number of names. A backslash takes a special character literally. A pattern that is empty, begins with
`#` or has a class without its end matches nothing, and spaces at the end do not count. Letter case counts.

The last pattern that matches decides: the path is selected if it has no `!`. In one thing this is not git, which never
looks into a directory that is ignored: a later pattern decides about a part of a directory all the same, in either
direction. `("src/", "!src/tests/")` is the code without its tests. A path that no pattern matches is selected only if
all patterns begin with `!`: `("!tests/",)` is everything but tests.

A member of an archive has several paths: that of the archive, and its own within it; with archives in archives, one for
each of them. A pattern matches if it matches one of them: `("*.env",)` selects the member `app/prod.env` of
`dist/app.zip`, and `("!dist/",)` excludes it.

All patterns are compiled to RE2, so no pattern and no path takes more than linear time.
"""

from __future__ import annotations

import string
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import re2

_EXCLUDES: Final = "!"
_BETWEEN_MEMBERS: Final = b"!"
_MAX_COMPILED: Final = 4096
_ANY_BYTE: Final = "(?s:.)"
_NOT_SLASH: Final = "[^/]"
_BLANKS: Final = b" \t"
_CLASSES: Final[dict[bytes, frozenset[int]]] = {
    b"alnum": frozenset(map(ord, string.ascii_letters + string.digits)),
    b"alpha": frozenset(map(ord, string.ascii_letters)),
    b"blank": frozenset(_BLANKS),
    b"cntrl": frozenset((*range(32), 127)),
    b"digit": frozenset(map(ord, string.digits)),
    b"graph": frozenset(range(33, 127)),
    b"lower": frozenset(map(ord, string.ascii_lowercase)),
    b"print": frozenset(range(32, 127)),
    b"punct": frozenset(map(ord, string.punctuation)),
    b"space": frozenset(b" \t\n\r\v\f"),
    b"upper": frozenset(map(ord, string.ascii_uppercase)),
    b"xdigit": frozenset(map(ord, string.hexdigits)),
}


class PathVerdict(NamedTuple):
    """What patterns say of a path.

    Args:
        applies: Whether the path is selected.
        pattern: The pattern that decides; empty: none matches.
    """

    applies: bool
    pattern: str


def applies(patterns: tuple[str, ...], path: bytes, member: bytes = b"") -> bool:
    """Return whether a path is selected by some patterns; see the module.

    Args:
        patterns: The patterns; none select every path.
        path: Relative to the root of what is scanned, `/`-separated.
        member: Path within the archive that the path leads to, `!` between an archive and its member; empty: the
            content is not in an archive.
    """
    return not patterns or verdict(patterns, path, member).applies


def verdict(patterns: tuple[str, ...], path: bytes, member: bytes = b"") -> PathVerdict:
    """Return whether a path is selected, and by which pattern; the arguments are those of `applies`."""
    paths = (path, *member.split(_BETWEEN_MEMBERS)) if member else (path,)
    for pattern in reversed(patterns):
        expression = _compiled(pattern)
        if expression is not None and any(expression.search(each) for each in paths):
            return PathVerdict(not pattern.startswith(_EXCLUDES), pattern)
    return PathVerdict(all(pattern.startswith(_EXCLUDES) for pattern in patterns), "")


def first_matching(patterns: tuple[str, ...], path: bytes, member: bytes = b"") -> str:
    """Return the first pattern that matches a path, or an empty text; none of the patterns may have a `!`.

    All patterns are tried at once, so it takes little time for a path that none of them matches.
    """
    paths = (path, *member.split(_BETWEEN_MEMBERS)) if member else (path,)
    if not any(_any_of(patterns).search(each) for each in paths):
        return ""
    matching = (pattern for pattern in patterns if verdict((pattern,), path, member).pattern)
    return next(matching, "")


@lru_cache(_MAX_COMPILED)
def _any_of(patterns: tuple[str, ...]) -> re2._Regexp[bytes]:
    return _regexp("|".join(filter(None, map(_expression, patterns))))


@lru_cache(_MAX_COMPILED)
def _compiled(pattern: str) -> re2._Regexp[bytes] | None:
    """Return an expression that is found in the paths that a pattern matches; None: there are none."""
    expression = _expression(pattern)
    return None if expression is None else _regexp(expression)


def _regexp(expression: str) -> re2._Regexp[bytes]:
    import re2  # most rules have no patterns of paths

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # type: ignore[attr-defined]
    options.log_errors = False
    return re2.compile(expression.encode("latin-1"), options)


def _expression(pattern: str) -> str | None:
    glob = pattern.removeprefix(_EXCLUDES).encode("utf-8", "surrogatepass")
    if pattern.startswith("#"):
        return None
    glob = _without_trailing_spaces(glob)
    must_be_directory = glob.endswith(b"/")
    if must_be_directory:
        glob = glob[:-1]
    is_anchored = b"/" in glob
    glob = glob.removeprefix(b"/")
    if not glob:
        return None
    translated = _translated(glob)
    if translated is None:
        return None
    begin = "^" if is_anchored else "(?:^|/)"
    return f"{begin}{translated}{'/' if must_be_directory else '(?:/|$)'}"


def _without_trailing_spaces(glob: bytes) -> bytes:
    """Remove spaces at the end, unless a backslash is before the first of them."""
    text = glob.rstrip(b" ")
    backslashes = len(text) - len(text.rstrip(b"\\"))
    return glob[: len(text) + 1] if backslashes % 2 and len(text) < len(glob) else text


def _translated(glob: bytes) -> str | None:
    """Return a pattern in RE2 syntax; None: it matches nothing."""
    parts: list[str] = []
    at = 0
    while at < len(glob):
        char = glob[at : at + 1]
        if char == b"*":
            part, at = _stars(glob, at)
        elif char == b"?":
            part, at = _NOT_SLASH, at + 1
        elif char == b"[":
            found = _class_members(glob, at + 1)
            if found is None:
                return None
            part, at = _class(found[0]), found[1]
        else:
            at += char == b"\\"
            if at == len(glob):
                return None
            part, at = f"\\x{glob[at]:02x}", at + 1
        if not part:
            return None
        parts.append(part)
    return "".join(parts)


def _stars(glob: bytes, at: int) -> tuple[str, int]:
    """Return what the stars at an offset stand for, and the offset after it."""
    end = at
    while glob[end : end + 1] == b"*":
        end += 1
    is_name = end - at > 1 and (at == 0 or glob[at - 1 : at] == b"/")
    if is_name and end == len(glob):
        return f"{_ANY_BYTE}*", end
    if is_name and glob[end : end + 1] == b"/":
        return f"(?:{_ANY_BYTE}*/)?", end + 1
    return f"{_NOT_SLASH}*", end


def _class(members: frozenset[int]) -> str:
    """Return a class of bytes in RE2 syntax, without the slash; empty: it has no members."""
    named = "".join(f"\\x{byte:02x}" for byte in sorted(members - {ord("/")}))
    return f"[{named}]" if named else ""


def _class_members(glob: bytes, at: int) -> tuple[frozenset[int], int] | None:
    """Read a class as `wildmatch.c` of git does.

    Args:
        glob: The pattern.
        at: Offset after the bracket.

    Returns:
        The bytes that the class matches, and the offset after it; None: it has no end, or names an unknown class.
    """
    is_negated = glob[at : at + 1] in (b"!", b"^")
    at += is_negated
    members: set[int] = set()
    first, previous = at, -1
    while at < len(glob):
        char = glob[at : at + 1]
        if char == b"]" and at > first:
            return frozenset(set(range(256)) - members if is_negated else members), at + 1
        if char == b"[" and glob[at + 1 : at + 2] == b":":
            end = glob.find(b"]", at + 2)
            if end < 0:
                return None
            if end > at + 2 and glob[end - 1 : end] == b":":
                named = _CLASSES.get(glob[at + 2 : end - 1])
                if named is None:
                    return None
                members |= named
                at, previous = end + 1, -1
                continue
        is_range = char == b"-" and previous >= 0 and glob[at + 1 : at + 2] not in (b"", b"]")
        at += is_range
        at += glob[at : at + 1] == b"\\"
        if at == len(glob):
            return None
        members |= set(range(previous, glob[at] + 1)) if is_range else {glob[at]}
        previous = -1 if is_range else glob[at]
        at += 1
    return None
