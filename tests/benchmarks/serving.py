"""Measure the server with much in its database: `python tests/benchmarks/serving.py URL --scan REPOSITORY`.

URL is an empty database, which is filled: 10,000 repositories, 100,000 results and 1,000,000 findings, unless options
say otherwise. Then all calls that read are made, so many a second whether or not the earlier ones were answered, while
repositories are scanned. Everything is on loopback, and ends after the given time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import aiohttp
from measure.filled_database import Filling
from measure.memory import memory_of
from measure.processes import clean_environment
from measure.tables import table

from beca_core.storage.database import Database
from beca_core.storage.services.pages import Cursors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_CALLS: Final = (
    "/repositories?limit=50",
    "/repositories?limit=50&after={repository_page}",
    "/repositories/{repository}",
    "/results?limit=50",
    "/results?limit=50&repositoryId={repository}",
    "/results?limit=50&status=Failure",
    "/results?limit=10&include=findings",
    "/results/{result}",
    "/results/{result}/findings?limit=50",
    "/results/{result}/findings?severity=HIGH",
    "/issues?limit=50",
    "/issues?limit=50&repositoryId={repository}&state=unfixed",
    "/issues?limit=50&ruleId=made-up-token-7",
    "/issues?limit=50&severity=CRITICAL&state=unfixed&sort=urgency",
    "/issues?limit=50&confidence=HIGH&sort=opened",
    "/issues?limit=50&search=settings_3",
    "/issues?limit=50&search=module_99",
    "/issues?limit=50&since={week}",
    "/issues/{issue}",
    "/summary",
    "/rules",
    "/plugins",
    "/healthz",
    "/readyz",
)
_LIMIT_SECONDS: Final = 30


class Answer(NamedTuple):
    """How a call was answered.

    Args:
        call: The call, as in `_CALLS`.
        status: Its status; 0: there was no answer.
        seconds: From the moment at which the call was due.
    """

    call: str
    status: int
    seconds: float


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description="Measure the server with much in its database.")
    parser.add_argument("url", metavar="URL", help="an empty database: sqlite:///FILE or postgresql://...")
    parser.add_argument("--scan", type=Path, nargs="+", default=[], metavar="REPOSITORY", help="scanned meanwhile")
    parser.add_argument("--rate", type=float, default=100, help="calls a second (default: 100)")
    parser.add_argument("--seconds", type=float, default=60, help="how long (default: 60)")
    parser.add_argument("--repositories", type=int, default=10_000)
    parser.add_argument("--results", type=int, default=10, help="of each repository (default: 10)")
    parser.add_argument("--issues", type=int, default=20, help="of each repository (default: 20)")
    parser.add_argument("--findings", type=int, default=10, help="of each result (default: 10)")
    parser.add_argument("--filled", action="store_true", help="the database was filled by an earlier run")
    options = parser.parse_args()
    filling = Filling(options.repositories, options.results, options.issues, options.findings)
    if not options.filled:
        _fill(options.url, filling)
    urls = {path.name: path.resolve().as_uri() for path in options.scan}
    with (
        tempfile.TemporaryDirectory(prefix="beca-benchmark-") as scratch,
        _served(options.url, Path(scratch)) as server,
    ):
        answers = asyncio.run(_load(server.url, filling, options.rate, options.seconds, urls))
        print(_measured(answers))  # noqa: T201
        resident = memory_of([server.process.pid]).resident
        print(f"\nThe server has {resident / 1_000_000:.0f} MB resident at the end.")  # noqa: T201


def _fill(url: str, filling: Filling) -> None:
    began = time.monotonic()
    with Database(url) as database:
        database.upgrade()
        filling.fill(database)
    print(f"Filled in {time.monotonic() - began:.0f} s.")  # noqa: T201


class _Server(NamedTuple):
    process: subprocess.Popen[str]
    url: str


@contextmanager
def _served(database: str, scratch: Path) -> Iterator[_Server]:
    """Run `beca serve` with a worker of its own."""
    settings = {
        "DATABASE_URL": database,
        "BECA_DATA_DIR": str(scratch),
        "BECA_PORT": "0",
        "BECA_FINGERPRINT_KEY": "made up for this measurement, and the same for each server",
        "BECA_REQUIRE_TOKEN": "false",
        "BECA_ALLOWED_SCHEMES": "https,file",
    }
    with (scratch / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "beca_core.cli", "serve"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**clean_environment(), **settings, "PATH": os.environ["PATH"]},
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://[^\s/]+", line)
        if found is None:
            raise SystemExit((scratch / "log").read_text())
        yield _Server(process, found[0])
    finally:
        process.terminate()
        process.communicate(timeout=_LIMIT_SECONDS)


async def _load(url: str, filling: Filling, rate: float, seconds: float, urls: Mapping[str, str]) -> list[Answer]:
    timeout = aiohttp.ClientTimeout(total=_LIMIT_SECONDS)
    async with aiohttp.ClientSession(url, timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
        scans = [await _register(session, name, url) for name, url in urls.items()]
        began = asyncio.get_running_loop().time()
        due: list[asyncio.Task[Answer]] = []
        for number, call in enumerate(cycle(_CALLS)):
            at = began + number / rate
            if at > began + seconds:
                break
            await asyncio.sleep(max(at - asyncio.get_running_loop().time(), 0))
            if number % round(rate * 5) == 0:  # the scans of the same repository that still wait are answered with 200
                due += [asyncio.create_task(_answer(session, "POST", scan, scan, at)) for scan in scans]
            due.append(asyncio.create_task(_answer(session, "GET", call, _filled_in(call, number, filling), at)))
        return await asyncio.gather(*due)


async def _register(session: aiohttp.ClientSession, name: str, url: str) -> str:
    """Register a repository, and return the path of its scans."""
    async with session.post("/repositories", json={"name": name, "url": url}) as answer:
        answer.raise_for_status()
        return f"{answer.headers['Location']}/scans"


def _filled_in(call: str, number: int, filling: Filling) -> str:
    """Return a call with ids that are spread over all that there are."""
    spread = number * 7_919
    return call.format(
        repository=spread % filling.repositories + 1,
        repository_page=Cursors("repositories", 1).write([spread % filling.repositories + 1]),
        result=spread % (filling.repositories * filling.results) + 1,
        issue=spread % (filling.repositories * filling.issues) + 1,
        week=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 2 * 86_400)),
    )


async def _answer(session: aiohttp.ClientSession, method: str, call: str, path: str, due: float) -> Answer:
    status = 0
    try:
        async with session.request(method, path, json={} if method == "POST" else None) as answer:
            await answer.read()
            status = answer.status
    except (aiohttp.ClientError, TimeoutError):
        pass  # counted as status 0
    return Answer(call, status, asyncio.get_running_loop().time() - due)


def _measured(answers: Sequence[Answer]) -> str:
    by_call: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_call[answer.call].append(answer)
    rows = [_row("all", answers), *(_row(call, of_call) for call, of_call in by_call.items())]
    return table(["call", "number", "median ms", "p99 ms", "longest ms", "statuses"], rows)


def _row(name: str, answers: Sequence[Answer]) -> list[str]:
    times = sorted(answer.seconds * 1_000 for answer in answers)
    at = [len(times) // 2, min(len(times) * 99 // 100, len(times) - 1), -1]
    statuses = Counter(answer.status for answer in answers)
    said = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
    return [name, str(len(times)), *(f"{times[place]:.0f}" for place in at), said]


if __name__ == "__main__":
    main()
