"""Late facts: what a venue says against something FINAL. Beyond fault model F; nothing closed is ever edited.

The difference between what was final and what is said now becomes a *repair*: a linked trade that starts in HEDGING,
holding just that difference, and exits it. Facts that a family of trade and repairs already answers for are dropped.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from attrs import evolve

from pairlock.commands import AlertKind, RaiseAlert
from pairlock.errors import EngineBug
from pairlock.exposure import reservation_for
from pairlock.facts import Fact, OrderReport
from pairlock.journal.replay import replayed
from pairlock.lifecycle import CLOSED, INITIAL_REPAIR, OS
from pairlock.model import Fill, FillStatus, Order, Role, Trade
from pairlock.positions import filled_e6
from pairlock.step import step
from pairlock.units import E6_PER_E2, ceil_div

if TYPE_CHECKING:
    from pairlock.runner.engine import Engine

_REMEMBERED = 2_000
_TAKES = (Role.SELL, Role.COMPLEMENT)


def difference(order: Order, told: tuple[Fill, ...]) -> list[tuple[Fill, bool]]:
    """Fills that contradict the FINAL order, each with whether it adds to what filled (else it takes away)."""
    known = {fill.fill_id: fill for fill in order.fills}
    changed: list[tuple[Fill, bool]] = []
    for fill in told:
        before = known.get(fill.fill_id)
        live = fill.status is not FillStatus.FAILED
        if before is None or (before.status is FillStatus.FAILED and live):
            if live and fill.status is FillStatus.FINAL:
                changed.append((fill, True))
        elif before.status is FillStatus.FINAL and not live:
            changed.append((before, False))
        elif fill.qty_e6 > before.qty_e6 and fill.status is FillStatus.FINAL:
            more = fill.qty_e6 - before.qty_e6
            cost = max(0, fill.cost_micros - before.cost_micros)
            fee = max(0, fill.fee_micros - before.fee_micros)
            changed.append(
                (
                    evolve(fill, fill_id=f"{fill.fill_id}+", qty_e6=more, cost_micros=cost, fee_micros=fee),
                    True,
                )
            )
    return changed


def adopted(repair_id: str, order: Order, changed: list[tuple[Fill, bool]]) -> tuple[Order, ...]:
    """One FINAL order per change, on the leg of the contradicted one, with its effect on the net."""
    orders = []
    for number, (fill, adds) in enumerate(changed):
        grows = adds is (order.role not in _TAKES)
        role = Role.ADOPTED_IN if grows else Role.ADOPTED_OUT
        size_e2 = ceil_div(fill.qty_e6, E6_PER_E2)
        ident = f"{repair_id}.{order.leg}.{number}"
        told = evolve(fill, status=FillStatus.FINAL)
        orders.append(
            Order(ident, order.leg, role, size_e2, order.limit_e4, 0, 0, OS.FINAL, fill.qty_e6, (told,))
        )
    return tuple(orders)


class RepairDesk:
    """Remembers recently closed trades, and opens repairs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._closed: OrderedDict[str, Trade] = OrderedDict()
        self._answered: set[str] = set()
        self.opened = 0

    def remember(self, value: Trade) -> None:
        self._closed[value.trade_id] = value
        while len(self._closed) > _REMEMBERED:
            self._closed.popitem(last=False)

    def closed_trade(self, trade_id: str) -> Trade:
        """A closed trade's value, from memory or from its records."""
        if trade_id not in self._closed:
            self.remember(replayed(self._engine.store.trade_records(trade_id)))
        return self._closed[trade_id]

    def late_by_id(self, trade_id: str, fact: Fact) -> None:
        row = self._engine.store.trade_row(trade_id)
        if row is not None and row.closed:
            self.late(self.closed_trade(trade_id), fact)

    def late(self, value: Trade, fact: Fact) -> None:
        """Open a repair if the fact contradicts something FINAL that no repair answers for yet."""
        done = step(value, fact) if value.state in CLOSED or isinstance(fact, OrderReport) else None
        if done is None or not done.late or not isinstance(fact, OrderReport):
            return
        order = value.order(fact.intent_id)
        if order is None:
            raise EngineBug(f"late fact for {fact.intent_id}, which trade {value.trade_id} does not know")
        changed = [
            (key, fill, adds)
            for fill, adds in difference(order, fact.fills)
            for key in [f"repair:{fact.intent_id}:{fill.fill_id}:{'in' if adds else 'out'}"]
            if key not in self._answered and self._engine.store.trade_by_opportunity(key) is None
        ]
        self._engine.halt(
            "late_fact", f"{value.trade_id}: a venue contradicted the final order {fact.intent_id}"
        )
        for key, fill, adds in changed:
            self._answered.add(key)
            self._open(value, order, key, [(fill, adds)])

    def _open(self, parent: Trade, order: Order, key: str, changed: list[tuple[Fill, bool]]) -> None:
        self.opened += 1
        recorder = self._engine.recorder
        repair_id = f"{parent.trade_id}r{recorder.control.run}n{recorder.next_repair()}"
        orders = adopted(repair_id, order, changed)
        terms = parent.terms
        if terms is None:
            raise EngineBug(f"repair of {parent.trade_id}, which never had terms")
        size_e2 = max(o.size_e2 for o in orders)
        repair = Trade(
            trade_id=repair_id,
            opportunity=parent.opportunity,
            state=INITIAL_REPAIR,
            terms=evolve(terms, size_e2=size_e2, promised_micros=0),
            reservation=reservation_for(evolve(terms, size_e2=size_e2)),
            orders=orders,
            payouts=parent.payouts,
            gates_passed=True,
            entry_verified=True,
            entered_ms=self._engine.clock.now_ms(),
            excess=any(filled_e6(o) > 0 for o in orders),
            late_key=key,
            repairs=parent.trade_id,
        )
        recorder.repair(repair)
        alert = RaiseAlert(AlertKind.REPAIR, f"{repair_id} answers for {order.intent_id}")
        self._engine.desk.raise_alert(alert, repair)
        self._engine.begin(repair)
