"""`SecretScore`: the check that decides whether a value is a secret, by the sum of the evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final

from beca_core import Confidence
from beca_core.checks import Inspection
from beca_core.rules.candidate import Dropped
from beca_core.system.lazy_regexp import lazy
from beca_scanners.generic.evidence import LONGEST, LONGEST_AFTER, CandidateEvidence, gather, kind_of
from beca_scanners.generic.model import model
from beca_scanners.generic.names import SERVICE, VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beca_core import Candidate

_MOST_SHARES: Final = 6
_LEAST_SHARE: Final = 0.05
_MOST_JUDGED: Final = 4096
_STATEMENT: Final = lazy(rb"\b(?i:alter|create|grant|user|role)\b|IDENTIFIED")
"""What is on the line of a statement of SQL, other than in a sentence that says by what something is identified."""
_FILLER: Final = lazy(rb"([xX*.#?-])\1{3,}|(.)\2{7,}")
_KNOWN: Final = frozenset((b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11",))
"""What specifications lay down: the value that is added to a key of a web socket (RFC 6455, section 1.3)."""
_CALL: Final = lazy(rb"[A-Za-z_]\w*(?:\.\w+)*\(.*\)|[A-Za-z_][\w.]*[(\[]")
"""A call, or the beginning of one: what follows its bracket is quoted."""
_READS: Final = lazy(rb"(?i)(?:getenv|\benv|environ(?:\.get)?|getproperty|env(?:::|\.)\w{1,12}|env_var)[(\[]\s?[\"']\Z")
"""What reads a variable of the environment, up to its name."""
_URL_EXAMPLES: Final = frozenset((b"mypass", b"mypassword", b"mypwd", b"yourpassword", b"yourpass"))
_FORMATS: Final = (b"%s", b"%d", b"%n", b"%v", b"--")
"""How a format, or an option of a command, begins."""
_FEWEST_CHARACTERS: Final = 2
_OF_SERVICE: Final = 4.0
_EXAMPLES: Final = frozenset(
    ("template", "code", "says stand-in", "placeholder template", "placeholder filler", "placeholder word", "switch")
)
_HEADS: Final = (b"eyJhbGciOi", b"eyJ0eXAiOi")
_ATTRIBUTE: Final = lazy(
    rb"(?:this|self|props|state|req|request|res|response|process|config|conf|cfg|os|params?|e|ev|event|data|args?|options?"
    rb"|opts|settings|ctx|context|user|item|it|form|input|cls|env|obj|module|values?|body|client|uri|url|credentials?)"
    rb"\??\.[A-Za-z_][\w.?!]*"
)
"""An attribute of what programs have under such a name."""
_OPERATOR: Final = lazy(rb"[ \t]*(?:\?[:?]|\|\||&&)")
_NO_SECRET: Final = Dropped("its name names no secret")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SecretScore(Inspection):
    """Decide by the sum of the evidence whether a candidate is a secret, and with which confidence.

    The candidate's span becomes that of the whole value. A name such as `password_token` has the words of two rules:
    that of the last one decides, and the others drop it.

    Args:
        kind: The kind of name whose values are this rule's: `password`, `secret`, `token`, `key` or `credential`.
        form: The form by which the rule finds values that no name introduces; empty: an assignment.
    """

    name: ClassVar[str] = "evidence-score"

    kind: str = ""
    form: str = ""

    def _look(self, _text: bytes, candidate: Candidate) -> Candidate | Dropped:
        if not self.form and (kind := kind_of(candidate.data, candidate.groups["word"])) != self.kind:
            return Dropped("its name is that of another kind", kind) if kind else _NO_SECRET
        begin, end, outcome = self._judged(candidate)
        if isinstance(outcome, Dropped):
            return outcome
        return replace(candidate, begin=begin, end=end, confidence=outcome)

    def evidence(self, candidate: Candidate) -> CandidateEvidence:
        """Return the evidence about a candidate.

        Args:
            candidate: A match of one of the patterns in `beca_scanners.generic.assignments`.
        """
        return gather(candidate.data, candidate.groups["word"], (candidate.begin, candidate.end), self.form)

    def _judged(self, candidate: Candidate) -> tuple[int, int, Confidence | Dropped]:
        (begin, end), value = candidate.groups["word"], candidate.begin
        first = max(begin - LONGEST, 0)
        text = candidate.data[first : value + LONGEST_AFTER]
        found = _judge(text, (begin - first, end - first), (value - first, candidate.end - first), self.form)
        return found[0] + first, found[1] + first, found[2]

    def verdict(self, candidate: Candidate) -> Dropped | str:
        """Return the sum with all of its parts, or why the candidate is dropped."""
        found = self._look(candidate.secret, candidate)
        return found if isinstance(found, Dropped) else _told(self.evidence(candidate))


@lru_cache(maxsize=_MOST_JUDGED)
def _judge(
    text: bytes, word: tuple[int, int], value: tuple[int, int], form: str
) -> tuple[int, int, Confidence | Dropped]:
    """Judge a candidate by the text around it: in the versions of a file, most candidates are the same again."""
    evidence = gather(text, word, value, form)
    if reason := _refused(text, evidence):
        return evidence.begin, evidence.end, Dropped(reason)
    confidence = confidence_of(evidence.numbers)
    if not evidence.numbers or confidence is None:
        reason = "the evidence is against it" if evidence.numbers else "it is empty"
        return evidence.begin, evidence.end, Dropped(reason, _told(evidence, _MOST_SHARES))
    return evidence.begin, evidence.end, confidence


def confidence_of(numbers: Mapping[str, float]) -> Confidence | None:
    """Return the confidence that follows from the evidence, or None if that is against a secret.

    The sum decides. Where the name is the setting by which a service gets its password, an ordinary word opens that
    service too, and has the confidence MEDIUM.

    Args:
        numbers: The evidence by name, as `gather` returns it.
    """
    score = model().score(numbers)
    found = model().confidence(score)
    is_low = found is None or found is Confidence.LOW
    is_assigned = "link =" in numbers or "link :" in numbers
    if (
        is_low
        and is_assigned
        and SERVICE in numbers
        and score > model().medium - _OF_SERVICE
        and _EXAMPLES.isdisjoint(numbers)
        and not ("unquoted" in numbers and "shape dotted-name" in numbers)
    ):
        return Confidence.MEDIUM
    return found


def _refused(text: bytes, evidence: CandidateEvidence) -> str:
    """Return why a value is none, whatever else speaks for it; empty: it may be one."""
    value, before = text[evidence.begin : evidence.end], text[max(evidence.begin - 3, 0) : evidence.begin]
    if before.rstrip(b"\"'`\\ ").endswith(b"["):
        return "it is the key of a subscript"
    if value.isalpha() and "link ==" in evidence.numbers:
        return "the name is compared with a word"
    if value.startswith((b"ENC[", b"ENC(", b"!vault")):
        return "it is encrypted"
    if b"****" in value:
        return "it is masked"
    if value.startswith(_HEADS) and b"." not in value:
        return "it is the header of a JWT, and no more"
    if _FILLER.fullmatch(value):
        return "it is one character again and again"
    if evidence.kind != "password" and len(set(value) - set(b"-_")) <= _FEWEST_CHARACTERS:
        return "it repeats one or two characters"
    if "unquoted" in evidence.numbers and _is_code(text, evidence):
        return "it is a part of an expression"
    if _READS.search(text, max(evidence.begin - 24, 0), evidence.begin):
        return "it is the name of a variable of the environment"
    if evidence.kind == "key" and "name before public" in evidence.numbers:
        return "its name says that it is public"
    if evidence.kind == "sql" and "bare" in evidence.numbers and not _STATEMENT.search(_line_before(text, evidence)):
        return "it is not in a statement"
    if "sentence" in evidence.numbers:
        return "it is the first word of a sentence"
    if VARIABLE in evidence.numbers and "link ," in evidence.numbers:
        return "it is the next item of a list of variables"
    if evidence.kind == "url" and value.lower() in _URL_EXAMPLES:
        return "documentation of URLs uses it"
    if value in _KNOWN or value.startswith(_FORMATS):
        return "it is known to be none"
    is_abbreviated = b"..." in value or text.startswith(b"...", evidence.end) or "\u2026".encode() in value
    return "it is abbreviated" if is_abbreviated else ""


def _line_before(text: bytes, evidence: CandidateEvidence) -> bytes:
    return text[text.rfind(b"\n", 0, evidence.begin) + 1 : evidence.begin]


def _is_code(text: bytes, evidence: CandidateEvidence) -> bool:
    """Whether a value without quotes is an operand, a function that is called, or the name of a class."""
    begin, end = evidence.begin, evidence.end
    if VARIABLE in evidence.numbers and "link =" in evidence.numbers and not text[begin : begin + 1].isdigit():
        return True
    if "declared" in evidence.numbers or _ATTRIBUTE.fullmatch(text, begin, end):
        return True
    if "space before link" in evidence.numbers and _OPERATOR.match(text, end):
        return True
    if text.startswith(b"(", end) or b"::" in text[max(begin - 2, 0) : end]:
        return True
    return _CALL.fullmatch(text, begin, end) is not None


def _told(evidence: CandidateEvidence, most: int | None = None) -> str:
    shares = [(name, share) for name, share in model().shares(evidence.numbers) if abs(share) >= _LEAST_SHARE]
    told = ", ".join(f"{name} {share:+.1f}" for name, share in shares[:most])
    rest = f", {len(shares) - most} more" if most is not None and len(shares) > most else ""
    return f"{model().score(evidence.numbers):+.1f}: {told}{rest}"
