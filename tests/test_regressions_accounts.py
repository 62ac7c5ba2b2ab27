"""Findings on restarts: another account than the journal's, and what a start that is refused leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts_kit import Known, Stranger, all_closes, left_open, never, refused, who
from crash_kit import Place
from engine_kit import LONG_LIVES, Setup
from journal_support import content_at
from pairlock.lifecycle import CLOSED
from pairlock_adapters.sqlite.store import open_store


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, Setup(sizes=LONG_LIVES))


def test_another_account_is_refused_while_a_trade_is_open_and_nothing_changes(place: Place) -> None:
    """An engine that was opened with another wallet or account asked it for the orders of the first: they were truly
    not found, so that what had filled was proved absent, and the trade closed with a leg open."""
    left_open(place, "wallet A")
    before = content_at(place.journal)
    said = refused(lambda: place.run(never, operator=False, wrap=Stranger))
    for part in (place.journal, "polymarket (trades, money owed or a late fact) as wallet A", "is wallet B"):
        assert part in said
    assert content_at(place.journal) == before, "a refusal half did something"

    class Back(Known):
        words = ("wallet A",)

    place.run(all_closes, wrap=Back)
    (trade,) = place.values()
    assert trade.state in CLOSED


def test_a_refused_start_leaves_a_crashed_journal_crashed(place: Place) -> None:
    """A start that was refused closed the journal as after a good run: the next one did not know of the crash."""
    left_open(place, "wallet A")
    store = open_store(place.journal)
    store.acquire()
    store.abandoned().close()
    refused(lambda: place.run(never, operator=False, wrap=who("wallet B")))
    store = open_store(place.journal, readonly=True)
    try:
        assert store.was_unclean
    finally:
        store.close()
