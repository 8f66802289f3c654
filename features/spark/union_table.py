"""Tables of different columns travelling as one: each column has a slot, shared by columns of the same type elsewhere.

Two tables whose columns have equal names and different types do not meet, and about twenty columns carry all tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, StructType

KEY = "account_id"
_TABLE = "table_number"
Slots = dict[str, dict[str, str]]


def packed(tables: Mapping[str, DataFrame]) -> tuple[DataFrame, Slots]:
    """All rows of all tables in one, and for each table which column lies in which slot."""
    types: dict[str, DataType] = {}
    slots = {name: _slots(table.schema, types) for name, table in tables.items()}
    parts = [_envelope(number, table, slots[name], types) for number, (name, table) in enumerate(tables.items())]
    return reduce(DataFrame.union, parts), slots


def _slots(schema: StructType, types: dict[str, DataType]) -> dict[str, str]:
    """A slot for each column: its type and a number; new ones are noted in `types`."""
    slots: dict[str, str] = {}
    for field in schema:
        kind = field.dataType.simpleString()
        number = sum(slot.startswith(f"{kind}_") for slot in slots.values())
        slots[field.name] = KEY if field.name == KEY else f"{kind}_{number}"
        types[slots[field.name]] = field.dataType
    return slots


def _envelope(number: int, table: DataFrame, slots: Mapping[str, str], types: Mapping[str, DataType]) -> DataFrame:
    column_of = {slot: column for column, slot in slots.items()}
    return table.select(
        F.lit(number).alias(_TABLE), *(_content(column_of.get(slot), kind).alias(slot) for slot, kind in types.items())
    )


def _content(column: str | None, kind: DataType) -> Column:
    return F.lit(None).cast(kind) if column is None else F.col("`" + column.replace("`", "``") + "`")


def unpacked(batches: Iterable[pa.RecordBatch], slots: Slots) -> dict[str, pa.Table]:
    """The tables again, those without a row too; nothing at all where there is no row of any."""
    pieces: dict[str, list[pa.RecordBatch]] = {name: [] for name in slots}
    for batch in batches:
        for number, (name, places) in enumerate(slots.items()):
            own = pc.equal(batch.column(_TABLE), number)
            pieces[name].append(batch.select(list(places.values())).filter(own))
    return {name: pa.Table.from_batches(found).rename_columns(list(slots[name])) for name, found in pieces.items() if found}
