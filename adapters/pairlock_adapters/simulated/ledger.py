"""The rows of one venue in the truth store: how its orders, fills, markets and money are written and read back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pairlock.fees import FeeKind, FeeSchedule
from pairlock.model import Outcome
from pairlock_adapters.simulated.matching import dumped, loaded
from pairlock_adapters.simulated.request_rows import RequestRows
from pairlock_adapters.simulated.state import (
    MarketSpec,
    MarketState,
    MarketStatus,
    OnCancel,
    OnDue,
    Result,
    Status,
    Veil,
    VenueFill,
    VenueOrder,
)

_ORDER_COLUMNS = (
    "venue_order_id,intent_id,market,outcome,buys,size_e2,limit_e4,tif,accepted_ms,status,closed_ms,due_ms,on_cancel,"
    "after_cancel_ms,fault_duplicate,on_due,then_ms,live,veil,veil_until_ms"
)
_FILL_COLUMNS = "fill_id,qty_e6,price_e4,cost_micros,fee_micros,status,matched_ms,final_at_ms,fails,maker"


class Ledger(RequestRows):
    """Rows of ``venue``. Every method is called inside ``truth.commit``, except the reads."""

    def put_order(self, order: VenueOrder) -> None:
        self.truth.write(
            f"INSERT INTO orders(venue,{_ORDER_COLUMNS},matched_e6) VALUES({_marks(22)})",
            (self.venue, order.venue_order_id, order.intent_id, order.market, order.outcome.value, order.buys,
             order.size_e2, order.limit_e4, order.tif, order.accepted_ms, order.status.value, order.closed_ms,
             order.due_ms, order.on_cancel.value, order.after_cancel_ms, order.fault_duplicate, order.on_due.value,
             order.then_ms, order.live, order.veil.value, order.veil_until_ms, order.matched_e6),
        )  # fmt: skip

    def update_order(self, order: VenueOrder) -> None:
        self.truth.write(
            "UPDATE orders SET status=?,closed_ms=?,matched_e6=?,due_ms=?,on_due=?,live=? WHERE venue=? AND"
            " venue_order_id=?",
            (order.status.value, order.closed_ms, order.matched_e6, order.due_ms, order.on_due.value, order.live,
             self.venue, order.venue_order_id),
        )  # fmt: skip

    def update_size(self, order: VenueOrder) -> None:
        """Size and limit of an order that was amended."""
        sql = "UPDATE orders SET size_e2=?,limit_e4=? WHERE venue=? AND venue_order_id=?"
        self.truth.write(sql, (order.size_e2, order.limit_e4, self.venue, order.venue_order_id))

    def put_fill(self, order: VenueOrder, fill: VenueFill) -> None:
        self.truth.write(
            f"INSERT INTO fills(venue,intent_id,venue_order_id,market,outcome,buys,{_FILL_COLUMNS})"
            f" VALUES({_marks(16)})",
            (self.venue, order.intent_id, order.venue_order_id, order.market, order.outcome.value, order.buys,
             fill.fill_id, fill.qty_e6, fill.price_e4, fill.cost_micros, fill.fee_micros, fill.status,
             fill.matched_ms, fill.final_at_ms, fill.fails, fill.maker),
        )  # fmt: skip

    def update_fill(self, fill: VenueFill) -> None:
        sql = "UPDATE fills SET status=? WHERE venue=? AND fill_id=?"
        self.truth.write(sql, (fill.status, self.venue, fill.fill_id))

    def _orders(self, where: str, values: tuple[Any, ...]) -> list[VenueOrder]:
        orders = []
        sql = f"SELECT {_ORDER_COLUMNS} FROM orders WHERE venue=? AND {where}"
        for row in list(self.truth.rows(sql, (self.venue, *values))):
            order = VenueOrder(
                intent_id=row[1], venue_order_id=row[0], market=row[2], outcome=Outcome(row[3]), buys=bool(row[4]),
                size_e2=row[5], limit_e4=row[6], tif=row[7], accepted_ms=row[8], status=Status(row[9]),
                closed_ms=row[10], due_ms=row[11], on_cancel=OnCancel(row[12]), after_cancel_ms=row[13],
                fault_duplicate=bool(row[14]), on_due=OnDue(row[15]), then_ms=row[16], live=bool(row[17]),
                veil=Veil(row[18]), veil_until_ms=row[19],
            )  # fmt: skip
            for fill in self.truth.rows(
                f"SELECT {_FILL_COLUMNS} FROM fills WHERE venue=? AND venue_order_id=? ORDER BY matched_ms,fill_id",
                (self.venue, order.venue_order_id),
            ):
                order.fills.append(_fill(fill))
            orders.append(order)
        return orders

    def order(self, intent_id: str) -> VenueOrder | None:
        """The first order of an intent, also of a retired market."""
        found = self._orders("intent_id=? ORDER BY accepted_ms LIMIT 1", (intent_id,))
        return found[0] if found else None

    def intent_of(self, venue_order_id: str) -> str | None:
        sql = "SELECT intent_id FROM orders WHERE venue=? AND venue_order_id=?"
        for (intent_id,) in self.truth.rows(sql, (self.venue, venue_order_id)):
            return str(intent_id)
        return None

    def order_named(self, venue_order_id: str) -> VenueOrder | None:
        found = self._orders("venue_order_id=?", (venue_order_id,))
        return found[0] if found else None

    def orders_of_market(self, market: str) -> list[VenueOrder]:
        return self._orders("market=? ORDER BY accepted_ms,venue_order_id", (market,))

    def all_orders(self) -> list[VenueOrder]:
        return self._orders("1 ORDER BY accepted_ms,venue_order_id", ())

    def knows_market(self, market: str) -> bool:
        found = self.truth.rows("SELECT 1 FROM markets WHERE venue=? AND market=?", (self.venue, market))
        return next(found, None) is not None

    def put_market(self, spec: MarketSpec, at_ms: int) -> None:
        self.truth.write(
            "INSERT INTO markets(venue,market,event_id,fees,tick_e4,listed_ms,resolve_at_ms,result,yes_payout_e4,"
            "status,levels) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
            (self.venue, spec.market, spec.event_id, _fees_text(spec.fees), spec.tick_e4, at_ms,
             spec.resolve_at_ms, spec.result.value, spec.yes_payout_e4, "open", dumped(spec.book)),
        )  # fmt: skip

    def update_book(self, state: MarketState) -> None:
        sql = "UPDATE markets SET levels=? WHERE venue=? AND market=?"
        self.truth.write(sql, (dumped(state.book), self.venue, state.spec.market))

    def update_market(self, state: MarketState, paid_ms: int | None = None) -> None:
        """Everything of a market that may change, but its book."""
        spec = state.spec
        self.truth.write(
            "UPDATE markets SET status=?,paid_ms=?,fees=?,tick_e4=?,resolve_at_ms=?,halted_until_ms=?,dry_until_ms=?"
            " WHERE venue=? AND market=?",
            (state.status.value, paid_ms, _fees_text(spec.fees), spec.tick_e4, spec.resolve_at_ms,
             state.halted_until_ms, state.dry_until_ms, self.venue, spec.market),
        )  # fmt: skip

    def market(self, market: str) -> MarketState | None:
        """A market as stored, without its orders."""
        for state in self._markets("market=?", (market,)):
            return state
        return None

    def unpaid_markets(self) -> list[MarketState]:
        """What a restart must take up again, with every order."""
        states = list(self._markets("status<>'paid' ORDER BY listed_ms,market", ()))
        for state in states:
            for order in self.orders_of_market(state.spec.market):
                state.take(order)
        return states

    def _markets(self, where: str, values: tuple[Any, ...]) -> Iterator[MarketState]:
        for row in list(self.truth.rows(
            "SELECT market,event_id,fees,levels,resolve_at_ms,result,yes_payout_e4,tick_e4,status,halted_until_ms,"
            f"dry_until_ms FROM markets WHERE venue=? AND {where}", (self.venue, *values))
        ):  # fmt: skip
            market, event_id, fees, levels, resolve_at_ms, result, yes_payout_e4, tick_e4, status = row[:9]
            name, kind, rate_ppm, exponent, round_micros, per_fill = json.loads(fees, parse_float=str)
            schedule = FeeSchedule(name, FeeKind(kind), rate_ppm, exponent, round_micros, per_fill)
            book = loaded(levels)
            spec = MarketSpec(
                market, event_id, schedule, book, resolve_at_ms, Result(result), yes_payout_e4, tick_e4
            )
            yield MarketState(spec, book, MarketStatus(status), halted_until_ms=row[9], dry_until_ms=row[10])

    def put_payout(
        self, market: str, outcome: str, qty_e6: int, per_e4: int, paid_micros: int, kind: str, at_ms: int
    ) -> None:
        self.truth.write(
            "INSERT INTO payouts(venue,market,outcome,qty_e6,per_contract_e4,paid_micros,kind,paid_ms)"
            " VALUES(?,?,?,?,?,?,?,?)",
            (self.venue, market, outcome, qty_e6, per_e4, paid_micros, kind, at_ms),
        )

    def put_cash(self, cash_micros: int) -> None:
        self.truth.write("UPDATE balances SET cash_micros=? WHERE venue=?", (cash_micros, self.venue))

    def pay_in(self, amount_micros: int) -> None:
        self.truth.write(
            "INSERT INTO balances VALUES(?,?,?) ON CONFLICT(venue) DO UPDATE SET"
            " cash_micros=cash_micros+excluded.cash_micros,deposited_micros=deposited_micros+excluded.deposited_micros",
            (self.venue, amount_micros, amount_micros),
        )

    def cash(self) -> int | None:
        for (cash_micros,) in self.truth.rows(
            "SELECT cash_micros FROM balances WHERE venue=?", (self.venue,)
        ):
            return int(cash_micros)
        return None

    def put_position(self, market: str, outcome: str, qty_e6: int, locked_e6: int) -> None:
        self.truth.write(
            "INSERT INTO positions VALUES(?,?,?,?,?) ON CONFLICT DO UPDATE SET qty_e6=excluded.qty_e6,"
            "locked_e6=excluded.locked_e6",
            (self.venue, market, outcome, qty_e6, locked_e6),
        )

    def positions(self) -> list[tuple[str, str, int, int]]:
        return [
            (str(m), str(o), int(q), int(lock))
            for m, o, q, lock in self.truth.rows(
                "SELECT market,outcome,qty_e6,locked_e6 FROM positions WHERE venue=? AND (qty_e6<>0 OR locked_e6<>0)",
                (self.venue,),
            )
        ]

    def put_condition(self, condition: str, until_ms: int) -> None:
        self.truth.write(
            "INSERT INTO conditions VALUES(?,?,?) ON CONFLICT DO UPDATE SET until_ms=excluded.until_ms",
            (self.venue, condition, until_ms),
        )

    def conditions(self) -> list[tuple[str, int]]:
        return [
            (str(c), int(u))
            for c, u in self.truth.rows(
                "SELECT condition,until_ms FROM conditions WHERE venue=?", (self.venue,)
            )
        ]


def _marks(count: int) -> str:
    return ",".join("?" * count)


def _fees_text(fees: FeeSchedule) -> str:
    return json.dumps(
        [fees.name, fees.kind.value, fees.rate_ppm, fees.exponent, fees.round_micros, fees.per_fill]
    )


def _fill(row: tuple[Any, ...]) -> VenueFill:
    fill_id, qty_e6, price_e4, cost_micros, fee_micros, status, matched_ms, final_at_ms, fails, maker = row
    return VenueFill(
        fill_id,
        qty_e6,
        price_e4,
        cost_micros,
        fee_micros,
        status,
        matched_ms,
        final_at_ms,
        fails,
        bool(maker),
    )
