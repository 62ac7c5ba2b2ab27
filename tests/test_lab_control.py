"""The control API: what a test of somebody's bot can do to the venues, and see of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import trio

from lab_kit import kalshi_client, laboratory
from pairlock_adapters.laboratory.lab import Laboratory
from test_lab_kalshi import ORDERS, code, order, rest


class Control:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def post(self, path: str, **body: Any) -> Any:
        answer = await self.http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def get(self, path: str, **query: str) -> Any:
        answer = await self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refused(self, path: str, **body: Any) -> str:
        answer = await self.http.post(path, json=body)
        assert answer.status_code == 400, answer.text
        return str(answer.json()["error"])


@asynccontextmanager
async def control(lab: Laboratory) -> AsyncIterator[Control]:
    async with httpx.AsyncClient(base_url=str(lab.ready["control"]), trust_env=False) as http:
        yield Control(http)


async def test_the_truth_of_an_order_can_be_read() -> None:
    async with laboratory() as lab, control(lab) as do, kalshi_client(lab) as client:
        told = (await client.call("POST", ORDERS, order(lab))).json()
        rows = await do.get("/truth/orders", venue="kalshi")
        assert [(row["venue_order_id"], row["status"]) for row in rows] == [(told["order_id"], "executed")]
        whole = await do.get("/truth")
        assert len(whole["fills"]) == len(whole["requests"]) == 1
        assert whole["balances"][0]["cash_micros"] == lab.world.exchanges["kalshi"].account.cash_micros
        assert "no table" in (await do.http.get("/truth/meta")).json()["error"]
        assert "no column" in (await do.http.get("/truth/orders", params={"x": "1"})).json()["error"]


async def test_books_move_and_resting_orders_are_met() -> None:
    async with laboratory() as lab, control(lab) as do, kalshi_client(lab) as client:
        told = await rest(client, lab)
        event = order(lab)["ticker"]
        limit = round(
            float((await client.get(f"/portfolio/orders/{told['order_id']}"))["order"]["yes_price_dollars"])
            * 10_000
        )
        taken = await do.post(
            "/take", venue="kalshi", market=event, side="sell", price_e4=100, size_e2=10_000_000
        )
        assert taken["filled_e2"] > 1_000
        assert taken["bids"] == []
        row = (await client.get("/portfolio/orders"))["orders"][0]
        assert (row["status"], row["fill_count_fp"]) == ("executed", "10.00")
        fill = (await client.get("/portfolio/fills"))["fills"][0]
        assert (fill["is_taker"], fill["fee_cost"]) == (False, "0.0000")
        await do.post(
            "/books", venue="kalshi", market=event, bids=[[limit - 200, 5_000]], asks=[[limit + 500, 7_000]]
        )
        second = await client.call(
            "POST",
            ORDERS,
            order(lab, client_order_id="b", price=f"0.{limit:04d}", time_in_force="good_till_canceled"),
        )
        assert second.json()["remaining_count"] == "10.00"
        shown = await do.post("/shift", venue="kalshi", market=event, by_e4=-600)
        row = (await client.get("/portfolio/orders", client_order_id="b"))["orders"][0]
        assert row["status"] == "executed", "the others came down to our bid"
        assert shown["asks"][0] == [limit - 100, 6_000]


async def test_faults_are_put_in_and_taken_out() -> None:
    async with laboratory() as lab, control(lab) as do, kalshi_client(lab) as client:
        await client.call("POST", ORDERS, order(lab))
        await do.post("/faults", faults=[{"kind": "kill_409", "venue": "kalshi"}])
        answer = await client.call("POST", ORDERS, order(lab, client_order_id="b"))
        assert (answer.status_code, code(answer)) == (409, "fill_or_kill_insufficient_resting_volume")
        told = await do.get("/faults")
        assert told["fired"] == {"kill_409": 1}
        assert told["faults"] == [{"kind": "kill_409", "venue": "kalshi"}]
        script = '[[fault]]\nkind = "rate_limited"\ntimes = 0\n'
        answer = await do.http.post("/faults", content=script, headers={"content-type": "application/toml"})
        assert answer.json() == {"added": 1}
        assert (await client.call("POST", ORDERS, order(lab, client_order_id="c"))).status_code == 429
        assert (await do.http.delete("/faults")).status_code == 200
        best = order(lab, client_order_id="d")
        assert (await client.call("POST", ORDERS, best)).status_code == 201
        assert "does not exist" in await do.refused("/faults", faults=[{"kind": "bad luck"}])
        assert "breaks the fault model" in await do.refused("/faults", faults=[{"kind": "accepted_twice"}])


async def test_conditions_of_a_whole_venue() -> None:
    async with laboratory() as lab, control(lab) as do, kalshi_client(lab) as client:
        await do.post("/conditions", venue="kalshi", condition="post_only")
        answer = await client.call("POST", ORDERS, order(lab))
        assert code(answer) == "trading_is_paused"
        assert (await client.get("/exchange/status"))["trading_active"] is False
        posted = order(
            lab, client_order_id="p", post_only=True, time_in_force="good_till_canceled", price="0.0100"
        )
        assert (await client.call("POST", ORDERS, posted)).status_code == 201
        await do.http.delete("/conditions")
        assert (await client.get("/exchange/status"))["trading_active"] is True
        assert (await client.call("POST", ORDERS, order(lab, client_order_id="q"))).status_code == 201
        await do.post("/conditions", venue="kalshi", condition="key_revoked")
        assert (await client.call("GET", "/portfolio/balance")).status_code == 401
        assert (await client.call("GET", "/exchange/status")).status_code == 200


async def test_an_event_is_listed_resolved_and_paid() -> None:
    async with laboratory() as lab, control(lab) as do, kalshi_client(lab) as client:
        book = {"bids": [[4_900, 10_000]], "asks": [[5_000, 10_000]]}
        row = await do.post("/pairs", name="RAIN", kalshi=book, polymarket=book)
        assert row["kalshi_ticker"] == "KXRAIN"
        assert (await do.get("/ready"))["pairs"][-1] == row
        assert "already" in await do.refused("/pairs", name="RAIN", kalshi=book, polymarket=book)
        bid = order(lab, ticker="KXRAIN", price="0.5000")
        assert (await client.call("POST", ORDERS, bid)).json()["fill_count"] == "10.00"
        await do.post("/resolve", event_id=row["event_id"], outcome="void", yes_payout_e4=2_600)
        market = (await client.get("/markets/KXRAIN"))["market"]
        assert (market["status"], market["result"]) == ("determined", "scalar")
        assert market["settlement_value_dollars"] == "0.2600"
        await trio.sleep(5.5)  # Kalshi's simulated payout comes five seconds after the result
        paid = await client.get("/portfolio/settlements", ticker="KXRAIN")
        settled = paid["settlements"][0]
        assert (settled["market_result"], settled["revenue"], settled["value"]) == ("void", 260, 26)
        assert "resolved" in await do.refused("/resolve", event_id=row["event_id"], outcome="yes")


async def test_a_web_page_cannot_drive_it() -> None:
    async with laboratory() as lab, control(lab) as do:
        for headers in (
            {"origin": "http://example.org"},
            {"host": "example.org"},
            {"content-type": "text/plain"},
        ):
            answer = await do.http.post("/faults", content=b"{}", headers=headers)
            assert answer.status_code == 403


async def test_money_and_further_accounts() -> None:
    async with laboratory() as lab, control(lab) as do:
        assert (await do.post("/cash", venue="kalshi", micros=5_000_000))["cash_micros"] == 10_005_000_000
        assert "take less" in await do.refused("/cash", venue="kalshi", micros=-(10**12))
        who = await do.post("/identities", venue="kalshi")
        async with kalshi_client(lab, who) as other:
            assert (await other.get("/portfolio/balance"))["balance"] == 0


async def test_mistakes_are_one_sentence() -> None:
    async with laboratory() as lab, control(lab) as do:
        for path, body in (
            ("/resolve", {"event_id": "event-NONE", "outcome": "yes"}),
            ("/resolve", {"outcome": "yes"}),
            ("/books", {"market": order(lab)["ticker"], "bids": []}),
            ("/books", {"venue": "kalshi", "market": order(lab)["ticker"], "bids": [[5_000, 1]], "asks": [[5_000, 1]]}),
            ("/shift", {"venue": "kalshi", "market": order(lab)["ticker"], "by_e4": 50}),
            ("/conditions", {"venue": "kalshi", "condition": "sleepy"}),
            ("/pairs", {"name": "a b"}),
            ("/cash", {"venue": "kalshi", "micros": "much"}),
            ("/faults", {"faults": []}),
        ):  # fmt: skip
            said = await do.refused(path, **body)
            assert "\n" not in said
            assert len(said) > 20
