"""Every kind of fault, as a client of the Polymarket face meets it: on orders, on cancels, on reads."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import MarketOrderArgs, OrderArgs

from lab_polymarket_kit import CONNECTION, TIMEOUT, Met, clob_client, fired, pair, send, signed, tokens, until
from lab_thread import LabThread, lab_thread
from pairlock_adapters.laboratory.settings import LabSettings
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.faults import Fault, fault

K = FaultKind


@pytest.fixture
def lab() -> Iterator[LabThread]:
    with lab_thread(LabSettings(pairs=(pair("FAULT-1"), pair("FAULT-2")), finality_ms=300)) as running:
        yield running


def buys(client: ClobClient, token: str, dollars: float = 56, price: float = 0.56, kind: str = "FOK") -> Met:
    order = client.create_market_order(MarketOrderArgs(token, dollars, "BUY", price))
    return send(client, "POST", "/order", signed(client, order, kind))


def rests(client: ClobClient, token: str) -> str:
    order = client.create_order(OrderArgs(token, 0.40, 20, "BUY"))
    return str(send(client, "POST", "/order", signed(client, order, "GTC")).body["orderID"])


def booked(lab: LabThread) -> int:
    """How many orders the venue has."""
    return lab.call(lambda inside: len(inside.world.exchanges["polymarket"].orders))


def filled_e6(lab: LabThread) -> int:
    return lab.call(
        lambda inside: sum(order.matched_e6 for order in inside.world.exchanges["polymarket"].orders.values())
    )


# kind: (what the client meets, words in the error, whether the venue has the order, whether it filled)
ORDERS: dict[FaultKind, tuple[int | str, str, bool, bool]] = {
    K.CONNECT_REFUSED: (CONNECTION, "", False, False),
    K.CONNECT_TIMEOUT: (CONNECTION, "", False, False),
    K.TLS_FAILED: (CONNECTION, "", False, False),
    K.READ_TIMEOUT: (TIMEOUT, "", True, True),
    K.LOST_REQUEST: (TIMEOUT, "", False, False),
    K.LOST_ANSWER: (TIMEOUT, "", True, True),
    K.SLOW_ANSWER: (TIMEOUT, "", True, True),
    K.LATE_ARRIVAL: (TIMEOUT, "", False, False),
    K.LATE_PAST_EXPIRY: (TIMEOUT, "", False, False),
    K.LATE_PAST_CANCEL: (TIMEOUT, "", False, False),
    K.LATE_PAST_RESTART: (TIMEOUT, "", False, False),
    K.REORDERED: (TIMEOUT, "", False, False),
    K.TRUNCATED_BODY: (CONNECTION, "", True, True),
    K.ERROR_IN_2XX: (200, "", True, True),
    K.NO_ORDER_IN_ANSWER: (200, "", True, True),
    K.KILL: (400, "FOK orders are fully filled or killed", True, False),
    K.KILL_400: (400, "FOK orders are fully filled or killed", True, False),
    K.KILL_409: (409, "FOK orders are fully filled or killed", True, False),
    K.KILL_500: (500, "FOK orders are filled or killed", True, False),
    K.SERVER_ERROR: (502, "Bad Gateway", True, True),
    K.GATEWAY_TIMEOUT: (504, "upstream request timeout", True, True),
    K.UNAUTHORIZED: (401, "Unauthorized", False, False),
    K.REGION_REFUSED: (403, "Trading restricted in your region", False, False),
    K.RATE_LIMITED: (429, "Too Many Requests", False, False),
    K.RESTARTING: (425, "restarting", False, False),
    K.RESTART: (425, "restarting", False, False),
    K.SHUT: (425, "restarting", False, False),
    K.POST_ONLY: (503, "post-only mode", False, False),
    K.CANCEL_ONLY: (503, "cancel-only", False, False),
    K.DISABLED: (503, "Trading is currently disabled", False, False),
    K.PAUSED: (503, "Trading is currently disabled", False, False),
    K.KEY_REVOKED: (401, "Unauthorized", False, False),
    K.ENDPOINT_GONE: (410, "gone", False, False),
    K.NO_BALANCE: (400, "not enough balance / allowance", False, False),
    K.UNSELLABLE: (400, "not enough balance / allowance", False, False),
    K.REFUSED_TICK: (400, "minimum tick size rule", False, False),
    K.REFUSED_MINIMUM: (400, "lower than the minimum", False, False),
    K.REFUSED_CLOSED: (400, "not accepting orders", False, False),
    K.REFUSED_SELF_TRADE: (400, "crosses own order", False, False),
    K.REFUSED_BANNED: (400, "banned", False, False),
    K.MARKET_HALT: (400, "not accepting orders", False, False),
    K.NO_ROUTE: (400, "FOK orders are fully filled or killed", True, False),
    K.DELAYED: (200, "", True, False),
    K.DELAYED_LIVE: (200, "", True, False),
    K.DELAYED_KILLED: (200, "", True, False),
    K.FILL_BEATS_CANCEL: (200, "", True, False),
    K.FILL_AFTER_CANCEL: (200, "", True, False),
    K.FILL_AFTER_EXPIRY: (200, "", True, False),
    K.CANCELED_BY_VENUE: (200, "", True, False),
    K.DUPLICATED: (200, "", True, True),
    K.PARTIAL: (200, "", True, True),
    K.PARTIAL_RESTS: (200, "", True, True),
    K.FILL_BEFORE_ANSWER: (200, "", True, True),
    K.IMPROVED: (200, "", True, True),
    K.OVERFILL: (200, "", True, True),
    K.GHOST_FILL: (200, "", True, True),
    K.PART_FAILS: (200, "", True, True),
    K.NEVER_BROADCAST: (200, "", True, True),
    K.SLOW_FINALITY: (200, "", True, True),
    K.FEE_DIFFERS: (200, "", True, True),
    K.SCHEDULE_CHANGES: (200, "", True, True),
    K.PRICE_GAP: (200, "", True, True),
    K.RESOLVED_WHILE_EXPOSED: (200, "", True, True),
}
# Counted at a later moment than the order's own (a cancel, an expiry, a second request, a read of money).
_COUNTED_LATER = frozenset({
    K.FILL_BEATS_CANCEL, K.FILL_AFTER_CANCEL, K.FILL_AFTER_EXPIRY, K.LATE_PAST_CANCEL, K.REORDERED,
    K.RESOLVED_WHILE_EXPOSED, K.UNSELLABLE,
})  # fmt: skip


@pytest.mark.parametrize("kind", ORDERS, ids=lambda kind: kind.value)
def test_a_fault_of_an_order_is_met_on_the_wire(lab: LabThread, kind: FaultKind) -> None:
    met_as, words, known, fills = ORDERS[kind]
    client = clob_client(lab)
    _, yes, _ = tokens(lab, "FAULT-1")
    client.get_clob_market_info(tokens(lab, "FAULT-1")[0])
    lab.inject(Fault(kind, "polymarket"))
    met = buys(client, yes)
    assert (met.status or met.body) == met_as
    assert words in met.error
    assert (booked(lab), filled_e6(lab) > 0) == (int(known), fills)
    if kind not in _COUNTED_LATER:
        assert fired(lab, kind) == 1


def test_the_headers_say_when_to_come_again(lab: LabThread) -> None:
    client = clob_client(lab)
    _, yes, _ = tokens(lab, "FAULT-1")
    client.get_clob_market_info(tokens(lab, "FAULT-1")[0])
    lab.inject(fault(K.RESTART, "polymarket", change={"for_ms": 400, "post_only_ms": 60_000}))
    met = buys(client, yes)
    assert (met.status, met.headers["retry-after"]) == (425, "1")
    until(lambda: buys(client, yes).status != 425)
    met = buys(client, yes)
    assert (met.status, met.headers["retry-after"], met.body["code"]) == (503, "79", "post_only_mode")
    assert rests_post_only(client, yes).body["status"] == "live"


def rests_post_only(client: ClobClient, token: str) -> Met:
    order = client.create_order(OrderArgs(token, 0.40, 20, "BUY"))
    return send(client, "POST", "/order", signed(client, order, "GTC") | {"postOnly": True})


def test_a_door_that_was_shut_refuses_the_next_connection_too(lab: LabThread) -> None:
    client = clob_client(lab)
    _, yes, _ = tokens(lab, "FAULT-1")
    client.get_clob_market_info(tokens(lab, "FAULT-1")[0])
    lab.inject(Fault(K.CONNECT_REFUSED, "polymarket"))
    assert buys(client, yes).body == CONNECTION
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{client.host}/ok")
    until(lambda: buys(client, yes).status == 200)


CANCELS: dict[FaultKind, tuple[int | str, bool]] = {  # what the client meets; whether the order is gone
    K.LOST_CANCEL: (TIMEOUT, False),
    K.CANCEL_REFUSED: (200, False),
    K.CANCEL_PARTIAL: (200, False),
    K.CANCEL_ECHOED: (200, False),
    K.CANCEL_UNKNOWN: (504, True),
    K.RATE_LIMITED_CANCEL: (429, False),
}


@pytest.mark.parametrize("kind", CANCELS, ids=lambda kind: kind.value)
def test_a_fault_of_a_cancel_is_met_on_the_wire(lab: LabThread, kind: FaultKind) -> None:
    met_as, gone = CANCELS[kind]
    client = clob_client(lab)
    ident = rests(client, tokens(lab, "FAULT-1")[1])
    lab.inject(Fault(kind, "polymarket"))
    met = send(client, "DELETE", "/order", {"orderID": ident})
    assert (met.status or met.body) == met_as
    if met.status == 200:
        assert (ident in met.body["canceled"]) == (kind is K.CANCEL_ECHOED)
    assert bool(client.get_open_orders()) is not gone
    assert fired(lab, kind) == 1


def test_a_disabled_venue_refuses_cancels(lab: LabThread) -> None:
    client = clob_client(lab)
    _, yes, _ = tokens(lab, "FAULT-1")
    ident = rests(client, yes)
    lab.inject(Fault(K.DISABLED, "polymarket"))
    assert buys(client, yes).status == 503
    for path, body in (("/order", {"orderID": ident}), ("/orders", [ident]), ("/cancel-all", None)):
        assert send(client, "DELETE", path, body).status == 503


def test_a_revoked_key_is_refused_and_another_of_the_same_wallet_goes_on(lab: LabThread) -> None:
    client, other = clob_client(lab), clob_client(lab)
    condition, yes, _ = tokens(lab, "FAULT-1")
    client.get_clob_market_info(condition)
    other.get_clob_market_info(condition)
    other.set_api_creds(other.create_api_key(nonce=5))
    ident = rests(client, yes)
    lab.inject(Fault(K.KEY_REVOKED, "polymarket"))
    assert buys(client, yes).status == 401
    for method, path, body in (("GET", "/data/orders", None), ("DELETE", "/order", {"orderID": ident})):
        assert send(client, method, path, body).status == 401
    assert buys(other, yes).status == 200
    assert send(other, "DELETE", "/order", {"orderID": ident}).body["canceled"] == [ident]
