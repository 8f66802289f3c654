"""Tasks whose horizons and cutoffs fit what was read: the rhythm of the orders, the way from opening to outcome, the span."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from intake.drafts import Proposal
from intake.look.profile import Asked
from intake.render import doubt
from tables.snapshot import Snapshot

_LEAST_HORIZON, _MOST_ROWS, _FEW = 28, 1_500_000, 20
_PERIODS_DAYS, _FOLDS, _TEST_SHARE, _MONTH_DAYS = 14, 5, 0.2, 30


@dataclass
class Times(Asked):
    """Accepted rows that can be asked about; dates are days in the company's zone."""

    snapshot: Snapshot

    def day(self, sql: str) -> date | None:
        """A day; None where there is none."""
        found = self.one(f"select cast(timezone('{self.snapshot.zone}', ({sql})) as date)")
        return found[0] if found and isinstance(found[0], date) else None

    def table(self, name: str) -> str:
        """The accepted rows of a table."""
        return self.snapshot.relation(name)

    def latest(self) -> date | None:
        """The last day on which anything happened."""
        days = [
            self.day(f"select max({column}) from {self.table(name)}") for name, column in _MOMENTS if column in self.columns(name)
        ]
        return max((found for found in days if found is not None), default=None)

    def columns(self, name: str) -> list[str]:
        """The columns of a table; none where it is absent."""
        return self.snapshot.columns(name) if name in self.snapshot.files else []


_MOMENTS = (
    ("orders", "occurred_at"),
    ("interactions", "occurred_at"),
    ("opportunities", "closed_at"),
    ("payments", "occurred_at"),
    ("cases", "occurred_at"),
)


def propose_tasks(proposal: Proposal, snapshot: Snapshot) -> list[str]:
    """The lines of [tasks.*]; a question that the data cannot answer is said in a comment."""
    with snapshot.connect() as connection:
        times = Times(connection, snapshot)
        lines = list(_conversion(proposal, times))
        lines += _accounts(times) if times.columns("orders") else ["# No orders, so neither [tasks.value] nor [tasks.churn]."]
    return lines


# --- value and churn --------------------------------------------------------------------------------------------------


def _accounts(times: Times) -> list[str]:
    orders = times.table("orders")
    first, last = times.day(f"select min(occurred_at) from {orders}"), times.day(f"select max(occurred_at) from {orders}")
    days = f"select distinct account_id, cast(timezone('{times.snapshot.zone}', occurred_at) as date) as day from {orders}"
    gaps = f"select day - lag(day) over (partition by account_id order by day) as gap from ({days})"
    gap, count = times.number(f"select median(gap) from ({gaps})"), int(times.number(f"select count(gap) from ({gaps})"))
    if first is None or last is None or count < _FEW:
        return [doubt(f"only {count} repeated orders: too few for [tasks.value] and [tasks.churn]")]
    span = (last - first).days
    room = int((0.75 * span - 4 * _PERIODS_DAYS) // 5)  # four horizons and three periods fit below the test
    horizon = int(min(max(_LEAST_HORIZON, _weeks(2 * gap)), max(room, min(_LEAST_HORIZON, span // 3), 1)))
    active = int(min(max(3 * horizon, 90), max(horizon, span // 3)))
    return [
        *_calendar("churn", times, (first, last), (horizon, active), gap),
        "",
        *_calendar("value", times, (first, last), (horizon, active), gap),
        "",
    ]


def _weeks(days: float) -> int:
    return math.ceil(days / 7) * 7


def _calendar(name: str, times: Times, span: tuple[date, date], chosen: tuple[int, int], gap: float) -> Iterator[str]:
    horizon, active = chosen
    test = span[1] - timedelta(days=horizon)
    begin = span[0] + timedelta(days=min(active, max(horizon, (span[1] - span[0]).days // 4)))
    room = (test - begin).days
    every = 7 if room <= 400 else 14 if room <= 1500 else 28
    accounts = times.number(f"select count(distinct account_id) from {times.table('orders')}")
    while accounts * room / every > _MOST_ROWS:
        every += 7
    periods = max(_PERIODS_DAYS, every)
    short = room < 4 * horizon + 3 * periods + every
    yield f"[tasks.{name}]"
    yield f"horizon_days = {horizon}  # customers who buy again do so after {gap:.0f} days (median)"
    yield f"active_days = {active}  # an account counts as active that ordered in these days"
    cutoffs = f'kind = "calendar", first = {begin}, test = {test}, every_days = {every}'
    if short:
        yield f"cutoffs = {{ {cutoffs}, folds = {_FOLDS} }}  # {room} days are too few for periods in time: folds by account"
    else:
        yield f"cutoffs = {{ {cutoffs}, periods_days = {periods} }}  # orders from {span[0]} to {span[1]}"
    if name == "churn":
        yield from _churn_rate(times, test, horizon, active)


def _churn_rate(times: Times, test: date, horizon: int, active: int) -> Iterator[str]:
    """How many leave at the test day, so that a horizon that fits nobody is seen."""
    day = f"cast(timezone('{times.snapshot.zone}', occurred_at) as date)"
    sql = (
        f"select count(*), avg((later = 0)::int) from (select account_id, count(*) filter ({day} >= date '{test}') "
        f"as later from {times.table('orders')} "
        f"where {day} >= date '{test - timedelta(days=active)}' and {day} < date '{test + timedelta(days=horizon)}' group by 1 "
        f"having count(*) filter ({day} < date '{test}') > 0)"
    )
    asked, share = (*times.one(sql), 0, 0)[:2]
    rate = float(str(share or 0))
    yield f"# at the test {asked} accounts are asked about; {rate:.0%} of them do not order in the {horizon} days"
    if not 0.02 < rate < 0.98:
        yield doubt(
            "nearly all of them end the same way: change horizon_days (longer if nearly all leave, shorter if nobody does)"
        )


# --- conversion -------------------------------------------------------------------------------------------------------


def _conversion(proposal: Proposal, times: Times) -> list[str]:
    if "outcome" not in times.columns("opportunities"):
        return []
    deals = times.table("opportunities")
    won = int(times.number(f"select count(*) from {deals} where outcome = 'won'"))
    rest = int(times.number(f"select count(*) from {deals} where outcome is distinct from 'won'"))
    if min(won, rest) < _FEW:
        return [doubt(f"{won} won and {rest} others: too few of one kind to train [tasks.conversion]"), ""]
    if proposal.dateless:
        return [
            "[tasks.conversion]",
            f'cutoffs = {{ kind = "none", test_share = {_TEST_SHARE} }}  # no dates: {won} of {won + rest} rows are '
            f"won, whole accounts are held out",
            "",
        ]
    if not {"opened_at", "closed_at"} <= set(times.columns("opportunities")):
        return [doubt("conversion needs opened_at and closed_at: map them under [tables.opportunities]"), ""]
    return [*_anchored(proposal, times, won, rest), ""]


def _anchored(proposal: Proposal, times: Times, won: int, rest: int) -> Iterator[str]:
    deals = times.table("opportunities")
    late = times.number(
        f"select quantile_cont((epoch(closed_at) - epoch(opened_at)) / 86400, 0.8) from {deals} where outcome = 'won'"
    )
    median = times.number(
        f"select quantile_cont((epoch(closed_at) - epoch(opened_at)) / 86400, 0.5) from {deals} where outcome = 'won'"
    )
    first, last, latest = (
        times.day(f"select min(opened_at) from {deals}"),
        times.day(f"select max(opened_at) from {deals}"),
        times.latest(),
    )
    if first is None or last is None or latest is None:
        return
    horizon = proposal.horizon_hint or int(min(max(_LEAST_HORIZON, _weeks(late)), max(7, (latest - first).days // 3)))
    days = _days(proposal, times, horizon)
    until = min(last, latest - timedelta(days=horizon + days[-1]))
    yield "[tasks.conversion]"
    why = (
        "a column's name says so"
        if proposal.horizon_hint
        else f"half of the won ones were won within {median:.0f} days, four fifths within {late:.0f}"
    )
    yield f"horizon_days = {horizon}  # {why}; {won} won, {rest} others"
    if _lived(times) and (dates := _on_calendar(first, latest, horizon)):
        yield dates
        return
    test = _test_from(times, first, until, horizon + days[-1])
    where = f"test_from = {test}, test_until = {latest}" if test else f"test_share = {_TEST_SHARE}"
    yield f'cutoffs = {{ kind = "anchored", days = [{", ".join(map(str, days))}], {where} }}' + (
        "" if test else "  # too short for a test later in time: a fifth of the accounts, in folds"
    )


def _lived(times: Times) -> bool:
    """Whether anything is written down along the life of an opportunity, so that its age tells."""
    return any("opportunity_id" in times.columns(table) for table in ("interactions", "stage_changes"))


def _on_calendar(first: date, latest: date, horizon: int) -> str | None:
    """Cutoffs on which everything open is asked about, as it is scored; None where the history is too short."""
    begin, test = first + timedelta(days=horizon), latest - timedelta(days=horizon)
    if (test - begin).days < 4 * horizon + 3 * _MONTH_DAYS + _MONTH_DAYS:
        return None
    every = f"every_days = {_MONTH_DAYS}, periods_days = {_MONTH_DAYS}"
    return f'cutoffs = {{ kind = "calendar", first = {begin}, test = {test}, {every} }}  # whatever is open on those days'


def _days(proposal: Proposal, times: Times, horizon: int) -> list[int]:
    """Moments after the opening at which there is something to say and enough is still open."""
    deals, won = times.table("opportunities"), []
    for day in (7, 14, 30):
        later = times.number(
            f"select count(*) from {deals} where outcome = 'won' and epoch(closed_at) - epoch(opened_at) > {day * 86400}"
        )
        if later >= 5 * _FEW and day < horizon and times.columns("interactions"):
            won.append(day)
    stated = any(
        attribute for name in ("accounts", "opportunities") for attribute in proposal.tables[name].attributes if not attribute.off
    )
    known = any(proposal.tables[name].known for name in ("accounts", "opportunities"))
    return won if won and not (stated or known) else [0, *won]


def _test_from(times: Times, first: date, until: date, wait: int) -> date | None:
    """The day from which the last quarter of the opportunities is the test, if enough outcomes lie before it."""
    if (until - first).days < 3 * wait:
        return None
    day = times.day(
        f"select to_timestamp(quantile_cont(epoch(opened_at), 0.75)) from {times.table('opportunities')} "
        f"where opened_at <= timestamptz '{until} 23:59:59+00'"
    )
    return day if day is not None and (day - first).days > 1.5 * wait and day < until else None
