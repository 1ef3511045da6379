"""No built-in rule is an outlier: on ordinary source code each is rarely seen, rarely searched and quickly refused.

This is `beca rules profile` on the sources of the standard library, and on made-up assignments to everyday words, which
are the same on every machine. Only what is the same at every run is judged: time depends on the machine, and is what
`beca rules profile` is for.
"""

from __future__ import annotations

import sysconfig
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import beca_internal_tokens
import pytest

import beca_scanners
from beca_core import Confidence, Example, PluginRegistry, Rule, Severity
from beca_core.matching.patterns.everyday_words import everyday_words
from beca_core.matching.rule_costs import RuleCost, RuleCosts
from beca_core.report import ProblemLog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_BYTES: Final = 12_000_000
MOST_SIGHTINGS: Final = 500
"""For each MB: the prefilter takes about 0.1 microseconds for one."""
MOST_CONFIRMATIONS: Final = 20
"""Contents of each MB in which a rule is searched; there are about 60 in a MB."""
MOST_MATCHES: Final = 5
"""For each MB of text without secrets."""
MOST_DROPS: Final = 1_500
"""For each MB: candidates that the checks of a rule drop, a few microseconds each."""

LINES: Final = (
    "{word} = None\n",
    "    self.{word} = {word}\n",
    "{WORD}_KEY = os.environ['{WORD}_KEY']\n",
    '"{word}": get_{word}(request, name="secret"),\n',
    "  {word}_token: ${{{WORD}_TOKEN}}\n",
    "if {word}.password is not None and {word}.secret_key:\n",
    "export {WORD}_SECRET_KEY=\n",
    "-- the key of {word} is a word, such as token-{word}-auth --\n",
)


class Profiled(NamedTuple):
    """What the rules cost.

    Args:
        size: How many MB were searched.
        by_rule: The costs of each rule.
    """

    size: float
    by_rule: dict[str, RuleCost]


def texts() -> Iterator[bytes]:
    yield from made_up_texts()
    yield from texts_of_the_standard_library()


def made_up_texts() -> Iterator[bytes]:
    words = sorted(everyday_words())
    for group in range(0, len(words), 40):
        pairs = product(words[group : group + 40], LINES)
        yield "".join(line.format(word=word, WORD=word.upper()) for word, line in pairs).encode() * 4


def texts_of_the_standard_library() -> Iterator[bytes]:
    room = MOST_BYTES
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).rglob("*.py")):
        data = path.read_bytes()
        room -= len(data)
        if room < 0:
            return
        if "site-packages" not in path.parts:
            yield data


def profiled(registry: PluginRegistry, contents: Iterable[bytes]) -> Profiled:
    rule_set = registry.compile(use_cache=False)
    rule_set.prepare()
    rule_set.costs = RuleCosts()
    size = 0
    for data in contents:
        size += len(data)
        rule_set.find(data, ProblemLog())
    return Profiled(size / 1e6, rule_set.costs.by_rule)


def outliers(found: Profiled) -> dict[str, str]:
    """Return the rules that cost too much, each with the reason."""
    bad = {}
    for rule, cost in found.by_rule.items():
        figures = {
            "sightings": (cost.sightings / found.size, MOST_SIGHTINGS),
            "confirmations": (cost.confirmations / found.size, MOST_CONFIRMATIONS),
            "matches": (cost.matches / found.size, MOST_MATCHES),
            "drops": (cost.drops / found.size, MOST_DROPS),
        }
        too_much = [f"{name} {value:,.0f}, at most {most:,}" for name, (value, most) in figures.items() if value > most]
        if too_much:
            bad[rule] = f"for each MB: {'; '.join(too_much)}"
    return bad


@pytest.fixture
def registry() -> PluginRegistry:
    registry = PluginRegistry(cache_dir=False)
    registry.register(beca_scanners, "builtin")
    registry.register(beca_internal_tokens, "internal-tokens")
    assert registry.problems == ()
    return registry


@pytest.mark.slow
def test_no_built_in_rule_is_an_outlier(registry: PluginRegistry) -> None:
    assert outliers(profiled(registry, texts())) == {}


def test_an_outlier_is_named() -> None:
    costly = Rule(
        id="any-assignment",
        version=1,
        description="Any word that something is assigned to",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        pattern=r"(?i)[\w.]{0,200}(?:key|token|self)[\w.]{0,200}\s*[=:]\s*(?P<secret>\S+)",
        examples=(Example("a_key = b", "b"),),
    )
    bad = outliers(profiled(PluginRegistry(cache_dir=False).with_rules([costly]), made_up_texts()))
    assert "any-assignment" in bad
    assert "matches" in bad["any-assignment"]
