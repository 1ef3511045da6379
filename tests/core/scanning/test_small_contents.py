"""Small contents that are searched together yield what each of them yields alone."""

from __future__ import annotations

from base64 import b64encode
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Blob, Confidence, FixedShare, Limits, PluginRegistry, Rule, Severity, Skipped
from beca_core.rules.rule import random_text
from beca_core.scanning import small_contents
from beca_core.scanning.examiner import Examiner, Outcome
from beca_core.scanning.small_contents import TOGETHER_BYTES, is_small_text, screened
from beca_core.sources.limits import Stop
from beca_core.sources.novelty import WORTH_IT
from tests.core.sources.archives.making import gz

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.matching.ruleset import RuleSet

SECRET: Final = "wolf_" + random_text("0123456789abcdef", 24, "small contents")
LIMITS: Final = Limits()


def rule(name: str, pattern: str, **more: object) -> Rule:
    return Rule(
        id=name,
        version=1,
        description="Made up",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        pattern=pattern,
        **more,  # type: ignore[arg-type]
    )


RULES: Final = (
    rule("prefix", r"\b(?P<secret>wolf_[0-9a-f]{24})\b"),
    rule("everyday", r"(?i)token\s*=\s*(?P<secret>[0-9a-f]{16})\b"),
    rule("gated", r"\b(?P<secret>[0-9]{3}-[0-9]{3})\b", keywords=("badger",)),
)
PIECES: Final = (
    b"plain\n",
    b"the token = is not here\n",
    b"token = " + random_text("0123456789abcdef", 16, "everyday").encode(),
    SECRET.encode(),
    SECRET[:20].encode(),
    b64encode(f"key: {SECRET} and more".encode()),
    SECRET.replace("_", "%5f").encode(),
    f"x = {SECRET}".encode("utf-16"),
    f"x = {SECRET}".encode("utf-16-le"),
    b"a badger ",
    b" 123-456 ",
    gz(SECRET.encode()),
    b"\n",
    b"\0",
)
CONTENTS: Final = st.lists(st.lists(st.sampled_from(PIECES), max_size=3).map(b"".join), max_size=12)


@pytest.fixture(scope="module")
def rule_set() -> RuleSet:
    return PluginRegistry(cache_dir=False).with_rules(RULES).compile()


def read(examiner: Examiner, items: Sequence[Blob | Skipped]) -> Outcome:
    total = Outcome()
    for outcome in examiner.read(FixedShare(items), Stop(LIMITS.scan_seconds)):
        total.add(outcome)
    return total


@given(CONTENTS, st.integers(0, 5))
def test_contents_together_yield_what_each_yields_alone(rule_set: RuleSet, contents: list[bytes], commits: int) -> None:
    items = [Blob(str(number), data, "commit" if number < commits else "blob") for number, data in enumerate(contents)]
    examiner, alone = Examiner(rule_set, LIMITS), Outcome()
    for item in items:
        examiner.examine(item, alone)
    together = read(examiner, items)
    assert together.hits == alone.hits
    assert (together.commits, together.blobs, together.bytes) == (alone.commits, alone.blobs, alone.bytes)
    assert together.skipped == alone.skipped


def test_many_empty_contents_are_asked_about_at_once(rule_set: RuleSet, monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[bytes] = []
    find = rule_set.find

    def recorded(data: bytes, *arguments: object, **more: object) -> object:
        searched.append(data)
        return find(data, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(rule_set, "find", recorded)
    empty = [Blob(f"empty {number}", b"nothing %d\n" % number) for number in range(1000)]
    outcome = read(Examiner(rule_set, LIMITS), empty)
    assert (outcome.blobs, searched) == (1000, [])
    large = Blob("large", b"x" * WORTH_IT)  # ends what is looked at together
    outcome = read(Examiner(rule_set, LIMITS), [*empty, large, Blob("1", SECRET.encode()), *empty[:2]])
    assert list(outcome.hits) == ["1"]
    assert searched == [large.data, SECRET.encode(), *(blob.data for blob in empty[:2])]


def test_items_keep_their_order_and_are_held_within_a_bound() -> None:
    small = [Blob(str(number), b"a" * 1000) for number in range(2 * TOGETHER_BYTES // 1000)]
    items: list[Blob | Skipped] = [*small, Skipped("gone", "missing"), Blob("large", b"x" * WORTH_IT), small[0]]
    sizes: list[int] = []

    def having_something(texts: Sequence[bytes]) -> Sequence[int]:
        sizes.append(sum(map(len, texts)))
        return (0, 5, 6, len(texts) - 1) if len(sizes) == 1 else ()

    found = list(screened(items, having_something))
    assert [blob for each in found for blob in (each if isinstance(each, list) else [each])] == items
    assert max(sizes) < TOGETHER_BYTES + WORTH_IT
    assert len(sizes) == 2
    held = small[: sizes[0] // 1000]
    assert [len(each) if isinstance(each, list) else 1 for each in found] == [
        1,
        4,
        1,
        1,
        len(held) - 8,
        1,
        len(small) - len(held),
        1,
        1,
        1,
    ]


def test_a_slow_source_does_not_hold_them_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.05, 0.11, 5.0, 5.05])
    monkeypatch.setattr(small_contents, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    items = (Blob(str(number), b"small") for number in range(5))
    yielded = screened(items, lambda _texts: ())
    assert [[blob.id for blob in held] for held in yielded] == [["0", "1", "2"], ["3", "4"]]


@pytest.mark.parametrize(
    "blob",
    [
        Blob("1", b"x" * WORTH_IT),
        Blob("1", b"chunk", own=3),
        Blob("1", b"chunk", own_from=3),
        Blob("1", b"chunk", form="text"),
        Blob("1", gz(b"x")),
        Blob("1", "text".encode("utf-16")),
        Blob("1", b"with\0nul"),
    ],
)
def test_other_contents_are_searched_on_their_own(blob: Blob) -> None:
    assert not is_small_text(blob)
    assert is_small_text(Blob("2", b"text"))


def test_what_only_a_boundary_excludes_is_listed_of_small_contents_too() -> None:
    bounded = rule("bounded", "(?P<secret>wolf_[0-9a-f]{24})", boundary="0-9a-z")
    compiled = PluginRegistry(cache_dir=False).with_rules([bounded]).compile()
    items = [Blob(str(number), b"x" + SECRET.encode()) for number in range(3)]
    listed = read(Examiner(compiled, LIMITS, with_dropped=True), items)
    assert (listed.hits, list(listed.dropped)) == ({}, ["0", "1", "2"])
    assert read(Examiner(compiled, LIMITS), items).dropped == {}
