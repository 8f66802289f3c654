"""kill -9 at random moments of a training: the champion's alias is whole, and the next training ends the runs that were left."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from mlflow.tracking import MlflowClient

from benchmarks.proofs.kills import alias_is_whole, company_of_leads, killed, runs
from foresale import open_company
from foresale.company import Company
from models.bundle import MANIFEST
from models.registry import CHAMPION, aliased, bundle_of
from training.tracking import end_interrupted
from workspace.errors import ForesaleError


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The leads with one champion."""
    company = open_company(company_of_leads(tmp_path_factory.mktemp("kills"), 400))
    company.train()
    return company


def test_a_killed_training_leaves_the_alias_whole_and_the_next_one_ends_its_run(tmp_path: Path) -> None:
    company = open_company(company_of_leads(tmp_path, 400))
    for after_s in np.random.default_rng().uniform(2, 20, 3):
        done = killed(tmp_path / "foresale.toml", ["train"], float(after_s))
        assert done.whole, done
    assert company.train()["conversion"].in_force
    assert runs(company)["RUNNING"] == 0
    assert aliased(company.workspace, "conversion", CHAMPION) is not None and alias_is_whole(company)


def test_runs_that_were_left_running_are_ended_and_those_of_others_are_not(trained: Company) -> None:
    client = MlflowClient(trained.workspace.mlflow_uri)
    own = client.get_experiment_by_name("foresale-kills-conversion")
    assert own is not None
    others = client.create_experiment("foresale-kills-west-conversion")
    client.create_run(own.experiment_id)
    client.create_run(others)
    assert end_interrupted(trained.workspace) == 1
    assert runs(trained) == Counter(FINISHED=1, KILLED=1)
    assert [run.info.status for run in client.search_runs([others])] == ["RUNNING"]


def test_a_damaged_bundle_is_not_taken_for_a_whole_one(trained: Company) -> None:
    version = aliased(trained.workspace, "conversion", CHAMPION)
    assert version is not None and alias_is_whole(trained)
    manifest = bundle_of(trained.workspace, version)[1] / MANIFEST
    whole = manifest.read_bytes()
    manifest.write_bytes(whole[1:])
    assert not alias_is_whole(trained)
    manifest.write_bytes(whole)


def test_rolling_back_to_the_champion_itself_is_refused(trained: Company) -> None:
    MlflowClient(trained.workspace.mlflow_uri).set_registered_model_alias("foresale-kills-conversion", "previous_champion", "1")
    with pytest.raises(ForesaleError, match="no previous champion"):
        trained.rollback("conversion")
