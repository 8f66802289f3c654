"""Examples of what the API answers: one company, one account, one prediction."""

from __future__ import annotations

from typing import Any

MODEL: dict[str, Any] = {"name": "demo-churn", "version": "3", "bundle_sha256": "9f2c" * 16}
REASON: dict[str, Any] = {
    "code": "order_silence",
    "dimension": "risk",
    "situation": "overdue",
    "compared": "own",
    "direction": "up",
    "points": 0.071,
    "contribution": 0.4663,
    "against": False,
    "evidence": {"order_recency": 41.2, "order_gap_mean": 8.7, "order_lateness": 4.7},
    "zh": "41 天未下单（最近一单 2017年10月21日），平时约 9 天一单",
    "en": "no order for 41 days (the last on Oct 21, 2017), usually one every 9 days",
}
PREDICTION: dict[str, Any] = {
    "task": "churn",
    "entity_id": "1",
    "account_id": "1",
    "as_of": "2017-12-01T00:00:00Z",
    "status": "ok",
    "horizon_days": 28.0,
    "shown": 0.231,
    "link": -1.2029,
    "base_shown": 0.15,
    "base_link": -1.7346,
    "interval": None,
    "days_to_win": None,
    "dimensions": [{"dimension": "risk", "contribution": 0.5317, "points": 0.081}],
    "reasons": [REASON],
    "other_points": 0.01,
    "other_contribution": 0.0654,
    "remarks": [],
    "model_name": MODEL["name"],
    "model_version": MODEL["version"],
    "bundle_sha256": MODEL["bundle_sha256"],
    "features": None,
    "contributions": None,
}
ACCOUNT: dict[str, Any] = {
    "account_id": "1",
    "name": None,
    "rank": 1,
    "tier": "gold",
    "value_at_stake_minor": 3150.2,
    "churn": 0.231,
    "value_minor": 13637.0,
    "conversion": 0.18,
    "best_opportunity_id": "18-1",
    "open_opportunities": 2,
    "thin": False,
    "reason_task": "churn",
    "reasons": [REASON],
    "last_contact_at": None,
    "next_contact_due": None,
}
