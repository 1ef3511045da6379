"""Plays a situation on one way in: plants, scans, changes, scans again, and judges the last answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tests.distributions import install_distribution
from tests.false_cleans.situation import Scene, Way
from tests.false_cleans.verdict import Outcome, Verdict, judge
from tests.false_cleans.ways.library import Library
from tests.false_cleans.ways.processes import CommandLine
from tests.false_cleans.ways.rest import RepositoryScans, TextScans
from tests.false_cleans.ways.servers import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.false_cleans.situation import Answer, Case, Situation
    from tests.false_cleans.ways.servers import ServerPool


class WayIn(Protocol):
    """One way to scan. A second scan resumes from the first."""

    @property
    def state(self) -> Path | None:
        """The file with the state of the last scan, if this way has one."""

    def scan(self, case: Case, rules: tuple[str, ...] | None, limits: Mapping[str, float]) -> Answer:
        """Scan once."""


def play(situation: Situation, way: Way, root: Path, servers: ServerPool) -> Verdict:
    """Play a situation in an empty directory, and return the verdict on the last scan."""
    site = root / "site"
    site.mkdir()
    for name, source in situation.plugins.items():
        install_distribution(site, name, source)
    target = root / "target"
    target.mkdir()
    case = situation.build(target)
    try:
        scans = _way_in(situation, way, root, servers)
    except Refused as refused:
        return Verdict(Outcome.BROKEN, str(refused))
    answer = scans.scan(case, situation.rules, situation.limits)
    for step in situation.steps:
        if answer.broken:
            return Verdict(Outcome.BROKEN, f"first scan: {answer.broken}")
        case = step.change(Scene(root, case, site, scans.state))
        answer = scans.scan(case, step.rules, situation.limits if step.limits is None else step.limits)
    return judge(situation, case, answer)


def _way_in(situation: Situation, way: Way, root: Path, servers: ServerPool) -> WayIn:
    if way in (Way.CLI, Way.STDIN):
        return CommandLine(situation, root, way)
    if way in (Way.LIBRARY, Way.BYTES):
        return Library(situation, root, way)
    server = servers.server(situation, root)
    if way is Way.REST:
        return RepositoryScans(situation, root, server)
    return TextScans(server)
