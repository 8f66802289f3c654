"""What an ingest prints of what it read: sums a person knows from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from acme import acme

from tables.ingest import ingest
from tables.summary import totals

NOW = int(pd.Timestamp("2026-01-01", tz="UTC").timestamp())


def test_the_totals_can_be_set_beside_a_report(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("account_id\nA1\n", encoding="utf-8")
    (tmp_path / "orders.csv").write_text(
        "order_id,account_id,occurred_at,amount\n1,A1,2024-12-31 23:30:00,1000\n2,A1,2025-01-01 00:30:00,2500.50\n"
        "3,A1,2025-02-01,-500\n",
        encoding="utf-8",
    )
    (tmp_path / "deals.csv").write_text(
        "opportunity_id,account_id,opened_at,closed_at,outcome\n1,A1,2025-01-05,2025-01-09,won\n2,A1,2025-01-06,,\n"
        "3,A1,2099-01-01,,\n",
        encoding="utf-8",
    )
    (tmp_path / "touches.csv").write_text(
        "interaction_id,account_id,occurred_at,kind\n1,A1,2025-01-05,visit\n2,A1,2025-01-06,call\n3,A1,2025-01-07,visit\n",
        encoding="utf-8",
    )
    tables = {"accounts": "accounts", "orders": "orders", "opportunities": "deals", "interactions": "touches"}
    company = acme(
        tmp_path, {name: f"{name}.csv" for name in tables.values()}, {name: {"source": source} for name, source in tables.items()}
    )
    result = ingest(company, now=NOW)
    assert list(totals(company, result.snapshot)) == [
        "opportunities: 1 won, 0 lost, 1 open; opened 2025-01-05 to 2025-01-06",
        "orders of 2024: 1, 1,000 CNY",
        "orders of 2025: 2, 2,000 CNY, with 1 below zero (-500)",
        "interactions: visit 2, call 1",
    ]
    assert result.counts["opportunities"].reasons == {"future_date:opened_at": 1}


def test_leads_without_dates_are_counted_too(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("opportunity_id,account_id,outcome\n1,1,won\n2,2,\n", encoding="utf-8")
    tables = {"accounts": {"source": "leads"}, "opportunities": {"source": "leads"}}
    company = acme(tmp_path, {"leads": "leads.csv"}, tables, tasks={"conversion": {"cutoffs": {"kind": "none"}}})
    assert list(totals(company, ingest(company, now=NOW).snapshot)) == ["opportunities: 1 won, 0 lost, 1 open"]
