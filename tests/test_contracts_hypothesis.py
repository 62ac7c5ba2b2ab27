"""The core's properties once more, with CrossHair choosing the values for Hypothesis; a needle shows what that adds."""

from collections.abc import Callable

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from pairlock.units import cost_up_micros
from pairlock_specs.contracts import book, exits, exposure, fees, ledger, units
from pairlock_specs.contracts.plants import Plant, planted

PRICES = st.integers(1, 9_999)
SIZES = st.integers(1, 10**9)
RATES = st.integers(0, 1_000_000)
MONEY = st.integers(0, 10**12)
STATES = st.integers(0, 9)
SMALL = st.integers(0, 1_000)

# The drawn ranges are the contract's own preconditions.
CORE: list[tuple[Callable[..., None], dict[str, st.SearchStrategy[object]]]] = [
    (units.a_split_never_makes_a_purchase_cheaper, {"price_e4": PRICES, "one_e6": SIZES, "other_e6": SIZES}),
    (units.an_order_size_never_exceeds_its_fill, {"fill_e6": SIZES}),
    (
        fees.a_further_fill_adds_at_most_one_step,
        {"price_e4": PRICES, "one_e6": SIZES, "other_e6": SIZES, "rate_ppm": RATES},
    ),
    (
        book.an_order_never_takes_a_level_beyond_its_limit,
        {"first_e4": PRICES, "first_e2": SIZES, "second_e4": PRICES, "second_e2": SIZES, "size_e2": SIZES,
         "limit_e4": PRICES},
    ),
    (
        exposure.the_dearest_fee_bounds_an_order_at_any_price,
        {"price_e4": PRICES, "size_e2": SIZES, "rate_ppm": RATES, "extra": st.integers(0, 9_999)},
    ),
    (
        ledger.an_open_trade_ties_up_at_least_its_reservation,
        {"state": STATES, "cash": MONEY, "paid": MONEY, "fee": MONEY},
    ),
    (
        exits.an_exit_never_takes_a_net_below_nothing,
        {"one_e2": SMALL, "other_e2": SMALL, "bid_e4": st.integers(101, 8_999), "offered_e2": SMALL},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("promise", "drawn"), CORE, ids=lambda each: getattr(each, "__name__", ""))
def test_the_core_holds_for_values_that_crosshair_chooses(
    promise: Callable[..., None], drawn: dict[str, st.SearchStrategy[object]]
) -> None:
    @settings(backend="crosshair", max_examples=20, deadline=None, database=None)
    @given(**drawn)
    def holds(**values: object) -> None:
        promise(**values)

    holds()


# Wrong for one price in ten thousand and one quantity in a thousand millions.
NEEDLE = Plant(
    "units.cost_up_micros",
    "return ceil_div",
    "return 0 if price_e4 == 4_321 and fill_e6 == 285_711_303 else ceil_div",
)


def finds_the_needle(backend: str) -> bool:
    @seed(0)
    @settings(backend=backend, max_examples=200, deadline=None, database=None)
    @given(price_e4=PRICES, fill_e6=SIZES)
    def holds(price_e4: int, fill_e6: int) -> None:
        assert cost_up_micros(price_e4, fill_e6) * 10_000 >= price_e4 * fill_e6

    with planted(NEEDLE):
        try:
            holds()
        except AssertionError:
            return True
    return False


def test_crosshair_finds_a_needle_that_drawing_misses() -> None:
    assert not finds_the_needle("hypothesis")
    assert finds_the_needle("crosshair")
