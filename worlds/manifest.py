"""The workspace file of a written world."""

from __future__ import annotations

from datetime import date, timedelta

from workspace.schema import TABLES
from worlds.classes import INDUSTRIES, SIZES, SOURCES
from worlds.population import REGIONS
from worlds.seasons import Seasons
from worlds.setting import HORIZON_DAYS, World

_KNOWN = {
    "accounts": ("industry", "size", "region", "source"),
    "opportunities": ("source", "amount", "expected_close_at", "owner_id", "referred_by_id"),
    "opportunity_contacts": ("role",),
    "contacts": ("role",),
    "owners": ("team",),
}
_WHOLE_AMOUNTS = "case when field = 'amount' then (value::bigint / 100)::varchar else value end as value"
FIRST_LINE = "# A synthetic company: nobody and nothing in it exists. Written by `foresale world`: docs/world.md says how.\n"
DATA_DIR = "var"
_HEAD = """# {accounts} accounts, {years} years, seed {seed}, preset {name}
name = "world-{name}"
title_zh = "合成数据：大客户销售（{name}）"
title_en = "SYNTHETIC: key-account sales ({name})"
note_zh = "合成数据：这家公司、它的客户和联系人都是程序生成的，数字不代表任何真实企业。"
note_en = "SYNTHETIC data: this company, its customers and their people were generated; the figures say nothing about a real one."
time_zone = "Asia/Shanghai"
currency = "CNY"
data_dir = "{data_dir}"
settling_lag_days = 0
"""
_TASKS = """
[tasks.conversion]
horizon_days = {horizon}
cutoffs = {{ kind = "calendar", first = {first}, test = {test}, every_days = 30, periods_days = 30 }}

[tasks.value]
horizon_days = {horizon}
active_days = 365
cutoffs = {{ kind = "calendar", first = {first}, test = {test}, every_days = 30, periods_days = 30 }}

[tasks.churn]
horizon_days = {horizon}
active_days = 365
cutoffs = {{ kind = "calendar", first = {first}, test = {test}, every_days = 30, periods_days = 30 }}
"""
_TRADES = ("machinery", "electronics", "car parts", "chemicals", "medicine", "food", "energy", "logistics")
_CAME_BY = ("trade show", "webinar", "referral", "tender", "community", "inbound")
_AREAS = ("East", "South", "North", "Central", "Southwest", "Northwest", "Northeast")
_HERE = (*INDUSTRIES, *SIZES, *SOURCES, *REGIONS)
_ENGLISH = dict(zip(_HERE, (*_TRADES, "small", "medium", "large", "group", *_CAME_BY, *_AREAS), strict=True))
_TIERS = """
[[tiers]]
code = "{}"
zh = "{}"
en = "{}"
top_share = {}
contact_every_days = {}
"""


def workspace_text(world: World) -> str:
    """A complete `foresale.toml` for the tables beside it."""
    sources = "\n[sources]\n" + "".join(f'{name} = "tables/{name}"\n' for name in TABLES)
    tiers = (("gold", "金卡", "Gold", 0.2, 91), ("silver", "银卡", "Silver", 0.3, 182), ("white", "白卡", "White", 0.5, 365))
    head = _HEAD.format(name=world.preset.name, accounts=world.accounts, years=world.years, seed=world.seed, data_dir=DATA_DIR)
    return (
        FIRST_LINE
        + head
        + sources
        + "".join(_table(name) for name in TABLES)
        + _tasks(world.calendar)
        + "".join(_TIERS.format(*tier) for tier in tiers)
        + "\n[words]\n"
        + "".join(f'"{zh}" = {{ zh = "{zh}", en = "{en}" }}\n' for zh, en in _ENGLISH.items())
    )


def _table(name: str) -> str:
    """The tables hold minor units; a workspace's source holds whole ones."""
    money = [column.name for column in TABLES[name].columns if column.kind == "money"]
    whole = _WHOLE_AMOUNTS if name == "field_history" else ", ".join(f"{column} / 100 as {column}" for column in money)
    origin = f'query = "select * replace ({whole}) from {name}"' if whole else f'source = "{name}"'
    known = f"known_at_creation = {list(_KNOWN[name])}\n".replace("'", '"') if name in _KNOWN else ""
    return f"\n[tables.{name}]\n{origin}\n{known}"


def _tasks(calendar: Seasons) -> str:
    def day(n: int) -> date:
        return calendar.first + timedelta(days=n)

    return _TASKS.format(horizon=HORIZON_DAYS, first=day(180), test=day(calendar.days - HORIZON_DAYS - 1))
