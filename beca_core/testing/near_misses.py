"""Near-misses: texts that a sound rule refuses, made from the rule and from one of its examples.

Only what the rule itself says is used: its fields, the tree of its pattern, and its examples. What no example shows is
taken for what its author did not mean: a character that the pattern allows and no example has, a length, a letter case.
A rule that does mean it says so with one more example.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.testing.charsets import (
    CLASSES,
    OF_TOKENS,
    PRINTABLE,
    WORD,
    boundary_members,
    characters_of,
    printable_first,
    unshown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.rules.rule import Rule
    from beca_core.testing.anatomy import Run
    from beca_core.testing.specimen import Shown, Specimen

_OF_ALPHABETS: Final = frozenset(b"-+/")
_LEAST_REPEATED: Final = 4
_LONGEST_EXTENDED: Final = 4096
_CHECKSUMS: Final = ("checksum", "luhn", "crc", "base58")
_RANDOMNESS: Final = ("entropy", "distinct", "repeat", "sequence", "placeholder")


class NearMiss(NamedTuple):
    """A text that a sound rule refuses.

    Args:
        data: The text.
        begin: Where the word is that was changed.
        end: Where it ends.
        fault: The fault that it is for; of each, one near-miss is reported.
        change: What was changed, for messages.
        advice: What is wrong with a rule that finds it, and the likely fix.
        within: Whether only a match counts that is a part of the word: the whole word may be a secret.
        proves: Whether a checksum in the secret excuses the rule.
    """

    data: bytes
    begin: int
    end: int
    fault: str
    change: str
    advice: str
    within: bool = False
    proves: bool = False


def near_misses(rule: Rule, specimen: Specimen, known: Shown) -> Iterator[NearMiss]:
    """Yield the near-misses of an example.

    Args:
        rule: The rule.
        specimen: One of its examples.
        known: What all its examples show.
    """
    yield from _neighbours(rule, specimen)
    yield from _other_characters(specimen, known)
    yield from _other_lengths(specimen, known)
    yield from _other_case(specimen, known)
    yield from _worthless(rule, specimen)
    yield from _wrong_checksum(rule, specimen)


def _neighbours(rule: Rule, specimen: Specimen) -> Iterator[NearMiss]:
    """Glue characters to the secret, of the kinds that are in it or in the boundary."""
    forbidden = boundary_members(rule.boundary)
    for is_before in (True, False):
        side = "before" if is_before else "after"
        for character in _glued(specimen, forbidden, is_before=is_before):
            glued = bytes([character])
            word = glued + specimen.secret if is_before else specimen.secret + glued
            yield NearMiss(
                *specimen.replaced(word),
                "boundary",
                f"{_name(character)} {side} the secret",
                f"it finds the secret inside a longer word: {_boundary_advice(rule, character)}",
                within=True,
                proves=True,
            )


def _glued(specimen: Specimen, forbidden: frozenset[int], *, is_before: bool) -> list[int]:
    secret, runs = specimen.secret, specimen.runs
    edge = secret[0] if is_before else secret[-1]
    own: frozenset[int] = frozenset()
    if runs and not (run := runs[0 if is_before else -1]).is_letter_of_prefix:
        own = run.members & (WORD | _OF_ALPHABETS)
    kinds = forbidden | own
    if edge in WORD and not forbidden:
        kinds |= WORD - frozenset(b"_")
    return characters_of(kinds)


def _boundary_advice(rule: Rule, character: int) -> str:
    if not rule.boundary:
        return 'give it a boundary, such as boundary="0-9A-Za-z_"'
    return f"its boundary lacks {_name(character)}"


def _other_characters(specimen: Specimen, known: Shown) -> Iterator[NearMiss]:
    """Put a character in the secret that the pattern allows, and that no example has although it probably would."""
    longest: dict[tuple[object, ...], Run] = {}
    for run in specimen.runs:
        if not run.is_letter_of_prefix and run.end > run.begin:
            longest[run[2:]] = max(run, longest.get(run[2:], run), key=lambda run: run.end - run.begin)
    for run, of_its_length in product(longest.values(), (False, True)):
        seen, count = known.characters(run, of_its_length=of_its_length)
        for name in unshown(run.members, seen, count):
            at = (run.begin + run.end) // 2
            character = printable_first(run.members & CLASSES[name])
            word = specimen.secret[:at] + bytes([character]) + specimen.secret[at + 1 :]
            yield NearMiss(
                *specimen.replaced(word),
                "charset",
                f"{_name(character)} in the secret",
                f"it takes {name}, and none of the {count} characters in its examples is one: narrow the characters of "
                f"the pattern{_flag_advice(name, seen)}, or add an example that has one",
            )


def _flag_advice(name: str, seen: frozenset[int]) -> str:
    both = {"A-F": b"abcdef", "a-f": b"ABCDEF", "G-Z": b"ghijklmnopqrstuvwxyz", "g-z": b"GHIJKLMNOPQRSTUVWXYZ"}
    return (
        " (its flag (?i) may be for the text around the secret only: `(?i:...)`)"
        if seen & set(both.get(name, b""))
        else ""
    )


def _other_lengths(specimen: Specimen, known: Shown) -> Iterator[NearMiss]:
    """Make a run longer than in any example, if all have the least length; and longer than the pattern allows."""
    for number, run in enumerate(specimen.runs):
        if run.least == run.most or run.end == run.begin or run.is_letter_of_prefix:
            continue
        if run.least >= _LEAST_REPEATED and known.lengths(number) == {run.least}:
            yield NearMiss(
                *specimen.replaced(_extended(specimen.secret, run, 1)),
                "length",
                "one character more",
                f"it takes more than {run.least} characters, which none of its examples has: write {{{run.least}}} if "
                "that is the length, or add a longer example",
            )
        is_token = run.members & PRINTABLE <= OF_TOKENS
        if is_token and run.most is not None and run.least > 1 and run.most <= _LONGEST_EXTENDED:
            more = run.most + 1 - (run.end - run.begin)
            yield NearMiss(
                *specimen.replaced(_extended(specimen.secret, run, more)),
                "boundary",
                f"{run.most + 1} characters where it allows {run.most}",
                'it finds the secret inside a longer word: give it a boundary, such as boundary="0-9A-Za-z_"',
                within=True,
                proves=True,
            )


def _extended(secret: bytes, run: Run, more: int) -> bytes:
    text = secret[run.begin : run.end]
    added = (text * (more // len(text) + 1))[:more]
    return secret[: run.end] + added + secret[run.end :]


def _other_case(specimen: Specimen, known: Shown) -> Iterator[NearMiss]:
    """Change the letter case of the letters that the pattern spells out, if it takes both and no example shows that."""
    folded = [run for run in specimen.runs if run.is_folded]
    if not folded or known.shows_both_cases:
        return
    word = bytearray(specimen.secret)
    for run in folded:
        word[run.begin : run.end] = bytes(word[run.begin : run.end]).swapcase()
    yield NearMiss(
        *specimen.replaced(bytes(word)),
        "case",
        "the prefix in the other letter case",
        "it takes any letter case, which none of its examples shows: put `(?i:...)` around the text beside the secret "
        "only, or add an example in the other case",
    )


def _worthless(rule: Rule, specimen: Specimen) -> Iterator[NearMiss]:
    """Repeat one character, if the rule has something that is against that."""
    names = [name for name in map(check_name, rule.checks) if any(word in name for word in _RANDOMNESS)]
    if not names and not rule.min_entropy:
        return
    word = bytearray(specimen.secret)
    for run in specimen.runs:
        if not run.is_letter_of_prefix:
            character = b"x" if ord("x") in run.members else bytes([printable_first(run.members)])
            word[run.begin : run.end] = character * (run.end - run.begin)
    if bytes(word) != specimen.secret and len(specimen.runs) > 0:
        yield NearMiss(
            *specimen.replaced(bytes(word)),
            "randomness",
            "one character again and again",
            f"{' and '.join(names) or 'min_entropy'} should refuse that: raise what it demands",
        )


def _wrong_checksum(rule: Rule, specimen: Specimen) -> Iterator[NearMiss]:
    """Change one character that a checksum covers, if the rule has one."""
    checks = [check for check in rule.checks if any(word in check_name(check) for word in _CHECKSUMS)]
    names = [check_name(check) for check in checks if getattr(check, "otherwise", "drop") == "drop"]
    if names:
        covered = frozenset().union(*(_covered(check, specimen) for check in checks))
        for word in specimen.with_one_other_character(covered):
            yield NearMiss(
                *specimen.replaced(word),
                "checksum",
                "one character is another one",
                f"{' and '.join(names)} should refuse that: it does not look at all that it should cover",
            )


def _covered(check: object, specimen: Specimen) -> range:
    """Return the offsets in a secret that a checksum covers."""
    group = getattr(check, "of", "secret")
    begin, end = (0, len(specimen.secret)) if group == "secret" else specimen.span_of(group) or (0, 0)
    return range(max(begin + getattr(check, "skip", 0), 0), min(end, len(specimen.secret)))


def check_name(check: object) -> str:
    """Return the name of a check, as drops have it."""
    name = getattr(check, "name", None) or getattr(check, "__name__", None) or type(check).__name__
    return str(name)


def _name(character: int) -> str:
    return {0x20: "a space", 0x0A: "a line end"}.get(character, f"`{chr(character)}`")
