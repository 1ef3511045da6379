"""Runs the rules and allow-lists of a gitleaks or betterleaks configuration, as they are.

`beca_core.plugins.foreign` translates the file. What a rule of BECA cannot have, such as an allow-list of commits, is
decided here when the places of the findings are known.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from beca_core import (
    Argument,
    BecaError,
    Confidence,
    Dropped,
    Finding,
    FindingInText,
    PluginCommand,
    Setting,
    SettingValue,
    Severity,
    hookimpl,
)
from beca_core.plugins.foreign import (
    AllowTarget,
    Effect,
    ForeignAllow,
    GitleaksConfig,
    Remark,
    searched,
    translate_gitleaks,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from beca_core import Processor, Rule

BECA_API = 1

_SEVERITIES = tuple(severity.value.lower() for severity in Severity)
_CONFIDENCES = tuple(confidence.value.lower() for confidence in Confidence)
_MOST_NAMED = 10


class RulesNotRun(BecaError):
    """Raised after the last rule, if some rules of the file cannot be run."""


class AllowLists:
    """Drops what the configuration allows, and a rule by itself cannot.

    Args:
        config: The configuration.
    """

    def __init__(self, config: GitleaksConfig) -> None:
        self._allows = [_Allow(allow) for allow in config.allows]
        self._paths = {rule_id: searched(path) for rule_id, path in config.paths.items()}
        self._rules = {rule.id: rule for rule in config.rules}

    def __call__(self, seen: FindingInText) -> Finding | Dropped:
        """Return the finding, or why it is dropped."""
        finding = seen.finding
        rule = self._rules.get(finding.rule_id)
        if rule is None:
            return finding
        path = self._paths.get(rule.id)
        if path is not None and path.search(_path(finding)) is None:
            return Dropped("the rule is for other paths")
        for allow in self._allows:
            if allow.applies_to(rule) and allow.accepts(seen, rule):
                return Dropped("an allow-list of the configuration accepts it", allow.name)
        return finding


class _Allow:
    def __init__(self, allow: ForeignAllow) -> None:
        self._allow = allow
        self._paths = [searched(path) for path in allow.paths]
        self._expressions = [searched(expression) for expression in allow.expressions]
        self._words = [word.lower().encode() for word in allow.stop_words]
        self.name = allow.description or f"line {allow.line}"

    def applies_to(self, rule: Rule) -> bool:
        return not self._allow.rules or rule.id in self._allow.rules

    def accepts(self, seen: FindingInText, rule: Rule) -> bool:
        answers = self._answers(seen, rule)
        return all(answers) if self._allow.needs_all else any(answers)

    def _answers(self, seen: FindingInText, rule: Rule) -> Iterator[bool]:
        """Yield for each kind of criterion that is given whether the finding matches it."""
        finding = seen.finding
        if self._allow.commits:
            commit = "" if finding.commit is None else finding.commit.id
            yield bool(commit) and commit.startswith(self._allow.commits)
        if self._paths:
            yield any(path.search(_path(finding)) for path in self._paths)
        if self._expressions:
            text = _target(seen, rule, self._allow.target)
            yield any(expression.search(text) for expression in self._expressions)
        if self._words:
            yield any(word in finding.secret.lower() for word in self._words)


def _path(finding: Finding) -> bytes:
    at = finding.location
    return at.path.encode("utf-8", "surrogatepass") if at.raw_path is None else at.raw_path


def _target(seen: FindingInText, rule: Rule, target: AllowTarget) -> bytes:
    """Return what the expressions of an allow-list are searched in."""
    if target is AllowTarget.SECRET or not seen.text:
        return seen.finding.secret
    if target is AllowTarget.LINE:
        return seen.text
    for pattern in map(searched, rule.patterns):
        group = pattern.groupindex[b"secret"]
        for found in pattern.finditer(seen.text):
            if found.span(group) == (seen.begin, seen.end):
                return found[0] or b""
    return seen.finding.secret


def _config(settings: Mapping[str, SettingValue], *, checked: bool = False) -> GitleaksConfig | None:
    if not settings["file"]:
        return None
    return translate_gitleaks(
        str(settings["file"]),
        prefix=str(settings["prefix"]),
        severity=Severity(str(settings["severity"]).upper()),
        confidence=Confidence(str(settings["confidence"]).upper()),
        checked=checked,
    )


@hookimpl
def beca_register_settings() -> Iterable[Setting]:
    """Return what a user can set: the file, and what its format does not know."""
    yield Setting("file", default="", description="The configuration of gitleaks or betterleaks; empty: none.")
    yield Setting("prefix", default="gitleaks-", description="What the ids of the rules begin with.")
    yield Setting("severity", default="high", description="The severity of all rules.", choices=_SEVERITIES)
    yield Setting(
        "confidence", default="medium", description="The confidence of rules that do not say it.", choices=_CONFIDENCES
    )
    yield Setting("skip", tuple, default=(), description="Ids, in the file, of rules that take no part.")


@hookimpl
def beca_register_rules(settings: Mapping[str, SettingValue]) -> Iterable[Rule]:
    """Return the rules of the file. If some cannot be run, that is a problem, unless the setting `skip` names them."""
    config = _config(settings)
    if config is None:
        return
    skipped = settings["skip"] if isinstance(settings["skip"], tuple) else ()
    for rule in config.rules:
        if config.origins[rule.id] not in skipped:
            yield rule
    missing = {remark.rule or remark.subject: remark for remark in config.remarks if remark.effect is Effect.NOT_RUN}
    if named := [name for name in missing if name not in skipped]:
        more = f" and {len(named) - _MOST_NAMED:,} more" if len(named) > _MOST_NAMED else ""
        shown = f"{', '.join(named[:_MOST_NAMED])}{more}"
        raise RulesNotRun(f"not run: {shown}. `beca gitleaks check FILE` says why; the setting skip accepts it.")


@hookimpl
def beca_register_processors(settings: Mapping[str, SettingValue]) -> Iterable[Processor]:
    """Return what drops findings that an allow-list of the file accepts."""
    config = _config(settings)
    if config is not None and (config.allows or config.paths):
        yield AllowLists(config)


@hookimpl
def beca_register_commands() -> Iterable[PluginCommand]:
    """Return the command that says what of a file runs."""
    yield PluginCommand(
        "gitleaks",
        run_command,
        "Say what of a gitleaks or betterleaks configuration runs in BECA.\n\n"
        "Lists each thing that is not translated, with its line, the reason and the effect. The exit code is 1 if a "
        "rule is not run.",
        (
            Argument("action", description="check", choices=("check",)),
            Argument("file", description="The configuration."),
        ),
    )


def run_command(action: str, file: str) -> int:
    """Print what of a file runs, and return the exit code."""
    del action  # there is only one
    config = translate_gitleaks(file)
    order = list(Effect)
    for remark in sorted(config.remarks, key=lambda each: (order.index(each.effect), each.file, each.line)):
        sys.stdout.write(f"{remark}\n")
    count = len(config.rules)
    sys.stdout.write(f"{count:,} rule{'' if count == 1 else 's'} of {file} run. {_counts(config.remarks)}\n")
    return int(any(remark.effect is Effect.NOT_RUN for remark in config.remarks))


def _counts(remarks: Iterable[Remark]) -> str:
    effects = [remark.effect for remark in remarks]
    counts = [f"{effects.count(effect):,} {effect.value}" for effect in Effect if effect in effects]
    return f"Not translated: {', '.join(counts)}." if counts else "Everything is translated."
