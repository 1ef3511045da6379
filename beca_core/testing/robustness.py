"""What a rule does with hostile texts: it must not raise, and not take long."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from beca_core.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.rules.example import Example
    from beca_core.rules.rule import RuleInfo
    from beca_core.testing.workbench import Workbench

_SMALL: Final = 4 * 1024
_SMALL_DATA: Final = 1024
_GROWTH: Final = 16
_TOLERANCE: Final = 3
_NOISE_SECONDS: Final = 0.002
_TRIES: Final = 5
_OF_DATA: Final = 2
"""How much longer a rule without code may take: its time is measured on little text, and so less exactly."""
MOST_SECONDS_PER_MB: Final = 4
"""The worst built-in rule took 1.4 s, one Python call and a dozen searches for every 11 bytes."""
_DAMAGED: Final = 20
_DAMAGED_DATA: Final = 3
"""Of a rule without code, which cannot raise."""


def time_problem(bench: Workbench, examples: list[Example]) -> str:
    """Return what is wrong with the time that repeated examples take; empty: nothing.

    The code of a plugin may take any time, so it is measured how its time grows. What has no code takes linear time by
    construction: RE2 does, and it searches pieces of bounded length. So only its rate is measured, on a small text.
    """
    code = has_code(bench.rule)
    given = examples if code else examples[:1]
    problems = (_problem(bench, unit, code=code) for example in given for unit in _units(example, code=code))
    return next(filter(None, problems), "")


def has_code(rule: RuleInfo) -> bool:
    """Return whether a rule has code of its own: it is a scanner's, or has a check that is not of the library."""
    return not isinstance(rule, Rule) or any(
        not type(check).__module__.startswith("beca_core.checks") for check in rule.checks
    )


def hostile_texts(bench: Workbench, texts: list[bytes]) -> Iterator[bytes]:
    """Yield noise, and examples with noise in them: the same at every run."""
    noise = random.Random(0)  # noqa: S311 - not for secrecy
    yield b""
    yield bytes(range(256)) * 4
    times = _DAMAGED if has_code(bench.rule) else _DAMAGED_DATA
    for text in texts if has_code(bench.rule) else texts[:1]:
        for _ in range(times):
            damaged = bytearray(text)
            for _ in range(noise.randrange(1, 6)):
                at = noise.randrange(len(damaged) + 1)
                damaged[at : at + noise.randrange(3)] = noise.randbytes(noise.randrange(4))
            yield bytes(damaged)
        yield text[: len(text) // 2]
        yield text.replace(b"\n", b"\r\n")


def _units(example: Example, *, code: bool) -> Iterator[bytes]:
    """Yield what is repeated to measure time: the text in one long line, one line after the other, and packed.

    Without its line ends, a text has as many secrets, key words and anchors in a small space as there can be.
    """
    text = example.data
    yield text
    if code:
        yield text + b"\n"
        yield b" ".join(text.split()) + b" "
        yield example.secret_bytes + b" "


def _problem(bench: Workbench, unit: bytes, *, code: bool) -> str:
    """Return what is wrong with the time that a repeated text takes, again and again; empty: nothing.

    Sixteen times the input must not take much more than sixteen times as long. That alone does not show work that is
    done many times over within a bounded distance, because such time is linear. So it has a bound as well.
    """
    small = unit * ((_SMALL if code else _SMALL_DATA) // len(unit) + 1)
    large = small * _GROWTH if code else small
    most = MOST_SECONDS_PER_MB * (1 if code else _OF_DATA)
    problem = ""
    for _ in range(_TRIES):
        seconds = bench.seconds(large)
        rate = max(seconds - _NOISE_SECONDS, 0) / len(large) * 1_000_000
        if code and seconds > (bench.seconds(small) + _NOISE_SECONDS) * _GROWTH * _TOLERANCE:
            problem = "its time grows faster than its input, so that a hostile file could stall a scan"
        elif rate > most:
            problem = f"it takes {rate:.1f} s for a MB of text like its examples; {most} s are allowed"
        else:
            return ""
    return problem
