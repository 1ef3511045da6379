"""Files of TruffleHog: custom detectors, and excluded paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from beca_core import Engine
from beca_core.errors import InvalidInput
from beca_core.plugins.foreign.remarks import Effect
from beca_core.plugins.foreign.trufflehog import read_trufflehog
from beca_core.rules.rule import random_text

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core.plugins.foreign.foreign_file import ForeignFile

DETECTOR = r"""
detectors:
  - name: Hog Token
    keywords: [hog, HOGGY]
    regex:
      hogID: '\b(HOG[0-9A-Z]{17})\b'
      hogToken: 'token=([A-Za-z0-9]{40})\b'
    entropy: 3.0
    exclude_words: [Example]
    exclude_regexes_capture: ['^A+$']
"""
ID = "HOG" + random_text("0123456789ABCDEFGH", 17)
TOKEN = random_text("abcdefghijkLMNOP0123456789", 40)


def read(directory: Path, text: str, name: str = "hog.yaml", prefix: str = "") -> ForeignFile:
    (directory / name).write_text(text)
    return read_trufflehog(directory / name, prefix)


def test_a_detector_is_a_rule_with_a_part(tmp_path: Path) -> None:
    found = read(tmp_path, DETECTOR, prefix="x-")
    (rule,) = found.rules
    assert (rule.id, rule.description, rule.keywords) == ("x-hog-token", "Hog Token", ("hog", "hoggy"))
    assert (rule.min_entropy, rule.allow.words, rule.allow.patterns) == (3.0, ("Example",), ("(?-m:^A+$)",))
    assert [part.name for part in rule.parts] == ["hogid"]
    assert (found.markers, found.remarks) == (("trufflehog:ignore",), ())
    engine = Engine(rules=[rule])
    (finding,) = engine.scan_text(f"id={ID}\ntoken={TOKEN}")
    assert finding.secret == TOKEN.encode()
    assert engine.scan_text(f"token={TOKEN} # hog") == []


def test_the_primary_expression_is_the_secret(tmp_path: Path) -> None:
    (rule,) = read(tmp_path, f"{DETECTOR}    primary_regex_name: hogID\n").rules
    assert "HOG" in rule.pattern
    assert [part.name for part in rule.parts] == ["hogtoken"]


def test_long_secrets_are_found_whole(tmp_path: Path) -> None:
    text = "detectors:\n  - name: block\n    regex: {key: 'BEGIN[a-z\\n]+END'}\n"
    (rule,) = read(tmp_path, text).rules
    block = "BEGIN" + "\n".join(random_text("abc", 60, seed) for seed in range(100)) + "END"
    assert [finding.secret for finding in Engine(rules=[rule]).scan_text(block)] == [block.encode()]


def test_an_expression_that_cannot_be_excluded_is_named(tmp_path: Path) -> None:
    found = read(tmp_path, DETECTOR.replace("['^A+$']", "['(?=x)', '^B+$']"))
    assert found.rules[0].allow.patterns == ("(?-m:^B+$)",)
    assert [(each.line, each.effect) for each in found.remarks] == [(10, Effect.FINDS_MORE)]


@pytest.mark.parametrize(
    ("extra", "subject", "effect"),
    [
        ("    verify: [{endpoint: x}]", "verify", Effect.NONE),
        ("    exclude_regexes_match: ['a']", "exclude_regexes_match", Effect.FINDS_MORE),
        ("    validations: {}", "validations", Effect.FINDS_MORE),
    ],
)
def test_what_is_not_translated_is_named(extra: str, subject: str, effect: Effect, tmp_path: Path) -> None:
    found = read(tmp_path, f"{DETECTOR}{extra}\n")
    (remark,) = found.remarks
    assert subject in remark.subject
    assert (remark.line, remark.effect) == (11, effect)
    assert len(found.rules) == 1


@pytest.mark.parametrize(
    "detector",
    [
        "{name: a, keywords: [x]}",
        "{name: a, regex: {x: '(?=a)'}}",
        "{name: a, regex: {x: 'a*'}}",
        "{name: '', regex: {x: 'abc'}}",
        "3",
    ],
)
def test_a_detector_that_cannot_be_run_is_named(detector: str, tmp_path: Path) -> None:
    found = read(tmp_path, f"detectors:\n  - {detector}\nother: 1\n")
    assert found.rules == ()
    assert [each.effect for each in found.remarks] == [Effect.NONE, Effect.NOT_RUN]


def test_excluded_paths(tmp_path: Path) -> None:
    found = read(tmp_path, "# remark\n\n^vendor/\n\\.lock$\n(?=x)\n", "paths.txt")
    assert [(allow.paths, allow.line) for allow in found.allows] == [(("^vendor/",), 3), ((r"\.lock$",), 4)]
    assert [(each.line, each.effect) for each in found.remarks] == [(5, Effect.FINDS_MORE)]


@pytest.mark.parametrize("text", ["- a", "x: 1", "a: [", "&a [*a]"])
def test_what_is_no_list_of_detectors_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"hog\.yaml"):
        read(tmp_path, text)
