"""Kalshi's answers on orders against any JSON: a fact or a named refusal, no other exception, no zero of nothing."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bent import MANY
from kalshi_bent import bent
from kalshi_kit import BUYS_NO, CLIENT_ID, INTENT, ORDER_ID, accepted, fill, order
from pairlock.facts import CancelAcked, NotFound, OrderReport, OutcomeUnknown, Reported
from pairlock_adapters.kalshi.parse_orders import Reading, cancel_answer, order_answer, order_read
from pairlock_adapters.kalshi.words import ORDER_WORDS, certainly_nothing, code_of
from pairlock_adapters.net.answers import parsed

LATE_MS = 1_893_585_600_000
ERRORS = [{"error": {"code": word.code, "message": "m", "details": ""}} for word in ORDER_WORDS]


@MANY
@given(
    st.sampled_from(
        [200, 201, 204, 301, 400, 401, 403, 404, 408, 409, 410, 425, 429, 500, 502, 503, 504, 599]
    ),
    st.sampled_from([accepted(), accepted(fill_count="0.00"), *ERRORS]).flatmap(bent),
)
def test_an_answer_to_an_order_is_a_fact_and_a_zero_only_where_it_was_said(status: int, body: Any) -> None:
    said = order_answer(INTENT, status, body, 1, 2)
    assert isinstance(said, OrderReport | OutcomeUnknown)
    assert said.intent_id == INTENT.intent_id
    if isinstance(said, OutcomeUnknown):
        return
    assert said.fills == ()
    if status >= 400:
        assert said.reason == certainly_nothing(status, body)
        assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)
        named = {word.code for word in ORDER_WORDS if word.code and word.certainty.value == "certain no"}
        assert code_of(body) in named or status in (401, 403, 410, 425, 429)
    else:
        assert status in (200, 201)
        assert (body["order_id"], body["client_order_id"]) == (said.venue_ref, CLIENT_ID)
        assert body["fill_count"].rstrip("0").rstrip(".") == f"{said.matched_e6 / 1e6:.2f}".rstrip(
            "0"
        ).rstrip(".")
        assert not code_of(body)


@MANY
@given(
    bent([order(), order(order_id="o-2", client_order_id="mine")]),
    bent([fill(), fill(2, order_id="o-2"), fill(3)]),
    st.booleans(),
)
def test_a_read_is_a_fact_and_not_found_only_where_nothing_could_be_ours(
    orders: Any, fills: Any, no: bool
) -> None:
    def rows(found: Any) -> tuple[Any, ...]:
        return tuple(row for row in found if isinstance(row, dict)) if isinstance(found, list) else ()

    reading = Reading(rows(orders), rows(fills))
    said = order_read(BUYS_NO if no else INTENT, reading, 1, 2, LATE_MS)
    assert isinstance(said, OrderReport | NotFound | OutcomeUnknown)
    ours = [row for row in reading.orders if row.get("client_order_id") == CLIENT_ID]
    if isinstance(said, NotFound):
        assert not ours
        listed = [row.get("order_id") for row in reading.orders]
        young = [row for row in reading.fills if row.get("created_time") == "2030-01-02T12:00:00.25Z"]
        assert all(row.get("order_id") in listed for row in young)
    elif isinstance(said, OrderReport):
        assert ours or said.fills
        assert sum(each.qty_e6 for each in said.fills) <= said.matched_e6
        assert len({each.fill_id for each in said.fills}) == len(said.fills)
        names = [name for row in reading.fills for name in (row.get("trade_id"), row.get("fill_id"))]
        assert all(each.fill_id in names for each in said.fills)


@MANY
@given(
    st.sampled_from([200, 201, 404, 409, 500]),
    st.sampled_from(
        [
            {"order_id": ORDER_ID, "reduced_by": "4.00"},
            {
                "orders": [
                    {"order_id": ORDER_ID, "reduced_by": "4.00"},
                    {"order_id": "o-2", "reduced_by": "0.00"},
                ]
            },
        ]
    ).flatmap(bent),
)
def test_a_cancel_is_acknowledged_only_by_its_own_id(status: int, body: Any) -> None:
    said = cancel_answer(INTENT, ORDER_ID, status, body, 2)
    assert isinstance(said, CancelAcked | OutcomeUnknown)
    if isinstance(said, CancelAcked):
        assert status == 200
        assert ORDER_ID in json.dumps(body)


@MANY
@given(st.one_of(st.binary(max_size=60), bent(accepted()).map(lambda body: json.dumps(body).encode())))
def test_bytes_of_any_kind_become_a_fact(data: bytes) -> None:
    said = order_answer(INTENT, 201, parsed(data), 1, 2)
    assert isinstance(said, OrderReport | OutcomeUnknown)
