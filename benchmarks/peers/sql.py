"""Pieces of SQL that several of DuckDB's ways share: an event is `e`, a row or a cutoff is `c`."""

from __future__ import annotations

from benchmarks.peers.task import DAY, LABELS, NAMED, SPANS, Where

AGE = "(c.as_of - e.occurred)"
INSIDE = f"e.occurred <= c.as_of AND e.occurred > c.as_of - {SPANS[-1] * DAY}"
FRESH = f"(occurred // {DAY} IS DISTINCT FROM lag(occurred // {DAY}) OVER w)::BIGINT"  # the first event of its day


def listed(made: dict[str, str]) -> str:
    return ", ".join(f"{what} AS {name}" for name, what in made.items())


def only(where: Where | None, far: int = 0, offset: int = 0) -> str:
    """The filter of an aggregate: the events in a window of days, where one is given, with a value in a column."""
    tests = [f"{AGE} < {far * DAY}"] if far else []
    tests += [f"{AGE} >= {offset * DAY}"] if offset else []
    tests += [f"e.{where[0]} = {where[1]}"] if where else []
    return f" FILTER (WHERE {' AND '.join(tests)})" if tests else ""


def label_counts(latest: str) -> str:
    """How many labels each row has in each window, from (entity, as_of, age of the latest event) of each label."""
    numbers = listed({f"n{days}": f"count(*) FILTER (WHERE age < {days * DAY})" for days in SPANS})
    return f"SELECT entity, as_of, {numbers} FROM ({latest}) GROUP BY ALL"


def joined(parts: dict[str, str]) -> str:
    """Further columns of the rows `c`, each part under its name with an s."""
    return " ".join(
        f"LEFT JOIN ({part}) {name}s ON {name}s.entity = c.entity AND {name}s.as_of = c.as_of" for name, part in parts.items()
    )


def of_labels() -> str:
    return listed({name: f"coalesce({asked.label}s.n{asked.days}, 0)" for name, asked in NAMED if asked.label in LABELS})
