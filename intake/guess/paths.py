"""Who the accounts are, and how the rows of every other table find theirs."""

from __future__ import annotations

from dataclasses import dataclass, field

from intake.look.profile import Column, Found, Link, View
from intake.words import vocabulary
from intake.words.columns import COLUMNS
from intake.words.names import fit, is_id, says, who, words_of

DATED = ("interactions", "orders", "payments", "contracts", "cases", "surveys", "judgements", "needs")
TITLED = (
    *DATED,
    "contacts",
    "owners",
    "targets",
    "opportunities",
    "opportunity_contacts",
    "stage_changes",
    "quotes",
    "order_lines",
    "products",
    "field_history",
)


_WHOLE = {"unique", "master", "global", "real", "golden"}
_OTHERS = (COLUMNS["order_lines", "product_id"], COLUMNS["*", "owner_id"], vocabulary.ORDER_NUMBER)


@dataclass
class Path:
    """How a row finds its account: a column of its own, or one of another table that it points at, directly or not."""

    column: str
    through: str | None = None  # the table between
    on: tuple[str, str] = ("", "")  # own column, column of that table
    reason: str = ""
    doubt: str = ""
    further: tuple[str, tuple[str, str]] | None = None  # a table behind that one: `BETWEEN.column`, column of it


@dataclass
class Cast:
    """The parts: `home` is the table of the accounts, `roles` the others', `paths` how each finds its account."""

    view: View
    home: Found | None = None
    key: str = ""
    roles: dict[str, str] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    sure: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def tables(self, role: str) -> list[Found]:
        """The tables with this part, the surest and largest first."""
        found = [table for table in self.view.tables if self.roles.get(table.name) == role]
        return sorted(found, key=lambda table: (-self.sure[table.name], -table.rows))

    def single(self, role: str) -> Found | None:
        """The surest table with this part."""
        return next(iter(self.tables(role)), None)


def present(out: Cast) -> list[Found]:
    return [table for table in out.view.tables if table.title not in out.left_out]


def find_home(out: Cast) -> None:
    best, score = None, 1.0
    for table in present(out):
        for key in [*table.keys[:2], *(key for key in table.keys[2:] if key.near)]:
            sure = _home_score(out.view, table, key)
            if sure > score:
                best, score = (table, key), sure
    best = best or _most_pointed_at(out)
    if best is not None:
        out.home, out.key = best[0], best[1].name


def take_whole_customers(out: Cast) -> None:
    """Where the rows of the customers are one for each order, the customer is a number among them that recurs."""
    home = out.home
    if home is None:
        return
    pointing = [link for link in out.view.links if link.to == home.name and link.key == out.key]
    columns = [out.view.table(link.table).column(link.column) for link in pointing]
    recurring = [
        column
        for column in home.columns
        if _plainly_who(column.name) and not column.is_key and column.repeats > 1.02 and column.filled > 0.98
    ]
    if columns and recurring and all(column is not None and column.unique for column in columns):
        out.key = recurring[0].name


def _plainly_who(name: str) -> bool:
    """Whether a name says customer, number, perhaps unique, and nothing else (no manager, parent or segment of one)."""
    rest = {word for word in words_of(name) if not who(word) and not is_id(word)} - _WHOLE
    return who(name) >= 0.8 and is_id(name) and not rest


def _most_pointed_at(out: Cast) -> tuple[Found, Column] | None:
    """Where no name says who the customers are: the key that most tables of events repeat under its own name."""
    if any(_names_buyers(table) for table in present(out)):
        return None
    found = [
        (len(pointing), table, key)
        for table in present(out)
        if max(fit(table.title, vocabulary.TABLES[role]) for role in TITLED) <= 0.5
        for key in table.keys[:1]
        if not max(fit(key.name, phrases) for phrases in _OTHERS) > 0.7
        and (pointing := {link.table for link in out.view.links if _repeats(out.view, link, table, key)})
    ]
    return max(found, key=lambda item: item[0])[1:] if found else None


def _names_buyers(table: Found) -> bool:
    dated = any(column.is_date for column in table.columns)
    return dated and any(who(column.name) >= 0.8 and column.repeats > 1 and not column.is_flag for column in table.columns)


def _repeats(view: View, link: Link, table: Found, key: Column) -> bool:
    column = view.table(link.table).column(link.column)
    alike = (link.to, link.key) == (table.name, key.name) and words_of(link.column) == words_of(key.name)
    dated = any(other.is_date for other in view.table(link.table).columns)
    return alike and dated and link.inside > 0.5 and column is not None and column.repeats > 1


def _home_score(view: View, table: Found, key: Column) -> float:
    title = fit(table.title, vocabulary.TABLES["accounts"])
    other = max(fit(table.title, vocabulary.TABLES[role]) for role in TITLED)
    linking = len({link.table for link in view.links if link.to == table.name and link.key == key.name})
    sure = 1.0 if is_id(key.name) or not key.name.isascii() else 0.9 if linking else 0.5
    named = sure * who(key.name)
    if not named and not (title and is_id(key.name)):
        return 0.0
    return title + named + 0.2 * min(linking, 5) - (0.9 if other > title or (other == title and not named) else 0.0)


def own_path(out: Cast, table: Found) -> Path | None:
    if out.home is not None:
        if table is out.home:
            return Path(out.key, reason="the key of its rows")
        linked = [link for link in out.view.links if link.table == table.name and link.to == out.home.name]
        direct = sorted((link for link in linked if link.key == out.key), key=lambda link: (-link.inside, -who(link.column)))
        if direct:
            return Path(direct[0].column, reason=f"{direct[0].inside:.0%} of its values are keys of {out.home.title}")
        if linked:
            link = max(linked, key=lambda item: item.inside)
            return Path(
                f"{out.home.name}.{out.key}",
                out.home.name,
                (link.column, link.key),
                f"{link.column} holds {link.key} of {out.home.title} ({link.inside:.0%})",
            )
    chosen = _who_column(out, table)
    if chosen is None:
        return None
    doubt = (
        f"its values were not found in {out.home.title}"
        if out.home is not None and words_of(chosen.name) != words_of(out.key)
        else ""
    )
    return (
        Path(chosen.name, reason=f"{chosen.name} names the one who buys", doubt=doubt) if out.home is None or not doubt else None
    )


def _who_column(out: Cast, table: Found) -> Column | None:
    """The column that names the buyer: an id rather than a name, one that other tables have too."""

    def sure(column: Column) -> float:
        shared = sum(any(words_of(other.name) == words_of(column.name) for other in one.columns) for one in present(out))
        owner = says(column.name, "owner, rep, agent, sales, assigned, manager, created by, parent, 负责, 销售, 业务, 经理")
        kind = says(
            column.name, "type, segment, level, class, group, status, age, lifetime, size, 类型, 等级, 级别, 来源, 状态, 属性"
        )
        named = 0.3 if says(column.name, "name, 名称, 姓名") else 0.0
        return who(column.name) + 0.1 * shared + 0.3 * is_id(column.name) - named - (1 if owner or kind else 0)

    people = fit(table.title, vocabulary.TABLES["contacts"]) > 0.5
    candidates = [
        column
        for column in table.columns
        if who(column.name)
        and not (people and column.is_key)
        and not column.is_date
        and not column.is_flag
        and column.distinct > 1
        and not column.is_decorated
        and column.filled > 0.3
        and sure(column) > 0.5
    ]
    return max(candidates, key=lambda column: (sure(column), -table.columns.index(column)), default=None) or _unnamed(table)


def _unnamed(table: Found) -> Column | None:
    """Of a file without a header: the whole numbers or texts with the most values that recur."""
    if table.source.header or not table.source.names:
        return None
    wanted = [
        column
        for column in table.columns
        if not column.is_date
        and not column.unique
        and column.repeats > 1.05
        and column.distinct > 20
        and (column.shape.of("integer") > 0.99 or not column.is_amount)
    ]
    return max(wanted, key=lambda column: (column.distinct, -table.columns.index(column)), default=None)


def paths_through(out: Cast) -> None:
    """A table without an account finds it through one that it points at."""
    for table in present(out):
        if table.name in out.paths:
            continue
        links = [
            link
            for link in out.view.links
            if link.table == table.name
            and link.to in out.paths
            and link.inside > 0.5
            and out.paths[link.to].further is None
            and out.view.table(link.to).title not in out.left_out
        ]
        if links:
            link = max(links, key=lambda item: (item.inside, item.covered))
            between, beyond = out.view.table(link.to), out.paths[link.to]
            out.paths[table.name] = Path(
                f"{between.name}.{beyond.column}" if beyond.through is None else beyond.column,
                between.name,
                (link.column, link.key),
                f"through {between.title}: {link.inside:.0%} of {link.column} are found there",
                further=(beyond.through, (f"{between.name}.{beyond.on[0]}", beyond.on[1])) if beyond.through else None,
            )
