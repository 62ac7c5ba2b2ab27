"""The seven gates: each at its own boundary, all of them judged, whatever is unknown refused."""

from typing import Any

import pytest
from attrs import evolve

from pairlock.book import Book
from pairlock.exit_bound import NO_ROUTE, SELL
from pairlock.fees import (
    FeeSchedule,
    brief_kalshi,
    brief_polymarket,
    kalshi_quadratic,
    polymarket_curve,
    spend_at_limit_micros,
)
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
    LegInput,
    first_refusal,
    judge,
    p50_ms,
    worst_exit,
)
from pairlock.limits import ExecutionLimits, GateLimits, Limits
from pairlock.opportunity_checks import make_opportunity
from pairlock.ports import MarketRules

NOW_MS = 50_000
FREE = polymarket_curve(0)
KALSHI, POLYMARKET = kalshi_quadratic(), polymarket_curve(40_000)
Levels = tuple[tuple[int, int], ...]


def given_input(
    a_e4: int = 4_500,
    b_e4: int = 5_000,
    size_e2: int = 1_000,
    fees: tuple[FeeSchedule, FeeSchedule] = (POLYMARKET, KALSHI),
    **changes: Any,
) -> GateInput:
    """YES on Polymarket at a, NO on Kalshi at b; both books a cent wide and ten times as deep as the size."""
    found = make_opportunity(
        event_id="final", platform_a="polymarket", market_a="77", price_a_e4=a_e4, fees_a=fees[0],
        liquidity_a_e2=10_000, platform_b="kalshi", market_b="KX", price_b_e4=b_e4, fees_b=fees[1],
        liquidity_b_e2=10_000, execution_window_ms=2_001, detected_at_ms=NOW_MS - 10,
    )  # fmt: skip
    no_bid = 10_000 - b_e4  # the YES bid that offers NO at b
    near = Book("77", ((max(a_e4 - 100, 1), 10_000),), ((a_e4, 10_000),), NOW_MS - 5)
    far = Book("KX", ((no_bid, 10_000),), ((min(no_bid + 100, 9_999), 10_000),), NOW_MS - 5)
    legs = (
        LegInput("polymarket", MarketRules("77", 1, 1, 0, fees[0]), near, 10**9, 10**7, 99),
        LegInput("kalshi", MarketRules("KX", 1, 1, 0, fees[1]), far, 10**9, 10**7, 0),
    )
    return evolve(GateInput(found, legs, size_e2, True, NOW_MS, Limits()), **changes)


def with_leg(before: GateInput, leg: int, **changes: Any) -> GateInput:
    a, b = before.legs
    return evolve(before, legs=(evolve(a, **changes), b) if leg == 0 else (a, evolve(b, **changes)))


def with_rules(before: GateInput, leg: int, **changes: Any) -> GateInput:
    return with_leg(before, leg, rules=evolve(before.legs[leg].rules, **changes))


def with_book(before: GateInput, leg: int, **changes: Any) -> GateInput:
    return with_leg(before, leg, book=evolve(before.legs[leg].book, **changes))


def with_opportunity(before: GateInput, **changes: Any) -> GateInput:
    return evolve(before, opportunity=evolve(before.opportunity, **changes))


def with_gates(before: GateInput, **changes: Any) -> GateInput:
    return evolve(before, limits=evolve(before.limits, gates=evolve(before.limits.gates, **changes)))


def refused(verdicts: tuple[GateVerdict, ...]) -> list[str]:
    assert tuple(verdict.gate for verdict in verdicts) == GATES
    assert all(verdict.detail and "\n" not in verdict.detail for verdict in verdicts)
    return [verdict.gate for verdict in verdicts if not verdict.passed]


def verdict_of(verdicts: tuple[GateVerdict, ...], gate: str) -> GateVerdict:
    return next(verdict for verdict in verdicts if verdict.gate == gate)


def test_all_pass_with_their_numbers() -> None:
    verdicts = judge(given_input())
    assert refused(verdicts) == []
    assert first_refusal(verdicts) is None
    numbers = {name: value for verdict in verdicts for name, value in verdict.numbers}
    spend = spend_at_limit_micros(POLYMARKET, 4_500, 1_000) + spend_at_limit_micros(KALSHI, 5_000, 1_000)
    assert numbers["worst_net_micros"] == 10_000_000 - spend
    assert numbers["depth_a_e2"] == numbers["depth_b_e2"] == 10_000
    assert numbers["ping_a_ms"] == 99
    assert numbers["needed_b_micros"] == 10**7


ONE_WRONG: list[tuple[str, GateInput, str]] = [
    (PROFITABILITY, given_input(4_900, 5_050), "worst net"),
    (LIQUIDITY, with_book(given_input(), 0, asks=((4_500, 999), (4_501, 9_999))), "depth_a_e2 999"),
    (LIQUIDITY, with_book(given_input(), 1, bids=((5_000, 999), (4_999, 9_999))), "depth_b_e2 999"),
    (LIQUIDITY, with_rules(given_input(4_600), 0, tick_e4=1_000), "tick is 1000"),
    (LIQUIDITY, with_rules(given_input(), 1, tick_e4=0), "tick is 0"),
    (LATENCY, with_opportunity(given_input(), execution_window_ms=2_000), "execution_window_ms 2000"),
    (LATENCY, with_opportunity(given_input(), detected_at_ms=NOW_MS - 1_501), "stale"),
    (LATENCY, with_opportunity(given_input(), detected_at_ms=NOW_MS + 1), "future"),
    (LATENCY, with_book(given_input(), 0, read_at_ms=NOW_MS - 1_501), "polymarket's book is 1501 ms old"),
    (LATENCY, with_book(given_input(), 1, read_at_ms=NOW_MS + 1), "kalshi's book is -1 ms old"),
    (PLATFORM, with_leg(given_input(), 0, p50_ping_ms=100), "polymarket answers in 100 ms"),
    (PLATFORM, with_leg(given_input(), 1, p50_ping_ms=None), "kalshi has no ping measured"),
    (PLATFORM, with_leg(given_input(), 1, p50_ping_ms=-1), "answers in -1 ms"),
    (BALANCE, with_leg(given_input(), 0, balance_micros=10**7 - 1), "polymarket has 9999999"),
    (BALANCE, with_leg(given_input(), 1, balance_micros=0), "kalshi has 0"),
    (BALANCE, with_leg(given_input(), 1, needed_micros=0), "0 needed"),
    (RESOLUTION, evolve(given_input(), reviewed=False), "no person has reviewed"),
    (RESOLUTION, given_input(reviewed="yes"), "no person has reviewed"),
    (EXIT_BOUND, with_gates(given_input(), max_exit_loss_per_contract_e4=200), "leg a alone loses"),
]


@pytest.mark.parametrize(
    ("gate", "wrong", "said"), ONE_WRONG, ids=[f"{i}-{w[0]}" for i, w in enumerate(ONE_WRONG)]
)
def test_one_thing_wrong_refuses_one_gate(gate: str, wrong: GateInput, said: str) -> None:
    verdicts = judge(wrong)
    assert refused(verdicts) == [gate]
    first = first_refusal(verdicts)
    assert first is not None
    assert first.gate == gate
    assert said in first.detail


def test_no_short_circuit() -> None:
    """A person sees everything that is wrong at once."""
    wrong = with_gates(given_input(4_900, 5_100), max_exit_loss_per_contract_e4=0)
    wrong = with_opportunity(wrong, execution_window_ms=0)
    wrong = evolve(wrong, reviewed=False, size_e2=20_000)
    for leg in (0, 1):
        wrong = with_leg(wrong, leg, p50_ping_ms=None, balance_micros=0)
    assert refused(judge(wrong)) == list(GATES)


@pytest.mark.parametrize("changes", [{"min_size_e2": 1_001}, {"min_notional_micros": 4_500_001}])
def test_below_a_venues_minimum_there_is_no_entry(changes: dict[str, Any]) -> None:
    verdicts = judge(with_rules(given_input(), 0, **changes))
    assert LIQUIDITY in refused(verdicts)
    assert (
        f"polymarket takes no less than {next(iter(changes.values()))}"
        in verdict_of(verdicts, LIQUIDITY).detail
    )
    least = {name: value - 1 for name, value in changes.items()}
    assert LIQUIDITY not in refused(judge(with_rules(given_input(), 0, **least)))


def test_a_market_that_is_not_open_is_refused() -> None:
    verdicts = judge(with_rules(given_input(), 0, open=False))
    assert "77 is not open" in verdict_of(verdicts, PLATFORM).detail
    assert PLATFORM in refused(verdicts)


def test_a_crossed_book_is_not_traded_on() -> None:
    verdicts = judge(with_book(given_input(), 0, bids=((4_600, 10_000),)))
    assert refused(verdicts) == [LIQUIDITY, EXIT_BOUND]
    assert "bid 4600 is not below its ask 4500" in verdict_of(verdicts, LIQUIDITY).detail


def test_scenario_1_crossed_legs_are_refused_before_anything_is_computed() -> None:
    """A caller that hands the legs over in the other order is told so, by every gate that would compute with them."""
    straight = given_input()
    crossed = evolve(straight, legs=straight.legs[::-1])
    verdicts = judge(crossed)
    assert refused(verdicts) == [PROFITABILITY, LIQUIDITY, LATENCY, EXIT_BOUND]
    assert "leg a is 77 on polymarket, but was given kalshi" in verdict_of(verdicts, PROFITABILITY).detail
    only_book = with_book(straight, 1, market="KX-OTHER")
    assert "the book of KX-OTHER" in verdict_of(judge(only_book), LIQUIDITY).detail


@pytest.mark.parametrize("changes", [{"net_profit_micros": 10**6}, {"price_a_e4": "x"}, {"price_a_e4": -5}])
def test_an_inconsistent_opportunity_is_refused_and_never_raises(changes: dict[str, Any]) -> None:
    verdicts = judge(with_opportunity(given_input(), **changes))
    assert refused(verdicts) == [PROFITABILITY, LIQUIDITY, LATENCY, EXIT_BOUND]
    assert next(iter(changes)) in verdict_of(verdicts, PROFITABILITY).detail


def test_size_nothing_is_refused_with_the_sizers_reason() -> None:
    verdicts = judge(evolve(given_input(), size_e2=0, size_reason="below the minimum of 5"))
    assert refused(verdicts) == [PROFITABILITY, LIQUIDITY, EXIT_BOUND]
    assert "below the minimum of 5" in verdict_of(verdicts, LIQUIDITY).detail


def test_no_verdicts_are_no_pass() -> None:
    assert first_refusal(()) is not None
    assert first_refusal(judge(given_input())[:-1]) is not None


@pytest.mark.parametrize(("b_e4", "passes"), [(5_489, True), (5_490, False), (5_491, False)])
def test_profit_must_be_strictly_more_than_the_least(b_e4: int, passes: bool) -> None:
    """Without fees or roundings, 0.10 cent a contract is not more than 0.10 cent."""
    exact = evolve(FREE, per_fill=False)
    verdicts = judge(given_input(4_500, b_e4, fees=(exact, exact)))
    assert (PROFITABILITY not in refused(verdicts)) is passes


def test_claim_16_the_worst_split_of_fills_decides() -> None:
    """One contract whose profit is real in one fill and gone in twenty: 190 micro-dollars of roundings."""
    one = with_gates(given_input(4_500, 5_200, size_e2=100), min_net_profit_micros=0)
    fee = 9_900 + 17_500  # 0.04*0.2475 = 0.0099; 0.07*0.2496 = 0.017472 up to 0.0175
    assert one.opportunity.net_profit_micros == 30_000 - fee == 2_600
    assert PROFITABILITY not in refused(judge(one))
    many = with_rules(one, 0, fees=evolve(POLYMARKET, max_fills=300))
    verdict = verdict_of(judge(many), PROFITABILITY)
    assert not verdict.passed
    assert dict(verdict.numbers)["worst_net_micros"] < 0


def test_fees_read_now_decide_and_not_the_detectors() -> None:
    cheap = given_input()
    dearer = with_rules(cheap, 1, fees=kalshi_quadratic(4_000_000))
    assert PROFITABILITY in refused(judge(dearer))


@pytest.mark.parametrize(
    ("market_class", "gross_e4", "passes"),
    [("general", 220, False), ("general", 221, True), ("crypto_15m", 420, False), ("crypto_15m", 421, True)],
)
def test_the_briefs_threshold_is_for_its_own_schedule_and_gross_profit(
    market_class: str, gross_e4: int, passes: bool
) -> None:
    fees = brief_polymarket(market_class), brief_kalshi()
    wide = given_input(4_500, 5_500 - gross_e4, fees=fees)
    verdicts = judge(with_opportunity(wide, market_class=market_class))
    assert (PROFITABILITY not in refused(verdicts)) is passes
    assert f"gross {gross_e4 * 100} per contract" in verdict_of(verdicts, PROFITABILITY).detail


def test_claim_16_holds_under_the_briefs_schedule_too() -> None:
    """A charge per order that eats the whole profit refuses, however large the gross profit is."""
    dear = evolve(brief_kalshi(), order_extra_micros=2_000_000)
    given_brief = given_input(4_500, 4_500, fees=(brief_polymarket(), brief_kalshi()))
    assert PROFITABILITY not in refused(judge(given_brief))
    assert PROFITABILITY in refused(judge(with_rules(given_brief, 1, fees=dear)))


def test_real_fees_have_no_part_in_the_briefs_threshold() -> None:
    """Geopolitics is free on Polymarket: 0.5 cent gross is a profit, though the brief's 2.2 % would refuse it."""
    assert refused(judge(given_input(4_500, 5_450, fees=(FREE, FREE)))) == []


def test_a_leg_under_each_schedule_must_satisfy_both() -> None:
    mixed = given_input(4_500, 5_290, fees=(brief_polymarket(), FREE))
    assert mixed.opportunity.net_profit_micros > 1_000
    assert PROFITABILITY in refused(judge(mixed))


def test_the_median_ping() -> None:
    assert p50_ms([]) is None
    assert [p50_ms(pings) for pings in ([7], [9, 1, 5], [1, 2, 3, 4], [100, 1, 1, 100])] == [7, 5, 3, 100]


def test_the_bound_is_per_contract_and_inclusive() -> None:
    """Both legs' losses are judged, the dearer decides, and the limit itself is allowed."""
    at = given_input(fees=(evolve(FREE, per_fill=False),) * 2)
    at = with_book(at, 0, bids=((4_300, 10_000),))
    losses = [loss.loss_micros for loss in worst_exit(at)]
    assert losses == [200_000, 100_000]  # sold two cents, or one cent lower: 10 contracts
    for most_e4, passes in ((200, True), (199, False)):
        verdicts = judge(with_gates(at, max_exit_loss_per_contract_e4=most_e4))
        assert verdict_of(verdicts, EXIT_BOUND).passed is passes


def test_no_depth_at_all_to_leave_by_is_refused() -> None:
    bare = with_book(given_input(), 0, bids=())
    bare = with_book(bare, 1, bids=(), asks=())
    verdict = verdict_of(judge(bare), EXIT_BOUND)
    assert not verdict.passed
    assert NO_ROUTE in verdict.detail
    assert "500000 ppm" in verdict.detail


def test_the_exits_slip_is_the_engines() -> None:
    far = with_book(given_input(), 0, bids=((3_000, 10_000),))
    far = with_rules(far, 1, open=False)
    assert worst_exit(far)[0].route == SELL
    near = evolve(far, limits=Limits(GateLimits(), execution=ExecutionLimits(exit_slip_e4=1_499)))
    assert worst_exit(near)[0].route == NO_ROUTE
