"""A new version beside the champion: alike it takes its place, worse it stays challenger, and what overrules that is kept."""

from __future__ import annotations

import getpass
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tomlkit
from mlflow.tracking import MlflowClient
from static_world import leads, workspace, written
from typer.testing import CliRunner

from display.language import Writer
from foresale import open_company
from foresale.cli import app
from foresale.company import Company
from models.bundle import MANIFEST
from models.registry import ARTIFACTS, CHALLENGER, CHAMPION, DESPITE_AT_TAG, DESPITE_BY_TAG, DESPITE_TAG, aliased, bundle_of
from tables.snapshot import Snapshot
from training.challenge import words
from training.challenge.challenge import challenge, week
from training.challenge.paired import Judged, Paired, paired
from training.challenge.top import Move, top
from training.evaluate import Answers
from training.leaks.rules import STRONG, Finding
from training.promote import make_champion
from training.run import Outcome
from workspace.errors import ForesaleError

GOOD = Paired(100, {"auc": (-0.005, 0.01), "log_loss": (0.0, 0.01)}, 0.02, 0.02, 0.03, 5.0)


def test_the_same_answers_gain_nothing_and_are_not_worse() -> None:
    rng = np.random.default_rng(1)
    chance, account = rng.random(400), np.arange(400)
    found = paired(Judged("probability", (rng.random(400) < chance).astype(float), account), *[Answers(chance)] * 2, 1.0)
    assert found.gains == {"auc": (0.0, 0.0), "log_loss": (0.0, 0.0)}
    assert (found.not_worse, found.calibrated, found.quick) == (True, True, True)


def test_noise_is_worse_than_what_tells_and_out_of_its_band() -> None:
    rng = np.random.default_rng(2)
    chance, account = rng.random(400), np.arange(400)
    rows = Judged("probability", (rng.random(400) < chance).astype(float), account)
    found = paired(rows, Answers(rng.random(400) ** 2), Answers(chance), 1.0)
    assert found.gains["auc"][1] < 0 and found.gains["log_loss"][1] < 0
    assert not found.not_worse and not found.calibrated


def test_money_is_judged_by_its_median_order_and_total() -> None:
    rng = np.random.default_rng(3)
    label, account = rng.lognormal(3, 1, 300), np.arange(300)
    right = Answers(label, np.column_stack([label] * 3))
    half = Answers(label / 2, np.column_stack([label / 2] * 3))
    better, worse = (paired(Judged("money", label, account), a, b, 1.0) for a, b in ((right, half), (half, right)))
    assert (better.gains["mae"], better.gains["gini"]) == ((1.0, 1.0), (0.0, 0.0))
    assert (better.not_worse, worse.not_worse, worse.off) == (True, False, pytest.approx(0.5))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"gains": {"auc": (-0.009, -0.001), "log_loss": (0.0, 0.0)}}, "the difference in AUC is -0.0090 to -0.0010"),
        ({"off": 0.031}, "an ECE of 0.031, more than 0.030 and than the champion's 0.020"),
        ({"latency_ms": 100.0}, "takes 100 ms, and must take less than 100"),
        ({"gains": {"mae": (-0.1, 0.03), "gini": (0.0, 0.0)}}, "the share of MAE saved is -0.1000 to +0.0300"),
        ({"off": 0.2, "gains": {"mae": (0.0, 0.1), "gini": (0.0, 0.0)}}, "off by 0.200 of the true one"),
    ],
)
def test_what_speaks_against_a_version_is_said(change: dict[str, object], said: str) -> None:
    assert list(words.refusals(GOOD, Writer("en"))) == []
    (line,) = words.refusals(Paired(**{**vars(GOOD), **change}), Writer("en"))
    assert said in line


def test_the_top_is_compared_by_the_best_newest_row_of_each_account() -> None:
    account, as_of = np.array([7, 8, 9, 9, 9]), np.array([1, 1, 0, 1, 1])
    ours, theirs = np.array([0.9, 0.1, 0.95, 0.2, 0.5]), np.array([0.9, 0.5, 0.99, 0.1, 0.05])
    found = top(account, as_of, ours, theirs, 2)
    assert (found.size, found.changed) == (2, 1)
    assert found.moves == (Move(8, 2, 3, 1), Move(9, 3, 2, 4))


def test_a_week_that_holds_everybody_looks_at_the_usual_number() -> None:
    account, shown = np.arange(80), np.linspace(0, 1, 80)
    found = top(account, np.ones(80, np.int64), shown, -shown, 100)
    assert (found.size, found.changed) == (50, 30)
    assert top(account[:9], np.ones(9, np.int64), shown[:9], shown[:9], 100).size == 9


def test_a_move_reads_like_a_sentence_in_both_languages() -> None:
    places = [Writer("en").ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 61, 102, 111)]
    assert places == ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "61st", "102nd", "111th"]
    assert words.moved(Move(0, 4, 61, 0), "123", Writer("en")) == "account 123: from 4th to 61st"
    assert words.moved(Move(0, 4, 61, 0), "123", Writer("zh")) == "客户 123：由第 4 位降到第 61 位"
    assert words.moved(Move(0, 61, 4, 0), "123", Writer("zh")) == "客户 123：由第 61 位升到第 4 位"


def test_the_week_is_what_the_owners_can_visit_else_fifty(tmp_path: Path) -> None:
    assert week(Snapshot(tmp_path)) == 50
    pd.DataFrame({"owner_id": ["a", "b"], "weekly_capacity": [8.0, 12.0]}).to_parquet(tmp_path / "owners.parquet")
    assert week(Snapshot(tmp_path)) == 20


Three = tuple[Company, list[Outcome]]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Three:
    """The made-up leads, trained twice, and once more after the training leads were won for another cause than before."""
    folder = written(tmp_path_factory.mktemp("challenge"))
    made = workspace(folder, "visits", "origin").model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    made |= {"data_dir": "var", "sources": {"leads": "leads.csv"}}
    (folder / "foresale.toml").write_text(tomlkit.dumps(made), encoding="utf-8")
    found = open_company(folder / "foresale.toml")
    found.ingest()
    outcomes = [found.train()["conversion"], found.train()["conversion"]]
    tested = found.history.accounts["account_id"].to_numpy()[np.unique(outcomes[0].trained.test.account)]
    written(folder, _another_cause(leads(), set(tested)))
    found.ingest()
    return found, [*outcomes, found.train()["conversion"]]


def _another_cause(table: pd.DataFrame, kept: set[str]) -> pd.DataFrame:
    """Of all leads but some, those from a fair are won, however often they were visited."""
    rng = np.random.default_rng(8)
    won = rng.random(len(table)) < np.where(table["origin"] == "fair", 0.6, 0.2)
    return table.assign(won=np.where(table["lead"].isin(kept), table["won"], won.astype(int)))


def test_the_first_version_serves_without_a_comparison_and_the_same_again_takes_its_place(company: Three) -> None:
    first, again, _ = company[1]
    assert (first.promoted, first.challenge) == (True, None)
    assert again.promoted and again.challenge is not None
    assert again.challenge.paired.gains == {"auc": (0.0, 0.0), "log_loss": (0.0, 0.0)}
    assert (again.challenge.champion, again.challenge.top.changed) == ("1", 0)


def test_a_worse_one_stays_challenger_and_says_why(company: Three) -> None:
    found, (*_, worse) = company
    assert worse.trained.verdict.passed and not worse.promoted and worse.in_force
    version = aliased(found.workspace, "conversion", CHALLENGER)
    assert version is not None and str(version.version) == "3"
    assert worse.challenge is not None
    report = found.workspace.data_dir / ARTIFACTS / "conversion" / str(version.run_id) / "artifacts" / "report" / "challenge.json"
    kept = json.loads(report.read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(worse.challenge.as_dict()))
    assert version.tags["challenge"] == f"failed: {worse.challenge.against['en']}"
    assert version.tags["challenge.zh"].splitlines() == list(worse.challenge.lines("zh"))
    assert len(worse.challenge.top.moves) == 3
    assert all(": from " in line for line in worse.challenge.lines("en")[-3:])
    assert all("：由第 " in line for line in worse.challenge.lines("zh")[-3:])
    serving = aliased(found.workspace, "conversion", CHAMPION)
    assert serving is not None and str(serving.version) == "2"


@pytest.mark.parametrize(("tag", "value"), [("bundle_format", "2"), ("contender", "base_rate"), ("bundle_sha256", "0" * 64)])
def test_a_champion_that_cannot_be_heard_is_replaced_without_a_comparison(company: Three, tag: str, value: str) -> None:
    found, (*_, worse) = company
    client, version = MlflowClient(found.workspace.mlflow_uri), aliased(found.workspace, "conversion", CHAMPION)
    assert version is not None
    heard = challenge(found.workspace, found.snapshot, found.history, worse.trained)
    client.set_model_version_tag(version.name, version.version, tag, value)
    try:
        assert challenge(found.workspace, found.snapshot, found.history, worse.trained) is None
    finally:
        client.set_model_version_tag(version.name, version.version, tag, version.tags[tag])
    assert heard is not None and not heard.passed


def test_a_champion_that_is_asked_another_question_or_knows_a_leak_is_not_compared(company: Three) -> None:
    found, (*_, worse) = company
    asked = replace(worse.trained.scorer, population=replace(worse.trained.scorer.population, horizon_days=30))
    other = replace(worse.trained, fitted=replace(worse.trained.fitted, scorer=asked))
    leak = Finding("opportunity.visits", STRONG, {})
    leaking = replace(worse.trained, leaks=replace(worse.trained.leaks, findings=(leak,)))
    for trained in (other, leaking):
        assert challenge(found.workspace, found.snapshot, found.history, trained) is None


def test_a_champion_whose_input_is_gone_is_replaced(company: Three) -> None:
    found, (*_, worse) = company
    left = {key: column for key, column in found.history.columns.items() if "visits" not in key}
    assert len(left) < len(found.history.columns)
    assert challenge(found.workspace, found.snapshot, replace(found.history, columns=left), worse.trained) is None


def test_promoting_it_takes_a_reason_which_is_kept_with_who_and_when(company: Three) -> None:
    found, (*_, worse) = company
    file = str(found.workspace.data_dir.parent / "foresale.toml")
    assert worse.challenge is not None
    refused = CliRunner(env={"LANG": "zh_CN.UTF-8"}).invoke(app, ["--workspace", file, "promote", "conversion", "3"])
    assert isinstance(refused.exception, ForesaleError)
    assert worse.challenge.against["en"] in str(refused.exception)
    assert all(line in refused.output for line in worse.challenge.lines("zh"))
    words_of = ["--workspace", file, "promote", "conversion", "3", "--despite", "a pilot in one team"]
    done = CliRunner(env={"LANG": "en_US.UTF-8"}).invoke(app, words_of)
    assert done.exit_code == 0, done.output
    version = aliased(found.workspace, "conversion", CHAMPION)
    assert version is not None and str(version.version) == "3"
    assert (version.tags[DESPITE_TAG], version.tags[DESPITE_BY_TAG]) == ("a pilot in one team", getpass.getuser())
    assert f"{getpass.getuser()} overruled that at {version.tags[DESPITE_AT_TAG]}: a pilot in one team" in done.output
    assert version.tags[DESPITE_AT_TAG].endswith("+00:00")
    assert aliased(found.workspace, "conversion", CHALLENGER) is None
    assert found.rollback("conversion") == "2"


def test_the_alias_never_points_at_a_bundle_that_does_not_read_back(company: Three) -> None:
    found, _ = company
    client, name = MlflowClient(found.workspace.mlflow_uri), f"foresale-{found.workspace.name}-conversion"
    _, folder = bundle_of(found.workspace, client.get_model_version(name, "1"))
    whole = (folder / MANIFEST).read_bytes()
    (folder / MANIFEST).write_bytes(whole[:-9])
    with pytest.raises(ForesaleError, match="is not the one registered"):
        make_champion(found.workspace, "conversion", "1")
    (folder / MANIFEST).write_bytes(whole)
    serving = aliased(found.workspace, "conversion", CHAMPION)
    assert serving is not None and str(serving.version) == "2"
