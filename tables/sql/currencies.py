"""How currencies are written: by their ISO codes, and by signs and words, of which some are shared by several."""

from __future__ import annotations

from functools import cache

from babel.numbers import list_currencies

_WRITTEN: dict[str, str] = {
    "CNY": "¥ CN¥ 元 圆 元整 圆整 元人民币 人民币 人民币元 RMB CNH",
    "JPY": "¥ JP¥ 円 日元 日圆",
    "USD": "$ US$ USD$ 美元 美金",
    "EUR": "€ Euro euro Euros euros EURO 欧元",
    "GBP": "£ 英镑",
    "HKD": "$ HK$ 元 圆 港元 港币",
    "TWD": "$ NT$ 元 圆 台币 新台币",
    "SGD": "$ S$ SG$ 新元 新加坡元",
    "CAD": "$ C$ CA$ CAD$ 加元",
    "AUD": "$ A$ AU$ AUD$ 澳元",
    "NZD": "$ NZ$ 新西兰元",
    "MXN": "$ MX$",
    "ARS": "$ AR$",
    "CLP": "$ CL$",
    "COP": "$ CO$",
    "BRL": "R$",
    "CHF": "Fr Fr. SFr SFr. 瑞郎",
    "INR": "₹ Rs Rs.",
    "PKR": "Rs Rs.",
    "LKR": "Rs Rs.",
    "KRW": "₩ 원 韩元",
    "RUB": "₽ руб руб. 卢布",
    "PLN": "zł",
    "CZK": "Kč",
    "SEK": "kr kr.",
    "NOK": "kr kr.",
    "DKK": "kr kr.",
    "ISK": "kr kr.",
    "HUF": "Ft",
    "TRY": "₺ TL",
    "UAH": "₴",
    "ILS": "₪",
    "THB": "฿ 泰铢",
    "VND": "₫ 越南盾",
    "PHP": "₱",
    "NGN": "₦",
    "MYR": "RM",
    "IDR": "Rp Rp.",
    "ZAR": "R",
}


@cache
def written(currency: str) -> tuple[str, ...]:
    """Ways to write a currency: its code, its signs and its words. The longest first."""
    return _longest_first({currency, *_WRITTEN.get(currency, "").split()} - {""})


@cache
def written_otherwise(currency: str) -> tuple[str, ...]:
    """Ways to write other currencies in which this one is never written; the small letters of common codes too."""
    words = {word for ways in _WRITTEN.values() for word in ways.split()}
    codes = list_currencies() | {code.lower() for code in _WRITTEN}
    return _longest_first((words | codes) - {currency.lower(), *written(currency)})


def _longest_first(words: set[str]) -> tuple[str, ...]:
    return tuple(sorted(words, key=lambda word: (-len(word), word)))
