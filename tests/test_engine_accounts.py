"""Another account than the journal's is refused while anything is open there: its orders could not be found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio

from accounts_kit import (
    OWED,
    Known,
    NothingToSell,
    Stranger,
    all_closes,
    digest_in,
    is_owed,
    leaves_a_trade_open,
    left_open,
    never,
    opens,
    refused,
    who,
)
from crash_kit import Place
from engine_kit import LONG_LIVES, Bench, Gone, Setup, Wrap
from pairlock.codec import parse
from pairlock.ports import identity_of


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, Setup(sizes=LONG_LIVES))


def test_without_the_refusal_a_stranger_would_close_the_trade_wrongly(place: Place) -> None:
    """What is refused does harm: this is the run in which an operator vouches for an account that is another one."""
    left_open(place, "wallet A")

    async def goes_on(bench: Bench) -> None:
        await bench.until(lambda: bool(bench.broken), within_ms=3_600_000)
        bench.scope.cancel()
        await trio.sleep_forever()

    accepted = digest_in(refused(lambda: place.run(never, operator=False, wrap=Stranger)))
    with pytest.raises(Gone):
        place.run(goes_on, operator=False, wrap=Stranger, accept_accounts=(accepted,))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (("key 1", "key 2"), ("key 2",)),  # one was revoked
        (("key 1",), ("key 1", "key 3")),  # one was added
        (("key 1",), ()),  # a venue that does not say whose it is, is not doubted
        ((), ("key 1",)),
    ],
)
def test_the_same_account_goes_on(before: tuple[str, ...], now: tuple[str, ...], place: Place) -> None:
    left_open(place, *before)
    opens(place, who(*now))


def test_what_a_venue_said_outlives_a_start_in_which_it_said_nothing(place: Place) -> None:
    left_open(place, "key 1")
    opens(place, who())
    assert "as key 1" in refused(lambda: place.run(never, operator=False, wrap=who("key 2")))


def test_keys_that_are_all_new_are_accepted_by_the_digest_of_that_change_alone(place: Place) -> None:
    def refuses(word: str, *digests: str) -> str:
        return refused(lambda: place.run(never, operator=False, wrap=who(word), accept_accounts=digests))

    left_open(place, "key 1")
    accepted = digest_in(refuses("key 2"))
    for other in ("polymarket", accepted[:-1], ""):
        refuses("key 2", other)
    opens(place, who("key 2"), accept_accounts=(accepted,))
    opens(place, who("key 2"))
    # Left in the code, it lets no other account in, and not the first one back.
    for name in ("key 3", "key 1"):
        assert "as key 2" in refuses(name, accepted)


@pytest.mark.parametrize(
    "wrong", ["wallet A", ("wallet A", ""), ("wallet A", None), (b"wallet A",), ["wallet A"]]
)
def test_an_identity_that_is_no_tuple_of_words_is_refused(wrong: Any, place: Place) -> None:
    """A plain text would be taken for its letters, of which any other has some in common."""
    said = refused(lambda: place.run(never, operator=False, wrap=type("As", (Known,), {"words": wrong})))
    assert "the identity of the venue polymarket" in said
    assert "give a tuple of words" in said


def test_an_identity_that_is_given_by_getattr_counts(place: Place) -> None:
    class Around:
        def __getattr__(self, name: str) -> Any:
            return ("key 1",) if name == "identity" else None

    assert identity_of(Around()) == ("key 1",)


def test_money_owed_counts_as_open(place: Place) -> None:
    with pytest.raises(Gone):
        place.run(
            is_owed, operator=False, script=OWED, wrap=type("As", (NothingToSell,), {"words": ("wallet A",)})
        )
    assert "as wallet A" in refused(lambda: place.run(never, operator=False, wrap=who("wallet B")))
    opens(place, who("wallet A"))


@pytest.mark.parametrize("venue", ["kalshi", "polymarket"])
def test_both_legs_count(venue: str, place: Place) -> None:
    def of(word: str) -> Wrap:
        return type("As", (Known,), {"words": (word,), "of": venue})

    with pytest.raises(Gone):
        place.run(leaves_a_trade_open, operator=False, wrap=of("A"))
    assert f"on {venue} " in refused(lambda: place.run(never, operator=False, wrap=of("B")))


def test_a_late_fact_counts_as_open_until_its_halt_is_lifted(place: Place) -> None:
    """The repair is still to come: another account would be asked of an order that is not its own."""

    async def halts(bench: Bench) -> None:
        bench.engine.halt("late_fact", "a venue contradicted a final order")
        await bench.engine.sleep_ms(100)
        bench.scope.cancel()
        await trio.sleep_forever()

    async def lifts(bench: Bench) -> None:
        await bench.engine.lift("late_fact", "test")
        bench.scope.cancel()
        await trio.sleep_forever()

    with pytest.raises(Gone):
        place.run(halts, operator=False, wrap=who("wallet A"))
    assert "as wallet A" in refused(lambda: place.run(never, operator=False, wrap=who("wallet B")))
    with pytest.raises(Gone):
        place.run(lifts, operator=False, wrap=who("wallet A"))
    opens(place, who("wallet B"))


def test_without_open_trades_any_account_may_come(place: Place) -> None:
    left_open(place, "wallet A")
    place.run(all_closes, wrap=who("wallet A"))
    opens(place, who("wallet B"))


def test_the_journal_tells_whose_account_it_was(place: Place) -> None:
    left_open(place, "key 2", "key 1")
    store = place.setup.store(place.journal)
    try:
        opened = [parse(record.body) for record in store.records() if record.kind == "opened"]
    finally:
        store.close()
    assert [each["accounts"] for each in opened] == [{"polymarket": ["key 1", "key 2"]}]
