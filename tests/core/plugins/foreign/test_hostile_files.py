"""Files of other scanners may hold anything: it is read, named or refused, and nothing else happens."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beca_core.errors import InvalidInput
from beca_core.plugins.foreign import Effect, translate_gitleaks
from beca_core.plugins.foreign.detect_secrets import read_secrets_baseline
from beca_core.plugins.foreign.gitleaks.ignore_file import read_ignore_file
from beca_core.plugins.foreign.trufflehog import read_trufflehog
from beca_core.rules.rule_problems import rule_problems
from beca_core.system.toml_writing import toml_table, toml_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ANYTHING = st.recursive(
    st.booleans()
    | st.integers(-3, 10_000_000_000)
    | st.floats(allow_nan=False)
    | st.text("ab(*[\\^é'\"", max_size=8)
    | st.sampled_from(["secret", "AND", "abc-[0-9]{4}", "(a)(b)", "entropy(finding.secret) <= 3"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "x", "regexes"]), inner),
    max_leaves=6,
)
RULE_KEYS = st.sampled_from(["id", "description", "regex", "secretGroup", "valueGroup", "entropy", "path", "keywords"])
RULE_KEYS |= st.sampled_from(["tags", "filter", "confidence", "required", "components", "skipReport", "allowlist"])
RULE_KEYS |= st.sampled_from(["allowlists", "validate", "strange"])
ALLOW_KEYS = st.sampled_from(
    ["description", "condition", "commits", "paths", "regexes", "regexTarget", "stopwords", "targetRules", "strange"]
)


@settings(max_examples=60)
@given(
    rule=st.dictionaries(RULE_KEYS, ANYTHING, max_size=6),
    allow=st.dictionaries(ALLOW_KEYS, ANYTHING, max_size=4),
    top=st.dictionaries(st.sampled_from(["extend", "filter", "prefilter", "title"]), ANYTHING, max_size=2),
)
def test_any_values_of_a_configuration(
    rule: dict[str, Any], allow: dict[str, Any], top: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    lines = "".join(f"{key} = {toml_value(value)}\n" for key, value in top.items())
    tables = toml_table("[[allowlists]]", allow) + toml_table(
        "[[rules]]", {"id": "one", "regex": "abc-[0-9]{4}"} | rule
    )
    path.write_text(f"{lines}{tables}\n[[rules]]\nid = 'sound'\nregex = 'sound-[0-9]{{4}}'\n")
    try:
        config = translate_gitleaks(path)
    except InvalidInput:
        return
    assert "sound" in [config.origins[each.id] for each in config.rules]
    assert [problem for each in config.rules for problem in rule_problems(each)] == []
    assert all(remark.line >= 1 and "\n" not in str(remark) for remark in config.remarks)
    ran = {config.origins[each.id] for each in config.rules}
    named = {remark.rule for remark in config.remarks if remark.effect is Effect.NOT_RUN}
    assert not ran & named


@settings(max_examples=50)
@given(results=ANYTHING, filters=ANYTHING, plugins=ANYTHING, exclude=ANYTHING)
def test_any_values_of_a_baseline(
    results: Any, filters: Any, plugins: Any, exclude: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    members = {"results": {"a": results}, "filters_used": [filters], "plugins_used": plugins, "exclude": exclude}
    path.write_text(json.dumps(members))
    found = read_secrets_baseline(path)
    assert all(remark.line >= 1 for remark in found.remarks)


DETECTOR_KEYS = st.sampled_from(
    ["name", "keywords", "regex", "entropy", "exclude_words", "exclude_regexes_capture", "verify", "description"]
)


@settings(max_examples=50)
@given(detector=st.dictionaries(DETECTOR_KEYS, ANYTHING, max_size=5))
def test_any_values_of_a_detector(detector: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    sound = {"name": "sound", "regex": {"key": "sound-[0-9]{4}"}}
    path.write_text(json.dumps({"detectors": [{"name": "one", "regex": {"a": "abc-[0-9]{4}"}} | detector, sound]}))
    try:
        found = read_trufflehog(path)
    except InvalidInput:  # a text that this YAML does not take
        return
    assert "sound" in [rule.id for rule in found.rules]
    assert [problem for rule in found.rules for problem in rule_problems(rule)] == []


READERS: list[Callable[[Any], object]] = [
    translate_gitleaks,
    read_secrets_baseline,
    read_ignore_file,
    read_trufflehog,
]


@pytest.mark.parametrize("read", READERS)
class TestFiles:
    def test_links_are_not_followed(self, read: Callable[[Path], object], tmp_path: Path) -> None:
        (tmp_path / "target").write_text("x = 1\n")
        (tmp_path / "link").symlink_to(tmp_path / "target")
        with pytest.raises(InvalidInput, match="not a regular file"):
            read(tmp_path / "link")

    def test_pipes_and_directories_do_not_block(self, read: Callable[[Path], object], tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for name in ("pipe", "."):
            with pytest.raises(InvalidInput, match="not a regular file"):
                read(tmp_path / name)

    def test_what_is_no_text_is_refused(self, read: Callable[[Path], object], tmp_path: Path) -> None:
        (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(InvalidInput, match="not UTF-8"):
            read(tmp_path / "binary")

    def test_a_message_does_not_repeat_what_the_file_holds(
        self, read: Callable[[Path], object], tmp_path: Path
    ) -> None:
        (tmp_path / "secrets").write_text('{"results": {"hunter2hunter2": [hunter2\n')
        messages = []
        try:
            read(tmp_path / "secrets")
        except InvalidInput as error:
            messages.append(str(error))
        assert "hunter2" not in "".join(messages)


def test_names_cannot_move_the_cursor(tmp_path: Path) -> None:
    path = tmp_path / "gitleaks.toml"
    path.write_text('[[rules]]\nid = "a\\u001b[2J\\u202e"\nregex = "("\n"str\\u001b" = 1\n')
    for remark in translate_gitleaks(path).remarks:
        assert str(remark).isprintable()


def test_there_can_be_too_many_rules(tmp_path: Path) -> None:
    path = tmp_path / "gitleaks.toml"
    path.write_text("".join(f"[[rules]]\nid = 'r'\nregex = 'word{n}-[0-9]{{9}}'\n" for n in range(5001)))
    with pytest.raises(InvalidInput, match="at most 5,000"):
        translate_gitleaks(path)
