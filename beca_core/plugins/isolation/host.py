"""The process of a plugin: it loads the plugin, describes it, and calls its code when asked to.

It runs in a fork of the process that uses the plugin, or, where that process has threads and cannot be forked, in a new
interpreter. Nothing that it replies is trusted.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

from beca_core.findings import Confidence, Severity
from beca_core.matching.rule_cache import RuleCache
from beca_core.plugins.entry_points import distributions_with
from beca_core.plugins.hookspecs import ENTRY_POINT_GROUP
from beca_core.plugins.isolation.confinement import ChildPipes, confine
from beca_core.plugins.isolation.description import to_plain
from beca_core.plugins.isolation.extra_operations import extra_operations
from beca_core.plugins.isolation.frames import receive_request, send_reply
from beca_core.plugins.plugin_problems import contained
from beca_core.plugins.registration import Plugin, Registration
from beca_core.rules.candidate import Candidate, DropReason
from beca_core.rules.refinement import checked
from beca_core.rules.scanner import MAX_MATCHES, Match

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core.plugins.isolation.frames import Frame
    from beca_core.rules.scanner import MatchPart

_PIECE_CHARACTERS: Final = 64 * 1024
_LIFE: Final = 3
"""Descriptor of the pipe that says whether the parent is alive, in a new interpreter."""


def run_forked(pipes: ChildPipes, room: int, record: Plugin, cache: RuleCache, load: Callable[[], object]) -> None:
    """Serve a plugin in this process, which was forked for it, and never return.

    Args:
        pipes: The ends of the pipes that this process has.
        room: Size of the largest content, in bytes.
        record: Name and distribution of the plugin.
        cache: Where checked patterns are cached.
        load: Imports the plugin.
    """
    code = 1
    try:
        confine(pipes, room)
        _serve(pipes, record, cache, load)
        code = 0
    finally:
        os._exit(code)


def main() -> None:
    """Serve a plugin in this process, which is a new interpreter; the first request names the plugin."""
    pipes = ChildPipes(os.dup(0), os.dup(1), _LIFE)
    with os.fdopen(os.dup(pipes.requests), "rb", buffering=0) as stream:  # it must not read more than one request
        frame = receive_request(stream)
    if frame is None:
        return
    asked = frame.request
    record = Plugin(asked["name"], asked["label"])
    record.given = asked["settings"]
    cache = RuleCache(Path(asked["cache"]) if asked["cache"] else None)
    run_forked(pipes, asked["room"], record, cache, lambda: _load(asked["distribution"], asked["number"]))


def _load(distribution: str, number: int) -> object:
    """Import the plugin that a distribution names at a place of the list of its entry points."""
    found = next(found for found in distributions_with(ENTRY_POINT_GROUP) if found.name == distribution)
    return found.entry_points()[number].load()


def _serve(pipes: ChildPipes, record: Plugin, cache: RuleCache, load: Callable[[], object]) -> None:
    _register(record, cache, load)
    send_reply(pipes.replies, {"number": 0, "reply": to_plain(record)})
    service = _Service(record, pipes.replies)
    with os.fdopen(pipes.requests, "rb") as stream:
        while (frame := receive_request(stream)) is not None:
            for reply in service.replies(frame):
                send_reply(pipes.replies, {"number": frame.request["number"], "reply": reply})


def _register(record: Plugin, cache: RuleCache, load: Callable[[], object]) -> None:
    try:
        with contained("cannot be imported", record.problems):
            Registration(record, {}, {}, cache).run(load())
    except KeyboardInterrupt:  # not the user's: that one does not reach this process
        record.problems.append("cannot be loaded: KeyboardInterrupt")


class _Service:
    """Answers the requests for the code of one plugin."""

    def __init__(self, record: Plugin, descriptor: int) -> None:
        self._record = record
        self._descriptor = descriptor
        self._rules = {rule.id: rule for rule in record.rules}
        self._content = b""
        self._operations: dict[str, Callable[[dict[str, Any]], Iterator[Any]]] = {
            "check": self._check,
            "scan": self._scan,
            "filter": self._filter,
            "write": self._write,
            "run": self._run,
            **extra_operations(record, lambda: self._content),
        }

    def replies(self, frame: Frame) -> Iterator[Any]:
        """Yield the replies to a request; only those of a reporter and of a source have several."""
        if frame.content is not None:
            self._content = frame.content
        return self._operations[frame.request["do"]](frame.request)

    def _check(self, request: dict[str, Any]) -> Iterator[Any]:
        rule, data = self._rules[request["rule"]], self._content
        if request["part"] is not None:
            rule = replace(rule, min_entropy=0.0, checks=rule.parts[request["part"]].checks)
        answers: list[Any] = []
        for begin, end, confidence, groups in request["candidates"]:
            spans = {name: (first, last) for name, (first, last) in groups.items()}
            try:
                refined = checked(rule, rule.checks, Candidate(data, begin, end, Confidence(confidence), spans))
                answers.append(_plain_refined(refined))
            except BaseException as error:  # noqa: BLE001 - checks are a plugin's code
                answers.append(_raised(error))
        yield answers

    def _scan(self, request: dict[str, Any]) -> Iterator[Any]:
        matches: list[Any] = []
        answer: dict[str, Any] = {"matches": matches, "raised": None, "more": False}
        try:
            for match in self._record.scanners[request["scanner"]].scan(self._content):
                if len(matches) == MAX_MATCHES:
                    answer["more"] = True
                    break
                matches.append(_plain_match(match))
        except BaseException as error:  # noqa: BLE001 - a scanner is a plugin's code
            answer |= _raised(error)
        yield answer

    def _filter(self, request: dict[str, Any]) -> Iterator[Any]:
        keep = self._record.filters[request["filter"]]
        answers: list[Any] = []
        for finding in _unpickled(self._content):
            try:
                kept: Any = keep(finding)
                answers.append(kept if isinstance(kept, bool) else None)
            except BaseException as error:  # noqa: BLE001 - a filter is a plugin's code
                answers.append(_raised(error))
        yield answers

    def _write(self, request: dict[str, Any]) -> Iterator[Any]:
        report = _unpickled(self._content)
        reporter = self._record.reporters[request["reporter"]]
        pieces = _Pieces(request["number"], self._descriptor)
        try:
            reporter.write(report, cast("TextIO", pieces), redact=request["redact"])
            pieces.flush()
            yield {"raised": None}
        except BaseException as error:  # noqa: BLE001 - a reporter is a plugin's code
            yield _raised(error)

    def _run(self, request: dict[str, Any]) -> Iterator[Any]:
        function = getattr(import_module(request["module"]), request["function"])
        yield function(self._record, request["argument"])


class _Pieces:
    """The stream of a reporter: what is written to it is sent piece by piece."""

    encoding = "utf-8"
    closed = False

    def __init__(self, number: int, descriptor: int) -> None:
        self._number = number
        self._descriptor = descriptor
        self._parts: list[str] = []
        self._size = 0

    def write(self, text: str) -> int:
        for at in range(0, len(text), _PIECE_CHARACTERS):
            self._parts.append(text[at : at + _PIECE_CHARACTERS])
            self._size += len(self._parts[-1])
            if self._size >= _PIECE_CHARACTERS:
                self.flush()
        return len(text)

    def writelines(self, lines: Iterator[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        text, self._parts, self._size = "".join(self._parts), [], 0
        if text:
            send_reply(self._descriptor, {"number": self._number, "reply": {"text": text}})

    def isatty(self) -> bool:
        return False


def _unpickled(content: bytes) -> Any:
    """Return what the process that started this one has pickled; it trusts itself."""
    import pickle

    return pickle.loads(content)  # noqa: S301


def _raised(error: BaseException) -> dict[str, str]:
    return {"raised": type(error).__name__}


def _plain_refined(refined: Candidate | DropReason) -> dict[str, Any] | list[Any]:
    if isinstance(refined, DropReason):
        return {"dropped": [refined.name, refined.reason, refined.value]}
    severity = None if refined.severity is None else str(refined.severity)
    return [index(refined.begin), index(refined.end), str(refined.confidence), refined.truncated, severity]


def _plain_part(part: MatchPart) -> list[Any]:
    text = None if part.text is None else part.text.decode("latin-1")
    return [str(part.name), index(part.begin), index(part.end), text]


def _plain_match(match: object) -> object:
    """Return a match as plain data, or None if it is not one that can be sent."""
    if not isinstance(match, Match):
        return None
    with suppress(Exception):  # its members may be anything
        secret = None if match.secret is None else match.secret.decode("latin-1")
        confidence = None if match.confidence is None else str(Confidence(match.confidence))
        return [
            index(match.begin),
            index(match.end),
            str(match.rule_id),
            confidence,
            secret,
            [*map(str, match.decodings)],
            match.truncated is True,
            None if match.severity is None else str(Severity(match.severity)),
            str(match.variant),
            [_plain_part(part) for part in match.parts],
            [[str(name), str(text)] for name, text in match.attributes],
        ]
    return None
