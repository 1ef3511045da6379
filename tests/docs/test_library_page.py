"""The reference page of the library has every public name, and says something of each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from docs.library_page import grouped_names
from docs.public_names import error_classes, proof_functions, public_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docs.public_names import Name

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "library.md"


def everything_public() -> Iterator[tuple[str, Name]]:
    for names in (public_names(), error_classes(), proof_functions()):
        for name in names.values():
            yield name.name, name
            yield from ((f"{name.name}.{member.name}", member) for member in name.members)


def test_every_public_name_is_on_the_page() -> None:
    assert sorted(grouped_names()) == sorted(public_names())
    page = PAGE.read_text()
    assert [name for name in (*public_names(), *proof_functions()) if f" `{name}`\n" not in page] == []
    assert [name for name in error_classes() if f"`{name}" not in page] == []


def test_every_public_name_field_and_method_is_described() -> None:
    inherited = {f"{error}.{name}" for error in error_classes() for name in ("exit_code", "http_status", "code")}
    lacking = [name for name, found in everything_public() if not found.text.body and name not in inherited]
    assert lacking == []


def test_every_argument_of_a_public_function_is_described() -> None:
    for name, found in everything_public():
        if found.kind in ("function", "class") and name not in error_classes():
            arguments = [argument.partition(":")[0] for argument in found.arguments or () if argument != "*"]
            assert [argument for argument in arguments if argument not in found.text.arguments] == [], name
