"""From the venues' answers to facts: what is certain, what is unknown, and that nothing unknown reads as zero."""

from __future__ import annotations

import pytest
from attrs import evolve

from pairlock.facts import OrderReport, OutcomeUnknown, Reported
from pairlock.model import Fill, FillStatus
from pairlock_adapters.simulated import translate
from pairlock_adapters.simulated.rules import Raw, VenueKind
from sim_support import buy, ioc

K, P = VenueKind.KALSHI, VenueKind.POLYMARKET
KI, PI = buy("kalshi", 1_000, 5_600), buy("polymarket", 1_000, 5_600)
K_FILL = {
    "trade_id": "t1", "order_id": "k1", "side": "yes", "action": "buy", "count_fp": "10.00",
    "yes_price_dollars": "0.5600", "no_price_dollars": "0.4400", "fee_cost": "0.1725",
}  # fmt: skip
K_201 = {
    "order_id": "k1",
    "client_order_id": "i1",
    "fill_count": "10.00",
    "remaining_count": "0.00",
    "ts_ms": 3,
}
P_TRADE = {
    "id": "t1", "taker_order_id": "0xa", "side": "BUY", "size": "10.000000", "price": "0.5600", "fee": "0.098560",
    "status": "TRADE_STATUS_MATCHED",
}  # fmt: skip
P_200 = {
    "success": True, "errorMsg": "", "orderID": "0xa", "status": "matched", "makingAmount": "5.6",
    "takingAmount": "10", "tradeIDs": ["t1"],
}  # fmt: skip


def answered(kind: VenueKind, status: int, body: object) -> OrderReport | OutcomeUnknown:
    return translate.answer(kind, KI if kind is K else PI, Raw(status, body, 5), 9)


def test_kalshi_filled() -> None:
    said = answered(K, 201, {**K_201, "fills": [K_FILL]})
    fill = Fill("t1", 10_000_000, 5_600_000, 172_500, FillStatus.FINAL)
    assert said == OrderReport(9, "i1", 5, Reported.CERTAIN, 10_000_000, (fill,), "k1")


def test_kalshi_without_fills_says_only_the_total() -> None:
    said = answered(K, 201, K_201)
    assert isinstance(said, OrderReport)
    assert (said.reported, said.matched_e6, said.fills) == (Reported.CERTAIN, 10_000_000, ())


def test_kalshi_miss_of_an_immediate_order_is_a_201_with_nothing_left() -> None:
    said = answered(K, 201, {**K_201, "fill_count": "0.00"})
    assert isinstance(said, OrderReport)
    assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)


def test_kalshi_with_something_remaining_is_live() -> None:
    said = answered(K, 201, {**K_201, "fill_count": "0.00", "remaining_count": "10.00"})
    assert isinstance(said, OrderReport)
    assert said.reported is Reported.LIVE


def test_a_no_fill_is_priced_in_no() -> None:
    said = answered(K, 201, {**K_201, "fills": [{**K_FILL, "side": "no"}]})
    assert isinstance(said, OrderReport)
    assert said.fills[0].cost_micros == 4_400_000


def test_polymarket_matched_whole_is_certain_and_pending() -> None:
    said = answered(P, 200, {**P_200, "fills": [P_TRADE]})
    fill = Fill("t1", 10_000_000, 5_600_000, 98_560, FillStatus.PENDING)
    assert said == OrderReport(9, "i1", 5, Reported.CERTAIN, 10_000_000, (fill,), "0xa")


def test_polymarket_matched_in_part_is_terminal() -> None:
    said = answered(P, 200, {**P_200, "takingAmount": "4.5"})
    assert isinstance(said, OrderReport)
    assert (said.reported, said.matched_e6) == (Reported.TERMINAL, 4_500_000)


def test_a_sale_counts_what_it_made() -> None:
    intent = ioc(evolve(PI, buys=False))
    said = translate.answer(P, intent, Raw(200, {**P_200, "makingAmount": "10", "takingAmount": "5.6"}), 9)
    assert isinstance(said, OrderReport)
    assert said.matched_e6 == 10_000_000


@pytest.mark.parametrize("status", ["live", "delayed"])
def test_polymarket_live_and_delayed(status: str) -> None:
    said = answered(P, 200, {**P_200, "status": status, "makingAmount": "", "takingAmount": ""})
    assert isinstance(said, OrderReport)
    assert (said.reported, said.matched_e6) == (Reported.LIVE, 0)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {}),
        (201, {}),
        (200, None),
        (200, []),
        (200, "ok"),
        (201, {**K_201, "client_order_id": "another"}),
        (201, {**K_201, "order_id": ""}),
        (201, {**K_201, "order_id": None}),
        (201, {**K_201, "fill_count": ""}),
        (201, {**K_201, "fill_count": "-1.00"}),
        (201, {**K_201, "fill_count": 10}),
        (201, {**K_201, "fill_count": "10.001"}),
        (201, {**K_201, "remaining_count": "x"}),
        (201, {**K_201, "fills": [{**K_FILL, "side": "maybe"}]}),
        (201, {**K_201, "fills": "none"}),
        (202, K_201),
        (301, K_201),
        (200, {"error": "deprecated_v1_order_endpoint"}),
        (409, {"code": "order_already_exists"}),
        (409, {"error": {"code": "order_already_exists", "message": ""}}),
        (409, {"code": "a_word_never_seen"}),
        (400, None),
        (404, "not json"),
        (500, {"code": "internal_error"}),
        (502, "<html>"),
        (503, {}),
        (504, None),
    ],
)
def test_kalshi_unknown(status: int, body: object) -> None:
    assert isinstance(answered(K, status, body), OutcomeUnknown)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {}),
        (200, {**P_200, "orderID": ""}),
        (200, {**P_200, "success": False, "errorMsg": "something"}),
        (200, {**P_200, "success": "true"}),
        (200, {**P_200, "status": "unmatched"}),
        (200, {**P_200, "status": ""}),
        (200, {**P_200, "takingAmount": ""}),
        (200, {**P_200, "takingAmount": "10.0000001"}),
        (200, {**P_200, "fills": [{**P_TRADE, "status": "SETTLED_MAYBE"}]}),
        (400, {"error": "order 0xabc is invalid. Duplicated."}),
        (400, {"error": "a word never seen"}),
        (500, {"error": "internal"}),
        (502, None),
    ],
)
def test_polymarket_unknown(status: int, body: object) -> None:
    assert isinstance(answered(P, status, body), OutcomeUnknown)


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        (K, 409, {"code": "fill_or_kill_insufficient_resting_volume", "message": "m"}),
        (K, 409, {"error": {"code": "fill_or_kill_insufficient_resting_volume"}}),
        (K, 400, {"error": {"code": "insufficient_balance"}}),
        (K, 429, {"error": "too many requests"}),
        (K, 401, None),
        (P, 400, {"error": "order couldn't be fully filled. FOK orders are fully filled or killed."}),
        (P, 500, {"error": "FOK orders are filled or killed"}),
        (P, 500, {"error": "order timed out"}),
        (
            P,
            400,
            {"error": "no orders found to match with FAK order. FAK orders are partially filled or killed."},
        ),
        (P, 400, {"error": "not enough balance / allowance: the balance is not enough -> balance: 1"}),
        (P, 400, {"error": "order 0xabc is invalid. Size (1) lower than the minimum: 5"}),
        (P, 425, None),
        (P, 403, {"error": "Trading restricted in your region"}),
        (
            P,
            503,
            {
                "error": "post-only mode: only post-only orders and cancels are allowed",
                "code": "post_only_mode",
            },
        ),
    ],
)
def test_certain_that_nothing_was_done(kind: VenueKind, status: int, body: object) -> None:
    said = answered(kind, status, body)
    assert isinstance(said, OrderReport)
    assert (said.reported, said.matched_e6, said.fills) == (Reported.CERTAIN, 0, ())
