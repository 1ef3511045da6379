"""`Catalogue`: the rules and plugins that a server or worker knows, loaded again when others are installed.

Every scan of a worker is a new process, so it always has the plugins that are installed. What lives as long as the
server is looked at with each sweep: this catalogue, and the process that scans texts. So they never disagree for longer
than a sweep. Python cannot load a module twice in one process, so another process loads the plugins again, and this
one keeps what it says about them. Code of BECA itself cannot be replaced in this way: the server wants a restart.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import structlog

from beca_core.errors import BecaError
from beca_core.findings import Confidence, Severity
from beca_core.plugins.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from beca_core.plugins.registry import PluginRegistry

    _IsMember = Callable[[Any], bool]

MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024

_LOAD_SECONDS: Final = 60.0
_INHERITED: Final = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TMPDIR", "XDG_CACHE_HOME")
_OWN_CODE_CHANGED: Final = "BECA itself has been installed anew; restart the server."

_log = structlog.stdlib.get_logger(__name__)


class CatalogueContent(NamedTuple):
    """What is known of the installed plugins.

    Args:
        rules: The members of each rule, sorted by id.
        plugins: The members of each plugin, in the order in which they were loaded.
    """

    rules: list[dict[str, Any]]
    plugins: list[dict[str, Any]]

    @classmethod
    def of(cls, registry: PluginRegistry) -> CatalogueContent:
        """Return what a registry has loaded."""
        return cls(
            [
                {
                    "id": rule.id,
                    "version": rule.version,
                    "description": rule.description,
                    "severity": rule.severity.value,
                    "confidence": rule.confidence.value,
                    "references": list(rule.references),
                    "remediation": rule.remediation,
                    "plugin": registry.owner(rule.id),
                }
                for rule in registry.rules.values()
            ],
            [
                {
                    "name": plugin.name,
                    "distribution": plugin.distribution,
                    "rules": plugin.rule_ids,
                    "problems": list(plugin.problems),
                    "warnings": plugin.warnings,
                }
                for plugin in registry.plugins
            ],
        )


class Catalogue:
    """The rules and plugins, as they were when somebody last looked. Read from any thread, refreshed by one.

    Args:
        content: What is loaded.
        installation: What was installed before it was loaded.
        disabled_plugins: Names of plugins that are not loaded.

    Attributes:
        content: What is known of the installed plugins.
        restart_wanted: Why the process should be restarted, or None.
    """

    def __init__(
        self, content: CatalogueContent, installation: Installation, disabled_plugins: Collection[str] = ()
    ) -> None:
        self.content = content
        self.restart_wanted: str | None = None
        self._installation = installation
        self._own_files: Final = installation.own_files
        self._disabled: Final = sorted(disabled_plugins)
        self._log_problems()

    def refresh(self, on_change: Callable[[], None] | None = None) -> bool:
        """Load the plugins again if others are installed than before, and return whether that was so.

        If they cannot be loaded, the content remains and `restart_wanted` says why.

        Args:
            on_change: Called before they are loaded, so that nothing is shown that is not yet used.
        """
        installation = Installation.look()
        if installation == self._installation:
            return False
        self._installation = installation
        _log.info("installed plugins have changed")
        if on_change is not None:
            on_change()
        try:
            self.content = load_in_child(self._disabled)
            self.restart_wanted = None if installation.own_files == self._own_files else _OWN_CODE_CHANGED
        except BecaError as error:
            self.restart_wanted = f"The plugins that are installed now cannot be loaded: {error}"
        if self.restart_wanted:
            _log.warning("restart wanted", reason=self.restart_wanted)
        self._log_problems()
        return True

    def _log_problems(self) -> None:
        for plugin in self.content.plugins:
            for problem in plugin["problems"]:
                _log.warning("plugin problem", plugin=plugin["name"], problem=problem)
            for warning in plugin["warnings"]:
                _log.warning("plugin warning", plugin=plugin["name"], warning=warning)


def load_in_child(disabled_plugins: Collection[str], seconds: float = _LOAD_SECONDS) -> CatalogueContent:
    """Load the installed plugins in another process and return what it says about them.

    Args:
        disabled_plugins: Names of plugins that are not loaded.
        seconds: Time limit.

    Raises:
        BecaError: If it cannot load them, ends without saying anything, or takes too long.
    """
    # -P keeps Python from importing modules of the working directory.
    command = [sys.executable, "-P", "-m", "beca_api.catalogue.catalogue_process", *disabled_plugins]
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    # Not a pipe: a process that a plugin leaves behind could keep that open for ever.
    with TemporaryFile() as answer:
        child = subprocess.Popen(  # noqa: S603
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise BecaError(f"The plugins were not loaded within {seconds:g} seconds.") from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        answer.seek(0)
        return _content(answer.read(MAX_ANSWER_BYTES))


def _content(answer: bytes) -> CatalogueContent:
    """Read what the process says; plugins have run in it, so it may say anything."""
    try:
        document = json.loads(answer)
        if error := document.get("error"):
            raise BecaError(str(error)[:1000])
        content = CatalogueContent(document["rules"], document["plugins"])
        if all(_has_members(rule, _RULE) for rule in content.rules) and all(
            _has_members(plugin, _PLUGIN) for plugin in content.plugins
        ):
            return content
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise BecaError("The process that loads the plugins died.")


def _has_members(item: dict[str, Any], members: dict[str, _IsMember]) -> bool:
    return item.keys() == members.keys() and all(is_member(item[name]) for name, is_member in members.items())


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.encode(errors="ignore").decode() == value


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


_RULE: Final[dict[str, _IsMember]] = {
    "id": _is_text,
    "version": lambda value: type(value) is int,
    "description": _is_text,
    "severity": lambda value: value in list(Severity),
    "confidence": lambda value: value in list(Confidence),
    "references": _is_list_of_texts,
    "remediation": _is_text,
    "plugin": _is_text,
}
_PLUGIN: Final[dict[str, _IsMember]] = {
    "name": _is_text,
    "distribution": _is_text,
    "rules": _is_list_of_texts,
    "problems": _is_list_of_texts,
    "warnings": _is_list_of_texts,
}
