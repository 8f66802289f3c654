"""Small charts as inline SVG: bars of a share, the steps from the base to the shown number, and an interval.

Widths are percentages of the surrounding cell. Colours come from the style sheet's classes, so no inline style is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from models.prediction import Prediction

Tone = Literal["plain", "good", "bad"]
_BAR = Markup('<rect class="{}" x="{:.2f}%" y="{}" width="{:.2f}%" height="{}" rx="2"/>')
_MARK = Markup('<rect class="{}" x="{:.2f}%" y="{}" width="2" height="{}"/>')


@dataclass(frozen=True)
class Step:
    """One step of a waterfall: from one number to the next, in the unit of the shown number."""

    name: str
    start: float
    end: float
    tone: Tone

    @property
    def points(self) -> float:
        """How far this step goes."""
        return self.end - self.start


def _svg(kind: str, height: int, parts: Sequence[Markup]) -> Markup:
    inner = Markup("").join(parts)
    return Markup('<svg class="chart {}" width="100%" height="{}" aria-hidden="true" focusable="false">{}</svg>').format(
        kind, height, inner
    )


def _percent(number: float, low: float, high: float) -> float:
    return 100.0 * min(max((number - low) / (high - low), 0.0), 1.0) if high > low else 0.0


def share_bar(share: float | None, tone: Tone = "plain") -> Markup:
    """A bar filled to a share of its width."""
    width = _percent(share or 0.0, 0.0, 1.0)
    return _svg("share", 6, [_BAR.format("track", 0, 0, 100, 6), _BAR.format(tone, 0, 0, width, 6)])


def gauge(prediction: Prediction) -> Markup:
    """A probability on the whole scale from 0 to 100 %, with a mark at the base."""
    shown, base = prediction.shown or 0.0, prediction.base_shown or 0.0
    filled = tone(prediction.task, shown - base) if shown != base else "plain"
    return _svg(
        "gauge",
        14,
        [
            _BAR.format("track", 0, 3, 100, 8),
            _BAR.format(filled, 0, 3, 100 * shown, 8),
            _MARK.format("median", 100 * base, 0, 14),
        ],
    )


def tone(task: str, points: float) -> Tone:
    """Whether a part of a number is good news: a lower churn risk is."""
    return "good" if (points > 0) != (task == "churn") else "bad"


def steps(prediction: Prediction) -> list[Step]:
    """The dimensions of a prediction as steps from the base to the shown number, in their fixed order."""
    found, at = [], prediction.base_shown or 0.0
    for dimension in prediction.dimensions:
        if dimension.points != 0.0:
            found.append(Step(dimension.dimension, at, at + dimension.points, tone(prediction.task, dimension.points)))
            at += dimension.points
    return found


def _range(prediction: Prediction) -> tuple[float, float]:
    ends = [step.end for step in steps(prediction)]
    numbers = [0.0, prediction.base_shown or 0.0, prediction.shown or 0.0, *ends]
    low, high = min(numbers), max(numbers)
    return low, low + (high - low) * 1.04


def step_bar(prediction: Prediction, step: Step) -> Markup:
    """One step, drawn on the scale that all steps of the prediction share."""
    low, high = _range(prediction)
    left, right = sorted((_percent(step.start, low, high), _percent(step.end, low, high)))
    return _svg(
        "step",
        16,
        [
            _MARK.format("guide", _percent(step.start, low, high), 0, 16),
            _BAR.format(step.tone, left, 3, max(right - left, 0.4), 10),
        ],
    )


def level_bar(prediction: Prediction, number: float) -> Markup:
    """The base or the shown number itself, on the same scale as the steps."""
    low, high = _range(prediction)
    zero = _percent(0.0, low, high)
    return _svg("step", 16, [_BAR.format("level", zero, 3, max(_percent(number, low, high) - zero, 0.4), 10)])


def interval_bar(prediction: Prediction) -> Markup:
    """p10 to p90 as a band, p50 as a line and the mean as a dot, from zero."""
    p10, p50, p90 = prediction.interval or (0.0, 0.0, 0.0)
    high = max(p90, prediction.shown or 0.0) * 1.06
    left, middle, right, mean = (_percent(number, 0.0, high) for number in (p10, p50, p90, prediction.shown or 0.0))
    return _svg(
        "interval",
        24,
        [
            _BAR.format("track", 0, 10, 100, 4),
            _BAR.format("band", left, 7, max(right - left, 0.4), 10),
            _MARK.format("median", middle, 4, 16),
            Markup('<circle class="mean" cx="{:.2f}%" cy="12" r="4.5"/>').format(mean),
        ],
    )
