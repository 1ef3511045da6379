"""Processors of plugins: each finding with the text around it, and what they change in it."""

from __future__ import annotations

import sys
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias, runtime_checkable

from beca_core.report import Suppressed
from beca_core.rules.candidate import Dropped, Step
from beca_core.state.hit import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from beca_core.findings import Finding, Location, Position
    from beca_core.matching.code_apart import CallLimit
    from beca_core.plugins.contributions.processors import FindingInText, Processor
    from beca_core.plugins.registration import Plugin
    from beca_core.report import ProblemLog
    from beca_core.sources.contracts import Place
    from beca_core.state.hit import Hit

    Reread: TypeAlias = Callable[[Collection[str]], Mapping[str, Sequence[Hit]]]
    _Key: TypeAlias = tuple[str, str, bytes, Position, Position]
    _Answer: TypeAlias = Finding | Dropped | BaseException

_AROUND_BYTES: Final = 1024
_SECRET_BYTES: Final = 4 * 1024
"""What a processor gets on each side of the secret, and of the secret itself: see `FindingInText`."""
_TEXT_BYTES: Final = 128 * 1024 * 1024
"""Text around hits that is kept in one scan."""


@runtime_checkable
class ProcessorApart(Protocol):
    """The additional method of a processor in another process."""

    def process_all(self, found: Sequence[FindingInText], limit: CallLimit) -> Iterable[Finding | Dropped | Exception]:
        """Yield the answer for each finding; they are asked for together."""


class DroppedFinding(NamedTuple):
    """A finding that a processor dropped.

    Args:
        finding: The finding.
        plugin: Name of the plugin.
        dropped: Why.
    """

    finding: Finding
    plugin: str
    dropped: Dropped


class Processing:
    """The processors of all plugins in one scan.

    Args:
        plugins: The plugins, in the order in which their processors are asked.
        with_lines: Whether the lines of the findings are wanted, too.

    Attributes:
        keeps_text: Whether the text around each hit is kept.
        lines: The lines of the findings, as `source_lines` returns them.
        reread: Returns the hits in some contents that an earlier scan has read; None: there are none.
        dropped: The findings that processors have dropped.
    """

    def __init__(self, plugins: Sequence[Plugin], *, with_lines: bool = False) -> None:
        self._plugins = plugins
        self._room = _TEXT_BYTES
        self._with_lines = with_lines
        self._is_wanted = any(plugin.processors for plugin in plugins)
        self.keeps_text = with_lines or self._is_wanted
        self.lines: Mapping[tuple[Location, str], tuple[str, str]] = {}
        self.reread: Reread | None = None
        self.dropped: list[DroppedFinding] = []

    @property
    def removed(self) -> dict[str, int]:
        """Number of findings that each plugin dropped, by its name; only plugins that dropped some."""
        return dict(Counter(each.plugin for each in self.dropped))

    def limit_text(self, hits: Mapping[str, list[Hit]]) -> None:
        """Remove the text around hits, where all hits together have too much of it."""
        if self.keeps_text:
            self._room = without_surplus_text(hits, self._room)

    def processed(
        self,
        findings: list[Finding],
        hits: Mapping[str, Sequence[Hit]],
        places: Iterable[Place],
        most: int,
        log: ProblemLog,
        limit: CallLimit,
        suppressed: list[Suppressed] | None = None,
    ) -> list[Finding]:
        """Return what processors have made of the findings of a scan, in their order.

        Args:
            findings: All findings.
            hits: Hits by blob id, with fingerprints.
            places: The places of those blobs.
            most: How many pairs of a hit and a place are looked at for the text around findings.
            log: Counts the processors that fail.
            limit: Bounds the time of processors that run in other processes.
            suppressed: Takes the findings that are dropped; None: nothing does.
        """
        if not self.keeps_text or not findings:
            return findings
        places = list(places)
        if self._with_lines:
            from beca_core.scanning.results.source_lines import source_lines

            self.lines = source_lines(with_text(findings, hits, places, most=most), findings)
        if not self._is_wanted:
            return findings
        found = with_text(findings, hits, places, self.reread, most)
        left, dropped = processed(found, self._plugins, log, limit)
        self.dropped += dropped
        if dropped:
            log.add_dropped(Step.FILTER, len(dropped))
        if suppressed is not None:
            suppressed += (
                Suppressed(each.finding, Step.FILTER, each.plugin, each.dropped.reason, each.dropped.value)
                for each in dropped
            )
        return left


def surroundings(data: bytes, begin: int, end: int) -> Surroundings:
    """Return the lines of a match, bounded as `FindingInText` says.

    Args:
        data: The content.
        begin: Byte offset of the secret.
        end: Byte offset after it.
    """
    lowest = max(0, begin - _AROUND_BYTES)
    line_begin = data.rfind(b"\n", lowest, begin)
    first = line_begin + 1 if line_begin >= 0 else lowest
    if end - begin > _SECRET_BYTES:
        return Surroundings(data[first : begin + _SECRET_BYTES], begin - first, begin + _SECRET_BYTES - first)
    line_end = data.find(b"\n", end, end + _AROUND_BYTES)
    last = line_end if line_end >= 0 else end + _AROUND_BYTES
    return Surroundings(data[first:last], begin - first, end - first)


def without_surplus_text(hits: Mapping[str, list[Hit]], room: int) -> int:
    """Remove the text around hits where there is no more room for it, and return the room that is left.

    Args:
        hits: Hits by blob id.
        room: Bytes of text that may be kept.
    """
    for of_blob in hits.values():
        for number, hit in enumerate(of_blob):
            if hit.around is not None:
                room -= len(hit.around.text)
                if room < 0:
                    of_blob[number] = hit._replace(around=None)
    return max(room, 0)


def with_text(
    findings: Sequence[Finding],
    hits: Mapping[str, Sequence[Hit]],
    places: Iterable[Place],
    reread: Reread | None = None,
    most: int = sys.maxsize,
) -> list[FindingInText]:
    """Return the findings, each with the text around it.

    Args:
        findings: The findings.
        hits: Hits by blob id, with fingerprints.
        places: The places of those blobs.
        reread: Returns the hits in some blobs, which are read again: those that an earlier scan has read. None: there
            are none.
        most: How many pairs of a hit and a place are looked at; one content can have many hits, and many places.
    """
    from beca_core.plugins.contributions.processors import (
        FindingInText,  # here and below: most plugins have no processors
    )

    keys = [_key_of(finding) for finding in findings]
    wanted = set(keys)
    around: dict[_Key, Surroundings] = {}
    lacking: dict[_Key, Place] = {}
    for key, place, hit in islice(_keyed(hits, places), most):
        if key not in wanted:
            continue
        if hit.around is not None:
            around.setdefault(key, hit.around)
        else:
            lacking.setdefault(key, place)
    again = {place.blob_id for key, place in lacking.items() if key not in around}
    if again and reread is not None:
        of_blobs = reread(again)
        places = (place for key, place in lacking.items() if key not in around)
        for key, _, hit in islice(_keyed(of_blobs, places), most):
            if hit.around is not None:
                around.setdefault(key, hit.around)
    none = Surroundings(b"", 0, 0)
    return [FindingInText(each, *around.get(key, none)) for key, each in zip(keys, findings, strict=True)]


def _keyed(hits: Mapping[str, Sequence[Hit]], places: Iterable[Place]) -> Iterator[tuple[_Key, Place, Hit]]:
    for place in places:
        for hit in hits.get(place.blob_id, ()):
            path = place.path + b"!" + hit.member if hit.member else place.path
            yield (hit.rule_id, hit.fingerprint, path, hit.begin, hit.end), place, hit


def _key_of(finding: Finding) -> _Key:
    at = finding.location
    path = at.path.encode("utf-8", "surrogatepass") if at.raw_path is None else at.raw_path
    return finding.rule_id, finding.fingerprint, path, at.begin, at.end


def processed(
    found: Sequence[FindingInText], plugins: Iterable[Plugin], log: ProblemLog, limit: CallLimit
) -> tuple[list[Finding], list[DroppedFinding]]:
    """Ask the processors of all plugins about the findings of a scan, one after the other.

    One that raises, or gives an answer that cannot be taken, has a problem, and the finding stays as it was: a mistake
    in a processor never hides a secret.

    Args:
        found: The findings with the text around them.
        plugins: The plugins, in the order in which they are asked; each sees what the ones before have changed.
        log: Counts the processors that fail.
        limit: Bounds the time of processors that run in other processes; these are asked about many findings at once.

    Returns:
        The findings that are left, in their order, and the others.
    """
    from beca_core.plugins.contributions.processors import FindingInText

    left, dropped = list(found), list[DroppedFinding]()
    for plugin in plugins:
        for processor in plugin.processors:
            answers = _answers(left, processor, limit)
            kept = []
            for each, answer in zip(left, answers, strict=True):
                if isinstance(answer, Dropped):
                    dropped.append(DroppedFinding(each.finding, plugin.name, answer))
                    continue
                if isinstance(answer, BaseException):
                    _log(plugin.name, answer, log)
                    kept.append(each)
                else:
                    kept.append(FindingInText(answer, each.text, each.begin, each.end))
            left = kept
    return [each.finding for each in left], dropped


def _log(plugin: str, error: BaseException, log: ProblemLog) -> None:
    from beca_core.plugins.contributions.processors import WrongAnswer

    if isinstance(error, WrongAnswer):
        log.add(plugin, f"a processor {error}, so the finding stays as it was")
    else:
        log.add(plugin, "a processor", error)


def _answers(found: Sequence[FindingInText], processor: Processor, limit: CallLimit) -> Iterable[_Answer]:
    if isinstance(processor, ProcessorApart):
        return list(processor.process_all(found, limit)) if found else ()
    return [_answer(each, processor) for each in found]


def _answer(found: FindingInText, processor: Processor) -> _Answer:
    from beca_core.plugins.contributions.processors import changes_in, with_changes

    try:
        changes = changes_in(found.finding, processor(found))
        return changes if isinstance(changes, Dropped) else with_changes(found.finding, changes)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a processor is a plugin's code
        return error
