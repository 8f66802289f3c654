"""The bundle: JSON, golden rows and LightGBM text of trees, under a SHA-256 manifest. No pickle, no time, no path inside.

The same data and configuration give the same bytes; the manifest's own hash identifies the bundle.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np

from features.feature import feature_from_dict
from features.population import Population
from models.additive import additive_from_dict
from models.bgnbd import bg_nbd_from_dict
from models.calibrate import Linear
from models.encode import Encoding
from models.model import Floats, Model, Trees
from models.scorer import Hurdle, Interval, Multiples, Reference, Scorer
from models.timing import Timing
from workspace.errors import ForesaleError

MANIFEST = "MANIFEST.sha256"
FORMAT = 4
_GOLDEN_ROWS = 20
_HURDLE = ("nothing", "amount")
_TOLERANCE = 1e-9


def write_bundle(folder: Path, scorer: Scorer, matrix: Floats) -> str:
    """Write the scorer and golden rows (from `matrix`) into an empty folder; returns the manifest's SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"scorer.json": _json(_describe(scorer)), "golden.json": _json(_golden(scorer, matrix))}
    if isinstance(scorer.model, Trees):
        files["model.txt"] = _model_text(scorer.model.booster)
    if isinstance(scorer.interval, Hurdle):
        files |= {f"{name}.txt": _model_text(getattr(scorer.interval, name).booster) for name in _HURDLE}
    if scorer.timing is not None and scorer.timing.trees is not None:
        files["timing.txt"] = _model_text(scorer.timing.trees.booster)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    manifest = "".join(f"{_sha256(folder / name)}  {name}\n" for name in sorted(files))
    (folder / MANIFEST).write_text(manifest, encoding="utf-8", newline="\n")
    return _sha256(folder / MANIFEST)


def read_bundle(folder: Path, sha256: str) -> Scorer:
    """Verify every hash against the manifest whose own hash is `sha256`, then parse and re-score the golden rows.

    Raises ForesaleError on any difference. Parsing text that was verified cannot run code.
    """
    verify(folder, sha256)
    described = json.loads((folder / "scorer.json").read_text(encoding="utf-8"))
    if described["format"] != FORMAT:
        raise ForesaleError(
            f"bundle {folder} has another format",
            got=described["format"],
            expected=str(FORMAT),
            do="train again with this version of foresale",
        )
    scorer = _rebuild(described, folder)
    golden = json.loads((folder / "golden.json").read_text(encoding="utf-8"))
    matrix = np.array([[np.nan if v is None else v for v in row] for row in golden["matrix"]], dtype=np.float64)
    worst = float(np.abs(scorer.link(matrix) - np.array(golden["link"])).max())
    if not worst <= _TOLERANCE:
        raise ForesaleError(
            f"bundle {folder} does not reproduce its golden rows",
            got=f"off by {worst:.3g}",
            expected=f"at most {_TOLERANCE}",
            do="train again on this machine's library versions",
        )
    return scorer


def verify(folder: Path, sha256: str) -> None:
    """Check the manifest's hash, that exactly its files are there, and each file's hash."""
    manifest = folder / MANIFEST
    if not manifest.is_file() or _sha256(manifest) != sha256:
        raise ForesaleError(
            f"bundle {folder} is not the one registered",
            got="another or no manifest",
            expected=f"MANIFEST.sha256 with hash {sha256}",
            do="restore the artifact or roll back",
        )
    lines = [line.partition("  ") for line in manifest.read_text(encoding="utf-8").splitlines()]
    listed = {name: digest for digest, _, name in lines}
    found = {path.name for path in folder.iterdir()} - {MANIFEST}
    if found != set(listed) or any(_sha256(folder / name) != digest for name, digest in listed.items()):
        raise ForesaleError(
            f"bundle {folder} is damaged",
            got=f"files {sorted(found)}",
            expected="exactly the files and hashes of its manifest",
            do="restore the artifact or roll back",
        )


def _model_text(booster: lgb.Booster) -> str:
    """LightGBM's text without its parameters section, which holds thread counts and nothing prediction needs."""
    text = booster.model_to_string(num_iteration=-1)
    return text.partition("\nparameters:")[0].rstrip("\n") + "\n"


def _describe(scorer: Scorer) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "task": scorer.task,
        "kind": scorer.kind,
        "contender": scorer.contender,
        "model": scorer.model.as_dict(),
        "currency": scorer.currency,
        "minor_units": scorer.minor_units,
        "population": asdict(scorer.population),
        "time_zone": scorer.time_zone,
        "win_orders": scorer.win_orders,
        "features": [feature.as_dict() for feature in scorer.encoding.features],
        "evidence": [feature.as_dict() for feature in scorer.evidence],
        "levels": scorer.encoding.levels,
        "calibration": asdict(scorer.calibration),
        "reference": asdict(scorer.reference),
        "interval": _describe_interval(scorer.interval),
        "timing": scorer.timing.as_dict() if scorer.timing else None,
    }


def _describe_interval(interval: Interval | None) -> dict[str, Any] | None:
    if isinstance(interval, Hurdle):
        return {"edges": interval.edges, "spread": interval.spread, "calibration": asdict(interval.calibration)}
    return asdict(interval) if isinstance(interval, Multiples) else None


def _rebuild(described: dict[str, Any], folder: Path) -> Scorer:
    features, evidence = (tuple(map(feature_from_dict, described[name])) for name in ("features", "evidence"))
    encoding = Encoding(features, {name: tuple(levels) for name, levels in described["levels"].items()})
    kept = {key: described[key] for key in ("task", "kind", "contender", "currency", "minor_units", "time_zone", "win_orders")}
    return Scorer(
        **kept,
        population=Population(**described["population"]),
        encoding=encoding,
        model=_model(described["model"], folder),
        calibration=Linear(**described["calibration"]),
        evidence=evidence,
        reference=_reference(described["reference"]),
        interval=_interval(described["interval"], folder),
        timing=_timing(described["timing"], folder),
    )


def _reference(described: dict[str, Any]) -> Reference:
    usual = {name: tuple(value) if isinstance(value, list) else value for name, value in described["usual"].items()}
    seen = {name: tuple(counts) for name, counts in described["seen"].items()}
    return Reference(**{**described, "usual": usual, "centers": tuple(described["centers"]), "seen": seen})


def _model(described: dict[str, Any], folder: Path) -> Model:
    match described["kind"]:
        case "additive":
            return additive_from_dict(described)
        case "bg_nbd":
            return bg_nbd_from_dict(described)
        case _:
            return Trees(_booster(folder / "model.txt"))


def _interval(described: dict[str, Any] | None, folder: Path) -> Interval | None:
    if described is None:
        return None
    edges = tuple(described["edges"])
    if "multiples" in described:
        return Multiples(edges, _table(described["multiples"]))
    nothing, amount = (Trees(_booster(folder / f"{name}.txt")) for name in _HURDLE)
    return Hurdle(nothing, Linear(**described["calibration"]), amount, edges, _table(described["spread"]))


def _timing(described: dict[str, Any] | None, folder: Path) -> Timing | None:
    if described is None:
        return None
    trees = Trees(_booster(folder / "timing.txt")) if described["trust"] else None
    return Timing(tuple(described["edges"]), tuple(described["shares"]), described["trust"], trees, described["spread"])


def _table(rows: list[list[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in rows)


def _booster(path: Path) -> lgb.Booster:
    return lgb.Booster(model_str=path.read_text(encoding="utf-8"))


def _golden(scorer: Scorer, matrix: Floats) -> dict[str, Any]:
    rows = matrix[np.linspace(0, len(matrix) - 1, min(_GOLDEN_ROWS, len(matrix))).astype(int)]
    return {"matrix": [[None if np.isnan(v) else v for v in row] for row in rows.tolist()], "link": scorer.link(rows).tolist()}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
