"""What stands in this process for the code of a plugin: checks, scanners, filters and reporters like any others."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

from beca_core.errors import BecaError, PluginFailed
from beca_core.findings import Confidence, Severity
from beca_core.matching.code_apart import CallLimit
from beca_core.plugins.isolation.plugin_process import raised_in
from beca_core.rules.candidate import Dropped, DropReason
from beca_core.rules.refinement import MAX_REASON, dropped
from beca_core.rules.rule import MAX_TAG
from beca_core.rules.scanner import MAX_MATCHES, Match, MatchPart
from beca_core.sources.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TextIO

    from beca_core.findings import Finding
    from beca_core.plugins.isolation.description import CodeChecks, ScannerDescription
    from beca_core.plugins.isolation.plugin_process import PluginProcess
    from beca_core.report import Report
    from beca_core.rules.candidate import Candidate
    from beca_core.rules.rule import Rule

FINDINGS_AT_ONCE: Final = 1_000
REPORT_SECONDS: Final = 10.0
"""Time for each piece of what a reporter writes."""
_MOST_PARTS: Final = 100
"""Parts and attributes of a scanner's match that are taken."""
_PLUGIN_SECONDS: Final = Limits().plugin_seconds


class IsolatedChecks:
    """All checks of a rule, or of one of its parts, in the process of its plugin.

    Args:
        process: The process.
        rule_id: Id of the rule.
        part: Index of the part; None: those of the rule itself.
    """

    name = "code-of-the-plugin"

    def __init__(self, process: PluginProcess, rule_id: str, part: int | None = None) -> None:
        self._process = process
        self._rule_id = rule_id
        self._part = part

    def __call__(self, candidate: Candidate) -> Candidate | Dropped:
        """Refine one candidate.

        Raises:
            PluginFailed: If a check raises or gives no answer.
        """
        (refined,) = self.refine_all([candidate], CallLimit(_PLUGIN_SECONDS))
        if isinstance(refined, PluginFailed):
            raise refined
        return Dropped(refined.reason, refined.value) if isinstance(refined, DropReason) else refined

    def refine_all(
        self, candidates: Sequence[Candidate], limit: CallLimit
    ) -> Iterator[Candidate | DropReason | PluginFailed]:
        """Refine candidates in one content. If there is no answer, they count as one failure."""
        if candidates:
            try:
                yield from self._refined(candidates, limit)
            except PluginFailed as failure:
                yield failure

    def _refined(
        self, candidates: Sequence[Candidate], limit: CallLimit
    ) -> list[Candidate | DropReason | PluginFailed]:
        described = [[each.begin, each.end, each.confidence, each.groups] for each in candidates]
        request = {"do": "check", "rule": self._rule_id, "part": self._part, "candidates": described}

        def read(answers: Any) -> list[Candidate | DropReason | PluginFailed]:
            return [_refined(candidate, answer) for candidate, answer in zip(candidates, answers, strict=True)]

        return self._process.ask(request, candidates[0].data, limit, read)


def _refined(candidate: Candidate, answer: Any) -> Candidate | DropReason | PluginFailed:
    if raised := raised_in(answer):
        return PluginFailed(raised)
    if isinstance(answer, dict):
        name, reason, value = answer["dropped"]
        return dropped(name, reason, value, candidate)
    begin, end, confidence, truncated, severity = answer
    if not _is_span(begin, end) or end > len(candidate.data):
        raise ValueError("not a span")
    if type(truncated) is not bool:
        raise ValueError("not true or false")
    return replace(
        candidate,
        begin=begin,
        end=end,
        confidence=Confidence(confidence),
        truncated=truncated,
        severity=None if severity is None else Severity(severity),
    )


def _is_span(begin: Any, end: Any) -> bool:
    return type(begin) is int and type(end) is int and 0 <= begin < end


class IsolatedScanner:
    """A scanner, in the process of its plugin.

    Args:
        process: The process.
        number: Index of the scanner in the plugin.
        description: What is known of it.
    """

    def __init__(self, process: PluginProcess, number: int, description: ScannerDescription) -> None:
        self._process = process
        self._number = number
        self.rules = description.rules
        self.anchors = description.anchors
        self.needs_whole = description.needs_whole

    def scan(self, data: bytes) -> Iterator[Match]:
        """Yield the matches in a blob.

        Raises:
            PluginFailed: If the scanner raises or gives no answer.
        """
        return self.scan_within(data, CallLimit(_PLUGIN_SECONDS))

    def scan_within(self, data: bytes, limit: CallLimit) -> Iterator[Match]:
        """Yield the matches in a blob.

        Raises:
            PluginFailed: If the scanner raises, gives no answer, or has more matches than are taken.
        """
        request = {"do": "scan", "scanner": self._number}
        matches, event = self._process.ask(request, data, limit, _matches)
        yield from matches
        if event:
            raise PluginFailed(event)


def isolated_scanner(process: PluginProcess, number: int, description: ScannerDescription) -> IsolatedScanner:
    """Return a scanner whose class has the name of the plugin's class: problems are reported under it."""
    kind: type[IsolatedScanner] = type(description.name, (IsolatedScanner,), {})
    return kind(process, number, description)


def _matches(answer: Any) -> tuple[list[Any], str]:
    """Return the matches in an answer, None for one that is not valid, and what else happened."""
    matches = [_match(match) for match in answer["matches"][:MAX_MATCHES]]
    more = f"gave more than {MAX_MATCHES:,} matches in one content" if answer["more"] else ""
    return matches, raised_in(answer) or more


def _match(plain: Any) -> Match | None:
    if plain is None:
        return None
    begin, end, rule_id, confidence, secret, decodings, truncated, severity, variant, parts, attributes = plain
    if not _is_span(begin, end) or not isinstance(rule_id, str):
        return None
    if not all(isinstance(decoding, str) for decoding in decodings):
        return None
    if not all(type(first) is int and type(last) is int for _, first, last, _ in parts):
        return None
    return Match(
        begin,
        end,
        rule_id,
        None if confidence is None else Confidence(confidence),
        None if secret is None else secret.encode("latin-1"),
        tuple(decodings),
        truncated is True,
        None if severity is None else Severity(severity),
        _text(variant, MAX_TAG),
        tuple(map(_part, parts[:_MOST_PARTS])),
        tuple((_text(name, MAX_TAG), _text(value, MAX_REASON)) for name, value in attributes[:_MOST_PARTS]),
    )


def _part(plain: Any) -> MatchPart:
    name, begin, end, text = plain
    return MatchPart(_text(name, MAX_TAG), begin, end, None if text is None else text.encode("latin-1"))


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value[:most]


class IsolatedFilter:
    """A filter, in the process of its plugin.

    Args:
        process: The process.
        number: Index of the filter in the plugin.
    """

    def __init__(self, process: PluginProcess, number: int) -> None:
        self._process = process
        self._number = number

    def __call__(self, finding: Finding) -> bool:
        """Return whether to keep a finding.

        Raises:
            PluginFailed: If the filter raises or gives no answer.
        """
        return self.knowing([finding], CallLimit(_PLUGIN_SECONDS))(finding)

    def knowing(self, findings: Sequence[Finding], limit: CallLimit) -> KnownAnswers:
        """Return a filter that has the answers for these findings; they were asked for together."""
        answers: list[bool | PluginFailed | None] = []
        for at in range(0, len(findings), FINDINGS_AT_ONCE):
            part = findings[at : at + FINDINGS_AT_ONCE]
            try:
                answers += self._answers(part, limit)
            except PluginFailed as failure:
                answers += [failure] * len(part)
        return KnownAnswers({id(finding): answer for finding, answer in zip(findings, answers, strict=True)})

    def _answers(self, findings: Sequence[Finding], limit: CallLimit) -> list[bool | PluginFailed | None]:
        import pickle  # most plugins have no filters

        def read(answers: Any) -> list[bool | PluginFailed | None]:
            if len(answers) != len(findings):
                raise ValueError("not an answer for each finding")
            return [_kept(answer) for answer in answers]

        return self._process.ask({"do": "filter", "filter": self._number}, pickle.dumps(list(findings)), limit, read)


class KnownAnswers:
    """The answers of a filter for some findings.

    Args:
        answers: The answers by the identity of the finding; None: one that is neither True nor False.
    """

    def __init__(self, answers: dict[int, bool | PluginFailed | None]) -> None:
        self._answers = answers

    def __call__(self, finding: Finding) -> bool:
        """Return what the filter returned for a finding.

        Raises:
            PluginFailed: If it raised, or gave no answer.
        """
        answer = self._answers[id(finding)]
        if isinstance(answer, PluginFailed):
            raise answer
        return cast("bool", answer)  # the caller judges what a filter returns


def _kept(answer: Any) -> bool | PluginFailed | None:
    if raised := raised_in(answer):
        return PluginFailed(raised)
    return answer if isinstance(answer, bool) else None


class IsolatedReporter:
    """A reporter, in the process of its plugin. It gets the report without its state.

    Args:
        process: The process.
        number: Index of the reporter in the plugin.
        name: Name of its format.
    """

    def __init__(self, process: PluginProcess, number: int, name: str) -> None:
        self._process = process
        self._number = number
        self.name: Final = name

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:
        """Write the whole report.

        Raises:
            BecaError: If the reporter raises or gives no answer.
        """
        request = {"do": "write", "reporter": self._number, "redact": redact}
        try:
            self._process.ask_for_text(
                request, _pickled(replace(report, state=None)), CallLimit(REPORT_SECONDS), stream.write
            )
        except PluginFailed as failure:
            raise BecaError(
                f"The reporter of the format {self.name!r:.80} {failure.event}.",
                hint="It comes from a plugin; `beca plugins list` shows them. Choose another format.",
            ) from failure


def _pickled(report: Report) -> bytes:
    """Pickle a report; read-only mappings, which pickle does not know, become dictionaries."""
    import copyreg
    import io
    import pickle

    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer)
    pickler.dispatch_table = copyreg.dispatch_table | {MappingProxyType: lambda mapping: (dict, (dict(mapping),))}
    pickler.dump(report)
    return buffer.getvalue()


def with_checks(rules: Iterable[Rule], apart: Mapping[str, CodeChecks], process: PluginProcess) -> list[Rule]:
    """Return rules, of which those whose checks are code ask the process; the checks of others run in this one.

    Args:
        rules: The rules.
        apart: Which checks are code, by the rule's id.
        process: The process of their plugin.
    """
    return [_with_checks(rule, apart[rule.id], process) if rule.id in apart else rule for rule in rules]


def _with_checks(rule: Rule, apart: CodeChecks, process: PluginProcess) -> Rule:
    parts = tuple(
        replace(part, checks=(IsolatedChecks(process, rule.id, number),)) if number in apart.of_parts else part
        for number, part in enumerate(rule.parts)
    )
    return replace(rule, checks=(IsolatedChecks(process, rule.id),) if apart.of_rule else (), parts=parts)
