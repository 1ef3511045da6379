"""`Setting`: what a user can set for a plugin, and how the values that were given become those that the plugin gets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from beca_core.errors import InvalidInput, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SettingValue: TypeAlias = str | int | float | bool | tuple[str, ...]
"""The value of a setting of a plugin."""

MASK: Final = "***"
MOST_SETTINGS: Final = 100
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_LONGEST_NAME: Final = 64
_LONGEST_TEXT: Final = 1_000
_LONGEST_VALUE: Final = 100_000
_YES: Final = frozenset({"1", "true", "yes", "on"})
_NO: Final = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that a user can set for a plugin, in the table `[plugins.NAME]` of the settings file.

    Args:
        name: Its key: lower-case words, joined by underscores.
        kind: `str`, `int`, `float`, `bool`, or `tuple` for a list of texts.
        default: The value without a setting; None: a plugin that is not given one is not loaded.
        description: What it is for, in one sentence.
        secret: Whether its value is shown nowhere.
        choices: The texts that are allowed; empty: all.

    Raises:
        InvalidInput: If one of these is of a wrong type, or the default is not a value of this setting.
    """

    name: str
    kind: type = str
    default: SettingValue | None = None
    description: str = ""
    secret: bool = False
    choices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or len(self.name) > _LONGEST_NAME or not _NAME.fullmatch(self.name):
            raise InvalidInput(f"Setting {self.name!r:.80}: name must be lower-case words joined by underscores.")
        if self.kind not in _READERS:
            raise InvalidInput(f"Setting {self.name!r}: kind must be str, int, float, bool or tuple.")
        if not isinstance(self.description, str) or len(self.description) > _LONGEST_TEXT:
            raise InvalidInput(f"Setting {self.name!r}: description must be a str of at most {_LONGEST_TEXT:,}.")
        if not isinstance(self.secret, bool):
            raise InvalidInput(f"Setting {self.name!r}: secret must be True or False.")
        if not isinstance(self.choices, tuple) or not all(isinstance(choice, str) for choice in self.choices):
            raise InvalidInput(f"Setting {self.name!r}: choices must be a tuple of str.")
        if self.default is not None:
            try:
                self.read(self.default)
            except ValueError as error:
                raise InvalidInput(f"Setting {self.name!r}: default {error}.") from None

    def read(self, given: object) -> SettingValue:
        """Return the value that was given, as the kind of this setting.

        Args:
            given: A value of that kind, or a text that is read as one: a list of texts is separated by commas.

        Raises:
            ValueError: If it is neither; the message says what it must be, without the value.
        """
        value: SettingValue = _READERS[self.kind](given)
        if self.choices:
            for item in value if isinstance(value, tuple) else (value,):
                if item not in self.choices:
                    raise ValueError(f"must be one of {', '.join(self.choices)}"[:_LONGEST_TEXT])
        return value

    def shown(self, value: object) -> str:
        """Return a value as it may be shown: masked if it is secret."""
        if value is None:
            return ""
        if self.secret:
            return MASK if value not in ("", ()) else ""
        if isinstance(value, bool):
            return str(value).lower()
        return ", ".join(value) if isinstance(value, tuple) else str(value)


def declare(declared: list[Setting], setting: object) -> None:
    """Add what a plugin gave to the settings that it has declared.

    Raises:
        InvalidInput: If it is not a setting, or one too many.
    """
    if not isinstance(setting, Setting):
        raise InvalidInput(f"beca_register_settings gave a {type(setting).__name__}, not a Setting.")
    if len(declared) >= MOST_SETTINGS or any(known.name == setting.name for known in declared):
        raise InvalidInput(f"Setting {setting.name!r} is one too many: of that name, or of {MOST_SETTINGS} settings.")
    declared.append(setting)


def settle(declared: Sequence[Setting], given: Mapping[str, object]) -> tuple[dict[str, SettingValue], list[str]]:
    """Return the value of each setting of a plugin, and what is wrong with those that were given.

    Args:
        declared: The settings that the plugin has.
        given: What a user has set, by name.
    """
    known = {setting.name: setting for setting in declared}
    values: dict[str, SettingValue] = {}
    faults = []
    for name in given:
        if name not in known:
            hint = did_you_mean(str(name), known, otherwise=_listed(known))
            faults.append(f"there is no setting {str(name)!r:.80}. {hint}".rstrip())
    for name, setting in known.items():
        if name in given:
            try:
                values[name] = setting.read(given[name])
            except ValueError as error:
                faults.append(f"setting {name!r} {error}")
        elif setting.default is None:
            faults.append(f"setting {name!r} is needed: {setting.description}"[:_LONGEST_TEXT])
        else:
            values[name] = setting.read(setting.default)
    return values, faults


def _listed(known: Mapping[str, Setting]) -> str:
    return f"It has {', '.join(known)}"[:_LONGEST_TEXT] if known else "It has none"


def _text(given: object) -> str:
    if not isinstance(given, str) or len(given) > _LONGEST_VALUE:
        raise ValueError("must be a text")
    return given


def _whole_number(given: object) -> int:
    if isinstance(given, str):
        given = _parsed(int, given, "must be a whole number")
    if isinstance(given, bool) or not isinstance(given, int) or abs(given) >= 2**63:
        raise ValueError("must be a whole number")
    return given


def _number(given: object) -> float:
    if isinstance(given, str):
        given = _parsed(float, given, "must be a number")
    if isinstance(given, bool) or not isinstance(given, (int, float)) or abs(given) > 1e300 or given != given:
        raise ValueError("must be a number")
    return float(given)


def _truth(given: object) -> bool:
    text = given.strip().lower() if isinstance(given, str) else ""
    if text in _YES | _NO:
        return text in _YES
    if not isinstance(given, bool):
        raise ValueError("must be true or false")
    return given


def _texts(given: object) -> tuple[str, ...]:
    if isinstance(given, str):
        given = [part.strip() for part in given.split(",") if part.strip()]
    if not isinstance(given, (list, tuple)) or len(given) > _LONGEST_VALUE:
        raise ValueError("must be a list of texts")
    if not all(isinstance(item, str) and len(item) <= _LONGEST_VALUE for item in given):
        raise ValueError("must be a list of texts")
    return tuple(given)


def _parsed(read: Callable[[str], Any], text: str, complaint: str) -> Any:
    try:
        return read(text)
    except ValueError:
        raise ValueError(complaint) from None


_READERS: Final[dict[type, Callable[[object], Any]]] = {
    str: _text,
    int: _whole_number,
    float: _number,
    bool: _truth,
    tuple: _texts,
}
KINDS: Final = {kind.__name__: kind for kind in _READERS}
"""The kinds of settings by name, as they cross the border between processes."""
