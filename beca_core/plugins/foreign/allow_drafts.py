"""Allow-lists of other scanners as entries of BECA's allow-list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from beca_core.errors import InvalidInput
from beca_core.plugins.foreign.foreign_allow import AllowTarget, ForeignAllow
from beca_core.plugins.foreign.go_patterns import NotTranslated
from beca_core.plugins.foreign.path_globs import path_globs
from beca_core.plugins.foreign.remarks import Effect, Remark
from beca_core.rules.allow_entry import MAX_TEXT, AllowEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_IN_LINES: Final = "an entry looks at the secret, and not at what is around it"
_OF_COMMITS: Final = "an entry names no commits"


def allow_entries(allows: Iterable[ForeignAllow], owner: str, remarks: list[Remark]) -> list[AllowEntry]:
    """Return entries that say what allow-lists of other scanners say.

    Args:
        allows: The allow-lists.
        owner: The owner of the entries.
        remarks: Gets what an entry cannot say.
    """
    return [entry for allow in allows for entry in _entries(allow, owner, remarks)]


def _entries(allow: ForeignAllow, owner: str, remarks: list[Remark]) -> Iterator[AllowEntry]:
    def add(key: str, reason: str) -> None:
        remarks.append(Remark(allow.line, f"allow-list: {key}", reason, Effect.FINDS_MORE, allow.file))

    criteria = dict(_criteria(allow, add))
    is_whole = len(criteria) == sum(map(bool, (allow.commits, allow.paths, allow.expressions, allow.stop_words)))
    if allow.needs_all and not is_whole:
        return  # what is left of its conditions would hide more
    common: dict[str, Any] = {
        "reason": (allow.description or f"from {allow.file}")[:MAX_TEXT],
        "rules": allow.rules,
        "owner": owner,
    }
    for drafted in [criteria] if allow.needs_all else [{key: items} for key, items in criteria.items()]:
        if drafted:
            try:
                yield AllowEntry(**{**common, **drafted})
            except InvalidInput as error:
                add(", ".join(drafted), error.message.rstrip("."))


def _criteria(allow: ForeignAllow, add: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    if allow.commits:
        add("commits", _OF_COMMITS)
    if globs := tuple(dict.fromkeys(_globs(allow.paths, add))):
        yield "paths", globs
    if allow.expressions and allow.target is not AllowTarget.SECRET:
        add(f"regexes in the {allow.target.value}", _IN_LINES)
    elif allow.expressions:
        yield "values", allow.expressions
    if allow.stop_words:
        yield "stop_words", allow.stop_words


def _globs(paths: Iterable[str], add: Any) -> Iterator[str]:
    for path in paths:
        try:
            yield from path_globs(path)
        except NotTranslated as error:
            add("paths", f"an expression {error}")
