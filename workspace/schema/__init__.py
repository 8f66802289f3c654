"""The canonical tables: what each column means, its type and unit, and which table it points at, one module per subject.

Times are stored as UTC seconds, money as int64 minor units, ids as text. `as_of`-safe reading is defined in features/history.py.
"""

from __future__ import annotations

from workspace.schema.columns import TableSchema
from workspace.schema.deals import NEEDS, OPPORTUNITIES, OPPORTUNITY_CONTACTS, QUOTES, STAGE_CHANGES
from workspace.schema.people import ACCOUNTS, CONTACTS, OWNERS, TARGETS
from workspace.schema.purchases import CONTRACTS, ORDER_LINES, ORDERS, PAYMENTS
from workspace.schema.records import CASES, FIELD_HISTORY, INTERACTIONS, JUDGEMENTS, SURVEYS

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
