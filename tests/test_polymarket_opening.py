"""Opening a Polymarket account: what an operator is told, what is refused, and that no secret shows."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import trio
from py_clob_client_v2.headers.headers import create_level_1_headers
from py_clob_client_v2.signer import Signer as OfficialSigner

from pairlock.errors import UserError
from pairlock.ports import VenueError
from pairlock_adapters.net.http import VenueHttp
from pairlock_adapters.net.secrets import Secret
from pairlock_adapters.polymarket.api_keys import KeyMaker
from pairlock_adapters.polymarket.config import PolymarketConfig, PolymarketKey, PolymarketLimits
from pairlock_adapters.polymarket.venue import open_polymarket
from pairlock_adapters.polymarket.wallets import Signer
from polymarket_kit import ADDRESS, FUNDER, KEY_HEX
from polymarket_server import CLOCK, SECRETS, clob, configured, trading


async def test_signatures_carry_the_venues_time() -> None:
    async with clob(ahead_s=3_600) as server, open_polymarket(configured(server), CLOCK) as venue:
        await venue.balance_micros()
        assert [each for each in server.unsigned if "balance" in each] == []
        assert any("differs from ours" in each for each in venue.findings)


async def test_the_start_tells_the_operator_what_it_found() -> None:
    async with clob() as server:
        server.on("GET /api/geoblock", (200, {"blocked": True, "country": "US", "region": "NY"}))
        server.on("GET /auth/api-keys", (401, {"error": "no"}), (200, {"apiKeys": []}))
        server.on("GET /auth/ban-status/closed-only", (200, {"closed_only": True}))
        server.on("GET /version", (200, {"version": 4}))
        async with open_polymarket(configured(server), CLOCK) as venue:
            told = "\n".join(venue.findings)
    for word in ("region 'test'", "orders from US NY are refused", "'key-1' does not work: 401", "'key-2' works",
                 "closed-only mode", "version 4"):  # fmt: skip
        assert word in told
    async with open_polymarket(configured(server), CLOCK) as venue:
        assert "does not answer" in "\n".join(venue.findings)


async def test_no_secret_shows() -> None:
    async with trading() as (_, venue):
        shown = f"{venue.config!r} {venue.client.keys.usable()!r} {venue._signer!r} {venue._wallet!r}"
        for secret in (*SECRETS.values(), KEY_HEX[2:], "word"):
            assert secret not in shown
    with pytest.raises(UserError) as told:
        async with open_polymarket(
            PolymarketConfig(venue.config.keys, Secret("0x77"), "test", geoblock_url=""), CLOCK
        ):
            pass
    assert "0x77" not in str(told.value)


KEYS = (PolymarketKey("a", "a", Secret("c2Vj"), Secret("w")),)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"keys": ()}, "polymarket.keys"),
        ({"region": " "}, "polymarket.region"),
        ({"chain_id": 1}, "chain_id 1"),
        ({"funder": FUNDER}, "signature_type 0"),
        ({"signature_type": 3}, "polymarket.funder"),
        ({"signature_type": 3, "funder": ADDRESS}, "polymarket.funder"),
        ({"funder": "0x12"}, "not an address"),
        ({"builder": "0x12"}, "builder"),
        ({"clob_url": "http://clob.polymarket.com"}, "http"),
    ],
)
async def test_a_configuration_that_cannot_be_is_told(more: dict[str, Any], word: str) -> None:
    given: dict[str, Any] = {"keys": KEYS, "region": "test", "geoblock_url": "", "sockets": False, **more}
    with pytest.raises(UserError, match=word):
        async with open_polymarket(PolymarketConfig(private_key=Secret(KEY_HEX), **given), CLOCK):
            pass


def test_a_socket_may_not_have_more_books_than_it_can() -> None:
    with pytest.raises(UserError, match="most_books"):
        PolymarketLimits(most_books=501)


async def test_keys_are_made_and_found_again_with_the_wallets_signature() -> None:
    made = {"apiKey": "key-9", "secret": "c2VjcmV0", "passphrase": "word-9"}
    async with clob() as server:
        signer = Signer(Secret(KEY_HEX))
        maker = KeyMaker(VenueHttp(server.http, CLOCK), CLOCK, signer, 137)
        server.on("POST /auth/api-key", (200, made), (400, {"error": "Could not create api key"}))
        server.on("GET /auth/derive-api-key", (200, {**made, "secret": None}), (200, made))
        key = await maker.create(nonce=3)
        assert (key.api_key, key.secret.reveal(), key.passphrase.reveal()) == ("key-9", "c2VjcmV0", "word-9")
        assert "c2VjcmV0" not in repr(key)
        told = server.seen("POST /auth/api-key")[0].headers
        official = create_level_1_headers(OfficialSigner(KEY_HEX, 137), 3, int(told["poly_timestamp"]))
        assert told["poly_signature"] == official["POLY_SIGNATURE"].lower()
        assert told["poly_nonce"] == "3"
        for ask in (maker.create, maker.derive):
            with pytest.raises(VenueError):
                await ask()
        assert (await maker.derive()).api_key == "key-9"
        await maker.http.aclose()


async def test_a_venue_that_says_nothing_is_a_finding_and_opening_does_not_wait_for_it() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=1)
    try:
        port = listener.getsockname()[1]
        # The backlog is full: further connections are neither refused nor answered.
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        config = PolymarketConfig(
            KEYS, Secret(KEY_HEX), "test", clob_url=f"http://127.0.0.1:{port}", geoblock_url="", sockets=False,
            limits=PolymarketLimits(read_timeout_ms=200),
        )  # fmt: skip
        with trio.fail_after(3):
            async with open_polymarket(config, CLOCK) as venue:
                assert "does not answer" in "\n".join(venue.findings)
        for each in waiting:
            each.close()
    finally:
        listener.close()
