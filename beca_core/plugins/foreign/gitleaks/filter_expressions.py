"""Filters of betterleaks: the parts of an expression that are conditions of known forms.

A filter drops a finding if it is true. It is nearly always a list of conditions joined by `||`, so each that is known
can be translated by itself. The others are named.

Documentation: https://github.com/betterleaks/betterleaks/blob/main/docs/config.md
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(
    r"""(?xs)
    \s+ | //[^\n]*
  | (?P<text> [rR]?(?:\"{3}.*?\"{3} | '{3}.*?'{3}) | `[^`]*` | [rR]"[^"]*" | [rR]'[^']*'
            | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )
  | (?P<number> \d+(?:\.\d+)? )
  | (?P<name> [A-Za-z_]\w* )
  | (?P<sign> \|\| | && | <= | >= | == | != | \?\? | \?\. | . )
    """
)
_OPENING: Final = {"(": ")", "[": "]", "{": "}"}
_OF_PATHS: Final = "path"
_TARGETS: Final = {"secret": "secret", "match": "match", "line": "line", "path": _OF_PATHS}
_LONGEST: Final = 200_000
_HELPERS: Final = {"matchesAny": True, "containsAny": False}


@dataclass(frozen=True)
class FilterCondition:
    """A condition of a filter.

    Args:
        target: What it looks at: `secret`, `match`, `line` or `path`; empty: the condition is not known.
        expressions: Expressions of which one is searched for in it.
        words: Words of which one is in it.
        entropy: The entropy up to which a secret is dropped; None: it is not about that.
        unknown: What the condition uses, by name, if it is not known.
    """

    target: str = ""
    expressions: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    entropy: float | None = None
    unknown: str = ""


def read_filter(text: str) -> list[FilterCondition]:
    """Return the conditions of a filter, of which one is enough to drop a finding."""
    if len(text) > _LONGEST:
        return [FilterCondition(unknown="a very long expression")]
    return [_condition(tokens) for tokens in _alternatives(_tokens(text))]


def _tokens(text: str) -> list[re.Match[str]]:
    return [found for found in _TOKEN.finditer(text) if found.lastgroup]


def _alternatives(tokens: list[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    tokens = _without_brackets(tokens)
    parts: list[list[re.Match[str]]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token[0] in _OPENING) - (token[0] in _OPENING.values())
        if not depth and token[0] == ";":  # what is before it gives names to values, and decides nothing
            parts = [[]]
        elif not depth and token[0] in ("||", "or"):
            parts.append([])
        else:
            parts[-1].append(token)
        if not depth and token[0] == "?":
            parts = [tokens]
            break
    if len(parts) == 1:
        if parts[0]:
            yield parts[0]
        return
    for part in parts:
        yield from _alternatives(part)


def _without_brackets(tokens: list[re.Match[str]]) -> list[re.Match[str]]:
    while len(tokens) > 1 and tokens[0][0] == "(" and _closing(tokens) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def _closing(tokens: list[re.Match[str]]) -> int:
    depth = 0
    for number, token in enumerate(tokens):
        depth += (token[0] in _OPENING) - (token[0] in _OPENING.values())
        if not depth:
            return number
    return -1


def _condition(tokens: list[re.Match[str]]) -> FilterCondition:
    words = [token[0] for token in tokens]
    if words[:2] == ["filter", "."]:
        tokens, words = tokens[2:], words[2:]
    if len(words) > 1 and words[1] == "(" and (end := _closing(tokens[1:]) + 1):
        inside, rest = tokens[2:end], tokens[end + 1 :]
        if words[0] == "entropy" and _target(inside) == "secret" and (bound := _bound(rest)) is not None:
            return FilterCondition("secret", entropy=bound)
        if words[0] in _HELPERS and not rest and (found := _helper(inside, words[0])):
            return found
    return FilterCondition(unknown=_uses(tokens))


def _bound(rest: list[re.Match[str]]) -> float | None:
    is_bound = len(rest) == 2 and rest[0][0] in ("<=", "<") and rest[1].lastgroup == "number"
    return float(rest[1][0]) if is_bound else None


def _helper(inside: list[re.Match[str]], name: str) -> FilterCondition | None:
    commas = [number for number, token in enumerate(inside) if token[0] == "," and _depth(inside[:number]) == 0]
    if not commas:
        return None
    target, items = _target(inside[: commas[0]]), inside[commas[0] + 1 :]
    if not target or len(items) < 2 or items[0][0] != "[" or _closing(items) != len(items) - 1:
        return None
    listed = items[1:-1]
    if any(token.lastgroup != "text" and token[0] != "," for token in listed):
        return None
    texts = tuple(_text(token[0]) for token in listed if token.lastgroup == "text")
    return FilterCondition(target, expressions=texts) if _HELPERS[name] else FilterCondition(target, words=texts)


def _depth(tokens: list[re.Match[str]]) -> int:
    return sum((token[0] in _OPENING) - (token[0] in _OPENING.values()) for token in tokens)


def _target(tokens: list[re.Match[str]]) -> str:
    """Return what an operand names: a member of `finding`, or the path of `attributes`, maybe with a default."""
    words = [_text(token[0]) if token.lastgroup == "text" else token[0] for token in _without_brackets(tokens)]
    bare = [word for word in words if word not in ("[", "]", ".", "?.", "?", "(", ")", "??", "orValue", "")]
    if len(bare) != 2 or bare[0] != ("attributes" if bare[1] == _OF_PATHS else "finding"):
        return ""
    return _TARGETS.get(bare[1], "")


def _text(token: str) -> str:
    if token.startswith("`"):
        return token[1:-1]
    body = token[1:] if token[0] in "rR" else token
    quotes = 3 if body.startswith(('"""', "'''")) else 1
    if token[0] in "rR":
        return body[quotes:-quotes]
    try:
        return str(ast.literal_eval(body))
    except (ValueError, SyntaxError):
        return body[quotes:-quotes]


def _uses(tokens: list[re.Match[str]]) -> str:
    """Return the names of the functions and members that a condition uses: never its texts, which may be anything."""
    names = dict.fromkeys(token[0] for token in tokens if token.lastgroup == "name")
    return ", ".join(list(names)[:8]) or "a condition"
