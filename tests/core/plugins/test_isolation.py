"""Plugins in processes of their own: what they give arrives, what they do stays there, and nothing is left of them."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Candidate, Confidence, Dropped, Engine, Example, Limits, PluginRegistry, Rule, RuleInfo, Severity
from beca_core.errors import PluginFailed
from beca_core.plugins.isolation.description import from_plain, to_plain
from beca_core.plugins.registration import Plugin
from beca_core.report import ProblemLog
from beca_core.sources.texts import TextSource
from beca_core.testing import prove
from tests.core.plugins.hostile_plugins import HOSTILE, in_check, in_scanner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Install = Callable[..., None]

FULL = """
    import os, threading
    from dataclasses import replace
    from beca_core import Confidence, Example, Match, Rule, RuleInfo, Severity, hookimpl

    INFO = {"version": 2, "description": "D\\u00e4", "severity": Severity.HIGH, "confidence": Confidence.LOW}

    def shorter(candidate):
        assert candidate.group("head") == b"full"
        is_cut = candidate.secret.endswith(b"44")
        return replace(candidate, end=candidate.end - 1, confidence=Confidence.HIGH, truncated=is_cut)

    def even(candidate):
        return candidate if candidate.secret[-1:] in b"02468" else None

    RULE = Rule(
        id="full-rule", pattern="(?P<secret>(?P<head>full)_[0-9]{3})", keywords=("full",), checks=(shorter, even),
        min_entropy=1.5, multiline=True, max_bytes=99, examples=(Example(b"\\xff full_120", "full_12"),),
        counter_examples=("\\u00e4", b"\\xff"), references=("https://example.com",), remediation="R",
        paths=("*.env", "!no/*"), **INFO,
    )

    class Pids:
        rules = (RuleInfo(id="full-scan", **INFO), RuleInfo(id="full-other", **INFO))
        anchors = (b"full", b"\\xff\\xfe\\xfd")
        needs_whole = True

        def scan(self, data):
            yield Match(0, 4, "full-scan", Confidence.HIGH, b"\\xffsecret", ("base64", "hex"))
            yield Match(0, 4, "full-scan")
            yield Match(0, 4, "of-nobody")
            yield 7
            yield Match("0", 4, "full-scan")
            yield Match(0, 400, "full-other")
            if b"raise" in data:
                raise ValueError(data)

    def keep(finding):
        if finding.secret.startswith(b"full_66"):
            raise OSError(finding.secret)
        return not finding.secret.startswith(b"full_42")

    class Lines:
        name = "lines"
        def write(self, report, stream, *, redact):
            stream.write(f"{len(report.findings)} {redact} {os.getpid()}")

    @hookimpl
    def beca_register_rules():
        yield RULE
        yield 7

    @hookimpl
    def beca_register_scanners():
        return [Pids()]

    @hookimpl
    def beca_register_filters():
        return [keep]

    @hookimpl
    def beca_register_reporters():
        return [Lines()]
"""


@pytest.fixture(params=["forked", pytest.param("spawned", marks=pytest.mark.slow)])
def start_method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the processes of plugins are started."""
    monkeypatch.setattr("beca_core.system.processes.may_fork", lambda: request.param == "forked")
    return str(request.param)


def children() -> list[int]:
    """Return the processes that this one has started, those included that wait to be collected."""
    return [int(pid) for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()]


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No test leaves a process or a descriptor behind."""
    gc.collect()
    gc.freeze()  # the next collection need not look at what other tests keep
    before, descriptors = set(children()), len([*Path("/proc/self/fd").iterdir()])
    yield
    gc.collect()
    assert set(children()) <= before
    assert len([*Path("/proc/self/fd").iterdir()]) <= descriptors


@pytest.fixture
def full(install: Install, start_method: str) -> Iterator[PluginRegistry]:
    install("full", FULL)
    registry = PluginRegistry.load()
    yield registry
    registry.close()


def test_everything_that_a_plugin_registers_arrives(full: PluginRegistry) -> None:
    plugin = full.plugins[-1]
    assert (plugin.name, plugin.distribution) == ("full", "full 1.0")
    assert plugin.problems == ["beca_register_rules gave a int, not a Rule."]
    (rule,), (scanner,), (keep,), (reporter,) = plugin.rules, plugin.scanners, plugin.filters, plugin.reporters
    expected = {
        "id": "full-rule",
        "version": 2,
        "description": "D\u00e4",
        "severity": Severity.HIGH,
        "confidence": Confidence.LOW,
        "pattern": "(?P<secret>(?P<head>full)_[0-9]{3})",
        "keywords": ("full",),
        "min_entropy": 1.5,
        "multiline": True,
        "max_bytes": 99,
        "examples": (Example(b"\xff full_120", "full_12"),),
        "counter_examples": ("\u00e4", b"\xff"),
        "references": ("https://example.com",),
        "remediation": "R",
        "paths": ("*.env", "!no/*"),
    }
    assert {name: getattr(rule, name) for name in expected} == expected
    assert type(scanner).__name__ == "Pids"
    assert [info.id for info in scanner.rules] == ["full-scan", "full-other"]
    assert scanner.anchors == (b"full", b"\xff\xfe\xfd")
    assert scanner.needs_whole is True
    assert callable(keep)
    assert reporter.name == "lines"
    assert "full_under_test" not in sys.modules


def test_checks_scanners_and_filters_are_asked_there(full: PluginRegistry) -> None:
    text = b"full_120 full_421 full_660 full_770 full_771 full_aaa full_111"
    report = Engine(full).scan(TextSource(text, "x.env"))
    found = [(each.rule_id, each.secret, each.confidence, each.decodings) for each in report.findings]
    assert [each for each in found if each[0] == "full-rule"] == [
        ("full-rule", b"full_12", Confidence.HIGH, ()),
        ("full-rule", b"full_66", Confidence.HIGH, ()),
    ]
    assert ("full-scan", b"\xffsecret", Confidence.HIGH, ("base64", "hex")) in found
    assert "full-scan" in {other.rule_id for each in report.findings for other in each.superseded}
    problems = {problem.message: problem.count for problem in report.coverage.problems}
    assert problems == {
        "beca_register_rules gave a int, not a Rule.": 1,
        "scanner Pids gave a match that is not valid": 4,
        "a filter raised OSError": 1,
    }


def test_what_a_scanner_yields_before_it_raises_is_kept(full: PluginRegistry) -> None:
    log = ProblemLog()
    matches = full.compile(["full-scan"]).find(b"full raise", log)
    assert len(matches) == 2
    assert "scanner Pids raised ValueError" in [problem.message for problem in log.problems]


def test_each_object_can_be_called_like_any_other(full: PluginRegistry) -> None:
    plugin = full.plugins[-1]
    candidate = Candidate(b"full_120", 0, 8, Confidence.LOW, {"head": (0, 4), "secret": (0, 8)})
    (check,) = plugin.rules[0].checks
    assert check(candidate) == Candidate(b"full_120", 0, 7, Confidence.HIGH, candidate.groups)
    assert isinstance(check(Candidate(b"full_111", 0, 8, Confidence.LOW, {"head": (0, 4)})), Dropped)
    cut = Candidate(b"full_244", 0, 8, Confidence.LOW, {"head": (0, 4), "secret": (0, 8)})
    assert check(cut) == Candidate(b"full_244", 0, 7, Confidence.HIGH, cut.groups, truncated=True)
    (match,) = full.compile(["full-rule"]).find(b"full_244", ProblemLog())
    assert (match.end, match.truncated) == (7, True)
    with pytest.raises(PluginFailed, match=r"^Code of a plugin raised AssertionError\.$"):
        check(Candidate(b"full_120", 0, 8, Confidence.LOW))
    with pytest.raises(PluginFailed, match="raised ValueError"):
        list(plugin.scanners[0].scan(b"full raise"))
    findings = Engine(full).scan_text(b"full_120", "x.env")
    assert plugin.filters[0](findings[0]) is True


def test_after_close_the_next_call_starts_a_process_again(full: PluginRegistry) -> None:
    rule_set = full.compile(["full-rule"])
    assert len(children()) == 1
    full.close()
    assert children() == []
    full.close()
    assert len(rule_set.find(b"full_120", ProblemLog())) == 1
    assert len(children()) == 1
    full.close()


def test_a_plugin_whose_rules_are_data_keeps_no_process(install: Install, start_method: str) -> None:
    install("plain", in_check("pass").replace("checks=(check,), ", ""))
    registry = PluginRegistry.load()
    assert children() == []
    assert len(registry.compile(["bad-token"]).find(b"bad_0000", ProblemLog())) == 1
    assert children() == []


def test_a_failed_process_is_started_again_for_the_next_content(install: Install, start_method: str) -> None:
    install("hostile", in_check("candidate.secret == b'bad_0666' and os._exit(7)"))
    rule_set, log = PluginRegistry.load().compile(["bad-token"]), ProblemLog()
    assert len(rule_set.find(b"bad_0001", log)) == 1
    assert rule_set.find(b"bad_0001 bad_0666", log) == []
    assert len(rule_set.find(b"bad_0001", log)) == 1
    assert [problem.message for problem in log.problems] == ["a check of rule bad-token ended with exit code 7"]


def test_after_three_failures_in_a_scan_the_plugin_is_not_asked_again(install: Install, tmp_path: Path) -> None:
    install("hostile", in_check("os._exit(0)"))
    tree = tmp_path / "tree"
    tree.mkdir()
    for number in range(10):
        (tree / str(number)).write_text("bad_0001 private_key")
    engine = Engine(PluginRegistry.load())
    for _ in range(2):
        report = engine.scan(tree)
        assert len(report.findings) == 10
        assert {problem.message: problem.count for problem in report.coverage.problems} == {
            "a check of rule bad-token ended with exit code 0": 3,
            "a check of rule bad-token was not run, because its plugin had failed 3 times": 7,
        }


def test_in_one_content_a_plugin_fails_once(install: Install) -> None:
    rules = "[Rule(id=f'bad-{n}', pattern='(?P<secret>bad_[0-9]{4})', checks=(check,), **INFO) for n in range(5)]"
    source = in_check("time.sleep(60)")
    install("hostile", source[: source.index("    return [Rule(")] + f"    return {rules}\n")
    log = ProblemLog()
    PluginRegistry.load().compile(plugin_seconds=0.5).find(b"bad_0001 YmFkXzAwMDE= private_key", log)
    failed, *not_run = [message for problem in log.problems for message in [problem.message] * problem.count]
    assert failed == "a check of rule bad-0 did not answer within 0.5 s"
    assert len(not_run) == 4
    assert all("was not run, because its plugin had failed in this content" in message for message in not_run)


def test_one_content_is_sent_once_for_all_rules_and_scanners(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    from beca_core.plugins.isolation import running_process

    sent: list[int] = []
    send = running_process.send_request

    def counting(descriptor: int, request: Any, content: bytes | None, deadline: float) -> None:
        sent.append(-1 if content is None else len(content))
        send(descriptor, request, content, deadline)

    install("full", FULL)
    registry = PluginRegistry.load()
    monkeypatch.setattr(running_process, "send_request", counting)
    text = b"full_120 full_130 full_140" + b" " * 1_000_000
    rule_set = registry.compile(["full-rule", "full-scan"])
    rule_set.find(text, ProblemLog())
    assert sent == [len(text), -1]


def test_threads_that_share_an_engine_get_their_own_answers(install: Install) -> None:
    install("full", FULL)
    engine = Engine(PluginRegistry.load(), rules=["full-rule"])
    found: list[set[bytes]] = []

    def scan(number: int) -> None:
        secret = f"full_{number}".encode()
        texts = [secret + b"7"] * 20
        found.extend({each.secret for each in engine.scan_text(text, "x.env")} ^ {secret} for text in texts)

    threads = [threading.Thread(target=scan, args=(number,)) for number in range(10, 26, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 160
    assert set(map(frozenset, found)) == {frozenset()}
    assert 1 <= len(children()) <= 5


def test_a_forked_process_does_not_use_the_plugin_process_of_its_parent(install: Install) -> None:
    install("full", FULL)
    engine = Engine(PluginRegistry.load(), rules=["full-rule"])
    assert len(engine.scan_text(b"full_120", "x.env")) == 1
    (ours,) = children()
    context = multiprocessing.get_context("fork")
    there, here = context.Pipe()

    def work() -> None:
        there.send((len(engine.scan_text(b"full_120 full_140", "x.env")), children()))

    process = context.Process(target=work)
    process.start()
    count, (theirs,) = here.recv()
    process.join()
    here.close()
    there.close()
    assert count == 2
    assert theirs != ours
    assert len(engine.scan_text(b"full_120", "x.env")) == 1
    assert children() == [ours]
    wait_until(lambda: not Path(f"/proc/{theirs}").exists() or "Z" in Path(f"/proc/{theirs}/stat").read_text())


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_a_content_that_is_larger_than_the_room_gets_a_process_with_more(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("beca_core.plugins.isolation.plugin_process.ROOM_BYTES", 1000)
    monkeypatch.setattr("beca_core.plugins.isolation.running_process.ROOM_BYTES", 1000)
    install("full", FULL)
    rule_set = PluginRegistry.load().compile(["full-rule"])
    for size in (10, 5_000_000, 10):
        assert len(rule_set.find(b"full_120" + b" " * size, ProblemLog())) == 1


def test_a_plugin_that_is_another_one_after_its_restart_is_not_asked(install: Install, site: Path) -> None:
    install("hostile", in_check("pass"))
    registry, log = PluginRegistry.load(), ProblemLog()
    rule_set = registry.compile(["bad-token"])
    registry.close()
    path = site / "hostile_under_test.py"
    path.write_text(path.read_text().replace('"version": 1', '"version": 22'))
    assert rule_set.find(b"bad_0001", log) == []
    (problem,) = log.problems
    assert problem.message.endswith("was not run, because its plugin is not what it was when it was loaded")


def test_a_process_that_cannot_be_started_is_a_problem(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    install("full", FULL)
    registry = PluginRegistry.load()
    rule_set = registry.compile(["full-rule"])
    registry.close()
    monkeypatch.setattr(os, "fork", refuse)
    log = ProblemLog()
    assert rule_set.find(b"full_120", log) == []
    (problem,) = log.problems
    assert problem.message.endswith("was not run, because no process can be started for its plugin")
    problems = [problem.message for problem in PluginRegistry.load().problems]
    assert problems == ["cannot be loaded: its process cannot be started"]


ENVIRONMENT = """
    import os, resource, signal, sys
    from beca_core import Confidence, Match, RuleInfo, Severity, hookimpl

    INFO = {"version": 1, "description": "D", "severity": Severity.LOW, "confidence": Confidence.LOW}

    class Seen:
        rules = (RuleInfo(id="seen", **INFO),)
        anchors = (b"seen",)
        def scan(self, data):
            held = [f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd")]
            facts = {
                "descriptors": [os.readlink(path).partition(":")[0] for path in held if os.path.exists(path)],
                "stdin": sys.stdin.read(),
                "core": resource.getrlimit(resource.RLIMIT_CORE),
                "ignored": [int(n) for n in signal.valid_signals() if signal.getsignal(n) == signal.SIG_IGN],
                "handlers": [int(n) for n in signal.valid_signals() if callable(signal.getsignal(n))],
            }
            yield Match(0, 4, "seen", None, repr(facts).encode())

    @hookimpl
    def beca_register_scanners():
        return [Seen()]
"""


def test_the_process_has_no_descriptor_of_ours_and_no_handler(install: Install, start_method: str) -> None:
    install("seen", ENVIRONMENT)
    with open(os.devnull) as held:  # noqa: PTH123
        os.set_inheritable(held.fileno(), True)
        (match,) = PluginRegistry.load().compile(["seen"]).find(b"seen", ProblemLog())
    facts = eval(match.secret or b"")  # noqa: S307 - it is a plugin of this test
    assert facts["descriptors"].count("pipe") <= 3 + 2  # standard error and what goes there may be a pipe
    assert len(facts["descriptors"]) <= 7
    assert facts["stdin"] == ""
    assert facts["core"] == (0, 0)
    assert set(facts["ignored"]) <= {13, 25}
    assert set(facts["handlers"]) <= {2}


@pytest.fixture(scope="module")
def _compiled() -> None:
    """The compiled built-in rules are in the cache."""
    PluginRegistry.load().compile().prepare()


@pytest.mark.slow
@pytest.mark.usefixtures("_compiled")
@pytest.mark.parametrize("name", HOSTILE)
def test_in_a_program_with_threads_the_scan_goes_on_too(
    name: str, install: Install, site: Path, tmp_path: Path
) -> None:
    plugin = HOSTILE[name]
    install("hostile", plugin.source)
    tree = tmp_path / "tree"
    tree.mkdir()
    for file, text in (("a", "private_key"), ("b", "bad_0001 bad_0002"), ("c", "private_key")):
        (tree / file).write_text(text)
    scan_seconds = 4 if name == "hanging-at-import" else 20  # loading gets a part of it
    program = f"""
        import json, threading, time
        import beca_core
        threading.Thread(target=time.sleep, args=(3,), daemon=True).start()
        began = time.monotonic()
        report = beca_core.scan({str(tree)!r}, limits=beca_core.Limits(scan_seconds={scan_seconds}, plugin_seconds=1))
        print(json.dumps({{"seconds": time.monotonic() - began, **report.to_dict()}}))
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(site), *filter(None, sys.path)])}
    done = subprocess.run(
        [sys.executable, "-c", dedent(program)], env=environment, capture_output=True, timeout=100, check=True
    )
    report = json.loads(done.stdout)
    assert report["seconds"] < 50, "what sleeps does that for a minute"
    assert [each["location"]["path"] for each in report["findings"] if each["ruleId"] == "secret-key"] == ["a", "c"]
    problems = report["coverage"]["problems"]
    assert report["coverage"]["complete"] is not bool(problems)
    assert plugin.problem is None or bool(problems) is bool(plugin.problem), problems
    assert not plugin.problem or any(plugin.problem in problem["message"] for problem in problems), problems
    assert {problem["plugin"] for problem in problems} <= {"hostile"}


def test_a_proof_that_does_not_end_is_a_failure(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beca_core.testing.PROOF_SECONDS", 0.5)
    rules = "[Rule(id=f'bad-{n}', pattern='(?P<secret>bad_[0-9]{4})', checks=(check,), **EXAMPLES) for n in range(5)]"
    source = in_check("time.sleep(60)").replace("@hookimpl", "EXAMPLES = {**INFO, 'examples': ()}\n\n@hookimpl")
    source = source.replace("'examples': ()", "'examples': (beca_core.Example('bad_0000', 'bad_0000'),)")
    install("hostile", source[: source.index("    return [Rule(")] + f"    return {rules}\n")
    registry = PluginRegistry.load()
    proofs = prove(registry, [*registry.plugins[-1].rule_ids, "github-token"])
    assert [proofs[f"bad-{n}"] for n in range(3)] == [["its proof did not answer within 0.5 s"]] * 3
    assert proofs["bad-4"] == ["its proof was not run, because its plugin had failed 3 times"]
    assert proofs["github-token"] == []


def test_rules_of_installed_plugins_are_proved_where_their_checks_run(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("beca_core.testing.robustness.MOST_SECONDS_PER_MB", 60)  # the machine may be busy
    install("full", FULL)
    proofs = prove(PluginRegistry.load(), ["full-rule"])
    failures = [failure for failure in proofs["full-rule"] if " is not proven: " not in failure]
    assert failures in ([], ["example 1: confidence is HIGH, not LOW"])


def test_the_limit_of_a_scan_bounds_a_call(install: Install) -> None:
    install("hostile", in_scanner("time.sleep(60)"))
    engine = Engine(PluginRegistry.load(), limits=Limits(scan_seconds=2))
    engine.scan(TextSource(b"private_key"))  # compiles the rules
    began = time.monotonic()
    report = engine.scan(TextSource(b"bad_0001 private_key"))
    assert time.monotonic() - began < 30
    assert [finding.rule_id for finding in report.findings] == ["secret-key"]
    (problem,) = report.coverage.problems
    assert problem.message == "scanner Bad did not answer in its share of the time of the scan"


TEXTS = st.text() | st.binary()


@given(
    st.lists(st.builds(Example, TEXTS, TEXTS, st.sampled_from([None, *Confidence])), max_size=3),
    st.lists(TEXTS, max_size=3),
    st.text(min_size=1),
    st.integers(1, 2**70),
    st.floats(0, 8),
)
def test_a_rule_survives_its_description(
    examples: list[Example], counter_examples: list[Any], text: str, version: int, least: float
) -> None:
    rule = Rule(
        id="some-rule",
        version=version,
        description=text,
        severity=Severity.LOW,
        confidence=Confidence.HIGH,
        examples=tuple(examples),
        counter_examples=tuple(counter_examples),
        pattern="(?P<secret>x)",
        min_entropy=least,
    )
    record = Plugin("some")
    record.rules.append(rule)
    described = from_plain(json.loads(json.dumps(to_plain(record))))
    assert described.rules == [rule]
    assert described.apart == {}
    assert described.problems == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = ("rules", "scanners", "filters", "formats", "digests", "problems")


@given(st.fixed_dictionaries(dict.fromkeys(MEMBERS, JSON)) | JSON)
def test_a_description_that_is_none_is_refused(described: Any) -> None:
    try:
        read = from_plain(described)
    except (ValueError, TypeError, LookupError, AttributeError):
        return
    assert all(isinstance(problem, str) for problem in read.problems)
    assert all(isinstance(info, RuleInfo) for scanner in read.scanners for info in scanner.rules)


PARTS = """
    from dataclasses import replace
    from beca_core import Confidence, Part, Rule, Severity, hookimpl

    def even(candidate):
        return candidate if candidate.secret[-1:] in b"02468" else None

    INFO = {"version": 1, "description": "D", "severity": Severity.LOW, "confidence": Confidence.LOW, "min_entropy": 7}
    PLAIN = Part(name="plain", pattern="x")
    CODE = Part(name="code", pattern="y", checks=(even,))

    @hookimpl
    def beca_register_rules():
        yield Rule(id="data-rule", pattern="(?P<secret>data[0-9])", parts=(PLAIN,), **INFO)
        yield Rule(id="part-rule", pattern="(?P<secret>part[0-9])", parts=(PLAIN, CODE), **INFO)
"""


def test_checks_of_parts_run_apart(start_method: str, install: Install) -> None:
    install("parts", PARTS)
    registry = PluginRegistry.load(disabled=["builtin"])
    (plugin,) = registry.plugins
    data, parts = plugin.rules
    assert data.checks == parts.checks == parts.parts[0].checks == ()
    (check,) = parts.parts[1].checks
    kept, dropped = Candidate(b"y 12", 2, 4, Confidence.LOW), Candidate(b"y 13", 2, 4, Confidence.LOW)
    assert check(kept) == kept
    assert isinstance(check(dropped), Dropped)
    registry.close()


def test_rules_without_code_need_no_process(start_method: str, install: Install) -> None:
    install("parts", PARTS.replace("checks=(even,)", "checks=()"))
    registry = PluginRegistry.load(disabled=["builtin"])
    assert [rule.id for rule in registry.plugins[0].rules] == ["data-rule", "part-rule"]
    assert children() == []


def test_checks_of_the_library_cross_as_data(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fake:
        def __call__(self, candidate: Candidate) -> Candidate:
            return candidate

    fake = Fake()
    library = SimpleNamespace(
        is_data=lambda check: check is fake,
        to_document=lambda _: {"check": "fake"},
        from_document=lambda _: fake,
    )
    monkeypatch.setattr("beca_core.rules.documents.data_shapes.check_library", lambda: library)
    info = {"version": 1, "description": "D", "severity": Severity.LOW, "confidence": Confidence.LOW}
    record = Plugin("some")
    record.rules.append(Rule(id="of-data", pattern="(?P<secret>x)", checks=(fake,), **info))  # type: ignore[arg-type]
    record.rules.append(Rule(id="of-code", pattern="(?P<secret>x)", checks=(fake, len), **info))  # type: ignore[arg-type]
    described = from_plain(json.loads(json.dumps(to_plain(record))))
    of_data, of_code = described.rules
    assert of_data.checks == (fake,)
    assert of_code.checks == ()
    assert described.apart == {"of-code": (True, ())}


@pytest.mark.parametrize("apart", [[True], [1, []], [True, [0]], [True, "x"], 3, [True, [None]]])
def test_a_description_of_checks_that_is_none_is_refused(apart: object) -> None:
    record = Plugin("some")
    record.rules.append(
        Rule(
            id="a",
            version=1,
            description="D",
            severity=Severity.LOW,
            confidence=Confidence.LOW,
            pattern="(?P<secret>x)",
        )
    )
    described = to_plain(record)
    described["rules"][0]["apart"] = apart
    with pytest.raises((ValueError, TypeError)):
        from_plain(described)
