"""The Kalshi face over HTTP, by a client that signs by itself."""

from __future__ import annotations

from typing import Any

import trio

from lab_kit import PATH, KalshiClient, kalshi_client, laboratory
from pairlock_adapters.laboratory.lab import Laboratory

ORDERS = "/portfolio/events/orders"


def order(lab: Laboratory, **changed: Any) -> dict[str, Any]:
    """A fill-or-kill bid for 10 at the best ask of the first market."""
    market = next(iter(lab.world.exchanges["kalshi"].markets.values()))
    price = market.book.asks[0].price_e4
    plain = {
        "ticker": market.spec.market, "client_order_id": "mine-1", "side": "bid", "count": "10.00",
        "price": f"0.{price:04d}", "time_in_force": "fill_or_kill",
        "self_trade_prevention_type": "taker_at_cross", "exchange_index": -1,
    }  # fmt: skip
    return plain | changed


def code(answer: Any) -> str:
    return str(answer.json()["error"]["code"])


async def test_a_request_must_be_signed_with_a_known_key_and_a_fresh_time() -> None:
    async with (
        laboratory() as lab,
        kalshi_client(lab) as client,
        kalshi_client(lab, lab.faces["kalshi"].make_identity()) as other,
    ):
        path = "/portfolio/balance"
        assert (await client.call("GET", path)).status_code == 200
        url = client.rest + path
        unsigned = await client.http.get(url)
        assert (unsigned.status_code, unsigned.json()["error"]["details"]) == (401, "MISSING_HEADER")
        stale = client.headers("GET", PATH + path, stamp_ms=lab.clock.wall_ms() - 60_000)
        wrong_path = client.headers("GET", PATH + "/portfolio/orders")
        unknown = client.headers("GET", PATH + path) | {"KALSHI-ACCESS-KEY": "nobody"}
        foreign = client.headers("GET", PATH + path) | {"KALSHI-ACCESS-KEY": other.key_id}
        garbage = client.headers("GET", PATH + path) | {"KALSHI-ACCESS-SIGNATURE": "%%%"}
        for headers, details in (
            (stale, "INCORRECT_API_KEY_TIMESTAMP"), (wrong_path, "INCORRECT_API_KEY_SIGNATURE"),
            (unknown, "NOT_FOUND"), (foreign, "INCORRECT_API_KEY_SIGNATURE"), (garbage, "INCORRECT_API_KEY_SIGNATURE"),
        ):  # fmt: skip
            answer = await client.http.get(url, headers=headers)
            assert (answer.status_code, answer.json()["error"]["details"]) == (401, details)


async def test_a_fill_or_kill_fills_is_paid_and_can_be_read() -> None:
    async with laboratory() as lab, kalshi_client(lab) as client:
        body = order(lab)
        answer = await client.call("POST", ORDERS, body)
        assert answer.status_code == 201, answer.text
        told = answer.json()
        assert told["client_order_id"] == "mine-1"
        assert (told["fill_count"], told["remaining_count"]) == ("10.00", "0.00")
        assert told["average_fill_price"] == body["price"]
        assert abs(told["ts_ms"] - lab.clock.wall_ms()) < 5_000
        listed = await client.get("/portfolio/orders", ticker=body["ticker"])
        assert [(row["order_id"], row["status"], row["fill_count_fp"]) for row in listed["orders"]] == [
            (told["order_id"], "executed", "10.00")
        ]
        one = await client.get(f"/portfolio/orders/{told['order_id']}")
        assert one["order"] == listed["orders"][0]
        fills = (await client.get("/portfolio/fills", order_id=told["order_id"]))["fills"]
        assert [(row["side"], row["action"], row["count_fp"], row["is_taker"]) for row in fills] == [
            ("yes", "buy", "10.00", True)
        ]
        positions = await client.get("/portfolio/positions", ticker=body["ticker"])
        assert positions["market_positions"][0]["position_fp"] == "10.00"
        cash = (await client.get("/portfolio/balance"))["balance_dollars"]
        assert int(cash.replace(".", "")) == lab.world.exchanges["kalshi"].account.cash_micros // 100


async def test_an_ask_without_yes_buys_no_and_closes_what_is_held() -> None:
    async with laboratory() as lab, kalshi_client(lab) as client:
        bid = next(iter(lab.world.exchanges["kalshi"].markets.values())).book.bids[0].price_e4
        ask = order(lab, side="ask", price=f"0.{bid:04d}")
        assert (await client.call("POST", ORDERS, ask)).json()["fill_count"] == "10.00"
        row = (await client.get("/portfolio/orders"))["orders"][0]
        assert (row["side"], row["action"], row["book_side"]) == ("no", "buy", "ask")
        assert row["yes_price_dollars"] == ask["price"]
        positions = await client.get("/portfolio/positions")
        assert positions["market_positions"][0]["position_fp"] == "-10.00"
        back = order(lab, client_order_id="mine-2")
        assert (await client.call("POST", ORDERS, back)).json()["fill_count"] == "10.00"
        row = (await client.get("/portfolio/orders"))["orders"][0]
        assert (row["side"], row["action"], row["book_side"]) == ("no", "sell", "bid")
        assert (await client.get("/portfolio/positions"))["market_positions"][0]["position_fp"] == "0.00"


async def test_kills_duplicates_and_refusals_in_the_venues_words() -> None:
    async with laboratory() as lab, kalshi_client(lab) as client:
        killed = order(lab, price="0.0100")
        answer = await client.call("POST", ORDERS, killed)
        assert (answer.status_code, code(answer)) == (409, "fill_or_kill_insufficient_resting_volume")
        answer = await client.call("POST", ORDERS, order(lab))
        assert (answer.status_code, code(answer)) == (409, "order_already_exists")
        missed = order(lab, client_order_id="mine-2", price="0.0100", time_in_force="immediate_or_cancel")
        answer = await client.call("POST", ORDERS, missed)
        assert (answer.status_code, answer.json()["fill_count"], answer.json()["remaining_count"]) == (
            201,
            "0.00",
            "0.00",
        )
        for changed, status, said in (
            ({"count": "100000.00"}, 400, "insufficient_balance"),
            ({"price": "0.3333"}, 400, "invalid_price"),
            ({"count": "1.001"}, 400, "invalid_count"),
            ({"ticker": "KXNONE"}, 404, "market_not_found"),
            ({"side": "yes"}, 400, "invalid_parameters"),
            ({"client_order_id": "a.b"}, 400, "invalid_parameters"),
            ({"time_in_force": "gtc"}, 400, "invalid_parameters"),
            ({"self_trade_prevention_type": None}, 400, "missing_parameters"),
        ):  # fmt: skip
            answer = await client.call("POST", ORDERS, order(lab, **{"client_order_id": "mine-3", **changed}))
            assert (answer.status_code, code(answer)) == (status, said), changed
        answer = await client.call("POST", "/portfolio/orders", order(lab))
        assert (answer.status_code, code(answer)) == (410, "deprecated_v1_order_endpoint")


async def rest(client: KalshiClient, lab: Laboratory, **changed: Any) -> dict[str, Any]:
    """A bid that rests a tick below the ask."""
    market = next(iter(lab.world.exchanges["kalshi"].markets.values()))
    below = market.book.asks[0].price_e4 - 100
    wanted = {"price": f"0.{below:04d}", "time_in_force": "good_till_canceled", **changed}
    answer = await client.call("POST", ORDERS, order(lab, **wanted))
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def test_an_order_rests_shows_in_the_book_and_is_cancelled() -> None:
    async with laboratory() as lab, kalshi_client(lab) as client:
        before = await client.get(f"/markets/{order(lab)['ticker']}/orderbook")
        told = await rest(client, lab)
        assert (told["fill_count"], told["remaining_count"]) == ("0.00", "10.00")
        after = await client.get(f"/markets/{order(lab)['ticker']}/orderbook")
        size = float(after["orderbook_fp"]["yes_dollars"][-1][1]) - float(
            before["orderbook_fp"]["yes_dollars"][-1][1]
        )
        assert size == 10
        resting = await client.get("/portfolio/orders", status="resting")
        assert [row["order_id"] for row in resting["orders"]] == [told["order_id"]]
        answer = await client.call("DELETE", f"{ORDERS}/{told['order_id']}")
        assert (answer.status_code, answer.json()["reduced_by"]) == (200, "10.00")
        assert answer.json()["client_order_id"] == "mine-1"
        assert await client.get(f"/markets/{order(lab)['ticker']}/orderbook") == before
        again = await client.call("DELETE", f"{ORDERS}/{told['order_id']}")
        assert (again.status_code, code(again)) == (404, "order_not_found")


async def test_an_order_expires() -> None:
    async with laboratory() as lab, kalshi_client(lab) as client:
        await rest(client, lab, expiration_time=lab.clock.wall_ms() // 1_000 + 2)
        await trio.sleep(2.3)
        assert (await client.get("/portfolio/orders"))["orders"][0]["status"] == "canceled"
        assert not list(lab.world.exchanges["kalshi"].resting.of(order(lab)["ticker"]))


async def test_amend_decrease_batches_and_cancel_all() -> None:
    async with laboratory() as lab, kalshi_client(lab) as client:
        told = await rest(client, lab)
        path = f"{ORDERS}/{told['order_id']}"
        less = await client.call("POST", f"{path}/decrease", {"reduce_to": "4.00"})
        assert less.json()["remaining_count"] == "4.00"
        best = order(lab)
        amended = await client.call(
            "POST",
            f"{path}/amend",
            {"ticker": best["ticker"], "side": "bid", "price": best["price"], "count": "6.00"},
        )
        assert (amended.json()["fill_count"], amended.json()["remaining_count"]) == ("6.00", "0.00")
        batch = [
            order(lab, client_order_id=f"b-{n}", time_in_force="good_till_canceled", price="0.0200")
            for n in range(3)
        ]
        batch.append(order(lab, client_order_id="b-0"))
        answer = await client.call("POST", f"{ORDERS}/batched", {"orders": batch})
        rows = answer.json()["orders"]
        assert [row["remaining_count"] for row in rows[:3]] == ["10.00"] * 3
        assert rows[3]["error"]["code"] == "order_already_exists"
        cancelled = await client.call(
            "DELETE",
            f"{ORDERS}/batched",
            {"orders": [{"order_id": rows[0]["order_id"]}, {"order_id": "nothing"}]},
        )
        assert [row["reduced_by"] for row in cancelled.json()["orders"]] == ["10.00", "0.00"]
        rest_of_it = await client.call("DELETE", ORDERS)
        assert len(rest_of_it.json()["orders"]) == 2
        assert (await client.get("/portfolio/orders", status="resting"))["orders"] == []


async def test_another_account_holds_nothing_and_sees_nothing() -> None:
    async with (
        laboratory() as lab,
        kalshi_client(lab) as client,
        kalshi_client(lab, lab.faces["kalshi"].make_identity()) as other,
    ):
        told = await rest(client, lab)
        assert (await other.get("/portfolio/balance"))["balance"] == 0
        assert (await other.get("/portfolio/orders"))["orders"] == []
        assert (await other.call("GET", f"/portfolio/orders/{told['order_id']}")).status_code == 404
        assert (await other.call("DELETE", f"{ORDERS}/{told['order_id']}")).status_code == 404
        answer = await other.call("POST", ORDERS, order(lab, client_order_id="theirs"))
        assert (answer.status_code, code(answer)) == (400, "insufficient_balance")


async def test_pages_hold_every_row_once() -> None:
    async with laboratory() as lab, kalshi_client(lab) as client:
        for n in range(7):
            missed = order(lab, client_order_id=f"p-{n}", price="0.0100", time_in_force="immediate_or_cancel")
            assert (await client.call("POST", ORDERS, missed)).status_code == 201
        seen: list[str] = []
        cursor = ""
        while True:
            page = await client.get("/portfolio/orders", limit=3, cursor=cursor)
            seen += [row["client_order_id"] for row in page["orders"]]
            cursor = page["cursor"]
            if not cursor:
                break
        assert sorted(seen) == [f"p-{n}" for n in range(7)]


async def test_keys_are_made_used_and_revoked() -> None:
    async with laboratory() as lab, kalshi_client(lab) as client:
        made = (await client.call("POST", "/api_keys/generate", {"name": "second"})).json()
        path = lab.keys.write("second.pem", made["private_key"].encode())
        ready = {"key_id": made["api_key_id"], "private_key_pem": path}
        async with kalshi_client(lab, ready) as second:
            first, other = [await each.get("/portfolio/balance") for each in (client, second)]
            assert first["balance"] == other["balance"]  # a second may pass between the two answers
            assert len((await second.get("/api_keys"))["api_keys"]) == 2
            assert (await client.call("DELETE", f"/api_keys/{made['api_key_id']}")).status_code == 204
            assert (await second.call("GET", "/portfolio/balance")).status_code == 401
        read_only = (
            await client.call("POST", "/api_keys/generate", {"name": "r", "scopes": ["read"]})
        ).json()
        path = lab.keys.write("third.pem", read_only["private_key"].encode())
        async with kalshi_client(lab, {"key_id": read_only["api_key_id"], "private_key_pem": path}) as third:
            assert (await third.call("POST", ORDERS, order(lab))).status_code == 403
