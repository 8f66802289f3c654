"""The companies of the benchmark without signal: half without dates, and nothing visible that tells an outcome."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.noise_companies import COMPANIES, noise, written
from tables.ingest import ingest
from workspace.workspace import load_workspace

ALL = [noise(number) for number in range(COMPANIES)]


def table(folder: Path, number: int) -> pd.DataFrame:
    """The rows of one company."""
    return pd.read_csv(written(folder, noise(number)).with_name("leads.csv"))


def test_half_are_without_dates_and_some_of_the_others_move() -> None:
    assert sum(company.dated for company in ALL) == COMPANIES // 2
    assert 0 < sum(company.moving for company in ALL) < COMPANIES // 2
    assert (min(company.rows for company in ALL), max(company.rows for company in ALL)) == (100, 3000)
    assert {3, 40} <= {levels for company in ALL for levels in company.levels}


def test_the_same_number_gives_the_same_bytes(tmp_path: Path) -> None:
    first, again = (written(tmp_path / name, noise(5)).with_name("leads.csv").read_bytes() for name in ("first", "again"))
    assert first == again


@pytest.mark.parametrize("number", [2, 3, 5])
def test_every_row_of_a_company_is_accepted(tmp_path: Path, number: int) -> None:
    counts = ingest(load_workspace(written(tmp_path, noise(number)))).as_dict()
    assert counts["opportunities"]["accepted"] == noise(number).rows


def test_where_wins_move_they_move_by_month_and_are_decided_after_it(tmp_path: Path) -> None:
    rows = table(tmp_path, 19)
    opened, closed = (pd.to_datetime(rows[name]) for name in ("opened", "closed"))
    month = (opened - pd.Timestamp("2024-01-01")).dt.days // 30
    shares = (rows["outcome"] == "won").groupby(month).mean()
    assert shares.max() - shares.min() > 0.3
    assert month.eq((closed - pd.Timestamp("2024-01-01")).dt.days // 30).sum() == 0


def test_no_input_tells_the_outcome(tmp_path: Path) -> None:
    rows = table(tmp_path, 18)
    won = rows["outcome"] == "won"
    numbers = rows.filter(like="number").to_numpy()
    assert np.abs([np.corrcoef(column[~np.isnan(column)], won[~np.isnan(column)])[0, 1] for column in numbers.T]).max() < 0.06
