"""What a plugin registers beside rules, filters and reporters, tried with made-up input.

Processors, decoders, listeners and sources are called. A command is not run, because it may do anything; its function
must take the arguments that it declares.
"""

from __future__ import annotations

import inspect
import time
from itertools import islice
from math import inf
from typing import TYPE_CHECKING, Final

from beca_core.errors import BecaError
from beca_core.matching.code_apart import CallLimit
from beca_core.matching.decoding.plugin_decoders import plugin_decodings
from beca_core.plugins.contributions.notices import ScanFinished, ScanStarted, ServerEvent
from beca_core.plugins.contributions.plugin_sources import NamedText
from beca_core.plugins.contributions.processors import FindingInText, WrongAnswer, changes_in, with_changes
from beca_core.plugins.hookspecs import NOTICES, SERVER_EVENT
from beca_core.rules.candidate import Dropped
from beca_core.rules.rule import random_text
from beca_core.sources.limits import NEVER
from beca_core.testing.workbench import MOST_SECONDS, Evidence, cause

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from beca_core.findings import Finding
    from beca_core.matching.decoding.plugin_decoders import Decoder
    from beca_core.plugins.contributions.notices import Notice
    from beca_core.plugins.contributions.plugin_commands import PluginCommand
    from beca_core.plugins.contributions.plugin_sources import TextOrigin
    from beca_core.plugins.contributions.processors import Processor
    from beca_core.plugins.registration import Plugin

_BEFORE: Final = b"token = "
_MOST_TEXTS: Final = 3
_PLAIN: Final = "abcdefghijklmnopqrstuvwxyz0123456789+/=%-_ "
_AT: Final = "2026-01-31T10:00:00Z"
_STARTED, _FINISHED = NOTICES
_NOTICES: Final[dict[str, Mapping[str, Notice]]] = {
    _STARTED: {
        "a scan of a repository": ScanStarted("/made/up", "history", ("made-up-rule",)),
        "a scan that continues an earlier one": ScanStarted(
            "https://example.org/made-up.git", "head", (), resumes=True
        ),
    },
    _FINISHED: {
        "a scan without findings": ScanFinished("/made/up", "history", 1.5, 0, new=0, coverage={"blobs": 3}),
        "a scan with findings": ScanFinished(
            "/made/up", "files", 1.5, 1, findings=2, severities={"HIGH": 2}, by_rule={"made-up-rule": 2}
        ),
        "a scan that failed": ScanFinished("/made/up", "text", 0.1, 2, failure="source-unreadable"),
    },
    SERVER_EVENT: {
        "a scan that has ended": ServerEvent(1, "result-ended", _AT, 1, 1, {"id": 1, "status": "Success"}),
        "an issue that was moved": ServerEvent(
            2, "issue-moved", _AT, 1, 1, {"id": 1, "status": "Success"}, {"id": 1, "path": "b"}, "a", "b"
        ),
        "an issue that was deleted": ServerEvent(3, "issue-fixed", _AT),
    },
}


def processor_failure(process: Processor, findings: Mapping[str, Finding]) -> str:
    """Return what is wrong with a processor; empty: nothing.

    Args:
        process: The processor.
        findings: The findings that it is asked about, by what they are.
    """
    for name, finding in findings.items():
        text = _BEFORE + finding.secret
        for found in (FindingInText(finding, text, len(_BEFORE), len(text)), FindingInText(finding)):
            about = name if found.text else f"{name}, without its text"
            try:
                changes = changes_in(finding, process(found))
                if not isinstance(changes, Dropped):
                    with_changes(finding, changes)
            except WrongAnswer as error:
                return f"{error}; it was asked about {about}"
            except (Exception, SystemExit) as error:  # noqa: BLE001 - it is a plugin's code
                return f"raised {cause(error)}; it was asked about {about}"
    return ""


def decoder_failure(decoder: Decoder) -> str:
    """Return what is wrong with a decoder; empty: nothing."""
    for name, data in _encoded_texts(decoder):
        log = Evidence()
        decoded = []
        seconds = inf
        for _ in range(2):
            begin = time.thread_time()
            found = plugin_decodings(data, [("", decoder)], log, CallLimit(MOST_SECONDS, NEVER))
            decoded.append([(part.begin, part.end, part.data) for part in found])
            seconds = min(seconds, time.thread_time() - begin)
        if log.causes:
            return f"{log.causes[0].removeprefix(f'decoder {decoder.name} ')}; it was given {name}"
        if decoded[0] != decoded[1]:
            return f"decoded something else at a second call: it keeps something between calls; it was given {name}"
        if seconds > MOST_SECONDS:
            return f"took {seconds:.1f} s for {len(data):,} bytes; it was given {name}"
    return ""


def _encoded_texts(decoder: Decoder) -> Iterator[tuple[str, bytes]]:
    for anchor in decoder.anchors:
        text = random_text(_PLAIN, 400, f"decoder {len(anchor)}").encode()
        yield "its anchor alone", anchor
        yield "its anchor at the end of a text", text + anchor
        yield "its anchor before other text", anchor + text
        yield "its anchor before bytes that are no text", anchor + bytes(range(256))
        yield "its anchor a hundred times", (anchor + b" ") * 100
        yield "its anchor before a line end", text + anchor + b"\r\n" + text + anchor + b"\n"


def listener_failure(plugin: Plugin, hook: str) -> str:
    """Return what is wrong with what listens to scans or to a server; empty: nothing."""
    for name, notice in _NOTICES[hook].items():
        try:
            plugin.listeners[hook](notice)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it is a plugin's code
            return f"raised {cause(error)}; it was told of {name}"
    return ""


def source_failure(origin: TextOrigin) -> str:
    """Return what is wrong with a source; empty: nothing.

    It is asked for a target that does not exist, so it may refuse it with an error of BECA or of the system.
    """
    target = f"{origin.scheme}://made-up"
    try:
        for text in islice(origin.read(target), _MOST_TEXTS):
            if not isinstance(text, NamedText):
                return f"gave {type(text).__name__}, not a NamedText; it was asked for {target}"
            if not isinstance(text.name, str) or not isinstance(text.data, bytes):
                return f"gave a NamedText whose name is no str or whose data is no bytes; it was asked for {target}"
    except (BecaError, OSError):
        return ""
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is a plugin's code
        return f"raised {cause(error)}; it was asked for {target}, and may refuse it with InvalidTarget or SourceError"
    return ""


def command_failure(command: PluginCommand) -> str:
    """Return what is wrong with a command, which is not run; empty: nothing."""
    names = [argument.keyword for argument in command.arguments]
    try:
        inspect.signature(command.run).bind(**dict.fromkeys(names))
    except TypeError as error:
        declared = ", ".join(names) or "nothing"
        return f"cannot be called with its arguments, {declared}: {error}"
    except ValueError:  # a function that is not of Python has no signature
        return ""
    return ""
