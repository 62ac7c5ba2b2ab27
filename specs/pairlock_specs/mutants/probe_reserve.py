"""Is what LOCKED reserves enough for the dearest thing that may happen? Tried out, order by order and fill by fill.

Orders are split into the tiniest fills, because a venue that rounds each fill up takes most then. Micro-dollars.
"""

from __future__ import annotations

from attrs import evolve

from pairlock.exposure import exit_loss_bound_micros, reservation_for
from pairlock.fees import (
    FeeKind,
    FeeSchedule,
    fee_of_fills_micros,
    kalshi_quadratic,
    polymarket_curve,
    spend_at_limit_micros,
)
from pairlock.model import LegTerms, Terms
from pairlock.units import cost_up_micros, size_to_fill_e6
from pairlock_specs.claim import Wrong
from pairlock_specs.explore import Explorer
from pairlock_specs.mutants.probe import Probe
from pairlock_specs.scope import Part, terms_of

_FREE = FeeSchedule("free", FeeKind.FLAT, 0)
_SCHEDULES = (
    polymarket_curve(250_000),
    polymarket_curve(100),
    polymarket_curve(0),
    kalshi_quadratic(),
    kalshi_quadratic(direct_member=False),
    _FREE,
)
_ATTEMPTS = 3
_SIZE_E2 = 300


def _fills(schedule: FeeSchedule, size_e2: int) -> list[int]:
    """As many fills as are assumed, all but one of them tiny; whole hundredths where a venue rounds the total."""
    tiny = schedule.max_fills - 1 if schedule.per_fill else 0
    return [*([1] * tiny), size_to_fill_e6(size_e2) - tiny]


def _charged(schedule: FeeSchedule, price_e4: int, size_e2: int) -> int:
    """The venue's charge for an order of this size, so split."""
    return fee_of_fills_micros(schedule, [(price_e4, fill) for fill in _fills(schedule, size_e2)])


def _paid(schedule: FeeSchedule, price_e4: int, sizes_e2: tuple[int, ...]) -> int:
    """Cost and charge of orders of these sizes, each fill's cost rounded up."""
    cost = sum(cost_up_micros(price_e4, fill) for size in sizes_e2 for fill in _fills(schedule, size))
    return cost + sum(_charged(schedule, price_e4, size) for size in sizes_e2)


def _terms(schedule: FeeSchedule, dearest_e4: int) -> Terms:
    plain = terms_of(Part())
    first, second = (
        evolve(
            leg,
            limit_e4=5_000,
            fees=schedule,
            dearest_buy_e4=dearest_e4,
            cheapest_sale_e4=10_000 - dearest_e4,
        )
        for leg in plain.legs
    )
    return evolve(plain, legs=(first, second), size_e2=_SIZE_E2, max_exit_attempts=_ATTEMPTS)


def _short(terms: Terms, leg: LegTerms, held: int) -> Wrong:
    """Every price that an exit may pay, in one order and in as many as are permitted."""
    entry = _paid(leg.fees, leg.limit_e4, (terms.size_e2,))
    part = terms.size_e2 // _ATTEMPTS
    for price_e4 in (1, leg.limit_e4, 5_000, leg.dearest_buy_e4):
        if price_e4 > leg.dearest_buy_e4:
            continue
        for sizes in ((terms.size_e2,), (part,) * _ATTEMPTS):
            needed = entry + _paid(leg.fees, price_e4, sizes)
            if needed > held:
                return f"{leg.fees.name}: exits of {sizes} e2 at {price_e4} e4 need {needed} micros, {held} are held"
    return None


def reserve_enough(_: Explorer) -> Wrong:
    """Claims 13 and 14: no chain of the entry and its permitted exits can cost more cash than was reserved."""
    for schedule in _SCHEDULES:
        for dearest_e4 in (5_000, 9_900):
            terms = _terms(schedule, dearest_e4)
            reservation = reservation_for(terms)
            for number, leg in enumerate(terms.legs):
                wrong = _short(terms, leg, reservation.cash_micros[number])
                if wrong is not None:
                    return wrong
    return None


def exit_admitted(_: Explorer) -> Wrong:
    """What an exit is checked against (its limit, every rounding) is within what was reserved for it."""
    for schedule in _SCHEDULES:
        for dearest_e4 in (5_000, 5_001, 9_900):
            terms = evolve(_terms(schedule, dearest_e4), max_exit_attempts=1)
            cash = min(reservation_for(terms).exit_cash_micros)
            needed = spend_at_limit_micros(schedule, dearest_e4, terms.size_e2)
            if needed > cash:
                return (
                    f"{schedule.name}: an exit at {dearest_e4} e4 needs {needed} micros, {cash} are reserved"
                )
    return None


def loss_bounded(_: Explorer) -> Wrong:
    """The declared exit loss covers a sale of everything at the worst permitted price, fees of entry and exits too."""
    for schedule in _SCHEDULES:
        terms = _terms(schedule, 9_900)
        bound = exit_loss_bound_micros(terms.legs, terms.size_e2, _ATTEMPTS)
        part = terms.size_e2 // _ATTEMPTS
        for leg in terms.legs:
            fees = _charged(schedule, leg.limit_e4, terms.size_e2)
            fees += _ATTEMPTS * _charged(schedule, leg.cheapest_sale_e4, part)
            lost = (leg.limit_e4 - leg.cheapest_sale_e4) * terms.size_e2 + fees
            if lost > bound:
                return f"{schedule.name}: a forced sale loses {lost} micros, the declared bound is {bound}"
    return None


RESERVE_PROBES: tuple[Probe, ...] = (
    Probe(
        "13-reserve-enough",
        "No entry with its permitted exits can cost more than was reserved, at any permitted price and split of fills.",
        reserve_enough,
    ),
    Probe(
        "13-exit-admitted",
        "A whole exit at the dearest permitted price passes the check of its cash, with every rounding counted.",
        exit_admitted,
    ),
    Probe(
        "13-exit-loss-bounded",
        "A sale of everything at the worst permitted price loses no more than the declared exit loss.",
        loss_bounded,
    ),
)
