"""`foresale train`: one task from canonical tables to an evaluated, logged and perhaps promoted model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.catalog import feature_set, permitted
from features.compute import Pipeline, available, days_to_win, prepare, require_outcomes, wins_followed
from features.facts import EVIDENCE
from features.feature import Feature
from features.history import History
from features.population import Cohort
from models.calibrate import shown_of
from models.model import Floats
from models.scorer import TREES, Scorer
from training.contenders.rivals import Fit, calibrated, calibrations, fit_rivals, links_of, shown_by, tells
from training.court import Choice, Court, answers_by_folds, answers_of, in_units
from training.dataset import Dataset, build, opportunity_rows
from training.evaluate import BY_TIME, Answers, Evaluation, evaluate
from training.fit import Fitted, Maker, fold, fold_later, folds, trees_apply, walk
from training.gate import Verdict
from training.jobs import ALONE, Jobs
from training.leaks.gate import NOTHING_FOUND, Leaks, examine
from training.signal import outcomes
from training.splits.cutoffs import Calendar, before_test, calendar, require_mature
from training.splits.dateless import dateless_rows, known_at_creation
from training.splits.sides import Sides, halves_in_time, known_before, sides_of, test_begins
from training.task import PredictionTask
from training.tasks import TASKS, population_of
from training.timing import timing
from workspace.errors import ForesaleError
from workspace.workspace import AccountTask, CalendarCutoffs, DatelessCutoffs, OpportunityTask, Workspace

Config = AccountTask | OpportunityTask
_FEWEST_AT_THE_GATE = 100  # of the rarer outcome in the gate's period; with fewer, folds by account use every period


@dataclass(frozen=True)
class Trained:
    """Everything a run has to log: the scorer that ships, its rows, the gate's verdict and both evaluations.

    `spread` is how far the number of outcomes lay from the expected one at the gate, relative to it.
    """

    task: PredictionTask
    fitted: Fitted
    train: Dataset
    test: Dataset
    answers: Answers
    gate: Evaluation
    test_evaluation: Evaluation
    verdict: Verdict
    spread: float
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
    enough = periods and outcomes(task.kind, periods["gate"].label, periods["gate"].account) >= _FEWEST_AT_THE_GATE
    trained = _by_periods(maker, periods, rows, jobs) if enough else _by_folds(maker, sides, jobs)
    with jobs.during("when wins come"):
        return replace(trained, leaks=leaks, fitted=_bounded(history, task, _timed(history, task, trained), sides.train))


def _bounded(history: History, task: PredictionTask, fitted: Fitted, rows: Dataset) -> Fitted:
    """What ships, with how often a win brought an order where the task is about there being none."""
    if task.outcome != "absent" or task.stream is None:
        return fitted
    share = wins_followed(history, task.stream, int(rows.spine.as_of.max()))
    return replace(fitted, scorer=replace(fitted.scorer, win_orders=share))


def _timed(history: History, task: PredictionTask, trained: Trained) -> Fitted:
    """What ships, with when wins come where the task is about wins with a date."""
    if task.outcome != "won" or trained.scorer.population.horizon_days is None:
        return trained.fitted
    days = days_to_win(history, trained.train.spine)
    found = timing(trained.scorer, trained.train, days)
    dated = found and replace(found, spread=trained.spread)
    return replace(trained.fitted, scorer=replace(trained.scorer, timing=dated))


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
    fitted, candidate = walk(maker, rows, periods, jobs) if trees_apply(maker, periods["train"]) else (None, None)
    with jobs.during("judging at the gate"):
        told, final, known = _rivals_by_periods(maker, periods, rows)
        trees = answers_of(maker.workspace, candidate, gate_rows) if candidate else None
        court = Court(maker, gate_rows, gate_rows, told, told, trees, BY_TIME)
        choice = court.decide()
    with jobs.during("testing"):
        shipped = fitted if fitted and choice.name == TREES else _as_it_serves(court, choice.name, final, known)
        return _tested(court, shipped, choice, (known, test), final)


def _rivals_by_periods(
    maker: Maker, periods: dict[str, Dataset], rows: Dataset
) -> tuple[dict[str, Floats], dict[str, Fit], Dataset]:
    """What each rival shows at the gate, the rivals as they go to the test, and the rows these know.

    Each is calibrated by what it said of the period before, like the trees.
    """
    task, (calibrate, gate, test) = maker.task, (periods[name] for name in ("calibrate", "gate", "test"))
    known = [known_before(maker.workspace, rows, period) for period in (calibrate, gate, test)]
    first, middle, last = (fit_rivals(task, maker.features, some) for some in known)
    at_gate = calibrations(task, links_of(first, calibrate), calibrate.label)
    at_test = calibrations(task, links_of(middle, gate), gate.label)
    return shown_by(task, calibrated(middle, at_gate), gate), calibrated(last, at_test), known[-1]


def _by_folds(maker: Maker, sides: Sides, jobs: Jobs) -> Trained:
    """Judge on rows whose account was left out of the fit, and for signal also on later ones; the test is none of them, or
    all of them where there is no other."""
    train, task = sides.train, maker.task
    jobs.progress(f"{task.name}: fitting on {len(train)} rows in {sides.folds} folds by account")
    fitted, shown = fold(maker, train, sides.folds, jobs) if trees_apply(maker, train) else (None, None)
    early, late = halves_in_time(maker.workspace, train)
    with jobs.during("judging at the gate"):
        links = _held_out(maker, sides)
        by = calibrations(task, links, train.label)
        told = {name: shown_of(task.kind, by[name](link)) for name, link in links.items()}
        told_later = shown_by(task, calibrated(fit_rivals(task, maker.features, early), by), late) if len(late) else told
        trees = None if shown is None else answers_by_folds(maker, shown, train.label)
        if fitted and len(late):
            told_later = {**told_later, TREES: fold_later(maker, fitted, early, late)}
        court = Court(maker, train, late if len(late) else train, told, told_later, trees, sides.split)
        choice = court.decide()
    final = calibrated(fit_rivals(task, maker.features, train), by)
    shipped = fitted if fitted and choice.name == TREES else _as_it_serves(court, choice.name, final, train)
    if tells(task, sides.test):
        with jobs.during("testing"):
            return _tested(court, shipped, choice, (train, sides.test), final)
    judged = replace(choice.judged, period="test")
    return Trained(
        task,
        shipped,
        train,
        in_units(maker, train),
        court.answers(choice.name),
        choice.judged,
        judged,
        choice.verdict,
        choice.spread,
    )


def _as_it_serves(court: Court, name: str, final: dict[str, Fit], rows: Dataset) -> Fitted:
    """A rival fitted on all that is known, with the range that its answers at the gate had."""
    money = court.maker.task.kind == "money"
    interval = court.range_of(name) if money else None
    return Fitted(court.maker.rival(name, final[name], rows, interval))


def _tested(court: Court, shipped: Fitted, choice: Choice, parts: tuple[Dataset, Dataset], final: dict[str, Fit]) -> Trained:
    """Read the test once. `parts`: the rows that what ships was fitted on, and the rows of the test."""
    (train, test), maker = parts, court.maker
    rivals = {name: court.beside(name, shown) for name, shown in shown_by(maker.task, final, test).items()}
    answers, rows = answers_of(maker.workspace, shipped.scorer, test), in_units(maker, test)
    tested = evaluate(maker.task, "test", court.split, rows, answers, rivals)
    return Trained(maker.task, shipped, train, rows, answers, choice.judged, tested, choice.verdict, choice.spread)


def _held_out(maker: Maker, sides: Sides) -> dict[str, Floats]:
    """The link of what each rival says of rows whose account it was not fitted on; one that some fold does not carry stands
    aside."""
    rows = sides.train
    parts = folds(rows, sides.folds)
    told = [links_of(fit_rivals(maker.task, maker.features, rows.take(a)), rows.take(b)) for a, b in parts]
    back = np.argsort(np.concatenate([outside for _, outside in parts]))
    return {name: np.concatenate([part[name] for part in told])[back] for name in told[0] if all(name in part for part in told)}
