"""`make results`: docs/results.md from the committed JSON of benchmarks and proofs. Nothing in it is typed by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks import harness
from benchmarks.measured_code import BEARS_ON, is_current

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "results.md"
_COLUMNS = {
    "conversion": ("auc", "average_precision", "brier", "ece", "lift_at_10"),
    "churn": ("auc", "average_precision", "brier", "ece", "lift_at_10"),
    "value": ("mae", "spearman", "bias", "gini"),
}


def _read(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *("| " + " | ".join(row) + " |" for row in rows), ""]


def _machine(facts: dict[str, Any]) -> str:
    libraries = ", ".join(f"{name} {version}" for name, version in facts["libraries"].items())
    return f"{facts['cpu_count']} cores ({facts['cpu_model']}), {facts['memory_gb']} GB, Python {facts['python']}, {libraries}"


def _quality(found: dict[str, Any]) -> list[str]:
    lines = [
        "## Models and baselines on Complete Journey",
        "",
        "`python -m benchmarks.quality`",
        "",
        _machine(found["machine"]),
        "",
    ]
    for task, numbers in found["metrics"].items():
        names = list(_COLUMNS[task])
        ours = [f"**{numbers[n]:.4g}** ({numbers['intervals'][n][0]:.3g} to {numbers['intervals'][n][1]:.3g})" for n in names]
        rows = [["Foresale", *ours, ""]]
        for name, theirs in numbers["baselines"].items():
            low, high = numbers["paired"][name]
            rows.append([name, *(f"{theirs[n]:.4g}" for n in names), f"{low:+.4f} to {high:+.4f}"])
        count = f"{numbers['n']} rows" + (f", {numbers['positives']} positive" if "positives" in numbers else "")
        lines += [f"### {task}", "", f"Test: {count}. Split: {numbers['split']}. 95 % intervals: bootstrap by account.", ""]
        lines += _table(["who", *names, "ours minus theirs"], rows)
        known = {
            "ece_if_perfect": "ECE that perfect calibration would show here",
            "mae_of_zero": "MAE of predicting zero",
            "mae_of_mean": "MAE of the mean",
            "bias_of_median": "bias of the median",
            "at_or_below_p10": "share at or below p10",
            "at_or_below_p50": "share at or below p50",
            "at_or_below_p90": "share at or below p90",
        }
        lines += [", ".join(f"{words}: {numbers[key]:.4g}" for key, words in known.items() if key in numbers) + ".", ""]
    steps = ", ".join(f"{step} {seconds:g} s" for step, seconds in found["timings_s"].items())
    return [*lines, f"Time: {steps}.", ""]


def _kernel(found: dict[str, Any]) -> list[str]:
    rows = [[name, f"{t['median_s']:.2f} s", f"{t['million_values_per_s']:.1f} M/s"] for name, t in found["kernel"].items()]
    lines = [
        "## Kernel",
        "",
        "`python -m benchmarks.kernel`",
        "",
        _machine(found["machine"]),
        "",
        f"{found['size']['events']:,} events, {found['size']['entities']:,} entities, {found['size']['cutoffs']} cutoffs, "
        f"{found['features']} features.",
        "",
        *_table(["run", "median", "feature values"], rows),
    ]
    one = found["one_row"]
    lines += [f"One entity with 500 events, whole row: p50 {one['p50_ms']:.3f} ms, p99 {one['p99_ms']:.3f} ms.", ""]
    rows = [
        [name, str(c["features"]), c["best_sql"], f"{c['ratio_sorted']:.1f}", f"{c['ratio_with_sort']:.1f}"]
        for name, c in found["against_sql"].items()
    ]
    lines += _table(["against DuckDB SQL (quarter world)", "features", "best form", "times faster", "sorting included"], rows)
    if "full_size" in found:
        full = found["full_size"]
        lines += [
            f"At full size, one run of that SQL: {full['duckdb']['median_s']:.0f} s against "
            f"{full['kernel_with_sort']['median_s']:.2f} s with sorting: {full['ratio_with_sort']:.0f} times.",
            "",
        ]
    return lines


def _features(found: dict[str, Any]) -> list[str]:
    peers = ", ".join(f"{name} {version}" for name, version in found["machine"]["peers"].items())
    lines = [
        "## The feature pipeline",
        "",
        "`python -m benchmarks.features`",
        "",
        _machine(found["machine"]),
        f"(the peers' own environment: {peers})",
        "",
    ]
    for name, task in found["peers"].items():
        ours = task["engines"]["ours"]["pipeline"]["median_s"]
        rows = [
            [
                f"**{engine}**" if way == task["best"][engine] else engine,
                way,
                f"{t['median_s']:.3f} s",
                f"{t['median_s'] / ours:.1f}",
                f"{t['peak_mb']:,} MB",
                str(t["repeats"]),
            ]
            for engine, ways in task["engines"].items()
            for way, t in ways.items()
        ]
        lines += [
            f"### Against the peers: {name}",
            "",
            f"{task['events']:,} events, {task['entities']:,} entities at "
            f"{task['cutoffs']} cutoffs, {task['features']} features; every value of theirs equals ours to 1e-9.",
            "",
        ]
        lines += _table(["engine", "way", "median", "times ours", "peak memory", "runs"], rows)
    lines += ["Not measured: " + "; ".join(f"{what}: {why}" for what, why in found["not_measured"].items()) + ".", ""]
    return [*lines, *_catalogue(found["catalogue"]), *_bars(found["bars"])]


def _catalogue(found: dict[str, Any]) -> list[str]:
    values, row, profile = found["values"], found["one_row"], found["profile"]
    rows = [
        [
            f"{run['accounts']:,}",
            f"{run['events']:,}",
            f"{run['rows']:,}",
            f"{run['median_s']:.1f} s",
            f"{run['pools_s']:.1f} s",
            f"{run['s_per_million_events']:.2f} s",
            f"{run['peak_mb']:,} MB",
            str(len(run["seconds"])),
        ]
        for run in found["growth"]
    ]
    steps = ", ".join(f"{step} {seconds:.2f} s" for step, seconds in profile["steps_s"].items())
    own = row["events_of_an_account"]
    return [
        "### The whole catalogue",
        "",
        f"{values['features']} features of {values['accounts']:,} accounts at {values['months']} cutoffs from "
        f"{values['events']:,} events, from Parquet to values in memory: {values['whole']['median_s']:.1f} s, "
        f"{values['million_values_per_s']:.1f} million values a second (the stage of values alone: "
        f"{values['stage_million_values_per_s']:.1f}), {values['whole']['peak_mb']:,} MB.",
        "",
        f"From Parquet to Parquet at {found['company']['months']} cutoffs, pools included; not counted: starting, imports, "
        "loading the compiled kernel, choosing the features.",
        "",
        *_table(["accounts", "events", "rows", "median", "of it pools", "per million events", "peak memory", "runs"], rows),
        f"One part on one thread: {steps}; the whole takes {profile['whole_to_read_and_sort']:.2f} times what reading, "
        "grouping and sorting take.",
        "",
        f"One full row of {row['features']} features from a mapped history of {row['accounts']:,} accounts, accounts with "
        f"{own['least']} to {own['most']} events: p50 {row['p50_ms']:.2f} ms, p99 {row['p99_ms']:.2f} ms over "
        f"{row['calls']:,} calls.",
        "",
    ]


_SIDES = ("at_least", "at_most")


def _bars(found: list[dict[str, Any]]) -> list[str]:
    rows = [
        [
            bar["bar"],
            f"{bar['figure']:.3g}",
            *(f"{side.replace('_', ' ')} {bar[side]}" for side in _SIDES if side in bar),
            "yes" if bar["met"] else "**no**",
        ]
        for bar in found
    ]
    return _table(["what", "figure", "bar", "met"], rows)


def _xeducation(found: dict[str, Any]) -> list[str]:
    rows = []
    for name, periods in found["models"].items():
        for period, words in (("folds", "folds by account"), ("test", "accounts held out")):
            numbers = periods[period]
            low, high = numbers["intervals"]["auc"]
            rivals = ", ".join(f"{rival} {theirs['auc']:.3f}" for rival, theirs in numbers["baselines"].items())
            rows.append(
                [
                    f"{name}, {periods['inputs']} inputs",
                    words,
                    str(numbers["n"]),
                    f"**{numbers['auc']:.3f}** ({low:.3f} to {high:.3f})",
                    rivals,
                ]
            )
    lines = [
        "## Without dates: X Education, and what the leak gate says",
        "",
        "`python -m benchmarks.xeducation --data DIR`",
        "",
        _machine(found["machine"]),
        "",
        *_table(["model", "rows", "n", "AUC", "baselines"], rows),
    ]
    asked = [[finding["feature"], finding["verdict"], finding["en"]] for finding in found["findings"]]
    return [
        *lines,
        "Every column of the file carelessly declared known at creation:",
        "",
        *_table(["input", "verdict", "what was found"], asked),
    ]


def _public_data(found: dict[str, Any]) -> list[str]:
    lines = [
        "## Public data, by their example workspaces alone",
        "",
        "`python -m benchmarks.public_data --data DIR`",
        "",
        _machine(found["machine"]),
        "",
    ]
    for name, one in found["examples"].items():
        test = one["test"]
        verdict = "passes its gate" if one["passed"] else "does not pass its gate"
        lines += [
            f"### {name}: {one['task']}",
            "",
            f"Split: {test['split']}. {one['inputs']} inputs, {one['rounds']} trees "
            f"({one['preset']}). The model {verdict}: {one['verdict']}.",
            "",
            *_beside(one),
        ]
    return [*lines, *_bars([bar for one in found["examples"].values() for bar in one["bars"]])]


def _beside(one: dict[str, Any]) -> list[str]:
    """The model and every baseline, on the folds before the test and on the test."""
    folds, test = one["folds"], one["test"]
    head = [
        "who",
        *(f"AUC, {words}: {part['n']} rows, {part['positives']} positive" for words, part in (("folds", folds), ("test", test))),
        "ours minus theirs, test",
    ]
    rows = [
        [
            "Foresale",
            *("**{:.4f}** ({:.4f} to {:.4f})".format(part["auc"], *part["intervals"]["auc"]) for part in (folds, test)),
            "",
        ]
    ]
    rows += [
        [
            name,
            *(f"{part['baselines'][name]['auc']:.4f}" for part in (folds, test)),
            "{:+.4f} to {:+.4f}".format(*test["paired"][name]),
        ]
        for name in test["baselines"]
    ]
    return _table(head, rows)


def _proof(name: str, found: dict[str, Any]) -> list[str]:
    rows = [[line["line"], str(line["figure"]), line["bar"], "yes" if line["passed"] else "**no**"] for line in found["lines"]]
    return [
        f"## Proof {name}",
        "",
        f"`make proof-{name}` on a fresh clone of commit `{found['commit'][:12]}`.",
        "",
        *_table(["line", "figure", "bar", "met"], rows),
    ]


def _ingest(found: dict[str, Any]) -> list[str]:
    rows = [
        [
            "Foresale: typed, checked, in order",
            f"{found['ours_s']:.0f} s",
            f"{found['times_copy']:.2f}",
            f"{found['peak_gb']:.2f} GB",
        ],
        ["DuckDB: COPY to Parquet as it is", f"{found['copy_s']:.0f} s", "1", f"{found['copy_peak_gb']:.2f} GB"],
    ]
    return [
        "## A large ingest",
        "",
        "`python -m benchmarks.ingest`",
        "",
        _machine(found["machine"]),
        "",
        f"{found['gigabytes']:.1f} GB of CSV, {found['rows']:,} rows in no order, {found['quarantined']:,} of them damaged; "
        f"{found['mb_per_s']:.0f} MB/s.",
        "",
        *_table(["what", "median", "times COPY", "peak memory"], rows),
        *_bars(found["bars"]),
    ]


def _damaged_sets(found: dict[str, Any]) -> list[str]:
    rows = [
        [
            name,
            f"{one['rows']:,}",
            str(one["kinds"]),
            str(one["left_out"]),
            ", ".join(one["missed"]) or "none",
            "yes" if one["reconciles"] else "**no**",
        ]
        for name, one in found["sets"].items()
    ]
    return [
        "## Damaged copies of public data",
        "",
        "`python -m benchmarks.damaged_sets --data DIR`",
        "",
        *_table(
            ["set", "rows", "kinds of damage", "kinds its columns do not allow", "not named", "every row accounted for"], rows
        ),
    ]


_BESIDE_ORACLE = ["task", "trees", "rows", "ours", "oracle", "mean ours", "mean oracle", "ECE (perfect)", "behind the oracle"]


def _truth(found: dict[str, Any]) -> list[str]:
    """What is served beside the truth of the synthetic company."""
    world, tasks = found["world"], found["tasks"]
    rows = [
        [task, one["model"]["fitted"].get("preset", ""), *_beside_oracle(one["figures"]), _interval(one["behind_oracle"])]
        for task, one in tasks.items()
    ]
    ages = [
        [age, str(one["n"]), *(f"{one[who]['mean']:.4f}" for who in ("ours", "oracle")), *_aucs(one)]
        for age, one in tasks["conversion"]["by_age"].items()
    ]
    value = tasks["value"]["figures"]
    return [
        "## What is served beside the truth",
        "",
        f"`python -m benchmarks.truth`: {world['accounts']:,} accounts, {world['years']} years, preset {world['preset']}.",
        "Conversion: every open opportunity. The oracle knows everything that can be seen, and the chances of the classes.",
        "",
        _machine(found["machine"]),
        "",
        *_table(
            ["task", "trees", "rows", "ours", "oracle", "mean ours", "mean oracle", "ECE (perfect)", "behind the oracle"], rows
        ),
        "Conversion by age in days:",
        "",
        *_table(["age", "rows", "mean ours", "mean oracle", "AUC ours", "AUC oracle"], ages),
        f"Value: total {value['total_over']['expected_value']:+.1%} against the true expectation; of those who bought "
        f"{value['covered_given_purchase']['all']:.1%} lie inside the range.",
        "",
    ]


def _beside_oracle(figures: dict[str, Any]) -> list[str]:
    ours, oracle = figures["ours"], figures["oracle"]
    if "gini" in ours:
        return [str(figures["n"]), f"Gini {ours['gini']:.4f}", f"{oracle['gini']:.4f}", "", "", ""]
    means = [f"{who['mean']:.4f}" for who in (ours, oracle)]
    return [
        str(figures["n"]),
        f"AUC {ours['auc']:.4f}",
        f"{oracle['auc']:.4f}",
        *means,
        f"{ours['ece']:.4f} ({ours['ece_if_perfect']:.4f})",
    ]


def _interval(ends: list[float]) -> str:
    return f"{ends[0]:+.4f} to {ends[1]:+.4f}"


def _aucs(one: dict[str, Any]) -> list[str]:
    return [f"{one[who]['auc']:.4f}" for who in ("ours", "oracle")]


def _no_signal(found: dict[str, Any]) -> list[str]:
    """Whether noise serves, and whether little signal does."""
    without, having = found["without_signal"], found["with_signal"]
    promoted, forced = (sum(one[how] for one in without) for how in ("champion", "despite"))
    sizes = sorted({(one["accounts"], one["task"]) for one in having})
    rows = []
    for size, task in sizes:
        rows.append([str(size), task, *_serving(one for one in having if (one["accounts"], one["task"]) == (size, task))])
    return [
        "## Noise, and little signal",
        "",
        "`python -m benchmarks.no_signal --quick --json benchmarks/results/no_signal.json`",
        "",
        f"Of {len(without)} tasks whose outcomes are chance {promoted} are in service and {forced} could be put there.",
        "",
        *_table(["accounts", "task", "in service", "ours", "oracle"], rows),
    ]


def _serving(worlds: Iterable[dict[str, Any]]) -> list[str]:
    """Who serves in worlds of one size, and how well (AUC, or Gini)."""
    some = list(worlds)
    who = ", ".join(sorted({one["tags"].get("contender", "") for one in some}))
    figures = [one.get("auc") or one["gini"] for one in some]
    return [who, *(", ".join(f"{figure[name]:.3f}" for figure in figures) for name in ("ours", "oracle"))]


_SECTIONS = {
    "quality": _quality,
    "truth": _truth,
    "no_signal": _no_signal,
    "xeducation": _xeducation,
    "public_data": _public_data,
    "kernel": _kernel,
    "features": _features,
    "ingest": _ingest,
    "damaged_sets": _damaged_sets,
}


def _with_age(name: str, lines: list[str], found: dict[str, Any]) -> list[str]:
    """Under the heading, where the code that bears on the figures has changed since they were made."""
    if name not in BEARS_ON or is_current(name, found):
        return lines
    return [lines[0], "", "*Made with code that has changed since; not made again yet.*", *lines[1:]]


def render() -> str:
    """The whole page."""
    lines = ["# Results", "", "Generated by `make results` from `benchmarks/results/*.json` and `docs/proof/*.json`.", ""]
    for name, section in _SECTIONS.items():
        found = _read(harness.RESULTS / f"{name}.json")
        lines += _with_age(name, section(found), found) if found else []
    for path in sorted((ROOT / "docs" / "proof").glob("*.json")):
        lines += _proof(path.stem, json.loads(path.read_text(encoding="utf-8")))
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
