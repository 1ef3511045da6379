"""Ways to store a repository: each function stores the same objects differently."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from tests.core.sources.git.stores import git, make_bare, packs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path
    from random import Random

    Way = Callable[[Path, Random], None]


def as_imported(repository: Path, random: Random) -> None:
    """Leave everything in the pack that `git fast-import` wrote."""


def in_deep_chains(repository: Path, random: Random) -> None:
    """One pack with the longest chains of deltas that git makes."""
    git(repository, "repack", "-adfq", "--depth=250", "--window=250")


def as_reference_deltas(repository: Path, random: Random) -> None:
    """One pack in which each delta names its base by id."""
    _replace_packs(repository, [all_objects(repository)])


def in_overlapping_packs(repository: Path, random: Random) -> None:
    """Several packs that share objects, with offset and reference deltas."""
    _replace_packs(repository, _overlapping(all_objects(repository), random), random)


def in_overlapping_packs_with_a_multi_pack_index(repository: Path, random: Random) -> None:
    """Such packs with a multi-pack-index."""
    in_overlapping_packs(repository, random)
    git(repository, "multi-pack-index", "write")


def with_kept_packs(repository: Path, random: Random) -> None:
    """A kept pack, and another pack with everything."""
    kept, *_ = packs(repository)
    kept.with_suffix(".keep").touch()
    git(repository, "repack", "-adq")


def loose(repository: Path, random: Random) -> None:
    """Only loose objects."""
    _unpack(repository, packs(repository))


def partly_loose(repository: Path, random: Random) -> None:
    """Some objects in packs, some loose, some both."""
    in_overlapping_packs(repository, random)
    stored = packs(repository)
    _unpack(repository, stored[: len(stored) // 2], keep=random.random() < 0.5)


def in_alternates(repository: Path, random: Random) -> None:
    """Some packs in an alternate, and some in an alternate of that."""
    in_overlapping_packs(repository, random)
    near, far = (make_bare(repository.with_name(f"{repository.name}-{name}")) for name in ("near", "far"))
    for pack in packs(repository)[1:]:
        _move(pack, random.choice((near, far)))
    _lend(near, repository, relative=random.random() < 0.5)
    _lend(far, near, relative=random.random() < 0.5)


def with_large_offsets(repository: Path, random: Random) -> None:
    """An index whose offsets are 64-bit numbers from the middle of the pack on."""
    in_deep_chains(repository, random)
    for pack in packs(repository):
        middle = random.randrange(13, pack.stat().st_size)  # git refuses a 64-bit offset of the first entry, at 12
        _index(repository, pack, f"--index-version=2,{middle:#x}")


def with_an_old_index(repository: Path, random: Random) -> None:
    """An index of version 1, or of version 2 if git can write no other."""
    in_deep_chains(repository, random)
    for pack in packs(repository):
        _index(repository, pack, "--index-version=1")


def with_a_cruft_pack(repository: Path, random: Random) -> None:
    """Unreachable objects in a pack of their own."""
    git(repository, "repack", "--cruft", "-dq")


def collected(repository: Path, random: Random) -> None:
    """As `git gc` leaves it: with packed refs, a commit-graph, a bitmap and a reverse index."""
    git(repository, "-c", "pack.writeReverseIndex=true", "-c", "repack.writeBitmaps=true", "gc", "--quiet")


WAYS: Final[tuple[Way, ...]] = (
    as_imported,
    in_deep_chains,
    as_reference_deltas,
    in_overlapping_packs,
    in_overlapping_packs_with_a_multi_pack_index,
    with_kept_packs,
    loose,
    partly_loose,
    in_alternates,
    with_large_offsets,
    with_an_old_index,
    with_a_cruft_pack,
    collected,
)


def all_objects(repository: Path) -> list[str]:
    """Ids of all objects in a repository, including trees."""
    return git(repository, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").decode().split()


def _overlapping(ids: list[str], random: Random) -> list[list[str]]:
    """Two to four subsets whose union is all ids."""
    subsets = [[i for i in ids if random.random() < 0.5] for _ in range(random.randint(1, 3))]
    missing = set(ids).difference(*subsets)
    return [*subsets, [i for i in ids if i in missing or random.random() < 0.3]]


def _replace_packs(repository: Path, subsets: list[list[str]], random: Random | None = None) -> None:
    """Write a pack of each subset, then remove everything that was stored before."""
    old = [*packs(repository), *(p for p in (repository / "objects").glob("??/*") if p.is_file())]
    names = {
        _pack(repository, subset, "--delta-base-offset" if random and random.random() < 0.5 else "--no-reuse-delta")
        for subset in subsets
        if subset
    }
    for path in old:
        if path.stem not in names:
            for file in path.parent.glob(f"{path.stem}.*") if path.suffix else [path]:
                file.unlink()


def _pack(repository: Path, ids: Collection[str], option: str) -> str:
    target = str(repository / "objects" / "pack" / "pack")
    command = ("pack-objects", "--quiet", "--window=50", "--depth=100", option, target)
    return "pack-" + git(repository, *command, data="\n".join(ids).encode() + b"\n").decode().strip()


def _unpack(repository: Path, stored: list[Path], *, keep: bool = False) -> None:
    """Write the objects of packs as loose ones; git does that only while no pack has them."""
    aside = repository.with_name(f"{repository.name}-aside")
    aside.mkdir()
    moved = [_move_files(pack, aside) for pack in stored]
    for pack in moved:
        git(repository, "unpack-objects", "-q", data=pack.read_bytes())
        if keep:
            _move_files(pack, repository / "objects" / "pack")
    shutil.rmtree(aside)


def _move(pack: Path, repository: Path) -> None:
    _move_files(pack, repository / "objects" / "pack")


def _move_files(pack: Path, directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for file in pack.parent.glob(f"{pack.stem}.*"):
        file.rename(directory / file.name)
    return directory / pack.name


def _lend(lender: Path, borrower: Path, *, relative: bool) -> None:
    path = f"../../{lender.name}/objects" if relative else str(lender / "objects")
    (borrower / "objects" / "info").mkdir(exist_ok=True)
    (borrower / "objects" / "info" / "alternates").write_text(f"{path}\n")


def _index(repository: Path, pack: Path, option: str) -> None:
    for file in pack.parent.glob(f"{pack.stem}.*"):
        if file != pack:
            file.unlink()
    git(repository, "index-pack", option, str(pack))
