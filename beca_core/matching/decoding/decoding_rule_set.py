"""`DecodingRuleSet`: a rule set that also looks into what the decoders of plugins decode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from beca_core.findings import Confidence
from beca_core.matching.code_apart import CallLimit
from beca_core.matching.decoding.plugin_decoders import plugin_decodings
from beca_core.matching.decoding.relocation import is_text, relocated, secret_of
from beca_core.matching.ruleset import RuleSet
from beca_core.rules.scanner import in_order
from beca_core.sources.limits import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from beca_core.matching.decoding.decoded import Decoding
    from beca_core.matching.decoding.plugin_decoders import Decoder
    from beca_core.matching.lines import Span
    from beca_core.matching.room import Drops
    from beca_core.report import ProblemLog
    from beca_core.rules.scanner import Match
    from beca_core.sources.limits import Stop
    from beca_core.sources.novelty import Novelty


class DecodingRuleSet(RuleSet):
    """Find the matches in a content, and in what the decoders of plugins make of its parts.

    As in base64, LOW matches and secrets that are not text are not reported in decoded text. What a decoder decodes is
    searched for base64 and the like, and not given to the decoders again.

    Args:
        arguments: Those of `RuleSet`, in their order.
        options: Those of `RuleSet`, by name.
        decoders: The decoders, each after the name of its plugin.
    """

    def __init__(self, *arguments: Any, decoders: Sequence[tuple[str, Decoder]], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._decoders: Final = decoders

    def find(
        self,
        data: bytes,
        log: ProblemLog,
        stop: Stop | None = None,
        novelty: Novelty | None = None,
        drops: Drops | None = None,
    ) -> list[Match]:
        """Return all matches in a blob, as `RuleSet.find` does."""
        find = super().find
        decoded = self._decoded(data, log, stop, find)
        found = find(data, log, stop, novelty, drops)  # at last: `may_be_wide` is about the content seen last
        return _joined(found, decoded)

    def having_something(self, texts: Sequence[bytes], *, stop: Stop = NEVER) -> Sequence[int]:  # noqa: ARG002
        """Return all numbers: nothing is known of contents that the decoders have not seen."""
        return range(len(texts))

    def find_in_part(
        self,
        data: bytes,
        log: ProblemLog,
        stop: Stop | None = None,
        own: Span | None = None,
        *,
        drops: Drops | None = None,
    ) -> list[Match]:
        """Return the matches in a part of a content, as `RuleSet.find_in_part` does."""
        decoded = self._decoded(data, log, stop, super().find)
        return _joined(super().find_in_part(data, log, stop, own, drops=drops), decoded)

    def _decoded(
        self, data: bytes, log: ProblemLog, stop: Stop | None, find: Callable[..., list[Match]]
    ) -> list[Match]:
        limit = CallLimit(self._plugin_seconds, stop or NEVER)
        return [
            relocated(match, decoding)
            for decoding in plugin_decodings(data, self._decoders, log, limit)
            for match in find(decoding.data, log, stop)
            if self._is_reported(match, decoding)
        ]

    def _is_reported(self, match: Match, decoding: Decoding) -> bool:
        confidence = match.confidence or self.rules[match.rule_id].confidence
        return confidence is not Confidence.LOW and is_text(secret_of(match, decoding))


def _joined(found: list[Match], decoded: list[Match]) -> list[Match]:
    return in_order(dict.fromkeys([*found, *decoded])) if decoded else found
