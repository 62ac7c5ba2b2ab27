"""Claims judged by the venues' own truth, read apart from the engine's belief, for every trade as it closes.

A trade and its repairs are one family; a repair's own orders are judged like any other. Each broken claim is one
sentence with the trade's id. Quantities in 1/1,000,000 contract.
"""

from __future__ import annotations

from attrs import frozen

from pairlock import Engine
from pairlock.errors import EngineBug
from pairlock.exposure import risk_reserved_micros, worst_loss_micros
from pairlock.lifecycle import OS, S
from pairlock.model import FillStatus, Order, Role, Trade, Verdict
from pairlock.positions import EXITS, final_e6
from pairlock.verdict import fee_shortfall
from pairlock_adapters.demo.comparing import FillTuple, list_differs
from pairlock_adapters.demo.endings import broken_endings
from pairlock_adapters.demo.instants import Instants
from pairlock_adapters.simulated.truth import Truth

EVERY_CLAIM = frozenset(range(1, 24))
# Where the venues break the bounds of fault model F, only these bind.
BEYOND_F = frozenset({4, 6, 7, 10, 14, 18})

_LIVE = ("held", "open")
_ADOPTED = (Role.ADOPTED_IN, Role.ADOPTED_OUT)


@frozen
class TrueFill:
    intent_id: str
    fill_id: str
    qty_e6: int
    cost_micros: int
    fee_micros: int
    status: str


@frozen
class TrueOrder:
    venue: str
    intent_id: str
    market: str
    outcome: str
    buys: bool
    size_e2: int
    limit_e4: int
    status: str
    fault_duplicate: bool


@frozen
class Broken:
    """One claim that does not hold."""

    claim: int
    trade_id: str
    sentence: str


def require_judged(engine: Engine) -> None:
    """Raises EngineBug when a judge or a tally failed: a figure that leaves trades out must not be shown."""
    if engine.callbacks_failed:
        raise EngineBug(f"the judge failed {engine.callbacks_failed} times, so its figures mean nothing")


class Judge:
    """Reads one trade's orders and fills from the truth store and compares. ``binding``: the claims that must hold;
    ``hides_fees``: venues whose fills do not show their fee, so that it is computed."""

    def __init__(
        self,
        truth: Truth,
        *,
        binding: frozenset[int] = EVERY_CLAIM,
        hides_fees: frozenset[str] = frozenset(),
    ) -> None:
        self._truth = truth
        self._binding = binding
        self._hides_fees = hides_fees
        self._instants = Instants(truth, hides_fees)

    def binds(self, broken: list[Broken]) -> list[Broken]:
        """Those of them that must hold."""
        return [each for each in broken if each.claim in self._binding]

    def orders(self, order: Order, venue: str) -> list[TrueOrder]:
        sql = (
            "SELECT venue,intent_id,market,outcome,buys,size_e2,limit_e4,status,fault_duplicate FROM orders "
            "WHERE venue=? AND intent_id=?"
        )
        return [
            TrueOrder(row[0], row[1], row[2], row[3], bool(row[4]), row[5], row[6], row[7], bool(row[8]))
            for row in self._truth.rows(sql, (venue, order.intent_id))
        ]

    def fills(self, order: Order, venue: str) -> list[TrueFill]:
        sql = (
            "SELECT f.intent_id,f.fill_id,f.qty_e6,f.cost_micros,f.fee_micros,f.status FROM fills f JOIN orders o "
            "ON o.venue=f.venue AND o.venue_order_id=f.venue_order_id WHERE o.venue=? AND o.intent_id=?"
        )
        return [TrueFill(*row) for row in self._truth.rows(sql, (venue, order.intent_id))]

    def closed(self, trade: Trade) -> list[Broken]:
        """Every claim that the closed ``trade`` breaks."""
        if trade.terms is None:
            return []
        broken: list[Broken] = []
        nets = [0, 0]
        finally_filled = 0
        for order in trade.orders:
            leg = trade.terms.legs[order.leg]
            if order.role in _ADOPTED:
                nets[order.leg] += final_e6(order) if order.role is Role.ADOPTED_IN else -final_e6(order)
                finally_filled += final_e6(order)
                continue
            true_orders = self.orders(order, leg.venue)
            true_fills = self.fills(order, leg.venue)
            broken += self._order(trade, order, true_orders, true_fills)
            quantity = sum(fill.qty_e6 for fill in true_fills if fill.status == "final")
            finally_filled += quantity
            nets[order.leg] += quantity if order.role in (Role.ENTRY, Role.COMPLETE) else -quantity
        broken += self._label(trade, nets, finally_filled)
        broken += [Broken(claim, trade.trade_id, told) for claim, told in broken_endings(self._truth, trade)]
        if fee_shortfall(trade) and trade.verdict is Verdict.KEPT:
            broken.append(Broken(15, trade.trade_id, "a fee above the computed one is called kept"))
        return self.binds(broken)

    def _order(
        self, trade: Trade, order: Order, orders: list[TrueOrder], fills: list[TrueFill]
    ) -> list[Broken]:
        assert trade.terms is not None
        leg = trade.terms.legs[order.leg]
        outcome = leg.outcome.other if order.role is Role.COMPLEMENT else leg.outcome
        wanted = (leg.market, str(outcome), order.buys, order.size_e2, order.limit_e4)
        broken: list[Broken] = []

        def breaks(claim: int, sentence: str) -> None:
            broken.append(Broken(claim, trade.trade_id, f"{order.intent_id}: {sentence}"))

        for true in orders:
            if (true.market, true.outcome, true.buys, true.size_e2, true.limit_e4) != wanted:
                breaks(7, f"the venue has {true}, the intent was {wanted}")
            if true.status in _LIVE:
                breaks(5, "the trade is closed and the order is live")
        if len([true for true in orders if not true.fault_duplicate]) > 1:
            breaks(8, f"{len(orders)} orders of one intent")
        if orders and order.state is OS.IDLE:
            breaks(7, "an idle order is at the venue")
        if any(fill.status == "pending" for fill in fills):
            breaks(12, "the trade is closed and a fill is pending")
        believed: list[FillTuple] = sorted(
            (f.fill_id, f.qty_e6, f.cost_micros, f.fee_micros, "final")
            for f in order.fills
            if f.status is FillStatus.FINAL
        )
        true_final: list[FillTuple] = sorted(
            (f.fill_id, f.qty_e6, f.cost_micros, f.fee_micros, "final") for f in fills if f.status == "final"
        )
        claim = list_differs(believed, true_final, fee_hidden=leg.venue in self._hides_fees)
        if claim:
            breaks(claim, f"believed final {believed}, truly final {true_final}")
        return broken

    def _label(self, trade: Trade, nets: list[int], finally_filled: int) -> list[Broken]:
        """The closed state says what the venues' books say."""
        a, b = nets
        if trade.state is S.SETTLED and not (a == b and a > 0):
            return [Broken(1, trade.trade_id, f"SETTLED with true nets {a} / {b}")]
        if trade.state is S.ROLLED_BACK and finally_filled:
            return [Broken(2, trade.trade_id, f"ROLLED_BACK, and {finally_filled} e6 filled finally")]
        if trade.state is S.HEDGED:
            carried = trade.verdict is Verdict.CARRIED
            exited = any(order.role in EXITS for order in trade.orders)
            if not finally_filled:
                return [Broken(3, trade.trade_id, "HEDGED, and nothing filled finally")]
            if not carried and (a != 0 or b != 0 or not exited):
                return [Broken(3, trade.trade_id, f"HEDGED flat with true nets {a} / {b}, exited {exited}")]
        return []

    def stepped(self, trade: Trade) -> list[Broken]:
        """Claims about every instant; called after each durable step, before what follows from it is done."""
        broken = [Broken(claim, trade.trade_id, told) for claim, told in self._instants.broken_by(trade)]
        worst, reserved = worst_loss_micros(trade), risk_reserved_micros(trade)
        if worst > reserved and not trade.excess:
            told = f"worst loss {worst}, reserved {reserved} micro-dollars"
            broken.append(Broken(13, trade.trade_id, told))
        return self.binds(broken)

    def duplicate_orders(self) -> int:
        """Further venue orders of one intent that no duplication fault made."""
        sql = (
            "SELECT coalesce(sum(n-1),0) FROM (SELECT count(*) AS n FROM orders WHERE fault_duplicate=0 "
            "GROUP BY venue,intent_id HAVING n>1)"
        )
        return int(next(self._truth.rows(sql))[0])

    def cash(self, venue: str) -> int:
        """What the venue's account really holds, in micro-dollars."""
        return int(next(self._truth.rows("SELECT cash_micros FROM balances WHERE venue=?", (venue,)))[0])
