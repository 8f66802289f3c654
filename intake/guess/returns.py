"""Orders that are returns: told by a column of kinds, they count as negative amounts."""

from __future__ import annotations

import re

from intake.drafts import Guess, Part
from intake.look.profile import Column, Found, View
from intake.words.names import listed, says
from tables.sql.text import literals, quoted

_KINDS = "type, kind, class, category, nature, direction, doc, document, 类型, 类别, 种类, 性质, 业务, 方向, 红蓝, 单据"
_NOT_KINDS = (
    "status, state, payment, pay, card, method, product, item, customer, reason, "
    "状态, 支付, 付款, 收款, 产品, 商品, 客户, 原因, 编号, 政策"
)
_RETURNS = (
    "return, returned, sale return, sales return, customer return, refund, refunded, sale refund, credit, credit note, "
    "credit memo, out refund, chargeback, reversal, 退"
)
_RETURNS_IN = "退货, 退款, 退单, 退回, 红字, 冲红, 红冲, 红票"
_NONE = re.compile(r"[未无非不免]|换货")


Told = tuple[Column, list[str], float]  # the column, its values that mean a return, their share of the rows


def returns_of(found: Found) -> Told | None:
    """The column that tells returns, the values that mean one, and their share of the rows."""
    for column in found.columns:
        if not column.is_category or not says(column.name, _KINDS) or says(column.name, _NOT_KINDS):
            continue
        meant = [value for value in column.values if means_a_return(value)]
        if meant and len(meant) < column.distinct:
            return column, meant, column.share(meant) * column.filled
    return None


def means_a_return(value: str) -> bool:
    """Whether a value of a column of kinds says that the row is a return or a refund."""
    plain = " ".join(re.sub(r"[^0-9a-z\u4e00-\u9fff]+", " ", value.lower()).split())
    plainly = {plain, plain.removesuffix("s")} & listed(_RETURNS)
    return bool(plainly) or bool(says(value, _RETURNS_IN) and not _NONE.search(value))


def negate_returns(view: View, part: Part, *, kinds: Found | None = None) -> None:
    """Make the amounts of returns negative, where they are stated without a sign; `kinds` is a joined table that tells them."""
    own, amount = returns_of(part.found), part.columns.get("amount") or part.sql.get("amount")
    joined = returns_of(kinds) if kinds and not own else None
    told, table = own or joined, f"{kinds.name}." if joined and kinds else ""
    if told is None or amount is None or (own and _signed(view, part, amount.value, own)):
        return
    column, meant, share = told
    source = part.found.column(amount.value) if "amount" in part.columns else None
    sql = negative(amount.value, source, is_return(column, meant, table), plain="amount" in part.columns)
    part.columns.pop("amount", None)
    doubt = _said(amount.doubt, column, meant, share)
    part.sql["amount"] = Guess(sql, f"{amount.reason}; negative for {', '.join(meant)}", doubt)


def is_return(column: Column, meant: list[str], table: str = "") -> str:
    """SQL that says whether a row is a return."""
    return f"trim(cast({table}{quoted(column.name)} as varchar)) in ({literals(meant)})"


def negative(amount: str, source: Column | None, condition: str, *, plain: bool) -> str:
    """An amount that is negative where the condition holds: text gets a sign where it has none, a number the other."""
    name = quoted(amount) if plain else amount
    if source is None or source.type != "VARCHAR":
        return f"case when {condition} then -abs({name}) else {name} end"
    text = f"cast({name} as varchar)"
    return f"case when {condition} and not regexp_matches({text}, '[-－(（]') then '-' || ltrim({text}, '+ ') else {text} end"


def _said(doubt: str, column: Column, meant: list[str], share: float) -> str:
    said = (
        f"{column.name} says {', '.join(meant)} in {share:.1%} of the rows: their amounts are stated without a sign and are "
        f"counted as negative, as returns. If they are sales, map the amount as it is"
    )
    return f"{doubt}; {said}" if doubt else said


def _signed(view: View, part: Part, amount: str, told: Told) -> bool:
    """Whether nearly all amounts of returns are negative already."""
    if part.query is not None:
        return False
    text = f"cast({quoted(amount) if 'amount' in part.columns else amount} as varchar)"
    share = view.number(
        f"select avg(regexp_matches({text}, '^\\s*[-－(（]|^\\D{{0,3}}[-－]')::int) from "
        f"{quoted(part.found.name)} where {is_return(*told[:2])}"
    )
    return share > 0.9


def summed(view: View, found: Found, sql: str) -> tuple[str, str]:
    """SQL of the amount of a line that is summed up, negative for a return, and the doubt."""
    told = returns_of(found)
    if told is None or sql == "1":
        return sql, ""
    column, meant, share = told
    signs = f"select avg((({sql}) < 0)::int) from {quoted(found.name)} where {is_return(column, meant)}"
    if view.number(signs) > 0.9:
        return sql, ""
    return negative(sql, None, is_return(column, meant), plain=False), _said("", column, meant, share)
