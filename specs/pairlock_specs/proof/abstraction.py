"""A real trade and a real truth as a state of the proof: what the engine believes, by its own functions; what is so.

``counted`` is the proof's memory alone, and ``funds`` what other trades leave: neither can be read from one trade.
"""

from __future__ import annotations

from collections.abc import Callable

from pairlock.exits import reckoned_micros
from pairlock.fees import spend_at_limit_micros
from pairlock.lifecycle import OS
from pairlock.model import ExitOn, FillStatus, Order, Role, Trade
from pairlock.positions import MAY_FILL, filled_e6, final_e6, paid_micros, seen_e6
from pairlock.units import size_to_fill_e6
from pairlock.verdict import payout_micros
from pairlock_specs.proof.logic import Value
from pairlock_specs.proof.state import FLAGS, KINDS, LEGS, OF_KIND, OF_LEG, STATES, State, of_kind, of_leg
from pairlock_specs.truth import ALIVE, Truth, VenueOrder, Wire

FUNDS_MICROS = 10**15

KIND_OF: dict[Role, str] = {
    Role.ENTRY: "add",
    Role.COMPLETE: "add",
    Role.ADOPTED_IN: "add",
    Role.COMPLEMENT: "comp",
    Role.SELL: "sell",
    Role.ADOPTED_OUT: "sell",
}


def _cost(venue: VenueOrder, counts: Callable[[FillStatus], bool]) -> int:
    """What fills cost with their fees; of a sale, what they brought."""
    fills = [venue.fill(number) for number, (_, status) in enumerate(venue.fills) if counts(status)]
    sign = -1 if venue.role is Role.SELL else 1
    return sum(fill.cost_micros + sign * fill.fee_micros for fill in fills)


def _known_e6(order: Order) -> int:
    return max(order.matched_e6, seen_e6(order))


def _most_micros(trade: Trade, order: Order | VenueOrder) -> int:
    """The budget of an order: what it costs at most within its size; a sale costs nothing."""
    if trade.terms is None or order.role is Role.SELL:
        return 0
    return spend_at_limit_micros(trade.terms.legs[order.leg].fees, order.limit_e4, order.size_e2)


def _reckoned(trade: Trade, order: Order) -> int:
    """What the engine takes to be paid at most of what is known to have matched."""
    return reckoned_micros(order, trade.terms.legs[order.leg].fees) if trade.terms else 0


def _add(values: dict[str, Value], name: str, amount: int) -> None:
    values[name] += amount


def _truth(values: dict[str, Value], trade: Trade, venue: VenueOrder) -> None:
    kind, leg = KIND_OF[venue.role], venue.leg
    for name, status in (("tf", FillStatus.FINAL), ("tp", FillStatus.PENDING), ("tx", FillStatus.FAILED)):
        _add(values, of_kind(name, kind, leg), sum(q for q, each in venue.fills if each is status))
    _add(values, of_kind("cf", kind, leg), _cost(venue, lambda status: status is FillStatus.FINAL))
    _add(values, of_kind("cp", kind, leg), _cost(venue, lambda status: status is FillStatus.PENDING))
    above = max(0, venue.matched_e6 - size_to_fill_e6(venue.size_e2))
    _add(values, of_leg("over_add" if kind == "add" else "over_take", leg), above)
    if kind != "sell":
        paid = _cost(venue, lambda status: True)
        _add(values, of_leg("over", leg), max(0, paid - _most_micros(trade, venue)))


def _belief(values: dict[str, Value], trade: Trade, order: Order) -> None:
    kind, leg = KIND_OF[order.role], order.leg
    final, standing, known = final_e6(order), filled_e6(order), _known_e6(order)
    _add(values, of_kind("bf", kind, leg), final)
    _add(values, of_kind("bp", kind, leg), standing - final)
    _add(values, of_kind("bx", kind, leg), known - standing)
    finals = [fill for fill in order.fills if fill.status is FillStatus.FINAL]
    sign = 1 if order.buys else -1
    cost = sum(fill.cost_micros + sign * fill.fee_micros for fill in finals)
    _add(values, of_kind("uf", kind, leg), cost)
    if order.buys:
        reckoned = _reckoned(trade, order)
        _add(values, of_kind("up", kind, leg), reckoned - cost)
        _add(values, of_leg("booked", leg), paid_micros(order) - cost)
        _add(values, of_leg("b_over", leg), max(0, reckoned - _most_micros(trade, order)))


def _slot(values: dict[str, Value], trade: Trade, truth: Truth, leg: int) -> None:
    """The order of the leg that may still fill, or else the last one."""
    active = [order for order in trade.orders if order.leg == leg and order.state in MAY_FILL]
    venues = [order for order in truth.orders if order.leg == leg]
    values[of_leg("active", leg)] = bool(active)
    values[of_leg("alive", leg)] = any(venue.wire in ALIVE for venue in venues)
    wanted = active[-1].intent_id if active else venues[-1].intent_id if venues else ""
    order = trade.order(wanted)
    venue = next((each for each in venues if each.intent_id == wanted), None)
    if order is None and venue is None:
        return
    values[of_leg("durable", leg)] = order is not None and order.state is not OS.IDLE
    if order is not None:
        values[of_leg("opened", leg)] = order.state is OS.OPEN
        values[of_leg("known", leg)] = _known_e6(order)
        if active and order.buys:
            values[of_leg("left", leg)] = max(0, _most_micros(trade, order) - _reckoned(trade, order))
    if venue is not None:
        paid = _cost(venue, lambda status: True)
        values[of_leg("written", leg)] = venue.wire is not Wire.DURABLE
        values[of_leg("size", leg)] = size_to_fill_e6(venue.size_e2)
        values[of_leg("gross", leg)] = venue.matched_e6
        values[of_leg("paid", leg)] = paid
        values[of_leg("budget", leg)] = max(0, _most_micros(trade, venue) - paid)
        values[of_leg("kind", leg)] = KINDS.index(KIND_OF[venue.role])


def abstract(trade: Trade, truth: Truth) -> State:
    """The state of the proof that the trade and the truth amount to, as plain numbers."""
    values: dict[str, Value] = {
        of_kind(name, kind, leg): 0 for name in OF_KIND for kind in KINDS for leg in LEGS
    }
    values |= {of_leg(name, leg): 0 for name in OF_LEG for leg in LEGS}
    values |= {of_leg(name, leg): False for name in FLAGS for leg in LEGS}
    values["label"] = STATES.index(trade.state)
    values["on_final"] = trade.terms is None or trade.terms.exit_on is ExitOn.FINAL
    for venue in truth.orders:
        _truth(values, trade, venue)
    for order in trade.orders:
        _belief(values, trade, order)
    state = State(values)
    for leg in LEGS:
        _slot(values, trade, truth, leg)
        values[of_leg("cash", leg)] = trade.reservation.cash_micros[leg] if trade.reservation else 0
        values[of_leg("funds", leg)] = FUNDS_MICROS
        values[of_leg("read", leg)] = trade.payouts[leg] is not None
        values[of_leg("at_once", leg)] = trade.terms is not None and trade.terms.legs[leg].sets_pay_at_once
        values[of_leg("pay", leg)] = payout_micros(trade, leg) if state.closed else 0
    return state
