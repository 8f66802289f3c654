"""Writing side of MLflow: runs, datasets, reports, bundles, registered models. The only module that writes to it."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.pandas_dataset import PandasDataset
from mlflow.entities import LoggedModelStatus
from mlflow.models import Model, ModelSignature, infer_signature
from mlflow.tracking import MlflowClient
from mlflow.types import ColSpec, DataType, Schema
from pandas.api.types import is_numeric_dtype

from display.language import Writer
from display.words import LANGUAGES, Language
from models.bundle import FORMAT, write_bundle
from models.model import Floats
from models.predict import ModelInfo
from models.registry import (
    ARTIFACTS,
    CHALLENGE_TAG,
    CHALLENGER,
    CHAMPION,
    CONTENDER_TAG,
    FALLBACK,
    FORMAT_TAG,
    GATE_TAG,
    SHA_TAG,
    STORE,
    aliased,
    model_name,
)
from training.challenge.challenge import Challenge
from training.dataset import Dataset
from training.moved import follow
from training.promote import PASSED, make_champion, point
from training.report.charts import charts, importance
from training.report.html import html_report, model_card
from training.task import PredictionTask
from training.tasks import TASKS
from training.train import Trained
from workspace.workspace import Workspace

_REQUIREMENTS = [f"{name}=={version(name)}" for name in ("mlflow", "lightgbm", "scikit-learn", "pandas", "numba", "babel")]
_REPORTS: dict[Language, str] = {"en": "report.html", "zh": "report.zh.html"}
_PYFUNC = Path(__file__).with_name("pyfunc_model.py")


@contextmanager
def _store(workspace: Workspace) -> Iterator[None]:
    """Point MLflow at the workspace's tracking store."""
    workspace.data_dir.mkdir(parents=True, exist_ok=True)
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"  # our own progress says enough
    mlflow.set_tracking_uri(workspace.mlflow_uri)
    mlflow.set_registry_uri(workspace.mlflow_uri)
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)  # it tells of each table it makes
    _made_whole(workspace)
    with warnings.catch_warnings():
        # the signature is given; an example would make MLflow load and run the model while it is being saved
        warnings.filterwarnings("ignore", message=".*input example was not provided.*")
        yield


def _made_whole(workspace: Workspace) -> None:
    """Make the workspace's own database beside its place and link it there in one step: MLflow walks through its whole past
    for a new one, and cannot go on from where a killed process left it."""
    place = workspace.data_dir / STORE
    if workspace.tracking_uri is not None or place.exists():
        return
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    MlflowClient(f"sqlite:///{beside}", f"sqlite:///{beside}").search_experiments(max_results=1)
    with suppress(FileExistsError):  # another process was first
        os.link(beside, place)
    beside.unlink()


def end_interrupted(workspace: Workspace) -> int:
    """End the runs of this company that a killed training left RUNNING; how many there were."""
    with _store(workspace):
        client = MlflowClient()
        experiments = [client.get_experiment_by_name(_experiment_name(workspace, task)) for task in TASKS]
        known = [found.experiment_id for found in experiments if found is not None]
        left = client.search_runs(known, "attributes.status = 'RUNNING'") if known else []
        for run in left:
            client.set_terminated(run.info.run_id, "KILLED")
    return len(left)


def log_trained(
    workspace: Workspace, snapshot: str, trained: Trained, challenge: Challenge | None = None
) -> tuple[ModelInfo, bool]:
    """Log one training as a run and register its bundle. With signal it becomes champion, or stays challenger where the
    champion there is comes out better; without signal it is what answers where there is no champion.

    Returns the registered model and whether it became champion.
    """
    name = model_name(workspace, trained.task.name)
    with _store(workspace):
        follow(workspace)
        # a run made first and then entered: an enclosing `mlflow run` sets MLFLOW_RUN_ID for a store that is not ours
        made = MlflowClient().create_run(_experiment(workspace, trained.task), run_name=trained.task.name)
        with mlflow.start_run(run_id=made.info.run_id) as run, tempfile.TemporaryDirectory() as folder:
            _log_facts(workspace, snapshot, trained)
            _log_report(workspace, trained)
            if challenge is not None:
                mlflow.log_text(json.dumps(challenge.as_dict(), indent=1, ensure_ascii=False), "report/challenge.json")
            bundle = Path(folder) / "bundle"
            sha256 = write_bundle(bundle, trained.fitted.scorer, trained.fitted.scorer.matrix(trained.train.frame))
            number = _register(name, run.info.run_id, bundle, trained, _tags(trained, challenge, sha256))
        promoted = _placed(workspace, trained, challenge, number)
    return ModelInfo(name, number, sha256), promoted


def _tags(trained: Trained, challenge: Challenge | None, sha256: str) -> dict[str, str]:
    """What a version says of itself: all of it from its first moment, so that none is ever half described."""
    own = {
        SHA_TAG: sha256,
        GATE_TAG: PASSED if trained.verdict.passed else "failed",
        CONTENDER_TAG: trained.scorer.contender,
        FORMAT_TAG: str(FORMAT),
    }
    if challenge is None:
        return own
    said = {f"{CHALLENGE_TAG}.{language}": "\n".join(challenge.lines(language)) for language in LANGUAGES}
    return {**own, **said, CHALLENGE_TAG: PASSED if challenge.passed else f"failed: {challenge.against['en']}"}


def _placed(workspace: Workspace, trained: Trained, challenge: Challenge | None, number: str) -> bool:
    """Point the alias that a new version has earned at it; whether it is champion."""
    task = trained.task.name
    if not trained.verdict.passed:
        point(workspace, task, FALLBACK, number)
        _retire_unreadable(workspace, trained.task, MlflowClient())
        return False
    if challenge is not None:
        point(workspace, task, CHALLENGER, number)
    if challenge is None or challenge.passed:
        make_champion(workspace, task, number)
    return challenge is None or challenge.passed


def _retire_unreadable(workspace: Workspace, task: PredictionTask, client: MlflowClient) -> None:
    """A champion whose bundle is of another format can answer nobody: what was trained since takes its place."""
    champion = aliased(workspace, task.name)
    if champion is not None and champion.tags.get(FORMAT_TAG) != str(FORMAT):
        client.delete_registered_model_alias(model_name(workspace, task.name), CHAMPION)


def _experiment_name(workspace: Workspace, task: str) -> str:
    return f"foresale-{workspace.name}-{task}"


def _experiment(workspace: Workspace, task: PredictionTask) -> str:
    name = _experiment_name(workspace, task.name)
    if mlflow.get_experiment_by_name(name) is None:
        mlflow.create_experiment(name, artifact_location=(workspace.data_dir / ARTIFACTS / task.name).as_uri())
    return str(mlflow.set_experiment(name).experiment_id)


def _log_facts(workspace: Workspace, snapshot: str, trained: Trained) -> None:
    size = trained.fitted.preset
    mlflow.log_params(
        {
            "snapshot": snapshot,
            "features": len(trained.fitted.scorer.encoding.features),
            "contender": trained.scorer.contender,
            **({"preset": size.name, "rounds": trained.fitted.rounds, **size.parameters} if size else {}),
            "split": trained.test_evaluation.split,
            "config": workspace.parameters(trained.task.name).model_dump_json(),
        }
    )
    mlflow.log_metrics(_metrics("test", trained.test_evaluation.as_dict()) | _metrics("gate", trained.gate.as_dict()))
    mlflow.set_tag("gate", f"{'passed' if trained.verdict.passed else 'failed'}: {trained.verdict.reason}")
    if trained.leaks.overruled:
        mlflow.set_tag("leaks.overruled", "; ".join(f"{name}: {why}" for name, why in trained.leaks.overruled.items()))
    for context, rows in (("train", trained.train), ("test", trained.test)):
        mlflow.log_input(_lineage(trained.task, context, rows, snapshot), context=context)


def _metrics(period: str, evaluated: dict[str, Any]) -> dict[str, float]:
    own = {f"{period}.{key}": float(value) for key, value in evaluated.items() if isinstance(value, int | float)}
    theirs = {
        f"{period}.{baseline}.{key}": value
        for baseline, numbers in evaluated["baselines"].items()
        for key, value in numbers.items()
    }
    return own | theirs


class TypedRows(PandasDataset):
    """Rows whose schema follows from the types of the columns; MLflow would look at every value, one by one."""

    @cached_property
    def schema(self) -> Schema:
        """Numbers and texts; a column is required where no value is missing."""
        gaps = {name for name, column in self.df.items() if column.isna().any()}
        kinds = {name: DataType.double if is_numeric_dtype(kind) else DataType.string for name, kind in self.df.dtypes.items()}
        return Schema([ColSpec(kind, str(name), required=name not in gaps) for name, kind in kinds.items()])


def _lineage(task: PredictionTask, context: str, rows: Dataset, snapshot: str) -> TypedRows:
    """The data set by content hash; the rows themselves stay out of the store, a schema and a profile go in."""
    frame = pd.concat([rows.frame.reset_index(drop=True), pd.Series(rows.label, name="label")], axis=1)
    source, name = CodeDatasetSource({"snapshot": snapshot}), f"{task.name}-{context}"
    return TypedRows(frame, source, targets="label", name=name, digest=rows.digest()[:32])


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({name: "str" for name in frame.columns if frame[name].dtype == object})


def _log_report(workspace: Workspace, trained: Trained) -> None:
    weights = importance(trained.fitted.scorer, trained.test)
    drawn = {language: charts(trained, weights, Writer(language)) for language in LANGUAGES}
    for language, pictures in drawn.items():
        mlflow.log_text(html_report(trained, pictures, Writer(language)), f"report/{_REPORTS[language]}")
    for file, svg in drawn["en"].items():
        mlflow.log_text(svg, f"report/{file}")
    mlflow.log_text(model_card(trained, workspace.note_en), "report/model_card.md")
    mlflow.log_text(json.dumps(trained.leaks.as_dict(), indent=1, ensure_ascii=False), "report/leaks.json")
    evaluated = {"gate": trained.gate.as_dict(), "test": trained.test_evaluation.as_dict()}
    mlflow.log_text(json.dumps(evaluated, indent=1, sort_keys=True), "report/evaluation.json")


def _register(name: str, run_id: str, bundle: Path, trained: Trained, tags: dict[str, str]) -> str:
    """Log a models-from-code pyfunc around the bundle as a model of the run, and register it."""
    client = MlflowClient()
    with tempfile.TemporaryDirectory() as folder:
        model = _pyfunc(Path(folder) / "model", bundle, trained)
        logged = mlflow.initialize_logged_model(trained.task.name, source_run_id=run_id, model_type="foresale")
        client.log_model_artifacts(logged.model_id, str(model))
    mlflow.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name, description=f"{trained.task.en} ({trained.task.zh})")
    made = client.create_model_version(name, logged.artifact_location, run_id, tags, model_id=logged.model_id)
    return str(made.version)


def _signature(example: pd.DataFrame, shown: Floats) -> ModelSignature:
    """The columns that go in and the number that comes out; nothing goes into a base rate."""
    return infer_signature(example if len(example.columns) else None, shown)


def _pyfunc(folder: Path, bundle: Path, trained: Trained) -> Path:
    """A saved pyfunc whose bundle is its sub-folder `bundle/`, where serving looks for it."""
    example = _plain(trained.train.frame[trained.fitted.scorer.encoding.names].head(3))
    mlflow.pyfunc.save_model(
        folder,
        python_model=str(_PYFUNC),
        artifacts={"bundle": str(bundle)},
        pip_requirements=_REQUIREMENTS,
        signature=_signature(example, trained.answers.shown[:3]),
    )
    (folder / "artifacts" / "bundle").rename(folder / "bundle")
    (folder / "artifacts").rmdir()
    described = Model.load(str(folder))
    described.flavors["python_function"]["artifacts"]["bundle"]["path"] = "bundle"
    described.save(str(folder / "MLmodel"))
    return folder
