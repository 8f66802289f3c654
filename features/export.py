"""`foresale features`: everyone's features for a task as of a date, as Parquet files, on this machine or on Spark."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from features.catalog import feature_set
from features.frames import write_frames
from features.parts import AccountParts
from features.population import Cohort, Population, end_of_history, moment_asked
from features.spark.session import settings, spark_session
from tables.snapshot import current_snapshot
from workspace.errors import ForesaleError
from workspace.progress import SILENT, Progress
from workspace.workspace import DatelessCutoffs, OpportunityTask, Workspace


def ingested(workspace: Workspace) -> AccountParts:
    """The tables of the snapshot in force."""
    return AccountParts(current_snapshot(workspace))


def empty_folder(out: Path) -> Path:
    """The folder to write to; raises ForesaleError when something is there, so that two exports never mix."""
    if out.exists() and any(out.iterdir()):
        raise ForesaleError("the folder is in use", got=out, expected="a new or empty folder", do="pass another --out")
    return out.resolve()


def everyone(workspace: Workspace, task: str, as_of: datetime) -> Cohort:
    """Whom a task could ask about: all accounts, or the opportunities open at `as_of`."""
    config, moment = workspace.parameters(task), int(as_of.timestamp())
    if isinstance(config, OpportunityTask):
        undated = isinstance(config.cutoffs, DatelessCutoffs)
        return Cohort(Population("opportunity", config.horizon_days, dateless=undated), (moment,))
    return Cohort(Population("account", config.horizon_days), (moment,))


def export_features(
    workspace: Workspace, task: str, as_of: datetime | None, out: Path, *, spark: bool = False, progress: Progress = SILENT
) -> tuple[int, datetime]:
    """Write the features of everyone a task could ask about; returns how many rows, and as of when."""
    company, target = ingested(workspace), empty_folder(out)
    moment = moment_asked(as_of, end_of_history(company.latest))
    cohort = everyone(workspace, task, moment)
    features = company.features(feature_set(workspace, cohort.population.entity), int(moment.timestamp()))
    if not spark:
        return write_frames(company, features, cohort, target, progress=progress), moment
    from features.spark.frames import frames, write

    with spark_session(settings(workspace)) as session:
        return write(frames(session, company, features, cohort), target), moment
