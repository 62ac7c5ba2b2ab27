"""A stage whose venue hides its fees, or that carries few trades at once: what the judge then holds the run to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import evolve

from pairlock import Engine
from pairlock.facts import OrderReport
from pairlock.ports import OrderIntent, WriteGuard
from pairlock_adapters.demo.comparing import differs, list_differs
from pairlock_adapters.demo.journals import last_at_ms
from pairlock_adapters.demo.judge import Judge
from pairlock_adapters.demo.money import MoneyJudge
from pairlock_adapters.demo.session import Run, session
from pairlock_adapters.demo.settings import Report, Settings
from pairlock_adapters.demo.stage import Stage
from pairlock_adapters.simulated.clock import VirtualClock, run_virtual
from pairlock_adapters.simulated.profiles import profile_named
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.world import World
from pairlock_adapters.simulated.worldgen import POLYMARKET
from pairlock_adapters.sqlite.store import open_store
from venue_kit import Wrapped

HIDES = frozenset({POLYMARKET})
FILL = ("id/0", 1_000_000, 500_000, 7_000, "final")


@pytest.mark.parametrize(
    ("believed", "hidden", "claim"),
    [
        (FILL, False, 0),
        (FILL, True, 0),
        (("id/0", 1_000_000, 500_000, 7_010, "final"), True, 0),
        (("id/0", 1_000_000, 500_000, 7_010, "final"), False, 11),
        (("id/0", 1_000_000, 500_000, 6_990, "final"), True, 15),
        (("id/0", 1_000_000, 499_999, 7_010, "final"), True, 11),
        (("id/0", 999_999, 500_000, 7_010, "final"), True, 11),
        (("id/0", 1_000_000, 500_000, 7_010, "failed"), True, 11),
        (("id/1", 1_000_000, 500_000, 7_000, "final"), True, 11),
    ],
)
def test_only_a_hidden_fee_may_differ_and_only_upwards(believed: Any, hidden: bool, claim: int) -> None:
    assert differs(believed, FILL, fee_hidden=hidden) == claim
    assert list_differs([believed], [FILL], fee_hidden=hidden) == claim
    assert list_differs([believed, believed], [FILL], fee_hidden=hidden) == 11
    assert differs(believed, None, fee_hidden=hidden) == 11


class Guesses(Wrapped):
    """Computes the fees of Polymarket: ``more_micros`` above what was charged, for each fill."""

    more_micros = 30

    def _told(self, fact: Any) -> Any:
        if self.name != POLYMARKET or not isinstance(fact, OrderReport):
            return fact
        fills = tuple(evolve(fill, fee_micros=fill.fee_micros + self.more_micros) for fill in fact.fills)
        return evolve(fact, fills=fills)

    async def place(self, intent: OrderIntent, guard: WriteGuard) -> Any:
        return self._told(await self.inner.place(intent, guard))

    async def read_order(self, intent: OrderIntent, venue_ref: str) -> Any:
        return self._told(await self.inner.read_order(intent, venue_ref))

    async def stream(self, deliver: Any) -> None:
        async def told(fact: Any) -> None:
            await deliver(self._told(fact))

        await self.inner.stream(told)


class TooLow(Guesses):
    more_micros = -10


def run(
    journal: str,
    wrap: Callable[[Any], Any] = lambda venue: venue,
    *,
    trades: int = 12,
    hides: frozenset[str] = HIDES,
    most_at_work: int = 0,
    on_step: Callable[[Run, Engine], None] | None = None,
    profile: str = "none",
) -> Report:
    settings = Settings(trades, 5, profile, journal)

    async def main() -> Report:
        store, truth = open_store(journal), Truth(f"{journal}.venues", seed=5)
        world = World.of(
            truth, profile_named(profile), 5, recorded=True, clock=VirtualClock(last_at_ms(store))
        )
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(world.run)
                venues = (wrap(world.kalshi), wrap(world.polymarket))
                stage = Stage(world, venues, hides, on_wire=True, most_at_work=most_at_work)
                own = Run(settings, stage, Judge(truth, hides_fees=hides), MoneyJudge(truth, hides), _quiet)
                if on_step is not None:
                    nursery.start_soon(_watch, own, on_step)
                report = await session(own, store)
                nursery.cancel_scope.cancel()
        finally:
            truth.close()
        return report

    return run_virtual(main, 5)


def _quiet(done: int, total: int) -> None:
    return None


async def _watch(own: Run, look: Callable[[Run, Engine], None]) -> None:
    while True:
        await trio.sleep(0.1)
        if own.engine is not None:
            look(own, own.engine)


def test_fees_computed_too_dear_are_no_broken_claim_where_the_venue_hides_them(tmp_path: Path) -> None:
    journal = str(tmp_path / "journal.db")
    report = run(journal, Guesses)
    assert report.broken == []
    assert report.plain["settled"] > 3
    assert report.plain["trace_hash"] is None
    # The next start finds more cash than it believed in and adjusts; what flowed by trading is judged all the same.
    again = run(journal, Guesses, trades=4)
    assert again.broken == []
    assert again.plain["settled"] > 0


def test_the_same_fees_are_broken_claims_where_the_venue_shows_them(tmp_path: Path) -> None:
    report = run(str(tmp_path / "journal.db"), Guesses, hides=frozenset())
    assert {11, 14} <= {each.claim for each in report.broken}


def test_a_fee_computed_below_the_charge_is_a_broken_claim(tmp_path: Path) -> None:
    report = run(str(tmp_path / "journal.db"), TooLow)
    assert 15 in {each.claim for each in report.broken}


def test_money_that_no_fee_explains_is_a_broken_claim(tmp_path: Path) -> None:
    stolen: list[int] = []

    def steals(own: Run, engine: Engine) -> None:
        if own.done == 9 and not stolen:
            stolen.append(7)
            own.world.truth.write(
                "UPDATE balances SET cash_micros=cash_micros-7 WHERE venue=?", (POLYMARKET,)
            )

    report = run(str(tmp_path / "journal.db"), Guesses, on_step=steals)
    assert [each.claim for each in report.broken] == [14]
    assert "explain" in report.broken[0].sentence


def test_no_more_trades_are_at_work_than_the_stage_carries(tmp_path: Path) -> None:
    most = [0]

    def counts(own: Run, engine: Engine) -> None:
        at_work = sum(1 for handle in engine.open_trades() if handle.state.value not in ("PAIRED", "STUCK"))
        most[0] = max(most[0], at_work)

    free = run(str(tmp_path / "free.db"), on_step=counts, profile="typical", trades=20)
    assert most[0] > 2, "they never met: the bound of two means nothing here"
    most[0] = 0
    bound = run(str(tmp_path / "bound.db"), most_at_work=2, on_step=counts, profile="typical", trades=20)
    assert 0 < most[0] <= 2
    assert free.plain["trades"] == bound.plain["trades"] == 20
