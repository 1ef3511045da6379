"""The workbench: one rule, compiled, with what happened each time that it was tried on a text."""

from __future__ import annotations

import io
import time
import traceback
from contextlib import redirect_stderr, redirect_stdout
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.findings import redact
from beca_core.matching.room import Room
from beca_core.matching.rule_matcher import RuleMatcher
from beca_core.report import ProblemLog
from beca_core.rules.rule import Rule
from beca_core.sources.wide_text import NUL, encoding_of, transcoded

if TYPE_CHECKING:
    from beca_core.matching.room import Drops
    from beca_core.matching.ruleset import RuleSet
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.rules.candidate import DropReason
    from beca_core.rules.rule import RuleInfo
    from beca_core.rules.scanner import Match

MOST_SECONDS: Final = 0.5
"""Processor time for one call on a text of a few kilobytes."""
_SMALL_TEXT: Final = 8192
_MOST_SHOWN: Final = 200
_CALLER_FRAMES: Final = 3


class Trial(NamedTuple):
    """What became of a text.

    Args:
        data: The text in which matches have their offsets: of UTF-16, what was transcoded.
        matches: The matches of the rule.
    """

    data: bytes
    matches: list[Match]


class Evidence(ProblemLog):
    """Keeps the exceptions, too: texts that a proof makes hold no secret that the message could give away."""

    def __init__(self) -> None:
        super().__init__()
        self.causes: list[str] = []

    def add(self, plugin: str, what: str, error: BaseException | None = None) -> None:
        """Count a problem, and keep its cause."""
        super().add(plugin, what, error)
        self.causes.append(what if error is None else f"{what} raised {cause(error)}")


class Workbench:
    """Tries a rule on texts.

    Args:
        rule: The rule.
        registry: The plugins that it belongs to; the code of its own runs in this process.
        compiled: It and others, compiled together; None: it is compiled alone.
    """

    def __init__(self, rule: RuleInfo, registry: PluginRegistry, compiled: RuleSet | None = None) -> None:
        self.rule: Final = rule
        self.compiled: Final = _prepared(rule, registry) if compiled is None else compiled.alone(rule.id)
        self.log: Final = Evidence()
        self.printed: Final = io.StringIO()
        self.slowest: float = 0.0
        self.slowest_bytes: int = 0
        self._known: dict[bytes, Trial] | None = None if has_code(rule) else {}

    @property
    def is_data(self) -> bool:
        """Whether the rule has no code of its own, so that it finds the same in the same text."""
        return self._known is not None

    @property
    def is_uncovered(self) -> bool:
        """Whether the prefilter has nothing to look for."""
        return any(rule.id == self.rule.id for rule in self.compiled.uncovered)

    def trial(self, data: bytes) -> Trial:
        """Try the rule on a text. UTF-16 with a byte order mark is read as scans do, if the prefilter sees anything.

        A rule without code finds the same in the same text, so that it is tried once.
        """
        if self._known is None or len(data) > _SMALL_TEXT:
            return self._as_scans_read_it(data)
        if data not in self._known:
            self._known[data] = self._as_scans_read_it(data)
        return self._known[data]

    def seconds(self, data: bytes) -> float:
        """Return the processor time of trying the rule on a text, however often it was tried before."""
        begin = time.thread_time()
        self._as_scans_read_it(data)
        return time.thread_time() - begin

    def _as_scans_read_it(self, data: bytes) -> Trial:
        trial = self._trial(data)
        if NUL in data and (encoding := encoding_of(data)) is not None and self.compiled.may_be_wide(data):
            return self._trial(transcoded(data, encoding))
        return trial

    def _trial(self, data: bytes) -> Trial:
        matches, seconds = self._timed(data)
        if len(data) <= _SMALL_TEXT and seconds > self.slowest:
            if seconds > MOST_SECONDS:  # a pause of Python's own, for garbage say, is not there the second time
                seconds = min(seconds, self._timed(data)[1])
            if seconds > self.slowest:
                self.slowest, self.slowest_bytes = seconds, len(data)
        return Trial(data, [match for match in matches if match.rule_id == self.rule.id])

    def _timed(self, data: bytes) -> tuple[list[Match], float]:
        begin = time.thread_time()
        if self._known is not None:
            matches = self.compiled.find(data, self.log)
        else:
            with redirect_stdout(self.printed), redirect_stderr(self.printed):
                matches = self.compiled.find(data, self.log)
        return matches, time.thread_time() - begin

    def drops(self, data: bytes) -> list[DropReason]:
        """Return what the rule drops in a text, even if the prefilter never looks at it.

        The prefilter looks for the words of `near`, so where there is none the pattern is not even tried. To list what
        is dropped takes much longer than to find what is not, so that it is done only for a text that needs a reason.
        """
        dropped: Drops = []
        with redirect_stdout(self.printed), redirect_stderr(self.printed):
            self.compiled.find(data, self.log, drops=dropped)
        reasons = [reason for match, reason in dropped if match.rule_id == self.rule.id]
        return reasons or self._unseen_drops(data)

    def _unseen_drops(self, data: bytes) -> list[DropReason]:
        if not isinstance(self.rule, Rule) or not data:
            return []
        dropped: Drops = []
        with redirect_stdout(self.printed), redirect_stderr(self.printed):
            RuleMatcher(self.rule).matches(data, [(1, len(data))], _ignore, room=Room(ProblemLog(), drops=dropped))
        return [reason for _, reason in dropped]

    def matches(self, data: bytes) -> list[Match]:
        """Return the matches of the rule in a text."""
        return self.trial(data).matches

    def secrets(self, data: bytes) -> list[bytes]:
        """Return the secrets that the rule finds in a text, in order."""
        trial = self.trial(data)
        return [secret_of(trial.data, match) for match in trial.matches]


def _prepared(rule: RuleInfo, registry: PluginRegistry) -> RuleSet:
    """Compile a rule, so that its first call takes no longer than the others."""
    compiled = registry.compile([rule.id], use_cache=False)
    compiled.prepare()
    return compiled


def _ignore(_rule: RuleInfo, _error: BaseException) -> None:
    """Leave it to `trial` to keep what is raised."""


def has_code(rule: RuleInfo) -> bool:
    """Return whether a rule has code of its own: it is a scanner's, or has a check that is not of the library."""
    return not isinstance(rule, Rule) or any(
        not type(check).__module__.startswith("beca_core.checks") for check in rule.checks
    )


def secret_of(data: bytes, match: Match) -> bytes:
    """Return the secret of a match."""
    return data[match.begin : match.end] if match.secret is None else match.secret


def shown(data: bytes, match: Match) -> str:
    """Return the preview of a match for a message."""
    return redact(secret_of(data, match))


def told(drop: DropReason) -> str:
    """Return what was dropped, and why, for a message."""
    said = f"{drop.step.value} {drop.name}" if drop.name != drop.step.value else drop.name
    return ": ".join(filter(None, (said, drop.reason))) + (f" ({drop.value})" if drop.value else "")


def cause(error: BaseException) -> str:
    """Return an exception with what it says, and where in the plugin's code it was raised, the innermost call first."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "beca_core" not in PurePath(frame.filename).parts
    ]
    calls = [f"{PurePath(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in reversed(frames)]
    try:
        said = f"{type(error).__name__}: {error}"[:_MOST_SHOWN]
    except Exception:  # noqa: BLE001 - the exception is the plugin's code too
        said = type(error).__name__
    where = ", called from ".join(calls[:_CALLER_FRAMES])
    source = next((frame.line for frame in reversed(frames) if frame.line), "")
    return said + (f", at {where}" if where else "") + (f": `{source[:_MOST_SHOWN]}`" if source else "")
