"""Made-up rules of realistic shapes, for measurements: as many as a large rule set has, and none of a real service.

One half looks for a prefix, a run of characters and a length: `k7q_` and 32 digits and letters. The other half looks
for a keyword, an assignment and a value: `acmecloud_token = "..."`. Some keywords are everyday words beside the name
of a vendor, and some vendors are named like everyday words. There are also rules that have nothing but an everyday word
before the value: `token = "..."`.

    PluginRegistry.load().register(synthetic.plugin, "synthetic")
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Final, TypeVar

from beca_core import Confidence, Example, PluginRegistry, Rule, Severity, hookimpl
from beca_core.rules.rule import random_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from beca_core.matching.ruleset import RuleSet

Item = TypeVar("Item")

_DIGITS_AND_LETTERS: Final = string.digits + string.ascii_lowercase
_VALUES: Final = (
    ("[0-9a-f]", "0123456789abcdef"),
    ("[0-9a-z]", _DIGITS_AND_LETTERS),
    ("[0-9A-Za-z]", _DIGITS_AND_LETTERS + string.ascii_uppercase),
    ("[0-9A-Za-z_-]", _DIGITS_AND_LETTERS + string.ascii_uppercase + "_-"),
    ("[A-Z2-7]", string.ascii_uppercase + "234567"),
)
_LENGTHS: Final = (16, 20, 24, 32, 36, 40, 48, 64)
_SEPARATORS: Final = ("_", "-", "", "_live_", ".")
_SYLLABLES: Final = (
    "ac",
    "bra",
    "clo",
    "den",
    "fi",
    "gra",
    "hub",
    "ion",
    "jet",
    "kla",
    "lum",
    "mon",
    "nor",
    "ori",
    "pax",
    "qua",
    "rel",
    "sol",
    "tri",
    "ver",
    "wex",
    "zep",
)
_EVERYDAY: Final = ("token", "client", "api", "secret", "key", "auth", "access", "app")
_EVERYDAY_ALONE: Final = ("password", "secret", "token", "key", "auth")
_AFTER_EVERYDAY: Final = (
    r"""(?i){word}[\w.-]{{0,20}}\s*(?:=|:|=>|:=)\s*["']?(?P<secret>{value})\b""",
    r"""(?i)\b{word}["']?\s*[:=]\s*["'](?P<secret>{value})["']""",
    r"(?i)\b[\w-]{{0,16}}{word}\s*=\s*(?P<secret>{value})\b",
)
_NAMED_LIKE_WORDS: Final = (
    "signal",
    "stream",
    "render",
    "anchor",
    "bridge",
    "linear",
    "square",
    "mirror",
    "relay",
    "node",
)
_BEHIND_VENDOR: Final = ("", "[_.-]?(?:api|access)[_.-]?key", "[_.-]?(?:token|secret)", "[_.-]?client[_.-]?secret")


def synthetic_rules(count: int = 450) -> list[Rule]:
    """Return rules, always the same ones: every other one with a prefix, the rest with a keyword.

    Args:
        count: How many; the first ones of a larger number are those of a smaller one.
    """
    return [_keyword_rule(number) if number % 2 else _prefix_rule(number) for number in range(count)]


def everyday_rules(count: int = 60) -> list[Rule]:
    """Return rules whose only word is one that most source code has, always the same ones.

    Args:
        count: How many, at most 120; the first ones of a larger number are those of a smaller one.
    """
    return [_everyday_rule(number) for number in range(count)]


def _everyday_rule(number: int) -> Rule:
    word = _EVERYDAY_ALONE[number % len(_EVERYDAY_ALONE)]
    kind = number // len(_EVERYDAY_ALONE)
    charset, alphabet = _VALUES[kind % 3]
    length = _LENGTHS[kind % len(_LENGTHS)]
    secret = random_text(alphabet, length, f"everyday secret {number}")
    shape = kind // 2 % len(_AFTER_EVERYDAY)
    pattern = _AFTER_EVERYDAY[shape].format(word=word, value=f"{charset}{{{length}}}")
    written = f"{word} = '{secret}'" if shape == 1 else f"{word} = {secret}"
    return _rule(number, pattern, Example(written, secret), "everyday")


def mixed_rules(count: int = 450) -> list[Rule]:
    """Return rules of which two in fifteen have only an everyday word: 60 of 450."""
    everyday = count * 2 // 15
    return [*synthetic_rules(count - everyday), *everyday_rules(everyday)]


def _prefix_rule(number: int) -> Rule:
    separator = _pick(_SEPARATORS, number, "separator")
    letters = _number(6, number, "size") + (3 if len(separator) < 2 else 1) - len(separator)
    prefix = random_text(_DIGITS_AND_LETTERS, max(letters, 2 if separator else 3), f"prefix {number}") + separator
    charset, alphabet = _pick(_VALUES, number, "charset")
    length = _pick(_LENGTHS, number, "length")
    secret = prefix + random_text(alphabet, length, f"secret {number}")
    edge = "" if alphabet.endswith("-") else r"\b"
    pattern = rf"\b(?P<secret>{re.escape(prefix)}{charset}{{{length}}}){edge}"
    return _rule(number, pattern, Example(f"use {secret} here", secret))


def _keyword_rule(number: int) -> Rule:
    vendor = _vendor(number)
    charset, alphabet = _pick(_VALUES[:3], number, "charset")
    length = _pick(_LENGTHS[:6], number, "length")
    secret = random_text(alphabet, length, f"secret {number}")
    if _number(4, number, "shape") == 0:
        word = _pick(_EVERYDAY, number, "word")
        keyword, written = rf"{word}[_.-]?{vendor}", f"{word}_{vendor}"
    else:
        keyword, written = vendor + _pick(_BEHIND_VENDOR, number, "behind"), f"{vendor}_token"
        if "api" in keyword:
            written = f"{vendor}-api-key"
        elif "client" in keyword:
            written = f"{vendor}_client_secret"
    pattern = rf"""(?i){keyword}[\w.-]{{0,20}}\s*(?:=|:|=>|:=)\s*["']?(?P<secret>{charset}{{{length}}})\b"""
    return _rule(number, pattern, Example(f'{written} = "{secret}"', secret))


def _vendor(number: int) -> str:
    """Return a name that nobody has, and of each eight one that is an everyday word as well."""
    if number % 16 == 1:
        return _pick(_NAMED_LIKE_WORDS, number, "vendor") + _pick(("", "hq", "ly"), number, "ending")
    return "".join(_pick(_SYLLABLES, number, part) for part in range(2 + number // 2 % 3))


def _rule(number: int, pattern: str, example: Example, kind: str = "synthetic") -> Rule:
    return Rule(
        id=f"{kind}-{number}",
        version=1,
        description=f"Made-up credential {number}",
        severity=Severity.HIGH,
        confidence=Confidence.MEDIUM,
        pattern=pattern,
        min_entropy=2.5,
        examples=(example,),
    )


def _number(below: int, number: int, what: str) -> int:
    return ord(random_text("".join(map(chr, range(below))), 1, f"{what} {number}"))


def _pick(choices: Sequence[Item], number: int, what: object) -> Item:
    return choices[_number(len(choices), number, str(what))]


class Plugin:
    """Registers rules.

    Args:
        rules: The rules.
    """

    def __init__(self, rules: list[Rule]) -> None:
        self._rules = rules

    @hookimpl
    def beca_register_rules(self) -> Iterable[Rule]:
        """Offer the rules."""
        return self._rules


plugin: Final = Plugin(synthetic_rules())
mixed: Final = Plugin(mixed_rules())


def compiled(rules: Iterable[Rule]) -> RuleSet:
    """Return rules ready to be matched, without any cache."""
    return PluginRegistry(cache_dir=False).with_rules(rules).compile()
