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

from beca_api.catalogue.catalogue_documents import is_plugin, is_rule, rule_document
from beca_core.errors import BecaError
from beca_core.plugins.installation import Installation
from beca_core.system.plugin_tables import as_variable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from beca_core.plugins.registry import PluginRegistry
    from beca_core.system.plugin_tables import PluginTables

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
            [rule_document(rule, registry.owner(rule.id)) for rule in registry.rules.values()],
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
        rules_files: Rule files that are loaded with the plugins.
        plugin_settings: What is set for the others, by plugin and by setting.

    Attributes:
        content: What is known of the installed plugins.
        restart_wanted: Why the process should be restarted, or None.
    """

    def __init__(
        self,
        content: CatalogueContent,
        installation: Installation,
        disabled_plugins: Collection[str] = (),
        rules_files: Collection[str] = (),
        plugin_settings: PluginTables | None = None,
    ) -> None:
        self.content = content
        self.restart_wanted: str | None = None
        self._installation = installation
        self._own_files: Final = installation.own_files
        self._disabled: Final = sorted(disabled_plugins)
        self._files: Final = tuple(rules_files)
        self._plugin_settings: Final = plugin_settings or {}
        self._rendered: tuple[CatalogueContent, bytes] | None = None
        self._log_problems()

    def rendered(self, render: Callable[[CatalogueContent], bytes]) -> bytes:
        """Return a document that is made of the content, once for each content.

        Args:
            render: Makes the document; the same function in every call.
        """
        content = self.content
        if self._rendered is None or self._rendered[0] is not content:
            self._rendered = content, render(content)
        return self._rendered[1]

    def refresh(self, on_change: Callable[[], None] | None = None) -> bool:
        """Load the plugins again if others are installed than before, and return whether that was so.

        If they cannot be loaded, the content remains and `restart_wanted` says why.

        Args:
            on_change: Called before they are loaded, so that nothing is shown that is not yet used.
        """
        installation = Installation.look(self._files)
        if installation == self._installation:
            return False
        self._installation = installation
        _log.info("installed plugins have changed")
        if on_change is not None:
            on_change()
        try:
            self.content = load_in_child(self._disabled, rules_files=self._files, plugin_settings=self._plugin_settings)
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


def load_in_child(
    disabled_plugins: Collection[str],
    seconds: float = _LOAD_SECONDS,
    rules_files: Collection[str] = (),
    plugin_settings: PluginTables | None = None,
) -> CatalogueContent:
    """Load the installed plugins in another process and return what it says about them.

    Args:
        disabled_plugins: Names of plugins that are not loaded.
        seconds: Time limit.
        rules_files: Rule files that are loaded with them.
        plugin_settings: What is set for the others, by plugin and by setting.

    Raises:
        BecaError: If it cannot load them, ends without saying anything, or takes too long.
    """
    # -P keeps Python from importing modules of the working directory.
    files = json.dumps(list(rules_files))
    command = [sys.executable, "-P", "-m", "beca_api.catalogue.catalogue_process", files, *disabled_plugins]
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment = inherited | as_variable(plugin_settings or {})
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
        if all(map(is_rule, content.rules)) and all(map(is_plugin, content.plugins)):
            return content
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise BecaError("The process that loads the plugins died.")
