"""What Kalshi says of orders, as facts: totals, kills, drifted units, rows of others, and never a zero for a riddle."""

from typing import Any

import pytest
from attrs import evolve

from kalshi_kit import (
    BUYS_NO,
    CLIENT_ID,
    INTENT,
    ORDER_ID,
    SELLS_YES,
    Number,
    accepted,
    fill,
    order,
    without,
)
from pairlock.facts import CancelAcked, NotFound, OrderReport, OutcomeUnknown, Reported
from pairlock.model import Fill, FillStatus
from pairlock_adapters.kalshi.parse_orders import Reading, cancel_answer, order_answer, order_read

LATE_MS = 1_893_585_600_000  # 2030-01-02T12:00Z


def answer(status: int, body: object) -> OrderReport | OutcomeUnknown:
    return order_answer(INTENT, status, body, 90, 100)


def read(
    orders: list[Any], fills: list[Any], intent: Any = INTENT
) -> OrderReport | NotFound | OutcomeUnknown:
    return order_read(intent, Reading(tuple(orders), tuple(fills)), 90, 100, LATE_MS)


def report(said: object) -> OrderReport:
    assert isinstance(said, OrderReport), said
    return said


def test_a_201_names_totals_and_can_fill_no_more() -> None:
    said = report(answer(201, accepted()))
    assert (said.reported, said.matched_e6, said.fills) == (Reported.CERTAIN, 10_000_000, ())
    assert (said.venue_ref, said.asked_at_ms, said.at_ms) == (ORDER_ID, 90, 100)


def test_an_immediate_or_cancel_that_met_nothing_is_a_201_of_nothing() -> None:
    said = report(answer(201, accepted(fill_count="0.00")))
    assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)


def test_what_remains_may_still_fill() -> None:
    said = report(answer(201, accepted(fill_count="3.00", remaining_count="7.00")))
    assert (said.reported, said.matched_e6) == (Reported.LIVE, 3_000_000)


@pytest.mark.parametrize("status", [400, 409, 500])
def test_the_kill_is_certain_whatever_it_comes_under(status: int) -> None:
    said = report(answer(status, {"error": {"code": "fill_or_kill_insufficient_resting_volume"}}))
    assert (said.reported, said.matched_e6, said.fills) == (Reported.CERTAIN, 0, ())
    assert "fill_or_kill" in said.reason


@pytest.mark.parametrize(
    "body",
    [
        {},
        "",
        None,
        [],
        "upstream",
        without(accepted(), "order_id"),
        accepted(order_id=""),
        without(accepted(), "client_order_id"),
        accepted(client_order_id="another_0_0"),
        without(accepted(), "fill_count"),
        without(accepted(), "remaining_count"),
        accepted(fill_count=10),
        accepted(fill_count=Number("10.00")),
        accepted(fill_count="10.001"),
        accepted(fill_count="1e1"),
        accepted(fill_count="-1.00"),
        accepted(fill_count="1000.00"),
        accepted(fill_count="10000000"),
        accepted(remaining_count="10.01"),
        accepted(remaining_count=None),
        accepted(error={"code": "internal_error", "message": ""}),
        accepted(error="too many requests"),
        {"error": {"code": "deprecated_v1_order_endpoint"}},
        {
            "order": {
                "order_id": ORDER_ID,
                "client_order_id": CLIENT_ID,
                "fill_count": 10,
                "status": "executed",
            }
        },
    ],
    ids=str,
)
@pytest.mark.parametrize("status", [200, 201])
def test_a_2xx_without_our_order_in_it_is_unknown(status: int, body: object) -> None:
    assert isinstance(answer(status, body), OutcomeUnknown)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (409, {"error": {"code": "order_already_exists"}}),
        (409, {"error": {"code": "self_cross_attempt"}}),
        (409, {"error": {"code": "never_heard_of"}}),
        (400, {"code": "never_heard_of"}),
        (404, "404 page not found"),
        (408, {"error": {"code": "insufficient_balance"}}),
        (500, {"error": {"code": "internal_error"}}),
        (502, "Bad Gateway"),
        (503, {"error": {"code": "insufficient_balance"}}),
        (504, "upstream request timeout"),
        (301, ""),
        (204, ""),
        (202, accepted()),
    ],
    ids=str,
)
def test_what_does_not_say_that_nothing_was_done_is_unknown(status: int, body: object) -> None:
    said = answer(status, body)
    assert isinstance(said, OutcomeUnknown)
    assert str(status) in said.reason


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": {"code": "insufficient_balance"}}),
        (400, {"code": "invalid_price", "message": "invalid price"}),
        (404, {"error": {"code": "user_not_found"}}),
        (410, {"error": {"code": "deprecated_v1_order_endpoint"}}),
        (401, "Unauthorized"),
        (403, ""),
        (429, {"error": "too many requests"}),
        (409, {"error": {"code": "trading_is_paused"}}),
    ],
    ids=str,
)
def test_a_documented_refusal_is_certain(status: int, body: object) -> None:
    assert report(answer(status, body)).reported is Reported.CERTAIN


def test_a_read_tells_status_total_and_fills() -> None:
    said = report(read([order()], [fill()]))
    assert (said.reported, said.matched_e6, said.venue_ref) == (Reported.CERTAIN, 10_000_000, ORDER_ID)
    assert said.fills == (Fill("f-1", 10_000_000, 4_500_000, 173_300, FillStatus.FINAL),)


def test_buying_no_is_an_ask_and_its_fills_are_turned_into_no() -> None:
    sold = {"side": "yes", "action": "sell", "outcome_side": "no", "book_side": "ask"}
    said = report(read([order(**sold)], [fill(**sold, yes_price_dollars="0.4600")], BUYS_NO))
    assert said.fills[0].cost_micros == 5_400_000
    legacy = {"side": "no", "action": "buy"}
    rows = [without(fill(**legacy), "outcome_side", "book_side")]
    assert report(read([without(order(**legacy), "outcome_side", "book_side")], rows, BUYS_NO)).fills


def test_a_cost_between_two_micro_dollars_is_rounded_against_us() -> None:
    odd = {"count_fp": "0.01", "yes_price_dollars": "0.450050"}
    bought = report(read([order(fill_count_fp="0.01")], [fill(**odd)])).fills[0]
    assert bought.cost_micros == 4_501
    sold = {"book_side": "ask", "outcome_side": "no", "side": "yes", "action": "sell"}
    row = fill(**odd, **sold)
    assert report(read([order(**sold, fill_count_fp="0.01")], [row], SELLS_YES)).fills[0].cost_micros == 4_500


def test_neither_order_nor_fill_is_not_found_and_rows_of_others_do_not_matter() -> None:
    other = order(client_order_id="mine", order_id="o-2")
    assert read([], []) == NotFound(100, INTENT.intent_id, 90)
    assert isinstance(read([other], [fill(order_id="o-2")]), NotFound)
    said = report(read([other, order()], [fill(order_id="o-2"), fill(2)]))
    assert [each.fill_id for each in said.fills] == ["f-2"]


def test_a_fill_of_an_order_that_no_page_lists_may_be_ours() -> None:
    assert isinstance(read([], [fill(order_id="o-9")]), OutcomeUnknown)
    assert isinstance(read([], [without(fill(order_id="o-9"), "created_time")]), OutcomeUnknown)
    assert isinstance(read([], [fill(order_id="o-9", created_time="2029-12-30T00:00:00Z")]), NotFound)


def test_fills_that_name_our_id_without_the_order_are_ours_and_may_grow() -> None:
    said = report(read([], [fill(client_order_id=CLIENT_ID, order_id="o-9")]))
    assert (said.reported, said.matched_e6, said.venue_ref) == (Reported.LIVE, 10_000_000, "")


@pytest.mark.parametrize(
    ("status", "remaining", "reported"),
    [
        ("resting", "5.00", Reported.LIVE),
        ("canceled", "0.00", Reported.TERMINAL),
        ("executed", "0.00", Reported.CERTAIN),
        ("executed", "5.00", Reported.TERMINAL),
    ],
)
def test_a_status_says_whether_it_may_still_fill(status: str, remaining: str, reported: Reported) -> None:
    row = order(status=status, remaining_count_fp=remaining, fill_count_fp="5.00")
    assert report(read([row], [])).reported is reported


def test_the_larger_of_total_and_fills_is_what_matched() -> None:
    assert report(read([order()], [])).matched_e6 == 10_000_000
    assert report(read([order(fill_count_fp="0.00")], [fill()])).matched_e6 == 10_000_000


def test_one_id_booked_twice_is_both() -> None:
    second = order(order_id="o-2", status="resting", fill_count_fp="4.00", remaining_count_fp="6.00")
    said = report(read([order(), second], [fill(), fill(2, order_id="o-2", count_fp="4.00")]))
    assert (said.reported, said.matched_e6, len(said.fills)) == (Reported.LIVE, 14_000_000, 2)


def test_a_row_that_comes_twice_is_one_and_two_of_one_id_are_unknown() -> None:
    assert len(report(read([order(), order()], [fill(), fill()])).fills) == 1
    assert isinstance(read([order()], [fill(), fill(count_fp="9.00")]), OutcomeUnknown)
    assert isinstance(read([order(), order(status="resting")], []), OutcomeUnknown)


@pytest.mark.parametrize(
    ("orders", "fills"),
    [
        ([order(status="UNDER_REVIEW")], [fill()]),
        ([order(fill_count_fp=10)], []),
        ([order(fill_count_fp="10000000")], []),
        ([without(order(fill_count=10), "fill_count_fp")], []),
        ([order(ticker="KXOTHER")], []),
        ([order(book_side="ask")], []),
        ([order(book_side="ask", outcome_side="no", side="yes", action="sell")], []),
        ([order()], [without(fill(count=10), "count_fp")]),
        ([order()], [fill(yes_price_dollars=45)]),
        ([order()], [fill(yes_price_dollars="45")]),
        ([order()], [without(fill(), "fee_cost")]),
        ([order()], [fill(fee_cost="-0.01")]),
        ([order()], [fill(count_fp="0.00")]),
        ([order()], [fill(count_fp="999.00")]),
        ([order()], [fill(market_ticker="KXOTHER")]),
        ([order()], [without(fill(), "side", "action", "outcome_side", "book_side")]),
        ([order()], [without(fill(), "trade_id", "fill_id")]),
        ([order()], [fill(book_side="sideways")]),
        ([order()], [fill(side="maybe")]),
    ],
    ids=str,
)
def test_a_row_of_ours_that_cannot_be_read_makes_the_whole_read_unknown(orders: Any, fills: Any) -> None:
    assert isinstance(read(orders, fills), OutcomeUnknown)


def test_the_old_shape_in_cents_is_told_by_its_name() -> None:
    old = {"order_id": ORDER_ID, "client_order_id": CLIENT_ID, "status": "executed", "fill_count": 10}
    said = read([old | {"remaining_count": 0}], [])
    assert isinstance(said, OutcomeUnknown)
    assert "old V1 shape" in said.reason


def test_a_cancel_is_acknowledged_only_by_our_order_without_an_error() -> None:
    def said(status: int, body: object) -> object:
        return cancel_answer(INTENT, ORDER_ID, status, body, 100)

    good = {"order_id": ORDER_ID, "reduced_by": "4.00"}
    assert said(200, good) == CancelAcked(100, INTENT.intent_id)
    assert isinstance(said(200, {"orders": [{"order_id": "o-2", "reduced_by": "1.00"}, good]}), CancelAcked)
    failed = good | {"error": {"code": "internal_error"}}
    bodies: tuple[object, ...] = (
        {}, "", None, [], good | {"order_id": "o-2"}, without(good, "reduced_by"), failed,
        {"orders": [failed]}, {"orders": []}, {"orders": [{"order_id": "o-2", "reduced_by": "1.00"}]},
        {"order": {"order_id": ORDER_ID, "status": "canceled"}, "reduced_by": 1},
    )  # fmt: skip
    for body in bodies:
        assert isinstance(said(200, body), OutcomeUnknown), body
    for status in (404, 409, 410, 429, 500):
        assert isinstance(said(status, {"error": {"code": "MARKET_INACTIVE"}}), OutcomeUnknown)
    assert isinstance(cancel_answer(INTENT, "", 200, good, 100), OutcomeUnknown)


def test_an_order_of_another_market_under_our_id_is_not_ours_to_report() -> None:
    elsewhere = evolve(INTENT, market="KXOTHER")
    assert isinstance(read([order()], [], elsewhere), OutcomeUnknown)
