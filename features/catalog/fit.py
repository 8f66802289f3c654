"""Fit 匹配度: what kind of company this is, and what was stated when the opportunity was opened."""

from features.feature import Feature


def _account(column: str, zh: str, en: str) -> Feature:
    return Feature(f"account_{column}", "fit", zh, en, "accounts", "attribute", measure=column, unit="category",
                   categorical=True)


FEATURES = (
    _account("industry", "行业", "industry"),
    _account("size", "规模", "size class"),
    _account("region", "地区", "region"),
    _account("source", "客户来源", "where the account came from"),
    Feature("opportunity_source", "fit", "线索来源", "where the lead came from", "opportunities", "attribute",
            measure="source", unit="category", path="opportunity", categorical=True),
    Feature("opportunity_amount", "fit", "商机金额", "amount stated at the opening", "opportunities",
            "attribute", measure="amount", unit="money", path="opportunity"),
)
