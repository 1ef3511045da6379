"""The forms in which a text assigns a value to a name, as patterns of RE2, and what Python reads of them afterwards.

A pattern is a locator: it finds a word such as `password`, the rest of the name, what links the name to a value, and
the beginning of the value. Everything in it has a bounded length, so that the prefilter can look at what follows a word
and drop nearly all of them: these words are in each second line of code. Where the value ends is decided by
`read_value`.

The links are: the operators of assignment, comparison and defaults (`=`, `:`, `=>`, `:=`, `==`, `||`), with a type
before them or without one; the comma of `put("password", "x")`; the bracket of `setPassword("x")`; an XML element, and
the attribute `value` after a name; a space after an option of a command.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from beca_core.system.lazy_regexp import lazy

LONGEST_VALUE: Final = 600
"""Length of what is read of a value, in bytes."""

_OPTION: Final = r"(?:[\s\"'`(\[]|^)(?:-[\w-]{0,20})?"
_OPTION_VALUE: Final = r"[\"']?(?P<secret>[^\s\"'<>|&$\[(`-][^\s\"'<>|&`]{3,100})"
AFTER_WORD: Final = r"(?:[A-Zs_.\-0-9][\w.\-]{0,24})?"
"""The rest of a name after its word: `tokens`, `token_2`, `tokenValue`, and not `tokenizer`."""
AFTER_CREDENTIAL: Final = r"(?:orization|ential)?(?:[A-Zs_.\-0-9][\w.\-]{0,24})?"
"""Of `auth` and `cred`: `authorization`, `credentials`, and not `author`."""
AFTER_PASS: Final = r"(?:[A-Zwps_.\-0-9][\w.\-]{0,24})?"  # noqa: S105 - a pattern
"""Of `pass`: `passwd`, `passphrase`, and not `passed`."""
AFTER_NO_KEY: Final = r"(?:[_.\-]?[A-JL-Za-jl-z0-9][\w.\-]{0,24})?"
"""Of `secret`, without that of `secret_key`, which is a key."""
_TYPED: Final = r"[?: \t]{1,3}[\w.*\[\]]{1,14}[ \t]{0,3}="
_LINKED: Final = r"\\{0,2}[\"'`]?[\])}]{0,2}(?:, (?:_|err|ok))?[ \t]{0,8}[=:!?|,(>]{1,3}"
_ASSIGNED: Final = rf"(?:{_TYPED}|{_LINKED})[ \t]{{0,4}}(?:with: )?(?:new )?[\w.\[\](@$]{{0,32}}\\{{0,3}}[\"'`]{{1,3}}"
_MARKED_UP: Final = r"[\"']?(?:>[ \t]?|[ \t]{1,4}[vV][a-z]{4}[ \t]?=[ \t]?[\"'])"
_PLAINLY: Final = r"\\{0,2}[\"']?\]?[ \t]{0,8}[=:]{1,2}>?[ \t]{0,8}"

_ANY_QUOTED: Final = r"(?P<secret>[^\s\"'`<>\\][^\"'`\n\r\\]{3,200})"
_WORD_QUOTED: Final = r"(?P<secret>[^\s\"'`<>\\]{4,200})"
_WITH_DIGIT: Final = r"(?P<secret>[^\s\"'`<>\\0-9(){}\[\];,]{0,24}[0-9][^\s\"'`<>\\(){}\[\];,]{4,200})"
_IN_MARKUP: Final = r"(?P<secret>[^\s\"'`<>{$(][^\s\"'`<>(){};]{3,100})[<\"']"
_PLAIN_WITH_DIGIT: Final = r"(?P<secret>[A-Za-z_+/-]{0,24}[0-9][0-9A-Za-z_+/=.-]{6,200})"
_RANDOM: Final = r"(?P<secret>[A-Za-z_+/-]{0,40}[0-9][0-9A-Za-z_+/=.~-]{4,200})"
"""What may be random: of 20 letters and digits before the last four, hardly ever none is a digit."""
_PLAIN_PASSWORD: Final = (
    r"(?P<secret>[0-9A-Za-z_-]{0,20}[!@#%^*+?~:$.][^\s\"'`,;(){}<>\\]{3,100})",
    r"(?P<secret>[0-9A-Za-z][0-9A-Za-z_-]{3,40}[!@#%*?]{0,3})(?:[\s\"'&;]|$)",
)


def password_patterns(words: str) -> tuple[str, ...]:
    """Return the patterns of assignments of passwords: a value may be a word.

    Args:
        words: The words of which a name holds one, in any letter case, separated by `|`; at least three letters each.
    """
    word = f"(?P<word>(?i:{words})){AFTER_PASS}"
    return (*_quoted(word, _ANY_QUOTED), *(f"{word}{_PLAINLY}{plain}" for plain in _PLAIN_PASSWORD))


def secret_patterns(words: str, rest: str = AFTER_WORD, *, may_be_words: bool = False) -> tuple[str, ...]:
    """Return the patterns of assignments of what a machine has made: a value has a digit, and is not short.

    Args:
        words: As for `password_patterns`.
        rest: What may follow a word in a name.
        may_be_words: Whether a value between quotes may be words all the same.
    """
    word = f"(?P<word>(?i:{words})){rest}"
    quoted = _WORD_QUOTED if may_be_words else _WITH_DIGIT
    return (*_quoted(word, quoted), f"{word}{_PLAINLY}{_PLAIN_WITH_DIGIT}")


def random_pattern(words: str) -> str:
    """Return the pattern of assignments of what a machine has made, of letters and digits, to one of many names.

    Args:
        words: The words, in any letter case, separated by `|`, of which one begins or ends a name.
    """
    rest = r"(?:[A-Z0-9_.\-][\w.\-]{0,24})?"
    return f"(?P<word>(?i:{words})){rest}(?:{_ASSIGNED}|{_MARKED_UP}|{_PLAINLY}){_RANDOM}"


def _quoted(name: str, value: str) -> tuple[str, ...]:
    return (f"{name}{_ASSIGNED}{value}", f"{name}{_MARKED_UP}{_IN_MARKUP}")


class Value(NamedTuple):
    """A value as a text writes it.

    Args:
        begin: Where it begins, without its quotes.
        end: Where it ends.
        quote: The quote that is before it; empty: none.
        is_closed: Whether the same quote ends it.
    """

    begin: int
    end: int
    quote: bytes
    is_closed: bool


_OPENING: Final = lazy(rb"(?:\\{0,3}[\"'`]|&quot;)\Z")
_QUOTED_ENDS: Final = {quote: re.compile(rb"(?:[^\\\n\r" + quote + rb"]|\\[^\n\r])*+") for quote in (b'"', b"'", b"`")}
_ESCAPED_END: Final = lazy(rb"[^\"'`\\\n\r]*+")
_PLAIN_END: Final = lazy(rb"(?:[^\s\"'`<>\\;&,]|[;&,](?!\s?[\w.% -]{1,40}=))*+")
"""A `;`, `&` or `,` ends a value if another assignment follows, as in a connection string or a query."""
_AFTER_PLAIN: Final = b",;.)]}:|"


def read_value(data: bytes, begin: int) -> Value:
    """Read the value that begins at an offset, up to its closing quote, or up to a space if it has none.

    Args:
        data: The text.
        begin: Where the value begins, after its quote.
    """
    opening = _OPENING.search(data, max(begin - 6, 0), begin)
    limit = begin + LONGEST_VALUE
    if opening is None:
        found = _PLAIN_END.match(data, begin, limit)
        end = found.end() if found else begin
        while end > begin and data[end - 1] in _AFTER_PLAIN and not _closes(data, begin, end):
            end -= 1
        return Value(begin, end, b"", is_closed=False)
    quote = opening[0]
    if len(quote) > 1:
        found = _ESCAPED_END.match(data, begin, limit)
        end = found.end() if found else begin
        return Value(begin, end, quote, data.startswith(quote, end))
    found = _QUOTED_ENDS[quote].match(data, begin, limit)
    end = found.end() if found else begin
    return Value(begin, end, quote, data.startswith(quote, end))


def _closes(data: bytes, begin: int, end: int) -> bool:
    """Whether the last byte of a value closes a bracket in it."""
    opened = {b")": b"(", b"]": b"[", b"}": b"{"}.get(data[end - 1 : end])
    return opened is not None and opened in data[begin:end]


_SENT: Final = r"(?P<secret>[0-9A-Za-z+/_.~-]{0,24}[a-z][0-9A-Z=][0-9A-Za-z+/=_.~-]{4,400})"
_IDENTIFIED: Final = r"(?P<word>(?i:identified)) \s{0,3}(?i:by|via|using)\s{1,3}\\{0,2}[\"']?"
_TOKEN_VALUE: Final = r"[\"']?(?P<secret>[A-Za-z_-]{0,20}[0-9][0-9A-Za-z+/=_.-]{7,200})"  # noqa: S105 - a pattern
HEADER: Final = (rf"[:=,(\"'`]\s?[\"'`]?(?P<word>(?i:basic|bearer)) [ ]{{0,2}}{_SENT}",)
URL: Final = (r"(?P<word>://)[^\s:/@\"'`<>(){}]{0,48}:(?P<secret>[^\s/@\"'`<>]{3,64})@[\w.\[$-]",)
SQL: Final = (
    rf"{_IDENTIFIED}(?P<secret>[^\s\"'`;,\\]{{4,64}})",
    r"(?P<word>(?i:password)) \s{0,3}\\{0,2}'(?P<secret>[^\s'\\;]{4,64})\\?'",
)
COMMAND: Final = (
    rf"{_OPTION}(?P<word>(?i:-pass|-pwd))[\w-]{{0,16}} [ \t]?(?:pass:)?{_OPTION_VALUE}",
    rf"{_OPTION}(?P<word>-token|-secret)[\w-]{{0,16}} [ \t]?{_TOKEN_VALUE}",
    rf"(?P<word>sshpass) [ \t]?-p[ \t]?{_OPTION_VALUE}",
    rf"(?P<word>mysql)[\w-]{{0,12}} [^|;\n]{{0,50}} -p{_OPTION_VALUE}",
    rf"(?P<word>login) [^|;\n]{{0,60}}-p [ \t]?{_OPTION_VALUE}",
    rf"(?P<word>curl) [^|;\n]{{0,60}}(?:-u|--user)[ =]?[\"']?[^\s:\"'$<>/]{{1,30}}:{_OPTION_VALUE}",
)
"""The patterns of values that no name introduces; `word` is what shows that there is one."""
