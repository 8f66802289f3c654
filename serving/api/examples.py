"""Examples of what is asked and answered, for the OpenAPI document: real answers of the demo's server, shortened."""

from __future__ import annotations

from typing import Any

ASKED: dict[str, Any] = {"items": [{"account_id": "2042"}, {"id": "no-such-id"}], "reasons": 1, "language": "en"}
SCORES: dict[str, Any] = {}
MODELS: dict[str, Any] = {}
MODEL: dict[str, Any] = {}
RELOADED: dict[str, Any] = {}
ACCOUNTS: dict[str, Any] = {}
ACCOUNT: dict[str, Any] = {}
OPPORTUNITIES: dict[str, Any] = {}
OPPORTUNITY: dict[str, Any] = {}
HISTORY: dict[str, Any] = {}
CHANGES: dict[str, Any] = {}
