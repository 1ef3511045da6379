"""`Extras`: what a plugin registered beside rules, scanners, filters and reporters, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beca_core.errors import InvalidInput
from beca_core.plugins.contributions.extra_things import MOST_THINGS
from beca_core.plugins.contributions.plugin_settings import KINDS, MOST_SETTINGS, Setting
from beca_core.plugins.hookspecs import LISTENING

if TYPE_CHECKING:
    from beca_core.plugins.registration import Plugin

_MOST_ANCHORS: Final = 64


class Extras(NamedTuple):
    """What a plugin registered beside rules, scanners, filters and reporters, without any code.

    Args:
        settings: The settings that it has.
        processors: How many processors it has.
        listeners: The hooks with which it hears of something.
        decoders: Name and anchors of each decoder.
        schemes: The schemes of its sources.
        commands: Name and description of each command.
        decoding: A digest of the decoders; empty: there are none.
    """

    settings: tuple[Setting, ...] = ()
    processors: int = 0
    listeners: tuple[str, ...] = ()
    decoders: tuple[tuple[str, tuple[bytes, ...]], ...] = ()
    schemes: tuple[str, ...] = ()
    commands: tuple[tuple[str, str], ...] = ()
    decoding: str = ""

    @property
    def has_code(self) -> bool:
        """Whether some of it is code that a scan calls."""
        return bool(self.processors or self.listeners or self.decoders or self.schemes)


def extras_to_plain(record: Plugin) -> dict[str, Any]:
    """Describe what a plugin registered."""
    from beca_core.rules.digests.digest import decoders_digest

    return {
        "settings": [
            [each.name, each.kind.__name__, each.default, each.description, each.secret, list(each.choices)]
            for each in record.declared_settings
        ],
        "processors": len(record.processors),
        "listeners": list(record.listeners),
        "decoders": [[each.name, [anchor.decode("latin-1") for anchor in each.anchors]] for each in record.decoders],
        "schemes": [each.scheme for each in record.sources],
        "commands": [[each.name, each.description] for each in record.commands],
        "decoding": decoders_digest(record),
    }


def extras_from_plain(described: Any) -> Extras:
    """Read a description that came from the process of a plugin.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: If it is not one.
    """
    return Extras(
        settings=tuple(map(_setting, _list(described["settings"], MOST_SETTINGS))),
        processors=_count(described["processors"]),
        listeners=tuple(hook for hook in LISTENING if hook in _list(described["listeners"], len(LISTENING))),
        decoders=tuple(
            (_text(name), tuple(_text(anchor).encode("latin-1") for anchor in _list(anchors, _MOST_ANCHORS)))
            for name, anchors in _list(described["decoders"], MOST_THINGS)
        ),
        schemes=tuple(map(_text, _list(described["schemes"], MOST_THINGS))),
        commands=tuple((_text(name), _text(text)) for name, text in _list(described["commands"], MOST_THINGS)),
        decoding=_text(described["decoding"]),
    )


def _setting(described: Any) -> Setting:
    name, kind, default, description, secret, choices = described
    default = tuple(default) if isinstance(default, list) else default
    try:
        return Setting(_text(name), KINDS[kind], default, description, secret, tuple(choices))
    except InvalidInput as error:
        raise ValueError(str(error)) from None


def _list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise TypeError("not a list")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MOST_THINGS:
        raise ValueError("not a number of things")
    return value
