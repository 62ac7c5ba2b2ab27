"""The venues' rules: ticks, minimums, steps and measured fees; and that every refusal has its words."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pairlock.facts import OrderReport, OutcomeUnknown, Reported
from pairlock.fees import brief_kalshi, fee_of_fills_micros, kalshi_quadratic, polymarket_curve
from pairlock_adapters.simulated import translate
from pairlock_adapters.simulated.rules import (
    Raw,
    Refused,
    Rounding,
    VenueKind,
    charges_micros,
    check,
    kalshi_rules,
    polymarket_rules,
    words,
)
from sim_support import buy, sell

KALSHI, POLYMARKET = kalshi_rules(), polymarket_rules()


@pytest.mark.parametrize(
    ("size_e2", "limit_e4", "refused"),
    [
        (1, 5_000, None),
        (0, 5_000, Refused.MINIMUM),
        (100, 5_050, Refused.TICK),
        (100, 0, Refused.TICK),
        (100, 10_000, Refused.TICK),
        (100, 9_900, None),
    ],
)
def test_kalshi(size_e2: int, limit_e4: int, refused: Refused | None) -> None:
    assert check(KALSHI, 100, buy("kalshi", size_e2, limit_e4)) is refused


@pytest.mark.parametrize(
    ("size_e2", "limit_e4", "refused"),
    [
        (500, 5_000, None),
        (499, 5_000, Refused.MINIMUM),
        (500, 1_900, Refused.NOTIONAL),
        (500, 2_000, None),
        (1_033, 5_700, Refused.NOTIONAL_STEP),  # 10.33 x 0.57 = 5.8881
        (1_050, 5_800, None),  # 10.50 x 0.58 = 6.09
        (500, 5_050, Refused.TICK),
    ],
)
def test_polymarket(size_e2: int, limit_e4: int, refused: Refused | None) -> None:
    assert check(POLYMARKET, 100, buy("polymarket", size_e2, limit_e4)) is refused


def test_only_buys_have_a_least_amount() -> None:
    assert check(POLYMARKET, 100, sell("polymarket", 500, 100)) is None


@pytest.mark.parametrize(
    ("price_e4", "count", "fee_micros"), [(4_500, 3, 52_000), (3_000, 1, 14_700), (100, 1, 700)]
)
def test_kalshi_charges_what_was_measured(price_e4: int, count: int, fee_micros: int) -> None:
    assert charges_micros(KALSHI, kalshi_quadratic(), [(price_e4, count * 1_000_000)]) == (fee_micros,)


def test_kalshi_rounds_the_orders_total_not_each_fill() -> None:
    parts = [(100, 1_000_000)] * 3  # 0.000693 each; three are 0.002079
    fees = charges_micros(KALSHI, kalshi_quadratic(), parts)
    assert sum(fees) == 2_100
    assert charges_micros(KALSHI, kalshi_quadratic(), parts[2:], parts[:2])[0] == fees[2]


@pytest.mark.parametrize(
    ("rounding", "fee_micros"), [(Rounding.UP, 36_800), (Rounding.NEAREST, 36_800), (Rounding.FLOOR, 36_790)]
)
def test_polymarkets_rounding_is_configured(rounding: Rounding, fee_micros: int) -> None:
    qty_e6 = 5_749_500  # 5.7495 x 0.04 x 0.8 x 0.2 = 0.0367968
    assert charges_micros(
        polymarket_rules(fee_rounding=rounding), polymarket_curve(40_000), [(8_000, qty_e6)]
    ) == (fee_micros,)


fills = st.lists(
    st.tuples(st.integers(1, 99).map(lambda c: c * 100), st.integers(1, 10**10)), min_size=1, max_size=6
)


@given(fills, st.sampled_from(list(Rounding)), st.integers(0, 100_000))
def test_no_rounding_of_a_venue_exceeds_the_engines_fee(
    parts: list[tuple[int, int]], rounding: Rounding, rate_ppm: int
) -> None:
    """Two independent computations: the engine's is never less, and equal where the venue rounds up."""
    for rules, schedule in (
        (evolve(KALSHI, fee_rounding=rounding), kalshi_quadratic()),
        (evolve(POLYMARKET, fee_rounding=rounding), polymarket_curve(rate_ppm)),
    ):
        charged, computed = sum(charges_micros(rules, schedule, parts)), fee_of_fills_micros(schedule, parts)
        assert 0 <= charged <= computed
        assert computed == charged or rounding is not Rounding.UP


def test_a_flat_schedule_is_refused() -> None:
    with pytest.raises(ValueError, match="curves only"):
        charges_micros(KALSHI, brief_kalshi(), [(5_000, 1)])


@pytest.mark.parametrize("kind", list(VenueKind))
@pytest.mark.parametrize("refused", list(Refused))
def test_every_refusal_is_read_as_certain_or_as_a_duplicate(kind: VenueKind, refused: Refused) -> None:
    raw = words(kind, refused, order_id="0xabc")
    said = translate.answer(kind, buy(kind.value, 500, 5_000), Raw(raw.status, raw.body, 5), 7)
    if refused is Refused.DUPLICATE:
        assert isinstance(said, OutcomeUnknown)
    else:
        assert isinstance(said, OrderReport)
        assert (said.reported, said.matched_e6, said.fills) == (Reported.CERTAIN, 0, ())
        assert said.reason
