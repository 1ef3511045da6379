"""Scans a repository in a process of its own, and prints the outcome and the memory that it took.

Usage: `python scan_child.py PATH SCOPE LIMITS`, the limits as a JSON object.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from pathlib import Path

import beca_core


def peak_bytes() -> int:
    """The peak memory of this process or of one of its children, whichever is larger."""
    status = Path("/proc/self/status")
    own = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return 1024 * max(children, int(own[1]) if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def main(path: str, scope: str, limits: str) -> None:
    """Scan, and print one JSON object."""
    report = beca_core.scan(path, scope=scope, limits=beca_core.Limits(**json.loads(limits)))
    outcome = {
        "coverage": report.coverage.to_dict(),
        "skipped": [[item.id, item.reason] for item in report.skipped],
        "paths": [(at.raw_path or at.path.encode()).hex() for at in (found.location for found in report.findings)],
        "secrets": sorted({found.secret.decode() for found in report.findings}),
        "exit": report.exit_code,
        "peak": peak_bytes(),
    }
    print(json.dumps(outcome))  # noqa: T201 - it is what the caller reads


if __name__ == "__main__":
    main(*sys.argv[1:])
