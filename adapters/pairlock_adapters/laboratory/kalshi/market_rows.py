"""A market, its event and its series in Kalshi's words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pairlock.model import Outcome
from pairlock.units import DOLLAR_E4
from pairlock_adapters.laboratory.wire_json import number
from pairlock_adapters.simulated.effects import FOREVER_MS, Condition
from pairlock_adapters.simulated.exchange import Exchange
from pairlock_adapters.simulated.matching import levels_e2
from pairlock_adapters.simulated.state import MarketState, MarketStatus, Result
from pairlock_adapters.simulated.wire import decimal

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.kalshi.face import KalshiFace

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Of the taker's fee with multiplier 1, in millionths.
_BASE_RATE_PPM = 70_000
_LISTED_BEFORE_MS = 3_600_000
# What the query `status` calls the statuses of a market.
_ASKED = {"initialized": "unopened", "active": "open", "inactive": "paused", "closed": "closed",
          "determined": "closed", "finalized": "settled"}  # fmt: skip


def dollars(amount_e4: int) -> str:
    return decimal(amount_e4, 4)


def count(amount_e2: int) -> str:
    return decimal(amount_e2, 2)


def instant(wall_ms: int) -> str:
    """RFC 3339 with milliseconds."""
    text = (_EPOCH + timedelta(milliseconds=wall_ms)).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def seconds_of(text: str) -> int:
    """``instant`` read back, in whole seconds."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(seconds=1)


def status(state: MarketState, at_ms: int) -> str:
    if state.status is MarketStatus.PAID:
        return "finalized"
    if state.status is MarketStatus.RESOLVED:
        return "determined"
    if state.halted_until_ms <= at_ms:
        return "active"
    return "closed" if state.halted_until_ms > at_ms + FOREVER_MS // 2 else "inactive"


def asked_status(state: MarketState, at_ms: int) -> str:
    return _ASKED[status(state, at_ms)]


def result(state: MarketState) -> str:
    """ "" before it is determined. What pays neither a dollar nor nothing is scalar to a market."""
    if state.status is MarketStatus.OPEN:
        return ""
    return state.spec.result.value if state.spec.result in (Result.YES, Result.NO) else "scalar"


def multiplier_ppm(rate_ppm: int) -> int:
    """The series' multiplier from the taker's rate, to the nearest millionth."""
    return (rate_ppm * 1_000_000 + _BASE_RATE_PPM // 2) // _BASE_RATE_PPM


def shown(
    exchange: Exchange, state: MarketState, at_ms: int
) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """(bids, asks) in YES terms as the venue shows them now, best first; nothing where nobody offers."""
    dry = exchange.is_in(Condition.NO_LIQUIDITY, at_ms) or state.dry_until_ms > at_ms
    if dry or state.status is not MarketStatus.OPEN:
        return (), ()
    return levels_e2(state.book.bids), levels_e2(state.book.asks)


def orderbook(exchange: Exchange, state: MarketState, depth: int, at_ms: int) -> dict[str, object]:
    """Bids of each outcome, the best one last; of the best ``depth`` levels (0: all)."""
    bids, asks = shown(exchange, state, at_ms)
    no_bids = tuple((DOLLAR_E4 - price_e4, size_e2) for price_e4, size_e2 in asks)

    def ascending(levels: tuple[tuple[int, int], ...]) -> list[list[str]]:
        best = levels[:depth] if depth else levels
        return [[dollars(price_e4), count(size_e2)] for price_e4, size_e2 in reversed(best)]

    return {"yes_dollars": ascending(bids), "no_dollars": ascending(no_bids)}


def market(face: KalshiFace, state: MarketState, at_ms: int) -> dict[str, object]:
    """Everything that the specification requires, and what clients look at."""
    spec, lab = state.spec, face.lab
    bids, asks = shown(face.exchange, state, at_ms)
    bid, ask = bids[0] if bids else (0, 0), asks[0] if asks else (DOLLAR_E4, 0)
    traded = face.tape.of(spec.market)
    began_ms = lab.wall_ms(0) - _LISTED_BEFORE_MS
    close_ms = lab.wall_ms(spec.resolve_at_ms)
    row: dict[str, object] = {
        "ticker": spec.market, "event_ticker": spec.market, "market_type": "binary",
        "title": lab.title(spec.market), "subtitle": "", "yes_sub_title": "Yes", "no_sub_title": "No",
        "created_time": instant(began_ms), "updated_time": instant(began_ms), "open_time": instant(began_ms),
        "close_time": instant(close_ms), "expected_expiration_time": instant(close_ms),
        "expiration_time": instant(close_ms), "latest_expiration_time": instant(close_ms),
        "settlement_timer_seconds": face.exchange.rules.payout_delay_ms // 1_000,
        "status": status(state, at_ms), "response_price_units": "usd_cent",
        "notional_value_dollars": dollars(DOLLAR_E4),
        "yes_bid_dollars": dollars(bid[0]), "yes_bid_size_fp": count(bid[1]),
        "yes_ask_dollars": dollars(ask[0]), "yes_ask_size_fp": count(ask[1]),
        "no_bid_dollars": dollars(DOLLAR_E4 - ask[0]), "no_ask_dollars": dollars(DOLLAR_E4 - bid[0]),
        "last_price_dollars": dollars(traded.last_e4), "previous_price_dollars": dollars(traded.last_e4),
        "previous_yes_bid_dollars": dollars(bid[0]), "previous_yes_ask_dollars": dollars(ask[0]),
        "volume_fp": count(traded.volume_e2), "volume_24h_fp": count(traded.volume_e2),
        "liquidity_dollars": dollars(0), "open_interest_fp": count(traded.volume_e2),
        "result": result(state), "can_close_early": True, "fractional_trading_enabled": True,
        "expiration_value": "", "rules_primary": lab.title(spec.market), "rules_secondary": "",
        "price_level_structure": "linear_cent" if spec.tick_e4 == 100 else "tapered_deci_cent",
        "price_ranges": [{"start": dollars(0), "end": dollars(DOLLAR_E4), "step": dollars(spec.tick_e4)}],
    }  # fmt: skip
    if state.status is not MarketStatus.OPEN:
        row["settlement_value_dollars"] = dollars(state.per_contract_e4(Outcome.YES))
    if state.status is MarketStatus.PAID:
        row["settlement_ts"] = instant(close_ms + face.exchange.rules.payout_delay_ms)
    return row


def event(face: KalshiFace, state: MarketState, at_ms: int, *, nested: bool) -> dict[str, object]:
    ticker, title = state.spec.market, face.lab.title(state.spec.market)
    row: dict[str, object] = {
        "event_ticker": ticker, "series_ticker": ticker, "sub_title": "", "title": title, "category": "Laboratory",
        "collateral_return_type": "binary", "mutually_exclusive": False, "available_on_brokers": False,
        "product_metadata": None,
    }  # fmt: skip
    if nested:
        row["markets"] = [market(face, state, at_ms)]
    return row


def series(face: KalshiFace, state: MarketState) -> dict[str, object]:
    ticker = state.spec.market
    return {
        "ticker": ticker, "frequency": "custom", "title": face.lab.title(ticker), "category": "Laboratory",
        "tags": [], "settlement_sources": [], "contract_url": "", "contract_terms_url": "",
        "fee_type": "quadratic", "fee_multiplier": number(multiplier_ppm(state.spec.fees.rate_ppm), 6),
        "additional_prohibitions": [], "product_metadata": None,
    }  # fmt: skip
