"""Fit 匹配度: what kind of company this is, what was stated at the opening, and how often such sales were won."""

from features.feature import POOLED, Feature, Path

SHRINK = 20
_WON = (("outcome", "won"),)


def _account(column: str, zh: str, en: str) -> Feature:
    return Feature(f"account_{column}", "fit", zh, en, "accounts", "attribute", measure=column, unit="category", categorical=True)


def win_rate(key: Feature, name: str, dimension: str, zh: str, en: str) -> Feature:
    """The share of closed opportunities with the same key that were won, shrunk to everybody's."""
    path: Path = "opportunity" if "opportunity" in (key.path, key.key and key.key.path) else "account"
    return Feature(
        name,
        dimension,
        zh,
        en,
        "opportunities_closed",
        POOLED,
        where=_WON,
        key=key,
        shrink=SHRINK,
        path=path,
        unit="share",
        sign=1,
    )


INDUSTRY, SIZE = _account("industry", "行业", "industry"), _account("size", "规模", "size class")
REGION, ORIGIN = _account("region", "地区", "region"), _account("source", "客户来源", "where the account came from")
SOURCE = Feature(
    "opportunity_source",
    "fit",
    "线索来源",
    "where the lead came from",
    "opportunities",
    "attribute",
    measure="source",
    unit="category",
    path="opportunity",
    categorical=True,
)
AMOUNT = Feature(
    "opportunity_amount",
    "fit",
    "商机金额",
    "amount stated",
    "opportunities",
    "attribute",
    measure="amount",
    unit="money",
    path="opportunity",
)

FEATURES = (
    INDUSTRY,
    SIZE,
    REGION,
    ORIGIN,
    SOURCE,
    AMOUNT,
    win_rate(INDUSTRY, "industry_win_rate", "fit", "同行业历史成交率", "past win rate in the same industry"),
    win_rate(SIZE, "size_win_rate", "fit", "同规模历史成交率", "past win rate at the same size"),
    win_rate(REGION, "region_win_rate", "fit", "同地区历史成交率", "past win rate in the same region"),
    win_rate(ORIGIN, "account_source_win_rate", "fit", "同客户来源历史成交率", "past win rate of accounts from the same source"),
    win_rate(SOURCE, "source_win_rate", "fit", "同线索来源历史成交率", "past win rate of leads from the same source"),
)
