"""A small, slow reading of gitleaks' documentation in plain Python, with which the translation is compared."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class PlainAllow:
    """An allow-list of gitleaks, and what it hides."""

    needs_all: bool = False
    commits: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    regexes: tuple[str, ...] = ()
    target: str = "secret"
    stop_words: tuple[str, ...] = ()

    def hides(self, found: PlainFinding) -> bool:
        answers = []
        if self.commits:
            answers.append(found.commit in self.commits)
        if self.paths:
            answers.append(any(re.search(path, found.path) for path in self.paths))
        if self.regexes:
            answers.append(any(re.search(regex, getattr(found, self.target)) for regex in self.regexes))
        if self.stop_words:
            answers.append(any(word.lower() in found.secret.lower() for word in self.stop_words))
        return bool(answers) and (all(answers) if self.needs_all else any(answers))

    def toml(self, header: str) -> str:
        lines = [header]
        if self.needs_all:
            lines.append('condition = "AND"')
        for key, values in (("commits", self.commits), ("paths", self.paths), ("regexes", self.regexes)):
            if values:
                lines.append(f"{key} = [{', '.join(map(quoted, values))}]")
        if self.stop_words:
            lines.append(f"stopwords = [{', '.join(map(quoted, self.stop_words))}]")
        lines.append(f'regexTarget = "{self.target}"')
        return "\n".join(lines)


@dataclass(frozen=True)
class PlainFinding:
    """What gitleaks finds."""

    secret: str
    match: str
    line: str
    path: str = ""
    commit: str = ""


@dataclass(frozen=True)
class PlainRule:
    """A rule of gitleaks, and what it finds in a text of which no match crosses a line."""

    regex: str
    secret_group: int = 0
    entropy: float = 0.0
    keywords: tuple[str, ...] = ()
    allows: tuple[PlainAllow, ...] = field(default=())

    def find(self, text: str, path: str = "", commit: str = "") -> Iterator[PlainFinding]:
        if self.keywords and not any(word.lower() in text.lower() for word in self.keywords):
            return
        for line in text.split("\n"):
            for match in re.finditer(self.regex, line):
                found = PlainFinding(self._secret(match), match[0], line, path, commit)
                if (
                    found.secret
                    and not self._is_plain(found.secret)
                    and not any(allow.hides(found) for allow in self.allows)
                ):
                    yield found

    def _secret(self, match: re.Match[str]) -> str:
        if self.secret_group:
            return match[self.secret_group] or ""
        return next((group for group in match.groups() if group), match[0])

    def _is_plain(self, secret: str) -> bool:
        counts = Counter(secret).values()
        entropy = -sum(count / len(secret) * math.log2(count / len(secret)) for count in counts)
        return self.entropy > 0 and entropy < self.entropy

    def toml(self, rule_id: str) -> str:
        lines = ["[[rules]]", f'id = "{rule_id}"', f"regex = {quoted(self.regex)}"]
        if self.secret_group:
            lines.append(f"secretGroup = {self.secret_group}")
        if self.entropy:
            lines.append(f"entropy = {self.entropy}")
        if self.keywords:
            lines.append(f"keywords = [{', '.join(map(quoted, self.keywords))}]")
        return "\n".join([*lines, *(allow.toml("[[rules.allowlists]]") for allow in self.allows)])


def quoted(text: str) -> str:
    assert "'''" not in text
    return f"'''{text}'''"
