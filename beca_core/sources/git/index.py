"""`staged_paths`: the paths at which blobs are in the index of a repository."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from beca_core.sources.git.process import GitFailed

if TYPE_CHECKING:
    from collections.abc import Collection

    from beca_core.sources.git.view import RepositoryView


def staged_paths(view: RepositoryView, wanted: Collection[bytes]) -> dict[bytes, list[bytes]]:
    """Return the paths in the index of each wanted blob that is there, by hexadecimal id.

    A repository without an index, or with one that git cannot read by itself (a damaged or a split one), has none.
    """
    found: defaultdict[bytes, list[bytes]] = defaultdict(list)
    if wanted and view.copy_index():
        try:
            entries = view.run("ls-files", "--stage", "-z").split(b"\0")
        except GitFailed:
            return {}
        for entry in filter(None, entries):
            described, _, path = entry.partition(b"\t")
            _, blob_id, _ = described.split(b" ")
            if blob_id in wanted:
                found[blob_id].append(path)
    return dict(found)
