"""A column declared as fixed that changes between two ingests, without a history that says when, is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from static_world import leads, workspace, written

from features.drift import Changed, changed_columns
from features.errors import ForesaleError
from features.ingest import ingest
from features.store import load_history
from features.workspace import Workspace, parse_workspace
from training.tasks import TASKS
from training.train import train_task


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


def test_a_column_with_a_field_history_may_change(tmp_path: Path) -> None:
    company = workspace(written(tmp_path), "origin")
    raw = company.model_dump()
    raw["sources"]["changes"] = str(tmp_path / "changes.csv")
    raw["tables"]["field_history"] = {"source": "changes"}
    (tmp_path / "changes.csv").write_text("table,entity_id,field,value,occurred_at\n"
                                          "opportunities,L0001,origin,moved,2025-01-01\n")
    dated = parse_workspace(raw, tmp_path / "foresale.toml")
    ingest(dated)
    again(tmp_path, dated)
    assert changed_columns(dated) == ()


def test_reading_a_table_in_another_way_is_no_change(tmp_path: Path) -> None:
    company = workspace(written(tmp_path), "origin")
    ingest(company)
    raw = company.model_dump()
    raw["tables"]["opportunities"]["query"] = raw["tables"]["opportunities"]["query"].replace("* exclude (lead, won)",
                                                                                              "upper(origin) as origin")
    other = parse_workspace(raw, tmp_path / "foresale.toml")
    ingest(other)
    assert changed_columns(other) == ()
