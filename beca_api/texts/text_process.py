"""The program of `TextChild`: `python -m beca_api.texts.text_process CHOICE [DISABLED_PLUGIN...]`.

`CHOICE` has the fields of `RuleChoice`, as a list in JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import IO, TYPE_CHECKING, Final

from beca_api.texts.text_child import LENGTH_BYTES
from beca_api.texts.text_scanner import SCAN_SECONDS, SHOWN_FINDINGS
from beca_core.plugins.registry import PluginRegistry
from beca_core.rules.rule_selection import RuleChoice
from beca_core.scanning.engine import Engine
from beca_core.sources.limits import Limits
from beca_core.system.plugin_tables import handed_on

if TYPE_CHECKING:
    from collections.abc import Collection

_ALARM_SECONDS: Final = 120
_LOAD_SECONDS: Final = 5.0
_ENGINE_SECONDS: Final = SCAN_SECONDS * 2 / 3
"""The engine stops before the server does, so that there is a report, which names a plugin that took too long."""
PLUGIN_SECONDS: Final = 2.0
"""Time for the code of a plugin in one text: other texts wait for it."""


def main(choice: RuleChoice, disabled_plugins: Collection[str]) -> None:
    """Serve requests from standard input until it ends."""
    requests, responses = sys.stdin.buffer, _take_stdout()
    key = _read(requests)
    if key is None:
        return
    registry = PluginRegistry.load(disabled=disabled_plugins, seconds=_LOAD_SECONDS, settings=handed_on())
    engine = Engine(
        registry,
        rules=choice.rules,
        exclude_rules=choice.excluded,
        rules_files=choice.files,
        min_severity=choice.min_severity,
        min_confidence=choice.min_confidence,
        limits=Limits(plugin_seconds=PLUGIN_SECONDS, scan_seconds=_ENGINE_SECONDS),
        fingerprint_key=key,
    )
    _write(responses, b"")
    while (text := _read(requests)) is not None:
        signal.alarm(_ALARM_SECONDS)  # if the server has died, this ends the process even within C code
        _write(responses, _report(engine, text))
        signal.alarm(0)


def _report(engine: Engine, text: bytes) -> bytes:
    report = engine.scan_bytes(text)
    document = {
        **report.head(),
        "findings": [finding.to_dict() for finding in report.findings[:SHOWN_FINDINGS]],
        "findingsCount": len(report.findings),
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _take_stdout() -> IO[bytes]:
    """Return standard output, and redirect what anybody else prints, such as a plugin, to standard error."""
    responses = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return responses


def _read(stream: IO[bytes]) -> bytes | None:
    length = stream.read(LENGTH_BYTES)
    return stream.read(int.from_bytes(length)) if length else None


def _write(stream: IO[bytes], frame: bytes) -> None:
    stream.write(len(frame).to_bytes(LENGTH_BYTES) + frame)
    stream.flush()


if __name__ == "__main__":
    main(RuleChoice(*json.loads(sys.argv[1])), sys.argv[2:])
