"""A small company to serve: its hand-written CRM, models really fitted on it, and a real server on a loopback port."""

from __future__ import annotations

import atexit
import io
import math
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright

from features.catalog import feature_set
from features.compute import available, prepare
from features.history import History, build_history
from features.kernel.arrays import arrow
from models.bundle import read_bundle, write_bundle
from models.model import Floats
from models.predict import ModelInfo
from models.registry import model_name
from models.scorer import Scorer
from serving.access.door import COOKIE
from serving.access.keys import create_key
from serving.engine import Engine
from serving.loaded import Loaded
from serving.store.scores import Store
from tables.snapshot import Snapshot
from training.dataset import Dataset
from training.fit import Maker, fold, walk
from training.splits.cutoffs import calendar
from training.task import PredictionTask
from training.tasks import TASKS
from training.train import evidence_of, rows_of
from workspace.workspace import CalendarCutoffs, Workspace, parse_workspace

AS_OF = datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC)
CHURN = {"items": [{"account_id": "A001"}, {"account_id": "A002"}], "tasks": ["churn"]}
SIZE = 120
NEWCOMER = "A007"  # an enquiry came in, and nothing else is known
OUTSIDERS = {NEWCOMER, "A119", "A120"}  # accounts that have never bought
_CHROMIUM = shutil.which("chromium")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_DAYS = 1000
_PLACES = ("上海", "苏州", "无锡", "常州", "宁波", "杭州", "绍兴", "嘉兴", "南京", "合肥", "温州", "台州")
_BRANDS = ("恒远", "瑞丰", "精诚", "华泰", "金桥", "东升", "海纳", "新力", "正达", "天工")
_TRADES = ("机电设备", "精密制造", "自动化科技", "食品机械")
_CHANCES = {"referral": 0.75, "fair": 0.4, "web": 0.12}


def workspace(folder: Path) -> Workspace:
    """The company: Shanghai time, yuan, three tiers."""
    cutoffs = {"kind": "calendar", "first": "2024-01-01", "test": "2026-01-01", "every_days": 28, "periods_days": 28}
    account_task = {"horizon_days": 90, "active_days": 180, "cutoffs": cutoffs}
    conversion = {"cutoffs": {"kind": "anchored", "days": [0, 14], "test_from": "2026-01-01", "test_until": "2026-03-01"}}
    tiers = [("gold", "金卡", "Gold", 0.2, 91), ("silver", "银卡", "Silver", 0.3, 182), ("white", "白卡", "White", 0.5, 365)]
    return parse_workspace(
        {
            "name": "demo",
            "title_zh": "华东机电",
            "title_en": "East Machinery",
            "time_zone": "Asia/Shanghai",
            "currency": "CNY",
            "data_dir": str(folder),
            "note_zh": "示例数据：并非真实公司。",
            "note_en": "Example data: not a real company.",
            "sources": {"accounts": "accounts.csv"},
            "tables": {
                "accounts": {"source": "accounts", "known_at_creation": ["industry", "size", "region", "source"]},
                "opportunities": {
                    "query": "select account_id opportunity_id, account_id, created_at opened_at from accounts",
                    "known_at_creation": ["source", "amount", "expected_close_at"],
                },
            },
            "tasks": {"value": account_task, "churn": account_task, "conversion": conversion},
            "tiers": [dict(zip(("code", "zh", "en", "top_share", "contact_every_days"), tier, strict=True)) for tier in tiers],
        },
        folder / "foresale.toml",
    )


def _at(day: float) -> pd.Timestamp:
    """Day 0 is the first; day 1000 is AS_OF, the last moment the history knows."""
    return pd.Timestamp(AS_OF - timedelta(seconds=round((_DAYS - day) * 86_400)))


def _account(number: int) -> dict[str, Any]:
    """One row of `accounts`."""
    draw, key = random.Random(f"account {number}"), f"A{number:03d}"
    place, brand = _PLACES[(number - 1) % len(_PLACES)], _BRANDS[(number - 1) // len(_PLACES)]
    trade = draw.choice(_TRADES)
    known = (
        {}
        if key == NEWCOMER
        else {
            "industry": trade,
            "size": draw.choice(("大型", "中型", "小型")),
            "region": place,
            "source": draw.choice(list(_CHANCES)),
        }
    )
    return {"account_id": key, "name": f"{place}{brand}{trade}有限公司", "created_at": _at(0), **known}


def _orders(key: str) -> list[dict[str, Any]]:
    """Orders in the account's own rhythm, with quiet times that some never end."""
    draw = random.Random(f"orders {key}")
    rhythm, size, day = draw.uniform(12, 50), math.exp(draw.gauss(14.5, 0.9)), draw.uniform(0, 150)
    rows: list[dict[str, Any]] = []
    while day < _DAYS and key not in OUTSIDERS:
        rows.append(
            {
                "order_id": f"{key}-O{len(rows)}",
                "account_id": key,
                "occurred_at": _at(day),
                "amount": round(size * draw.uniform(0.4, 1.8)),
                "discount": round(size * draw.choice((0, 0, 0.1))),
            }
        )
        day += rhythm * draw.uniform(0.4, 1.6) + (draw.uniform(60, 300) if draw.random() < 0.05 else 0)
    return rows


def _opportunity(key: str, number: int, opened: float, draw: random.Random) -> dict[str, Any]:
    """One opportunity; the first is still open, the older ones were won or lost before their stated closing date."""
    source, closed = draw.choice(list(_CHANCES)), opened + draw.uniform(15, 60)
    ended = {"closed_at": _at(closed), "outcome": "won" if draw.random() < _CHANCES[source] else "lost"} if number > 1 else {}
    stated = {} if key == NEWCOMER else {"source": source, "amount": round(math.exp(draw.gauss(16.5, 0.8)))}
    return {
        "opportunity_id": f"{key}-{number}",
        "account_id": key,
        "opened_at": _at(opened),
        "expected_close_at": _at(opened + 61),
        **stated,
        **ended,
    }


def _opportunities(key: str, number: int) -> list[dict[str, Any]]:
    """Every third account has one open opportunity; whoever buys has some that are closed."""
    draw = random.Random(f"opportunities {key}")
    rows = [_opportunity(key, 1, _DAYS - draw.uniform(1, 50), draw)] if number % 3 == 1 else []
    opened = [] if key in OUTSIDERS else [draw.uniform(100, 920) for _ in range(4)]
    return rows + [_opportunity(key, 2 + position, day, draw) for position, day in enumerate(opened)]


def _touches(key: str, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """None to two touches in the three weeks before each order."""
    draw = random.Random(f"touches {key}")
    moments = [
        order["occurred_at"] - pd.Timedelta(seconds=draw.randrange(20 * 86_400))
        for order in orders
        for _ in range(draw.randrange(3))
    ]
    return [
        {
            "interaction_id": f"{key}-T{position}",
            "account_id": key,
            "occurred_at": moment,
            "kind": draw.choice(("visit", "call", "email")),
            "direction": draw.choice(("in", "out", "out")),
            "contact_id": f"{key}-K{draw.randrange(3)}",
        }
        for position, moment in enumerate(moments)
    ]


def tables() -> dict[str, pd.DataFrame]:
    """The canonical tables of the company; its last known moment is AS_OF."""
    accounts = [_account(number) for number in range(1, SIZE + 1)]
    keys = [account["account_id"] for account in accounts]
    orders = {key: _orders(key) for key in keys}
    opportunities = [row for number, key in enumerate(keys, 1) for row in _opportunities(key, number)]
    touches = [row for key in keys for row in _touches(key, orders[key])]
    touches.append({"interaction_id": "last", "account_id": "A120", "occurred_at": _at(_DAYS), "kind": "call", "direction": "in"})
    frames = {
        "accounts": accounts,
        "orders": [row for rows in orders.values() for row in rows],
        "opportunities": opportunities,
        "interactions": touches,
    }
    return {name: pd.DataFrame(rows) for name, rows in frames.items()}


@cache
def history() -> History:
    """The company's history in memory."""
    return build_history(tables())


def _fit(company: Workspace, task: PredictionTask) -> tuple[Scorer, Dataset]:
    """A scorer fitted as `foresale train` fits it, and its training rows."""
    config = company.parameters(task.name)
    features = available(history(), feature_set(company, task.entity), int(AS_OF.timestamp()))
    maker, rows = (
        Maker(company, task, features, evidence_of(company, history(), task, features)),
        rows_of(company, task, config, prepare(history(), features)),
    )
    if not isinstance(config.cutoffs, CalendarCutoffs):
        return fold(maker, rows, 5)[0].scorer, rows
    cutoffs = calendar(config.cutoffs, config.horizon_days or 0, company.zone)
    periods = {str(period): rows.take(np.isin(rows.spine.as_of, chosen)) for period, chosen in cutoffs.periods.items()}
    return walk(maker, rows, periods)[0].scorer, periods["train"]


@cache
def fitted(task: str) -> tuple[Scorer, Floats]:
    """A really fitted scorer of the company and the inputs it was fitted on; once per session."""
    scorer, rows = _fit(workspace(Path(tempfile.gettempdir())), TASKS[task])
    return scorer, scorer.matrix(rows.frame)


def _loaded(company: Workspace, task: str, folder: Path) -> Loaded:
    sha256 = write_bundle(folder, *fitted(task))
    scorer = read_bundle(folder, sha256)
    return Loaded(ModelInfo(model_name(company, task), "3", sha256), scorer, prepare(history(), scorer.reads))


@cache
def snapshot() -> Snapshot:
    """The company's canonical rows on disk; once per session."""
    folder = Path(tempfile.mkdtemp(prefix="company-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, table in tables().items():
        pq.write_table(arrow(table), folder / f"{name}.parquet")
    return Snapshot(folder, "Asia/Shanghai")


@cache
def company_engine() -> Engine:
    """The real engine over the company's history and its models, each read back from its bundle; once per session."""
    with tempfile.TemporaryDirectory() as folder:
        company = workspace(Path(folder))
        loaded = {task: _loaded(company, task, Path(folder) / task) for task in TASKS}
        return Engine(company, history(), loaded, snapshot())


@dataclass
class Server:
    """A running server: its address, and the access log it wrote so far."""

    url: str
    log: io.StringIO
    app: FastAPI


@contextmanager
def serving(app: FastAPI, log: io.StringIO) -> Iterator[Server]:
    """Run an application on a free loopback port until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, access_log=False, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield Server(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", log, app)
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser; the test is skipped, saying so, where there is none."""
    if _CHROMIUM is None:
        pytest.skip("chromium is not on the PATH: install it to run the pages in a real browser")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)


def logged_in(server: Server, key: str) -> httpx.Client:
    """A client with the session cookie of a key."""
    login = httpx.post(f"{server.url}/login", data={"key": key}, headers={"origin": server.url})
    return httpx.Client(base_url=server.url, headers={"accept": "text/html"}, cookies=login.cookies)


@contextmanager
def browsing(browser: Browser, server: Server, key: str, locale: str) -> Iterator[Page]:
    """A logged-in page at 1280 px, which must end without a complaint of the browser."""
    context = browser.new_context(locale=locale, viewport={"width": 1280, "height": 900})
    with logged_in(server, key) as client:
        context.add_cookies([{"name": COOKIE, "value": client.cookies[COOKIE], "url": server.url}])
    page, complaints = context.new_page(), list[str]()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{server.url}/")
    yield page
    context.close()
    assert complaints == []


@dataclass
class World:
    """A running server with its store, and a client for each scope."""

    server: Server
    store: Store
    engine: Engine

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


def wait_until_ready(world: World, seconds: float = 10) -> None:
    """Return once /readyz says yes."""
    deadline = time.monotonic() + seconds
    while world.get("/readyz").status_code != 200:
        assert time.monotonic() < deadline, [line for line in world.server.log.getvalue().splitlines() if '"error"' in line]
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
