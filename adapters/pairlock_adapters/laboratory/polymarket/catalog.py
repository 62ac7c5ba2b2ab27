"""Which markets the venue lists, in memory or paid long ago, by condition id and by token; and their last trades."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from functools import lru_cache

from pairlock.model import Outcome
from pairlock.units import DOLLAR_E4
from pairlock_adapters.laboratory.names import event_name, token_id
from pairlock_adapters.laboratory.polymarket.listing import OUTCOMES, Listing
from pairlock_adapters.simulated.effects import Condition
from pairlock_adapters.simulated.exchange import Exchange
from pairlock_adapters.simulated.matching import MatchBook
from pairlock_adapters.simulated.state import MarketState, MarketStatus, VenueOrder

_NAMES = "SELECT market FROM markets WHERE venue=? ORDER BY listed_ms,market"
# A book is not served in these.
_NO_BOOK = (Condition.RESTARTING, Condition.DISABLED, Condition.PAUSED)


class Catalog:
    """Of one exchange. ``wall_of_ms``: what turns the exchange's time into the wall clock's. ``title`` of a market,
    ``neg_risk``: those of the other exchange contract."""

    def __init__(
        self, exchange: Exchange, wall_of_ms: int, title: Callable[[str], str], neg_risk: Container[str]
    ) -> None:
        self._title = title
        self._neg_risk = neg_risk
        self._exchange = exchange
        self._wall_of_ms = wall_of_ms
        self._by_token: dict[str, tuple[str, Outcome]] = {}
        self._last: dict[str, tuple[int, bool]] = {}
        self._known: dict[str, None] = dict.fromkeys(
            str(name) for (name,) in exchange.truth.rows(_NAMES, (exchange.name,))
        )
        exchange.on_order.append(self._traded)

    def names(self) -> Iterator[str]:
        """Every market ever listed, oldest first."""
        for market in self._exchange.markets:
            self._known.setdefault(market)
        return iter(list(self._known))

    def state(self, market: str) -> MarketState | None:
        return self._exchange.markets.get(market) or self._exchange.ledger.market(market)

    def find(self, market: str) -> Listing | None:
        state = self.state(market)
        return None if state is None else self.listing(state)

    def all(self) -> list[Listing]:
        found = (self.find(market) for market in self.names())
        return [listing for listing in found if listing is not None]

    def by_token(self, token: str) -> tuple[str, Outcome] | None:
        """The market and outcome of a token."""
        found = self._by_token.get(token)
        if found is None and len(self._by_token) < 2 * sum(1 for _ in self.names()):
            for market in self._known:
                for outcome in OUTCOMES:
                    self._by_token[token_of(market, outcome)] = market, outcome
            found = self._by_token.get(token)
        return found

    def listing(self, state: MarketState) -> Listing:
        """The market as it is now."""
        exchange, spec = self._exchange, state.spec
        open_now = exchange.is_open(spec.market)
        paid = state.status is MarketStatus.PAID
        return Listing(
            market=spec.market,
            name=event_name(spec.market),
            question=self._title(spec.market),
            neg_risk=spec.market in self._neg_risk,
            event=spec.event_id,
            tokens=(token_of(spec.market, Outcome.YES), token_of(spec.market, Outcome.NO)),
            tick_e4=spec.tick_e4,
            min_size_e2=exchange.rules.min_size_e2,
            fees=spec.fees,
            accepting=open_now and exchange.takes_orders(exchange.timeline.now_ms()),
            closed=state.status is not MarketStatus.OPEN,
            uma={MarketStatus.OPEN: "", MarketStatus.RESOLVED: "proposed"}.get(state.status, "resolved"),
            yes_pays_e4=state.per_contract_e4(Outcome.YES) if paid else -1,
            end_ms=spec.resolve_at_ms + self._wall_of_ms,
            book=self.shown_book(state),
            last=self._last.get(spec.market),
        )

    def shown_book(self, state: MarketState) -> MatchBook:
        """The book that is shown: nothing where there is no liquidity, or nobody trades any more."""
        exchange, now_ms = self._exchange, self._exchange.timeline.now_ms()
        dry = exchange.is_in(Condition.NO_LIQUIDITY, now_ms) or state.dry_until_ms > now_ms
        return MatchBook() if dry or state.status is MarketStatus.PAID else state.book

    def serves_books(self) -> bool:
        now_ms = self._exchange.timeline.now_ms()
        return not any(self._exchange.is_in(condition, now_ms) for condition in _NO_BOOK)

    def _traded(self, at_ms: int, order: VenueOrder) -> None:
        if order.fills:
            fill = order.fills[-1]
            yes = order.outcome is Outcome.YES
            self._last[order.market] = fill.price_e4 if yes else DOLLAR_E4 - fill.price_e4, order.buys is yes


@lru_cache(maxsize=65_536)
def token_of(market: str, outcome: Outcome) -> str:
    """The token's id in decimal digits."""
    return str(token_id(market, outcome))
