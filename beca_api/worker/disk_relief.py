"""What a worker does first, so that a full disk does not keep it from starting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from beca_api.worker.mirrors.mirror_store import MirrorStore
from beca_api.worker.scan_process.workspace import remove_abandoned

if TYPE_CHECKING:
    from beca_core.system.settings import Settings

_log = structlog.stdlib.get_logger(__name__)


def relieve_disk(settings: Settings) -> MirrorStore:
    """Remove what workers that died have left, and the mirrors for which there is no room; return the mirrors.

    Nothing is written before, since a disk that they have filled would refuse it.

    Raises:
        InvalidSettings: If the directory of the mirrors cannot be used.
    """
    try:
        remove_abandoned(settings.data_dir)
    except OSError as error:
        _log.warning("workspaces of dead workers not removed", error=type(error).__name__)
    mirrors = MirrorStore.open(settings.data_dir, settings.mirrors_bytes, settings.min_free_bytes)
    mirrors.trim()
    return mirrors
