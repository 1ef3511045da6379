"""The version of BECA, for modules that must not depend on the package as a whole."""

from __future__ import annotations

from importlib import import_module
from typing import Final

VERSION: Final[str] = import_module("beca_core").__version__

API_VERSION: Final[int] = import_module("beca_core").API_VERSION
