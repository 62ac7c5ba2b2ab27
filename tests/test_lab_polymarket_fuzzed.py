"""Whatever is asked of the Polymarket face, it answers in the venue's way: never with an error of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from py_clob_client_v2.clob_types import OrderArgs
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from lab_polymarket_kit import clob_client, limit, market, pair, signed, tokens
from lab_thread import LabThread, lab_thread
from pairlock_adapters.laboratory.polymarket.paging import clob_page, cursor_of, data_page, keyset_page
from pairlock_adapters.laboratory.polymarket.refusal import Refusal
from pairlock_adapters.laboratory.polymarket.routes import SERVICES, Route
from pairlock_adapters.laboratory.settings import LabSettings

ROUTES = [(service, route) for service, routes in SERVICES.items() for route in routes]


@pytest.fixture(scope="module")
def lab() -> Iterator[LabThread]:
    with lab_thread(LabSettings(pairs=(pair("FUZZ-1"), pair("FUZZ-2")), finality_ms=200)) as running:
        client = clob_client(running)
        _, yes, no = tokens(running, "FUZZ-1")
        limit(client, yes, 0.40, 10)
        market(client, no, 45, 0.46)
        yield running


_WORDS = st.sampled_from(
    ["", "0", "-1", "1", "MA==", "LTE=", "true", "BUY", "x", "0x", "0x" + "0" * 40, "9" * 80, "é", "\0", "a b",
     "COLLATERAL"]
)  # fmt: skip
_NAMES = st.sampled_from(
    ["market", "asset_id", "token_id", "token_ids", "sides", "side", "id", "next_cursor", "after_cursor", "cursor",
     "limit", "offset", "closed", "user", "condition_id", "condition_ids", "clob_token_ids", "slug", "q", "page",
     "limit_per_type", "asset_type", "signature_type", "after", "before", "maker_address", "status", "type",
     "order_ids"]
)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["order", "orderID", "owner", "orderType", "market", "asset_id", "token_id", "side", "salt",
                         "markets", "heartbeat_id", "auth", "operation", "assets_ids"]), inner, max_size=4,
    ),
    max_leaves=8,
)  # fmt: skip


def path_of(route: Route, words: list[str]) -> str:
    path = route.path
    while "{" in path:
        name = path[path.index("{") + 1 : path.index("}")]
        path = path.replace(f"{{{name}}}", words.pop() if words else "x", 1)
    return path


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_request_makes_it_fail(lab: LabThread, data: st.DataObject) -> None:
    service, route = data.draw(st.sampled_from(ROUTES))
    condition, yes, _ = tokens(lab, "FUZZ-1")
    known = st.sampled_from([condition, yes])
    words = data.draw(st.lists(known | st.sampled_from(["x", "0", "123", "0xab"]), min_size=2, max_size=2))
    query: Any = data.draw(st.lists(st.tuples(_NAMES, known | _WORDS), max_size=3))
    body = data.draw(st.none() | _JSON) if route.method in ("POST", "DELETE", "PUT") else None
    text = "" if body is None else data.draw(st.sampled_from([json.dumps(body), json.dumps(body)[:-1]]))
    path = path_of(route, words)
    headers = clob_client(lab)._l2_headers(route.method, path, serialized_body=text)
    url = lab.ready["polymarket"][service] + path
    got = httpx.request(route.method, url, params=query, content=text, headers=headers, timeout=10)
    assert got.status_code < 500, (route, query, text, got.text)
    if got.headers["content-type"] == "application/json":
        json.loads(got.content)


def _broken(order: dict[str, Any], name: str, value: object) -> dict[str, Any]:
    return (
        {**order, "order": {**order["order"], name: value}}
        if name in order["order"]
        else {**order, name: value}
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(["salt", "maker", "signer", "tokenId", "makerAmount", "takerAmount", "side", "expiration",
                             "signatureType", "timestamp", "metadata", "builder", "signature", "owner", "orderType",
                             "deferExec", "postOnly"]), value=_JSON)  # fmt: skip
def test_no_order_makes_it_fail(lab: LabThread, name: str, value: object) -> None:
    client = clob_client(lab)
    _, yes, _ = tokens(lab, "FUZZ-2")
    client.get_clob_market_info(tokens(lab, "FUZZ-2")[0])
    body = _broken(signed(client, client.create_order(OrderArgs(yes, 0.40, 10, "BUY")), "GTC"), name, value)
    text = json.dumps(body)
    headers = client._l2_headers("POST", "/order", serialized_body=text)
    got = httpx.post(f"{client.host}/order", content=text, headers=headers, timeout=10)
    assert got.status_code < 500, got.text


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(_JSON | _WORDS, min_size=1, max_size=4))
def test_nothing_said_on_a_socket_makes_it_fail(lab: LabThread, said: list[object]) -> None:
    texts = [each if isinstance(each, str) else json.dumps(each) for each in said]
    with connect(lab.ready["polymarket"]["ws_market"]) as socket:
        for text in (*texts, "PING"):
            socket.send(text)
        while socket.recv(timeout=5) != "PONG":
            pass
    # Who does not say who it is is hung up on.
    with connect(lab.ready["polymarket"]["ws_user"]) as socket, suppress(ConnectionClosed):
        for text in (*texts, "PING"):
            socket.send(text)
        while socket.recv(timeout=5) != "PONG":
            pass


def _told(form: str, rows: list[int], cursor: str) -> tuple[list[Any], str | None]:
    """A page's rows, and the cursor of the next (None: there is none)."""
    page: Any = clob_page(rows, cursor)
    if form == "keyset":
        page = keyset_page(rows, cursor, 100, "data")
    elif form == "data":
        page = data_page(rows, cursor, 100)
    following = page["pagination"]["next_cursor"] if form == "data" else page.get("next_cursor")
    return page["data"], None if following == "LTE=" else following


@pytest.mark.parametrize("form", ["clob", "keyset", "data"])
def test_pages_hold_every_row_once(form: str) -> None:
    rows, seen, cursor = list(range(250)), list[Any](), ""
    for _ in range(3):
        found, following = _told(form, rows, cursor)
        seen += found
        cursor = following or ""
    assert seen == rows
    assert cursor == ""


@pytest.mark.parametrize("bad", ["x", "LTE=", "é", cursor_of(-5), "MA", "MQ==MQ=="])
def test_a_cursor_that_was_never_handed_out_is_refused(bad: str) -> None:
    with pytest.raises(Refusal, match="next_cursor"):
        clob_page([1], bad)
