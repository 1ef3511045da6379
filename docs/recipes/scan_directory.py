"""Scan a directory

Each finding has a place, a rule and a preview of the secret; `coverage` says whether everything was read.
"""

import sys

import beca_core

target = sys.argv[1] if len(sys.argv) > 1 else "."
report = beca_core.scan(target)  # a directory, a file, or a git repository with its history
for finding in report.findings:
    place = finding.location
    print(f"{place.path}:{place.begin.line}:{place.begin.column}: {finding.rule_id} {finding.redacted}")
print(report)
if not report.coverage.complete:  # "no findings" means "clean" only if everything was read
    print("Not everything was read:", dict(report.coverage.skipped), list(report.coverage.problems))
