"""A small company to serve: an engine-shaped object, its stored scores, and a real server on a loopback port."""

from __future__ import annotations

import io
import math
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from features.workspace import Workspace, parse_workspace
from models.predict import ModelInfo
from models.prediction import DimensionScore, Prediction, Reason
from serving.auth import create_key
from serving.engine import UnknownEntity
from serving.records import Facts
from serving.store import Store

AS_OF = datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC)
CHURN = {"task": "churn", "ids": ["A001", "A002"]}
DIMENSIONS = ("fit", "engagement", "urgency", "decision_chain", "purchases", "relationship", "service", "risk")
WORDS = {
    "fit": ("行业与主力客户一致", "Industry matches the best customers"),
    "engagement": ("近 30 天互动次数", "Touches in the last 30 days"),
    "urgency": ("距声明的成交日", "Days until the stated closing date"),
    "decision_chain": ("已接触的决策角色数", "Decision roles reached"),
    "purchases": ("距上次订单的天数", "Days since the last order"),
    "relationship": ("合作时长", "Days since the first order"),
    "service": ("未解决的投诉", "Complaints still open"),
    "risk": ("付款延迟", "Payment delay"),
}


def workspace(folder: Path) -> Workspace:
    """The company: Shanghai time, yuan, three tiers."""
    cutoffs = {"kind": "calendar", "first": "2025-06-01", "test": "2026-03-01"}
    account_task = {"horizon_days": 90, "active_days": 180, "cutoffs": cutoffs}
    conversion = {"cutoffs": {"kind": "anchored", "test_from": "2026-01-01", "test_until": "2026-03-01"}}
    tiers = [("gold", "金卡", "Gold", 0.2, 91), ("silver", "银卡", "Silver", 0.3, 182), ("white", "白卡", "White", 0.5, 365)]
    return parse_workspace({
        "name": "demo", "title_zh": "华东机电", "title_en": "East Machinery", "time_zone": "Asia/Shanghai",
        "currency": "CNY", "data_dir": str(folder), "note_zh": "示例数据：并非真实公司。",
        "note_en": "Example data: not a real company.", "sources": {"accounts": "accounts.csv"},
        "tables": {"accounts": {"source": "accounts"}},
        "tasks": {"value": account_task, "churn": account_task, "conversion": conversion},
        "tiers": [dict(zip(("code", "zh", "en", "top_share", "contact_every_days"), tier, strict=True)) for tier in tiers],
    }, folder / "foresale.toml")


def prediction(task: str, entity: str, account: str, as_of: datetime, *, thin: bool = False) -> Prediction:
    """A prediction whose parts add up, drawn from a generator seeded by what it is about."""
    draw = random.Random(f"{task}/{entity}")
    base = math.log(250_000_00 * 0.2) if task == "value" else draw.choice((-1.9, -1.2))
    sizes = [0.0 if thin else draw.gauss(0, 0.45) * draw.choice((0, 1, 1)) for _ in DIMENSIONS]
    link = base + math.fsum(sizes)
    inverse = math.exp if task == "value" else lambda number: 1 / (1 + math.exp(-number))
    shown, base_shown = inverse(link), inverse(base)
    slope = (shown - base_shown) / (link - base) if link != base else 0.0
    found = sorted(zip(DIMENSIONS, sizes, strict=True), key=lambda item: -abs(item[1]))
    reasons = tuple(_reason(name, size, size * slope, draw) for name, size in found[:6] if size)
    return Prediction(
        task, entity, account, as_of, "insufficient_history" if thin else "ok", 90.0, shown, link, base_shown, base,
        (shown * 0.4, shown * 0.85, shown * 2.1) if task == "value" else None,
        tuple(DimensionScore(name, size, size * slope) for name, size in zip(DIMENSIONS, sizes, strict=True)),
        reasons, f"demo-{task}", "3", "9f2c" * 16)


def _reason(dimension: str, size: float, points: float, draw: random.Random) -> Reason:
    zh, en = WORDS[dimension]
    value, usual = float(draw.randint(0, 90)), float(draw.randint(0, 40))
    unit = "days" if "Days" in en or "delay" in en else "count"
    words = f"{zh}：{value:.0f}（通常 {usual:.0f}）", f"{en}: {value:.0f} (usual: {usual:.0f})"
    return Reason(f"{dimension}_1", dimension, "up" if size > 0 else "down", points, size, value, usual, unit, *words)


@dataclass(frozen=True)
class TinyEngine:
    """What serving needs of an engine, for accounts A001... with one opportunity for each third one."""

    workspace: Workspace
    tasks: tuple[str, ...] = ("conversion", "value", "churn")
    latest_as_of: datetime = AS_OF
    size: int = 120
    models: dict[str, ModelInfo] = field(default_factory=lambda: {
        task: ModelInfo(f"demo-{task}", "3", "9f2c" * 16) for task in ("conversion", "value", "churn")})

    def population(self, task: str, as_of: datetime) -> list[str]:
        """Every account, or every open opportunity."""
        accounts = [f"A{number:03d}" for number in range(1, self.size + 1)]
        return [f"{account}-1" for account in accounts[::3]] if task == "conversion" else accounts[:-2]

    def predict(self, task: str, ids: Sequence[str], as_of: datetime, *, with_features: bool = False) -> list[Prediction]:
        """The same answer for the same question, always."""
        if unknown := [entity for entity in ids if entity not in self.population(task, as_of)]:
            raise UnknownEntity(unknown)
        return [prediction(task, entity, entity.split("-")[0], as_of, thin=entity.startswith("A007")) for entity in ids]


def facts(engine: TinyEngine) -> Facts:
    """Names, last contacts and amounts as a CRM would hold them."""
    accounts = engine.population("churn", AS_OF)
    return Facts({account: f"华东机电 {account[1:]} 厂" for account in accounts},
                 {account: AS_OF - timedelta(days=int(account[1:])) for account in accounts},
                 dict.fromkeys(engine.population("conversion", AS_OF), 100000000))


def score_everyone(engine: TinyEngine, store: Store, about: Facts | None = None) -> int:
    """Store a run of all predictions, as the nightly batch does."""
    as_of = engine.latest_as_of
    predictions = [item for task in engine.tasks for item in engine.predict(task, engine.population(task, as_of), as_of)]
    return store.save_run(as_of, predictions, engine.models, about)


@dataclass
class Server:
    """A running server: its address, and the access log it wrote so far."""

    url: str
    log: io.StringIO


@contextmanager
def serving(app: FastAPI, log: io.StringIO) -> Iterator[Server]:
    """Run an application on a free loopback port until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, access_log=False, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield Server(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", log)
    finally:
        server.should_exit = True
        thread.join()


@dataclass
class World:
    """A running server with its store, and a client for each scope."""

    server: Server
    store: Store
    engine: TinyEngine

    def client(self, *scopes: str) -> httpx.Client:
        """A client with a new key of these scopes, or without a key."""
        headers = {"authorization": f"Bearer {create_key(self.store, 'test', scopes)}"} if scopes else {}
        return httpx.Client(base_url=self.server.url, headers=headers)

    def post(self, body: object, *scopes: str) -> httpx.Response:
        """Ask for scores."""
        with self.client(*(scopes or ("score",))) as client:
            return client.post("/v1/scores", json=body)

    def get(self, path: str, *scopes: str) -> httpx.Response:
        """Ask for a path."""
        with self.client(*scopes) as client:
            return client.get(path)


def wait_until_ready(world: World) -> None:
    """Return once /readyz says yes."""
    deadline = time.monotonic() + 10
    while world.get("/readyz").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The body of an RFC 9457 problem, after checking its shape."""
    body: dict[str, Any] = response.json()
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert body["type"] == f"urn:foresale:problem:{code}"
    assert body["status"] == status
    assert body["request_id"] == response.headers["x-request-id"]
    assert {"title", "detail", "instance"} <= body.keys()
    return body
