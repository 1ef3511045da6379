"""Rule files: what they give, and that every mistake in them is said with its place, all at once."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from beca_core import CounterExample, Near, Part, Rule, Side, Step, load_rules
from beca_core.errors import InvalidInput, InvalidRule
from beca_core.plugins.rule_files.parsed_file import MAX_FILE_BYTES
from beca_core.plugins.rule_files.rule_file import read_rule_file
from beca_core.rules.documents.document import rule_to_json
from tests.core.plugins.rule_files.conftest import rule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]

TWO_PARTS = """
    [[rules]]
    id = "acme-key"
    version = 1
    description = "ACME key with its id"
    severity = "high"
    confidence = "HIGH"
    pattern = '(?P<secret>acme_[0-9A-Za-z]{36})'
    boundary = "0-9A-Za-z_"
    near = { words = ["acme", "key"], where = "before" }
    parts = [{ name = "key-id", pattern = 'AK[0-9]{10}', boundary = "0-9A-Za-z" }]
    counter_examples = ["acme_{{random 0-9A-Za-z 35}}", { text = "x", step = "near" }, { bytes = "\\u00ff" }]
    [[rules.examples]]
    text = "id = {{key-id}}; key = {{secret}}"
    secret = "acme_{{random 0-9A-Za-z 30}}{{checksum crc32 base62 6}}"
    parts.key-id = "AK{{random 0-9 10}}"
"""


def problems(path: Path) -> list[str]:
    """Return what is wrong with a file, each with line and column, without its name."""
    with pytest.raises(InvalidRule) as caught:
        load_rules(path)
    return [line.removeprefix(f"{path}:") for line in caught.value.message.split("\n")]


def test_a_rule_has_the_fields_of_its_table(rule_file: Write) -> None:
    (found,) = load_rules(rule_file(TWO_PARTS))
    assert found.near == (Near(words=("acme", "key"), where=Side.BEFORE),)
    assert found.parts == (Part(name="key-id", pattern="AK[0-9]{10}", boundary="0-9A-Za-z"),)
    (example,) = found.examples
    assert re.fullmatch("acme_[0-9A-Za-z]{36}", str(example.secret))
    assert example.text == f"id = {example.parts['key-id']}; key = {example.secret}"
    assert found.counter_examples[1:] == (CounterExample("x", Step.NEAR), b"\xff")
    assert len(str(found.counter_examples[0])) == len("acme_") + 35


def test_a_rule_with_two_parts_and_a_checksum_has_less_than_twenty_lines() -> None:
    assert len(TWO_PARTS.strip().splitlines()) < 20


def test_yaml_and_toml_say_the_same(rule_file: Write) -> None:
    (of_toml,) = load_rules(rule_file(TWO_PARTS))
    document = rule_to_json(of_toml)
    (of_yaml,) = load_rules(rule_file(json.dumps({"rules": [document]}), "acme.yaml"))
    assert of_yaml == of_toml


def test_several_secrets_have_numbers(rule_file: Write) -> None:
    text = rule(more="").replace('secret = "', 'secret = ["{{uuid}}", "').replace('16}}"\n', '16}}"]\n')
    path = rule_file(text.replace('"key = {{secret}}"', '"{{secret-2}} {{secret-1}} {{secret}}"'))
    (example,) = load_rules(path)[0].examples
    first, second = example.secrets
    assert example.data == b" ".join([second, first, first])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("disbale = []", "1:1: there is no key 'disbale'. Did you mean disable?"),
        ("zzz = 1", "1:1: there is no key 'zzz'. A rule file has rules and disable."),
        ("rules = 1", "1:1: rules must be a list of at most 10,000 tables. Write [[rules]] in TOML."),
        ("[rules]\nid = 1", "1:1: rules must be a list of at most 10,000 tables. Write [[rules]] in TOML."),
        ("rules = [1]", "1:10: rule 1 must be a table."),
        ("disable = 1", '1:1: disable must be a list of ids, such as ["generic-*"].'),
        ("disable = ['a', 1]", "1:17: disable has an item that is not a text."),
    ],
)
def test_what_is_wrong_with_the_keys_of_a_file(rule_file: Write, text: str, expected: str) -> None:
    assert problems(rule_file(text)) == [expected]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("overide = true", "overide is not a key of this table. Did you mean override?"),
        ('override = "yes"', "override must be true or false."),
        ("keyword = ['a']", "keyword is not a key of this table. Did you mean keywords?"),
        ("keywords = 'a'", "keywords must be a list, not a text."),
        ("keywords = [1]", "keywords[1] must be a text, not a whole number."),
        ("max_bytes = '9'", "max_bytes must be a whole number, not a text."),
        ("max_bytes = 9.0", "max_bytes must be a whole number, not a number."),
        ("max_bytes = true", "max_bytes must be a whole number, not true or false."),
        ("max_bytes = 0", "max_bytes must be from 1 to 65536."),
        ("min_entropy = 9", "min_entropy must be from 0 to 8."),
        ("min_entropy = nan", "min_entropy must be from 0 to 8."),
        ("multiline = 1", "multiline must be true or false, not a whole number."),
        ("remediation = 2026-01-31", "remediation must be a text, not a date or a time."),
        ("near = {words = ['abc'], where = 'befor'}", "near.where must be before, after, either or line. Did you mean before?"),  # noqa: E501
        ("near = {words = ['abc'], where = 1}", "near.where must be before, after, either or line, not a whole number."),  # noqa: E501
        ("near = {word = ['abc']}", "near.word is not a key of this table. Did you mean words?"),
        ("near = [{words = ['abc']}, {words = ['ab']}]", "near item 2 has a words that item 1 has less than 3 characters."),  # noqa: E501
        ("near = {words = ['abc'], within = 5000}", "near item 1 has a within that must be from 1 to 4096."),
        ("near = ['abc']", "near[1] must be a table, not a text."),
        ("parts = {name = 'x'}", "parts has no pattern, which is required."),
        ("variants = [{name = 'A', pattern = 'x'}]", "variants item 1 has a name that is not valid. Use lower-case words joined by hyphens."),  # noqa: E501
        ("checks = ['length']", 'checks[1] must be a table such as {check = "length", min = 20}, not a text.'),
        ("allow = {value = ['x']}", "allow.value is not a key of this table. Did you mean values?"),
        ("allow = []", "allow must be a table, not a list."),
        ("attributes = ['1x']", "attributes item 1 is not the name of a group."),
        ("former_ids = ['A']", "former_ids item 1 is not valid. Use lower-case words joined by hyphens."),
        ("boundary = ']'", "boundary is not the inside of a character class, such as 0-9A-Za-z_."),
        ("references = [{bytes = 'x'}]", "references[1] must be a text, not a table."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_rule(rule_file: Write, line: str, expected: str) -> None:
    path = rule_file(rule(more=line))
    number = path.read_text().split("\n").index(line) + 1
    found, *_ = sorted(problems(path), key=lambda problem: expected not in problem)
    place, _, message = found.partition(": rule 'acme-key': ")
    assert message.startswith(expected)
    assert place.startswith(f"{number}:")


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        ("text = 'a'", "examples[1] has no secret, which is required."),
        ("text = 'a'\nsecret = 1", 'examples[1].secret must be a text, or a table such as {bytes = "..."}, not a whole'),  # noqa: E501
        ("text = 'a'\nsecret = []", "examples item 1 has an empty secret."),
        ("text = 'a'\nsecret = {bytes = 'ā'}", "examples[1].secret must have one key, bytes"),
        ("text = 'a'\nsecret = {byte = 'a'}", "examples[1].secret must have one key, bytes"),
        ("text = '{{secert}}'\nsecret = 'a'", "examples[1].text has {{secert}}, which is not known. Did you mean secret?"),  # noqa: E501
        ("text = '{{secret}}'\nsecret = {bytes = 'a'}", "examples[1].text has {{secret}}, which is not known."),
        ("text = '{{x-y}}'\nsecret = 'a'\nparts = {x-z = 'b'}", "examples[1].text has {{x-y}}, which is not known. Did you mean x-z?"),  # noqa: E501
        ("text = 'a'\nsecret = '{{random}}'", "examples[1].secret has a wrong {{random}}. Write {{random ALPHABET LENGTH"),  # noqa: E501
        ("text = 'a'\nsecret = 'a'\nparts = {x = '{{'}", "examples[1].parts.x has {{ without }}. Write {{{{ for two braces."),  # noqa: E501
        ("text = 'a'\nsecret = 'a'\nparts = {x = 1}", 'examples[1].parts.x must be a text, or a table such as {bytes = "'),  # noqa: E501
        ("text = 'a'\nsecret = 'a'\nparts = 1", "examples[1].parts must be a table, not a whole number."),
        ("text = 'a'\nsecret = 'a'\nconfidence = 'sure'", "examples[1].confidence must be low, medium or high."),
        ("text = 'a'\nsecret = 'a'\nconfidence = 'High'", "examples[1].confidence must be low, medium or high."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_example(rule_file: Write, example: str, expected: str) -> None:
    head, _, _ = rule().partition("text = ")
    (found,) = problems(rule_file(head + example))
    assert expected in found


def test_everything_is_said_at_once_in_the_order_of_the_file(rule_file: Write) -> None:
    text = f"zzz = 1\n{rule(more='overide = 1')}\n{rule('Acme', more='keyword = []')}\n[[rules]]\nid = 'other'"
    found = [re.sub(r"^\d+:\d+: ", "", problem) for problem in problems(rule_file(text))]
    assert [problem.partition(":")[0] for problem in found] == [
        "there is no key 'zzz'. A rule file has rules and disable.",
        "rule 'acme-key'",
        "rule 'Acme'",
        *["rule 'other'"] * 5,
    ]


def test_a_broken_rule_costs_itself_only(rule_file: Write) -> None:
    file = read_rule_file(rule_file(rule("one", more="max_bytes = 0") + rule("two")))
    assert [found.rule.id for found in file.rules] == ["two"]
    assert len(file.problems) == 1


def test_a_value_is_not_repeated(rule_file: Write) -> None:
    path = rule_file(rule(more='max_bytes = "hidden"\nkeywords = ["ok", {hidden2 = "hidden3"}]'))
    assert "hidden" not in " ".join(problems(path))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("acme.json", b"{}", "A rule file is TOML or YAML"),
        ("acme", b"", "A rule file is TOML or YAML"),
        ("acme.toml", b"a = ", ":1:5: the file is not valid TOML: Invalid value."),
        ("acme.toml", b"\xff", "is not UTF-8; see line 1."),
        ("acme.toml", b"a = 1\nb = '\xff'", "is not UTF-8; see line 2."),
        ("acme.toml", b"#" * (MAX_FILE_BYTES + 1), "is larger than 2,097,152 bytes. Use several files."),
        ("acme.yaml", b"a: *b", ":1:4: the file has an anchor or an alias; write the value out."),
        ("acme.yml", b"a: [", ":2:1: the file is not valid YAML: "),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        load_rules(path)
    assert message in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "some.toml").mkdir()
    with pytest.raises(InvalidInput, match="cannot be read: No such file or directory"):
        load_rules(tmp_path / "none.toml")
    with pytest.raises(InvalidInput, match="cannot be read: Is a directory"):
        load_rules(tmp_path / "some.toml")


@pytest.mark.parametrize("text", ["[]", "3", "text", ""])
def test_a_yaml_file_is_a_table(rule_file: Write, text: str) -> None:
    assert problems(rule_file(text, "a.yaml")) == ["1:1: a rule file has the keys rules and disable."]


def test_an_empty_file_has_no_rules(rule_file: Write) -> None:
    assert load_rules(rule_file("")) == []
    assert load_rules(rule_file("\ufeff# nothing\n")) == []


def test_generated_text_is_bounded_for_the_whole_file(rule_file: Write) -> None:
    many = ", ".join(['"{{random a-z 65536}}"'] * 70)
    found = problems(rule_file(rule(more=f"# {many}").replace("counter_examples = [", f"counter_examples = [{many}, ")))
    assert all("makes too much text" in problem for problem in found)


def test_rules_are_those_of_python(rule_file: Write) -> None:
    found: list[Any] = load_rules(rule_file(rule()))
    assert [type(each) for each in found] == [Rule]
