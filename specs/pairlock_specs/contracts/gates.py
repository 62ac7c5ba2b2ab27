"""Contracts of ``pairlock.gates``: what a gate lets pass is so, and what is unknown never passes."""

from __future__ import annotations

from attrs import evolve

from pairlock.book import Book
from pairlock.exit_bound import cheapest_exit_loss_micros
from pairlock.fees import spend_at_limit_micros
from pairlock.gates import (
    BALANCE,
    EXIT_BOUND,
    GATES,
    LATENCY,
    LIQUIDITY,
    PLATFORM,
    PROFITABILITY,
    RESOLUTION,
    GateInput,
    GateVerdict,
    _liquidity,
    _profitability,
    first_refusal,
    judge,
    p50_ms,
)
from pairlock_specs.contracts.values import (
    FEELESS,
    LIMITS,
    flat,
    gate_input,
    market_rules,
    opportunity,
)

FEES = flat(1_000, 1_000), flat(10_000)


def _passed(given: GateInput, gate: str) -> bool:
    return judge(given)[GATES.index(gate)].passed


def what_passes_is_profitable_in_the_worst_split(price_a_e4: int, price_b_e4: int, size_e2: int) -> None:
    """Gate 1 passes only where the payout exceeds the dearest spend on both legs (claim 16)."""
    assert 0 < price_a_e4 < 10_000
    assert 0 < price_b_e4 < 10_000
    assert size_e2 > 0
    verdict = _profitability(gate_input(opportunity(price_a_e4, price_b_e4), size_e2, fees=FEES))
    spend_micros = spend_at_limit_micros(FEES[0], price_a_e4, size_e2)
    spend_micros += spend_at_limit_micros(FEES[1], price_b_e4, size_e2)
    assert not verdict.passed or 10_000 * size_e2 - spend_micros > 0


def what_passes_earns_the_least_profit_a_contract(price_a_e4: int, price_b_e4: int, size_e2: int) -> None:
    """Gate 1 passes only where each contract earns more than the least profit that was configured."""
    assert 0 < price_a_e4 < 10_000
    assert 0 < price_b_e4 < 10_000 - price_a_e4
    assert size_e2 > 0
    least_micros = LIMITS.gates.min_net_profit_micros
    net_micros = (10_000 - price_a_e4 - price_b_e4) * size_e2
    passed = _profitability(gate_input(opportunity(price_a_e4, price_b_e4), size_e2)).passed
    assert not passed or net_micros * 100 > least_micros * size_e2


def what_passes_is_on_the_book(asked_e4: int, offered_e2: int, limit_e4: int, size_e2: int) -> None:
    """Gate 2 passes only where the whole size is offered at the limit or better."""
    assert 0 < asked_e4 < 10_000
    assert offered_e2 > 0
    assert 0 < limit_e4 < 10_000
    assert size_e2 > 0
    given = gate_input(
        opportunity(limit_e4, 9_999),
        size_e2,
        bids=((asked_e4 - 1, offered_e2),),
        asks=((asked_e4, offered_e2),),
    )
    if _liquidity(given).passed:
        assert asked_e4 <= limit_e4
        assert size_e2 <= offered_e2


def an_old_or_future_book_never_passes(now_ms: int) -> None:
    """Gate 3 passes only while both books are neither too old nor from the future."""
    assert -1_000_000 < now_ms < 1_000_000
    passed = _passed(gate_input(evolve(opportunity(), detected_at_ms=now_ms), 100, now_ms=now_ms), LATENCY)
    assert not passed or 0 <= now_ms <= LIMITS.gates.max_book_age_ms


def a_slow_or_silent_venue_never_passes(ping_ms: int, measured: bool) -> None:
    """Gate 4 passes only where a ping was measured and is below the limit."""
    assert ping_ms > -1_000_000
    given = gate_input(opportunity(), 100, ping_ms=ping_ms if measured else None)
    passed = _passed(given, PLATFORM)
    assert passed == (measured and 0 <= ping_ms < LIMITS.gates.max_ping_ms)


def what_passes_can_be_paid(balance_micros: int, needed_micros: int) -> None:
    """Gate 5 passes exactly where the venue shows at least what would be reserved, and that is something."""
    assert balance_micros >= -1_000_000
    given = gate_input(opportunity(), 100, balance_micros=balance_micros, needed_micros=needed_micros)
    passed = _passed(given, BALANCE)
    assert passed == (0 < needed_micros <= balance_micros)


def an_unreviewed_pair_never_passes(reviewed: bool) -> None:
    """Gate 6 passes exactly where a person reviewed the pair."""
    assert isinstance(reviewed, bool)
    passed = _passed(gate_input(opportunity(), 100, reviewed=reviewed), RESOLUTION)
    assert passed == reviewed


def what_passes_can_be_left_within_the_bound(bid_e4: int, offered_e2: int, size_e2: int) -> None:
    """Gate 7 passes only where selling one leg again, on the share of the depth that counts, loses no more."""
    assert 4_000 < bid_e4 < 5_000
    assert offered_e2 > 0
    assert size_e2 > 0
    given = gate_input(
        opportunity(4_000, 5_000),
        size_e2,
        bids=((bid_e4, offered_e2),),
        asks=((bid_e4 + 10, offered_e2),),
    )
    passed = _passed(given, EXIT_BOUND)
    sold_e2 = min(size_e2, offered_e2 // 2)
    if passed:
        assert 4_000 * size_e2 - bid_e4 * sold_e2 <= 2_500 * size_e2


def nothing_to_trade_never_passes(size_e2: int) -> None:
    """A size of nothing or less passes none of the gates that compute with it."""
    assert size_e2 <= 0
    verdicts = judge(gate_input(opportunity(), size_e2))
    refused = {verdict.gate for verdict in verdicts if not verdict.passed}
    assert {PROFITABILITY, LIQUIDITY, EXIT_BOUND} <= refused


def one_refusal_is_enough(
    one: bool, two: bool, three: bool, four: bool, five: bool, six: bool, seven: bool
) -> None:
    """A trade goes on only when all seven gates passed; else the first refusal in the fixed order is named."""
    assert isinstance(one, bool)
    passed = (one, two, three, four, five, six, seven)
    found = first_refusal([GateVerdict(gate, ok, "") for gate, ok in zip(GATES, passed, strict=True)])
    if found is None:
        assert all(passed)
    else:
        assert found.gate == GATES[passed.index(False)]


def the_median_ping_is_one_that_half_do_not_beat(one_ms: int, two_ms: int, three_ms: int) -> None:
    """The median ping is one that was measured, and at most one of three is above it and one below."""
    assert one_ms >= 0
    median_ms = p50_ms((one_ms, two_ms, three_ms))
    assert median_ms in (one_ms, two_ms, three_ms)
    assert sum(ping < median_ms for ping in (one_ms, two_ms, three_ms)) <= 1
    assert sum(ping > median_ms for ping in (one_ms, two_ms, three_ms)) <= 1


def a_sale_on_half_the_depth_is_declared_in_full(
    bid_e4: int, offered_e2: int, limit_e4: int, size_e2: int
) -> None:
    """With a bid as the only route, the declared loss is what was spent less what half of that bid's depth pays."""
    assert 0 < bid_e4 < 10_000
    assert offered_e2 >= 0
    assert 0 < limit_e4 < 10_000
    assert size_e2 > 0
    rules = market_rules("a", FEELESS)
    loss = cheapest_exit_loss_micros(
        size_e2=size_e2,
        outcome="yes",
        limit_e4=limit_e4,
        book=Book("a", ((bid_e4, offered_e2),), (), 0),
        rules=rules,
        other_limit_e4=10_000 - limit_e4,
        other_book=Book("b", (), (), 0),
        other_rules=rules,
        stress_ppm=500_000,
        slip_e4=0,
    )
    sold_e2 = min(size_e2, offered_e2 // 2) if bid_e4 >= limit_e4 else 0
    # Without a fee, selling YES and buying NO against the same bid are worth the same.
    assert loss.loss_micros == limit_e4 * size_e2 - bid_e4 * sold_e2
