"""Claims about every instant, by the venues' truth: asked after each durable step, before what follows from it.

A step's fresh intents are durable and not yet sent: that instant shows what was sent too soon (7), beside another
order that may still fill (8, 17), for more than is held (9, 21), or by a trade that was killed (21). What became
final since the last step must be final at the venue (11), and what was truly spent must be covered (13).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from attrs import define, field

from pairlock.fees import FeeKind
from pairlock.lifecycle import OS, S
from pairlock.model import ExitOn, FillStatus, LegTerms, Order, Role, Trade
from pairlock_adapters.demo.comparing import FillTuple, differs
from pairlock_adapters.demo.labels import due_label
from pairlock_adapters.simulated.truth import Truth

Wrong: TypeAlias = "tuple[int, str]"
_OVER = (S.SETTLED, S.ROLLED_BACK, S.HEDGED)
_ADDS = (Role.ENTRY, Role.COMPLETE, Role.ADOPTED_IN)
_REPAIR = re.compile(r"r\d+n\d+$")  # how the runner names a repair after its trade
_SENT = "SELECT count(*) FROM requests WHERE intent_id=? AND fault_duplicate=0"
_ALIVE = (
    "SELECT count(*) FROM orders WHERE intent_id=? AND (status='held' OR due_ms>=0)",
    "SELECT count(*) FROM requests WHERE intent_id=? AND fault_duplicate=0 AND arrived_ms IS NULL AND due_ms>=0",
)
# Another trade's live orders and pending matches in the market, an account's other clients left out.
_OTHERS = (
    "SELECT intent_id FROM orders WHERE market=? AND venue=? AND status='held'",
    "SELECT o.intent_id FROM orders o JOIN fills f USING(venue,venue_order_id)"  # noqa: ISC004
    " WHERE o.market=? AND o.venue=? AND f.status='pending'",
)
_FILLS = "SELECT fill_id,qty_e6,cost_micros,fee_micros,status FROM fills WHERE intent_id=? ORDER BY fill_id"


@define
class _Seen:
    """Of an open trade: its last label, and of each order what was final when it was last compared."""

    label: S
    compared: dict[str, tuple[object, ...]] = field(factory=dict)


class Instants:
    """``broken_by(trade)`` after each durable step, in their order."""

    def __init__(self, truth: Truth, hides_fees: frozenset[str] = frozenset()) -> None:
        self._truth = truth
        self._hides_fees = hides_fees
        self._seen: dict[str, _Seen] = {}
        self._in_market: dict[tuple[str, str], Trade] = {}

    def _count(self, sql: str, *values: object) -> int:
        return int(next(self._truth.rows(sql, values))[0])

    def broken_by(self, trade: Trade) -> list[Wrong]:
        """Every claim that the trade breaks in this instant, with a sentence."""
        before = self._seen.get(trade.trade_id)
        seen = before or _Seen(trade.state)
        due = due_label(None if before is None else before.label, trade)
        found = [] if trade.state is due else [(23, f"it is called {trade.state}, by its orders it is {due}")]
        seen.label = trade.state
        moved = self._changed(seen, trade)
        for order in moved:
            assert trade.terms is not None
            hidden = trade.terms.legs[order.leg].venue in self._hides_fees
            found += self._final_beliefs(order, fee_hidden=hidden)
        for name in trade.fresh:
            order_ = trade.order(name)
            if order_ is not None:
                found += self._begun(trade, order_)
        if moved:
            found += self._spent(trade)
        if trade.state in _OVER:
            self._seen.pop(trade.trade_id, None)
        else:
            self._seen[trade.trade_id] = seen
        self._lives(trade)
        return found

    def _lives(self, trade: Trade) -> None:
        """In which markets it is, from its entry until every order of it is FINAL; a repair locks none."""
        if trade.terms is None or trade.repairs or not trade.orders:
            return
        done = trade.state in _OVER or all(order.state is OS.FINAL for order in trade.orders)
        for leg in trade.terms.legs:
            key = leg.venue, leg.market
            if not done:
                self._in_market[key] = trade
            elif key in self._in_market and self._in_market[key].trade_id == trade.trade_id:
                del self._in_market[key]

    @staticmethod
    def _changed(seen: _Seen, trade: Trade) -> list[Order]:
        """Orders of which something is final that was not when they were last compared."""
        changed = []
        for order in trade.orders:
            if order.role in (Role.ADOPTED_IN, Role.ADOPTED_OUT):
                continue
            ended = tuple((f.fill_id, f.status) for f in order.fills if f.status is not FillStatus.PENDING)
            now = (order.state is OS.FINAL, ended)
            if now != seen.compared.get(order.intent_id, (False, ())):
                seen.compared[order.intent_id] = now
                changed.append(order)
        return changed

    def _final_beliefs(self, order: Order, *, fee_hidden: bool) -> Iterator[Wrong]:
        truly: dict[str, FillTuple] = {
            row[0]: (row[0], row[1], row[2], row[3], row[4])
            for row in self._truth.rows(_FILLS, (order.intent_id,))
        }
        for fill in order.fills:
            told = (fill.fill_id, fill.qty_e6, fill.cost_micros, fill.fee_micros, str(fill.status))
            true = truly.get(fill.fill_id)
            claim = differs(told, true, fee_hidden=fee_hidden)
            if fill.status is not FillStatus.PENDING and claim:
                yield claim, f"{order.intent_id}: believed {told}, truly {true}"
        if order.state is not OS.FINAL:
            return
        if set(truly) - {fill.fill_id for fill in order.fills}:
            yield 11, f"{order.intent_id} is FINAL without the true fills {sorted(truly)}"
        if any(self._count(sql, order.intent_id) for sql in _ALIVE):
            yield 11, f"{order.intent_id} is FINAL and may still fill at its venue"

    def _begun(self, trade: Trade, order: Order) -> Iterator[Wrong]:
        """An intent that became durable in this step."""
        name, terms = order.intent_id, trade.terms
        assert terms is not None
        if self._count(_SENT, name):
            yield 7, f"{name} was sent before it was durable"
        for other in trade.orders:
            rival = other.leg == order.leg or order.role is not Role.ENTRY
            if rival and other.intent_id != name and any(self._count(s, other.intent_id) for s in _ALIVE):
                yield 8, f"{name} begins while {other.intent_id} may still fill"
        if order.role is not Role.ENTRY:
            yield from self._shrinks(trade, order)
            return
        leg = terms.legs[order.leg]
        if trade.killed:
            yield 21, f"the entry {name} begins after the kill"
        if trade.reservation is None or not trade.entry_verified:
            yield 17, f"the entry {name} begins without reservations, or on books that were not verified"
        rival_trade = self._in_market.get((leg.venue, leg.market), trade)
        if rival_trade.trade_id != trade.trade_id:
            yield 17, f"{name} begins in {leg.market}, where {rival_trade.trade_id} is not final"
        for sql in _OTHERS:
            for (rival_id,) in list(self._truth.rows(sql, (leg.market, leg.venue))):
                rival_trade_id = rival_id.partition(".")[0]
                locks_none = rival_id.startswith("other-") or _REPAIR.search(rival_trade_id)
                if not locks_none and rival_trade_id != trade.trade_id:
                    yield 17, f"{name} begins in {leg.market}, where {rival_id} is not final"
        if _least_profit_micros(terms.legs, terms.size_e2) <= 0:
            yield 16, f"{name} begins without a sure profit at its limits"

    def _shrinks(self, trade: Trade, order: Order) -> Iterator[Wrong]:
        """An exit trades no more than what is truly too much, or owed."""
        assert trade.terms is not None
        counted = ("final",) if trade.terms.exit_on is ExitOn.FINAL else ("final", "pending")
        nets = [0, 0]
        for each in trade.orders:
            if each.role in (Role.ADOPTED_IN, Role.ADOPTED_OUT):
                got_e6 = sum(f.qty_e6 for f in each.fills)
            else:
                rows = self._truth.rows(_FILLS, (each.intent_id,))
                got_e6 = sum(qty_e6 for _, qty_e6, _, _, status in rows if status in counted)
            nets[each.leg] += got_e6 if each.role in _ADDS else -got_e6
        own, other, size_e6 = nets[order.leg], nets[1 - order.leg], order.size_e2 * 10_000
        most_e6 = -own if own < 0 else other - own
        if order.role is not Role.COMPLETE:
            most_e6 = own - max(0, other)
        if size_e6 > most_e6:
            yield 9, f"the exit {order.intent_id} ({order.role}) of {size_e6} e6 on true nets {nets}"

    def _spent(self, trade: Trade) -> Iterator[Wrong]:
        if trade.reservation is None or trade.repairs:
            return
        for leg in (0, 1):
            spent, over = 0, False
            for order in trade.orders:
                if order.leg != leg or not order.buys or order.role is Role.ADOPTED_IN:
                    continue
                rows = [r for r in self._truth.rows(_FILLS, (order.intent_id,)) if r[4] != "failed"]
                over = over or sum(r[1] for r in rows) > order.size_e2 * 10_000
                spent += sum(r[2] + r[3] for r in rows)
            if spent > trade.reservation.cash_micros[leg] and not over:
                yield (
                    13,
                    f"leg {leg} truly spent {spent}, reserved {trade.reservation.cash_micros[leg]} micros",
                )


def _least_profit_micros(legs: tuple[LegTerms, LegTerms], size_e2: int) -> int:
    """At the limits, each order's fee rounded up once more than an exact one: a sure loss is never called a profit."""
    cost = 0
    for leg in legs:
        exact = size_e2 * 10_000 * leg.fees.rate_ppm * leg.limit_e4
        if leg.fees.kind is FeeKind.CURVE:
            exact = (
                size_e2
                * 10_000
                * leg.fees.rate_ppm
                * (leg.limit_e4 * (10_000 - leg.limit_e4)) ** leg.fees.exponent
            )
            exact //= 10_000 ** (2 * leg.fees.exponent - 1)
        cost += leg.limit_e4 * size_e2 + -(-exact // (1_000_000 * 10_000))
    return 10_000 * size_e2 - cost
