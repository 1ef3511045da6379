"""What RE2 says of a rule when it is registered: everything that is an expression, and names that have to fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from beca_core import Allow, Part, PluginRegistry, Variant
from beca_core.errors import InvalidRule
from beca_core.matching.rule_cache import RuleCache
from beca_core.matching.steps.expressions import check_expressions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from beca_core import Rule

    MakeRule = Callable[..., Rule]

PATTERN = "(?P<region>eu|us)-(?P<secret>key[0-9]+)"
PART = Part(name="id", pattern="ID[0-9]+")


class _Of:
    name = "of-a-group"

    def __init__(self, of: str) -> None:
        self.of = of

    def __call__(self, candidate):  # type: ignore[no-untyped-def]
        return candidate


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"pattern": ("(?P<secret>a)", "(?P<secret>b")}, "its pattern 2 is not valid RE2"),
        ({"boundary": "z-a"}, "its boundary is not the inside of a character class"),
        ({"boundary": r"\x00-\xff"}, "its boundary is not the inside of a character class"),
        ({"parts": (Part(name="id", pattern="(?=x)"),)}, "the pattern of its part 'id' is not valid RE2"),
        ({"parts": (Part(name="id", pattern="x*"),)}, "the pattern of its part 'id' matches the empty string"),
        ({"parts": (Part(name="id", pattern="x", boundary="b-a"),)}, "the boundary of its part 'id' is not the inside"),
        ({"parts": (PART, PART)}, "two of its parts are named 'id'"),
        ({"allow": Allow(patterns=("a", "("))}, "item 2 of patterns in its allow is not valid RE2"),
        ({"allow": Allow(lines=("x?",))}, "item 1 of lines in its allow matches the empty string"),
        ({"variants": (Variant(name="test", pattern="["),)}, "the pattern of its variant 'test' is not valid RE2"),
        ({"variants": (Variant(name="test", pattern="a"),) * 2}, "two of its variants are named 'test'"),
        ({"attributes": ("regio",)}, "its attributes name a group 'regio', and none of its patterns has one"),
        ({"attributes": ("secret",)}, "its attributes name the group 'secret', which is never shown in clear"),
        ({"checks": (_Of("regio"),)}, "a check looks at a group 'regio', and none of its patterns has one"),
        (
            {"parts": (Part(name="id", pattern="x", checks=(_Of("region"),)),)},
            "a check of its part 'id' looks at a group 'region'",
        ),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(make_rule: MakeRule, fields: dict[str, Any], problem: str) -> None:
    rule = make_rule(**{"pattern": PATTERN} | fields)
    with pytest.raises(InvalidRule) as refusal:
        check_expressions(rule)
    assert str(refusal.value).startswith(f"Rule 'some-rule': {problem}")
    with pytest.raises(InvalidRule):
        PluginRegistry().with_rules([rule])


def test_a_rule_that_uses_everything_is_accepted(make_rule: MakeRule, tmp_path: Path) -> None:
    rule = make_rule(
        PATTERN,
        boundary="0-9A-Za-z_-",
        parts=(PART, Part(name="user", pattern="user=(?P<part>[a-z]+)", boundary="a-z", checks=(_Of("part"),))),
        allow=Allow(values=("x",), words=("demo",), patterns=("^key0",), lines=("# ignore$",)),
        variants=(Variant(name="test", pattern="^key1"),),
        attributes=("region",),
        checks=(_Of("region"), _Of("secret")),
    )
    cache = RuleCache(tmp_path)
    check_expressions(rule, cache)
    cache.save()
    check_expressions(rule, RuleCache(tmp_path))


def test_what_earlier_processes_have_checked_is_not_taken_for_something_else(
    make_rule: MakeRule, tmp_path: Path
) -> None:
    cache = RuleCache(tmp_path)
    check_expressions(make_rule(PATTERN, allow=Allow(patterns=("key",)), boundary="a-z"), cache)
    cache.save()
    for fields in ({"pattern": "key"}, {"pattern": "a-z"}):
        with pytest.raises(InvalidRule, match="has no group named 'secret'"):
            check_expressions(make_rule(**fields), RuleCache(tmp_path))
