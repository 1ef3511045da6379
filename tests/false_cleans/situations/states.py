"""Rescans: what a state of an earlier scan must not hide."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, Final

from beca_core.testing import random_text
from tests.core.sources.archives.making import zipped
from tests.core.sources.conftest import Repo
from tests.distributions import install_distribution
from tests.false_cleans.planting import FILLER, key_text, token_text
from tests.false_cleans.situation import Case, Scene, Secret, Situation, Step, Way
from tests.false_cleans.situations.worktrees import at, clean_repository

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NO_CHOICE: Final = {Way.REST: "the server has no choice of rules"}
_NO_FILE: Final = {Way.REST: "a worker keeps its states out of reach"}
_SAME_LIMITS: Final = {Way.REST: "the limits of a server do not change while it runs"}
_FULL_CLONES: Final = {Way.REST: "a worker fetches by itself, in full"}

RULE: Final = """
    from beca_core import Confidence, Rule, Severity, hookimpl

    @hookimpl
    def beca_register_rules():
        return [
            Rule(
                id="acme-word", version=1, description="A word", severity=Severity.HIGH,
                confidence=Confidence.HIGH, pattern=r"(?P<secret>PREFIX[0-9a-f]{32})", CHECKS
            )
        ]

    def is_wanted(candidate):
        return CHECKED
"""
SCANNER: Final = """
    import re
    from beca_core import Confidence, Match, RuleInfo, Severity, hookimpl

    class Words:
        rules = (
            RuleInfo(
                id="acme-word", version=1, description="A word", severity=Severity.HIGH, confidence=Confidence.HIGH
            ),
        )
        anchors = (b"acmeword",)

        def scan(self, data):
            for found in re.finditer(rb"PREFIX[0-9a-f]{32}", data):
                yield Match(*found.span(), "acme-word")

    @hookimpl
    def beca_register_scanners():
        return [Words()]
"""
FILTER: Final = """
    from beca_core import hookimpl

    def keep(finding):
        return RESULT

    @hookimpl
    def beca_register_filters():
        return [keep]
"""
NOTHING: Final = """
    from beca_core import hookimpl

    @hookimpl
    def beca_register_filters():
        return [lambda finding: True]
"""


def rule(
    prefix: str = "acmeword", checked: str = "candidate", checks: str = "checks=(lambda one: is_wanted(one),)"
) -> str:
    """Code of a plugin with one rule."""
    return RULE.replace("PREFIX", prefix).replace("CHECKED", checked).replace("CHECKS", checks)


def _word(seed: str) -> Secret:
    return Secret("acme-word", f"acmeword{random_text('0123456789abcdef', 32, seed)}".encode())


def _with_word(root: Path) -> Case:
    secret = _word("word")
    data = f"{FILLER}word = {secret.value.decode()}\n"
    Repo(root).commit({"app.env": data, "README": "x\n"}, "all")
    return Case(root, secret)


def _with_token(root: Path) -> Case:
    text = token_text("state")
    Repo(root).commit({"app.env": text.data}, "all")
    return at(root, text, "app.env")


def _without_token(root: Path) -> Case:
    clean_repository(root)
    return at(root, token_text("later"))


def _installs(name: str, source: str, version: str = "1.0") -> Step:
    def change(scene: Scene) -> Case:
        install_distribution(scene.site, name, source, version=version)
        return scene.case

    return Step(change)


def _same(scene: Scene) -> Case:
    return scene.case


def _commit(scene: Scene) -> Case:
    text = token_text("later")
    Repo(scene.case.target).commit({"new.env": text.data}, "leak")
    return at(scene.case.target, text, "new.env")


def _force_push(scene: Scene) -> Case:
    text = token_text("forced")
    repo = Repo(scene.case.target)
    (repo.path / "app.env").write_bytes(text.data)
    repo.git("commit", "--quiet", "--all", "--amend", "--message", "forced")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "--quiet", "--prune=now")
    return at(repo.path, text, "app.env")


def _gc(scene: Scene) -> Case:
    case = _commit(scene)
    Repo(case.target).git("gc", "--quiet", "--aggressive", "--prune=now")
    return case


def _other_repository(scene: Scene) -> Case:
    text = token_text("other-repository")
    repo = Repo(scene.root / "other")
    repo.commit({"app.env": text.data}, "other")
    return at(repo.path, text, "app.env")


def _other_at_the_same_path(scene: Scene) -> Case:
    text = token_text("same-path")
    shutil.rmtree(scene.case.target)
    Repo(scene.case.target).commit({"app.env": text.data}, "other")
    return at(scene.case.target, text, "app.env")


def _damaged(scene: Scene) -> Case:
    assert scene.state is not None
    data = bytearray(scene.state.read_bytes())
    data[len(data) // 2] ^= 0xFF
    scene.state.write_bytes(data)
    return _commit(scene)


def _cut(scene: Scene) -> Case:
    assert scene.state is not None
    scene.state.write_bytes(scene.state.read_bytes()[:-20])
    return _commit(scene)


def _empty(scene: Scene) -> Case:
    assert scene.state is not None
    scene.state.write_bytes(b"")
    return _commit(scene)


def _shallow(root: Path) -> Case:
    text = token_text("unshallow")
    repo = Repo(root / "origin")
    repo.commit({"app.env": text.data}, "leak")
    repo.commit({"app.env": "nothing = 1\n"}, "removed")
    repo.git("clone", "--quiet", "--depth=1", repo.path.as_uri(), str(root / "clone"))
    return at(root / "clone", text, "app.env")


def _unshallow(scene: Scene) -> Case:
    Repo(scene.case.target).git("fetch", "--quiet", "--unshallow")
    return scene.case


def _other_branch_at_head(root: Path) -> Case:
    text = token_text("branch-at-head")
    repo = clean_repository(root)
    repo.git("checkout", "--quiet", "-b", "other")
    repo.commit({"app.env": text.data}, "leak")
    repo.git("checkout", "--quiet", "main")
    return at(root, text, "app.env")


def _switch(scene: Scene) -> Case:
    Repo(scene.case.target).git("checkout", "--quiet", "other")
    return scene.case


def _with_key(root: Path) -> Case:
    text = key_text("narrowed")
    Repo(root).commit({"app.env": text.data}, "all")
    return at(root, text, "app.env")


def _with_two(root: Path) -> Case:
    """Two files, of which one is too large for the first scan."""
    text = token_text("large-first", before=FILLER * 400)
    Repo(root).commit({"app.env": "nothing = 1\n", "large.env": text.data}, "all")
    return at(root, text, "large.env")


def _archive(root: Path) -> Case:
    text = token_text("archive-before")
    Repo(root).commit({"all.zip": zipped({"app.env": text.data})}, "all")
    return at(root, text, "all.zip!app.env")


def _situation(name: str, build: Callable[[Path], Case], *steps: Step, **more: Any) -> Situation:
    return Situation(name, build, steps=steps, **more)


_OTHER_RULES: Final = ("pem-private-key",)

SITUATIONS: Final = [
    _situation("new-commit", _without_token, Step(_commit)),
    _situation("nothing-new", _with_token, Step(_same)),
    _situation("nothing-new-at-head", _with_token, Step(_same), scope="head"),
    _situation(
        "rule-changed-without-version", _with_word, _installs("acme", rule()), plugins={"acme": rule("acmewort")}
    ),
    _situation(
        "check-changed-without-version", _with_word, _installs("acme", rule()), plugins={"acme": rule(checked="None")}
    ),
    _situation(
        "plugin-upgraded-without-version",
        _with_word,
        _installs("acme", rule(), "2.0"),
        plugins={"acme": rule(checked="None")},
    ),
    _situation(
        "scanner-changed-without-version",
        _with_word,
        _installs("acme", SCANNER.replace("PREFIX", "acmeword")),
        plugins={"acme": SCANNER.replace("PREFIX", "acmewort")},
    ),
    _situation(
        "paths-changed-without-version",
        _with_word,
        _installs("acme", rule()),
        plugins={"acme": rule(checks='paths=("!*.env",)')},
    ),
    _situation(
        "entropy-changed-without-version",
        _with_word,
        _installs("acme", rule()),
        plugins={"acme": rule(checks="min_entropy=7.9")},
    ),
    _situation("rule-of-a-plugin-added", _with_word, _installs("acme", rule()), plugins={"other": NOTHING}),
    _situation("failed-check-mended", _with_word, _installs("acme", rule()), plugins={"acme": rule(checked="1 / 0")}),
    _situation("narrowed-rules-then-all", _with_key, Step(_same), rules=_OTHER_RULES, without=_NO_CHOICE),
    _situation("all-narrowed-and-all", _with_key, Step(_same, _OTHER_RULES), Step(_same), without=_NO_CHOICE),
    _situation(
        "all-narrowed-commit-and-all", _without_token, Step(_commit, _OTHER_RULES), Step(_same), without=_NO_CHOICE
    ),
    _situation("state-of-another-repository", _without_token, Step(_other_repository), honest=("refused",)),
    _situation("other-repository-at-the-same-path", _without_token, Step(_other_at_the_same_path), honest=("refused",)),
    _situation("after-a-force-push", _without_token, Step(_force_push)),
    _situation("after-gc", _without_token, Step(_gc)),
    _situation("damaged-state", _without_token, Step(_damaged), honest=("refused",), without=_NO_FILE),
    _situation("cut-state", _without_token, Step(_cut), honest=("refused",), without=_NO_FILE),
    _situation("empty-state", _without_token, Step(_empty), honest=("refused",), without=_NO_FILE),
    _situation(
        "filter-added-later",
        _with_token,
        _installs("strict", FILTER.replace("RESULT", "False")),
        honest=("filtered:strict",),
        plugins={"other": NOTHING},
    ),
    _situation(
        "filter-taken-away",
        _with_token,
        _installs("strict", FILTER.replace("RESULT", "True")),
        plugins={"strict": FILTER.replace("RESULT", "False")},
    ),
    _situation("unshallowed", _shallow, Step(_unshallow), without=_FULL_CLONES),
    _situation("branch-switched-at-head", _other_branch_at_head, Step(_switch), scope="head"),
    _situation(
        "skipped-as-too-large-before",
        _with_two,
        Step(_same, limits={}),
        limits={"max_blob_bytes": 4096},
        without=_SAME_LIMITS,
    ),
    _situation(
        "not-reached-before", _with_two, Step(_same, limits={}), limits={"scan_bytes": 10}, without=_SAME_LIMITS
    ),
    _situation(
        "out-of-time-before", _with_two, Step(_same, limits={}), limits={"scan_seconds": 0}, without=_SAME_LIMITS
    ),
    _situation(
        "archives-not-opened-before",
        _archive,
        Step(_same, limits={}),
        limits={"archive_depth": 0},
        without=_SAME_LIMITS,
    ),
]
