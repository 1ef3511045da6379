"""What is called here in place of a plugin's processors, decoders, listeners and sources, in its process."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final

from beca_core.errors import BecaError, PluginFailed
from beca_core.matching.code_apart import CallLimit
from beca_core.matching.decoding.plugin_decoders import MOST_PARTS, Decoder, room_for
from beca_core.plugins.contributions.notices import to_request
from beca_core.plugins.contributions.plugin_commands import PluginCommand
from beca_core.plugins.contributions.plugin_sources import NamedText, TextOrigin
from beca_core.plugins.contributions.processors import WrongAnswer, read_changes, with_changes
from beca_core.plugins.isolation.plugin_process import raised_in
from beca_core.report import Skipped
from beca_core.rules.candidate import Dropped
from beca_core.sources.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from beca_core.findings import Finding
    from beca_core.matching.decoding.plugin_decoders import DecodedPart
    from beca_core.plugins.contributions.notices import Notice
    from beca_core.plugins.contributions.processors import FindingInText
    from beca_core.plugins.isolation.extras import Extras
    from beca_core.plugins.isolation.plugin_process import PluginProcess

FINDINGS_AT_A_TIME: Final = 500
_LONGEST_NAME: Final = 4_096
_PLUGIN_SECONDS: Final = Limits().plugin_seconds
_MOST_DECODED: Final = 10 * 1024 * 1024
"""Decoded bytes in one answer, which are sent as base64."""


class IsolatedProcessor:
    """A processor, in the process of its plugin.

    Args:
        process: The process.
        number: Index of the processor in the plugin.
    """

    def __init__(self, process: PluginProcess, number: int) -> None:
        self._process = process
        self._number = number

    def __call__(self, found: FindingInText) -> Finding | Dropped:
        """Process one finding.

        Raises:
            PluginFailed: If the processor raises or gives no answer.
            WrongAnswer: If it gives one that cannot be taken.
        """
        (answer,) = self.process_all([found], CallLimit(_PLUGIN_SECONDS))
        if isinstance(answer, (PluginFailed, WrongAnswer)):
            raise answer
        return answer

    def process_all(
        self, found: Sequence[FindingInText], limit: CallLimit
    ) -> Iterator[Finding | Dropped | PluginFailed | WrongAnswer]:
        """Yield the answer for each finding; they are asked for together."""
        import pickle  # most plugins have no processors

        for at in range(0, len(found), FINDINGS_AT_A_TIME):
            part = found[at : at + FINDINGS_AT_A_TIME]
            request = {"do": "process", "processor": self._number}

            def read(answers: Any, part: Sequence[FindingInText] = part) -> list[Any]:
                return [_processed(each.finding, answer) for each, answer in zip(part, answers, strict=True)]

            try:
                yield from self._process.ask(request, pickle.dumps(list(part)), limit, read)
            except PluginFailed as failure:
                yield from [failure] * len(part)


def _processed(finding: Finding, answer: Any) -> Finding | Dropped | PluginFailed | WrongAnswer:
    if raised := raised_in(answer):
        return PluginFailed(raised)
    if "wrong" in answer:
        text = answer["wrong"]
        return WrongAnswer(text if isinstance(text, str) else "gave an answer that is not valid")
    changes = read_changes(finding, answer)
    try:
        return changes if isinstance(changes, Dropped) else with_changes(finding, changes)
    except WrongAnswer as error:
        return error


class IsolatedDecoding:
    """The function of a decoder, in the process of its plugin.

    Args:
        process: The process.
        number: Index of the decoder in the plugin.
    """

    def __init__(self, process: PluginProcess, number: int) -> None:
        self._process = process
        self._number = number

    def __call__(self, data: bytes) -> Iterable[DecodedPart]:
        """Yield the parts of a content.

        Raises:
            PluginFailed: If the decoder raises or gives no answer.
        """
        return self.decode_within(data, CallLimit(_PLUGIN_SECONDS))

    def decode_within(self, data: bytes, limit: CallLimit) -> Iterator[DecodedPart]:
        """Yield the parts of a content.

        Raises:
            PluginFailed: If the decoder raises or gives no answer.
        """
        request = {"do": "decode", "decoder": self._number, "room": min(_MOST_DECODED, room_for(data))}
        parts, event = self._process.ask(request, data, limit, _parts)
        yield from parts
        if event:
            raise PluginFailed(event)


def _parts(answer: Any) -> tuple[list[Any], str]:
    """Return the parts in an answer, None for one that is not valid, and what else happened."""
    parts = [_part(part) for part in answer["parts"][: MOST_PARTS + 1]]
    return parts, raised_in(answer)


def _part(plain: Any) -> Any:
    if plain is None:
        return None
    begin, end, decoded = plain
    return begin, end, b64decode(decoded, validate=True)


class IsolatedListener:
    """A hook that hears of scans, in the process of its plugin.

    Args:
        process: The process.
        hook: Name of the hook.
    """

    def __init__(self, process: PluginProcess, hook: str) -> None:
        self._process = process
        self._hook = hook

    def __call__(self, notice: Notice) -> None:
        """Tell the plugin of a scan.

        Raises:
            PluginFailed: If the hook raises or gives no answer.
        """
        self.tell_within(notice, CallLimit(_PLUGIN_SECONDS))

    def tell_within(self, notice: Notice, limit: CallLimit) -> None:
        """Tell the plugin of a scan.

        Raises:
            PluginFailed: If the hook raises or gives no answer.
        """
        request = {"do": "notify", "hook": self._hook, "scan": to_request(notice)}
        if raised := self._process.ask(request, None, limit, raised_in):
            raise PluginFailed(raised)


class IsolatedTexts:
    """The function of a source, in the process of its plugin.

    Args:
        process: The process.
        number: Index of the source in the plugin.
    """

    def __init__(self, process: PluginProcess, number: int) -> None:
        self._process = process
        self._number = number

    def __call__(self, target: str) -> Iterator[NamedText]:
        """Yield the texts of a target.

        Raises:
            PluginFailed: If the source raises, or gives no text in time.
        """
        for text in self.read_within(target, CallLimit(_PLUGIN_SECONDS), Limits().max_blob_bytes):
            if isinstance(text, NamedText):
                yield text

    def read_within(self, target: str, limit: CallLimit, most: int) -> Iterator[NamedText | Skipped]:
        """Yield the texts of a target, one after the other; those that are larger than `most` bytes are skipped.

        Raises:
            PluginFailed: If the source raises, or gives no text in time.
        """
        request = {"do": "read", "source": self._number, "target": target, "most": most}
        parts: list[bytes] = []
        left = 0
        for name, size, piece in self._process.ask_for_all(request, limit, _piece_of_text):
            if piece is None:
                yield Skipped(name, "too-large" if size > most else "unreadable")
                continue
            parts.append(piece)
            left = (left or size) - len(piece)
            if left <= 0:
                yield NamedText(name, b"".join(parts))
                parts, left = [], 0


def _piece_of_text(reply: Any) -> tuple[str, int, bytes | None] | PluginFailed | None:
    """Read one reply of a source: name and size of a text, and a piece of it; None: there are no more.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: If it is not a reply.
    """
    if raised := raised_in(reply):
        return PluginFailed(raised)
    if "end" in reply:
        return None
    name, size, data = reply["name"], reply["size"], reply["data"]
    if not isinstance(name, str) or len(name) > _LONGEST_NAME or type(size) is not int or size < 0:
        raise TypeError("not a text")
    return name, size, None if data is None else b64decode(data, validate=True)


def _not_here(**_arguments: Any) -> int:
    raise BecaError("A command of an installed plugin runs in the process of `beca` only.")


def proxies_of(process: PluginProcess, extras: Extras) -> dict[str, Iterable[object]]:
    """Return what stands here for the things of a plugin, by hook; each is made when it is filed, and checked then."""
    return {
        "beca_register_processors": [IsolatedProcessor(process, number) for number in range(extras.processors)],
        "beca_register_decoders": (
            Decoder(name, anchors, IsolatedDecoding(process, number))
            for number, (name, anchors) in enumerate(extras.decoders)
        ),
        "beca_register_sources": (
            TextOrigin(scheme, IsolatedTexts(process, number)) for number, scheme in enumerate(extras.schemes)
        ),
        "beca_register_commands": (PluginCommand(name, _not_here, text) for name, text in extras.commands),
    }
