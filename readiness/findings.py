"""What is wrong or odd in the ingested tables: rows in quarantine by reason, and what looks like damage in accepted ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import duckdb

from readiness.wording import words_of
from tables.mapped_rows import attribute_columns
from tables.snapshot import Snapshot
from tables.sql.text import file_literal, quoted
from workspace.schema import EVENT_TABLES, TABLES
from workspace.schema.columns import Column
from workspace.workspace import Workspace

EXAMPLES, _BULK, _DAY, _OLD, _EARLY_DAYS = 3, 0.2, 86_400, 631_152_000, 60  # _OLD is 1990
_MANY_ROWS = 30


@dataclass(frozen=True)
class Finding:
    """One kind of damage: a reason of the quarantine (`lost`), or something odd in accepted rows."""

    code: str
    table: str
    column: str
    lost: bool
    rows: int
    share: float
    examples: tuple[str, ...]
    zh: str
    en: str
    do_zh: str
    do_en: str

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


def found(
    code: str,
    table: str,
    rows: int,
    of: int,
    *,
    lost: bool = False,
    column: str = "",
    examples: tuple[str, ...] = (),
    **facts: str,
) -> Finding:
    """A finding with its words filled in."""
    words = words_of(code)
    texts = (text.format(**facts) if facts else text for text in words)
    return Finding(code, table, column or code.partition(":")[2], lost, rows, rows / max(of, 1), examples, *texts)


def quarantine(snapshot: Snapshot, table: str, reasons: dict[str, int], read: int) -> Iterator[Finding]:
    """Every reason, with the first rows it was held against."""
    path = snapshot.quarantine(table)
    with snapshot.connect() as connection:
        for reason, count in reasons.items():
            rows = connection.execute(
                f"select row from read_parquet({file_literal(path)}) where reason = ? limit {EXAMPLES}", [reason]
            )
            yield found(reason, table, count, read, lost=True, examples=tuple(str(row[0])[:200] for row in rows.fetchall()))


def suspicions(workspace: Workspace, snapshot: Snapshot) -> Iterator[Finding]:
    """What looks like damage among the accepted rows of every table."""
    with snapshot.connect() as connection:
        tables = [_OfTable(connection, workspace, snapshot, name) for name in snapshot.files]
        for table in tables:
            yield from table.all()
        yield from _early_ends([table for table in tables if table.name in EVENT_TABLES and table.rows])


def _early_ends(tables: list[_OfTable]) -> Iterator[Finding]:
    """Tables of events that end long before the others, so that late cutoffs see nothing of them."""
    ends = [(table, *table.span()) for table in tables]
    first, last = min((start for _, start, _ in ends), default=0), max((end for _, _, end in ends), default=0)
    for table, _, end in ends:
        if last - end > max(_EARLY_DAYS * _DAY, (last - first) // 10):
            day, latest = (datetime.fromtimestamp(at, table.workspace.zone).date().isoformat() for at in (end, last))
            yield found("ends_early:occurred_at", table.name, 0, table.rows, day=day, last=latest)


@dataclass(frozen=True)
class _OfTable:
    connection: duckdb.DuckDBPyConnection
    workspace: Workspace
    snapshot: Snapshot
    name: str

    @property
    def rows(self) -> int:
        return self.snapshot.rows(self.name)

    @property
    def columns(self) -> list[Column]:
        """The declared columns that the file holds."""
        there = set(self.snapshot.columns(self.name))
        declared = (*TABLES[self.name].columns, *attribute_columns(self.workspace.tables[self.name]))
        return [column for column in declared if column.name in there]

    def all(self) -> Iterator[Finding]:
        if not self.rows:
            return
        for column in self.columns:
            yield from self._column(column)
        names = {column.name for column in self.columns}
        if {"occurred_at", "received_at"} <= names:
            yield from self._entry()
        if "occurred_at" in names:
            yield from self._months()
        yield from self._copies()
        if self.name == "accounts":
            yield from self._alone()

    def span(self) -> tuple[int, int]:
        """The first and the last second of its events."""
        first, last = self._ask("select epoch(min(occurred_at)), epoch(max(occurred_at)) from t")[0]
        return int(first), int(last)

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL over this table, which is `t` there."""
        return [
            tuple(row)
            for row in self.connection.execute(f"with t as (from {self.snapshot.relation(self.name)}) {sql}").fetchall()
        ]

    # --- one column ---------------------------------------------------------------------------------------------------

    def _column(self, column: Column) -> Iterator[Finding]:
        name = quoted(column.name)
        filled, distinct, one = self._ask(
            f"select count({name}), approx_count_distinct({name}), any_value({name})::varchar from t"
        )[0]
        if not filled:
            yield found(f"empty:{column.name}", self.name, self.rows, self.rows)
        elif (
            distinct <= 1
            and filled == self.rows >= _MANY_ROWS
            and not column.required
            and column.kind in ("category", "number", "money", "integer")
        ):
            yield found(f"constant:{column.name}", self.name, self.rows, self.rows, value=str(one)[:40])
        elif column.kind == "category":
            yield from self._levels(column, filled, distinct)
        elif column.kind in ("money", "number", "integer"):
            yield from self._sizes(column)
        elif column.kind in ("time", "opening"):
            yield from self._times(column, filled)

    def _levels(self, column: Column, filled: int, distinct: int) -> Iterator[Finding]:
        name = quoted(column.name)
        if distinct > max(100, filled / 5):
            yield found(f"rare_levels:{column.name}", self.name, filled, self.rows, value=f"{distinct:,}")
            return
        twins = self._ask(
            f"select string_agg(distinct {name}, ' / ' order by {name}), count(*) from t where {name} is not null "
            f"group by lower(regexp_replace({name}, '[\\s_-]+', '', 'g')) having count(distinct {name}) > 1 order by 2 desc"
        )
        if twins:
            yield found(
                f"spelling:{column.name}",
                self.name,
                sum(row[1] for row in twins),
                self.rows,
                value=str(twins[0][0])[:60],
                examples=tuple(str(row[0]) for row in twins[:EXAMPLES]),
            )

    def _sizes(self, column: Column) -> Iterator[Finding]:
        name = quoted(column.name)
        rows = self._ask(
            f"select count(*) filter (where abs({name}) > 1000 * m), max({name})::varchar from t, "
            f"(select median(abs({name})) as m from t where {name} <> 0)"
        )[0]
        if rows[0]:
            yield found(f"huge:{column.name}", self.name, int(rows[0]), self.rows, examples=(str(rows[1]),))

    def _times(self, column: Column, filled: int) -> Iterator[Finding]:
        name = quoted(column.name)
        old, midnight, first = self._ask(
            f"select count(*) filter (where epoch({name}) < {_OLD}), count(*) filter (where {name} = "
            f"date_trunc('day', {name})), min({name})::varchar from t"
        )[0]
        if old:
            yield found(f"old:{column.name}", self.name, old, self.rows, examples=(first,))
        if column.kind == "time" and midnight == filled >= _MANY_ROWS:
            yield found(f"day_only:{column.name}", self.name, midnight, self.rows)

    # --- the table ----------------------------------------------------------------------------------------------------

    def _entry(self) -> Iterator[Finding]:
        """How entries lag behind events."""
        late, before, known, p95 = self._ask(
            f"select count(*) filter (where lag > {_DAY}), count(*) filter (where lag < -{_DAY}), count(*), "
            "coalesce(quantile_cont(lag, 0.95), 0) from "
            "(select epoch(received_at) - epoch(occurred_at) as lag from t where received_at is not null)"
        )[0]
        if late > 0.05 * max(known, 1):
            yield found("late:received_at", self.name, late, known, p95=str(int(-(-p95 // _DAY))))
        if before:
            yield found("received_before:received_at", self.name, before, known)
        days = self._ask(
            "select received_at::date::varchar, count(*) from t where received_at is not null "
            "group by 1 order by 2 desc, 1 limit 1"
        )
        if days and (most := days[0][1]) > _BULK * self.rows and self.rows >= _MANY_ROWS:
            yield found("bulk_load:received_at", self.name, most, self.rows, day=str(days[0][0]))

    def _months(self) -> Iterator[Finding]:
        """Months with nothing in them, and a last month that is not complete."""
        months = self._ask(
            "select m::date::varchar, n from (select unnest(generate_series(date_trunc('month', min(occurred_at)::timestamp), "
            "max(occurred_at)::timestamp, interval 1 month)) as m from t) left join (select date_trunc('month', "
            "occurred_at::timestamp) as m, count(*) as n from t group by 1) using (m) order by 1"
        )
        empty = [str(month)[:7] for month, n in months if not n]
        if empty and len(months) > 2 * len(empty) and self.rows >= 10 * len(months):
            yield found("gap:occurred_at", self.name, 0, self.rows, month=", ".join(empty[:EXAMPLES]), examples=tuple(empty[:12]))
        usual = sorted(n or 0 for _, n in months[:-1])
        if len(usual) >= 3 and months[-1][1] < 0.3 * usual[len(usual) // 2]:
            share = f"{months[-1][1] / usual[len(usual) // 2]:.0%}"
            yield found(
                "thin_end:occurred_at", self.name, months[-1][1], self.rows, share=share, examples=(str(months[-1][0])[:7],)
            )

    def _copies(self) -> Iterator[Finding]:
        """Rows of events that differ in nothing but their key, where such equality is no accident."""
        key = TABLES[self.name].key
        others = [column.name for column in self.columns if column.name not in key]
        if self.name not in EVENT_TABLES or len(key) != 1 or len(others) < 3:
            return
        listed = ", ".join(quoted(name) for name in others)
        rows = self._ask(
            f"select coalesce(sum(n - 1), 0) from (select count(*) as n from t group by {listed} having count(*) > 1)"
        )[0][0]
        if rows > 0.001 * self.rows:
            yield found("copies", self.name, int(rows), self.rows)

    def _alone(self) -> Iterator[Finding]:
        others = [
            name for name in sorted(self.snapshot.files) if name != "accounts" and "account_id" in self.snapshot.columns(name)
        ]
        if not others:
            return
        seen = " union ".join(f"select account_id from {self.snapshot.relation(name)}" for name in others)
        rows = self._ask(f"select count(*) from t anti join ({seen}) using (account_id)")[0][0]
        if rows > 0.5 * self.rows:
            yield found("alone", self.name, rows, self.rows)
