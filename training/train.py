"""`foresale train`: one task from canonical tables to an evaluated, logged and perhaps promoted model."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from features.catalog import feature_set
from features.compute import Pipeline, available, prepare
from features.feature import Feature
from features.history import History
from models.calibrate import inverse_link
from models.scorer import Floats, Scorer
from training.contenders.baselines import baseline_scores
from training.dataset import Dataset, account_rows, build, opportunity_rows
from training.evaluate import BY_TIME, Answers, Evaluation, evaluate
from training.fit import Fitted, fit_folds, fit_periods, folds
from training.gate import Verdict, gate
from training.jobs import ALONE, Jobs
from training.leaks.gate import NOTHING_FOUND, Leaks, examine
from training.splits.cutoffs import Calendar, before_test, calendar, shifted
from training.splits.dateless import dateless_rows, known_at_creation
from training.splits.sides import Sides, settled_by, sides_of, test_begins
from training.task import PredictionTask
from training.tasks import TASKS
from workspace.errors import ForesaleError
from workspace.workspace import AccountTask, DatelessCutoffs, OpportunityTask, Workspace

Config = AccountTask | OpportunityTask


@dataclass(frozen=True)
class Trained:
    """Everything a run has to log: the shipped scorer, its rows, the gate's verdict and both evaluations."""

    task: PredictionTask
    fitted: Fitted
    train: Dataset
    test: Dataset
    answers: Answers
    gate: Evaluation
    test_evaluation: Evaluation
    verdict: Verdict
    leaks: Leaks = NOTHING_FOUND


def train_task(workspace: Workspace, history: History, task: PredictionTask, jobs: Jobs = ALONE) -> Trained:
    """Build the rows, pass the leak gate, fit, judge at the gate, fit the model that ships, and read the test once."""
    config, jobs = workspace.parameters(task.name), replace(jobs, about=task.name)
    with jobs.during("inputs of every cutoff"):
        pipeline, rows, sides = _prepared(workspace, history, task, config)
    features = pipeline.features
    jobs.progress(f"{task.name}: {len(features)} features")
    with jobs.during("leak gate"):
        leaks = examine(workspace, pipeline, task, sides.train, jobs.progress)
    if isinstance(config, AccountTask) and config.cutoffs.folds is None:
        return replace(_by_periods(workspace, task, config, features, rows, jobs), leaks=leaks)
    return replace(_by_folds(workspace, task, features, sides, jobs), leaks=leaks)


def training_rows(workspace: Workspace, history: History, task: str) -> Dataset:
    """Every row a model of a task may be fitted on; raises ForesaleError for a task that the workspace does not set."""
    _, _, sides = _prepared(workspace, history, TASKS[task], workspace.parameters(task))
    return sides.train


def _prepared(workspace: Workspace, history: History, task: PredictionTask, config: Config) -> tuple[Pipeline, Dataset, Sides]:
    """The features, the rows of every period, and the rows to fit on and to test on."""
    pipeline = prepare(history, _features(workspace, history, task, config))
    rows = rows_of(workspace, task, config, pipeline)
    return pipeline, rows, sides_of(workspace, history, config.cutoffs, rows)


def _features(workspace: Workspace, history: History, task: PredictionTask, config: Config) -> tuple[Feature, ...]:
    declared = feature_set(workspace, task.entity)
    if isinstance(config.cutoffs, DatelessCutoffs):
        return available(history, known_at_creation(declared), history.latest)
    return available(history, declared, test_begins(workspace, history, config.cutoffs))


def rows_of(workspace: Workspace, task: PredictionTask, config: Config, pipeline: Pipeline) -> Dataset:
    """Every row of every period, with inputs and outcome."""
    history = pipeline.history
    if isinstance(config, AccountTask):
        cutoffs = _calendar(workspace, config)
        everything = sorted({cutoff for period in cutoffs.periods.values() for cutoff in period})
        spine = account_rows(history, task, config, everything, workspace.settling_lag_days)
        return build(history, pipeline, task, spine)
    if isinstance(config.cutoffs, DatelessCutoffs):
        return dateless_rows(pipeline)
    _stated_close(workspace, config)
    spine = opportunity_rows(history, config.cutoffs, config.horizon_days, workspace.settling_lag_days)
    return build(history, pipeline, task, spine)


def _stated_close(workspace: Workspace, config: OpportunityTask) -> None:
    """Refuse a horizon that ends at a closing date nobody says was known at the opening."""
    if config.horizon_days is None and "expected_close_at" not in workspace.tables["opportunities"].known_at_creation:
        raise ForesaleError(
            "the stated closing date may be a current value",
            got="tasks.conversion without horizon_days",
            expected="expected_close_at as it was stated when the opportunity was opened",
            do="list it in tables.opportunities.known_at_creation if it is, else set horizon_days",
        )


def _calendar(workspace: Workspace, config: AccountTask) -> Calendar:
    cut = calendar if config.cutoffs.folds is None else before_test
    return cut(config.cutoffs, config.horizon_days + workspace.settling_lag_days, workspace.zone)


def _by_periods(
    workspace: Workspace, task: PredictionTask, config: AccountTask, features: tuple[Feature, ...], rows: Dataset, jobs: Jobs
) -> Trained:
    """Judge a candidate at the gate; what ships is the same recipe one period later, so that it is not a season old."""
    cutoffs = _calendar(workspace, config)
    earlier = _split(rows, cutoffs)
    jobs.progress(f"{task.name}: fitting on {len(earlier['train'])} rows for the gate")
    candidate = fit_periods(workspace, task, features, earlier, jobs)
    with jobs.during("judging at the gate"):
        answers = answers_of(workspace, candidate.scorer, earlier["gate"])
        fit_rows = _before(workspace, rows, earlier["gate"])
        judged = _evaluate(workspace, task, "gate", BY_TIME, fit_rows, earlier["gate"], answers)
    later = _split(rows, shifted(cutoffs, config.horizon_days + workspace.settling_lag_days))
    jobs.progress(f"{task.name}: fitting on {len(later['train'])} rows to ship")
    shipped = fit_periods(workspace, task, features, later, jobs)
    with jobs.during("testing"):
        baseline_rows = _before(workspace, rows, later["test"])
        return _trained(workspace, task, shipped, (later["train"], baseline_rows, later["test"]), judged, BY_TIME)


def _by_folds(workspace: Workspace, task: PredictionTask, features: tuple[Feature, ...], sides: Sides, jobs: Jobs) -> Trained:
    """Gate on rows whose account was left out of the fit; the test is none of them, or all of them where there is no other."""
    train = sides.train
    jobs.progress(f"{task.name}: fitting on {len(train)} rows in {sides.folds} folds by account")
    fitted = fit_folds(workspace, task, features, train, sides.folds, jobs)
    with jobs.during("judging at the gate"):
        answers = Answers(_inverse(fitted.scorer, fitted.scorer.calibration(fitted.held_out)))
        judged = evaluate(task, "gate", sides.split, train, answers, _baselines_held_out(task, sides))
    if len(sides.test):
        with jobs.during("testing"):
            return _trained(workspace, task, fitted, (train, train, sides.test), judged, sides.split)
    return Trained(task, fitted, train, train, answers, judged, replace(judged, period="test"), gate(task, judged))


def _trained(
    workspace: Workspace,
    task: PredictionTask,
    fitted: Fitted,
    parts: tuple[Dataset, Dataset, Dataset],
    judged: Evaluation,
    split: str,
) -> Trained:
    """Read the test once. `parts`: the model's training rows, the rows a baseline may be fitted on, the test rows."""
    train, baseline_rows, test = parts
    answers = answers_of(workspace, fitted.scorer, test)
    tested = _evaluate(workspace, task, "test", split, baseline_rows, test, answers)
    return Trained(task, fitted, train, _in_units(workspace, task, test), answers, judged, tested, gate(task, judged))


def _split(rows: Dataset, cutoffs: Calendar) -> dict[str, Dataset]:
    return {period: rows.take(np.isin(rows.spine.as_of, chosen)) for period, chosen in cutoffs.periods.items()}


def _before(workspace: Workspace, rows: Dataset, period: Dataset) -> Dataset:
    """The rows whose outcome was known before the period's first cutoff: what a baseline may be fitted on."""
    return settled_by(workspace, rows, int(period.spine.as_of.min()))


def _inverse(scorer: Scorer, link: Floats) -> Floats:
    return np.array([inverse_link(scorer.kind, value) for value in link])


def answers_of(workspace: Workspace, scorer: Scorer, rows: Dataset) -> Answers:
    """What a scorer shows for each row; money in whole units."""
    matrix = scorer.matrix(rows.frame)
    if scorer.interval is None:
        return Answers(scorer.shown(matrix))
    return Answers(scorer.shown(matrix) / workspace.minor_units, scorer.interval.predict(matrix) / workspace.minor_units)


def _in_units(workspace: Workspace, task: PredictionTask, rows: Dataset) -> Dataset:
    return rows if task.kind == "probability" else replace(rows, label=rows.label / workspace.minor_units)


def _evaluate(
    workspace: Workspace, task: PredictionTask, period: str, split: str, fit_on: Dataset, rows: Dataset, answers: Answers
) -> Evaluation:
    unit = 1 if task.kind == "probability" else workspace.minor_units
    baselines = {name: score / unit for name, score in baseline_scores(task, fit_on, rows).items()}
    return evaluate(task, period, split, _in_units(workspace, task, rows), answers, baselines)


def _baselines_held_out(task: PredictionTask, sides: Sides) -> dict[str, Floats]:
    """Baselines on the same folds as the model."""
    out: dict[str, Floats] = {}
    rows = sides.train
    for inside, outside in folds(rows, sides.folds):
        for name, score in baseline_scores(task, rows.take(inside), rows.take(outside)).items():
            out.setdefault(name, np.zeros(len(rows)))[outside] = score
    return out
