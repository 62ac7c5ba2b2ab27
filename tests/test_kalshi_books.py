"""Kalshi's books from the socket: rebuilt exactly, never served while in doubt; real events where they are given."""

import io
import json
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from kalshi_kit import MARKET
from pairlock.book import Book
from pairlock_adapters.kalshi.books import BookKeeper

OTHER = "KXRAIN-30JAN02-T9"
REAL = "kalshi-socket/orderbook-2026-05-14.ndjson.zst"


def snapshot(seq: int, market: str = MARKET, sid: int = 2, **sides: Any) -> dict[str, Any]:
    return {"type": "orderbook_snapshot", "sid": sid, "seq": seq, "msg": {"market_ticker": market, **sides}}


def delta(seq: int, side: str, price: str, change: str, market: str = MARKET, sid: int = 2) -> dict[str, Any]:
    message = {"market_ticker": market, "side": side, "price_dollars": price, "delta_fp": change}
    return {"type": "orderbook_delta", "sid": sid, "seq": seq, "msg": message}


START = snapshot(1, yes_dollars_fp=[["0.4000", "10.00"]], no_dollars_fp=[["0.4500", "7.50"]])


def keeper(*messages: dict[str, Any], yes_prices: bool = True) -> BookKeeper:
    found = BookKeeper(yes_prices=yes_prices)
    for message in messages:
        assert found.hear(message)
    return found


def levels(found: BookKeeper, market: str = MARKET) -> Any:
    book = found.book(market, 5)
    return None if book is None else (book.bids, book.asks)


def test_both_sides_are_quoted_from_the_yes_leg() -> None:
    assert levels(keeper(START)) == (((4_000, 1_000),), ((4_500, 750),))
    assert levels(keeper(START, yes_prices=False)) == (((4_000, 1_000),), ((5_500, 750),))


def test_deltas_add_and_take_away_and_a_level_of_nothing_is_gone() -> None:
    found = keeper(
        START,
        delta(2, "yes", "0.4100", "2.00"),
        delta(3, "no", "0.4500", "-0.50"),
        delta(4, "yes", "0.4000", "-10.00"),
        delta(5, "no", "0.4700", "1.00"),
    )
    assert levels(found) == (((4_100, 200),), ((4_500, 700), (4_700, 100)))
    book = found.book(MARKET, 77)
    assert book is not None
    assert (book.market, book.read_at_ms) == (MARKET, 77)


def test_a_gap_puts_every_market_of_the_subscription_in_doubt_until_its_own_snapshot() -> None:
    found = keeper(START, snapshot(2, OTHER), delta(4, "yes", "0.4100", "1.00"))
    assert found.gaps == 1
    assert found.doubtful() == (MARKET, OTHER)
    assert levels(found) is None
    assert "gap" in found.doubt_of(MARKET)
    found.hear(delta(5, "yes", "0.4200", "1.00"))
    assert levels(found) is None
    found.hear(snapshot(6, yes_dollars_fp=[["0.4200", "3.00"]]))
    assert levels(found) == (((4_200, 300),), ())
    assert found.doubtful() == (OTHER,)


def test_a_gap_of_another_subscription_does_not_matter() -> None:
    found = keeper(START, snapshot(1, OTHER, sid=3), delta(9, "yes", "0.4100", "1.00", OTHER, sid=3))
    assert levels(found) is not None
    assert found.doubtful() == (OTHER,)


def test_a_snapshot_after_a_gap_heals_its_own_market_only() -> None:
    found = keeper(START, snapshot(2, OTHER), snapshot(9, yes_dollars_fp=[["0.4200", "3.00"]]))
    assert levels(found) == (((4_200, 300),), ())
    assert found.doubtful() == (OTHER,)


def test_a_repeated_delta_is_taken_in_once() -> None:
    found = keeper(START, delta(2, "yes", "0.4000", "1.00"), delta(2, "yes", "0.4000", "1.00"))
    assert levels(found) == (((4_000, 1_100),), ((4_500, 750),))


def test_an_old_snapshot_that_comes_again_is_doubt_and_not_a_book() -> None:
    found = keeper(START, delta(2, "yes", "0.4000", "-10.00"), START)
    assert levels(found) is None
    assert found.doubtful() == (MARKET,)


def test_an_acknowledgement_may_use_up_a_number() -> None:
    counted = {"type": "ok", "id": 7, "sid": 2, "seq": 2, "msg": {"market_tickers": [MARKET]}}
    assert levels(keeper(START, counted, delta(3, "yes", "0.4100", "1.00"))) is not None
    assert levels(keeper(START, counted | {"seq": 1}, delta(2, "yes", "0.4100", "1.00"))) is not None
    assert levels(keeper(START, {"type": "ok"}, delta(2, "yes", "0.4100", "1.00"))) is not None


def test_a_new_connection_begins_the_numbers_anew_and_serves_nothing_before_its_snapshot() -> None:
    found = keeper(START, delta(2, "yes", "0.4100", "1.00"))
    found.reset("the connection ended")
    assert levels(found) is None
    found.hear(delta(1, "yes", "0.4100", "1.00"))
    assert levels(found) is None
    found.hear(snapshot(2, yes_dollars_fp=[["0.3000", "1.00"]]))
    assert levels(found) == (((3_000, 100),), ())
    assert found.gaps == 0


def test_a_delta_of_a_subscription_that_was_replaced_changes_nothing() -> None:
    found = keeper(START, snapshot(1, sid=5, yes_dollars_fp=[["0.3000", "1.00"]]))
    found.hear(delta(2, "yes", "0.3000", "5.00", sid=2))
    assert levels(found) == (((3_000, 100),), ())


@pytest.mark.parametrize(
    "message",
    [
        delta(2, "yes", "0.4000", "-10.01"),
        delta(2, "yes", "0.9000", "-0.01"),
        delta(2, "maybe", "0.4000", "1.00"),
        delta(2, "yes", "1.0000", "1.00"),
        delta(2, "yes", "0.40005", "1.00"),
        delta(2, "yes", "40", "1.00"),
        delta(2, "yes", "0.4000", "1e3"),
        {
            "type": "orderbook_delta",
            "sid": 2,
            "seq": 2,
            "msg": {"market_ticker": MARKET, "price": 40, "delta": 5},
        },
        {"type": "orderbook_delta", "sid": 2, "seq": "2", "msg": {}},
        {"type": "orderbook_delta", "sid": 2, "seq": 2},
        {"type": "orderbook_delta"},
        snapshot(2, yes=[[40, 10]], no=[[50, 3]]),
        snapshot(2, yes_dollars=[["0.40", 10]]),
        snapshot(2, yes_dollars_fp=[["0.4000", "1.00"], ["0.4000", "1.00"]]),
        snapshot(2, yes_dollars_fp="all"),
        snapshot(2, yes_dollars_fp=[["0.4000", "-1.00"]]),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_doubt(message: dict[str, Any]) -> None:
    found = keeper(START, message)
    assert levels(found) is None
    assert found.doubtful() == (MARKET,)


def test_a_size_below_nothing_is_counted() -> None:
    assert keeper(START, delta(2, "yes", "0.4000", "-10.01")).negatives == 1


def test_a_crossed_book_is_not_served_while_it_is_crossed() -> None:
    found = keeper(START, delta(2, "yes", "0.4600", "1.00"))
    assert levels(found) is None
    found.hear(delta(3, "yes", "0.4600", "-1.00"))
    assert levels(found) is not None


def test_a_book_on_the_other_scale_than_we_asked_for_is_found_out() -> None:
    read = Book(MARKET, ((4_000, 1_000),), ((4_500, 750), (4_600, 100)), 1)
    sides: dict[str, Any] = {"yes_dollars_fp": [["0.4000", "10.00"]]}
    heeded = sides | {"no_dollars_fp": [["0.4500", "7.50"], ["0.4600", "1.00"]]}
    not_heeded = sides | {"no_dollars_fp": [["0.5500", "7.50"], ["0.5400", "1.00"]]}
    assert keeper(snapshot(1, **heeded)).agrees(read)
    assert keeper(snapshot(1, **not_heeded)).disagrees(read)
    for silent in (keeper(snapshot(1, **sides)), BookKeeper(yes_prices=True)):
        assert not silent.agrees(read)
        assert not silent.disagrees(read)


def test_a_market_that_was_never_heard_of_has_no_book() -> None:
    found = BookKeeper(yes_prices=True)
    found.watch(MARKET)
    assert levels(found) is None
    assert found.doubtful() == (MARKET,)
    assert found.doubt_of(OTHER) == "not subscribed to"
    assert not found.hear({"type": "ticker", "sid": 1, "msg": {}})
    assert not found.hear("PING")
    assert not found.hear(None)


# What a venue would send: every change by one number, so that any loss or swap is a gap or a repetition.
_CHANGES = st.lists(
    st.tuples(st.sampled_from(["yes", "no"]), st.integers(1, 99), st.integers(1, 500)),
    min_size=1,
    max_size=30,
)


@given(_CHANGES, st.data())
def test_a_book_that_is_served_is_the_venues_book(changes: Any, data: st.DataObject) -> None:
    """Any message may be lost, repeated or swapped with the next: what is then served is what the venue had."""
    truth: dict[str, dict[int, int]] = {"yes": {}, "no": {}}
    sent: list[tuple[dict[str, Any], Any]] = [(snapshot(1), {"yes": {}, "no": {}})]
    for seq, (side, cents, size) in enumerate(changes, 2):
        there = truth[side]
        take = cents in there and data.draw(st.booleans())
        change = -there.pop(cents) if take else size
        if not take:
            there[cents] = there.get(cents, 0) + change
        sign, amount = ("-", -change) if change < 0 else ("", change)
        text = f"{sign}{amount // 100}.{amount % 100:02d}"
        state = {name: dict(side_of) for name, side_of in truth.items()}
        sent.append((delta(seq, side, f"0.{cents:02d}00", text), state))
    heard: list[int] = []
    for number in range(len(sent)):
        fate = data.draw(st.sampled_from(["as sent", "as sent", "as sent", "lost", "twice", "swapped"]))
        heard += {"lost": [], "twice": [number, number]}.get(fate, [number])
        if fate == "swapped" and len(heard) > 1:
            heard[-2], heard[-1] = heard[-1], heard[-2]
    found = BookKeeper(yes_prices=True)
    newest = -1
    for number in heard:
        found.hear(sent[number][0])
        newest = max(newest, number)
        book = found.book(MARKET, 1)
        if book is not None:
            state = sent[newest][1]
            assert {price // 100: size for price, size in book.bids} == state["yes"]
            assert {price // 100: size for price, size in book.asks} == state["no"]


def _real() -> Iterator[dict[str, Any]]:
    path = Path(os.environ["PAIRLOCK_REAL_DATA"]) / REAL
    with path.open("rb") as stream, zstandard.ZstdDecompressor().stream_reader(stream) as plain:
        for line in io.TextIOWrapper(plain, encoding="utf-8"):
            yield json.loads(line, parse_float=str)


@pytest.mark.skipif("PAIRLOCK_REAL_DATA" not in os.environ, reason="PAIRLOCK_REAL_DATA names no recordings")
def test_the_real_recording_rebuilds_without_a_gap_or_a_negative_size() -> None:
    """43,020 real events, one reconnect that restarts the numbers; the recorder asked for NO prices."""
    found = BookKeeper(yes_prices=False)
    events = served = connections = 0
    best: list[int] = []
    for event in _real():
        events += 1
        if event["event_type"] == "ws_connected":
            connections += 1
            found.reset("a new connection")
        if not event["event_type"].startswith("orderbook_"):
            continue
        message = {"type": event["event_type"], "sid": 2, "seq": event["sequence_number"]}
        assert found.hear(message | {"msg": event["payload_json"]})
        assert found.doubtful() == ()
        book = found.book(event["market_ticker"], 1)
        if book is not None and book.bids and book.asks:
            served += 1
            best.append(book.bids[0][0])
            assert book.bids[0][0] < book.asks[0][0]
    assert (events, connections) == (43_020, 2)
    assert (found.gaps, found.negatives) == (0, 0)
    assert served > 40_000
    assert len({a for a, b in pairwise(best) if a != b}) > 10


@pytest.mark.skipif("PAIRLOCK_REAL_DATA" not in os.environ, reason="PAIRLOCK_REAL_DATA names no recordings")
def test_the_real_recording_with_one_event_lost_is_found_out_at_the_next() -> None:
    found = BookKeeper(yes_prices=False)
    for number, event in enumerate(_real()):
        if not event["event_type"].startswith("orderbook_") or number == 500:
            continue
        message = {"type": event["event_type"], "sid": 2, "seq": event["sequence_number"]}
        found.hear(message | {"msg": event["payload_json"]})
        if number > 500:
            break
    assert found.gaps == 1
    assert found.doubtful() != ()
