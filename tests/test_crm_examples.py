"""The mappings of standard CRM exports: files with the exports' own headers are read whole, and into the right columns."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tables.ingest import ingest
from workspace.workspace import parse_workspace

EXAMPLES = Path(__file__).parent.parent / "examples"
NOW = int(pd.Timestamp("2026-01-01", tz="UTC").timestamp())
CREATED = "2024-03-01T08:00:00.000Z"
SALESFORCE: dict[str, list[dict[str, str]]] = {
    "User": [{"Id": "005A", "Name": "李雷", "Department": "East"}],
    "Account": [
        {
            "Id": "001A",
            "ParentId": "",
            "Name": "甲公司",
            "Industry": "Machinery",
            "BillingCountry": "China",
            "AccountSource": "Web",
            "OwnerId": "005A",
            "CreatedDate": CREATED,
            "IsDeleted": "false",
        },
        {"Id": "001B", "Name": "gone", "CreatedDate": CREATED, "IsDeleted": "true"},
    ],
    "Contact": [{"Id": "003A", "AccountId": "001A", "Name": "韩梅梅", "HasOptedOutOfEmail": "false", "CreatedDate": CREATED}],
    "Opportunity": [
        {
            "Id": "006A",
            "AccountId": "001A",
            "OwnerId": "005A",
            "LeadSource": "Web",
            "CreatedDate": CREATED,
            "IsDeleted": "false",
            "CloseDate": "2024-06-01",
            "IsClosed": "true",
            "IsWon": "true",
            "Amount": "1000.00",
        },
        {
            "Id": "006B",
            "AccountId": "001A",
            "OwnerId": "005A",
            "LeadSource": "",
            "CreatedDate": CREATED,
            "IsDeleted": "false",
            "CloseDate": "2026-06-01",
            "IsClosed": "false",
            "IsWon": "false",
            "Amount": "5",
        },
    ],
    "OpportunityHistory": [
        {
            "Id": "008A",
            "OpportunityId": "006A",
            "StageName": "Prospecting",
            "Amount": "900.00",
            "CloseDate": "2024-05-01",
            "CreatedDate": CREATED,
        },
        {
            "Id": "008B",
            "OpportunityId": "006A",
            "StageName": "Closed Won",
            "Amount": "1000.00",
            "CloseDate": "2024-06-01",
            "CreatedDate": "2024-06-01T08:00:00.000Z",
        },
    ],
    "OpportunityContactRole": [{"OpportunityId": "006A", "ContactId": "003A", "Role": "Decision Maker", "CreatedDate": CREATED}],
    "Task": [
        {
            "Id": "00TA",
            "AccountId": "001A",
            "OwnerId": "005A",
            "WhatId": "006A",
            "WhoId": "003A",
            "IsClosed": "true",
            "TaskSubtype": "Call",
            "CallType": "Outbound",
            "CallDurationInSeconds": "240",
            "CompletedDateTime": "2024-03-05T02:00:00.000Z",
            "ActivityDate": "2024-03-05",
        }
    ],
    "Event": [
        {
            "Id": "00UA",
            "AccountId": "001A",
            "OwnerId": "005A",
            "WhatId": "001A",
            "WhoId": "",
            "DurationInMinutes": "30",
            "EndDateTime": "2024-03-07T03:00:00.000Z",
        }
    ],
    "Case": [
        {"Id": "500A", "AccountId": "001A", "CreatedDate": CREATED, "ClosedDate": "", "Priority": "High", "Type": "Problem"}
    ],
    "Contract": [{"Id": "800A", "AccountId": "001A", "StartDate": "2024-06-01", "EndDate": "2025-05-31"}],
    "Order": [
        {
            "Id": "801A",
            "AccountId": "001A",
            "OpportunityId": "006A",
            "EffectiveDate": "2024-06-02",
            "TotalAmount": "1000.00",
            "StatusCode": "Activated",
        }
    ],
}
OF_COMPANY = {"Associated Company IDs": "11;12"}
HUBSPOT: dict[str, list[dict[str, str]]] = {
    "companies": [
        {
            "Record ID": "11",
            "Company name": "甲公司",
            "Industry": "MACHINERY",
            "Country/Region": "China",
            "Company owner": "李雷",
            "Original Traffic Source": "Direct Traffic",
            "Create Date": "2024-03-01 08:00",
        }
    ],
    "contacts": [{"Record ID": "51", "Email": "a@example.com", "Create Date": "2024-03-01 08:00", **OF_COMPANY}],
    "deals": [
        {
            "Record ID": "71",
            "Original Traffic Source": "Direct Traffic",
            "Create Date": "2024-03-01 08:00",
            "Close Date": "2024-06-01 09:00",
            "Is Deal Closed?": "true",
            "Is Closed Won": "true",
            "Amount": "1000",
            'Date entered "Appointment Scheduled (Sales Pipeline)"': "2024-03-02 08:00",
            'Date entered "Qualified To Buy (Sales Pipeline)"': "",
            'Date entered "Presentation Scheduled (Sales Pipeline)"': "2024-04-02 08:00",
            'Date entered "Contract Sent (Sales Pipeline)"': "",
            **OF_COMPANY,
        }
    ],
    "calls": [
        {
            "Record ID": "81",
            "Activity date": "2024-03-05 08:00",
            "Activity assigned to": "李雷",
            "Call direction": "OUTBOUND",
            "Call duration": "240000",
            "Associated Deal IDs": "71",
            **OF_COMPANY,
        }
    ],
    "meetings": [
        {
            "Record ID": "82",
            "Activity date": "2024-03-06 08:00",
            "Activity assigned to": "李雷",
            "Associated Deal IDs": "",
            **OF_COMPANY,
        }
    ],
    "emails": [
        {
            "Record ID": "83",
            "Activity date": "2024-03-07 08:00",
            "Activity assigned to": "李雷",
            "Email direction": "INCOMING_EMAIL",
            "Associated Deal IDs": "71",
            **OF_COMPANY,
        }
    ],
    "tickets": [
        {
            "Ticket ID": "91",
            "Create date": "2024-07-01 08:00",
            "Close date": "",
            "Priority": "HIGH",
            "Category": "Product issue",
            **OF_COMPANY,
        }
    ],
}


def export(folder: Path, files: dict[str, list[dict[str, str]]]) -> None:
    """The files as the CRM writes them."""
    (folder / "export").mkdir()
    for name, rows in files.items():
        with (folder / "export" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows(rows)


def read(name: str, files: dict[str, list[dict[str, str]]], folder: Path) -> dict[str, pd.DataFrame]:
    """The canonical tables of an export; every row is accepted."""
    export(folder, files)
    raw: dict[str, Any] = tomllib.loads((EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"))
    result = ingest(parse_workspace({**raw, "data_dir": "var"}, folder / f"{name}.toml"), now=NOW)
    assert all(count.read == count.accepted > 0 for count in result.counts.values()), result.counts
    return {table: pq.read_table(result.snapshot.folder / f"{table}.parquet").to_pandas() for table in result.counts}


def test_salesforce(tmp_path: Path) -> None:
    tables = read("salesforce", SALESFORCE, tmp_path)
    assert tables["accounts"]["account_id"].tolist() == ["001A"]
    assert tables["opportunities"].set_index("opportunity_id")["outcome"].fillna("").to_dict() == {"006A": "won", "006B": ""}
    assert tables["interactions"][["kind", "opportunity_id"]].fillna("").to_numpy().tolist() == [
        ["call", "006A"],
        ["meeting", ""],
    ]
    assert sorted(tables["field_history"]["value"]) == sorted(
        [str(int(pd.Timestamp("2024-05-02", tz="Asia/Shanghai").timestamp()) - 1), "90000"]
    )
    assert tables["stage_changes"]["stage"].tolist() == ["Prospecting"]
    assert tables["orders"]["amount"].tolist() == [100000]


def test_hubspot(tmp_path: Path) -> None:
    tables = read("hubspot", HUBSPOT, tmp_path)
    assert tables["interactions"]["kind"].tolist() == ["call", "meeting", "email"]
    assert tables["interactions"]["direction"].fillna("").tolist() == ["out", "", "in"]
    assert tables["interactions"]["duration_s"].tolist()[0] == 240
    assert tables["stage_changes"]["stage"].tolist() == ["appointment scheduled", "presentation"]
    assert set(tables["interactions"]["account_id"]) == {"11"}
    assert tables["opportunities"]["outcome"].tolist() == ["won"]


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.toml")))
def test_every_example_is_valid(name: str) -> None:
    file = EXAMPLES / f"{name}.toml"
    assert parse_workspace(tomllib.loads(file.read_text(encoding="utf-8")), file).tables
