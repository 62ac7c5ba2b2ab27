"""Polymarket's books: any order of levels, the venue's own hash, changes applied, and never served in doubt."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_clob_client_v2.clob_types import OrderBookSummary, OrderSummary
from py_clob_client_v2.utilities import generate_orderbook_summary_hash

from pairlock.book import Book, mirrored
from pairlock_adapters.polymarket.books import HashFields, TokenBook, book_hash, rest_book
from pairlock_adapters.polymarket.quantities import Unreadable
from polymarket_kit import CONDITION, YES_TOKEN

FIELDS = HashFields(CONDITION, str(YES_TOKEN), "5", "0.01", False, "0.41")
BIDS, ASKS = [("0.38", "100"), ("0.4", "12.5")], [("0.45", "7"), ("0.42", "30.123456")]
EXPECTED = Book(CONDITION, ((4_000, 1_250), (3_800, 10_000)), ((4_200, 3_012), (4_500, 700)), 77)


def levels(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"price": price, "size": size} for price, size in pairs]


def body(
    bids: list[tuple[str, str]] = BIDS,
    asks: list[tuple[str, str]] = ASKS,
    timestamp: str = "1000",
    **more: Any,
) -> dict[str, Any]:
    return {
        "event_type": "book", "market": CONDITION, "asset_id": str(YES_TOKEN), "timestamp": timestamp,
        "hash": book_hash(FIELDS, timestamp, bids, asks), "bids": levels(bids), "asks": levels(asks),
        "min_order_size": "5", "tick_size": "0.01", "neg_risk": False, "last_trade_price": "0.41", **more,
    }  # fmt: skip


def rest(told: object, *, yes: bool = True, hashed: bool = True) -> Book:
    return rest_book(told, market=CONDITION, token_id=str(YES_TOKEN), yes=yes, read_at_ms=77, hashed=hashed)


def followed(*messages: dict[str, Any]) -> TokenBook:
    book = TokenBook(FIELDS)
    for message in messages:
        if message["event_type"] == "book":
            book.snapshot(message)
        else:
            book.change(message["price_changes"], message["timestamp"])
    return book


def change(side: str, price: str, size: str, timestamp: str = "1001", **more: Any) -> dict[str, Any]:
    row = {"asset_id": str(YES_TOKEN), "side": side, "price": price, "size": size, **more}
    return {"event_type": "price_change", "market": CONDITION, "timestamp": timestamp, "price_changes": [row]}


prices = st.integers(1, 99).map(lambda cents: f"0.{cents:02d}")
sides = st.lists(
    st.tuples(prices, st.decimals("0.01", "99999", places=2).map(str)), unique_by=lambda level: level[0]
)


@given(sides, sides, st.text(max_size=5), st.booleans())
def test_the_hash_is_the_official_clients(
    bids: list[tuple[str, str]], asks: list[tuple[str, str]], last: str, neg_risk: bool
) -> None:
    fields = HashFields(CONDITION, str(YES_TOKEN), "5", "0.01", neg_risk, last)
    official = OrderBookSummary(
        market=CONDITION, asset_id=str(YES_TOKEN), timestamp="1", min_order_size="5", neg_risk=neg_risk,
        tick_size="0.01", last_trade_price=last, hash="",
        bids=[OrderSummary(price=price, size=size) for price, size in bids],
        asks=[OrderSummary(price=price, size=size) for price, size in asks],
    )  # fmt: skip
    assert book_hash(fields, "1", bids, asks) == generate_orderbook_summary_hash(official)


@given(st.permutations(BIDS), st.permutations(ASKS))
def test_a_book_is_the_same_in_whatever_order_it_is_told(
    bids: list[tuple[str, str]], asks: list[tuple[str, str]]
) -> None:
    assert rest(body(bids, asks)) == EXPECTED
    assert followed(body(bids, asks)).book(CONDITION, 77) == EXPECTED


def test_the_no_tokens_book_is_turned_into_yes_terms() -> None:
    found = rest(body(), yes=False)
    assert (found.bids, found.asks) == (mirrored(EXPECTED.asks), mirrored(EXPECTED.bids))


@pytest.mark.parametrize(
    "more",
    [
        {"hash": "0" * 40},
        {"bids": levels([("0.38", "100"), ("0.4", "12.6")])},
        {"asset_id": "7"},
        {"market": "0x01"},
        {"bids": None},
        {"asks": [{"price": "0.45"}]},
        {"timestamp": 7},
        {"neg_risk": None},
    ],
)
def test_a_book_that_is_not_what_its_hash_says_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        rest(body() | more)


@pytest.mark.parametrize(
    "told", [None, [], "book", body([("0.5", "1")], [("0.5", "1")]), body([("1.2", "1")])]
)
def test_a_book_that_cannot_be_is_refused(told: object) -> None:
    with pytest.raises(Unreadable):
        rest(told, hashed=False)


def test_changes_replace_levels_and_zero_removes_them() -> None:
    book = followed(
        body(),
        change("BUY", "0.41", "3"),
        change("SELL", "0.42", "0", "1002"),
        change("BUY", "0.4", "1", "1002"),
    )
    assert book.book(CONDITION, 77) == Book(
        CONDITION, ((4_100, 300), (4_000, 100), (3_800, 10_000)), ((4_500, 700),), 77
    )


def test_nothing_is_served_before_a_snapshot_nor_are_changes_kept() -> None:
    book = followed(change("BUY", "0.41", "3"))
    assert book.book(CONDITION, 1) is None
    book.snapshot(body())
    assert book.book(CONDITION, 77) == EXPECTED


@pytest.mark.parametrize(
    "message",
    [
        body(hash="0" * 40, timestamp="1001"),
        body(timestamp="999"),
        body(bids=[("0.43", "1")], timestamp="1001"),
        {**body(timestamp="1001"), "asks": None},
        change("BUY", "0.41", "3", "999"),
        change("BUY", "0.42", "3"),  # crosses
        change("HOLD", "0.41", "3"),
        change("BUY", "0.41", "-3"),
        change("BUY", "0.410001", "3"),
        change("BUY", "0.41", ""),
        change("BUY", "0.41", "3", best_bid="0.4"),
        change("BUY", "0.41", "3", best_ask="0.44"),
        {**change("BUY", "0.41", "3"), "timestamp": 1001},
    ],
)
def test_whatever_does_not_fit_is_doubt_until_the_next_snapshot(message: dict[str, Any]) -> None:
    book = followed(body(), message)
    assert book.doubt
    assert book.book(CONDITION, 1) is None
    book.change(change("BUY", "0.41", "3", "1005")["price_changes"], "1005")
    assert book.book(CONDITION, 1) is None
    book.snapshot(body(timestamp="1006"))
    assert book.book(CONDITION, 77) == EXPECTED


def test_an_empty_side_may_be_told_as_nought_or_one() -> None:
    removed = [change("BUY", price, "0", best_bid=told) for price, told in (("0.4", "0.38"), ("0.38", "0"))]
    assert followed(body(), *removed).doubt == ""


def test_a_changes_hash_counts_from_the_first_time_that_it_is_the_books() -> None:
    stranger = change("BUY", "0.41", "3", hash="ab" * 20)
    assert followed(body(), stranger).doubt == ""
    after = book_hash(FIELDS, "1002", [*BIDS, ("0.41", "3")], ASKS)
    known = change("BUY", "0.41", "3", "1002", hash=after)
    assert followed(body(), stranger, known).doubt == ""
    doubted = followed(body(), known, change("BUY", "0.41", "4", "1003", hash="ab" * 20))
    assert doubted.doubt
    assert doubted.book(CONDITION, 1) is None
    again = book_hash(FIELDS, "1004", [*BIDS, ("0.41", "5")], ASKS)
    doubted.change(change("BUY", "0.41", "5", hash=again)["price_changes"], "1004")
    assert doubted.doubt == ""


def test_a_book_without_the_last_trades_price_is_not_judged_by_its_hash() -> None:
    """Its hash is of a price that may be told after it."""
    told = body(timestamp="1002", hash="0" * 40)
    del told["last_trade_price"]
    assert followed(body(), told).doubt == ""


def test_the_rows_of_one_message_are_one_moment() -> None:
    """Two levels swept at once, each row with the best prices after both."""
    swept = change("SELL", "0.42", "0", best_ask="1")
    swept["price_changes"] += change("SELL", "0.45", "0", best_ask="1")["price_changes"]
    assert followed(body(), swept).doubt == ""


def test_a_trade_is_part_of_the_next_hash() -> None:
    book = followed(body())
    book.traded("0.42")
    fields = HashFields(CONDITION, str(YES_TOKEN), "5", "0.01", False, "0.42")
    told = body(timestamp="1002", last_trade_price="0.42")
    told["hash"] = book_hash(fields, "1002", BIDS, ASKS)
    book.snapshot(told)
    assert book.doubt == ""


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(list(body())), junk, min_size=1, max_size=3))
def test_no_book_crashes_the_parser(more: dict[str, Any]) -> None:
    told = body() | more
    book = TokenBook(FIELDS)
    book.snapshot(told)
    served = book.book(CONDITION, 77)
    assert served is None or served == EXPECTED
    with contextlib.suppress(Unreadable):
        assert rest(told) == EXPECTED


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["price", "size", "side", "hash", "best_bid"]), junk), max_size=3
    ),
    junk,
)
def test_no_change_crashes_the_book(rows: list[dict[str, object]], timestamp: object) -> None:
    book = followed(body())
    book.change(rows, timestamp)
    assert book.book(CONDITION, 77) in (None, EXPECTED)


@given(
    st.lists(
        st.tuples(st.sampled_from(["BUY", "SELL"]), st.integers(1, 99), st.integers(0, 500)),
        min_size=1,
        max_size=30,
    )
)
def test_a_book_of_changes_is_the_book_of_its_levels(moves: list[tuple[str, int, int]]) -> None:
    book = followed(body([], []))
    bids: dict[int, int] = {}
    asks: dict[int, int] = {}
    for number, (side, cents, size) in enumerate(moves):
        if book.doubt:
            break
        held = bids if side == "BUY" else asks
        held[cents] = size
        book.change(change(side, f"0.{cents:02d}", str(size))["price_changes"], str(1001 + number))
        live_bids = {each: held for each, held in bids.items() if held}
        live_asks = {each: held for each, held in asks.items() if held}
        crossed = bool(live_bids and live_asks and max(live_bids) >= min(live_asks))
        found = book.book(CONDITION, 1)
        assert (found is None) == crossed
        if found is not None:
            assert found.bids == tuple(
                (100 * each, 100 * live_bids[each]) for each in sorted(live_bids, reverse=True)
            )
            assert found.asks == tuple((100 * each, 100 * live_asks[each]) for each in sorted(live_asks))


REAL = os.environ.get("PAIRLOCK_REAL_DATA", "")


@pytest.mark.skipif(not REAL, reason="PAIRLOCK_REAL_DATA names no folder of recordings")
def test_recorded_books_have_the_hash_that_we_compute() -> None:
    """The recordings leave two fields away; their markets had one of few minimums, neg-risk or not."""
    lines = (Path(REAL) / "wire-samples" / "polymarket_book.jsonl").read_text().splitlines()
    assert lines
    for line in lines:
        told = json.loads(line, parse_float=str)
        trusted = []
        for minimum in ("5", "15"):
            for neg_risk in (False, True):
                fields = HashFields(
                    told["market"], told["asset_id"], minimum, told["tick_size"], neg_risk, ""
                )
                book = TokenBook(fields)
                book.snapshot(told)
                trusted += [book] if not book.doubt else []
        assert len(trusted) == 1
