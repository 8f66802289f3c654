"""Writes docs/openapi.json: `python docs/generate_openapi.py`. A test checks that it is current: /v1 is frozen."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path

from serving.app import create_app
from serving.loading import load_engine
from serving.settings import Settings
from serving.store.scores import open_store
from workspace.workspace import load_workspace

TARGET = Path(__file__).with_name("openapi.json")
_COMPANY = Path(__file__).parents[1] / "examples" / "complete_journey.toml"


def document() -> str:
    """The whole document; no model and no data is read for it."""
    company = load_workspace(_COMPANY)
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/f.db") as store:
        app = create_app(Settings(company), lambda: load_engine(company), store, log_stream=io.StringIO())
        return json.dumps(app.openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
    print(f"wrote {TARGET}")
