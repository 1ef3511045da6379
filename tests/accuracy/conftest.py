"""The judged lines are read by modules of the benchmarks, which are programs of their own with modules beside them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
