"""Twenty kinds of damage, each done to copies of good files, and the code under which `check` must name it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Damage:
    """What is done to a table's rows (or to its bytes), and the finding it must lead to."""

    code: str
    do: Callable[[Rows, dict[str, str]], Rows] | None = None
    spoil: Callable[[bytes], bytes] | None = None
    needs: tuple[str, ...] = ()


def _every(step: int, change: Callable[[dict[str, str]], dict[str, str]]) -> Callable[[Rows, dict[str, str]], Rows]:
    return lambda rows, names: [change(dict(row)) if i % step == 3 else row for i, row in enumerate(rows)]


def _set(role: str, value: str, step: int = 97) -> Callable[[Rows, dict[str, str]], Rows]:
    return lambda rows, names: _every(step, lambda row: {**row, names[role]: value})(rows, names)


def _again(rows: Rows, names: dict[str, str]) -> Rows:
    return [*rows, *rows[3:400:40]]


def _new_key(rows: Rows, names: dict[str, str]) -> Rows:
    return [*rows, *({**row, names["key"]: f"copy {i}"} for i, row in enumerate(rows[: max(len(rows) // 20, 20)]))]


def _day_first(rows: Rows, names: dict[str, str]) -> Rows:
    return _every(
        50, lambda row: {**row, names["time"]: "/".join(reversed(row[names["time"]][:10].replace("/", "-").split("-")))}
    )(rows, names)


def _bulk(rows: Rows, names: dict[str, str]) -> Rows:
    latest = max(row[names["time"]] for row in rows)
    return [{**row, "entered": latest if i % 3 else row[names["time"]]} for i, row in enumerate(rows)]


def _before(rows: Rows, names: dict[str, str]) -> Rows:
    return [{**row, "entered": "1980-01-01" if i % 40 == 3 else row[names["time"]]} for i, row in enumerate(rows)]


def _huge(rows: Rows, names: dict[str, str]) -> Rows:
    return _every(200, lambda row: {**row, names["amount"]: f"{float(row[names['amount']] or 1) * 1e7 + 1e7:.2f}"})(rows, names)


def _spelling(rows: Rows, names: dict[str, str]) -> Rows:
    return _every(
        7,
        lambda row: {
            **row,
            names["category"]: f"{row[names['category']].upper()} "[:-1]
            if row[names["category"]].islower()
            else row[names["category"]].lower(),
        },
    )(rows, names)


def _gap(rows: Rows, names: dict[str, str]) -> Rows:
    months = sorted({row[names["time"]][:7] for row in rows if row[names["time"]]})
    return [row for row in rows if not row[names["time"]].startswith(months[len(months) // 2])]


def _line(text: bytes) -> Callable[[bytes], bytes]:
    def spoil(content: bytes) -> bytes:
        lines = content.split(b"\n")
        for place in (5, 50, 90):
            lines.insert(place, text)
        return b"\n".join(lines)

    return spoil


def _longer(content: bytes) -> bytes:
    lines = content.split(b"\n")
    return b"\n".join([*lines[:7], lines[7] + b"," + lines[7], *lines[8:]])


def _quotes(content: bytes) -> bytes:
    lines = content.split(b"\n")
    return b"\n".join([*lines[:9], b'"broken" ' + lines[9], *lines[10:]])


DAMAGES: tuple[Damage, ...] = (
    Damage("duplicate_key", _again, needs=("key",)),
    Damage("copies", _new_key, needs=("key", "time")),
    Damage("missing:key", _set("key", ""), needs=("key",)),
    Damage("missing:account", _set("account", "N/A"), needs=("account",)),
    Damage("missing:time", _set("time", ""), needs=("time",)),
    Damage("unparsable_date:time", _set("time", "soon"), needs=("time",)),
    Damage("unparsable_date:time", _day_first, needs=("time",)),
    Damage("future_date:time", _set("time", "2099-12-31"), needs=("time",)),
    Damage("old:time", _set("time", "1970-01-01"), needs=("time",)),
    Damage("wrong_type:amount", _set("amount", "seven or so"), needs=("amount",)),
    Damage("huge:amount", _huge, needs=("amount",)),
    Damage("unknown_key:account", _set("account", "nobody"), needs=("account",)),
    Damage("unreadable_row:too_few_columns", spoil=_line(b"half a line")),
    Damage("unreadable_row:too_many_columns", spoil=_longer),
    Damage("unreadable_row:broken_quotes", spoil=_quotes),
    Damage("unreadable_row:wrong_encoding", spoil=lambda content: _line(b"\xff\xfe" + content.split(b"\n")[1])(content)),
    Damage("spelling:category", _spelling, needs=("category",)),
    Damage("constant:category", lambda rows, names: [{**row, names["category"]: "one"} for row in rows], needs=("category",)),
    Damage("empty:category", lambda rows, names: [{**row, names["category"]: ""} for row in rows], needs=("category",)),
    Damage("gap:time", _gap, needs=("time",)),
    Damage("bulk_load:received_at", _bulk, needs=("time", "key")),
    Damage("received_before:received_at", _before, needs=("time", "key")),
)


def damaged(content: bytes, damage: Damage, names: dict[str, str], delimiter: str = ",") -> bytes:
    """A copy of a CSV file with one kind of damage; `names` says which column is key, account, time, amount, category."""
    if damage.spoil is not None:
        return damage.spoil(content)
    reader = csv.DictReader(io.StringIO(content.decode()), delimiter=delimiter)
    rows = damage.do(list(reader), names) if damage.do else []
    out = io.StringIO()
    fields = list(dict.fromkeys([*(reader.fieldnames or []), *(rows[0] if rows else ())]))
    writer = csv.DictWriter(out, fields, delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
