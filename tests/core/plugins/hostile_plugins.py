"""Plugins that do what no plugin should, as the source of a module each.

Each has the rule `bad-token`, whose pattern finds `bad_0000` and so on, or the scanner `Bad` with the rule `bad-scan`
and the anchor `bad_`. So a file without `bad_` is harmless.
"""

from __future__ import annotations

from textwrap import dedent
from typing import Final, NamedTuple

_HEAD: Final = """
import ctypes, itertools, os, signal, sys, threading, time
import beca_core
from beca_core import Confidence, Match, Rule, RuleInfo, Severity, hookimpl

INFO = {"version": 1, "description": "Bad", "severity": Severity.LOW, "confidence": Confidence.LOW}
"""

_RULE: Final = """
def check(candidate):
    ACTION
    return candidate

@hookimpl
def beca_register_rules():
    return [Rule(id="bad-token", pattern="(?P<secret>bad_[0-9]{4})", checks=(check,), **INFO)]
"""

_SCANNER: Final = """
class Bad:
    rules = (RuleInfo(id="bad-scan", **INFO),)
    anchors = (b"bad_",)

    def scan(self, data):
        ACTION
        return ()

@hookimpl
def beca_register_scanners():
    return [Bad()]
"""


class HostilePlugin(NamedTuple):
    """A plugin, and what the coverage says about it.

    Args:
        source: Its module.
        problem: A part of the message of one of its problems; empty: it does no harm, so that there is none; None: it
            may be too slow to answer, or not.
    """

    source: str
    problem: str | None


def in_check(action: str) -> str:
    """Return a plugin whose check does something."""
    return _HEAD + _RULE.replace("ACTION", "; ".join(dedent(action).strip().splitlines()))


def in_scanner(action: str) -> str:
    """Return a plugin whose scanner does something."""
    return _HEAD + _SCANNER.replace("ACTION", "; ".join(dedent(action).strip().splitlines()))


def at_import(action: str) -> str:
    """Return a plugin that does something when it is imported, and is otherwise as it should be."""
    return _HEAD + dedent(action) + _RULE.replace("ACTION", "pass")


def in_processor(action: str) -> str:
    """Return a plugin whose processor does something."""
    return (
        at_import("")
        + f"""
def judge(found):
    {action}
    return found.finding

@hookimpl
def beca_register_processors():
    return [judge]
"""
    )


def in_decoder(action: str) -> str:
    """Return a plugin whose decoder, which has the anchor `bad_`, does something."""
    return (
        at_import("")
        + f"""
def decode(data):
    {action}
    return ()

@hookimpl
def beca_register_decoders():
    return [beca_core.Decoder("bad", (b"bad_",), decode)]
"""
    )


def in_listener(action: str) -> str:
    """Return a plugin that does something when a scan starts, and when it has ended."""
    return (
        at_import("")
        + f"""
@hookimpl
def beca_scan_started(scan):
    {action}

@hookimpl
def beca_scan_finished(scan):
    {action}
"""
    )


_MONKEYPATCH: Final = """
    import beca_core.cli.framework.ending
    import beca_core.matching.ruleset as ruleset
    ruleset.RuleSet.find = lambda *arguments, **options: []
    beca_core.report.Coverage.complete = True
    beca_core.cli.framework.ending.conclude = lambda *arguments, **options: 0
"""

HOSTILE: Final = {
    "sleeping-check": HostilePlugin(in_check("time.sleep(60)"), "a check of rule bad-token did not answer"),
    "sleeping-scanner": HostilePlugin(in_scanner("time.sleep(60)"), "scanner Bad did not answer"),
    "hanging-at-import": HostilePlugin(at_import("time.sleep(60)"), "cannot be loaded: its process did not answer"),
    "endless-generator": HostilePlugin(
        in_scanner("return (Match(0, 4, 'bad-scan') for _ in itertools.count())"),
        "scanner Bad gave more than 10,000 matches in one content",
    ),
    "endless-loop": HostilePlugin(in_scanner("return (x for x in itertools.count() if x < 0)"), "did not answer"),
    "ten-million-matches": HostilePlugin(
        in_scanner("return [Match(0, 4, 'bad-scan')] * 10_000_000"),
        "scanner Bad ",  # gave too many, or was too slow to make them
    ),
    "exits-in-a-check": HostilePlugin(in_check("os._exit(0)"), "a check of rule bad-token ended with exit code 0"),
    "exits-at-import": HostilePlugin(at_import("os._exit(0)"), "cannot be loaded: its process ended with exit code 0"),
    "segfault": HostilePlugin(in_check("ctypes.string_at(0)"), "a check of rule bad-token ended by signal 11"),
    "memory": HostilePlugin(in_scanner("held = [bytes(1 << 28) for _ in range(16)]"), "raised MemoryError"),
    "prints-in-a-scanner": HostilePlugin(
        in_scanner("print('noise ' * 1000, flush=True)\nos.write(1, b'noise')\nprint('noise', file=sys.__stdout__)"), ""
    ),
    "prints-at-import": HostilePlugin(at_import("print('noise'); os.write(1, b'noise'); os.system('echo noise')"), ""),
    "monkeypatches-in-a-check": HostilePlugin(in_check(_MONKEYPATCH), ""),
    "monkeypatches-at-import": HostilePlugin(at_import(dedent(_MONKEYPATCH)), ""),
    "sleeping-processor": HostilePlugin(in_processor("time.sleep(60)"), "a processor did not answer"),
    "exits-in-a-processor": HostilePlugin(in_processor("os._exit(3)"), "a processor ended with exit code 3"),
    "sleeping-decoder": HostilePlugin(in_decoder("time.sleep(60)"), "decoder bad did not answer"),
    "decoder-bomb": HostilePlugin(
        in_decoder("return ((0, 4, bytes(1 << 20)) for _ in itertools.count())"), "decoder bad decoded more bytes"
    ),
    "sleeping-listener": HostilePlugin(in_listener("time.sleep(60)"), ""),
    "exits-in-a-listener": HostilePlugin(in_listener("os._exit(3)"), ""),
    "prints-in-a-listener": HostilePlugin(in_listener("print('noise'); os.write(1, b'noise')"), ""),
    "threads": HostilePlugin(
        in_scanner(
            "[threading.Thread(target=lambda: [0 for _ in itertools.count() if _ < 0]).start() for _ in '1234']"
        ),
        None,
    ),
    "threads-that-never-end": HostilePlugin(
        in_scanner("[threading.Thread(target=time.sleep, args=(1000,)).start() for _ in range(40)]"), ""
    ),
    "a-thread-that-keeps-the-interpreter": HostilePlugin(
        in_scanner("threading.Thread(target=lambda: any(map(sum, itertools.repeat(())))).start()"),
        "scanner Bad did not answer",
    ),
    "exits-politely": HostilePlugin(in_check("sys.exit(0)"), "a check of rule bad-token raised SystemExit"),
    "interrupts": HostilePlugin(in_check("raise KeyboardInterrupt"), "a check of rule bad-token raised KeyboardInterr"),
    "signals": HostilePlugin(in_check("signal.alarm(1)\ntime.sleep(60)"), "a check of rule bad-token"),
    "signal-handlers": HostilePlugin(
        in_check("[signal.signal(n, signal.SIG_IGN) for n in (2, 13, 15)]\nos.kill(os.getppid(), 0)\ntime.sleep(60)"),
        "a check of rule bad-token did not answer",
    ),
    "moves": HostilePlugin(at_import("os.chdir('/'); os.environ.clear(); sys.path.append('x'); os.umask(0o777)"), ""),
    "closes-everything": HostilePlugin(in_check("os.closerange(0, 1000)"), "a check of rule bad-token"),
    "writes-to-every-descriptor": HostilePlugin(
        in_check("[os.write(fd, b'x' * 9) for fd in range(3, 20) if os.path.exists(f'/proc/self/fd/{fd}')]"),
        "a check of rule bad-token",
    ),
}
