"""`ScannedNames`: the names in one scan. Secrets in them become findings, and are masked in whatever the scan reports.

A finding is at the path that ends with the component that has the secret: a directory is reported once, however many
files are in it. Filters and processors of plugins see names as they are, as they see secrets; everything after them
sees what is shown.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from beca_core.findings import NameKind, Presence
from beca_core.report import Skipped
from beca_core.scanning.names.name_judge import NameJudge
from beca_core.scanning.results.assembly import add_fingerprints, assemble, readable
from beca_core.sources.contracts import NamedContents, Place
from beca_core.sources.positions import PositionReader
from beca_core.state.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypeAlias

    from beca_core.findings import Finding, Location
    from beca_core.report import ProblemLog, Suppressed
    from beca_core.scanning.names.name_judge import NameMatch
    from beca_core.scanning.scan_setup import Setup
    from beca_core.scanning.suppression.suppression import Comments
    from beca_core.sources.contracts import Contents
    from beca_core.sources.limits import Stop
    from beca_core.state.checkpoint import Checkpoint

    Lines: TypeAlias = Mapping[tuple[Location, str], tuple[str, str]]

_MOST_NAMES: Final = 4_000_000
"""Names that are looked at in one scan; if there are more, the scan is incomplete."""
_REFS: Final = ".git/refs/"


class ScannedNames:
    """The names in one scan.

    Args:
        setup: The configuration of the engine.
        log: Counts the plugins that fail, and what is dropped.
        suppressed: Takes the findings that are dropped; None: nothing does.

    Attributes:
        is_complete: Whether there was time for all names of the contents.
    """

    def __init__(self, setup: Setup, log: ProblemLog, suppressed: list[Suppressed] | None) -> None:
        self._setup = setup
        self._log = log
        self._suppressed = suppressed
        self._has_found = False
        self._is_needed = True
        self.is_complete = True

    def findings(self, contents: Contents, found: Iterable[Finding], stop: Stop) -> list[Finding]:
        """Return the findings in names.

        Args:
            contents: What was read.
            found: The findings in contents; the names of other contents are known only if the source lists them.
            stop: When to end.
        """
        found = list(found)
        named = contents if isinstance(contents, NamedContents) else None
        names = set(islice(() if named is None else named.names(), _MOST_NAMES))
        is_unchanged = named is not None and not names and getattr(contents, "is_unchanged", False)
        self._is_needed = not is_unchanged or any(map(_is_uncommitted, found))
        if not self._is_needed:
            return []
        names.update(_raw(each.location) for each in found)
        if not names:
            return []
        self.is_complete = self._judge.judge(names, stop) and len(names) < _MOST_NAMES
        dirty = {name: matches for name in names if (matches := self._judge.found(name))}
        if not dirty:
            return []
        self._has_found = True
        places: dict[bytes, list[Place]] = defaultdict(list)
        named_places = () if named is None else named.name_places(dirty.keys())
        for place in chain(named_places, map(_place_of, found)):
            places[place.path].append(place)
        return self._assembled(dirty, places)

    def masked(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return findings as they are shown."""
        findings = list(findings)
        if not self._is_needed:
            return findings  # an earlier scan has looked at these names, and recorded them because none has a secret
        if findings:
            self._judge.judge({_raw(finding.location) for finding in findings})
            self._judge.judge_authors({finding.commit.author for finding in findings if finding.commit is not None})
        return [self._masked(finding) for finding in findings]

    def masked_suppressed(self, items: Iterable[Suppressed]) -> list[Suppressed]:
        """Return what is dropped as it is shown."""
        items = list(items)
        findings = self.masked(item.finding for item in items)
        return [
            item if finding is item.finding else replace(item, finding=finding)
            for item, finding in zip(items, findings, strict=True)
        ]

    def masked_skipped(self, items: Iterable[Skipped]) -> list[Skipped]:
        """Return contents that were not read, with their names as they are shown."""
        items = list(items)
        if not self._is_needed:
            return items
        names = [item.id.encode("utf-8", "surrogatepass") for item in items]
        if names:
            self._judge.judge(names)
        shown = map(self._judge.shown, names)
        return [
            item if other is name else Skipped(other.decode("utf-8", "surrogatepass"), item.reason)
            for item, name, other in zip(items, names, shown, strict=False)
        ]

    def masked_comments(self, comments: Comments) -> Comments:
        """Return comments at their places as they are shown."""
        if not self._is_needed or not comments:
            return comments
        return {(key[0], key[1], self._judge.shown(key[2]), *key[3:]): comment for key, comment in comments.items()}

    def masked_lines(self, lines: Lines) -> Lines:
        """Return the lines of findings at their places as they are shown."""
        if not self._is_needed or not lines:
            return lines
        return {(self._shown_location(at), fingerprint): line for (at, fingerprint), line in lines.items()}

    def recorded(self, checkpoint: Checkpoint | None) -> Checkpoint | None:
        """Return a checkpoint in which no name holds a secret: without the attribution if one does.

        The next scan then reads all names again, and finds what is in them again.
        """
        attribution = None if checkpoint is None else checkpoint.attribution
        if checkpoint is None or attribution is None:
            return checkpoint
        is_recorded = self.is_complete and not self._has_found
        if is_recorded and self._is_needed and (attribution.ages or attribution.at_head or attribution.commits):
            paths = {path for _, path in (*attribution.ages, *attribution.at_head)}
            authors = {commit.author for commit in attribution.commits.values()}
            self._judge.judge(paths)
            self._judge.judge_authors(authors)
            is_recorded = all(self._judge.shown(path) is path for path in paths) and all(
                self._judge.shown_author(author) is author for author in authors
            )
        return checkpoint if is_recorded else checkpoint._replace(attribution=None)

    @cached_property
    def _judge(self) -> NameJudge:
        return NameJudge(self._setup.compiled(self._setup.rules), self._setup.key, self._log)

    def _assembled(
        self, dirty: Mapping[bytes, Sequence[NameMatch]], places: Mapping[bytes, Sequence[Place]]
    ) -> list[Finding]:
        hits: dict[bytes, dict[NameMatch, Hit]] = defaultdict(dict)
        where: dict[bytes, list[Place]] = defaultdict(list)
        for name, matches in sorted(dirty.items()):
            for match in matches:
                end = name.find(b"/", match.end)
                path = name if end < 0 else name[:end]
                hits[path][match] = self._hit(path, match)
                where[path] += places.get(name, ())
        of_paths = {f"name {number}": path for number, path in enumerate(hits)}
        found = assemble(
            add_fingerprints(
                {name_id: list(hits[path].values()) for name_id, path in of_paths.items()},
                self._setup.key,
                self._setup.former_names,
            ),
            [_joined(name_id, path, where[path]) for name_id, path in of_paths.items()],
            self._setup.rules,
            precedence=self._setup.precedence,
            log=self._log,
            suppressed=self._suppressed,
        )
        return [replace(each, name_of=_kind(each.location)) for each in found]

    def _hit(self, path: bytes, found: NameMatch) -> Hit:
        match, reader = found.match, PositionReader(path)
        return Hit(
            rule_id=match.rule_id,
            begin=reader.position(found.begin),
            end=reader.position(found.end),
            secret=found.secret,
            confidence=match.confidence or self._setup.rules[match.rule_id].confidence,
            decodings=match.decodings,
            truncated=match.truncated,
            severity=match.severity,
            variant=match.variant,
        )

    def _masked(self, finding: Finding) -> Finding:
        location, commit = self._shown_location(finding.location), finding.commit
        if commit is not None and (author := self._judge.shown_author(commit.author)) is not commit.author:
            commit = replace(commit, author=author)
        if location is finding.location and commit is finding.commit:
            return finding
        return replace(finding, location=location, commit=commit)

    def _shown_location(self, at: Location) -> Location:
        raw = _raw(at)
        shown = self._judge.shown(raw)
        if shown is raw:
            return at
        path, raw_path = readable(shown)
        return replace(at, path=path, raw_path=raw_path)


def _is_uncommitted(finding: Finding) -> bool:
    return finding.uncommitted or finding.presence is Presence.STAGED


def _raw(at: Location) -> bytes:
    return at.path.encode("utf-8", "surrogatepass") if at.raw_path is None else at.raw_path


def _place_of(finding: Finding) -> Place:
    return Place(
        "", _raw(finding.location), finding.in_head, finding.commit, finding.presence, uncommitted=finding.uncommitted
    )


def _joined(name_id: str, path: bytes, places: Sequence[Place]) -> Place:
    """Return the one place of a name that is at several: in the current version, if one of them is."""
    in_head = any(place.in_head for place in places)
    return Place(
        name_id,
        path,
        in_head,
        next((place.commit for place in places if place.commit is not None), None),
        None if in_head else next((place.presence for place in places if place.presence is not None), None),
        uncommitted=bool(places) and all(place.uncommitted for place in places),
    )


def _kind(at: Location) -> NameKind:
    return NameKind.REF if at.path.startswith(_REFS) else NameKind.PATH
