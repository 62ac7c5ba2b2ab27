"""What leaving a trade whose one leg filled would lose on the present books: the bound behind the seventh gate. Pure.

Three routes (design, section 5): complete the missing leg, sell back, buy the complement on the same venue. Only a
share of every level counts, only prices that an exit may use, fees in their worst split; what finds no depth is
worth nothing. Of the missing leg's book only what is dearer than its limit counts: the leg is missing because what
stood at its limit was not there after all, and with it every opportunity could be completed at a gain and this bound
would bind nothing.
"""

from __future__ import annotations

from attrs import frozen

from pairlock.book import Book, Level, walk
from pairlock.fees import FeeSchedule, fee_of_fills_micros, spend_at_limit_micros
from pairlock.ports import MarketRules
from pairlock.units import CONTRACT_E2, DOLLAR_E4, DOLLAR_MICROS, PPM, size_to_fill_e6

COMPLETE = "complete"
SELL = "sell"
COMPLEMENT = "complement"
NO_ROUTE = "no route"


@frozen
class ExitLoss:
    """The cheapest route and what it loses, micro-dollars (negative: it gains). All that was spent for NO_ROUTE."""

    loss_micros: int
    route: str


def cheapest_exit_loss_micros(
    *,
    size_e2: int,
    outcome: str,
    limit_e4: int,
    book: Book,
    rules: MarketRules,
    other_limit_e4: int,
    other_book: Book,
    other_rules: MarketRules,
    stress_ppm: int,
    slip_e4: int = DOLLAR_E4,
) -> ExitLoss:
    """The loss by the cheapest route when ``size_e2`` of ``outcome`` filled at ``limit_e4`` and the other leg did not.

    ``book``, ``rules``: the venue that holds the fill; ``other_*``: the venue of the missing leg. ``stress_ppm``: the
    share of each level that counts. ``slip_e4``: how far from its leg's limit an exit may trade.
    """
    other = "no" if outcome == "yes" else "yes"
    not_missed = tuple(level for level in other_book.asks_of(other) if level[0] > other_limit_e4)
    spent_micros = spend_at_limit_micros(rules.fees, limit_e4, size_e2)
    routes = (
        (
            COMPLETE,
            _bought(not_missed, size_e2, other_limit_e4 + slip_e4, other_rules, stress_ppm),
        ),
        (SELL, _sold(book.bids_of(outcome), size_e2, limit_e4 - slip_e4, rules, stress_ppm)),
        (
            COMPLEMENT,
            _bought(book.asks_of(other), size_e2, DOLLAR_E4 - limit_e4 + slip_e4, rules, stress_ppm),
        ),
    )
    open_routes = [(worth_micros, name) for name, worth_micros in routes if worth_micros is not None]
    if not open_routes:
        return ExitLoss(spent_micros, NO_ROUTE)
    worth_micros, name = max(open_routes, key=lambda route: route[0])
    return ExitLoss(spent_micros - worth_micros, name)


def _stressed(levels: tuple[Level, ...], stress_ppm: int) -> tuple[Level, ...]:
    return tuple((price_e4, size_e2 * stress_ppm // PPM) for price_e4, size_e2 in levels)


def _taken(
    levels: tuple[Level, ...],
    size_e2: int,
    worst_e4: int,
    rules: MarketRules,
    stress_ppm: int,
    *,
    buying: bool,
) -> tuple[tuple[Level, ...], int, int]:
    """The levels that count, their whole size, and their whole price in micro-dollars; none where no order could be."""
    taken, left_e2 = walk(_stressed(levels, stress_ppm), size_e2, worst_e4, buying=buying)
    got_e2 = size_e2 - left_e2
    # price_e4 x size_e2 counts micro-dollars exactly
    price_micros = sum(price_e4 * part_e2 for price_e4, part_e2 in taken)
    # A venue judges an order's worth at its limit, which is the last level taken.
    notional_micros = min(price_micros, got_e2 * taken[-1][0]) if taken else 0
    if not rules.open or got_e2 < rules.min_size_e2 or notional_micros < rules.min_notional_micros:
        return (), 0, 0
    return taken, got_e2, price_micros


def _fee_micros(schedule: FeeSchedule, taken: tuple[Level, ...]) -> int:
    """The fee of an exit through known levels, each of which may split again."""
    fee_micros = fee_of_fills_micros(
        schedule, [(price_e4, size_to_fill_e6(part_e2)) for price_e4, part_e2 in taken]
    )
    return fee_micros + (schedule.max_fills * (schedule.round_micros + 1) if schedule.per_fill else 0)


def _bought(
    levels: tuple[Level, ...], size_e2: int, worst_e4: int, rules: MarketRules, stress_ppm: int
) -> int | None:
    """What buying the opposite token brings: a sure dollar for each contract, less price and fee. None: no depth."""
    taken, got_e2, price_micros = _taken(levels, size_e2, worst_e4, rules, stress_ppm, buying=True)
    if got_e2 == 0:
        return None
    return got_e2 * (DOLLAR_MICROS // CONTRACT_E2) - price_micros - _fee_micros(rules.fees, taken)


def _sold(
    levels: tuple[Level, ...], size_e2: int, worst_e4: int, rules: MarketRules, stress_ppm: int
) -> int | None:
    """What selling back brings, less the fee. None: no depth."""
    taken, got_e2, price_micros = _taken(levels, size_e2, worst_e4, rules, stress_ppm, buying=False)
    return price_micros - _fee_micros(rules.fees, taken) if got_e2 else None
