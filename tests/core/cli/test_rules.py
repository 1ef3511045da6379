from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCANNER_PLUGIN = """
    from beca_core import Confidence, Match, RuleInfo, Severity, hookimpl

    class Words:
        rules = (
            RuleInfo(
                id="word", version=1, description="A \\x1b[31mword", severity=Severity.LOW, confidence=Confidence.LOW
            ),
        )
        anchors = (b"word",)

        def scan(self, data):
            yield Match(data.index(b"word"), data.index(b"word") + 4, "word")

    @hookimpl
    def beca_register_scanners():
        return [Words()]
"""

RULE_WITH_EVERYTHING = f"""
[[rules]]
id = "acme-key"
version = 1
description = "ACME key"
severity = "high"
confidence = "high"
pattern = ["(?P<secret>ak_(?P<zone>[a-z]{{2}})_[0-9]{{20}})", "(?P<secret>akx_[0-9]{{20}})"]
boundary = "0-9A-Za-z_"
former_ids = ["acme-old"]
near = [{{ words = ["acme", "secret"], where = "line" }}]
min_entropy = 2.0
checks = [{{ check = "length", min = 2, of = "zone", otherwise = "low" }}]
allow = {{ words = ["example"], lines = ["nosec"] }}
variants = [{{ name = "test", pattern = "ak_te", severity = "low", description = "ACME test key" }}]
attributes = ["zone"]
paths = ["*.py", "!tests/"]
counter_examples = [{{ text = "{"nothing" * 30}", step = "check", check = "length" }}]

[[rules.parts]]
name = "key-id"
pattern = "id_[0-9]{{6}}"
within_lines = 0
required = false
confidence = "low"
checks = [{{ check = "length", min = 9 }}]
"""


def test_all_rules_are_listed_with_their_plugin(beca: Callable, acme: str, install: Callable[..., None]) -> None:
    install("words", SCANNER_PLUGIN)
    outcome = beca("rules", "list")
    assert outcome.code == 0
    lines = [line.split() for line in outcome.out.splitlines()]
    assert ["acme-token", "HIGH", "HIGH", "acme", "ACME", "internal", "token"] in lines
    assert ["word", "LOW", "LOW", "words", "A", "\\x1b[31mword"] in lines
    assert outcome.err == ""


def test_the_list_can_be_json(beca: Callable, acme: str) -> None:
    items = json.loads(beca("rules", "list", "--format", "json").out)["items"]
    rule = next(item for item in items if item["id"] == "acme-token")
    assert rule["version"] == 3
    assert rule["plugin"] == "acme"
    assert rule["references"] == ["https://docs.example.com/tokens"]
    assert items == sorted(items, key=lambda item: item["id"])


def test_a_rule_is_shown_in_full(beca: Callable, acme: str) -> None:
    outcome = beca("rules", "show", "acme-token")
    assert outcome.code == 0
    for shown in ("acme-token", "ACME internal token", r"\b(?P<secret>acme_[0-9a-f]{16})\b", "Revoke it.", "acme_"):
        assert shown in outcome.out
    assert "excludePaths" not in outcome.out


def test_the_rule_of_a_scanner_has_no_pattern(beca: Callable, install: Callable[..., None]) -> None:
    install("words", SCANNER_PLUGIN)
    document = json.loads(beca("rules", "show", "word", "--format", "json").out)
    assert document["description"] == "A \x1b[31mword"
    assert "pattern" not in document
    assert "\x1b" not in beca("rules", "show", "word").out


def test_everything_that_a_rule_says_is_shown_in_words(beca: Callable, tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    file.write_text(RULE_WITH_EVERYTHING)
    outcome = beca("rules", "show", "acme-key", "--rules-file", str(file))
    assert outcome.code == 0
    shown = " ".join(outcome.out.split())
    for fact in (
        "former ids acme-old",
        "paths *.py !tests/",
        "pattern (?P<secret>ak_(?P<zone>[a-z]{2})_[0-9]{20}) (?P<secret>akx_[0-9]{20})",
        "boundary none of [0-9A-Za-z_] directly before or after the secret",
        "near acme or secret, within 64 bytes on the line of the secret",
        "min entropy 2 bits per byte",
        "of zone; failing lowers the confidence to LOW",
        "allow a secret with the word: example a line in which this matches: nosec",
        (
            "parts key-id: id_[0-9]{6} within 512 bytes and across no line end, before or after the secret; "
            "confidence LOW without it; shown as a preview length(min=9"
        ),
        "variants test: ak_te; severity LOW; ACME test key",
        "attributes zone",
        f"counter-examples {'nothing' * 28}noth...: dropped by check; length",
    ):
        assert fact in shown


@pytest.mark.parametrize("command", ["show", "test"])
def test_an_unknown_rule_is_refused_with_similar_names(beca: Callable, acme: str, command: str) -> None:
    outcome = beca("rules", command, "acme-tokens", BECA_DISABLED_PLUGINS="builtin")
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err == "Error: There is no rule 'acme-tokens'.\nDid you mean acme-token?\n"


def test_a_broken_plugin_causes_a_warning(beca: Callable, acme: str, install: Callable[..., None]) -> None:
    install("broken", "raise RuntimeError('out of order')")
    outcome = beca("rules", "list")
    assert outcome.code == 0
    assert "acme-token" in outcome.out
    assert outcome.err == "Some plugins have problems; `beca plugins list` shows them.\n"


def test_correct_rules_prove_themselves(beca: Callable, acme: str) -> None:
    outcome = beca("rules", "test", "acme-token")
    assert outcome.code == 0
    assert outcome.out == "ok      acme-token\n1 of 1 rules proved themselves.\n"


def test_all_rules_of_all_plugins_are_proved_by_default(
    beca: Callable, acme: str, install: Callable[..., None], acme_source: str
) -> None:
    install("other", acme_source.replace("acme", "other"))
    outcome = beca("rules", "test", BECA_DISABLED_PLUGINS="builtin")
    assert outcome.code == 0
    assert outcome.out == "ok      acme-token\nok      other-token\n2 of 2 rules proved themselves.\n"


def test_a_rule_that_misses_its_example_fails(beca: Callable, install: Callable[..., None], acme_source: str) -> None:
    install("acme", acme_source.replace('SECRET = "acme_"', 'SECRET = "acmx_"'))
    outcome = beca("rules", "test", "acme-token")
    assert outcome.code == 1
    assert outcome.out == (
        "FAIL    acme-token\n        example 1: found 0 secrets, where there should be one\n1 of 1 rules failed.\n"
    )


def test_a_proof_with_a_broken_plugin_exits_with_2(beca: Callable, acme: str, install: Callable[..., None]) -> None:
    install("broken", "raise RuntimeError('out of order')")
    outcome = beca("rules", "test", "acme-token")
    assert outcome.code == 2
    assert "ok      acme-token\nBROKEN  plugin broken\n        cannot be imported: RuntimeError: out of" in outcome.out
    assert outcome.out.endswith("1 of 1 rules proved themselves; plugin problems: 1.\n")


def test_without_rules_there_is_nothing_to_prove(beca: Callable) -> None:
    outcome = beca("rules", "test", BECA_DISABLED_PLUGINS="builtin")
    assert outcome.code == 2
    assert outcome.err.startswith("Error: There are no rules to prove.")


UNCOVERED = """
    from beca_core import Confidence, Rule, Severity, hookimpl

    @hookimpl
    def beca_register_rules():
        return [
            Rule(id=name, version=1, description="x", severity=Severity.LOW, confidence=Confidence.LOW,
                 pattern="(?P<secret>[0-9]{16})", keywords=keywords)
            for name, keywords in (("digits", ()), ("short-word", ("ab",)), ("with-word", ("card",)))
        ]
"""


def test_a_rule_that_is_tried_on_every_content_is_named_with_its_measured_cost(
    beca: Callable, acme: str, install: Callable[..., None]
) -> None:
    install("cards", UNCOVERED)
    warning = r"rule (\S+) is tried on every content: .* takes about [0-9,]+ microseconds per MiB"
    for command, ids in ((("rules", "list"), 2), (("rules", "show", "digits"), 1), (("plugins", "list"), 2)):
        outcome = beca(*command)
        assert outcome.code == 0, "it is a warning, not a problem"
        found = re.findall(warning, " ".join(outcome.out.split()).replace("rule ", "\nrule "))
        assert found == ["digits", "short-word"][:ids], command
    assert "every content" not in beca("rules", "show", "with-word").out
    items = {item["id"]: item for item in json.loads(beca("rules", "list", "--format", "json").out)["items"]}
    assert [bool(items[name]["warnings"]) for name in ("digits", "short-word", "with-word")] == [True, True, False]


def test_a_scan_names_rules_that_are_tried_on_every_content_and_is_complete(
    beca: Callable, tmp_path: Path, install: Callable[..., None]
) -> None:
    install("cards", UNCOVERED)
    (tmp_path / "clean").write_text("nothing")
    outcome = beca("scan", str(tmp_path / "clean"))
    assert outcome.code == 0
    assert "Warning: tried on every content, which takes time: digits, short-word." in outcome.err
    assert "Warning" not in beca("scan", str(tmp_path / "clean"), "--rules", "with-word").err


GROUPED = """
[[rules]]
id = "{id}"
version = 1
description = "d"
severity = "high"
confidence = "high"
provider = "{provider}"
category = "{category}"
enabled = {enabled}
pattern = "(?P<secret>{id}_[0-9]{{20}})"
"""


def test_rules_are_listed_by_category_and_counted(beca: Callable, tmp_path: Path) -> None:
    rules = [
        ("zz-one", "ACME", "payments", "true"),
        ("zz-two", "ACME", "cloud", "true"),
        ("zz-off", "Z", "cloud", "false"),
    ]
    file = tmp_path / "zz.toml"
    own = {"BECA_DISABLED_PLUGINS": "builtin"}
    text = (GROUPED.format(id=each, provider=p, category=c, enabled=e) for each, p, c, e in rules)
    file.write_text("".join(text) + GROUPED.format(id="zz-bare", provider="", category="", enabled="true"))
    lines = beca("rules", "list", "--rules-file", str(file), "--rules", "zz-*").out.splitlines()
    shown = [line.split()[0] if line.startswith("zz-") else line for line in lines[1:]]
    assert shown == [
        *("", "cloud", "zz-off", "zz-two", "", "payments", "zz-one", "", "without a category", "zz-bare"),
        *("", "4 rules, 2 providers, 2 categories; 1 only where named."),
    ]
    listed = beca("rules", "list", "--rules-file", str(file), "--rules", "category:cloud,zz-one", **own)
    lines = listed.out.splitlines()
    assert lines[-1] == "3 rules, 2 providers, 2 categories; 1 only where named."
    lines = beca("rules", "list", "--rules-file", str(file), "--rules", "zz-bare").out.splitlines()
    assert [line.split()[0] if line else "" for line in lines] == ["Rule", "zz-bare", "", "1"]
