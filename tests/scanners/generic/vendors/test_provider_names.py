"""The names of providers: enough of them, none an everyday word, and those of the rules are derived."""

from __future__ import annotations

import re

import pytest

from beca_core.matching.patterns.everyday_words import everyday_words
from beca_core.matching.patterns.pattern_checking import checked_patterns
from beca_scanners.generic.vendors.provider_names import SHORTEST, as_pattern, in_groups, plain, provider_names
from beca_scanners.generic.vendors.provider_rule import provider_rule
from tests.scanners.conftest import every_rule

KNOWN = {rule.provider for rule in every_rule()}
FOUND = provider_names(KNOWN)
PLAIN = [plain(name) for name in FOUND.names]


def test_there_are_enough_names_and_each_is_there_once() -> None:
    assert len(PLAIN) >= 700
    assert len(set(PLAIN)) == len(PLAIN)
    assert list(FOUND.names) == sorted(FOUND.names)


def test_no_name_is_short_or_an_everyday_word() -> None:
    assert [name for name in PLAIN if len(name) < SHORTEST] == []
    assert everyday_words().isdisjoint(PLAIN)


@pytest.mark.parametrize("name", ["github", "gitlab", "docker", "front", "square", "column", "segment", "render"])
def test_ambiguous_names_are_left_out(name: str) -> None:
    assert name not in PLAIN


def test_names_of_the_rules_are_derived_and_not_repeated() -> None:
    alone = {plain(name) for name in provider_names(()).names}
    derived = {plain(name) for name in provider_names(["Acme Weather.io"]).names} - alone
    assert derived == {"acmeweatherio"}
    assert {"newrelic", "datadog", "mailgun", "opsgenie"} <= set(PLAIN)
    guarded = set(FOUND.guarded)
    assert {name for name in alone - guarded if name in {re.sub(r"\W", "", each.lower()) for each in KNOWN}} == set()


def test_what_is_guarded_or_has_uuids_is_a_name() -> None:
    assert {*FOUND.guarded, *FOUND.uuid} <= set(PLAIN)


def test_a_name_of_several_words_has_three_spellings() -> None:
    pattern = re.compile(as_pattern("new_relic"))
    assert all(map(pattern.fullmatch, ["newrelic", "new_relic", "new-relic"]))
    assert not pattern.fullmatch("new relic")


def test_no_name_of_a_group_is_a_part_of_another() -> None:
    groups = in_groups(FOUND.names, 480)
    assert sorted(name for group in groups for name in group) == list(FOUND.names)
    for group in groups:
        joined = "\n".join(map(plain, group))
        assert [name for name in map(plain, group) if joined.count(name) > 1] == []
        assert sum(len(as_pattern(name).split("|")) for name in group) <= 480


def test_each_pattern_says_how_a_match_goes_on() -> None:
    assert all(pattern.tail for pattern in checked_patterns(provider_rule(KNOWN)))
