"""`BroughtTexts`: the texts that a plugin brings for a target of its scheme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from beca_core.errors import InvalidInput
from beca_core.matching.code_apart import CallLimit
from beca_core.plugins.contributions.plugin_sources import NamedText
from beca_core.report import Skipped
from beca_core.sources.contracts import Blob, FlatReading
from beca_core.sources.limits import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.plugins.contributions.plugin_sources import TextOrigin
    from beca_core.plugins.registration import Plugin
    from beca_core.sources.contracts import Resume
    from beca_core.sources.limits import Limits, Stop

_LONGEST_NAME: Final = 4_096


@runtime_checkable
class TextsApart(Protocol):
    """The additional method of a source in another process."""

    def read_within(self, target: str, limit: CallLimit, most: int) -> Iterator[NamedText | Skipped]:
        """Yield the texts of a target; raise `PluginFailed` at the end if there is a problem."""


class BroughtTexts:
    """Read the texts that a plugin brings. It is a source like any other, and every scan reads all of it.

    Args:
        plugin: Name of the plugin.
        origin: Where the texts come from.
        target: What the user named.

    Attributes:
        plugin: As given.
        target: As given.
        problems: What the plugin did wrong: a text, and what it raised, if it did.
    """

    scope = Scope.TEXT

    def __init__(self, plugin: str, origin: TextOrigin, target: str) -> None:
        self._share = _TextsShare(plugin, origin, target)
        self.plugin: Final = plugin
        self.target: Final = target
        self.problems = self._share.problems

    def start(self, limits: Limits, resume: Resume | None = None) -> FlatReading:  # noqa: ARG002
        """Return a reading with all texts in one share."""
        return FlatReading((self._share,), _path)

    def close(self) -> None:
        """Do nothing: nothing is open."""


def brought_texts(plugins: Iterable[Plugin], target: str) -> BroughtTexts | None:
    """Return the source of a target whose scheme belongs to a plugin, or None if it belongs to none.

    Args:
        plugins: The loaded plugins.
        target: What the user named.
    """
    scheme, separator, _ = target.partition("://")
    if not separator:
        return None
    found = ((plugin.name, origin) for plugin in plugins for origin in plugin.sources)
    return next((BroughtTexts(name, each, target) for name, each in found if each.scheme == scheme.lower()), None)


def refuse_options(target: str, given: Iterable[tuple[str, bool]]) -> None:
    """Refuse what has no effect on a source of a plugin.

    Args:
        target: The target.
        given: Names of options, and whether each is given.

    Raises:
        InvalidInput: Which option.
    """
    for name, is_given in given:
        if is_given:
            scheme = target.partition("://")[0]
            raise InvalidInput(f"{name} does not apply to {scheme!r:.80}, which a plugin reads.", hint="Leave it out.")


class _TextsShare:
    """All texts. They are read in this process: their cost is not known, as that of standard input."""

    cost = 0
    objects = 1

    def __init__(self, plugin: str, origin: TextOrigin, target: str) -> None:
        self._plugin = plugin
        self._origin = origin
        self._target = target
        self.problems: list[tuple[str, BaseException | None]] = []

    def read(self, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        """Yield the texts; if the plugin fails, the rest of the target is skipped as unreadable."""
        scheme = f"{self._origin.scheme}://"
        try:
            for text in self._texts(limits, stop):
                if reason := stop.reason:
                    yield Skipped(scheme, reason)
                    return
                if isinstance(text, Skipped):
                    yield text
                elif not _is_text(text):
                    self.problems.append(("a source gave a text that is not valid", None))
                    yield Skipped(scheme, "unreadable")
                elif len(text.data) > limits.max_blob_bytes:
                    yield Skipped(text.name, "too-large")
                else:
                    yield Blob(text.name, text.data)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a source is a plugin's code
            self.problems.append(("a source", error))
            yield Skipped(scheme, "unreadable")

    def _texts(self, limits: Limits, stop: Stop) -> Iterable[NamedText | Skipped]:
        read = self._origin.read
        if isinstance(read, TextsApart):
            return read.read_within(self._target, CallLimit(limits.plugin_seconds, stop), limits.max_blob_bytes)
        return read(self._target)


def _is_text(text: object) -> bool:
    if not isinstance(text, NamedText) or not isinstance(text.name, str) or not isinstance(text.data, bytes):
        return False
    return len(text.name) <= _LONGEST_NAME


def _path(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")
