"""Count the words of `beca_core/checks/everyday_words.txt` in the sources of Python's standard library.

Run `uv run python -m docs.word_list` to make the list anew, with the Python that runs it. It decides what rules find.
"""

from __future__ import annotations

import re
import sys
import sysconfig
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import beca_core.checks
from beca_core.checks.dictionary_words import LONGEST, SHORTEST, WORD_LIST

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEAST_FILES: Final = 10
_MOST_BYTES: Final = 36_000
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LEFT_OUT: Final = ("site-packages", "lib2to3", "encodings", "idlelib")
_ADDED: Final = (
    "secret password passphrase credential token private public client account account access bearer refresh webhook "
    "customer license production staging development admin username database cluster bucket region endpoint vault "
    "certificate signature signing encryption encrypted decrypt authorization authenticate authentication oauth github "
    "gitlab slack amazon azure google cloud service project tenant subscription subscriber identity session cookie "
)
"""Words around credentials, which the standard library has little to say about."""


def main() -> None:
    """Write the list: the words that are in the most files, in alphabetical order."""
    counts: Counter[str] = Counter()
    for text in _sources(Path(sysconfig.get_path("stdlib"))):
        counts.update(set(_words(text)))
    chosen = set(_ADDED.split())
    size = sum(len(word) + 1 for word in chosen)
    for word, files in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if files < _LEAST_FILES or size + len(word) + 1 > _MOST_BYTES:
            break
        if word not in chosen:
            chosen.add(word)
            size += len(word) + 1
    path = Path(beca_core.checks.__file__).with_name(WORD_LIST)
    path.write_text("\n".join(sorted(chosen)) + "\n")
    sys.stdout.write(f"Wrote {len(chosen):,} words.\n")


def _sources(root: Path) -> Iterator[str]:
    for path in sorted(root.rglob("*.py")):
        if not set(_LEFT_OUT).intersection(path.parts):
            yield path.read_text(errors="replace")


def _words(text: str) -> Iterator[str]:
    for found in _WORD.findall(text):
        word = found.lower()
        if SHORTEST <= len(word) <= LONGEST and set(word).intersection("aeiouy") and len(set(word)) > 1:
            yield word


if __name__ == "__main__":
    main()
