"""Who the accounts are, and how the rows of every other table find theirs."""

from __future__ import annotations

from dataclasses import dataclass, field

from intake import vocabulary
from intake.profile import Column, Found, View
from intake.words import fit, is_id, says, who, words_of

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


@dataclass
class Path:
    """How a row finds its account: a column of its own, or one of another table that it points at."""

    column: str
    through: str | None = None  # the table between
    on: tuple[str, str] = ("", "")  # own column, column of that table
    reason: str = ""
    doubt: str = ""


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
    if best is not None:
        out.home, out.key = best[0], best[1].name


def _home_score(view: View, table: Found, key: Column) -> float:
    title = fit(table.title, vocabulary.TABLES["accounts"])
    other = max(fit(table.title, vocabulary.TABLES[role]) for role in TITLED)
    linking = len({link.table for link in view.links if link.to == table.name and link.key == key.name})
    named = who(key.name) if is_id(key.name) or not key.name.isascii() else 0.5 * who(key.name)
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

    candidates = [
        column
        for column in table.columns
        if who(column.name)
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
            and out.paths[link.to].through is None
            and out.view.table(link.to).title not in out.left_out
        ]
        if links:
            link = max(links, key=lambda item: (item.inside, item.covered))
            between = out.view.table(link.to)
            out.paths[table.name] = Path(
                f"{between.name}.{out.paths[between.name].column}",
                between.name,
                (link.column, link.key),
                f"through {between.title}: {link.inside:.0%} of {link.column} are found there",
            )
