"""Configurations of gitleaks and betterleaks as rules: every field, and everything that cannot be said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from beca_core import Engine
from beca_core.errors import InvalidInput
from beca_core.findings import Confidence, Severity
from beca_core.plugins.foreign import AllowTarget, Effect, GitleaksConfig, translate_gitleaks
from beca_core.rules.rule import random_text
from beca_core.rules.rule_problems import rule_problems

if TYPE_CHECKING:
    from pathlib import Path

RULE = """
[[rules]]
id = "acme-token"
description = "A token  of ACME"
regex = '''(?i)acme[_-]?key\\s*=\\s*["']?([a-z0-9]{20})["']?'''
"""
TOKEN = random_text("abcdefghijklmnopqrstuvwxyz0123456789", 20)


def read(directory: Path, text: str, name: str = "gitleaks.toml", **options: object) -> GitleaksConfig:
    (directory / name).write_text(text)
    return translate_gitleaks(directory / name, **options)  # type: ignore[arg-type]


def remarks(config: GitleaksConfig) -> list[tuple[int, str, Effect]]:
    return [(each.line, each.subject, each.effect) for each in config.remarks]


def found(config: GitleaksConfig, text: str) -> list[bytes]:
    return [finding.secret for finding in Engine(rules=config.rules).scan_text(text)]


def test_a_rule(tmp_path: Path) -> None:
    extra = 'secretGroup = 1\nentropy = 3.0\nkeywords = ["ACME", "key"]\ntags = ["Key Material", "key_material"]\n'
    config = read(tmp_path, RULE + extra)
    (rule,) = config.rules
    assert (rule.id, rule.description, rule.version) == ("acme-token", "A token of ACME", 1)
    assert (rule.severity, rule.confidence) == (Severity.HIGH, Confidence.MEDIUM)
    assert (rule.min_entropy, rule.keywords, rule.tags) == (3.0, ("acme", "key"), ("key-material",))
    assert config.origins == {"acme-token": "acme-token"}
    assert config.remarks == ()
    assert found(config, f'acme_key = "{TOKEN}"') == [TOKEN.encode()]
    assert found(config, f'acme_key\n=\n"{TOKEN}"') == [TOKEN.encode()]
    assert found(config, f"acme_key = {'a' * 20}") == []


def test_what_the_format_does_not_know_can_be_set(tmp_path: Path) -> None:
    config = read(tmp_path, RULE, prefix="x-", severity=Severity.LOW, confidence=Confidence.HIGH)
    (rule,) = config.rules
    assert (rule.id, rule.severity, rule.confidence) == ("x-acme-token", Severity.LOW, Confidence.HIGH)
    assert config.origins == {"x-acme-token": "acme-token"}


def test_a_translated_rule_keeps_the_contract(tmp_path: Path) -> None:
    (rule,) = read(tmp_path, RULE).rules
    assert rule_problems(rule) == []
    assert Engine(rules=[rule]).rules == {"acme-token": rule}


def test_long_matches_are_found_whole(tmp_path: Path) -> None:
    text = """
[[rules]]
id = "block"
regex = '''BEGIN BLOCK[\\s\\S-]{64,}?END BLOCK'''
[[rules]]
id = "line"
regex = '''long:[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}'''
"""
    config = read(tmp_path, text)
    block = "BEGIN BLOCK" + "\n".join(random_text("abc", 60, seed) for seed in range(100)) + "END BLOCK"
    line = f"long:{random_text('abc', 4500)}"
    assert found(config, block) == [block.encode()]
    assert found(config, line) == [line.encode()]


@pytest.mark.parametrize(
    ("extra", "line", "key", "effect"),
    [
        ("unheard = 1", 6, "unheard", Effect.FINDS_MORE),
        ("entropy = 9", 6, "entropy", Effect.FINDS_MORE),
        ("entropy = true", 6, "entropy", Effect.FINDS_MORE),
        ("keywords = ['é']", 6, "keywords", Effect.FINDS_MORE),
        ("keywords = 1", 6, "keywords", Effect.NONE),
        ("validate = 'x'", 6, "validate", Effect.NONE),
        ("revoke = 'x'", 6, "revoke", Effect.NONE),
        ("specificity = 3", 6, "specificity", Effect.NONE),
        ("confidence = 'sure'", 6, "confidence", Effect.NONE),
        ("filter = 'strange(finding)'", 6, "filter", Effect.FINDS_MORE),
        ("secretGroup = 2", 5, "regex", Effect.NOT_RUN),
        ("secretGroup = -1", 5, "regex", Effect.NOT_RUN),
        ("required = [{ id = 'none' }]", 6, "required", Effect.FINDS_MORE),
    ],
)
def test_what_of_a_rule_is_not_translated_is_named(
    extra: str, line: int, key: str, effect: Effect, tmp_path: Path
) -> None:
    config = read(tmp_path, RULE + extra)
    assert remarks(config) == [(line, f"rule acme-token: {key}", effect)]
    assert bool(config.rules) == (effect is not Effect.NOT_RUN)
    assert str(config.remarks[0]).startswith(f"{tmp_path / 'gitleaks.toml'}:{line}: rule acme-token: {key}: ")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("id = 'a'\npath = 'x'", "BECA looks at contents"),
        ("id = 'a'", "is missing"),
        ("id = 'a'\nregex = '(?=x)'", "is not valid RE2"),
        ("id = 'a'\nregex = 'x*'", "empty string"),
        ("id = 'äö'\nregex = 'abc'", "its id cannot be"),
        ("regex = 'abc'", "it has no id"),
    ],
)
def test_a_rule_that_cannot_be_run_is_named(rule: str, reason: str, tmp_path: Path) -> None:
    config = read(tmp_path, f"[[rules]]\n{rule}\n{RULE}")
    assert [each.id for each in config.rules] == ["acme-token"]
    (remark,) = config.remarks
    assert remark.effect is Effect.NOT_RUN
    assert reason in remark.reason


def test_ids_that_become_equal_stay_apart(tmp_path: Path) -> None:
    config = read(tmp_path, RULE + RULE.replace("acme-token", "ACME_Token"))
    assert config.origins == {"acme-token": "acme-token", "acme-token-2": "ACME_Token"}


@pytest.mark.parametrize(
    ("regex", "effect", "reason"),
    [
        ("(a)?(b)c", Effect.FINDS_MORE, "several can be the secret"),
        ("(?:a{900}){600}b", Effect.NOT_RUN, "not valid RE2"),
    ],
)
def test_expressions_with_a_difference(regex: str, effect: Effect, reason: str, tmp_path: Path) -> None:
    (remark,) = read(tmp_path, f"[[rules]]\nid = 'a'\nregex = '{regex}'\n").remarks
    assert (remark.line, remark.effect) == (3, effect)
    assert reason in remark.reason


def test_two_parts_of_one_name_are_refused(tmp_path: Path) -> None:
    text = "[[rules]]\nid = 'a'\nregex = 'abc-a'\nrequired = [{ id = 'b' }, { id = 'B' }]\n"
    text += "".join(f"[[rules]]\nid = '{name}'\nregex = 'abc-{name}'\n" for name in "bB")
    config = read(tmp_path, text)
    assert [rule.id for rule in config.rules] == ["b", "b-2"]
    assert [each.effect for each in config.remarks].count(Effect.NOT_RUN) == 1


class TestAllowLists:
    def test_what_a_rule_can_have_is_in_the_rule(self, tmp_path: Path) -> None:
        config = read(
            tmp_path,
            f"""{RULE}
[[rules.allowlists]]
paths = ['''(^|/)tests/''', '''\\.md$''']
stopwords = ["Example"]
[[rules.allowlists]]
regexTarget = "line"
regexes = ['''# *fake$''']
[rules.allowlist]
regexes = ['''^0+$''']
""",
        )
        (rule,) = config.rules
        assert rule.paths == ("!tests/", "!*.md")
        assert rule.allow.words == ("Example",)
        assert rule.allow.lines == ("(?-m:# *fake$)",)
        assert rule.allow.patterns == ("(?-m:^0+$)",)
        assert (config.allows, config.remarks) == ((), ())
        assert found(config, f"acme_key = {TOKEN} # fake") == []
        assert found(config, f"acme_key = {TOKEN[:13]}EXAMPLE") == []
        assert found(config, f"acme_key = {TOKEN} # fake?") == [TOKEN.encode()]

    def test_what_it_cannot_have_is_left(self, tmp_path: Path) -> None:
        config = read(
            tmp_path,
            f"""{RULE}
[[rules.allowlists]]
description = "both"
condition = "AND"
paths = ['''tests''']
regexes = ['''x''']
[[rules.allowlists]]
commits = ["ABCDEF1"]
[[rules.allowlists]]
regexTarget = "match"
regexes = ['''y''']
stopwords = ["ü"]
[[rules.allowlists]]
paths = ['''\\d+/''']
""",
        )
        both, commits, match, paths = config.allows
        assert (both.needs_all, both.paths, both.expressions, both.description) == (True, ("tests",), ("x",), "both")
        assert commits.commits == ("abcdef1",)
        assert (match.target, match.expressions, match.stop_words) == (AllowTarget.MATCH, ("y",), ("ü",))
        assert paths.paths == (r"\d+/",)
        assert {allow.rules for allow in config.allows} == {("acme-token",)}
        assert [allow.line for allow in config.allows] == [7, 12, 14, 18]
        assert config.remarks == ()

    def test_one_condition_alone_needs_no_other(self, tmp_path: Path) -> None:
        config = read(tmp_path, f"{RULE}[[rules.allowlists]]\ncondition = 'AND'\nstopwords = ['example']\n")
        assert config.rules[0].allow.words == ("example",)
        assert config.allows == ()

    def test_global_ones_are_for_all_rules_or_for_some(self, tmp_path: Path) -> None:
        text = f"""
[allowlist]
paths = ['''vendor''']
[[allowlists]]
targetRules = ["acme-token", "other"]
stopwords = ["test"]
[[allowlists]]
targetRules = ["other"]
stopwords = ["test"]
{RULE}"""
        config = read(tmp_path, text, prefix="x-")
        assert [(allow.rules, allow.paths, allow.stop_words) for allow in config.allows] == [
            ((), ("vendor",), ()),
            (("x-acme-token",), (), ("test",)),
        ]
        assert remarks(config) == [
            (5, "allowlist: targetRules", Effect.NONE),
            (8, "allowlist: targetRules", Effect.NONE),
        ]

    @pytest.mark.parametrize(
        ("extra", "key"),
        [
            ("regexes = ['(?=x)']", "regexes"),
            ("regexes = ['x*']", "regexes"),
            ("paths = ['(']", "paths"),
            ("regexTarget = 'file'\nregexes = ['x']", "regexTarget"),
            ("condition = 'XOR'\nregexes = ['x']", "condition"),
            ("regexes = 'x'", "regexes"),
            ("regexs = ['x']", "regexs"),
            ("condition = 'AND'\npaths = ['(']\nstopwords = ['x']", "paths"),
        ],
    )
    def test_one_that_cannot_be_used_hides_nothing(self, extra: str, key: str, tmp_path: Path) -> None:
        config = read(tmp_path, f"{RULE}[[rules.allowlists]]\n{extra}\n")
        assert remarks(config) == [(6, f"rule acme-token: allowlist: {key}", Effect.FINDS_MORE)]
        assert not config.rules[0].allow
        assert (config.rules[0].paths, config.allows) == ((), ())


class TestPaths:
    def test_of_a_rule(self, tmp_path: Path) -> None:
        extra = "path = '''\\.env$'''\n[[rules.allowlists]]\npaths = ['''^tests/''']\n"
        config = read(tmp_path, RULE + extra)
        assert config.rules[0].paths == ("*.env", "!/tests/")
        assert config.paths == {}

    def test_that_no_pattern_can_say(self, tmp_path: Path) -> None:
        config = read(tmp_path, f"{RULE}path = '''\\d+\\.env$'''\n")
        assert config.rules[0].paths == ()
        assert config.paths == {"acme-token": r"\d+\.env$"}
        assert config.remarks == ()
        (remark,) = config.remarks_of_rules()
        assert (remark.line, remark.subject, remark.effect) == (2, "rule acme-token: path", Effect.FINDS_MORE)

    def test_that_cannot_exist_are_none(self, tmp_path: Path) -> None:
        (rule,) = read(tmp_path, f"{RULE}path = '''a^'''\n").rules
        assert rule.paths == ("/",)


class TestExtend:
    def test_another_file(self, tmp_path: Path) -> None:
        read(tmp_path, f"{RULE}keywords = ['acme']\ntags = ['a']\n[allowlist]\nstopwords = ['x1']\n", "base.toml")
        text = """
[extend]
path = "base.toml"
[[rules]]
id = "acme-token"
entropy = 2.0
keywords = ["key"]
tags = ["b"]
[rules.allowlist]
stopwords = ["x2"]
[[rules]]
id = "mine"
regex = 'mine-[0-9]{8}'
[allowlist]
stopwords = ["x3"]
"""
        config = read(tmp_path, text)
        acme, mine = config.rules
        assert (acme.min_entropy, acme.keywords, acme.tags) == (2.0, ("acme", "key"), ("a", "b"))
        assert acme.allow.words == ("x2",)
        assert acme.description == "A token of ACME"
        assert mine.id == "mine"
        assert [allow.stop_words for allow in config.allows] == [("x1",), ("x3",)]

    def test_rules_are_disabled(self, tmp_path: Path) -> None:
        read(tmp_path, RULE + RULE.replace("acme-token", "other"), "base.toml")
        text = '[extend]\npath = "base.toml"\ndisabledRules = ["other", "nobody"]\n'
        assert [rule.id for rule in read(tmp_path, text).rules] == ["acme-token"]

    def test_the_defaults_are_not_there(self, tmp_path: Path) -> None:
        config = read(tmp_path, f"[extend]\nuseDefault = true\n{RULE}")
        assert remarks(config) == [(1, "extend: useDefault", Effect.NONE)]
        assert "BECA does not have the default rules" in config.remarks[0].reason

    def test_a_rule_that_changes_a_default_one_is_named_and_misses_nothing(self, tmp_path: Path) -> None:
        change = "[[rules]]\nid = 'generic-api-key'\n[[rules.allowlists]]\nstopwords = ['x']\n"
        config = read(tmp_path, f"[extend]\nuseDefault = true\n{change}{RULE}")
        assert [rule.id for rule in config.rules] == ["acme-token"]
        assert remarks(config) == [
            (1, "extend: useDefault", Effect.NONE),
            (3, "rule generic-api-key", Effect.NONE),
        ]
        assert remarks(read(tmp_path, change)) == [(1, "rule generic-api-key: regex", Effect.NOT_RUN)]

    def test_it_ends(self, tmp_path: Path) -> None:
        config = read(tmp_path, f'[extend]\npath = "gitleaks.toml"\nurl = "x"\n{RULE}')
        assert [rule.id for rule in config.rules] == ["acme-token"]
        assert {each.subject for each in config.remarks} == {"extend: path", "extend: url"}
        assert all(each.effect is Effect.NOT_RUN for each in config.remarks)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match=r"none\.toml.* cannot be read"):
            read(tmp_path, '[extend]\npath = "none.toml"\n')


class TestBetterleaks:
    def test_a_filter(self, tmp_path: Path) -> None:
        extra = """
confidence = "high"
filter = '''
entropy(finding.secret) <= 3.0
|| matchesAny(finding.secret, [`^x+$`])
|| containsAny(finding.secret, ["a.b"])
|| matchesAny(finding.line, [`fake`])
|| matchesAny(attributes["path"] ?? "", [`\\.md$`])
|| failsTokenEfficiency(finding.secret)
'''
"""
        config = read(tmp_path, RULE + extra)
        (rule,) = config.rules
        assert (rule.confidence, rule.min_entropy) == (Confidence.HIGH, 3.0)
        assert rule.allow.patterns == ("(?-m:^x+$)", r"a\.b")
        assert rule.allow.lines == ("fake",)
        assert rule.paths == ("!*.md",)
        assert [(each.line, each.reason) for each in config.remarks] == [
            (8, "a condition is not known: failsTokenEfficiency, finding, secret")
        ]

    def test_global_filters(self, tmp_path: Path) -> None:
        text = "prefilter = 'matchesAny(attributes[\"path\"], [`vendor/`])'\nfilter = 'entropy(finding.secret) < 1'\n"
        config = read(tmp_path, text + RULE)
        assert [allow.paths for allow in config.allows] == [("vendor/",)]
        assert remarks(config) == [(2, "filter", Effect.FINDS_MORE)]

    def test_components(self, tmp_path: Path) -> None:
        text = """
[[rules]]
id = "pair"
regex = '''pair-key-([0-9a-f]{16})'''
components = [
    { id = "account", within = "2L" },
    { id = "region", optional = true, within = "40C" },
]
[[rules]]
id = "account"
regex = '''account-([0-9]{8})'''
skipReport = true
[[rules]]
id = "region"
regex = '''region-[a-z]{4}'''
skipReport = true
"""
        config = read(tmp_path, text)
        (rule,) = config.rules
        account, region = rule.parts
        assert (account.name, account.within_lines, account.required) == ("account", 2, True)
        assert (region.name, region.within_bytes, region.required) == ("region", 40, False)
        assert config.remarks == ()
        key = random_text("0123456789abcdef", 16)
        assert found(config, f"account-12345678\npair-key-{key}") == [key.encode()]
        assert found(config, f"pair-key-{key}") == []
        assert found(config, f"account-12345678\n\n\n\npair-key-{key}") == []

    @pytest.mark.parametrize(
        ("other", "effect", "reason"),
        [
            ("regex = 'id-([0-9]{8})'\nentropy = 2.0", Effect.FINDS_MORE, "only its expression is asked"),
            ("regex = 'id-([0-9]{8})'\nfilter = 'x'", Effect.FINDS_MORE, "only its expression is asked"),
            ("regex = 'id\\s([0-9]{8})'", Effect.FINDS_LESS, "on one line"),
            ("regex = '(?=x)'", Effect.FINDS_MORE, "is not valid RE2"),
            ("path = 'x'", Effect.FINDS_MORE, "is missing"),
        ],
    )
    def test_what_of_a_component_is_not_asked_is_named(
        self, other: str, effect: Effect, reason: str, tmp_path: Path
    ) -> None:
        pair = "[[rules]]\nid = 'pair'\nregex = 'pair-[0-9]{8}'\ncomponents = [{ id = 'id', within = '3L' }]\n"
        config = read(tmp_path, f"{pair}[[rules]]\nid = 'id'\nskipReport = true\n{other}\n")
        (remark,) = config.remarks
        assert (remark.line, remark.effect, remark.rule) == (4, effect, "pair")
        assert reason in remark.reason
        assert [rule.id for rule in config.rules] == ["pair"]

    def test_required_rules_of_gitleaks(self, tmp_path: Path) -> None:
        text = RULE + "[[rules.required]]\nid = 'other'\nwithinLines = 3\nwithinColumns = 30\n"
        text += "[[rules.required]]\nid = 'other-2'\n"
        for name in ("other", "other-2"):
            text += RULE.replace("acme-token", name).replace("acme[", f"{name}[").replace(r"\s", " ")
        config = read(tmp_path, text)
        parts = config.rules[0].parts
        assert [(part.name, part.within_lines, part.within_bytes) for part in parts] == [
            ("other", 3, 30),
            ("other-2", 4096, 4096),
        ]
        assert [(each.subject, each.effect) for each in config.remarks] == [
            ("rule acme-token: required", Effect.FINDS_LESS)
        ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[rules]", "not valid TOML"),
        ("rules = 3", "rules must be tables"),
        ("rules = [3]", "a rule must be a table"),
        (b"\xff", "not UTF-8"),
        (b"# " + b"x" * (2 * 1024 * 1024), "larger than"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(text: str | bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "gitleaks.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(InvalidInput, match=message):
        translate_gitleaks(path)


def test_unknown_keys_at_the_top_are_named(tmp_path: Path) -> None:
    config = read(tmp_path, f"title = 'x'\nminVersion = '8'\nverbose = true\n{RULE}")
    assert remarks(config) == [(3, "'verbose'", Effect.FINDS_MORE)]
