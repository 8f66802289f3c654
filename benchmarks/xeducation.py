"""X Education's table without dates: the model with and without the doubtful input, and what the leak gate says of every column.

`python -m benchmarks.xeducation --data DIR`, where DIR holds `xeducation-leads/Lead_Scoring_repaired.csv`.
"""

from __future__ import annotations

import csv
import re
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from benchmarks import harness
from features.catalog import feature_set
from features.compute import available, prepare
from features.history import History
from features.history_file import load_history
from tables.ingest import ingest
from training.jobs import Jobs
from training.leaks.gate import judge
from training.splits.dateless import dateless_rows, known_at_creation
from training.tasks import CONVERSION
from training.train import Trained, train_task
from workspace.progress import Progress
from workspace.workspace import Workspace, parse_workspace

EXAMPLE = Path(__file__).parent.parent / "examples" / "xeducation.toml"
FILE = "xeducation-leads/Lead_Scoring_repaired.csv"
_DOUBTFUL = "occupation"
_KEYS = ("Prospect ID", "Lead Number", "Converted")
Raw = dict[str, Any]


def example(data: Path, folder: Path) -> Raw:
    """The committed example over a copy of the data somewhere else."""
    raw = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    return {**raw, "data_dir": str(folder), "sources": {"leads": str((data / FILE).resolve())}}


def without_doubt(raw: Raw) -> Raw:
    """The example without the input it overrules the gate for."""
    opportunities = raw["tables"]["opportunities"]
    kept = {name: attribute for name, attribute in opportunities["attributes"].items() if name != _DOUBTFUL}
    tables = {**raw["tables"], "opportunities": {**opportunities, "attributes": kept}}
    return {**raw, "tables": tables, "overrule": {}}


def every_column(raw: Raw) -> Raw:
    """A careless workspace: every column of the file is declared known at creation."""
    with Path(raw["sources"]["leads"]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    attributes = {
        _key(name): {"kind": _kind([row[name] for row in rows]), "known": "creation", "column": name, "zh": name, "en": name}
        for name in rows[0]
        if name not in _KEYS
    }
    query = (
        'select *, "Prospect ID" as opportunity_id, "Prospect ID" as account_id, '
        "case when \"Converted\" = '1' then 'won' end as outcome from leads"
    )
    tables = {**raw["tables"], "opportunities": {"query": query, "attributes": attributes}}
    return {**raw, "tables": tables, "overrule": {}}


def _key(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_").lower()


def _kind(values: list[str]) -> str:
    known = [value for value in values if value]
    return "numeric" if all(re.fullmatch(r"-?\d+(\.\d+)?", value) for value in known) else "categorical"


def _read(raw: Raw) -> tuple[Workspace, History]:
    workspace = parse_workspace(raw, EXAMPLE)
    return workspace, load_history(ingest(workspace).snapshot)


def fitted(raw: Raw) -> Trained:
    """One training from the raw file on, leak gate included."""
    workspace, history = _read(raw)
    return train_task(workspace, history, CONVERSION, Jobs(Progress(print)))


def findings(raw: Raw) -> list[dict[str, object]]:
    """What the leak gate finds, refused or asked."""
    workspace, history = _read(raw)
    pipeline = prepare(history, available(history, known_at_creation(feature_set(workspace, "opportunity")), history.latest))
    rows = dateless_rows(pipeline)
    return [finding.as_dict() for finding in judge(workspace, pipeline, CONVERSION, rows).findings]


def measure(data: Path) -> Raw:
    """The figures of both models and the findings on every column."""
    with tempfile.TemporaryDirectory() as folder:
        raw = example(data, Path(folder) / "example")
        models = {"example": raw, "without occupation": without_doubt(raw)}
        trained = {name: fitted(changed) for name, changed in models.items()}
        return {
            "models": {
                name: {
                    "folds": one.gate.as_dict(),
                    "test": one.test_evaluation.as_dict(),
                    "inputs": len(one.fitted.scorer.encoding.features),
                }
                for name, one in trained.items()
            },
            "findings": findings(every_column(example(data, Path(folder) / "every"))),
        }


def show(found: Raw) -> None:
    """Two tables: how good the models are, and what the gate finds in every column."""
    rows = [
        [
            name,
            period,
            numbers[period]["n"],
            f"{numbers[period]['auc']:.4f}",
            "{:.4f} to {:.4f}".format(*numbers[period]["intervals"]["auc"]),
            *(f"{rival} {theirs['auc']:.4f}" for rival, theirs in numbers[period]["baselines"].items()),
        ]
        for name, numbers in found["models"].items()
        for period in ("folds", "test")
    ]
    harness.show("AUC without dates", ("model", "rows of", "n", "AUC", "95 %", "baseline"), rows)
    harness.show(
        "Every column declared known at creation",
        ("input", "verdict", "what was found"),
        [[finding["feature"], finding["verdict"], finding["en"]] for finding in found["findings"]],
    )


def main() -> None:
    """Run and write. There is no smaller size of a data set: `--quick` is the same run."""
    options = harness.arguments("xeducation", __doc__, data=f"a folder that holds {FILE}")
    found = measure(options.data)
    show(found)
    harness.write(options.json, {"machine": harness.machine("lightgbm", "scikit-learn", "numpy"), **found})


if __name__ == "__main__":
    main()
