"""Made-up Chinese names of companies and people. Any likeness to a real one is chance."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from worlds.seasons import Ints

_CITIES = (
    "上海",
    "北京",
    "深圳",
    "广州",
    "苏州",
    "杭州",
    "南京",
    "宁波",
    "无锡",
    "青岛",
    "武汉",
    "长沙",
    "成都",
    "重庆",
    "西安",
    "郑州",
    "沈阳",
    "大连",
    "合肥",
    "厦门",
    "佛山",
    "东莞",
    "常州",
    "嘉兴",
)
_BRANDS_A = tuple("华恒瑞盛嘉鼎信远泰宏博达天诚金安中德广新东联创启锦润亚凯")
_BRANDS_B = tuple("丰源通力科润诺峰航维腾景洋德盈川茂宇晟创邦隆安和兴锐")
_TRADES = (
    ("机械", "重工", "精工"),
    ("电子", "微电子", "光电"),
    ("汽配", "汽车部件", "动力"),
    ("化工", "新材料", "涂料"),
    ("医药", "生物", "医疗器械"),
    ("食品", "饮料", "粮油"),
    ("能源", "电力", "新能源"),
    ("物流", "供应链", "仓储"),
)
_FORMS = ("有限公司", "有限公司", "有限公司", "股份有限公司", "集团有限公司")
_SURNAMES = tuple("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕")
_GIVEN_A = tuple("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂文建国志海晓雨思子嘉")
_GIVEN_B = ("", *"华英玲辉宁飞鹏宇轩涵怡晨欣昊博然琳")


def companies(rng: np.random.Generator, industry: Ints) -> pa.Array:
    """A company name per industry code: town, brand, trade, legal form."""
    n = len(industry)
    trades = tuple(name for group in _TRADES for name in group)
    trade = _taken(trades, industry * 3 + rng.integers(0, 3, n))
    return pc.binary_join_element_wise(
        _any(rng, _CITIES, n), _any(rng, _BRANDS_A, n), _any(rng, _BRANDS_B, n), trade, _any(rng, _FORMS, n), ""
    )


def people(rng: np.random.Generator, n: int) -> pa.Array:
    """Names of people."""
    return pc.binary_join_element_wise(_any(rng, _SURNAMES, n), _any(rng, _GIVEN_A, n), _any(rng, _GIVEN_B, n), "")


def _any(rng: np.random.Generator, values: tuple[str, ...], n: int) -> pa.Array:
    return _taken(values, rng.integers(0, len(values), n))


def _taken(values: tuple[str, ...], codes: Ints) -> pa.Array:
    return pa.array(values).take(pa.array(codes))
