"""Processors: functions of plugins that see each finding with the text around it, and may change what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from beca_core.findings import Confidence, Finding, Severity
from beca_core.rules.candidate import Dropped

if TYPE_CHECKING:
    from collections.abc import Iterable

CHANGEABLE: Final = tuple(
    name
    for name in ("severity", "confidence", "description", "attributes", "tags")
    if name in {each.name for each in fields(Finding)}
)
"""The members of a finding that a processor may change. All others identify it, or say where it is."""

_LONGEST_SUFFIX: Final = 1_000
_LONGEST_REASON: Final = 200
_LEAST_SECRET: Final = 6
_MOST_ITEMS: Final = 50
_LONGEST_ITEM: Final = 200


@dataclass(frozen=True, slots=True)
class FindingInText:
    """A finding, with the text in which it was found.

    Args:
        finding: The finding.
        text: The lines that hold the secret, as bytes, with at most 1,024 bytes before and after it, and at most 4,096
            bytes from its begin on. Of an encoded secret, they hold the encoded form. Empty if the text cannot be had:
            the content is gone, or there are very many findings.
        begin: Byte offset of the secret in `text`.
        end: Byte offset after the secret, or after what is there of it.
    """

    finding: Finding
    text: bytes = field(default=b"", repr=False)
    begin: int = 0
    end: int = 0


Processor: TypeAlias = Callable[[FindingInText], Finding | Dropped]
"""Returns the finding, the same with another severity, confidence, longer description, attributes or tags, or `Dropped`
with a reason."""


class WrongAnswer(ValueError):
    """Raised when a processor returns something that cannot be taken; the text says what, in a few words."""


def changes_in(finding: Finding, answer: object) -> dict[str, Any] | Dropped:
    """Return what a processor has changed in a finding, or why it drops it.

    Raises:
        WrongAnswer: If it returned something else, or changed what it must not change.
    """
    if isinstance(answer, Dropped):
        return _dropped(finding, answer.reason, answer.value)
    if isinstance(answer, CoroutineType):
        answer.close()  # otherwise Python warns that nobody awaited it
    if not isinstance(answer, Finding):
        raise WrongAnswer(f"returned {type(answer).__name__}, not a Finding or Dropped")
    changes = {name: getattr(answer, name) for name in CHANGEABLE}
    kept = {name: getattr(finding, name) for name in CHANGEABLE}
    if replace(answer, **kept) != finding:
        raise WrongAnswer("changed more of a finding than it may")
    return {name: value for name, value in changes.items() if value != kept[name]}


def with_changes(finding: Finding, changes: Mapping[str, Any]) -> Finding:
    """Return a finding with changes that `changes_in` returned, here or in the process of a plugin.

    Raises:
        WrongAnswer: If one of them is not valid.
    """
    if not changes:
        return finding
    if changes.keys() - set(CHANGEABLE):
        raise WrongAnswer("changed more of a finding than it may")
    checked = {name: _CHECKS[name](finding, value) for name, value in changes.items()}
    for name in ("description", "attributes", "tags"):
        if _holds_secret(finding, checked.get(name, "")):
            raise WrongAnswer(f"gave {name} with the secret in it")
    if "confidence" in checked:
        checked["lowered_from"] = None  # it is no longer the path that decides
    return replace(finding, **checked)


def _holds_secret(finding: Finding, value: object) -> bool:
    """Return whether a text that is shown and stored has the secret in it; a few letters may be there by chance."""
    if isinstance(value, Mapping):
        value = [*value.values()]
    if isinstance(value, (tuple, list)):
        return any(_holds_secret(finding, item) for item in value)
    secret = finding.secret.decode("utf-8", "backslashreplace")
    return len(secret) >= _LEAST_SECRET and secret in str(value)


def _severity(_finding: Finding, value: object) -> Severity:
    if value not in list(Severity):
        raise WrongAnswer("gave a severity that does not exist")
    return Severity(str(value))


def _confidence(_finding: Finding, value: object) -> Confidence:
    if value not in list(Confidence):
        raise WrongAnswer("gave a confidence that does not exist")
    return Confidence(str(value))


def _description(finding: Finding, value: object) -> str:
    if not isinstance(value, str) or not value.startswith(finding.description):
        raise WrongAnswer("gave a description that does not begin as that of the finding")
    if len(value) - len(finding.description) > _LONGEST_SUFFIX:
        raise WrongAnswer(f"gave a description that is longer by more than {_LONGEST_SUFFIX:,} characters")
    return value


def _attributes(finding: Finding, value: object) -> Any:
    pairs = list(value.items() if isinstance(value, Mapping) else _items(value, "attributes"))
    texts = [tuple(pair) for pair in pairs if isinstance(pair, (tuple, list)) and len(pair) == 2]
    if len(texts) != len(pairs) or not all(_is_short_text(text) for pair in texts for text in pair):
        raise WrongAnswer(f"gave attributes that are not names and texts of up to {_LONGEST_ITEM} characters")
    known: Any = finding.attributes
    return dict(texts) if isinstance(known, Mapping) else tuple(texts)


def _member(finding: Finding, name: str) -> Any:
    return getattr(finding, name)


def _tags(_finding: Finding, value: object) -> tuple[str, ...]:
    tags = _items(value, "tags")
    if not all(_is_short_text(tag) for tag in tags):
        raise WrongAnswer(f"gave tags that are not texts of up to {_LONGEST_ITEM} characters")
    return tuple(map(str, tags))


def _items(value: object, what: str) -> list[object]:
    if not isinstance(value, (tuple, list)) or len(value) > _MOST_ITEMS:
        raise WrongAnswer(f"gave {what} that are not a tuple of up to {_MOST_ITEMS}")
    return list(value)


def _is_short_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_ITEM


def _dropped(finding: Finding, reason: object, value: object) -> Dropped:
    reason, value = _line(reason), _line(value)
    if _holds_secret(finding, (reason, value)):
        return Dropped("its reason has the secret in it")
    return Dropped(reason or "no reason is given", value)


def _line(text: object) -> str:
    """Return a text as one printable line of bounded length; a plugin chooses it."""
    words = " ".join(text.split()) if isinstance(text, str) else ""
    return "".join(letter if letter.isprintable() else "?" for letter in words)[:_LONGEST_REASON]


_CHECKS: Final[dict[str, Callable[[Finding, object], Any]]] = {
    "severity": _severity,
    "confidence": _confidence,
    "description": _description,
    "attributes": _attributes,
    "tags": _tags,
}


def plain_changes(changes: Mapping[str, Any] | Dropped) -> dict[str, Any]:
    """Return what a processor answered as plain data."""
    if isinstance(changes, Dropped):
        return {"dropped": changes.reason, "value": changes.value}
    return {"changes": {name: _plain(value) for name, value in changes.items()}}


def read_changes(finding: Finding, answer: Mapping[str, Any]) -> dict[str, Any] | Dropped:
    """Read what `plain_changes` returned about a finding; the process of a plugin can send anything.

    Raises:
        ValueError, TypeError, LookupError: If it is not that.
    """
    if "dropped" in answer:
        return _dropped(finding, answer["dropped"], answer.get("value", ""))
    changes = answer["changes"]
    if not isinstance(changes, dict):
        raise TypeError("not a mapping")
    return changes


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return [[str(name), str(text)] for name, text in value.items()]
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value


def asked(findings: Iterable[FindingInText], processor: Processor) -> list[dict[str, Any]]:
    """Return the answers of a processor about some findings as plain data, in the process of its plugin."""
    answers: list[dict[str, Any]] = []
    for each in findings:
        try:
            changes = changes_in(each.finding, processor(each))
            if not isinstance(changes, Dropped):
                with_changes(each.finding, changes)
            answers.append(plain_changes(changes))
        except WrongAnswer as error:
            answers.append({"wrong": str(error)})
        except BaseException as error:  # noqa: BLE001 - a processor is a plugin's code
            answers.append({"raised": type(error).__name__})
    return answers
