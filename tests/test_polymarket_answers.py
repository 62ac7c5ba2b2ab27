"""What Polymarket's answers to orders and cancels say: certain, or unknown, and never a zero out of ignorance."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pairlock.facts import CancelAcked, OrderReport, OutcomeUnknown, Reported
from pairlock.ports import TimeInForce
from pairlock_adapters.polymarket.parse_orders import Heard, cancel_answer, order_answer
from pairlock_adapters.polymarket.words import ORDER_WORDS, Word, order_status, order_word, trade_status
from pairlock_adapters.words_page import Certainty
from polymarket_bodies import MATCHED, ORDER_ID, OTHER_ID
from polymarket_kit import INTENT

FAK = evolve(INTENT, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL)
SALE = evolve(FAK, buys=False)


def answered(body: object, status: int = 200, intent: Any = INTENT) -> OrderReport | OutcomeUnknown:
    return order_answer(intent, ORDER_ID, Heard(status, body, 5, 9))


def test_a_matched_order_is_told_with_its_shares_and_can_fill_no_more() -> None:
    said = answered(MATCHED)
    assert said == OrderReport(9, INTENT.intent_id, 5, Reported.CERTAIN, 10_000_000, (), ORDER_ID)


@pytest.mark.parametrize(
    ("making", "taking", "matched_e6"),
    [
        ("4", "10", 10_000_000),
        ("4.0", "10.0", 10_000_000),
        ("4000000", "10000000", 10_000_000),
        ("3.99", "10", 10_000_000),  # a better price
        ("4", "10.256410", 10_256_410),  # a better price in shares
        ("4000000", "10256410", 10_256_410),
        ("3.9", "10", 10_000_000),  # the point of the dollars settles the unit of the shares
    ],
)
def test_both_units_are_read(making: str, taking: str, matched_e6: int) -> None:
    said = answered({**MATCHED, "makingAmount": making, "takingAmount": taking})
    assert isinstance(said, OrderReport)
    assert (said.matched_e6, said.reported) == (matched_e6, Reported.CERTAIN)


def test_a_partial_sale_is_over_but_not_for_certain() -> None:
    said = answered({**MATCHED, "makingAmount": "2.5", "takingAmount": "1"}, intent=SALE)
    assert isinstance(said, OrderReport)
    assert (said.matched_e6, said.reported) == (2_500_000, Reported.TERMINAL)


@pytest.mark.parametrize(
    "change",
    [
        {"makingAmount": "", "takingAmount": ""},
        {"takingAmount": None},
        {"takingAmount": 10},
        {"takingAmount": "1e1"},
        {"takingAmount": "-10"},
        {"takingAmount": "10,0"},
        {"takingAmount": "41"},  # more than four times the order, in either unit
        {"takingAmount": "10", "makingAmount": "5"},  # dearer than the limit
        {"status": "unmatched"},
        {"status": "under review"},
        {"status": None},
        {"success": False},
        {"success": "true"},
        {"errorMsg": "something odd"},
        {"orderID": OTHER_ID},
        {"orderID": None},
        {"orderID": ""},
        {"orderID": 7},
    ],
)
def test_what_is_not_certain_is_unknown(change: dict[str, object]) -> None:
    assert isinstance(answered({**MATCHED, **change}), OutcomeUnknown)


@pytest.mark.parametrize("missing", ["success", "orderID", "status", "makingAmount", "takingAmount"])
def test_a_missing_field_is_unknown(missing: str) -> None:
    assert isinstance(answered({k: v for k, v in MATCHED.items() if k != missing}), OutcomeUnknown)


def test_an_integer_that_can_be_read_in_both_units_is_unknown() -> None:
    big = evolve(FAK, size_e2=5_000_000)
    assert isinstance(
        answered({**MATCHED, "takingAmount": "20000", "makingAmount": "8000"}, intent=big), OutcomeUnknown
    )
    said = answered({**MATCHED, "takingAmount": "20000.0", "makingAmount": "8000"}, intent=big)
    assert isinstance(said, OrderReport)
    assert said.matched_e6 == 20_000_000_000


@pytest.mark.parametrize("status", ["live", "delayed"])
@pytest.mark.parametrize("amount", ["", "0", "10000000", None])
def test_a_held_order_may_still_fill_and_claims_nothing(status: str, amount: str | None) -> None:
    said = answered({**MATCHED, "status": status, "takingAmount": amount, "makingAmount": amount}, intent=FAK)
    assert isinstance(said, OrderReport)
    assert (said.reported, said.matched_e6, said.venue_ref) == (Reported.LIVE, 0, ORDER_ID)


def test_a_rejection_under_a_2xx_is_one_only_by_its_sentence() -> None:
    """In a batch `success: true` with an empty id is a rejection; without a known sentence nothing is known."""
    empty = {
        "errorMsg": "",
        "orderID": "",
        "takingAmount": "",
        "makingAmount": "",
        "status": "",
        "success": True,
    }
    said = answered({**empty, "errorMsg": "post-only mode: only post-only orders and cancels are allowed"})
    assert isinstance(said, OrderReport)
    assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)
    bodies: tuple[object, ...] = (
        empty,
        {**empty, "errorMsg": "internal error"},
        {"error": "odd"},
        {},
        [],
        None,
        "<html>",
    )
    assert all(isinstance(answered(body), OutcomeUnknown) for body in bodies)


@pytest.mark.parametrize("word", ORDER_WORDS, ids=lambda word: f"{word.statuses}-{word.text[:24]}")
def test_a_row_decides_for_its_own_words(word: Word) -> None:
    for status in word.statuses:
        sentence = word.text if word.whole else f"order 0xabc is invalid. {word.text.upper()} of it"
        body = {"error": sentence} if sentence else {}
        assert order_word(status, body) is word
        said = answered(body, status)
        if word.certainty is Certainty.NO:
            assert isinstance(said, OrderReport)
            assert (said.reported, said.matched_e6, said.fills) == (Reported.CERTAIN, 0, ())
            assert said.reason.startswith(str(status))
        else:
            assert isinstance(said, OutcomeUnknown)


@pytest.mark.parametrize("status", [400, 404, 408, 409, 418, 500, 502, 503, 504, 520, 301])
@pytest.mark.parametrize(
    "body", [{"error": "brand new words"}, {}, None, "Bad Gateway", {"error": {"code": 1}}]
)
def test_words_never_seen_are_unknown(status: int, body: object) -> None:
    assert isinstance(answered(body, status), OutcomeUnknown)


@pytest.mark.parametrize("status", [408, 500, 502, 504])
def test_a_refusal_under_another_status_is_not_believed(status: int) -> None:
    assert isinstance(answered({"error": "not enough balance / allowance"}, status), OutcomeUnknown)


@pytest.mark.parametrize(("sentence", "nothing"), [("Unauthorized/Invalid api key", True), ("Unauthorized", True),
    ("", True), ("settlement unauthorized by the exchange", False)])  # fmt: skip
def test_a_401_is_the_gateways_only_if_it_says_no_more(sentence: str, nothing: bool) -> None:
    """An error within that names `unauthorized` comes as a 401 as well, and then the order may be in."""
    assert isinstance(answered({"error": sentence}, 401), OrderReport) is nothing


def test_a_typographic_quote_is_the_same_word() -> None:
    said = answered(
        {"error": "order couldn\u2019t be fully filled. FOK orders are fully filled or killed."}, 400
    )
    assert isinstance(said, OrderReport)


def test_a_duplicate_is_read_and_is_no_zero() -> None:
    assert isinstance(answered({"error": f"order {ORDER_ID} is invalid. Duplicated."}, 400), OutcomeUnknown)


@given(
    status=st.sampled_from([200, 201, 204, 400, 401, 403, 425, 429, 500, 502, 503]),
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*MATCHED, "error", "x"]), inner, max_size=9)
        ),
        max_leaves=12,
    ),
)
def test_no_answer_crashes_the_parser_and_none_is_a_fill(status: int, body: object) -> None:
    said = answered(body, status)
    if isinstance(said, OrderReport):
        assert said.matched_e6 == 0
        assert said.reported in (Reported.CERTAIN, Reported.LIVE)


@given(st.sampled_from(list(MATCHED)), st.none() | st.text(max_size=12) | st.integers() | st.booleans())
def test_a_changed_field_never_makes_more_than_the_order(field: str, value: object) -> None:
    said = answered({**MATCHED, field: value})
    if isinstance(said, OrderReport):
        assert said.reported is not Reported.CERTAIN or said.matched_e6 >= 10_000_000
        assert said.matched_e6 <= 40_000_000


@pytest.mark.parametrize(
    "body",
    [
        {"canceled": [], "not_canceled": {ORDER_ID: "matched"}},
        {"canceled": [OTHER_ID], "not_canceled": {}},
        {"canceled": ORDER_ID},
        {"canceled": None},
        {"error": "odd"},
        None,
        [ORDER_ID],
    ],
)
def test_a_cancel_that_does_not_name_us_is_unknown(body: object) -> None:
    assert isinstance(cancel_answer(INTENT, ORDER_ID, Heard(200, body, 5, 9)), OutcomeUnknown)


def test_a_cancel_is_acknowledged_by_our_id_under_a_200_only() -> None:
    body = {"canceled": [OTHER_ID, ORDER_ID.upper().replace("0X", "0x")], "not_canceled": {}}
    assert cancel_answer(INTENT, ORDER_ID, Heard(200, body, 5, 9)) == CancelAcked(9, INTENT.intent_id)
    assert isinstance(cancel_answer(INTENT, ORDER_ID, Heard(503, body, 5, 9)), OutcomeUnknown)


@pytest.mark.parametrize(
    "word", ["CANCELED_NOT_ENOUGH_BALANCE", "ORDER_STATUS_CANCELED_X", "INVALID", "MATCHED"]
)
def test_every_kill_is_over(word: str) -> None:
    assert order_status(word) is Reported.TERMINAL


def test_words_of_status_never_seen_are_told_as_such() -> None:
    assert order_status("UNDER_REVIEW") is None
    assert trade_status("TRADE_STATUS_UNDER_REVIEW") is None
