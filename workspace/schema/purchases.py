"""What was bought and paid: orders and their lines, payments, contracts."""

from workspace.schema.columns import OCCURRED, RECEIVED, TableSchema, account, category, identifier, money, number, opening, time

ORDERS = TableSchema(
    "orders",
    ("order_id",),
    "订单",
    "dated purchases",
    (
        identifier("order_id", "订单编号", "the order"),
        account(),
        identifier("opportunity_id", "商机", "the opportunity it came from", "opportunities", required=False),
        OCCURRED,
        RECEIVED,
        money("amount", "金额", "amount paid or payable; negative for a return", required=True, signed=True),
        money("discount", "折扣", "discount given"),
        money("margin", "毛利", "margin where known", signed=True),
    ),
)
ORDER_LINES = TableSchema(
    "order_lines",
    ("line_id",),
    "订单明细",
    "lines of an order",
    (
        identifier("line_id", "明细编号", "the line"),
        identifier("order_id", "订单", "the order", "orders"),
        account(),
        identifier("product_id", "产品", "the product", required=False),
        category("category", "产品类别", "product category"),
        OCCURRED,
        RECEIVED,
        number("quantity", "数量", "quantity", "piece", signed=True),
        money("amount", "金额", "amount of the line", required=True, signed=True),
        money("margin", "毛利", "margin where known", signed=True),
    ),
)
PAYMENTS = TableSchema(
    "payments",
    ("payment_id",),
    "回款",
    "money received",
    (
        identifier("payment_id", "回款编号", "the payment"),
        account(),
        identifier("order_id", "订单", "the order paid", "orders", required=False),
        OCCURRED,
        RECEIVED,
        time("due_at", "应付日", "when it was due", future=True),
        money("amount", "金额", "amount", required=True, signed=True),
    ),
)
CONTRACTS = TableSchema(
    "contracts",
    ("contract_id",),
    "合同",
    "contracts with a start and an end",
    (
        identifier("contract_id", "合同编号", "the contract"),
        account(),
        opening("starts_at", "开始", "first day", required=True),
        time("ends_at", "结束", "last day as agreed, empty where it is open", future=True),
        time("renewed_at", "续签时间", "when it was renewed"),
        money("amount", "金额", "value"),
        RECEIVED,
    ),
)
