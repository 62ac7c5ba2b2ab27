"""What markets paid the account, in Kalshi's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pairlock_adapters.laboratory.kalshi.market_rows import count, instant
from pairlock_adapters.laboratory.kalshi.order_rows import micros, traded
from pairlock_adapters.simulated.state import Result

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.kalshi.face import KalshiFace

_CENT_MICROS = 10_000
_SQL = (
    "SELECT p.market,p.outcome,p.qty_e6,p.paid_micros,p.paid_ms,m.result,p.per_contract_e4 FROM payouts p"
    " JOIN markets m ON m.market=p.market AND m.venue=p.venue WHERE p.venue=? AND p.outcome<>'both' ORDER BY p.id DESC"
)


def rows(face: KalshiFace, ticker: str) -> list[dict[str, object]]:
    """One row for each market that paid, the newest first."""
    found = []
    for market, outcome, qty_e6, paid_micros, paid_ms, result, per_e4 in list(
        face.exchange.truth.rows(_SQL, (face.venue,))
    ):
        if ticker not in ("", market):
            continue
        yes = outcome == "yes"
        yes_cents = (per_e4 if yes else 10_000 - per_e4) // 100
        done = traded(face, market)
        cost = micros(done.cost_micros)
        found.append({
            "ticker": market, "event_ticker": market, "market_result": _result(result),
            "yes_count_fp": count(qty_e6 // 10_000 if yes else 0), "no_count_fp": count(0 if yes else qty_e6 // 10_000),
            "yes_total_cost_dollars": cost if yes else "0.0000", "no_total_cost_dollars": "0.0000" if yes else cost,
            "revenue": paid_micros // _CENT_MICROS, "settled_time": instant(face.lab.wall_ms(paid_ms)),
            "fee_cost": micros(done.fees_micros), "value": yes_cents,
        })  # fmt: skip
    return found


def _result(result: str) -> str:
    if result in (Result.YES, Result.NO):
        return result
    return "void" if result == Result.VOID else "scalar"
