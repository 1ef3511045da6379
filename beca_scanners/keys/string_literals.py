"""Finds the literal value that a text assigns to a name, in any language.

An assignment is the name, perhaps a closing quote or bracket (`"name"`, `config["name"]`, `name[]`), one of
`=`, `:`, `=>`, `:=`, and a value. A value is literal if it is

- a PEM block (RFC 7468), from BEGIN to END: in quotes with escaped line ends, in a YAML block scalar, a
  here-document or a string of several lines;
- a quoted string: `"`, `'` or a backtick, with escapes and the usual prefixes (`b"..."`, `r'...'`), three quotes,
  or quotes that are escaped themselves (JSON inside a string). `name: type = "..."` is read too. Backticks after a
  colon may be Markdown, so the rules for words in the last point apply there;
- the text of a YAML block scalar (`name: |`);
- a number of at least 16 digits or hexadecimal digits;
- an unquoted word up to the end of its line or a comment, or up to the quote that opened just before the name
  (`"name=value"`). In shell syntax (`name=value` or `export name=value` at the beginning of a line) every such word is
  a literal. Elsewhere a word may be an identifier or a type: there it is a literal only if it has a digit, and is
  not a short number, an attribute (`a.b1`), a type or an algorithm (`uint256`, `sha256`), or a word with "key" in it
  (`key2`).

A placeholder or a reference to another value is not a literal: an empty string, a template (`${...}`, `{{ ... }}`,
`$NAME`, `<your key>`), a path, a URL, `null` or `true`, and filler such as `...` or `xxxx`.

The patterns are anchored and possessive, so reading a value takes time linear in its length.
"""

from __future__ import annotations

import re
from typing import Final

_LOOK_BACK: Final = 256

_OPERATOR: Final = re.compile(rb"""(?:\\?["'`])?\]?(?:\[\w*+\])?[ \t]*+(?P<sign>=>|:=|=(?![=~])|:(?!:))[ \t]*+""")
_TYPE: Final = re.compile(rb"""[\w.&*'<>\[\]|? ]{1,80}=[ \t]*+""")
_PEM_BEGIN: Final = re.compile(
    rb"""
    (?: [|>][-+\d]{0,2} | <<[-~]?["']?\w++["']? | [A-Za-z@]{0,2}(?:\"""|'''|\\?["'`]) )?
    (?: \s | \\[nrt] )*+
    (?P<begin>-----BEGIN[ ](?P<label>[A-Z0-9 ]{1,60})-----)""",
    re.VERBOSE,
)
_PEM_FRAME: Final = re.compile(rb"-----(?:BEGIN|END) [A-Z0-9 ]+-----|\\[nrt]")
_QUOTED: Final = re.compile(
    rb"""
    (?P<prefix>[A-Za-z]{0,2}|[@$])
    (?: \"""(.+?)\"""
      | '''(.+?)'''
      | \\"([^"\\\r\n]*+)\\"
      | \\'([^'\\\r\n]*+)\\'
      | "((?:[^"\\\r\n]|\\[^\r\n])*+)"
      | '((?:[^'\\\r\n]|\\[^\r\n])*+)'
      | `(?P<code>(?:[^`\\\r\n]|\\[^\r\n])*+)`
    )""",
    re.VERBOSE | re.DOTALL,
)
_BLOCK_SCALAR: Final = re.compile(
    rb"""
    [|>] [-+\d]{0,2} [ \t]*+ (?:\#[^\r\n]*+)? \r?\n
    (?P<indent>[ \t]++) [^\r\n]++ (?:\r?\n(?P=indent)[^\r\n]++)*+""",
    re.VERBOSE,
)
_NUMBER: Final = re.compile(rb"(0x[0-9A-Fa-f_]{16,}+|\d{16,}+)(?=[\s,;)\]}])")
_WORD: Final = re.compile(
    rb"""
    ( [\w+/.~=-][^\s"'`(){}<>\[\],;&|\\]*+ )
    (?= [ \t]*+[\r\n] | [ \t]++(?:\#|//|;) | (?P<quote>["'`]) )""",
    re.VERBOSE,
)

_SHELL: Final = re.compile(rb"(?:\A|[\r\n])(?:export )?\Z")
_NULL: Final = re.compile(rb"(?i:none|null|nil|undefined|true|false)")
_IDENTIFIER: Final = re.compile(rb"[A-Za-z_]\w*+(?P<attribute>(?:(?:\.|::)[A-Za-z_]\w*+)*+)")
_SHORT_NUMBER: Final = re.compile(rb"-?\d{1,4}|\d++(?:\.\d++)+")
_TYPE_OR_ALGORITHM: Final = re.compile(
    rb"(?i:u?int|[iuf]|float|bytes?|bits?|str|base|sha|x|pkcs|rsa|aes|ed|secp|utf|p|curve)[_-]?\d{1,5}(?:[a-z]\d|_t)?"
)
_TEMPLATE: Final = re.compile(
    rb"\$[{(]|\{\{|\{%|<%|\#\{|%\(\w|\A(?:\$\w++|%\w++%|<[^<>]*+>|\{[^{}]*+\}|\[[^\[\]]*+\])\Z"
)
_URL: Final = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*+://")
_PATH: Final = re.compile(
    rb"""
      .*\.(?:pem|key|pub|der|p8|p12|pfx|ppk|crt|cer|jks|asc|gpg)
    | [A-Za-z]:\\.*
    | (?=[^._~-]*+[._~-]) (?=[^/]*+/) [\w.~/-]++              # no base64 alphabet has `/` beside these
    """,
    re.VERBOSE | re.DOTALL,
)


def is_assigned(data: bytes, end: int) -> bool:
    """Return whether an operator of an assignment follows a name that ends at a byte offset."""
    return _OPERATOR.match(data, end) is not None


def assigned_literal(data: bytes, name: tuple[int, int], limit: int) -> tuple[int, int] | None:
    """Return the byte offsets of the literal that is assigned to a name, begin and end, or None if there is none.

    Args:
        data: The text.
        name: Byte offsets of the name, begin and end.
        limit: Byte offset at which the value must end at the latest.
    """
    begin, end = name
    if not _OPERATOR.match(data, end):
        return None
    before = data[max(0, begin - _LOOK_BACK) : begin]
    after = data[end:limit] + (b"\n" if limit == len(data) else b"")
    value = _read(before, after)
    return None if value is None else (end + value[0], end + value[1])


def _read(before: bytes, after: bytes) -> tuple[int, int] | None:
    operator = _OPERATOR.match(after)
    if operator is None:
        return None
    at = operator.end()
    value = (
        _pem_block(after, at)
        or _quoted(after, operator)
        or _block_scalar(before, after, at)
        or _unquoted(before, after, operator)
    )
    if value is None:
        return None
    value = _stripped(after, value)
    return None if _is_placeholder(after[slice(*value)]) else value


def _pem_block(after: bytes, at: int) -> tuple[int, int] | None:
    opening = _PEM_BEGIN.match(after, at)
    if opening is None:
        return None
    closing = b"-----END " + opening["label"] + b"-----"
    end = after.find(closing, opening.end())
    return None if end < 0 else (opening.start("begin"), end + len(closing))


def _quoted(after: bytes, operator: re.Match[bytes]) -> tuple[int, int] | None:
    string = _QUOTED.match(after, operator.end())
    if string is None and operator["sign"] == b":" and (annotation := _TYPE.match(after, operator.end())):
        string = _QUOTED.match(after, annotation.end())
    if string is None or string.lastindex is None:
        return None
    text = string[string.lastindex]
    if string["prefix"].lower() in {b"f", b"rf", b"fr", b"$"} and b"{" in text:
        return None
    if string["code"] and operator["sign"] == b":" and not _is_literal_word(text, in_shell=False):
        return None
    return string.span(string.lastindex)


def _block_scalar(before: bytes, after: bytes, at: int) -> tuple[int, int] | None:
    block = _BLOCK_SCALAR.match(after, at)
    if block is None or len(block["indent"]) <= _indentation(before):
        return None
    return block.end("indent"), block.end()


def _indentation(before: bytes) -> int:
    line = before.rpartition(b"\n")[2]
    return len(line) - len(line.lstrip(b" \t"))


def _unquoted(before: bytes, after: bytes, operator: re.Match[bytes]) -> tuple[int, int] | None:
    if number := _NUMBER.match(after, operator.end()):
        return number.span(1)
    word = _WORD.match(after, operator.end())
    if word is None or not _ends_as_it_began(word["quote"], before, after):
        return None
    in_shell = operator[0] == b"=" and _SHELL.search(before) is not None
    return word.span(1) if _is_literal_word(word[1], in_shell=in_shell) else None


def _ends_as_it_began(quote: bytes | None, before: bytes, after: bytes) -> bool:
    return quote is None or (before.endswith(quote) and not after.startswith(quote))


def _is_literal_word(word: bytes, *, in_shell: bool) -> bool:
    if _NULL.fullmatch(word):
        return False
    if in_shell:
        return True
    if not re.search(rb"\d", word) or _SHORT_NUMBER.fullmatch(word) or _TYPE_OR_ALGORITHM.fullmatch(word):
        return False
    identifier = _IDENTIFIER.fullmatch(word)
    return identifier is None or not (identifier["attribute"] or b"key" in word.lower())


def _stripped(text: bytes, span: tuple[int, int]) -> tuple[int, int]:
    value = text[slice(*span)]
    return span[0] + len(value) - len(value.lstrip()), span[1] - len(value) + len(value.rstrip())


def _is_placeholder(value: bytes) -> bool:
    elsewhere = _TEMPLATE.search(value) or _URL.match(value) or _PATH.fullmatch(value)
    return elsewhere is not None or _is_filler(_PEM_FRAME.sub(b"", value))


def _is_filler(value: bytes) -> bool:
    return not re.search(rb"[0-9A-Za-z\x80-\xff]", value) or (len(value) > 2 and len(set(value)) == 1)
