"""Filter findings

Severities and confidences are ordered. A plugin can register a `Filter` that applies to every scan.
"""

import sys
from dataclasses import replace
from pathlib import PurePosixPath

import beca_core
from beca_core import Confidence, Finding, Severity


def matters(finding: Finding) -> bool:
    """Return whether somebody has to look at a finding."""
    path = PurePosixPath(finding.location.path)
    return (
        finding.severity >= Severity.HIGH
        and finding.confidence >= Confidence.MEDIUM
        and "tests" not in path.parts
        and path.suffix != ".md"
    )


report = beca_core.scan(sys.argv[1] if len(sys.argv) > 1 else ".")
report = replace(report, findings=tuple(filter(matters, report.findings)))
beca_core.write(report, "table", sys.stdout)  # or json, jsonl, or a format that a plugin adds
