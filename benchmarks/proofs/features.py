"""What `make proof-features` runs beyond the tests: the benchmark of features, Spark, and a table without dates.

`FORESALE_DATA` names the folder that holds the X Education file; it is not in the repository.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from benchmarks.proofs.prove import Clone, Line, measured

_WORLD = "var/benchmark/world-10000/tables"
_ASKED = ("tags", "lead_quality", "lead_profile")

NAMED = {
    "contract tests run over every feature unasked: later rows change nothing": "rows_after_the_cutoff_change_nothing",
    "property tests: what was not known changes nothing": "what_was_not_known_changes_nothing",
    "property tests: order, duplicates, truncation, the plain oracle": (
        "order_of_the_rows_changes",
        "duplicate_counts_where",
        "truncated_history_is",
        "kernel_says_what_the_plain",
    ),
    "planted and caught by name: label as a column, count after the outcome, current stage": "a_planted_leak_is_named",
    "planted and caught by name: a column counted over all time, on a dated world": "counted_over_all_time_is_refused",
    "planted and caught by name: a count past the cutoff": "a_count_that_looks_past_the_cutoff",
    "planted and caught by name: a back-dated event": "a_back_dated_event_is_caught",
    "planted and caught by name: a pooled rate with its own outcome": "a_pooled_rate_that_includes_its_own",
    "the world: oracle AUC of each preset in its band": "oracle_is_as_good_as_the_preset_claims",
    "the world: oracle calibrated": "oracle_is_calibrated",
    "the world: ten features and a line at least 0.03 behind": "ten_obvious_features_and_a_line",
    "the world: drift, season, same bytes": ("rates_drift", "orders_have_seasons", "same_world_same_bytes"),
    "Spark: Complete Journey, same bits": "complete_journey_has_the_same_bits",
    "Spark: scores with reasons as the engine gives them": "everyone_gets_the_prediction_the_engine",
    "Spark: a killed worker is tried again with the same result": "worker_is_killed_is_tried_again",
    "docs/features.md is generated and current": "page_of_features_is_current",
}


def benchmark(clone: Clone) -> list[Line]:
    """Ours beside the peers, the catalogue on worlds up to a million accounts, one row from disk."""
    found = measured(clone, "features")
    catalogue = found["catalogue"]
    size = (
        f"{catalogue['company']['accounts']:,} accounts, {catalogue['company']['events']:,} events, "
        f"{catalogue['values']['features']} features of an account"
    )
    return [
        Line("sizes", size, "1M accounts, 100M events", catalogue["company"]["events"] >= 100_000_000),
        *(Line(bar["bar"], f"{bar['figure']:.3g}", _bar(bar), bar["met"]) for bar in found["bars"]),
    ]


def _bar(bar: dict[str, Any]) -> str:
    return f">= {bar['at_least']}" if "at_least" in bar else f"<= {bar['at_most']}"


def spark(clone: Clone) -> list[Line]:
    """The same frames on the world of 10,000 accounts that the benchmark wrote."""
    found = measured(clone, "spark", "--folder", _WORLD)
    return [
        Line(
            f"Spark {found['master']}: world of {found['accounts']:,} accounts, {found['features']} features",
            "same bits" if found["same_bits"] else "differs",
            "same bits",
            found["same_bits"],
        )
    ]


def xeducation(clone: Clone) -> list[Line]:
    """The honest columns by folds, and what the gate says of every column."""
    data = os.environ.get("FORESALE_DATA")
    if not data:
        return [Line("X Education", "FORESALE_DATA is not set", "a folder that holds the file", False)]
    found = measured(clone, "xeducation", "--data", str(Path(data).resolve()))
    folds = found["models"]["example"]["folds"]
    low, high = folds["intervals"]["auc"]
    named = sorted({f["feature"].rpartition(".")[2] for f in found["findings"]})
    return [
        Line(
            "X Education, columns known at creation, 5 folds: AUC",
            f"{folds['auc']:.4f} ({low:.3f} to {high:.3f})",
            ">= 0.86",
            folds["auc"] >= 0.86,
        ),
        Line(
            "X Education, every column: refused or asked about",
            ", ".join(named),
            ", ".join(_ASKED),
            all(any(name == wanted for name in named) for wanted in _ASKED),
        ),
    ]
