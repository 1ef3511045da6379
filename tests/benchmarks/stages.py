"""Measure each stage of the engine on its own: `python tests/benchmarks/stages.py REPOSITORY`.

The stages work on families of deltas drawn from the largest pack. Then the walk over the whole repository, a process of
its own that scans nothing, is compared with `git cat-file` reading every object. Times are processor time.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dulwich.pack import apply_delta
from measure.contestants import Contestant
from measure.machine import said_by
from measure.rounds import compare
from measure.samples import Sample, take
from measure.tables import megabytes, ratio, seconds, table
from measure.timing import processor_seconds
from synthetic import compiled, synthetic_rules

from beca_core import Limits, PluginRegistry
from beca_core.matching.prefilter import Prefilter
from beca_core.report import ProblemLog, Skipped
from beca_core.sources.git.layout import find_repository
from beca_core.sources.git.objects.object_store import ObjectStore
from beca_core.sources.git.objects.pack_forest import read_forest
from beca_core.sources.git.objects.pack_index import read_index
from beca_core.sources.git.objects.pack_shares import inflate
from beca_core.sources.git.objects.selection import select_history
from beca_core.sources.git.source import GitSource
from beca_core.sources.git.view import RepositoryView
from beca_core.sources.limits import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core import Rule

_MIB: Final = 1024 * 1024
_LOCATED: Final = 100
_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Figure:
    """What a stage took.

    Args:
        stage: Its name.
        items: How many things it worked on.
        size: How many bytes came out of it, or went through it.
        seconds: Processor time.
    """

    stage: str
    items: int
    size: int
    seconds: float

    @property
    def row(self) -> list[str]:
        """The cells of its row in the table."""
        rate = f"{self.size / self.seconds / 1e6:,.0f}" if self.size and self.seconds else "-"
        return [self.stage, f"{self.items:,}", megabytes(self.size), f"{self.seconds:.4f}", rate]


def main() -> None:
    """Run the measurements."""
    parser = argparse.ArgumentParser(description="Measure each stage of the engine on its own.")
    parser.add_argument("repository", type=lambda text: Path(text).absolute(), metavar="REPOSITORY")
    parser.add_argument("--sample", type=int, default=128, metavar="MIB", help="size of the sample (default: 128)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each stage (default: 3)")
    parser.add_argument("--walk", action="store_true", help="walk over the repository, and do nothing else")
    options = parser.parse_args()
    if options.walk:
        walk(options.repository)
        return
    figures = stages(options.repository, options.sample * _MIB, options.runs)
    print(table(["stage", "items", "MB", "CPU s", "MB/s"], [figure.row for figure in figures]))  # noqa: T201
    print(f"\n{walk_against_git(options.repository, options.runs)}")  # noqa: T201


def stages(repository: Path, sample_bytes: int, times: int) -> Iterator[Figure]:
    """Yield the figure of each stage.

    Args:
        repository: Whose largest pack is looked at.
        sample_bytes: How many bytes of contents the sample has, about.
        times: How often each stage is run; the best counts.
    """
    pack, id_bytes = largest_pack(repository), _id_bytes(repository)
    index_path = pack.with_suffix(".idx")
    forest = read_forest(pack, id_bytes)
    spent = processor_seconds(lambda: read_index(index_path, id_bytes), times)
    yield Figure("pack index", len(forest), index_path.stat().st_size, spent)
    spent = processor_seconds(lambda: read_forest(pack, id_bytes), times)
    yield Figure("pack index and headers", len(forest), 0, spent)
    sample = take(forest, sample_bytes)
    yield _inflate(sample, times)
    yield _delta(sample, times)
    yield from _matching("built-in rules", _builtin_rules(), sample, times)
    yield from _matching("450 rules more", [*_builtin_rules(), *synthetic_rules(450)], sample, times)
    yield _attribute(repository, sample)


def _inflate(sample: Sample, times: int) -> Figure:
    def work() -> None:
        for stored, size in sample.stored:
            inflate(memoryview(stored), size)

    return Figure("inflate", len(sample.stored), sum(size for _, size in sample.stored), processor_seconds(work, times))


def _delta(sample: Sample, times: int) -> Figure:
    def work() -> None:
        for base, delta in sample.pairs:
            apply_delta(base, delta)

    size = sum(sum(map(len, apply_delta(base, delta))) for base, delta in sample.pairs)
    return Figure("delta", len(sample.pairs), size, processor_seconds(work, times))


def _matching(name: str, rules: list[Rule], sample: Sample, times: int) -> Iterator[Figure]:
    """Confirmation is what the whole takes beyond the prefilter, at the first time: later it knows what it has seen."""
    rule_set, prefilter, log = compiled(rules), Prefilter(rules), ProblemLog()
    whole = processor_seconds(_over(sample, lambda data: rule_set.find(data, log)), 1)
    alone = processor_seconds(_over(sample, prefilter.find), times)
    matches = sum(len(rule_set.find(content, log)) for content in sample.contents)
    yield Figure(f"prefilter, {name}", len(sample.contents), sample.size, alone)
    yield Figure(f"confirm, {name}", matches, 0, max(whole - alone, 0.0))


def _over(sample: Sample, call: Callable[[bytes], object]) -> Callable[[], None]:
    def work() -> None:
        for content in sample.contents:
            call(content)

    return work


def _attribute(repository: Path, sample: Sample) -> Figure:
    """Finding the places of blobs goes over the history once, however many they are."""
    wanted = sample.blob_ids[:: max(1, len(sample.blob_ids) // _LOCATED)][:_LOCATED]

    def work() -> None:
        with closing(GitSource(repository)) as source:
            list(source.start(Limits()).finish().places(wanted))

    return Figure("attribute", len(wanted), 0, processor_seconds(work, 1))


def _builtin_rules() -> list[Rule]:
    return [rule for plugin in PluginRegistry.load().plugins for rule in plugin.rules]


def walk(repository: Path) -> None:
    """Read every content of a history, and say how much was read; what should be there and is not, is not looked for.

    Raises:
        SystemExit: If there is no repository, or something was not read.
    """
    layout = find_repository(repository)
    if layout is None:
        raise SystemExit(f"{repository} is no repository.")
    objects = size = 0
    with closing(RepositoryView(layout)) as view:
        for share in select_history(view, ObjectStore(view)):
            for item in share.read(Limits(), Stop(_DAY)):
                if isinstance(item, Skipped):
                    raise SystemExit(f"{item.id} was not read: {item.reason}")
                objects += 1
                size += len(item.data)
    print(f"{objects} objects, {size} bytes")  # noqa: T201


def walk_against_git(repository: Path, times: int) -> str:
    """Return a sentence that compares the walk with git, both as whole processes."""
    this = str(Path(__file__).absolute())
    ours = Contestant("walk", sys.executable, (this, "--walk", "{repository}"), frozenset([0]))
    arguments = ("-c", 'exec git -C "$0" cat-file --batch-all-objects --batch --buffer --unordered >/dev/null')
    git = Contestant("git cat-file", "sh", (*arguments, "{repository}"), frozenset([0]))
    walked, read = compare([ours, git], repository, times)
    if walked.failure or read.failure:
        return f"The walk and git cannot be compared: {walked.failure or read.failure}."
    return (
        f"walk alone: {seconds(walked.cpus)} s of processor time, git cat-file: {seconds(read.cpus)} s, "
        f"ratio {ratio(walked.cpus, read.cpus)}"
    )


def largest_pack(repository: Path) -> Path:
    """Return the largest pack of a repository.

    Raises:
        SystemExit: If it has none.
    """
    objects = said_by(["git", "-C", str(repository), "rev-parse", "--git-path", "objects"])
    packs = list((repository / objects / "pack").glob("*.pack"))
    if not packs:
        raise SystemExit(f"{repository} has no packs; `git repack -a` makes one.")
    return max(packs, key=lambda pack: pack.stat().st_size)


def _id_bytes(repository: Path) -> int:
    told = said_by(["git", "-C", str(repository), "rev-parse", "--show-object-format"])
    return 32 if told == "sha256" else 20


if __name__ == "__main__":
    main()
