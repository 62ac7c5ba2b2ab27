"""Findings of the first review, about orders: those that a venue no longer knows, and ids that two journals shared."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from engine_kit import LONG_LIVES, Bench, Setup, on_bench
from pairlock import S, UserError, open_engine
from pairlock.facts import NotFound, OrderReport, Reported
from pairlock.lifecycle import CLOSED, OS
from pairlock.model import Fill, FillStatus, Order, Role
from pairlock.orders import absorb_order
from pairlock_adapters.demo.run import Settings, run_demo
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import fault
from pairlock_adapters.simulated.matching import book_of
from pairlock_adapters.simulated.truth import Truth
from trade_kit import terms_of
from truth_kit import rows
from venue_kit import Wrapped

TERMS = terms_of()
DEAD_MS = 11_000
SURE_MS = DEAD_MS + TERMS.read_lag_ms  # the first read that counts
OVER_MS = TERMS.fill_lag_ms + TERMS.read_lag_ms  # how much later the second one must be asked


def named(matched_e6: int = 0, fills: tuple[Fill, ...] = ()) -> Order:
    """An order that its venue named once, as live."""
    return Order("t.0.0", 0, Role.ENTRY, 100, 5_000, 1_000, DEAD_MS, OS.OPEN, matched_e6, fills)


def not_found(order: Order, *asked_ms: int) -> Order:
    for at_ms in asked_ms:
        order = absorb_order(order, NotFound(at_ms, order.intent_id, at_ms), TERMS).order
    return order


def live(order: Order, asked_ms: int) -> Order:
    report = OrderReport(asked_ms, order.intent_id, asked_ms, Reported.LIVE, 0, ())
    return absorb_order(order, report, TERMS).order


# 1. An order that was known once, and then to nobody.


@pytest.mark.parametrize("plan", ["simultaneous", "riskier_first"])
@pytest.mark.parametrize("hold_ms", [1_500, 3_000])
def test_1_an_order_delayed_then_killed_closes_its_trade(plan: str, hold_ms: int) -> None:
    """Polymarket held a fill-or-kill ("delayed"), killed it, and then knew it in no list.

    The answer had named it, so it was OPEN, and "not found" was never proof for an OPEN order: the trade stayed open
    for ever, its cash held and the other leg naked.
    """
    unknown: list[str] = []

    class Told(Wrapped):
        async def read_order(self, intent, venue_ref):  # type: ignore[no-untyped-def]
            found = await super().read_order(intent, venue_ref)
            unknown.extend([intent.intent_id] if isinstance(found, NotFound) else [])
            return found

    async def body(bench: Bench) -> None:
        trade = await bench.submit(bench.pair("polymarket"))
        await bench.until(lambda: any(o.state is OS.OPEN for o in trade.value.orders))
        held = next(o.intent_id for o in trade.value.orders if o.state is OS.OPEN)
        exchange = bench.world.exchanges["polymarket"]
        state = exchange.markets[trade.value.opportunity.market_a]
        state.book = book_of([], [])
        exchange.ledger.update_book(state)
        await bench.until(lambda: trade.state in CLOSED, within_ms=120_000)
        assert trade.state in (S.HEDGED, S.ROLLED_BACK)
        assert held in unknown, "the venue still knew it: this run shows nothing"
        assert all(o.state in (OS.FINAL, OS.IDLE) for o in trade.value.orders)
        assert rows(bench.world.truth, "SELECT count(*) FROM fills WHERE intent_id=?", held) == [(0,)]
        assert bench.broken == []
        assert bench.engine.halts == ()

    script = (fault(K.DELAYED, "polymarket", role="entry", change={"hold_ms": hold_ms}),)
    on_bench(Setup(plan=plan, script=script, sizes=LONG_LIVES, wrap=Told), body)


def test_1_two_reads_that_do_not_find_it_close_a_known_order_and_one_does_not() -> None:
    """Not found is not zero: one read proves nothing, however late; the second counts from the first that could."""
    assert not_found(named(), SURE_MS).state is OS.OPEN
    assert not_found(named(), 10**9).state is OS.OPEN
    assert not_found(named(), SURE_MS, SURE_MS + OVER_MS - 1).state is OS.OPEN
    closed = not_found(named(), SURE_MS, SURE_MS + OVER_MS)
    assert (closed.state, closed.matched_e6, closed.fills) == (OS.FINAL, 0, ())


def test_1_a_read_that_its_request_could_still_outrun_does_not_count() -> None:
    """As long as the request may be under way, or the order was just seen live, "not found" says nothing."""
    early = not_found(named(), SURE_MS - 1)
    assert (early.state, early.terminal_at_ms) == (OS.OPEN, -1)
    assert not_found(early, SURE_MS - 1 + OVER_MS).state is OS.OPEN
    seen = live(named(), SURE_MS)
    assert not_found(seen, SURE_MS + TERMS.read_lag_ms - 1).terminal_at_ms == -1


def test_1_a_live_word_takes_back_that_it_was_gone() -> None:
    """A read replica that lagged must not close an order that a later read sees alive."""
    gone = not_found(named(), SURE_MS)
    assert gone.terminal_at_ms == SURE_MS
    back = live(gone, SURE_MS + 1_000)
    assert (back.state, back.terminal_at_ms) == (OS.OPEN, -1)
    again_ms = SURE_MS + 1_000 + TERMS.read_lag_ms
    once = not_found(back, again_ms)
    assert once.state is OS.OPEN, "the first of two new reads closed it"
    assert not_found(once, again_ms + OVER_MS).state is OS.FINAL


def test_1_a_live_word_that_is_older_takes_nothing_back() -> None:
    """Only late: it was asked for before the order was gone, and must not keep the trade open for ever."""
    gone = not_found(named(), SURE_MS)
    late = live(gone, SURE_MS - 500)
    assert late.terminal_at_ms == SURE_MS


@pytest.mark.parametrize("with_fill", [False, True])
def test_1_an_order_of_which_anything_matched_is_never_closed_by_not_found(with_fill: bool) -> None:
    """A venue that forgets an order which it said had matched is wrong about it: its fills are still owed to us."""
    fills = (Fill("f", 500_000, 250_000, 0, FillStatus.PENDING),) if with_fill else ()
    order = not_found(named(500_000, fills), SURE_MS, SURE_MS + OVER_MS, 10**9)
    assert order.state is OS.OPEN


# 2. Ids of another journal.


@pytest.fixture
def drawn_nonces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Benches give no nonce, so that runs are the same each time; a real start draws its own, as here."""
    monkeypatch.setattr("engine_kit.open_engine", lambda **how: open_engine(**(how | {"nonce": None})))


def life(folder: Path, journal: Path, body: Callable[[Bench], Awaitable[None]]) -> list[str]:
    """One process on ``journal`` and the venues of ``folder``; every id that was ever sent to them."""
    truth = Truth(str(folder / "venues"), seed=1)
    try:
        on_bench(Setup(journal=str(journal), truth=truth), body)
        return [str(i) for (i,) in rows(truth, "SELECT intent_id FROM requests ORDER BY id")]
    finally:
        truth.close()


async def one(bench: Bench) -> None:
    trade = await bench.submit(bench.pair("polymarket"))
    await bench.until(lambda: trade.state in (S.PAIRED, *CLOSED))
    assert trade.state is S.PAIRED
    sent = {o.intent_id for o in trade.value.orders}
    for order in trade.value.orders:
        # Its fills are its own: an order that an older run had sent under this id would have answered for it.
        (count,) = rows(
            bench.world.truth, "SELECT coalesce(sum(qty_e6),0) FROM fills WHERE intent_id=?", order.intent_id
        )
        assert sum(f.qty_e6 for f in order.fills) == count[0] == order.size_e2 * 10_000
    assert len(sent) == 2
    await bench.close_all()
    assert bench.broken == []


@pytest.mark.usefixtures("drawn_nonces")
def test_2_a_new_journal_on_old_venues_never_reads_old_orders_as_its_own(tmp_path: Path) -> None:
    """Ids were only run and number, so that a second journal began again at 0001-000001.

    The venues refused its orders as duplicates, or reads of them found the old ones: fills that were not ours.
    """
    first = life(tmp_path, tmp_path / "first.db", one)
    both = life(tmp_path, tmp_path / "second.db", one)
    assert (len(first), len(both)) == (2, 4)
    assert len(set(both)) == 4


@pytest.mark.usefixtures("drawn_nonces")
def test_2_a_restored_backup_never_names_an_order_that_was_sent_after_it(tmp_path: Path) -> None:
    """A journal brought back from a backup counted its runs from there, and gave the same ids a second time."""
    place, backup = tmp_path / "place", tmp_path / "backup"
    place.mkdir()
    life(tmp_path, place / "journal.db", one)
    shutil.copytree(place, backup)
    life(tmp_path, place / "journal.db", one)
    shutil.rmtree(place)
    shutil.copytree(backup, place)
    sent = life(tmp_path, place / "journal.db", one)
    assert len(sent) == 6
    assert len(set(sent)) == 6


def demo(journal: Path) -> None:
    run_demo(Settings(2, 1, "none", str(journal)), lambda done, total: None)


def test_2_the_demo_refuses_a_journal_without_its_venues(tmp_path: Path) -> None:
    """New venues were made for it in silence: every order of the journal was then an order that never was."""
    journal = tmp_path / "j.db"
    demo(journal)
    demo(journal)  # both there: goes on
    for path in tmp_path.glob("j.db.venues*"):
        path.unlink()
    with pytest.raises(UserError, match=r"j\.db\.venues is missing"):
        demo(journal)


def test_2_the_demo_refuses_venues_without_their_journal(tmp_path: Path) -> None:
    """A new journal over venues with orders and positions believed that it held nothing."""
    journal = tmp_path / "j.db"
    demo(journal)
    for path in tmp_path.glob("j.db*"):
        if ".venues" not in path.name:
            path.unlink()
    with pytest.raises(UserError, match="has orders of another"):
        demo(journal)
