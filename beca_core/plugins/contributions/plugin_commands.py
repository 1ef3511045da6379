"""`PluginCommand`: a command of a plugin, which a user types as `beca NAME`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_LONGEST_NAME: Final = 40
RESERVED_COMMANDS: Final = frozenset(
    (
        *("allow", "audit", "baseline", "config", "db", "doctor", "import", "init", "plugins", "pre-push"),
        *("pre-receive", "rules", "scan", "serve", "token", "worker"),
    )
)
"""Names that BECA itself has."""
_LONGEST_TEXT: Final = 10_000
_KINDS: Final = (str, int, float, bool)


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a command, as plain data.

    Args:
        name: `--days` for an option, `target` for an argument without a name. The function gets it as `days` or
            `target`; hyphens become underscores.
        kind: `str`, `int`, `float`, or `bool` for an option without a value.
        default: The value if it is not given. An argument without a name is needed unless it has a default.
        description: What the help says about it.
        choices: The values that are allowed; empty: all.
        many: Whether it can be given several times; the function gets a list.
    """

    name: str
    kind: type = str
    default: Any = None
    description: str = ""
    choices: tuple[str, ...] = ()
    many: bool = False

    def __post_init__(self) -> None:
        bare = self.name.removeprefix("--") if isinstance(self.name, str) else ""
        if len(bare) > _LONGEST_NAME or not _NAME.fullmatch(bare):
            raise InvalidInput(f"Argument {self.name!r:.80}: name must be words joined by hyphens, as in --max-days.")
        if self.kind not in _KINDS:
            raise InvalidInput(f"Argument {self.name!r}: kind must be str, int, float or bool.")
        if self.kind is bool and (not self.is_option or self.many or self.choices):
            raise InvalidInput(f"Argument {self.name!r}: of kind bool it is an option without a value.")
        if not isinstance(self.description, str) or len(self.description) > _LONGEST_TEXT:
            raise InvalidInput(f"Argument {self.name!r}: description must be a str.")
        if not isinstance(self.choices, tuple) or not all(isinstance(choice, str) for choice in self.choices):
            raise InvalidInput(f"Argument {self.name!r}: choices must be a tuple of str.")

    @property
    def is_option(self) -> bool:
        """Whether it is written with its name."""
        return self.name.startswith("--")

    @property
    def keyword(self) -> str:
        """The name under which the function gets it."""
        return self.name.removeprefix("--").replace("-", "_")


@dataclass(frozen=True, slots=True)
class PluginCommand:
    """A command that a plugin adds.

    Args:
        name: What a user types after `beca`.
        run: Called with the arguments by keyword; returns the exit code, or None for 0.
        description: What the help says: one line, then maybe more after an empty line.
        arguments: Its arguments.

    Raises:
        InvalidInput: If one of these is of a wrong type.
    """

    name: str
    run: Callable[..., int | None] = field(repr=False)
    description: str
    arguments: tuple[Argument, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or len(self.name) > _LONGEST_NAME or not _NAME.fullmatch(self.name):
            raise InvalidInput(f"Command {self.name!r:.80}: name must be lower-case words joined by hyphens.")
        if self.name in RESERVED_COMMANDS:
            raise InvalidInput(f"Command {self.name!r}: BECA itself has a command of that name.")
        if not callable(self.run):
            raise InvalidInput(f"Command {self.name!r}: run must be a function.")
        if not isinstance(self.description, str) or not self.summary or len(self.description) > _LONGEST_TEXT:
            raise InvalidInput(f"Command {self.name!r}: description must be a str that is not empty.")
        if not isinstance(self.arguments, tuple) or not all(isinstance(each, Argument) for each in self.arguments):
            raise InvalidInput(f"Command {self.name!r}: arguments must be a tuple of Argument.")
        keywords = [argument.keyword for argument in self.arguments]
        if len(set(keywords)) < len(keywords):
            raise InvalidInput(f"Command {self.name!r}: two arguments have one name.")

    @property
    def summary(self) -> str:
        """The first line of the description."""
        return self.description.strip().partition("\n")[0]
