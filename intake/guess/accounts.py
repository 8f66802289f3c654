"""The table of accounts: as it is, completed by the ids that other tables name, or made of these alone."""

from __future__ import annotations

from intake.drafts import Guess, Part, Proposal, Table
from intake.guess.columns import matched, similarity, take
from intake.guess.paths import Cast
from intake.look.copies import doubt_copies
from intake.look.profile import Column, Found
from intake.words.names import is_id, who
from tables.sql.text import quoted
from workspace.schema import TABLES


def guess_accounts(roles: Cast, out: Proposal) -> Table:
    """The table of accounts; where it lacks some that events name, or is not there, the ids of all tables together."""
    named = [
        part
        for table in out.tables.values()
        for part in table.parts
        if "account_id" in part.columns and "." not in part.columns["account_id"].value
    ]
    if roles.home is None:
        return _derived(roles, out, named)
    home = roles.home
    part = Part(home, f"{home.rows:,} rows; {home.title} is the table of accounts")
    _take_key(roles, part, home)
    absent = {
        link.table: 1 - link.inside
        for link in roles.view.links
        if link.to == home.name and link.key == roles.key and link.inside < 0.98
    }
    if any(part_.found.name in absent for part_ in named):
        part.query = _union(roles, named, home, roles.key)
        part.columns["account_id"] = Guess(
            "_account", f"{home.title} lacks accounts that other tables name ({max(absent.values()):.0%} of them): all are taken"
        )
    names = tuple(column.name for column in TABLES["accounts"].columns if column.name != "account_id")
    for name, column, score in matched(home, "accounts", {roles.key}, names):
        if (
            not (name == "name" and (column.is_category or is_id(column.name)))
            and not (name == "owner_id" and (score < 0.6 or column.unique))
            and not (name == "parent_id" and not _is_parent(roles, home, column))
        ):
            take(part, name, column)
    if "name" not in part.columns and similarity("accounts", "name", roles.key) >= 0.9:
        part.columns["name"] = Guess(roles.key, "the key is a name")
    return Table("accounts", [part])


def _take_key(roles: Cast, part: Part, home: Found) -> None:
    number = next((column for column in home.keys if column.name == roles.key), None)
    if number is None:
        first = home.keys[0].name
        part.query = f"select distinct on ({quoted(roles.key)}) * from {home.name} order by {quoted(roles.key)}, {quoted(first)}"
        doubt = f"the other columns are those of its first {first}"
        part.columns["account_id"] = Guess(roles.key, f"{first} is there once for each order, this recurs", doubt)
        return
    named = who(roles.key) or who(home.title)
    part.columns["account_id"] = Guess(
        roles.key,
        f"{number.key_reason}; keys of {len(roles.paths) - 1} other tables",
        "" if named else "no name says who the customers are: other tables point at these",
    )
    doubt_copies(roles.view, part, number)


def _is_parent(roles: Cast, home: Found, column: Column) -> bool:
    """Whether every parent is an account itself."""
    key, name, table = quoted(roles.key), quoted(column.name), quoted(f"sample {home.name}")
    return (
        roles.view.number(
            f"select count(*) from {table} where {name} is not null and {name} not in (select trim(cast({key} as "
            f"varchar)) from {quoted(home.name)})"
        )
        == 0
    )


def _union(roles: Cast, parts: list[Part], home: Found | None, key: str) -> str:
    """All ids of accounts that any table names, beside what is known of them."""
    named = {
        part.found.name: roles.paths[part.found.name].column
        if part.found.name in roles.paths
        else part.columns["account_id"].value
        for part in parts
    }
    ids = {f"select trim(cast({quoted(column)} as varchar)) as _account from {name}" for name, column in named.items()}
    if home is None:
        return "select distinct _account from (" + "\n  union all ".join(sorted(ids)) + "\n) where _account <> ''"
    ids.add(f"select trim(cast({quoted(key)} as varchar)) from {home.name}")
    listed = "\n  union ".join(sorted(ids, key=lambda text: "as _account" not in text))
    on = f"trim(cast(h.{quoted(key)} as varchar)) = a._account"
    return f"select a._account, h.* from (\n  {listed}\n) a left join {home.name} h on {on} where a._account <> ''"


def _derived(roles: Cast, out: Proposal, named: list[Part]) -> Table:
    numbered = next((part for part in named if part.query is not None and part.columns["account_id"].value == "row_key"), None)
    if not named or numbered is not None:
        return _own_accounts(out)
    part = Part(named[0].found, "no table of accounts: the customers that the other tables name", derived=True)
    part.query = _union(roles, named, None, "")
    part.columns["account_id"] = Guess(
        "_account",
        ", ".join(
            dict.fromkeys(
                f"{roles.paths[one.found.name].column if one.found.name in roles.paths else 'the key'} of {one.found.title}"
                for one in named
            )
        ),
    )
    return Table("accounts", [part])


def _own_accounts(out: Proposal) -> Table:
    """Rows that are their own accounts, under the same number."""
    table = next(iter(out.tables.values()))
    source = table.parts[0]
    part = Part(source.found, "no table of accounts: every row counts as its own account", query=source.query, derived=True)
    key = TABLES[table.name].key[0]
    part.columns["account_id"] = source.columns.get(key, Guess("row_key", ""))
    return Table("accounts", [part])
