"""Findings of the first review, about opening on venues that are missing or down, and about what is submitted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from accounts_kit import OWED, NothingToSell, is_owed, never, refused
from crash_kit import Place
from engine_kit import LONG_LIVES, Bench, Gone, Setup, on_bench
from pairlock import S, UserError
from pairlock.journal.records import Kind
from pairlock.ports import VenueError
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.worldgen import opportunity_of
from venue_kit import Wrapped

KILLED = Fault(K.KILL, "kalshi", role="entry")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, Setup(sizes=LONG_LIVES))


# 19. Venues that are missing or down.


def test_19_money_owed_by_a_venue_that_is_not_given_is_said_in_a_sentence(place: Place) -> None:
    """A closed trade's complete sets were still to be paid by a venue that the next start did not name: KeyError."""

    class Renamed(Wrapped):
        @property
        def name(self) -> str:
            return "elsewhere" if self.inner.name == "polymarket" else self.inner.name

    with pytest.raises(Gone):
        place.run(is_owed, operator=False, script=OWED, wrap=NothingToSell)
    said = refused(lambda: place.run(never, operator=False, wrap=Renamed))
    assert "money owed by polymarket" in said
    assert "open the engine with it" in said


class Down(Wrapped):
    async def balance_micros(self) -> int:
        if self.name == "kalshi":
            raise VenueError("kalshi", "503")
        return await super().balance_micros()


def test_19_opening_a_new_journal_while_a_venue_is_down_is_refused_in_a_sentence(place: Place) -> None:
    """Its cash is unknown, and unknown is not zero; it came out as a traceback of nested groups."""

    async def never(bench: Bench) -> None:
        raise AssertionError("it opened")

    said = refused(lambda: place.run(never, operator=False, wrap=Down))
    assert "kalshi" in said
    assert "open the engine when it answers" in said


def test_19_a_known_journal_opens_while_a_venue_is_down_and_keeps_what_it_believed(place: Place) -> None:
    """The open trades of the other venue must not wait for it."""

    async def nothing(bench: Bench) -> None:
        pass

    async def opens(bench: Bench) -> None:
        await bench.engine.commit(bench.engine.journal.head[0])
        assert not [record for record in bench.engine.store.records() if record.kind == Kind.ADJUST]
        for name, account in bench.engine.recorder.ledger.accounts.items():
            assert account.cash_micros == bench.judge.cash(name)

    place.run(nothing, operator=False)
    place.run(opens, operator=False, wrap=Down)


# 19. What an embedder hands in, and what an operator takes back.


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_a_e4": 4_500.0},
        {"price_a_e4": None},
        {"price_a_e4": True},
        {"price_a_e4": 10**5_000},
        {"opportunity_id": "\ud800"},
        {"opportunity_id": "a\0b"},
        {"opportunity_id": 7},
        {"event_id": "\ud800"},
        {"platform_a": ["kalshi"]},
    ],
    ids="".join,
)
def test_19_an_opportunity_that_cannot_be_recorded_is_refused_and_leaves_no_record(
    wrong: dict[str, Any],
) -> None:
    """It was to end as a gate's refusal, but its record could not be written: the engine died on it."""

    async def body(bench: Bench) -> None:
        good = opportunity_of(bench.pair(), bench.world.clock.now_ms())
        head = bench.engine.store.head()
        with pytest.raises(UserError, match="cannot be recorded"):
            await bench.engine.submit(evolve(good, **wrong))
        assert bench.engine.store.head() == head
        assert bench.engine.open_trades() == []
        assert (await (await bench.engine.submit(good)).closed()).state is S.SETTLED

    on_bench(Setup(), body)
