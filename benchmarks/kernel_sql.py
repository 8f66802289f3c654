"""The features of the kernel benchmark in DuckDB SQL, written as fast as we could."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from features.kernel.run import Op

DAY = 86_400
WINDOWS = (7, 30, 90, 180, 365)
AMOUNT, DURATION = range(2)
MEASURE = {AMOUNT: "amount", DURATION: "duration"}
LABEL = ("product", "region")
AGE = "(s.as_of - e.occurred)"
BUCKETED = ("count", "sum", "mean", "max")


def direct_sql(ops: Sequence[Op], source: str = "events") -> str:
    """One range join, conditional aggregates."""
    return _direct_sql(dict(enumerate(ops)), source)


def bucket_sql(ops: Sequence[Op], source: str = "events") -> str:
    """First one line per (row, age bucket, kind), then conditional aggregates of these: fewer conditions per event."""
    return _bucket_sql(dict(enumerate(ops)), source)


def combined_sql(ops: Sequence[Op], source: str = "events") -> str:
    """Windows by buckets, distinct values by the youngest age of each, the rest directly; joined by row."""
    todo = dict(enumerate(ops))
    easy = {j: op for j, op in todo.items() if op.stat in BUCKETED and op.window_days}
    codes = {key: {j: op for j, op in todo.items() if _code(op) == key} for key in dict.fromkeys(map(_code, ops)) if key}
    rest = {j: op for j, op in todo.items() if j not in easy and not _code(op)}
    parts = [_bucket_sql(easy, source), _direct_sql(rest, source)]
    parts += [_distinct_sql(key, some, source) for key, some in codes.items()]
    joins = " ".join(f"JOIN ({sql}) p{i} USING (entity, as_of)" for i, sql in enumerate(parts))
    return f"SELECT entity, as_of, {', '.join(f'f{j}' for j in todo)} FROM spine {joins}"


def _join(source: str, oldest: int | None) -> str:
    bound = f" AND e.occurred > s.as_of - {oldest * DAY}" if oldest else ""
    return f"{source} e ON e.entity = s.entity AND e.occurred <= s.as_of AND e.known <= s.as_of{bound}"


def _columns(expressions: Mapping[int, str]) -> str:
    return ", ".join(f"{sql} AS f{j}" for j, sql in expressions.items())


def _direct_sql(ops: Mapping[int, Op], source: str) -> str:
    days = [op.window_days for op in ops.values()]
    oldest = None if None in days else max(d for d in days if d is not None)
    columns = _columns({j: _direct(op) for j, op in ops.items()})
    return f"SELECT s.entity, s.as_of, {columns} FROM spine s LEFT JOIN {_join(source, oldest)} GROUP BY ALL"


def _direct(op: Op) -> str:
    tests = [f"e.kind = {op.channel - 1}"] if op.channel else []
    tests += [f"{AGE} < {op.window_days * DAY}"] if op.window_days else []
    only = f" FILTER (WHERE {' AND '.join(tests)})" if tests else ""
    value = f"e.{MEASURE[op.measure]}" if op.measure >= 0 else ""
    weight = f"pow(2.0, -{AGE} / {op.half_life_days * DAY or 1}.0)"
    gaps = f"nullif(count(e.id){only} - 1, 0)"
    return {
        "count": f"count(e.id){only}",
        "sum": f"coalesce(sum({value}){only}, 0)",
        "mean": f"avg({value}){only}",
        "max": f"max({value}){only}",
        "recency_days": f"min({AGE}){only} / 86400.0",
        "tenure_days": f"max({AGE}){only} / 86400.0",
        "gap_mean_days": f"(max(e.occurred){only} - min(e.occurred){only}) / {gaps} / 86400.0",
        "decay_count": f"coalesce(sum({weight}){only}, 0)",
        "decay_sum": f"coalesce(sum({value} * {weight}){only}, 0)",
    }[op.stat]


def _bucket_sql(ops: Mapping[int, Op], source: str) -> str:
    ages = " ".join(f"WHEN {AGE} < {w * DAY} THEN {w}" for w in WINDOWS)
    parts = ", ".join(f"sum({m})::BIGINT AS s_{m}, count({m}) AS n_{m}, max({m}) AS x_{m}" for m in MEASURE.values())
    columns = _columns({j: _bucket(op) for j, op in ops.items()})
    return f"""(WITH parts AS (SELECT s.entity, s.as_of, e.kind, CASE {ages} END AS age, count(*) AS n, {parts}
        FROM spine s JOIN {_join(source, WINDOWS[-1])} GROUP BY ALL)
        SELECT s.entity, s.as_of, {columns} FROM spine s LEFT JOIN parts p USING (entity, as_of) GROUP BY ALL)"""


def _bucket(op: Op) -> str:
    tests = [f"p.age <= {op.window_days}"] + ([f"p.kind = {op.channel - 1}"] if op.channel else [])
    only, m = f" FILTER (WHERE {' AND '.join(tests)})", MEASURE.get(op.measure)
    return {
        "count": f"coalesce(sum(p.n){only}, 0)",
        "sum": f"coalesce(sum(p.s_{m}){only}, 0)",
        "mean": f"sum(p.s_{m}){only} / sum(p.n_{m}){only}",
        "max": f"max(p.x_{m}){only}",
    }[op.stat]


def _code(op: Op) -> str:
    """The expression whose distinct values an operation counts, or nothing."""
    return {"distinct_days": f"{AGE} // {DAY}", "distinct": f"e.{LABEL[op.label]}"}.get(op.stat, "")


def _distinct_sql(code: str, ops: Mapping[int, Op], source: str) -> str:
    oldest = max(op.window_days or 10**5 for op in ops.values())
    columns = _columns({j: f"count(age) FILTER (WHERE age < {(op.window_days or 0) * DAY})" for j, op in ops.items()})
    return f"""(WITH youngest AS (SELECT s.entity, s.as_of, {code} AS code, min({AGE}) AS age
        FROM spine s JOIN {_join(source, oldest)} GROUP BY ALL)
        SELECT s.entity, s.as_of, {columns} FROM spine s LEFT JOIN youngest USING (entity, as_of) GROUP BY ALL)"""
