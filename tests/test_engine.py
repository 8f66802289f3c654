"""The engine and its bundles: exact after a round trip, the same bytes each time, and refused when anything is off."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from serving_world import AS_OF, NEWCOMER, OUTSIDERS, company_engine, fitted, tables, workspace

from models.bundle import MANIFEST, read_bundle, verify, write_bundle
from models.bundle_check import verify_in_child
from models.timing import Timing
from serving.engine import Engine, UnknownEntity
from serving.loading import load_engine
from tables.ingest import ingest
from training.tasks import TASKS
from workspace.errors import ForesaleError
from workspace.mapping import DIMENSIONS

Bundle = tuple[Path, str]
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The engine of the small company."""
    return company_engine()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The value model's bundle, which holds its quantile models too, and its hash."""
    folder = tmp_path_factory.mktemp("bundle")
    return folder, write_bundle(folder, *fitted("value"))


@pytest.fixture
def copy(written: Bundle, tmp_path: Path) -> Bundle:
    """A copy that a test may damage."""
    return Path(shutil.copytree(written[0], tmp_path / "copy")), written[1]


def sealed(folder: Path) -> str:
    """A manifest that fits the files as they are now: damage that hashes alone do not reveal. Returns its hash."""
    files = sorted(path for path in folder.iterdir() if path.name != MANIFEST)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (folder / MANIFEST).write_text("".join(lines), encoding="utf-8")
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def flip_a_bit(path: Path) -> None:
    """Change the lowest bit of the byte in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def edit(folder: Path, **changes: object) -> None:
    """Change entries of scorer.json."""
    path = folder / "scorer.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


@pytest.mark.parametrize("task", TASKS)
def test_a_bundle_read_back_scores_bit_for_bit(task: str, tmp_path: Path) -> None:
    scorer, matrix = fitted(task)
    again = read_bundle(tmp_path, write_bundle(tmp_path, scorer, matrix))
    assert np.array_equal(again.link(matrix), scorer.link(matrix))
    assert np.array_equal(again.shown(matrix), scorer.shown(matrix))
    for got, want in zip(again.contributions(matrix), scorer.contributions(matrix), strict=True):
        assert np.array_equal(got, want)
    assert (again.encoding, again.calibration, again.reference) == (scorer.encoding, scorer.calibration, scorer.reference)


def test_intervals_survive_the_round_trip(written: Bundle) -> None:
    scorer, matrix = fitted("value")
    again = read_bundle(*written)
    assert again.interval is not None
    assert scorer.interval is not None
    shown = scorer.shown(matrix)
    assert np.array_equal(again.interval.predict(matrix, shown), scorer.interval.predict(matrix, shown))


@pytest.mark.parametrize("task", TASKS)
def test_the_same_scorer_gives_the_same_bytes(task: str, tmp_path: Path) -> None:
    first, again = (write_bundle(tmp_path / folder, *fitted(task)) for folder in ("1", "2"))
    assert first == again
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_fitting_the_same_data_again_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_bundle(tmp_path / "1", *fitted("churn"))
    assert write_bundle(tmp_path / "2", *fitted.__wrapped__("churn")) == first


@pytest.mark.parametrize("task", TASKS)
def test_a_bundle_holds_no_path_no_time_and_no_thread_count(task: str, tmp_path: Path) -> None:
    write_bundle(tmp_path, *fitted(task))
    text = "\n".join(path.read_text(encoding="utf-8") for path in tmp_path.iterdir())
    for word in ("num_threads", "machines", str(tmp_path), str(Path.home()), str(Path.cwd()), os.sep + "tmp"):
        assert word not in text
    assert not re.search(r"\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|run_id", text)


def test_a_sound_bundle_passes_the_child(written: Bundle) -> None:
    verify_in_child({"value": written})


@pytest.mark.parametrize("name", ["model.txt", "amount.txt", "scorer.json", "golden.json"])
def test_one_flipped_bit_is_refused(copy: Bundle, name: str) -> None:
    flip_a_bit(copy[0] / name)
    with pytest.raises(ForesaleError, match="is damaged"):
        read_bundle(*copy)


def test_a_flipped_bit_in_the_manifest_is_refused(copy: Bundle) -> None:
    flip_a_bit(copy[0] / MANIFEST)
    with pytest.raises(ForesaleError, match="not the one registered"):
        read_bundle(*copy)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "golden.json").unlink(),
        lambda folder: (folder / "extra.txt").write_text("x", encoding="utf-8"),
        lambda folder: (folder / "inner").mkdir(),
        lambda folder: (folder / "nothing.txt").rename(folder / "p11.txt"),
    ],
    ids=["missing file", "extra file", "extra folder", "renamed file"],
)
def test_other_files_than_the_manifest_names_are_refused(copy: Bundle, damage: Callable[[Path], None]) -> None:
    damage(copy[0])
    with pytest.raises(ForesaleError, match=r"(?s)is damaged.*restore the artifact") as caught:
        verify(*copy)
    assert "exactly the files and hashes" in str(caught.value)


def test_a_bundle_with_another_hash_than_the_registered_one_is_refused(copy: Bundle) -> None:
    with pytest.raises(ForesaleError, match="not the one registered"):
        read_bundle(copy[0], "0" * 64)


def test_a_bundle_without_a_manifest_is_refused(copy: Bundle) -> None:
    (copy[0] / MANIFEST).unlink()
    with pytest.raises(ForesaleError, match="not the one registered"):
        read_bundle(*copy)


def test_another_calibration_does_not_reproduce_the_golden_rows(copy: Bundle) -> None:
    edit(copy[0], calibration={"a": 1.0, "b": 0.0})
    with pytest.raises(ForesaleError, match="does not reproduce its golden rows"):
        read_bundle(copy[0], sealed(copy[0]))


def test_a_missing_number_among_the_golden_rows_is_refused(copy: Bundle) -> None:
    edit(copy[0], calibration={"a": float("nan"), "b": 0.0})
    with pytest.raises(ForesaleError, match="does not reproduce its golden rows"):
        read_bundle(copy[0], sealed(copy[0]))


def test_text_that_breaks_the_parser_fails_in_the_child_and_not_here(copy: Bundle) -> None:
    path = copy[0] / "model.txt"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ForesaleError, match="a bundle cannot be read") as caught:
        verify_in_child({"value": (copy[0], sealed(copy[0]))})
    assert re.search(r"exit code -?\d+ from value", str(caught.value))


def test_a_parser_that_takes_too_long_is_stopped(written: Bundle) -> None:
    with pytest.raises(ForesaleError, match="a bundle cannot be read"):
        verify_in_child({"value": written}, timeout_s=0.01)


def test_a_script_without_a_main_guard_may_ask_beside_a_folder_of_its_own_models(written: Bundle, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").write_text("raise ImportError", encoding="utf-8")
    asked = f"verify_in_child({{'value': (Path({str(written[0])!r}), {written[1]!r})}})"
    script = tmp_path / "asks.py"
    imports = f"import sys; sys.path[0] = {str(ROOT)!r}; from models.bundle_check import verify_in_child"
    script.write_text(f"from pathlib import Path\n{imports}\n{asked}\nprint('read')", encoding="utf-8")
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "read", done.stderr


def test_without_data_there_is_no_engine(tmp_path: Path) -> None:
    with pytest.raises(ForesaleError, match="foresale ingest"):
        load_engine(workspace(tmp_path))


def test_without_a_champion_there_is_no_engine(tmp_path: Path) -> None:
    tables()["accounts"].to_csv(tmp_path / "accounts.csv", index=False)
    company = workspace(tmp_path)
    ingest(company)
    with pytest.raises(ForesaleError, match="there is no model to serve") as caught:
        load_engine(company)
    assert "foresale train" in str(caught.value)


def test_a_task_without_a_champion_is_named(engine: Engine) -> None:
    only = replace(engine, loaded={"value": engine.loaded["value"]})
    with pytest.raises(ForesaleError, match=r"(?s)task churn has no champion.*one of value"):
        only.predict("churn", ["A001"], AS_OF)


def test_the_history_ends_at_its_last_event(engine: Engine) -> None:
    assert engine.latest_as_of == AS_OF


def test_unknown_ids_are_all_named(engine: Engine) -> None:
    with pytest.raises(UnknownEntity) as caught:
        engine.predict("churn", ["x", "A001", "y"], AS_OF)
    assert caught.value.ids == ["x", "y"]


@pytest.mark.parametrize("task", TASKS)
def test_one_alone_equals_the_batch_in_any_order(engine: Engine, task: str) -> None:
    ids = engine.population(task, AS_OF)
    whole = dict(zip(ids, engine.predict(task, ids, AS_OF), strict=True))
    assert engine.predict(task, ids[::-1], AS_OF) == [whole[key] for key in ids[::-1]]
    for key in ids[::7]:
        assert engine.predict(task, [key], AS_OF) == [whole[key]]


@pytest.mark.parametrize("task", TASKS)
def test_base_and_dimensions_make_the_link(engine: Engine, task: str) -> None:
    answers = [p for p in engine.predict(task, engine.population(task, AS_OF), AS_OF) if p.status == "ok"]
    assert len(answers) >= 39
    for answer in answers:
        assert answer.base_link is not None
        assert answer.base_link + sum(d.contribution for d in answer.dimensions) == pytest.approx(answer.link, abs=1e-9)
        assert {d.dimension for d in answer.dimensions} <= set(DIMENSIONS)


def test_who_never_bought_has_no_risk_and_is_still_answered(engine: Engine) -> None:
    answers = engine.predict("churn", sorted(OUTSIDERS), AS_OF)
    assert [(p.status, p.shown, p.horizon_days) for p in answers] == [("not_in_population", None, None)] * 3


def test_a_newcomer_gets_the_base_rate_and_no_reason(engine: Engine) -> None:
    answer = engine.predict("conversion", [f"{NEWCOMER}-1"], AS_OF)[0]
    reference = engine.loaded["conversion"].scorer.reference
    assert (answer.status, answer.link, answer.reasons) == ("insufficient_history", reference.base_link, ())


def test_a_closed_opportunity_is_in_no_population_but_was_in_one(engine: Engine) -> None:
    opportunities = engine.history.opportunities
    opened = opportunities.loc[opportunities["opportunity_id"] == "A001-2", "opened_at"].item()
    then = opened.to_pydatetime() + timedelta(hours=1)
    statuses = [engine.predict("conversion", ["A001-2"], moment)[0].status for moment in (AS_OF, then)]
    assert statuses == ["not_in_population", "ok"]


def test_facts_hold_names_last_contacts_and_amounts(engine: Engine) -> None:
    facts, crm = engine.facts(AS_OF), tables()
    assert facts.names == dict(zip(crm["accounts"]["account_id"], crm["accounts"]["name"], strict=True))
    last = crm["interactions"].groupby("account_id")["occurred_at"].max()
    assert facts.last_contact == {key: moment.to_pydatetime() for key, moment in last.items()}
    assert f"{NEWCOMER}-1" not in facts.amounts_minor
    assert len(facts.amounts_minor) == len(crm["opportunities"]) - 1


def test_features_come_only_when_asked_for(engine: Engine) -> None:
    plain, full = (engine.predict("value", ["A001"], AS_OF, with_features=asked)[0] for asked in (False, True))
    assert plain.features is None
    assert full.features is not None
    assert list(full.features) == engine.loaded["value"].scorer.encoding.names
    assert full.contributions is not None
    assert full.base_link is not None
    assert full.base_link + sum(full.contributions.values()) == pytest.approx(full.link, abs=1e-9)
    assert replace(full, features=None, contributions=None) == plain


def dated(engine: Engine, timing: Timing | None) -> Engine:
    """The engine with a model of conversion within 60 days."""
    loaded = engine.loaded["conversion"]
    population = replace(loaded.scorer.population, horizon_days=60)
    return replace(
        engine, loaded={"conversion": replace(loaded, scorer=replace(loaded.scorer, timing=timing, population=population))}
    )


def test_sooner_is_never_likelier_and_a_forecast_adds_up_to_the_chances(engine: Engine) -> None:
    asked = dated(engine, Timing((0.0, 10.0, 60.0), (0.4, 0.6), spread=0.1))
    ids = asked.population("conversion", AS_OF)
    chances = np.array([[p.shown for p in asked.predict("conversion", ids, AS_OF, within_days=days)] for days in range(1, 61)])
    assert (np.diff(chances, axis=0) >= -1e-12).all()
    parts = asked.forecast(AS_OF)
    assert sum(part.wins for part in parts) == pytest.approx(chances[-1].sum())
    assert parts[0].first == AS_OF and parts[-1].until == AS_OF + timedelta(days=60)
    assert all(part.wins_range[0] <= part.wins <= part.wins_range[1] for part in parts if part.wins > 1)
    assert asked.predict("conversion", ids[:1], AS_OF, within_days=30)[0].horizon_days == 30


def test_a_model_that_does_not_know_when_wins_come_forecasts_nothing(engine: Engine) -> None:
    with pytest.raises(ForesaleError, match=r"set it in foresale\.toml, and run: foresale train"):
        dated(engine, None).forecast(AS_OF)
