"""A workspace that is copied, and the original deleted: it trains, scores and serves where it lies now."""

from __future__ import annotations

import io
import shutil
import sqlite3
import tomllib
from pathlib import Path

import pytest
import tomlkit
from serving_world import World, serving, wait_until_ready
from static_world import workspace, written

from foresale import open_company
from foresale.company import Company
from models.registry import champion
from serving.app import create_app
from serving.loading import load_engine
from serving.settings import Settings


def written_company(folder: Path) -> Path:
    """The made-up leads with a workspace file whose paths are relative, ingested and trained."""
    folder.mkdir()
    made = workspace(written(folder), "visits", "origin").model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    made |= {"data_dir": "var", "sources": {"leads": "leads.csv"}, "database_url": "sqlite:///var/scores.db"}
    (folder / "foresale.toml").write_text(tomlkit.dumps(made), encoding="utf-8")
    company = open_company(folder / "foresale.toml")
    company.ingest()
    company.train()
    return folder


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A copy of a company at another place; the original is gone."""
    home = tmp_path_factory.mktemp("places")
    first = written_company(home / "first")
    shutil.copytree(first, home / "second")
    shutil.rmtree(first)
    return open_company(home / "second" / "foresale.toml")


def test_the_copy_answers_with_the_model_it_came_with(copied: Company) -> None:
    found = champion(copied.workspace, "conversion")
    assert found is not None and found[1].is_relative_to(copied.workspace.data_dir)
    assert copied.predict("conversion", ["L0001"])[0].shown is not None
    assert copied.score()[0] == len(copied.scores())
    assert (copied.workspace.data_dir / "scores.db").is_file()


def test_the_copy_trains_and_serves_and_nothing_is_written_where_it_came_from(copied: Company) -> None:
    outcome = copied.train()["conversion"]
    assert outcome.model.version == "2"
    log = io.StringIO()
    with copied.store() as store:
        app = create_app(Settings(copied.workspace), lambda: load_engine(copied.workspace), store, log_stream=log)
        with serving(app, log) as server:
            world = World(server, store, copied.engine)
            wait_until_ready(world, 60)
            answer = world.post({"items": [{"opportunity_id": "L0001"}]}).json()
    assert answer["items"][0]["conversions"][0]["status"] == "ok"
    first = copied.workspace.data_dir.parents[1] / "first"
    assert not first.exists()
    dump = "\n".join(sqlite3.connect(copied.workspace.data_dir / "mlflow.db").iterdump())
    assert "/first/" not in dump
    assert f"{copied.workspace.data_dir}/mlartifacts/conversion" in dump


def test_the_workspace_file_names_no_folder_of_the_machine(copied: Company) -> None:
    raw = tomllib.loads((copied.workspace.data_dir.parent / "foresale.toml").read_text(encoding="utf-8"))
    assert (raw["data_dir"], raw["sources"]["leads"]) == ("var", "leads.csv")
