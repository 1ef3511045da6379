"""A rule of gitleaks or betterleaks as a `Rule`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beca_core.errors import InvalidRule
from beca_core.findings import Confidence, Severity
from beca_core.matching.steps.expressions import check_expressions
from beca_core.plugins.foreign.gitleaks.allow_tables import RuleAllows, read_allowlist, read_conditions
from beca_core.plugins.foreign.gitleaks.config_reading import SourceTable
from beca_core.plugins.foreign.go_patterns import NotTranslated, TranslatedPattern, translate_pattern
from beca_core.plugins.foreign.path_globs import path_globs
from beca_core.plugins.foreign.remarks import Effect, Remark
from beca_core.rules.context import MAX_NEAR_BYTES, Part
from beca_core.rules.rule import (
    MAX_DESCRIPTION,
    MAX_RULE_ID,
    MAX_TAG,
    Rule,
)
from beca_core.rules.rule_problems import check_rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from beca_core.plugins.foreign.foreign_allow import ForeignAllow

_KNOWN: Final = frozenset(
    [
        "id",
        "description",
        "regex",
        "secretGroup",
        "valueGroup",
        "entropy",
        "path",
        "keywords",
        "tags",
        "allowlist",
        "allowlists",
        "filter",
        "confidence",
        "required",
        "components",
        "skipReport",
    ]
)
_WITHOUT_EFFECT: Final = {
    "validate": "BECA asks no provider",
    "analyze": "BECA asks no provider",
    "revoke": "BECA asks no provider",
    "specificity": "of rules for one secret, BECA takes the more exact match",
}
_OF_RULES: Final = frozenset(("entropy", "filter", "allowlist", "allowlists", "path"))
"""What decides about a rule, and not about a part."""
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")
_WITHIN: Final = re.compile(r"(\d+)([LC])")


class RuleDefaults(NamedTuple):
    """What all rules get that the format does not know.

    Args:
        prefix: What the ids begin with.
        severity: Their severity.
        confidence: Their confidence, unless they say it.
        checked: Whether each expression is checked.
    """

    prefix: str = ""
    severity: Severity = Severity.HIGH
    confidence: Confidence = Confidence.MEDIUM
    checked: bool = True


class TranslatedRule(NamedTuple):
    """A rule, and what is left of its table.

    Args:
        rule: The rule.
        left: Allow-lists that a rule cannot have.
        path: An expression of the paths that it is for, which a rule cannot have; empty: there is none.
    """

    rule: Rule
    left: tuple[ForeignAllow, ...]
    path: str


class RuleTable:
    """Translates one rule.

    Args:
        table: Its table.
        others: The tables of all rules, by id, for what it requires.
        rule_id: Its id in BECA.
        defaults: What all rules get.
        remarks: Gets what is not translated.
    """

    def __init__(
        self,
        table: SourceTable,
        others: Mapping[str, SourceTable],
        rule_id: str,
        defaults: RuleDefaults,
        remarks: list[Remark],
    ) -> None:
        self._table = table
        self._data = table.data
        self._others = others
        self._id = rule_id
        self._defaults = defaults
        self._remarks = remarks

    def translated(self) -> TranslatedRule | None:
        """Return the rule, or None after adding why there is none."""
        if self._data.get("skipReport") is True:
            return None  # it takes part in others only
        for key in self._data.keys() - _KNOWN:
            known = _WITHOUT_EFFECT.get(key)
            self._add(str(key)[:80], known or "the key is not known", Effect.NONE if known else Effect.FINDS_MORE)
        try:
            return self._translated(_pattern(self._data))
        except NotTranslated as error:
            self._add("regex", f"its expression {error}", Effect.NOT_RUN)
        except InvalidRule as error:
            self._add("regex", error.message.rstrip("."), Effect.NOT_RUN)
        return None

    def _translated(self, pattern: TranslatedPattern) -> TranslatedRule:
        if not pattern.exact:
            self._add("regex", "of its groups, several can be the secret in one match", Effect.FINDS_MORE)
        if pattern.is_cut:
            self._add("regex", "its match can be longer than what is looked at", Effect.FINDS_LESS)
        allows = self._allows()
        paths, path = self._paths(allows)
        rule = Rule(
            id=self._id,
            version=1,
            description=self._description(),
            severity=self._defaults.severity,
            confidence=self._confidence(),
            tags=self._tags(),
            paths=paths,
            pattern=pattern.patterns[0] if len(pattern.patterns) == 1 else pattern.patterns,
            keywords=self._keywords(),
            parts=tuple(self._parts()),
            min_entropy=allows.min_entropy,
            allow=allows.allow(),
            multiline=pattern.multiline,
            max_bytes=pattern.max_bytes,
        )
        check_rule(rule)
        if self._defaults.checked:
            check_expressions(rule)
        return TranslatedRule(rule, tuple(allows.left), path)

    def _allows(self) -> RuleAllows:
        allows = RuleAllows(min_entropy=self._entropy())
        given = self._data.get("allowlists", [])
        for data in given if isinstance(given, list) else []:
            if isinstance(data, dict):
                table = SourceTable(data, data.get("_file", self._table.file), data.get("_line", self._table.line))
                if found := read_allowlist(table, self._of_allowlist(table)):
                    allows.take(found)
        text = self._data.get("filter", "")
        if isinstance(text, str):
            for found in read_conditions(text, self._table, "filter", self._add, allows):
                allows.take(found)
        return allows

    def _of_allowlist(self, table: SourceTable) -> Any:
        def add(key: str, reason: str, effect: Effect) -> None:
            self._note(table.line, f"allowlist: {key}", reason, effect, table.file)

        return add

    def _entropy(self) -> float:
        value = self._data.get("entropy", 0)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 8:
            self._add("entropy", "it is not a number from 0 to 8", Effect.FINDS_MORE)
            return 0.0
        return float(value)

    def _paths(self, allows: RuleAllows) -> tuple[tuple[str, ...], str]:
        """Return the patterns of paths of the rule, and the expression that cannot be one."""
        expression = self._data.get("path", "")
        excluded = tuple(f"!{glob}" for glob in dict.fromkeys(allows.paths))
        if not isinstance(expression, str) or not expression:
            return excluded, ""
        try:
            return (*(path_globs(expression) or ("/",)), *excluded), ""
        except NotTranslated:
            return excluded, expression

    def _description(self) -> str:
        text = self._data.get("description")
        words = " ".join(text.split()) if isinstance(text, str) else ""
        return words[:MAX_DESCRIPTION] or self._id

    def _confidence(self) -> Confidence:
        said = str(self._data.get("confidence", "")).upper()
        if said and said not in Confidence.__members__:
            self._add("confidence", "it is none of low, medium and high", Effect.NONE)
        return Confidence.__members__.get(said, self._defaults.confidence)

    def _tags(self) -> tuple[str, ...]:
        given = self._data.get("tags", [])
        names = (as_name(tag)[:MAX_TAG].strip("-") for tag in given if isinstance(tag, str)) if given else ()
        return tuple(dict.fromkeys(filter(None, names)))

    def _keywords(self) -> tuple[str, ...]:
        given = self._data.get("keywords", [])
        if not isinstance(given, list):
            self._add("keywords", "it is not a list of texts", Effect.NONE)
            return ()
        words = [word.lower() for word in given if isinstance(word, str) and word]
        if not all(word.isascii() for word in words):
            self._add("keywords", "one has characters outside ASCII, so none is used", Effect.FINDS_MORE)
            return ()
        return tuple(dict.fromkeys(words))

    def _parts(self) -> Iterator[Part]:
        for key in ("required", "components"):
            given = self._data.get(key, [])
            for number, item in enumerate(given if isinstance(given, list) else []):
                if isinstance(item, dict) and (part := self._part(key, item, number)):
                    yield part

    def _part(self, key: str, item: dict[str, Any], number: int) -> Part | None:
        named = str(item.get("id", ""))
        other = self._others.get(named)
        is_required = item.get("optional") is not True
        if other is None:
            self._add(key, f"there is no rule {named!r:.80}", Effect.FINDS_MORE if is_required else Effect.NONE)
            return None
        try:
            pattern = _pattern(other.data)
        except NotTranslated as error:
            self._add(key, f"of rule {named!r:.80}, the expression {error}", Effect.FINDS_MORE)
            return None
        if pattern.multiline or len(pattern.patterns) > 1:
            self._add(key, "a part is found on one line, by one expression", Effect.FINDS_LESS)
        if _OF_RULES.intersection(other.data):
            self._add(key, "of a part, only its expression is asked", Effect.FINDS_MORE)
        within_lines, within_bytes = _within(item)
        if is_required and within_bytes == MAX_NEAR_BYTES and within_lines == MAX_NEAR_BYTES:
            self._add(key, f"a part can be at most {MAX_NEAR_BYTES:,} bytes away", Effect.FINDS_LESS)
        return Part(
            name=as_name(named)[:MAX_TAG].strip("-") or f"part-{number + 1}",
            pattern=pattern.patterns[0].replace("(?P<secret>", "(?P<part>", 1),
            within_lines=within_lines,
            within_bytes=within_bytes,
            required=is_required,
        )

    def _add(self, key: str, reason: str, effect: Effect) -> None:
        self._note(self._table.line_of(key), key, reason, effect, self._table.file)

    def _note(self, line: int, key: str, reason: str, effect: Effect, file: str) -> None:
        rule_id = str(self._data["id"])[:MAX_RULE_ID]
        self._remarks.append(Remark(line, f"rule {rule_id}: {key}", reason, effect, file, rule_id))


def as_name(text: str) -> str:
    """Return a text as lower-case words joined by hyphens; empty: it has none."""
    return _NOT_IN_NAMES.sub("-", text.lower()).strip("-")


def _pattern(data: Mapping[str, Any]) -> TranslatedPattern:
    expression = data.get("regex")
    if not isinstance(expression, str) or not expression:
        reason = "is missing: BECA looks at contents, and not only at paths" if data.get("path") else "is missing"
        raise NotTranslated(reason)
    group = data.get("secretGroup", data.get("valueGroup", 0))
    if isinstance(group, bool) or not isinstance(group, int) or group < 0:
        raise NotTranslated("has a secretGroup that is not the number of a group")
    return translate_pattern(expression, group)


def _within(item: Mapping[str, Any]) -> tuple[int, int]:
    """Return how far a part may be away, in lines and in bytes."""
    bounds = {unit: int(number) for number, unit in _WITHIN.findall(str(item.get("within", "")))}
    lines, columns = item.get("withinLines", bounds.get("L")), item.get("withinColumns", bounds.get("C"))
    return tuple(  # type: ignore[return-value]
        min(max(least, value), MAX_NEAR_BYTES) if isinstance(value, int) else MAX_NEAR_BYTES
        for value, least in ((lines, 0), (columns, 1))
    )
