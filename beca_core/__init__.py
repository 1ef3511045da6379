"""BECA finds secrets in git repositories, directories and texts.

>>> import beca_core
>>> report = beca_core.scan(".")                         # doctest: +SKIP
>>> findings = beca_core.scan_text("private_key = ...")  # doctest: +SKIP

The names in `__all__` are the public interface. Each is imported when it is first used, so that importing the
package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
"""The version of BECA."""

if TYPE_CHECKING:
    from beca_core.errors import BecaError
    from beca_core.findings import Change, Commit, Confidence, Finding, Location, Position, Severity
    from beca_core.plugins.hookspecs import hookimpl
    from beca_core.plugins.registration import Plugin
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.report import ChangeCounts, Coverage, Filter, Phase, Problem, Progress, Report, Reporter, Skipped
    from beca_core.reports import write
    from beca_core.rules.rule import Candidate, Check, Example, Rule, RuleInfo, random_text
    from beca_core.rules.scanner import Match, Scanner
    from beca_core.scanning.engine import Engine
    from beca_core.scanning.shortcuts import scan, scan_bytes, scan_text
    from beca_core.sources.contracts import (
        Blob,
        Contents,
        FixedShare,
        FlatReading,
        Place,
        Reading,
        Resume,
        Resumed,
        Share,
        Source,
    )
    from beca_core.sources.limits import Limits, Scope, Stop, UrlPolicy
    from beca_core.sources.target import open_source
    from beca_core.state.checkpoint import Checkpoint
    from beca_core.state.state import State

_HOMES = {
    "BecaError": "errors",
    "Blob": "sources.contracts",
    "Candidate": "rules.rule",
    "Change": "findings",
    "ChangeCounts": "report",
    "Check": "rules.rule",
    "Checkpoint": "state.checkpoint",
    "Commit": "findings",
    "Confidence": "findings",
    "Contents": "sources.contracts",
    "Coverage": "report",
    "Engine": "scanning.engine",
    "Example": "rules.rule",
    "Filter": "report",
    "Finding": "findings",
    "FixedShare": "sources.contracts",
    "FlatReading": "sources.contracts",
    "Limits": "sources.limits",
    "Location": "findings",
    "Match": "rules.scanner",
    "Phase": "report",
    "Place": "sources.contracts",
    "Plugin": "plugins.registration",
    "PluginRegistry": "plugins.registry",
    "Position": "findings",
    "Problem": "report",
    "Progress": "report",
    "Reading": "sources.contracts",
    "Report": "report",
    "Reporter": "report",
    "Resume": "sources.contracts",
    "Resumed": "sources.contracts",
    "Rule": "rules.rule",
    "RuleInfo": "rules.rule",
    "Scanner": "rules.scanner",
    "Scope": "sources.limits",
    "Severity": "findings",
    "Share": "sources.contracts",
    "Skipped": "report",
    "Source": "sources.contracts",
    "State": "state.state",
    "Stop": "sources.limits",
    "UrlPolicy": "sources.limits",
    "hookimpl": "plugins.hookspecs",
    "open_source": "sources.target",
    "random_text": "rules.rule",
    "scan": "scanning.shortcuts",
    "scan_bytes": "scanning.shortcuts",
    "scan_text": "scanning.shortcuts",
    "write": "reports",
}

__all__ = [
    "BecaError",
    "Blob",
    "Candidate",
    "Change",
    "ChangeCounts",
    "Check",
    "Checkpoint",
    "Commit",
    "Confidence",
    "Contents",
    "Coverage",
    "Engine",
    "Example",
    "Filter",
    "Finding",
    "FixedShare",
    "FlatReading",
    "Limits",
    "Location",
    "Match",
    "Phase",
    "Place",
    "Plugin",
    "PluginRegistry",
    "Position",
    "Problem",
    "Progress",
    "Reading",
    "Report",
    "Reporter",
    "Resume",
    "Resumed",
    "Rule",
    "RuleInfo",
    "Scanner",
    "Scope",
    "Severity",
    "Share",
    "Skipped",
    "Source",
    "State",
    "Stop",
    "UrlPolicy",
    "__version__",
    "hookimpl",
    "open_source",
    "random_text",
    "scan",
    "scan_bytes",
    "scan_text",
    "write",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'beca_core' has no attribute {name!r}")
    value = getattr(import_module(f"beca_core.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
