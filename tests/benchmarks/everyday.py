"""Count the common words of source code: `python tests/benchmarks/everyday.py > FILE`.

The words are counted in the standard library of the Python that runs this: those that at least one file in 25 holds,
and some that are common in other texts that hold secrets.
"""

from __future__ import annotations

import re
import sys
import sysconfig
import textwrap
from collections import Counter
from pathlib import Path
from typing import Final

_WORD: Final = re.compile("[A-Z]?[a-z]{2,15}|[A-Z]{3,16}")
_LEAST_LETTERS: Final = 3
_SHARE: Final = 0.04
_OF_SECRETS: Final = (
    "access account api apikey app auth authorization basic bearer client credential credentials login passphrase "
    "passwd password private public pwd secret session token user username"
)
_HEADING: Final = """\
# The common words of source code, and some of configuration: tests/benchmarks/everyday.py counts them.
# They decide how a word is looked for, and so how fast a scan is; never what it finds."""


def common_words(directory: Path) -> list[str]:
    """Return the common words of a directory of Python sources, sorted.

    Args:
        directory: The directory; what others have installed in it, and tests, are left out.
    """
    files = [path for path in directory.rglob("*.py") if not {"site-packages", "test", "tests"} & {*path.parts}]
    counts: Counter[str] = Counter()
    for path in files:
        counts.update({word.lower() for word in _WORD.findall(path.read_text("latin-1"))})
    common = {word for word, count in counts.items() if count >= _SHARE * len(files) and len(word) >= _LEAST_LETTERS}
    return sorted(common.union(_OF_SECRETS.split()))


if __name__ == "__main__":
    words = common_words(Path(sysconfig.get_path("stdlib")))
    print(_HEADING, *textwrap.wrap(" ".join(words), 118), sep="\n")  # noqa: T201
    sys.exit()
