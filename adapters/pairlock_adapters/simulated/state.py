"""What a simulated venue holds in memory of its orders and markets. All of it is in the truth store too."""

from __future__ import annotations

from enum import StrEnum

from attrs import define, field, frozen

from pairlock.fees import FeeSchedule
from pairlock.model import Outcome
from pairlock.ports import OrderIntent, TimeInForce
from pairlock.units import size_to_fill_e6
from pairlock_adapters.simulated.matching import MatchBook

# Beyond the fault model a venue may book one id twice; in memory the second one's key ends in this.
TWIN = "#2"


class Status(StrEnum):
    """Of an order at its venue. HELD: accepted, not yet in the book (a sports delay, an answer `live` with nothing)."""

    HELD = "held"
    EXECUTED = "executed"  # everything filled
    CANCELED = "canceled"  # a remainder was canceled, by us or because it found nothing
    KILLED = "killed"  # a fill-or-kill that found too little


class OnCancel(StrEnum):
    """How a HELD order meets its cancel."""

    PLAIN = ""
    FILLS_FIRST = "fills_first"  # the fill wins the race with the request
    FILLS_AFTER_ACK = "fills_after_ack"  # the cancel is acknowledged, and a fill comes all the same


class OnDue(StrEnum):
    """What becomes of a HELD order once its time has come."""

    MATCH = ""  # it meets the book
    KILL = "kill"  # it finds nothing
    CANCEL = "cancel"  # the venue cancels it
    LIVE = "live"  # it goes live, and meets the book ``then_ms`` later


class Veil(StrEnum):
    """What reads say of an order that they do not show as it is: beyond the fault model."""

    NONE = ""
    HIDDEN = "hidden"  # it is not found
    LIES = "lies"  # it is closed, and nothing filled


class MarketStatus(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"  # closed; the result is known, nobody is paid yet
    PAID = "paid"


class Result(StrEnum):
    """How a venue resolves a market."""

    YES = "yes"
    NO = "no"
    VOID = "void"  # pays `yes_payout_e4`: Kalshi's last price
    FIFTY_FIFTY = "fifty_fifty"


@frozen
class MarketSpec:
    """A market as listed. ``yes_payout_e4`` only counts for VOID. ``resolve_at_ms`` on the venues' virtual time."""

    market: str
    event_id: str
    fees: FeeSchedule
    book: MatchBook
    resolve_at_ms: int
    result: Result
    yes_payout_e4: int = 5_000
    tick_e4: int = 100


@define
class VenueFill:
    """``fails``: what will become of a pending fill at ``final_at_ms``, drawn when it matched; 2: never broadcast.
    ``maker``: our order rested, and somebody came."""

    fill_id: str
    qty_e6: int
    price_e4: int
    cost_micros: int
    fee_micros: int
    status: str  # pending | final | failed
    matched_ms: int
    final_at_ms: int
    fails: int = 0
    maker: bool = False


@define
class VenueOrder:
    """``due_ms`` (-1: never): when ``on_due`` comes for a HELD order, or the late fill of a canceled one.

    ``live``: it rests and can be cancelled; else a held order is only delayed. ``after_cancel_ms``: how long after the
    acknowledgement of its cancel it fills. ``veil`` until ``veil_until_ms``: what reads say instead of the truth.
    """

    intent_id: str
    venue_order_id: str
    market: str
    outcome: Outcome
    buys: bool
    size_e2: int
    limit_e4: int
    tif: str
    accepted_ms: int
    status: Status
    closed_ms: int = -1
    due_ms: int = -1
    on_cancel: OnCancel = OnCancel.PLAIN
    after_cancel_ms: int = 0
    fault_duplicate: bool = False
    on_due: OnDue = OnDue.MATCH
    then_ms: int = 0
    live: bool = False
    veil: Veil = Veil.NONE
    veil_until_ms: int = -1
    fills: list[VenueFill] = field(factory=list)

    @property
    def matched_e6(self) -> int:
        return sum(fill.qty_e6 for fill in self.fills)

    @property
    def left_e6(self) -> int:
        return size_to_fill_e6(self.size_e2) - self.matched_e6

    def intent(self, venue: str) -> OrderIntent:
        """The order as its sender knows it (the deadline is not the venue's business)."""
        entry = self.tif == TimeInForce.FILL_OR_KILL.value
        return OrderIntent(
            self.intent_id, venue, self.market, self.outcome, self.buys, self.size_e2, self.limit_e4,
            TimeInForce.FILL_OR_KILL if entry else TimeInForce.IMMEDIATE_OR_CANCEL, 0,
        )  # fmt: skip


@define
class MarketState:
    """A listed market with every order that was taken for it. Until ``halted_until_ms`` it takes no orders, until
    ``dry_until_ms`` its book is empty."""

    spec: MarketSpec
    book: MatchBook
    status: MarketStatus = MarketStatus.OPEN
    halted_until_ms: int = -1
    dry_until_ms: int = -1
    orders: dict[str, VenueOrder] = field(factory=dict)  # by intent id; a second one of the same id with TWIN

    def take(self, order: VenueOrder) -> str:
        """Add an order; return its key."""
        key = order.intent_id + (TWIN if order.intent_id in self.orders else "")
        self.orders[key] = order
        return key

    def per_contract_e4(self, outcome: Outcome) -> int:
        """What one contract pays."""
        yes_e4 = {Result.YES: 10_000, Result.NO: 0, Result.FIFTY_FIFTY: 5_000}.get(
            self.spec.result, self.spec.yes_payout_e4
        )
        return yes_e4 if outcome is Outcome.YES else 10_000 - yes_e4

    @property
    def payout_kind(self) -> str:
        return "normal" if self.spec.result in (Result.YES, Result.NO) else self.spec.result.value


@frozen
class OrderView:
    """An order as a read shows it, perhaps a little old. ``fills`` are ``(fill, trade's word then)``."""

    order: VenueOrder
    status: Status
    fills: tuple[tuple[VenueFill, str], ...]


def view(order: VenueOrder, as_of_ms: int) -> OrderView | None:
    """The order as it was at ``as_of_ms``; None if it was not there yet."""
    if order.accepted_ms > as_of_ms:
        return None
    closed = 0 <= order.closed_ms <= as_of_ms
    seen = tuple((f, _word(f, as_of_ms)) for f in order.fills if f.matched_ms <= as_of_ms)
    return OrderView(order, order.status if closed else Status.HELD, seen)


def _word(fill: VenueFill, as_of_ms: int) -> str:
    """The trade's status in Polymarket's words."""
    if fill.fails == 2 and (fill.status == "pending" or fill.final_at_ms > as_of_ms):
        return "MATCHED_NOT_BROADCASTED"
    if fill.status != "pending" and fill.final_at_ms <= as_of_ms:
        return "FAILED" if fill.fails else "CONFIRMED"
    if (as_of_ms - fill.matched_ms) * 2 < fill.final_at_ms - fill.matched_ms:
        return "MATCHED"
    return "RETRYING" if fill.fails else "MINED"
