"""Save a state, and resume from it

The second scan of a git repository reads [only what is new](../explanation/incremental.md). A state belongs to one
target, one scope and one fingerprint key.
"""

import sys
from pathlib import Path

import beca_core
from beca_core import Change, State

repository = sys.argv[1] if len(sys.argv) > 1 else "."
state_file = Path("scan.state")  # holds fingerprints and positions, and no secret

since = State.load(state_file) if state_file.exists() else None
report = beca_core.scan(repository, since=since)
for finding in report.findings:
    if finding.change in (None, Change.NEW):  # None: there was no earlier scan
        print("new:", finding.location.path, finding.redacted)
print(report)
print("contents that were read:", report.coverage.blobs)
if report.state is not None:
    report.state.save(state_file)
