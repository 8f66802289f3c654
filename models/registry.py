"""Reading side of the MLflow registry: the champion's bundle folder and hash. training/tracking.py is the writing side."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from sqlalchemy.exc import SQLAlchemyError

from models.predict import ModelInfo
from workspace.errors import ForesaleError
from workspace.workspace import Workspace

CHAMPION = "champion"
CHALLENGER = "challenger"  # passed its gate, and did not take the champion's place
FALLBACK = "base_rate"  # answers where no version has signal
PREVIOUS = "previous_champion"
FORMAT_TAG = "bundle_format"
ARTIFACTS = "mlartifacts"
STORE = "mlflow.db"  # the workspace's own, as Workspace.mlflow_uri has it
SHA_TAG = "bundle_sha256"
CONTENDER_TAG = "contender"
GATE_TAG = "gate"
CHALLENGE_TAG = "challenge"  # what came of the comparison with the champion; its words are kept per language
DESPITE_TAG = "despite_gate"
DESPITE_BY_TAG, DESPITE_AT_TAG = "despite_gate.by", "despite_gate.at"
_OWN_TEST = re.compile(r"test\.[^.]+")  # a baseline's have its name in between


def model_name(workspace: Workspace, task: str) -> str:
    """The registered model's name."""
    return f"foresale-{workspace.name}-{task}"


def champion(workspace: Workspace, task: str) -> tuple[ModelInfo, Path] | None:
    """What answers a task and its bundle folder: the champion, else the base rate; None where nothing was trained yet.

    Raises ForesaleError when the registry cannot be read, the version has no bundle hash, or its artifacts are not on
    this machine's disk.
    """
    version = aliased(workspace, task, CHAMPION) or aliased(workspace, task, FALLBACK)
    return None if version is None else bundle_of(workspace, version)


def registered(workspace: Workspace, task: str, version: str) -> tuple[ModelInfo, Path]:
    """One version of a task's model and its bundle folder; raises ForesaleError where the registry does not hold it."""
    client = MlflowClient(workspace.mlflow_uri, workspace.mlflow_uri)
    try:
        return bundle_of(workspace, client.get_model_version(model_name(workspace, task), version))
    except (MlflowException, SQLAlchemyError) as error:
        raise ForesaleError(
            f"{model_name(workspace, task)} version {version} is not registered",
            got=type(error).__name__,
            expected="a version that answered before",
            do="leave out what was told then: the change is explained with the present model",
        ) from error


def bundle_of(workspace: Workspace, version: ModelVersion) -> tuple[ModelInfo, Path]:
    """A registered version and its bundle folder; raises ForesaleError where it has no bundle, or none on this machine."""
    client = MlflowClient(workspace.mlflow_uri, workspace.mlflow_uri)
    sha256 = version.tags.get(SHA_TAG)
    if not sha256:
        raise ForesaleError(
            f"{version.name} version {version.version} has no bundle",
            got=f"no tag {SHA_TAG}",
            expected="a version registered by foresale train",
            do="train again, or move the alias",
        )
    folder = _here(workspace, _local(client.get_model_version_download_uri(version.name, version.version)))
    return ModelInfo(version.name, str(version.version), sha256), folder / "bundle"


def aliased(workspace: Workspace, task: str, alias: str = CHAMPION) -> ModelVersion | None:
    """The version of a task that an alias points to; None where there is no such model or alias, or no registry yet."""
    if workspace.tracking_uri is None and not (workspace.data_dir / STORE).is_file():
        return None  # to look would make one
    try:
        client = MlflowClient(workspace.mlflow_uri, workspace.mlflow_uri)
        return client.get_model_version_by_alias(model_name(workspace, task), alias)
    except (MlflowException, SQLAlchemyError) as error:
        if _is_absent(error):
            return None
        raise ForesaleError(
            "the model registry cannot be read",
            got=type(error).__name__,
            expected="the workspace's registry",
            do="check that tracking_uri is right and its database up and whole",
        ) from error


def despite(workspace: Workspace, task: str) -> str:
    """Why the champion of a task serves although it did not pass its gate; empty where it passed."""
    version = aliased(workspace, task)
    return str(version.tags.get(DESPITE_TAG, "")) if version else ""


@dataclass(frozen=True)
class Overruled:
    """Why a version serves although it did not pass, who said so, and when."""

    reason: str
    by: str | None
    at: datetime | None


@dataclass(frozen=True)
class Record:
    """What a version says of itself: when and what it learned from, how it did in its test, and what gate and comparison said."""

    trained_at: datetime | None = None
    contender: str | None = None
    snapshot: str | None = None
    trained_through: date | None = None
    split: str | None = None
    inputs: int | None = None
    test: Mapping[str, float] = field(default_factory=dict)
    gate: str | None = None
    comparison: str | None = None
    overruled: Overruled | None = None


def recorded(workspace: Workspace, task: str, version: str) -> Record:
    """What the registry says of a version; raises ForesaleError where it does not hold it, or cannot be read."""
    if workspace.tracking_uri is None and not (workspace.data_dir / STORE).is_file():
        return Record()  # to look would make one
    client = MlflowClient(workspace.mlflow_uri, workspace.mlflow_uri)
    try:
        found = client.get_model_version(model_name(workspace, task), version)
        run = client.get_run(str(found.run_id))
    except (MlflowException, SQLAlchemyError) as error:
        raise ForesaleError(
            f"{model_name(workspace, task)} version {version} is not registered",
            got=type(error).__name__,
            expected="a version of the registry",
            do="load the champions anew",
        ) from error
    told = run.data.params
    return Record(
        datetime.fromtimestamp(found.creation_timestamp / 1000, UTC),
        found.tags.get(CONTENDER_TAG),
        told.get("snapshot"),
        _test_begins(json.loads(told.get("config", "{}"))),
        told.get("split"),
        int(told["features"]) if "features" in told else None,
        {name.removeprefix("test."): value for name, value in sorted(run.data.metrics.items()) if _OWN_TEST.fullmatch(name)},
        run.data.tags.get(GATE_TAG),
        found.tags.get(CHALLENGE_TAG),
        _overruled(found.tags),
    )


def _test_begins(config: Mapping[str, Any]) -> date | None:
    """The day on which the test of a task begins; None where rows have no dates."""
    cutoffs = config.get("cutoffs", {})
    day = cutoffs.get("test") or cutoffs.get("test_from")
    return date.fromisoformat(day) if day else None


def _overruled(tags: Mapping[str, str]) -> Overruled | None:
    if DESPITE_TAG not in tags:
        return None
    at = tags.get(DESPITE_AT_TAG)
    return Overruled(tags[DESPITE_TAG], tags.get(DESPITE_BY_TAG), datetime.fromisoformat(at) if at else None)


def _here(workspace: Workspace, folder: Path) -> Path:
    """The folder of artifacts below the workspace's own: a workspace may be copied, moved, or mounted elsewhere."""
    if workspace.tracking_uri is not None or ARTIFACTS not in folder.parts:
        return folder
    below = folder.parts[len(folder.parts) - folder.parts[::-1].index(ARTIFACTS) :]
    return workspace.data_dir.joinpath(ARTIFACTS, *below)


def _is_absent(error: MlflowException | SQLAlchemyError) -> bool:
    """Whether the registry answered that there is no such model or alias, and did not fail in some other way."""
    text = str(error)
    missing = "Registered Model with name" in text or "Registered model alias" in text
    return isinstance(error, MlflowException) and missing and "not found" in text


def _local(uri: str) -> Path:
    parsed = urlparse(uri)
    if parsed.scheme not in ("", "file"):
        raise ForesaleError(
            "the champion's artifacts are not on this machine",
            got=uri,
            expected="a local folder",
            do="keep the artifact root on a disk that serving can read",
        )
    return Path(unquote(parsed.path))
