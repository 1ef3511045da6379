"""What a path says of the secrets in it, such as that it is a test: a label, and at most one step of confidence.

A path never hides a secret. It lowers the confidence for rules of the category `generic` only: these take a value for a
secret because of its name, and a path says what names mean there. A rule that knows a secret by its form is as sure of
it in one directory as in another.

`PATH_LABELS` is the whole table. Its patterns are those of `beca_core.rules.path_patterns`, without `!`. A path can
have several labels. A member of an archive has those of the archive and its own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.findings import Confidence
from beca_core.rules.path_patterns import first_matching

if TYPE_CHECKING:
    from beca_core.rules.rule import RuleInfo

GENERIC: Final = "generic"
"""The category of the rules that know a secret by its name."""

_MAX_PATHS: Final = 4096


class PathLabel(NamedTuple):
    """What some paths have in common.

    Args:
        name: The label that findings have.
        reason: What values that are named like a secret are there.
        least: The confidence below which the label lowers no finding.
        patterns: The paths.
    """

    name: str
    reason: str
    least: Confidence
    patterns: tuple[str, ...]


class LabelOfPath(NamedTuple):
    """A label that a path has.

    Args:
        name: The label.
        pattern: The first pattern of the label that matches the path.
    """

    name: str
    pattern: str


PATH_LABELS: Final = (
    PathLabel(
        "test",
        "Tests make up the credentials that they check with, and open services that exist for the test only.",
        Confidence.MEDIUM,
        (
            *("[Tt]est/", "[Tt]ests/", "*[._-][Tt]est/", "*[._-][Tt]ests/", "*[a-z]Test/", "*[a-z]Tests/"),
            *("*[a-z]Fixture/", "*[a-z]Fixtures/"),
            *("[Tt]esting/", "__tests__/", "testdata/", "test[_-]data/", "test[_-]*/", "test[Uu]tils/"),
            *("[Ss]pec/", "[Ss]pecs/", "[Ff]ixture/", "[Ff]ixtures/", "__fixtures__/"),
            *("[Mm]ock/", "[Mm]ocks/", "__mocks__/", "e2e/", "cypress/", "androidTest/"),
            *("test_*.*", "tests.py", "conftest.py", "*[._-]test.*", "*[._-]tests.*", "*[._-]spec.*", "*[._-]specs.*"),
            *("*[a-z0-9]Test.*", "*[a-z0-9]Tests.*", "*[a-z0-9]Spec.*", "*[a-z0-9]TestCase.*", "*.t", "*.mock.*"),
        ),
    ),
    PathLabel(
        "example",
        "Examples and templates show where a credential goes; whoever uses them writes another one.",
        Confidence.MEDIUM,
        (
            *("[Ee]xample/", "[Ee]xamples/", "[Ss]ample/", "[Ss]amples/", "[Dd]emo/", "[Dd]emos/"),
            *("[Tt]utorial/", "[Tt]utorials/", "[Qq]uickstart/", "[Qq]uickstarts/", "playground/"),
            *("example.*", "*.example", "*[._-]example.*", "sample.*", "*.sample", "*[._-]sample.*"),
            *("*.template", "*.tmpl", "*.tpl", "*[._-]template.*", "*.dist", "*.dist.*", "*.example-*", "*.tt"),
        ),
    ),
    PathLabel(
        "documentation",
        "Documentation explains credentials with made-up ones.",
        Confidence.MEDIUM,
        (
            *("[Dd]oc/", "[Dd]ocs/", "[Dd]ocumentation/", "[Gg]uides/", "man/", "javadoc/"),
            *("*.md", "*.mdx", "*.markdown", "*.rst", "*.adoc", "*.asciidoc", "*.textile", "*.pod"),
            *("README*", "[Rr]eadme*", "CHANGELOG*", "[Cc]hange[Ll]og*", "CHANGES*", "HISTORY*", "NEWS*"),
        ),
    ),
    PathLabel(
        "vendored",
        "Copies of other projects hold what those have published, not credentials of this one.",
        Confidence.MEDIUM,
        (
            *("vendor/", "vendors/", "vendored/", "third[_-]party/", "thirdparty/", "3rdparty/", "3rd[_-]party/"),
            *("node_modules/", "bower_components/", "jspm_packages/", "site-packages/", "dist-packages/"),
            *(".venv/", "venv/", "virtualenv/", "Pods/", "Carthage/", "deps/", "Godeps/", "extern/", "externals/"),
        ),
    ),
    PathLabel(
        "generated",
        "What a program has written is full of short names, hashes and encoded data.",
        Confidence.LOW,
        (
            *("*.min.js", "*.min.mjs", "*.min.css", "*.js.map", "*.css.map", "*[.-]bundle.js", "*.chunk.js"),
            *("*.pb.go", "*.pb.cc", "*.pb.h", "*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*_pb.js", "*_pb.d.ts"),
            *("generated/", "__generated__/", "autogen/", "[Gg]en-src/", "*.generated.*", "*_generated.*", "*.g.dart"),
            *("*.[Dd]esigner.cs", "*.g.cs", "*.snap", "__snapshots__/", "*.tfplan", "*.class", "*.pyc"),
        ),
    ),
    PathLabel(
        "lock-file",
        "Lock files pin packages by name and hash.",
        Confidence.LOW,
        (
            *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"),
            *("deno.lock", "Pipfile.lock", "poetry.lock", "uv.lock", "pdm.lock", "pixi.lock", "conda-lock.yml"),
            *("Cargo.lock", "go.sum", "composer.lock", "Gemfile.lock", "Podfile.lock", "pubspec.lock", "mix.lock"),
            *("flake.lock", "packages.lock.json", "project.assets.json", "gradle.lockfile", "Package.resolved"),
            *(".terraform.lock.hcl", "Cartfile.resolved", "rebar.lock", "stack.yaml.lock", "MODULE.bazel.lock"),
        ),
    ),
    PathLabel(
        "translation",
        "Translations have words for a person in the place of a value, under names such as password.",
        Confidence.LOW,
        (
            *("[Ll]ocale/", "[Ll]ocales/", "_locales/", "[Ll]ang/", "[Ll]angs/", "i18n/", "I18n/", "l10n/", "intl/"),
            *("[Tt]ranslation/", "[Tt]ranslations/", "[Ll]anguages/", "*.lproj/"),
            *("*.po", "*.pot", "*.xlf", "*.xliff", "*.arb", "*.resx", "*.strings", "strings.xml", "[Mm]essages_*"),
        ),
    ),
)
"""Every label, with the reason and the paths."""

_LEAST: Final = {label.name: label.least for label in PATH_LABELS}


def labels_of(path: bytes, member: bytes = b"") -> tuple[LabelOfPath, ...]:
    """Return the labels of a path, in the order of `PATH_LABELS`.

    Args:
        path: Relative to the root of what is scanned, `/`-separated.
        member: Path within the archive that the path leads to; empty: the content is not in an archive.
    """
    return _labels_of(path, member)


@lru_cache(_MAX_PATHS)
def _labels_of(path: bytes, member: bytes) -> tuple[LabelOfPath, ...]:
    found = ((label.name, first_matching(label.patterns, path, member)) for label in PATH_LABELS)
    return tuple(LabelOfPath(name, pattern) for name, pattern in found if pattern)


def lowered(rule: RuleInfo, confidence: Confidence, labels: tuple[LabelOfPath, ...]) -> Confidence:
    """Return the confidence of a match at a path with some labels: the same, or a step less.

    Args:
        rule: The rule of the match.
        confidence: The confidence of the match by its content.
        labels: The labels of the path.
    """
    if not labels or rule.category != GENERIC:
        return confidence
    least = min(_LEAST[label.name] for label in labels)
    return list(Confidence)[confidence.rank - 1] if confidence > least else confidence
