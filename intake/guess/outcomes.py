"""Where won and lost come from: a column with or without its date, or the first event of another table."""

from __future__ import annotations

import re

from intake.drafts import Guess, Part, Proposal, Table
from intake.guess.columns import event_date, matched, similarity, take
from intake.guess.paths import Cast
from intake.guess.won import dated_share, doubtful_losses, ended_without, outcome_column, outcome_sql, outcome_values
from intake.look.profile import Column, Found, View
from intake.words.names import says
from tables.sql.text import quoted
from workspace.schema.deals import OPPORTUNITIES

_MOST_BUYERS, _FEW_UNDATED, _MOST_DATED = 0.8, 0.1, 0.9
_WON_TABLES = (
    "deal, won, closed, conversion, converted, order, purchase, customer, enrolment, enrollment, signup, contract, "
    "sale, booking, "
    "成交, 签约, 订单, 合同, 转化, 报名"
)


def decide_outcome(roles: Cast, out: Proposal) -> None:
    """Complete the opportunities with their outcome; without a table of them, registrations of accounts may be some."""
    if "opportunities" not in out.tables:
        table = _from_accounts(roles, out)
        if table is None:
            return
        out.tables["opportunities"] = table
    part = out.tables["opportunities"].parts[0]
    if part.outcome or "outcome" in part.filled:
        return
    column, _ = outcome_column(part.found)
    closed, other = closing_dates(roles.view, part, column)
    expected = part.columns.get("expected_close_at")
    if column is not None and closed is None and expected is not None:
        del part.columns["expected_close_at"]
        closed = part.found.column(expected.value)
        part.doubts.append(
            f"no column holds the day of the outcome: {expected.value} of won and lost ones is taken for it. Map "
            f"closed_at to a better one if there is one"
        )
    if column is not None and closed is not None:
        _dated(roles.view, part, column, closed, other)
    elif closed is not None and closed.filled < 0.9:
        take(part, "closed_at", closed, f"filled in {closed.filled:.0%} of the rows")
        part.sql["outcome"] = Guess(
            f"case when {quoted(closed.name)} is not null then 'won' end",
            f"a row with {closed.name} is won",
            "lost rows may have that date too",
        )
    elif column is not None:
        _undated(roles, out, part, column)
    elif not _from_sequel(roles, out, part) and not from_purchases(roles, out, part):
        part.doubts.append(
            "nothing says which of these were won: conversion cannot be trained until outcome and closed_at are "
            "mapped (docs/workspace.md, outcome)"
        )
    if column is not None and (days := re.search(r"(\d+)[ _]?(?:d\b|days?)", column.name.lower())):
        out.horizon_hint = int(days.group(1))


def closing_dates(view: View, part: Part, outcome: Column | None) -> tuple[Column | None, Column | None]:
    """The date of the outcome, and one that takes its place where it is empty: won and lost ones may have a column each."""
    found = part.found
    named = [
        (column, sure)
        for column in found.columns
        if column.is_date
        and column.name not in part.used
        and (sure := similarity("opportunities", "closed_at", column.name, found.title)) >= 0.5
    ]
    if outcome is None or not named:
        return next((column for _, column, _ in matched(found, "opportunities", part.used, ("closed_at",))), None), None
    share = {column.name: dated_share(view, found, outcome, column) for column, _ in named}
    best = max(named, key=lambda item: (round(share[item[0].name], 1), item[1]))[0]
    if share[best.name] >= _MOST_DATED:
        return best, None
    both = {column.name: dated_share(view, found, outcome, best, column) for column, _ in named}
    other = max((column for column, _ in named), key=lambda column: both[column.name])
    return best, other if both[other.name] > share[best.name] + 0.1 else None


def _either(part: Part, closed: Column, other: Column) -> None:
    """Two columns as one date, in the SQL of the outcome too."""
    either = f"coalesce({quoted(closed.name)}, {quoted(other.name)})"
    now = part.columns.pop("closed_at", None) or part.sql.pop("closed_at")
    part.sql["closed_at"] = Guess(either, f"{closed.name}, where it is empty {other.name}", now.doubt)
    outcome = part.sql["outcome"]
    guarded = outcome.value.replace(f"{quoted(closed.name)} is not null", f"{either} is not null")
    part.sql["outcome"] = Guess(guarded, outcome.reason, outcome.doubt)


def _dated(view: View, part: Part, column: Column, closed: Column, other: Column | None) -> None:
    won, lost = outcome_values(column)
    perhaps = doubtful_losses(column)
    lost += [value for value in perhaps if value not in lost]
    guarded = closed.name if closed.filled < 1 else None
    share_won = column.filled * column.share(won)
    only_won = column.is_flag and closed.filled < share_won + 0.1
    dates = [closed, *([other] if other else [])]
    undated, blank, ended = ended_without(view, part.found, column, dates, only_won=only_won)
    strict = 0 < undated <= _FEW_UNDATED * ended
    sql = outcome_sql(column, guarded, only_won=only_won, perhaps=perhaps, strict=strict)
    decided = column.share([*won, *lost])
    others = [value for value in column.values if value not in (*won, *lost)]
    said = (
        [f"{', '.join(perhaps)} of {column.name} count as lost where {closed.name} is filled: they sound like it"]
        if perhaps
        else []
    )
    said += [f"{', '.join(others[:6])} of {column.name} count as open"] if others else []
    if undated:
        aside = "go to quarantine as outcome_without_date"
        fate = f"they {aside}" if strict else f"{blank:,} count as open" + (f", the others {aside}" if blank < undated else "")
        said.append(f"{undated:,} of {ended:,} that ended have no {' and no '.join(date.name for date in dates)}: {fate}")
    part.sql["outcome"] = Guess(
        sql,
        f"{column.name}: {', '.join(won)} is won{f', {chr(44).join(lost)} is lost' if 'lost' in sql else ''}; the rest is open",
        "; ".join(said),
    )
    take(part, "closed_at", closed)
    if other is not None:
        _either(part, closed, other)
    elif closed.filled > decided * column.filled + 0.02:
        _only_where_decided(part, sql, closed)


def _only_where_decided(part: Part, sql: str, closed: Column) -> None:
    """A closing date that open ones have too is the expected one there."""
    now = part.columns.pop("closed_at", None) or part.sql.pop("closed_at")
    value = quoted(now.value) if closed.name == now.value else now.value
    part.sql["closed_at"] = Guess(
        f"case when {sql} is not null then {value} end", f"{now.reason}; of open ones it is only expected", now.doubt
    )


def _undated(roles: Cast, out: Proposal, part: Part, column: Column) -> None:
    """An outcome without its date: the table is static."""
    won, lost = outcome_values(column)
    sql = outcome_sql(column, None, only_won=column.is_flag)
    reason = (
        f"{column.name}: {', '.join(won)} is won"
        + ("" if column.is_flag else f", {', '.join(lost)} is lost")
        + "; others are open"
    )
    if from_purchases(roles, out, part):
        part.doubts.append(f"{column.name} holds an outcome too, but no date; the first order is used instead")
        return
    part.sql["outcome"] = Guess(
        sql,
        reason,
        "the outcome has no date, so nothing can prove what was known before it: this is trained as a table without dates. "
        "Map opened_at and closed_at if there are such dates",
    )
    out.dateless = True
    for name in ("opened_at", "expected_close_at", "received_at"):
        part.columns.pop(name, None)
        part.sql.pop(name, None)


def from_purchases(roles: Cast, out: Proposal, part: Part) -> bool:
    """The first order (or contract) of the account wins; whether that can be said."""
    found = _bought(out)
    path = roles.paths.get(found.name) if found else None
    if found is None or path is None or path.through is not None or "opened_at" not in part.filled:
        return False
    dated = _first_day(found, out)
    if dated is None or not (dated.type == "VARCHAR" or dated.type == "DATE" or dated.type.startswith("TIMESTAMP")):
        return False
    other = Part(found, "")
    take(other, "occurred_at", dated)
    _date_of_event(part, other)
    part.outcome = {"source": found.name, "on": {"account_id": path.column}, "at": dated.name}
    return True


def _bought(out: Proposal) -> Found | None:
    """The table of what accounts buy: orders, else contracts."""
    table = out.tables.get("orders") or out.tables.get("contracts")
    return table.parts[0].found if table else None


def _first_day(found: Found, out: Proposal) -> Column | None:
    if "orders" in out.tables:
        return event_date(found, "orders")
    return next((column for _, column, _ in matched(found, "contracts", set(), ("starts_at",))), None)


def _date_of_event(part: Part, event: Part) -> None:
    """The date of the event is read as it is read in its own table."""
    part.day_first = part.day_first or event.day_first
    if "occurred_at" in event.dates:
        part.dates["closed_at"] = event.dates["occurred_at"]


def _from_sequel(roles: Cast, out: Proposal, part: Part) -> bool:
    """A table with a dated row for some of the opportunities, by its name the won ones."""
    for link in roles.view.links:
        other = roles.view.table(link.table)
        column, dated = other.column(link.column), event_date(other, "orders")
        won = says(other.title, _WON_TABLES)
        if (
            link.to == part.found.name
            and link.inside > 0.9
            and link.covered < 0.9
            and won
            and column is not None
            and column.is_key
            and dated is not None
        ):
            there = Part(other, "")
            take(there, "occurred_at", dated)
            _date_of_event(part, there)
            part.outcome = {"source": other.name, "on": {"opportunity_id": link.column}, "at": dated.name}
            out.left_out.pop(other.title, None)
            part.doubts.append(f"an opportunity is won when {other.title} has a row of it (its name says {won!r})")
            return True
    return False


def _from_accounts(roles: Cast, out: Proposal) -> Table | None:
    home = roles.home
    if home is None:
        return None
    column, sure = outcome_column(home)
    part = Part(home, f"{home.rows:,} rows; {home.title} again")
    part.columns = {
        "opportunity_id": Guess(roles.key, "the account itself"),
        "account_id": Guess(roles.key, "the account itself"),
    }
    bought = _bought(out)
    if bought is None or ("orders" not in out.tables and column is not None and sure >= 0.7):
        if column is None or sure < 0.7:
            return None
        part.reason += f": {column.name} tells an outcome"
        _opened(part)
        return Table("opportunities", [part])
    _opened(part)
    if "opened_at" not in part.filled or not _some_buy(roles, bought, part):
        return None
    part.reason += ": an account that registers may become a buyer, so each registration is an opportunity"
    part.doubts.append(
        "the first purchase wins. Delete [tables.opportunities] and [tasks.conversion] if accounts are only made when they buy"
    )
    return Table("opportunities", [part]) if from_purchases(roles, out, part) else None


def _opened(part: Part) -> None:
    for _, column, _ in matched(part.found, "opportunities", part.used, ("opened_at",)):
        take(part, "opened_at", column)
    if "opened_at" not in part.filled:
        for _, column, _ in matched(part.found, "accounts", part.used, ("created_at",)):
            take(part, "opened_at", column)


def _some_buy(roles: Cast, bought: Found, part: Part) -> bool:
    """Whether only some of the accounts ever buy, and hardly any before it registered."""
    link = roles.view.link(bought.name, roles.paths[bought.name].column, part.found.name)
    return link is not None and link.covered < _MOST_BUYERS and link.inside > 0.9


def is_outcome(found: Found, column: Column) -> bool:
    """Whether a column tells the outcome, in whatever words."""
    if similarity("opportunities", "outcome", column.name, found.title) >= 0.4 and outcome_values(column)[0]:
        return True
    return column.is_date and bool(says(column.name, "close, closed, won, converted, conversion, 成交, 关闭, 签约"))


OUTCOME_COLUMNS = tuple(column.name for column in OPPORTUNITIES.columns if column.name in ("closed_at", "outcome"))
