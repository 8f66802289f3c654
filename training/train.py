"""`foresale train`: one task from canonical tables to an evaluated, logged and perhaps promoted model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.catalog import feature_set, permitted
from features.compute import Pipeline, available, prepare, require_outcomes
from features.facts import EVIDENCE
from features.feature import Feature
from features.history import History
from features.population import Cohort
from models.model import Floats
from models.scorer import TREES, Multiples, Scorer
from training.contenders.rivals import CONSTANTS, Fit, fit_rivals, shown_by
from training.court import Choice, Court, answers_of, held_out_answers, in_range, in_units, unit_of
from training.dataset import Dataset, build, opportunity_rows
from training.evaluate import BY_TIME, Answers, Evaluation, evaluate
from training.fit import Fitted, Maker, fold, fold_later, folds, trees_apply, walk
from training.gate import Verdict
from training.intervals import multiples
from training.jobs import ALONE, Jobs
from training.leaks.gate import NOTHING_FOUND, Leaks, examine
from training.signal import outcomes
from training.splits.cutoffs import Calendar, before_test, calendar, require_mature
from training.splits.dateless import dateless_rows, known_at_creation
from training.splits.sides import Sides, halves_in_time, known_before, sides_of, test_begins
from training.task import PredictionTask
from training.tasks import TASKS, population_of
from workspace.errors import ForesaleError
from workspace.workspace import AccountTask, CalendarCutoffs, DatelessCutoffs, OpportunityTask, Workspace

Config = AccountTask | OpportunityTask
_FEWEST_AT_THE_GATE = 100  # of the rarer outcome in the gate's period; with fewer, folds by account use every period


@dataclass(frozen=True)
class Trained:
    """Everything a run has to log: the scorer that ships, its rows, the gate's verdict and both evaluations."""

    task: PredictionTask
    fitted: Fitted
    train: Dataset
    test: Dataset
    answers: Answers
    gate: Evaluation
    test_evaluation: Evaluation
    verdict: Verdict
    leaks: Leaks = NOTHING_FOUND

    @property
    def scorer(self) -> Scorer:
        """What ships."""
        return self.fitted.scorer


def train_task(workspace: Workspace, history: History, task: PredictionTask, jobs: Jobs = ALONE) -> Trained:
    """Build the rows, pass the leak gate, fit, judge at the gate, fit what ships, and read the test once."""
    config, jobs = workspace.parameters(task.name), replace(jobs, about=task.name)
    with jobs.during("inputs of every cutoff"):
        pipeline, rows, sides = _prepared(workspace, history, task, config)
    with jobs.during("leak gate"):
        leaks = examine(workspace, pipeline, task, sides.train, jobs.progress)
    features = tuple(feature for feature in pipeline.features if feature.name not in leaks.kept_out)
    jobs.progress(f"{task.name}: {len(features)} features")
    maker = Maker(workspace, task, features, evidence_of(workspace, history, task, pipeline.features))
    periods = _periods(workspace, config, rows)
    if periods and outcomes(task.kind, periods["gate"].label, periods["gate"].account) >= _FEWEST_AT_THE_GATE:
        return replace(_by_periods(maker, periods, rows, jobs), leaks=leaks)
    return replace(_by_folds(maker, sides, jobs), leaks=leaks)


def evidence_of(workspace: Workspace, history: History, task: PredictionTask, inputs: Sequence[Feature]) -> Pipeline:
    """What only sentences read, where the history carries it and the task may know it: a table without dates tells nothing."""
    cutoffs = workspace.parameters(task.name).cutoffs
    if isinstance(cutoffs, DatelessCutoffs):
        return prepare(history, ())
    found = available(history, permitted(workspace, EVIDENCE), test_begins(workspace, history, cutoffs))
    paths = {feature.path for feature in inputs}
    return prepare(history, [feature for feature in found if feature.path in paths])


def training_rows(workspace: Workspace, history: History, task: str) -> Dataset:
    """Every row a model of a task may be fitted on; raises ForesaleError for a task that the workspace does not set."""
    _, _, sides = _prepared(workspace, history, TASKS[task], workspace.parameters(task))
    return sides.train


def require_possible(workspace: Workspace, history: History, task: str) -> None:
    """Raise ForesaleError where a task's settings leave no rows: before anything is fitted."""
    config = workspace.parameters(task)
    rows_of(workspace, TASKS[task], config, prepare(history, ()))


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
    if isinstance(config.cutoffs, DatelessCutoffs):
        return dateless_rows(pipeline)
    if isinstance(config.cutoffs, CalendarCutoffs):
        if task.entity == "opportunity":
            require_outcomes(history, config.horizon_days)
        cutoffs = _calendar(workspace, config, config.cutoffs).everything
        for cutoff in cutoffs:
            require_mature(cutoff, _wait(workspace, config), history.latest)
        return build(history, pipeline, task, Cohort(population_of(workspace, task.name), cutoffs)(history))
    _stated_close(workspace, config)
    spine = opportunity_rows(history, config.cutoffs, config.horizon_days, workspace.settling_lag_days)
    return build(history, pipeline, task, spine)


def _stated_close(workspace: Workspace, config: Config) -> None:
    """Refuse a horizon that ends at a closing date nobody says was known at the opening."""
    if config.horizon_days is None and "expected_close_at" not in workspace.tables["opportunities"].known_at_creation:
        raise ForesaleError(
            "the stated closing date may be a current value",
            got="tasks.conversion without horizon_days",
            expected="expected_close_at as it was stated when the opportunity was opened",
            do="list it in tables.opportunities.known_at_creation if it is, else set horizon_days",
        )


def _wait(workspace: Workspace, config: Config) -> int:
    """Days until an outcome is known."""
    return (config.horizon_days or 0) + workspace.settling_lag_days


def _calendar(workspace: Workspace, config: Config, cutoffs: CalendarCutoffs) -> Calendar:
    cut = calendar if cutoffs.folds is None else before_test
    return cut(cutoffs, _wait(workspace, config), workspace.zone)


def _periods(workspace: Workspace, config: Config, rows: Dataset) -> dict[str, Dataset]:
    """The rows of each period in time; none where folds by account take their place."""
    cutoffs = config.cutoffs
    if not isinstance(cutoffs, CalendarCutoffs) or cutoffs.folds is not None:
        return {}
    found = _calendar(workspace, config, cutoffs).periods
    periods = {str(name): rows.take(np.isin(rows.spine.as_of, chosen)) for name, chosen in found.items()}
    return periods if all(map(len, periods.values())) else {}


def _by_periods(maker: Maker, periods: dict[str, Dataset], rows: Dataset, jobs: Jobs) -> Trained:
    """Judge trees and rivals at the gate, on rows later than all they know; what ships knows the gate's rows too."""
    gate_rows, test = periods["gate"], periods["test"]
    before_gate, before_test_ = (known_before(maker.workspace, rows, period) for period in (gate_rows, test))
    fitted, candidate = walk(maker, rows, periods, jobs) if trees_apply(maker, periods["train"]) else (None, None)
    with jobs.during("judging at the gate"):
        told = shown_by(maker.task, fit_rivals(maker.task, maker.features, before_gate), gate_rows)
        trees = answers_of(maker.workspace, candidate, gate_rows) if candidate else None
        court = Court(maker, gate_rows, gate_rows, told, told, trees, BY_TIME)
        choice = court.decide()
    with jobs.during("testing"):
        final = fit_rivals(maker.task, maker.features, before_test_)
        shipped = fitted if fitted and choice.name == TREES else _as_it_serves(court, choice.name, final, before_test_)
        return _tested(court, shipped, choice, (before_test_, test), final)


def _by_folds(maker: Maker, sides: Sides, jobs: Jobs) -> Trained:
    """Judge on rows whose account was left out of the fit, and for signal also on later ones; the test is none of them, or
    all of them where there is no other."""
    train, task = sides.train, maker.task
    jobs.progress(f"{task.name}: fitting on {len(train)} rows in {sides.folds} folds by account")
    fitted, shown = fold(maker, train, sides.folds, jobs) if trees_apply(maker, train) else (None, None)
    early, late = halves_in_time(maker.workspace, train)
    with jobs.during("judging at the gate"):
        told = _held_out(maker, sides)
        told_later = shown_by(task, fit_rivals(task, maker.features, early), late) if len(late) else told
        trees = None if shown is None else held_out_answers(maker, TREES, shown, train.label)
        if fitted and len(late):
            told_later = {**told_later, TREES: fold_later(maker, fitted, early, late)}
        court = Court(maker, train, late if len(late) else train, told, told_later, trees, sides.split)
        choice = court.decide()
    final = fit_rivals(task, maker.features, train)
    shipped = fitted if fitted and choice.name == TREES else _as_it_serves(court, choice.name, final, train)
    if _both_ways(task, sides.test):
        with jobs.during("testing"):
            return _tested(court, shipped, choice, (train, sides.test), final)
    judged = replace(choice.judged, period="test")
    return Trained(
        task, shipped, train, in_units(maker, train), court.answers(choice.name), choice.judged, judged, choice.verdict
    )


def _both_ways(task: PredictionTask, rows: Dataset) -> bool:
    """Whether a test can tell anything: some outcome, and for probabilities some row without it."""
    return bool((rows.label > 0).any()) and (task.kind == "money" or bool((rows.label <= 0).any()))


def _as_it_serves(court: Court, name: str, final: dict[str, Fit], rows: Dataset) -> Fitted:
    """A rival fitted on all that is known, with the range that its answers at the gate had."""
    money = court.maker.task.kind == "money"
    interval = _range_at_the_gate(court, name) if money else None
    return Fitted(court.maker.rival(name, final[name], rows, interval))


def _tested(court: Court, shipped: Fitted, choice: Choice, parts: tuple[Dataset, Dataset], final: dict[str, Fit]) -> Trained:
    """Read the test once. `parts`: the rows that what ships was fitted on, and the rows of the test."""
    (train, test), maker = parts, court.maker
    rivals = {name: _answers_of_rival(court, name, shown) for name, shown in shown_by(maker.task, final, test).items()}
    answers, rows = answers_of(maker.workspace, shipped.scorer, test), in_units(maker, test)
    tested = evaluate(maker.task, "test", court.split, rows, answers, rivals)
    return Trained(maker.task, shipped, train, rows, answers, choice.judged, tested, choice.verdict)


def _answers_of_rival(court: Court, name: str, shown: Floats) -> Answers:
    """With the range that its answers at the gate had."""
    if court.maker.task.kind == "probability" or name in CONSTANTS or name not in court.told:
        return Answers(shown / unit_of(court.maker))
    return in_range(court.maker, shown, _range_at_the_gate(court, name))


def _range_at_the_gate(court: Court, name: str) -> Multiples:
    return multiples(court.told[name], court.rows.label)


def _held_out(maker: Maker, sides: Sides) -> dict[str, Floats]:
    """What each rival says of rows whose account it was not fitted on; one that some fold does not carry stands aside."""
    rows = sides.train
    parts = folds(rows, sides.folds)
    told = [shown_by(maker.task, fit_rivals(maker.task, maker.features, rows.take(a)), rows.take(b)) for a, b in parts]
    back = np.argsort(np.concatenate([outside for _, outside in parts]))
    return {name: np.concatenate([part[name] for part in told])[back] for name in told[0] if all(name in part for part in told)}
