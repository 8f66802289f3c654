"""Reading side of the MLflow registry: the champion's bundle folder and hash. training/tracking.py is the writing side."""

from __future__ import annotations

from pathlib import Path
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
