"""Made-up companies whose outcomes are drawn at random: whoever finds anything in them fools himself.

Half are one table without dates; half are dated opportunities whose share of wins is steady, or moves from month to month. Where
it moves, an opportunity is decided after its month is over, so that nothing known at its opening tells the month's share; and a
few accounts come back again and again, so that inputs which count what came before tell the month: over the months that it was
fitted on a model looks good, and is worth nothing later.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

COMPANIES = 20
_FEWEST, _MOST = 100, 3000
_DAYS, _LAST_DAYS = 730, 365
_MONTH = 30
_OPPORTUNITIES_EACH = 40
_FIRST = pd.Timestamp("2024-01-01")
_HEAD = """name = "noise-{number:02}"
title_zh = "噪声"
title_en = "Noise"
time_zone = "UTC"
currency = "CNY"
data_dir = "var"

[sources]
leads = "leads.csv"

[tables.accounts]
query = "select distinct account as account_id from leads"
"""
_UNDATED = """
[tables.opportunities]
query = "select lead as opportunity_id, account as account_id, outcome{inputs} from leads"
{attributes}
[tasks.conversion]
cutoffs = {{ kind = "none", test_share = 0.2 }}
"""
_DATED = """
[tables.opportunities]
query = '''
select lead as opportunity_id, account as account_id, opened as opened_at, closed as closed_at, outcome{inputs} from leads'''
{attributes}
[tasks.conversion]
horizon_days = 90
cutoffs = {{ kind = "anchored", days = {anchors}, test_from = {test}, test_until = 2025-12-31 }}
"""
_ATTRIBUTE = """
[tables.opportunities.attributes]
"""
_INPUT = '{name} = {{ kind = "{kind}", known = "creation", reason = "drawn at random", zh = "{name}", en = "{name}" }}\n'


@dataclass(frozen=True)
class Noise:
    """One company: how many rows, whether dated, whether its share of wins moves, and its inputs (levels of the categories)."""

    number: int
    rows: int
    dated: bool
    moving: bool
    accounts: int
    numbers: int
    levels: tuple[int, ...]

    @property
    def words(self) -> str:
        """What it is, for a table."""
        kind = ("dated, moving" if self.moving else "dated, steady") if self.dated else "no dates"
        return f"{kind}; {self.numbers} numbers, categories of {', '.join(map(str, self.levels)) or 'none'}"


def noise(number: int) -> Noise:
    """The declaration of a company; its rows are spread evenly, on a log scale, over the companies of its kind."""
    rng, dated = np.random.default_rng([36, number]), number % 2 == 1
    share = number // 2 / (COMPANIES // 2 - 1)
    rows = round(_FEWEST * (_MOST / _FEWEST) ** share)
    levels = tuple(int(n) for n in rng.choice([3, 5, 8, 12, 20, 40], rng.integers(1, 5), replace=False))
    moving = number % 4 == 3
    accounts = max(20, rows // (_OPPORTUNITIES_EACH if moving else int(rng.choice([1, 1, 3, 8]))))
    return Noise(number, rows, dated, moving, accounts, int(rng.integers(0, 8)), levels)


def written(folder: Path, company: Noise) -> Path:
    """The company's table and its workspace file in `folder`; the file."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = _inputs(company, np.random.default_rng([37, company.number]))
    _table(company, np.random.default_rng([38, company.number])).join(inputs).to_csv(folder / "leads.csv", index=False)
    file = folder / "foresale.toml"
    file.write_text(_workspace_text(company, inputs), encoding="utf-8")
    return file


def _table(company: Noise, rng: np.random.Generator) -> pd.DataFrame:
    """Who is asked about, when, and how it ended."""
    size = company.rows
    frame = pd.DataFrame({"lead": [f"L{n:05}" for n in range(size)]})
    frame["account"] = [f"A{n:05}" for n in (rng.integers(0, company.accounts, size) if company.accounts < size else range(size))]
    opened = np.sort(rng.integers(_DAYS - _LAST_DAYS if company.moving else 0, _DAYS - 90, size))
    usual = rng.uniform(0.08, 0.5)
    chance = rng.uniform(0.05, 0.6, _DAYS)[opened // _MONTH] if company.moving else np.full(size, usual)
    frame["outcome"] = np.where(rng.random(size) < chance, "won", "lost")
    if company.dated:
        lasted = rng.integers(_MONTH + 1 if company.moving else 5, 81, size)
        frame["opened"], frame["closed"] = (_day(days) for days in (opened, opened + lasted))
    return frame


def _day(days: np.ndarray) -> pd.Series[str]:
    return pd.Series(_FIRST + pd.to_timedelta(days, unit="D")).dt.strftime("%Y-%m-%d")


def _inputs(company: Noise, rng: np.random.Generator) -> pd.DataFrame:
    """Columns that know nothing: numbers of four shapes and categories with frequent and rare levels, some with gaps."""
    size, columns = company.rows, {}
    for n in range(company.numbers):
        shape = (rng.normal(0, 1, size), rng.lognormal(3, 1, size), rng.poisson(4, size), rng.uniform(0, 100, size))[n % 4]
        columns[f"number_{n}"] = _with_gaps(pd.Series(shape).round(3), rng)
    for levels in company.levels:
        weights = 1 / np.arange(1, levels + 1)
        drawn = rng.choice(levels, size, p=weights / weights.sum())
        columns[f"kind_{levels}"] = _with_gaps(pd.Series([f"k{n}" for n in drawn]), rng)
    return pd.DataFrame(columns)


def _with_gaps(column: pd.Series, rng: np.random.Generator) -> pd.Series:
    """Every third column lacks a fifth of its values."""
    return column.mask(rng.random(len(column)) < 0.2) if rng.random() < 1 / 3 else column


def _workspace_text(company: Noise, inputs: pd.DataFrame) -> str:
    kinds = {str(name): "numeric" if str(name).startswith("number") else "categorical" for name in inputs}
    attributes = _ATTRIBUTE + "".join(_INPUT.format(name=name, kind=kind) for name, kind in kinds.items())
    body = (_DATED if company.dated else _UNDATED).format(
        inputs="".join(f", {name}" for name in kinds),
        attributes=attributes,
        anchors=[0] if company.moving else [0, 30],
        test="2025-07-15" if company.moving else "2025-04-15",
    )
    return _HEAD.format(number=company.number) + body
