"""What a signed order's two amounts mean: a limit price on the market's grid, shares, and dollars to spend.

The venue derives the limit from the ratio of the amounts. Official clients round one of the two to so many decimals
as the tick has, and two more, so the ratio of a market buy lies a little above the price that was meant: it is the
point of the grid at which the amounts differ by less than that last decimal.
"""

from __future__ import annotations

from attrs import frozen

from pairlock.units import DOLLAR_E4
from pairlock_adapters.laboratory.polymarket.order_request import OrderRequest
from pairlock_adapters.laboratory.polymarket.refusal import Refusal

_CENT_E6 = 10_000  # 0.01 dollar or share in 1/1,000,000


@frozen
class Terms:
    """``size_e6``: shares asked for at the limit; ``budget_micros``: dollars of a market buy, -1 for every other."""

    limit_e4: int
    size_e6: int
    budget_micros: int


def terms(request: OrderRequest, tick_e4: int, order_id: str) -> Terms:
    """The order's terms; ``Refusal`` where its amounts are off the grid or too fine."""
    order = request.order
    dollars, shares = (
        (order.maker_amount, order.taker_amount) if request.buys else (order.taker_amount, order.maker_amount)
    )
    step_micros = _amount_step(tick_e4)
    limit_e4 = _nearest(dollars, shares, tick_e4)
    if not tick_e4 <= limit_e4 <= DOLLAR_E4 - tick_e4 or not _meets(dollars, shares, limit_e4, step_micros):
        text = f"order {order_id} is invalid. Price ({_shown(dollars, shares)}) breaks minimum tick size rule"
        raise Refusal(400, text)
    coarse, fine = (dollars, shares) if request.spends else (shares, dollars)
    if coarse % _CENT_E6 or fine % step_micros:
        raise Refusal(400, _too_fine(request, step_micros))
    return Terms(limit_e4, shares, dollars if request.spends else -1)


def _nearest(dollars: int, shares: int, tick_e4: int) -> int:
    return (2 * dollars * DOLLAR_E4 + shares * tick_e4) // (2 * shares * tick_e4) * tick_e4


def _meets(dollars: int, shares: int, limit_e4: int, step_micros: int) -> bool:
    """Whether the amounts are those of the limit, but for the last decimal of one of them."""
    gap = abs(dollars * DOLLAR_E4 - shares * limit_e4)
    return gap < step_micros * max(limit_e4, DOLLAR_E4)


def _amount_step(tick_e4: int) -> int:
    """The finest step of the second amount, in 1/1,000,000: two decimals more than the tick has."""
    decimals = len(f"{tick_e4:04d}".rstrip("0"))
    return (10_000, 1_000, 100, 10, 1)[decimals]


def _shown(dollars: int, shares: int) -> str:
    return f"0.{dollars * 1_000_000 // shares:06d}".rstrip("0") if dollars < shares else "1"


def _too_fine(request: OrderRequest, step_micros: int) -> str:
    fine = 6 - (len(str(step_micros)) - 1)
    maker, taker = (2, fine) if request.spends or not request.buys else (fine, 2)
    what = f"{'market ' if request.spends else ''}{'buy' if request.buys else 'sell'} orders"
    return (
        f"invalid amounts, the {what} maker amount supports a max accuracy of {maker} decimals,"
        f" taker amount a max of {taker} decimals"
    )
