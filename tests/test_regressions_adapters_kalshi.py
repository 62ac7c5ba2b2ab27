"""Findings of the review of the adapters, on Kalshi: freshness of reads, numbers of books, payouts, foreign rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import trio
from attrs import evolve

from kalshi_kit import INTENT, MARKET, fill, order
from kalshi_server import ORDERS, Asked, Said, Server, account, go, soon
from net_kit import CLOCK
from pairlock.errors import UserError
from pairlock.facts import NotFound, OrderReport, OutcomeUnknown, Reported
from pairlock.model import Outcome, Payout
from pairlock.ports import VenueError
from pairlock_adapters.kalshi.books import BookKeeper
from pairlock_adapters.kalshi.build import OrderSettings
from pairlock_adapters.kalshi.fields import Unreadable
from pairlock_adapters.kalshi.parse_account import settled_payout
from test_kalshi_books import START, delta, keeper, levels, snapshot

STAMP = ("GET", "/exchange/user_data_timestamp")
LATE_MS = 60_000


def late() -> dict[str, Any]:
    made = datetime.fromtimestamp((CLOCK.wall_ms() - LATE_MS) // 1_000, UTC)
    return {"as_of_time": made.strftime("%Y-%m-%dT%H:%M:%SZ")}


async def test_a_read_beside_the_question_how_fresh_data_is_counts_no_later() -> None:
    """While one read asked Kalshi how fresh its data was, another one counted from its own beginning: an order could
    be proved absent by a list from before it."""
    server = Server()
    server.on[STAMP] = lambda _: late()
    async with account(server) as venue:
        await venue.read_order(soon(INTENT), "")
        server.on[STAMP] = lambda _: Said(0, silent=True)
        said: list[object] = []

        async def read() -> None:
            said.append(await venue.read_order(soon(INTENT), ""))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(read)
            while not server.count(*STAMP) > 1:  # noqa: ASYNC110 (it happens on the other side of a socket)
                await trio.sleep(0.005)
            nursery.start_soon(read)
        for each in said:
            assert isinstance(each, NotFound)
            assert each.asked_at_ms < CLOCK.now_ms() - LATE_MS + 5_000


@pytest.mark.parametrize("bad", [Said(500, "oops"), Said(429, {}), Said(0, cut=True)])
async def test_a_question_that_was_not_answered_proves_nothing_absent(bad: Said) -> None:
    """Where the question how fresh the data is met a 429, an error or silence, and no answer had come before, a read
    counted from its own beginning: an order could be proved absent by data that was as late as anything."""
    server = Server()
    server.on[STAMP] = lambda _: bad
    async with account(server) as venue:
        for _ in range(3):
            said = await venue.read_order(soon(INTENT), "")
            assert isinstance(said, NotFound)
            assert said.asked_at_ms < 0
        server.on[STAMP] = lambda _: late()
        await venue.read_order(soon(INTENT), "")
        said = await venue.read_order(soon(INTENT), "")
        assert isinstance(said, NotFound)
        assert -62_500 < said.asked_at_ms - CLOCK.now_ms() < -59_000


async def test_the_question_goes_out_though_our_own_rate_limit_is_used_up() -> None:
    """The question how fresh the data is went without hurry: where our own rate limit held it back the data was taken
    for fresh, though Kalshi would have said that it was a minute and a half old."""
    server = Server()
    server.on[STAMP] = lambda _: late()
    async with account(server) as venue:
        venue.client.requests.reads.overdrawn(CLOCK.now_ms() + 60_000)
        await venue.read_order(soon(INTENT), "")
        assert server.count(*STAMP) == 1
        said = await venue.read_order(soon(INTENT), "")
        assert isinstance(said, NotFound)
        assert said.asked_at_ms < CLOCK.now_ms() - 59_000


async def test_a_read_cut_off_in_the_question_leaves_what_was_known_of_freshness() -> None:
    """A read that its caller cut off while it asked how fresh the data was left behind that nothing was known of it."""
    server = Server()
    server.on[STAMP] = lambda _: late()
    async with account(server) as venue:
        await venue.read_order(soon(INTENT), "")
        server.on[STAMP] = lambda _: Said(0, silent=True)
        with trio.move_on_after(0.15):
            await venue.read_order(soon(INTENT), "")
        said = await venue.read_order(soon(INTENT), "")
        assert isinstance(said, NotFound)
        assert said.asked_at_ms < CLOCK.now_ms() - LATE_MS + 5_000


async def test_a_read_does_not_wait_long_for_how_fresh_the_data_is() -> None:
    """The question how fresh data is could take as long as a read itself, so that the engine's limit cut off the read
    and what it had found was lost, again and again."""
    server = Server()
    server.on[STAMP] = lambda _: Said(0, silent=True)
    async with account(server) as venue:
        began_ms = CLOCK.now_ms()
        await venue.read_order(soon(INTENT), "")
        assert CLOCK.now_ms() - began_ms < 1_500


def test_numbers_of_a_book_that_begin_anew_are_doubt_and_not_repetitions() -> None:
    """Where Kalshi began a subscription's numbers anew, its deltas were dropped as repetitions: the book stood still
    and was served as fresh, since each of them was counted as heard."""
    found = keeper(START, *(delta(seq, "yes", "0.4100", "1.00") for seq in range(2, 6)))
    assert levels(found) is not None
    found.hear(delta(1, "yes", "0.4100", "-4.00"))
    assert levels(found) is None
    assert found.doubtful() == (MARKET,)
    same = keeper(START, delta(2, "yes", "0.4100", "1.00"))
    same.hear(delta(2, "yes", "0.4000", "-10.00"))
    assert levels(same) is None


def test_a_book_that_nothing_compares_is_not_served_from_the_socket() -> None:
    """A socket's book of which no level told on which scale its asks are was taken to agree, for the whole connection:
    a venue that does not heed use_yes_price would have had its later NO levels served upside down."""
    one_sided = snapshot(1, yes_dollars_fp=[["0.4000", "10.00"]])
    found = keeper(one_sided)
    read = found.book(MARKET, 5)
    assert read is not None
    assert not found.agrees(read)
    assert not found.disagrees(read)
    both: BookKeeper = keeper(START)
    read = both.book(MARKET, 5)
    assert read is not None
    assert both.agrees(read)
    assert not both.disagrees(read)
    turned = evolve(read, asks=tuple((10_000 - price_e4, size_e2) for price_e4, size_e2 in read.asks))
    assert not both.agrees(turned)
    assert both.disagrees(turned)


@pytest.mark.parametrize(
    "date", ["Mon, 01 Jan 99999 00:00:00 GMT", "Mon, 01 Jan 2026 99999999999999:00:00 GMT"]
)
async def test_a_date_that_cannot_be_says_nothing(date: str) -> None:
    """A Date header of the year 99999 raised where the answer was taken in: a certain answer to an order was lost, and
    a venue with such a proxy before it could not be opened."""
    server = Server()
    said = Said(200, {"exchange_active": True, "trading_active": True}, extra=f"Date: {date}\r\n")
    server.always(("GET", "/exchange/status"), said)
    async with account(server) as venue:
        killed = {"code": "fill_or_kill_insufficient_resting_volume"}
        server.always(("POST", ORDERS), Said(409, killed, extra=f"Date: {date}\r\n"))
        assert isinstance(await venue.place(soon(INTENT), go), OrderReport)
        assert abs(venue.client.offset.server_ms() - CLOCK.wall_ms()) < 60_000


def test_a_settlement_of_both_outcomes_without_a_value_does_not_tell_what_one_paid() -> None:
    """The revenue of a settlement is of both outcomes together; where both were held it was taken for that of the one
    asked for, so that YES and NO could each pay a dollar."""
    row = {
        "ticker": MARKET, "market_result": "scalar", "revenue": 500, "value": None, "yes_count_fp": "5.00",
        "no_count_fp": "5.00",
    }  # fmt: skip
    for outcome in Outcome:
        with pytest.raises(Unreadable):
            settled_payout((row,), MARKET, outcome)
    assert settled_payout((row | {"no_count_fp": "0.00"},), MARKET, Outcome.YES) == Payout(10_000)


@pytest.mark.parametrize("client_id", [None, "", 7])
async def test_an_order_of_ours_whose_client_id_is_missing_is_not_absent(client_id: Any) -> None:
    """An order's row without its client id was taken for another's, and its fills with it: an order that had filled
    was not found."""
    server = Server()
    row = order(client_order_id=client_id)
    server.always(("GET", "/portfolio/orders"), {"orders": [row], "cursor": ""})
    server.always(("GET", "/portfolio/fills"), {"fills": [fill()], "cursor": ""})
    async with account(server) as venue:
        assert isinstance(await venue.read_order(soon(INTENT), ""), OutcomeUnknown)
        small = row | {"initial_count_fp": "3.00"}
        server.always(("GET", "/portfolio/orders"), {"orders": [small], "cursor": ""})
        assert isinstance(await venue.read_order(soon(INTENT), ""), NotFound)


async def test_an_executed_order_of_which_nothing_filled_is_not_certain() -> None:
    """A row that says executed, with nothing filled and nothing left, was taken for certain that nothing filled."""
    server = Server()
    row = order(fill_count_fp="0.00")
    server.always(("GET", "/portfolio/orders"), {"orders": [row], "cursor": ""})
    async with account(server) as venue:
        said = await venue.read_order(soon(INTENT), "")
        assert isinstance(said, OrderReport)
        assert said.reported is Reported.TERMINAL


async def test_what_an_exit_must_read_is_read_although_the_venue_said_too_many_requests() -> None:
    """After one 429 the reads that an exit needs, whether orders are taken and the book, were refused by our own rate
    limit as those of entries are: every exit was without a route until the venue's pause was over."""
    server = Server()
    book = {"orderbook_fp": {"yes_dollars": [["0.4000", "1.00"]], "no_dollars": []}}
    server.always(("GET", f"/markets/{MARKET}/orderbook"), book)
    async with account(server) as venue:
        balance = server.on[("GET", "/portfolio/balance")]
        server.always(
            ("GET", "/portfolio/balance"), Said(429, {"error": "slow"}, extra="Retry-After: 30\r\n")
        )
        with pytest.raises(VenueError):
            await venue.balance_micros()
        server.on[("GET", "/portfolio/balance")] = balance
        assert await venue.taker_open(MARKET)
        assert (await venue.book(MARKET)).bids == ((4_000, 100),)
        with pytest.raises(VenueError):
            await venue.balance_micros()


async def test_an_order_is_looked_for_in_every_subaccount() -> None:
    """Orders were looked for in the configured subaccount alone: after a restart with another one set, an order that
    the first had sent was not found and could be proved absent."""
    server = Server()

    def of_the_first(asked: Asked) -> dict[str, Any]:
        rows = [order()] if asked.query.get("subaccount", "1") == "1" else []
        return {"orders": rows, "cursor": ""}

    server.on[("GET", "/portfolio/orders")] = of_the_first
    async with account(server, orders=OrderSettings(subaccount=2)) as venue:
        assert isinstance(await venue.read_order(soon(INTENT), ""), OrderReport)


@pytest.mark.parametrize("bound", [False, True], ids=["another account", "another subaccount"])
async def test_keys_that_see_different_orders_are_refused_at_the_start(bound: bool) -> None:
    """Keys of two accounts, or of two subaccounts, were taken for two keys of one: a read that failed over to the
    other did not find the order, which could be proved absent."""
    server = Server()

    def own(asked: Asked) -> dict[str, Any]:
        rows: list[dict[str, Any]] = [
            {"api_key_id": name, "name": name, "scopes": []} for name in ("key-0", "key-1")
        ]
        return {"api_keys": [rows[0], rows[1] | {"subaccount": 2}] if bound else [rows[int(asked.key[4:])]]}

    server.on[("GET", "/api_keys")] = own
    with pytest.RaisesGroup(UserError, allow_unwrapped=True, flatten_subgroups=True):
        async with account(server, keys=2):
            raise AssertionError("it was opened")
    listed: list[dict[str, Any]] = [
        {"api_key_id": name, "name": name, "scopes": []} for name in ("key-0", "key-1")
    ]
    answers: tuple[Any, ...] = ({"api_keys": listed}, Said(403, {"error": "scope"}), {"api_keys": "?"})
    for said in answers:
        server.always(("GET", "/api_keys"), said)
        async with account(server, keys=2) as venue:
            assert venue.findings
