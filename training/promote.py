"""Moving the champion alias: to a version that passed its gate, back to the one before, or despite a gate."""

from __future__ import annotations

from mlflow.entities.model_registry import ModelVersion
from mlflow.tracking import MlflowClient

from models.bundle import FORMAT
from models.registry import CHAMPION, DESPITE_TAG, FORMAT_TAG, PREVIOUS, aliased, model_name
from training.gate import Verdict
from workspace.errors import ForesaleError
from workspace.workspace import Workspace

_WITH_A_REASON = 'train again with more data; or use it all the same: --despite "the reason", which is kept with the version'


def promote(workspace: Workspace, task: str, version: str, despite: str | None = None) -> None:
    """Make a version champion; `despite` is the reason to use one that did not pass the gate, kept as a tag of the version.

    Raises ForesaleError when the version is not there, when it did not pass and no reason is given, or when it has no signal.
    """
    client, name = MlflowClient(workspace.mlflow_uri, workspace.mlflow_uri), model_name(workspace, task)
    versions = {str(found.version): found for found in client.search_model_versions(f"name = '{name}'")}
    passed = [number for number, found in versions.items() if found.tags.get("gate") == "passed"]
    if version not in passed:
        judged, reason = _judged(client, versions.get(version)), (despite or "").strip()
        if version not in versions or judged.without_signal or not reason:
            raise ForesaleError(
                f"{name} version {version} cannot be promoted",
                got=judged.reason,
                expected=f"a version that passed: {', '.join(passed) or 'there is none yet'}",
                do=_WITH_A_REASON if version in versions and not judged.without_signal else "train again",
            )
        client.set_model_version_tag(name, version, DESPITE_TAG, reason)
    make_champion(workspace, task, version)


def make_champion(workspace: Workspace, task: str, version: str) -> None:
    """Point the alias at a version; the one it pointed at is kept as the previous champion."""
    client, name = MlflowClient(workspace.mlflow_uri, workspace.mlflow_uri), model_name(workspace, task)
    before = aliased(workspace, task)
    if before is not None and str(before.version) != version:
        client.set_registered_model_alias(name, PREVIOUS, str(before.version))
    client.set_registered_model_alias(name, CHAMPION, version)


def rollback(workspace: Workspace, task: str) -> str:
    """Make the previous champion the champion again, and return its version; once more undoes it.

    Raises ForesaleError when there was none before, or when its bundle is of a format this version cannot read.
    """
    before = aliased(workspace, task, PREVIOUS)
    if before is None or before.tags.get(FORMAT_TAG) != str(FORMAT):
        raise ForesaleError(
            f"{model_name(workspace, task)} cannot be rolled back",
            got="no previous champion" if before is None else f"version {before.version} has a bundle of another format",
            expected="a champion before the present one, of this format",
            do=f"foresale promote {task} with a version that passed, or train again",
        )
    make_champion(workspace, task, str(before.version))
    return str(before.version)


def _judged(client: MlflowClient, version: ModelVersion | None) -> Verdict:
    """What the gate said of a version, as its run has it."""
    said = client.get_run(str(version.run_id)).data.tags.get("gate", "") if version else "failed: there is no such version"
    return Verdict(False, said.removeprefix("failed: "))
