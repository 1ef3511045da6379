"""A sample of a pack: families of deltas, taken apart into what each stage of reading works on."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from beca_core.sources.git.objects.pack_forest import BLOB
from beca_core.sources.git.objects.pack_shares import FamilyWalk, inflate
from beca_core.system.regular_files import open_regular

if TYPE_CHECKING:
    from beca_core.sources.git.objects.pack_forest import Forest

_MAX_BLOB_BYTES: Final = 64 * 1024 * 1024


@dataclass(slots=True)
class Sample:
    """What was taken from a pack.

    Args:
        stored: Each entry as it is compressed, with the size to which it inflates.
        pairs: Base and delta of each entry that is a delta.
        contents: The objects.
        blob_ids: Ids of those that are blobs.
    """

    stored: list[tuple[bytes, int]] = field(default_factory=list)
    pairs: list[tuple[bytes, bytes]] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    blob_ids: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes of all contents."""
        return sum(map(len, self.contents))


def take(forest: Forest, limit: int) -> Sample:
    """Take families of a pack, drawn by lot but always the same ones, until they hold so many bytes.

    Args:
        forest: The pack.
        limit: About how many bytes of contents.
    """
    sample, total = Sample(), 0
    roots = list(forest.roots)
    random.Random(0).shuffle(roots)
    with open_regular(forest.path) as file:
        for root in roots:
            if total >= limit:
                break
            walk = FamilyWalk(forest, file.fileno(), [root], _MAX_BLOB_BYTES)
            found = {entry: content for entry, content, _ in walk.contents()}
            total += sum(map(len, found.values()))
            _add(sample, forest, file.fileno(), found)
    return sample


def _add(sample: Sample, forest: Forest, file: int, found: dict[int, bytes]) -> None:
    for entry, content in found.items():
        stored, size = _stored(forest, file, entry), forest.sizes[entry]
        sample.stored.append((stored, size))
        sample.contents.append(content)
        if forest.bases[entry] in found:
            sample.pairs.append((found[forest.bases[entry]], inflate(memoryview(stored), size)))
        if forest.kinds[entry] == BLOB:
            sample.blob_ids.append(forest.id(entry).hex())


def _stored(forest: Forest, file: int, entry: int) -> bytes:
    begin = forest.starts[entry] + forest.headers[entry]
    return os.pread(file, forest.starts[entry + 1] - begin, begin)
