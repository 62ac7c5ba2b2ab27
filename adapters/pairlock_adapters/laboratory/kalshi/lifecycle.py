"""What Kalshi's socket says of a market's life: made, halted, with other ticks or fees, determined, settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pairlock.model import Outcome
from pairlock_adapters.laboratory.kalshi.market_rows import (
    dollars,
    instant,
    multiplier_ppm,
    price_structure,
    result,
    status,
)
from pairlock_adapters.laboratory.wire_json import number
from pairlock_adapters.simulated.state import MarketState

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.kalshi.face import KalshiFace

Frame = dict[str, object]


@frozen
class Seen:
    """What was told last of a market."""

    status: str
    tick_e4: int
    rate_ppm: int
    resolve_at_ms: int


def seen_of(state: MarketState, at_ms: int) -> Seen:
    spec = state.spec
    return Seen(status(state, at_ms), spec.tick_e4, spec.fees.rate_ppm, spec.resolve_at_ms)


def changes(face: KalshiFace, state: MarketState, before: Seen | None, at_ms: int) -> list[Frame]:
    """The messages, without their ``sid``, that tell what changed since ``before`` (None: the market is new)."""
    market, now = state.spec.market, seen_of(state, at_ms)
    if before is None:
        return _created(face, state)
    found: list[Frame] = []
    if now.status != before.status:
        found += [_of_status(face, state, now.status, at_ms)]
    if now.tick_e4 != before.tick_e4:
        structure = price_structure(now.tick_e4)
        found.append(_told(market, "price_level_structure_updated", price_level_structure=structure))
    if now.resolve_at_ms != before.resolve_at_ms:
        close_s = face.lab.wall_ms(now.resolve_at_ms) // 1_000
        found.append(_told(market, "close_date_updated", close_ts=close_s))
    if now.rate_ppm != before.rate_ppm:
        found.append(_fees(face, state, at_ms))
    return found


def _told(market: str, what: str, **more: object) -> Frame:
    return {"type": "market_lifecycle_v2", "msg": {"event_type": what, "market_ticker": market, **more}}


def _created(face: KalshiFace, state: MarketState) -> list[Frame]:
    lab, market = face.lab, state.spec.market
    title, close_s = lab.title(market), lab.wall_ms(state.spec.resolve_at_ms) // 1_000
    metadata = {
        "name": title, "title": title, "yes_sub_title": "Yes", "no_sub_title": "No", "rules_primary": title,
        "rules_secondary": "", "can_close_early": True, "event_ticker": market, "expected_expiration_ts": close_s,
    }  # fmt: skip
    open_s = lab.wall_ms(0) // 1_000
    structure = price_structure(state.spec.tick_e4)
    return [
        _told(
            market,
            "created",
            open_ts=open_s,
            close_ts=close_s,
            price_level_structure=structure,
            additional_metadata=metadata,
        ),
        _told(market, "activated", is_deactivated=False),
    ]


def _of_status(face: KalshiFace, state: MarketState, now: str, at_ms: int) -> Frame:
    market, at_s = state.spec.market, face.lab.wall_ms(at_ms) // 1_000
    if now == "active":
        return _told(market, "activated", is_deactivated=False)
    if now in ("inactive", "closed"):
        return _told(market, "deactivated", is_deactivated=True)
    value = dollars(state.per_contract_e4(Outcome.YES))
    if now == "determined":
        return _told(
            market, "determined", result=result(state), determination_ts=at_s, settlement_value=value
        )
    return _told(market, "settled", result=result(state), settled_ts=at_s, settlement_value=value)


def _fees(face: KalshiFace, state: MarketState, at_ms: int) -> Frame:
    """Another multiplier, in force at once; the history of changes has a row of it."""
    market, multiplier = state.spec.market, number(multiplier_ppm(state.spec.fees.rate_ppm), 6)
    now = instant(face.lab.wall_ms(at_ms))
    ident = face.lab.ident("fee change", market, len(face.fee_changes))
    face.fee_changes.append({
        "id": ident, "series_ticker": market, "fee_type": "quadratic", "fee_multiplier": multiplier,
        "scheduled_ts": now,
    })  # fmt: skip
    return {
        "type": "event_fee_update",
        "msg": {
            "event_ticker": market,
            "fee_type_override": "quadratic",
            "fee_multiplier_override": multiplier,
        },
    }
