"""What a seller can do about a fact: when it is worth doing, what it is called, and what the CRM would hold afterwards.

Only what lies in the seller's hands: nobody changes a customer's size, industry or season. A number after an action is an
association that the model has seen in other customers, never a promise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

from features.facts.fact import Condition, at_least, at_most, below, unknown
from features.feature import Path

Who = str | None
_A_WEEK, _A_MONTH, _TWO_MONTHS = 7.0, 30.0, 60.0


@dataclass(frozen=True)
class Event:
    """The row that an action would leave: of which table, with which values, with which contact, closing what is open.

    `own` is the column that holds the deal's number. `contact` is the role of whom it is with (`decision_maker`), or `another`
    than was met lately. `closes` names the column of an open row of the account that would get its time. Among the values
    `$meeting` and `$touch` stand for the company's own kind of meeting and most frequent kind of touch, `$amount` for the
    amount of the deal, `$moved` for a closing date a month from now.
    """

    table: str
    values: Mapping[str, str] = field(default_factory=dict)
    contact: str | None = None
    closes: str | None = None
    own: str | None = None


@dataclass(frozen=True)
class Action:
    """Something to do about a fact, for an account or a deal.

    It is worth doing where all conditions of one of `when` hold, and `done` is how those look to whom it happened lately:
    only of so many has the model learnt anything. A `duty` is to be done whatever it does to the number.
    """

    name: str
    fact: str
    entity: Path
    zh: str
    en: str
    when: tuple[tuple[Condition, ...], ...]
    done: tuple[Condition, ...]
    event: Event
    duty: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The features that its conditions read."""
        conditions = chain(self.done, *self.when)
        return tuple(dict.fromkeys(name for condition in conditions for name in condition.names))


_MEETING = Event("interactions", {"kind": "$meeting", "direction": "out"})
_TOUCH = Event("interactions", {"kind": "$touch", "direction": "out"})

ACTIONS: tuple[Action, ...] = (
    Action(
        "resolve_complaint",
        "complaints",
        "account",
        "解决未处理的投诉",
        "settle the open complaint",
        ((at_least("cases_open", 1),),),
        (at_most("cases_open", 0), at_most("case_recency", 90)),
        Event("cases", closes="resolved_at"),
        duty=True,
    ),
    Action(
        "renew_contract",
        "contract",
        "account",
        "登门谈续约",
        "meet them about renewing the contract",
        ((at_least("contract_days_to_end", 0), at_most("contract_days_to_end", 90)),),
        (at_least("contract_days_to_end", 0), at_most("contract_days_to_end", 90), at_most("touch_recency", _A_WEEK)),
        _MEETING,
        duty=True,
    ),
    Action(
        "meet_decision_maker",
        "decision_maker",
        "account",
        "拜访决策人",
        "meet the decision maker",
        ((unknown("decision_maker_recency"),), (at_least("decision_maker_recency", _TWO_MONTHS),)),
        (at_most("decision_maker_recency", _A_MONTH),),
        Event("interactions", {"kind": "$meeting", "direction": "out"}, contact="decision_maker"),
    ),
    Action(
        "break_silence",
        "touch_silence",
        "account",
        "联系客户，打破沉默",
        "get in touch again",
        ((at_least("touch_lateness", 1.5), at_least("touch_recency", 3)), (at_least("touch_recency", _TWO_MONTHS),)),
        (at_most("touch_recency", _A_WEEK),),
        _TOUCH,
    ),
    Action(
        "ask_for_order",
        "order_silence",
        "account",
        "询问下一单",
        "ask about the next order",
        ((at_least("order_lateness", 1.5), at_least("order_recency", 3), at_least("touch_recency", _A_WEEK)),),
        (at_least("order_lateness", 1.5), at_most("touch_recency", _A_WEEK)),
        _TOUCH,
    ),
    Action(
        "meet_decision_maker",
        "decision_maker",
        "opportunity",
        "就该商机拜访决策人",
        "meet the decision maker about this deal",
        ((unknown("opportunity_decision_maker_recency"),), (at_least("opportunity_decision_maker_recency", _A_MONTH),)),
        (at_most("opportunity_decision_maker_recency", _A_MONTH),),
        Event("interactions", {"kind": "$meeting", "direction": "out"}, contact="decision_maker"),
    ),
    Action(
        "second_contact",
        "contacts",
        "opportunity",
        "再接触一位联系人",
        "bring a second person there into the talks",
        ((at_least("opportunity_single_threaded", 1),),),
        (at_least("opportunity_contacts_reached_180d", 2),),
        Event("interactions", {"kind": "$meeting", "direction": "out"}, contact="another"),
    ),
    Action(
        "make_offer",
        "offers",
        "opportunity",
        "提交报价",
        "make an offer",
        ((unknown("quote_recency"), at_least("opportunity_age", 14)),),
        (at_most("quote_recency", _A_MONTH),),
        Event("quotes", {"amount": "$amount"}),
    ),
    Action(
        "revive_deal",
        "deal_contact",
        "opportunity",
        "跟进该商机",
        "get in touch about this deal",
        ((unknown("opportunity_touch_recency"),), (at_least("opportunity_touch_recency", _A_MONTH),)),
        (at_most("opportunity_touch_recency", _A_WEEK),),
        _TOUCH,
    ),
    Action(
        "new_closing_date",
        "closing_date",
        "opportunity",
        "与客户确认新的成交日期",
        "agree on a new closing date with the customer",
        ((below("days_to_close", 0),),),
        (at_least("days_to_close", 0), at_least("close_pushes", 1)),
        Event("field_history", {"table": "opportunities", "field": "expected_close_at", "value": "$moved"}, own="entity_id"),
        duty=True,
    ),
)


def actions_of(entity: Path) -> tuple[Action, ...]:
    """What can be done about accounts, or about deals."""
    return tuple(action for action in ACTIONS if action.entity == entity)
