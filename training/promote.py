"""Moving the champion alias by hand: to a version that passed its gate, back to the one before, or despite a gate."""

from __future__ import annotations

from mlflow.entities.model_registry import ModelVersion
from mlflow.tracking import MlflowClient

from models.registry import CHAMPION, DESPITE_TAG, model_name
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
    client.set_registered_model_alias(name, CHAMPION, version)


def _judged(client: MlflowClient, version: ModelVersion | None) -> Verdict:
    """What the gate said of a version, as its run has it."""
    said = client.get_run(str(version.run_id)).data.tags.get("gate", "") if version else "failed: there is no such version"
    return Verdict(False, said.removeprefix("failed: "))


def way_on(task: str, version: str, verdict: Verdict) -> str:
    """What to do where a version did not pass and none is in force."""
    if verdict.without_signal:
        return "More accounts, more history or more tables would help; foresale check says which are missing."
    return f'The report says what the gate saw; to use it all the same: foresale promote {task} {version} --despite "the reason"'
