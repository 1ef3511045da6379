"""What a path says of a finding: a label, at most one step of confidence, and never silence."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, Dropped, Engine, PluginRegistry, Rule, Severity, Step, explain, hookimpl
from beca_core.rules.path_patterns import applies, first_matching
from beca_core.scanning.results.path_labels import PATH_LABELS, labels_of, lowered

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core import Finding

NAMES = [label.name for label in PATH_LABELS]
LOW, MEDIUM, HIGH = Confidence


def rule(
    confidence: Confidence = HIGH, category: str = "generic", name: str = "made-up", severity: Severity = Severity.HIGH
) -> Rule:
    return Rule(
        id=name,
        version=1,
        description="x",
        severity=severity,
        confidence=confidence,
        category=category,
        pattern="(?P<secret>made-up_[0-9]{4})",
    )


def found(path: str, *rules: Rule, **options: Any) -> list[Finding]:
    return Engine(rules=rules or [rule()], cache_dir=False, **options).scan_text("made-up_1234 other_1234", path)


PATHS = [
    ("tests/a.py", "test"),
    ("src/Tests/a.py", "test"),
    ("src/test/java/A.java", "test"),
    ("Acme.Tests/A.cs", "test"),
    ("AcmeTests/A.swift", "test"),
    ("acme-test/a.c", "test"),
    ("a/test_b.py", "test"),
    ("a/b_test.go", "test"),
    ("a/b.spec.ts", "test"),
    ("a/AcmeTest.java", "test"),
    ("t/00-basic.t", "test"),
    ("fixtures/a.json", "test"),
    ("examples/a.py", "example"),
    ("settings.py.example", "example"),
    (".env.sample", "example"),
    ("config-example.yml", "example"),
    ("a/b.template", "example"),
    ("docs/a.html", "documentation"),
    ("a/README", "documentation"),
    ("a/b.md", "documentation"),
    ("CHANGELOG.txt", "documentation"),
    ("vendor/github.com/a/b.go", "vendored"),
    ("third_party/a.c", "vendored"),
    ("web/node_modules/a/index.js", "vendored"),
    ("deps/lua/a.c", "vendored"),
    ("web/a.min.js", "generated"),
    ("a/b.pb.go", "generated"),
    ("a/b_pb2.py", "generated"),
    ("package-lock.json", "lock-file"),
    ("a/Cargo.lock", "lock-file"),
    ("go.sum", "lock-file"),
    ("locale/de/LC_MESSAGES/django.po", "translation"),
    ("src/i18n/de.json", "translation"),
    ("res/values-de/strings.xml", "translation"),
]


@pytest.mark.parametrize(("path", "name"), PATHS)
def test_paths_that_say_something(path: str, name: str) -> None:
    assert [label.name for label in labels_of(path.encode())] == [name]


def test_each_label_has_paths_that_have_it() -> None:
    assert [*dict.fromkeys(name for _, name in PATHS)] == NAMES
    assert len(set(NAMES)) == len(NAMES)
    assert all(label.reason.endswith(".") for label in PATH_LABELS)


@pytest.mark.parametrize(
    "path",
    [
        *("", "a", "src/main.py", "config/prod.env", "latest/a", "contest/a", "src/attestation.c", "testament.py"),
        *("Latest.java", "src/protest.go", "document.py", "langley/a", "a/lock.py", "yarn.locked", "src/admin/a.js"),
        *("mandate/a.c", "exemplary/a", "distance.c", "venvy/a", "spectrum/a.py", ".git/commits/0123", "greatest.c"),
    ],
)
def test_paths_that_say_nothing(path: str) -> None:
    assert labels_of(path.encode()) == ()


def test_a_path_has_all_its_labels_each_with_the_pattern() -> None:
    assert labels_of(b"vendor/docs/test_a.md") == (
        ("test", "test_*.*"),
        ("documentation", "[Dd]ocs/"),
        ("vendored", "vendor/"),
    )
    assert [name for name, _ in labels_of(b"dist.zip", b"tests/a!docs/b.env")] == ["test", "documentation"]
    assert [name for name, _ in labels_of(b"tests/dist.zip", b"app/b.env")] == ["test"]


@pytest.mark.parametrize("label", PATH_LABELS, ids=NAMES)
def test_no_pattern_is_negated_or_wrong(label: Any) -> None:
    for pattern in label.patterns:
        assert not pattern.startswith("!")
        bare = re.sub(r"\[(.)[^]]*\]", r"\1", pattern).replace("*", "x").strip("/")
        assert applies((pattern,), f"{bare}/inner".encode())


words = st.lists(st.sampled_from(["tests", "a", "docs", "test_x.py", "b.md", "*", "locale"]), min_size=1, max_size=4)


@given(words.map("/".join), st.sampled_from(PATH_LABELS))
def test_the_first_pattern_that_matches_is_found(path: str, label: Any) -> None:
    expected = next((pattern for pattern in label.patterns if applies((pattern,), path.encode())), "")
    assert first_matching(label.patterns, path.encode()) == expected


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_path_can_be_asked_about(path: bytes, member: bytes) -> None:
    assert {label.name for label in labels_of(path, member)} <= set(NAMES)


@pytest.mark.parametrize(
    ("path", "confidence", "expected"),
    [
        ("a.py", HIGH, HIGH),
        ("tests/a.py", HIGH, MEDIUM),
        ("tests/a.py", MEDIUM, MEDIUM),
        ("tests/a.py", LOW, LOW),
        ("docs/a.py", MEDIUM, MEDIUM),
        ("locale/a.py", HIGH, MEDIUM),
        ("locale/a.py", MEDIUM, LOW),
        ("locale/a.py", LOW, LOW),
        ("tests/locale/a.py", HIGH, MEDIUM),
        ("tests/locale/a.py", MEDIUM, LOW),
    ],
)
def test_the_confidence_of_a_generic_rule_is_a_step_lower(
    path: str, confidence: Confidence, expected: Confidence
) -> None:
    (finding,) = found(path, rule(confidence))
    assert finding.confidence is expected
    assert finding.lowered_from is (None if expected is confidence else confidence)
    assert finding.labels == tuple(label.name for label in labels_of(path.encode()))
    assert lowered(rule(), confidence, labels_of(path.encode())) is expected


@pytest.mark.parametrize("confidence", list(Confidence))
@pytest.mark.parametrize("path", [path for path, _ in PATHS])
def test_other_rules_are_as_sure_as_elsewhere(path: str, confidence: Confidence) -> None:
    (finding,) = found(path, rule(confidence, category=""))
    assert (finding.confidence, finding.lowered_from) == (confidence, None)
    assert finding.labels


@given(words.map("/".join), st.sampled_from(Confidence), st.sampled_from(["generic", "cloud", ""]))
def test_a_path_never_silences(path: str, confidence: Confidence, category: str) -> None:
    (finding,) = found(path, rule(confidence, category))
    assert confidence.rank - finding.confidence.rank in (0, 1)


def test_a_member_of_an_archive_has_the_labels_of_its_path() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("tests/app.env", "made-up_1234")
        archive.writestr("app.env", "made-up_5678")
    findings = Engine(rules=[rule()], cache_dir=False).scan_bytes(stream.getvalue(), "dist.zip").findings
    assert [(each.location.path, each.labels, each.confidence) for each in findings] == [
        ("dist.zip!app.env", (), HIGH),
        ("dist.zip!tests/app.env", ("test",), MEDIUM),
    ]


def test_precedence_is_decided_by_the_content() -> None:
    """The same secret of two rules: which one reports it does not depend on where it is.

    In a test both have the same confidence in the end, and the other rule is of the higher severity.
    """
    other = rule(MEDIUM, name="other", severity=Severity.CRITICAL)
    for path, confidence in (("a.py", HIGH), ("tests/a.py", MEDIUM)):
        (finding,) = found(path, rule(HIGH), other)
        assert (finding.rule_id, [each.rule_id for each in finding.superseded]) == ("made-up", ["other"])
        assert finding.confidence is confidence


def test_a_threshold_says_that_the_path_has_lowered_the_confidence() -> None:
    engine = Engine(rules=[rule()], cache_dir=False, min_confidence="high")
    assert len(engine.scan_text("made-up_1234", "a.py")) == 1
    assert engine.scan_text("made-up_1234", "tests/a.py") == []


def test_the_list_of_what_was_dropped_says_so_too(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "a.py").write_text("made-up_1234")
    engine = Engine(rules=[rule()], cache_dir=False, min_confidence="high")
    (item,) = engine.scan(tmp_path, with_suppressed=True).suppressed or ()
    assert (item.step, item.name, item.reason) == (Step.THRESHOLD, "confidence", "its confidence is below HIGH")
    assert item.value == "MEDIUM, lowered from HIGH for its path: test"


def test_an_explanation_with_a_path_says_what_the_path_does() -> None:
    (candidate,) = explain(rule(), "made-up_1234", "tests/a.md", registry=PluginRegistry()).candidates
    assert candidate.confidence is MEDIUM
    assert [(each.step, each.name, each.outcome, each.reason, each.value) for each in candidate.steps] == [
        (Step.PATH, "test", "changed", "confidence MEDIUM", "[Tt]ests/ matches"),
        (Step.PATH, "documentation", "changed", "confidence MEDIUM", "*.md matches"),
    ]
    (candidate,) = explain(rule(category=""), "made-up_1234", "tests/a.py", registry=PluginRegistry()).candidates
    assert (candidate.confidence, [each.outcome for each in candidate.steps]) == (HIGH, ["kept"])
    (candidate,) = explain(rule(), "made-up_1234", registry=PluginRegistry()).candidates
    assert (candidate.confidence, candidate.steps) == (HIGH, ())


class Surer:
    """A plugin whose processor knows better, or drops."""

    def __init__(self, answer: Confidence | None) -> None:
        self._answer = answer

    @hookimpl
    def beca_register_processors(self) -> list[Any]:
        from dataclasses import replace

        def process(found: Any) -> Any:
            if self._answer is None:
                return Dropped("known")
            return replace(found.finding, confidence=self._answer)

        return [process]


@pytest.mark.parametrize(("answer", "lowered_from"), [(HIGH, None), (LOW, None), (MEDIUM, HIGH)])
def test_a_processor_has_the_last_word(answer: Confidence, lowered_from: Confidence | None) -> None:
    registry = PluginRegistry(cache_dir=False)
    registry.register(Surer(answer), "surer")
    (finding,) = Engine(registry, rules=[rule()]).scan_text("made-up_1234", "tests/a.py")
    assert (finding.confidence, finding.lowered_from) == (answer, lowered_from)
