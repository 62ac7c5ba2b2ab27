"""The emergency exit: which order brings unequal nets closer, on live books, within what was reserved.

Three routes are walked on full depth and compared by what one contract of the excess is worth through each
(a route whose last tries ended empty comes after the others):

* COMPLETE    buy the missing leg: the pair then pays $1, so worth ``1 - ask - fee``;
* SELL        sell the excess back: worth ``bid - fee``;
* COMPLEMENT  buy the other outcome on the same venue: the complete set pays $1, so worth ``1 - ask - fee``
              (works while new shares cannot be sold).

An exit never takes a net below 0; a negative net is only bought back. Nothing is sized while any order of the trade
may still fill, nor, with ``exit_on = final``, while any fill is not final.
"""

from __future__ import annotations

from attrs import frozen

from pairlock.book import Level, walk
from pairlock.facts import ExitBooksRead
from pairlock.fees import FeeSchedule, fee_at_limit_micros, spend_at_limit_micros
from pairlock.lifecycle import S
from pairlock.model import ExitOn, ExitPlan, LegTerms, NoExit, Order, Role, StuckCause, Terms, Trade
from pairlock.positions import (
    all_final,
    exit_attempts,
    filled_e6,
    nets_e6,
    no_order_can_fill,
    overdue,
    paid_micros,
    recent_failures,
    still_possible_e6,
    unequal,
    unseen_e6,
)
from pairlock.units import (
    DOLLAR_E4,
    E6_PER_E2,
    amount_step_e2,
    ceil_div,
    cost_up_micros,
    fill_to_size_down_e2,
)


@frozen
class Route:
    """One way out for (part of) the excess. ``worth_micros`` is for the whole ``size_e2``, fees taken off."""

    role: Role
    leg: int
    size_e2: int
    limit_e4: int
    worth_micros: int


def exits_due(trade: Trade) -> bool:
    """Whether an exit may be sized now."""
    if trade.state not in (S.HEDGING, S.STUCK) or trade.terms is None:
        return False
    known = no_order_can_fill(trade) and not overdue(trade)
    final = trade.terms.exit_on is ExitOn.MATCHED or all_final(trade)
    return known and final and unequal(trade)


def reckoned_micros(order: Order, fees: FeeSchedule) -> int:
    """What a purchase has cost at most: what was claimed and not seen may yet bear its fee, in the worst split."""
    if unseen_e6(order) == 0:
        return paid_micros(order)
    filled_e2 = ceil_div(filled_e6(order), E6_PER_E2)
    return max(paid_micros(order), spend_at_limit_micros(fees, order.limit_e4, filled_e2))


def cash_left_micros(trade: Trade, leg: int) -> int:
    """What is left of the reservation on the leg's account."""
    if trade.reservation is None or trade.terms is None:
        return 0
    fees = trade.terms.legs[leg].fees
    used = 0
    for order in trade.orders:
        if order.leg == leg and order.buys:
            left_e6 = still_possible_e6(order)
            used += reckoned_micros(order, fees) + cost_up_micros(order.limit_e4, left_e6)
            used += fee_at_limit_micros(fees, order.limit_e4, ceil_div(left_e6, E6_PER_E2))
    return trade.reservation.cash_micros[leg] - used


def _buy(
    terms: LegTerms, role: Role, leg: int, levels: tuple[Level, ...], need: Need, dearest_e4: int
) -> Route | None:
    """The dearest-bounded purchase that the levels and the cash allow."""
    size_e2 = need.size_e2
    while size_e2 > 0:
        taken, _ = walk(levels, size_e2, dearest_e4, buying=True)
        if not taken:
            return None
        limit_e4 = taken[-1][0]
        offered_e2 = sum(size for _, size in taken)
        size_e2 = offered_e2 - offered_e2 % amount_step_e2(limit_e4, terms.amount_step_micros)
        if size_e2 < offered_e2:
            continue  # a whole step may end on a better level: walk again
        fee = fee_at_limit_micros(terms.fees, limit_e4, size_e2)
        # The whole order may be charged at its limit, in the worst split and with every rounding.
        spend = spend_at_limit_micros(terms.fees, limit_e4, size_e2)
        if spend <= need.cash_micros:
            paid = sum(price * size for price, size in taken) + fee
            return Route(role, leg, size_e2, limit_e4, DOLLAR_E4 * size_e2 - paid)
        besides = spend - limit_e4 * size_e2
        size_e2 = min(size_e2 - 1, max(0, need.cash_micros - besides) // limit_e4)
    return None


def _sale(terms: LegTerms, leg: int, levels: tuple[Level, ...], size_e2: int) -> Route | None:
    while size_e2 > 0:
        taken, _ = walk(levels, size_e2, terms.cheapest_sale_e4, buying=False)
        if not taken:
            return None
        limit_e4 = taken[-1][0]
        offered_e2 = sum(size for _, size in taken)
        size_e2 = offered_e2 - offered_e2 % amount_step_e2(limit_e4, terms.amount_step_micros)
        if size_e2 == offered_e2:
            got = sum(price * size for price, size in taken)
            worth = got - fee_at_limit_micros(terms.fees, limit_e4, size_e2)
            return Route(Role.SELL, leg, size_e2, limit_e4, worth)
    return None


@frozen
class Need:
    """How much is to be traded away, and with what cash."""

    size_e2: int
    cash_micros: int


def _large_enough(terms: LegTerms, route: Route) -> bool:
    return route.size_e2 >= terms.min_size_e2 and route.size_e2 * route.limit_e4 >= terms.min_notional_micros


def _routes(trade: Trade, terms: Terms, fact: ExitBooksRead, rich: int, size_e2: int) -> list[Route]:
    """Every route by which the excess of leg ``rich`` can be reduced now."""
    poor = 1 - rich
    routes: list[Route | None] = []
    own, other = terms.legs[rich], terms.legs[poor]
    book, other_book = fact.books[rich], fact.books[poor]
    if trade.payouts[rich] is None and trade.payouts[poor] is None and other_book is not None:
        need = Need(size_e2, cash_left_micros(trade, poor))
        levels = other_book.asks_of(other.outcome)
        routes.append(_buy(other, Role.COMPLETE, poor, levels, need, other.dearest_buy_e4))
    if trade.payouts[rich] is None and book is not None:
        sellable_e2 = min(size_e2, fill_to_size_down_e2(fact.sellable_e6[rich]))
        routes.append(_sale(own, rich, book.bids_of(own.outcome), sellable_e2))
        need = Need(size_e2, cash_left_micros(trade, rich))
        levels = book.asks_of(own.outcome.other)
        routes.append(_buy(own, Role.COMPLEMENT, rich, levels, need, DOLLAR_E4 - own.cheapest_sale_e4))
    return [route for route in routes if route is not None]


def _buy_back(trade: Trade, terms: Terms, fact: ExitBooksRead, leg: int, size_e2: int) -> list[Route]:
    """A negative net is only bought back."""
    book, own = fact.books[leg], terms.legs[leg]
    if book is None or trade.payouts[leg] is not None:
        return []
    need = Need(size_e2, cash_left_micros(trade, leg))
    route = _buy(own, Role.COMPLETE, leg, book.asks_of(own.outcome), need, own.dearest_buy_e4)
    return [] if route is None else [route]


def _better(trade: Trade, a: Route, b: Route) -> bool:
    """Whether ``a`` is to be tried before ``b``: fewer empty tries first, then worth per contract, then size."""
    tried = recent_failures(trade, a.role, a.leg), recent_failures(trade, b.role, b.leg)
    if tried[0] != tried[1]:
        return tried[0] < tried[1]
    left, right = a.worth_micros * b.size_e2, b.worth_micros * a.size_e2
    return left > right or (left == right and a.size_e2 > b.size_e2)


def plan_exit(trade: Trade, fact: ExitBooksRead) -> ExitPlan | NoExit | None:
    """The next exit on these books, or why there is none; None while none is due."""
    terms = trade.terms
    if terms is None or not exits_due(trade):
        return None
    nets = nets_e6(trade)
    if min(nets) < 0:
        leg = 0 if nets[0] < 0 else 1
        size_e2 = fill_to_size_down_e2(-nets[leg])
        routes = _buy_back(trade, terms, fact, leg, size_e2)
    else:
        leg = 0 if nets[0] > nets[1] else 1
        size_e2 = fill_to_size_down_e2(nets[leg] - nets[1 - leg])
        routes = _routes(trade, terms, fact, leg, size_e2)
    if size_e2 == 0:
        return NoExit(StuckCause.DUST, "less than 0.01 contract is left")
    if exit_attempts(trade) >= terms.max_exit_attempts + trade.attempts_granted:
        return NoExit(StuckCause.BUDGET, "every permitted exit attempt was used")
    if not routes:
        return NoExit(StuckCause.ROUTES, "no route is open with depth inside the permitted prices and cash")
    allowed = [route for route in routes if _large_enough(terms.legs[route.leg], route)]
    if not allowed:
        return NoExit(StuckCause.ROUTES, "every open route is below its venue's minimum")
    best = allowed[0]
    for route in allowed[1:]:
        best = route if _better(trade, route, best) else best
    return ExitPlan(best.role, best.leg, best.size_e2, best.limit_e4)
