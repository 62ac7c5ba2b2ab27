"""Markets over the control API: listed, moved, traded in by others, resolved; money and further accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.routing import Route

from pairlock.errors import UserError
from pairlock.model import Outcome
from pairlock.units import DOLLAR_E4
from pairlock_adapters.laboratory.config_pairs import book_from, pair_from
from pairlock_adapters.laboratory.control.asked import (
    body_of,
    choice,
    control_route,
    event_of,
    market_on,
    venue_of,
    venues_of,
    whole,
)
from pairlock_adapters.laboratory.names import kalshi_ticker
from pairlock_adapters.simulated.exchange import Exchange
from pairlock_adapters.simulated.execution import move
from pairlock_adapters.simulated.fault_parameters import Range
from pairlock_adapters.simulated.matching import Incoming, Tif, book_of, levels_e2
from pairlock_adapters.simulated.state import MarketState, MarketStatus, Result
from pairlock_adapters.simulated.worldgen import KALSHI

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.lab import Laboratory

_MOST_E4 = DOLLAR_E4 - 1
_MOST_SIZE_E2 = 10**10
_MOST_MICROS = 10**15


def market_routes(lab: Laboratory) -> list[Route]:
    control = MarketControl(lab)
    return [
        control_route("POST", "/pairs", control.listed),
        control_route("POST", "/books", control.book),
        control_route("POST", "/shift", control.shift),
        control_route("POST", "/take", control.take),
        control_route("POST", "/halt", control.halt),
        control_route("POST", "/resolve", control.resolve),
        control_route("POST", "/cash", control.cash),
        control_route("POST", "/identities", control.identity),
    ]


class MarketControl:
    def __init__(self, lab: Laboratory) -> None:
        self._lab = lab

    async def listed(self, request: Request) -> object:
        """A new event on both venues, told as a ``[[pair]]`` of a configuration; its row of ``pairs``."""
        body = await body_of(
            request, "name", "title", "tick_e4", "resolve_in_ms", "result", "yes_payout_e4", "neg_risk", "kalshi",
            "polymarket",
        )  # fmt: skip
        pair = pair_from(body, "the body")
        if self._lab.world.exchanges[KALSHI].ledger.knows_market(kalshi_ticker(pair.name)):
            raise UserError(f"there is an event {pair.name!r} already; give another name")
        row = self._lab.list_pair(pair)
        self._lab.pairs.append(row)
        return row

    async def book(self, request: Request) -> object:
        """The others' orders are these from now on; the account's own stay, and are met where they cross them."""
        body = await body_of(request, "venue", "event_id", "market", "bids", "asks")
        exchange, state = self._market(body)
        sides = {"bids": body.get("bids", []), "asks": body.get("asks", [])}
        book = book_from(sides, state.spec.tick_e4, "the body")
        at_ms = exchange.timeline.advance()
        with exchange.truth.commit(at_ms):
            exchange.resting.moved(state, lambda _: book_of(book.bids, book.asks), at_ms)
        return _shown(state)

    async def shift(self, request: Request) -> object:
        """Every order of the others ``by_e4`` higher (in YES terms; negative: lower)."""
        body = await body_of(request, "venue", "event_id", "market", "by_e4")
        by_e4 = whole(body, "by_e4", Range(-_MOST_E4, _MOST_E4))
        exchange, state = self._market(body)
        if by_e4 % state.spec.tick_e4:
            raise UserError(f"by_e4 is {by_e4}; use a multiple of the tick {state.spec.tick_e4}")
        with exchange.truth.commit(exchange.timeline.advance()):
            move(exchange, state, by_e4)
        return _shown(state)

    async def take(self, request: Request) -> object:
        """Somebody else buys or sells YES at once, up to a limit: of the account's own resting orders too."""
        body = await body_of(request, "venue", "event_id", "market", "side", "price_e4", "size_e2")
        exchange, state = self._market(body)
        buys = choice(body, "side", ("buy", "sell")) == "buy"
        price_e4, size_e2 = (
            whole(body, "price_e4", Range(1, _MOST_E4)),
            whole(body, "size_e2", Range(1, _MOST_SIZE_E2)),
        )
        taker = Incoming("others", Outcome.YES, buys, size_e2 * 10_000, price_e4, Tif.IMMEDIATE_OR_CANCEL)
        at_ms = exchange.timeline.advance()
        with exchange.truth.commit(at_ms):
            found = exchange.resting.taken(state, taker, at_ms)
        return {"filled_e2": found.filled_e6 // 10_000} | _shown(state)

    async def halt(self, request: Request) -> object:
        """The market takes no orders for a while (0: it opens again)."""
        body = await body_of(request, "venue", "event_id", "market", "for_ms")
        exchange, state = self._market(body)
        at_ms = exchange.timeline.advance()
        state.halted_until_ms = at_ms + whole(body, "for_ms", Range(0))
        with exchange.truth.commit(at_ms):
            exchange.ledger.update_market(state)
        exchange.tell_market(at_ms, state.spec.market)
        return {}

    async def resolve(self, request: Request) -> object:
        """The event is decided, on one venue or both; it pays after the venue's own delay."""
        body = await body_of(request, "venue", "event_id", "market", "outcome", "yes_payout_e4")
        result = Result(choice(body, "outcome", tuple(each.value for each in Result)))
        payout_e4 = whole(body, "yes_payout_e4", Range(0, DOLLAR_E4), DOLLAR_E4 // 2)
        places = [market_on(self._lab, venue, event_of(body)) for venue in venues_of(body)]
        for _, state in places:
            if state.status is not MarketStatus.OPEN:
                raise UserError(
                    f"{state.spec.market} is resolved already; name another event, or the other venue"
                )
        for exchange, state in places:
            exchange.settlement.resolve_now(state.spec.market, result, payout_e4)
        return {}

    async def cash(self, request: Request) -> object:
        """Money comes to the main account from outside, or goes (negative, never below nought)."""
        body = await body_of(request, "venue", "micros")
        exchange = self._lab.world.exchanges[venue_of(body)]
        micros = whole(body, "micros", Range(-_MOST_MICROS, _MOST_MICROS))
        if exchange.account.cash_micros + micros < 0:
            raise UserError(
                f"micros is {micros}, more than the {exchange.account.cash_micros} there are; take less"
            )
        exchange.deposit(micros)
        return {"cash_micros": exchange.account.cash_micros}

    async def identity(self, request: Request) -> object:
        """A further account, with nothing in it."""
        body = await body_of(request, "venue")
        return self._lab.faces[venue_of(body)].make_identity()

    def _market(self, body: dict[str, object]) -> tuple[Exchange, MarketState]:
        return market_on(self._lab, venue_of(body), event_of(body))


def _shown(state: MarketState) -> dict[str, object]:
    return {"bids": levels_e2(state.book.bids), "asks": levels_e2(state.book.asks)}
