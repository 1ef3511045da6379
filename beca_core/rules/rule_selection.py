"""Which rules take part: by id, by a pattern of ids, or by what a rule says of itself.

A selector is one of these:

- an id, `github-token`, or an id that the rule had before;
- a pattern of these ids, in which `*` stands for any characters, `?` for one, and `[ab]` for one of some: `aws-*`;
- `tag:payment`, `category:ai`, `provider:github` and `plugin:acme`, each with a name or a pattern of names; the letter
  case makes no difference, except for a plugin;
- `severity:high` and `confidence:high`: rules of that level, and of the levels above it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import translate
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from beca_core.errors import InvalidInput, did_you_mean
from beca_core.findings import Confidence, Severity
from beca_core.system.lazy_regexp import lazy

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from beca_core.rules.rule import RuleInfo

_WILD: Final = lazy(r"[*?\[]")
_LIST_HINT: Final = "`beca rules list` shows all rules."

_ValuesOf: TypeAlias = Callable[["RuleInfo", str], tuple[str, ...]]
"""Returns what a rule has of one kind, of the rule and the name of its plugin."""

_NAMES: Final[dict[str, _ValuesOf]] = {
    "tag": lambda rule, _: rule.tags,
    "category": lambda rule, _: (rule.category,),
    "provider": lambda rule, _: (rule.provider.lower(),),
    "plugin": lambda _, plugin: (plugin,),
}
_LEVELS: Final[dict[str, type[Severity | Confidence]]] = {
    "severity": Severity,
    "confidence": Confidence,
}
KINDS: Final = (*_NAMES, *_LEVELS)
"""What can stand before the colon of a selector."""


class ChangeKind(StrEnum):
    """What a rule file has done with a rule of another plugin."""

    OVERRIDDEN = "overridden"
    """A rule of the file has taken its place."""
    DISABLED = "disabled"
    """It takes no part, unless it is named by its id."""


@dataclass(frozen=True, slots=True, order=True)
class RuleChange:
    """A rule that a rule file has overridden or disabled.

    Args:
        rule_id: Id of the rule.
        kind: What was done with it.
        plugin: Name of the plugin whose rule it was.
        by: Name of the rule file.
    """

    rule_id: str
    kind: ChangeKind
    plugin: str
    by: str

    def to_dict(self) -> dict[str, str]:
        """Return the change in its documented JSON shape."""
        return {"ruleId": self.rule_id, "kind": self.kind.value, "plugin": self.plugin, "by": self.by}


class RuleChoice(NamedTuple):
    """Which rules take part, and what their findings must reach.

    Args:
        files: Rule files.
        rules: Selectors of the rules that take part; None: all that are enabled.
        excluded: Selectors of those that do not.
        min_severity: Least severity of the findings; None: any.
        min_confidence: Least confidence of the findings; None: any.
    """

    files: tuple[str, ...] = ()
    rules: tuple[str, ...] | None = None
    excluded: tuple[str, ...] = ()
    min_severity: str | None = None
    min_confidence: str | None = None


def choice(
    rules: Mapping[str, RuleInfo],
    plugins: Mapping[str, str],
    changes: Iterable[RuleChange],
    selectors: Iterable[str] | None,
    excluded: Iterable[str],
) -> dict[str, RuleInfo]:
    """Return the rules that take part, by id, sorted.

    Args:
        rules: All rules, by id, sorted.
        plugins: As for `selected`.
        changes: What rule files have done with them.
        selectors: Selectors of those that take part; None: all that are enabled.
        excluded: Selectors of those that do not.

    Raises:
        InvalidInput: If a selector selects nothing, or no rule of several is left.
    """
    disabled = {change.rule_id for change in changes if change.kind is ChangeKind.DISABLED}
    off = disabled.union(rule_id for rule_id, rule in rules.items() if not rule.enabled)
    chosen = rules.keys() - off if selectors is None else selected(selectors, rules, plugins, off)
    left = chosen - selected(excluded, rules, plugins)
    if chosen and not left:
        raise InvalidInput("All rules that would take part are excluded, so nothing would be looked for.")
    return {rule_id: rule for rule_id, rule in rules.items() if rule_id in left}


def effective(changes: Iterable[RuleChange], taking_part: Container[str]) -> tuple[RuleChange, ...]:
    """Return changes without those of disabled rules that take part all the same, because they were named.

    Args:
        changes: What rule files have done.
        taking_part: Ids of the rules that take part.
    """
    return tuple(each for each in changes if each.kind is ChangeKind.OVERRIDDEN or each.rule_id not in taking_part)


def selected(
    selectors: Iterable[str], rules: Mapping[str, RuleInfo], plugins: Mapping[str, str], off: Container[str] = ()
) -> set[str]:
    """Return the ids of the rules that some selectors select.

    Args:
        selectors: The selectors.
        rules: All rules, by id.
        plugins: The name of each rule's plugin, by id.
        off: Ids of rules that patterns and levels do not select.

    Raises:
        InvalidInput: If one of them selects nothing, or is not valid; the hint lists what is similar.
    """
    return {rule_id for selector in selectors for rule_id in _of_one(selector, rules, plugins, off)}


def only_one(selector: str, found: Iterable[str]) -> str:
    """Return the id of the rule that a selector selects.

    Args:
        selector: The selector.
        found: The ids of all that it selects, at least one.

    Raises:
        InvalidInput: If it selects several.
    """
    chosen, *others = sorted(found)
    if others:
        raise InvalidInput(f"{selector!r:.80} selects {len(others) + 1:,} rules.", hint=f"Name one, such as {chosen}.")
    return chosen


def _of_one(selector: str, rules: Mapping[str, RuleInfo], plugins: Mapping[str, str], off: Container[str]) -> set[str]:
    kind, colon, name = selector.partition(":")
    if not colon:
        found = _of_id(selector, rules)
    elif kind in _LEVELS:
        found = _of_level(selector, kind, name, rules)
    elif kind in _NAMES:
        values = {rule_id: _NAMES[kind](rule, plugins.get(rule_id, "")) for rule_id, rule in rules.items()}
        found = _of_name(selector, name if kind == "plugin" else name.lower(), values)
    else:
        hint = did_you_mean(kind, KINDS, otherwise=f"There are {', '.join(KINDS)}.")
        raise InvalidInput(f"{selector!r:.80} does not select rules by something that they have.", hint=hint)
    left = (
        found if _is_exact(kind if colon else "", name if colon else selector) else {i for i in found if i not in off}
    )
    if not left:
        raise InvalidInput(
            f"{selector!r:.80} selects only rules that are not enabled: {', '.join(sorted(found)[:5])}.",
            hint="Name them by their ids.",
        )
    return left


def _is_exact(kind: str, name: str) -> bool:
    """Return whether a selector names something, so that it also selects what is not enabled."""
    return kind not in _LEVELS and not _WILD.search(name)


def _of_id(selector: str, rules: Mapping[str, RuleInfo]) -> set[str]:
    if _WILD.search(selector):
        matches = re.compile(translate(selector)).match
        if found := {rule_id for rule_id, rule in rules.items() if any(map(matches, (rule_id, *rule.former_ids)))}:
            return found
        raise InvalidInput(f"No rule has an id like {selector!r:.80}.", hint=_similar(selector, rules))
    if selector in rules:
        return {selector}
    if found := {rule_id for rule_id, rule in rules.items() if selector in rule.former_ids}:
        return found
    raise InvalidInput(f"There is no rule {selector!r:.80}.", hint=_similar(selector, rules))


def _of_level(selector: str, kind: str, name: str, rules: Mapping[str, RuleInfo]) -> set[str]:
    known = {level.value.lower(): level for level in _LEVELS[kind]}
    least = known.get(name.lower())
    if least is None:
        hint = did_you_mean(name.lower(), known, otherwise=f"There are {', '.join(known)}.")
        raise InvalidInput(f"{selector!r:.80} names no {kind}.", hint=hint)
    if found := {rule_id for rule_id, rule in rules.items() if getattr(rule, kind) >= least}:
        return found
    raise InvalidInput(f"No rule has {selector!r:.80}.", hint=_LIST_HINT)


def _of_name(selector: str, name: str, values: Mapping[str, tuple[str, ...]]) -> set[str]:
    matches = re.compile(translate(name) if _WILD.search(name) else re.escape(name)).fullmatch
    if name and (found := {rule_id for rule_id, of_rule in values.items() if any(map(matches, filter(None, of_rule)))}):
        return found
    known = sorted({value for of_rule in values.values() for value in of_rule if value})
    prefix = f"{selector.partition(':')[0]}:"
    hint = did_you_mean(name, known, most=3, otherwise=_LIST_HINT, prefix=prefix)
    raise InvalidInput(f"No rule has {selector!r:.80}.", hint=hint)


def _similar(selector: str, rules: Mapping[str, RuleInfo]) -> str:
    return did_you_mean(selector.lower(), rules, most=3, otherwise=_LIST_HINT)
