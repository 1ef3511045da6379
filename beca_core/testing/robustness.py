"""What a rule does with hostile texts: it must not raise, and not take long."""

from __future__ import annotations

import random
import re
import time
from itertools import chain
from typing import TYPE_CHECKING, Final

from beca_core.testing.workbench import has_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.rules.example import Example
    from beca_core.testing.workbench import Workbench

_RATE_BYTES: Final = 1024
_SCREEN_BYTES: Final = 2 * 1024
_SCREEN_GROWTH: Final = 4
_SCREEN_TOLERANCE: Final = 1.25
_SCREEN_NOISE: Final = 0.0001
_GROWTH_BYTES: Final = 4 * 1024
_GROWTH: Final = 16
_TOLERANCE: Final = 3
_NOISE_SECONDS: Final = 0.002
_TRIES: Final = 5
MOST_SECONDS_PER_MB: Final = 4
"""The worst built-in rule took 1.4 s, one Python call and a dozen searches for every 11 bytes."""
_FIXED_WORK: Final = re.compile(rb"[0-9]{4}")
_FIXED_ROUNDS: Final = 1000
_FIXED_SECONDS: Final = 0.0004
"""What the fixed work takes on an idle machine of the kind that the limit is for."""
_DAMAGED: Final = 20
_DAMAGED_DATA: Final = 3
"""Of a rule without code, which cannot raise."""


def time_problem(bench: Workbench, examples: list[Example]) -> str:
    """Return what is wrong with the time that repeated examples take; empty: nothing.

    The code of a plugin may take any time, so it is measured at which rate it reads each example, and how its time
    grows with all of them. What has no code takes linear time by construction: RE2 does, and it searches pieces of
    bounded length. So only its rate is measured.
    """
    if not has_code(bench.rule):
        return _problem_of_rate(bench, examples[0].data, _RATE_BYTES) if examples else ""
    rates = (_problem_of_rate(bench, unit, _RATE_BYTES) for each in examples for unit in _units([each]))
    growths = (_problem_of_growth(bench, unit) for unit in _units(examples) if unit)
    return next(filter(None, chain(rates, growths)), "")


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


def _units(examples: list[Example]) -> list[bytes]:
    """Return what is repeated to measure time: texts in one long line, one line after the other, and packed.

    Without its line ends, a text has as many secrets, key words and anchors in a small space as there can be.
    """
    texts = [example.data for example in examples]
    units = (
        b"".join(texts),
        b"".join(text + b"\n" for text in texts),
        b"".join(b" ".join(text.split()) + b" " for text in texts),
        b"".join(example.secret_bytes + b" " for example in examples),
    )
    return [*dict.fromkeys(units)]


def _problem_of_rate(bench: Workbench, unit: bytes, size: int) -> str:
    """Return what is wrong with the time that a repeated text takes, again and again; empty: nothing.

    Work that is done many times over within a bounded distance takes time that is linear, and too much of it. A machine
    that is slower, or shared, may take longer in proportion.
    """
    text, rate = _repeated(unit, size), 0.0
    for _ in range(_TRIES):
        rate = _rate(bench.seconds(text), text)
        if rate > MOST_SECONDS_PER_MB:
            rate /= _slowness()
        if rate <= MOST_SECONDS_PER_MB:
            return ""
    return f"it takes {rate:.1f} s for a MB of text like its examples; {MOST_SECONDS_PER_MB} s are allowed"


def _rate(seconds: float, text: bytes) -> float:
    """Return how many seconds a MB of a text takes."""
    return max(seconds - _NOISE_SECONDS, 0) / len(text) * 1_000_000


def _slowness() -> float:
    """Return how many times longer fixed work takes here and now than on the machine that the limit is for, at least 1.

    Processor time too is longer where other programs share a core, its caches or the machine below a virtual one.
    """
    return max(min(_fixed_work(), _fixed_work()) / _FIXED_SECONDS, 1.0)


def _fixed_work() -> float:
    """Return the processor time of searches that are always the same."""
    begin = time.thread_time()
    for number in range(_FIXED_ROUNDS):
        _FIXED_WORK.search(b"fixed work %d" % number)
    return time.thread_time() - begin


def _problem_of_growth(bench: Workbench, unit: bytes) -> str:
    """Return what is wrong with how the time grows that a repeated text takes, again and again; empty: nothing.

    Sixteen times the input must not take much more than sixteen times as long. Four times a smaller input says of most
    code that it does not: where a part of the time that matters grows faster, it shows there too.
    """
    small = _repeated(unit, _SCREEN_BYTES)
    four = small * _SCREEN_GROWTH
    least = min(bench.seconds(small), bench.seconds(small)) + _SCREEN_NOISE
    seconds = bench.seconds(four)
    if seconds > least * _SCREEN_GROWTH * _SCREEN_TOLERANCE and _grows(bench, unit):
        return "its time grows faster than its input, so that a hostile file could stall a scan"
    return _problem_of_rate(bench, four, len(four)) if _rate(seconds, four) > MOST_SECONDS_PER_MB else ""


def _grows(bench: Workbench, unit: bytes) -> bool:
    """Return whether the time grows faster than the input, again and again."""
    small = _repeated(unit, _GROWTH_BYTES)
    large = small * _GROWTH
    return all(
        bench.seconds(large) > (bench.seconds(small) + _NOISE_SECONDS) * _GROWTH * _TOLERANCE for _ in range(_TRIES)
    )


def _repeated(unit: bytes, size: int) -> bytes:
    return unit * -(-size // len(unit))
