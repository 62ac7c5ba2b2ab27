"""What the account holds and has traded, as the Data service counts it: final fills only, costs without fees."""

from __future__ import annotations

from attrs import define

from pairlock.model import Outcome
from pairlock_adapters.laboratory.polymarket.ask import Ask
from pairlock_adapters.laboratory.polymarket.desk import Desk
from pairlock_adapters.laboratory.polymarket.listing import Listing
from pairlock_adapters.laboratory.polymarket.refusal import Refusal
from pairlock_adapters.simulated.state import VenueFill, VenueOrder

_E6 = 1_000_000
Row = tuple[VenueOrder, VenueFill, Listing]


@define
class Held:
    """One token of the account. Quantities in 1/1,000,000 share, money in micro-dollars."""

    listing: Listing
    outcome: Outcome
    held_e6: int
    both: bool = False  # the other outcome is held as well
    bought_e6: int = 0
    cost_micros: int = 0
    fees_micros: int = 0
    sold_e6: int = 0
    proceeds_micros: int = 0
    first_ms: int = -1
    last_ms: int = -1

    def counts(self, order: VenueOrder, fill: VenueFill) -> None:
        """One more fill, in the order of time."""
        self.first_ms, self.last_ms = max(self.first_ms, 0) or fill.matched_ms, fill.matched_ms
        if order.buys:
            self.bought_e6 += fill.qty_e6
            self.cost_micros += fill.cost_micros
            self.fees_micros += fill.fee_micros
        else:
            self.sold_e6 += fill.qty_e6
            self.proceeds_micros += fill.cost_micros

    @property
    def average_micros(self) -> int:
        """What a share cost on average."""
        return self.cost_micros * _E6 // self.bought_e6 if self.bought_e6 else 0

    @property
    def entry_micros(self) -> int:
        return self.held_e6 * self.average_micros // _E6

    @property
    def value_micros(self) -> int:
        return self.held_e6 * self.listing.worth_e4(self.outcome) // 10_000

    @property
    def gain_micros(self) -> int:
        return self.value_micros - self.entry_micros

    @property
    def realized_micros(self) -> int:
        return self.proceeds_micros - self.sold_e6 * self.average_micros // _E6


def is_ours(desk: Desk, ask: Ask) -> bool:
    """Whether the address asked for is the account's; ``Refusal`` without one."""
    user = ask.one("user")
    if len(user) != 42 or not user.startswith("0x"):
        raise Refusal(400, "required query param 'user' not provided")
    return user.lower() == desk.account.maker


def fills(desk: Desk, ask: Ask) -> list[Row]:
    """The account's final fills, newest first, as the query narrows them."""
    markets = set(ask.many("market")) | set(ask.many("condition_id"))
    events = set(ask.many("eventId")) | set(ask.many("event_id"))
    side, rows = ask.one("side").upper(), list[Row]()
    for order in desk.orders(markets):
        listing = desk.catalog.find(order.market)
        if listing is None or side not in ("", "BUY" if order.buys else "SELL"):
            continue
        if not events or listing.event_number in events:
            rows += [(order, fill, listing) for fill in order.fills if fill.status == "final"]
    return sorted(rows, key=lambda row: -row[1].matched_ms)


def holdings(desk: Desk, ask: Ask) -> list[Held]:
    """Every token that is held."""
    found: dict[tuple[str, Outcome], Held] = {}
    for order, fill, listing in reversed(fills(desk, ask)):
        key = order.market, order.outcome
        if key not in found:
            found[key] = Held(listing, order.outcome, desk.sellable_e6(*key, ask.effect))
            found[key].both = desk.sellable_e6(order.market, order.outcome.other, ask.effect) > 0
        found[key].counts(order, fill)
    return [row for row in found.values() if row.held_e6 > 0]
