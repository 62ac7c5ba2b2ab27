"""What the engine believes of a trade beside what the venues' own books say, at the moment when a claim broke.

Quantities in 1/1,000,000 contract, sizes in 1/100 contract, prices in 1/10,000 dollar, money in micro-dollars.
"""

from __future__ import annotations

from typing import Any

from attrs import asdict, frozen

from pairlock.ledger import Ledger
from pairlock.model import LegTerms, Role, Trade
from pairlock.positions import net_e6
from pairlock.verdict import proceeds_micros, spent_micros
from pairlock_adapters.simulated.truth import Truth

OF_A_REPAIR = "a repair's"
_ADDS = (Role.ENTRY, Role.COMPLETE)


@frozen
class FillTold:
    """One fill, as one side tells it."""

    fill_id: str
    qty_e6: int
    cost_micros: int
    fee_micros: int
    status: str


@frozen
class OrderTold:
    """One order. ``believed_state`` "" is an order at the venue that the trade does not know, ``OF_A_REPAIR`` one of a
    repair of it (part of no net here); ``true_status`` "" one that the venue never took."""

    intent_id: str
    venue: str
    role: str
    size_e2: int
    limit_e4: int
    believed_state: str
    believed_fills: tuple[FillTold, ...]
    true_status: str
    true_fills: tuple[FillTold, ...]


@frozen
class LegTold:
    """One side of the pair: its net, and what was paid for it less what sales brought, fees in both, on both sides."""

    venue: str
    market: str
    outcome: str
    believed_net_e6: int
    true_net_e6: int
    believed_paid_micros: int
    true_paid_micros: int


@frozen
class AccountTold:
    """One venue's cash."""

    venue: str
    believed_cash_micros: int
    true_cash_micros: int


@frozen
class Beliefs:
    """``trade_id`` "" where the whole run broke the claim: then only the accounts are told."""

    trade_id: str
    at_ms: int
    state: str
    verdict: str
    legs: tuple[LegTold, ...]
    orders: tuple[OrderTold, ...]
    accounts: tuple[AccountTold, ...]

    def as_plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def beliefs_of(trade: Trade, truth: Truth, ledger: Ledger, at_ms: int) -> Beliefs:
    """Both sides of one trade, and of the accounts."""
    legs, orders = [], []
    for number, leg in enumerate(trade.terms.legs if trade.terms else ()):
        own = _orders(trade, number, leg, truth)
        orders += own
        counted = [o for o in own if o.believed_state != OF_A_REPAIR]
        sides = [(o, f) for o in counted for f in o.true_fills if f.status != "failed"]
        adds = tuple(role.value for role in _ADDS)
        legs.append(
            LegTold(
                leg.venue,
                leg.market,
                leg.outcome.value,
                net_e6(trade, number),
                sum(f.qty_e6 if o.role in adds else -f.qty_e6 for o, f in sides),
                spent_micros(trade, number) - proceeds_micros(trade, number),
                sum(
                    (f.cost_micros if o.role != Role.SELL.value else -f.cost_micros) + f.fee_micros
                    for o, f in sides
                ),
            )
        )
    state, verdict = str(trade.state.value), str(trade.verdict.value)
    return Beliefs(
        trade.trade_id, at_ms, state, verdict, tuple(legs), tuple(orders), accounts_of(truth, ledger)
    )


def beliefs_of_accounts(truth: Truth, ledger: Ledger, at_ms: int) -> Beliefs:
    """Where no single trade broke the claim."""
    return Beliefs("", at_ms, "", "", (), (), accounts_of(truth, ledger))


def accounts_of(truth: Truth, ledger: Ledger) -> tuple[AccountTold, ...]:
    """The cash of each account, on both sides."""
    true = dict(truth.rows("SELECT venue,cash_micros FROM balances"))
    return tuple(AccountTold(venue, a.cash_micros, true[venue]) for venue, a in ledger.accounts.items())


def _orders(trade: Trade, number: int, leg: LegTerms, truth: Truth) -> list[OrderTold]:
    """The trade's own orders of a leg in their order, and those of its market that it does not know."""
    told = []
    for order in trade.orders:
        if order.leg != number:
            continue
        fills = tuple(
            FillTold(f.fill_id, f.qty_e6, f.cost_micros, f.fee_micros, f.status.value) for f in order.fills
        )
        told.append(
            OrderTold(
                order.intent_id, leg.venue, order.role.value, order.size_e2, order.limit_e4, order.state.value,
                fills, _status(truth, leg.venue, order.intent_id), _fills(truth, leg.venue, order.intent_id),
            )
        )  # fmt: skip
    known = {order.intent_id for order in told}
    sql = "SELECT DISTINCT intent_id,outcome,buys,size_e2,limit_e4 FROM orders WHERE venue=? AND market=?"
    for intent_id, outcome, buys, size_e2, limit_e4 in truth.rows(sql, (leg.venue, leg.market)):
        if intent_id in known or not intent_id.startswith(trade.trade_id):
            continue
        # A repair's id begins with that of the trade whose late fact it answers for.
        state = "" if intent_id.startswith(f"{trade.trade_id}.") else OF_A_REPAIR
        role = Role.SELL if not buys else Role.ENTRY if outcome == leg.outcome.value else Role.COMPLEMENT
        told.append(
            OrderTold(
                intent_id, leg.venue, role.value, size_e2, limit_e4, state, (),
                _status(truth, leg.venue, intent_id), _fills(truth, leg.venue, intent_id),
            )
        )  # fmt: skip
    return told


def _status(truth: Truth, venue: str, intent_id: str) -> str:
    sql = "SELECT status FROM orders WHERE venue=? AND intent_id=? ORDER BY accepted_ms"
    return " and ".join(status for (status,) in truth.rows(sql, (venue, intent_id)))


def _fills(truth: Truth, venue: str, intent_id: str) -> tuple[FillTold, ...]:
    sql = (
        "SELECT fill_id,qty_e6,cost_micros,fee_micros,status FROM fills WHERE venue=? AND intent_id=? "
        "ORDER BY matched_ms,fill_id"
    )
    return tuple(FillTold(*row) for row in truth.rows(sql, (venue, intent_id)))
