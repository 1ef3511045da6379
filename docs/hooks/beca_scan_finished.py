import json
import sys

from beca_core import ScanFinished, hookimpl


@hookimpl
def beca_scan_finished(scan: ScanFinished) -> None:
    event = {"target": scan.target, "findings": dict(scan.severities), "exit": scan.exit_code, "failure": scan.failure}
    print(json.dumps(event), file=sys.stderr)
