from collections.abc import Iterable, Iterator

from beca_core import NamedText, TextOrigin, hookimpl


def read_documents(target: str) -> Iterator[NamedText]:
    folder = target.removeprefix("acme://")
    for number in range(3):  # a real source asks its service, page by page
        yield NamedText(f"{folder}/{number}.txt", f"document {number} of {folder}".encode())


@hookimpl
def beca_register_sources() -> Iterable[TextOrigin]:
    yield TextOrigin("acme", read_documents)
