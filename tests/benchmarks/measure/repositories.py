"""Repositories made for measurements: any number of blobs, in files that change a little with every version."""

from __future__ import annotations

import random
import string
import subprocess
from typing import IO, TYPE_CHECKING, Final

from beca_core.rules.rule import random_text
from measure.processes import clean_environment
from measure.texts import code_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSIONS: Final = 20
_LINES: Final = 160
_POOL: Final = 20_000
_FILES_IN_DIRECTORY: Final = 40
_CHANGES_IN_COMMIT: Final = 2
_SECRETS: Final = 3
_FIRST_SECOND: Final = 1_700_000_000


def generate(path: Path, blobs: int) -> None:
    """Make a bare repository whose history has so many different blobs, always the same ones.

    A file has twenty versions, about 7 kB each, and a commit changes two files. In the pack each version is a delta of
    the one before. Three files hold a secret, whatever the size, so that the places of secrets are looked for.

    Args:
        path: Where; there must be nothing yet.
        blobs: How many, a multiple of 20.

    Raises:
        ValueError: If it is not.
        subprocess.CalledProcessError: If git fails.
    """
    if blobs % VERSIONS:
        raise ValueError(f"{blobs} is not a multiple of {VERSIONS}")
    _git("init", "--quiet", "--bare", "--initial-branch=main", "--template=", str(path))
    command = ["git", f"--git-dir={path}", "fast-import", "--quiet", "--depth=50"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=clean_environment()) as process:
        assert process.stdin is not None
        _write_blobs(process.stdin, blobs // VERSIONS)
        _write_commits(process.stdin, blobs // VERSIONS)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def _write_blobs(stream: IO[bytes], files: int) -> None:
    """Write the versions of a file one behind the other: git makes each a delta of what came right before it."""
    pool = code_lines(_POOL)
    for number in range(files):
        for version, content in enumerate(_versions(number, pool)):
            stream.write(b"blob\nmark :%d\ndata %d\n%s\n" % (_mark(number, version), len(content), content))


def _versions(number: int, pool: list[bytes]) -> Iterator[bytes]:
    source = random.Random(number)
    lines = source.sample(pool, _LINES)
    if number < _SECRETS:
        secret = random_text(string.ascii_letters, 40, number)
        lines.insert(_LINES // 2, f'private_key_{number} = "{secret}"\n'.encode())
    for version in range(VERSIONS):
        lines[0] = b"# file %d, version %d\n" % (number, version)
        for _ in range(source.randint(1, 4)):
            lines[source.randrange(1, _LINES // 2)] = source.choice(pool)
        if source.random() < 0.3:
            lines.append(source.choice(pool))
        yield b"".join(lines)


def _write_commits(stream: IO[bytes], files: int) -> None:
    changes = [(number, version) for version in range(VERSIONS) for number in range(files)]
    for done in range(0, len(changes), _CHANGES_IN_COMMIT):
        message = b"Change %d" % done
        who = b"A <a@example.org> %d +0000" % (_FIRST_SECOND + 60 * done)
        stream.write(b"commit refs/heads/main\ncommitter %s\ndata %d\n%s\n" % (who, len(message), message))
        for number, version in changes[done : done + _CHANGES_IN_COMMIT]:
            directory = number // _FILES_IN_DIRECTORY
            stream.write(b"M 100644 :%d part%d/file%d.py\n" % (_mark(number, version), directory, number))


def _mark(number: int, version: int) -> int:
    return number * VERSIONS + version + 1


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, env=clean_environment())
