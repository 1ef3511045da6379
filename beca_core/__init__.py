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

if TYPE_CHECKING:
    from beca_core.errors import BecaError
    from beca_core.findings import Change, Commit, Confidence, Finding, Location, Position, Severity
    from beca_core.plugins.hookspecs import hookimpl
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.report import ChangeCounts, Coverage, Problem, Report, Reporter
    from beca_core.reports import write
    from beca_core.rules.rule import Candidate, Check, Example, Rule, RuleInfo
    from beca_core.rules.scanner import Match, Scanner
    from beca_core.scanning.engine import Engine
    from beca_core.scanning.shortcuts import scan, scan_text
    from beca_core.sources.limits import Limits, Scope, UrlPolicy
    from beca_core.state.state import State

_HOMES = {
    "BecaError": "errors",
    "Candidate": "rules.rule",
    "Change": "findings",
    "ChangeCounts": "report",
    "Check": "rules.rule",
    "Commit": "findings",
    "Confidence": "findings",
    "Coverage": "report",
    "Engine": "scanning.engine",
    "Example": "rules.rule",
    "Finding": "findings",
    "Limits": "sources.limits",
    "Location": "findings",
    "Match": "rules.scanner",
    "PluginRegistry": "plugins.registry",
    "Position": "findings",
    "Problem": "report",
    "Report": "report",
    "Reporter": "report",
    "Rule": "rules.rule",
    "RuleInfo": "rules.rule",
    "Scanner": "rules.scanner",
    "Scope": "sources.limits",
    "Severity": "findings",
    "State": "state.state",
    "UrlPolicy": "sources.limits",
    "hookimpl": "plugins.hookspecs",
    "scan": "scanning.shortcuts",
    "scan_text": "scanning.shortcuts",
    "write": "reports",
}

__all__ = [
    "BecaError",
    "Candidate",
    "Change",
    "ChangeCounts",
    "Check",
    "Commit",
    "Confidence",
    "Coverage",
    "Engine",
    "Example",
    "Finding",
    "Limits",
    "Location",
    "Match",
    "PluginRegistry",
    "Position",
    "Problem",
    "Report",
    "Reporter",
    "Rule",
    "RuleInfo",
    "Scanner",
    "Scope",
    "Severity",
    "State",
    "UrlPolicy",
    "__version__",
    "hookimpl",
    "scan",
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
