"""The configuration of a repository: found, read, refused; and what a hostile one can do, which is nothing silently."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from beca_core.cli.configuration.configuration_keys import ALLOW_FIELDS, ALLOW_KEYS, KEYS, configuration_schema
from beca_core.cli.configuration.entry_removal import without_entries
from beca_core.cli.configuration.repository_config import RepositoryConfig, find_config, load_config
from beca_core.errors import BecaError, InvalidInput, InvalidSettings
from beca_core.rules.allow_entry import AllowEntry
from beca_core.sources.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

EVERYTHING = """
rules = ["tag:cloud", "fish"]
exclude-rules = ["generic-*"]
rules-files = ["rules.toml"]
exclude-paths = ["vendor/"]
min-severity = "medium"
min-confidence = "high"
inline-comments = ["beca:allow", "gitleaks:allow"]
baseline = ".beca.baseline"
accept-unreadable = ["tests/*.zip"]
max-blob-size = "10M"
max-scan-size = 1000000
max-archive-size = "1G"
max-archive-depth = 3
max-findings = 50
scan-time = "10m"

[[allow]]
rule = "fish"
path = ["tests/", "docs/"]
value = "^x"
stop-word = "example"
fingerprint = "0123456789abcdef"
reason = "made up"
owner = "Ada"
expires = 2027-01-31

[[allow]]
path = "a"
reason = "why"
expires = "2027-02-01"
"""


def config(directory: Path, text: str, name: str = ".beca.toml") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_text(text)
    return directory / name


def test_each_key_is_read(tmp_path: Path) -> None:
    found = find_config(str(config(tmp_path, EVERYTHING).parent))
    assert set(found.values) == set(KEYS)
    assert found.values["min-confidence"] == "high"
    assert (found.values["max-blob-size"], found.values["scan-time"]) == (10 * 1024**2, 600.0)
    first, second = found.entries
    assert first == AllowEntry(
        "made up",
        rules=("fish",),
        paths=("tests/", "docs/"),
        values=("^x",),
        stop_words=("example",),
        fingerprints=("0123456789abcdef",),
        owner="Ada",
        expires=date(2027, 1, 31),
        origin=".beca.toml, allow 1",
    )
    assert second.expires == date(2027, 2, 1)
    assert {key.limit for key in KEYS.values() if key.limit} <= set(Limits.__dataclass_fields__)


def test_the_schema_accepts_what_is_read_and_refuses_what_is_refused(tmp_path: Path) -> None:
    schema = configuration_schema()
    document = json.loads(json.dumps(tomllib.loads(EVERYTHING), default=str))
    jsonschema.validate(document, schema)
    assert set(schema["properties"]) == {*KEYS, "allow", "plugins"}
    assert set(schema["properties"]["allow"]["items"]["properties"]) == set(ALLOW_KEYS) >= set(ALLOW_FIELDS)
    for wrong in ({"rule": []}, {"allow": [{"path": "a"}]}, {"allow": [{"reason": "a"}]}, {"min-severity": "some"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("exclude-rule = []", "there is no key 'exclude-rule'", "Did you mean exclude-rules?"),
        ("exclude_rules = []", "there is no key 'exclude_rules'", "Did you mean exclude-rules?"),
        ("zzz = 1", "there is no key 'zzz'", "The keys are rules,"),
        ("[[allow]]\nreson = 'a'", "there is no key allow 1: 'reson'", "Did you mean reason?"),
        ("[[allow]]\npath = 'a'", "allow 1 has no reason", ""),
        ("[[allow]]\nreason = 'a'", "allow 1 names nothing", ""),
        ("[[allow]]\nreason = 'a'\npath = 'b'\nexpires = 'soon'", "allow 1: expires must be a date", ""),
        ("[[allow]]\nreason = 'a'\nvalue = '('", "not valid RE2", ""),
        ("allow = 1", "allow must be tables", ""),
        ("rules = 'a'", "rules must be a list", ""),
        ("[[allow]]\nreason = 'a'\npath = [" + "'b'," * 1_001 + "]", "allow has more than 1,000", ""),
        ("[[allow]]\nreason = 'a'\npath = 'b'\n" * 1_001, "allow must be tables", ""),
        ("min-severity = 'worst'", "min-severity must be low, medium, high or critical", ""),
        ("max-findings = 0", "max-findings must be a whole number from 1", ""),
        ("max-blob-size = 'big'", "max-blob-size: write it as a number", ""),
        ("inline-comments = ['secret:ok']", "inline-comments must be some of", ""),
        ("[plugins.acme]\nurl = 'https://evil.example'", "only read from a file that is named with --config", ""),
        ("a = ", "is not valid TOML", "--no-repo-config"),
        ("a = " + "[" * 100_000, "is not valid TOML", "--no-repo-config"),
        ("#" * 1_100_000, "is larger than", "--no-repo-config"),
    ],
)
def test_what_is_wrong_is_refused(text: str, message: str, hint: str, tmp_path: Path) -> None:
    config(tmp_path, text)
    with pytest.raises(InvalidSettings) as caught:
        find_config(str(tmp_path))
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_file_that_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("rules = []")
    for number, make in enumerate((lambda path: path.symlink_to(tmp_path / "elsewhere"), os.mkfifo, Path.mkdir)):
        directory = tmp_path / str(number)
        directory.mkdir()
        make(directory / ".beca.toml")
        with pytest.raises(InvalidSettings, match="cannot be read"):
            find_config(str(directory))


def test_it_is_found_upwards_to_the_root_of_the_repository(tmp_path: Path) -> None:
    config(tmp_path, "rules = ['outside']")
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "repository" / "a" / "b").mkdir(parents=True)
    (tmp_path / "repository" / "a" / "file").write_text("")
    for target in ("repository/a/b", "repository/a/file", "repository"):
        assert find_config(str(tmp_path / target)) == RepositoryConfig()
    path = config(tmp_path / "repository", "rules = ['root']")
    for target in ("repository/a/b", "repository/a/file", "repository"):
        assert find_config(str(tmp_path / target)).path == path
    nearer = config(tmp_path / "repository" / "a", "rules = ['near']")
    assert find_config(str(tmp_path / "repository/a/b")).path == nearer


def test_outside_a_repository_only_the_directory_of_the_target_has_one(tmp_path: Path) -> None:
    config(tmp_path, "rules = ['outside']")
    (tmp_path / "a").mkdir()
    assert find_config(str(tmp_path / "a")) == RepositoryConfig()
    assert find_config(str(tmp_path)).values == {"rules": ("outside",)}


@pytest.mark.parametrize("target", ["-", "https://example.com/a", "nowhere", "a\0b"])
def test_what_has_no_directory_has_no_configuration(target: str) -> None:
    assert find_config(target) == RepositoryConfig()


def test_the_table_of_a_project_file_counts_as_well(tmp_path: Path) -> None:
    config(tmp_path, "[tool.beca]\nrules = ['a']\n[[tool.beca.allow]]\npath = 'x'\nreason = 'y'\n", "pyproject.toml")
    found = find_config(str(tmp_path))
    assert (found.values, [entry.origin for entry in found.entries]) == ({"rules": ("a",)}, ["pyproject.toml, allow 1"])
    config(tmp_path, "rules = ['b']")
    assert find_config(str(tmp_path)).values == {"rules": ("b",)}


def test_a_project_file_that_says_nothing_of_beca_is_nothing(tmp_path: Path) -> None:
    for text in ("[project]\nname = 'beca'\n", "[tool.other]\na = 'tool.beca'\n", "not TOML"):
        config(tmp_path, text, "pyproject.toml")
        assert find_config(str(tmp_path)) == RepositoryConfig()


@pytest.mark.parametrize("name", ["../rules.toml", "/etc/passwd", "link", "directory/link"])
def test_it_names_no_file_outside_its_directory(name: str, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text("")
    (tmp_path / "r" / "directory").mkdir(parents=True)
    for link in ("link", "directory/link"):
        (tmp_path / "r" / link).symlink_to(tmp_path / "rules.toml")
    config(tmp_path / "r", "rules = []")
    with pytest.raises(InvalidSettings, match="which is a link or outside"):
        find_config(str(tmp_path / "r")).file("baseline", name)
    trusted = load_config(tmp_path / "r" / ".beca.toml")
    assert trusted.file("baseline", name) == tmp_path / "r" / name


def test_a_configuration_of_the_user_may_set_plugins(tmp_path: Path) -> None:
    path = config(tmp_path, "[plugins.acme]\nurl = 'a'\n", "own.toml")
    assert load_config(path).plugins == {"acme": {"url": "a"}}
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(InvalidSettings, match="has no table"):
        load_config(tmp_path / "pyproject.toml")


@pytest.mark.usefixtures("with_builtin")
def test_a_hostile_configuration_hides_nothing_silently(beca: Callable, tree: Path) -> None:
    (tree / ".beca.toml").write_text(
        'rules = ["secret-key"]\nexclude-rules = ["acme-token"]\nexclude-paths = ["*"]\n'
        '[[allow]]\nvalue = ".*"\nreason = "trust me"\n'
    )
    outcome = beca("scan", tree)
    assert outcome.code == 0
    assert "No secrets found" not in outcome.out
    assert "Allowed: 1 finding; 1 by .beca.toml, allow 1" in outcome.out
    listed = beca("scan", tree, "--show-suppressed").out
    assert "trust me" in listed
    assert json.loads(beca("scan", tree, "-f", "json").out)["allowed"][0]["finding"]["ruleId"] == "acme-token"
    assert beca("scan", tree, "--no-repo-config").code == 1
    assert beca("scan", tree, BECA_MIN_SEVERITY="low").code == 0


@pytest.mark.usefixtures("with_builtin")
@pytest.mark.parametrize(
    "text", ['exclude-rules = ["acme-token"]', 'rules = ["secret-key"]', 'exclude-paths = ["*.env"]']
)
def test_what_a_repository_leaves_out_is_listed(text: str, beca: Callable, tree: Path) -> None:
    (tree / ".beca.toml").write_text(text)
    outcome = beca("scan", tree)
    key = text.partition(" ")[0]
    assert outcome.code == 0
    assert f"Allowed: 1 finding; 1 by .beca.toml, {key} " in outcome.out
    assert "matches nothing" not in outcome.err


ANOTHER_RULE = """
[[rules]]
id = "another"
version = 1
description = "another"
severity = "low"
confidence = "low"
pattern = "(?P<secret>another secret)"
examples = [{text = "another secret", secret = "another secret"}]
"""
RULE_FILES = {
    "disabled.toml": f'disable = ["acme-token"]\n{ANOTHER_RULE}',
    "overridden.toml": """
[[rules]]
id = "acme-token"
version = 2
description = "never"
severity = "low"
confidence = "low"
override = true
pattern = "(?P<secret>zzzzzzzz)"
examples = [{text = "zzzzzzzz", secret = "zzzzzzzz"}]
""",
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('min-severity = "critical"', "1 finding below --min-severity or --min-confidence."),
        ('rules-files = ["disabled.toml"]', "Rule acme-token of plugin acme is disabled by disabled.toml."),
        ('rules-files = ["overridden.toml"]', "Rule acme-token of plugin acme is replaced by overridden.toml."),
        ('accept-unreadable = ["*"]\nmax-blob-size = 1\nmax-archive-depth = 0', "accept"),
        ("max-scan-size = 1", "1 finding in 1 file"),
        ("max-findings = 1", "1 finding in 1 file"),
        ('inline-comments = ["gitleaks:allow"]', "Allowed: 1 finding; 1 by inline comments"),
        ('baseline = "own"', "Allowed: 1 finding; 1 by own"),
    ],
)
def test_each_key_that_can_hide_something_is_seen(text: str, shown: str, beca: Callable, tree: Path) -> None:
    if "own" in text:
        assert beca("baseline", "create", tree, "--baseline", tree / "own").code == 0
    if "gitleaks" in text:
        file = tree / "config" / "app.env"
        file.write_text(f"{file.read_text().strip()} # gitleaks:allow\n")
    for name, rules in RULE_FILES.items():
        (tree / name).write_text(rules)
    (tree / "damaged.zip").write_bytes(b"PK\x03\x04" + b"damaged" * 9)
    (tree / ".beca.toml").write_text(text)
    outcome = beca("scan", tree)
    assert shown in outcome.out + outcome.err
    assert "No secrets found" not in outcome.out


@pytest.mark.parametrize("make", ["huge", "fifo", "link", "directory", "device"])
@pytest.mark.parametrize("key", ['baseline = "named"', 'rules-files = ["named"]'])
def test_a_file_that_it_names_is_read_only_if_it_is_one_of_its_own(
    make: str, key: str, beca: Callable, tree: Path
) -> None:
    named = tree / "named"
    if make == "huge":
        with named.open("wb") as file:
            file.truncate(3 * 1024**3)
    elif make == "fifo":
        os.mkfifo(named)
    elif make == "link":
        (tree.parent / "outside").write_text("SECRET OF ANOTHER PLACE")
        named.symlink_to(tree.parent / "outside")
    elif make == "device":
        named.symlink_to("/dev/zero")
    else:
        named.mkdir()
    (tree / ".beca.toml").write_text(key)
    outcome = beca("scan", tree)
    assert (outcome.code, outcome.out) == (2, "")
    assert "SECRET OF ANOTHER PLACE" not in outcome.err


def test_it_runs_no_code(beca: Callable, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import pathlib\npathlib.Path('ran').write_text('')\n"
    for name in ("beca_plugin.py", "sitecustomize.py", "beca_core.py", "conftest.py", "evil.py"):
        (tree / name).write_text(code)
    entry_points = tree / "evil-1.0.dist-info"
    entry_points.mkdir()
    (entry_points / "entry_points.txt").write_text("[beca.plugins]\nevil = evil\n")
    (entry_points / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n\n")
    (tree / ".beca.toml").write_text('rules-files = ["evil.py"]\n')
    monkeypatch.chdir(tree)
    assert beca("scan", tree).code == 2
    (tree / ".beca.toml").write_text('rules = ["plugin:evil"]\n')
    assert beca("scan", tree).code == 2
    (tree / ".beca.toml").unlink()
    assert beca("scan", tree).code == 1
    assert not (tree / "ran").exists()


def test_the_user_outranks_the_repository(beca: Callable, tree: Path) -> None:
    (tree / ".beca.toml").write_text('min-severity = "critical"\nmax-archive-depth = 0\n')
    assert beca("scan", tree).code == 0
    assert beca("scan", tree, "--min-severity", "low").code == 1
    assert beca("scan", tree, BECA_MIN_SEVERITY="low").code == 1


def test_what_a_repository_sets_as_least_severity_is_said_to_be_its_own(beca: Callable, tree: Path) -> None:
    (tree / ".beca.toml").write_text('min-severity = "critical"\n')
    said = ".beca.toml asks for findings of min-severity critical: 1 is left out."
    assert said in beca("scan", tree).err
    assert "asks for" not in beca("scan", tree, "--min-severity", "critical", "--no-repo-config").err
    assert "asks for" not in beca("scan", tree, "--min-severity", "high").err
    assert "asks for" not in beca("scan", tree, "--config", tree / ".beca.toml").err


def test_a_broken_configuration_stops_the_scan(beca: Callable, tree: Path) -> None:
    (tree / ".beca.toml").write_text("exclude-rule = []")
    outcome = beca("scan", tree)
    assert (outcome.code, outcome.out) == (2, "")
    assert "Did you mean exclude-rules?" in outcome.err
    assert beca("scan", tree, "--no-repo-config").code == 1


def test_a_worker_hides_nothing_for_a_repository(program: list[str], environment: dict[str, str], tree: Path) -> None:
    (tree / ".beca.toml").write_text('exclude-paths = ["*"]')
    (tree / "config" / "app.env").write_text((tree / "config" / "app.env").read_text().strip() + " # beca:allow *\n")
    ended = subprocess.Popen(
        [*program, "scan", str(tree), "--format", "jsonl", "--supervised"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        process_group=0,
        env=environment,
    )
    assert ended.stdin is not None
    assert ended.stdout is not None
    events = [json.loads(line) for line in ended.stdout]
    ended.stdin.close()
    ended.stdout.close()
    assert ended.wait() == 1
    (finding,) = [event["finding"] for event in events if event["type"] == "finding"]
    assert finding["metadata"]["labels"] == ["allowed"]
    assert not [event for event in events if event["type"] == "allowed"]


def test_entries_are_removed_and_everything_else_stays(tmp_path: Path) -> None:
    text = (
        "# ours\nrules = ['a']\n\n# first\n[[allow]]\npath = 'a'\nreason = '1'\n\n# second\n"
        "[[allow]]\npath = 'b' # x\nreason = '''\n[[allow]]\n'''\n\n[[ allow ]]\npath = 'c'\nreason = '3'"
    )
    path = config(tmp_path, text)
    with pytest.raises(InvalidInput, match="without changing more"):
        without_entries(path, {1})
    assert path.read_text() == text
    path.write_text(text.replace("'''\n[[allow]]\n'''", "'2'"))
    without_entries(path, {0, 2})
    assert path.read_text() == "# ours\nrules = ['a']\n\n# first\n# second\n[[allow]]\npath = 'b' # x\nreason = '2'\n\n"
    without_entries(path, {0})
    assert tomllib.loads(path.read_text()) == {"rules": ["a"]}


def test_entries_of_a_project_file_are_removed(tmp_path: Path) -> None:
    text = "[tool.beca]\nrules = []\n[[tool.beca.allow]]\npath = 'a'\nreason = '1'\n[tool.other]\nx = 1\n"
    path = config(tmp_path, text, "pyproject.toml")
    without_entries(path, {0})
    assert path.read_text() == "[tool.beca]\nrules = []\n[tool.other]\nx = 1\n"


def test_an_inline_array_is_not_edited(tmp_path: Path) -> None:
    path = config(tmp_path, "allow = [{path = 'a', reason = 'b'}]\n")
    with pytest.raises(BecaError, match="without changing more"):
        without_entries(path, {0})
