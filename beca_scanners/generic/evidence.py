"""The evidence for and against a candidate: what its name, its value and their surroundings say, as numbers."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from beca_core.system.lazy_regexp import lazy
from beca_scanners.generic.assignments import LONGEST_VALUE, Value, read_value
from beca_scanners.generic.names import LONGEST_NAME, NameFacts, name_around, read_name
from beca_scanners.generic.values import read_value_facts

AROUND: Final = 160
"""How many bytes before and after an assignment are looked at."""

_LINK: Final = lazy(rb"=>|:=|===?|!==?|\|\||\?\?|->|:-|\bor\b|[=:,(>]")
_USER: Final = lazy(rb"(?i)user|login|\bhost|\bport\b|database|account|email|\burl\b|server|client_?id|consumer")
_TEST: Final = lazy(rb"(?i)\btest|example|assert|expect\(|should|\bmock|\bfake|fixture|describe\(|\bit\(")
_READS: Final = lazy(rb"(?i)getenv|environ|process\.env|\bENV\[|config\.get|getString|getProperty|\$\{")
_COMMENT: Final = lazy(rb"\s*(?:#|//|/\*|\*|--|;|<!--|%|rem\b)", re.IGNORECASE)
_INDENTED: Final = lazy(rb"\s*(?:#|//+|\*) {2,}\S")
_TYPED: Final = lazy(rb"\s?\??:\s?[\w.*?|\[\]<>]+\s*=|\s[\w.*\[\]]+\s*=")
_CALLED: Final = lazy(rb"\w\(")
_WORD: Final = lazy(rb"[a-z]+")
_GOES_ON: Final = lazy(rb"[^\S\n][A-Za-z\x80-\xff]{2,}[,.!?]? [A-Za-z\x80-\xff]{2,}")
"""Words after a value without quotes: the value is the first word of a sentence."""
_CODE_LINE: Final = lazy(rb"[;{}()]\s*$|^\s*(?:if|for|return|def|class|import|function|var|let|const|public|private)\b")
_SPEECH: Final = lazy(rb"[=:>]\s*[\"'>]?[A-Za-z\x80-\xff]{2,} [A-Za-z\x80-\xff]{2,}|msgid|msgstr")
_LOCAL: Final = lazy(rb"@(?:localhost|127\.|example|host\b|hostname|server\b|[a-z.]*example\.(?:com|org|net))")
_CONFIG_LINE: Final = lazy(rb"^\s*-?\s*[\w.\"'-]+\s*[:=]\s?\S*\s*$")
_ENDS: Final = ((b";", "semicolon"), (b",", "comma"), (b")", "bracket"), (b"<", "markup"), (b"+", "plus"))
_CONVERTS: Final = lazy(
    rb"(?i)(?:decode|bytes|string|from|hex|b64|64|text|spec|literal|u8|chars?|secure|str)\w{0,8}[(\[]"
)
"""Calls that make something of a literal, such as `hex.DecodeString` or `Buffer.from`."""
_LOOKS_UP: Final = lazy(
    rb"(?i)(?:get|lookup|find|fetch|read|load|ask|prompt|input|resolve|config\w*|settings?|param\w*|item|field|column"
    rb"|option|flag|arg\w*|label|translate|\bt|\b_|msg|message|normalize|has|is|exists|contains)\w{0,12}\("
)
"""Calls that take the name of something, or a text for people."""
_DECLARED: Final = lazy(
    rb"\b(?:var|let|val|const|def|fn|func|fun|function|class|interface|struct|trait|public|private|protected|static|readonly|mut"
    rb"|lateinit|override)\b[^\"'=:]*\Z"
)
"""What comes before a name that is declared: after its colon is a type."""


_LITERAL: Final = frozenset(("sql", "url", "command", "header"))
"""Forms in which a value without quotes is no variable."""
_IN_WORDS: Final = frozenset(("password", "url"))
"""Kinds of which a value that has words in it is judged alike."""
_PASSWORDS: Final = frozenset(("password", "sql", "url", "command"))
"""Kinds of which somebody has thought up the value."""

LONGEST: Final = LONGEST_NAME + 2 * AROUND + 2
"""How many bytes before a word decide about its evidence."""
LONGEST_AFTER: Final = LONGEST_VALUE + 2 * AROUND + 2
"""How many bytes after the beginning of a value do."""


class CandidateEvidence(NamedTuple):
    """What was read of a candidate.

    Args:
        kind: The kind of secret that the name names; empty: none.
        begin: Where the value begins.
        end: Where it ends.
        numbers: The evidence by name, without what is zero.
    """

    kind: str
    begin: int
    end: int
    numbers: dict[str, float]


def kind_of(data: bytes, word: tuple[int, int]) -> str:
    """Return the kind of secret that the name around a word names; empty: none."""
    begin, end = name_around(data, *word)
    return read_name(data[begin:end]).kind


def gather(data: bytes, word: tuple[int, int], value: tuple[int, int], form: str = "") -> CandidateEvidence:
    """Return the evidence about a candidate.

    Args:
        data: The text.
        word: The span of the word that names a secret.
        value: The span of the value, without its quotes; of an assignment, only its beginning is right.
        form: The form by which it was found, other than an assignment, which is then its kind: `header`, `url`, `sql`
            or `command`.
    """
    if form:
        begin, end = word
        facts = NameFacts(form, ((f"name {form}", 1.0),), ())
        read = Value(*value, data[value[0] - 1 : value[0]].strip(b" :="), is_closed=True)
    else:
        begin, end = name_around(data, *word)
        facts = read_name(data[begin:end])
        read = read_value(data, value[0])
    if not facts.kind or read.end <= read.begin:
        return CandidateEvidence(facts.kind, read.begin, max(read.end, read.begin), {})
    return _gathered(data, (begin, end), facts, read)


def _gathered(data: bytes, name: tuple[int, int], facts: NameFacts, value: Value) -> CandidateEvidence:
    begin, end = name
    first = max(data.rfind(b"\n", 0, begin) + 1, begin - AROUND)
    last = data.find(b"\n", value.end, value.end + AROUND)
    last = min(value.end + AROUND, len(data)) if last < 0 else last
    numbers = dict((*facts.numbers, *read_value_facts(data[value.begin : value.end])))
    before, link, after = data[first:begin], data[end : value.begin], data[value.end : last]
    numbers.update(_surroundings(before, link, value, after, is_literal=facts.kind in _LITERAL))
    numbers.update(_neighbours(data, first, last, data[value.begin : value.end]))
    _compare(facts, data[value.begin : value.end], numbers)
    if facts.kind == "url":
        numbers.update(_of_url(data[name[0] : value.begin], data[value.begin : value.end], data[value.end : last]))
    _cross(facts.kind, numbers)
    return CandidateEvidence(facts.kind, value.begin, value.end, numbers)


def _surroundings(before: bytes, link: bytes, value: Value, after: bytes, *, is_literal: bool) -> dict[str, float]:
    """Look at the line, and at what links the name to the value; a literal needs no quotes there."""
    quote, is_closed = value.quote, value.is_closed
    numbers: dict[str, float] = {}
    found = _LINK.search(link)
    operator = found[0].decode() if found else "space"
    numbers[f"link {'==' if operator in ('===', '!=', '!==') else operator}"] = 1.0
    if found and link[: found.start()].endswith(b" "):
        numbers["space before link"] = 1.0
    if _TYPED.match(link):
        numbers["typed"] = 1.0
    if _CALLED.search(link):
        numbers["value in a call"] = 1.0
        if _CONVERTS.search(link):
            numbers["value converted"] = 1.0
        elif _LOOKS_UP.search(link):
            numbers["value looked up"] = 1.0
    if operator == ":" and not quote and _DECLARED.search(before):
        numbers["declared"] = 1.0
    if operator == "," and link[:1] in (b'"', b"'") and before.rstrip(b"\"'").rstrip().endswith((b",", b"[", b"{")):
        numbers["in a list"] = 1.0
    if link[:1] in (b'"', b"'", b"\\"):
        numbers["name quoted"] = 1.0
    if before.endswith(b" ") and link[:1] in (b'"', b"'"):
        numbers["name in a sentence"] = 1.0
    if before.rstrip().endswith((b"--", b"-")):
        numbers["option"] = 1.0
    if not quote:
        numbers["bare" if is_literal else "unquoted"] = 1.0
    elif not is_closed:
        numbers["quote open"] = 1.0
    elif len(quote) > 1:
        numbers["quote escaped"] = 1.0
    elif quote == b"`":
        numbers["quote backtick"] = 1.0
    rest = after[len(quote) if is_closed else 0 :].lstrip()
    numbers[f"then {next((name for sign, name in _ENDS if rest.startswith(sign)), 'more' if rest else 'nothing')}"] = (
        1.0
    )
    if not quote and _GOES_ON.match(after):
        numbers["then words"] = 1.0
    if _COMMENT.match(before):
        numbers["comment"] = 1.0
        if _INDENTED.match(before):
            numbers["code in a comment"] = 1.0
    if not before.strip(b" \t-$'\""):
        numbers["line begins with name"] = 1.0
    line = before + after
    for name, pattern in (("line has user", _USER), ("line has test", _TEST), ("line reads", _READS)):
        if pattern.search(line):
            numbers[name] = 1.0
    if len(line) > AROUND + AROUND // 2:
        numbers["line long"] = 1.0
    return numbers


def _neighbours(data: bytes, first: int, last: int, value: bytes) -> dict[str, float]:
    """Look at the lines before and after, and whether they have the value too, as those of a user's name may."""
    begin = data.rfind(b"\n", max(first - AROUND, 0), max(first - 1, 0)) + 1 or max(first - AROUND, 0)
    end = data.find(b"\n", last + 1, last + 1 + AROUND)
    before, after = data[begin:first], data[last + 1 : end if end >= 0 else last + 1 + AROUND]
    numbers: dict[str, float] = {}
    near = before + b"\n" + after
    if _USER.search(near):
        numbers["near user"] = 1.0
    if _TEST.search(near):
        numbers["near test"] = 1.0
    if _SPEECH.search(near):
        numbers["near speech"] = 1.0
    if _CODE_LINE.search(before.rstrip()) or _CODE_LINE.search(after.rstrip()):
        numbers["near code"] = 1.0
    if _CONFIG_LINE.match(before) or _CONFIG_LINE.match(after):
        numbers["near settings"] = 1.0
        if _CONFIG_LINE.match(data[first:last]):
            numbers["setting among settings"] = 1.0
    if value in near and re.search(rb"(?<!\w)" + re.escape(value) + rb"(?!\w)", near):
        numbers["value near"] = 1.0
    return numbers


def _compare(facts: NameFacts, value: bytes, numbers: dict[str, float]) -> None:
    """Compare the value with its name: `password = "password"`, `token = my_token`."""
    words = [word for word in _WORD.findall(value.lower()) if len(word) > 1]
    if not words:
        return
    shared = sum(len(word) for word in words if word in facts.words)
    if shared:
        numbers["repeats name"] = min(1.0, shared / max(sum(map(len, words)), 1))
        if shared == sum(map(len, words)):
            numbers["is name"] = 1.0


def _of_url(before: bytes, value: bytes, after: bytes) -> dict[str, float]:
    """Compare the password of a URL with its user and its host."""
    numbers: dict[str, float] = {}
    if before.strip(b":/").lower() == value.lower():
        numbers["user is password"] = 1.0
    if _LOCAL.match(after):
        numbers["local host"] = 1.0
    return numbers


def _cross(kind: str, numbers: dict[str, float]) -> None:
    """Add what two pieces of evidence say together."""
    is_plain = "unquoted" in numbers
    for name in [name for name in numbers if name.startswith(("alphabet ", "words", "half words", "says "))]:
        if is_plain:
            numbers[f"unquoted, {name}"] = 1.0
        numbers[f"{'password' if kind in _IN_WORDS else 'other'}, {name}"] = 1.0
    if kind not in _PASSWORDS:
        for name in [name for name in numbers if name.startswith("length ")]:
            numbers[f"other, {name}"] = 1.0
    if "then words" in numbers and "link :" in numbers and "has a digit" not in numbers:
        numbers["sentence"] = 1.0
    numbers[f"{kind}, surprise"] = numbers["surprise"]
    if is_plain:
        numbers["unquoted, surprise"] = numbers["surprise"]
        if "then semicolon" in numbers or "then bracket" in numbers or "near code" in numbers:
            numbers["unquoted in code"] = 1.0
