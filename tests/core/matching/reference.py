"""What a rule finds, said a second time: Python's `re` over the whole content, with lookaround, and no prefilter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from beca_core import Side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core import Near, Part, Rule


class Found(NamedTuple):
    """A secret with its companions."""

    begin: int
    end: int
    parts: tuple[tuple[str, int, int], ...] = ()


def reference_matches(rule: Rule, data: bytes) -> list[Found]:
    """Return what a rule finds: boundary, near, allowed words and values, parts; no checks, no long matches."""
    found: dict[tuple[int, int], Found] = {}
    for pattern in rule.patterns:
        for begin, end in occurrences(pattern, rule.boundary, "secret", data):
            if all(_is_near(near, data, begin, end) for near in rule.near) and not _is_allowed(rule, data[begin:end]):
                parts = [(part, _nearest(part, data, begin, end)) for part in rule.parts]
                if all(span is not None or not part.required for part, span in parts):
                    spans = tuple((part.name, *span) for part, span in parts if span is not None)
                    found.setdefault((begin, end), Found(begin, end, spans))
    return sorted(found.values())


def occurrences(pattern: str, boundary: str, group: str, data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the spans of a group; the next search begins at its end."""
    around = (f"(?<![{boundary}])", f"(?![{boundary}])") if boundary else ("", "")
    marked = pattern if f"(?P<{group}>" in pattern else f"(?P<{group}>{pattern})"
    flags, marked = re.fullmatch(r"(\(\?[ims]+\))?(.*)", marked, re.DOTALL).groups()
    begin = marked.index(f"(?P<{group}>")
    end = _closing(marked, begin)
    text = marked[:begin] + around[0] + marked[begin:end] + around[1] + marked[end:]
    compiled, at = re.compile(f"{flags or ''}(?m:{text})".encode()), 0
    while (match := compiled.search(data, at)) is not None:
        if match.start(group) < 0:
            at = match.end()
            continue
        yield match.span(group)
        at = match.end(group)


def _closing(pattern: str, begin: int) -> int:
    depth = 0
    for at in range(begin, len(pattern)):
        depth += {"(": 1, ")": -1}.get(pattern[at], 0)
        if not depth:
            return at + 1
    raise AssertionError(pattern)


def _is_near(near: Near, data: bytes, begin: int, end: int) -> bool:
    for word in near.words:
        for match in re.finditer(b"(?=%s)" % re.escape(word.encode()), data, re.IGNORECASE):
            first, last = match.start(), match.start() + len(word)
            if _gap(near.where, data, (first, last), (begin, end), near.within) is not None:
                return True
    return False


def _is_allowed(rule: Rule, secret: bytes) -> bool:
    allow = rule.allow
    return (
        secret in [value.encode() for value in allow.values]
        or any(word.lower().encode() in secret.lower() for word in allow.words)
        or any(re.search(text.encode(), secret) for text in allow.patterns)
    )


def _nearest(part: Part, data: bytes, begin: int, end: int) -> tuple[int, int] | None:
    near = []
    for first, last in occurrences(part.pattern, part.boundary, "part", data):
        gap = _gap(part.where, data, (first, last), (begin, end), part.within_bytes)
        lines = data[min(last, end) : max(first, begin)].count(b"\n")
        if gap is not None and lines <= (0 if part.where is Side.LINE else part.within_lines):
            near.append((gap, first, last))
    return min(near)[1:] if near else None


def _gap(side: Side, data: bytes, span: tuple[int, int], secret: tuple[int, int], within: int) -> int | None:
    if span[1] <= secret[0]:
        gap, between = secret[0] - span[1], data[span[1] : secret[0]]
        on_side = side is not Side.AFTER
    elif span[0] >= secret[1]:
        gap, between = span[0] - secret[1], data[secret[1] : span[0]]
        on_side = side is not Side.BEFORE
    else:
        return None
    if not on_side or gap > within or (side is Side.LINE and b"\n" in between):
        return None
    return gap
