"""A quote that nobody closed, and line ends of two kinds, cost one row and not the rest of the file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from acme import acme, rows

from tables.formats.csv_repair import sound
from tables.ingest import IngestResult, ingest

NOW = int(pd.Timestamp("2026-01-01", tz="UTC").timestamp())
GOOD = [f"T{i},A1,2025-03-01,call,fine\n" for i in range(300)]


def read(folder: Path, lines: list[str], encoding: str = "utf-8") -> IngestResult:
    """Ingest the lines as touches with notes."""
    (folder / "accounts.csv").write_text("account_id\nA1\n")
    text = "interaction_id,account_id,occurred_at,kind,note\n" + "".join(lines)
    (folder / "touches.csv").write_bytes(text.encode(encoding))
    touches = {"path": "touches.csv", "encoding": encoding}
    tables = {"accounts": {"source": "accounts"}, "interactions": {"source": "touches"}}
    return ingest(acme(folder, {"accounts": "accounts.csv", "touches": touches}, tables), now=NOW)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("second", [[], ['X2,A1,2025-03-01,call,"后来\n']])
def test_an_unclosed_quote_costs_its_own_line(tmp_path: Path, second: list[str], encoding: str) -> None:
    made = read(tmp_path, [*GOOD[:100], 'X1,A1,2025-03-01,call,"断开\n', *GOOD[100:250], *second, *GOOD[250:]], encoding)
    count, broken = made.counts["interactions"], 1 + len(second)
    assert (count.read, count.accepted) == (300 + broken, 300)
    assert count.reasons == {"unreadable_row:broken_quotes": broken}
    assert "断开" in pd.read_parquet(made.snapshot.folder / "quarantine" / "interactions.parquet")["row"].str.cat()


def test_a_value_of_several_lines_stays_one_value(tmp_path: Path) -> None:
    note = '"one, ""two""\nthree\n\nfour"'
    made = read(tmp_path, [*GOOD, f"X1,A1,2025-03-01,call,{note}\n"])
    assert made.counts["interactions"].quarantined == 0
    notes = rows(made, "interactions").set_index("interaction_id")["note"]
    assert notes["X1"] == 'one, "two"\nthree\n\nfour'


def test_a_bare_line_feed_among_others_costs_its_own_row(tmp_path: Path) -> None:
    lines = [line.replace("\n", "\r\n") for line in GOOD]
    made = read(tmp_path, [*lines[:100], "X1,A1,2025-03-01,call,in two\nlines\r\n", *lines[100:]])
    count = made.counts["interactions"]
    assert (count.read, count.quarantined) == (302, 1)  # the first half has all columns, the second is no row
    assert count.reasons == {"unreadable_row:too_few_columns": 1}


def test_a_file_of_two_kinds_of_line_ends_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"a,b\r\n1,2\r\n3,x\ny\r\n5,6\r\n")
    found = sound(file, 2, ",", tmp_path / "copy.csv")
    assert found.read_bytes() == b"a,b\n1,2\n3,x\ny\n5,6\n"


def test_a_sound_file_is_not_copied(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    for text in (b"a,b\n1,2\n", b"a,b\r\n1,2\r\n", b'a,b\n1,"2"\n', b'a,b\n1,"2\n3"\n', b"", b"a,b"):
        file.write_bytes(text)
        assert sound(file, 2, ",", tmp_path / "copy.csv") == file
