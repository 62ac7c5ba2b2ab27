"""The laboratory is told what the engine meant by each order, so that the truth can be compared with the journal.

On the wire an order of Kalshi is a bid or an ask of YES, and one of Polymarket is known by its hash alone. The
laboratory asks for the meaning and uses it only where it is economically the order that came; so this changes what an
order is called in the truth, and never what it does.
"""

from __future__ import annotations

from collections.abc import Callable

from pairlock.facts import NotSent, OrderReport, OutcomeUnknown
from pairlock.ports import OrderIntent, Venue, WriteGuard
from pairlock_adapters.laboratory.names import Meaning, Names
from pairlock_adapters.passing import Passing

WireId = Callable[[OrderIntent], str]
"""Under which id an order goes over the wire."""


class WireNames(Names):
    """What was placed in this process, by venue and wire id."""

    def __init__(self) -> None:
        self._meant: dict[tuple[str, str], Meaning] = {}

    def placed(self, intent: OrderIntent, wire_id: str) -> None:
        meaning = Meaning(intent.intent_id, intent.outcome, intent.buys)
        self._meant[intent.venue, wire_id] = meaning

    def meaning(self, venue: str, wire_id: str) -> Meaning | None:
        return self._meant.get((venue, wire_id))


class Named(Passing[Venue]):
    """A venue whose orders are named before they leave."""

    def __init__(self, inner: Venue, names: WireNames, wire_id: WireId) -> None:
        super().__init__(inner)
        self._names = names
        self._wire_id = wire_id

    async def place(self, intent: OrderIntent, guard: WriteGuard) -> OrderReport | OutcomeUnknown | NotSent:
        def named_and_guarded() -> str:
            # Before the guard, which is the last word; the adapter knows the id by now.
            self._names.placed(intent, self._wire_id(intent))
            return guard()

        return await self.inner.place(intent, named_and_guarded)
