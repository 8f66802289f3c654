"""The report of a training run: one HTML file with its charts inside, and a model card in Markdown."""

from __future__ import annotations

from html import escape

import numpy as np

from models.scorecard import parts
from models.scorer import Scorer
from training.dataset import Dataset
from training.evaluate import Answers, Evaluation
from training.leaks.gate import Leaks, doubts
from training.report.charts import calibration_chart, comparison_chart, gain_chart, importance_chart
from training.task import PredictionTask
from training.train import Trained

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;color:#1b2530}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .8rem;text-align:right;"
    "border-bottom:1px solid #dde3ea}td:first-child,th:first-child{text-align:left}.charts svg{margin:.5rem}"
)


def charts(task: PredictionTask, scorer: Scorer, rows: Dataset, answers: Answers, evaluation: Evaluation) -> dict[str, str]:
    """File name to SVG text."""
    return {
        "comparison.svg": comparison_chart(task, evaluation),
        "calibration.svg": calibration_chart(task, rows.label, answers),
        "gain.svg": gain_chart(rows.label, answers),
        "importance.svg": importance_chart(importance(scorer, rows)),
    }


def importance(scorer: Scorer, rows: Dataset) -> dict[str, float]:
    """Mean absolute contribution of each dimension over (at most 1,000 of) the rows."""
    sample = rows.take(np.linspace(0, len(rows) - 1, min(1000, len(rows))).astype(np.int64))
    contributions, _ = scorer.contributions(scorer.matrix(sample.frame))
    totals: dict[str, float] = {}
    for position, feature in enumerate(scorer.encoding.features):
        totals[feature.dimension] = totals.get(feature.dimension, 0.0) + float(np.abs(contributions[:, position]).mean())
    return totals


def _table(evaluation: Evaluation) -> str:
    names = [name for name in evaluation.metrics if name in next(iter(evaluation.baselines.values()), evaluation.metrics)]
    head = "".join(f"<th>{escape(name)}</th>" for name in names) + "<th>ours minus theirs, 95 %</th>"
    ours = "".join(
        f"<td>{evaluation.metrics[name]:.4g}<br><small>{evaluation.intervals[name][0]:.4g} to "
        f"{evaluation.intervals[name][1]:.4g}</small></td>"
        for name in names
    )
    rows = [f"<tr><th>Foresale</th>{ours}<td></td></tr>"]
    for name, numbers in evaluation.baselines.items():
        low, high = evaluation.paired[name]
        cells = "".join(f"<td>{numbers[metric]:.4g}</td>" for metric in names)
        rows.append(f"<tr><th>{escape(name)}</th>{cells}<td>{low:+.4f} to {high:+.4f}</td></tr>")
    return f"<table><tr><th>{escape(evaluation.period)}, {evaluation.n} rows</th>{head}</tr>{''.join(rows)}</table>"


def html_report(trained: Trained, pictures: dict[str, str]) -> str:
    """The whole report."""
    task, test = trained.task, trained.test_evaluation
    verdict_words = "passes the gate" if trained.verdict.passed else "does not pass the gate"
    body = (
        f"<h1>{escape(task.en)} · {escape(task.zh)}</h1><p>Split: {escape(test.split)}.</p>"
        f"<h2>Gate</h2><p>The model {verdict_words}: {escape(trained.verdict.reason)}.</p>{_table(trained.gate)}"
        f"<h2>Test</h2><p>Read once, used for no choice.</p>{_table(test)}"
        f"<p>All figures: {escape(', '.join(f'{k} {v:.4g}' for k, v in test.metrics.items()))}.</p>"
        f"<div class=charts>{''.join(pictures.values())}</div>{_leaks(trained.leaks)}"
    )
    head = f"<meta charset=utf-8><title>{escape(task.name)}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang=en>{head}{body}</html>"


def _leaks(leaks: Leaks) -> str:
    """The leak gate's findings in both languages, the workspace's answers, and why inputs count as known."""
    found = "".join(
        f"<tr><th>{escape(finding.feature)}</th><td>{finding.verdict}</td><td>{escape(finding.en)}<br>"
        f"{escape(finding.zh)}</td><td>{escape(finding.overruled)}</td></tr>"
        for finding in leaks.findings
    )
    table = f"<table><tr><th>input</th><th>verdict</th><th>what was found</th><th>reason</th></tr>{found}</table>"
    unused = "".join(f"<p>The overrule of {escape(name)} is not used: nothing was found.</p>" for name in leaks.unused)
    stated = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(why or 'no reason given')}</td></tr>" for name, why in leaks.stated.items()
    )
    vouched = f"<h3>Known at creation, by the workspace's word</h3><table>{stated}</table>" if stated else ""
    return f"<h2>Leak gate · 泄漏检查</h2>{table if found else '<p>Nothing was found.</p>'}{unused}{vouched}"


def model_card(trained: Trained, note: str) -> str:
    """What the model is for, on what it was trained, how good it is and where it should not be used."""
    task, scorer, test = trained.task, trained.fitted.scorer, trained.test_evaluation
    present, absent = parts(task.name, trained.train.frame)
    return (
        f"# {task.name}: {task.en} ({task.zh})\n\n{note}\n\n"
        f"Trained on {scorer.reference.rows} rows, {len(scorer.encoding.features)} features. Split: {test.split}.\n\n"
        f"Test: {', '.join(f'{name} {value:.4g}' for name, value in test.metrics.items())} on {test.n} rows.\n\n"
        f"Scorecard parts: {', '.join(p.name for p in present) or 'none'}; left out: {', '.join(absent) or 'none'}.\n\n"
        f"Leak gate:\n{''.join(f'- {line}{chr(10)}' for line in doubts(trained.leaks)) or '- nothing was found'}\n\n"
        "Use it to order accounts and to plan visits. Reasons describe the model's inputs; they claim no cause. "
        "Do not use it for decisions about people, prices or credit.\n"
    )
