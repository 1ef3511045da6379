"""A plot of points and a straight line, as SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH, _HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 40, 40, 60
_STEPS: Final = 5


@dataclass(frozen=True, slots=True)
class Plot:
    """What is drawn.

    Args:
        title: Above the plot.
        x_title: Below the horizontal axis.
        y_title: Beside the vertical axis.
        points: The points, none of whose coordinates is below zero, and one of them above it in each direction.
        slope: Slope of the line.
        intercept: Where the line meets the vertical axis.
    """

    title: str
    x_title: str
    y_title: str
    points: Sequence[tuple[float, float]]
    slope: float
    intercept: float

    def svg(self) -> str:
        """Return the drawing."""
        x_axis, y_axis = ticks(max(x for x, _ in self.points)), ticks(max(y for _, y in self.points))
        across, up = _Scale(_LEFT, _WIDTH - _RIGHT, x_axis[-1]), _Scale(_HEIGHT - _BOTTOM, _TOP, y_axis[-1])
        last = max(x for x, _ in self.points)
        parts = [
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
            *(_vertical(across(x), _number(x)) for x in x_axis),
            *(_horizontal(up(y), _number(y)) for y in y_axis),
            _line(across(0), up(max(self.intercept, 0)), across(last), up(self.slope * last + self.intercept), "#888"),
            *(f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="4" fill="#0b62a4"/>' for x, y in self.points),
            _text(_WIDTH / 2, 24, self.title),
            _text(_WIDTH / 2, _HEIGHT - 14, self.x_title),
            _text(18, _HEIGHT / 2, self.y_title, f' transform="rotate(-90 18 {_HEIGHT / 2})"'),
        ]
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif"'
        return "\n".join([f'{head} font-size="13">', *parts, "</svg>", ""])


@dataclass(frozen=True, slots=True)
class _Scale:
    first: float
    last: float
    greatest: float

    def __call__(self, value: float) -> float:
        return self.first + (self.last - self.first) * value / self.greatest


def ticks(greatest: float) -> list[float]:
    """Return round numbers from zero on, evenly apart, of which the last is not below a number.

    Args:
        greatest: The number, above zero.
    """
    rough = greatest / _STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    return [step * number for number in range(math.ceil(greatest / step - 1e-9) + 1)]


def _vertical(x: float, label: str) -> str:
    return _line(x, _TOP, x, _HEIGHT - _BOTTOM, "#e4e4e4") + _text(x, _HEIGHT - _BOTTOM + 18, label)


def _horizontal(y: float, label: str) -> str:
    return _line(_LEFT, y, _WIDTH - _RIGHT, y, "#e4e4e4") + _text(_LEFT - 24, y + 4, label)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle"{more}>{escape(text)}</text>'


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:g}"
