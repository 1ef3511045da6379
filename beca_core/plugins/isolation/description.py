"""What a plugin registered, as plain data that can be sent from its process."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from beca_core.errors import InvalidRule
from beca_core.plugins.isolation.extras import Extras, extras_from_plain, extras_to_plain
from beca_core.rules.documents.document import is_data, rule_from_document, rule_to_document, without_checks
from beca_core.rules.rule import Rule, RuleInfo

if TYPE_CHECKING:
    from beca_core.plugins.registration import Plugin

_AnyRule = TypeVar("_AnyRule", bound=RuleInfo)

_MOST_TEXT: Final = 1000
_MOST_PROBLEMS: Final = 1000


class ScannerDescription(NamedTuple):
    """A scanner without its code.

    Args:
        name: Name of its class.
        rules: Its rules.
        anchors: Its anchors.
        needs_whole: Whether it needs the whole content.
    """

    name: str
    rules: tuple[RuleInfo, ...]
    anchors: tuple[bytes, ...]
    needs_whole: bool


class CodeChecks(NamedTuple):
    """Which checks of a rule run in the process of its plugin.

    Args:
        of_rule: Whether those of the rule itself do, if it has any.
        of_parts: Indexes of the parts whose checks do.
    """

    of_rule: bool
    of_parts: tuple[int, ...]


class Description(NamedTuple):
    """What a plugin registered.

    Args:
        rules: Its rules. Rules whose checks are all out of `beca_core.checks` have them; of others, none.
        apart: Of those others, by id, which checks run in the process of the plugin.
        scanners: Its scanners.
        filters: How many filters it has.
        formats: The names of its reporters.
        digests: The digest of each rule, by id, as far as digests were computed.
        problems: What is wrong with it.
        extras: What else it registered.
        identity: What must not change while it is in use.
    """

    rules: list[Rule]
    apart: dict[str, CodeChecks]
    scanners: list[ScannerDescription]
    filters: int
    formats: list[str]
    digests: dict[str, str]
    problems: list[str]
    extras: Extras
    identity: object


def to_plain(record: Plugin) -> dict[str, Any]:
    """Describe what a plugin registered; what cannot be described becomes one of its problems."""
    problems = list(record.problems)
    return {
        "rules": [_rule_or_none(rule, problems) for rule in record.rules],
        "scanners": [
            {
                "name": type(scanner).__name__,
                "rules": [_document_or_none(_info(rule), rule, problems) for rule in scanner.rules],
                "anchors": [anchor.decode("latin-1") for anchor in scanner.anchors],
                "needs_whole": getattr(scanner, "needs_whole", False) is True,
            }
            for scanner in record.scanners
        ],
        "filters": len(record.filters),
        "formats": [str(reporter.name) for reporter in record.reporters],
        "digests": _digests(record),
        "problems": problems,
        "extras": extras_to_plain(record),
    }


def _digests(record: Plugin) -> dict[str, str]:
    """Return the digests of the rules; they depend on the code of the plugin, which only this process has."""
    from beca_core.rules.digests.digest import rule_digests

    return rule_digests(record)


def _rule_or_none(rule: Rule, problems: list[str]) -> dict[str, Any] | None:
    """Describe a rule: its document, and which checks are not in it because they are code."""
    if is_data(rule):
        shown, apart = rule, None
    else:
        shown = without_checks(rule)
        apart = [bool(rule.checks), [number for number, part in enumerate(rule.parts) if part.checks]]
    document = _document_or_none(shown, rule, problems)
    return None if document is None else {"document": document, "apart": apart}


def _document_or_none(shown: RuleInfo, rule: RuleInfo, problems: list[str]) -> dict[str, Any] | None:
    try:
        return rule_to_document(shown)
    except TypeError as error:
        problems.append(f"Rule {rule.id!r} is not loaded: {error}.")
        return None


def _info(rule: RuleInfo) -> RuleInfo:
    """Return the rule of a scanner without what only patterns have."""
    return RuleInfo(**{field.name: getattr(rule, field.name) for field in fields(RuleInfo)})


def from_plain(described: Any) -> Description:
    """Read a description that came from the process of a plugin.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: If it is not one.
    """
    problems = [_text(problem)[:_MOST_TEXT] for problem in described["problems"][:_MOST_PROBLEMS]]
    scanners = [_scanner(scanner) for scanner in described["scanners"]]
    formats = [_text(name)[:_MOST_TEXT] for name in described["formats"]]
    described_rules = [rule for rule in described["rules"] if rule is not None]
    rules = [_read(rule["document"], Rule) for rule in described_rules]
    parts = [_apart(rule["apart"], read) for rule, read in zip(described_rules, rules, strict=True)]
    apart = {rule.id: checks for rule, checks in zip(rules, parts, strict=True) if checks is not None}
    digests = {_text(rule_id): _text(digest) for rule_id, digest in described["digests"].items()}
    filters = _count(described["filters"])
    extras = extras_from_plain(described["extras"])
    return Description(
        rules=rules,
        apart=apart,
        scanners=scanners,
        filters=filters,
        formats=formats,
        digests=digests,
        problems=problems,
        extras=extras,
        identity=[
            [(rule.id, rule.version, apart.get(rule.id)) for rule in rules],
            [[rule.id for rule in scanner.rules] for scanner in scanners],
            filters,
            formats,
            extras,
        ],
    )


def _read(document: Any, kind: type[_AnyRule]) -> _AnyRule:
    try:
        return rule_from_document(document, kind)
    except InvalidRule as error:
        raise ValueError(str(error)) from None


def _apart(described: Any, rule: Rule) -> CodeChecks | None:
    """Read which checks of a rule are code; such a rule has come without any."""
    if described is None:
        return None
    of_rule, of_parts = described
    if not isinstance(of_rule, bool) or rule != without_checks(rule):
        raise ValueError("not a rule without checks")
    if not all(number in range(len(rule.parts)) for number in map(_count, of_parts)):
        raise ValueError("not a part")
    return CodeChecks(of_rule, tuple(of_parts))


def _scanner(described: Any) -> ScannerDescription:
    name = _text(described["name"])
    rules = [_read(rule, RuleInfo) for rule in described["rules"] if rule is not None]
    return ScannerDescription(
        name=name[:_MOST_TEXT] if name.isidentifier() else "Scanner",
        rules=tuple(rules),
        anchors=tuple(_text(anchor).encode("latin-1") for anchor in described["anchors"]),
        needs_whole=described["needs_whole"] is True,
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("not a whole number")
    return value


def _count(value: Any) -> int:
    if not 0 <= _number(value) <= 100_000:
        raise ValueError("not a number of things")
    return int(value)
