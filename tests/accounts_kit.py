"""Venues that say whose account they are, and lives of an engine on them; shared by tests."""

from __future__ import annotations

import re
from typing import Any

import pytest
import trio

from crash_kit import Place
from engine_kit import Bench, Gone, Wrap
from pairlock import S, UserError
from pairlock.facts import NotFound, OutcomeUnknown
from pairlock.lifecycle import CLOSED
from pairlock.model import Outcome
from pairlock.ports import Deliver, OrderIntent, WriteGuard
from pairlock.positions import nets_e6
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.truth import Truth
from venue_kit import Wrapped

OWED = (Fault(K.KILL, "kalshi", role="entry"), Fault(K.NO_ROUTE, "kalshi", role="entry"))


class Named(Wrapped):
    """One venue says whose it is."""

    words: tuple[str, ...] = ()
    of = "polymarket"

    @property
    def identity(self) -> tuple[str, ...]:
        return self.words if self.name == self.of else ()


class Known(Named):
    """What becomes of an order at Polymarket neither its answer nor a stream tells."""

    async def place(self, intent: OrderIntent, guard: WriteGuard) -> Any:
        said = await super().place(intent, guard)
        return OutcomeUnknown(self.now_ms(), intent.intent_id, "lost") if self.name == "polymarket" else said

    async def stream(self, deliver: Deliver) -> None:
        if self.name == "polymarket":
            await trio.sleep_forever()
        await super().stream(deliver)


class NothingToSell(Named):
    """What was bought can only be paired, and is paid at the resolution."""

    async def sellable_e6(self, market: str, outcome: Outcome) -> int:
        return 0


def who(*words: str) -> Wrap:
    """Polymarket's venue as the account of these words."""
    return type("As", (Known,), {"words": words})


class Stranger(Known):
    """Another account: the venue truly knows none of its orders."""

    words = ("wallet B",)

    async def read_order(self, intent: OrderIntent, venue_ref: str) -> Any:
        if self.name == "polymarket":
            return NotFound(self.now_ms(), intent.intent_id, self.now_ms())
        return await super().read_order(intent, venue_ref)


def filled(truth: Truth) -> int:
    """How many legs are held at the venues."""
    return int(next(truth.rows("SELECT count(*) FROM positions WHERE qty_e6<>0"))[0])


async def leaves_a_trade_open(bench: Bench) -> None:
    """The engine is gone when both venues have filled and, of Polymarket's order, nothing is known."""
    trade = await bench.submit(bench.pair("polymarket"))
    await bench.until(lambda: filled(bench.world.truth) == 2)
    assert trade.state is S.EXECUTING
    bench.scope.cancel()
    await trio.sleep_forever()


async def is_owed(bench: Bench) -> None:
    """The engine is gone when its trade has closed, and Polymarket still owes what the pairs will pay."""
    trade = await bench.submit(bench.pair("polymarket"))
    await bench.until(lambda: trade.state in CLOSED)
    assert (trade.state, nets_e6(trade.value)) == (S.HEDGED, (0, 0))
    assert bench.engine.open_trades() == []
    assert [owed.venue for owed in bench.engine.recorder.ledger.receivables] == ["polymarket"]
    bench.scope.cancel()
    await trio.sleep_forever()


async def nothing(bench: Bench) -> None:
    """The engine opens, and its host goes away again."""
    bench.scope.cancel()
    await trio.sleep_forever()


async def never(bench: Bench) -> None:
    raise AssertionError("it opened")


def refused(run: Any) -> str:
    """The sentence with which a start is refused."""
    with pytest.RaisesGroup(UserError, flatten_subgroups=True) as caught:
        run()
    error: BaseException = caught.value
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error)


def digest_in(said: str) -> str:
    """The digest by which a refusal can be lifted."""
    found = re.search(r"'([0-9a-f]{16})' in accept_accounts", said)
    assert found
    return found[1]


def opens(place: Place, wrap: Wrap, **how: Any) -> None:
    with pytest.raises(Gone):
        place.run(nothing, operator=False, wrap=wrap, **how)


def left_open(place: Place, *words: str) -> None:
    with pytest.raises(Gone):
        place.run(leaves_a_trade_open, operator=False, wrap=who(*words))


async def all_closes(bench: Bench) -> None:
    await bench.close_all()
    assert bench.engine.open_trades() == []
    assert bench.broken == []
