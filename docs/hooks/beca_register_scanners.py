from collections.abc import Iterable, Iterator

from beca_core import Confidence, Match, RuleInfo, Scanner, Severity, hookimpl

MIRRORED = RuleInfo(
    id="acme-mirrored",
    version=1,
    description="ACME key that reads the same backwards",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
)


class MirroredKeys:
    rules = (MIRRORED,)
    anchors = (b"acme:",)

    def scan(self, data: bytes) -> Iterator[Match]:
        begin = data.find(b"acme:")
        while begin >= 0:
            word = data[begin + 5 :].split(None, 1)[0:1] or [b""]
            if len(word[0]) >= 20 and word[0] == word[0][::-1]:
                yield Match(begin + 5, begin + 5 + len(word[0]), MIRRORED.id)
            begin = data.find(b"acme:", begin + 5)


@hookimpl
def beca_register_scanners() -> Iterable[Scanner]:
    yield MirroredKeys()
