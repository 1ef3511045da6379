"""What `git cat-file` answers is compared with what it was asked: a damaged delta makes it write too much."""

from __future__ import annotations

import io
from contextlib import contextmanager
from tempfile import TemporaryFile
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from beca_core.report import Skipped
from beca_core.sources.contracts import Blob
from beca_core.sources.git.objects.cat_file import ObjectList, read_objects

if TYPE_CHECKING:
    from collections.abc import Iterator

A, B, C = "a" * 40, "b" * 40, "c" * 40


class FakeView:
    """A repository whose git answers from a list of bytes by object id, from the object on at which it is started."""

    format = SimpleNamespace(id_length=40)

    def __init__(self, answers: dict[str, bytes]) -> None:
        self._answers = answers
        self.starts = 0

    @staticmethod
    def scratch_file() -> IO[bytes]:
        return TemporaryFile()

    @contextmanager
    def git(self, *_command: str, stdin: IO[bytes], seconds: float | None) -> Iterator[Any]:
        assert seconds is None
        self.starts += 1
        asked = stdin.read().decode().split()
        yield SimpleNamespace(stdout=io.BytesIO(b"".join(self._answers[name] for name in asked)), timed_out=False)


def answer(object_id: str, content: bytes, size: int | None = None) -> bytes:
    return f"{object_id} blob {len(content) if size is None else size}\n".encode() + content + b"\n"


def read(answers: dict[str, bytes]) -> list[Blob | Skipped]:
    view: Any = FakeView(answers)
    with ObjectList(view, [object_id.encode() for object_id in answers]) as ids:
        return list(read_objects(view, ids, 1_000))


def test_content_beyond_the_size_that_git_names_is_no_answer() -> None:
    found = read({A: answer(A, b"one\ntwo three four five\n", 3), B: answer(B, b"other")})
    assert found == [Blob(A, b"one", "blob"), Blob(B, b"other", "blob")]


def test_three_words_after_a_wrong_size_are_no_header() -> None:
    found = read({A: answer(A, b"one\ntwo three four\n", 3), B: answer(B, b"other")})
    assert found == [Blob(A, b"one", "blob"), Blob(B, b"other", "blob")]


def test_content_that_looks_like_the_answer_about_a_later_object_hides_nothing() -> None:
    hostile = b"one\n" + f"{C} missing\n".encode()
    found = read({A: answer(A, hostile, 3), B: answer(B, b"other"), C: answer(C, b"third")})
    assert found == [Blob(A, b"one", "blob"), Blob(B, b"other", "blob"), Blob(C, b"third", "blob")]


def test_an_object_at_which_git_says_nothing_is_unreadable() -> None:
    found = read({A: answer(A, b"one"), B: b"", C: answer(C, b"third")})
    assert found == [Blob(A, b"one", "blob"), Skipped(B, "unreadable"), Blob(C, b"third", "blob")]


@given(st.lists(st.tuples(st.binary(max_size=80), st.none() | st.integers(0, 2_000)), max_size=8), st.data())
def test_each_object_has_one_answer_in_order(objects: list[tuple[bytes, int | None]], data: st.DataObject) -> None:
    ids = [f"{number:040x}" for number in range(len(objects))]
    answers = {
        object_id: data.draw(st.sampled_from([answer(object_id, content, size), content, b""]))
        for object_id, (content, size) in zip(ids, objects, strict=True)
    }
    assert [item.id for item in read(answers)] == ids
