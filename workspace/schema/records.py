"""What was noted about an account: touches, complaints, surveys, scores by hand, changes of a field."""

from workspace.schema.columns import (
    OCCURRED,
    RECEIVED,
    Column,
    TableSchema,
    account,
    category,
    identifier,
    integer,
    number,
    owner,
    time,
)

INTERACTIONS = TableSchema(
    "interactions",
    ("interaction_id",),
    "跟进",
    "dated touches",
    (
        identifier("interaction_id", "跟进编号", "the touch"),
        account(),
        identifier("opportunity_id", "商机", "the opportunity it belongs to", "opportunities", required=False),
        identifier("contact_id", "联系人", "who was there", "contacts", required=False),
        owner(),
        category("kind", "类型", "visit, call, email, meeting, chat, demo, training, event, or any other", required=True),
        category("direction", "方向", "in: they started it; out: we did"),
        OCCURRED,
        RECEIVED,
        integer("duration_s", "时长", "duration", "second"),
        number("sentiment", "情绪", "sentiment from -1 to 1", signed=True),
        Column("note", "text", "备注", "free text"),
    ),
)
CASES = TableSchema(
    "cases",
    ("case_id",),
    "投诉",
    "complaints and service cases",
    (
        identifier("case_id", "投诉编号", "the case"),
        account(),
        OCCURRED,
        RECEIVED,
        time("resolved_at", "解决时间", "when it was resolved"),
        category("severity", "严重程度", "severity"),
        category("kind", "类型", "kind of case"),
    ),
)
SURVEYS = TableSchema(
    "surveys",
    ("survey_id",),
    "满意度调查",
    "satisfaction surveys",
    (
        identifier("survey_id", "调查编号", "the survey"),
        account(),
        OCCURRED,
        RECEIVED,
        number("service_quality", "服务质量", "service quality", "1-5"),
        number("product_quality", "产品质量", "product quality", "1-5"),
        number("service_attitude", "服务态度", "service attitude", "1-5"),
        number("after_sales", "售后支持", "after-sales support", "1-5"),
        number("recommend", "推荐意愿", "willingness to recommend", "0-10"),
    ),
)
JUDGEMENTS = TableSchema(
    "judgements",
    ("judgement_id",),
    "人工评分",
    "dated scores given by hand",
    (
        identifier("judgement_id", "评分编号", "the judgement"),
        account(),
        identifier("opportunity_id", "商机", "the opportunity", "opportunities", required=False),
        OCCURRED,
        RECEIVED,
        category("subject", "评分项", "influence, complexity, profile_fit, urgency or budget_fit", required=True),
        number("score", "得分", "the score given"),
    ),
)
FIELD_HISTORY = TableSchema(
    "field_history",
    ("table", "entity_id", "field", "occurred_at"),
    "字段历史",
    "how an attribute changed",
    (
        category("table", "表", "canonical table", required=True),
        identifier("entity_id", "编号", "the row's key"),
        identifier(
            "account_id", "客户", "the account it concerns; filled in where the source lacks it", "accounts", required=False
        ),
        category("field", "字段", "the field", required=True),
        Column("value", "text", "新值", "the value from then on"),
        OCCURRED,
        RECEIVED,
    ),
)
