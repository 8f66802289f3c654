"""Which canonical tables yield events, when, and what there is to count, add up and filter by: declarations only."""

from __future__ import annotations

from dataclasses import dataclass

from features.feature import Path

BOTH: tuple[Path, ...] = ("account", "opportunity")


@dataclass(frozen=True)
class Step:
    """How far an event lies from the one before: in time, or in the measure `of`.

    `changed`: only where that column differs from the event before (a reply, the end of a stage); its value there becomes
    the code `previous_<changed>`. `within`: the event before with the same value there. `signs` name a step down and a
    step up in the code `<measure>_kind`. The event before is the latest one known when this one became known, so a late
    entry never rewrites the past.
    """

    measure: str
    of: str | None = None
    changed: str | None = None
    within: str | None = None
    signs: tuple[str, str] | None = None


@dataclass(frozen=True)
class Stream:
    """One table's rows as events of accounts, opportunities or both.

    `codes` are columns to filter by, count distinct values of, or take the last value of. `derived` names further measures
    and codes of derive.py. `only` keeps rows with that value, `entity` is the column of the entity where it is not
    `account_id` or `opportunity_id`. `planned` events may lie in the future (an opening), so they do not tell how far
    the history reaches.
    """

    name: str
    table: str
    time: str
    key: str
    codes: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ("account",)
    derived: tuple[str, ...] = ()
    step: Step | None = None
    only: tuple[str, str] | None = None
    entity: str | None = None
    planned: bool = False


_SURVEY = ("service_quality", "product_quality", "service_attitude", "after_sales", "recommend")

STREAMS: tuple[Stream, ...] = (
    Stream(
        "interactions",
        "interactions",
        "occurred_at",
        "interaction_id",
        ("kind", "direction", "contact_id", "owner_id"),
        ("duration_s", "sentiment"),
        BOTH,
        ("phase",),
        Step("reply_s", changed="direction"),
    ),
    Stream("contact_touches", "interactions", "occurred_at", "interaction_id", ("contact_id",), (), BOTH, ("contact_role",)),
    Stream("contacts", "contacts", "created_at", "contact_id", ("role",), planned=True),
    Stream("roles", "opportunity_contacts", "since", "contact_id", ("role", "contact_id"), (), BOTH, planned=True),
    Stream("stage_changes", "stage_changes", "occurred_at", "stage", ("stage",), (), BOTH, step=Step("spell_s", changed="stage")),
    Stream("needs", "needs", "occurred_at", "need_id", ("type", "priority"), (), BOTH),
    Stream("quotes", "quotes", "occurred_at", "quote_id", ("competitor",), ("amount",), BOTH),
    Stream(
        "orders", "orders", "occurred_at", "order_id", (), ("amount", "discount", "margin"), derived=("margined_amount", "sale")
    ),
    Stream("order_lines", "order_lines", "occurred_at", "line_id", ("product_id", "category"), ("amount",)),
    Stream(
        "payments", "payments", "occurred_at", "payment_id", (), ("amount",), derived=("late_s", "paid_after_s", "punctuality")
    ),
    Stream("contracts", "contracts", "starts_at", "contract_id", (), ("amount",), derived=("ends_at",), planned=True),
    Stream("contracts_renewed", "contracts", "renewed_at", "contract_id", (), ("amount",)),
    Stream("opportunities_opened", "opportunities", "opened_at", "opportunity_id", ("source",), ("amount",), planned=True),
    Stream("opportunities_closed", "opportunities", "closed_at", "opportunity_id", ("outcome",), ("amount",), BOTH),
    Stream("referrals", "referrals", "opened_at", "opportunity_id", planned=True),
    Stream("surveys", "surveys", "occurred_at", "survey_id", (), _SURVEY, derived=("satisfaction",)),
    Stream("judgements", "judgements", "occurred_at", "judgement_id", ("subject",), ("score",)),
    Stream("cases", "cases", "occurred_at", "case_id", ("severity", "kind")),
    Stream("cases_resolved", "cases", "resolved_at", "case_id", ("severity",), derived=("resolve_s",)),
    Stream(
        "account_changes",
        "field_history",
        "occurred_at",
        "value",
        ("field", "value"),
        (),
        ("account",),
        ("value_number",),
        only=("table", "accounts"),
        entity="entity_id",
    ),
    Stream(
        "opportunity_changes",
        "field_history",
        "occurred_at",
        "value",
        ("field", "value"),
        (),
        ("opportunity",),
        ("value_number",),
        Step("moved", of="value_number", within="field", signs=("earlier", "later")),
        only=("table", "opportunities"),
        entity="entity_id",
    ),
)
CHANGES: dict[str, tuple[str, Path]] = {
    "accounts": ("account_changes", "account"),
    "opportunities": ("opportunity_changes", "opportunity"),
}
