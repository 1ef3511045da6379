"""Files of TruffleHog: custom detectors (YAML), and expressions of the paths that are excluded, one in each line.

Documentation: https://docs.trufflesecurity.com/custom-detectors and https://github.com/trufflesecurity/trufflehog
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from beca_core.errors import InvalidInput, InvalidRule, quoted_path
from beca_core.findings import Confidence, Severity
from beca_core.matching.steps.expressions import check_expressions
from beca_core.plugins.foreign.foreign_allow import AllowTarget, ForeignAllow
from beca_core.plugins.foreign.foreign_file import ForeignFile, foreign_text
from beca_core.plugins.foreign.gitleaks.allow_tables import RuleAllows
from beca_core.plugins.foreign.gitleaks.rule_tables import as_name
from beca_core.plugins.foreign.go_patterns import NotTranslated, TranslatedPattern, searched, translate_pattern
from beca_core.plugins.foreign.remarks import Effect, Remark
from beca_core.plugins.rule_files.parsed_file import NotParsed
from beca_core.plugins.rule_files.yaml_reader import read_yaml
from beca_core.reports.escaping import printable
from beca_core.rules.context import MAX_NEAR_BYTES, Part
from beca_core.rules.rule import Rule
from beca_core.rules.rule_problems import check_rule

if TYPE_CHECKING:
    from beca_core.plugins.rule_files.parsed_file import ParsedFile

_MARKER: Final = "trufflehog:ignore"
_KNOWN: Final = frozenset(
    ("name", "keywords", "regex", "entropy", "exclude_words", "exclude_regexes_capture", "exclude_regexes_match")
)
_WITHOUT_EFFECT: Final = frozenset(("verify", "primary_regex_name"))
_YAML: Final = (".yaml", ".yml")


def read_trufflehog(path: str | os.PathLike[str], prefix: str = "") -> ForeignFile:
    """Return what a file of TruffleHog says: detectors if its name ends in `.yaml` or `.yml`, else excluded paths.

    Args:
        path: The file.
        prefix: What the ids of the rules begin with.

    Raises:
        InvalidInput: If it cannot be read.
        MissingExtra: If it is YAML, and the extra `yaml` is not installed.
    """
    name = printable(os.fspath(path))
    text = foreign_text(path)
    if Path(path).suffix.lower() not in _YAML:
        return _excluded_paths(text, name)
    try:
        parsed = read_yaml(text)
    except NotParsed as error:
        line = "" if error.spot is None else f", line {error.spot.line}"
        raise InvalidInput(f"{quoted_path(path)}{line}: the file {error.message}.") from None
    if not isinstance(parsed.data, dict) or not isinstance(parsed.data.get("detectors"), list):
        raise InvalidInput(f"{quoted_path(path)} has no list of detectors.")
    return _Detectors(parsed, name, prefix).read()


def _excluded_paths(text: str, name: str) -> ForeignFile:
    paths, remarks = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            searched(line.strip())
            paths.append(ForeignAllow(paths=(line.strip(),), line=number, file=name))
        except NotTranslated as error:
            remarks.append(Remark(number, "the line", f"its expression {error}", Effect.FINDS_MORE, name))
    return ForeignFile(allows=tuple(paths), markers=(_MARKER,), remarks=tuple(remarks))


@dataclass
class _Detectors:
    parsed: ParsedFile
    name: str
    prefix: str
    rules: list[Rule] = field(default_factory=list)
    allows: list[ForeignAllow] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def read(self) -> ForeignFile:
        for key in self.parsed.data:
            if key != "detectors":
                self._add((key,), f"{str(key)!a:.80}", "the key is not known", Effect.NONE)
        for number, data in enumerate(self.parsed.data["detectors"]):
            where = ("detectors", number)
            try:
                if not isinstance(data, dict):
                    raise NotTranslated("is no table")
                self.rules.append(self._rule(data, where))
            except NotTranslated as error:
                self._add(where, _label(data, number), f"an expression {error}", Effect.NOT_RUN)
            except InvalidRule as error:
                self._add(where, _label(data, number), error.message.rstrip("."), Effect.NOT_RUN)
        return ForeignFile(tuple(self.rules), tuple(self.allows), markers=(_MARKER,), remarks=tuple(self.remarks))

    def _rule(self, data: dict[str, Any], where: tuple[str | int, ...]) -> Rule:
        label = _label(data, int(where[-1]))
        for key in data.keys() - _KNOWN:
            is_harmless = key in _WITHOUT_EFFECT
            reason = "BECA asks no provider" if key == "verify" else "the key is not known"
            if key != "primary_regex_name":
                effect = Effect.NONE if is_harmless else Effect.FINDS_MORE
                self._add((*where, key), f"{label}: {str(key)!a:.80}", reason, effect)
        named = self._patterns(data)
        first = str(data.get("primary_regex_name", ""))
        chosen = first if first in named else list(named)[-1]
        pattern = named.pop(chosen)
        allows = self._allows(data, label, where)
        entropy = data.get("entropy", 0)
        rule = Rule(
            id=f"{self.prefix}{as_name(str(data.get('name', '')))}",
            version=1,
            description=str(data.get("description") or data.get("name") or label)[:1000],
            severity=Severity.HIGH,
            confidence=Confidence.MEDIUM,
            pattern=pattern.patterns[0] if len(pattern.patterns) == 1 else pattern.patterns,
            keywords=tuple(word.lower() for word in _texts(data.get("keywords")) if word.isascii()),
            parts=tuple(_part(name, part) for name, part in named.items()),
            min_entropy=float(entropy) if isinstance(entropy, int | float) and 0 <= entropy <= 8 else 0.0,
            allow=allows.allow(),
            multiline=pattern.multiline,
            max_bytes=pattern.max_bytes,
        )
        check_rule(rule)
        check_expressions(rule)
        return rule

    def _patterns(self, data: dict[str, Any]) -> dict[str, TranslatedPattern]:
        given = data.get("regex")
        if not isinstance(given, dict) or not given:
            raise NotTranslated("is missing")
        return {str(name): translate_pattern(str(expression)) for name, expression in given.items()}

    def _allows(self, data: dict[str, Any], label: str, where: tuple[str | int, ...]) -> RuleAllows:
        allows = RuleAllows()
        allows.take(ForeignAllow(stop_words=tuple(_texts(data.get("exclude_words")))))
        for key in ("exclude_regexes_capture", "exclude_regexes_match"):
            for expression in _texts(data.get(key)):
                try:
                    searched(expression)
                except NotTranslated as error:
                    self._add((*where, key), f"{label}: {key}", f"an expression {error}", Effect.FINDS_MORE)
                    continue
                if key == "exclude_regexes_match":
                    reason = "a rule looks at the secret, and not at all that was matched"
                    self._add((*where, key), f"{label}: {key}", reason, Effect.FINDS_MORE)
                else:
                    allows.take(ForeignAllow(expressions=(expression,), target=AllowTarget.SECRET))
        return allows

    def _add(self, path: tuple[str | int, ...], subject: str, reason: str, effect: Effect) -> None:
        self.remarks.append(Remark(self.parsed.spot(path).line, subject, reason, effect, self.name))


def _label(data: object, number: int) -> str:
    named = data.get("name") if isinstance(data, dict) else None
    return f"detector {named!a:.80}" if isinstance(named, str) else f"detector {number + 1}"


def _part(name: str, pattern: TranslatedPattern) -> Part:
    return Part(
        name=as_name(name) or "part",
        pattern=pattern.patterns[0].replace("(?P<secret>", "(?P<part>", 1),
        within_bytes=MAX_NEAR_BYTES,
        within_lines=MAX_NEAR_BYTES,
    )


def _texts(given: object) -> list[str]:
    return [each for each in given if isinstance(each, str) and each] if isinstance(given, list) else []
