"""Adapters that are wrong in one way each: by the number of the check that must catch them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve

from pairlock.book import Book
from pairlock.facts import CancelAcked, NotFound, NotSent, OrderReport, OutcomeUnknown, Reported
from pairlock.fees import kalshi_quadratic
from pairlock.model import FillStatus, Outcome, Payout
from pairlock.ports import Deliver, MarketRules, OrderIntent, VenueError, WriteGuard
from pairlock_adapters.simulated.venue import SimulatedVenue
from venue_kit import Wrapped

Make = Callable[[SimulatedVenue], Wrapped]
BROKEN: dict[str, Make] = {}


def breaks(*numbers: str) -> Callable[[type[Wrapped]], type[Wrapped]]:
    def taken(adapter: type[Wrapped]) -> type[Wrapped]:
        for number in numbers:
            assert number not in BROKEN
            BROKEN[number] = adapter
        return adapter

    return taken


def zero(of: Any, reported: Reported = Reported.CERTAIN) -> OrderReport:
    return OrderReport(of.at_ms, of.intent_id, of.at_ms, reported, 0, ())


class Told(Wrapped):
    """Everything that a venue says passes through ``told``."""

    def told(self, intent: OrderIntent, fact: Any) -> Any:
        return fact

    async def place(self, intent: OrderIntent, guard: WriteGuard) -> Any:
        return self.told(intent, await self.inner.place(intent, guard))

    async def cancel(self, intent: OrderIntent, venue_ref: str) -> Any:
        return self.told(intent, await self.inner.cancel(intent, venue_ref))

    async def read_order(self, intent: OrderIntent, venue_ref: str) -> Any:
        return self.told(intent, await self.inner.read_order(intent, venue_ref))


class Fills(Told):
    """Every fill passes through ``fill``."""

    def fill(self, intent: OrderIntent, fill: Any) -> Any:
        return fill

    def told(self, intent: OrderIntent, fact: Any) -> Any:
        if isinstance(fact, OrderReport):
            return evolve(fact, fills=tuple(self.fill(intent, each) for each in fact.fills))
        return fact


@breaks("PL-K01")
class GuardTooEarly(Wrapped):
    async def place(self, intent: OrderIntent, guard: WriteGuard) -> OrderReport | OutcomeUnknown | NotSent:
        if refused := guard():
            return NotSent(self.now_ms(), intent.intent_id, refused)
        await self.inner._clock.sleep_ms(300)  # the connection is made
        return await self.inner.place(intent, lambda: "")


@breaks("PL-K02")
class GuardIgnored(Wrapped):
    async def place(self, intent: OrderIntent, guard: WriteGuard) -> OrderReport | OutcomeUnknown | NotSent:
        said = await self.inner.place(intent, lambda: "")
        refused = guard()
        return NotSent(self.now_ms(), intent.intent_id, refused) if refused else said


@breaks("PL-K03")
class SilenceIsNotSent(Told):
    def told(self, intent: OrderIntent, fact: Any) -> Any:
        return NotSent(fact.at_ms, fact.intent_id, "no answer") if isinstance(fact, OutcomeUnknown) else fact


@breaks("PL-K04", "PL-K05", "PL-K08", "PL-K32", "PL-K35", "PL-K36")
class UnknownIsZero(Told):
    def told(self, intent: OrderIntent, fact: Any) -> Any:
        return zero(fact) if isinstance(fact, OutcomeUnknown) else fact


@breaks("PL-K06", "PL-K07")
class RefusalIsUnknown(Told):
    def told(self, intent: OrderIntent, fact: Any) -> Any:
        if isinstance(fact, OrderReport) and fact.reported is Reported.CERTAIN and not fact.matched_e6:
            return OutcomeUnknown(fact.at_ms, fact.intent_id, fact.reason)
        return fact


@breaks("PL-K09")
class Retries(Wrapped):
    async def place(self, intent: OrderIntent, guard: WriteGuard) -> OrderReport | OutcomeUnknown | NotSent:
        said = await self.inner.place(intent, guard)
        if isinstance(said, OrderReport) and said.matched_e6:
            return said
        return await self.inner.place(evolve(intent, intent_id=f"{intent.intent_id}-again"), guard)


@breaks("PL-K10")
class HeldIsNothing(Told):
    def told(self, intent: OrderIntent, fact: Any) -> Any:
        live = isinstance(fact, OrderReport) and fact.reported is Reported.LIVE and not fact.matched_e6
        return zero(fact) if live else fact


@breaks("PL-K20", "PL-K21", "PL-K24")
class CancelIsZero(Wrapped):
    async def cancel(self, intent: OrderIntent, venue_ref: str) -> CancelAcked | OrderReport | OutcomeUnknown:
        return zero(await self.inner.cancel(intent, venue_ref))


@breaks("PL-K22")
class EveryCancelIsAcknowledged(Wrapped):
    async def cancel(self, intent: OrderIntent, venue_ref: str) -> CancelAcked | OrderReport | OutcomeUnknown:
        await self.inner.cancel(intent, venue_ref)
        return CancelAcked(self.now_ms(), intent.intent_id)


@breaks("PL-K23")
class CancelsOnlyByTheVenuesId(Wrapped):
    async def cancel(self, intent: OrderIntent, venue_ref: str) -> CancelAcked | OrderReport | OutcomeUnknown:
        return OutcomeUnknown(self.now_ms(), intent.intent_id, "cancel: the order's id is not known")


@breaks("PL-K30")
class AskedWhenAnswered(Told):
    def told(self, intent: OrderIntent, fact: Any) -> Any:
        return evolve(fact, asked_at_ms=fact.at_ms) if isinstance(fact, NotFound) else fact


@breaks("PL-K31")
class NotFoundIsZero(Told):
    def told(self, intent: OrderIntent, fact: Any) -> Any:
        return zero(fact) if isinstance(fact, NotFound) else fact


@breaks("PL-K33")
class OnlyFillsCount(Told):
    def told(self, intent: OrderIntent, fact: Any) -> Any:
        if isinstance(fact, OrderReport):
            return evolve(fact, matched_e6=sum(fill.qty_e6 for fill in fact.fills))
        return fact


@breaks("PL-K34")
class RowsTwice(Told):
    def told(self, intent: OrderIntent, fact: Any) -> Any:
        if isinstance(fact, OrderReport) and fact.fills:
            fills = (*fact.fills, fact.fills[-1])
            return evolve(fact, fills=fills, matched_e6=sum(fill.qty_e6 for fill in fills))
        return fact


@breaks("PL-K37", "PL-K39")
class AnythingIsLive(Told):
    def told(self, intent: OrderIntent, fact: Any) -> Any:
        return zero(fact, Reported.LIVE) if isinstance(fact, NotFound) else fact

    async def read_order(self, intent: OrderIntent, venue_ref: str) -> Any:
        said = await super().read_order(intent, venue_ref)
        none = isinstance(said, OrderReport) and not said.matched_e6
        return zero(said, Reported.LIVE) if none else said


@breaks("PL-K38")
class OnePage(Told):
    def told(self, intent: OrderIntent, fact: Any) -> Any:
        if isinstance(fact, OrderReport):
            fills = fact.fills[:100]
            return evolve(fact, fills=fills, matched_e6=sum(fill.qty_e6 for fill in fills))
        return fact


@breaks("PL-K40")
class ForgetsThatItWasFinal(Fills):
    def fill(self, intent: OrderIntent, fill: Any) -> Any:
        late = self.now_ms() > intent.deadline_ms + 15_000 and fill.qty_e6 > 0
        seen = getattr(self, "seen", self.now_ms())
        self.seen = seen if fill.status is FillStatus.FINAL else self.now_ms()
        return evolve(fill, status=FillStatus.PENDING) if late and self.now_ms() > seen + 15_000 else fill


@breaks("PL-K50")
class EverythingInYesTerms(Fills):
    def fill(self, intent: OrderIntent, fill: Any) -> Any:
        return (
            evolve(fill, cost_micros=fill.qty_e6 - fill.cost_micros) if intent.outcome is Outcome.NO else fill
        )


@breaks("PL-K51", "PL-K52")
class FilledIsTheSize(Told):
    def told(self, intent: OrderIntent, fact: Any) -> Any:
        if isinstance(fact, OrderReport) and fact.matched_e6:
            size_e6 = intent.size_e2 * 10_000
            return evolve(
                fact, matched_e6=size_e6, fills=tuple(evolve(f, qty_e6=size_e6) for f in fact.fills[:1])
            )
        return fact


@breaks("PL-K53")
class CostAtTheLimit(Fills):
    def fill(self, intent: OrderIntent, fill: Any) -> Any:
        return evolve(fill, cost_micros=fill.qty_e6 * intent.limit_e4 // 10_000)


@breaks("PL-K54")
class NeverMoreThanPlanned(Told):
    def told(self, intent: OrderIntent, fact: Any) -> Any:
        if isinstance(fact, OrderReport):
            most_e6 = intent.size_e2 * 10_000
            fills = tuple(evolve(f, qty_e6=min(f.qty_e6, most_e6)) for f in fact.fills[:1])
            return evolve(fact, matched_e6=min(fact.matched_e6, most_e6), fills=fills)
        return fact


@breaks("PL-K55")
class GuessedFee(Fills):
    def fill(self, intent: OrderIntent, fill: Any) -> Any:
        return evolve(fill, fee_micros=fill.fee_micros * 9 // 10)


@breaks("PL-K56")
class AMatchIsFinal(Fills):
    def fill(self, intent: OrderIntent, fill: Any) -> Any:
        return evolve(fill, status=FillStatus.FINAL) if fill.status is FillStatus.PENDING else fill


@breaks("PL-K57")
class NothingFails(Fills):
    def fill(self, intent: OrderIntent, fill: Any) -> Any:
        return evolve(fill, status=FillStatus.FINAL) if fill.status is FillStatus.FAILED else fill


@breaks("PL-K60")
class OnItsHead(Wrapped):
    async def book(self, market: str) -> Book:
        book = await self.inner.book(market)
        return evolve(book, bids=book.bids_of("no"), asks=book.asks_of("no"))


@breaks("PL-K61")
class FirstBookForEver(Wrapped):
    def __init__(self, inner: SimulatedVenue) -> None:
        super().__init__(inner)
        self.kept: dict[str, Book] = {}

    async def book(self, market: str) -> Book:
        if market not in self.kept:
            self.kept[market] = await self.inner.book(market)
        return evolve(self.kept[market], read_at_ms=self.now_ms())


@breaks("PL-K62")
class BookAtAnyPrice(Wrapped):
    async def book(self, market: str) -> Book:
        try:
            return await self.inner.book(market)
        except VenueError:
            return Book(market, ((100, 100_000),), ((200, 100_000),), self.now_ms())


@breaks("PL-K63")
class AlwaysFresh(Wrapped):
    async def book(self, market: str) -> Book:
        return evolve(await self.inner.book(market), read_at_ms=self.now_ms() + 1_000)


@breaks("PL-K64", "PL-K65")
class AlwaysOpen(Wrapped):
    async def taker_open(self, market: str) -> bool:
        return True


@breaks("PL-K66")
class EmptyBook(Wrapped):
    async def book(self, market: str) -> Book:
        try:
            return await self.inner.book(market)
        except VenueError:
            return Book(market, (), (), self.now_ms())


@breaks("PL-K67")
class OneScheduleForAll(Wrapped):
    async def rules(self, market: str) -> MarketRules:
        return evolve(await self.inner.rules(market), fees=evolve(kalshi_quadratic(), rate_ppm=20_000))


@breaks("PL-K70")
class Cents(Wrapped):
    async def balance_micros(self) -> int:
        return await self.inner.balance_micros() // 10_000


@breaks("PL-K71", "PL-K72")
class NoBalanceIsZero(Wrapped):
    async def balance_micros(self) -> int:
        try:
            return await self.inner.balance_micros()
        except VenueError:
            return 0


@breaks("PL-K73")
class SellsEitherOutcome(Wrapped):
    async def sellable_e6(self, market: str, outcome: Outcome) -> int:
        return await self.inner.sellable_e6(market, outcome) or await self.inner.sellable_e6(
            market, outcome.other
        )


@breaks("PL-K74")
class SellsPending(Wrapped):
    async def sellable_e6(self, market: str, outcome: Outcome) -> int:
        return self.inner.exchange.account.held_e6(market, outcome)


@breaks("PL-K75")
class PingsItself(Wrapped):
    async def ping_ms(self) -> int:
        return 1


@breaks("PL-K80")
class ResolvesAtTheLastPrice(Wrapped):
    async def resolution(self, market: str, outcome: Outcome) -> Payout | None:
        return await self.inner.resolution(market, outcome) or Payout(5_000, "normal")


@breaks("PL-K81")
class EverythingIsNormal(Wrapped):
    async def resolution(self, market: str, outcome: Outcome) -> Payout | None:
        paid = await self.inner.resolution(market, outcome)
        return paid and evolve(paid, kind="normal")


@breaks("PL-K90")
class DeafStream(Wrapped):
    async def stream(self, deliver: Deliver) -> None:
        return None


@breaks("PL-K91")
class StreamOfZeros(Wrapped):
    async def stream(self, deliver: Deliver) -> None:
        async def zeros(fact: Any) -> None:
            await deliver(zero(fact))

        await self.inner.stream(zeros)


@breaks("PL-K92")
class StreamOfEverything(Wrapped):
    async def stream(self, deliver: Deliver) -> None:
        async def others(fact: Any) -> None:
            await deliver(evolve(fact, intent_id="other-1-1"))

        await self.inner.stream(others)
