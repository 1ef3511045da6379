"""What a value says about itself: its alphabet, its length, whether it looks like words, and known shapes."""

from __future__ import annotations

import binascii
import math
from collections import Counter
from functools import lru_cache
from typing import Final

from beca_core.checks.dictionary_words import DictionaryWords
from beca_core.checks.placeholders import Placeholder
from beca_core.checks.shapes import has_shape
from beca_core.findings import Confidence
from beca_core.rules.candidate import Candidate, Dropped
from beca_core.system.lazy_regexp import lazy
from beca_scanners.generic.trigrams import surprise

READ: Final = 256
"""How many bytes of a value are looked at; the rest of a longer one resembles them."""

_LENGTHS: Final = (5, 6, 8, 12, 16, 20, 28, 40, 64, 128)
_ALPHABETS: Final = (
    ("digits", lazy(rb"[0-9]+")),
    ("lower", lazy(rb"[a-z]+")),
    ("upper", lazy(rb"[A-Z]+")),
    ("title", lazy(rb"[A-Z][a-z]+")),
    ("letters", lazy(rb"[A-Za-z]+")),
    ("hex", lazy(rb"(?:0x)?(?:[0-9a-f]+|[0-9A-F]+)")),
    ("word and number", lazy(rb"[A-Za-z]+[0-9]{1,8}")),
    ("base32", lazy(rb"[A-Z2-7]+=*")),
    ("lower and digits", lazy(rb"[a-z0-9]+")),
    ("upper and digits", lazy(rb"[A-Z0-9]+")),
    ("alphanumeric", lazy(rb"[A-Za-z0-9]+")),
    ("identifier", lazy(rb"[A-Za-z_$][A-Za-z_$]*")),
    ("name", lazy(rb"[A-Za-z]+(?:[-.:/_][A-Za-z]+)+")),
    ("name with digits", lazy(rb"[A-Za-z]\w*(?:[-.:/][A-Za-z0-9_]+)*")),
    ("url-safe", lazy(rb"[A-Za-z0-9_-]+")),
    ("base64", lazy(rb"[A-Za-z0-9+/]+={0,2}")),
    ("token", lazy(rb"[A-Za-z0-9+/=_.:~-]+")),
    ("printable", lazy(rb"[!-~]+")),
    ("many words", lazy(rb"[A-Za-z\x80-\xff'.,!?:;()-]+(?: [A-Za-z\x80-\xff'.,!?:;()-]+)+")),
    ("foreign word", lazy(rb"[A-Za-z\x80-\xff-]+")),
    ("spaced", lazy(rb"[ -~]+")),
)
_SHAPES: Final = (
    "uuid",
    "subresource-hash",
    "number",
    "version",
    "timestamp",
    "path",
    "file-name",
    "url",
    "email",
    "host",
    "ip-address",
    "color",
    "constant",
    "snake-case",
    "dotted-name",
    "call",
)
_HASH_LENGTHS: Final = frozenset((32, 40, 56, 64, 96, 128))
_PASSWORD_HASH: Final = lazy(
    rb"\$(?:[1256y]|2[abxy]|apr1|md5|argon2\w*|scrypt|pbkdf2[\w-]*|P|H|bcrypt[\w-]*)\$|\{S?SHA[0-9]*\}|\{CRYPT\}"
    rb"|(?:pbkdf2|argon2|bcrypt|scrypt|sha1|md5)[\w:]*\$|\*[0-9A-F]{40}\Z|md5[0-9a-f]{32}\Z"
)
_CIPHERTEXT: Final = lazy(rb"ENC[(\[]|vault:v[0-9]|AQICAH|U2FsdGVkX1|\$ANSIBLE_VAULT|gAAAAA|-----BEGIN (?:PGP|ENC)")
_JSON: Final = lazy(rb"eyJ[A-Za-z0-9+/=_-]*\Z|eyJhbGciOiJ(?:ub25l|Ob25l)")
_PUBLIC: Final = lazy(
    rb"pk_(?:test|live)_|pk\.|ssh-(?:rsa|ed25519|dss) |ecdsa-sha2|MI[GI][a-zA-Z0-9]{2}MA0GCSqGSIb3DQEB|MFkwEwYHKoZIzj"
    rb"|MFwwDQYJ|(?:mQ[EGI]N|mDM|xs[BDF]N|xjME)[A-Z][A-Za-z0-9+/]{24}"
)
_CODE: Final = lazy(rb"[()\[\]{};]|->|::|&&|\|\||\$\w|=>")
_TEMPLATE: Final = lazy(
    rb"\$\{|\$\(|\{\{|\}\}|<%|%>|%\(|#\{|\$[A-Za-z_{(]|%[sdvq@]|<[^>]*>|\{[\w.]*\}|\\\(|@@|@[A-Z_]{3,}@|%[A-Z_]{3,}%"
    rb"|__[A-Z]|\]\]|\*\*\*|\.\.\.|###"
)
_SPEECH: Final = lazy(rb"[A-Za-z\x80-\xff]{2,}[,.!?:]? [A-Za-z\x80-\xff]|[A-Za-z]{2}\\u0[0-9a-fA-F]{3}")
_TESTS: Final = lazy(rb"(?i)test|example|sample|dummy|fake|mock|demo|foo\b|\bbar\b|baz|blah|lorem")
_STANDS_IN: Final = lazy(
    rb"(?i)placeholder|change[-_ ]?me|replace|insert|your|todo|xxx|secure value|removed|omitted|redacted|hidden|masked"
)
_OTHERWISE: Final = lazy(rb"(?i)wrong|invalid|bad|incorrect|default|some[-_A-Z]|random|another|new[-_]?[ps]")
_SWITCH: Final = lazy(
    rb"(?i)true|false|yes|no|on|off|none|null|nil|undefined|always|never|enabled?|disabled?|required|optional"
    rb"|auto(?:matic)?|prompt|string|str|text|int|integer|number|bool|boolean|object|dict|list|char|bytes|plain|plaintext"
    rb"|unset|empty|masked|hidden|hashed|encrypted"
)
"""What a setting says, and what a name has for a type, rather than what somebody keeps secret."""
_SECRETS: Final = lazy(rb"(?i)pass|pwd|secret|token|key|auth|cred|user|login|name|hash|salt|nonce")
_WEAK: Final = lazy(
    rb"(?i)(?:admin|root|guest|password|passwd|pass|secret|test|letmein|welcome|qwerty|abc|changeme|user|master|default|"
    rb"postgres|mysql|oracle|p[a@4]ss?w[o0]rd)?[!@#]?[0-9]{0,6}[!@#.]?"
)
_JWT: Final = lazy(rb"eyJ[\w-]{8,}\.[\w-]{8,}")
_ENCODED: Final = lazy(rb"(?:[A-Za-z0-9+/]{4}){3,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_PAIR_OF_NAMES: Final = lazy(rb"(?i)(?:user|username|login|name|usr):(?:pass|password|passwd|pwd|secret)?\s*")
_PRINTABLE: Final = lazy(rb"[ -~\s]+")
_EXTRA_DIGIT: Final = lazy(rb"[0-9]")
_CASES: Final = lazy(rb"[a-z][A-Z]|[A-Z]{2}[a-z]|[0-9][A-Za-z]|[A-Za-z][0-9]")
_WORDS_HALF: Final = DictionaryWords(max_share=0.5, identifiers=False)
_WORDS_MOST: Final = DictionaryWords(max_share=0.8, identifiers=False)
_ANY_PLACEHOLDER: Final = Placeholder(kinds=("template", "filler", "word"))
_PLACEHOLDERS: Final = {
    kind: Placeholder(kinds=(kind,)) for kind in ("template", "filler", "word", "whole", "sequence")
}


@lru_cache(maxsize=4096)
def read_value_facts(value: bytes) -> tuple[tuple[str, float], ...]:
    """Return the evidence that is in a value, by name.

    Args:
        value: The value without its quotes.
    """
    text = value[:READ]
    numbers: dict[str, float] = {}
    size = len(value)
    numbers[f"length {next((f'under {most}' for most in _LENGTHS if size < most), 'more')}"] = 1.0
    alphabet = next((name for name, pattern in _ALPHABETS if pattern.fullmatch(text)), "other bytes")
    numbers[f"alphabet {alphabet}"] = 1.0
    if size < 8:
        numbers[f"short {'digits' if alphabet == 'digits' else 'value'}"] = 1.0
    found = surprise(text)
    certain = min(len(text), 24) / 24
    numbers["surprise"] = min(max(found - 4.0, -2.0), 5.0) / 5.0
    numbers["surprise of a long value"] = numbers["surprise"] * certain
    numbers["entropy"] = _relative_entropy(text)
    changes = len(_CASES.findall(text)) / len(text)
    numbers["changes of class"] = min(changes * 2, 1.0)
    if _EXTRA_DIGIT.search(text):
        numbers["has a digit"] = 1.0
    for shape in _SHAPES:
        if has_shape(text, shape):
            numbers[f"shape {shape}"] = 1.0
            break
    if alphabet == "hex" and size in _HASH_LENGTHS:
        numbers["shape hash"] = 1.0
    for name, pattern in _SIGNS:
        if pattern.search(text):
            numbers[name] = 1.0
    for name, pattern in _BEGINNINGS:
        if pattern.match(text):
            numbers[name] = 1.0
    if _SWITCH.fullmatch(text):
        numbers["switch"] = 1.0
    if _WEAK.fullmatch(text):
        numbers["weak"] = 1.0
    candidate = Candidate(text, 0, len(text), Confidence.LOW)
    if isinstance(_WORDS_HALF.verdict(candidate), Dropped):
        is_most = isinstance(_WORDS_MOST.verdict(candidate), Dropped)
        numbers["words" if is_most else "half words"] = 1.0
    for kind, check in _PLACEHOLDERS.items():
        if isinstance(check.verdict(candidate), Dropped):
            numbers[f"placeholder {kind}"] = 1.0
    numbers.update(_of_encoded(text))
    spaces = text.strip().count(b" ")
    if spaces:
        numbers["spaces"] = min(spaces, 4) / 4
    return tuple(numbers.items())


_SIGNS: Final = (
    ("code", _CODE),
    ("template", _TEMPLATE),
    ("speech", _SPEECH),
    ("says test", _TESTS),
    ("says stand-in", _STANDS_IN),
    ("says otherwise", _OTHERWISE),
    ("says secret", _SECRETS),
    ("jwt", _JWT),
)
_BEGINNINGS: Final = (
    ("password hash", _PASSWORD_HASH),
    ("ciphertext", _CIPHERTEXT),
    ("json in base64", _JSON),
    ("public half", _PUBLIC),
)


def _of_encoded(text: bytes) -> dict[str, float]:
    """Look at the text that a value encodes in base64, if it encodes one."""
    if not _ENCODED.fullmatch(text) or not _PRINTABLE.fullmatch(inner := binascii.a2b_base64(text)):
        return {}
    candidate = Candidate(inner, 0, len(inner), Confidence.LOW)
    numbers = {"encodes a pair" if b":" in inner else "encodes text": 1.0}
    if _CIPHERTEXT.match(inner):
        numbers["ciphertext"] = 1.0
    if _PAIR_OF_NAMES.fullmatch(inner) or isinstance(_ANY_PLACEHOLDER.verdict(candidate), Dropped):
        numbers["encodes a placeholder"] = 1.0
    return numbers


def _relative_entropy(text: bytes) -> float:
    """Return the entropy of a text as a share of the greatest that its length allows."""
    if len(text) < 2:
        return 0.0
    counts = Counter(text).values()
    bits = sum(count * math.log2(len(text) / count) for count in counts) / len(text)
    return min(bits / math.log2(len(text)), 1.0)
