"""`foresale init` on tables as well-known systems export them: shop databases, CRM exports, a service with subscriptions."""

from __future__ import annotations

import random
import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest
from acme import rows
from test_init import accepted, days, proposed, write


@pytest.mark.parametrize("discount", [[0, 0.1], None])
def test_a_line_costs_its_pieces_times_the_price_of_one_less_the_discount(tmp_path: Path, discount: list[float] | None) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as base:
        base.execute("create table Customers (CustomerID, CompanyName)")
        base.execute("create table Orders (OrderID, CustomerID, OrderDate, ShippedDate)")
        less = ", Discount" if discount else ""
        base.execute(f'create table "Order Details" (OrderID, ProductID, UnitPrice, Quantity{less})')
        base.executemany("insert into Customers values (?, ?)", [(f"C{i:03}", f"Firm {i}") for i in range(1, 41)])
        base.executemany(
            "insert into Orders values (?, ?, ?, ?)",
            [(10_000 + n, f"C{i:03}", str(day), str(day + timedelta(days=3))) for n, (i, day) in enumerate(days(300))],
        )
        marks = "?, ?, ?, ?, ?" if discount else "?, ?, ?, ?"
        lines = [(10_000 + n // 2, n % 7, 2.5, n % 2 + 2, *(discount[n % 2 : n % 2 + 1] if discount else [])) for n in range(600)]
        base.executemany(f'insert into "Order Details" values ({marks})', lines)
    text, _, result = proposed(tmp_path, tmp_path / "shop.db")
    assert accepted(result) == {"accounts": 40, "orders": 300, "order_lines": 600}
    assert set(rows(result, "orders")["amount"]) == {500 + 675 if discount else 500 + 750}
    assert ("less Discount, a share of it" in text) == bool(discount)


def test_activities_find_their_deal_by_the_key_that_is_used(tmp_path: Path) -> None:
    def at(day: date) -> str:
        return f"{day.month}/{day.day}/{day.year} 9:30 AM"

    key = "{{{:08X}-0000-4000-8000-{:012X}}}".format
    accounts = [[key(1, i), f"Firm {i}", f"ACC-{i:03}", "Retail"] for i in range(1, 41)]
    deals, calls, visits = [], [], []
    for n, (i, day) in enumerate(days(400)):
        state = ["Won", "Lost", "Open"][n % 3]
        ended = day + timedelta(days=40)
        closed = at(ended) if n % 3 < 2 else ""
        deals.append([key(2, n), f"Deal {n}", key(1, i), state, f'"${n + 1},000.00"', at(ended), closed, at(day)])
        calls.append([key(3, n), "Call", key(2, n), ["Outgoing", "Incoming"][n % 2], at(day + timedelta(days=5))])
        visits.append([key(4, n), "Visit", key(2, n), at(day + timedelta(days=9)), at(day + timedelta(days=9))])
    folder = tmp_path / "in"
    mark = "(Do Not Modify) "
    write(folder, "accounts.csv", [[f"{mark}Account", "Account Name", "Account Number", "Industry"], *accounts])
    dates = ["Est. Close Date", "Actual Close Date", "Created On"]
    header = [f"{mark}Opportunity", "Topic", "Account Id", "Status", "Est. Revenue", *dates]
    write(folder, "opportunities.csv", [header, *deals])
    write(folder, "phonecalls.csv", [[f"{mark}Phone Call", "Subject", "Regarding Id", "Direction", "Actual End"], *calls])
    write(folder, "appointments.csv", [[f"{mark}Appointment", "Subject", "Regarding Id", "Start Time", "End Time"], *visits])
    _, workspace, result = proposed(tmp_path, folder)
    assert accepted(result) == {"accounts": 40, "opportunities": 400, "interactions": 800}
    assert workspace.tables["accounts"].columns["account_id"] == f"{mark}Account"
    touches = rows(result, "interactions")
    assert touches["kind"].value_counts().to_dict() == {"call": 400, "meeting": 400}
    assert touches["opportunity_id"].notna().all() and touches["direction"].notna().sum() == 400
    assert {"expected_close_at", "amount", "closed_at"} <= set(rows(result, "opportunities").columns)


def test_tables_that_find_their_customer_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    customers = [[f"恒达{i}公司", f"KH{i:04}", "制造业"] for i in range(1, 41)]
    deals, records, orders = [], [], []
    for n, (i, day) in enumerate(days(400)):
        state = ["赢单", "输单", "方案/报价"][n % 3]
        ended = day + timedelta(days=30) if n % 3 < 2 else ""
        deals.append([f"项目{n}", f"恒达{i}公司", n + 1, day + timedelta(days=45), state, ended, day])
        records.append([f"恒达{i}公司", ["电话", "拜访"][n % 2], f"{day} 10:{n % 60:02}", "沟通需求", "张三"])
        orders.append([f"DD{n:04}", f"恒达{i}公司", f"{n + 1}.5元", day])
    write(folder, "客户.csv", [["客户名称", "客户编号", "1级行业"], *customers])
    header = ["商机名称", "客户名称", "商机金额(元)", "预计成交日期", "销售阶段", "实际结束时间", "创建时间"]
    write(folder, "商机.csv", [header, *deals])
    write(folder, "销售记录.csv", [["关联客户", "记录类型", "跟进时间", "跟进内容", "创建人"], *records])
    write(folder, "销售订单.csv", [["销售订单编号", "客户名称", "销售订单金额", "下单日期"], *orders])
    _, workspace, result = proposed(tmp_path, folder)
    assert accepted(result) == {"accounts": 40, "opportunities": 400, "interactions": 400, "orders": 400}
    assert workspace.tables["accounts"].columns["name"] == "客户名称"
    assert workspace.tables["opportunities"].columns["closed_at"] == "实际结束时间"
    assert rows(result, "interactions")["kind"].value_counts().to_dict() == {"电话": 200, "拜访": 200}


def test_a_subscription_is_what_a_trial_becomes_and_its_end_was_not_known(tmp_path: Path) -> None:
    folder, chosen = tmp_path / "in", random.Random(1)
    users, subscriptions, events = [], [], []
    for i in range(300):
        day = date(2024, 1, 1) + timedelta(days=chosen.randrange(300))
        users.append([f"u{i}", f"{day}T08:00:00Z", ["ads", "search"][i % 2]])
        events += [[f"e{i}-{n}", f"u{i}", ["login", "export"][n % 2], f"{day + timedelta(days=n)} 09:00:00"] for n in range(4)]
        if i % 3 == 0:
            start = day + timedelta(days=9)
            subscriptions.append([f"s{i}", f"u{i}", start, start + timedelta(days=90) if i % 2 else "", [29, 99][i % 2]])
    write(folder, "users.csv", [["user_id", "signed_up_at", "utm_source"], *users])
    write(folder, "subscriptions.csv", [["subscription_id", "user_id", "start_date", "end_date", "mrr"], *subscriptions])
    write(folder, "events.csv", [["event_id", "user_id", "event_name", "ts"], *events])
    text, _, result = proposed(tmp_path, folder)
    assert accepted(result) == {"accounts": 300, "contracts": 100, "interactions": 1200, "opportunities": 300}
    assert "ends_at" not in rows(result, "contracts").columns
    assert "end_date is empty in 50% of the rows, as if it were filled in when a contract ends" in text
    assert (rows(result, "opportunities")["outcome"] == "won").sum() == 100


def test_the_key_that_other_tables_repeat_is_the_customer_whatever_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    people = [[f"x{i}z", ["a", "b"][i % 2], "20220105"] for i in range(1, 41)]
    bought = [[f"x{i}z", f"{day:%Y%m%d}", 149, 99 + n % 2] for n, (i, day) in enumerate(days(500))]
    heard = [[f"x{i}z", f"{day:%Y%m%d}", n % 9] for n, (i, day) in enumerate(days(700))]
    write(folder, "listing.csv", [["msno", "gender", "registration_init_time"], *people])
    write(folder, "transactions.csv", [["msno", "transaction_date", "plan_list_price", "actual_amount_paid"], *bought])
    write(folder, "user_logs.csv", [["msno", "date", "num_25"], *heard])
    text, workspace, result = proposed(tmp_path, folder)
    assert workspace.tables["accounts"].columns == {"account_id": "msno", "created_at": "registration_init_time"}
    assert {name: count.accepted for name, count in result.counts.items()}.keys() == {"accounts", "orders", "interactions"}
    assert workspace.tables["orders"].columns["amount"] == "actual_amount_paid"
    assert "no name says who the customers are" in text


def test_calls_and_visits_with_the_same_numbers_are_told_apart(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder, "customers.csv", [["id", "name"], *([i, f"Firm {i}"] for i in range(1, 41))])
    calls = [[n, i, day, n % 9] for n, (i, day) in enumerate(days(300))]
    write(folder, "calls.csv", [["id", "customer_id", "date", "minutes"], *calls])
    write(folder, "visits.csv", [["id", "customer_id", "date"], *([n, i, day] for n, (i, day) in enumerate(days(200)))])
    text, _, result = proposed(tmp_path, folder)
    assert accepted(result) == {"accounts": 40, "interactions": 500}
    assert rows(result, "interactions")["kind"].value_counts().to_dict() == {"call": 300, "visit": 200}
    assert "other tables of touches have the same numbers" in text


def test_a_customer_is_the_number_that_recurs_not_the_one_of_an_order(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    people, orders, items, reviews = [], [], [], []
    for n, (i, day) in enumerate(days(400)):
        people.append([f"c{n}x", f"p{i}x", ["SP", "RJ"][n % 2]])
        orders.append([f"o{n}x", f"c{n}x", ["delivered", "shipped"][n % 2], f"{day} 10:{n % 60:02}:00"])
        items += [[f"o{n}x", line, f"{day + timedelta(days=4)} 11:{n % 60:02}:00", 20 + line, 5] for line in (1, 2)]
        reviews.append([f"r{n}x", f"o{n}x", n % 5 + 1, f"{day + timedelta(days=9)} 09:{n % 60:02}:00"])
    write(folder, "customers.csv", [["customer_id", "customer_unique_id", "customer_state"], *people])
    write(folder, "orders.csv", [["order_id", "customer_id", "order_status", "order_purchase_timestamp"], *orders])
    write(folder, "order_items.csv", [["order_id", "order_item_id", "shipping_limit_date", "price", "freight_value"], *items])
    write(folder, "order_reviews.csv", [["review_id", "order_id", "review_score", "review_creation_date"], *reviews])
    text, workspace, result = proposed(tmp_path, folder)
    assert accepted(result) == {"accounts": 40, "orders": 400, "order_lines": 800, "surveys": 400}
    assert set(rows(result, "orders")["amount"]) == {4300}
    assert rows(result, "surveys")["account_id"].nunique() == 40
    assert "customer_id is there once for each order, this recurs" in text
    assert {"churn", "value"} <= set(workspace.tasks.model_dump(exclude_none=True))


def test_a_shop_is_no_customer_where_orders_name_one(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder, "stores.csv", [["store_id", "store_name", "city"], *([f"s{n}", f"Store {n}", "x"] for n in range(1, 25))])
    orders = [[f"o{n}", f"c{i}", f"s{n % 24 + 1}", day, 10] for n, (i, day) in enumerate(days(400))]
    write(folder, "orders.csv", [["order_id", "customer_id", "store_id", "order_date", "amount"], *orders])
    assert accepted(proposed(tmp_path, folder)[2])["accounts"] == 40


@pytest.mark.parametrize("other", ["account_manager_id", "parent_customer_id", "customer_segment_id"])
def test_a_customer_is_not_the_manager_the_parent_or_the_segment(tmp_path: Path, other: str) -> None:
    folder = tmp_path / "in"
    customers = [[f"c{n}", f"Firm {n}", f"m{n % 30}", "x"] for n in range(300)]
    write(folder, "customers.csv", [["customer_id", "customer_name", other, "city"], *customers])
    deals = [[f"d{n}", f"c{n}", day, day + timedelta(days=20), ["won", "lost"][n % 2]] for n, (_, day) in enumerate(days(300))]
    write(folder, "deals.csv", [["deal_id", "customer_id", "created_at", "closed_at", "outcome"], *deals])
    assert accepted(proposed(tmp_path, folder)[2])["accounts"] == 300


@pytest.mark.parametrize(("name", "values", "amount"), [("discount_applied", (0, 1), 20), ("discount", (0, 0.25), 15)])
def test_a_flag_is_no_share_of_the_price(tmp_path: Path, name: str, values: tuple[float, float], amount: int) -> None:
    lines = [[f"o{n}", f"c{i}", day, 2, 10, values[n % 2]] for n, (i, day) in enumerate(days(400))]
    write(tmp_path / "in", "sales.csv", [["order_id", "customer_id", "date", "quantity", "unit_price", name], *lines])
    assert set(rows(proposed(tmp_path, tmp_path / "in")[2], "orders")["amount"]) == {2000, amount * 100}


def test_what_was_paid_is_neither_the_listed_nor_the_returned(tmp_path: Path) -> None:
    lines = [[f"o{n}", f"c{i}", day, 50, n % 3] for n, (i, day) in enumerate(days(400))]
    header = ["order_id", "customer_id", "date", "original_amount", "returned_value"]
    write(tmp_path / "in", "sales.csv", [header, *lines])
    assert set(rows(proposed(tmp_path, tmp_path / "in")[2], "orders")["amount"]) == {5000}


def test_a_key_called_customer_leaves_the_name_alone(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder, "customers.csv", [["customer", "name"], *([f"c{i}", f"Firm {i}"] for i in range(1, 41))])
    orders = [[n, f"c{i}", day, 5] for n, (i, day) in enumerate(days(300))]
    write(folder, "orders.csv", [["order_id", "customer", "date", "amount"], *orders])
    assert proposed(tmp_path, folder)[1].tables["accounts"].columns.get("name", "name") == "name"


def test_deals_that_name_organizations_which_share_names(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    firms = [[n, f"Firm {n % 30}", "Retail"] for n in range(1, 41)]
    people = [[n, f"Person {n}", f"Firm {n % 30}"] for n in range(1, 101)]
    deals, done = [], []
    for n, (i, day) in enumerate(days(300), 1):
        state, ended = ["Won", "Lost", "Open"][n % 3], f"{day + timedelta(days=20)} 10:{n % 60:02}:00"
        money = ["EUR", "EUR", "USD"][n % 3]
        dates = [ended if state == "Won" else "", ended if state == "Lost" else ""]
        worth = n if state == "Won" else 0
        deals.append([n, f"Deal {n}", f"Firm {i % 30}", state, n, worth, money, *dates, f"{day} 09:{n % 60:02}:00"])
        done.append([n, ["Call", "Meeting"][n % 2], f"Firm {i % 30}", f"{day + timedelta(days=3)} 09:{n % 60:02}:00"])
    header = ["ID", "Title", "Organization", "Status", "Value", "Weighted value", "Currency of Value", "Won time", "Lost time"]
    write(folder, "organizations.csv", [["Organization - ID", "Organization - Name", "Organization - Industry"], *firms])
    write(folder, "people.csv", [["Person - ID", "Person - Name", "Person - Organization"], *people])
    write(folder, "deals.csv", [[f"Deal - {name}" for name in (*header, "Deal created")], *deals])
    write(folder, "activities.csv", [[f"Activity - {name}" for name in ("ID", "Type", "Organization", "Add time")], *done])
    text, _, result = proposed(tmp_path, folder)
    assert accepted(result) == {"accounts": 30, "contacts": 100, "opportunities": 300, "interactions": 300}
    assert rows(result, "opportunities")["outcome"].value_counts().to_dict() == {"won": 100, "lost": 100}
    assert "Deal - Won time, where it is empty Deal - Lost time" in text or "Deal - Lost time, where it is empty" in text
    assert "# ??? left out: its name says 'weighted'" in text
    assert "amounts of several currencies (EUR 200, USD 100" in text and 'currency = "EUR"' in text


def test_chinese_halves_of_the_day_are_dates_and_a_stage_is_no_owner(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    customers = [[f"KH{i:03}", f"恒达{i}公司"] for i in range(1, 41)]
    touches, deals = [], []
    for n, (i, day) in enumerate(days(300)):
        clock = f"{['下午 3', '上午 0'][n % 2]}:{n % 60:02}"
        touches.append([f"V{n:04}", f"KH{i:03}", f"{day.year}/{day.month}/{day.day} {clock}", "拜访"])
        ended = day + timedelta(days=9) if n % 3 < 2 else ""
        deals.append([f"D{n:04}", f"KH{i:03}", ["赢单", "输单", "报价"][n % 3], day, ended, ["张三", "李四"][n % 2]])
    write(folder, "客户.csv", [["客户编号", "客户名称"], *customers])
    write(folder, "活动记录.csv", [["活动编号", "客户编号", "活动时间", "活动类型"], *touches])
    write(folder, "销售机会.csv", [["机会编号", "客户编号", "销售阶段", "创建日期", "结束日期", "销售机会所有人"], *deals])
    _, _, result = proposed(tmp_path, folder)
    assert accepted(result) == {"accounts": 40, "interactions": 300, "opportunities": 300}
    assert set(rows(result, "opportunities")["owner_id"]) == {"张三", "李四"}


def test_numbers_of_two_things_do_not_meet_by_chance(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder, "customers.csv", [["customer_id", "name"], *([i, f"Firm {i}"] for i in range(1, 41))])
    orders = [[1000 + n, i, day, n % 6 + 1, 50] for n, (i, day) in enumerate(days(400))]
    write(folder, "sales_orders.csv", [["sales_order_id", "customer_id", "order_date", "status", "amount"], *orders])
    shops = [[n, f"Shop {n}", 1000 + n % 90, date(2023, 1, 1) + timedelta(days=n)] for n in range(200)]
    write(folder, "shops.csv", [["entity_id", "title", "sales_person_id", "modified_date"], *shops])
    text, _, result = proposed(tmp_path, folder)
    assert accepted(result) == {"accounts": 40, "orders": 400}
    assert "status holds the codes 1, 2, 3, 4, 5, 6: leave out" in text


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        (("USD 1,{n:03}.50", "EUR {n}.00"), "total holds EUR, USD: amounts of another currency"),
        (("1.{n:03}", "2.{n:03}"), "total: dots stand only before three digits. Set decimal_comma = true"),
    ],
)
def test_amounts_that_may_be_read_in_two_ways_are_doubted(tmp_path: Path, amounts: tuple[str, str], said: str) -> None:
    firms = [[f"C{i:03}", f"Firm {i}"] for i in range(1, 41)]
    sales = [[f"O{n}", f"C{i:03}", day, f'"{amounts[n % 2].format(n=n)}"'] for n, (i, day) in enumerate(days(300))]
    write(tmp_path / "in", "customers.csv", [["customer_id", "name"], *firms])
    write(tmp_path / "in", "orders.csv", [["order_id", "customer_id", "order_date", "total"], *sales])
    text, _, _ = proposed(tmp_path, tmp_path / "in")
    assert said in text
