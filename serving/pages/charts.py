"""What is drawn of a prediction: its probability, the steps from the base to the shown number, and its interval."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from display import svg
from display.svg import Scale, Tone
from models.prediction import Prediction


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


def _scale(prediction: Prediction) -> Scale:
    """From the lowest to somewhat above the highest number of the waterfall; zero is always on it."""
    ends = [step.end for step in steps(prediction)]
    numbers = [0.0, prediction.base_shown or 0.0, prediction.shown or 0.0, *ends]
    low, high = min(numbers), max(numbers)
    return low, low + (high - low) * 1.04


def gauge(prediction: Prediction) -> Markup:
    """A probability on the whole scale from 0 to 100 %, with a mark at the base."""
    shown, base = prediction.shown or 0.0, prediction.base_shown or 0.0
    return svg.gauge(shown, base, tone(prediction.task, shown - base) if shown != base else "plain")


def step_bar(prediction: Prediction, step: Step) -> Markup:
    """One step, drawn on the scale that all steps of the prediction share."""
    return svg.step_bar(step.start, step.end, _scale(prediction), step.tone)


def level_bar(prediction: Prediction, number: float) -> Markup:
    """The base or the shown number itself, on the same scale as the steps."""
    return svg.level_bar(number, _scale(prediction))


def interval_bar(prediction: Prediction) -> Markup:
    """p10 to p90 as a band, p50 as a line and the mean as a dot, from zero."""
    return svg.interval_bar(prediction.interval or (0.0, 0.0, 0.0), prediction.shown or 0.0)
