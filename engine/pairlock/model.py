"""The values that a trade is made of. Frozen, hashable, integers only; nothing here decides anything.

A *leg* is one side of the pair: the YES token on one venue, or the NO token on the other. A leg is the
sum of its orders (the entry and every exit that touched it). See ``positions.py`` for nets.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from pairlock.fees import FeeSchedule
from pairlock.lifecycle import OS, S
from pairlock.opportunity import ArbitrageOpportunity


class Outcome(StrEnum):
    YES = "yes"
    NO = "no"

    @property
    def other(self) -> Outcome:
        return Outcome.NO if self is Outcome.YES else Outcome.YES


class Role(StrEnum):
    """Why an order exists. SELL and ADOPTED_OUT take from a net by selling, COMPLEMENT by buying the other token."""

    ENTRY = "entry"
    COMPLETE = "complete"  # buys the leg's own token: the missing leg, or a negative net bought back
    SELL = "sell"  # sells the excess of the leg's own token
    COMPLEMENT = "complement"  # buys the opposite token on the leg's venue: a complete set pays $1
    ADOPTED_IN = (
        "adopted_in"  # a late or foreign fill that added to the net; a repair answers for it; never sent
    )
    ADOPTED_OUT = "adopted_out"  # one that took from the net


class FillStatus(StrEnum):
    PENDING = "pending"  # matched, may still be undone
    FINAL = "final"
    FAILED = "failed"


class PlanKind(StrEnum):
    SIMULTANEOUS = "simultaneous"
    RISKIER_FIRST = "riskier_first"


class ExitOn(StrEnum):
    FINAL = "final"
    MATCHED = "matched"


class StuckCause(StrEnum):
    NONE = ""
    BUDGET = "budget"  # attempts, loss or cash spent: only an operator's durable grant resumes
    ROUTES = "routes"  # every route shut or without liquidity: resumes when one opens
    DUST = "dust"  # less than any venue lets us trade: alarms, does not halt
    OVERDUE = "overdue"  # a match is not final, or an order not known, for longer than F allows


class News(StrEnum):
    """What the fact being absorbed is, where the trade's value alone cannot tell it; cleared by the next one."""

    NONE = ""
    KILL = "kill"
    ABORT = "abort"
    LATE = "late"


class Verdict(StrEnum):
    """What a closed trade came to. Anything but KEPT, COMPLETED_LATE, FLAT, CARRIED and NOTHING alarms."""

    NONE = ""
    KEPT = "kept"
    COMPLETED_LATE = (
        "completed_late"  # paid as promised, but an exit bought or sold at a worse price: below the promise
    )
    FEE_SHORTFALL = "fee_shortfall"
    PAYOUT_BREACH = "payout_breach"
    VOID = "void"
    FIFTY_FIFTY = "fifty_fifty"
    FLAT = "flat"
    CARRIED = "carried"
    NOTHING = "nothing"


@frozen
class Fill:
    """One venue trade of one order. ``cost_micros`` is paid for a buy, received for a sale, fee apart."""

    fill_id: str
    qty_e6: int
    cost_micros: int
    fee_micros: int
    status: FillStatus


@frozen
class LegTerms:
    """What a leg trades, fixed when its trade is locked.

    Sizes are in 1/100 contract, prices in 1/10,000 dollar, money in micro-dollars.
    ``dearest_buy_e4``, ``cheapest_sale_e4``: the worst prices that this trade's exits may use on this leg.
    ``sets_pay_at_once``: the venue nets YES against NO and pays the dollar at once (Kalshi), else at resolution.
    """

    venue: str
    market: str
    outcome: Outcome
    limit_e4: int
    tick_e4: int
    min_size_e2: int
    min_notional_micros: int
    fees: FeeSchedule
    dearest_buy_e4: int = 9_900
    cheapest_sale_e4: int = 0
    sets_pay_at_once: bool = False
    amount_step_micros: int = 1


@frozen
class Order:
    """One intent, and what is known of the one order that it may have become.

    ``dead_at_ms`` is when a request of ours can no longer arrive (last possible send + the bound of F); a read
    begun ``read_lag_ms`` later that does not find the order proves that it never was.
    ``live_at_ms``: when the venue was last seen to know it as live; ``terminal_at_ms``: when it first seemed over.
    ``matched_e6`` is the largest total that the venue claimed; it may exceed the fills seen so far.
    """

    intent_id: str
    leg: int
    role: Role
    size_e2: int
    limit_e4: int
    deadline_ms: int
    dead_at_ms: int
    state: OS = OS.IDLE
    matched_e6: int = 0
    fills: tuple[Fill, ...] = ()
    terminal_at_ms: int = -1
    live_at_ms: int = -1
    cancel_acked: bool = False
    overdue: bool = False
    venue_ref: str = ""

    @property
    def buys(self) -> bool:
        return self.role not in (Role.SELL, Role.ADOPTED_OUT)


@frozen
class Reservation:
    """Cash held for a trade: one amount per leg's venue, and the loss that exits may declare (micro-dollars)."""

    cash_micros: tuple[int, int]
    exit_cash_micros: tuple[int, int]
    exit_loss_micros: int


@frozen
class Payout:
    """What one contract of a leg's token paid (0..10,000), and under which rule."""

    per_contract_e4: int
    kind: str = "normal"  # normal | void | fifty_fifty


@frozen
class ExitPlan:
    """The next exit order, already bounded by the books, the budget and the nets."""

    role: Role
    leg: int
    size_e2: int
    limit_e4: int


@frozen
class NoExit:
    """Why no exit can be placed now."""

    cause: StuckCause
    detail: str = ""


@frozen
class Terms:
    """Everything that was agreed before money moved, with the digests under which it was agreed."""

    legs: tuple[LegTerms, LegTerms]
    plan: PlanKind
    first_leg: int
    size_e2: int
    exit_on: ExitOn
    entry_timeout_ms: int
    execution_deadline_ms: int
    request_death_ms: int
    read_lag_ms: int
    fill_lag_ms: int
    exit_timeout_ms: int
    max_exit_attempts: int
    max_routeless_reads: int
    promised_micros: int
    max_empty_exits: int = 0
    table_digest: str = ""
    config_digest: str = ""
    fees_digest: str = ""


@frozen
class Trade:
    """One trade. ``orders`` only grows; ``state`` changes only through ``machine.advance``."""

    trade_id: str
    opportunity: ArbitrageOpportunity
    state: S = S.DETECTED
    terms: Terms | None = None
    reservation: Reservation | None = None
    orders: tuple[Order, ...] = ()
    payouts: tuple[Payout | None, Payout | None] = (None, None)
    exit: ExitPlan | NoExit | None = None
    gates_passed: bool = False
    entry_verified: bool = False
    refusal: str = ""
    killed: bool = False
    deadline_passed: bool = False
    routeless_reads: int = 0
    attempts_granted: int = 0
    granted: bool = False
    stuck_cause: StuckCause = StuckCause.NONE
    news: News = News.NONE
    fresh: tuple[str, ...] = ()
    verdict: Verdict = Verdict.NONE
    entered_ms: int = 0
    executing_ms: int = -1
    executed_ms: int = -1
    excess: bool = False
    late_key: str = ""  # of a repair: names the late fact, so that it is answered once
    repairs: str = ""  # id of the trade whose late fact this one answers for

    def order(self, intent_id: str) -> Order | None:
        for order in self.orders:
            if order.intent_id == intent_id:
                return order
        return None
