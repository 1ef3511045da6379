"""Allow-lists of other scanners as entries: the same findings, or a remark."""

from __future__ import annotations

import pytest

from beca_core.plugins.foreign.allow_drafts import allow_entries
from beca_core.plugins.foreign.foreign_allow import AllowTarget, ForeignAllow
from beca_core.plugins.foreign.remarks import Effect, Remark
from beca_core.rules.allow_entry import AllowEntry


def drafted(allow: ForeignAllow) -> tuple[list[AllowEntry], list[Remark]]:
    remarks: list[Remark] = []
    return allow_entries([allow], "Ada", remarks), remarks


def test_one_of_several_criteria_is_an_entry_each() -> None:
    allow = ForeignAllow(
        description="made up", rules=("a",), paths=("^x/",), expressions=("^0+$",), stop_words=("test",)
    )
    entries, remarks = drafted(allow)
    common = {"reason": "made up", "rules": ("a",), "owner": "Ada"}
    assert entries == [
        AllowEntry(**common, paths=("/x/",)),
        AllowEntry(**common, values=("^0+$",)),
        AllowEntry(**common, stop_words=("test",)),
    ]
    assert remarks == []


def test_all_of_several_criteria_are_one_entry() -> None:
    allow = ForeignAllow(needs_all=True, paths=("^x/",), stop_words=("test",), file="gitleaks.toml")
    entries, remarks = drafted(allow)
    assert entries == [AllowEntry("from gitleaks.toml", paths=("/x/",), stop_words=("test",), owner="Ada")]
    assert remarks == []


@pytest.mark.parametrize(
    "allow",
    [
        ForeignAllow(commits=("abc",), line=7),
        ForeignAllow(expressions=("x",), target=AllowTarget.LINE, line=7),
        ForeignAllow(expressions=("x",), target=AllowTarget.MATCH, line=7),
        ForeignAllow(paths=(r"\d+x",), line=7),
        ForeignAllow(expressions=("x" * 1001,), line=7),
        ForeignAllow(needs_all=True, commits=("abc",), paths=("x",), line=7),
        ForeignAllow(needs_all=True, expressions=("x",), target=AllowTarget.LINE, stop_words=("x",), line=7),
    ],
)
def test_what_an_entry_cannot_say_hides_nothing_and_is_named(allow: ForeignAllow) -> None:
    entries, remarks = drafted(allow)
    assert entries == []
    assert [(each.line, each.effect) for each in remarks] == [(7, Effect.FINDS_MORE)]


def test_the_rest_of_an_allow_list_is_kept() -> None:
    entries, remarks = drafted(ForeignAllow(commits=("abc",), stop_words=("test",)))
    assert [entry.stop_words for entry in entries] == [("test",)]
    assert len(remarks) == 1
