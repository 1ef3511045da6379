"""What plugins register beside rules, scanners, filters and reporters, and how each thing is checked and filed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.plugins.registration import Plugin

Owners: TypeAlias = dict[tuple[str, str], str]
"""Who has a name that only one plugin can have: by the kind of thing, such as `format`, and the name."""

MOST_THINGS: Final = 1_000
"""How many things of one kind a plugin can register; rules have no such limit."""


def claim(kind: str, name: str, plugin: str, owners: Owners) -> None:
    """Take a name for a plugin.

    Raises:
        InvalidInput: If another plugin has it.
    """
    if owner := owners.get((kind, name)):
        raise InvalidInput(f"The {kind} {name!r:.80} is not loaded: {owner} has one of that name.")
    owners[kind, name] = f"plugin {plugin!r}"


def _add_decoder(record: Plugin, owners: Owners, thing: Any) -> None:
    from beca_core.matching.decoding.plugin_decoders import Decoder  # here and below: most plugins have none

    _refuse_other("beca_register_decoders", thing, Decoder, record.decoders)
    claim("decoder", thing.name, record.name, owners)
    record.decoders.append(thing)


def _add_source(record: Plugin, owners: Owners, thing: Any) -> None:
    from beca_core.plugins.contributions.plugin_sources import TextOrigin

    _refuse_other("beca_register_sources", thing, TextOrigin, record.sources)
    claim("scheme", thing.scheme, record.name, owners)
    record.sources.append(thing)


def _add_command(record: Plugin, owners: Owners, thing: Any) -> None:
    from beca_core.plugins.contributions.plugin_commands import PluginCommand

    _refuse_other("beca_register_commands", thing, PluginCommand, record.commands)
    claim("command", thing.name, record.name, owners)
    record.commands.append(thing)


def _add_processor(record: Plugin, _owners: Owners, thing: Any) -> None:
    if not callable(thing):
        raise InvalidInput(f"beca_register_processors gave a {type(thing).__name__}, which cannot be called.")
    _refuse_more("beca_register_processors", record.processors)
    record.processors.append(thing)


def _refuse_other(hook: str, thing: object, kind: type, known: list[Any]) -> None:
    if not isinstance(thing, kind):
        raise InvalidInput(f"{hook} gave a {type(thing).__name__}, not a {kind.__name__}.")
    _refuse_more(hook, known)


def _refuse_more(hook: str, known: list[Any]) -> None:
    if len(known) >= MOST_THINGS:
        raise InvalidInput(f"{hook} gave more than {MOST_THINGS:,} things.")


EXTRA_HOOKS: Final[dict[str, Callable[[Plugin, Owners, Any], None]]] = {
    "beca_register_decoders": _add_decoder,
    "beca_register_sources": _add_source,
    "beca_register_processors": _add_processor,
    "beca_register_commands": _add_command,
}
"""What files each thing that a hook returns."""
