"""How the public calls refuse wrong arguments: by name, before anything is read."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import beca_core
from beca_core import (
    Engine,
    Limits,
    PluginRegistry,
    State,
    UrlPolicy,
)
from beca_core.errors import InvalidInput, InvalidSettings, InvalidTarget
from tests.core.scanning.samples import SWORDFISH, TEXT, EvenNumbers, Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def refused(call: Callable[[], object], message: str, error: type[InvalidInput] = InvalidInput) -> None:
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rules": []}, "rules is empty"),
        ({"rules": "secret-key"}, "rules must be a collection of ids, rules or scanners, not an object of type str."),
        ({"rules": b"secret-key"}, "rules must be a collection of ids, rules or scanners, not an object of type bytes"),
        ({"rules": SWORDFISH}, "rules must be a collection of ids, rules or scanners, not an object of type Rule."),
        ({"rules": 5}, "rules must be a collection"),
        ({"rules": (rule for rule in ())}, "rules is empty"),
        ({"rules": ["secret-kye"]}, "There is no rule 'secret-kye'. Did you mean secret-key"),
        ({"rules": [SWORDFISH, 5]}, "rules has an object of type int, which is not an id, a Rule or a Scanner."),
        ({"rules": [EvenNumbers]}, "rules has the class EvenNumbers, which is not an id, a Rule or a Scanner."),
        ({"exclude_rules": "secret-key"}, "exclude_rules must be a collection of ids, not an object of type str."),
        ({"exclude_rules": None}, "exclude_rules must be a collection of ids"),
        ({"exclude_rules": ["secret-kye"]}, "There is no rule 'secret-kye'. Did you mean secret-key"),
        ({"rules": [SWORDFISH], "exclude_rules": [SWORDFISH]}, "exclude_rules has an object of type Rule"),
        ({"rules": [SWORDFISH], "exclude_rules": ["swordfish"]}, "All rules that would take part are excluded"),
        ({"rules_files": "a.toml"}, "rules_files must be a collection of paths, not an object of type str."),
        ({"rules_files": [5]}, "rules_files must be a collection of paths, not int."),
        ({"rules_files": ["a.toml"]}, "The rule file 'a.toml' cannot be read: No such file or directory."),
        ({"rules_files": ["a.json"]}, "A rule file is TOML or YAML, and 'a.json' is neither by its name."),
        ({"min_severity": "worst"}, "min_severity must be low, medium, high or critical."),
        ({"min_confidence": 5}, "min_confidence must be low, medium or high."),
        ({"rules": ["tags:x"]}, "'tags:x' does not select rules by something that they have. Did you mean tag?"),
        ({"registry": [SWORDFISH]}, "registry must be a PluginRegistry or None, not list. Engine(rules=[...])"),
        ({"registry": PluginRegistry()}, "The registry has no rules"),
        ({"limits": {"max_blob_bytes": 1}}, "limits must be a Limits or None, not dict."),
        ({"processes": 0}, "processes must be a whole number from 1 upwards"),
        ({"processes": -1}, "processes must be"),
        ({"processes": 1.5}, "processes must be"),
        ({"processes": True}, "processes must be"),
        ({"cache_dir": True}, "cache_dir must be the path of a directory, or None, or False"),
        ({"cache_dir": ""}, "cache_dir must be"),
        ({"cache_dir": 5}, "cache_dir must be"),
    ],
)
def test_an_engine_refuses_a_wrong_argument_by_its_name(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    refused(lambda: Engine(**options), message)
    refused(lambda: beca_core.scan(tmp_path, **options), message)


@pytest.mark.parametrize(
    ("key", "message"), [("key", "fingerprint_key must be bytes, not str."), (b"", "fingerprint_key is empty.")]
)
def test_a_wrong_fingerprint_key_is_refused(key: Any, message: str) -> None:
    refused(lambda: Engine(fingerprint_key=key), message)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"since": "file.state"}, "since must be a State or None, not str. State.load reads one from a file."),
        ({"progress": 5}, "progress must be a function or None, not int."),
        ({"url_policy": "https"}, "url_policy must be a UrlPolicy or None, not str."),
        ({"scope": "everything"}, "There is no scope 'everything'"),
        ({"scope": "text"}, "There is no scope 'text' for a target"),
    ],
)
def test_a_scan_refuses_a_wrong_argument_by_its_name(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    refused(lambda: beca_core.scan(tmp_path, **options), message)
    refused(lambda: Engine().scan(tmp_path, **options), message)


@pytest.mark.parametrize("target", [None, 5, b"path", ["a", "b"]])
def test_what_is_no_target_is_refused(target: Any) -> None:
    kind = type(target).__name__
    refused(lambda: beca_core.scan(target), f"target must be a path, a URL or a source, not {kind}.", InvalidTarget)


def test_a_source_that_is_not_open_yet_is_refused(tmp_path: Path) -> None:
    refused(lambda: Engine().scan(beca_core.open_source(tmp_path)), "Use `with open_source", InvalidTarget)  # type: ignore[arg-type]


def test_a_source_has_a_scope_of_its_own() -> None:
    refused(lambda: Engine().scan(Mailbox(), scope="files"), "scope and url_policy do not apply to a source")
    refused(lambda: Engine().scan(Mailbox(), url_policy=UrlPolicy()), "scope and url_policy do not apply")


@pytest.mark.parametrize("name", ["", "no such file", "a\0b"])
def test_a_path_at_which_nothing_is_is_refused(name: str) -> None:
    refused(lambda: beca_core.scan(name), "There is no file or directory", InvalidTarget)


@pytest.mark.parametrize("wrong", [None, 5, ["private_key"], io.BytesIO(b"private_key")])
def test_a_text_that_is_none_is_refused(wrong: Any) -> None:
    kind = type(wrong).__name__
    refused(lambda: beca_core.scan_text(wrong), f"text must be str, bytes, bytearray or memoryview, not {kind}.")
    refused(lambda: beca_core.scan_bytes(wrong), f"data must be bytes, bytearray or memoryview, not {kind}.")


def test_a_str_has_no_bytes() -> None:
    refused(lambda: beca_core.scan_bytes(TEXT), "data must be bytes, bytearray or memoryview, not str. scan_text takes")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [None, b"a", Path("a")])
def test_a_name_that_is_no_str_is_refused(name: Any) -> None:
    for call in (lambda: beca_core.scan_text("", name), lambda: beca_core.scan_bytes(b"", name)):
        refused(call, f"name must be a str, not {type(name).__name__}.")


def test_limits_of_a_content_are_limits() -> None:
    refused(lambda: beca_core.scan_bytes(b"", limits={}), "limits must be a Limits or None, not dict.")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_blob_bytes": -1}, "Limits: max_blob_bytes must be a whole number from 0 upwards."),
        ({"max_blob_bytes": 1.5}, "Limits: max_blob_bytes must be a whole number"),
        ({"archive_depth": float("inf")}, "Limits: archive_depth must be a whole number"),
        ({"scan_bytes": True}, "Limits: scan_bytes must be a whole number"),
        ({"scan_seconds": -0.1}, "Limits: scan_seconds must be a number from 0 upwards."),
        ({"scan_seconds": float("nan")}, "Limits: scan_seconds must be a number"),
        ({"fetch_seconds": "10"}, "Limits: fetch_seconds must be a number"),
    ],
)
def test_a_wrong_limit_is_refused_by_its_name(options: dict[str, Any], message: str) -> None:
    refused(lambda: Limits(**options), message)


def test_a_time_may_have_no_limit(repository: Path) -> None:
    for_ever = float("inf")
    limits = Limits(scan_seconds=for_ever, locate_seconds=for_ever, fetch_seconds=for_ever)
    files = UrlPolicy(frozenset({"file"}))
    assert beca_core.scan(f"file://{repository}", limits=limits, url_policy=files).exit_code == 1


@pytest.mark.parametrize("schemes", ["https", ["https"], None])
def test_schemes_are_a_set(schemes: Any) -> None:
    refused(
        lambda: UrlPolicy(allowed_schemes=schemes), "UrlPolicy: allowed_schemes must be a frozenset", InvalidSettings
    )


@pytest.mark.parametrize(
    ("disabled", "message"),
    [
        (["nope"], "There is no plugin 'nope' to disable."),
        (["builtins"], "There is no plugin 'builtins' to disable. Did you mean builtin?"),
        ("builtin", "disabled must be a collection of names of plugins, not str."),
        (None, "disabled must be a collection of names of plugins, not NoneType."),
    ],
)
def test_plugins_that_do_not_exist_cannot_be_disabled(disabled: Any, message: str) -> None:
    refused(lambda: PluginRegistry.load(disabled=disabled), message)


def test_plugins_may_be_disabled_by_any_collection() -> None:
    for disabled in (["builtin"], {"builtin": True}, iter(["builtin"])):
        assert "secret-key" not in PluginRegistry.load(disabled=disabled).rules  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["jsn", None])
def test_a_format_that_does_not_exist_is_refused(name: Any) -> None:
    message = (
        "There is no format 'jsn'. Did you mean json?" if name else "format must be the name of a format, not NoneType"
    )
    refused(lambda: beca_core.write(beca_core.scan_bytes(b""), name, io.StringIO()), message)


def test_a_state_of_another_scan_is_refused(repository: Path, tmp_path: Path) -> None:
    state = beca_core.scan(repository).state
    assert state is not None
    refused(lambda: beca_core.scan(repository, scope="head", since=state), "another scope: 'history' instead of 'head'")
    refused(lambda: Engine(fingerprint_key=b"x").scan(repository, since=state), "another fingerprint key")
    refused(lambda: State.load(tmp_path / "none"), "none': The state cannot be read: No such file or directory")
    refused(lambda: state.save(tmp_path / "no" / "state"), "The state cannot be written to")


@pytest.mark.parametrize("limits", [Limits(), Limits(max_blob_bytes=5)])
def test_calls_with_the_same_limits_share_their_rules(limits: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    def loads() -> Iterator[None]:
        beca_core.scan_bytes(b"", limits=limits)
        monkeypatch.setattr(PluginRegistry, "load", None)
        yield
        beca_core.scan_bytes(b"", limits=replace(limits))
        yield

    assert len(list(loads())) == 2
