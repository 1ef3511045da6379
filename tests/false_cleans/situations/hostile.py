"""Plugins that fail, block, crash or lie, beside a secret of a built-in rule.

What a plugin does costs its own matches, and is named; the secret of the built-in rule is found in the same content.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from beca_core.testing import random_text
from tests.false_cleans.planting import FILLER, settings, token_text
from tests.false_cleans.situation import Secret, Situation
from tests.false_cleans.situations.states import FILTER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.false_cleans.situation import Case

_SECONDS: Final = 40.0
"""Most for a scan with a plugin that does not come to an end: two calls, starting, and a busy machine."""
_MIB: Final = 1024 * 1024

CHECK: Final = """
    import os, sys, time
    from beca_core import Confidence, Rule, Severity, hookimpl

    def check(candidate):
        ACTION
        return candidate

    @hookimpl
    def beca_register_rules():
        return [
            Rule(
                id="hostile-rule", version=1, description="x", severity=Severity.LOW, confidence=Confidence.LOW,
                pattern=r"(?P<secret>hostile-[a-z]+)", checks=(check,),
            )
        ]
"""
SCANNER: Final = """
    import ctypes, itertools, os, sys, threading, time
    from beca_core import Confidence, Match, RuleInfo, Severity, hookimpl

    class Hostile:
        rules = (
            RuleInfo(
                id="hostile-rule", version=1, description="x", severity=Severity.LOW, confidence=Confidence.LOW
            ),
        )
        anchors = (b"hostile",)
        MORE

        def scan(self, data):
            ACTION

    @hookimpl
    def beca_register_scanners():
        return [Hostile()]
"""
WHOLE: Final = """
    from beca_core import Confidence, Match, RuleInfo, Severity, hookimpl

    class Whole:
        rules = (
            RuleInfo(
                id="whole-rule", version=1, description="x", severity=Severity.LOW, confidence=Confidence.LOW
            ),
        )
        anchors = ()
        needs_whole = True

        def scan(self, data):
            if data.startswith(b"BEGIN-OF-VAULT") and data.endswith(b"END-OF-VAULT"):
                begin = data.index(b"vault-")
                yield Match(begin, begin + 38, "whole-rule")

    @hookimpl
    def beca_register_scanners():
        return [Whole()]
"""
IMPORT_FAILS: Final = "import a_module_that_nobody_has\n"
REGISTERS_NOTHING: Final = "RULES = []\n"
MISSPELLED: Final = """
    from beca_core import hookimpl

    @hookimpl
    def beca_register_rule():
        return []
"""
RULES: Final = """
    from beca_core import Confidence, Rule, Severity, hookimpl

    def make(name, pattern):
        return Rule(
            id=name, version=1, description="x", severity=Severity.LOW, confidence=Confidence.LOW, pattern=pattern
        )

    @hookimpl
    def beca_register_rules():
        yield make("good-before", r"(?P<secret>goodword-[0-9a-f]{32})")
        yield BAD
        yield make("good-after", r"(?P<secret>lateword-[0-9a-f]{32})")
"""
_PATCHING: Final = (
    "import builtins, json, zlib; builtins.open = os.read = json.dumps = zlib.decompress = lambda *a, **k: b''; "
    "builtins.sorted = lambda *a, **k: []; sys.stdout = sys.stderr = None; return ()"
)


def check(action: str) -> str:
    """Code of a plugin with a check that does something."""
    return CHECK.replace("ACTION", action)


def scanner(action: str, more: str = "") -> str:
    """Code of a plugin with a scanner that does something."""
    return SCANNER.replace("ACTION", action).replace("MORE", more)


def _beside(name: str, root: Path) -> Case:
    """A secret of a built-in rule in a text in which the plugin has something to do."""
    return token_text(name, before=FILLER + "hostile-word\n").in_file(root / "app.env")


def _own(rule_id: str, word: str, root: Path) -> Case:
    """A secret of the plugin's own rule."""
    secret = Secret(rule_id, f"{word}-{random_text('0123456789abcdef', 32, word)}".encode())
    return settings(secret).in_file(root / "app.env")


def _vault(root: Path) -> Case:
    """A secret that a scanner finds in a whole content only; the content is larger than a chunk."""
    secret = Secret("whole-rule", f"vault-{random_text('0123456789abcdef', 32, 'vault')}".encode())
    filler = FILLER * (17 * _MIB // len(FILLER))
    text = settings(secret, before=f"BEGIN-OF-VAULT\n{filler}", name="", after=f"\n{filler}END-OF-VAULT")
    return text.in_file(root / "vault.txt")


def _situation(
    name: str, plugins: Mapping[str, str], build: Callable[[Path], Case] | None = None, **more: Any
) -> Situation:
    built = build or partial(_beside, name)
    return Situation(name, built, plugins=plugins, texts=True, seconds=_SECONDS, **more)


def _named(name: str, source: str, **more: Any) -> Situation:
    """A plugin that does wrong: the secret beside it is found, and the plugin is named."""
    return _situation(name, {"hostile": source}, also_says=("problem:hostile",), **more)


def _blocking(name: str, source: str) -> Situation:
    return _named(name, source, limits={"plugin_seconds": 1})


def _filter(name: str, result: str, **more: Any) -> Situation:
    """A filter that answers neither True nor False keeps the finding, and is named."""
    return _named(name, FILTER.replace("RESULT", result), **more)


_REMOVES: Final = ("filtered:hostile",)

SITUATIONS: Final = [
    _filter("filter-returns-none", "None"),
    _filter("filter-returns-zero", "0"),
    _filter("filter-returns-a-text", "''"),
    _filter("filter-raises", "1 / 0"),
    _filter("filter-exits", "exit(0)"),
    _situation("filter-removes", {"hostile": FILTER.replace("RESULT", "False")}, honest=_REMOVES),
    _named("check-raises", check("1 / 0")),
    _named("check-returns-garbage", check("return 'garbage'")),
    _blocking("check-sleeps", check("time.sleep(60)")),
    _named("check-exits", check("sys.exit(0)")),
    _named("check-ends-the-process", check("os._exit(0)")),
    _named("check-recurses", check("check(candidate)")),
    _named("check-interrupts", check("raise KeyboardInterrupt")),
    _blocking("scanner-sleeps", scanner("time.sleep(60); return ()")),
    _blocking("scanner-never-ends", scanner("return (Match(0, 0, 'x') for _ in itertools.count() if time.time() < 0)")),
    _named("scanner-yields-too-many", scanner("return (Match(0, 7, 'hostile-rule') for _ in range(10_000_000))")),
    _named("scanner-crashes", scanner("ctypes.string_at(0)")),
    _named("scanner-kills-itself", scanner("os.kill(os.getpid(), 9)")),
    _named(
        "scanner-yields-garbage", scanner("return ['x', None, Match(-5, 10**9, 'hostile-rule'), Match(1, 2, 'no')]")
    ),
    _named("scanner-returns-nothing", scanner("return None")),
    _situation("scanner-prints", {"hostile": scanner("print('garbage {'); os.write(1, b'more'); return ()")}),
    _situation("scanner-closes-its-output", {"hostile": scanner("os.close(1); os.close(2); return ()")}),
    _situation("scanner-patches-the-library", {"hostile": scanner(_PATCHING)}),
    _situation(
        "scanner-leaves-a-thread",
        {"hostile": scanner("threading.Thread(target=time.sleep, args=(90,)).start(); return ()")},
    ),
    _situation("scanner-takes-all-files", {"hostile": scanner("self.f = [os.dup(1) for _ in range(900)]; return ()")}),
    _situation("scanner-needs-the-whole", {"whole": WHOLE}, _vault, honest=("skipped:*", "problem:whole")),
    _named("import-fails", IMPORT_FAILS),
    _named("import-exits", "import sys\nsys.exit(0)\n"),
    _named("registers-nothing", REGISTERS_NOTHING),
    _named("hook-misspelled", MISSPELLED),
    _named("hook-raises", RULES.replace("yield BAD", "1 / 0")),
    _named(
        "bad-pattern-among-good",
        RULES.replace("BAD", "make('bad', r'(?P<secret>[)')"),
        build=partial(_own, "good-after", "lateword"),
    ),
    _named(
        "bad-rule-among-good",
        RULES.replace("BAD", "make('Bad Id', r'(?P<secret>badword)')"),
        build=partial(_own, "good-before", "goodword"),
        honest=("problem:hostile",),
    ),
    _named(
        "not-a-rule-among-good", RULES.replace("BAD", "'not a rule'"), build=partial(_own, "good-after", "lateword")
    ),
]
