"""`Offer`: what a remote repository says that it has."""

from __future__ import annotations

from typing import Final

_NO_BRANCH: Final = "refs/beca/none"
_PEELED: Final = "^{}"


class Offer:
    """What `git ls-remote --symref` has listed.

    Args:
        listing: What git wrote.

    Attributes:
        refs: The object that each ref names, by the ref's whole name.
        is_empty: Whether there is nothing at all.
        object_format: `sha1` or `sha256`.
        head_branch: The branch that HEAD names; where it names none, a ref that does not exist.
        detached_head: Whether HEAD names an object, and no branch.
    """

    def __init__(self, listing: str) -> None:
        lines = [line.partition("\t") for line in listing.splitlines()]
        ids = [value for value, _, _ in lines if not value.startswith("ref: ")]
        heads = [value for value, _, name in lines if name == "HEAD"]
        branches = [value.removeprefix("ref: ") for value in heads if value.startswith("ref: ")]
        self.refs = {name: value for value, _, name in lines if name != "HEAD" and not name.endswith(_PEELED)}
        self.is_empty = not ids
        self.object_format = "sha256" if ids and len(ids[0]) == 64 else "sha1"
        self.head_branch = branches[0] if branches else _NO_BRANCH
        self.detached_head = bool(heads) and not branches
