"""The report's pictures: which numbers of an evaluation are drawn, and what is written on them."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from display.charts import Words, bars, diagonal, gain, rivals
from display.language import Writer
from models.scorer import Scorer
from training.dataset import Dataset
from training.evaluate import Answers, Evaluation
from training.metrics import Floats
from training.train import Trained


def charts(trained: Trained, weights: dict[str, float], writer: Writer) -> dict[str, Markup]:
    """File name to SVG text, with the words of one language."""
    label, answers = trained.test.label, trained.answers
    return {
        "comparison.svg": comparison_chart(trained.test_evaluation, writer),
        "calibration.svg": calibration_chart(label, answers, writer),
        "gain.svg": gain_chart(label, answers, writer),
        "importance.svg": importance_chart(weights, writer),
    }


def importance(scorer: Scorer, rows: Dataset) -> dict[str, float]:
    """Mean absolute contribution of each dimension over (at most 1,000 of) the rows."""
    sample = rows.take(np.linspace(0, len(rows) - 1, min(1000, len(rows))).astype(np.int64))
    contributions, _ = scorer.contributions(scorer.matrix(sample.frame))
    totals: dict[str, float] = {}
    for position, feature in enumerate(scorer.encoding.features):
        totals[feature.dimension] = totals.get(feature.dimension, 0.0) + float(np.abs(contributions[:, position]).mean())
    return totals


def comparison_chart(evaluation: Evaluation, writer: Writer) -> Markup:
    """Ours and every baseline on the leading metric."""
    metric = "mae" if "mae" in evaluation.metrics else "auc"
    name = writer.named("metric", metric)
    numbers = {"Foresale": evaluation.metrics[metric]}
    numbers |= {writer.named("baseline", rival): found[metric] for rival, found in evaluation.baselines.items()}
    title = writer.say("chart.compared", metric=name, period=writer.named("period", evaluation.period))
    return rivals(numbers, Words(title, name), zero=metric == "mae")


def calibration_chart(label: Floats, answers: Answers, writer: Writer) -> Markup:
    """Predicted against observed in ten bins of equal count; on the diagonal is right."""
    order = np.array_split(np.argsort(answers.shown, kind="stable"), min(10, len(label)))
    predicted = [float(answers.shown[rows].mean()) for rows in order]
    observed = [float(label[rows].mean()) for rows in order]
    words = Words(writer.say("chart.calibration"), writer.say("chart.predicted"), writer.say("chart.observed"))
    return diagonal(predicted, observed, words)


def gain_chart(label: Floats, answers: Answers, writer: Writer) -> Markup:
    """The share of the outcome reached when accounts are taken from the top of the list."""
    order = np.argsort(-answers.shown, kind="stable")
    share = np.cumsum(label[order]) / label.sum()
    at = np.linspace(0, len(label) - 1, 51).astype(int)
    words = Words(writer.say("chart.gain"), writer.say("chart.taken"), writer.say("chart.reached"))
    return gain(((at + 1) / len(label)).tolist(), share[at].tolist(), words)


def importance_chart(weights: dict[str, float], writer: Writer) -> Markup:
    """Mean absolute contribution of each dimension on the link scale."""
    named = {writer.say(f"dimension.{name}"): weight for name, weight in weights.items()}
    return bars(named, Words(writer.say("chart.importance"), writer.say("chart.link")))
