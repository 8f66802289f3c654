"""The checker of cards finds what nobody should read, and leaves alone what people say."""

from __future__ import annotations

import pytest

from benchmarks.proofs.cards import forbidden
from models.prediction import Reason


def said(zh: str, en: str = "so it is", code: str = "orders") -> list[str]:
    return [*forbidden(Reason(code, "purchases", "any", "own", "up", 0.1, 0.1, False, {}, zh, en))]


@pytest.mark.parametrize(
    ("zh", "en", "kind"),
    [
        ("平均约 不到 1 天一单", "one order a day", "about less than"),
        ("每天下单", "one order every less than a day", "about less than"),
        ("上次联系在5月2日，距今 不到 1 天", "less than a day ago", "a stray space"),
        ("变化 ＋−2.3", "2.3 less", "two signs"),
        ("采购 ¥0", "bought CN¥0.00", "money that is nothing"),
        ("近 30 天 1 单", "1 orders in the last 30 days", "one of many"),
        ("1 天前", "1 days ago", "one of many"),
        ("距预计成交日 −3 天", "passed", "a negative length or count"),
        ("近 30 天 −2 单", "returned", "a negative length or count"),
        ("近 30 天 2.5 单", "orders", "a decimal of a count"),
        ("近 30 天", "2.5 contacts in 30 days", "a decimal of a count"),
        ("平均 3 小时下单", "orders", "hours where days are meant"),
        ("因为投诉", "complained", "a cause"),
    ],
)
def test_what_nobody_would_say_is_named(zh: str, en: str, kind: str) -> None:
    assert kind in said(zh, en)


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ("132 天未下单，平时约 23 天一单；近 365 天 1 单", "no order for 132 days; 1 order in the last 365 days"),
        (
            "近 90 天采购 ¥1.23万（平均水平的客户 −¥5–¥20万）",
            "bought CN¥12,345 in the last 90 days (average customers: CN¥0–10.50)",
        ),
        ("平均每周 1.5 次（平均水平的商机 0.8–2.4 次）", "3 contacts, 1.5 a week (average deals: 0.8–2.4)"),
        ("平时几乎每天一单，距今不到 1 天", "usually one almost every day"),
        ("年龄段：45-54", "age group: 45-54"),
        ("最近一次满意度 3.5 分", "satisfaction 3.5 in the last survey"),
    ],
)
def test_what_people_say_is_left_alone(zh: str, en: str) -> None:
    assert said(zh, en) == []
