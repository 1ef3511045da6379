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

API_VERSION = 1
"""The version of what plugins hold on to: the hooks, and the names of this package.

It grows by one when plugins written for the version before may fail. Additions do not change it.
"""

if TYPE_CHECKING:
    from beca_core.errors import BecaError
    from beca_core.findings import (
        Change,
        Commit,
        Confidence,
        Finding,
        FindingPart,
        Location,
        NameKind,
        Position,
        Presence,
        Severity,
        SupersededRule,
    )
    from beca_core.matching.decoding.plugin_decoders import Decoder
    from beca_core.plugins.contributions.notices import ScanFinished, ScanStarted, ServerEvent
    from beca_core.plugins.contributions.plugin_commands import Argument, PluginCommand
    from beca_core.plugins.contributions.plugin_settings import Setting, SettingValue
    from beca_core.plugins.contributions.plugin_sources import NamedText, TextOrigin
    from beca_core.plugins.contributions.processors import FindingInText, Processor
    from beca_core.plugins.hookspecs import hookimpl
    from beca_core.plugins.registration import Plugin
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.plugins.rule_files.rule_file import load_rules
    from beca_core.report import (
        ChangeCounts,
        Coverage,
        Filter,
        Problem,
        Report,
        Reporter,
        Skipped,
        Suppressed,
    )
    from beca_core.reports import write
    from beca_core.rules.allow_entry import AllowEntry
    from beca_core.rules.candidate import Candidate, Check, Dropped, DropReason, Step
    from beca_core.rules.context import Allow, Near, Part, Side, Variant
    from beca_core.rules.example import CounterExample, Example
    from beca_core.rules.rule import Rule, RuleInfo, random_text
    from beca_core.rules.rule_problems import rule_problems
    from beca_core.rules.rule_selection import ChangeKind, RuleChange
    from beca_core.rules.scanner import Match, MatchPart, Scanner
    from beca_core.scanning.engine import Engine
    from beca_core.scanning.explanation.explaining import explain
    from beca_core.scanning.explanation.explanation import (
        CandidateExplanation,
        Explanation,
        PatternVerdict,
        Sighting,
        StepOutcome,
        StepVerdict,
    )
    from beca_core.scanning.shortcuts import scan, scan_bytes, scan_text
    from beca_core.scanning.suppression.baseline import Baseline
    from beca_core.scanning.suppression.suppression import Suppression
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
    from beca_core.sources.progress import Phase, Progress
    from beca_core.sources.target import open_source
    from beca_core.state.checkpoint import Checkpoint
    from beca_core.state.state import State

_HOMES = {
    "Allow": "rules.context",
    "AllowEntry": "rules.allow_entry",
    "Argument": "plugins.contributions.plugin_commands",
    "Baseline": "scanning.suppression.baseline",
    "BecaError": "errors",
    "Blob": "sources.contracts",
    "Candidate": "rules.candidate",
    "CandidateExplanation": "scanning.explanation.explanation",
    "Change": "findings",
    "ChangeCounts": "report",
    "ChangeKind": "rules.rule_selection",
    "Check": "rules.candidate",
    "Checkpoint": "state.checkpoint",
    "Commit": "findings",
    "Confidence": "findings",
    "Contents": "sources.contracts",
    "CounterExample": "rules.example",
    "Coverage": "report",
    "DropReason": "rules.candidate",
    "Decoder": "matching.decoding.plugin_decoders",
    "Dropped": "rules.candidate",
    "Engine": "scanning.engine",
    "Example": "rules.example",
    "Explanation": "scanning.explanation.explanation",
    "Filter": "report",
    "Finding": "findings",
    "FindingPart": "findings",
    "FindingInText": "plugins.contributions.processors",
    "FixedShare": "sources.contracts",
    "FlatReading": "sources.contracts",
    "Limits": "sources.limits",
    "Location": "findings",
    "Match": "rules.scanner",
    "MatchPart": "rules.scanner",
    "NamedText": "plugins.contributions.plugin_sources",
    "Near": "rules.context",
    "StepOutcome": "scanning.explanation.explanation",
    "Part": "rules.context",
    "PatternVerdict": "scanning.explanation.explanation",
    "Phase": "sources.progress",
    "Place": "sources.contracts",
    "Plugin": "plugins.registration",
    "PluginCommand": "plugins.contributions.plugin_commands",
    "PluginRegistry": "plugins.registry",
    "Position": "findings",
    "NameKind": "findings",
    "Presence": "findings",
    "Problem": "report",
    "Processor": "plugins.contributions.processors",
    "Progress": "sources.progress",
    "Reading": "sources.contracts",
    "Report": "report",
    "Reporter": "report",
    "Resume": "sources.contracts",
    "Resumed": "sources.contracts",
    "Rule": "rules.rule",
    "RuleChange": "rules.rule_selection",
    "RuleInfo": "rules.rule",
    "ScanFinished": "plugins.contributions.notices",
    "ScanStarted": "plugins.contributions.notices",
    "ServerEvent": "plugins.contributions.notices",
    "Scanner": "rules.scanner",
    "Scope": "sources.limits",
    "Setting": "plugins.contributions.plugin_settings",
    "SettingValue": "plugins.contributions.plugin_settings",
    "Severity": "findings",
    "Share": "sources.contracts",
    "Side": "rules.context",
    "Sighting": "scanning.explanation.explanation",
    "Skipped": "report",
    "Source": "sources.contracts",
    "State": "state.state",
    "Step": "rules.candidate",
    "StepVerdict": "scanning.explanation.explanation",
    "Stop": "sources.limits",
    "SupersededRule": "findings",
    "Suppressed": "report",
    "Suppression": "scanning.suppression.suppression",
    "TextOrigin": "plugins.contributions.plugin_sources",
    "UrlPolicy": "sources.limits",
    "Variant": "rules.context",
    "explain": "scanning.explanation.explaining",
    "hookimpl": "plugins.hookspecs",
    "load_rules": "plugins.rule_files.rule_file",
    "open_source": "sources.target",
    "random_text": "rules.rule",
    "rule_problems": "rules.rule_problems",
    "scan": "scanning.shortcuts",
    "scan_bytes": "scanning.shortcuts",
    "scan_text": "scanning.shortcuts",
    "write": "reports",
}

__all__ = [
    "API_VERSION",
    "Allow",
    "AllowEntry",
    "Argument",
    "Baseline",
    "BecaError",
    "Blob",
    "Candidate",
    "CandidateExplanation",
    "Change",
    "ChangeCounts",
    "ChangeKind",
    "Check",
    "Checkpoint",
    "Commit",
    "Confidence",
    "Contents",
    "CounterExample",
    "Coverage",
    "Decoder",
    "DropReason",
    "Dropped",
    "Engine",
    "Example",
    "Explanation",
    "Filter",
    "Finding",
    "FindingInText",
    "FindingPart",
    "FixedShare",
    "FlatReading",
    "Limits",
    "Location",
    "Match",
    "MatchPart",
    "NameKind",
    "NamedText",
    "Near",
    "Part",
    "PatternVerdict",
    "Phase",
    "Place",
    "Plugin",
    "PluginCommand",
    "PluginRegistry",
    "Position",
    "Presence",
    "Problem",
    "Processor",
    "Progress",
    "Reading",
    "Report",
    "Reporter",
    "Resume",
    "Resumed",
    "Rule",
    "RuleChange",
    "RuleInfo",
    "ScanFinished",
    "ScanStarted",
    "Scanner",
    "Scope",
    "ServerEvent",
    "Setting",
    "SettingValue",
    "Severity",
    "Share",
    "Side",
    "Sighting",
    "Skipped",
    "Source",
    "State",
    "Step",
    "StepOutcome",
    "StepVerdict",
    "Stop",
    "SupersededRule",
    "Suppressed",
    "Suppression",
    "TextOrigin",
    "UrlPolicy",
    "Variant",
    "__version__",
    "explain",
    "hookimpl",
    "load_rules",
    "open_source",
    "random_text",
    "rule_problems",
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
