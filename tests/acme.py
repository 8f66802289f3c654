"""The company of the ingestion tests: its tables are the test's own, everything else is always the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from tables.ingest import IngestResult
from workspace.workspace import Workspace, parse_workspace


def acme(folder: Path, sources: dict[str, Any], tables: dict[str, Any], **more: Any) -> Workspace:
    """A workspace in `folder`; its derived data lie in `var` there unless told otherwise."""
    raw = {
        "name": "acme",
        "title_zh": "示例",
        "title_en": "Acme",
        "time_zone": "Asia/Shanghai",
        "currency": "CNY",
        "data_dir": "var",
        "sources": sources,
        "tables": tables,
        **more,
    }
    return parse_workspace(raw, folder / "foresale.toml")


def rows(result: IngestResult, table: str) -> pd.DataFrame:
    """The accepted rows of a table."""
    return pq.read_table(result.snapshot.folder / f"{table}.parquet").to_pandas()
