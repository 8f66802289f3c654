"""What the values of a column look like, as SQL over text: dates in their forms, numbers, amounts."""

from __future__ import annotations

from dataclasses import dataclass

_CLOCK = r"([T\s]*(上午|下午)?[T\s]*\d{1,2}[:时].*)?"
_SIGNS = "[¥￥$€£₹]|元|圆|CNY|RMB|USD|EUR|GBP|INR|JPY|HKD|TWD|SGD|CAD|AUD|CHF|SEK|NOK|DKK|PLN|人民币"
FORMS: dict[str, str] = {
    "year_first": rf"^(19|20)\d\d\s*[-/.年]\s*\d{{1,2}}\s*[-/.月]\s*\d{{1,2}}\s*日?{_CLOCK}$",
    "compact": r"^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$",
    "year_last": rf"^\d{{1,2}}[-/.]\d{{1,2}}[-/.](\d\d|(19|20)\d\d){_CLOCK}$",
    "epoch_s": r"^(9\d{8}|1\d{9}|20\d{8})$",
    "epoch_ms": r"^(9\d{11}|1\d{12}|20\d{11})$",
    "month_name": r"^(\d{1,2}[-\s.]*[A-Za-z]{3,9}[-\s.,]*(19|20)?\d\d|[A-Za-z]{3,9}\.?\s+\d{1,2},?\s+(19|20)\d\d)",
    "clock": r"\d{1,2}[:时]\d\d",
    "midnight": r"[T\s]0?0:00(:00(\.0+)?)?$",
    "integer": r"^[+-]?\d+$",
    "number": r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$",
    "amount": rf"^\(?[+-]?\s*({_SIGNS})*\s*[+-]?\d[\d.,，]*\s*[万亿]?\s*({_SIGNS})*\)?$",
    "sign": _SIGNS,
    "thousands": r"\d,\d{3}(\D|$)",
    "decimal_comma": r"^\D*(\d+|\d{1,3}(\.\d{3})+),\d{1,2}\D*$",
    "dot_groups": r"^\D*[1-9]\d{0,2}\.\d{3}\D*$",
    "dot_decimals": r"\d\.(\d{1,2}|\d{4,})\D*$|^\D*(0|\d{4,})\.\d{3}\D*$",
    "myriad": r"\d\s*[万亿]",
    "chinese": "[\u4e00-\u9fff]",
    "mail": r"^[^@\s]+@[^@\s]+\.\w+$",
}
MONTH_FORMATS = (
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %b %y",
    "%b %d %Y",
    "%d %b %Y %H:%M",
    "%d-%b-%Y %H:%M:%S",
    "%d %b %Y %H:%M:%S",
    "%b %d, %Y %H:%M",
    "%b %d, %Y %I:%M %p",
)
_CURRENCIES = {
    "¥": "CNY",
    "￥": "CNY",
    "元": "CNY",
    "圆": "CNY",
    "CNY": "CNY",
    "RMB": "CNY",
    "人民币": "CNY",
    "$": "USD",
    "USD": "USD",
    "€": "EUR",
    "EUR": "EUR",
    "£": "GBP",
    "GBP": "GBP",
    "₹": "INR",
    "INR": "INR",
}


@dataclass(frozen=True)
class Shape:
    """The share of the filled values that fits each form, and the extremes that tell forms apart."""

    shares: dict[str, float]
    first: int = 0  # the greatest first and second number of a date with the year at its end
    second: int = 0
    low: float = 0.0
    high: float = 0.0
    month_format: str | None = None
    sign: str = ""
    signs: tuple[str, ...] = ()

    def of(self, *forms: str) -> float:
        """The share that fits any of these forms."""
        return sum(self.shares.get(form, 0.0) for form in forms)

    @property
    def currency(self) -> str:
        """ISO code of the currency sign that was found, or nothing."""
        return currency_of(self.sign)

    @property
    def currencies(self) -> list[str]:
        """ISO codes of all currency signs that were found, in the order of the alphabet."""
        return sorted({currency_of(sign) for sign in self.signs} - {""})

    @property
    def unclear_dots(self) -> bool:
        """Whether dots stand only before exactly three digits, so that 1.234 may be 1234."""
        return self.of("dot_groups") > 0 == self.of("dot_decimals")


def currency_of(sign: str) -> str:
    """ISO code of a currency sign, or nothing."""
    return _CURRENCIES.get(sign, sign if len(sign) == 3 else "")


def shape_select(value: str) -> str:
    """A SELECT list that measures the values of a text column."""
    shares = [f"avg(regexp_matches({value}, '{form}')::int) as {quoted_name(name)}" for name, form in FORMS.items()]
    number = f"try_cast({value} as double)"
    tail = [
        f"max(try_cast(regexp_extract({value}, '^(\\d{{1,2}})[-/.]', 1) as int)) as _first",
        f"max(try_cast(regexp_extract({value}, '^\\d{{1,2}}[-/.](\\d{{1,2}})[-/.]', 1) as int)) as _second",
        f"min({number}) as _low",
        f"max({number}) as _high",
        f"mode(nullif(regexp_extract({value}, '{_SIGNS}'), '')) as _sign",
        f"list_sort(list(distinct nullif(regexp_extract({value}, '{_SIGNS}'), ''))) as _signs",
    ]
    formats = [f"avg((try_strptime({value}, '{form}') is not null)::int) as _format{i}" for i, form in enumerate(MONTH_FORMATS)]
    return ", ".join((*shares, *tail, *formats))


def quoted_name(name: str) -> str:
    """A name of ours as an identifier."""
    return f'"{name}"'


def shape_of(row: dict[str, object]) -> Shape:
    """The measurements as an object."""

    def number(key: str) -> float:
        found = row.get(key)
        return float(found) if isinstance(found, int | float) else 0.0

    best = max(range(len(MONTH_FORMATS)), key=lambda i: number(f"_format{i}"))
    form = MONTH_FORMATS[best] if number(f"_format{best}") > 0.9 else None
    return Shape(
        {name: number(name) for name in FORMS},
        int(number("_first")),
        int(number("_second")),
        number("_low"),
        number("_high"),
        form,
        str(row.get("_sign") or ""),
        tuple(map(str, signs)) if isinstance(signs := row.get("_signs"), list) else (),
    )
