"""Distributions of one module on the module search path, with the files that pip would write."""

from __future__ import annotations

import shutil
from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def install_distribution(
    site: Path, name: str, source: str, *, version: str = "1.0", group: str = "beca.plugins", target: str = ""
) -> None:
    """Install a module as a distribution with one entry point; replace another version of it.

    Args:
        site: A directory on the module search path.
        name: Name of the distribution and of the entry point.
        source: Code of the module; its indentation does not matter.
        version: Version of the distribution.
        group: Group of the entry point.
        target: What follows the name of the module in the entry point, `:function` for example.
    """
    module = f"{name.replace('-', '_')}_module"
    for other in site.glob(f"{name}-*.dist-info"):
        shutil.rmtree(other)
    # Two versions that are written within a second and have equal length would share their compiled code.
    shutil.rmtree(site / "__pycache__", ignore_errors=True)
    (site / f"{module}.py").write_text(dedent(source))
    info = site / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}{target}\n")
