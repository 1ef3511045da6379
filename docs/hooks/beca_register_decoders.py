import re
import zlib
from collections.abc import Iterable, Iterator

from beca_core import Decoder, hookimpl

PACKED = re.compile(rb"acme-packed:([0-9a-f]+)")


def unpack(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    for found in PACKED.finditer(data):
        decoder = zlib.decompressobj()
        yield found.start(), found.end(), decoder.decompress(bytes.fromhex(found[1].decode()), 100_000)


@hookimpl
def beca_register_decoders() -> Iterable[Decoder]:
    yield Decoder("acme-packed", anchors=(b"acme-packed:",), decode=unpack)
