"""Settings, decoders, sources, processors and commands are checked one by one when they are registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from beca_core import (
    Argument,
    Confidence,
    Decoder,
    Dropped,
    Finding,
    Location,
    NamedText,
    PluginCommand,
    PluginRegistry,
    Position,
    Setting,
    Severity,
    TextOrigin,
    hookimpl,
)
from beca_core.errors import InvalidInput
from beca_core.plugins.contributions.processors import WrongAnswer, changes_in, with_changes
from beca_core.testing import assert_plugin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core import Plugin


def register(name: str, hook: Callable[[Any], Any], registry: PluginRegistry | None = None) -> Plugin:
    plugin = type("UnderTest", (), {f"beca_register_{name}": hookimpl(hook)})
    return (registry or PluginRegistry(cache_dir=False)).register(plugin(), f"under-test-{name}")


GOOD: dict[str, Any] = {
    "settings": Setting("word"),
    "decoders": Decoder("mine", (b"abc",), lambda _data: ()),
    "sources": TextOrigin("acme", lambda _target: ()),
    "processors": lambda found: found.finding,
    "commands": PluginCommand("greet", lambda: 0, "Greet."),
}
MEMBERS = {"sources": "sources", "decoders": "decoders", "processors": "processors", "commands": "commands"}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("returned", [None, 7, [7], ["text"]])
def test_what_is_no_such_thing_is_a_problem(name: str, returned: Any) -> None:
    plugin = register(name, lambda _self: returned)
    assert len(plugin.problems) == 1
    assert f"beca_register_{name}" in plugin.problems[0]


@pytest.mark.parametrize("name", MEMBERS)
def test_what_came_before_a_failure_is_kept(name: str) -> None:
    def hook(_self: object) -> Iterator[Any]:
        yield GOOD[name]
        raise OSError("gone")

    plugin = register(name, hook)
    assert getattr(plugin, MEMBERS[name]) == [GOOD[name]]
    assert plugin.problems == [f"beca_register_{name} failed after 1 items, which are kept: OSError: gone"]


@pytest.mark.parametrize("name", ["decoders", "sources", "commands"])
def test_a_name_belongs_to_one_plugin(name: str) -> None:
    registry = PluginRegistry(cache_dir=False)
    register(name, lambda _self: [GOOD[name], GOOD[name]], registry)
    (problem,) = registry.plugins[0].problems
    assert "is not loaded: plugin 'under-test-" in problem


def test_a_plugin_whose_settings_fail_is_not_loaded() -> None:
    def fail(_self: object) -> Iterator[Setting]:
        yield Setting("word", default="")
        raise OSError("gone")

    class UnderTest:
        beca_register_settings = hookimpl(fail)

        @hookimpl
        def beca_register_processors(self) -> list[Any]:
            return [GOOD["processors"]]

    plugin = PluginRegistry(cache_dir=False).register(UnderTest(), "under-test")
    assert plugin.processors == []
    assert plugin.problems == ["beca_register_settings failed after 1 items, which are kept: OSError: gone"]


def test_a_setting_without_a_default_is_needed() -> None:
    plugin = register("settings", lambda _self: [Setting("word", description="What to look for.")])
    assert plugin.problems == ["not loaded: setting 'word' is needed: What to look for."]


def test_settings_for_a_plugin_that_has_none_are_a_problem() -> None:
    plugin = type("UnderTest", (), {"beca_register_processors": hookimpl(lambda _self: [GOOD["processors"]])})
    record = PluginRegistry(cache_dir=False).register(plugin(), "under-test", settings={"word": "x"})
    assert record.problems == ["not loaded: there is no setting 'word'. It has none"]


WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: Setting("Word"), "name must be lower-case words"),
    (lambda: Setting("a__b"), "name must be lower-case words"),
    (lambda: Setting("word", dict), "kind must be str, int, float, bool or tuple"),
    (lambda: Setting("word", int, "x"), "default must be a whole number"),
    (lambda: Setting("word", default="z", choices=("a",)), "default must be one of a"),
    (lambda: Setting("word", choices=["a"]), "choices must be a tuple of str"),  # type: ignore[arg-type]
    (lambda: Setting("word", secret="yes"), "secret must be True or False"),  # type: ignore[arg-type]
    (lambda: Decoder("base64", (b"abc",), bytes), "BECA itself has a decoder of that name"),
    (lambda: Decoder("mine", (b"ab",), bytes), "each anchor must be 3 to 100 bytes"),  # type: ignore[arg-type]
    (lambda: Decoder("mine", (), bytes), "anchors must be a tuple of 1 to 64"),  # type: ignore[arg-type]
    (lambda: Decoder("mine", (b"abc",), None), "decode must be a function"),  # type: ignore[arg-type]
    (lambda: TextOrigin("https", list), "belongs to BECA"),
    (lambda: TextOrigin("a b", list), "write 2 to 32 lower-case letters"),
    (lambda: TextOrigin("acme", None), "read must be a function"),  # type: ignore[arg-type]
    (lambda: Argument("--Days"), "name must be words joined by hyphens"),
    (lambda: Argument("name", bool), "it is an option without a value"),
    (lambda: Argument("name", list), "kind must be str, int, float or bool"),
    (lambda: PluginCommand("scan", int, "x"), "BECA itself has a command of that name"),
    (lambda: PluginCommand("Greet", int, "x"), "name must be lower-case words"),
    (lambda: PluginCommand("greet", int, " "), "description must be a str that is not empty"),
    (lambda: PluginCommand("greet", int, "x", (Argument("a-b"), Argument("--a-b"))), "two arguments have one name"),
]


@pytest.mark.parametrize(("make", "message"), WRONG)
def test_what_breaks_the_contract_is_refused_where_it_is_written(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()


@pytest.mark.parametrize(
    ("setting", "given", "value"),
    [
        (Setting("x", int), "7", 7),
        (Setting("x", int), 7, 7),
        (Setting("x", float), 7, 7.0),
        (Setting("x", float), "0.5", 0.5),
        (Setting("x", bool), "Yes", True),
        (Setting("x", bool), False, False),
        (Setting("x", tuple), "a, b,", ("a", "b")),
        (Setting("x", tuple), ["a", "b, c"], ("a", "b, c")),
        (Setting("x"), "text", "text"),
    ],
)
def test_a_text_is_read_as_the_kind_of_the_setting(setting: Setting, given: object, value: object) -> None:
    assert setting.read(given) == value
    assert type(setting.read(given)) is type(value)


@pytest.mark.parametrize(
    ("kind", "given"),
    [(int, 1.5), (int, True), (int, "1.5"), (float, "nan"), (float, None), (bool, 1), (bool, "maybe"), (str, 7),
     (tuple, 7), (tuple, [7])],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused_without_repeating_it(kind: type, given: object) -> None:
    with pytest.raises(ValueError, match=r"^must be ") as caught:
        Setting("x", kind).read(given)
    assert str(given) not in str(caught.value)


FINDING = Finding(
    "word", Location("a", Position(1, 1), Position(1, 5)), "Word", Severity.LOW, Confidence.LOW, "0" * 64, "s...(9)",
    b"swordfish",
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"severity": "WORST"}, "a severity that does not exist"),
        ({"confidence": 7}, "a confidence that does not exist"),
        ({"description": "Other"}, "does not begin as that of the finding"),
        ({"description": "Word" + "x" * 1001}, "longer by more than 1,000 characters"),
        ({"description": "Word swordfish"}, "the secret in it"),
        ({"fingerprint": "1" * 64}, "more of a finding than it may"),
        ({"secret": b"other"}, "more of a finding than it may"),
    ],
)
def test_what_a_processor_must_not_change_stays(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(WrongAnswer, match=message):
        with_changes(FINDING, changes)


def test_a_reason_is_one_line_without_the_secret() -> None:
    assert changes_in(FINDING, Dropped("two\nlines\x1b", "7" * 500)) == Dropped("two lines?", "7" * 200)
    assert changes_in(FINDING, Dropped("")) == Dropped("no reason is given")
    assert changes_in(FINDING, Dropped("it is swordfish")) == Dropped("its reason has the secret in it")


def test_a_text_of_a_source_shows_no_content() -> None:
    assert "swordfish" not in repr(NamedText("a", b"swordfish"))


def test_the_kit_takes_settings() -> None:
    class UnderTest:
        beca_register_settings = hookimpl(lambda _self: [Setting("word")])

    with pytest.raises(AssertionError, match="setting 'word' is needed"):
        assert_plugin(UnderTest())
    assert_plugin(UnderTest(), settings={"word": "x"})
