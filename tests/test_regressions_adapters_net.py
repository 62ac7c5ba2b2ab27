"""Findings of the review of the adapters, on what both venues share: numbers and keys that cannot be."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio_websocket import WebSocketConnection

from kalshi_kit import CLIENT_ID, INTENT
from net_kit import CLOCK
from net_sockets_kit import QUICK, serving
from pairlock.errors import UserError
from pairlock_adapters.kalshi.feed import KalshiFeed
from pairlock_adapters.net.secrets import Secret
from pairlock_adapters.net.sockets import VenueSocket
from pairlock_adapters.polymarket import parse_account, parse_markets
from pairlock_adapters.polymarket.quantities import Unreadable
from pairlock_adapters.polymarket.wallets import Signer
from polymarket_bodies import DETAILS, FULL
from polymarket_kit import CONDITION, NO_TOKEN

LONG = "9" * 5_000


@pytest.mark.parametrize("key", ["0" * 64, "f" * 64])
def test_a_private_key_that_no_wallet_has_is_the_users_mistake(key: str) -> None:
    """64 hex digits that are no key of the curve raised an error of the library's at the start, not one that says
    what to mend."""
    with pytest.raises(UserError) as said:
        Signer(Secret(key, "env:KEY"))
    assert key not in str(said.value)


@pytest.mark.parametrize(
    "body", [{"balance": LONG, "allowances": {}}, {"balance": "1", "allowances": {"a": LONG}}]
)
def test_a_balance_of_thousands_of_digits_is_unreadable(body: dict[str, Any]) -> None:
    """A number of more digits than Python converts raised ValueError, at the start too, where nothing may."""
    with pytest.raises(Unreadable):
        parse_account.holding(body)


def test_a_token_id_of_thousands_of_digits_is_unreadable() -> None:
    """The same in a market's tokens."""
    details = {**DETAILS, "t": [{"t": LONG, "o": "Yes"}, {"t": str(NO_TOKEN), "o": "No"}]}
    with pytest.raises(Unreadable):
        parse_markets.market_of(CONDITION, details, FULL, parse_markets.Reading({}))


async def test_a_message_nested_as_deep_as_can_be_read_does_not_end_the_socket() -> None:
    """JSON nested just less deep than Python reads ran out of its stack where the value was shown: the error ended the
    socket's task and with it the venue."""
    depths = iter(range(930, 1_000))

    async def use(connection: WebSocketConnection, number: int) -> None:
        for depth in depths:
            side = "[" * depth + "]" * depth
            told = f'{{"type":"fill","msg":{{"order_id":"x","client_order_id":"{CLIENT_ID}","book_side":{side}}}}}'
            await connection.send_message(told)
            await trio.sleep(0.002)
        await connection.send_message("the end")
        await connection.get_message()

    ended = trio.Event()

    class Feed(KalshiFeed):
        async def on_text(self, text: str, at_ms: int) -> None:
            if text == "the end":
                ended.set()
            await super().on_text(text, at_ms)

    async def deliver(_: object) -> None:
        raise AssertionError

    feed = Feed(CLOCK, lambda *_: INTENT, CLOCK.wall_ms, lambda _: None, most_books=1)
    feed.attach(deliver)
    async with serving(use) as (url, _), trio.open_nursery() as nursery:
        nursery.start_soon(VenueSocket(url, CLOCK, times=QUICK).run, feed)
        with trio.fail_after(5):
            await ended.wait()
        nursery.cancel_scope.cancel()
    assert feed.unreadable
