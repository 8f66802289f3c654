"""One part of a table as SQL: the typed, judged rows that a piece of its source becomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from tables.row_rules import CURRENCY, NUMBERS, reason_sql
from tables.separators import mark
from tables.sources import Reader
from tables.sql.text import literal, quoted, stated, stated_column, stated_number
from tables.sql.values import Mapped, Reading, notation, time_sql, typed_sql, value_sql
from workspace.errors import ForesaleError, first_line
from workspace.mapping import Attribute, Outcome, Part, Table, Unpivot
from workspace.schema import TABLES
from workspace.schema.columns import Column, Kind, TableSchema
from workspace.workspace import Workspace

_ATTRIBUTE_KINDS: dict[str, Kind] = {"categorical": "category", "numeric": "number", "money": "money"}
_NUMBERS = ("time", "opening", *NUMBERS)
_DAY = 86_400
_MILLS = 1000  # minor units of a currency with three decimals
_DECIDED = ("closed_at", "outcome")  # what an event decides where a part has an `outcome`


def attribute_columns(table: Table) -> tuple[Column, ...]:
    """The declared attributes of a table as canonical columns."""

    def column(name: str, attribute: Attribute) -> Column:
        return Column(name, _ATTRIBUTE_KINDS[attribute.kind], attribute.zh, attribute.en, signed=True)

    return tuple(column(name, attribute) for name, attribute in table.attributes.items())


@dataclass(frozen=True)
class PartSql:
    """One part of a table; `place` is its key in the workspace file."""

    connection: duckdb.DuckDBPyConnection
    workspace: Workspace
    reader: Reader
    schema: TableSchema
    table: Table
    part: Part
    place: str

    def sql(self, rows: str) -> str:
        """SELECT of the canonical columns, `_reason` (the first thing a row itself says against it) and `_row`, its JSON then."""
        relation = self._relation(rows)
        mapped, taken = self._mapped(relation)
        reading = self._reading
        present = {item.column.name for item in mapped} | (set(_DECIDED) if self.part.outcome else set())
        where = f" where {self.part.where}" if self.part.where else ""
        typed = f"select *, {typed_sql(mapped, _kinds(self.workspace), reading)} from mapped"
        row = f"{quoted(self.part.source or 'rows')} as _src"
        named = ", ".join((*(f"{sql} as {quoted(name)}" for name, sql, _ in taken), row))
        clean = ", ".join((*(f"{said} as {quoted(name)}" for name, _, said in taken), "_src"))
        steps = [f"named as (select {named}{relation}{where})", f"mapped as (select {clean} from named)", f"typed as ({typed})"]
        if self.part.outcome is not None:
            steps += self._outcome(self.part.outcome, reading)
        order = f"{self._order(reading)} as _order, " if self.part.deduplicate else ""
        columns = ", ".join(quoted(column.name) for column in self.columns if column.name in present)
        last = "decided" if self.part.outcome else "typed"
        judged = (
            f"select *, {order}{reason_sql(self.schema, mapped, present, reading, priced=self._priced)} as _reason from {last}"
        )
        dots = "".join(f"{sql}, " for sql in self._dots(mapped, reading))
        return (
            f"with {', '.join(steps)}, judged as ({judged}) select {columns}, {'_order, ' if order else ''}{dots}_reason, "
            f"case when _reason is not null then to_json(_src)::varchar end as _row from judged"
        )

    @property
    def _reading(self) -> Reading:
        company, part = self.workspace, self.part
        return Reading(company.time_zone, company.minor_units, part.dates, part.day_first, part.decimal_comma, company.currency)

    @property
    def _priced(self) -> bool:
        """Whether the rows name their currency."""
        return self.part.currency is not None

    def _dots(self, mapped: list[Mapped], reading: Reading) -> Iterator[str]:
        """Of each column that may hold 1.234, the texts in which nobody said what the dot is."""
        for item in mapped:
            column, decimals = item.column, item.column.kind == "money" and reading.minor_units == _MILLS
            if column.kind in NUMBERS and item.source_type == "VARCHAR" and reading.decimal_comma is None and not decimals:
                dots = notation(column.kind, reading).dots(quoted(item.source))
                yield f"case when {quoted(column.name)} is not null then {dots} end as {quoted(mark(column.name))}"

    def _relation(self, source_rows: str) -> str:
        """FROM: the rows under its source's name, made long, with what is joined to it."""
        name = quoted(self.part.source or "rows")
        rows = f"(select * from {source_rows})"
        if self.part.unpivot is not None:
            rows = f"({self._long(self.part.unpivot, source_rows)})"
        joins, joined = "", set[str]()
        for join in self.part.join:
            other = quoted(join.source)
            keys = ", ".join(f"trim(cast({quoted(column)} as varchar))" for column in join.on.values())
            on = " and ".join(
                f"trim(cast({_column(own, joined) or f'{name}.{quoted(own)}'} as varchar)) = "
                f"trim(cast({other}.{quoted(theirs)} as varchar))"
                for own, theirs in join.on.items()
            )
            joined.add(join.source)
            joins += (
                f" left join (select distinct on ({keys}) * from ({self.reader.relation(join.source)}) "
                f"order by all) as {other} on {on}"
            )
        return f" from {rows} as {name}{joins}"

    def _long(self, unpivot: Unpivot, rows: str) -> str:
        columns = self._described(f" from {rows} as rows", "*", "unpivot")
        for column in unpivot.columns:
            if column not in columns:
                raise self.mistake(
                    "unpivot.columns", column, f"columns among {', '.join(columns)}", "name a column that is there"
                )
        dropped = ", ".join(quoted(column) for column in unpivot.columns)
        return " union all by name ".join(
            f"select * exclude ({dropped}), {literal(level)} as {quoted(unpivot.name)}, cast({quoted(column)} as varchar) as "
            f"{quoted(unpivot.value)} from {rows} where {stated_column(column)} is not null"
            for column, level in unpivot.columns.items()
        )

    # --- which expression feeds which column --------------------------------------------------------------------------

    @property
    def columns(self) -> tuple[Column, ...]:
        """The canonical columns of the table and its declared attributes."""
        return (*self.schema.columns, *attribute_columns(self.table))

    def _mapped(self, relation: str) -> tuple[list[Mapped], list[tuple[str, str, str]]]:
        """The canonical columns this part fills; and of each column they are read from its name, its SQL and what it says."""
        found = self._described(relation, "*", "query" if self.part.query else "join" if self.part.join else "source")
        expressions = dict(self._expressions(found))
        types = self._types(relation, expressions)
        currency = self._currency(relation)
        mapped = [
            Mapped(column, f"from {column.name}", types[column.name]) for column in self.columns if column.name in expressions
        ]
        taken = [(item.source, expressions[item.column.name], self._said(item)) for item in mapped]
        taken += [("_by", quoted(self.part.deduplicate.by), stated("_by", types["_by"]))] if self.part.deduplicate else []
        return mapped, taken + currency

    def _currency(self, relation: str) -> list[tuple[str, str, str]]:
        """The column that names the currency of a row, as `_mapped` lists columns."""
        if self.part.currency is None:
            return []
        column = _column(self.part.currency, {join.source for join in self.part.join}) or quoted(self.part.currency)
        self._described(relation, column, "currency")
        return [(CURRENCY, f"cast({column} as varchar)", stated(quoted(CURRENCY)))]

    def _said(self, item: Mapped) -> str:
        number = item.column.kind in _NUMBERS and item.column.name not in self.part.dates
        return (stated_number if number else stated)(quoted(item.source), item.source_type)

    def _expressions(self, found: dict[str, str]) -> Iterator[tuple[str, str]]:
        """SQL of each canonical column; raises ForesaleError for one that is unknown, absent or required."""
        self._known()
        renamed = {**{name: a.column for name, a in self.table.attributes.items() if a.column}, **self.part.columns}
        lowered = {name.lower() for name in found}
        for column in self.columns:
            name, source = column.name, renamed.get(column.name, column.name)
            if self.part.outcome is not None and name in _DECIDED:
                continue  # the event says it, whatever the source has under that name
            if name in self.part.sql:
                yield name, f"({self.part.sql[name]})"
            elif name in self.part.values:
                yield name, literal(self.part.values[name])
            elif (other := _column(source, {join.source for join in self.part.join})) or source.lower() in lowered:
                yield name, other or quoted(source)
            elif self._needed(column):
                raise self.mistake(
                    f"columns.{name}",
                    f"no source column {source}",
                    f"one of {', '.join(found)}",
                    f"set {self.place}.columns.{name} to the source column of {column.en}",
                )

    def _needed(self, column: Column) -> bool:
        """Whether a source column must be there; an attribute of a table of several parts need not be in each."""
        own = column.name in self.table.attributes and not self.table.parts
        return column.required or column.name in self.part.columns or own

    def _known(self) -> None:
        canonical = [column.name for column in self.columns]
        if self.part.outcome and (twice := [name for name in _DECIDED if name in {**self.part.columns, **self.part.sql}]):
            raise self.mistake(
                "outcome",
                f"a column for {twice[0]} as well",
                "one of the two",
                f"take {twice[0]} out of the columns, or the outcome",
            )
        for kind in ("columns", "values", "sql", "dates"):
            for name in getattr(self.part, kind):
                if name not in canonical:
                    raise self.mistake(
                        f"{kind}.{name}",
                        f"no canonical column {name}",
                        f"one of {', '.join(canonical)}",
                        f"rename it, or declare it under tables.{self.schema.name}.attributes",
                    )

    def _described(self, relation: str, selected: str, key: str) -> dict[str, str]:
        """Names and DuckDB types of a select list over the relation."""
        try:
            rows = self.connection.execute(f"describe select {selected}{relation}").fetchall()
        except duckdb.Error as error:
            raise self.mistake(
                key, first_line(error), "SQL over the columns of the source", f"mend {self.place}.{key}"
            ) from error
        return {row[0]: row[1] for row in rows}

    def _types(self, relation: str, expressions: dict[str, str]) -> dict[str, str]:
        """The type of each expression; one that DuckDB refuses is named."""
        if self.part.where is not None:
            self._described(relation, f"({self.part.where})", "where")
        for name in self.part.sql:
            self._described(relation, expressions[name], f"sql.{name}")
        if self.part.deduplicate is not None:
            expressions = {**expressions, "_by": quoted(self.part.deduplicate.by)}
            self._described(relation, expressions["_by"], "deduplicate.by")
        listed = ", ".join(f"{expression} as {quoted(name)}" for name, expression in expressions.items())
        return self._described(relation, listed, "columns")

    # --- outcome and order --------------------------------------------------------------------------------------------

    def _outcome(self, outcome: Outcome, reading: Reading) -> list[str]:
        """CTEs that add closed_at and outcome: the first event since the opening, within the days allowed."""
        rows = f" from ({self.reader.relation(outcome.source)}) as {quoted(outcome.source)}"
        columns = ", ".join((*(quoted(theirs) for theirs in outcome.on.values()), quoted(outcome.at)))
        types = self._described(rows, columns, "outcome")
        if outcome.where is not None:
            self._described(rows, f"({outcome.where})", "outcome.where")
        at = value_sql(
            stated(quoted(outcome.at), types[outcome.at]), types[outcome.at], Column("closed_at", "time", "", ""), reading
        )
        keys = ", ".join(f"{stated_column(theirs)} as {quoted('k_' + ours)}" for ours, theirs in outcome.on.items())
        on = " and ".join(f"e.{quoted('k_' + ours)} = t.{quoted(ours)}" for ours in outcome.on)
        seen = (
            time_sql(literal(str(outcome.observed_until)), "VARCHAR", "time", reading)
            if outcome.observed_until
            else "(select max(_at) from events)"  # none of them lies in the future
        )
        limit = f"t.opened_at + {outcome.within_days * _DAY}" if outcome.within_days else "null::bigint"
        in_time = f"won._at <= coalesce({limit}, won._at)"
        where = f" where {outcome.where}" if outcome.where else ""
        return [
            f"dated as (select {keys}, {at} as _at{rows}{where})",
            "events as (select * from dated where _at <= epoch(now()))",
            "won as (select t.opportunity_id as _id, min(e._at) as _at from typed t "
            f"join events e on {on} and e._at >= t.opened_at group by all)",
            f"decided as (select t.*, case when {in_time} then won._at when {limit} <= {seen} then {limit} end as closed_at, "
            f"case when {in_time} then 'won' when {limit} <= {seen} then 'lost' end as outcome "
            "from typed t left join won on won._id = t.opportunity_id)",
        ]

    def _order(self, reading: Reading) -> str:
        """A number that grows with `deduplicate.by`, turned round where the first one is kept."""
        rule = self.part.deduplicate
        text = "cast(_by as varchar)"
        fraction = f"coalesce(try_cast('0' || regexp_extract({text}, ':\\d\\d(\\.\\d+)', 1) as double), 0)"
        number = f"coalesce(try_cast(_by as double), {time_sql(text, 'VARCHAR', 'opening', reading)} + {fraction})"
        return f"-({number})" if rule is not None and rule.keep == "first" else number

    def mistake(self, key: str, got: object, expected: str, do: str) -> ForesaleError:
        """What to raise for a key of this part."""
        return self.workspace.mistake(f"{self.place}.{key}".removesuffix("."), got=got, expected=expected, do=do)


def _column(name: str, joined: set[str]) -> str:
    """`SOURCE.column` as SQL where such a source is joined; else nothing."""
    source, _, column = name.partition(".")
    return f"{quoted(source)}.{quoted(column)}" if column and source in joined else ""


def _kinds(workspace: Workspace) -> dict[tuple[str, str], Kind]:
    """The kind of every column of the tables whose history may be kept."""
    return {
        (name, column.name): column.kind
        for name in ("accounts", "opportunities")
        if name in workspace.tables
        for column in (*TABLES[name].columns, *attribute_columns(workspace.tables[name]))
    }
