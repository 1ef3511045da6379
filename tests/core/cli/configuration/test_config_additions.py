"""Additions to a configuration: they are there afterwards, and everything that was there is as it was."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.cli.configuration.config_additions import ConfigAdditions, entry_document, read_config_text
from beca_core.errors import InvalidInput
from beca_core.rules.allow_entry import AllowEntry

ENTRY = AllowEntry("made up", rules=("a", "b"), paths=("x/",), owner="Ada", expires=date(2030, 1, 31))
ADDITIONS = ConfigAdditions({"rules-files": ["r.toml"]}, {"baseline": "b"}, (ENTRY,))
OWN, PROJECT = Path(".beca.toml"), Path("pyproject.toml")
WRITTEN = {"rule": ["a", "b"], "path": "x/", "reason": "made up", "owner": "Ada", "expires": date(2030, 1, 31)}

TEXTS = [
    "",
    "# a remark\n",
    "# a remark",
    'min-severity = "low"\n',
    'min-severity = "low"  # no line end',
    '# a\n\n# b\nmin-severity = "low"\n\n[[allow]]\npath = "y"\nreason = "z"\n# the end\n',
    '[[allow]]\npath = "y"\nreason = "z"',
    "\n\n[plugins.x]\ny = 1\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_configuration_of_its_own(text: str) -> None:
    after = ADDITIONS.added_to(text, OWN)
    before = tomllib.loads(text)
    entries = [*before.pop("allow", []), WRITTEN]
    assert tomllib.loads(after) == {**before, "rules-files": ["r.toml"], "baseline": "b", "allow": entries}
    assert all(line in after.splitlines() for line in text.splitlines())


@pytest.mark.parametrize("text", TEXTS[:4])
@pytest.mark.parametrize("rest", ["", "\n[tool.other]\nx = 1\n", "\n[project]\nname = 'y'\n"])
def test_a_pyproject(text: str, rest: str) -> None:
    whole = f"[build]\nz = 1\n\n[ tool . beca ] # ours\n{text}\n{rest}"
    after = ADDITIONS.added_to(whole, PROJECT)
    before = tomllib.loads(whole)
    wanted = {**before["tool"]["beca"], "rules-files": ["r.toml"], "baseline": "b", "allow": [WRITTEN]}
    found = tomllib.loads(after)
    assert found["tool"].pop("beca") == wanted
    del before["tool"]["beca"]
    assert found == before
    assert all(line in after.splitlines() for line in whole.splitlines())


def test_a_pyproject_without_a_table_of_beca_gets_one() -> None:
    after = ADDITIONS.added_to("[project]\nname = 'x'", PROJECT)
    assert tomllib.loads(after)["tool"]["beca"]["baseline"] == "b"


def test_what_is_there_is_not_added_again() -> None:
    once = ADDITIONS.added_to("", OWN)
    assert ADDITIONS.added_to(once, OWN) == once
    assert ConfigAdditions().added_to(once, OWN) == once
    assert not ConfigAdditions()


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ('rules-files = ["other.toml"]\n', OWN, "sets rules-files already"),
        ("allow = []\n", OWN, "without changing more"),
        ("allow = [{ path = 'x', reason = 'y' }]\n", OWN, "without changing more"),
        ("[broken", OWN, "not valid TOML"),
        ("tool = { beca = { min-severity = 'low' } }\n", PROJECT, "without changing more"),
        ("[tool]\nbeca.min-severity = 'low'\n", PROJECT, "without changing more"),
    ],
)
def test_what_cannot_be_added_to_is_refused(text: str, path: Path, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        ADDITIONS.added_to(text, path)


def test_a_missing_item_of_a_list_is_named() -> None:
    with pytest.raises(InvalidInput) as refused:
        ConfigAdditions({"rules-files": ["a.toml", "b.toml"]}).added_to('rules-files = ["a.toml"]\n', OWN)
    assert refused.value.hint == "Add to that list: b.toml"


def test_one_item_needs_no_list() -> None:
    assert entry_document(AllowEntry("why", values=("x",))) == {"value": "x", "reason": "why"}


def test_files(tmp_path: Path) -> None:
    assert read_config_text(tmp_path / "none") == ""
    (tmp_path / "latin").write_bytes(b"\xe9")
    for name in ("latin", "."):
        with pytest.raises(InvalidInput):
            read_config_text(tmp_path / name)


KEYS = st.sampled_from(["min-severity", "min-confidence", "baseline"])
REMARKS = st.sampled_from(["", "# a remark", "  # [not] a = table", "\t"])
TABLES = st.sampled_from(["[[allow]]\npath = 'y'\nreason = 'z'", '[plugins.x]\ny = "[[allow]]"', "[plugins]"])


@given(
    keys=st.lists(KEYS, unique=True, max_size=3),
    remarks=st.lists(REMARKS, min_size=4, max_size=4),
    tables=st.lists(TABLES, unique=True, max_size=3),
    gap=st.sampled_from(["\n", "\n\n", "\n# between\n"]),
    end=st.sampled_from(["", "\n", "\n\n# the end"]),
)
def test_any_configuration(keys: list[str], remarks: list[str], tables: list[str], gap: str, end: str) -> None:
    lines = [line for key, remark in zip(keys, remarks, strict=False) for line in (remark, f'{key} = "low" # x')]
    text = gap.join([*lines, remarks[-1], *tables]) + end
    before = tomllib.loads(text)
    after = ADDITIONS.added_to(text, OWN)
    found = tomllib.loads(after)
    wanted = {"baseline": "b", **before, "rules-files": ["r.toml"], "allow": [*before.get("allow", []), WRITTEN]}
    assert found == wanted
    assert {line for line in text.splitlines() if line.strip()} <= set(after.splitlines())


def test_what_no_scan_would_take_is_refused() -> None:
    many = tuple(AllowEntry("made up", stop_words=tuple(f"w{n}{m}" for m in range(600))) for n in range(2))
    with pytest.raises(InvalidInput, match="more than 1,000"):
        ConfigAdditions(entries=many).added_to("", OWN)
