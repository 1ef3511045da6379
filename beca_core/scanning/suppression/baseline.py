"""`Baseline`: the findings that a project knew when it began to scan, in a text file that git merges.

Each line is a secret at a path: a keyed hash of its fingerprint, `+` if it is in the current version or `-` if it is
only in the history, the rule and the path. Rule and path are for people and for moves; the hash decides. It is made
with a key that is in the file, so equal secrets in two projects have different lines. The lines are sorted, and can be
read in any order: with the attribute `merge=union`, two branches never conflict.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote_to_bytes

from beca_core.errors import InvalidInput, quoted_path
from beca_core.findings import Change
from beca_core.scanning.results.comparison import compare, key_of, presence_at_head
from beca_core.system.lazy_regexp import lazy
from beca_core.system.private_files import replace_file
from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from beca_core.findings import Finding
    from beca_core.state.state import FindingKey

MAX_BASELINE_BYTES: Final = 64 * 1024 * 1024
_KEY_BYTES: Final = 16
_DIGITS: Final = 32
_HEAD: Final = """\
# BECA baseline 1: findings that are known. `beca baseline update` writes it; the order of the lines has no meaning.
# key {key}
# fingerprints {check}
"""
_KEY: Final = lazy(r"# key ([0-9a-f]{32})")
_CHECK: Final = lazy(r"# fingerprints ([0-9a-f]{32})")
_LINE: Final = lazy(r"([0-9a-f]{32}) ([+-]) ([a-z0-9-]{1,255}) (\S+)")
_MARKS: Final = (b"<<<<<<<", b"=======", b">>>>>>>")


@dataclass(frozen=True)
class Baseline:
    """The findings that are known.

    Args:
        key: The key of the hashes, 16 bytes.
        check: A hash of the key of the fingerprints that it was made with.
        places: Whether each known secret is in the current version, by hash and path.
        rules: The rule that has found it, by the same.
        name: What reports call the baseline.
    """

    key: bytes = field(repr=False)
    check: str
    places: Mapping[FindingKey, bool]
    rules: Mapping[FindingKey, str] = field(default_factory=dict, repr=False)
    name: str = "baseline"

    @classmethod
    def of(
        cls, findings: Iterable[Finding], fingerprint_key: bytes, key: bytes | None = None, name: str = "baseline"
    ) -> Baseline:
        """Make a baseline of some findings.

        Args:
            findings: What is to be known.
            fingerprint_key: The key of their fingerprints.
            key: The key of the hashes; None: a new one.
            name: What reports call it.
        """
        key = os.urandom(_KEY_BYTES) if key is None else key
        hashed = [_hashed(finding, key) for finding in findings]
        rules = {key_of(each): finding.rule_id for each, finding in zip(hashed, findings, strict=True)}
        return cls(key, _digest(key, fingerprint_key), presence_at_head(hashed), rules, name)

    @classmethod
    def load(cls, path: str | os.PathLike[str], fingerprint_key: bytes) -> Baseline:
        """Read a baseline.

        Args:
            path: The file.
            fingerprint_key: The key of the fingerprints of the scan.

        Raises:
            InvalidInput: If there is no such file, it is not a baseline, or was made with another key of fingerprints.
        """
        path = Path(path)
        try:
            data = read_regular(path, MAX_BASELINE_BYTES)
        except OSError as error:
            why = error.strerror or "it is not a regular file"
            raise InvalidInput(
                f"The baseline {quoted_path(path)} cannot be read: {why}.", hint="`beca baseline create` makes one."
            ) from None
        if data is None:
            raise InvalidInput(f"The baseline {quoted_path(path)} is larger than {MAX_BASELINE_BYTES:,} bytes.")
        baseline = cls._parse(path, data)
        if baseline.check != _digest(baseline.key, fingerprint_key):
            raise InvalidInput(
                f"The baseline {quoted_path(path)} was made with another BECA_FINGERPRINT_KEY.",
                hint="Set the same one, or make a new baseline with `beca baseline create`.",
            )
        return baseline

    @classmethod
    def _parse(cls, path: Path, data: bytes) -> Baseline:
        keys, checks = set[str](), set[str]()
        places: dict[FindingKey, bool] = {}
        rules: dict[FindingKey, str] = {}
        for number, line in enumerate(data.split(b"\n"), 1):
            text = line.decode("ascii", "replace").strip()
            if found := _KEY.fullmatch(text):
                keys.add(found[1])
            elif found := _CHECK.fullmatch(text):
                checks.add(found[1])
            elif found := _LINE.fullmatch(text):
                place = "", found[1], unquote_to_bytes(found[4])
                places[place] = places.get(place, False) or found[2] == "+"
                rules[place] = found[3]
            elif text and not text.startswith("#"):
                hint = "Solve the conflict: keep the lines of both sides." if line.startswith(_MARKS) else ""
                raise InvalidInput(f"{quoted_path(path)}, line {number}, is no line of a baseline.", hint=hint)
        if len(keys) != 1 or len(checks) != 1:
            hint = "`beca baseline create` makes one."
            raise InvalidInput(f"{quoted_path(path)} is not a baseline: it has {len(keys)} keys, not one.", hint=hint)
        return cls(bytes.fromhex(keys.pop()), checks.pop(), places, rules, path.name)

    def with_findings(self, findings: Sequence[Finding], fingerprint_key: bytes) -> Baseline:
        """Return a baseline that knows some more findings.

        Args:
            findings: The findings.
            fingerprint_key: The key of their fingerprints.
        """
        added = Baseline.of(findings, fingerprint_key, self.key, self.name)
        return replace(self, places={**self.places, **added.places}, rules={**self.rules, **added.rules})

    def known(self, findings: Sequence[Finding]) -> frozenset[int]:
        """Return the numbers of the findings that are known.

        A secret that has moved is known, and one more copy of it is not; one that history has at another place is.
        """
        hashed = [_hashed(finding, self.key) for finding in findings]
        compared, _ = compare(self.places, hashed, frozenset())
        return frozenset(number for number, each in enumerate(compared) if each.change is not Change.NEW)

    def gone(self, findings: Iterable[Finding]) -> frozenset[FindingKey]:
        """Return what is known and none of the findings."""
        found = {key_of(_hashed(finding, self.key))[1] for finding in findings}
        return frozenset(place for place in self.places if place[1] not in found)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the file; a reader sees it as it was before, or as it is now.

        Raises:
            InvalidInput: If it cannot be written.
        """
        try:
            replace_file(Path(path), [self.text().encode()])
        except OSError as error:
            raise InvalidInput(f"The baseline {quoted_path(path)} cannot be written: {error.strerror}.") from None

    def text(self) -> str:
        """Return the content of the file."""
        lines = sorted(
            f"{place[1]} {'+' if in_head else '-'} {self.rules[place]} {quote(place[2], safe='/!')}\n"
            for place, in_head in self.places.items()
        )
        return _HEAD.format(key=self.key.hex(), check=self.check) + "".join(lines)


def _hashed(finding: Finding, key: bytes) -> Finding:
    """Return a finding whose rule and fingerprint are the hash; the fingerprint is that of the rule's oldest id."""
    superseded = tuple(
        replace(each, rule_id="", fingerprint=_digest(key, each.fingerprint.encode())) for each in finding.superseded
    )
    return replace(finding, rule_id="", fingerprint=_digest(key, finding.fingerprint.encode()), superseded=superseded)


def _digest(key: bytes, data: bytes) -> str:
    return hmac.new(key, data, hashlib.sha256).hexdigest()[:_DIGITS]
