"""Questions to the venues' truth, and to what a trade's orders are for."""

from __future__ import annotations

from typing import Any

from pairlock.model import Order, Role
from pairlock.model import Trade as TradeValue
from pairlock.positions import EXITS
from pairlock_adapters.simulated.truth import Truth


def rows(truth: Truth, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    return list(truth.rows(sql, values))


def requests(truth: Truth, role: str = "entry") -> list[tuple[str, str]]:
    """(venue, intent id) of every order request that left us and that no fault copied: ``role`` entry or exit."""
    tif = "fill_or_kill" if role == "entry" else "immediate_or_cancel"
    sql = "SELECT venue,intent_id FROM requests WHERE tif=? AND fault_duplicate=0 ORDER BY id"
    return [(str(v), str(i)) for v, i in truth.rows(sql, (tif,))]


def owed(truth: Truth) -> int:
    """Contracts (1/1,000,000) that any account still holds; 0 once everything was exited or paid."""
    return sum(abs(int(q)) for (q,) in truth.rows("SELECT qty_e6 FROM positions WHERE qty_e6<>0"))


def exits(trade: TradeValue) -> list[Order]:
    return [order for order in trade.orders if order.role in EXITS]


def entries(trade: TradeValue) -> list[Order]:
    return [order for order in trade.orders if order.role is Role.ENTRY]


def filled_e6(truth: Truth, order: Order) -> int:
    """What an intent truly filled: every fill that did not fail."""
    sql = "SELECT coalesce(sum(qty_e6),0) FROM fills WHERE intent_id=? AND status<>'failed'"
    return int(next(truth.rows(sql, (order.intent_id,)))[0])


_MOVES = """
SELECT at_ms, what, venue, market, outcome, by_e6 FROM (
  SELECT matched_ms AS at_ms, 0 AS what, venue, market, outcome, (CASE WHEN buys THEN qty_e6 ELSE -qty_e6 END) AS by_e6
    FROM fills
  UNION ALL
  SELECT final_at_ms, 1, venue, market, outcome, (CASE WHEN buys THEN -qty_e6 ELSE qty_e6 END) FROM fills
    WHERE status='failed'
) ORDER BY at_ms, what
"""


def positions_over_time(truth: Truth) -> dict[tuple[str, str, str], list[int]]:
    """By (venue, market, outcome): what was bought less what was sold, after each match and each failed match."""
    held: dict[tuple[str, str, str], list[int]] = {}
    for _, _, venue, market, outcome, by_e6 in truth.rows(_MOVES):
        path = held.setdefault((venue, market, outcome), [0])
        path.append(path[-1] + by_e6)
    return held


def assert_never_oversold(truth: Truth) -> None:
    """No exit ever sold what was not held, but for a match that failed later (those are bought back)."""
    failed = {str(m) for (m,) in truth.rows("SELECT DISTINCT market FROM fills WHERE status='failed'")}
    for (venue, market, outcome), path in positions_over_time(truth).items():
        assert min(path) >= 0 or market in failed, (venue, market, outcome, path)
