"""Everything drawn for one block of accounts, hidden and visible, and the tables made of it."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from worlds.changes import change_table
from worlds.deals import Deals, deal_table, draw_deals
from worlds.journey import Journey, draw_journey, judgement_table, need_table, participant_table
from worlds.population import Accounts, account_table, contact_table, draw_accounts, owner_table, target_table
from worlds.service import Service, case_table, draw_service, survey_table
from worlds.setting import World
from worlds.stages import quote_table, stage_rows, stage_table
from worlds.touches import Touches, draw_touches, interaction_table
from worlds.trade import Orders, contract_table, draw_orders, line_table, order_table, payment_table


@dataclass(frozen=True)
class Drawing:
    """One block."""

    accounts: Accounts
    deals: Deals
    touches: Touches
    journey: Journey
    orders: Orders
    service: Service


def draw(world: World, block: int) -> Drawing:
    """Draw one block; no other block has a say in it."""
    accounts = draw_accounts(world, block)
    deals = draw_deals(world, accounts)
    return Drawing(
        accounts,
        deals,
        draw_touches(world, deals),
        draw_journey(world, deals),
        draw_orders(world, deals),
        draw_service(world, accounts),
    )


def tables(world: World, drawn: Drawing) -> dict[str, pa.Table]:
    """The canonical tables of one block, all but owners and targets."""
    accounts, deals = drawn.accounts, drawn.deals
    stages = stage_rows(world, deals, drawn.journey.moves)
    return {
        "accounts": account_table(world, accounts),
        "contacts": contact_table(world, accounts),
        "opportunities": deal_table(world, deals),
        "opportunity_contacts": participant_table(world, deals, drawn.touches),
        "interactions": interaction_table(world, deals, drawn.touches),
        "stage_changes": stage_table(deals, stages),
        "needs": need_table(world, deals, drawn.journey),
        "quotes": quote_table(world, deals, stages),
        "orders": order_table(world, deals, drawn.orders),
        "order_lines": line_table(world, drawn.orders),
        "payments": payment_table(world, drawn.orders),
        "contracts": contract_table(world, deals),
        "cases": case_table(world, accounts, drawn.service.cases),
        "surveys": survey_table(world, accounts, drawn.service),
        "judgements": judgement_table(world, deals),
        "field_history": change_table(world, deals, drawn.journey.pushes),
    }


def shared_tables(world: World) -> dict[str, pa.Table]:
    """The tables that no block of accounts owns."""
    return {"owners": owner_table(world), "targets": target_table(world)}
