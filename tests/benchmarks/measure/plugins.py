"""A plugin of one module, found as an installed one is, but installed nowhere."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def offered(module: Path, name: str, plugin: str = "plugin") -> Iterator[dict[str, str]]:
    """Return the environment in which BECA finds a plugin, while the `with` block lasts.

    Args:
        module: The file.
        name: The plugin's name.
        plugin: The object in the module that is the plugin.
    """
    with tempfile.TemporaryDirectory(prefix="beca-benchmark-") as site:
        shutil.copy(module, site)
        info = Path(site, f"{name}-1.0.dist-info")
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[beca.plugins]\n{name} = {module.stem}:{plugin}\n")
        yield {"PYTHONPATH": site}
