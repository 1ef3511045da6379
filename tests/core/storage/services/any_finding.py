"""A strategy for findings of every shape."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from beca_core.findings import (
    Change,
    Commit,
    Confidence,
    Finding,
    FindingPart,
    Location,
    NameKind,
    Position,
    Presence,
    Severity,
    SupersededRule,
)

decent = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
line = st.integers(1, 2**40)
commits = st.builds(
    Commit,
    id=st.text("0123456789abcdef", min_size=40, max_size=64),
    author=decent,
    date=st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 29), timezones=st.just(UTC)),  # noqa: DTZ001
)

positions = st.builds(Position, line, line)
names = st.sampled_from(["key-id", "user", "region"])
parts = st.builds(FindingPart, names, positions, positions, decent, st.booleans())
fingerprints = st.text("0123456789abcdef", min_size=64, max_size=64)
superseded = st.builds(SupersededRule, st.sampled_from(["generic", "word"]), fingerprints, st.booleans())


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    begin = Position(draw(line), draw(line))
    return Finding(
        rule_id=draw(st.sampled_from(["secret-key", "github-token"])),
        location=Location(
            draw(decent), begin, Position(begin.line + draw(line), draw(line)), draw(st.none() | st.binary(max_size=9))
        ),
        description=draw(decent),
        severity=draw(st.sampled_from(Severity)),
        confidence=draw(st.sampled_from(Confidence)),
        fingerprint=draw(st.text("0123456789abcdef", min_size=64, max_size=64)),
        redacted=draw(st.text(max_size=10, alphabet="abc.()0123456789")),
        secret=b"",
        in_head=draw(st.booleans()),
        commit=draw(st.none() | commits),
        occurrences=draw(line),
        presence=draw(st.none() | st.sampled_from(Presence)),
        decodings=tuple(draw(st.lists(st.sampled_from(["base64", "hex", "percent", "unicode-escape"]), max_size=4))),
        variant=draw(st.sampled_from(["", "test"])),
        provider=draw(decent),
        category=draw(st.sampled_from(["", "cloud"])),
        tags=tuple(draw(st.lists(names, max_size=3))),
        parts=tuple(draw(st.lists(parts, max_size=3))),
        attributes=tuple(draw(st.dictionaries(names, decent, max_size=3)).items()),
        superseded=tuple(draw(st.lists(superseded, max_size=3))),
        labels=tuple(draw(st.lists(st.sampled_from(["test", "vendored"]), max_size=2))),
        lowered_from=draw(st.none() | st.sampled_from(Confidence)),
        truncated=draw(st.booleans()),
        name_of=draw(st.none() | st.sampled_from(NameKind)),
        change=draw(st.none() | st.sampled_from(Change)),
    )
