"""Possible sales: opportunities, who takes part, their stages, needs and offers."""

from workspace.schema.columns import (
    OCCURRED,
    OF_OPPORTUNITY,
    RECEIVED,
    TableSchema,
    account,
    category,
    identifier,
    money,
    opening,
    owner,
    time,
)

OPPORTUNITIES = TableSchema(
    "opportunities",
    ("opportunity_id",),
    "商机",
    "possible sales, leads included",
    (
        identifier("opportunity_id", "商机编号", "the lead or opportunity"),
        account(),
        owner(),
        identifier("referred_by_id", "推荐人", "the account that referred it", "accounts", required=False),
        category("source", "来源", "where the lead came from"),
        opening("opened_at", "开启时间", "when it was opened", future=False),
        time("expected_close_at", "预计成交日", "closing date stated at the opening", future=True),
        time("closed_at", "关闭时间", "when it was won or lost"),
        category("outcome", "结果", "won or lost, empty while open"),
        money("amount", "金额", "amount stated at the opening"),
        RECEIVED,
    ),
)
OPPORTUNITY_CONTACTS = TableSchema(
    "opportunity_contacts",
    ("opportunity_id", "contact_id"),
    "商机联系人",
    "who takes part in which decision",
    (
        identifier("opportunity_id", "商机", "the opportunity", "opportunities"),
        identifier("contact_id", "联系人", "the contact", "contacts"),
        OF_OPPORTUNITY,
        category("role", "决策角色", "role in this decision"),
        opening("since", "起始", "known since"),
    ),
)
STAGE_CHANGES = TableSchema(
    "stage_changes",
    ("opportunity_id", "occurred_at", "stage"),
    "阶段变更",
    "history of an opportunity's stage",
    (
        identifier("opportunity_id", "商机", "the opportunity", "opportunities"),
        OF_OPPORTUNITY,
        category("stage", "阶段", "the stage entered", required=True),
        OCCURRED,
        RECEIVED,
    ),
)
NEEDS = TableSchema(
    "needs",
    ("need_id",),
    "需求",
    "what the customer wants",
    (
        identifier("need_id", "需求编号", "the need"),
        account(),
        identifier("opportunity_id", "商机", "the opportunity", "opportunities", required=False),
        category("type", "需求类型", "rigid, elastic or latent"),
        category("priority", "优先级", "high, mid or low"),
        OCCURRED,
        RECEIVED,
    ),
)
QUOTES = TableSchema(
    "quotes",
    ("quote_id",),
    "报价",
    "offers made",
    (
        identifier("quote_id", "报价编号", "the quote"),
        identifier("opportunity_id", "商机", "the opportunity", "opportunities"),
        OF_OPPORTUNITY,
        money("amount", "报价金额", "amount offered", required=True),
        category("competitor", "竞争对手", "the competitor named"),
        OCCURRED,
        RECEIVED,
    ),
)
