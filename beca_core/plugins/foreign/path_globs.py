"""Expressions that are searched for in paths, as patterns in the syntax of `.gitignore`.

Most of what people write about paths can be said in both: names, ends of names, directories. What cannot, such as a
repeated class, is refused. A pattern is at least as narrow as its expression, with one exception: `x$` is also true of
what is in a directory named `x`.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from beca_core.matching.patterns.pattern_parser import parse
from beca_core.matching.patterns.syntax import (
    Alternation,
    Assertion,
    Bytes,
    Node,
    PatternRefused,
    Repeat,
    Sequence,
)
from beca_core.plugins.foreign.go_patterns import NotTranslated, as_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MOST_PATTERNS: Final = 64
_LONGEST: Final = 200
_SLASH: Final = ord("/")
_BACKSLASH: Final = ord("\\")
_LINE_ENDS: Final = frozenset(b"\r\n")
_EVERY: Final = frozenset(range(256))
_SPECIAL: Final = frozenset(b"*?[\\")
_SPECIAL_IN_CLASS: Final = frozenset(b"]\\-^![")

_BEGIN: Final = "<begin>"
_END: Final = "<end>"
_ANYTHING: Final = "<anything>"
_WITHIN_NAME: Final = "*"
_ONE: Final = "?"
_SEPARATOR: Final = "/"
_BELOW: Final = "/**/"
_MAY_BE_EMPTY: Final = frozenset((_BEGIN, _END, _ANYTHING, _WITHIN_NAME))


def path_globs(expression: str) -> tuple[str, ...]:
    """Return patterns of paths, in the syntax of `.gitignore`, for an expression that is searched for in paths.

    Args:
        expression: In Go's syntax.

    Raises:
        NotTranslated: If there are none.
    """
    text = as_bytes(expression)
    try:
        tree = parse(f"(?-m:{text})")
    except PatternRefused as error:
        raise NotTranslated(str(error)) from None
    globs: list[str] = []
    for parts in _expanded(tree):
        globs += _globs(parts)
        if len(globs) > _MOST_PATTERNS:
            raise NotTranslated(f"stands for more than {_MOST_PATTERNS} patterns of paths")
    return tuple(_simplified(dict.fromkeys(globs)))


def _expanded(node: Node) -> list[tuple[str, ...]]:
    """Return the sequences of parts that a node stands for; each part is a glob of one character, or a word above."""
    match node:
        case Bytes(members):
            return _of_set(members)
        case Assertion("^" | r"\A"):
            return [(_BEGIN,)]
        case Assertion("$" | r"\z"):
            return [(_END,)]
        case Assertion():
            raise NotTranslated("asks for the end of a word, which a pattern of paths cannot")
        case Sequence(parts):
            return _joined(map(_expanded, parts))
        case Alternation(branches):
            return _bounded([each for branch in branches for each in _expanded(branch)])
        case Repeat(inner, least, most):
            return _repeated(inner, least, most)


def _of_set(members: frozenset[int]) -> list[tuple[str, ...]]:
    if members >= _EVERY - _LINE_ENDS - {_SLASH}:
        return [(_ONE,)]
    branches: list[tuple[str, ...]] = [(_SEPARATOR,)] if _SLASH in members else []
    if members != {_SLASH, _BACKSLASH} and (rest := members - {_SLASH}):
        branches.append((_character(rest),))
    return branches


def _repeated(inner: Node, least: int, most: int | None) -> list[tuple[str, ...]]:
    if most is None:
        if not isinstance(inner, Bytes) or not inner.members >= _EVERY - _LINE_ENDS - {_SLASH}:
            raise NotTranslated("repeats something without a bound, which a pattern of paths cannot")
        rest = _ANYTHING if _SLASH in inner.members else _WITHIN_NAME
        return [(*(_ONE,) * least, rest)]
    if isinstance(inner, Assertion) or (isinstance(inner, Sequence) and not inner.parts):
        return _expanded(inner) if least else [()]
    if most > _MOST_PATTERNS:
        raise NotTranslated("repeats something too often for patterns of paths")
    once = _expanded(inner)
    found: list[tuple[str, ...]] = []
    for times in range(least, most + 1):
        found += _joined([once] * times)
        _bounded(found)
    return found


def _joined(branches: Iterable[list[tuple[str, ...]]]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for of_part in branches:
        found = _bounded([(*before, *after) for before in found for after in of_part])
    return found


def _bounded(found: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    if len(found) > _MOST_PATTERNS or any(len(each) > _LONGEST for each in found):
        raise NotTranslated(f"stands for more than {_MOST_PATTERNS} patterns of paths, or for a very long one")
    return found


def _globs(parts: tuple[str, ...]) -> Iterator[str]:
    """Yield the patterns for a sequence of parts."""
    begins, ends = _BEGIN in parts, _END in parts
    first = len(parts) - parts[::-1].index(_BEGIN) if begins else 0
    last = parts.index(_END) if ends else len(parts)
    if not _MAY_BE_EMPTY.issuperset((*parts[:first], *parts[last:])) or first > last + 1:
        return  # nothing is before the begin of a path, or after its end
    body = list(parts[first:last])
    if (begins and body[:1] == [_SEPARATOR]) or (ends and body[-1:] == [_SEPARATOR]):
        return  # no path begins or ends with a slash
    body = [*([] if begins else [_ANYTHING]), *body, *([] if ends else [_ANYTHING])]
    body = list(_without_repetitions(body))
    if body == [_ANYTHING]:
        yield "**"
    if body in ([], [_ANYTHING]):
        return
    if body[-1] == _ANYTHING:  # a pattern that matches a directory matches all that is in it
        body[-1:] = [] if body[-2] == _SEPARATOR else [_WITHIN_NAME]
    for glob in _spelled("", body):
        if any(name == "" for name in glob.strip(_SEPARATOR).split(_SEPARATOR)):
            continue  # no path has an empty name
        glob = f"{glob.removesuffix(_BELOW)}/" if glob.endswith(_BELOW) else glob
        rooted = glob if glob.startswith(("**/", _SEPARATOR)) else f"/{glob}"
        yield rooted.replace("**/**/", "**/")


def _without_repetitions(body: list[str]) -> Iterator[str]:
    """Yield the parts without those that add nothing to the one before or after."""
    for _, stars in groupby(body, key=lambda part: part in (_ANYTHING, _WITHIN_NAME)):
        together = list(stars)
        if together[0] in (_ANYTHING, _WITHIN_NAME):
            yield _ANYTHING if _ANYTHING in together else _WITHIN_NAME
        else:
            yield from together


def _spelled(done: str, body: list[str]) -> Iterator[str]:
    """Yield the globs of the rest of a path, after what is spelled already."""
    while body:
        part, *body = body
        if part != _ANYTHING:
            done += part
            continue
        before_name = not done or done.endswith(_SEPARATOR)
        if body[:1] == [_SEPARATOR]:
            done += "*/**"
        elif before_name:
            done += "**/*"
        else:
            yield from _spelled(f"{done}*/**/*", body)
            done += "*"
    yield done


def _simplified(globs: Iterable[str]) -> Iterator[str]:
    """Yield the globs, those that are only different in being at the root or below it as one."""
    known = list(globs)
    below = {glob.removeprefix("*/**/") for each in known if (glob := each.removeprefix("/")).startswith("*/**/")}
    for glob in known:
        bare = glob.removeprefix("/")
        if bare.startswith("*/**/"):
            rest = bare.removeprefix("*/**/")
            if f"/{rest}" not in known:
                yield glob
        elif bare in below and glob.startswith("/"):
            yield _anywhere(bare)
        elif bare.startswith("**/"):
            yield _anywhere(bare.removeprefix("**/"))
        else:
            yield glob


def _anywhere(name: str) -> str:
    """Return the pattern of a name, or of several, in any directory."""
    if _SEPARATOR in name.rstrip(_SEPARATOR):
        return f"**/{name}"
    return f"\\{name}" if name.startswith(("!", "#")) else name


def _character(members: frozenset[int]) -> str:
    if len(members) == 1:
        (byte,) = members
        return _literal(byte, _SPECIAL)
    is_negated = len(members) > len(_EVERY) // 2
    listed = sorted(_EVERY - members - {_SLASH} if is_negated else members)
    if any(byte > 0x7F for byte in listed):
        raise NotTranslated("has a class with bytes outside ASCII")
    return f"[{'!' if is_negated else ''}{''.join(_ranges(listed))}]"


def _ranges(listed: list[int]) -> Iterator[str]:
    begin = 0
    for at in range(1, len(listed) + 1):
        if at < len(listed) and listed[at] == listed[at - 1] + 1:
            continue
        first, last = listed[begin], listed[at - 1]
        if last - first > 1:
            yield f"{_literal(first, _SPECIAL_IN_CLASS)}-{_literal(last, _SPECIAL_IN_CLASS)}"
        else:
            yield "".join(_literal(byte, _SPECIAL_IN_CLASS) for byte in listed[begin:at])
        begin = at


def _literal(byte: int, special: frozenset[int]) -> str:
    if byte > 0x7F:
        raise NotTranslated("has characters outside ASCII, which are not translated in patterns of paths")
    return f"\\{chr(byte)}" if byte in special else chr(byte)
