"""The report's pictures as SVG text, by altair and vl-convert: no browser, no script."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import vl_convert as vlc

from training.evaluate import Answers, Evaluation
from training.metrics import Floats
from training.task import PredictionTask

_BLUE, _GREY = "#1f5fa8", "#9aa5b1"


def _svg(chart: alt.Chart | alt.LayerChart | alt.FacetChart) -> str:
    return str(vlc.vegalite_to_svg(chart.configure_view(stroke=None).to_json()))


def comparison_chart(task: PredictionTask, evaluation: Evaluation) -> str:
    """Ours and every baseline on the leading metric."""
    metric = "mae" if task.kind == "money" else "auc"
    rows = [("Foresale", evaluation.metrics[metric], True)]
    rows += [(name, numbers[metric], False) for name, numbers in evaluation.baselines.items()]
    data = pd.DataFrame(rows, columns=["who", metric, "ours"])
    return _svg(
        alt.Chart(data, title=f"{metric.upper()} on the {evaluation.period} rows")
        .mark_bar()
        .encode(
            x=alt.X(metric, title=metric.upper(), scale=alt.Scale(zero=task.kind == "money")),
            y=alt.Y("who", sort=None, title=None),
            color=alt.condition("datum.ours", alt.value(_BLUE), alt.value(_GREY)),
        )
        .properties(width=420, height=180)
    )


def calibration_chart(task: PredictionTask, label: Floats, answers: Answers) -> str:
    """Predicted against observed in ten bins of equal count; on the diagonal is right."""
    order = np.array_split(np.argsort(answers.shown, kind="stable"), min(10, len(label)))
    data = pd.DataFrame(
        {"predicted": [answers.shown[rows].mean() for rows in order], "observed": [label[rows].mean() for rows in order]}
    )
    top = float(data.to_numpy().max()) or 1.0
    line = (
        alt.Chart(pd.DataFrame({"predicted": [0, top], "observed": [0, top]}))
        .mark_line(color=_GREY, strokeDash=[4, 4])
        .encode(x="predicted", y="observed")
    )
    points = (
        alt.Chart(data)
        .mark_line(color=_BLUE, point=True)
        .encode(x=alt.X("predicted", title="predicted"), y=alt.Y("observed", title="observed"))
    )
    return _svg(alt.layer(line, points, title="Calibration by tenths").properties(width=320, height=260))


def gain_chart(label: Floats, answers: Answers) -> str:
    """The share of the outcome reached when accounts are taken from the top of the list."""
    order = np.argsort(-answers.shown, kind="stable")
    share = np.cumsum(label[order]) / label.sum()
    at = np.linspace(0, len(label) - 1, 51).astype(int)
    data = pd.DataFrame({"taken": (at + 1) / len(label), "reached": share[at]})
    chart = (
        alt.Chart(data, title="Share of the outcome reached from the top of the list")
        .mark_area(color=_BLUE, opacity=0.35, line={"color": _BLUE})
        .encode(
            x=alt.X("taken", axis=alt.Axis(format="%"), title="share of the list"),
            y=alt.Y("reached", axis=alt.Axis(format="%"), title="share of the outcome"),
        )
    )
    return _svg(chart.properties(width=320, height=260))


def importance_chart(importance: dict[str, float]) -> str:
    """Mean absolute contribution of each dimension on the link scale."""
    data = pd.DataFrame({"dimension": list(importance), "contribution": list(importance.values())})
    return _svg(
        alt.Chart(data, title="Mean absolute contribution by dimension")
        .mark_bar(color=_BLUE)
        .encode(x=alt.X("contribution", title="link scale"), y=alt.Y("dimension", sort="-x", title=None))
        .properties(width=420, height=180)
    )
