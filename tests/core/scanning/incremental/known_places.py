"""What a rescan should say, from git's own answers and from the words of the documentation: no code of BECA."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.core.sources.git.stores import git

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from beca_core import Finding

Secret = tuple[str, str]


class Places:
    """Where findings are that are not at HEAD, by asking git about each commit.

    Args:
        repository: A bare repository, as it is now.
        files: The blobs of each commit by path, which never change; shared between repositories.
        contents: The content of each blob, likewise.
    """

    def __init__(self, repository: Path, files: dict[str, dict[str, str]], contents: dict[str, bytes]) -> None:
        self._repository = repository
        self._files = files
        self._contents = contents
        refs = _refs(repository)
        special = {name: tip for name, tip in refs.items() if name == "refs/stash" or name.startswith("refs/notes/")}
        self._tips = set(refs.values())
        head = self._ask("rev-parse", "--verify", "--quiet", "HEAD").split()
        normal = [*head, *(tip for name, tip in refs.items() if name not in special)]
        stash = [tip for name, tip in special.items() if name == "refs/stash"]
        notes = [tip for name, tip in special.items() if name != "refs/stash"]
        self._groups = [
            (reached, in_file, in_message)
            for tips, in_file, in_message in (
                (head, "removed", "message"),
                (normal, "other-branch", "other-message"),
                (stash, "stash", "stash"),
                (notes, "notes", "notes"),
            )
            for reached in [_reachable(repository, tips)]
        ]
        entries = [line.split() for line in self._ask("ls-files", "--stage").splitlines()]
        self._index = {path: blob for _, blob, _, path in entries}

    def where(self, finding: Finding) -> str | None:
        """Say where a finding is; None: at HEAD."""
        if finding.in_head:
            return None
        path = finding.location.path.partition("!")[0]
        if path.startswith(".git/commits/"):
            commit = path.removeprefix(".git/commits/")
            return next((name for commits, _, name in self._groups if commit in commits), "unreachable")
        if path.startswith(".git/tags/"):
            return "tag" if path.removeprefix(".git/tags/") in self._tips else "unreachable"
        if path.startswith(".git/objects/"):
            return "unreachable"
        for commits, name, _ in self._groups:
            if any(finding.secret in self._content(self._files_of(commit).get(path)) for commit in commits):
                return name
        return "staged" if finding.secret in self._content(self._index.get(path)) else "unreachable"

    def _files_of(self, commit: str) -> dict[str, str]:
        if commit not in self._files:
            lines = git(self._repository, "ls-tree", "-r", commit).decode().splitlines()
            self._files[commit] = {path: entry.split()[2] for entry, path in (line.split("\t") for line in lines)}
        return self._files[commit]

    def _content(self, blob: str | None) -> bytes:
        if blob is None:
            return b""
        if blob not in self._contents:
            self._contents[blob] = git(self._repository, "cat-file", "blob", blob)
        return self._contents[blob]

    def _ask(self, *arguments: str) -> str:
        try:
            return git(self._repository, *arguments).decode()
        except AssertionError:
            return ""


def _refs(repository: Path) -> dict[str, str]:
    lines = git(repository, "for-each-ref", "--format=%(objectname) %(refname)").decode().splitlines()
    return {name: object_id for object_id, name in (line.split(" ", 1) for line in lines)}


def _reachable(repository: Path, tips: list[str]) -> set[str]:
    return set(git(repository, "rev-list", *tips).decode().split()) if tips else set()


def keys_of(finding: Finding) -> list[Secret]:
    """The secret of a finding, as its rule has found it and as less specific rules have found all of it."""
    others = [(other.rule_id, other.fingerprint) for other in finding.superseded if not other.partial]
    return [(finding.rule_id, finding.fingerprint), *others]


@dataclass
class Known:
    """What the scans so far have reported: the places of each secret, and whether each was at HEAD.

    Args:
        places: The places of each secret.
        others: As what else the secret of a finding at a path is known.
    """

    places: dict[Secret, dict[str, bool]] = field(default_factory=lambda: defaultdict(dict))
    others: dict[tuple[Secret, str], list[Secret]] = field(default_factory=dict)

    def rename(self, names: dict[str, str]) -> None:
        """Take note that rules have new names."""
        known, others = self.places, self.others
        self.places, self.others = defaultdict(dict), {}
        for secret, at in known.items():
            of_secret = self.places[_renamed(secret, names)]
            for path, at_head in at.items():
                of_secret[path] = of_secret.get(path, False) or at_head
        for (secret, path), more in others.items():
            self.others[_renamed(secret, names), path] = [_renamed(each, names) for each in more]

    def expected(self, findings: Iterable[Finding]) -> list[str]:
        """Say for each finding whether it is new, carried or gone."""
        findings = list(findings)
        current = Known()
        current.learn(findings, set(), is_complete=True)
        now, before = current.all_places(), self.all_places()
        copies = {secret: self._copies(before.get(secret, {}), at) for secret, at in now.items()}
        return [self._change(found, before, copies) for found in findings]

    def all_places(self) -> dict[Secret, dict[str, bool]]:
        """The places of each secret, in all forms in which it is known."""
        found: dict[Secret, dict[str, bool]] = defaultdict(dict)
        for secret, at in self.places.items():
            found[secret] = dict(at)
        for (secret, path), more in self.others.items():
            for other in more:
                found[other][path] = found[other].get(path, False) or self.places[secret][path]
        return found

    def _copies(self, before: dict[str, bool], now: dict[str, bool]) -> set[str]:
        """Places that are new: all, if the secret was not known; else those beyond what has moved."""
        if not before:
            return set(now)
        fresh = sorted(path for path, at_head in now.items() if at_head and path not in before)
        stood = [path for path, at_head in before.items() if at_head]
        has_left = [path for path in stood if not now.get(path)]
        return set(fresh[1:] if not stood else fresh[len(has_left) :])

    def _change(self, found: Finding, before: dict[Secret, dict[str, bool]], copies: dict[Secret, set[str]]) -> str:
        path, keys = found.location.path, keys_of(found)
        if all(path in copies[key] for key in keys):
            return "new"
        was_at_head = any(before.get(key, {}).get(path, False) for key in keys)
        return "gone" if was_at_head and not found.in_head else "carried"

    def learn(self, findings: Iterable[Finding], rules: set[str], *, is_complete: bool) -> None:
        """Remember what a scan with some rules reported; a scan that did not read everything makes nothing unknown."""
        for secret in [secret for secret in self.places if secret[0] in rules]:
            if is_complete:
                for path in self.places.pop(secret):
                    self.others.pop((secret, path), None)
            else:
                self.places[secret] = dict.fromkeys(self.places[secret], False)
        said: dict[tuple[Secret, str], bool] = {}
        for found in findings:
            own, *others = keys_of(found)
            place = own, found.location.path
            said[place] = said.get(place, False) or found.in_head
            self.others.pop(place, None)
            if others:
                self.others[place] = others
        for (secret, path), at_head in said.items():
            self.places[secret][path] = at_head


def _renamed(secret: Secret, names: dict[str, str]) -> Secret:
    return names.get(secret[0], secret[0]), secret[1]
