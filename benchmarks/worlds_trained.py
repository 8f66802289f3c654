"""Companies trained from their files for a benchmark, the models asked as serving asks them, and the truth of a world beside.

A task is answered by its champion; where it has none, by the newest registered version, and `Registered.champion` says so.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import numpy as np
import pandas as pd
from mlflow.entities.model_registry import ModelVersion
from mlflow.tracking import MlflowClient

from features.compute import prepare
from features.history import History
from foresale import open_company
from foresale.company import Company
from models.bundle import read_bundle
from models.predict import ModelInfo
from models.prediction import Prediction
from models.registry import SHA_TAG, aliased, model_name
from serving.engine import Engine
from serving.loaded import Loaded
from training.splits.sides import test_begins
from training.tasks import TASKS
from workspace.errors import ForesaleError
from workspace.workspace import Workspace
from worlds.manifest import DATA_DIR
from worlds.setting import HORIZON_DAYS, World
from worlds.write import write_world

_TEST_DAY = re.compile(r"(?<=, test = )\d{4}-\d\d-\d\d")
_TOLD = ("preset", "rounds", "features", "split")


@dataclass(frozen=True)
class Registered:
    """A version of a task's model: whether it is the champion, its tags, what the gate said, and how it was fitted."""

    version: str
    champion: bool
    tags: dict[str, str]
    gate: str
    fitted: dict[str, str]
    folder: Path

    @property
    def in_service(self) -> str:
        """What answers in service, in a few words; the tags are the registry's own."""
        said = ", ".join(f"{name} {value}" for name, value in sorted(self.tags.items()) if name != SHA_TAG)
        return f"version {self.version} ({said})" if self.champion else f"nothing; newest: version {self.version} ({said})"

    def facts(self) -> dict[str, Any]:
        """As plain JSON types, without the place on this disk."""
        return {name: value for name, value in asdict(self).items() if name != "folder"}


def world_at(folder: Path, world: World) -> Path:
    """The workspace file of a world in `folder`, written unless it is there already; what was derived from it is removed.

    The test of the tasks about accounts begins at the last date of the truth, so that no outcome a model was fitted on
    ends after that date: as written it begins a day later.
    """
    file = folder / "foresale.toml"
    head = f"# {world.accounts} accounts, {world.years} years, seed {world.seed}, preset {world.preset.name}\n"
    if not (file.is_file() and head in file.read_text(encoding="utf-8") and (folder / "truth.parquet").is_file()):
        write_world(folder, world)
    shutil.rmtree(folder / DATA_DIR, ignore_errors=True)
    last = world.calendar.first + timedelta(days=int(world.calendar.grid(HORIZON_DAYS)[-1]))
    file.write_text(_TEST_DAY.sub(last.isoformat(), file.read_text(encoding="utf-8")), encoding="utf-8")
    return file


def trained(file: Path) -> tuple[Company, dict[str, str]]:
    """A company ingested and trained, task by task; of each task that could not be trained, why."""
    company = open_company(file)
    company.ingest()
    failed = {}
    for task in tasks_of(company.workspace):
        try:
            company.train([task])
        except ForesaleError as error:
            failed[task] = str(error)
    return company, failed


def tasks_of(workspace: Workspace) -> list[str]:
    """The tasks that a workspace sets."""
    return [task for task in TASKS if getattr(workspace.tasks, task) is not None]


def registered(workspace: Workspace, task: str) -> Registered | None:
    """The champion of a task, else its newest version, else nothing."""
    client, name = MlflowClient(workspace.mlflow_uri, workspace.mlflow_uri), model_name(workspace, task)
    versions = {int(found.version): found for found in client.search_model_versions(f"name = '{name}'")}
    if not versions:
        return None
    serving = aliased(workspace, task)
    chosen = versions[int(serving.version) if serving else max(versions)]
    return _described(client, chosen, champion=serving is not None)


def _described(client: MlflowClient, version: ModelVersion, *, champion: bool) -> Registered:
    run = client.get_run(str(version.run_id)).data
    root = Path(unquote(urlparse(client.get_model_version_download_uri(version.name, version.version)).path))
    fitted = {name: run.params[name] for name in _TOLD if name in run.params}
    return Registered(str(version.version), champion, dict(version.tags), run.tags.get("gate", ""), fitted, root / "bundle")


def engine_of(company: Company, models: dict[str, Registered]) -> Engine:
    """Serving's engine over these versions, champions or not."""
    history = company.history
    return Engine(company.workspace, history, {task: _loaded(company, history, task, one) for task, one in models.items()})


def _loaded(company: Company, history: History, task: str, model: Registered) -> Loaded:
    scorer = read_bundle(model.folder, model.tags[SHA_TAG])
    info = ModelInfo(model_name(company.workspace, task), model.version, model.tags[SHA_TAG])
    return Loaded(info, scorer, prepare(history, scorer.reads))


def truth_of(company: Company, folder: Path, task: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The truth on calendar dates after everything the task was fitted on, and the truth whose outcomes were known before."""
    found = pd.read_parquet(folder / "truth.parquet")
    found = found[(found["task"] == task) & found["anchor_days"].isna()]
    begins = pd.Timestamp(test_begins(company.workspace, company.history, company.workspace.parameters(task).cutoffs), unit="s")
    settled = found["as_of"] + pd.to_timedelta(found["horizon_days"], unit="D")
    begins = begins.tz_localize("UTC")
    return found[found["as_of"] >= begins].reset_index(drop=True), found[settled <= begins].reset_index(drop=True)


def asked(engine: Engine, task: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the truth with what is served for them: `status`, `shown`, and for money `p10`, `p50`, `p90`."""
    parts = [_asked_at(engine, task, moment, rows[rows["as_of"] == moment]) for moment in rows["as_of"].unique()]
    return pd.concat(parts, ignore_index=True) if parts else rows.join(_columns([]))


def _asked_at(engine: Engine, task: str, moment: pd.Timestamp, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.reset_index(drop=True).join(_columns(engine.predict(task, rows["entity_id"].tolist(), moment.to_pydatetime())))


def _columns(served: Iterable[Prediction]) -> pd.DataFrame:
    told = [(one.status, one.shown, *(one.interval or (np.nan,) * 3)) for one in served]
    frame = pd.DataFrame(told, columns=["status", "shown", "p10", "p50", "p90"])
    return frame.astype(dict.fromkeys(("shown", "p10", "p50", "p90"), float))
