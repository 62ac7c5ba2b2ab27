"""Integer units of money, price and size, and the only roundings that the engine uses.

=============  ==========================  =========================
suffix         one unit is                 used for
=============  ==========================  =========================
``_e4``        1/10,000 dollar             prices, payouts per contract
``_e2``        1/100 contract              order sizes
``_e6``        1/1,000,000 contract        filled sizes (six decimals on Polymarket)
``_micros``    1/1,000,000 dollar          money
``_ms``        1 millisecond               times and deadlines
``_ppm``       1/1,000,000                 rates and shares of a whole
=============  ==========================  =========================

Rounding is always against us: what we pay is rounded up, what we get is rounded down.
"""

from __future__ import annotations

from math import gcd

DOLLAR_E4 = 10_000
DOLLAR_MICROS = 1_000_000
CONTRACT_E2 = 100
CONTRACT_E6 = 1_000_000
E6_PER_E2 = CONTRACT_E6 // CONTRACT_E2
PPM = 1_000_000

# price_e4 * fill_e6 counts 1e-10 dollars; a micro-dollar is 10,000 of them.
_PRICE_FILL_PER_MICRO = 10_000


def ceil_div(numerator: int, denominator: int) -> int:
    """Quotient rounded towards plus infinity (denominator > 0)."""
    return -((-numerator) // denominator)


def cost_up_micros(price_e4: int, fill_e6: int) -> int:
    """What ``fill_e6`` contracts cost at ``price_e4``, rounded up to the micro-dollar."""
    return ceil_div(price_e4 * fill_e6, _PRICE_FILL_PER_MICRO)


def proceeds_down_micros(price_e4: int, fill_e6: int) -> int:
    """What a sale of ``fill_e6`` contracts at ``price_e4`` brings, rounded down to the micro-dollar."""
    return (price_e4 * fill_e6) // _PRICE_FILL_PER_MICRO


def size_to_fill_e6(size_e2: int) -> int:
    """An order size in the unit of fills (exact)."""
    return size_e2 * E6_PER_E2


def fill_to_size_down_e2(fill_e6: int) -> int:
    """The largest order size that does not exceed ``fill_e6``; what is left over is dust, and dust is not zero."""
    return fill_e6 // E6_PER_E2


def amount_step_e2(price_e4: int, step_micros: int) -> int:
    """The size step at which size x price is whole in steps of ``step_micros`` (1 = any size)."""
    return step_micros // gcd(price_e4, step_micros)
