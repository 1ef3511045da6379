"""The lists of findings that gitleaks and betterleaks ignore: `.gitleaksignore` and `.betterleaksignore`.

A line is `COMMIT:PATH:RULE:LINE` or `PATH:RULE:LINE`, or in betterleaks the SHA-256 of a secret.

Documentation: https://github.com/gitleaks/gitleaks#gitleaksignore
"""

from __future__ import annotations

import os
import re
from typing import Final

from beca_core.plugins.foreign.accepted import AcceptedFinding, ForeignVerdict
from beca_core.plugins.foreign.foreign_file import ForeignFile, foreign_text
from beca_core.plugins.foreign.remarks import Effect, Remark
from beca_core.reports.escaping import printable

_PLACE: Final = re.compile(r"(?:(?P<commit>[0-9a-f]{7,64}):)?(?P<path>.+):(?P<rule>[^:]+):(?P<line>\d{1,9})")
_DIGEST: Final = re.compile(r"[0-9a-fA-F]{64}")


def read_ignore_file(path: str | os.PathLike[str]) -> ForeignFile:
    """Return what a `.gitleaksignore` or `.betterleaksignore` lists.

    Raises:
        InvalidInput: If it cannot be read.
    """
    name = printable(os.fspath(path))
    accepted, remarks = [], []
    for number, line in enumerate(foreign_text(path).splitlines(), 1):
        text = line.partition(" #")[0].strip()
        if not text or text.startswith("#"):
            continue
        if _DIGEST.fullmatch(text):
            accepted.append(AcceptedFinding(number, ForeignVerdict.ACCEPTED, digest=text.lower()))
        elif found := _PLACE.fullmatch(text):
            accepted.append(
                AcceptedFinding(
                    number,
                    ForeignVerdict.ACCEPTED,
                    found["path"].replace("\\", "/"),
                    int(found["line"]),
                    found["rule"],
                    found["commit"] or "",
                )
            )
        else:
            remarks.append(Remark(number, "the line", "it is no fingerprint of gitleaks", Effect.FINDS_MORE, name))
    return ForeignFile(accepted=tuple(accepted), remarks=tuple(remarks))
