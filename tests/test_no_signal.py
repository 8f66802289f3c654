"""A company whose outcomes are chance: trained, answered with the base rate, said so, and nothing promotes it."""

from __future__ import annotations

import pandas as pd
import pytest
from typer.testing import CliRunner

import foresale
from benchmarks.noise_companies import noise, written
from foresale.cli import app
from foresale.commands.train import NOTHING_IN_FORCE
from foresale.company import Company
from models.registry import CHAMPION, FALLBACK, aliased
from workspace.errors import ForesaleError


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Two hundred leads without dates, drawn at random, ingested and trained."""
    file = written(tmp_path_factory.mktemp("noise"), noise(4))
    found = foresale.open_company(file)
    found.ingest()
    found.train()
    return found


def test_nothing_is_champion_and_the_base_rate_answers(company: Company) -> None:
    assert aliased(company.workspace, "conversion", CHAMPION) is None
    assert aliased(company.workspace, "conversion", FALLBACK) is not None
    answer, other = company.predict("conversion", ["L00003", "L00004"])
    assert (answer.status, answer.reasons) == ("no_signal", ())
    won = pd.read_csv(company.workspace.data_dir.parent / "leads.csv")["outcome"].eq("won")
    assert answer.shown == other.shown == pytest.approx(won.mean(), abs=0.06)  # of the accounts that are not held out
    assert answer.shown == answer.base_shown


def test_no_reason_promotes_it(company: Company) -> None:
    with pytest.raises(ForesaleError, match="no usable signal") as caught:
        company.promote("conversion", "1", "we would like to")
    assert "train again" in str(caught.value)


def test_the_command_says_so_and_has_a_status_of_its_own(company: Company) -> None:
    file = company.workspace.data_dir.parent / "foresale.toml"
    done = CliRunner().invoke(app, ["--workspace", str(file), "train"])
    assert done.exit_code == NOTHING_IN_FORCE
    assert "everybody is answered with the base rate" in done.output
