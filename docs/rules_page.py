"""The reference page of the built-in rules: what each finds, how bad and how sure that is, and what to do about it.

Everything said of a rule comes from the rule. The secrets without a rule come from `beca_scanners/without_rule.toml`.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import beca_scanners

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from beca_core import RuleInfo

WITHOUT_RULE: Final = Path(beca_scanners.__file__).parent / "without_rule.toml"
OTHER: Final = "other"
"""The heading of the rules that have no category."""
_ABBREVIATIONS: Final = ("ai", "crm")
_NOBODY: Final = "any"
"""What is shown as the provider of a rule that has none."""


class SecretWithoutRule(NamedTuple):
    """A kind of secret that no rule finds.

    Args:
        provider: Who issues it.
        name: What it is called there.
        why: Why there is no rule, a sentence.
    """

    provider: str
    name: str
    why: str


def rules_page(note: str, rules: Sequence[RuleInfo], secrets: Sequence[SecretWithoutRule]) -> str:
    """Return the page.

    Args:
        note: What is said at the top of generated pages.
        rules: The rules, sorted by id.
        secrets: The secrets without a rule, in order.
    """
    categories: dict[str, list[RuleInfo]] = defaultdict(list)
    for rule in rules:
        categories[rule.category or OTHER].append(rule)
    providers = len({rule.provider for rule in rules} - {""})
    tables = "\n\n".join(_category(name, categories[name]) for name in sorted(categories))
    return f"""# Rules

{note}
Rules: {len(rules):,}, for {providers:,} providers and for secrets of no provider in particular. `beca rules show ID`
shows all of a rule: its patterns, checks and examples too. `beca rules list --rules category:NAME` or `provider:NAME`
lists some of them. Severity is the harm that a leak can do, confidence how sure a match is; for one finding, a check, a
variant or [the path](finding-and-result.md#what-a-path-says) can change both.

{tables}

## How to react

Whatever has leaked stays in the history of the repository and in every clone: first make it worthless, then remove it.

{_reactions(rules)}

## Without a rule

These secrets have no form by which a scanner could know them. Where a name says what they are, a rule of the category
`generic` can find them.

{_without_rule(secrets)}
"""


def built_in_rules() -> list[RuleInfo]:
    """Return the built-in rules, sorted by id, those of scanners included."""
    scanners = beca_scanners.beca_register_scanners()
    rules = [*beca_scanners.beca_register_rules(), *(rule for scanner in scanners for rule in scanner.rules)]
    return sorted(rules, key=lambda rule: rule.id)


def secrets_without_rule() -> list[SecretWithoutRule]:
    """Return the secrets that have no rule, sorted by provider and name.

    Raises:
        TypeError: If an entry of the file lacks a member, or has one too many.
    """
    entries = tomllib.loads(WITHOUT_RULE.read_text())["secret"]
    return sorted(
        (SecretWithoutRule(**entry) for entry in entries), key=lambda each: (each.provider.lower(), each.name)
    )


def _category(name: str, rules: Iterable[RuleInfo]) -> str:
    rows = "\n".join(map(_row, rules))
    heads = "| rule | provider | severity | confidence | what it finds | reference |\n|---|---|---|---|---|---|"
    title = name.upper() if name in _ABBREVIATIONS else name.replace("-", " ").capitalize()
    return f"## {title}\n\n{heads}\n{rows}"


def _row(rule: RuleInfo) -> str:
    references = ", ".join(f"[{number}]({url})" for number, url in enumerate(rule.references, start=1))
    says = rule.description if rule.enabled else f"{rule.description} (only where it is named)"
    members = (f'<a id="{rule.id}"></a>`{rule.id}`', rule.provider, rule.severity, rule.confidence, _cell(says))
    return f"| {' | '.join(members)} | {references} |"


def _reactions(rules: Iterable[RuleInfo]) -> str:
    """Return a row for each provider and for each thing to do that its rules say."""
    by_text: dict[tuple[str, str], list[str]] = defaultdict(list)
    texts: dict[str, set[str]] = defaultdict(set)
    for rule in rules:
        by_text[rule.provider, rule.remediation].append(rule.id)
        texts[rule.provider].add(rule.remediation)
    rows = []
    for provider, text in sorted(by_text, key=lambda key: (key[0].lower(), by_text[key])):
        is_only = bool(provider) and len(texts[provider]) == 1
        ids = "all" if is_only else ", ".join(f"`{rule_id}`" for rule_id in by_text[provider, text])
        rows.append(f"| {provider or _NOBODY} | {ids} | {_cell(text)} |")
    return "\n".join(["| provider | rules | what to do |", "|---|---|---|", *rows])


def _without_rule(secrets: Iterable[SecretWithoutRule]) -> str:
    rows = [f"| {' | '.join(map(_cell, secret))} |" for secret in secrets]
    return "\n".join(["| provider | secret | why |", "|---|---|---|", *rows])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
