"""Bodies that tell of markets: the order book's own (full, simplified, short) and Gamma's (markets, events)."""

from __future__ import annotations

import json

from pairlock.model import Outcome
from pairlock_adapters.laboratory.polymarket.book_bodies import best
from pairlock_adapters.laboratory.polymarket.json_text import Bare, trimmed
from pairlock_adapters.laboratory.polymarket.listing import OUTCOMES, Listing, iso, levels, pays_e4
from pairlock_adapters.simulated.state import Result

_ABOUT = "A market of the laboratory. It resolves by its seed, or when it is told to."
LABELS = {Outcome.YES: "Yes", Outcome.NO: "No"}


def _tokens(listing: Listing) -> list[dict[str, object]]:
    return [
        {
            "token_id": listing.token(outcome),
            "outcome": LABELS[outcome],
            "price": Bare(listing.worth_e4(outcome), 4),
            "winner": listing.result is not None and pays_e4(listing.result, outcome) == 10_000,
        }
        for outcome in OUTCOMES
    ]


_NO_REWARDS: dict[str, object] = {"rates": [], "min_size": 0, "max_spread": 0}


def simplified(listing: Listing) -> dict[str, object]:
    """A row of ``/simplified-markets``."""
    return {
        "condition_id": listing.market,
        "rewards": _NO_REWARDS,
        "tokens": _tokens(listing),
        "active": True,
        "closed": listing.closed,
        "archived": False,
        "accepting_orders": listing.accepting,
    }


def full(listing: Listing) -> dict[str, object]:
    """A row of ``/markets``, and the answer to ``/markets/{condition_id}``."""
    return {
        "enable_order_book": True,
        **simplified(listing),
        "minimum_order_size": Bare(listing.min_size_e2, 2),
        "minimum_tick_size": Bare(listing.tick_e4, 4),
        "question_id": listing.market,
        "question": listing.question,
        "description": _ABOUT,
        "market_slug": listing.slug,
        "end_date_iso": iso(listing.end_ms),
        "seconds_delay": 0,
        "fpmm": "",
        "maker_base_fee": 0,
        "taker_base_fee": 0,
        "notifications_enabled": False,
        "neg_risk": False,
        "neg_risk_market_id": "",
        "neg_risk_request_id": "",
        "icon": "",
        "image": "",
        "is_50_50_outcome": listing.result is Result.FIFTY_FIFTY,
        "tags": ["Laboratory"],
    }


def short(listing: Listing) -> dict[str, object]:
    """The answer to ``/clob-markets/{condition_id}``: what a trader needs, with the fee curve."""
    return {
        "gst": None,
        "r": {},
        "t": [{"t": listing.token(outcome), "o": LABELS[outcome]} for outcome in OUTCOMES],
        "mos": Bare(listing.min_size_e2, 2),
        "mts": Bare(listing.tick_e4, 4),
        "mbf": 0,
        "tbf": 0,
        "nr": False,
        "rfqe": False,
        "itode": False,
        "ibce": False,
        "fd": {"r": Bare(listing.fees.rate_ppm, 6), "e": listing.fees.exponent, "to": True},
        "oas": 0,
    }


def gamma_market(listing: Listing, *, with_event: bool = True) -> dict[str, object]:
    """A market as Gamma tells it: lists are JSON inside strings."""
    bids, asks = levels(listing.book, Outcome.YES)
    worths = [trimmed(listing.worth_e4(outcome), 4) for outcome in OUTCOMES]
    # Dollars that rest: 1/100 contract times 1/10,000 dollar is a micro-dollar.
    resting_micros = sum(e4 * e2 for e4, e2 in (*bids, *asks))
    told: dict[str, object] = {
        "id": listing.number,
        "question": listing.question,
        "conditionId": listing.market,
        "questionID": listing.market,
        "slug": listing.slug,
        "resolutionSource": "",
        "description": _ABOUT,
        "category": "Laboratory",
        "startDate": iso(0),
        "endDate": iso(listing.end_ms),
        "outcomes": json.dumps([LABELS[outcome] for outcome in OUTCOMES]),
        "outcomePrices": json.dumps(worths),
        "clobTokenIds": json.dumps(list(listing.tokens)),
        "active": True,
        "closed": listing.closed,
        "archived": False,
        "restricted": False,
        "enableOrderBook": True,
        "acceptingOrders": listing.accepting,
        "negRisk": False,
        "liquidity": trimmed(resting_micros, 6),
        "liquidityNum": Bare(resting_micros, 6),
        "volume": "0",
        "volumeNum": 0,
        "orderPriceMinTickSize": Bare(listing.tick_e4, 4),
        "orderMinSize": Bare(listing.min_size_e2, 2),
        "secondsDelay": 0,
        "makerBaseFee": 0,
        "takerBaseFee": 0,
        "feesEnabled": listing.fees.rate_ppm > 0,
        "feeSchedule": {
            "rate": Bare(listing.fees.rate_ppm, 6),
            "exponent": listing.fees.exponent,
            "takerOnly": True,
            "rebateRate": 0,
        },
        "umaResolutionStatus": "resolved" if listing.result is not None else "",
        "automaticallyResolved": listing.result is not None,
    }
    for name, side in (("bestBid", "BUY"), ("bestAsk", "SELL")):
        found = best(listing, Outcome.YES, side)
        if found is not None:
            told[name] = Bare(found, 4)
    if listing.last is not None:
        told["lastTradePrice"] = Bare(listing.last[0], 4)
    if with_event:
        told["events"] = [{"id": listing.event_number, "slug": listing.event, "title": listing.name}]
    return told


def gamma_event(listings: list[Listing]) -> dict[str, object]:
    """An event with its markets."""
    first = listings[0]
    closed = all(each.closed for each in listings)
    return {
        "id": first.event_number,
        "ticker": first.event,
        "slug": first.event,
        "title": first.name,
        "description": _ABOUT,
        "category": "Laboratory",
        "startDate": iso(0),
        "endDate": iso(max(each.end_ms for each in listings)),
        "active": True,
        "closed": closed,
        "archived": False,
        "restricted": False,
        "enableOrderBook": True,
        "negRisk": False,
        "markets": [gamma_market(each, with_event=False) for each in listings],
        "series": [],
        "tags": [],
    }
