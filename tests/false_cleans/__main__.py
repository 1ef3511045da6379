"""Print a table of all situations: what each way in answers. `python -m tests.false_cleans [WORD...]`.

With words, only situations whose `theme/name` has one of them. The exit code is 1 if an answer cannot be believed.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.false_cleans.situation import Situation, Way
    from tests.false_cleans.verdict import Verdict
    from tests.false_cleans.ways.servers import ServerPool


def main(words: list[str]) -> int:
    """Run the situations that have one of the words, or all; print a line for each, then the bad answers and a sum."""
    from tests.false_cleans.situation import Way
    from tests.false_cleans.situations.catalogue import THEMES
    from tests.false_cleans.ways.servers import ServerPool

    chosen = [
        (f"{theme}/{situation.name}", situation)
        for theme, situations in THEMES.items()
        for situation in situations
        if not words or any(word in f"{theme}/{situation.name}" for word in words)
    ]
    width = max(len(name) for name, _ in chosen)
    print(f"{'situation':{width}}  " + "  ".join(f"{way.value:11}" for way in Way))  # noqa: T201
    counts: Counter[str] = Counter()
    bad = []
    servers = ServerPool()
    try:
        for name, situation in chosen:
            verdicts = _verdicts(situation, servers)
            counts.update(verdict.outcome.value for verdict in verdicts.values())
            cells = [verdicts[way].outcome.value if way in verdicts else "-" for way in Way]
            print(f"{name:{width}}  " + "  ".join(f"{cell:11}" for cell in cells), flush=True)  # noqa: T201
            bad += _bad_answers(name, verdicts)
    finally:
        servers.close()
    print("\n" + "\n".join([*bad, "", f"{len(chosen)} situations; {dict(counts)}"]))  # noqa: T201
    return 1 if bad else 0


def _bad_answers(name: str, verdicts: dict[Way, Verdict]) -> list[str]:
    ways = defaultdict(list)
    for way, verdict in verdicts.items():
        if not verdict.is_good:
            ways[f"{verdict.outcome.value}: {verdict.reason}"].append(way.value)
    return [f"{name} [{', '.join(same)}]: {text}" for text, same in ways.items()]


def _verdicts(situation: Situation, servers: ServerPool) -> dict[Way, Verdict]:
    from tests.false_cleans.running import play

    verdicts = {}
    for way in situation.ways:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as root:
            verdicts[way] = play(situation, way, Path(root), servers)
            servers.release()
    return verdicts


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="beca-false-cleans-cache-") as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        sys.exit(main(sys.argv[1:]))
