"""Checks of the machine: its directories, its disk, git, and the installed plugins."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from beca_core.cli.diagnosis.condition import Condition, Diagnosis
from beca_core.errors import SourceError, quoted_path
from beca_core.sources.git.process import run_git
from beca_core.system.disk_space import free_bytes, room
from beca_core.system.private_files import check_replaceable
from beca_core.system.user_dirs import default_cache_dir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from beca_core.system.settings import Settings

_OLDEST_GIT: Final = (2, 37)
_SECONDS: Final = 10.0


def check_data_dir(settings: Settings) -> Iterator[Diagnosis]:
    """Check the directory of the server's files, and the disk space there."""
    path = settings.data_dir
    if not path.is_dir():
        yield Diagnosis("data directory", Condition.OK, f"{quoted_path(path)} is made at the first start.")
        return
    if not os.access(path, os.W_OK | os.X_OK):
        remedy = "Give the directory to this user, or set BECA_DATA_DIR."
        yield Diagnosis("data directory", Condition.BROKEN, f"This user cannot write to {quoted_path(path)}.", remedy)
    elif path.stat().st_mode & 0o077:
        said = f"{quoted_path(path)} is open to other users."
        yield Diagnosis("data directory", Condition.WEAK, said, f"Run: chmod 700 {quoted_path(path)}")
    else:
        yield Diagnosis("data directory", Condition.OK, f"{quoted_path(path)} is this user's alone.")
    yield _disk(path, settings.min_free_bytes)


def _disk(path: Path, reserve: int) -> Diagnosis:
    free = f"{free_bytes(path) / 1024**3:,.1f} GiB"
    if room(path, reserve) <= 0:
        remedy = "Free disk space: no repository is fetched until then. BECA_MIN_FREE_BYTES is the reserve."
        return Diagnosis("disk", Condition.BROKEN, f"{free} are free, which is within the reserve.", remedy)
    return Diagnosis("disk", Condition.OK, f"{free} are free.")


def check_git() -> Iterator[Diagnosis]:
    """Check the version of git."""
    remedy = "Install git {}.{} or newer, and put it on the PATH.".format(*_OLDEST_GIT)
    try:
        said = run_git(["version"], environment={}, seconds=_SECONDS).decode("utf-8", "replace").strip()
    except SourceError as error:
        yield Diagnosis("git", Condition.BROKEN, str(error))
        return
    found = re.search(r"(\d+)\.(\d+)", said)
    is_new = found is not None and (int(found[1]), int(found[2])) >= _OLDEST_GIT
    yield Diagnosis("git", Condition.OK if is_new else Condition.BROKEN, f"{said[:80]}.", "" if is_new else remedy)


def check_cache(settings: Settings) -> Iterator[Diagnosis]:
    """Check that compiled rules can be cached."""
    path = settings.cache_dir or default_cache_dir()
    existing = next((each for each in (path, *path.parents) if each.is_dir()), path)
    try:
        check_replaceable(existing / "doctor")
    except OSError as error:
        said = f"Compiled rules cannot be cached in {quoted_path(path)}: {error.strerror}."
        yield Diagnosis("cache", Condition.WEAK, f"{said} Each scan takes seconds to start.", "Set BECA_CACHE_DIR.")
        return
    yield Diagnosis("cache", Condition.OK, f"Compiled rules are cached in {quoted_path(path)}.")


def check_plugins(settings: Settings) -> Iterator[Diagnosis]:
    """Check that all plugins load, and that there is a rule."""
    from beca_core.plugins.registry import PluginRegistry  # loads the plugins' code

    registry = PluginRegistry.load(disabled=settings.disabled_plugins, settings=settings.plugin_settings)
    try:
        for problem in registry.problems:
            remedy = f"`beca plugins show {problem.plugin}` says more; BECA_DISABLED_PLUGINS leaves it out."
            yield Diagnosis("plugins", Condition.BROKEN, f"{problem.plugin}: {problem.message}.", remedy)
        if not registry.rules:
            remedy = "BECA_DISABLED_PLUGINS names plugins that are left out; the rules of BECA itself are in builtin."
            yield Diagnosis("plugins", Condition.BROKEN, "No plugin has a rule, so nothing would be found.", remedy)
        elif not registry.problems:
            yield Diagnosis(
                "plugins", Condition.OK, f"Plugins: {len(registry.plugins):,}. Rules: {len(registry.rules):,}."
            )
    finally:
        registry.close()
