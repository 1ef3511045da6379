"""SECRET_KEY, the default rule: secret and private keys by their names, and the words `public_key` and `private_key`.

**Words.** Every word that begins with `public_key` or `private_key` is found. A word begins at the beginning of the
text or after a character that is not an ASCII letter, digit or underscore, and includes all of these that follow. Each
word gives one finding:

- If a literal value is assigned to the word (see `beca_scanners.keys.string_literals`), the finding is the value. A
  value of `private_key` has confidence HIGH. One of `public_key` has confidence LOW, unless it is a private key in PEM:
  a key that its author calls public opens nothing.
- Otherwise the finding is the word, with confidence LOW.

A value ends before the next such word. A value that contains one (`"private_key.pem"`, `${private_key}`) names a key
and is not a key, so both words are mentions. So no value hides a word, and a text is read once, however many words it
has.

**Names.** `SECRET_KEY` (of Django and Flask), `secret_key`, `secretKey`, `SecretKey`, `secret-key`, `PRIVATE_KEY`,
`privateKey`, `PrivateKey` and `private-key` are found only with a literal value, because programs are full of these
names. Something may follow, as in `SECRET_KEY_BASE`, and upper-case words may come before, as in `JWT_SECRET_KEY`. A
name that ends in what is no key, such as `secretKeyName`, `privateKeyPath` or `SECRET_KEY_FILE`, is none of these. A
value that has such a name with an operator in it, or a word of the kind above, is not read.

How sure that is depends on the value, but for `PRIVATE_KEY` without anything before it, which is as sure as the word:

- LOW: a placeholder (`your-secret-key`, `change-me`, `secret`), or ordinary words (`"Secret key"`, `dev`). Most of
  these are labels and examples. Some are in use, and then anybody can guess them, so they are not dropped.
- MEDIUM: shorter than 12 bytes.
- HIGH: everything else.

A value of `private_key` and `PRIVATE_KEY` that holds a placeholder is LOW too, as is that of `private_key_id`. A
reference to another value
(`${SECRET_KEY}`, `%s`, `os.environ["SECRET_KEY"]`, `config("SECRET_KEY")`) is not a literal, so it is no finding.

`django-insecure-` begins the key that Django's `startproject` writes. It is a real key, and whoever runs such a
settings file in production signs sessions with it. But it is made for development, and `check --deploy` warns of it
(`security.W009`), so the variant of that name has severity MEDIUM.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from beca_core import Candidate, Confidence, Example, Rule, Severity, Variant
from beca_core.rules.candidate import Dropped
from beca_core.rules.rule import random_text

MAX_VALUE_BYTES: Final = 16 * 1024
"""Greatest distance from a word to the end of its value: enough for the largest RSA key in use, in PEM."""
SHORT_VALUE_BYTES: Final = 12
"""A value of a name that is shorter is not surely a key."""

_NEAR_BYTES: Final = 256

_REST_OF_WORD: Final = re.compile(rb"[A-Za-z0-9_]*+")
_WORDS: Final = (b"private_key", b"public_key", b"PRIVATE_KEY", b"PUBLIC_KEY")
_WITHOUT_MENTIONS: Final = b"PRIVATE_KEY"
_NAME: Final = rb"(?:(?:SECRET|PRIVATE)_KEY|secret_key|[sS]ecretKey|[pP]rivateKey|(?:secret|private)-key)"
_NEXT_NAME: Final = re.compile(_NAME + rb"\w*+(?:\\?[\"'`])?\]?[ \t]*+[=:]|(?:public|private)_key")
_OPERATOR: Final = r"""\\?["'`]?\]?(?:\[\w*\])?[ \t]*[=:]"""
_OTHER_THINGS: Final = re.compile(
    rb"(?i:name|path|file|filename|dir|directory|id|ids|url|uri|ref|type|alg|algorithm|size|length|len|env|var|field"
    rb"|label|title|header|format|prefix|suffix|arn|version|hash|fingerprint|selector|blob|usage|count|index|error"
    rb"|passphrase|password|pass|required|enabled|placeholder|help|hint|description|message|text)s?\Z"
)
"""What the last word of a name may not be."""
_LONGEST_LAST_WORD: Final = 40
_LAST_WORD: Final = re.compile(rb"[A-Z]?[a-z]+\Z|[A-Z]+\Z")
_PRIVATE_PEM: Final = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY")
_VALUE: Final = random_text("0123456789abcdef", 64, "secret-key")
_DJANGO: Final = "django-insecure-" + random_text("abcdefghijklmnopqrstuvwxyz0123456789!@%^&*(-_=+)", 50, "django")


def read_assignment(candidate: Candidate) -> Candidate | Dropped | None:
    """Replace a word or a name by the value that is assigned to it, or tell that nothing is."""
    if candidate.data.startswith(_WORDS, candidate.begin):
        return _read_word(candidate)
    return _read_name(candidate)


def _read_word(candidate: Candidate) -> Candidate | Dropped | None:
    from beca_scanners.keys.string_literals import (
        assigned_literal,  # its patterns are compiled only when there is a word to read
    )

    data, begin = candidate.data, candidate.begin
    rest = _REST_OF_WORD.match(data, begin)
    end = rest.end() if rest else candidate.end
    value = assigned_literal(data, (begin, end), _limit(data, end))
    found = None if value is None else replace(candidate, begin=value[0], end=value[1])
    if found is not None and not _is_placeholder(found, "template"):
        if data.startswith(b"public_key", begin):
            is_no_key = _PRIVATE_PEM.match(found.secret) is None
        else:
            is_no_key = _is_placeholder(found, "word") or _names_another_thing(data[begin:end])
        return replace(found, confidence=Confidence.LOW if is_no_key else Confidence.HIGH)
    if data.startswith(_WITHOUT_MENTIONS, begin):
        return _NO_VALUE
    return replace(candidate, end=end)


def _read_name(candidate: Candidate) -> Candidate | Dropped | None:
    from beca_scanners.keys.string_literals import assigned_literal, is_assigned

    data, begin, end = candidate.data, candidate.begin, candidate.end
    if _names_another_thing(candidate.secret):
        return Dropped("its name is that of another thing than a key")
    if not is_assigned(data, end):
        return _NO_VALUE
    limit = min(len(data), end + MAX_VALUE_BYTES)
    value = assigned_literal(data, (begin, end), limit)
    if value is not None and (following := _NEXT_NAME.search(data, end, min(limit, value[1] + _NEAR_BYTES))):
        value = assigned_literal(data, (begin, end), following.start())
    if value is None:
        return _NO_VALUE
    found = replace(candidate, begin=value[0], end=value[1])
    if _is_placeholder(found, "template"):
        return _NO_VALUE
    if _is_placeholder(found, "word", "whole", "filler", "sequence") or _is_words(found):
        return replace(found, confidence=Confidence.LOW)
    is_short = len(found.secret) < SHORT_VALUE_BYTES
    return replace(found, confidence=Confidence.MEDIUM if is_short else Confidence.HIGH)


def _names_another_thing(name: bytes) -> bool:
    last_word = _LAST_WORD.search(name[-_LONGEST_LAST_WORD:])
    return last_word is not None and _OTHER_THINGS.match(last_word[0]) is not None


def _is_placeholder(found: Candidate, *kinds: str) -> bool:
    from beca_core.checks import Placeholder  # here and below: needed only when there is a value to judge

    return isinstance(Placeholder(kinds=kinds)(found), Dropped)


def _is_words(found: Candidate) -> bool:
    from beca_core.checks import DictionaryWords

    return isinstance(DictionaryWords()(found), Dropped)


_NO_VALUE: Final = Dropped("no literal value is assigned to it")


def _limit(data: bytes, end: int) -> int:
    """Return where a value must end: before the next word. Where words are dense, little is read to find the next."""
    near = data[end : end + _NEAR_BYTES]
    nearest = min((found for word in _WORDS if (found := near.find(word)) >= 0), default=-1)
    if nearest >= 0:
        return end + nearest
    limit = min(len(data), end + MAX_VALUE_BYTES)
    for word in _WORDS:
        found = data.find(word, end, limit)
        limit = limit if found < 0 else found
    return limit


RULE: Final = Rule(
    id="secret-key",
    version=1,
    description="SECRET_KEY: the value of a secret or private key, or a word that begins with public_key or "
    "private_key",
    severity=Severity.HIGH,
    confidence=Confidence.LOW,
    category="generic",
    pattern=(
        r"\b(?P<secret>(?:public_key|private_key|PRIVATE_KEY)\w*)",
        rf"\b(?P<secret>(?:[A-Z0-9_]{{1,40}}PRIVATE_KEY|[A-Z0-9_]{{0,40}}SECRET_KEY)\w*){_OPERATOR}",
        rf"\b(?P<secret>(?:secret_key|[sS]ecretKey|[pP]rivateKey|(?:secret|private)-key)\w*){_OPERATOR}",
    ),
    checks=(read_assignment,),
    variants=(
        Variant(
            name="django-insecure",
            pattern="^django-insecure-",
            severity=Severity.MEDIUM,
            description="SECRET_KEY: Django's key for development, which startproject has written",
        ),
    ),
    supersedes=("generic-*",),
    examples=(
        Example("public_keyasdf", "public_keyasdf", confidence=Confidence.LOW),
        Example("sign(data, private_key)", "private_key", confidence=Confidence.LOW),
        Example(f'private_key = "{_VALUE}"', _VALUE, confidence=Confidence.HIGH),
        Example(f"export PRIVATE_KEY=0x{_VALUE}\n", f"0x{_VALUE}", confidence=Confidence.HIGH),
        Example(f"signer:\n  private_key_v2: {_VALUE}\n", _VALUE, confidence=Confidence.HIGH),
        Example(f'{{"private_key": "{_VALUE}"}}', _VALUE, confidence=Confidence.HIGH),
        Example(f"SECRET_KEY = '{_VALUE}'\n", _VALUE, confidence=Confidence.HIGH),
        Example(f"SECRET_KEY = '{_DJANGO}'\n", _DJANGO, variant="django-insecure", confidence=Confidence.HIGH),
        Example(f"app.config['SECRET_KEY'] = '{_VALUE}'\n", _VALUE, confidence=Confidence.HIGH),
        Example(f"JWT_SECRET_KEY={_VALUE}\n", _VALUE, confidence=Confidence.HIGH),
        Example(f'{{"secretKey": "{_VALUE}"}}', _VALUE, confidence=Confidence.HIGH),
        Example(f"  privateKey: {_VALUE}\n", _VALUE, confidence=Confidence.HIGH),
        Example(f"private-key={_VALUE}\n", _VALUE, confidence=Confidence.HIGH),
        Example("SECRET_KEY = 'change-me'\n", "change-me", confidence=Confidence.LOW),
    ),
    counter_examples=(
        *("my_private_key", "privatekey = 1", "Private_Key", "PRIVATE_KEY = load()", "PUBLIC_KEY=1"),
        *("SECRET_KEY", "SECRET_KEY = os.environ['SECRET_KEY']", 'secretKey: "${SECRET_KEY}"', "private-key: |"),
        f'secretKeyName: "{_VALUE}"',
    ),
    references=(
        "https://cwe.mitre.org/data/definitions/798.html",
        "https://docs.djangoproject.com/en/stable/ref/settings/#secret-key",
        "https://flask.palletsprojects.com/en/stable/config/#SECRET_KEY",
    ),
    remediation="Replace the key, and keep the new one in a secret store or the environment. A word without a "
    "value only shows where keys are handled.",
)

RULES: Final = (RULE,)
