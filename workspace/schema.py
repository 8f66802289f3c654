"""The canonical tables: what each column means, its type and unit, and which table it points at.

Times are stored as UTC seconds, money as int64 minor units, ids as text. `as_of`-safe reading is defined in history.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "category", "time", "opening", "money", "number", "integer", "boolean"]

ARROW_TYPES: dict[str, str] = {
    "id": "string",
    "text": "string",
    "category": "string",
    "time": "timestamp[s, tz=UTC]",
    "opening": "timestamp[s, tz=UTC]",
    "money": "int64",
    "number": "double",
    "integer": "int64",
    "boolean": "bool",
}


@dataclass(frozen=True)
class Column:
    """One canonical column.

    A `time` without a clock counts as the end of its day, an `opening` as its start. `future` allows dates after today
    (a contract's end), `signed` allows negative numbers (a return), `unit` is the stored unit.
    """

    name: str
    kind: Kind
    zh: str
    en: str
    required: bool = False
    refers: str | None = None
    future: bool = False
    signed: bool = False
    unit: str = ""


@dataclass(frozen=True)
class TableSchema:
    """One canonical table: its primary key and its columns, in file order."""

    name: str
    key: tuple[str, ...]
    zh: str
    en: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)

    @property
    def of_accounts(self) -> bool:
        """Whether each of its rows says which of the accounts it is about."""
        return any(column.refers == "accounts" and column.required and column.name == "account_id" for column in self.columns)


def _id(name: str, zh: str, en: str, refers: str | None = None, *, required: bool = True) -> Column:
    return Column(name, "id", zh, en, required=required, refers=refers)


def _account(*, required: bool = True) -> Column:
    return _id("account_id", "客户", "the account", "accounts", required=required)


def _owner() -> Column:
    return _id("owner_id", "负责人", "the salesperson responsible", "owners", required=False)


def _time(name: str, zh: str, en: str, *, required: bool = False, future: bool = False) -> Column:
    return Column(name, "time", zh, en, required=required, future=future, unit="UTC second")


def _opening(name: str, zh: str, en: str, *, required: bool = False, future: bool = True) -> Column:
    return Column(name, "opening", zh, en, required=required, future=future, unit="UTC second")


def _money(name: str, zh: str, en: str, *, required: bool = False, signed: bool = False) -> Column:
    return Column(name, "money", zh, en, required=required, signed=signed, unit="minor unit")


def _category(name: str, zh: str, en: str, *, required: bool = False) -> Column:
    return Column(name, "category", zh, en, required=required)


def _number(name: str, zh: str, en: str, unit: str = "", *, signed: bool = False) -> Column:
    return Column(name, "number", zh, en, unit=unit, signed=signed)


def _integer(name: str, zh: str, en: str, unit: str = "") -> Column:
    return Column(name, "integer", zh, en, unit=unit)


def _boolean(name: str, zh: str, en: str) -> Column:
    return Column(name, "boolean", zh, en)


_OF_OPPORTUNITY = _id(
    "account_id", "客户", "the opportunity's account; filled in where the source lacks it", "accounts", required=False
)
_RECEIVED = _time("received_at", "录入时间", "when the CRM first held the row")
_OCCURRED = _time("occurred_at", "发生时间", "when it happened", required=True)

ACCOUNTS = TableSchema(
    "accounts",
    ("account_id",),
    "客户",
    "companies that buy, or might",
    (
        _id("account_id", "客户编号", "the account"),
        _id("parent_id", "上级客户", "the account this one belongs to", required=False),
        Column("name", "text", "名称", "display name"),
        _category("industry", "行业", "industry"),
        _category("size", "规模", "size class"),
        _category("region", "地区", "region"),
        _category("source", "来源", "where the account came from"),
        _owner(),
        _opening("created_at", "建档时间", "when the account became known"),
    ),
)
CONTACTS = TableSchema(
    "contacts",
    ("contact_id",),
    "联系人",
    "people at an account",
    (
        _id("contact_id", "联系人编号", "the contact"),
        _account(),
        Column("name", "text", "姓名", "display name"),
        _category("role", "决策角色", "role in the decision: decision_maker, influencer, user, buyer"),
        _boolean("opted_out", "拒绝联系", "asked not to be contacted"),
        _opening("created_at", "建档时间", "when the contact became known"),
    ),
)
OWNERS = TableSchema(
    "owners",
    ("owner_id",),
    "负责人",
    "salespeople",
    (
        _id("owner_id", "负责人编号", "the salesperson"),
        Column("name", "text", "姓名", "display name"),
        _category("team", "团队", "team"),
        _category("region", "地区", "region"),
        _opening("valid_from", "起始", "first day in this position"),
        _time("valid_to", "截止", "last day in this position", future=True),
        _number("weekly_capacity", "每周可拜访数", "visits a week this person can make", "visits"),
    ),
)
TARGETS = TableSchema(
    "targets",
    ("target_id",),
    "销售目标",
    "sales targets by month",
    (
        _id("target_id", "目标编号", "the target"),
        _opening("month", "月份", "first day of the month", required=True),
        _owner(),
        _category("team", "团队", "team"),
        _money("amount", "目标金额", "target revenue", required=True),
    ),
)
OPPORTUNITIES = TableSchema(
    "opportunities",
    ("opportunity_id",),
    "商机",
    "possible sales, leads included",
    (
        _id("opportunity_id", "商机编号", "the lead or opportunity"),
        _account(),
        _owner(),
        _id("referred_by_id", "推荐人", "the account that referred it", "accounts", required=False),
        _category("source", "来源", "where the lead came from"),
        _opening("opened_at", "开启时间", "when it was opened", future=False),
        _time("expected_close_at", "预计成交日", "closing date stated at the opening", future=True),
        _time("closed_at", "关闭时间", "when it was won or lost"),
        _category("outcome", "结果", "won or lost, empty while open"),
        _money("amount", "金额", "amount stated at the opening"),
        _RECEIVED,
    ),
)
OPPORTUNITY_CONTACTS = TableSchema(
    "opportunity_contacts",
    ("opportunity_id", "contact_id"),
    "商机联系人",
    "who takes part in which decision",
    (
        _id("opportunity_id", "商机", "the opportunity", "opportunities"),
        _id("contact_id", "联系人", "the contact", "contacts"),
        _OF_OPPORTUNITY,
        _category("role", "决策角色", "role in this decision"),
        _opening("since", "起始", "known since"),
    ),
)
INTERACTIONS = TableSchema(
    "interactions",
    ("interaction_id",),
    "跟进",
    "dated touches",
    (
        _id("interaction_id", "跟进编号", "the touch"),
        _account(),
        _id("opportunity_id", "商机", "the opportunity it belongs to", "opportunities", required=False),
        _id("contact_id", "联系人", "who was there", "contacts", required=False),
        _owner(),
        _category("kind", "类型", "visit, call, email, meeting, chat, demo, training, event, or any other", required=True),
        _category("direction", "方向", "in: they started it; out: we did"),
        _OCCURRED,
        _RECEIVED,
        _integer("duration_s", "时长", "duration", "second"),
        _number("sentiment", "情绪", "sentiment from -1 to 1", signed=True),
        Column("note", "text", "备注", "free text"),
    ),
)
STAGE_CHANGES = TableSchema(
    "stage_changes",
    ("opportunity_id", "occurred_at", "stage"),
    "阶段变更",
    "history of an opportunity's stage",
    (
        _id("opportunity_id", "商机", "the opportunity", "opportunities"),
        _OF_OPPORTUNITY,
        _category("stage", "阶段", "the stage entered", required=True),
        _OCCURRED,
        _RECEIVED,
    ),
)
NEEDS = TableSchema(
    "needs",
    ("need_id",),
    "需求",
    "what the customer wants",
    (
        _id("need_id", "需求编号", "the need"),
        _account(),
        _id("opportunity_id", "商机", "the opportunity", "opportunities", required=False),
        _category("type", "需求类型", "rigid, elastic or latent"),
        _category("priority", "优先级", "high, mid or low"),
        _OCCURRED,
        _RECEIVED,
    ),
)
QUOTES = TableSchema(
    "quotes",
    ("quote_id",),
    "报价",
    "offers made",
    (
        _id("quote_id", "报价编号", "the quote"),
        _id("opportunity_id", "商机", "the opportunity", "opportunities"),
        _OF_OPPORTUNITY,
        _money("amount", "报价金额", "amount offered", required=True),
        _category("competitor", "竞争对手", "the competitor named"),
        _OCCURRED,
        _RECEIVED,
    ),
)
ORDERS = TableSchema(
    "orders",
    ("order_id",),
    "订单",
    "dated purchases",
    (
        _id("order_id", "订单编号", "the order"),
        _account(),
        _id("opportunity_id", "商机", "the opportunity it came from", "opportunities", required=False),
        _OCCURRED,
        _RECEIVED,
        _money("amount", "金额", "amount paid or payable; negative for a return", required=True, signed=True),
        _money("discount", "折扣", "discount given"),
        _money("margin", "毛利", "margin where known", signed=True),
    ),
)
ORDER_LINES = TableSchema(
    "order_lines",
    ("line_id",),
    "订单明细",
    "lines of an order",
    (
        _id("line_id", "明细编号", "the line"),
        _id("order_id", "订单", "the order", "orders"),
        _account(),
        _id("product_id", "产品", "the product", required=False),
        _category("category", "产品类别", "product category"),
        _OCCURRED,
        _RECEIVED,
        _number("quantity", "数量", "quantity", "piece", signed=True),
        _money("amount", "金额", "amount of the line", required=True, signed=True),
        _money("margin", "毛利", "margin where known", signed=True),
    ),
)
PAYMENTS = TableSchema(
    "payments",
    ("payment_id",),
    "回款",
    "money received",
    (
        _id("payment_id", "回款编号", "the payment"),
        _account(),
        _id("order_id", "订单", "the order paid", "orders", required=False),
        _OCCURRED,
        _RECEIVED,
        _time("due_at", "应付日", "when it was due", future=True),
        _money("amount", "金额", "amount", required=True, signed=True),
    ),
)
CONTRACTS = TableSchema(
    "contracts",
    ("contract_id",),
    "合同",
    "contracts with a start and an end",
    (
        _id("contract_id", "合同编号", "the contract"),
        _account(),
        _opening("starts_at", "开始", "first day", required=True),
        _time("ends_at", "结束", "last day as agreed, empty where it is open", future=True),
        _time("renewed_at", "续签时间", "when it was renewed"),
        _money("amount", "金额", "value"),
        _RECEIVED,
    ),
)
CASES = TableSchema(
    "cases",
    ("case_id",),
    "投诉",
    "complaints and service cases",
    (
        _id("case_id", "投诉编号", "the case"),
        _account(),
        _OCCURRED,
        _RECEIVED,
        _time("resolved_at", "解决时间", "when it was resolved"),
        _category("severity", "严重程度", "severity"),
        _category("kind", "类型", "kind of case"),
    ),
)
SURVEYS = TableSchema(
    "surveys",
    ("survey_id",),
    "满意度调查",
    "satisfaction surveys",
    (
        _id("survey_id", "调查编号", "the survey"),
        _account(),
        _OCCURRED,
        _RECEIVED,
        _number("service_quality", "服务质量", "service quality", "1-5"),
        _number("product_quality", "产品质量", "product quality", "1-5"),
        _number("service_attitude", "服务态度", "service attitude", "1-5"),
        _number("after_sales", "售后支持", "after-sales support", "1-5"),
        _number("recommend", "推荐意愿", "willingness to recommend", "0-10"),
    ),
)
JUDGEMENTS = TableSchema(
    "judgements",
    ("judgement_id",),
    "人工评分",
    "dated scores given by hand",
    (
        _id("judgement_id", "评分编号", "the judgement"),
        _account(),
        _id("opportunity_id", "商机", "the opportunity", "opportunities", required=False),
        _OCCURRED,
        _RECEIVED,
        _category("subject", "评分项", "influence, complexity, profile_fit, urgency or budget_fit", required=True),
        _number("score", "得分", "the score given"),
    ),
)
FIELD_HISTORY = TableSchema(
    "field_history",
    ("table", "entity_id", "field", "occurred_at"),
    "字段历史",
    "how an attribute changed",
    (
        _category("table", "表", "canonical table", required=True),
        _id("entity_id", "编号", "the row's key"),
        _id("account_id", "客户", "the account it concerns; filled in where the source lacks it", "accounts", required=False),
        _category("field", "字段", "the field", required=True),
        Column("value", "text", "新值", "the value from then on"),
        _OCCURRED,
        _RECEIVED,
    ),
)

TABLES: dict[str, TableSchema] = {
    table.name: table
    for table in (
        OWNERS,
        ACCOUNTS,
        CONTACTS,
        TARGETS,
        OPPORTUNITIES,
        OPPORTUNITY_CONTACTS,
        INTERACTIONS,
        STAGE_CHANGES,
        NEEDS,
        QUOTES,
        ORDERS,
        ORDER_LINES,
        PAYMENTS,
        CONTRACTS,
        CASES,
        SURVEYS,
        JUDGEMENTS,
        FIELD_HISTORY,
    )
}

EVENT_TABLES = ("interactions", "orders", "order_lines", "surveys", "judgements", "cases")
