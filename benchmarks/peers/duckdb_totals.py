"""DuckDB's running totals: window functions once over the events, looked up as of both ends of every window."""

from __future__ import annotations

from benchmarks.peers.sql import FRESH, INSIDE, joined, label_counts, listed, of_labels
from benchmarks.peers.task import DAY, EDGES, GROUPS, KINDS, LABELS, NAMED, SPANS, Asked


def running_totals(source: str) -> str:
    """By joins as of. Only extremes and labels need the events of a window again; of simultaneous events the last counts."""
    return _looked_up(
        source,
        {
            days: f"""SELECT c.entity, c.as_of, t.* EXCLUDE (entity) FROM spine c
        ASOF JOIN states t ON t.entity = c.entity AND t.occurred <= c.as_of - {days * DAY}"""
            for days in EDGES
        },
    )


def running_totals_shared(source: str) -> str:
    """The same, but the cutoffs are joined by time alone: a state holds until the next event."""
    return _looked_up(
        source,
        {
            days: f"""SELECT c.as_of, t.* FROM states t
        JOIN cutoffs c ON t.occurred <= c.as_of - {days * DAY} AND t.until > c.as_of - {days * DAY}"""
            for days in EDGES
        },
    )


def _looked_up(source: str, ends: dict[int, str]) -> str:
    states = f"""SELECT entity, occurred, until, {listed(_states())} FROM
                     (SELECT *, occurred - lag(occurred) OVER w AS gap, {FRESH} AS fresh,
                             lead(occurred, 1, {2**40}) OVER w AS until FROM {source}
                      WINDOW w AS (PARTITION BY entity ORDER BY occurred, id))
                 WINDOW r AS (PARTITION BY entity ORDER BY occurred, id ROWS UNBOUNDED PRECEDING) QUALIFY until > occurred"""
    columns = listed({name: _difference(asked) for name, asked in NAMED if asked.label not in LABELS})
    parts = {
        "extreme": _extremes(source),
        **{label: label_counts(_current(source, label)) for label in LABELS},
        **{f"end{days}": end for days, end in ends.items()},
    }
    return f"WITH states AS ({states}) SELECT c.entity, c.as_of, {columns}, {of_labels()} FROM spine c {joined(parts)}"


def _states() -> dict[str, str]:
    """What is known right after each event."""
    sides = {group: f"FILTER (WHERE {where[0]} = {where[1]})" for group, where in GROUPS.items() if where}
    return {
        "n": "row_number() OVER r",
        "s": "(sum(amount) OVER r)::BIGINT",
        "m": "count(amount) OVER r",
        "d": "(sum(fresh) OVER r)::BIGINT",
        "squares": "(sum(gap * gap) OVER r)::BIGINT",
        "oldest": "first_value(occurred) OVER r",
        "newest": "occurred",
        "latest": "last_value(amount IGNORE NULLS) OVER r",
        **{f"n{group}": f"count(*) {side} OVER r" for group, side in sides.items()},
        **{f"newest{group}": f"max(occurred) {side} OVER r" for group, side in sides.items()},
    }


def _extremes(source: str) -> str:
    young = {days: f"FILTER (WHERE e.occurred > c.as_of - {days * DAY})" for days in SPANS}
    made = listed({f"{stat}{days}": f"{stat}(e.amount) {test}" for days, test in young.items() for stat in ("max", "min")})
    return f"SELECT e.entity, c.as_of, {made} FROM {source} e JOIN cutoffs c ON {INSIDE} GROUP BY ALL"


def _current(source: str, label: str) -> str:
    """The latest event of each label at each cutoff: the one whose next with that label comes after it."""
    return f"""SELECT e.entity, c.as_of, c.as_of - e.occurred AS age FROM
                   (SELECT entity, occurred, lead(occurred, 1, {2**40}) OVER w AS next FROM {source} WHERE {label} IS NOT NULL
                    WINDOW w AS (PARTITION BY entity, {label} ORDER BY occurred)) e
               JOIN cutoffs c ON {INSIDE} AND e.next > c.as_of"""


_GAP = f"((end0s.newest - end0s.oldest) / nullif(end0s.n - 1, 0) / {DAY})"
_VARIANCE = "(end0s.squares - (end0s.newest - end0s.oldest)::DOUBLE ** 2 / (end0s.n - 1)) / (end0s.n - 2)"
_NOW = {
    "last": "end0s.latest",
    "tenure": f"(c.as_of - end0s.oldest) / {DAY}",
    "gap_mean": _GAP,
    "gap_sd": f"CASE WHEN end0s.n > 2 THEN sqrt(greatest({_VARIANCE}, 0)) / {DAY} END",
    "lateness": f"(c.as_of - end0s.newest) / {DAY} / nullif({_GAP}, 0)",
}


def _difference(asked: Asked) -> str:
    if asked.stat in ("max", "min"):
        return f"extremes.{asked.stat}{asked.days}"
    if asked.stat == "recency":
        return f"(c.as_of - end0s.newest{asked.group}) / {DAY}"
    if asked.stat == "distinct":
        return " + ".join(f"({_within(f'nkind{kind}', asked)} > 0)::INTEGER" for kind in range(KINDS))
    if asked.stat == "mean":
        return f"{_within('s', asked)} / nullif({_within('m', asked)}, 0)"
    total = {"count": f"n{asked.group}", "sum": "s", "distinct_days": "d"}
    return _NOW[asked.stat] if asked.stat in _NOW else _within(total[asked.stat], asked)


def _within(total: str, asked: Asked) -> str:
    return f"(coalesce(end{asked.offset}s.{total}, 0) - coalesce(end{asked.far}s.{total}, 0))"
