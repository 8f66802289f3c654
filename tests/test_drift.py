"""A column declared as fixed that changes between two ingests, without a history that says when, is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from static_world import leads, workspace, written

from features.history_file import load_history
from tables.changed_columns import Changed, changed_columns
from tables.ingest import ingest
from training.tasks import TASKS
from training.train import train_task
from workspace.errors import ForesaleError
from workspace.workspace import Workspace, parse_workspace


def again(folder: Path, company: Workspace) -> None:
    """Ingest once more after three leads of the file changed their origin."""
    table = leads()
    table.loc[:2, "origin"] = "moved"
    written(folder, table)
    ingest(company)


def test_what_changed_is_counted_and_kept_when_nothing_changes_again(tmp_path: Path) -> None:
    company = workspace(written(tmp_path), "visits", "origin")
    ingest(company)
    assert changed_columns(company) == ()
    again(tmp_path, company)
    ingest(company)
    assert changed_columns(company) == (Changed("opportunities", "origin", 1500, 3),)


def test_training_refuses_it_with_the_remedy(tmp_path: Path) -> None:
    company = workspace(written(tmp_path), "visits", "origin")
    ingest(company)
    again(tmp_path, company)
    with pytest.raises(ForesaleError, match="3 of 1500 keys hold another value") as caught:
        train_task(company, load_history(ingest(company).snapshot), TASKS["conversion"])
    assert "leave opportunity.origin out of the workspace; map its changes as field_history; or" in str(caught.value)


def with_history(folder: Path, *dated: str) -> Workspace:
    """The company with a field history that dates the change of some leads."""
    raw = workspace(written(folder), "origin").model_dump()
    raw["sources"]["changes"] = str(folder / "changes.csv")
    raw["tables"]["field_history"] = {"source": "changes"}
    lines = [f"opportunities,{lead},origin,moved,2025-01-01" for lead in dated]
    (folder / "changes.csv").write_text("\n".join(["table,entity_id,field,value,occurred_at", *lines]))
    return parse_workspace(raw, folder / "foresale.toml")


def test_a_change_that_the_field_history_dates_is_none(tmp_path: Path) -> None:
    moved = [str(lead) for lead in leads()["lead"][:3]]
    for number, (dated, left) in enumerate(((moved, ()), (moved[:1], (Changed("opportunities", "origin", 1500, 2),)))):
        folder = tmp_path / str(number)
        folder.mkdir()
        company = with_history(folder, *dated)
        ingest(company)
        again(folder, company)
        assert changed_columns(company) == left


def test_what_was_found_is_not_forgotten_at_the_next_ingest(tmp_path: Path) -> None:
    company = workspace(written(tmp_path), "visits", "origin")
    ingest(company)
    again(tmp_path, company)
    table = leads()
    table.loc[:2, "origin"] = "moved"
    table.loc[5, "visits"] = 77
    written(tmp_path, table)
    ingest(company)
    assert changed_columns(company) == (Changed("opportunities", "origin", 1500, 3), Changed("opportunities", "visits", 1500, 1))


def test_reading_a_table_in_another_way_is_no_change(tmp_path: Path) -> None:
    company = workspace(written(tmp_path), "origin")
    ingest(company)
    raw = company.model_dump()
    raw["tables"]["opportunities"]["query"] = raw["tables"]["opportunities"]["query"].replace(
        "* exclude (lead, won)", "upper(origin) as origin"
    )
    other = parse_workspace(raw, tmp_path / "foresale.toml")
    ingest(other)
    assert changed_columns(other) == ()
