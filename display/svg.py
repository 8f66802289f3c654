"""Small charts as inline SVG: bars of a share, steps on a scale, and an interval.

Widths are percentages of the surrounding cell. Colours come from the style sheet's classes, so no inline style is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from markupsafe import Markup

Tone = Literal["plain", "good", "bad"]
Scale = tuple[float, float]
_SVG = Markup('<svg class="chart {}" width="100%" height="{}" aria-hidden="true" focusable="false">{}</svg>')
_BAR = Markup('<rect class="{}" x="{:.2f}%" y="{}" width="{:.2f}%" height="{}" rx="2"/>')
_MARK = Markup('<rect class="{}" x="{:.2f}%" y="{}" width="2" height="{}"/>')
_LINE = Markup('<polyline class="line" points="{}"/><circle class="end" cx="{:.1f}" cy="{:.1f}" r="2.5"/>')
_SPARK = Markup('<svg class="spark" width="72" height="20" viewBox="0 0 72 20" aria-hidden="true" focusable="false">{}</svg>')
_DOT = Markup('<circle class="mean" cx="{:.2f}%" cy="12" r="4.5"/>')


def _svg(kind: str, height: int, parts: Sequence[Markup]) -> Markup:
    return _SVG.format(kind, height, Markup("").join(parts))


def _percent(number: float, scale: Scale) -> float:
    low, high = scale
    return 100.0 * min(max((number - low) / (high - low), 0.0), 1.0) if high > low else 0.0


def share_bar(share: float | None, tone: Tone = "plain") -> Markup:
    """A bar filled to a share of its width."""
    width = _percent(share or 0.0, (0.0, 1.0))
    return _svg("share", 6, [_BAR.format("track", 0, 0, 100, 6), _BAR.format(tone, 0, 0, width, 6)])


def gauge(share: float, base: float, tone: Tone) -> Markup:
    """A share on the whole scale from 0 to 100 %, with a mark at the base."""
    parts = [
        _BAR.format("track", 0, 3, 100, 8),
        _BAR.format(tone, 0, 3, 100 * share, 8),
        _MARK.format("median", 100 * base, 0, 14),
    ]
    return _svg("gauge", 14, parts)


def step_bar(start: float, end: float, scale: Scale, tone: Tone) -> Markup:
    """One step from a number to the next, on a scale that all steps share."""
    left, right = sorted((_percent(start, scale), _percent(end, scale)))
    parts = [_MARK.format("guide", _percent(start, scale), 0, 16), _BAR.format(tone, left, 3, max(right - left, 0.4), 10)]
    return _svg("step", 16, parts)


def level_bar(number: float, scale: Scale) -> Markup:
    """A number from zero, on the same scale as the steps."""
    zero = _percent(0.0, scale)
    return _svg("step", 16, [_BAR.format("level", zero, 3, max(_percent(number, scale) - zero, 0.4), 10)])


def interval_bar(interval: tuple[float, float, float], mean: float) -> Markup:
    """p10 to p90 as a band, p50 as a line and the mean as a dot, from zero."""
    scale = (0.0, max(interval[2], mean) * 1.06)
    left, middle, right = (_percent(number, scale) for number in interval)
    parts = [
        _BAR.format("track", 0, 10, 100, 4),
        _BAR.format("band", left, 7, max(right - left, 0.4), 10),
        _MARK.format("median", middle, 4, 16),
        _DOT.format(_percent(mean, scale)),
    ]
    return _svg("interval", 24, parts)


def sparkline(numbers: Sequence[float]) -> Markup:
    """How a number went, the last one marked; nothing to draw of fewer than two."""
    if len(numbers) < 2:
        return Markup("")
    scale, step = (min(numbers), max(numbers)), 64.0 / (len(numbers) - 1)
    points = [(3 + place * step, 17 - 0.14 * _percent(number, scale)) for place, number in enumerate(numbers)]
    return _SPARK.format(_LINE.format(" ".join(f"{x:.1f},{y:.1f}" for x, y in points), *points[-1]))
