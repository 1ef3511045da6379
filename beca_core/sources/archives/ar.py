"""Archives of ar, such as Debian packages and static libraries.

Layout: ar(5) of FreeBSD, for the names of BSD and of GNU, and deb(5). A long name of GNU stays as it is: an offset.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from beca_core.sources.archives.content import (
    DamagedArchive,
    Entry,
    NotAnArchive,
    Section,
    read_exactly,
    read_fully,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.sources.archives.content import Allowance, Reader

MAGIC: Final = b"!<arch>\n"
_HEADER: Final = struct.Struct("16s12s6s6s8s10s2s")
_END: Final = b"`\n"
_BSD_NAME: Final = b"#1/"
_LONGEST_NAME: Final = 64 * 1024


def entries(reader: Reader, allowance: Allowance) -> Iterator[Entry]:
    """Yield the members of an archive.

    Args:
        reader: The archive, from the end of its magic on.
        allowance: Charged for the archive; the reader charges it for the members.

    Raises:
        NotAnArchive: If the first header is not one.
        DamagedArchive: If it cannot be read further.
    """
    is_first = True
    while header := read_fully(reader, _HEADER.size):
        allowance.take(0)
        if len(header) < _HEADER.size or not header.endswith(_END):
            raise NotAnArchive if is_first else DamagedArchive
        name, *_, size, _ = _HEADER.unpack(header)
        section = Section(reader, _number(size))
        yield Entry(_name(name, section), section)
        section.skip_rest()
        if _number(size) % 2 and not read_fully(reader, 1):
            return
        is_first = False


def _name(field: bytes, section: Section) -> bytes:
    """Return a name; one of BSD precedes the content if it is long."""
    name = field.rstrip(b" ")
    if name.startswith(_BSD_NAME):
        length = _number(name.removeprefix(_BSD_NAME))
        if length > _LONGEST_NAME:
            raise DamagedArchive
        return read_exactly(section, length).rstrip(b"\0")
    return name.removesuffix(b"/") or name


def _number(field: bytes) -> int:
    digits = field.strip(b" ")
    if not digits.isdigit():
        raise DamagedArchive
    return int(digits)
