"""Repositories that change in every way that git knows, step by step."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from beca_core import (
    Allow,
    Candidate,
    Check,
    Confidence,
    Match,
    MatchPart,
    Near,
    Part,
    PluginRegistry,
    Rule,
    RuleInfo,
    Scanner,
    Severity,
    Side,
    Variant,
    hookimpl,
)
from tests.core.sources.git.stores import git, make_bare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATHS = ["a", "dir/b", "tests/c d"]
BRANCHES = ["main", "side", "other"]
_FIRST_SECOND = 1_700_000_000


def _archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(zipfile.ZipInfo("inner/file"), "swordfish-7 and marlin-7")
    return stream.getvalue()


CONTENTS = [
    b"swordfish-1\n",
    b"nothing\n",
    b"marlin-1 beside swordfish-1\n",
    b"one more line\nswordfish-2\nswordfish-1\n",
    b"marlin-2\xff\n" * 3,
    _archive(),
    # A secret with a number from 3 is in one content only, so that it is the same wherever it is found:
    b"the sea: tuna-3\n",
    b"tuna-4 of crew-4\nand tuna-5 of crew-5a\n",
    b"sea\n" * 4 + b"xtuna-6 crew-6 tuna-7 tuna-9b\n",
    b"reef: cod-8 beside eel-9\n",
]


def numbered_from(least: int) -> Check:
    """A check that drops words whose number is less."""

    def check(candidate: Candidate) -> Candidate | None:
        return candidate if int(candidate.secret[-1:]) >= least else None

    return check


def rule(name: str, version: int, pattern: str, least: int | None = None, **changes: Any) -> Rule:
    """A rule for a word with a number after it."""
    return Rule(
        id=name,
        version=version,
        description="A fish",
        severity=Severity.LOW,
        confidence=Confidence.HIGH,
        pattern=rf"\b(?P<secret>{pattern}-[0-9])",
        checks=() if least is None else (numbered_from(least),),
        **changes,
    )


class Shoals:
    """A scanner for words with what goes with a secret: a part, an attribute, a variant and a severity of its own."""

    anchors = (b"swordfish",)

    def __init__(self, *supersedes: str) -> None:
        self.rules = (
            Rule(
                id="shoal",
                version=1,
                description="A shoal",
                severity=Severity.LOW,
                confidence=Confidence.MEDIUM,
                pattern="(?P<secret>swordfish)",
                parts=(Part(name="number", pattern="[0-9]", public=True),),
                supersedes=supersedes,
                provider="Sea",
            ),
        )

    def scan(self, data: bytes) -> Iterator[Match]:
        for found in re.finditer(rb"swordfish-([0-9])", data):
            parts = MatchPart("number", *found.span(1)), MatchPart("word", *found.span(0))
            severity = Severity.HIGH if found[1] == b"1" else None
            shown = (("number", found[1].decode()),)
            yield Match(
                *found.span(),
                "shoal",
                severity=severity,
                variant="first" if severity else "",
                parts=parts,
                attributes=shown,
            )


LINE = Rule(
    id="line",
    version=1,
    description="A line",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    pattern=r"^(?P<secret>[^\n]*fish[^\n]*)$",
)


def tuna(version: int, **changes: Any) -> Rule:
    """A rule that looks at what is around its word."""
    return Rule(
        id="tuna",
        version=version,
        description="A tuna",
        severity=Severity.LOW,
        confidence=Confidence.HIGH,
        pattern="(?P<secret>tuna-(?P<number>[0-9]))[^0-9]?",  # the boundary after it is not a part of the expression
        boundary="0-9A-Za-z_",
        attributes=("number",),
        provider="Sea",
        **changes,
    )


def crew(*, required: bool, within_lines: int = 5) -> Part:
    """A companion of a tuna."""
    return Part(
        name="crew",
        pattern="crew-[0-9]",
        boundary="a-z",
        within_lines=within_lines,
        required=required,
        confidence=None if required else Confidence.LOW,
        public=True,
    )


REEF = Rule(
    id="reef",
    version=1,
    description="What lives at a reef",
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    pattern="(?P<secret>[a-z]{3}-[0-9])",
    boundary="0-9A-Za-z_",
    near=(Near(words=("reef",), within=16, where=Side.BEFORE),),
    provider="Sea",
)
PAIR = rule("pair", 1, "[a-z]+-[0-9] beside [a-z]+")  # other rules find a part of its secrets
AT_SEA = Near(words=("sea", "ocean"), within=20, where=Side.BEFORE)
EVEN = Variant(name="even", pattern="[02468]$", severity=Severity.HIGH, confidence=Confidence.LOW, description="Even")

RULESETS: list[list[Rule | Scanner]] = [
    [rule("sword", 1, "swordfish")],
    [rule("sword", 1, "swordfish"), rule("marlin", 1, "marlin")],
    [rule("sword", 1, "swordfish"), rule("marlin", 2, "(?:marlin|tuna)")],
    [rule("marlin", 1, "marlin")],
    [rule("sword", 2, "(?:swordfish|tuna)"), rule("marlin", 1, "marlin")],
    # Changed without a new version:
    [rule("sword", 1, "(?:swordfish|tuna)"), rule("marlin", 1, "(?:marlin|tuna)")],
    [rule("sword", 1, "swordfish", least=1), rule("marlin", 1, "marlin", least=1)],
    [rule("sword", 1, "swordfish", least=2), rule("marlin", 1, "marlin", least=1)],
    # Several rules for one secret:
    [rule("sword", 1, "swordfish"), rule("marlin", 1, "marlin"), rule("any", 1, "[a-z]+")],
    [rule("sword", 1, "swordfish"), rule("marlin", 1, "marlin"), rule("any", 1, "[a-z]+", supersedes=("s*", "mar*"))],
    [rule("sword", 1, "swordfish", paths=("!dir/",)), rule("any", 1, "[a-z]+"), LINE],
    [rule("sword", 1, "swordfish", paths=("dir/", "!*.git/")), rule("any", 1, "[a-z]+", supersedes=("sword",)), LINE],
    [rule("sword", 1, "swordfish"), rule("marlin", 1, "marlin", supersedes=("line",)), LINE],
    [rule("sword", 1, "swordfish"), Shoals("sword"), LINE],
    [rule("sword", 1, "swordfish"), Shoals()],
    # What is around a secret:
    [tuna(1), REEF, PAIR],
    [rule("sword", 1, "swordfish"), rule("marlin", 1, "marlin", supersedes=("pair",)), PAIR],
    [tuna(1, near=(AT_SEA,)), REEF, rule("any", 1, "[a-z]+")],
    [tuna(2, parts=(crew(required=True),)), rule("any", 1, "[a-z]+", supersedes=("reef",)), REEF],
    [tuna(2, parts=(crew(required=False, within_lines=0),)), rule("any", 1, "[a-z]+"), LINE],
    [tuna(3, variants=(EVEN,), allow=Allow(values=("tuna-5",))), rule("any", 1, "[a-z]+", paths=("!dir/",))],
    # Rules of which the path says something:
    [rule("sword", 1, "swordfish", category="generic"), rule("any", 1, "[a-z]+")],
    [rule("sword", 1, "swordfish"), rule("marlin", 1, "marlin", category="generic"), LINE],
    # Other names:
    [rule("blade", 1, "swordfish", former_ids=("sword",)), rule("marlin", 1, "marlin")],
    [rule("blade", 1, "swordfish", former_ids=("sword", "steel")), rule("any", 1, "[a-z]+", supersedes=("sword",))],
]


def ids_of(rules: list[Rule | Scanner]) -> list[str]:
    """The ids of some rules, with those of scanners."""
    return [info.id for each in rules for info in ((each,) if isinstance(each, RuleInfo) else each.rules)]


class Fish:
    """A plugin with some rules."""

    def __init__(self, rules: list[Rule | Scanner]) -> None:
        self._rules = rules

    @hookimpl
    def beca_register_rules(self) -> list[Rule]:
        return [each for each in self._rules if isinstance(each, Rule)]

    @hookimpl
    def beca_register_scanners(self) -> list[Scanner]:
        return [each for each in self._rules if not isinstance(each, Rule)]


def registry_of(rules: list[Rule | Scanner], distribution: str = "") -> PluginRegistry:
    """A registry with one plugin, `fish`."""
    registry = PluginRegistry()
    registry.register(Fish(rules), "fish", distribution)
    return registry


@dataclass(frozen=True)
class Step:
    """A change of a repository, or of the rules.

    Args:
        kind: A method of `World`.
        numbers: Choose what it is done to, each modulo how much there is.
    """

    kind: str
    numbers: tuple[int, int, int, int]


KINDS = [
    "commit", "commit", "commit", "commit", "commit", "merge", "merge", "reset", "delete", "head", "detach", "tag",
    "add_unreachable", "repack", "choose_rules", "hurry", "amend", "replace_all", "rename", "stash", "drop_stash",
    "note", "stage", "stage", "upgrade", "narrow", "narrow",
]  # fmt: skip
steps = st.builds(Step, st.sampled_from(KINDS), st.tuples(*[st.integers(0, 40)] * 4))


class World:
    """A bare repository and a set of rules."""

    def __init__(self, path: Path, algorithm: str = "sha1") -> None:
        self.path = make_bare(path, algorithm)
        self.rules = RULESETS[1]
        self.commits: list[str] = []
        self.has_time = True
        self.distribution = "fish 1"
        self.chosen: list[str] | None = None
        self._number = 0

    def apply(self, step: Step) -> None:
        """Apply a step if it is possible."""
        self._number += 1
        getattr(self, step.kind)(*step.numbers)
        if step.kind in ("repack", "replace_all"):
            self.commits = [commit for commit in self.commits if self._has(commit)]

    def commit(self, branch: int, path: int, content: int, hours: int) -> None:
        """Write or delete a file; dates vary, and every other time the objects stay in a small pack."""
        ref = f"refs/heads/{BRANCHES[branch % 3]}"
        parent = self._tip(ref)
        lines = [f"commit {ref}", f"committer Cy <cy@example.org> {_FIRST_SECOND + 3600 * (hours % 5)} +0000"]
        message = "more" if content % 4 else f"swordfish-{content % 3}"
        lines += [f"data {len(message)}", message, *([f"from {parent}"] if parent else [])]
        name = PATHS[path % 3]
        if content % 7 == 6:
            body = f'D "{name}"\n'.encode()
        else:
            data = CONTENTS[content % len(CONTENTS)]
            body = f'M 100644 inline "{name}"\ndata {len(data)}\n'.encode() + data + b"\n"
        limit = f"fastimport.unpackLimit={0 if hours % 2 else 100}"
        git(self.path, "-c", limit, "fast-import", "--quiet", "--force", data="\n".join(lines).encode() + b"\n" + body)
        self._remember(ref)

    def merge(self, branch: int, other: int, tree: int, _: int) -> None:
        """Make a commit with two parents and the files of one of them."""
        ref = f"refs/heads/{BRANCHES[branch % 3]}"
        parent = self._tip(ref)
        if parent and self.commits:
            second = self.commits[other % len(self.commits)]
            files = (parent, second)[tree % 2] + "^{tree}"
            made = git(self.path, "commit-tree", "-p", parent, "-p", second, "-m", "merge", files).decode().strip()
            git(self.path, "update-ref", ref, made)
            self._remember(ref)

    def reset(self, branch: int, commit: int, *_: int) -> None:
        """Force-push a branch to any commit."""
        if self.commits:
            git(self.path, "update-ref", f"refs/heads/{BRANCHES[branch % 3]}", self.commits[commit % len(self.commits)])

    def delete(self, branch: int, *_: int) -> None:
        """Delete a branch."""
        git(self.path, "update-ref", "-d", f"refs/heads/{BRANCHES[branch % 3]}")

    def head(self, branch: int, *_: int) -> None:
        """Point HEAD at a branch, which may not exist."""
        git(self.path, "symbolic-ref", "HEAD", f"refs/heads/{BRANCHES[branch % 3]}")

    def detach(self, commit: int, *_: int) -> None:
        """Point HEAD at a commit."""
        if self.commits:
            git(self.path, "update-ref", "--no-deref", "HEAD", self.commits[commit % len(self.commits)])

    def tag(self, commit: int, number: int, *_: int) -> None:
        """Make an annotated tag with a secret in its message."""
        if self.commits:
            target = self.commits[commit % len(self.commits)]
            text = f"object {target}\ntype commit\ntag t\ntagger Cy <cy@example.org> 0 +0000\n\nmarlin-{number % 3}\n"
            tag = git(self.path, "mktag", data=text.encode()).decode().strip()
            git(self.path, "update-ref", f"refs/tags/t{number % 3}", tag)

    def add_unreachable(self, content: int, *_: int) -> None:
        """Store an unreachable blob."""
        git(self.path, "hash-object", "-w", "--stdin", data=CONTENTS[content % len(CONTENTS)])

    def repack(self, how: int, *_: int) -> None:
        """Repack all objects, or remove the unreachable ones."""
        commands = ["repack -d -q", "repack -a -d -q", "gc --prune=now -q", "prune --expire=now", "repack -A -d -q"]
        git(self.path, *commands[how % len(commands)].split())

    def choose_rules(self, which: int, *_: int) -> None:
        """Choose other rules, with or without new versions."""
        self.rules = RULESETS[which % len(RULESETS)]
        self.chosen = None

    def upgrade(self, version: int, *_: int) -> None:
        """Install another version of the plugin."""
        self.distribution = f"fish {version % 2 + 1}"

    def narrow(self, which: int, *_: int) -> None:
        """Scan with one of the rules only, or with all of them again."""
        ids = ids_of(self.rules)
        self.chosen = [ids[which % len(ids)]] if which % 3 else None

    def amend(self, branch: int, *_: int) -> None:
        """Replace the last commit of a branch by one with another message and the same files."""
        ref = f"refs/heads/{BRANCHES[branch % 3]}"
        if tip := self._tip(ref):
            parents = git(self.path, "rev-list", "--parents", "-n1", tip).decode().split()[1:]
            options = [word for parent in parents for word in ("-p", parent)]
            message = f"amended {self._number}, swordfish-{branch % 3}"
            made = git(self.path, "commit-tree", *options, "-m", message, f"{tip}^{{tree}}").decode().strip()
            git(self.path, "update-ref", ref, made)
            self._remember(ref)

    def replace_all(self, content: int, *_: int) -> None:
        """Force-push a history that has nothing in common with the one before, and remove that."""
        for ref in git(self.path, "for-each-ref", "--format=%(refname)").decode().split():
            git(self.path, "update-ref", "-d", ref)
        git(self.path, "symbolic-ref", "HEAD", "refs/heads/main")
        self.commits = []
        self.commit(0, content, content % 6, content)
        self.amend(0)
        (self.path / "index").unlink(missing_ok=True)
        git(self.path, "gc", "--prune=now", "--quiet")

    def rename(self, branch: int, path: int, *_: int) -> None:
        """Move a file of a branch, as `git mv` does."""
        ref = f"refs/heads/{BRANCHES[branch % 3]}"
        old, new = PATHS[path % 3], f"moved/{path % 3}"
        tip = self._tip(ref)
        if tip and old in git(self.path, "ls-tree", "-r", "-z", "--name-only", tip).decode().split("\0"):
            lines = [f"commit {ref}", f"committer Cy <cy@example.org> {_FIRST_SECOND} +0000", "data 5", "moved"]
            lines += [f"from {tip}", f'R "{old}" "{new}"', ""]
            git(self.path, "fast-import", "--quiet", "--force", data="\n".join(lines).encode())
            self._remember(ref)

    def stash(self, content: int, path: int, *_: int) -> None:
        """Make a stash: a commit on top of HEAD that only `refs/stash` names."""
        head = git(self.path, "for-each-ref", "--format=%(objectname)", "refs/heads").decode().split()
        if head:
            tree = self._tree({PATHS[path % 3]: CONTENTS[content % len(CONTENTS)]})
            made = git(self.path, "commit-tree", "-p", head[0], "-m", f"WIP marlin-{content % 3}", tree)
            git(self.path, "update-ref", "refs/stash", made.decode().strip())

    def drop_stash(self, *_: int) -> None:
        """Delete the stash."""
        git(self.path, "update-ref", "-d", "refs/stash")

    def note(self, content: int, *_: int) -> None:
        """Write a note on a commit."""
        if self.commits:
            tree = self._tree({self.commits[-1]: CONTENTS[content % 5]})
            made = git(self.path, "commit-tree", "-m", "Notes", tree).decode().strip()
            git(self.path, "update-ref", "refs/notes/commits", made)

    def stage(self, content: int, path: int, *_: int) -> None:
        """Add a file to the index, or empty the index."""
        if content % 4 == 3:
            (self.path / "index").unlink(missing_ok=True)
        else:
            data = CONTENTS[content % len(CONTENTS)] + b"staged\n"
            blob = git(self.path, "hash-object", "-w", "--stdin", data=data).decode().strip()
            git(self.path, "update-index", "--add", "--cacheinfo", f"100644,{blob},staged/{path % 2}")

    def _tree(self, files: dict[str, bytes]) -> str:
        lines = []
        for path, data in files.items():
            blob = git(self.path, "hash-object", "-w", "--stdin", data=data).decode().strip()
            name = path.replace("/", "-")
            lines.append(f"100644 blob {blob}\t{name}\n")
        return git(self.path, "mktree", data="".join(lines).encode()).decode().strip()

    def hurry(self, *_: int) -> None:
        """Give the next scan no time to read anything."""
        self.has_time = False

    def _tip(self, ref: str) -> str:
        return git(self.path, "for-each-ref", "--format=%(objectname)", ref).decode().strip()

    def _remember(self, ref: str) -> None:
        self.commits.append(self._tip(ref))

    def _has(self, commit: str) -> bool:
        answer = git(self.path, "cat-file", "--batch-check", data=commit.encode() + b"\n")
        return b"missing" not in answer
