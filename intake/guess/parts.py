"""Which table plays which part: who the accounts are, and what each further table holds."""

from __future__ import annotations

from intake.guess.columns import amount_column, event_date, matched, quantity_column
from intake.guess.paths import TITLED, Cast, find_home, own_path, paths_through, present, take_whole_customers
from intake.guess.won import outcome_column
from intake.look.profile import Found, View
from intake.words import vocabulary
from intake.words.names import fit, says
from workspace.schema import TABLES


def cast(view: View) -> Cast:
    """Give every table its part."""
    out = Cast(view)
    _set_aside(out)
    find_home(out)
    take_whole_customers(out)
    _find_paths(out)
    if out.home is not None and _deals_without_account(out):
        out.left_out[out.home.title] = f"no deal points at its {out.key}: the customers are those that the deals name"
        out.home, out.key, out.paths = None, "", {}
        _find_paths(out)
    for table in present(out):
        if table is not out.home:
            _give_role(out, table)
    _one_each(out)
    return out


def _find_paths(out: Cast) -> None:
    for table in present(out):
        path = own_path(out, table)
        if path is not None:
            out.paths[table.name] = path
    for _ in range(3):
        paths_through(out)


def _deals_without_account(out: Cast) -> bool:
    """Whether deals name customers whom no table finds among the accounts: numbers of their own would meet others' by chance."""
    alone = [table for table in present(out) if table is not out.home and table.name not in out.paths]
    found = len(out.paths) > 1
    return not found and any(fit(table.title, vocabulary.TABLES["opportunities"]) > 0.5 for table in alone)


def _set_aside(out: Cast) -> None:
    """Samples, copies and dictionaries beside other tables; of two versions of a table the fuller one stays."""
    for table in list(out.view.tables):
        word = says(table.title, vocabulary.PLAIN_SIDE)
        if word and any(not says(other.title, vocabulary.PLAIN_SIDE) for other in out.view.tables):
            out.left_out[table.title] = f"its name says {word!r}; if it is the real table, name it under [sources] instead"
    tables = present(out)
    for i, table in enumerate(tables):
        for other in tables[i + 1 :]:
            if [column.name for column in table.columns] == [column.name for column in other.columns] and len(table.columns) > 3:
                _compare(out, table, other)


def _compare(out: Cast, table: Found, other: Found) -> None:
    shared = out.view.link(table.name, table.keys[0].name, other.name) if table.keys else None
    back = out.view.link(other.name, other.keys[0].name, table.name) if other.keys else None
    if shared is None and back is None and table.keys and other.keys:
        return
    whole = {item.name: sum(key.unique for key in item.keys) for item in (table, other)}
    better, worse = sorted((table, other), key=lambda item: (-whole[item.name], -_fullness(item), -item.rows))
    out.left_out[worse.title] = (
        f"another version of {better.title} (the same columns); {better.title} is taken because "
        f"{'its key is whole' if whole[better.name] > whole[worse.name] else 'its columns are fuller'}"
    )


def _fullness(table: Found) -> float:
    return round(sum(column.filled for column in table.columns), 2)


# --- the other parts --------------------------------------------------------------------------------------------------


def _give_role(out: Cast, table: Found) -> None:
    scores = {role: score for role in TITLED if (score := _role_score(out, table, role)) > 0.5}
    if scores:
        role = max(scores, key=lambda name: scores[name])
        out.roles[table.name], out.sure[table.name] = role, scores[role]
    elif (meant := _meant(table)) and outcome_column(table)[0] is None:
        out.left_out[table.title] = f"it sounds like {meant}, but lacks what that table needs (docs/tables.md)"
    elif table.name in out.paths and event_date(table, "interactions") is not None:
        role = "orders" if amount_column(table)[1] >= 0.5 else "interactions"
        out.roles[table.name], out.sure[table.name] = role, 0.3
    elif outcome_column(table)[0] is not None:
        out.roles[table.name], out.sure[table.name] = "opportunities", 0.4
    else:
        out.left_out[table.title] = (
            "nothing in it points at an account"
            if table.name not in out.paths
            else "it has no date and no name that says what it holds"
        )


def _meant(table: Found) -> str:
    """The canonical table that a name says plainly, though the contents do not bear it out."""
    meant = max(vocabulary.TABLES, key=lambda role: fit(table.title, vocabulary.TABLES[role]))
    return (
        meant if fit(table.title, vocabulary.TABLES[meant]) > 0.9 and meant not in ("orders", "interactions", "products") else ""
    )


def _role_score(out: Cast, table: Found, role: str) -> float:
    if not _possible(out, table, role):
        return 0.0
    title = fit(table.title, vocabulary.TABLES[role])
    key = max((0.7 * fit(column.name.removesuffix("_id"), vocabulary.TABLES[role]) for column in table.keys[:1]), default=0.0)
    return 1.5 * title + key + _content_score(table, role) * (1.0 if title or key else 0.7)


def _content_score(table: Found, role: str) -> float:
    amount = amount_column(table)[1]
    match role:
        case "orders":
            number = any(fit(column.name, vocabulary.ORDER_NUMBER) > 0.9 for column in table.columns)
            priced = quantity_column(table) is not None and any(
                fit(column.name, vocabulary.UNIT_PRICE) > 0.9 for column in table.columns
            )
            bought = amount >= 0.5 or priced
            return 0.6 * bought + 0.3 * number - 0.3 * (outcome_column(table)[1] > 0.9) - 0.6 * (not bought and not number)
        case "opportunities":
            column, sure = outcome_column(table)
            closed = any(True for _ in matched(table, "opportunities", set(), ("closed_at", "expected_close_at")))
            return 0.6 * (column is not None and sure > 0.7) + 0.3 * closed
        case "interactions":
            return 0.2 * len(list(matched(table, "interactions", set(), ("kind", "direction", "duration_s", "note"))))
        case "surveys":
            return 0.4 * min(
                2, len(list(matched(table, "surveys", set(), ("service_quality", "product_quality", "recommend", "after_sales"))))
            )
        case "contracts":
            return 0.2 * len(list(matched(table, "contracts", set(), ("starts_at", "ends_at"))))
    return 0.0


def _possible(out: Cast, table: Found, role: str) -> bool:
    """Whether a table has what its canonical table cannot do without."""
    account, dated = table.name in out.paths, event_date(table, "interactions") is not None
    amount = amount_column(table)[1] > 0.3
    title = fit(table.title, vocabulary.TABLES[role]) > 0
    opportunity = any(
        link.table == table.name and fit(out.view.table(link.to).title, vocabulary.TABLES["opportunities"])
        for link in out.view.links
    )
    match role:
        case "contacts":
            return account and bool(table.keys) and title
        case "owners":
            return not account and bool(table.keys) and table.rows < 5000 and title
        case "products":
            return not account and bool(table.keys) and not dated
        case "targets":
            return not account and dated and amount and title
        case "opportunities":
            return title or outcome_column(table)[0] is not None
        case "order_lines":
            lines = _says_lines(table) or not table_has_date(table)
            return lines and _points_at_order(out, table) and (amount or quantity_column(table) is not None)
        case "stage_changes":
            return opportunity and dated and title and any(True for _ in matched(table, "stage_changes", set(), ("stage",)))
        case "quotes":
            return opportunity and dated and amount and title
        case "contracts":
            return (
                account
                and title
                and {name for name, _, _ in matched(table, "contracts", set(), ("starts_at", "ends_at"))}
                == {"starts_at", "ends_at"}
            )
        case "payments":
            return account and dated and amount and title
        case "interactions":
            return account and (dated or _dated_through(out, table) is not None)
        case "orders":
            return account and dated and not (_says_lines(table) and _points_at_order(out, table))
    needed = [column.name for column in TABLES[role].columns if column.required and column.kind in ("category", "text")]
    return account and dated and title and {name for name, _, _ in matched(table, role, set(), tuple(needed))} == set(needed)


def _says_lines(table: Found) -> bool:
    return fit(table.title, vocabulary.TABLES["order_lines"]) >= 0.7


def table_has_date(table: Found) -> bool:
    """Whether a table says when its rows happened."""
    return event_date(table, "orders") is not None


def _points_at_order(out: Cast, table: Found) -> bool:
    return any(
        link.table == table.name
        and fit(out.view.table(link.to).title, vocabulary.TABLES["orders"]) > 0.3
        and out.view.table(link.to) is not out.home
        for link in out.view.links
    )


def _dated_through(out: Cast, table: Found) -> tuple[str, str, str] | None:
    """A table that gives an undated one its date: own column, other table, its key."""
    for link in out.view.links:
        other = out.view.table(link.to)
        if (
            link.table == table.name
            and link.inside > 0.9
            and other is not out.home
            and other.name not in out.paths
            and table_has_date(other)
        ):
            return link.column, other.name, link.key
    return None


dated_through = _dated_through


def _one_each(out: Cast) -> None:
    """Of several tables of opportunities, orders and so on the surest stays; interactions may have many."""
    for role in set(out.roles.values()) - {"interactions", "products"}:
        tables = out.tables(role)
        if role == "opportunities":
            tables.sort(key=lambda table: -_opportunity_score(out, table))
        for other in tables[1:]:
            del out.roles[other.name]
            out.left_out[other.title] = (
                f"{tables[0].title} is taken as {role}; one table can be, or several with the same meaning as `parts`"
            )
    for name in [
        name
        for name, role in out.roles.items()
        if role not in ("opportunities", "products", "owners", "targets") and name not in out.paths
    ]:
        out.left_out[out.view.table(name).title] = "nothing in it points at an account"
        del out.roles[name]


def _opportunity_score(out: Cast, table: Found) -> float:
    linking = len({link.table for link in out.view.links if link.to == table.name and link.key != out.key})
    path = out.paths.get(table.name)
    sequel = any(
        link.table == table.name
        and out.roles.get(link.to) == "opportunities"
        and link.inside > 0.98
        and any(key.name == link.column for key in table.keys)
        for link in out.view.links
    )  # its rows come out of another's
    return out.sure[table.name] + 0.3 * linking - 3.0 * sequel + (0.5 if path and path.through is None else 0.0)
