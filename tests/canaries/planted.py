"""A repository with canaries: the examples of rules, in contents and in the names of everything that has one."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from beca_core.plugins.registry import PluginRegistry
from beca_core.report import ProblemLog
from beca_core.scanning.names.name_judge import NameJudge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from beca_core.rules.rule import RuleInfo

_SHORTEST = 12
"""Shorter secrets occur by chance in texts that have nothing to do with them."""
_LONGEST_NAME = 200
_AUTHORS = 20


@dataclass
class Planted:
    """What was planted.

    Args:
        path: The repository, bare.
        secrets: The canaries.
        in_names: How many names have one.
    """

    path: Path
    secrets: set[bytes] = field(default_factory=set)
    in_names: int = 0


def plant(path: Path, every: int) -> Planted:
    """Make the repository.

    Args:
        path: Where.
        every: Take the first of so many rules.
    """
    planted = Planted(path)
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], check=True)
    stream = b"".join(_stream(planted, every))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=path, input=stream, check=True)
    return planted


def _stream(planted: Planted, every: int) -> Iterator[bytes]:
    registry = PluginRegistry.load()
    ids = sorted(registry.rules)[::every]
    judge = NameJudge(registry.compile(registry.choose(None, [])), b"key", ProblemLog())
    contents, names = [], []
    for number, rule_id in enumerate(ids):
        for example in getattr(registry.rules[rule_id], "examples", ())[:1]:
            found = example.secrets if hasattr(example, "secrets") else example.secret
            texts = found if isinstance(found, tuple) else (found,)
            secrets = [each.encode() if isinstance(each, str) else each for each in texts]
            contents.append((number, example.data))
            hidden = [*secrets, *_hidden_parts(registry.rules[rule_id], example)]
            planted.secrets.update(each for each in hidden if len(each) >= _SHORTEST and b"\n" not in each)
            name = example.data.strip()
            if len(name) <= _LONGEST_NAME and b"\n" not in name and b"/" not in name and judge.found(name):
                names.append((name, secrets[0]))
    planted.in_names = 3 * len(names)
    yield b"blob\nmark :1\ndata 2\nx\n"
    mark = 1
    marks = {}
    for number, data in contents:
        mark += 1
        marks[number] = mark
        yield b"blob\nmark :%d\ndata %d\n%b\n" % (mark, len(data), data)
    authors = [name for name, _ in names if not set(name) & set(b"<>\0")][:_AUTHORS] or [b"A"]
    previous = b""
    for count, author in enumerate(authors):
        mark += 1
        who = b"%b <a@example.org> %d +0000" % (author, 1_700_000_000 + count)
        yield b"commit refs/heads/main\nmark :%d\nauthor %b\ncommitter %b\ndata 4\nAdd\n%b" % (
            mark,
            who,
            who,
            previous,
        )
        previous = b"from :%d\n" % mark
        if count == 0:
            for number, _ in contents:
                yield b"M 100644 :%d contents/%d.txt\n" % (marks[number], number)
            for place, (name, _) in enumerate(names):
                yield b"M 100644 :1 %b\n" % _quoted(b"names/%d/" % place + name)
                yield b"M 100644 :1 %b\n" % _quoted(b"names/%d-" % place + name + b"/x")
        else:
            yield b"M 100644 inline log.txt\ndata 4\n%03d\n" % count
    for _, secret in names:
        if _is_ref(secret) and judge.found(b".git/refs/heads/x/" + secret):
            planted.in_names += 2
            yield b"reset refs/heads/x/%b\nfrom :%d\n\n" % (secret, mark)
            yield b"reset refs/tags/%b\nfrom :%d\n\n" % (secret, mark)
    registry.close()


def _hidden_parts(rule: RuleInfo, example: Any) -> list[bytes]:
    """Return the companions of an example's secret of which no more than a preview is shown."""
    public = {part.name for part in getattr(rule, "parts", ()) if part.public}
    return [text.encode() for name, text in dict(getattr(example, "parts", {})).items() if name not in public]


def _quoted(path: bytes) -> bytes:
    return b'"' + path.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _is_ref(name: bytes) -> bool:
    """Return whether a name can be the last part of a ref's name; see git-check-ref-format(1)."""
    plain = name.replace(b"-", b"").replace(b"_", b"").replace(b".", b"")
    return plain.isalnum() and b".." not in name and not name.startswith((b".", b"-")) and not name.endswith(b".")
