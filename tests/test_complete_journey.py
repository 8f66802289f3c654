"""The main job on real data: ingest reconciles, models beat the baselines, and every way to a score gives the same bits."""

from __future__ import annotations

from pathlib import Path

import mlflow
import numpy as np
import pytest
from mlflow.tracking import MlflowClient

from models.calibrate import inverse_link
from models.prediction import Prediction
from models.registry import CHAMPION, SHA_TAG, champion, model_name
from serving.engine import Engine, UnknownEntity
from serving.store.scores import Store
from tables.ingest import IngestResult
from tests.conftest import TEST_DAY
from training.leaks.gate import unused_overrules
from training.train import Trained
from workspace.workspace import Workspace

HOUSEHOLDS = 500


def stored(store: Store, task: str) -> dict[str, Prediction]:
    """The stored predictions of a task by entity."""
    run = store.latest_run()
    assert run is not None
    return {p.entity_id: p for p in store.predictions(run) if p.task == task}


def test_every_row_is_accounted_for(ingested: IngestResult) -> None:
    assert {name: count.read for name, count in ingested.counts.items()} == {
        "accounts": 2469,
        "opportunities": 6589,
        "interactions": 8691,
        "orders": 155_848,
        "order_lines": 1_469_307,
    }
    assert all(count.read == count.accepted + count.quarantined for count in ingested.counts.values())


def test_the_test_rows_are_those_of_the_task(trained: dict[str, Trained]) -> None:
    conversion, churn = trained["conversion"].test_evaluation, trained["churn"].test_evaluation
    assert (conversion.n, conversion.positives) == (1877, 284)
    assert (churn.n, churn.positives) == (2323, 336)


def test_training_outcomes_end_before_the_test_begins(trained: dict[str, Trained]) -> None:
    for result in trained.values():
        assert result.train.spine.until.max() <= result.test.spine.as_of.min()


@pytest.mark.parametrize("task", ["conversion", "value", "churn"])
def test_models_pass_the_gate_even_with_a_quarter_of_the_cutoffs(trained: dict[str, Trained], task: str) -> None:
    assert trained[task].verdict.passed, trained[task].verdict.reason


def test_the_example_leaves_no_question_of_the_leak_gate_open(trained: dict[str, Trained]) -> None:
    assert [f.feature for result in trained.values() for f in result.leaks.findings if f.verdict != "overruled"] == []
    unused = unused_overrules(result.leaks for result in trained.values())
    assert unused == [], "an answer that nobody asked for"


def test_reasons_add_up_to_the_shown_number(scored: Store, journey: Engine) -> None:
    for task, loaded in journey.loaded.items():
        for prediction in stored(scored, task).values():
            if prediction.status != "ok" or prediction.base_link is None or prediction.link is None:
                continue
            total = prediction.base_link + sum(d.contribution for d in prediction.dimensions)
            assert abs(total - prediction.link) < 1e-9
            assert inverse_link(loaded.scorer.kind, prediction.link) == prediction.shown
            points = sum(d.points for d in prediction.dimensions)
            assert points == pytest.approx(prediction.shown - prediction.base_shown, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("task", ["value", "churn"])
def test_stored_served_and_training_agree_bit_for_bit(
    scored: Store, journey: Engine, trained: dict[str, Trained], task: str
) -> None:
    rows = trained[task].test
    ids = [str(journey.history.accounts["account_id"].iat[code]) for code in rows.account[:HOUSEHOLDS]]
    assert len(ids) == HOUSEHOLDS
    kept, served = stored(scored, task), journey.predict(task, ids, TEST_DAY, with_features=True)
    assert [p.shown for p in served] == [kept[key].shown for key in ids]
    assert [p.link for p in served] == [kept[key].link for key in ids]
    names = journey.loaded[task].scorer.encoding.names
    ours = np.array([[p.features[n] if isinstance(p.features[n], float) else np.nan for n in names] for p in served])
    theirs = rows.frame[names].head(HOUSEHOLDS).apply(lambda column: column if column.dtype == float else np.nan).to_numpy(float)
    assert np.array_equal(ours.view(np.int64), theirs.view(np.int64))
    categorical = [n for n in names if rows.frame[n].dtype == object]
    assert categorical
    assert [[p.features[n] for n in categorical] for p in served] == [
        [None if v != v else v for v in row] for row in rows.frame[categorical].head(HOUSEHOLDS).to_numpy(object).tolist()
    ]


def test_campaign_scores_agree_at_their_own_cutoffs(journey: Engine, trained: dict[str, Trained]) -> None:
    from datetime import UTC, datetime

    rows, loaded = trained["conversion"].test, journey.loaded["conversion"]
    link = loaded.scorer.link(loaded.scorer.matrix(rows.frame))
    for position in range(0, len(rows), 200):
        key = str(journey.history.opportunities["opportunity_id"].iat[rows.spine.opportunity[position]])
        served = journey.predict("conversion", [key], datetime.fromtimestamp(int(rows.spine.as_of[position]), UTC))[0]
        assert served.status == "ok"
        assert served.link == pytest.approx(link[position], abs=1e-12)


def test_the_registry_holds_champions_with_their_bundle_hash(
    demo_workspace: Workspace, trained: dict[str, Trained], journey: Engine
) -> None:
    client = MlflowClient(demo_workspace.mlflow_uri)
    for task in trained:
        version = client.get_model_version_by_alias(model_name(demo_workspace, task), CHAMPION)
        assert version.tags[SHA_TAG] == journey.models[task].bundle_sha256
        run = client.get_run(version.run_id)
        assert {item.dataset.name for item in run.inputs.dataset_inputs} == {f"{task}-train", f"{task}-test"}
        logged = {file.path for file in client.list_artifacts(version.run_id, "report")}
        assert {"report/report.html", "report/report.zh.html", "report/calibration.svg", "report/model_card.md"} <= logged


def test_the_pyfunc_around_the_bundle_gives_the_same_numbers(
    demo_workspace: Workspace, journey: Engine, trained: dict[str, Trained]
) -> None:
    import mlflow

    mlflow.set_tracking_uri(demo_workspace.mlflow_uri)
    model = mlflow.pyfunc.load_model(f"models:/{model_name(demo_workspace, 'churn')}@{CHAMPION}")
    scorer, rows = trained["churn"].fitted.scorer, trained["churn"].test.frame.head(5)
    frame = rows[scorer.encoding.names]
    plain = frame.astype({name: "str" for name in frame if frame[name].dtype == object})
    assert model.predict(plain).tolist() == scorer.shown(scorer.matrix(rows)).tolist()


def test_inactive_accounts_get_no_number_and_unknown_ids_are_named(journey: Engine) -> None:
    inside = set(journey.population("churn", TEST_DAY))
    outside = [key for key in journey.everyone("churn") if key not in inside]
    answer = journey.predict("churn", outside[:1], TEST_DAY)[0]
    assert (answer.status, answer.shown) == ("not_in_population", None)
    with pytest.raises(UnknownEntity, match="1 unknown ids"):
        journey.predict("churn", ["nobody"], TEST_DAY)


def test_the_champion_is_found_whatever_store_the_process_used_last(
    demo_workspace: Workspace, trained: dict[str, Trained], tmp_path: Path
) -> None:
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'other.db'}")
    try:
        assert champion(demo_workspace, "churn") is not None
    finally:
        mlflow.set_tracking_uri(before)
