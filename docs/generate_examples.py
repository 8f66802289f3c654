"""Writes serving/api/examples.json, real answers of a trained and scored workspace, shortened:

`python docs/generate_examples.py var/complete-journey-copy/foresale.toml`. Two stored runs are needed to tell a change.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from serving.access.keys import create_key
from serving.app import create_app
from serving.live import live
from serving.loading import load_engine
from serving.settings import Settings
from serving.store.scores import open_store
from workspace.workspace import load_workspace

TARGET = Path(__file__).parents[1] / "serving" / "api" / "examples.json"
ASKED = {"items": [{"account_id": "2042"}, {"id": "no-such-id"}], "reasons": 1, "language": "en"}
OPINION = {"task": "churn", "id": "2042", "agree": False, "because": "They moved away."}
_ORDER = {"order_id": "new-1", "account_id": "2042", "occurred_at": "2017-12-31T18:20:00Z", "amount": "34.10"}
EVENTS = [
    {"specversion": "1.0", "id": number, "source": "crm", "type": "foresale.orders", "data": data}
    for number, data in (("1", _ORDER), ("2", {**_ORDER, "amount": "a lot"}))
]
_REQUEST_ID = "5f0c2f6f7f0a4b0e9a52f1e3f1c4d7aa"


def examples(file: Path) -> dict[str, Any]:
    """One example of each shape, by name."""
    company = load_workspace(file)
    engine = load_engine(company)
    with open_store(company.store_url) as store:
        app = create_app(Settings(company), lambda: live(engine, store), store, log_stream=io.StringIO())
        headers = {"authorization": f"Bearer {create_key(store, 'examples', ('admin',))}", "x-request-id": _REQUEST_ID}
        with TestClient(app, headers=headers) as client:
            while client.get("/readyz").status_code != 200:
                time.sleep(0.1)
            return _asked(client)


def _asked(client: TestClient) -> dict[str, Any]:
    def get(path: str) -> Any:
        return client.get(f"/v1/{path}").json()

    scores = client.post("/v1/scores", json=ASKED).json()
    accounts, opportunities = (get(f"{which}?limit=1&language=en") for which in ("accounts", "opportunities"))
    account, deal = accounts["accounts"][0]["account_id"], opportunities["opportunities"][0]["opportunity_id"]
    return {
        "ScoresIn": ASKED,
        "ScoresOut": scores,
        "AccountsOut": accounts,
        "OpportunitiesOut": opportunities,
        **_of_account(get, account),
        "OpportunityOneOut": _short(get(f"opportunities/{deal}?language=en")),
        "ModelsOut": _short(get("models")),
        "ModelOneOut": get("models/churn"),
        "ReloadedOut": client.post("/v1/models/reload").json(),
        "StatusOut": client.get("/livez").json(),
        "FeedbackIn": OPINION,
        "FeedbackOut": client.post("/v1/feedback", json=OPINION).json(),
        "EventIn": EVENTS[0],
        "EventsOut": client.post("/v1/events", json=EVENTS).json(),
    }


def _of_account(get: Callable[[str], Any], account: str) -> dict[str, Any]:
    history = get(f"accounts/{account}/history")
    since = history["answers"][0]["run"]["as_of"]
    return {
        "AccountOneOut": _short(get(f"accounts/{account}?language=en")),
        "ActionsOut": _short(get(f"accounts/{account}/actions?language=en")),
        "HistoryOut": _short(history),
        "ChangesOut": _short(get(f"accounts/{account}/changes?task=churn&since={since}&language=en")),
    }


def _short(value: Any, name: str = "") -> Any:
    """The same with one entry in each list but that of causes, which add up."""
    if isinstance(value, list):
        return [_short(one) for one in (value if name == "causes" else value[:1])]
    return {key: _short(one, key) for key, one in value.items()} if isinstance(value, dict) else value


if __name__ == "__main__":
    TARGET.write_text(json.dumps(examples(Path(sys.argv[1])), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {TARGET}")
