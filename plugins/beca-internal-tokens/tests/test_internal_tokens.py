"""The plugin, tested with BECA's test kit and a few tables."""

from __future__ import annotations

import beca_internal_tokens
import pytest
from beca_internal_tokens import NetrcScanner, make_token

from beca_core import Engine, PluginRegistry
from beca_core.testing import assert_plugin

TOKEN = make_token("0a1b2c3d" * 3)


@pytest.fixture(scope="module")
def engine() -> Engine:
    registry = PluginRegistry()
    registry.register(beca_internal_tokens, "internal-tokens")
    assert registry.problems == ()
    return Engine(registry)


def test_the_plugin_proves_itself() -> None:
    assert_plugin(beca_internal_tokens)


@pytest.mark.parametrize("text", ["{}", "token: {}\n", '"{}"', "https://ci:{}@git.example.com/", "a {} b"])
def test_tokens_are_found(text: str, engine: Engine) -> None:
    (finding,) = engine.scan_text(text.format(TOKEN))
    assert (finding.rule_id, finding.secret) == ("acme-service-token", TOKEN.encode())


@pytest.mark.parametrize("at", range(len("acme_"), len(TOKEN)))
def test_a_token_with_one_changed_character_is_not_a_token(at: int, engine: Engine) -> None:
    other = "1" if TOKEN[at] == "0" else "0"
    assert engine.scan_text(TOKEN[:at] + other + TOKEN[at + 1 :]) == []


@pytest.mark.parametrize("text", [TOKEN[:-1], TOKEN + "0", "x" + TOKEN, TOKEN.upper(), "acme_"])
def test_a_text_of_another_shape_is_not_a_token(text: str, engine: Engine) -> None:
    assert engine.scan_text(text) == []


NETRC = [
    ("machine a.acme.internal login ci password pa55", ["pa55"]),
    ("machine a.acme.internal password pa55 login ci", ["pa55"]),
    ("machine a.acme.internal\r\n\tlogin ci\r\n\tpassword pa55\r\n", ["pa55"]),
    ("machine a.acme.internal account x password pa55", ["pa55"]),
    ("machine a.acme.internal login password password pa55", ["pa55"]),
    ("machine a.acme.internal password 1\nmachine b.acme.internal password 2", ["1", "2"]),
    ("machine a.acme.internal password 1\nmachine example.com password 2", ["1"]),
    ("machine example.com password 2\nmachine a.acme.internal password 1", ["1"]),
    ("machine a.acme.internal password 1\ndefault login me password 2", ["1"]),
    ("machine a.acme.internal login ci password", []),
    ("machine a.acme.internal", []),
    ("password pa55 machine a.acme.internal", []),
    ("The machine a.acme.internal wants a password from you", []),
    ("machine acme.internal.example.com password pa55 # .acme.internal", []),
]


@pytest.mark.parametrize(("text", "passwords"), NETRC)
def test_the_machine_decides(text: str, passwords: list[str], engine: Engine) -> None:
    found = engine.scan_text(text)
    assert [finding.secret.decode() for finding in found] == passwords
    assert {finding.rule_id for finding in found} <= {"acme-host-password"}


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"\xff machine", b"machine \xff.acme.internal password \xff", b"password"]
)
def test_no_bytes_raise(data: bytes) -> None:
    for match in NetrcScanner().scan(data):
        assert data[match.begin : match.end] == b"\xff"


def test_the_domain_can_be_set() -> None:
    registry = PluginRegistry()
    plugin = registry.register(beca_internal_tokens, "internal-tokens", settings={"domain": ".acme.example"})
    assert plugin.problems == []
    text = "machine a.acme.example password 1\nmachine b.acme.internal password 2"
    assert [finding.secret for finding in Engine(registry).scan_text(text)] == [b"1"]
