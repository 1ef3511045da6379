"""Allow-lists of gitleaks and filters of betterleaks: what the rule itself can have, and what is left."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from beca_core.plugins.foreign.foreign_allow import AllowTarget, ForeignAllow
from beca_core.plugins.foreign.gitleaks.filter_expressions import read_filter
from beca_core.plugins.foreign.go_patterns import NotTranslated, as_bytes, searched
from beca_core.plugins.foreign.path_globs import path_globs
from beca_core.plugins.foreign.remarks import Effect
from beca_core.rules.context import Allow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from beca_core.plugins.foreign.gitleaks.config_reading import SourceTable

    Add = Callable[[str, str, Effect], None]

_KNOWN: Final = frozenset(
    ("description", "condition", "commits", "paths", "regexes", "regexTarget", "stopwords", "targetRules")
)
_TARGETS: Final = {"": AllowTarget.SECRET, **{target.value: target for target in AllowTarget}}


@dataclass
class RuleAllows:
    """What a rule does not report.

    Args:
        words: As `Allow.words`.
        patterns: As `Allow.patterns`.
        lines: As `Allow.lines`.
        paths: Patterns of paths that are excluded, without `!`.
        min_entropy: As `Rule.min_entropy`.
        left: What a rule cannot have.
    """

    words: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    min_entropy: float = 0.0
    left: list[ForeignAllow] = field(default_factory=list)

    def allow(self) -> Allow:
        """Return what of it is an `Allow`."""
        words, patterns, lines = (tuple(dict.fromkeys(each)) for each in (self.words, self.patterns, self.lines))
        return Allow(words=words, patterns=patterns, lines=lines)

    def take(self, allow: ForeignAllow) -> None:
        """Take what a rule can have out of an allow-list, and keep the rest."""
        if allow.needs_all and sum(map(bool, (allow.commits, allow.paths, allow.expressions, allow.stop_words))) > 1:
            self.left.append(allow)
            return
        rest_of_words = tuple(word for word in allow.stop_words if not word.isascii())
        self.words += [word for word in allow.stop_words if word.isascii()]
        rest_of_paths = tuple(path for path in allow.paths if not self._take_path(path))
        expressions: tuple[str, ...] = allow.expressions
        if allow.target is not AllowTarget.MATCH:
            into = self.patterns if allow.target is AllowTarget.SECRET else self.lines
            into += map(_as_ends_of_texts, expressions)
            expressions = ()
        left = replace(allow, paths=rest_of_paths, expressions=expressions, stop_words=rest_of_words)
        if left:
            self.left.append(left)

    def _take_path(self, path: str) -> bool:
        try:
            self.paths += path_globs(path)
        except NotTranslated:
            return False
        return True


def read_allowlist(table: SourceTable, add: Add) -> ForeignAllow | None:
    """Return what an allow-list says, or None if nothing of it can be used.

    Args:
        table: Its table.
        add: Called with the key, the reason and the effect of what is not translated.
    """
    data = table.data
    for key in data.keys() - _KNOWN - {"_line", "_file"}:
        add(str(key)[:80], "the key is not known", Effect.FINDS_MORE)
    target = _TARGETS.get(str(data.get("regexTarget", "")))
    if target is None:
        add("regexTarget", "it is none of secret, match and line", Effect.FINDS_MORE)
        return None
    condition = str(data.get("condition", "OR")).upper()
    if condition not in ("OR", "||", "AND", "&&"):
        add("condition", "it is neither OR nor AND", Effect.FINDS_MORE)
        return None
    needs_all = condition in ("AND", "&&")
    commits = tuple(each.lower() for each in _texts(data, "commits", add))
    words, given = tuple(_texts(data, "stopwords", add)), {key: _texts(data, key, add) for key in ("paths", "regexes")}
    paths, expressions = (tuple(_usable(given[key], key, add)) for key in ("paths", "regexes"))
    lost = len(paths) < len(given["paths"]) or len(expressions) < len(given["regexes"])
    if needs_all and ((lost and not paths and given["paths"]) or (lost and not expressions and given["regexes"])):
        return None  # without one of its conditions, it would hide more
    found = ForeignAllow(
        description=str(data.get("description", ""))[:500],
        rules=tuple(_texts(data, "targetRules", add)),
        needs_all=needs_all,
        commits=commits,
        paths=paths,
        expressions=expressions,
        target=target,
        stop_words=words,
        line=data.get("_line", table.line),
        file=data.get("_file", table.file),
    )
    return found or None


def read_conditions(text: str, table: SourceTable, key: str, add: Add, allows: RuleAllows) -> list[ForeignAllow]:
    """Return the conditions of a filter that are allow-lists; entropy goes into the other ones, the rest is named.

    Args:
        text: The filter.
        table: Its table.
        key: Its key.
        add: Called with the key, the reason and the effect of what is not translated.
        allows: Gets the least entropy.
    """
    found = []
    for condition in read_filter(text):
        if condition.entropy is not None:
            allows.min_entropy = max(allows.min_entropy, condition.entropy)
        elif condition.unknown:
            add(key, f"a condition is not known: {condition.unknown}", Effect.FINDS_MORE)
        else:
            given = (*condition.expressions, *(re.escape(word) for word in condition.words))
            usable = tuple(_usable(given, key, add))
            of_paths = condition.target == "path"
            found.append(
                ForeignAllow(
                    paths=usable if of_paths else (),
                    expressions=() if of_paths else usable,
                    target=AllowTarget.SECRET if of_paths else AllowTarget(condition.target),
                    line=table.line_of(key),
                    file=table.file,
                )
            )
    return [allow for allow in found if allow]


def _as_ends_of_texts(expression: str) -> str:
    """Return an expression in which `^` and `$` are the ends of a text; a rule takes them for ends of lines."""
    text = as_bytes(expression)
    return f"(?-m:{text})" if "^" in text or "$" in text else text


def _usable(expressions: Iterable[str], key: str, add: Add) -> Iterable[str]:
    for expression in expressions:
        try:
            if searched(expression).search(b"") is None:
                yield expression
            else:
                add(key, "an expression matches every text", Effect.FINDS_MORE)
        except NotTranslated as error:
            add(key, f"an expression {error}", Effect.FINDS_MORE)


def _texts(data: Any, key: str, add: Add) -> Sequence[str]:
    given = data.get(key, [])
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        add(key, "it is not a list of texts", Effect.FINDS_MORE)
        return []
    return [each for each in given if each]
