"""`NameJudge`: which parts of names are secrets, and what is shown instead of them.

All names are searched together first, since nearly none of them has anything. Those in which something may be are then
searched one by one, as if each were a content of its own: what is found in a name never depends on other names. A path
is searched as a whole, by its components, and by these without their last suffix, as `.txt`, which could be a part of
what a rule looks for.

A secret is replaced by its preview and a keyed hash of it: two different ones never become one name, and the same one
is shown in the same way by every scan with the same key.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from beca_core.findings import Confidence, fingerprint, redact
from beca_core.report import ProblemLog
from beca_core.sources.limits import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from beca_core.matching.ruleset import RuleSet
    from beca_core.rules.scanner import Match
    from beca_core.sources.limits import Stop

Span: TypeAlias = tuple[int, int]

_LEAST: Final = Confidence.MEDIUM
"""Below, words such as `private_key` are found, which many files are called."""
_TOGETHER_BYTES: Final = 1024 * 1024
_HASH_DIGITS: Final = 10
_HASHED_AS: Final = "name"
_AUTHOR: Final = b"author "
"""What is before the name in a commit, where rules see it too."""
_OF_OBJECTS: Final = (b".git/commits/", b".git/tags/", b".git/objects/")


class NameMatch(NamedTuple):
    """A secret in a name.

    Args:
        begin: Byte offset in the name of its first byte.
        end: Byte offset after its last byte.
        match: What was found.
        secret: The secret itself.
        hidden: Where its companions are that are not public, each with begin and end.
    """

    begin: int
    end: int
    match: Match
    secret: bytes
    hidden: tuple[Span, ...] = ()


class NameJudge:
    """Looks for secrets in names, in each only once.

    Args:
        rule_set: Finds the secrets.
        key: Key of the fingerprints.
        log: Counts the plugins that fail.
    """

    def __init__(self, rule_set: RuleSet, key: bytes, log: ProblemLog) -> None:
        self._rule_set = rule_set
        self._key = key
        self._log = log
        self._searched: set[bytes] = set()
        self._in_texts: dict[bytes, list[Match]] = {}
        self._judged: set[bytes] = set()
        self._found: dict[bytes, list[NameMatch]] = {}
        self._shown: dict[bytes, bytes] = {}

    def judge(self, names: Iterable[bytes], stop: Stop = NEVER) -> bool:
        """Look for secrets in some names, and return whether there was time for all of them."""
        new = [name for name in names if name not in self._judged and not name.startswith(_OF_OBJECTS)]
        if not new:
            return True
        texts = set(new)
        for name in new:
            texts.update(_components(name))
        texts.update([text.rpartition(b".")[0] for text in texts if b"." in text])
        texts -= self._searched
        texts.discard(b"")
        self._search(sorted(texts), stop)
        if stop.has_cut or stop.reason:
            return False
        self._searched |= texts
        self._judged.update(new)
        for name in new if self._in_texts else ():
            if found := list(self._found_in(name)):
                self._found[name] = found
        return True

    def judge_authors(self, authors: Iterable[str]) -> None:
        """Look for secrets in who made commits."""
        self.judge(_author_line(author) for author in authors)

    def found(self, name: bytes) -> Sequence[NameMatch]:
        """Return the secrets in a name; of a secret that a rule has found in several ways, the shortest."""
        self.judge((name,))
        kept: list[NameMatch] = []
        for each in sorted(self._found.get(name, ()), key=lambda found: (found.end - found.begin, found.begin)):
            rule_id = each.match.rule_id
            if not any(k.match.rule_id == rule_id and k.begin < each.end and each.begin < k.end for k in kept):
                kept.append(each)
        return kept

    def shown(self, name: bytes) -> bytes:
        """Return a name without the secrets in it; the name itself if there are none."""
        self.judge((name,))
        if name not in self._found:
            return name  # as nearly all
        if name not in self._shown:
            self._shown[name] = self._masked(name, list(_spans(self._found[name])))
        return self._shown[name]

    def shown_author(self, author: str) -> str:
        """Return who made a commit without the secrets in it."""
        line = _author_line(author)
        shown = self.shown(line)
        return author if shown is line else shown.removeprefix(_AUTHOR).decode("utf-8", "backslashreplace")

    def _search(self, texts: list[bytes], stop: Stop) -> None:
        """Look for secrets in texts that have not been searched."""
        begin, size, rules = 0, 0, self._rule_set.rules
        log = ProblemLog()
        for number, text in enumerate(texts, start=1):
            size += len(text)
            if size < _TOGETHER_BYTES and number < len(texts):
                continue
            for candidate in self._candidates(texts[begin:number], stop):
                found = self._rule_set.find_in_name(candidate, log, stop)
                sure = [each for each in found if (each.confidence or rules[each.rule_id].confidence) >= _LEAST]
                if sure:
                    self._in_texts[candidate] = sure
            begin, size = number, 0
        known = {(problem.plugin, problem.message) for problem in self._log.problems}
        for problem in log.problems:  # the other counts are of matches in what was read, and a name is no content
            if (problem.plugin, problem.message) not in known:
                self._log.add(problem.plugin, problem.message)

    def _candidates(self, texts: list[bytes], stop: Stop) -> list[bytes]:
        """Return those of some texts in which something may be found."""
        if stop.reason:
            return []
        regions = self._rule_set.regions(b"\n".join(texts), stop)
        spans = [(begin, end) for ranges in regions.ranges.values() for begin, end in ranges]
        spans += [(end, end) for ends in regions.forms.values() for end in ends]
        begins = [0, *accumulate(len(text) + 1 for text in texts)]
        numbers: set[int] = set()
        for begin, end in spans:  # what is found there begins or ends at these offsets
            first, last = bisect_right(begins, max(begin - 1, 0)) - 1, bisect_right(begins, end) - 1
            numbers.update(range(max(first, 0), min(last + 1, len(texts))))
        return [texts[number] for number in sorted(numbers)]

    def _found_in(self, name: bytes) -> Iterator[NameMatch]:
        known: set[tuple[int, int, str, tuple[str, ...]]] = set()
        for at, text in _readings(name):
            for match in self._in_texts.get(text, ()):
                key = at + match.begin, at + match.end, match.rule_id, match.decodings
                if key in known:
                    continue
                known.add(key)
                rule = self._rule_set.rules[match.rule_id]
                public = {part.name for part in getattr(rule, "parts", ()) if part.public}
                hidden = tuple((at + part.begin, at + part.end) for part in match.parts if part.name not in public)
                secret = text[match.begin : match.end] if match.secret is None else match.secret
                yield NameMatch(*key[:2], match, secret, hidden)

    def _masked(self, name: bytes, spans: Sequence[Span]) -> bytes:
        """Return a name in which spans are replaced."""
        kept, at = [], 0
        for begin, end in spans:
            secret = name[begin:end]
            mask = f"{redact(secret)}~{fingerprint(_HASHED_AS, secret, self._key)[:_HASH_DIGITS]}"
            kept += [name[at:begin], mask.replace("/", "?").encode()]
            at = end
        return b"".join([*kept, name[at:]])


def _components(name: bytes) -> list[bytes]:
    return name.replace(b"!", b"/").split(b"/")  # members of archives follow a `!`


def _readings(name: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the texts as which a name is searched, each with its offset."""
    parts = _components(name)
    begins = accumulate((len(part) + 1 for part in parts[:-1]), initial=0)
    for at, text in ((0, name), *zip(begins, parts, strict=True)):
        yield at, text
        if b"." in text:
            yield at, text.rpartition(b".")[0]


def _spans(found: Iterable[NameMatch]) -> Iterator[Span]:
    """Yield where the secrets are and what is hidden with them, in order; those that overlap are one."""
    begin = end = 0
    for first, last in sorted(span for each in found for span in ((each.begin, each.end), *each.hidden)):
        if first < end:
            end = max(end, last)
        else:
            if end:
                yield begin, end
            begin, end = first, last
    if end:
        yield begin, end


def _author_line(author: str) -> bytes:
    return _AUTHOR + author.encode("utf-8", "surrogatepass")
