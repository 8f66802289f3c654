"""`foresale features`: everyone's features for a task as of a date, as Parquet files, on this machine or on Spark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from features.catalog import feature_set
from features.cohort import Cohort, end_of_history, moment_asked
from features.company import Company
from features.errors import ForesaleError
from features.frames import write_frames
from features.ingest import current_snapshot
from features.session import settings, spark_session
from features.workspace import DatelessCutoffs, OpportunityTask, Workspace

Progress = Callable[[str], None]


def ingested(workspace: Workspace) -> Company:
    """The tables of the snapshot in force."""
    return Company(current_snapshot(workspace), workspace.time_zone)


def empty_folder(out: Path) -> Path:
    """The folder to write to; raises ForesaleError when something is there, so that two exports never mix."""
    if out.exists() and any(out.iterdir()):
        raise ForesaleError("the folder is in use", got=out, expected="a new or empty folder", do="pass another --out")
    return out.resolve()


def everyone(workspace: Workspace, task: str, as_of: datetime) -> Cohort:
    """Whom a task could ask about: all accounts, or the opportunities open at `as_of`."""
    config, moment = workspace.parameters(task), int(as_of.timestamp())
    if isinstance(config, OpportunityTask):
        return Cohort("opportunity", (moment,), config.horizon_days, dateless=isinstance(config.cutoffs, DatelessCutoffs))
    return Cohort("account", (moment,), config.horizon_days)


def export_features(
    workspace: Workspace,
    task: str,
    as_of: datetime | None,
    out: Path,
    *,
    spark: bool = False,
    progress: Progress = lambda text: None,
) -> tuple[int, datetime]:
    """Write the features of everyone a task could ask about; returns how many rows, and as of when."""
    company, target = ingested(workspace), empty_folder(out)
    moment = moment_asked(as_of, end_of_history(company.latest))
    cohort = everyone(workspace, task, moment)
    features = company.features(feature_set(workspace, cohort.entity), int(moment.timestamp()))
    if not spark:
        return write_frames(company, features, cohort, target, progress=progress), moment
    from features.spark import frames, write

    with spark_session(settings(workspace)) as session:
        return write(frames(session, company, features, cohort), target), moment
