import sys

from beca_core import ScanStarted, hookimpl


@hookimpl
def beca_scan_started(scan: ScanStarted) -> None:
    print(f"{len(scan.rules)} rules look at {scan.target} ({scan.scope})", file=sys.stderr)
