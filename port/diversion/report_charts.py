"""Charts of a report as SVG: bars and lines drawn by us, without a script, so that a page can be kept and printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from math import ceil, floor, log10
from typing import NamedTuple

_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 56, 12, 12, 28
_BAR, _GAP, _NAME, _BESIDE = 18, 8, 220, 180
_TICKS = 4
_MOST_POINTS = 400


class Bar(NamedTuple):
    """One bar; `low` and `high` draw its interval, `told` stands beside it."""

    name: str
    value: float
    told: str
    low: float | None = None
    high: float | None = None


class Line(NamedTuple):
    """One line over the x axis; `style` is its class in the page."""

    name: str
    values: Sequence[float | None]
    style: str


def bars(title: str, items: Sequence[Bar], *, top: float | None = None) -> str:
    """Lying bars, one below the other, from 0 to `top` or the highest."""
    highest = top or max((one.high or one.value for one in items), default=0) or 1
    room = _WIDTH - _NAME - _BESIDE
    height = _TOP + len(items) * (_BAR + _GAP) + _GAP
    drawn = []
    for number, one in enumerate(items):
        y = _TOP + number * (_BAR + _GAP)
        length = room * max(min(one.value / highest, 1), 0)
        middle = y + _BAR / 2
        drawn.append(f'<text x="{_NAME - 8}" y="{middle + 4:.1f}" class="name">{escape(_shortened(one.name))}</text>')
        drawn.append(f'<rect x="{_NAME}" y="{y}" width="{length:.1f}" height="{_BAR}" class="bar"/>')
        if one.low is not None and one.high is not None:
            ends = [_NAME + room * min(max(end / highest, 0), 1) for end in (one.low, one.high)]
            drawn.append(f'<path d="M{ends[0]:.1f} {middle:.1f}H{ends[1]:.1f}" class="interval"/>')
        furthest = _NAME + room * max(min((one.high or one.value) / highest, 1), 0)
        drawn.append(f'<text x="{furthest + 6:.1f}" y="{middle + 4:.1f}">{escape(one.told)}</text>')
    return _svg(title, height, drawn)


def lines(title: str, labels: Sequence[str], drawn: Sequence[Line]) -> str:
    """Lines over labels of equal distance; a value that is None leaves a gap."""
    size, kept = len(labels), _thinned(len(labels))
    highest = _round_up(max((value for one in drawn for value in one.values if value is not None), default=0) or 1)
    height = 220
    across, down = _WIDTH - _LEFT - _RIGHT, height - _TOP - _BOTTOM

    def x_of(number: int) -> float:
        return _LEFT + across * (number / (size - 1) if size > 1 else 0.5)

    def y_of(value: float) -> float:
        return _TOP + down * (1 - value / highest)

    parts = [_grid(highest * tick / _TICKS, y_of(highest * tick / _TICKS)) for tick in range(_TICKS + 1)]
    for one in drawn:
        points = [(x_of(number), one.values[number]) for number in kept]
        parts.append(f'<path d="{_path(points, y_of)}" class="{one.style}"/>')
    if labels:
        parts.append(f'<text x="{_LEFT}" y="{height - 8}">{escape(labels[0])}</text>')
        parts.append(f'<text x="{_WIDTH - _RIGHT}" y="{height - 8}" class="name">{escape(labels[-1])}</text>')
    legend = "".join(f'<span class="{one.style}">{escape(one.name)}</span>' for one in drawn)
    return _svg(title, height, parts) + f'<p class="legend">{legend}</p>'


def _path(points: Iterable[tuple[float, float | None]], y_of: Callable[[float], float]) -> str:
    told, is_drawing = [], False
    for x, value in points:
        if value is None:
            is_drawing = False
            continue
        told.append(f"{'L' if is_drawing else 'M'}{x:.1f} {y_of(value):.1f}")
        is_drawing = True
    return "".join(told)


def _grid(value: float, y: float) -> str:
    return (
        f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" class="grid"/>'
        f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" class="name">{value:,.4g}</text>'
    )


def _svg(title: str, height: float, parts: Iterable[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{escape(title, quote=True)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _thinned(size: int) -> Sequence[int]:
    """At most so many points as the eye can tell apart, first and last among them."""
    if size <= _MOST_POINTS:
        return range(size)
    return sorted({round(number * (size - 1) / (_MOST_POINTS - 1)) for number in range(_MOST_POINTS)})


def _round_up(value: float) -> float:
    """The next number above that is good to read: 1, 2 or 5 times a power of ten."""
    unit = 10.0 ** floor(log10(value))
    return next(step * unit for step in (1, 2, 5, 10) if step * unit >= value - 1e-12 or ceil(value / unit) <= step)


def _shortened(name: str) -> str:
    return name if len(name) <= 32 else f"{name[:31]}…"
