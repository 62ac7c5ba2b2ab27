"""Orders as Kalshi's V2 writes them, read into orders of the simulator; what cannot be read is refused in its words.

V2 has one book per market, quoted from the YES leg: side bid or ask. An ask with no YES to sell buys NO, and a bid
with NO held sells that: both are the same to the exchange, and the rows of the account then say what was meant.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pairlock.model import Outcome
from pairlock.units import DOLLAR_E4
from pairlock_adapters.laboratory.kalshi.rest import Wrong, error, wrong
from pairlock_adapters.simulated.matching import Tif
from pairlock_adapters.simulated.wire_order import SelfTrade, WireOrder, engine_tif

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.kalshi.face import KalshiFace

_DECIMAL = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,6}))?", re.ASCII)
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_REQUIRED = (
    "ticker", "client_order_id", "side", "count", "price", "time_in_force", "self_trade_prevention_type",
)  # fmt: skip
# What an order that names no expiry is taken to live for, where a fault needs it: the engine's entries live a second.
_LIFE_MS = 1_000


def amount(body: dict[str, object], key: str, places: int, code: str) -> int:
    """A decimal string in units of 10**-places, exactly. Raises Wrong."""
    text = body.get(key)
    found = _DECIMAL.fullmatch(text) if isinstance(text, str) else None
    part = (found[2] or "").rstrip("0") if found is not None else ""
    if found is None or len(part) > places:
        raise wrong(code, f"{key} must be a decimal string of at most {places} decimals")
    return int(found[1] + part.ljust(places, "0"))


def text_of(body: dict[str, object], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise wrong("missing_parameters", f"{key} is required")
    return value


def flag_of(body: dict[str, object], key: str) -> bool:
    value = body.get(key)
    if value is not None and not isinstance(value, bool):
        raise wrong("invalid_parameters", f"{key} must be a boolean")
    return bool(value)


def side_of(body: dict[str, object]) -> str:
    side = text_of(body, "side")
    if side not in ("bid", "ask"):
        raise wrong("invalid_parameters", "side must be bid or ask")
    return side


def order_of(face: KalshiFace, body: dict[str, object]) -> WireOrder:
    """The order that the body asks for, as far as it can be read. Raises Wrong."""
    for key in _REQUIRED:
        text_of(body, key)
    client_id = text_of(body, "client_order_id")
    if not _CLIENT_ID.fullmatch(client_id):
        raise wrong("invalid_parameters", "client_order_id has up to 64 of A-Z, a-z, 0-9, _ and -")
    side = side_of(body)
    price_e4, size_e2 = amount(body, "price", 4, "invalid_price"), amount(body, "count", 2, "invalid_count")
    if not 0 < price_e4 < DOLLAR_E4:
        raise wrong("invalid_price", "price must be between 0 and 1")
    if size_e2 == 0:
        raise wrong("invalid_count", "count must be above 0")
    tif = _tif(body)
    post_only, reduce_only = flag_of(body, "post_only"), flag_of(body, "reduce_only")
    if post_only and tif is not Tif.GOOD_TILL_CANCELED:
        raise wrong("invalid_parameters", "post_only orders must be good_till_canceled")
    if reduce_only and tif is not Tif.IMMEDIATE_OR_CANCEL:
        raise wrong("invalid_parameters", "reduce_only orders must be immediate_or_cancel")
    expires_ms = _expiry(face, body)
    outcome, buys = orientation(face, text_of(body, "ticker"), side, size_e2)
    now_ms = face.exchange.timeline.advance()
    return WireOrder(
        client_id, face.venue, text_of(body, "ticker"), outcome, buys, size_e2,
        price_e4 if outcome is Outcome.YES else DOLLAR_E4 - price_e4, engine_tif(tif),
        expires_ms if expires_ms >= 0 else now_ms + _LIFE_MS, tif=tif, wire_id=client_id, expires_ms=expires_ms,
        post_only=post_only, reduce_only=reduce_only, self_trade=_self_trade(body),
    )  # fmt: skip


def orientation(face: KalshiFace, ticker: str, side: str, size_e2: int) -> tuple[Outcome, bool]:
    """A bid buys YES or closes NO, an ask closes YES or buys NO: whichever the account can."""
    account = face.exchange.account
    closes = Outcome.NO if side == "bid" else Outcome.YES
    if account.held_e6(ticker, closes) >= size_e2 * 10_000:
        return closes, False
    return (Outcome.YES if side == "bid" else Outcome.NO), True


def _tif(body: dict[str, object]) -> Tif:
    try:
        return Tif(text_of(body, "time_in_force"))
    except ValueError:
        raise wrong("invalid_parameters", "time_in_force is not one that is known") from None


def _self_trade(body: dict[str, object]) -> SelfTrade:
    how = text_of(body, "self_trade_prevention_type")
    if how not in (SelfTrade.TAKER.value, SelfTrade.MAKER.value):
        raise wrong("invalid_parameters", "self_trade_prevention_type must be taker_at_cross or maker")
    return SelfTrade(how)


def _expiry(face: KalshiFace, body: dict[str, object]) -> int:
    """``expiration_time`` (seconds since 1970) on the venues' time; -1 where none is named."""
    at_s = body.get("expiration_time")
    if at_s is None:
        return -1
    if isinstance(at_s, bool) or not isinstance(at_s, int):
        raise wrong("invalid_parameters", "expiration_time must be whole seconds since 1970")
    at_ms = face.lab.at_ms(at_s * 1_000)
    if at_ms <= face.exchange.timeline.advance():
        raise wrong("invalid_order", "expiration_time has passed")
    return at_ms


def foreign_account() -> Wrong:
    """Every other account is empty: whatever it orders it cannot pay."""
    return Wrong(error(400, "insufficient_balance"))
