"""Rules and plugins over HTTP, including broken plugins."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from beca_api.catalogue.catalogue_documents import is_rule, rule_document
from beca_api.catalogue.plugin_catalogue import CatalogueContent
from beca_api.http.keys import CATALOGUE
from beca_core import (
    Candidate,
    Confidence,
    Near,
    Part,
    PluginRegistry,
    Rule,
    RuleInfo,
    Severity,
    Side,
    checks,
    hookimpl,
)

if TYPE_CHECKING:
    from aiohttp import web
    from aiohttp.test_utils import TestClient

    Client = TestClient[web.Request, web.Application]


class _Scanner:
    rules = (
        RuleInfo(
            id="zz-imperative",
            version=4,
            description="An imperative rule",
            severity=Severity.LOW,
            confidence=Confidence.MEDIUM,
            references=("https://example.com/format",),
            remediation="Rotate it.",
        ),
    )
    anchors = (b"zz",)

    def scan(self, data: bytes) -> Any:
        raise NotImplementedError


@pytest.fixture
def _plugins(api: Client) -> None:
    """A plugin with a scanner, and one that raises in its hook."""

    @hookimpl
    def beca_register_scanners() -> list[_Scanner]:
        return [_Scanner()]

    @hookimpl
    def beca_register_rules() -> list[Any]:
        raise RuntimeError("broken on purpose")

    good, bad = ModuleType("good"), SimpleNamespace(beca_register_rules=beca_register_rules)
    good.beca_register_scanners = beca_register_scanners  # type: ignore[attr-defined]
    assert api.app is not None
    registry = PluginRegistry.load(cache_dir=False)
    registry.register(good, "good", "good-plugin 1.0")
    registry.register(bad, "bad", "bad-plugin 2.0")
    api.app[CATALOGUE].content = CatalogueContent.of(registry)


async def items(api: Client, path: str) -> Any:
    answer = await api.get(path)
    assert answer.status == 200
    body = await answer.json()
    assert body.get("restartWanted") is None
    assert set(body) == {"items", *(["restartWanted"] if path == "/plugins" else [])}
    return body["items"]


async def test_the_built_in_rules_are_listed(api: Client) -> None:
    rules = {rule["id"]: rule for rule in await items(api, "/rules")}
    rule = rules["secret-key"]
    assert rule["plugin"] == "builtin"
    assert (rule["severity"], rule["version"]) == ("HIGH", 1)
    assert list(rules) == sorted(rules)


@pytest.mark.usefixtures("_plugins")
async def test_rules_of_scanners_are_listed_with_all_members(api: Client) -> None:
    (rule,) = [rule for rule in await items(api, "/rules") if rule["id"] == "zz-imperative"]
    assert rule == {
        "id": "zz-imperative",
        "version": 4,
        "description": "An imperative rule",
        "severity": "LOW",
        "confidence": "MEDIUM",
        "references": ["https://example.com/format"],
        "remediation": "Rotate it.",
        "provider": "",
        "category": "",
        "tags": [],
        "enabled": True,
        "formerIds": [],
        "supersedes": [],
        "paths": [],
        "patterns": [],
        "near": [],
        "parts": [],
        "checks": [],
        "plugin": "good",
    }


async def test_a_rule_is_listed_with_what_it_looks_for(api: Client) -> None:
    def judged(candidate: Candidate) -> Candidate:
        return candidate

    part = Part(name="key-id", pattern="id_[0-9]{6}", where=Side.BEFORE, checks=(checks.Length(min=9),))
    rule = Rule(
        id="zz-declared",
        version=1,
        description="A declared rule",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        pattern=("(?P<secret>zz_[a-f]{9})", "(?P<secret>zy_[a-f]{9})"),
        near=(Near(words=("acme",), where=Side.LINE),),
        parts=(part,),
        checks=(checks.Charset(alphabet="hex"), judged),
    )
    assert api.app is not None
    registry = PluginRegistry(cache_dir=False).with_rules([rule])
    api.app[CATALOGUE].content = CatalogueContent.of(registry)
    (shown,) = await items(api, "/rules")
    assert shown["patterns"] == list(rule.patterns)
    assert shown["near"] == [{"words": ["acme"], "within": 64, "where": "line"}]
    assert shown["checks"] == [checks.to_document(rule.checks[0]), {"check": "judged", "code": True}]
    assert shown["parts"] == [
        {
            "name": "key-id",
            "pattern": "id_[0-9]{6}",
            "boundary": "",
            "withinBytes": 512,
            "withinLines": 5,
            "where": "before",
            "required": True,
            "confidence": None,
            "checks": [{"check": "length", "min": 9}],
            "public": False,
        }
    ]
    assert is_rule(rule_document(rule, "own-rules"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"patterns": [7]},
        {"near": [{}]},
        {"near": [{"words": ["acme"], "within": True, "where": "line"}]},
        {"checks": [{"check": 7}]},
        {"checks": [{"check": "length", "min": {}}]},
        {"checks": [{"check": "length", "of": [[]]}]},
        {"parts": [{"name": "key-id"}]},
    ],
)
def test_what_another_process_says_of_a_rule_is_checked(wrong: dict[str, Any]) -> None:
    document = rule_document(_Scanner.rules[0], "good")
    assert is_rule(document)
    assert not is_rule(document | wrong)


@pytest.mark.usefixtures("_plugins")
async def test_a_broken_plugin_is_listed_with_its_problem_and_affects_no_other(api: Client) -> None:
    plugins = {plugin["name"]: plugin for plugin in await items(api, "/plugins")}
    assert plugins["good"] == {
        "name": "good",
        "distribution": "good-plugin 1.0",
        "rules": ["zz-imperative"],
        "problems": [],
        "warnings": [],
    }
    assert plugins["bad"]["rules"] == []
    (problem,) = plugins["bad"]["problems"]
    assert problem.startswith("beca_register_rules ")
    assert problem.endswith("RuntimeError: broken on purpose")
    assert plugins["builtin"]["problems"] == []
    assert "secret-key" in plugins["builtin"]["rules"]


async def test_every_rule_belongs_to_the_plugin_that_lists_it(api: Client) -> None:
    owners = {rule["id"]: rule["plugin"] for rule in await items(api, "/rules")}
    listed = {rule: plugin["name"] for plugin in await items(api, "/plugins") for rule in plugin["rules"]}
    assert owners == listed
