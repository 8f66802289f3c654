"""Who buys and who sells: accounts, their contacts, salespeople and what they are to reach."""

from workspace.schema.columns import (
    Column,
    TableSchema,
    account,
    boolean,
    category,
    identifier,
    money,
    number,
    opening,
    owner,
    time,
)

ACCOUNTS = TableSchema(
    "accounts",
    ("account_id",),
    "客户",
    "companies that buy, or might",
    (
        identifier("account_id", "客户编号", "the account"),
        identifier("parent_id", "上级客户", "the account this one belongs to", required=False),
        Column("name", "text", "名称", "display name"),
        category("industry", "行业", "industry"),
        category("size", "规模", "size class"),
        category("region", "地区", "region"),
        category("source", "来源", "where the account came from"),
        owner(),
        opening("created_at", "建档时间", "when the account became known"),
    ),
)
CONTACTS = TableSchema(
    "contacts",
    ("contact_id",),
    "联系人",
    "people at an account",
    (
        identifier("contact_id", "联系人编号", "the contact"),
        account(),
        Column("name", "text", "姓名", "display name"),
        category("role", "决策角色", "role in the decision: decision_maker, influencer, user, buyer"),
        boolean("opted_out", "拒绝联系", "asked not to be contacted"),
        opening("created_at", "建档时间", "when the contact became known"),
    ),
)
OWNERS = TableSchema(
    "owners",
    ("owner_id",),
    "负责人",
    "salespeople",
    (
        identifier("owner_id", "负责人编号", "the salesperson"),
        Column("name", "text", "姓名", "display name"),
        category("team", "团队", "team"),
        category("region", "地区", "region"),
        opening("valid_from", "起始", "first day in this position"),
        time("valid_to", "截止", "last day in this position", future=True),
        number("weekly_capacity", "每周可拜访数", "visits a week this person can make", "visits"),
    ),
)
TARGETS = TableSchema(
    "targets",
    ("target_id",),
    "销售目标",
    "sales targets by month",
    (
        identifier("target_id", "目标编号", "the target"),
        opening("month", "月份", "first day of the month", required=True),
        owner(),
        category("team", "团队", "team"),
        money("amount", "目标金额", "target revenue", required=True),
    ),
)
