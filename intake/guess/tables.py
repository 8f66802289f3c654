"""From the parts that tables play to canonical tables: every column, key, attribute and outcome with its reason."""

from __future__ import annotations

import re
from collections import Counter

from intake.drafts import Guess, Part, Proposal, Table
from intake.guess.accounts import guess_accounts
from intake.guess.attributes import add_attributes
from intake.guess.columns import event_date, matched, similarity, take
from intake.guess.outcomes import decide_outcome
from intake.guess.parts import cast, dated_through
from intake.guess.paths import Cast
from intake.guess.purchases import guess_purchases
from intake.guess.returns import negate_returns
from intake.guess.touches import complete_touches, tell_apart
from intake.look.copies import doubt_copies
from intake.look.profile import Column, Found, View
from intake.words.names import says, slug, state_word
from tables.sql.text import quoted
from workspace.schema import TABLES

_AGREED = 0.98
_REFERENCES = {
    "opportunity_id": "opportunities",
    "contact_id": "contacts",
    "owner_id": "owners",
    "order_id": "orders",
    "product_id": "products",
}


def guess(view: View) -> Proposal:
    """A proposal of every table; what it needs of tasks comes later, when it has been read once."""
    roles = cast(view)
    out = Proposal(left_out={**view.failed, **roles.left_out})
    for role in (
        "owners",
        "contacts",
        "opportunities",
        "stage_changes",
        "quotes",
        "needs",
        "payments",
        "contracts",
        "cases",
        "surveys",
        "judgements",
        "targets",
    ):
        found = roles.single(role)
        if found is not None:
            out.tables[role] = Table(role, [_part(roles, role, found)])
    parts = [_part(roles, "interactions", found) for found in roles.tables("interactions")]
    if parts:
        tell_apart(view, parts)
        out.tables["interactions"] = Table("interactions", parts)
    guess_purchases(roles, out, account=take_account)
    decide_outcome(roles, out)
    if not out.tables:
        return out
    out.tables = {"accounts": guess_accounts(roles, out), **out.tables}
    for table in out.tables.values():
        add_attributes(view, table, fixed=roles)
    _place_and_money(view, out)
    return out


# --- one table of one source ------------------------------------------------------------------------------------------


def _part(roles: Cast, role: str, found: Found) -> Part:
    part = Part(found, f"{found.rows:,} rows; taken as {role}")
    if roles.sure[found.name] < 0.6:
        part.doubts.append(f"nothing but its columns says that {found.title} holds {role}: delete this part if it does not")
    take_account(roles, role, part)
    _take_references(roles, role, part)
    _take_moment(roles, role, part)
    done = (
        {*part.filled, TABLES[role].key[0], "outcome", "closed_at"}
        if role == "opportunities"
        else {*part.filled, TABLES[role].key[0]}
    )
    names = tuple(
        column.name
        for column in TABLES[role].columns
        if column.name not in done and column.name not in (*_REFERENCES, "account_id", "received_at")
    )
    for name, column, _ in matched(found, role, part.used | {key.name for key in found.keys[:1]}, names):
        take(part, name, column)
    _take_key(roles, role, part)
    if role == "opportunities" and "account_id" not in part.columns:
        part.columns["account_id"] = Guess(
            part.columns["opportunity_id"].value, "no column names a customer: every row counts as its own account"
        )
    if role == "interactions":
        complete_touches(part)
    if role == "contracts":
        _leave_actual_ends(part)
    if role == "payments":
        negate_returns(roles.view, part)
    return part


def _leave_actual_ends(part: Part) -> None:
    """An end that is empty in part of the rows is written down when a contract ends, so nobody knew it before."""
    ends = part.columns.get("ends_at")
    column = part.found.column(ends.value) if ends else None
    if column is not None and column.filled < _AGREED:
        del part.columns["ends_at"]
        part.doubts.append(
            f"{column.name} is empty in {1 - column.filled:.0%} of the rows, as if it were filled in when a contract ends: it is "
            f"not mapped, for nobody knew it before. Map ends_at to it only if it was agreed at the start"
        )


def take_account(roles: Cast, role: str, part: Part) -> None:
    """Say how a row finds its account; a lead table whose rows are the accounts themselves uses its own key."""
    if "account_id" not in TABLES[role].names:
        return
    path = roles.paths.get(part.found.name)
    if path is None:
        key = next(iter(part.found.keys), None)
        if key is not None:
            part.columns["account_id"] = Guess(key.name, "no column names a customer: every row counts as its own account")
        return
    if path.through is not None:
        part.join[path.through] = {path.on[0]: path.on[1]}
    if path.further is not None:
        part.join[path.further[0]] = dict([path.further[1]])
    part.columns["account_id"] = Guess(path.column, path.reason, path.doubt)


def _take_references(roles: Cast, role: str, part: Part) -> None:
    """Columns that point at opportunities, contacts, owners and orders."""
    for canonical, table in _REFERENCES.items():
        if canonical not in TABLES[role].names or canonical == TABLES[role].key[0]:
            continue
        target = roles.single(table)
        link = next(
            (
                link
                for link in roles.view.links
                if target is not None and link.table == part.found.name and link.to == target.name and link.inside > 0.5
            ),
            None,
        )
        if link is not None and target is not None:
            part.columns[canonical] = Guess(link.column, f"{link.inside:.0%} of its values are keys of {target.title}")
        elif canonical == "owner_id":
            _take_owner(part, role)


def _take_owner(part: Part, role: str) -> None:
    states = {column.name for column in part.found.columns if state_word(column.name)}
    for name, column, score in matched(part.found, role, part.used | states, ("owner_id",)):
        if score > 0.6 and 1 < column.distinct <= 2000 and not column.unique:
            take(part, name, column)


def _take_moment(roles: Cast, role: str, part: Part) -> None:
    if "occurred_at" not in TABLES[role].names:
        return
    column = event_date(part.found, role)
    through = dated_through(roles, part.found) if column is None else None
    if column is not None:
        take(part, "occurred_at", column)
        others = [other for other in part.found.columns if other.is_date and other is not column]
        received = max(others, key=lambda other: similarity(role, "received_at", other.name), default=None)
        if received is not None and similarity(role, "received_at", received.name) > 0.6:
            take(part, "received_at", received)
    elif through is not None:
        other = roles.view.table(through[1])
        part.join[other.name] = {through[0]: through[2]}
        dated = event_date(other, role)
        if dated is not None:
            _take_joined_date(part, other, dated)


def _take_joined_date(part: Part, other: Found, dated: Column) -> None:
    there = Part(other, "")
    take(there, "occurred_at", dated, f"the rows have no date of their own: {dated.name} of {other.title}")
    guess_ = there.columns.get("occurred_at") or there.sql["occurred_at"]
    if "occurred_at" in there.columns:
        part.columns["occurred_at"] = Guess(f"{other.name}.{dated.name}", guess_.reason, guess_.doubt)
    else:
        part.sql["occurred_at"] = Guess(
            guess_.value.replace(quoted(dated.name), f"{other.name}.{quoted(dated.name)}"), guess_.reason, guess_.doubt
        )
    part.dates, part.day_first = {**part.dates, **there.dates}, part.day_first or there.day_first


def _take_key(roles: Cast, role: str, part: Part) -> None:
    """The key of the rows: a column that is unique, else columns that are together, else a number of the row."""
    name = TABLES[role].key[0]
    if len(TABLES[role].key) > 1:
        return
    account = part.columns.get("account_id")
    free = [key for key in part.found.keys if role == "opportunities" or account is None or key.name != account.value]
    pointing = {part.columns[name].value for name in _REFERENCES if name in part.columns}
    free.sort(key=lambda key: key.name in pointing)
    if free:
        part.columns[name] = Guess(free[0].name, free[0].key_reason)
        doubt_copies(roles.view, part, free[0])
        return
    moment = next(
        (
            part.columns[column]
            for column in ("occurred_at", "starts_at", "month")
            if column in part.columns and "." not in part.columns[column].value
        ),
        None,
    )
    if (
        account is not None
        and moment is not None
        and "." not in account.value
        and _together_unique(roles.view, part.found, account.value, moment.value)
    ):
        part.sql[name] = Guess(
            f"{quoted(account.value)} || '-' || {quoted(moment.value)}", "no key: account and moment together are unique"
        )
        return
    number_rows(part, name)


def number_rows(part: Part, canonical: str) -> None:
    """A key made of the row's place among all rows in a fixed order."""
    found = part.found
    order = ", ".join(quoted(column.name) for column in found.columns)
    part.query = f"select *, '{slug(found.title, 'row')}-' || row_number() over (order by {order}) as row_key from {found.name}"
    part.columns[canonical] = Guess(
        "row_key", "no column is unique: rows are numbered in a fixed order, so a file to which rows are added renumbers them"
    )


def _together_unique(view: View, found: Found, *names: str) -> bool:
    listed = ", ".join(quoted(name) for name in names)
    return view.number(f"select count(*) from (select {listed} from {quoted(found.name)} group by all having count(*) > 1)") == 0


# --- the company ------------------------------------------------------------------------------------------------------


def _place_and_money(view: View, out: Proposal) -> None:
    currency = _currency(view)
    chinese = sum(
        any(not column.name.isascii() for column in table.columns)
        or any(column.shape.of("chinese") > 0.3 for column in table.columns)
        for table in view.tables
    )
    if chinese * 2 > len(view.tables):
        out.time_zone = Guess("Asia/Shanghai", "names and values are Chinese")
        out.currency = currency or Guess("CNY", "names and values are Chinese")
        return
    out.time_zone = Guess(
        "UTC",
        "nothing says where the company is",
        'set time_zone to the company\'s own, such as "Europe/Berlin": it decides where a day begins',
    )
    out.currency = currency or Guess(
        "USD",
        "no currency sign was found",
        'set currency to the one of the amounts, such as "EUR"; it changes how they are shown, not the model',
    )


def _currency(view: View) -> Guess | None:
    """The currency that a column of codes names, or the sign in the amounts; several codes are a doubt."""
    columns = [column for table in view.tables for column in table.columns]
    coded = [column for column in columns if says(column.name, "currency, 币种, 货币") and column.shape.of("integer") == 0]
    codes = Counter({code: number for column in coded for code, number in column.top if re.fullmatch("[A-Z]{3}", code)})
    if codes:
        names = ", ".join(f"{code} {number:,}" for code, number in codes.most_common(5))
        mixed = (
            f"amounts of several currencies ({names} of the sampled rows) are added as they are: bring them to one by sql, "
            f'or set currency = "{coded[0].name}" in their table, which puts the others aside'
        )
        return Guess(codes.most_common(1)[0][0], f"{coded[0].name} says so", mixed if len(codes) > 1 else "")
    signs = Counter(
        column.shape.currency
        for column in columns
        if column.is_amount and column.shape.of("sign") > 0.01 and column.shape.currency
    )
    return Guess(signs.most_common(1)[0][0], "its sign stands in the amounts", _several(columns)) if signs else None


def _several(columns: list[Column]) -> str:
    """The doubt about amounts that are written in several currencies, or nothing."""
    mixed = [(column.name, column.shape.currencies) for column in columns if column.is_amount]
    said = [f"{name} holds {', '.join(codes)}" for name, codes in mixed if len(codes) > 1]
    return f"{said[0]}: amounts of another currency than this one go to quarantine; convert them at the source" if said else ""
