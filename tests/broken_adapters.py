"""Adapters that are wrong in one way each: by the number of the check that must catch them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve

from pairlock.facts import CancelAcked, NotFound, NotSent, OrderReport, OutcomeUnknown, Reported
from pairlock.model import FillStatus, Outcome
from pairlock.ports import OrderIntent, WriteGuard
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
