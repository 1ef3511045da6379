"""The library: in this process, or in one of its own, which is this module run as a program."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.false_cleans.situation import Answer, Way
from tests.false_cleans.ways.processes import environment, run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beca_core import Report
    from tests.false_cleans.situation import Case, Situation


class Library:
    """Scans with `beca_core.scan` or `beca_core.scan_bytes`.

    Args:
        situation: The situation.
        root: Its directory.
        way: `LIBRARY` or `BYTES`.
    """

    def __init__(self, situation: Situation, root: Path, way: Way) -> None:
        self._situation = situation
        self._root = root
        self._way = way
        self.state: Path | None = root / "scan.state"

    def scan(self, case: Case, rules: tuple[str, ...] | None, limits: Mapping[str, float]) -> Answer:
        """Scan once."""
        request = {
            "target": str(case.target),
            "is_bytes": self._way is Way.BYTES,
            "scope": self._situation.scope,
            "limits": dict(limits),
            "rules": rules,
            "respects_gitignore": self._situation.respects_gitignore,
            "excludes_binary": self._situation.excludes_binary,
            "state": str(self.state) if self._situation.steps else "",
        }
        return self._in_a_process(request) if self._situation.needs_process else _answer(perform(request))

    def _in_a_process(self, request: dict[str, Any]) -> Answer:
        answered = self._root / "answer.json"
        answered.unlink(missing_ok=True)
        command = [sys.executable, "-m", __name__, json.dumps(request), str(answered)]
        ended = run(command, environment(self._root), b"", self._situation.seconds)
        if ended.code is None:
            return Answer(seconds=ended.seconds, broken=f"had not ended after {ended.seconds:.0f} s")
        if not answered.exists():
            last = (ended.err.strip().splitlines() or ["no message"])[-1]
            return Answer(code=ended.code, broken=f"the process ended with code {ended.code}: {last}")
        return _answer(json.loads(answered.read_text()))


def perform(request: dict[str, Any]) -> dict[str, Any]:
    """Scan, and return the report, its exit code and the seconds that it took; or the error."""
    from beca_core import BecaError

    began = time.monotonic()
    try:
        report = _scan(request)
    except BecaError as error:
        return {"error": f"{type(error).__name__}: {error}"}
    seconds = time.monotonic() - began
    if request["state"] and report.state is not None:
        report.state.save(Path(request["state"]))
    return {"report": report.to_dict(), "code": report.exit_code, "seconds": seconds}


def _scan(request: dict[str, Any]) -> Report:
    import beca_core
    from beca_core import Limits, State

    target, scope, rules = Path(request["target"]), request["scope"], request["rules"]
    limits = Limits(**request["limits"]) if request["limits"] else None
    if request["is_bytes"]:
        return beca_core.scan_bytes(target.read_bytes(), limits=limits)
    if request["respects_gitignore"] or request["excludes_binary"]:
        choices = {"respect_gitignore": request["respects_gitignore"], "exclude_binary": request["excludes_binary"]}
        with beca_core.open_source(target, scope=scope, **choices) as source:
            return beca_core.Engine(rules=rules, limits=limits).scan(source)
    state = Path(request["state"]) if request["state"] else None
    since = State.load(state) if state is not None and state.exists() else None
    return beca_core.scan(target, scope=scope, rules=rules, limits=limits, since=since)


def _answer(answered: dict[str, Any]) -> Answer:
    if "error" in answered:
        return Answer(error=answered["error"])
    report = answered["report"]
    return Answer(tuple(report["findings"]), report["coverage"], answered["code"], seconds=answered["seconds"])


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(perform(json.loads(sys.argv[1]))))
