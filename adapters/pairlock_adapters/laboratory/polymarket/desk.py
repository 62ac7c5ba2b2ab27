"""What the handlers and sockets of the Polymarket face ask of the laboratory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attrs import frozen

from pairlock.fees import FeeSchedule
from pairlock.model import Outcome
from pairlock.ports import OrderIntent
from pairlock.units import DOLLAR_E4
from pairlock_adapters.laboratory.polymarket import book_bodies
from pairlock_adapters.laboratory.polymarket.catalog import Catalog
from pairlock_adapters.laboratory.polymarket.heartbeats import Heartbeats
from pairlock_adapters.laboratory.polymarket.listing import Listing
from pairlock_adapters.laboratory.polymarket.logins import ApiKey, Logins
from pairlock_adapters.laboratory.polymarket.order_bodies import Owner, TradeFacts, mined_ms
from pairlock_adapters.laboratory.polymarket.refusal import Refusal
from pairlock_adapters.simulated.effects import Condition, Effect
from pairlock_adapters.simulated.rules import Refused, VenueKind, words
from pairlock_adapters.simulated.state import VenueFill, VenueOrder
from pairlock_adapters.simulated.wire_order import WireOrder
from pairlock_adapters.simulated.worldgen import POLYMARKET

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.lab import Laboratory


@frozen
class AccountOf:
    """The account that has the money: ``maker`` holds it, ``signer``'s key signs for it. Addresses in lower case."""

    maker: str
    signer: str
    signature_type: int
    chain_id: int

    def is_of(self, key: ApiKey, signature_type: int) -> bool:
        """Whether the key's owner, trading with a wallet of this kind, is the account."""
        return key.address == self.signer and signature_type == self.signature_type


class Desk:
    """``wall_of_ms``: what to add to the exchange's time to have the wall clock's."""

    def __init__(self, lab: Laboratory) -> None:
        who = lab.polymarket_identity
        self.lab = lab
        self.door = lab.door(POLYMARKET)
        self.exchange = self.door.exchange
        self.clock = lab.clock
        self.account = AccountOf(who.funder.lower(), who.address.lower(), who.signature_type, who.chain_id)
        self.wall_of_ms = lab.wall_ms(0)
        self.revoked = lab.revoked[POLYMARKET]
        self.logins = Logins(f"{lab.settings.seed}", who.chain_id)
        self.catalog = Catalog(self.exchange, self.wall_of_ms, lab.title, lab.neg_risk)
        self.builder_keys: dict[str, list[str]] = {}
        self.heartbeats = Heartbeats(self)
        self._sent: dict[str, WireOrder] = {}
        self.exchange.on_order.append(self._matched)

    def _matched(self, at_ms: int, order: VenueOrder) -> None:
        """A match that is not final at once is told of again when it is mined, or sent anew."""
        for fill in order.fills:
            if fill.matched_ms == at_ms and fill.status == "pending" and fill.fails < 2:
                self.exchange.timeline.at(
                    mined_ms(fill), lambda then_ms: self.exchange.tell(then_ms, [order])
                )

    # Time.

    def wall_ms(self) -> int:
        return self.clock.now_ms() + self.wall_of_ms

    def wall_s(self, at_ms: int) -> int:
        """An instant of the exchange in Unix seconds."""
        return (at_ms + self.wall_of_ms) // 1000

    def day(self, wall_ms: int) -> str:
        return datetime.fromtimestamp(wall_ms // 1000, UTC).date().isoformat()

    # Reads.

    def book(self, listing: Listing, outcome: Outcome) -> dict[str, object]:
        """The book of one token; ``Refusal`` where the venue serves none."""
        if not self.catalog.serves_books():
            raise Refusal(425 if self.is_in(Condition.RESTARTING) else 503, "books are not served now")
        return book_bodies.book(listing, outcome, self.wall_ms())

    def is_in(self, condition: Condition) -> bool:
        return self.exchange.is_in(condition, self.exchange.timeline.now_ms())

    def cash_micros(self, effect: Effect) -> int:
        account = self.exchange.account
        then = account.cash_as_of_micros(self.door.as_of_ms(effect))
        return self.door.lagging(effect, account.cash_micros, then)

    def sellable_e6(self, market: str, outcome: Outcome, effect: Effect) -> int:
        """Shares of a token as the venue's balance tells them: those of a match that is not final are not there."""
        return self.door.lagging(
            effect,
            self.exchange.account.sellable_e6(market, outcome),
            self.exchange.account.sellable_as_of_e6(market, outcome, self.door.as_of_ms(effect)),
        )

    def orders(self, markets: set[str], *, live: bool = False) -> list[VenueOrder]:
        """Every order of these markets (of all, if none is named), oldest first. ``live``: in open markets only."""
        exchange = self.exchange
        found: list[VenueOrder] = []
        for market in markets or set(exchange.markets if live else self.catalog.names()):
            state = exchange.markets.get(market)
            if state is not None:
                found += state.orders.values()
            elif not live:
                found += exchange.ledger.orders_of_market(market)
        return sorted(found, key=lambda order: (order.accepted_ms, order.venue_order_id))

    def open_orders(self, key: ApiKey) -> list[VenueOrder]:
        """The orders of the key's owner that may still be filled."""
        if key.address != self.account.signer:
            return []
        return [order for order in self.orders(set(), live=True) if order.closed_ms < 0]

    def order_id(self, order: VenueOrder) -> str:
        """The order's hash, also of one that the venue booked a second time under it (beyond the fault model)."""
        wire_id = self.exchange.wire_id(order.intent_id)
        return wire_id if wire_id.startswith("0x") else order.venue_order_id

    def leaves(self, order: WireOrder) -> None:
        """Know the order by its hash from now on, while it is on its way and after."""
        self._sent[order.venue_order_id] = order

    def sent(self, order_id: str) -> OrderIntent | None:
        """The order of this hash as it was sent."""
        known = self._sent.get(order_id)
        if known is not None:
            return known
        order = self.exchange.order_named(order_id)
        return None if order is None else order.intent(self.exchange.name)

    def expires_s(self, order: VenueOrder) -> int:
        """When the order ends by itself, in Unix seconds; 0: never."""
        expires_ms = self.exchange.expiry_ms(order.intent_id)
        return 0 if expires_ms < 0 else self.wall_s(expires_ms)

    def owner(self, key: ApiKey) -> Owner:
        return Owner(key.key, self.account.maker, self.order_id)

    def trade_facts(
        self, order: VenueOrder, fill: VenueFill, word: str, owner: Owner, listing: Listing
    ) -> TradeFacts:
        """What a row of this fill tells beside it."""
        changed_ms = {"MINED": mined_ms(fill), "RETRYING": mined_ms(fill), "CONFIRMED": fill.final_at_ms,
                      "FAILED": fill.final_at_ms}  # fmt: skip
        return TradeFacts(
            listing, owner, word,
            updated_ms=changed_ms.get(word, fill.matched_ms) + self.wall_of_ms,
            matched_ms=fill.matched_ms + self.wall_of_ms,
            fee_rate_bps=self.fee_rate_bps(fill, listing.fees),
            as_maker=fill.maker,
        )  # fmt: skip

    def fee_rate_bps(self, fill: VenueFill, schedule: FeeSchedule) -> int:
        """The rate that the charge implies: the least whole one at which, rounded up, it comes to as much."""
        if fill.fee_micros <= 0:
            return 0
        curve: int = (fill.price_e4 * (DOLLAR_E4 - fill.price_e4)) ** schedule.exponent
        unit: int = (DOLLAR_E4 * DOLLAR_E4) ** schedule.exponent
        below_micros = fill.fee_micros - self.exchange.rules.fee_step_micros
        return max(0, below_micros) * 10_000 * unit // (fill.qty_e6 * curve) + 1

    def refuse(self, refused: Refused, order_id: str = "") -> Refusal:
        """A refusal in the words of the venue's rules."""
        raw = words(VenueKind.POLYMARKET, refused, order_id=order_id)
        assert isinstance(raw.body, dict)
        refusal = Refusal(raw.status, "")
        refusal.body = raw.body
        return refusal
