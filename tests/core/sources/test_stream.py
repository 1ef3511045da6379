"""A stream is read once, in chunks, in whatever parts it comes."""

from __future__ import annotations

import io
import os
import threading
from typing import TYPE_CHECKING

import pytest

from beca_core.report import Skipped
from beca_core.sources.contracts import Blob, Place
from beca_core.sources.files.chunks import ChunkSizes
from beca_core.sources.limits import Limits, Scope, Stop
from beca_core.sources.texts import StreamSource
from tests.core.sources.reading import read_all

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = ChunkSizes(own=1000, before=100, after=50, grid=300)


def owned(source: StreamSource) -> bytes:
    items = list(read_all(source, Limits(max_blob_bytes=10)))
    return b"".join(item.data[item.own_from : item.own] for item in items if isinstance(item, Blob))


@pytest.mark.parametrize("size", [0, 1, 1049, 1050, 10_000])
def test_all_of_it_is_read_whatever_its_size(size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    assert owned(StreamSource(io.BytesIO(content), sizes=SMALL)) == content


def test_a_short_one_is_one_blob() -> None:
    source = StreamSource(io.BytesIO(b"text"), "<stdin>")
    assert list(read_all(source, Limits())) == [Blob("<stdin>", b"text")]
    contents = source.start(Limits()).finish()
    assert list(contents.places(["<stdin>"])) == [Place("<stdin>", b"<stdin>")]
    assert list(contents.versions(["<stdin>"])) == []
    assert source.scope is Scope.TEXT
    source.close()


def test_a_pipe_that_gives_little_at_a_time() -> None:
    reading, writing = os.pipe()

    def write() -> None:
        with open(writing, "wb", buffering=0) as pipe:  # noqa: PTH123 - it is a descriptor
            pipe.writelines(b"0123456789" for _ in range(300))

    writer = threading.Thread(target=write)
    writer.start()
    with open(reading, "rb", buffering=0) as pipe:  # noqa: PTH123 - it is a descriptor
        assert owned(StreamSource(pipe, sizes=SMALL)) == b"0123456789" * 300
    writer.join()


class Failing(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 1500:
            raise OSError
        return super().read(size)


def test_one_that_fails_is_counted() -> None:
    items = list(read_all(StreamSource(Failing(b"x" * 5000), sizes=SMALL), Limits()))
    assert isinstance(items[0], Blob)
    assert items[-1] == Skipped("<stdin>", "unreadable")


def test_what_is_left_when_reading_stops_is_counted() -> None:
    (share,) = StreamSource(io.BytesIO(b"x" * 5000), sizes=SMALL).start(Limits()).shares
    stop = Stop(60)
    items: Iterator[Blob | Skipped] = share.read(Limits(), stop)
    assert isinstance(next(items), Blob)
    stop.too_many_bytes()
    assert list(items) == [Skipped("<stdin>", "scan-limit")]
    assert share.objects == 1


def test_the_stream_stays_open() -> None:
    stream = io.BytesIO(b"text")
    with_source = StreamSource(stream)
    list(read_all(with_source, Limits()))
    with_source.close()
    assert not stream.closed
