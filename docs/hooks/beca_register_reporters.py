from collections.abc import Iterable
from typing import TextIO

from beca_core import Report, Reporter, hookimpl


class Paths:
    name = "paths"

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:
        stream.writelines(f"{path}\n" for path in sorted({finding.location.path for finding in report.findings}))


@hookimpl
def beca_register_reporters() -> Iterable[Reporter]:
    return [Paths()]
