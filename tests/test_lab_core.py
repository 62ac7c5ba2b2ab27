"""The laboratory as a whole: it serves, says what it serves, and cleans up."""

from __future__ import annotations

import json
import socket
import stat
import struct

import httpx
import pytest
import trio

from lab_kit import kalshi_ready, laboratory
from pairlock.model import Outcome
from pairlock_adapters.laboratory.doorway import Shut
from pairlock_adapters.laboratory.names import condition_id, event_name, kalshi_ticker, sibling_of, token_id


async def test_it_says_what_it_serves_and_removes_its_keys() -> None:
    async with laboratory() as lab:
        ready = json.loads(json.dumps(lab.ready), parse_float=str)
        key = trio.Path(ready["kalshi"]["private_key_pem"])
        assert key.is_absolute()
        assert stat.S_IMODE((await key.stat()).st_mode) == 0o600
        assert stat.S_IMODE((await key.parent.stat()).st_mode) == 0o700
        assert ready["kalshi"]["rest"].endswith("/trade-api/v2")
        assert len(ready["pairs"]) == 4
        async with httpx.AsyncClient(trust_env=False) as http:
            status = await http.get(ready["kalshi"]["rest"] + "/exchange/status")
            markets = await http.get(ready["kalshi"]["rest"] + "/markets")
            told = await http.get(ready["control"] + "/ready")
        assert status.json() == {"exchange_active": True, "trading_active": True}
        assert [m["ticker"] for m in markets.json()["markets"]] == [
            p["kalshi_ticker"] for p in ready["pairs"]
        ]
        assert told.json() == ready
    assert not await key.exists()


async def test_the_default_books_are_what_is_promised() -> None:
    async with laboratory() as lab, httpx.AsyncClient(trust_env=False) as http:
        for market in (await http.get(kalshi_ready(lab)["rest"] + "/markets")).json()["markets"]:
            assert market["price_ranges"] == [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}]
            assert "0.1900" <= market["yes_bid_dollars"] < market["yes_ask_dollars"] <= "0.8000"
            for size in (market["yes_bid_size_fp"], market["yes_ask_size_fp"]):
                assert 100 <= int(size.split(".")[0]) <= 5_000


async def test_a_shut_door_refuses_and_opens_again() -> None:
    async with laboratory() as lab, httpx.AsyncClient(trust_env=False) as http:
        url = kalshi_ready(lab)["rest"] + "/exchange/status"
        doorway = lab.served[0].doorway
        doorway.shut(Shut.REFUSED, 300)
        with pytest.raises(httpx.ConnectError):
            await http.get(url)
        await trio.sleep(0.4)
        assert (await http.get(url)).status_code == 200


async def test_clients_that_go_at_once_do_no_harm() -> None:
    async with laboratory() as lab, httpx.AsyncClient(trust_env=False) as http:
        doorway = lab.served[0].doorway
        for _ in range(20):
            stream = await trio.open_tcp_stream("127.0.0.1", doorway.port)
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            stream.socket.close()
        assert (await http.get(kalshi_ready(lab)["rest"] + "/exchange/status")).status_code == 200


@pytest.mark.parametrize("how", [Shut.RESET, Shut.SILENT])
async def test_a_door_shut_in_other_ways_opens_again_too(how: Shut) -> None:
    async with laboratory() as lab, httpx.AsyncClient(trust_env=False, timeout=0.2) as http:
        url = kalshi_ready(lab)["rest"] + "/exchange/status"
        lab.served[0].doorway.shut(how, 500)
        with pytest.raises(
            httpx.ReadTimeout if how is Shut.SILENT else (httpx.NetworkError, httpx.RemoteProtocolError)
        ):
            await http.get(url)
        await trio.sleep(0.6)
        assert (await http.get(url)).status_code == 200


def test_names_go_both_ways() -> None:
    market = condition_id("R1-0000001")
    assert market == "0x" + b"R1-0000001".hex().rjust(64, "0")
    assert event_name(market) == event_name(kalshi_ticker("R1-0000001")) == "R1-0000001"
    assert sibling_of(market) == "KXR1-0000001"
    assert sibling_of("KXR1-0000001") == market
    assert sibling_of("nonsense") == ""
    assert token_id(market, Outcome.YES) != token_id(market, Outcome.NO)
    with pytest.raises(ValueError, match="1 to 32"):
        condition_id("x" * 33)
