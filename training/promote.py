"""Moving the aliases: a version that passed gate and comparison becomes champion, one that did not despite them, and back again.

An alias is moved last, in one step, and only to a bundle that was read back from where it lies: however a process ends, whoever
asks the registry finds a whole bundle.
"""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import UTC, datetime

from mlflow.entities.model_registry import ModelVersion
from mlflow.tracking import MlflowClient

from display.words import Language
from models.bundle import FORMAT, read_bundle
from models.registry import (
    CHALLENGE_TAG,
    CHALLENGER,
    CHAMPION,
    DESPITE_AT_TAG,
    DESPITE_BY_TAG,
    DESPITE_TAG,
    FORMAT_TAG,
    GATE_TAG,
    PREVIOUS,
    aliased,
    bundle_of,
    model_name,
)
from training.gate import Verdict
from workspace.errors import ForesaleError
from workspace.workspace import Workspace

PASSED = "passed"
_WITH_A_REASON = 'train again with more data; or use it all the same: --despite "the reason", which is kept with the version'


@dataclass(frozen=True)
class Overrule:
    """Why a version serves although it did not pass, who said so (of the operating system's users), and when (UTC)."""

    reason: str
    by: str
    at: str

    @property
    def tags(self) -> dict[str, str]:
        """As the version keeps it."""
        return {DESPITE_TAG: self.reason, DESPITE_BY_TAG: self.by, DESPITE_AT_TAG: self.at}


def promote(workspace: Workspace, task: str, version: str, despite: str | None = None) -> Overrule | None:
    """Make a version champion; `despite` is the reason to use one that did not pass its gate or the comparison with the
    champion, and is returned as it is kept with the version.

    Raises ForesaleError when the version is not there, when it did not pass and no reason is given, or when it has no signal.
    """
    client, name = _client(workspace), model_name(workspace, task)
    versions = {str(found.version): found for found in client.search_model_versions(f"name = '{name}'")}
    passed = [number for number, found in versions.items() if _passed(found)]
    overrule = None
    if version not in passed:
        judged, reason = _judged(client, versions.get(version)), (despite or "").strip()
        if version not in versions or judged.without_signal or not reason:
            raise ForesaleError(
                f"{name} version {version} cannot be promoted",
                got=judged.reason,
                expected=f"a version that passed: {', '.join(passed) or 'there is none yet'}",
                do=_WITH_A_REASON if version in versions and not judged.without_signal else "train again",
            )
        overrule = Overrule(reason, getpass.getuser(), datetime.now(UTC).isoformat(timespec="seconds"))
        for tag, value in overrule.tags.items():
            client.set_model_version_tag(name, version, tag, value)
    make_champion(workspace, task, version)
    return overrule


def compared(workspace: Workspace, task: str, version: str, language: Language) -> list[str]:
    """What the comparison of a version with the champion of its day came to, in words; nothing where there was none."""
    found = _client(workspace).search_model_versions(f"name = '{model_name(workspace, task)}'")
    tags = next((one.tags for one in found if str(one.version) == version), {})
    return str(tags.get(f"{CHALLENGE_TAG}.{language}", "")).splitlines()


def make_champion(workspace: Workspace, task: str, version: str) -> None:
    """Point the alias at a version; the one it pointed at is kept as the previous champion."""
    client, name = _client(workspace), model_name(workspace, task)
    before, challenger = aliased(workspace, task), aliased(workspace, task, CHALLENGER)
    require_whole(workspace, task, version)
    if before is not None and str(before.version) != version:
        client.set_registered_model_alias(name, PREVIOUS, str(before.version))
    client.set_registered_model_alias(name, CHAMPION, version)
    if challenger is not None and str(challenger.version) == version:
        client.delete_registered_model_alias(name, CHALLENGER)


def point(workspace: Workspace, task: str, alias: str, version: str) -> None:
    """Point another alias at a version whose bundle reads back."""
    require_whole(workspace, task, version)
    _client(workspace).set_registered_model_alias(model_name(workspace, task), alias, version)


def require_whole(workspace: Workspace, task: str, version: str) -> None:
    """Raise ForesaleError unless the bundle of a version, as it lies among the artifacts, reproduces its golden rows."""
    model, folder = bundle_of(workspace, _client(workspace).get_model_version(model_name(workspace, task), version))
    read_bundle(folder, model.bundle_sha256)


def rollback(workspace: Workspace, task: str) -> str:
    """Make the previous champion the champion again, and return its version; once more undoes it.

    Raises ForesaleError when there was none before, or when its bundle is of a format this version cannot read.
    """
    before, now = aliased(workspace, task, PREVIOUS), aliased(workspace, task)
    if before is not None and now is not None and before.version == now.version:
        before = None  # a promotion ended half way: what was to become the previous champion still is the champion
    if before is None or before.tags.get(FORMAT_TAG) != str(FORMAT):
        raise ForesaleError(
            f"{model_name(workspace, task)} cannot be rolled back",
            got="no previous champion" if before is None else f"version {before.version} has a bundle of another format",
            expected="a champion before the present one, of this format",
            do=f"foresale promote {task} with a version that passed, or train again",
        )
    make_champion(workspace, task, str(before.version))
    return str(before.version)


def _client(workspace: Workspace) -> MlflowClient:
    return MlflowClient(workspace.mlflow_uri, workspace.mlflow_uri)


def _passed(version: ModelVersion) -> bool:
    """Whether a version passed its gate, and the comparison with the champion where there was one."""
    return version.tags.get(GATE_TAG) == PASSED and version.tags.get(CHALLENGE_TAG, PASSED) == PASSED


def _judged(client: MlflowClient, version: ModelVersion | None) -> Verdict:
    """What the gate said of a version, as its run has it; of one that passed it, what the comparison said."""
    if version is not None and version.tags.get(GATE_TAG) == PASSED:
        return Verdict(False, str(version.tags.get(CHALLENGE_TAG, "")).removeprefix("failed: "))
    said = client.get_run(str(version.run_id)).data.tags.get(GATE_TAG, "") if version else "failed: there is no such version"
    return Verdict(False, said.removeprefix("failed: "))
