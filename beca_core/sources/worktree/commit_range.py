"""`CommitRange`: which commits make a change, from `A..B` or from what git tells the hooks of a push."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_BETWEEN: Final = ".."
_ID_LENGTHS: Final = (40, 64)
_HEX: Final = frozenset("0123456789abcdef")


class CommitRange(NamedTuple):
    """The commits that are reachable from some and not from others. Commits are written as git names them.

    Args:
        tips: The commits at the ends; with them, the range has their ancestors.
        known: Commits that are not in the range, nor are their ancestors.
        elsewhere: The same, of another repository: those that are not here are left out.
        known_refs: Options of `git log` for the refs whose commits are known, such as `--all`.
        has_ids: Whether the tips are ids of what refs will name: commits, and annotated tags of commits.
    """

    tips: tuple[str, ...]
    known: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    known_refs: tuple[str, ...] = ()
    has_ids: bool = False

    @classmethod
    def of(cls, text: str) -> CommitRange:
        """Return the range `A..B`: what is reachable from B and not from A. Each is HEAD if it is left out.

        Raises:
            InvalidInput: If it is written otherwise.
        """
        first, between, last = text.partition(_BETWEEN)
        if not between or last.startswith("."):
            raise InvalidInput(f"{text!r:.80} is not a range of commits.", hint="Write it as A..B.")
        return cls((last or "HEAD",), (first or "HEAD",))


def sent_by_push(lines: Iterable[str], remote: str) -> CommitRange | None:
    """Return what a push is about to send, or None if it only deletes refs.

    Args:
        lines: The standard input of the hook `pre-push`: local ref, its id, remote ref and its id; see githooks(5).
        remote: The name of the remote, whose tracking branches say what it has; empty: nothing says so.

    Raises:
        InvalidInput: If a line is not of that form.
    """
    updates = [(new, old) for _, new, _, old in _fields(lines, 4, ids=(1, 3))]
    return _pushed(updates, (f"--remotes={remote}",) if remote else ())


def sent_by_pre_commit(environment: Mapping[str, str]) -> CommitRange | None:
    """Return what a push is about to send, as the program pre-commit says it; it reads standard input itself.

    Args:
        environment: The environment; pre-commit sets `PRE_COMMIT_TO_REF`, `PRE_COMMIT_FROM_REF` and
            `PRE_COMMIT_REMOTE_NAME`, and for the first push of a history only `PRE_COMMIT_LOCAL_BRANCH` and the last.

    Returns:
        The commits, or None if pre-commit has not started this process for a push.
    """
    tip = environment.get("PRE_COMMIT_TO_REF") or environment.get("PRE_COMMIT_LOCAL_BRANCH")
    if not tip:
        return None
    begin, remote = environment.get("PRE_COMMIT_FROM_REF"), environment.get("PRE_COMMIT_REMOTE_NAME")
    return CommitRange(
        (tip,), elsewhere=(begin,) if begin else (), known_refs=(f"--remotes={remote}",) if remote else ()
    )


def received_by_push(lines: Iterable[str]) -> CommitRange | None:
    """Return what a push has brought, or None if it only deletes refs.

    Args:
        lines: The standard input of the hook `pre-receive`: the old id, the new id and the ref; see githooks(5).

    Raises:
        InvalidInput: If a line is not of that form.
    """
    updates = [(new, old) for old, new, _ in _fields(lines, 3, ids=(0, 1))]
    return _pushed(updates, ("--all",))


def _pushed(updates: Sequence[tuple[str, str]], known_refs: tuple[str, ...]) -> CommitRange | None:
    tips = tuple(dict.fromkeys(new for new, _ in updates if new.strip("0")))
    elsewhere = tuple(dict.fromkeys(old for _, old in updates if old.strip("0")))
    return CommitRange(tips, elsewhere=elsewhere, known_refs=known_refs, has_ids=True) if tips else None


def _fields(lines: Iterable[str], count: int, ids: Sequence[int]) -> Iterator[list[str]]:
    for line in filter(None, map(str.strip, lines)):
        fields = line.split(" ")
        if len(fields) != count or not all(_is_id(fields[number]) for number in ids):
            raise InvalidInput(
                f"Standard input has the line {line!r:.200}, which git does not write for such a hook.",
                hint="Run it as a hook of git; `beca init` installs one.",
            )
        yield fields


def _is_id(text: str) -> bool:
    return len(text) in _ID_LENGTHS and _HEX.issuperset(text)
