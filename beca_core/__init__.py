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

from beca_core._version import __version__

if TYPE_CHECKING:
    from beca_core.engine import Engine
    from beca_core.errors import BecaError
    from beca_core.findings import Change, Commit, Confidence, Finding, Location, Position, Severity
    from beca_core.hookspecs import hookimpl
    from beca_core.library import scan, scan_text
    from beca_core.plugins import PluginRegistry
    from beca_core.report import Changes, Coverage, Problem, Report, Reporter
    from beca_core.rules import Candidate, Check, Example, Rule, RuleInfo
    from beca_core.scanner import Match, Scanner
    from beca_core.sources import Limits, Scope
    from beca_core.sources.git.policy import UrlPolicy
    from beca_core.state import State

_HOMES = {
    "BecaError": "errors",
    "Candidate": "rules",
    "Change": "findings",
    "Changes": "report",
    "Check": "rules",
    "Commit": "findings",
    "Confidence": "findings",
    "Coverage": "report",
    "Engine": "engine",
    "Example": "rules",
    "Finding": "findings",
    "Limits": "sources",
    "Location": "findings",
    "Match": "scanner",
    "PluginRegistry": "plugins",
    "Position": "findings",
    "Problem": "report",
    "Report": "report",
    "Reporter": "report",
    "Rule": "rules",
    "RuleInfo": "rules",
    "Scanner": "scanner",
    "Scope": "sources",
    "Severity": "findings",
    "State": "state",
    "UrlPolicy": "sources.git.policy",
    "hookimpl": "hookspecs",
    "scan": "library",
    "scan_text": "library",
}

__all__ = [
    "BecaError",
    "Candidate",
    "Change",
    "Changes",
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
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'beca_core' has no attribute {name!r}")
    value = getattr(import_module(f"beca_core.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
